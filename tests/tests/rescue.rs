//! Work that cannot be sent is carried by hand: real phones, the real server, and a file between them.

use anyhow::{Context, Result, ensure};
use beehive_tests::{COLLEAGUE, LEAD, Phone, Server, WORKER};
use serde_json::Value;
use std::{fs, path::PathBuf};

/// Saves a phone's rescue file.
fn rescue(phone: &Phone, dir: &tempfile::TempDir, name: &str) -> Result<(PathBuf, Value)> {
    let file = dir.path().join(name);
    let said = phone.json(&["rescue", "--out", &file.display().to_string(), "--json"])?;
    Ok((file, said["summary"].clone()))
}

fn import(server: &Server, file: &std::path::Path, more: &[&str]) -> Result<Value> {
    let file = file.display().to_string();
    let args: Vec<&str> = ["rescue-import", &file, "--json"].into_iter().chain(more.iter().copied()).collect();
    server.json(&args)
}

#[test]
fn a_file_brings_unsent_work_to_everybody_and_its_own_phone_hears_that_it_is_there() -> Result<()> {
    let mut server = Server::start()?;
    let (stuck, other) = (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, COLLEAGUE)?);
    let shared = other.record("finding", "门禁坏了", &[])?;
    other.sync()?;
    stuck.sync()?;
    // From now on it has no signal.
    server.stop()?;
    let fresh = stuck.record("demand", "陪陈大爷取药", &["--detail", "每周三"])?;
    stuck.act(&shared, "step", &["--note", "去看过了"])?;
    let dir = tempfile::tempdir()?;
    let (file, summary) = rescue(&stuck, &dir, "stuck.rescue")?;
    ensure!(summary["records"] == 2, "{summary}");
    let bytes = fs::read(&file)?;
    ensure!(!bytes.windows(6).any(|w| w == "陈大".as_bytes()), "nothing of it can be read");
    let again = stuck.run(&["rescue", "--out", &file.display().to_string(), "--json"])?;
    ensure!(again.complaint(1)?.code == "cannot_write", "an older file is never written over");

    server.run()?;
    let dry = import(&server, &file, &["--dry-run"])?;
    ensure!(dry["counts"]["stored"] == 2 && dry["dry_run"] == true, "{dry}");
    let report = import(&server, &file, &[])?;
    ensure!(report["counts"]["stored"] == 2 && report["member"] == WORKER, "{report}");
    ensure!(import(&server, &file, &[])?["counts"]["duplicate"] == 2, "a second time changes nothing");
    other.sync()?;
    ensure!(other.list()?.contains(&fresh));
    ensure!(other.show(&shared)?["timeline"].as_array().context("timeline")?.len() == 2);

    // Signal after all: the phone is told that it is there, and both hold the same.
    let outcome = stuck.sync()?;
    ensure!(outcome.done && outcome.refused == 0, "{outcome:?}");
    ensure!(stuck.status()?.unsent == 0);
    ensure!(stuck.show(&fresh)? == other.show(&fresh)?);
    ensure!(stuck.show(&shared)? == other.show(&shared)?);
    ensure!(server.json(&["doctor", "--json"])?["ok"] == true);
    Ok(())
}

#[test]
fn late_work_of_a_revoked_phone_is_held_and_a_supervisor_lets_it_in() -> Result<()> {
    let server = Server::start()?;
    let (lost, other) = (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, LEAD)?);
    let held = lost.record("finding", "停用前记的", &[])?;
    let in_file = lost.record("finding", "文件里的", &[])?;
    let dir = tempfile::tempdir()?;
    let (file, _) = rescue(&lost, &dir, "lost.rescue")?;
    server.cli(&["revoke", WORKER])?;
    ensure!(import(&server, &file, &[])?["counts"]["held"] == 2);
    let counts = server.json(&["held", "--codes", "--json"])?;
    ensure!(counts[0]["code"] == "revoked" && counts[0]["count"] == 2 && counts[0]["members"] == 1, "{counts}");
    ensure!(server.json(&["held", "--code", "unknown_kind", "--json"])? == serde_json::json!([]));

    let entries = server.json(&["held", "--json"])?;
    let id_of = |doc: &str| entries.as_array().and_then(|all| all.iter().find(|e| e["doc"] == doc)).map(|e| e["id"].to_string());
    let (first, second) = (id_of(&held).context("held")?, id_of(&in_file).context("in file")?);
    let shown = server.json(&["held", "show", &first, "--json"])?;
    ensure!(shown["title"] == "停用前记的" && shown["known"] == false, "{shown}");
    server.cli(&["held", "accept", &first, "--note", "核对过"])?;
    server.cli(&["held", "decline", &second, "--note", "重复"])?;
    ensure!(server.json(&["held", "--json"])? == serde_json::json!([]));
    let decided = server.json(&["held", "--decided", "--json"])?;
    ensure!(decided.as_array().map(Vec::len) == Some(2), "{decided}");
    let out = server.command(&["held", "decline", &second, "--note", "再来"])?.output()?;
    ensure!(String::from_utf8_lossy(&out.stderr).contains("[held_decided]"));

    other.sync()?;
    let list = other.list()?;
    ensure!(list.contains(&held) && !list.contains(&in_file), "{list:?}");
    ensure!(other.show(&held)?["created_by"] == WORKER);
    ensure!(server.json(&["doctor", "--json"])?["ok"] == true);
    Ok(())
}

#[test]
fn what_is_no_rescue_file_is_told_with_a_code_and_what_to_do() -> Result<()> {
    let (server, elsewhere) = (Server::start()?, Server::start()?);
    let phone = Phone::enrolled(&server, WORKER)?;
    phone.record("finding", "别处的", &[])?;
    let dir = tempfile::tempdir()?;
    let (file, _) = rescue(&phone, &dir, "a.rescue")?;
    let bytes = fs::read(&file)?;
    let write = |name: &str, bytes: &[u8]| -> Result<PathBuf> {
        let path = dir.path().join(name);
        fs::write(&path, bytes)?;
        Ok(path)
    };
    for (at, path, code) in [
        (&server, write("cut", &bytes[..bytes.len() - 9])?, "rescue_damaged"),
        (&server, write("none", b"hello")?, "not_a_rescue_file"),
        (&server, dir.path().join("absent"), "cannot_read"),
        (&elsewhere, file.clone(), "rescue_other_key"),
    ] {
        let out = at.command(&["rescue-import", &path.display().to_string()])?.output()?;
        let said = String::from_utf8(out.stderr)?;
        ensure!(out.status.code() == Some(1) && said.contains(&format!("[{code}]")) && said.contains('。'), "{said}");
    }
    ensure!(server.json(&["documents", "--json"])? == serde_json::json!([]));
    Ok(())
}
