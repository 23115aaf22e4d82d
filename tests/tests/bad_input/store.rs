//! Stores that are in use, too new, locked with another key, or given what they cannot keep.

use super::ensure_well;
use anyhow::{Context, Result};
use beehive_tests::{Phone, Server, Serving, WORKER, picture};
use rusqlite::Connection;
use std::{fs, path::Path};

/// One process at a time has a phone's store; the second is told, and disturbs nothing.
#[test]
fn a_second_process_on_a_store_is_turned_away() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let mut serving = Serving::start(&phone)?;
    assert_eq!(phone.run(&["record", "demand", "--title", "第二个", "--json"])?.complaint(4)?.code, "store_locked");
    let answer = serving.page().call(&serde_json::json!({ "do": "record", "kind": "demand", "title": "第一个" }))?;
    assert_eq!(answer["is"], "recorded");
    serving.kill()?;
    assert_eq!(phone.list()?, [answer["id"].as_str().context("id")?], "after the first is gone the store is free again");
    Ok(())
}

/// One server at a time serves a folder; admin commands work beside it.
#[test]
fn a_second_server_on_a_folder_is_turned_away() -> Result<()> {
    let mut server = Server::start()?;
    let out = server.command(&["serve", "--listen", "127.0.0.1:0"])?.output()?;
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("[data_dir_in_use]"), "{}", String::from_utf8_lossy(&out.stderr));
    let out = server.command(&["init", "--demo", "small"])?.output()?;
    assert_eq!(out.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&out.stderr).contains("[already_initialised]"));
    ensure_well(&mut server)
}

fn phone_database(phone: &Phone) -> Result<Connection> {
    let key = fs::read_to_string(phone.data().join("store.key"))?;
    let conn = Connection::open(phone.data().join("phone.db"))?;
    conn.execute_batch(&format!("PRAGMA key = \"x'{}'\";", key.trim()))?;
    Ok(conn)
}

fn set_version(conn: &Connection, version: i64) -> Result<i64> {
    let before = conn.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    conn.pragma_update(None, "user_version", version)?;
    Ok(before)
}

/// An older program leaves a newer program's store alone, and says so.
#[test]
fn a_store_of_a_newer_program_is_left_alone() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let id = phone.record("demand", "一件", &[])?;
    let known = set_version(&phone_database(&phone)?, 9_999)?;
    for args in [&["list", "--json"][..], &["record", "demand", "--title", "x", "--json"], &["sync", "--json"]] {
        assert_eq!(phone.run(args)?.complaint(4)?.code, "store_newer");
    }
    assert_eq!(set_version(&phone_database(&phone)?, known)?, 9_999, "it was not touched");
    assert_eq!(phone.list()?, [id], "the newer program finds everything");
    Ok(())
}

/// The same on the server's side.
#[test]
fn a_server_database_of_a_newer_program_is_left_alone() -> Result<()> {
    let mut server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    phone.record("demand", "一件", &[])?;
    phone.sync()?;
    server.stop()?;
    let file = server.data().join("server.db");
    let known = set_version(&Connection::open(&file)?, 9_999)?;
    for args in [&["serve", "--listen", "127.0.0.1:0"][..], &["doctor"], &["members"]] {
        let out = server.command(args)?.output()?;
        let said = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(3) && said.contains("[database_newer]"), "{args:?}: {said}");
    }
    assert_eq!(set_version(&Connection::open(&file)?, known)?, 9_999);
    server.run()?;
    phone.record("demand", "又一件", &[])?;
    assert_eq!(phone.sync()?.sent, 1);
    ensure_well(&mut server)
}

/// A lost key is no reason to begin anew over what is there.
#[test]
fn a_store_is_not_replaced_when_its_key_is_lost() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let id = phone.record("demand", "一件", &[])?;
    let file = phone.data().join("store.key");
    let key = fs::read(&file)?;
    fs::write(&file, "不是密钥")?;
    phone.run(&["list", "--json"])?.complaint(4)?;
    assert_eq!(fs::read_to_string(&file)?, "不是密钥", "a damaged key is left as it is");
    fs::remove_file(&file)?;
    assert_eq!(phone.run(&["list", "--json"])?.complaint(4)?.code, "wrong_key");
    fs::write(&file, &key)?;
    assert_eq!(phone.list()?, [id]);
    Ok(())
}

fn photo(dir: &Path, name: &str, begins: &[u8], size: usize) -> Result<String> {
    let path = dir.join(name);
    let mut bytes = begins.to_vec();
    bytes.resize(size.max(begins.len()), 7);
    fs::write(&path, bytes)?;
    Ok(path.to_str().context("a path")?.to_owned())
}

/// A photo that cannot be kept is refused with the record it came with, and the words can be recorded without it.
#[test]
fn a_photo_that_cannot_be_kept_is_refused() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let dir = tempfile::tempdir()?;
    let jpeg = [0xff, 0xd8, 0xff, 0xe0];
    let known = phone.record("finding", "已经有的", &[])?;
    let missing = dir.path().join("没有.jpg").to_string_lossy().into_owned();
    for (file, code) in [
        (photo(dir.path(), "huge.jpg", &jpeg, 41 << 20)?, "photo_too_large"),
        (photo(dir.path(), "half.jpg", &jpeg, 13 << 20)?, "bad_file"),
        (photo(dir.path(), "text.jpg", b"hello, this is text", 1_000)?, "not_a_photo"),
        (photo(dir.path(), "empty.jpg", b"", 0)?, "not_a_photo"),
        (missing, "photo_unreadable"),
        (dir.path().to_string_lossy().into_owned(), "photo_unreadable"),
    ] {
        let attached = phone.run(&["attach", &known, &file, "--json"])?;
        assert_eq!(attached.complaint(1)?.code, code, "{file}");
        // The words are worth keeping without the photo.
        let ran = phone.run(&["record", "finding", "--title", "有照片", "--photo", &file, "--json"])?;
        assert!(ran.code == Some(1) && ran.stderr.contains(code), "{ran:?}");
        let id = serde_json::from_str::<serde_json::Value>(&ran.stdout)?["id"].as_str().unwrap_or_default().to_owned();
        assert!(phone.show(&id)?["attachments"].as_array().is_some_and(Vec::is_empty), "{id}");
    }
    let good = photo(dir.path(), "good.jpg", &picture::jpeg(5, 320, 240)?, 0)?;
    let id = phone.record("finding", "有照片", &["--photo", &good])?;
    assert_eq!(phone.show(&id)?["attachments"][0]["media"], "image/jpeg");
    Ok(())
}
