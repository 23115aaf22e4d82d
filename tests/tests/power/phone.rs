//! The phone before and after a power cut.

use crate::cut::{Found, Recording};
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_tests::{
    Phone, Server, Serving, WORKER, picture,
    power::{Disk, Fault, Image, Kind, Recorder, Trouble, write},
    serving::Page,
    work::Work,
};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{fs, io::Write, path::Path, process::Stdio};

/// How many promises a recording collects.
const ENOUGH: usize = 70;
/// Of these the newest are looked at one by one; all are looked for in lists.
const NEWEST: usize = 12;

/// What the phone said was on its disk.
#[derive(Debug, Clone)]
pub enum Promise {
    /// It is enrolled.
    Enrolled,
    /// A record with this title, and whether a photo came with it.
    Record { id: String, title: String, photo: bool },
    /// A step that was noted on a record.
    Note { id: String, note: String },
    /// A photo for a form.
    Photo { hash: String },
    /// A draft.
    Draft { id: String, text: String },
}

/// Whoever asks the phone something: a page in its browser, or a command.
pub trait Ask {
    /// The answer; `None` if the phone is gone.
    fn ask(&self, request: &Value) -> Result<Option<Value>>;
}

impl Ask for Page {
    fn ask(&self, request: &Value) -> Result<Option<Value>> {
        Ok(self.call(request).ok())
    }
}

impl Ask for Phone {
    fn ask(&self, request: &Value) -> Result<Option<Value>> {
        let mut command = self.command(&["call", "-"])?;
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn()?;
        // Killed before it reads: then there is no answer either.
        let _ = child.stdin.take().context("stdin")?.write_all(request.to_string().as_bytes());
        let out = child.wait_with_output()?;
        if out.status.code().is_none() {
            return Ok(None);
        }
        // What keeps the program from asking the engine is said elsewhere.
        let asked = !out.stdout.is_empty();
        Ok(Some(if asked { parsed(&out.stdout)? } else { json!({ "is": "error", "error": parsed(&out.stderr)? }) }))
    }
}

fn parsed(said: &[u8]) -> Result<Value> {
    serde_json::from_slice(said).with_context(|| format!("not JSON: {:?}", String::from_utf8_lossy(said)))
}

/// Somebody at work on a phone, and what the phone told them.
pub struct Worker {
    /// What decides what is done.
    pub rng: SmallRng,
    work: Work,
    /// Records the phone.
    pub recorder: Recorder,
    buildings: Vec<String>,
    records: Vec<String>,
    drafts: u32,
    /// What was saved, and how long the tape was then.
    pub promises: Vec<(u64, Promise)>,
    /// What was not, by its code.
    pub complaints: Vec<String>,
    /// Whether anything may fail.
    pub troubled: bool,
}

/// A phone from its first start on: enrolled, then at work, in its screen and by commands, killed
/// now and then at a write or a sync of its own.
pub fn record(seed: u64) -> Result<Recording<Promise>> {
    let server = Server::start()?;
    let mut phone = Phone::new()?;
    let recorder = Recorder::new(&phone.data())?;
    phone.set_env(recorder.env());
    phone.ok(&["enroll", &server.invite(WORKER)?])?;
    let mut worker = Worker::new(seed, &phone, recorder)?;
    while worker.promises.len() < ENOUGH {
        worker.session(&mut phone)?;
    }
    let before = Disk::default();
    Ok(Recording { tape: worker.recorder.finish(&before)?, before, promises: worker.promises, from: 0 })
}

impl Worker {
    /// Somebody at an enrolled phone.
    pub fn new(seed: u64, phone: &Phone, recorder: Recorder) -> Result<Self> {
        Ok(Self {
            promises: vec![(recorder.mark(), Promise::Enrolled)],
            buildings: phone.buildings()?,
            rng: SmallRng::seed_from_u64(seed),
            work: Work::new(seed),
            recorder,
            records: vec![],
            drafts: 0,
            complaints: vec![],
            troubled: false,
        })
    }

    fn session(&mut self, phone: &mut Phone) -> Result<()> {
        let killed = self.rng.random_bool(0.4);
        let serves = self.rng.random_bool(0.5);
        let kind = if self.rng.random_bool(0.5) { Kind::Write } else { Kind::Sync };
        let most = match (serves, kind) {
            (true, Kind::Write) => 600,
            (true, Kind::Sync) => 40,
            (false, Kind::Write) => 60,
            (false, Kind::Sync) => 6,
        };
        let trouble = Trouble { kind, at: self.rng.random_range(1..most), fault: Fault::Kill };
        phone.set_env(if killed { self.recorder.env_with(trouble) } else { self.recorder.env() });
        if !serves {
            for _ in 0..self.rng.random_range(1..4) {
                self.one(&*phone)?;
            }
            return Ok(());
        }
        let mut serving = match Serving::start_with(phone.command(&["serve", "--no-auto-sync"])?) {
            Err(_) if killed => return Ok(()),
            other => other?,
        };
        let page = serving.page().clone();
        for _ in 0..self.rng.random_range(5..40) {
            if !self.one(&page)? {
                break;
            }
        }
        serving.kill()
    }

    /// Asks for one thing to be done; whether there was an answer.
    pub fn one(&mut self, phone: &impl Ask) -> Result<bool> {
        let known = (!self.records.is_empty()).then(|| self.records[self.rng.random_range(0..self.records.len())].clone());
        match (self.rng.random_range(0..20), known) {
            (0, _) => self.done(phone, &json!({ "do": "sync" }), "synced", |_| None),
            (1, _) => self.draft(phone),
            (2, _) => {
                let photo = self.photo()?;
                self.record(phone, json!([photo]))
            }
            (3, _) => {
                let request = json!({ "do": "keep_photo", "photo": self.photo()? });
                let mut kept = None;
                let answered = self.done(phone, &request, "kept", |answer| {
                    kept = Some(answer["kept"]["hash"].as_str()?.to_owned());
                    kept.clone().map(|hash| Promise::Photo { hash })
                })?;
                let Some(hash) = kept else { return Ok(answered) };
                self.record(phone, json!([{ "hash": hash }]))
            }
            (4..11, Some(id)) => {
                let note = self.work.text(14);
                let request = json!({ "do": "act", "id": id, "event": { "t": "step", "note": note } });
                self.done(phone, &request, "matter", |_| Some(Promise::Note { id, note }))
            }
            _ => self.record(phone, json!([])),
        }
    }

    fn photo(&mut self) -> Result<Value> {
        let (seed, width) = (self.rng.random(), self.rng.random_range(60..400));
        Ok(json!({ "media": "image/jpeg", "base64": BASE64_STANDARD.encode(picture::jpeg(seed, width, 240)?) }))
    }

    fn draft(&mut self, phone: &impl Ask) -> Result<bool> {
        // Each once: a draft is written anew at every letter, and only the last is a promise.
        self.drafts += 1;
        let (id, text) = (format!("step:{}", self.drafts), self.work.text(30));
        let request = json!({ "do": "save_draft", "id": id, "body": { "text": text } });
        self.done(phone, &request, "draft", |_| Some(Promise::Draft { id, text }))
    }

    fn record(&mut self, phone: &impl Ask, photos: Value) -> Result<bool> {
        let photo = photos.as_array().is_some_and(|photos| !photos.is_empty());
        let mut request = json!(self.work.record(&self.buildings));
        request["photos"] = photos;
        let title = request["title"].as_str().context("title")?.to_owned();
        let mut id = None;
        let answered = self.done(phone, &request, "recorded", |answer| {
            id = Some(answer["id"].as_str()?.to_owned());
            id.clone().map(|id| Promise::Record { id, title, photo })
        })?;
        self.records.extend(id);
        Ok(answered)
    }

    fn done(&mut self, phone: &impl Ask, request: &Value, is: &str, promise: impl FnOnce(&Value) -> Option<Promise>) -> Result<bool> {
        let Some(answer) = phone.ask(request)? else { return Ok(false) };
        if self.troubled && answer["is"] == "error" {
            self.complaints.push(complaint(&answer["error"])?);
            return Ok(true);
        }
        ensure!(answer["is"] == is, "not done: {answer}");
        let mark = self.recorder.mark();
        self.promises.extend(promise(&answer).map(|promise| (mark, promise)));
        Ok(true)
    }
}

/// The code of an error, which has a sentence and a next step.
pub fn complaint(error: &Value) -> Result<String> {
    let whole = ["code", "message", "hint"].iter().all(|part| error[part].as_str().is_some_and(|said| !said.is_empty()));
    ensure!(whole, "not a whole complaint: {error}");
    Ok(error["code"].as_str().unwrap_or_default().to_owned())
}

/// Opens an image with the real program and looks for what was promised.
pub fn check(_seed: u64, image: &Image, promises: &[&Promise]) -> Result<Found> {
    let phone = Phone::over(|folder| write(image, folder))?;
    look_at(&phone, promises)
}

/// Opens a phone's store and looks for what was promised.
pub fn look_at(phone: &Phone, promises: &[&Promise]) -> Result<Found> {
    let found = match Serving::start_with(phone.command(&["serve", "--no-auto-sync"])?) {
        Err(e) => Found::Damaged(format!("it does not open: {e:#}")),
        Ok(serving) => match look(serving.page(), promises)? {
            Some(lost) => Found::Lost(lost),
            None => Found::Held,
        },
    };
    Ok(damage(&phone.data())?.map_or(found, Found::Damaged))
}

/// Signs that the phone met damage, and what SQLite and SQLCipher say of the files.
fn damage(folder: &Path) -> Result<Option<String>> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if ["aside", "salvage", "suspect"].iter().any(|sign| name.contains(sign)) {
            return Ok(Some(format!("the phone found damage: {name}")));
        }
    }
    let key = fs::read_to_string(folder.join("store.key"))?;
    for name in ["phone.db", "files.db"] {
        let conn = Connection::open(folder.join(name))?;
        conn.execute_batch(&format!("PRAGMA cipher_log_level = NONE; PRAGMA key = \"x'{}'\";", key.trim()))?;
        let said = conn.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0));
        if said.as_deref() != Ok("ok") {
            return Ok(Some(format!("{name}: {said:?}")));
        }
    }
    Ok(None)
}

/// What of the promises is not kept, if anything.
fn look(page: &Page, promises: &[&Promise]) -> Result<Option<String>> {
    let ask = |request: Value| page.call(&request);
    if promises.is_empty() {
        let status = ask(json!({ "do": "status" }))?;
        return Ok((status["is"] != "status").then(|| format!("not even a status: {status}")));
    }
    let listed = ask(json!({ "do": "list", "limit": 500 }))?;
    let Some(rows) = listed["rows"].as_array() else { return Ok(Some(format!("nothing is listed: {listed}"))) };
    let title = |id: &str| rows.iter().find(|row| row["id"] == id).and_then(|row| row["title"].as_str());
    for (age, promise) in promises.iter().rev().enumerate() {
        let kept = match promise {
            Promise::Enrolled => true,
            Promise::Record { id, title: said, .. } if title(id) != Some(said) => false,
            Promise::Record { id, photo: true, .. } => {
                let shown = ask(json!({ "do": "show", "id": id }))?;
                shown["matter"]["attachments"].as_array().is_some_and(|files| !files.is_empty())
            }
            Promise::Record { .. } => true,
            Promise::Note { id, note } => age >= NEWEST || ask(json!({ "do": "show", "id": id }))?.to_string().contains(note),
            Promise::Photo { hash } => is_whole(page, hash)?,
            Promise::Draft { id, text } => ask(json!({ "do": "draft", "id": id }))?["draft"]["body"]["text"] == text.as_str(),
        };
        if !kept {
            return Ok(Some(format!("{promise:?}")));
        }
    }
    // No record, called saved or not, names a photo of this phone that is not there.
    let files = ask(json!({ "do": "files" }))?;
    for file in files["files"].as_array().with_context(|| format!("{files}"))? {
        if !is_whole(page, file["hash"].as_str().context("hash")?)? {
            return Ok(Some(format!("a record names a file that is not there: {file}")));
        }
    }
    let more = ask(json!({ "do": "record", "kind": "demand", "title": "来电以后" }))?;
    if more["is"] != "recorded" {
        bail!("it does not go on: {more}");
    }
    Ok(None)
}

fn is_whole(page: &Page, hash: &str) -> Result<bool> {
    let file = page.call(&json!({ "do": "file", "hash": hash }))?;
    let Some(base64) = file["base64"].as_str() else { return Ok(false) };
    let digest = Sha256::digest(BASE64_STANDARD.decode(base64)?);
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>() == hash)
}
