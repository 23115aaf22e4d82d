//! Disks that are full or fail, at a seeded write or sync of the program.

use crate::{
    cut::Found,
    phone::{self, complaint, look_at},
    server,
};
use anyhow::{Context, Result, bail, ensure};
use beehive_campaign::Portion;
use beehive_tests::{
    COLLEAGUE, LEAD, LocalPhone, Phone, Server, Serving, WORKER, picture,
    power::{Fault, Kind, Recorder, Trouble},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use std::{collections::BTreeMap, fs, thread};

/// How often a case is begun before it counts as not to be had: most troubles strike, some lie
/// beyond the end.
const TRIES: u64 = 20;
/// Cases on one phone or server.
const OF_ONE: usize = 10;
/// What the phone says of its disk.
const PHONE_CODES: [&str; 3] = ["disk_full", "store_sql", "store_io"];
/// What the server says of its disk. To a question about an upload it answers without a body, and the phone can only
/// tell that it was an error.
const SERVER_CODES: [&str; 4] = ["disk_full", "database_error", "data_dir_unusable", "server_error"];

/// Each fault in its turn; where it strikes, and when, comes from the seed.
fn trouble(seed: u64, rng: &mut SmallRng, writes: u64, syncs: u64) -> Trouble {
    let kind = if rng.random_bool(0.6) { Kind::Write } else { Kind::Sync };
    let fault = [Fault::Full, Fault::Once, Fault::Broken][(seed % 3) as usize];
    Trouble { kind, at: rng.random_range(1..if kind == Kind::Write { writes } else { syncs }), fault }
}

/// A full disk is called that. (Where it is found full only by a sync, SQLite knows no more than
/// that the sync failed.)
fn ensure_fits(codes: &[String], known: &[&str], trouble: Trouble) -> Result<()> {
    let full = trouble.fault == Fault::Full && trouble.kind == Kind::Write;
    for code in codes {
        ensure!(known.contains(&code.as_str()) && (!full || code == "disk_full"), "{trouble:?} is called {code}");
    }
    Ok(())
}

/// The cases of the phone; how many held.
pub fn on_the_phone(portion: Portion) -> Result<u64> {
    let seeds: Vec<u64> = portion.seeds().collect();
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for seeds in seeds.chunks(OF_ONE) {
        let server = Server::start()?;
        let mut phone = Phone::enrolled(&server, WORKER)?;
        let recorder = Recorder::new(&phone.data())?;
        phone.set_env(recorder.env());
        let mut worker = phone::Worker::new(seeds[0], &phone, recorder)?;
        for _ in 0..6 {
            worker.one(&phone)?;
        }
        worker.troubled = true;
        for seed in seeds {
            worker.rng = SmallRng::seed_from_u64(*seed);
            let trouble = strike(*seed, &mut phone, &mut worker).with_context(|| format!("case {seed}"))?;
            for code in std::mem::take(&mut worker.complaints) {
                *said.entry(format!("{:?} {:?}: {code}", trouble.fault, trouble.kind)).or_default() += 1;
            }
            let promises: Vec<_> = worker.promises.iter().map(|(_, promise)| promise).collect();
            match look_at(&phone, &promises)? {
                Found::Held => {}
                other => bail!("case {seed}, {trouble:?}: {other:?}"),
            }
        }
        // All of it arrives, and another phone sees the same.
        phone.sync()?;
        let status = phone.status()?;
        ensure!((status.unsent, status.refused) == (0, 0), "{status:?}");
        let other = Phone::enrolled(&server, COLLEAGUE)?;
        ensure!(other.status()?.digest == status.digest, "the phones differ");
    }
    println!("{said:#?}");
    Ok(portion.cases)
}

/// Works at the phone until its disk has failed once.
fn strike(seed: u64, phone: &mut Phone, worker: &mut phone::Worker) -> Result<Trouble> {
    for _ in 0..TRIES {
        let serves = worker.rng.random_bool(0.4);
        let (writes, syncs) = if serves { (250, 20) } else { (40, 6) };
        let (trouble, mark) = (trouble(seed, &mut worker.rng, writes, syncs), worker.recorder.mark());
        phone.set_env(worker.recorder.env_with(trouble));
        if serves {
            page(phone, worker)?
        } else {
            command(phone, worker)?
        }
        phone.set_env(vec![]);
        ensure_fits(&worker.complaints, &PHONE_CODES, trouble)?;
        if worker.recorder.since(mark)?.has_fault() {
            return Ok(trouble);
        }
    }
    bail!("the disk never failed")
}

/// A screen at which somebody goes on when something was not saved.
fn page(phone: &Phone, worker: &mut phone::Worker) -> Result<()> {
    let Ok(mut serving) = Serving::start_with(phone.command(&["serve", "--no-auto-sync"])?) else {
        // A command says why it does not even start.
        return command(phone, worker);
    };
    let page = serving.page().clone();
    for _ in 0..12 {
        ensure!(worker.one(&page)?, "the phone is gone");
    }
    serving.kill()
}

/// One command: most of them as programs call it, the others as people do.
fn command(phone: &Phone, worker: &mut phone::Worker) -> Result<()> {
    if worker.rng.random_bool(0.6) {
        ensure!(worker.one(phone)?, "the phone is gone");
        return Ok(());
    }
    let dir = tempfile::tempdir()?;
    let photo = dir.path().join("photo.jpg");
    fs::write(&photo, picture::jpeg(worker.rng.random(), 320, 240)?)?;
    let args: &[&str] = match worker.rng.random_range(0..3) {
        0 => &["sync", "--json"],
        1 => &["record", "demand", "--title", "只有文字", "--json"],
        _ => &["record", "finding", "--title", "有照片", "--json", "--photo", photo.to_str().context("a path")?],
    };
    let ran = phone.run(args)?;
    match ran.code {
        Some(0) if args[0] == "record" => {
            let id = serde_json::from_str::<serde_json::Value>(&ran.stdout)?["id"].as_str().context("id")?.to_owned();
            let promise = phone::Promise::Record { id, title: args[3].into(), photo: args[1] == "finding" };
            worker.promises.push((worker.recorder.mark(), promise));
        }
        Some(0) => {}
        Some(1 | 4) => worker.complaints.push(complaint(&serde_json::from_str(&ran.stderr)?)?),
        _ => bail!("{args:?}: {ran:?}"),
    }
    Ok(())
}

/// The cases of the server; how many held.
pub fn on_the_server(portion: Portion) -> Result<u64> {
    let seeds: Vec<u64> = portion.seeds().collect();
    let mut said: BTreeMap<String, u64> = BTreeMap::new();
    for seeds in seeds.chunks(OF_ONE) {
        let mut server = Server::start()?;
        let worker = |(n, member)| server::Worker::new(&server, member, seeds[0] ^ n);
        let mut workers: Vec<_> = [(0, WORKER), (u64::MAX, COLLEAGUE)].into_iter().map(worker).collect::<Result<_>>()?;
        server.stop()?;
        let recorder = Recorder::new(&server.data())?;
        for seed in seeds {
            let trouble = push(&mut server, &mut workers, &recorder, *seed).with_context(|| format!("case {seed}"))?;
            server.run()?;
            for worker in &mut workers {
                for code in std::mem::take(&mut worker.complaints) {
                    *said.entry(format!("{:?} {:?}: {code}", trouble.fault, trouble.kind)).or_default() += 1;
                }
                worker.phone.sync_all()?;
                ensure!(worker.phone.status()?.unsent == 0, "case {seed}: something is not sent");
            }
            server.stop()?;
            let promises: Vec<_> = workers.iter().flat_map(|worker| &worker.told).map(|(_, promise)| promise).collect();
            match server::look_at(&mut server, &promises, 1)? {
                Found::Held => {}
                other => bail!("case {seed}, {trouble:?}: {other:?}"),
            }
        }
        ensure!(!server.log().contains("panicked"), "{}", server.log());
        server.run()?;
        let fresh = LocalPhone::enrolled(&server, LEAD, server.address())?;
        fresh.sync_all()?;
        ensure!(fresh.status()?.refused == 0, "a new phone was given something unreadable");
    }
    println!("{said:#?}");
    Ok(portion.cases)
}

/// Pushes to the server until its disk has failed once. It is gone afterwards.
fn push(server: &mut Server, workers: &mut [server::Worker], recorder: &Recorder, seed: u64) -> Result<Trouble> {
    let mut rng = SmallRng::seed_from_u64(seed);
    for _ in 0..TRIES {
        let (trouble, mark) = (trouble(seed, &mut rng, 150, 16), recorder.mark());
        server.set_env(recorder.env_with(trouble));
        if server.try_run().is_ok() {
            thread::scope(|scope| -> Result<()> {
                let working: Vec<_> = workers.iter_mut().map(|worker| scope.spawn(|| worker.session(recorder, 3))).collect();
                working.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow::anyhow!("a phone panicked"))?)
            })?;
            ensure!(server.is_running(), "the server is gone: {}", server.log());
            server.kill()?;
        } else {
            let log = server.log();
            let last = log.lines().last().unwrap_or_default();
            ensure!(SERVER_CODES.iter().any(|code| last.contains(&format!("[{code}]"))), "no code: {last}");
        }
        server.set_env(vec![]);
        for worker in workers.iter() {
            ensure_fits(&worker.complaints, &SERVER_CODES, trouble)?;
        }
        if recorder.since(mark)?.has_fault() {
            return Ok(trouble);
        }
    }
    bail!("the disk never failed")
}
