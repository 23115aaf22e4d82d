//! The folder: locks, keys, newer programs, damage, clones.

use crate::support::{NOW, Phone, photo_of};
use beehive_device::{
    clock::FixedClock,
    engine::{Engine, OpenOptions},
    key::StoreKey,
    store::OpenError,
};
use serde_json::json;
use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};
use tempfile::TempDir;

fn try_open(dir: &Path, key: &StoreKey) -> Result<Engine, OpenError> {
    Engine::open(OpenOptions { dir: dir.to_owned(), key: key.clone(), clock: Arc::new(FixedClock::new(NOW)) })
}

fn failure(dir: &Path, key: &StoreKey) -> OpenError {
    match try_open(dir, key) {
        Ok(_) => panic!("it opened"),
        Err(e) => {
            let error = e.api();
            assert!(!error.message.is_empty() && !error.hint.is_empty() && error.code == e.code());
            e
        }
    }
}

/// Closes a phone and gives its folder back.
fn closed(phone: Phone) -> (TempDir, StoreKey) {
    let Phone { engine, dir, key, .. } = phone;
    drop(engine);
    (dir, key)
}

fn aside(dir: &Path) -> Vec<PathBuf> {
    let all = fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    all.filter(|p| p.to_string_lossy().contains(".db.aside-")).collect()
}

#[test]
fn a_second_program_on_one_store_is_told_so() {
    let phone = Phone::of("wang");
    assert!(matches!(failure(phone.dir.path(), &phone.key), OpenError::Locked(_)));
    phone.record("水管漏水");
    let (dir, key) = closed(phone);
    assert!(try_open(dir.path(), &key).is_ok());
}

#[test]
fn a_wrong_key_is_refused_and_changes_nothing() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let (dir, key) = closed(phone);
    let before = fs::read(dir.path().join("phone.db")).unwrap();
    let other = StoreKey::random().unwrap();
    assert!(matches!(failure(dir.path(), &other), OpenError::WrongKey));
    // Also when the check file was lost: nothing is ever set aside on a guess.
    fs::remove_file(dir.path().join("key.check")).unwrap();
    assert!(matches!(failure(dir.path(), &other), OpenError::WrongKey));
    assert_eq!(fs::read(dir.path().join("phone.db")).unwrap(), before);
    assert!(aside(dir.path()).is_empty());
    assert!(try_open(dir.path(), &key).is_ok());
}

#[test]
fn nothing_readable_lies_on_the_disk() {
    let phone = Phone::of("wang");
    let secret = "只有我知道的标题";
    phone.record_with(json!({ "title": secret, "photos": [{ "media": "image/jpeg", "base64": photo_of(64, 1) }] }));
    let (dir, _) = closed(phone);
    for entry in fs::read_dir(dir.path()).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        for needle in [secret.as_bytes(), b"JFIF".as_slice(), b"SQLite format 3", b"secret"] {
            assert!(!bytes.windows(needle.len()).any(|w| w == needle));
        }
    }
}

#[test]
fn a_store_of_a_newer_program_is_refused_and_left_alone() {
    let phone = Phone::of("wang");
    let (dir, key) = closed(phone);
    let StoreKey::Raw(raw) = &key;
    let db = rusqlite::Connection::open(dir.path().join("phone.db")).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\"; PRAGMA user_version = 99;", hex::encode(raw.as_slice()))).unwrap();
    drop(db);
    match failure(dir.path(), &key) {
        OpenError::NewerSchema { found, known } => assert!(found == 99 && known < 99),
        other => panic!("{other:?}"),
    }
    assert!(aside(dir.path()).is_empty());
}

#[test]
fn a_file_without_a_readable_page_is_set_aside_and_work_goes_on() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let (dir, key) = closed(phone);
    let path = dir.path().join("phone.db");
    let mut bytes = fs::read(&path).unwrap();
    bytes[..8192].fill(0xa5);
    fs::write(&path, &bytes).unwrap();
    fs::remove_file(dir.path().join("phone.db.first")).unwrap();
    let engine = try_open(dir.path(), &key).unwrap();
    assert!(engine.account().is_none());
    let kept = aside(dir.path());
    assert_eq!(kept.len(), 1);
    assert_eq!(fs::read(&kept[0]).unwrap(), bytes, "the old file is kept as it was");
    drop(engine);
    // It happens again: another name.
    fs::write(&path, vec![1u8; 8192]).unwrap();
    try_open(dir.path(), &key).unwrap();
    assert_eq!(aside(dir.path()).len(), 2);
}

#[test]
fn unsent_work_is_salvaged_from_a_damaged_file() {
    let phone = Phone::of("wang");
    let titles: Vec<String> = (0..40).map(|n| format!("第{n}件")).collect();
    for title in &titles {
        phone.record_with(json!({ "title": title, "detail": "楼道里的情况要说得很清楚。".repeat(20) }));
    }
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": "写到一半" }));
    let (dir, key) = closed(phone);
    let path = dir.path().join("phone.db");
    let copies = dir.path().join("phone.db.first");
    let (whole, kept) = (fs::read(&path).unwrap(), fs::read(&copies).unwrap());
    let pages = whole.len() / 4096;
    assert!(pages > 40, "{pages}");
    // Whichever it is: pages of the schema and roots of tables have a second copy, and what the outbox lost is in the documents.
    for page in (0..pages).step_by(3) {
        for old in aside(dir.path()) {
            fs::remove_file(old).unwrap();
        }
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0x5a);
        fs::write(&path, &bytes).unwrap();
        fs::write(&copies, &kept).unwrap();
        // What notices the damage leaves this note behind; here it is left by hand, so that every page is looked at.
        fs::write(dir.path().join("suspect"), "").unwrap();
        let engine = try_open(dir.path(), &key).unwrap();
        assert_eq!(aside(dir.path()).len(), 1, "page {page}");
        let request = serde_json::from_value(json!({ "do": "list", "limit": 500 })).unwrap();
        let beehive_device::api::Response::List { rows, .. } = engine.handle(request) else { panic!() };
        assert_eq!(rows.len(), 40, "page {page}");
        assert!(rows.iter().all(|r| titles.contains(&r.title)));
        let pushed = engine.sync_request().unwrap().request.push.docs.len();
        assert_eq!(pushed, 40, "page {page}");
        assert!(engine.account().is_some());
        assert!(!dir.path().join("suspect").exists());
    }
}

#[test]
fn damage_met_while_running_is_dealt_with_at_the_next_start() {
    let phone = Phone::of("wang");
    for n in 0..40 {
        phone.record_with(json!({ "title": format!("第{n}件"), "detail": "楼道里的情况要说得很清楚。".repeat(20) }));
    }
    let (dir, key) = closed(phone);
    let path = dir.path().join("phone.db");
    let mut bytes = fs::read(&path).unwrap();
    let from = 12 * 4096;
    bytes[from..].fill(0x5a);
    fs::write(&path, &bytes).unwrap();
    let engine = match try_open(dir.path(), &key) {
        Ok(engine) => engine,
        Err(e) => panic!("{e}"),
    };
    let request = || serde_json::from_value(json!({ "do": "list", "limit": 500 })).unwrap();
    if aside(dir.path()).is_empty() {
        match engine.handle(request()) {
            beehive_device::api::Response::Error { error } => assert_eq!(error.code, "store_damaged"),
            other => panic!("{other:?}"),
        }
        drop(engine);
        let engine = try_open(dir.path(), &key).unwrap();
        assert!(matches!(engine.handle(request()), beehive_device::api::Response::List { .. }));
        assert_eq!(aside(dir.path()).len(), 1);
    }
}

#[test]
fn an_interrupted_salvage_is_finished_or_undone() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let (dir, key) = closed(phone);
    let (path, copy) = (dir.path().join("phone.db"), dir.path().join("phone.db.salvage"));
    // Killed while copying: the original is untouched and the half copy means nothing.
    fs::write(&copy, "half").unwrap();
    drop(try_open(dir.path(), &key).unwrap());
    assert!(!copy.exists());
    // Killed between the two renames: the copy is whole.
    fs::rename(&path, &copy).unwrap();
    let engine = try_open(dir.path(), &key).unwrap();
    assert!(engine.account().is_some());
}

#[test]
fn a_restored_folder_writes_under_a_new_name() {
    let phone = Phone::of("wang");
    let actor = |phone: &Phone, id| beehive_core::gate::peek(phone.pushed(&id).last().unwrap()).unwrap().actor;
    let id = phone.record("甲");
    let first = actor(&phone, id);
    let phone = phone.reopened();
    let id = phone.record("乙");
    assert_eq!(actor(&phone, id), first);
    // Backups leave the actor's file out.
    fs::remove_file(phone.dir.path().join("actor")).unwrap();
    let phone = phone.reopened();
    let third = phone.record("丙");
    assert!(phone.show(&third).facts[0].values[0].mine);
    phone.deliver();
    assert_ne!(actor(&phone, third), first);
    phone.deliver();
    assert_eq!(phone.status().unsent, 0, "what was written under the old name goes too");
}
