//! `kill -9` at random moments: nothing that was reported saved, and nothing that was reported sent, is missing.
//!
//! The moments come from a seed; what a killed program was just doing depends on the machine. That is the point. Forty kills in the
//! gate, a thousand under `cargo xtask prove`.

use anyhow::{Context, Result, ensure};
use beehive_campaign::Portion;
use beehive_core::DocId;
use beehive_device::api::{ListFilter, RecordState};
use beehive_tests::{COLLEAGUE, LEAD, LocalPhone, Phone, Server, Serving, WORKER, serving::Page, work::Work};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::Read,
    process::Stdio,
    thread,
    time::Duration,
};

fn pause(rng: &mut SmallRng, at_most: Duration) -> Duration {
    at_most.mul_f64(rng.random_range(0.0..1.0))
}

/// Every phone ends with the same, and so does one that comes new.
fn ensure_converged(server: &Server, phones: &[&Phone], ids: &BTreeSet<String>) -> Result<()> {
    for phone in phones.iter().chain(phones) {
        let outcome = phone.sync()?;
        ensure!(outcome.refused == 0, "{outcome:?}");
    }
    let fresh = Phone::enrolled(server, COLLEAGUE)?;
    let digest = fresh.status()?.digest;
    for phone in phones.iter().copied().chain([&fresh]) {
        let status = phone.status()?;
        assert_eq!((status.unsent, status.refused, status.repaired, &status.digest), (0, 0, 0, &digest));
        let listed: BTreeSet<String> = phone.list()?.into_iter().collect();
        let missing: Vec<_> = ids.difference(&listed).collect();
        assert!(missing.is_empty(), "reported saved and missing: {missing:?}");
    }
    let doctor = server.json(&["doctor", "--json"])?;
    assert_eq!(doctor["ok"], true, "{doctor}");
    Ok(())
}

/// What a phone said was saved.
#[derive(Default)]
struct Saved {
    records: BTreeSet<String>,
    notes: BTreeMap<String, Vec<String>>,
}

impl Saved {
    /// Records and writes steps until no answer comes any more.
    fn work(&mut self, page: &Page, rng: &mut SmallRng, syncs: bool) {
        loop {
            let number = rng.random::<u32>();
            let request = match self.records.iter().nth(rng.random_range(0..self.records.len().max(1))) {
                Some(id) if rng.random_bool(0.4) => {
                    json!({ "do": "act", "id": id, "event": { "t": "step", "note": format!("第{number}步") } })
                }
                _ => json!({ "do": "record", "kind": "demand", "title": format!("第{number}件") }),
            };
            let Ok(answer) = page.call(&request) else { return };
            match answer["is"].as_str() {
                Some("recorded") => drop(answer["id"].as_str().map(|id| self.records.insert(id.to_owned()))),
                Some("matter") => {
                    let (id, note) = (request["id"].as_str().unwrap_or_default(), request["event"]["note"].as_str().unwrap_or_default());
                    self.notes.entry(id.to_owned()).or_default().push(note.to_owned());
                }
                _ => panic!("not saved: {answer}"),
            }
            if syncs && page.call(&json!({ "do": "sync" })).is_err() {
                return;
            }
        }
    }
}

/// A phone that records, edits and syncs is killed again and again: what it said was saved is there afterwards.
#[test]
fn a_serving_phone_keeps_what_it_said_was_saved() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let other = Phone::enrolled(&server, LEAD)?;
    let portion = Portion::or(21, 12);
    let mut rng = SmallRng::seed_from_u64(portion.seed);
    let mut saved = Saved::default();
    for kill in 0..portion.cases {
        let mut serving = Serving::start(&phone)?;
        let listed = serving.page().call(&json!({ "do": "list", "limit": 500 }))?;
        let here: BTreeSet<&str> = listed["rows"].as_array().context("rows")?.iter().filter_map(|r| r["id"].as_str()).collect();
        for id in &saved.records {
            ensure!(here.contains(id.as_str()) || here.len() == 500, "before kill {kill}: {id} was reported saved and is missing");
        }
        let (page, at, syncs) = (serving.page().clone(), pause(&mut rng, Duration::from_millis(150)), rng.random_bool(0.5));
        thread::scope(|scope| {
            let working = scope.spawn(|| saved.work(&page, &mut rng, syncs));
            thread::sleep(at);
            serving.kill()?;
            working.join().map_err(|_| anyhow::anyhow!("something was not saved although nobody was killed"))
        })?;
    }
    assert!(saved.records.len() as u64 > portion.cases, "{} records", saved.records.len());
    ensure_converged(&server, &[&phone, &other], &saved.records)?;
    for (id, notes) in &saved.notes {
        let shown = other.show(id)?.to_string();
        for note in notes {
            assert!(shown.contains(note), "{id}: {note} was reported saved and is missing");
        }
    }
    portion.report(portion.cases);
    Ok(())
}

/// Commands are killed somewhere between their start and their end: an id that was printed stands for a record that is there.
#[test]
fn a_killed_command_has_saved_what_it_printed() -> Result<()> {
    let server = Server::start()?;
    let phone = Phone::enrolled(&server, WORKER)?;
    let portion = Portion::or(22, 12);
    let mut rng = SmallRng::seed_from_u64(portion.seed);
    let mut saved = BTreeSet::new();
    for kill in 0..portion.cases {
        let title = format!("第{kill}件");
        let args = if kill % 4 == 3 { vec!["sync"] } else { vec!["record", "demand", "--title", &title] };
        let mut child = phone.command(&args)?.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        thread::sleep(pause(&mut rng, Duration::from_millis(120)));
        child.kill()?;
        let mut printed = String::new();
        child.stdout.take().context("stdout")?.read_to_string(&mut printed)?;
        child.wait()?;
        if args[0] == "record" && printed.ends_with('\n') {
            saved.insert(printed.trim().to_owned());
        }
        if kill % 10 == 9 || kill + 1 == portion.cases {
            let listed: BTreeSet<String> = phone.list()?.into_iter().collect();
            ensure!(saved.is_subset(&listed), "after kill {kill}, missing: {:?}", saved.difference(&listed));
        }
    }
    assert!(!saved.is_empty() || portion.cases < 12, "every command was killed before it printed");
    ensure_converged(&server, &[&phone], &saved)?;
    portion.report(portion.cases);
    Ok(())
}

/// The changes that the server has of each record, by `documents --json`.
fn on_the_server(server: &Server) -> Result<BTreeMap<DocId, u64>> {
    let rows: Vec<Value> = serde_json::from_value(server.json(&["documents", "--json"])?)?;
    rows.iter().map(|r| Ok((r["id"].as_str().context("id")?.parse()?, r["changes"].as_u64().context("changes")?))).collect()
}

/// What a phone says of its records: delivered, and with how many lines of a timeline.
fn delivered(phone: &LocalPhone) -> Result<Vec<DocId>> {
    let rows = phone.rows(&ListFilter::default())?;
    Ok(rows.into_iter().filter(|r| r.state == RecordState::Delivered).map(|r| r.id).collect())
}

/// The server is killed while two phones push: whatever they were told had arrived is there when it starts again.
#[test]
fn a_killed_server_has_what_it_acknowledged() -> Result<()> {
    let mut server = Server::start()?;
    let phones = [LocalPhone::enrolled(&server, WORKER, server.address())?, LocalPhone::enrolled(&server, COLLEAGUE, server.address())?];
    let portion = Portion::or(23, 16);
    let mut rng = SmallRng::seed_from_u64(portion.seed);
    let mut works = [Work::new(portion.seed), Work::new(portion.seed + 1)];
    let buildings = phones[0].buildings()?;
    let mut acknowledged: BTreeMap<DocId, u64> = BTreeMap::new();
    for kill in 0..portion.cases {
        let at = pause(&mut rng, Duration::from_millis(60));
        let sent: Vec<(DocId, u64)> = thread::scope(|scope| -> Result<_> {
            let pushing: Vec<_> =
                phones.iter().zip(&mut works).map(|(phone, work)| scope.spawn(|| push_until_killed(phone, work, &buildings))).collect();
            thread::sleep(at);
            server.kill()?;
            let mut sent = Vec::new();
            for one in pushing {
                sent.extend(one.join().map_err(|_| anyhow::anyhow!("a phone panicked"))??);
            }
            Ok(sent)
        })?;
        for (id, changes) in sent {
            let known = acknowledged.entry(id).or_default();
            *known = changes.max(*known);
        }
        server.run()?;
        if kill % 8 == 7 {
            ensure_there(&server, &phones, &acknowledged).with_context(|| format!("after kill {kill}"))?;
        }
    }
    assert!(acknowledged.len() as u64 * 4 > portion.cases, "only {} records were acknowledged", acknowledged.len());
    for phone in phones.iter().chain(&phones) {
        phone.sync_all()?;
    }
    ensure_there(&server, &phones, &acknowledged)?;
    let fresh = LocalPhone::enrolled(&server, LEAD, server.address())?;
    fresh.sync_all()?;
    let (a, b, c) = (phones[0].status()?, phones[1].status()?, fresh.status()?);
    assert_eq!((a.unsent, b.unsent, a.refused, b.refused), (0, 0, 0, 0));
    assert_eq!((&a.digest, &a.digest), (&b.digest, &c.digest));
    assert_eq!((a.repaired, b.repaired), (0, 0));
    let doctor = server.json(&["doctor", "--json"])?;
    assert_eq!(doctor["ok"], true, "{doctor}");
    portion.report(portion.cases);
    Ok(())
}

/// Records, edits and syncs until the server is gone; answers what was acknowledged: records and how many changes of each.
fn push_until_killed(phone: &LocalPhone, work: &mut Work, buildings: &[String]) -> Result<Vec<(DocId, u64)>> {
    let mut acknowledged = Vec::new();
    let mut mine: Vec<(DocId, u64)> = Vec::new();
    loop {
        mine.push((phone.record(work.record(buildings))?, 1));
        if let [.., (id, changes), _] = mine.as_mut_slice() {
            phone.call(work.edit(*id))?;
            *changes += 1;
        }
        match phone.sync() {
            Ok(outcome) if outcome.done => acknowledged.extend(mine.iter().copied()),
            Ok(outcome) => ensure!(outcome.refused == 0, "{outcome:?}"),
            Err(e) if e.to_string().contains("no connection") => return Ok(acknowledged),
            Err(e) => return Err(e),
        }
    }
}

fn ensure_there(server: &Server, phones: &[LocalPhone], acknowledged: &BTreeMap<DocId, u64>) -> Result<()> {
    let there = on_the_server(server)?;
    for (id, changes) in acknowledged {
        ensure!(there.get(id).is_some_and(|n| n >= changes), "{id}: {changes} changes were acknowledged, {:?} are there", there.get(id));
    }
    for phone in phones {
        for id in delivered(phone)? {
            ensure!(there.contains_key(&id), "{id} is shown as delivered and is not on the server");
        }
    }
    Ok(())
}
