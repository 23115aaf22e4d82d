use super::*;
use crate::storage::conformance::{Fixture, device, doc, hash};
use beehive_core::NodeId;
use std::sync::{Arc, mpsc};

fn fixture() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    Fixture { storage: Arc::new(SqliteStorage::create(dir.path()).unwrap()), guard: Box::new(dir) }
}

mod conformance {
    crate::conformance_suite!(super::super::fixture);
}

#[test]
fn what_is_queued_together_shares_one_disk_sync() {
    let dir = tempfile::tempdir().unwrap();
    let storage = SqliteStorage::create(dir.path()).unwrap();
    let (release, released) = mpsc::channel::<()>();
    let (done, all_done) = mpsc::channel();
    let tell = |done: &mpsc::Sender<Result<()>>| -> Done {
        let done = done.clone();
        Box::new(move |result| done.send(result).unwrap())
    };
    // The first job holds the writer, alone in its group, until the others are queued behind it.
    let (start, started) = mpsc::channel::<()>();
    let first: WriteJob = Box::new(move |_| {
        start.send(()).map_err(|_| StorageError::Stopped)?;
        released.recv().map_err(|_| StorageError::Stopped)
    });
    storage.submit(first, tell(&done));
    started.recv().unwrap();
    for n in 0..100u8 {
        let job: WriteJob = Box::new(move |tx| {
            tx.append(&NodeId::from("w-1"), &doc(n), crate::storage::LogKind::Change, Some(&hash(n)), &device(1))?;
            if n == 50 { Err(StorageError::BadRow("on purpose")) } else { Ok(()) }
        });
        storage.submit(job, tell(&done));
    }
    release.send(()).unwrap();
    let results: Vec<Result<()>> = all_done.iter().take(101).collect();
    assert_eq!(results.iter().filter(|r| r.is_err()).count(), 1, "the failing one fails alone");
    assert_eq!(storage.commit_stats(), CommitStats { jobs: 101, commits: 2 });
    let storage: Arc<dyn Storage> = Arc::new(storage);
    assert_eq!(storage.read(|r| r.counter(&NodeId::from("w-1"))).unwrap().seq, 99);
}

#[test]
fn a_full_disk_is_told_and_work_goes_on_when_there_is_room_again() {
    let dir = tempfile::tempdir().unwrap();
    drop(SqliteStorage::create(dir.path()).unwrap());
    let mut conn = connect(&dir.path().join(FILE), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    set_up_writer(&mut conn).unwrap();
    let pages: i64 = conn.pragma_query_value(None, "page_count", |row| row.get(0)).unwrap();
    conn.pragma_update(None, "max_page_count", pages + 20).unwrap();
    let writer = Writer::start(conn).unwrap();
    let (done, told) = mpsc::channel();
    let write = |name: &'static str, bytes: usize| {
        let done = done.clone();
        let value = "x".repeat(bytes);
        writer.submit(Box::new(move |tx| tx.set_setting(name, &value)), Box::new(move |result| done.send((name, result)).unwrap()));
    };
    write("small", 10);
    write("huge", 1024 * 1024);
    write("later", 10);
    let results: Vec<_> = told.iter().take(3).collect();
    drop(writer);
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(dir.path()).unwrap());
    for (name, result) in results {
        let stored = storage.read(|r| r.setting(name)).unwrap().is_some();
        assert_eq!(stored, result.is_ok(), "{name}: what was answered is what is there");
        assert!(name != "huge" || matches!(result, Err(StorageError::Full)), "{result:?}");
    }
    storage.write(|tx| tx.set_setting("huge", &"x".repeat(1024 * 1024))).unwrap();
}

#[test]
fn what_was_written_is_there_when_opened_again() {
    let dir = tempfile::tempdir().unwrap();
    let write = |storage: SqliteStorage, n: u8| {
        let storage: Arc<dyn Storage> = Arc::new(storage);
        storage.write(move |tx| tx.append(&NodeId::from("w-1"), &doc(n), crate::storage::LogKind::Change, None, &device(1))).unwrap()
    };
    assert_eq!(write(SqliteStorage::create(dir.path()).unwrap(), 1), 1);
    assert_eq!(write(SqliteStorage::open(dir.path()).unwrap(), 2), 2);
}

#[test]
fn every_commit_reaches_the_disk() {
    let dir = tempfile::tempdir().unwrap();
    drop(SqliteStorage::create(dir.path()).unwrap());
    let conn = Connection::open(dir.path().join(FILE)).unwrap();
    let mode: String = conn.pragma_query_value(None, "journal_mode", |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    // FULL is a setting of the connection, so it is asked of one set up as the writer's is.
    let mut writer = connect(&dir.path().join(FILE), OpenFlags::SQLITE_OPEN_READ_WRITE).unwrap();
    set_up_writer(&mut writer).unwrap();
    assert_eq!(writer.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0)).unwrap(), 2);
}

#[test]
fn a_database_that_cannot_be_used_is_told_apart() {
    let dir = tempfile::tempdir().unwrap();
    let open = || SqliteStorage::open(dir.path()).err().unwrap();
    assert!(matches!(open(), StorageError::Absent));
    drop(SqliteStorage::create(dir.path()).unwrap());
    assert!(matches!(SqliteStorage::create(dir.path()).err().unwrap(), StorageError::Present));

    let conn = Connection::open(dir.path().join(FILE)).unwrap();
    conn.pragma_update(None, "user_version", 99).unwrap();
    drop(conn);
    assert!(matches!(open(), StorageError::Newer { found: 99, .. }));

    std::fs::write(dir.path().join(FILE), "这不是数据库".repeat(100)).unwrap();
    assert!(matches!(open(), StorageError::Corrupt(_)));
    assert!(std::fs::read(dir.path().join(FILE)).unwrap().starts_with("这不是数据库".as_bytes()), "and it is left as it is");
}

#[test]
fn one_folder_is_served_once() {
    let dir = tempfile::tempdir().unwrap();
    let lock = ServeLock::take(dir.path()).unwrap();
    assert!(matches!(ServeLock::take(dir.path()).err().unwrap(), StorageError::Locked));
    drop(lock);
    ServeLock::take(dir.path()).unwrap();
}
