//! Duties that end while a phone is out of reach, with the real programs: what was recorded on them is held with its photos, and nothing waits
//! for ever.

use anyhow::{Context, Result, ensure};
use beehive_tests::{BUILDING, LEAD, Phone, Server, WORKER, picture};
use serde_json::{Value, json};
use std::fs;

/// Somebody with no duty in the worker's micro-grid.
const NEWCOMER: &str = "m-015";
const GRID: &str = "w-1";

fn held(server: &Server) -> Result<Vec<(String, String, String)>> {
    let text = |row: &Value, name: &str| row[name].as_str().map_or_else(|| row[name].to_string(), str::to_owned);
    let rows = server.json(&["held", "--json"])?;
    let rows = rows.as_array().context("a list")?;
    Ok(rows.iter().map(|row| (text(row, "id"), text(row, "doc"), text(row, "code"))).collect())
}

#[test]
fn what_was_recorded_on_duty_is_held_with_its_photo_when_the_duty_is_ended_by_hand() -> Result<()> {
    let server = Server::start()?;
    server.cli(&["grant", NEWCOMER, "micro_worker", GRID])?;
    let (phone, lead) = (Phone::enrolled(&server, NEWCOMER)?, Phone::enrolled(&server, LEAD)?);
    let dir = tempfile::tempdir()?;
    let photo = dir.path().join("photo.jpg");
    fs::write(&photo, picture::jpeg(1, 800, 600)?)?;
    let id = phone.record("finding", "任期内记的", &["--building", BUILDING, "--photo", &photo.display().to_string()])?;
    server.cli(&["ungrant", NEWCOMER, "micro_worker", GRID])?;

    let outcome = phone.json(&["sync", "--json"])?;
    ensure!(outcome["refused"] == 1 && outcome["files_left"] == 0 && outcome["files_problem"] == Value::Null, "{outcome}");
    let entries = held(&server)?;
    let [(entry, doc, code)] = &entries[..] else { anyhow::bail!("one entry: {entries:?}") };
    ensure!((doc, code.as_str()) == (&id, "not_your_scope"), "{entries:?}");
    ensure!(server.json(&["refused", "--json"])? == json!([]));
    let status = phone.json(&["status", "--json"])?;
    ensure!(status["refused"] == 0 && status["held"] == 1 && status["files"]["unsent"] == 0, "{status}");

    // Through a backup and back the history is as it was.
    let archive = dir.path().join("street.archive");
    server.cli(&["backup", &archive.display().to_string()])?;
    let restored = tempfile::tempdir()?;
    let run = |args: &[&str]| -> Result<Value> {
        let out = Server::command_in(&restored.path().join("server"), args)?.output()?;
        ensure!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        Ok(serde_json::from_slice(&out.stdout)?)
    };
    run(&["restore", &archive.display().to_string(), "--yes", "--json"])?;
    let ended = |members: &Value| members.as_array().and_then(|all| all.iter().find(|m| m["id"] == NEWCOMER)).map(|m| m["ended"].clone());
    let (there, here) = (run(&["members", "--ended", "--json"])?, server.json(&["members", "--ended", "--json"])?);
    ensure!(ended(&there) == ended(&here), "{there}");
    ensure!(ended(&here).is_some_and(|e| e[0]["ended_by"] == "ungrant"), "{here}");

    server.cli(&["held", "accept", entry, "--note", "核对过"])?;
    phone.sync()?;
    lead.sync()?;
    ensure!(lead.show(&id)?["created_by"] == NEWCOMER);
    let files = lead.json(&["files", "--json"])?;
    let hash = files["files"].as_array().and_then(|f| f.iter().find(|f| f["small"] == false)).context("a photo")?["hash"].clone();
    let fetched = lead.call(&json!({ "do": "fetch_file", "hash": hash }))?;
    ensure!(fetched["base64"].as_str().is_some_and(|b| !b.is_empty()), "{fetched}");
    ensure!(server.json(&["doctor", "--json"])?["ok"] == true);
    Ok(())
}

/// A phone that enrols again is another device to the server, and its member waits for the same answer.
#[test]
fn what_was_decided_reaches_a_phone_that_enrolled_again() -> Result<()> {
    let server = Server::start()?;
    server.cli(&["grant", NEWCOMER, "micro_worker", GRID])?;
    let phone = Phone::enrolled(&server, NEWCOMER)?;
    phone.record("finding", "任期内记的", &["--building", BUILDING])?;
    server.cli(&["ungrant", NEWCOMER, "micro_worker", GRID])?;
    phone.sync()?;
    let [(entry, ..)] = &held(&server)?[..] else { anyhow::bail!("one entry") };
    phone.json(&["enroll", &server.invite(NEWCOMER)?, "--json"])?;
    ensure!(phone.json(&["status", "--json"])?["held"] == 1);
    server.cli(&["held", "decline", entry, "--note", "请到网格站说明"])?;
    phone.json(&["sync", "--json"])?;
    let status = phone.json(&["status", "--json"])?;
    ensure!(status["held"] == 0 && status["refused"] == 1, "{status}");
    Ok(())
}

#[test]
fn the_photo_of_a_refused_record_waits_for_nobody() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let dir = tempfile::tempdir()?;
    let photo = dir.path().join("photo.jpg");
    fs::write(&photo, picture::jpeg(2, 800, 600)?)?;
    phone.record("finding", "会被退回的", &["--building", BUILDING, "--photo", &photo.display().to_string()])?;
    // A street that knows no such grid any more refuses what was recorded there.
    rename_grid(&server, GRID, "w-gone")?;
    let outcome = phone.json(&["sync", "--json"])?;
    ensure!(outcome["refused"] == 1, "{outcome}");
    ensure!(held(&server)?.is_empty());
    let status = phone.json(&["status", "--json"])?;
    ensure!(status["refused"] == 1 && status["files"]["unsent"] == 0 && status["files"]["refused"] == 0, "{status}");
    // Taken up again once the grid is back, the photo goes along.
    rename_grid(&server, "w-gone", GRID)?;
    phone.sync()?;
    let entries = phone.call(&json!({ "do": "refused" }))?;
    phone.call(&json!({ "do": "retry_refused", "entry": entries["entries"][0]["entry"] }))?;
    let outcome = phone.json(&["sync", "--json"])?;
    ensure!(outcome["sent"] == 1 && outcome["files_sent"] == 2 && outcome["files_left"] == 0, "{outcome}");
    Ok(())
}

fn rename_grid(server: &Server, from: &str, to: &str) -> Result<()> {
    let conn = rusqlite::Connection::open(server.data().join("server.db"))?;
    conn.busy_timeout(std::time::Duration::from_secs(10))?;
    conn.execute("UPDATE org_node SET id = ?2 WHERE id = ?1", [from, to])?;
    conn.execute("UPDATE reference_version SET counter = counter + 1 WHERE dataset = 'org'", [])?;
    Ok(())
}
