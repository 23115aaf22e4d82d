//! Two streets whose members, buildings and grids have the same ids: nothing of one ever reaches the other. Real programs throughout.

use anyhow::{Context, Result, ensure};
use beehive_tests::{BUILDING, COLLEAGUE, Phone, Server, WORKER, http, picture};
use serde_json::{Value, json};
use std::fs;

fn titles(phone: &Phone) -> Result<Vec<String>> {
    let list = phone.json(&["list", "--json"])?;
    let rows = list["rows"].as_array().context("rows")?.iter();
    let mut titles: Vec<String> = rows.filter_map(|r| r["title"].as_str().map(str::to_owned)).collect();
    titles.sort();
    Ok(titles)
}

fn tenant(phone: &Phone) -> Result<String> {
    Ok(phone.call(&json!({ "do": "me" }))?["me"]["tenant"].as_str().unwrap_or_default().to_owned())
}

/// Everything a server has of anybody.
fn documents(server: &Server) -> Result<usize> {
    let count = |args: &[&str]| -> Result<usize> { Ok(server.json(args)?.as_array().map_or(0, Vec::len)) };
    Ok(count(&["documents", "--json"])? + count(&["held", "--json"])? + count(&["refused", "--json"])?)
}

fn record(phone: &Phone, title: &str, more: &[&str]) -> Result<String> {
    phone.record("demand", title, &[&["--building", BUILDING], more].concat())
}

#[test]
fn another_street_gets_nothing_and_going_back_finds_everything() -> Result<()> {
    let (here, there) = (Server::start()?, Server::other(7, None)?);
    let photo = tempfile::tempdir()?;
    let file = photo.path().join("1.jpg").display().to_string();
    fs::write(&file, picture::jpeg(1, 640, 480)?)?;
    let phone = Phone::enrolled(&here, COLLEAGUE)?;
    record(&phone, "井盖松动", &[])?;
    phone.sync()?;
    record(&phone, "王阿姨说不要告诉别人", &["--photo", &file])?;
    phone.call(&json!({ "do": "save_draft", "id": "record", "body": { "title": "写了一半" } }))?;
    let quiet = json!({ "text_size": "large", "theme": "dark", "language": "zh-CN", "wifi_only": false, "quiet_from": 60 });
    phone.call(&json!({ "do": "configure", "settings": quiet }))?;

    // Nobody has said that the street may change: it does not, and the invitation is not used.
    let invitation = there.invite(COLLEAGUE)?;
    let complaint = phone.run(&["enroll", &invitation, "--json"])?.complaint(1)?;
    assert_eq!(complaint.code, "changes_street");
    assert!(complaint.message.contains("清溪街道") && complaint.message.contains("没送出的记录 1 条"), "{complaint:?}");
    let asked = phone.call(&json!({ "do": "invitation", "invitation": invitation }))?;
    let left = &asked["invited"]["leaving"];
    assert_eq!((&left["unsent"], &left["files"], &left["drafts"]), (&json!(1), &json!(1), &json!(1)), "{asked}");
    assert_eq!(titles(&phone)?.len(), 2);

    phone.json(&["enroll", &invitation, "--leave-street", "--json"])?;
    assert_eq!((tenant(&phone)?, titles(&phone)?, phone.status()?.unsent), ("清溪街道".to_owned(), vec![], 0));
    let me = phone.call(&json!({ "do": "me" }))?;
    assert_eq!((&me["me"]["settings"]["text_size"], &me["me"]["settings"]["quiet_from"]), (&json!("large"), &Value::Null));
    assert_eq!(phone.call(&json!({ "do": "draft", "id": "record" }))?["draft"], Value::Null);
    record(&phone, "清溪的事", &[])?;
    phone.sync()?;
    assert_eq!((titles(&phone)?, documents(&there)?), (vec!["清溪的事".to_owned()], 1));
    assert!(!here.json(&["documents", "--json"])?.to_string().contains("清溪"));

    // Back: everything is there again, unsent work too, and goes where it belongs.
    let back = here.invite(COLLEAGUE)?;
    assert_eq!(phone.run(&["enroll", &back, "--json"])?.complaint(1)?.code, "changes_street");
    phone.json(&["enroll", &back, "--leave-street", "--json"])?;
    phone.sync()?;
    let kept = here.json(&["documents", "--json"])?.as_array().map(Vec::len);
    assert_eq!((titles(&phone)?, kept), (vec!["井盖松动".to_owned(), "王阿姨说不要告诉别人".to_owned()], Some(2)));
    assert_eq!(phone.call(&json!({ "do": "draft", "id": "record" }))?["draft"]["body"]["title"], json!("写了一半"));
    assert_eq!(phone.call(&json!({ "do": "status" }))?["status"]["files"]["unsent"], json!(0));
    assert_eq!(documents(&there)?, 1);
    Ok(())
}

#[test]
fn a_server_that_took_over_an_address_is_told_nothing() -> Result<()> {
    let mut here = Server::start()?;
    let phone = Phone::enrolled(&here, WORKER)?;
    record(&phone, "只给自己街道", &[])?;
    here.stop()?;
    let mut there = Server::other(7, Some(here.address()))?;
    for _ in 0..2 {
        assert_eq!(phone.run(&["sync", "--json"])?.complaint(1)?.code, "other_street");
    }
    assert_eq!((documents(&there)?, phone.status()?.unsent), (0, 1));
    there.stop()?;
    here.run()?;
    assert_eq!((phone.sync()?.sent, documents(&here)?), (1, 1));
    Ok(())
}

#[test]
fn what_is_sent_in_doubt_is_a_question_only() -> Result<()> {
    // Another street whose server is of before streets had an identity: it can only not know this phone.
    let mut here = Server::start()?;
    let phone = Phone::enrolled(&here, WORKER)?;
    record(&phone, "只给自己街道", &[])?;
    here.stop()?;
    let mut there = Server::other(7, Some(here.address()))?;
    assert_eq!(phone.run(&["sync", "--json"])?.complaint(1)?.code, "other_street");
    // From now on the phone asks first: the server never sees a sync again.
    let before = there.log();
    assert_eq!(phone.run(&["sync", "--json"])?.complaint(1)?.code, "other_street");
    ensure!(!there.log()[before.len()..].contains("/v1/sync"), "{}", there.log());
    there.stop()
}

#[test]
fn a_restored_server_is_the_same_street() -> Result<()> {
    let desk = tempfile::tempdir()?;
    let archive = desk.path().join("backup").display().to_string();
    let mut here = Server::start()?;
    let phone = Phone::enrolled(&here, WORKER)?;
    here.cli(&["backup", &archive])?;
    record(&phone, "备份之后", &[])?;
    phone.sync()?;
    here.stop()?;
    here.cli(&["restore", &archive, "--yes"])?;
    here.run()?;
    phone.sync()?;
    assert_eq!((phone.status()?.unsent, documents(&here)?), (0, 1));
    // And an invitation of it is no change of street.
    phone.json(&["enroll", &here.invite(WORKER)?, "--json"])?;
    Ok(())
}

#[test]
fn a_rescue_file_of_another_street_is_not_taken_in() -> Result<()> {
    let desk = tempfile::tempdir()?;
    let file = desk.path().join("1.rescue").display().to_string();
    let (here, there) = (Server::start()?, Server::other(7, None)?);
    let phone = Phone::enrolled(&here, WORKER)?;
    record(&phone, "没有信号", &[])?;
    phone.ok(&["rescue", "--out", &file])?;
    let refused = |server: &Server| -> Result<String> {
        let out = server.command(&["rescue-import", &file])?.output()?;
        ensure!(!out.status.success());
        Ok(String::from_utf8_lossy(&out.stderr).into_owned())
    };
    assert!(refused(&there)?.contains("[rescue_other_key]"));
    // Even with the key of the other street.
    fs::copy(here.data().join("rescue.key"), there.data().join("rescue.key"))?;
    assert!(refused(&there)?.contains("[rescue_other_street]"));
    assert_eq!(documents(&there)?, 0);
    here.cli(&["rescue-import", &file])?;
    assert_eq!(documents(&here)?, 1);
    Ok(())
}

#[test]
fn a_server_says_which_street_it_is_to_anybody() -> Result<()> {
    let there = Server::other(7, None)?;
    let answer = http::send(there.address(), "GET", "/v1/street", &[], &[])?;
    let said: Value = serde_json::from_slice(&answer.body)?;
    assert_eq!((answer.status, &said["name"], &said["v"]), (200, &json!("清溪街道"), &json!(1)));
    let id = said["street"].as_str().context("an id")?;
    assert!(there.invite(WORKER)?.contains(&format!("&i={id}")));
    Ok(())
}
