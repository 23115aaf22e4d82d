//! Archives: the list, the tar around it, the zstd around that.

use super::crashers;
use beehive_campaign::{
    Portion, Watch,
    hostile::{self, bytes, frame, number, pick, text},
};
use beehive_core::{Epoch, FileHash};
use rand::{RngExt as _, rngs::SmallRng};
use sha2::{Digest as _, Sha256};
use std::{fs, path::Path};
use sync_server::backup::{Entry, FORMAT, Manifest, check};

/// Fewer than other decoders get: each input goes through a file, and hashing is slow in dev builds.
const CASES: u64 = 6_000;

/// One file of the tar: its name, its kind, its bytes, and the length its header says if that is
/// another.
#[derive(Clone)]
struct Member {
    name: Vec<u8>,
    kind: u8,
    bytes: Vec<u8>,
    says: Option<u64>,
}

fn member(name: &str, bytes: &[u8]) -> Member {
    Member { name: name.as_bytes().to_vec(), kind: b'0', bytes: bytes.to_vec(), says: None }
}

/// A small archive of every sort of file. What is in them is not read by the decoder, so the
/// database is none.
fn honest() -> Vec<Member> {
    let photo = b"a photo";
    let named = format!("files/{}", FileHash(Sha256::digest(photo).into()));
    let members = [
        member("server.db", &[7; 2_000]),
        member("rescue.key", &[1; 32]),
        member("rescued/files/a-b_c.jpg", b"rescued"),
        member(&named, photo),
    ];
    let entry = |m: &Member| Entry {
        path: String::from_utf8(m.name.clone()).unwrap(),
        size: m.bytes.len() as u64,
        sha256: FileHash(Sha256::digest(&m.bytes).into()),
    };
    let manifest = Manifest {
        street: None,
        format: FORMAT,
        made_at: 1_795_000_000,
        tenant: "保和街道".into(),
        epoch: Epoch([3; 8]),
        schema: 9,
        entries: members.iter().map(entry).collect(),
        missing: vec![FileHash([4; 32])],
    };
    let list = serde_json::to_vec(&manifest).unwrap();
    std::iter::once(member("manifest.json", &list)).chain(members).collect()
}

/// Writes the tar; the headers' checksums are right.
fn tar_of(members: &[Member]) -> Vec<u8> {
    let mut out = Vec::new();
    for m in members {
        let mut header = tar::Header::new_ustar();
        if matches!(m.kind, b'L' | b'K' | b'S') {
            header = tar::Header::new_gnu();
        }
        let name = &mut header.as_old_mut().name;
        let length = m.name.len().min(name.len());
        name[..length].copy_from_slice(&m.name[..length]);
        header.as_old_mut().linkflag = [m.kind];
        header.set_mode(0o600);
        header.set_mtime(0);
        header.set_size(m.says.unwrap_or(m.bytes.len() as u64));
        header.set_cksum();
        out.extend_from_slice(header.as_bytes());
        out.extend_from_slice(&m.bytes);
        out.resize(out.len().next_multiple_of(512), 0);
    }
    out.resize(out.len() + 1_024, 0);
    out
}

/// The list with numbers, paths and its form changed; it stays JSON more often than not.
fn list(rng: &mut SmallRng, honest: &[u8]) -> Vec<u8> {
    let mut json: serde_json::Value = serde_json::from_slice(honest).unwrap();
    let at = rng.random_range(0..4);
    let entry = &mut json["entries"][at];
    match rng.random_range(0..12) {
        0 => entry["size"] = number(rng).into(),
        1 => entry["path"] = text::unusual(rng).into(),
        2 => entry["path"] = text::mutant(rng, entry["path"].as_str().unwrap_or_default()).into(),
        3 => entry["sha256"] = text::unusual(rng).into(),
        4 => *entry = serde_json::Value::Null,
        5 => {
            let (again, many) = (entry.clone(), if rng.random_bool(0.05) { 8_000 } else { rng.random_range(1..20) });
            json["entries"] = vec![again; many].into();
        }
        6 => json["format"] = number(rng).into(),
        7 => json["tenant"] = text::unusual(rng).into(),
        8 => json["missing"] = vec![serde_json::Value::from("0".repeat(64)); rng.random_range(0..3_000)].into(),
        9 => json["later"] = serde_json::from_str(&format!("{}1{}", "[".repeat(100), "]".repeat(100))).unwrap(),
        10 => return ["[", "{\"a\":"].map(|open| open.repeat(rng.random_range(1..60_000))).concat().into_bytes(),
        _ => return bytes(rng, honest, &[]),
    }
    serde_json::to_vec(&json).unwrap()
}

/// A member changed, or one more that tells something of the next.
fn members(rng: &mut SmallRng, all: &mut Vec<Member>) {
    let at = rng.random_range(0..all.len());
    match rng.random_range(0..10) {
        0 => all[at].kind = pick(rng, b"\x000123456789LKSxgV"),
        1 => all[at].says = Some(number(rng)),
        2 => all[at].says = Some(all[at].bytes.len() as u64 + rng.random_range(1..600)),
        3 => all[at].name = bytes(rng, &all[at].name, &[]),
        4 => drop(all.remove(at)),
        5 => all.swap(0, at),
        6 => all.push(all[at].clone()),
        7 => all[at].bytes = bytes(rng, &all[at].bytes, &[]),
        _ => {
            let said = pick(rng, &[&b"files/x\0"[..], b"20 path=server.db\n", b"30 size=99999999999999999999\n", b"9999999999 size=1\n"]);
            let kind = pick(rng, b"LKxgS");
            all.insert(at, Member { name: b"././@LongLink".to_vec(), kind, bytes: said.to_vec(), says: None });
        }
    }
}

fn mutant(rng: &mut SmallRng, honest: &[Member]) -> Vec<u8> {
    let mut all = honest.to_vec();
    let mut tar = match rng.random_range(0..10) {
        0..4 => {
            all[0].bytes = list(rng, &all[0].bytes);
            tar_of(&all)
        }
        4..8 => {
            members(rng, &mut all);
            tar_of(&all)
        }
        _ => {
            let tar = tar_of(&all);
            bytes(rng, &tar, &[])
        }
    };
    if rng.random_bool(0.02) {
        tar.truncate(rng.random_range(0..tar.len()));
    }
    frame::around(rng, &tar)
}

/// What `restore` does before it writes anything.
fn read(path: &Path, input: &[u8]) -> bool {
    fs::write(path, input).unwrap();
    match check(path) {
        Ok(manifest) => {
            assert!(manifest.entries.iter().any(|e| e.path == "server.db"));
            assert!(manifest.entries.iter().all(|e| !e.path.contains("..") && !e.path.starts_with('/')));
            true
        }
        Err(e) => {
            assert!(!e.to_string().is_empty());
            false
        }
    }
}

#[test]
fn no_archive_harms() {
    let honest = honest();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("archive");
    assert!(read(&path, &zstd::bulk::compress(&tar_of(&honest), 3).unwrap()), "the honest one is read");
    let mutant = |rng: &mut SmallRng| mutant(rng, &honest);
    let read = |input: &[u8]| read(&path, input);
    hostile::campaign(Watch::of("archive"), Portion::or(1, CASES), 50, crashers("archive"), mutant, read);
}
