//! Names outlive what they name: a building is called otherwise, or taken off the list, and every record goes on saying where it was. Real
//! phones, the real server and its commands.

use anyhow::{Context, Result, ensure};
use beehive_tests::{COLLEAGUE, Phone, Server, WORKER};
use calamine::{Reader as _, Xlsx};

/// What the phone prints of a record.
fn place(phone: &Phone, id: &str) -> Result<String> {
    phone.ok(&["show", id])
}

fn rows(phone: &Phone, args: &[&str]) -> Result<Vec<String>> {
    let all: Vec<&str> = ["list", "--json"].iter().chain(args).copied().collect();
    let rows = phone.json(&all)?["rows"].clone();
    Ok(rows.as_array().context("rows")?.iter().map(|r| r["place"].as_str().unwrap_or_default().to_owned()).collect())
}

#[test]
fn a_building_that_is_renamed_and_then_taken_off_the_list() -> Result<()> {
    let server = Server::start()?;
    let worker = Phone::enrolled(&server, WORKER)?;
    let id = worker.record("finding", "门禁坏了", &["--building", "3 栋", "--unit", "1"])?;
    worker.sync()?;
    ensure!(place(&worker, &id)?.contains("3 栋 1 单元"), "{}", place(&worker, &id)?);

    server.cli(&["buildings", "rename", "b-03", "丁香苑 3 号楼"])?;
    worker.sync()?;
    assert_eq!(rows(&worker, &[])?, ["丁香苑 3 号楼 1 单元"]);
    assert_eq!((worker.search("丁香苑")?.len(), worker.search("3栋")?.len()), (1, 0));

    server.cli(&["buildings", "remove", "b-03"])?;
    worker.sync()?;
    let gone = "丁香苑 3 号楼（已撤） 1 单元";
    // A phone that joins today never saw the building; its first download is the record.
    let fresh = Phone::enrolled(&server, COLLEAGUE)?;
    for phone in [&worker, &fresh] {
        ensure!(place(phone, &id)?.contains(gone), "{}", place(phone, &id)?);
        assert_eq!(rows(phone, &[])?, [gone]);
        assert_eq!(phone.search("丁香苑3")?.len(), 1);
        for said in ["b-03", "丁香苑３号楼（已撤）"] {
            assert_eq!(rows(phone, &["--building", said])?, [gone], "{said}");
        }
        let new = phone.run(&["record", "finding", "--title", "x", "--building", "丁香苑3号楼", "--json"])?;
        assert_eq!(new.complaint(1)?.code, "building_removed");
    }
    // The lists of the server.
    let dir = tempfile::tempdir()?;
    let path = dir.path().join("三单.xlsx");
    server.json(&["lists", "--xlsx", path.to_str().context("path")?, "--json"])?;
    let mut book: Xlsx<_> = calamine::open_workbook(&path)?;
    let demand = book.worksheet_range("需求清单")?;
    ensure!(demand.rows().flatten().any(|cell| *cell == gone), "{demand:?}");

    // On the list again it is as it was.
    server.cli(&["buildings", "restore", "b-03"])?;
    worker.sync()?;
    assert_eq!(rows(&worker, &["--building", "丁香苑 3 号楼"])?, ["丁香苑 3 号楼 1 单元"]);
    Ok(())
}

#[test]
fn a_word_and_a_colleague_that_are_gone_are_still_named() -> Result<()> {
    let server = Server::start()?;
    let (worker, colleague) = (Phone::enrolled(&server, WORKER)?, Phone::enrolled(&server, COLLEAGUE)?);
    let id = colleague.record("finding", "门禁坏了", &["--building", "3 栋", "--category", "fire"])?;
    colleague.sync()?;
    server.cli(&["words", "remove", "category", "fire"])?;
    server.cli(&["ungrant", COLLEAGUE, "micro_worker", "w-1"])?;
    let name = server.json(&["members", "--json"])?.as_array().context("members")?[1]["name"].as_str().context("name")?.to_owned();
    worker.sync()?;
    let said = worker.ok(&["show", &id])?;
    ensure!(said.contains(&name) && said.contains("（已停用）") && !said.contains("不在名单上"), "{said}");
    Ok(())
}

#[test]
fn what_cannot_be_renamed_or_removed_says_why() -> Result<()> {
    let server = Server::start()?;
    for (args, code) in [
        (vec!["buildings", "rename", "b-99", "x"], "unknown_name"),
        (vec!["buildings", "rename", "b-03", " \u{200b}"], "bad_name"),
        (vec!["buildings", "remove", "b-99"], "unknown_name"),
        (vec!["words", "remove", "category", "nothing"], "unknown_name"),
    ] {
        let output = server.command(&args)?.output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1) && said.contains(&format!("[{code}]")), "{args:?}: {said}");
    }
    server.cli(&["buildings", "remove", "b-03"])?;
    ensure!(server.cli(&["buildings", "remove", "b-03"])?.contains("没有变化"));
    let output = server.command(&["buildings", "rename", "b-03", "x"])?.output()?;
    ensure!(String::from_utf8_lossy(&output.stderr).contains("[name_removed]"));
    let rows = server.json(&["buildings", "--json"])?;
    let gone: Vec<_> = rows.as_array().context("rows")?.iter().filter(|b| b["removed"] == true).map(|b| b["id"].clone()).collect();
    assert_eq!(gone, ["b-03"]);
    Ok(())
}
