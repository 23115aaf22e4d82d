//! The server before and after a power cut.

use crate::cut::{Found, Recording};
use anyhow::{Context, Result, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{ActorId, DocId, FileHash, NodeId};
use beehive_device::api::{ApiError, FileState, NewPhoto, Request, Response};
use beehive_tests::{
    COLLEAGUE, GRID, LocalPhone, Server, WORKER,
    http::RawDevice,
    picture,
    power::{Disk, Fault, Image, Kind, Recorder, Trouble, write},
    work::Work,
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs, thread,
};

/// Turns of each phone in a session.
const TURNS: u32 = 8;
/// Sessions of a recording.
const SESSIONS: u32 = 4;
/// One image of so many is served again and given more.
const SERVED: u64 = 4;

/// What a phone was told that the server has.
#[derive(Debug, Clone)]
pub enum Promise {
    /// A record with so many changes.
    Changes { id: DocId, changes: u64 },
    /// A photo.
    File { hash: FileHash },
    /// Who goes on when the power is back: enrolled long before.
    Device(Box<RawDevice>),
}

/// A phone at work and what it was told.
pub struct Worker {
    /// The phone.
    pub phone: LocalPhone,
    rng: SmallRng,
    work: Work,
    buildings: Vec<String>,
    unsent: Vec<(DocId, u64)>,
    files: BTreeSet<FileHash>,
    /// How many of its records have a photo.
    photos: f64,
    /// What it was told, and how long the tape was then.
    pub told: Vec<(u64, Promise)>,
    /// What the server could not do, by its code.
    pub complaints: Vec<String>,
}

impl Worker {
    /// A newly enrolled one.
    pub fn new(server: &Server, member: &str, seed: u64) -> Result<Self> {
        let phone = LocalPhone::enrolled(server, member, server.address())?;
        let buildings = phone.buildings()?;
        let (rng, work) = (SmallRng::seed_from_u64(seed), Work::new(seed));
        Ok(Self { phone, rng, work, buildings, unsent: vec![], files: BTreeSet::new(), photos: 0.2, told: vec![], complaints: vec![] })
    }

    /// Works until the turns are done or the server is gone.
    pub fn session(&mut self, recorder: &Recorder, turns: u32) -> Result<()> {
        for _ in 0..turns {
            self.write()?;
            match self.phone.runtime().block_on(self.phone.phone().sync()) {
                Ok(outcome) if outcome.done => {
                    let mark = recorder.mark();
                    let known = std::mem::take(&mut self.unsent).into_iter();
                    self.told.extend(known.map(|(id, changes)| (mark, Promise::Changes { id, changes })));
                }
                Ok(outcome) => ensure!(outcome.refused == 0, "{outcome:?}"),
                Err(e) if e.is_offline() => return Ok(()),
                Err(e) => self.complaints.push(ApiError::from(e).code),
            }
            match self.phone.runtime().block_on(self.phone.phone().send_files()) {
                Ok(_) => {}
                Err(e) if e.is_offline() => return Ok(()),
                Err(e) => self.complaints.push(ApiError::from(e).code),
            }
            let Response::Files { files } = self.phone.call(Request::Files)? else { continue };
            let mark = recorder.mark();
            let delivered = files.into_iter().filter(|f| f.state == FileState::Delivered);
            let new = delivered.filter(|f| self.files.insert(f.hash));
            self.told.extend(new.map(|f| (mark, Promise::File { hash: f.hash })));
        }
        Ok(())
    }

    /// Records something, some of it with a photo, and edits what it has just recorded.
    fn write(&mut self) -> Result<()> {
        for _ in 0..self.rng.random_range(1..4) {
            let mut request = self.work.record(&self.buildings);
            if let Request::Record { photos, .. } = &mut request
                && self.rng.random_bool(self.photos)
            {
                let (seed, width) = (self.rng.random(), self.rng.random_range(60..400));
                let base64 = BASE64_STANDARD.encode(picture::jpeg(seed, width, 240)?);
                photos.push(NewPhoto { media: "image/jpeg".into(), base64, ..NewPhoto::default() });
            }
            let id = self.phone.record(request)?;
            let mut changes = 1;
            if self.rng.random_bool(0.5) {
                self.phone.call(self.work.edit(id))?;
                changes += 1;
            }
            self.unsent.push((id, changes));
        }
        Ok(())
    }
}

/// Pushes record after record without a phone behind it, whose own disk would take its time: what counts
/// is the moment in which the server answers.
fn push(device: &RawDevice, work: &mut Work, recorder: &Recorder, killed: bool) -> Result<Vec<(u64, Promise)>> {
    let mut told = Vec::new();
    for _ in 0..TURNS {
        match work.fill(device, &NodeId::from(GRID), 1, 1) {
            Ok(documents) => {
                let mark = recorder.mark();
                told.extend(documents.iter().map(|d| (mark, Promise::Changes { id: d.id(), changes: 1 })));
            }
            Err(_) if killed => break,
            Err(e) => return Err(e),
        }
    }
    Ok(told)
}

/// A server from a seed's point of view: enrolled phones push records and photos to it at once,
/// while it is stopped and started, and killed now and then at a write or a sync of its own.
pub fn record(seed: u64) -> Result<Recording<Promise>> {
    let mut server = Server::start()?;
    let mut rng = SmallRng::seed_from_u64(seed);
    let mut workers = [Worker::new(&server, WORKER, seed)?, Worker::new(&server, COLLEAGUE, !seed)?];
    let device = RawDevice::enroll(&server, WORKER, ActorId(rng.random()))?;
    let (mut raw, mut told) = (Work::new(seed.rotate_left(32)), Vec::new());
    server.stop()?;
    let recorder = Recorder::new(&server.data())?;
    let before = Disk::of(&server.data())?;
    for session in 0..SESSIONS {
        let (kind, most) = if rng.random_bool(0.5) { (Kind::Write, 600) } else { (Kind::Sync, 60) };
        let trouble = Trouble { kind, at: rng.random_range(1..most), fault: Fault::Kill };
        let killed = session % 2 == 1;
        server.set_env(if killed { recorder.env_with(trouble) } else { recorder.env() });
        match server.try_run() {
            Err(_) if killed => continue,
            other => other?,
        }
        thread::scope(|scope| -> Result<()> {
            let working: Vec<_> = workers.iter_mut().map(|worker| scope.spawn(|| worker.session(&recorder, TURNS))).collect();
            told.extend(push(&device, &mut raw, &recorder, killed)?);
            working.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow::anyhow!("a phone panicked"))?)
        })?;
        if server.is_running() && rng.random_bool(0.5) {
            server.stop()?;
        } else {
            server.kill()?;
        }
    }
    for worker in &workers {
        ensure!(worker.complaints.is_empty(), "{:?}", worker.complaints);
    }
    let told = told.into_iter().chain(workers.iter_mut().flat_map(|worker| std::mem::take(&mut worker.told)));
    let promises = [(0, Promise::Device(Box::new(device)))].into_iter().chain(told).collect();
    Ok(Recording { tape: recorder.finish(&before)?, before, promises, from: 0 })
}

/// Nothing but uploads, on a server that is killed at one of its syncs and started again: what came before the crash was written
/// by a process that never got to sync it.
pub fn record_uploads(seed: u64) -> Result<Recording<Promise>> {
    let mut server = Server::start()?;
    let mut worker = Worker::new(&server, WORKER, seed)?;
    worker.photos = 1.0;
    server.stop()?;
    let recorder = Recorder::new(&server.data())?;
    let before = Disk::of(&server.data())?;
    let at = SmallRng::seed_from_u64(seed).random_range(3..16);
    for trouble in [Some(Trouble { kind: Kind::Sync, at, fault: Fault::Kill }), None] {
        server.set_env(trouble.map_or_else(|| recorder.env(), |trouble| recorder.env_with(trouble)));
        server.run()?;
        worker.session(&recorder, 2)?;
        server.kill()?;
    }
    Ok(Recording { tape: recorder.finish(&before)?, before, promises: worker.told, from: 0 })
}

/// Opens an image with the real program and looks for what was promised.
pub fn check(seed: u64, image: &Image, promises: &[&Promise]) -> Result<Found> {
    look_at(&mut Server::over(|folder| write(image, folder))?, promises, seed)
}

/// Looks for what was promised in the folder of a server that does not run.
pub fn look_at(server: &mut Server, promises: &[&Promise], seed: u64) -> Result<Found> {
    if let Some(problem) = problem(server)? {
        return Ok(Found::Damaged(problem));
    }
    let rows: Vec<Value> = serde_json::from_value(server.json(&["documents", "--json"])?)?;
    let there: BTreeMap<DocId, u64> = rows
        .iter()
        .map(|row| Ok((row["id"].as_str().context("id")?.parse()?, row["changes"].as_u64().context("changes")?)))
        .collect::<Result<_>>()?;
    for promise in promises {
        let kept = match promise {
            Promise::Changes { id, changes } => there.get(id).is_some_and(|there| there >= changes),
            Promise::File { hash } => is_whole(server, hash),
            Promise::Device(device) if seed.is_multiple_of(SERVED) => {
                let after = match serve(server, device, seed) {
                    Ok(()) => problem(server)?,
                    Err(e) => Some(format!("{e:#}")),
                };
                if let Some(problem) = after {
                    return Ok(Found::Damaged(format!("it does not go on: {problem}")));
                }
                true
            }
            Promise::Device(_) => true,
        };
        if !kept {
            return Ok(Found::Lost(format!("{promise:?}")));
        }
    }
    Ok(Found::Held)
}

/// What `doctor` finds.
fn problem(server: &Server) -> Result<Option<String>> {
    let out = server.command(&["doctor", "--json"])?.output()?;
    let report: Value = serde_json::from_slice(&out.stdout).unwrap_or_default();
    let well = out.status.success() && report["ok"] == true;
    Ok((!well).then(|| format!("{report} {}", String::from_utf8_lossy(&out.stderr))))
}

fn is_whole(server: &Server, hash: &FileHash) -> bool {
    let name = hash.to_string();
    let path = server.data().join("files").join(&name[..2]).join(&name[2..4]).join(&name);
    fs::read(path).is_ok_and(|bytes| FileHash(Sha256::digest(bytes).into()) == *hash)
}

/// Starts it, and gives it something more.
fn serve(server: &mut Server, device: &RawDevice, seed: u64) -> Result<()> {
    server.run()?;
    let device = RawDevice { server: server.address(), ..device.clone() };
    Work::new(seed).fill(&device, &NodeId::from(GRID), 1, 1)?;
    server.stop()
}
