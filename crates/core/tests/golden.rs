//! The bytes of the wire format, pinned. A failing comparison means that phones in the field could no longer talk to the server:
//! add a field with a default instead, or raise the protocol version. `BEEHIVE_BLESS=1` writes the fixtures of NEW cases.

mod support;

use beehive_core::{
    ActorId, Document, Epoch, EventBody, MatterNumber, MemberId, NodeId, Refusal, Scalar, Write,
    document::NewRecord,
    model::{Grant, MemberKind, Path, RecordKind, Role, Status},
    reference::{Dataset, DictionaryEntry, Member, Past, PastBuilding},
    sync::*,
};
use serde::{Serialize, de::DeserializeOwned};
use std::{fmt::Debug, fs, path::PathBuf};

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn pinned(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = fixture(name);
    if !path.exists() && std::env::var_os("BEEHIVE_BLESS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
    }
    fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The CBOR is equal byte for byte; the compressed form, whose bytes depend on the zstd version, is still read to the same message.
fn check<T: Serialize + DeserializeOwned + PartialEq + Debug>(name: &str, message: &T) {
    let mut cbor = Vec::new();
    ciborium::into_writer(message, &mut cbor).unwrap();
    assert_eq!(pinned(&format!("{name}.cbor"), &cbor), cbor, "{name}: the wire format changed");
    let body = pinned(&format!("{name}.cbor.zst"), &encode(message, 9).unwrap());
    assert_eq!(&decode::<T>(&body).unwrap(), message);
}

fn document() -> (Document, Vec<Vec<u8>>) {
    let record = NewRecord { kind: RecordKind::Finding, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-001") };
    let title = Write::Fact { field: "title".into(), value: Scalar::from("楼道堆放旧家具") };
    let (mut doc, first) = Document::create(support::actor(1), support::T0, &record, &[title]).unwrap();
    let accept = Write::Event(EventBody::Accept { path: Path::Coordinate, note: "要物业一起定".into() });
    let second = doc.write(support::actor(2), support::T0 + 60, &[accept]).unwrap().unwrap();
    (doc, vec![first.bytes, second.bytes])
}

fn changes() -> DocChanges {
    let (doc, changes) = document();
    DocChanges { doc: doc.id(), changes: changes.into_iter().map(Into::into).collect() }
}

#[test]
fn changes_and_snapshots_keep_their_bytes() {
    let (doc, changes) = document();
    for (i, change) in changes.iter().enumerate() {
        assert_eq!(&pinned(&format!("change-{i}.bin"), change), change, "phones would write other bytes, with other hashes");
    }
    let snapshot = pinned("snapshot.bin", &doc.snapshot());
    assert_eq!(Document::open(&snapshot).unwrap().matter(), doc.matter());
}

#[test]
fn the_request_keeps_its_bytes() {
    let empty = SyncRequest {
        v: PROTOCOL,
        capabilities: vec!["raw".into()],
        actor: ActorId([7; 8]),
        epoch: None,
        cursors: Default::default(),
        reference: Default::default(),
        push: Batch::default(),
        want: vec![],
        waiting: vec![],
    };
    check("request-first", &empty);
    let full = SyncRequest {
        epoch: Some(Epoch([3; 8])),
        cursors: [("mg-1".into(), 42)].into(),
        reference: [("org".to_owned(), "1.ab".to_owned())].into(),
        push: Batch::raw(vec![changes()]),
        want: vec![document().0.id()],
        ..empty
    };
    check("request-full", &full);
}

#[test]
fn the_response_keeps_its_bytes() {
    let doc = document().0;
    let nothing = SyncResponse {
        v: PROTOCOL,
        epoch: Epoch([3; 8]),
        time: support::T0,
        standing: StandingState::Ok,
        verdicts: vec![],
        scopes: vec![],
        bootstrap: vec![],
        gone: vec![],
        docs: vec![],
        missing: vec![],
        reference: vec![],
        actors: vec![],
        decided: vec![],
        rescue_key: None,
        more: false,
    };
    check("response-nothing", &nothing);
    let refused = Verdict {
        doc: doc.id(),
        kind: VerdictKind::Refused,
        code: Some(Refusal::NotYourRole.code().into()),
        stored: None,
        number: None,
        late: vec![],
    };
    let all = [VerdictKind::Stored, VerdictKind::Duplicate, VerdictKind::NeedHistory, VerdictKind::Forked, VerdictKind::Held];
    let others = all.map(|kind| Verdict { doc: doc.id(), kind, code: None, stored: None, number: None, late: vec![] });
    let member = Member {
        id: "m-001".into(),
        name: "李桂芳".into(),
        kinds: vec![MemberKind::PartyMember],
        grants: vec![Grant {
            role: Role::MicroWorker,
            node: "mg-1".into(),
            buildings: vec![],
            from: None,
            until: Some(support::T0),
            on_behalf: None,
        }],
    };
    let open = OpenRecord {
        doc: doc.id(),
        kind: RecordKind::Finding,
        status: Status::Accepted,
        path: Some(Path::Coordinate),
        title: "楼道堆放旧家具".into(),
        place: String::new(),
        category: "clutter".into(),
        assignee: Some("m-007".into()),
        due: Some(support::T0 + 86_400),
        created_at: support::T0,
        created_by: "m-001".into(),
        needs_eyes: vec![],
        number: None,
    };
    let full = SyncResponse {
        standing: StandingState::Revoked,
        verdicts: others.into_iter().chain([refused]).collect(),
        scopes: vec![ScopePage {
            scope: "mg-1".into(),
            cursor: 43,
            batch: Batch::raw(vec![changes()]),
            evict: vec![doc.id()],
            digest: Some(doc.history().digest()),
            numbers: vec![],
            late: vec![],
        }],
        bootstrap: vec![Bootstrap {
            scope: "mg-2".into(),
            cursor: 9,
            packs: vec![Pack { name: "p1".into(), size: 1_000, docs: 3 }],
            open: vec![open],
        }],
        gone: vec!["mg-3".into()],
        docs: vec![PackDoc { doc: doc.id(), snapshot: pinned("snapshot.bin", &doc.snapshot()).into(), number: None, late: vec![] }],
        missing: vec![doc.id()],
        reference: vec![ReferenceUpdate { version: "2.cd".into(), dataset: Dataset::Members(vec![member]) }],
        actors: vec![(support::actor(1), "m-001".into())],
        more: true,
        ..nothing
    };
    check("response-full", &full);
    // What came with the whole life of a matter.
    let number = MatterNumber::new(2026, 123);
    let late = Late { change: Late::name(&doc.history().heads()[0]), at: support::T0 + 86_400 };
    let mut life = full.clone();
    life.verdicts = vec![Verdict { doc: doc.id(), kind: VerdictKind::Stored, code: None, stored: None, number, late: vec![] }];
    life.scopes[0].numbers = number.map(|n| (doc.id(), n)).into_iter().collect();
    life.scopes[0].late = vec![late];
    life.bootstrap[0].open[0].number = number;
    life.bootstrap[0].open[0].status = Status::Suspended;
    life.docs[0].number = number;
    life.docs[0].late = vec![PackLate(1, late.at)];
    life.reference = vec![ReferenceUpdate { version: "1.ef".into(), dataset: Dataset::Rules(Box::default()) }];
    check("response-life", &life);
    // Names that only records need.
    let gone = |id: &str, removed| PastBuilding { id: id.into(), node: "mg-1".into(), name: "3 栋".into(), removed };
    let word = DictionaryEntry { dictionary: "category".into(), code: "old".into(), zh: "旧类".into(), en: "old".into(), kinds: vec![] };
    let past = Past { buildings: vec![gone("b-3", true), gone("b-4", false)], words: vec![word] };
    let mut names = full.clone();
    names.reference = vec![ReferenceUpdate { version: "3-1.ef".into(), dataset: Dataset::Past(Box::new(past)) }];
    check("response-past", &names);
}

/// A message of a newer program has fields this one does not know, and lacks none it needs.
#[test]
fn unknown_fields_are_skipped() {
    #[derive(Serialize)]
    struct Newer<'a> {
        v: u32,
        a: ActorId,
        #[serde(rename = "from_the_future")]
        future: &'a str,
    }
    let body = encode(&Newer { v: 1, a: ActorId([7; 8]), future: "x" }, 3).unwrap();
    assert_eq!(decode::<SyncRequest>(&body).unwrap().actor, ActorId([7; 8]));
}

/// Codes are a contract with programs: each belongs to one refusal, and every refusal speaks Chinese.
#[test]
fn codes_are_unique_and_sentences_are_chinese() {
    let codes = Refusal::ALL.iter().map(|r| (r.code(), r.sentence()));
    let gate = beehive_core::GateError::ALL.iter().map(|e| (e.code(), e.sentence()));
    let mut seen = std::collections::BTreeSet::new();
    for (code, sentence) in codes.chain(gate) {
        assert!(seen.insert(code), "{code} stands for two things");
        assert!(sentence.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)) && sentence.ends_with('。'), "{code}: {sentence}");
    }
}

#[test]
fn a_late_change_of_a_whole_document_is_named_by_its_place() {
    let (doc, _) = document();
    let hashes = || doc.history().hashes().copied();
    let notes: Vec<Late> = hashes().map(|hash| Late { change: Late::name(&hash), at: support::T0 }).collect();
    let mut back = PackLate::named(&PackLate::all(&notes, hashes()), hashes());
    back.sort_by_key(|note| notes.iter().position(|n| n == note));
    assert_eq!(back, notes);
    let foreign = [Late { change: 7, at: 1 }];
    assert!(PackLate::all(&foreign, hashes()).is_empty() && PackLate::named(&[PackLate(9, 1)], hashes()).is_empty());
}
