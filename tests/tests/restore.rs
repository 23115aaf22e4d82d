//! The server's disk dies: yesterday's backup is restored, and what came since comes back from the phones. Real programs throughout.

use anyhow::{Context, Result, ensure};
use beehive_tests::{COLLEAGUE, LEAD, Phone, Server, WORKER, picture};
use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
};

/// A folder for archives and photos.
struct Desk(tempfile::TempDir);

impl Desk {
    fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn photo(&self, seed: u64) -> Result<String> {
        let path = self.path(&format!("{seed}.jpg"));
        fs::write(&path, picture::jpeg(seed, 640, 480)?)?;
        Ok(path.display().to_string())
    }
}

fn backup(server: &Server, file: &Path) -> Result<Value> {
    server.json(&["backup", &file.display().to_string(), "--json"])
}

fn restore(server: &Server, file: &Path, more: &[&str]) -> Result<Value> {
    let file = file.display().to_string();
    let args: Vec<&str> = ["restore", &file, "--json"].into_iter().chain(more.iter().copied()).collect();
    server.json(&args)
}

fn code(server: &Server, args: &[&str]) -> Result<(Option<i32>, String)> {
    let out = server.command(args)?.output()?;
    let said = String::from_utf8_lossy(&out.stderr).trim().to_owned();
    let code = said.rsplit_once('[').and_then(|(_, code)| code.strip_suffix(']')).context(said.clone())?;
    Ok((out.status.code(), code.to_owned()))
}

/// What the server knows: each document with the number of its changes and their bytes.
fn documents(server: &Server) -> Result<Vec<String>> {
    let all = server.json(&["documents", "--json"])?;
    let line = |d: &Value| format!("{} {} {}", d["id"], d["changes"], d["bytes"]);
    let mut found: Vec<String> = all.as_array().context("a list")?.iter().map(line).collect();
    found.sort();
    Ok(found)
}

#[test]
fn a_lost_disk_is_made_good_by_yesterdays_backup_and_the_phones() -> Result<()> {
    let desk = Desk::new()?;
    let mut server = Server::start()?;
    let (worker, lead) = (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, LEAD)?);
    let before = worker.record("finding", "门禁坏了", &["--photo", &desk.photo(1)?])?;
    worker.sync()?;
    lead.sync()?;
    // While the server runs.
    let archive = desk.path("a.backup");
    let made = backup(&server, &archive)?;
    ensure!(made["files"] == 2 && made["missing"] == serde_json::json!([]), "an original and its small picture: {made}");

    // A day's work of both phones, all of it acknowledged.
    let since = worker.record("demand", "陪陈大爷取药", &["--photo", &desk.photo(2)?])?;
    worker.act(&before, "step", &["--note", "换了锁芯"])?;
    worker.sync()?;
    lead.sync()?;
    lead.act(&since, "accept", &["--args", r#"{"path":"now"}"#])?;
    lead.sync()?;
    worker.sync()?;
    ensure!(worker.status()?.unsent == 0 && lead.status()?.unsent == 0);
    let known = documents(&server)?;
    let number = worker.show(&since)?["number"].clone();
    ensure!(!number.is_null());

    // The disk is gone. A newer phone was enrolled since, and its invitation is not in the backup.
    let newer = Phone::enrolled(&server, COLLEAGUE)?;
    server.kill()?;
    fs::remove_dir_all(server.data())?;
    let looked = restore(&server, &archive, &[])?;
    ensure!(looked["restored"] == false && looked["replaces"] == false, "{looked}");
    ensure!(!server.data().join("server.db").exists(), "only looked at");
    let done = restore(&server, &archive, &["--yes"])?;
    ensure!(done["restored"] == true && done["new_epoch"] != made["epoch"] && done["epoch"] == made["epoch"], "{done}");
    ensure!(server.json(&["doctor", "--json"])?["ok"] == true);
    server.run()?;

    // Each phone says once more what it had said.
    for _ in 0..2 {
        worker.sync()?;
        lead.sync()?;
    }
    ensure!(documents(&server)? == known, "every change of every document is back");
    ensure!(worker.show(&since)?["status"] == "accepted" || !worker.show(&since)?["path"].is_null(), "{}", worker.show(&since)?);
    ensure!(worker.show(&before)? == lead.show(&before)? && worker.show(&since)? == lead.show(&since)?);
    ensure!(worker.status()?.digest == lead.status()?.digest);
    ensure!(server.json(&["doctor", "--json"])?["counts"]["files"] == 4, "the photo taken since is back too");
    // On paper it may stand beside another number now, but no number ever means two matters.
    let again = worker.show(&since)?["number"].clone();
    ensure!(!again.is_null() && again != worker.show(&before)?["number"]);

    // The phone that the backup does not know keeps its work and goes on with a new invitation.
    let unknown = newer.record("finding", "路灯不亮", &[])?;
    ensure!(newer.run(&["sync", "--json"])?.complaint(1)?.code == "unauthorized");
    newer.ok(&["enroll", &server.invite(COLLEAGUE)?])?;
    newer.sync()?;
    lead.sync()?;
    ensure!(lead.list()?.contains(&unknown));
    Ok(())
}

#[test]
fn what_is_there_is_set_aside_and_nothing_is_restored_under_a_running_server() -> Result<()> {
    let desk = Desk::new()?;
    let mut server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let archive = desk.path("a.backup");
    backup(&server, &archive)?;
    let invitation = server.invite(COLLEAGUE)?;
    let kept = phone.record("finding", "备份之后", &[])?;
    phone.sync()?;
    let file = archive.display().to_string();
    ensure!(code(&server, &["restore", &file, "--yes"])? == (Some(3), "data_dir_in_use".into()));
    ensure!(code(&server, &["backup", &file])? == (Some(1), "backup_exists".into()));
    server.stop()?;
    let known = documents(&server)?;
    let done = restore(&server, &archive, &["--yes"])?;
    let aside = PathBuf::from(done["aside"].as_str().context("set aside")?);
    ensure!(documents(&server)?.is_empty() && done["replaces"] == true);
    // The database that was there is whole.
    let data = aside.display().to_string();
    let out = Server::command_in(Path::new(&data), &["documents", "--json"])?.output()?;
    ensure!(String::from_utf8_lossy(&out.stdout).contains(&kept));
    server.run()?;
    phone.sync()?;
    ensure!(documents(&server)? == known);
    // An invitation may have been used in the time that was lost.
    let refused = Phone::new()?;
    ensure!(refused.run(&["enroll", &invitation, "--json"])?.complaint(1)?.code == "invitation_unknown");
    Ok(())
}

#[test]
fn an_archive_that_was_cut_or_changed_anywhere_changes_nothing() -> Result<()> {
    let desk = Desk::new()?;
    let mut server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    phone.record("finding", "门禁坏了", &["--photo", &desk.photo(1)?])?;
    phone.sync()?;
    let archive = desk.path("a.backup");
    backup(&server, &archive)?;
    server.stop()?;
    let (bytes, known) = (fs::read(&archive)?, documents(&server)?);
    let mut bad: Vec<Vec<u8>> = (1..12).map(|n| bytes[..bytes.len() * n / 12].to_vec()).collect();
    bad.extend((0..24).map(|n| {
        let mut changed = bytes.clone();
        changed[bytes.len() * n / 24] ^= 0x10;
        changed
    }));
    bad.push(b"not an archive".to_vec());
    for (n, bytes) in bad.iter().enumerate() {
        let path = desk.path(&format!("bad-{n}"));
        fs::write(&path, bytes)?;
        let file = path.display().to_string();
        for args in [vec!["restore", &file], vec!["restore", &file, "--yes"]] {
            let (exit, code) = code(&server, &args)?;
            ensure!(exit == Some(1) && code == "backup_damaged", "{n}: {exit:?} {code}");
        }
    }
    ensure!(documents(&server)? == known);
    ensure!(fs::read_dir(server.data())?.flatten().all(|e| !e.file_name().to_string_lossy().starts_with("before-")));
    Ok(())
}
