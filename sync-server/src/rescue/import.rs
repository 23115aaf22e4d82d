//! Taking a rescue file in: each record by itself, judged like a push of the device that made the file. What cannot be stored goes on the same
//! shelves. Doing it twice changes nothing.

use super::{key, shelf};
use crate::{
    storage::{Read, Result, Storage, StorageError},
    sync::{Caller, import_group},
};
use beehive_core::{
    DocId,
    rescue::{Marked, Rescue, RescueError, RescueSecret},
    sync::{DocChanges, Verdict, VerdictKind},
};
use serde::Serialize;
use serde_bytes::ByteBuf;
use std::{path::Path, sync::Arc};

/// Why a rescue file was not taken in. Nothing of it was stored.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// It cannot be opened or read.
    #[error(transparent)]
    File(#[from] RescueError),
    /// It cannot be read from the disk, or what is in it not be kept.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// It is of another street.
    #[error("of another street")]
    OtherStreet,
    /// The server never enrolled the device that made it.
    #[error("unknown device")]
    UnknownDevice,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Where in the file something stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// In the outbox.
    Unsent,
    /// Among what the server had refused or held.
    Refused,
}

/// What became of one record's changes.
#[derive(Debug, Clone, Serialize)]
pub struct DocReport {
    /// Which record.
    pub doc: DocId,
    /// Where it stood.
    pub from: Source,
    /// `stored`, `duplicate`, `refused`, `held`, `need_history` or `forked`.
    pub verdict: VerdictKind,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// How many changes.
    pub changes: usize,
}

/// What became of a file.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// The device that made it.
    pub device: String,
    /// Its member.
    pub member: String,
    /// When, by the phone's clock.
    pub made_at: i64,
    /// Whether nothing was written.
    pub dry_run: bool,
    /// One entry for each record.
    pub docs: Vec<DocReport>,
    /// Drafts in the file.
    pub drafts: usize,
    /// Photos and voice notes in the file.
    pub files: usize,
    /// Those that were not here yet.
    pub files_new: usize,
    /// Where drafts and the wording of refused work can be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<String>,
}

/// Takes a file in, or only says what would become of it.
///
/// # Errors
/// [`ImportError`].
pub fn import(
    dir: &Path,
    storage: &Arc<dyn Storage>,
    file: &[u8],
    dry_run: bool,
    now: i64,
) -> std::result::Result<ImportReport, ImportError> {
    let secrets: Vec<RescueSecret> = key::ensure(dir, storage)?;
    let packed = RescueSecret::open(&secrets, file)?;
    let marked = Marked::read(&packed)?;
    let here = storage.read(|rows| rows.meta())?.ok_or(StorageError::Absent)?.street;
    // Device and member ids of another street mean nothing here, even where a key was copied.
    if marked.head().street_id.is_some_and(|street| street != here) {
        return Err(ImportError::OtherStreet);
    }
    let device = marked.head().device;
    let caller = storage.read(|rows| caller(rows, &device))?.ok_or(ImportError::UnknownDevice)?;
    let rescue = marked.prove(&caller.device.credential.0)?;
    let docs = take_in(storage, &caller, &rescue, dry_run, now)?;
    let (mut files_new, mut words) = (0, None);
    if !dry_run {
        for file in &rescue.files {
            files_new += usize::from(shelf::keep_file(dir, file)?);
        }
        words = shelf::keep_words(dir, &rescue)?.map(|path| path.display().to_string());
    }
    tracing::info!(%device, member = %caller.member.id, docs = docs.len(), dry_run, "took a rescue file in");
    Ok(ImportReport {
        device: device.to_string(),
        member: caller.member.id.to_string(),
        made_at: rescue.head.at,
        dry_run,
        docs,
        drafts: rescue.drafts.len(),
        files: rescue.files.len(),
        files_new,
        words,
    })
}

fn caller(rows: &dyn Read, device: &beehive_core::DeviceId) -> Result<Option<Caller>> {
    let Some(device) = rows.device(device)? else { return Ok(None) };
    Ok(rows.member(&device.member)?.map(|member| Caller { device, member }))
}

/// Every record in a transaction of its own: one bad record never stops the others, and what is stored stays stored.
fn take_in(storage: &Arc<dyn Storage>, caller: &Caller, rescue: &Rescue, dry_run: bool, now: i64) -> Result<Vec<DocReport>> {
    let mut reports = Vec::with_capacity(rescue.docs.len() + rescue.refused.len());
    let run = |doc: DocId, changes: &[ByteBuf], own_log: bool| -> Result<Verdict> {
        let group = DocChanges { doc, changes: changes.to_vec() };
        import_group(storage, caller.clone(), group, own_log, dry_run, now)
    };
    let mut note = |from, changes: usize, verdict: Verdict| {
        reports.push(DocReport { doc: verdict.doc, from, verdict: verdict.kind, code: verdict.code, changes });
    };
    for d in &rescue.docs {
        let mut verdict = run(d.doc, &d.changes, true)?;
        if verdict.kind == VerdictKind::NeedHistory && !d.history.is_empty() {
            verdict = run(d.doc, &d.history, true)?;
        }
        note(Source::Unsent, d.changes.len(), verdict);
    }
    // What its author has put away comes without its changes: for reading only.
    for r in rescue.refused.iter().filter(|r| !r.changes.is_empty()) {
        // The phone has put these out of the record: if they are stored now, it is to get them back.
        note(Source::Refused, r.changes.len(), run(r.doc, &r.changes, false)?);
    }
    Ok(reports)
}
