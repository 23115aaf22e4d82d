//! A damaged store: what is unsent is found again wherever it can be read, and what was set aside is said until a person has dealt with it.

use crate::support::{NOW, Phone};
use beehive_device::{
    api::{Request, Response, StatusView},
    clock::FixedClock,
    engine::{Engine, OpenOptions},
    key::StoreKey,
};
use serde_json::json;
use std::{fs, path::Path, sync::Arc};

const UNSENT: u32 = 31;

fn open(dir: &Path, key: &StoreKey) -> Engine {
    Engine::open(OpenOptions { dir: dir.to_owned(), key: key.clone(), clock: Arc::new(FixedClock::new(NOW)) }).unwrap()
}

fn status(engine: &Engine) -> StatusView {
    match engine.handle(Request::Status) {
        Response::Status { status } => status,
        other => panic!("{other:?}"),
    }
}

/// A phone with unsent records.
fn closed() -> Phone {
    let phone = Phone::of("wang");
    for n in 0..UNSENT {
        phone.record_with(json!({ "title": format!("第{n}件"), "detail": "楼道里的情况要说得很清楚。".repeat(n as usize) }));
    }
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": "写到一半" }));
    phone
}

/// Noise, a function of the seed.
fn noise(seed: u64, bytes: &mut [u8]) {
    let mut x = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for byte in bytes {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        *byte = x as u8;
    }
}

#[test]
fn without_its_first_page_everything_unsent_is_found_and_it_is_said() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let path = dir.path().join("phone.db");
    let (whole, first) = (fs::read(&path).unwrap(), fs::read(dir.path().join("phone.db.first")).unwrap());
    for seed in 0..12 {
        fs::write(dir.path().join("phone.db.first"), &first).unwrap();
        for old in fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".aside-")) {
            fs::remove_file(old).unwrap();
        }
        let mut bytes = whole.clone();
        noise(seed, &mut bytes[..4096]);
        fs::write(&path, &bytes).unwrap();
        let engine = open(dir.path(), &key);
        let s = status(&engine);
        assert_eq!((s.unsent, engine.account().is_some()), (UNSENT, true), "seed {seed}");
        let [damage] = s.damage.as_slice() else { panic!("{:?}", s.damage) };
        assert!(damage.opened && damage.whole && !damage.photos && damage.unsent == UNSENT && damage.drafts == 1, "{damage:?}");
        // Said again after a restart, until somebody has dealt with it.
        drop(engine);
        let engine = open(dir.path(), &key);
        let file = status(&engine).damage[0].file.clone();
        assert!(matches!(engine.handle(Request::DamageSeen { file: "phone.db".into() }), Response::Error { .. }));
        engine.handle(Request::DamageSeen { file: file.clone() });
        drop(engine);
        assert!(status(&open(dir.path(), &key)).damage.is_empty());
        assert_eq!(fs::read(dir.path().join(file)).unwrap(), bytes, "the damaged file is kept as it was");
    }
}

#[test]
fn every_kind_of_damage_is_said_and_nothing_readable_is_lost() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let path = dir.path().join("phone.db");
    let (whole, first) = (fs::read(&path).unwrap(), fs::read(dir.path().join("phone.db.first")).unwrap());
    let other = Phone::of("zhao");
    let others = {
        let Phone { engine, dir, .. } = other;
        drop(engine);
        fs::read(dir.path().join("phone.db")).unwrap()
    };
    let mut kinds: Vec<(&str, Option<Vec<u8>>)> = vec![
        ("gone", None),
        ("empty", Some(Vec::new())),
        ("another file", Some(b"not a database at all".repeat(400))),
        ("another phone's", Some(others)),
        ("cut in the middle", Some(whole[..whole.len() / 2].to_vec())),
        ("cut within a page", Some(whole[..whole.len() - 5_000].to_vec())),
    ];
    for seed in 1..10 {
        let mut bytes = whole.clone();
        let at = (seed as usize * 7_919 * 13) % (bytes.len() - 4096);
        noise(seed, &mut bytes[at..at + 4096]);
        kinds.push(("in the middle", Some(bytes)));
    }
    for (kind, bytes) in kinds {
        for old in fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".aside-")) {
            fs::remove_file(old).unwrap();
        }
        fs::write(dir.path().join("phone.db.first"), &first).unwrap();
        match &bytes {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        fs::write(dir.path().join("suspect"), "").unwrap();
        let engine = open(dir.path(), &key);
        let s = status(&engine);
        assert_eq!(s.damage.len(), 1, "{kind}");
        assert_eq!(s.damage[0].unsent, s.unsent, "{kind}");
        if kind == "in the middle" {
            assert!(s.unsent >= UNSENT - 10, "{kind}: {}", s.unsent);
        }
        // A phone that does not know its street any more still hands over what was set aside.
        let rescued = engine.handle(Request::RescueExport);
        match (&rescued, engine.account()) {
            (Response::Rescue { name, summary, .. }, None) => assert!(name.ends_with(".damaged") && summary.damaged == 1),
            (Response::Error { error }, Some(_)) => assert_eq!(error.code, "no_rescue_key"),
            other => panic!("{kind}: {other:?}"),
        }
    }
}

#[test]
fn lost_photos_are_said() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    fs::write(dir.path().join("files.db"), b"x".repeat(9_000)).unwrap();
    fs::remove_file(dir.path().join("files.db.first")).unwrap();
    let engine = open(dir.path(), &key);
    let s = status(&engine);
    assert_eq!((s.unsent, s.damage.len()), (UNSENT, 1));
    assert!(s.damage[0].photos && !s.damage[0].opened, "{:?}", s.damage);
}

#[test]
fn a_damaged_key_check_locks_nobody_out_and_a_lost_one_proves_by_the_copy() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let check = dir.path().join("key.check");
    let mut bytes = fs::read(&check).unwrap();
    bytes[20] ^= 1;
    fs::write(&check, &bytes).unwrap();
    assert_eq!(status(&open(dir.path(), &key)).unsent, UNSENT);
    fs::remove_file(&check).unwrap();
    let path = dir.path().join("phone.db");
    let mut bytes = fs::read(&path).unwrap();
    noise(3, &mut bytes[..4096]);
    fs::write(&path, &bytes).unwrap();
    assert_eq!(status(&open(dir.path(), &key)).unsent, UNSENT);
}

/// Whatever is left of a store shows that there was one.
#[test]
fn a_store_of_which_much_is_gone_is_no_new_one() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let names = ["phone.db", "files.db", "key.check", "phone.db.first", "files.db.first", "actor"];
    let whole: Vec<(&str, Vec<u8>)> = names.iter().map(|name| (*name, fs::read(dir.path().join(name)).unwrap())).collect();
    type Change<'a> = (&'a str, Option<&'a [u8]>);
    let gone = None;
    let kinds: Vec<(&str, Vec<Change<'_>>)> = vec![
        ("both gone", vec![("phone.db", gone), ("key.check", gone)]),
        ("both empty", vec![("phone.db", Some(b"")), ("key.check", Some(b""))]),
        ("gone, and a check of nothing", vec![("phone.db", gone), ("key.check", Some(&[7; 48]))]),
        ("a single byte", vec![("phone.db", Some(b"x"))]),
        ("less than a page", vec![("phone.db", Some(&[0; 600])), ("key.check", gone)]),
        ("without the copies of pages", vec![("phone.db", gone), ("key.check", gone), ("phone.db.first", gone)]),
        ("photos cut to a byte", vec![("files.db", Some(b"x"))]),
        ("photos and the check gone", vec![("files.db", gone), ("key.check", gone)]),
    ];
    for (kind, changes) in kinds {
        for old in fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".aside-")) {
            fs::remove_file(old).unwrap();
        }
        for (name, bytes) in &whole {
            fs::write(dir.path().join(name), bytes).unwrap();
        }
        for (name, bytes) in changes {
            match bytes {
                Some(bytes) => fs::write(dir.path().join(name), bytes).unwrap(),
                None => fs::remove_file(dir.path().join(name)).unwrap(),
            }
        }
        let engine = open(dir.path(), &key);
        let s = status(&engine);
        assert_eq!(s.damage.len(), 1, "{kind}");
        assert_eq!(s.damage[0].photos, kind.starts_with("photos"), "{kind}");
        assert!(s.unsent == if s.damage[0].photos { UNSENT } else { 0 }, "{kind}: {}", s.unsent);
    }
}

/// Until the damaged file is renamed, a start after a crash finds everything it could be read by.
#[test]
fn a_salvage_that_was_killed_loses_nothing() {
    let phone = closed();
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let path = |name: &str| dir.path().join(name);
    let mut bytes = fs::read(path("phone.db")).unwrap();
    noise(5, &mut bytes[..4096]);
    let copies = fs::read(path("phone.db.first")).unwrap();
    drop(open(dir.path(), &key));
    let salvaged = fs::read(path("phone.db")).unwrap();
    // Killed before the renaming: what goes along was copied already.
    fs::write(path("phone.db"), &bytes).unwrap();
    fs::write(path("phone.db.salvage"), &salvaged).unwrap();
    fs::write(path("phone.db.first.aside-1"), &copies).unwrap();
    assert_eq!(status(&open(dir.path(), &key)).unsent, UNSENT);
    // Killed after it: a log beside it is the old file's, and is never read as the new one's.
    fs::rename(path("phone.db"), path("phone.db.salvage")).unwrap();
    fs::write(path("phone.db-wal"), noise_of(4_000)).unwrap();
    assert_eq!(status(&open(dir.path(), &key)).unsent, UNSENT);
}

fn noise_of(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    noise(9, &mut bytes);
    bytes
}

/// Wherever the damage is, opening gets through by itself, at once or the next time, and nothing unsent is missing.
#[test]
fn no_page_of_the_database_keeps_a_phone_closed() {
    let phone = Phone::of("wang");
    for n in 0..5 {
        phone.record(&format!("第{n}件"));
    }
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    let (path, copies) = (dir.path().join("phone.db"), dir.path().join("phone.db.first"));
    let (whole, kept) = (fs::read(&path).unwrap(), fs::read(&copies).unwrap());
    for page in 0..whole.len() / 4096 {
        for old in fs::read_dir(dir.path()).unwrap().map(|e| e.unwrap().path()).filter(|p| p.to_string_lossy().contains(".aside-")) {
            fs::remove_file(old).unwrap();
        }
        let mut bytes = whole.clone();
        noise(page as u64, &mut bytes[page * 4096..(page + 1) * 4096]);
        fs::write(&path, &bytes).unwrap();
        fs::write(&copies, &kept).unwrap();
        // What is met only at work is dealt with at the next start.
        for _ in 0..2 {
            let engine = open(dir.path(), &key);
            let _ = (engine.handle(Request::Status), engine.sync_request());
        }
        let engine = open(dir.path(), &key);
        assert_eq!((status(&engine).unsent, engine.account().is_some()), (5, true), "page {page}");
        assert_eq!(engine.sync_request().unwrap().request.push.docs.len(), 5, "page {page}");
    }
}
