//! Honest messages of every kind, to make hostile ones of.

use super::{
    mutate,
    support::{self, rng},
};
use beehive_campaign::hostile::{bytes, cbor, frame};
use beehive_core::{
    DeviceId, Document, EventBody, NewRecord, Write,
    model::{Path, RecordKind},
    rescue::{Head, RescueDoc, RescueDraft, RescueRefused, RescueSecret, seal},
    sync::{Late, PackDoc, PackLate},
};
use hmac::{Hmac, Mac as _};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use serde::Serialize;
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use std::fs;

/// The mark of the device that makes hostile rescue files: an enrolled one.
pub const MARK: [u8; 32] = [9; 32];

pub fn secret() -> RescueSecret {
    RescueSecret::from_bytes([1; 32])
}

/// Honest bytes, the content of frames without the frames.
pub struct Corpus {
    pub changes: Vec<Vec<u8>>,
    pub snapshots: Vec<Vec<u8>>,
    pub requests: Vec<Vec<u8>>,
    pub responses: Vec<Vec<u8>>,
    pub packs: Vec<Vec<u8>>,
    /// Kind and content of a rescue file's sections.
    sections: Vec<(u8, Vec<u8>)>,
}

fn cbor_of(message: &impl Serialize) -> Vec<u8> {
    let mut out = Vec::new();
    ciborium::into_writer(message, &mut out).unwrap();
    out
}

/// The contents of all sync messages of a folder that are named so: of a day of the first release,
/// or of the golden ones.
fn recorded(folder: &str, part: &str) -> Vec<Vec<u8>> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    paths.retain(|p| p.to_string_lossy().contains(part));
    paths.sort();
    let frames = paths.iter().map(|p| fs::read(p).unwrap());
    let contents = frames.filter_map(|frame| zstd::decode_all(frame.as_slice()).ok());
    // Packs were recorded among the answers; a message is a map.
    contents.filter(|content| content.first().is_some_and(|byte| byte >> 5 == 5)).collect()
}

impl Corpus {
    pub fn new() -> Self {
        let mut rng = rng(5);
        let histories: Vec<Vec<Vec<u8>>> = (0..24).map(|n| support::concurrent_history(&mut rng, 2 + n % 3, 8)).collect();
        let histories = [histories, untimely()].concat();
        let documents: Vec<Document> = histories.iter().map(|h| Document::from_changes(h.iter().map(Vec::as_slice)).unwrap()).collect();
        let day = "../../tests/fixtures/first-release";
        Self {
            snapshots: documents.iter().map(Document::snapshot).collect(),
            requests: [recorded(day, ".request"), recorded("tests/golden", "request-")].concat(),
            responses: [recorded(day, ".response"), recorded("tests/golden", "response-")].concat(),
            packs: documents.chunks(2).map(|few| cbor_of(&few.iter().map(pack_doc).collect::<Vec<_>>())).collect(),
            sections: sections(&histories, &documents),
            changes: histories.concat(),
        }
    }

    /// Changes and snapshots within messages are changed as such: their checksums stay right.
    pub fn inner(&self, rng: &mut SmallRng, bytes: &[u8]) -> Option<Vec<u8>> {
        match bytes.get(..9)? {
            [0x85, 0x6f, 0x4a, 0x83, _, _, _, _, 0] => Some(mutate::snapshot(rng, bytes, &self.snapshots)),
            [0x85, 0x6f, 0x4a, 0x83, ..] => Some(mutate::mutant(rng, bytes, &self.changes)),
            _ => None,
        }
    }

    /// What an enrolled but hostile phone can make: its seal and its mark are right. The box is
    /// opened first, so it comes without.
    pub fn rescue(&self, rng: &mut SmallRng) -> Vec<u8> {
        let mut sections = self.sections.clone();
        let at = rng.random_range(0..sections.len());
        let contents: Vec<Vec<u8>> = self.sections.iter().map(|(_, content)| content.clone()).collect();
        let mut files: Vec<(u8, Vec<u8>)> = Vec::new();
        for (n, (kind, content)) in sections.iter_mut().enumerate() {
            let hit = n == at && rng.random_bool(0.9);
            let framed = match (hit, *kind) {
                (true, 5) => bytes(rng, content, &[]),
                (false, 5) => content.clone(),
                (true, _) => {
                    let content = cbor::mutant(rng, content, &contents[..4], &|rng, bytes| self.inner(rng, bytes));
                    frame::around(rng, &content)
                }
                (false, _) => zstd::bulk::compress(content, 1).unwrap(),
            };
            files.push((*kind, framed));
        }
        let at = rng.random_range(0..files.len());
        match rng.random_range(0..24) {
            0 => files[at].0 = rng.random(),
            1 => files.swap(0, at),
            2 => drop(files.remove(at)),
            3 => files.extend(vec![files[at].clone(); rng.random_range(1..200)]),
            4 if rng.random_bool(0.1) => files.extend(vec![(rng.random_range(0..7), vec![]); rng.random_range(1..30_000)]),
            _ => {}
        }
        let mut body: Vec<u8> = files.iter().flat_map(|(kind, content)| section(*kind, content)).collect();
        if rng.random_bool(0.05) {
            body = bytes(rng, &body, &[]);
        }
        let packed = marked(&body);
        // One in ten goes the whole way, through the box.
        if rng.random_bool(0.1) { seal(&mut Dice(SmallRng::seed_from_u64(1)), &secret().public(), &packed).unwrap() } else { packed }
    }
}

impl Default for Corpus {
    fn default() -> Self {
        Self::new()
    }
}

/// Documents that the gate lets in, with moments that policy refuses: a hostile server may send
/// them all the same.
fn untimely() -> Vec<Vec<Vec<u8>>> {
    let record = NewRecord { kind: RecordKind::Demand, scope: "mg-1".into(), created_by: "m-1".into() };
    let write = |at: i64| {
        let note = || "情况说明".to_owned();
        let (mut document, first) = Document::create(support::actor(0), support::T0, &record, &[]).unwrap();
        let events = [
            EventBody::Accept { path: Path::Track, note: note() },
            EventBody::Assign { to: "m-7".into(), help: vec![], due: Some(at), note: note() },
            EventBody::AcceptAssignment { note: note() },
            EventBody::Promise { due: at, note: note() },
            EventBody::HandUp { to: "区城管局".into(), number: String::new(), contact_by: Some(at), note: note() },
            EventBody::Contact { next: Some(at), note: note() },
            EventBody::Extend { until: at, note: note() },
            EventBody::Coordinate { at, parties: vec![], agreed: false, note: note() },
        ];
        let mut history = vec![first.bytes];
        for (n, event) in (1..).zip(events) {
            let change = document.write(support::actor(1), support::T0 + n, &[Write::Event(event)]).unwrap();
            history.extend(change.map(|c| c.bytes));
        }
        history
    };
    [i64::MIN, -1, 1 << 42, i64::MAX].map(write).into()
}

fn pack_doc(document: &Document) -> PackDoc {
    let hashes = || document.history().hashes().copied();
    let late: Vec<Late> = hashes().take(3).map(|h| Late { change: Late::name(&h), at: support::T0 }).collect();
    PackDoc {
        doc: document.id(),
        snapshot: document.snapshot().into(),
        number: beehive_core::MatterNumber::new(2026, 123),
        late: PackLate::all(&late, hashes()),
    }
}

fn sections(histories: &[Vec<Vec<u8>>], documents: &[Document]) -> Vec<(u8, Vec<u8>)> {
    let raw = |changes: &[Vec<u8>]| changes.iter().cloned().map(ByteBuf::from).collect::<Vec<_>>();
    let head = Head {
        street_id: None,
        device: DeviceId([7; 8]),
        member: "m-001".into(),
        tenant: "保和街道".into(),
        epoch: None,
        at: support::T0,
        program: "0.1.0".into(),
        actors: vec![support::actor(1)],
    };
    let of = |n: usize| RescueDoc { doc: documents[n].id(), changes: raw(&histories[n][..2]), history: raw(&histories[n][..4]) };
    let refused = RescueRefused {
        doc: documents[3].id(),
        code: "not_your_role".into(),
        held: true,
        at: support::T0,
        title: "门禁坏了".into(),
        says: vec!["新记：需求".into(), "路灯不亮".into()],
        changes: raw(&histories[3][..1]),
    };
    let draft = RescueDraft { id: "record".into(), at: support::T0, body: r#"{"words":"灯不亮"}"#.into() };
    let photo = b"a photo";
    let file = [&Sha256::digest(photo)[..], &[10], b"image/jpeg", photo].concat();
    let contents = [cbor_of(&head), cbor_of(&[of(0), of(1), of(2)]), cbor_of(&[refused]), cbor_of(&[draft]), file];
    (1..).zip(contents).collect()
}

/// A section of a rescue file.
pub fn section(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &u32::try_from(body.len()).unwrap().to_le_bytes(), body].concat()
}

/// The mark over all sections, and the section with it.
pub fn marked(body: &[u8]) -> Vec<u8> {
    let mut mark = <Hmac<Sha256> as hmac::Mac>::new_from_slice(&MARK).unwrap();
    mark.update(b"beehive rescue file 1");
    mark.update(body);
    [body, &section(0, &mark.finalize().into_bytes())].concat()
}

/// Seeded dice of the older kind that sealing asks for.
struct Dice(SmallRng);

impl crypto_box::aead::rand_core::RngCore for Dice {
    fn next_u32(&mut self) -> u32 {
        self.0.random()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.random()
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.iter_mut().for_each(|b| *b = self.0.random());
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), crypto_box::aead::rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl crypto_box::aead::rand_core::CryptoRng for Dice {}
