//! Deciding about held work: a supervisor lets it in as the member's own, or declines it with a word why.

use super::{By, Caller, Exchange, judge, store};
use crate::{
    directory::Directory,
    storage::{AsideRow, Decision, Read, Result, Storage, StorageError, Write},
};
use beehive_core::{
    ActorId,
    gate::peek,
    sync::{self, DocChanges, VerdictKind},
};
use std::sync::Arc;

/// Why held work was not decided.
#[derive(Debug, thiserror::Error)]
pub enum HeldError {
    /// No entry has this number.
    #[error("unknown entry")]
    Unknown,
    /// It was decided before.
    #[error("decided already")]
    Decided,
    /// It cannot be stored: the code of the gate or of policy says why. It stays held.
    #[error("not accepted: {0}")]
    NotAccepted(String),
    /// The device or its member is gone.
    #[error("the device is unknown")]
    NoDevice,
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Stores a held entry as its member's work, through gate and policy as of when the duty held. Other phones get it with their next
/// exchange, and so does the phone that wrote it.
pub fn accept(storage: &Arc<dyn Storage>, id: i64, note: &str, now: i64) -> std::result::Result<AsideRow, HeldError> {
    let note = note.to_owned();
    storage.write(move |tx| accept_in(tx, id, note, now))?
}

/// Puts a held entry away without storing it. Its bytes stay.
pub fn decline(storage: &Arc<dyn Storage>, id: i64, note: &str, now: i64) -> std::result::Result<AsideRow, HeldError> {
    let decision = Decision { at: now, accepted: false, note: note.to_owned() };
    storage.write(move |tx| {
        let row = match undecided(tx.as_read(), id)? {
            Ok(row) => row,
            Err(e) => return Ok(Err(e)),
        };
        tx.decide_held(id, &decision)?;
        Ok(Ok(row))
    })?
}

fn undecided(rows: &dyn Read, id: i64) -> Result<std::result::Result<AsideRow, HeldError>> {
    Ok(match rows.held_entry(id)? {
        None => Err(HeldError::Unknown),
        Some((_, Some(_))) => Err(HeldError::Decided),
        Some((row, None)) => Ok(row),
    })
}

fn accept_in(tx: &dyn Write, id: i64, note: String, now: i64) -> Result<std::result::Result<AsideRow, HeldError>> {
    let rows = tx.as_read();
    let row = match undecided(rows, id)? {
        Ok(row) => row,
        Err(e) => return Ok(Err(e)),
    };
    let group: DocChanges = sync::decode(&row.bytes).map_err(|_| StorageError::BadRow("held"))?;
    let (Some(device), Some(member)) = (rows.device(&row.device)?, rows.member(&row.member)?) else { return Ok(Err(HeldError::NoDevice)) };
    let exchange = Exchange { by: By::Decision, ..by_hand(rows, Caller { device, member }, now)? };
    let writers = writers_of(&group);
    let mut judged = judge::Judge::new(rows, &exchange, &writers).judge(group)?;
    match judged.verdict.kind {
        VerdictKind::Stored | VerdictKind::Duplicate => {
            store::store_one(tx, &exchange, &mut judged)?;
            tx.decide_held(id, &Decision { at: now, accepted: true, note })?;
            Ok(Ok(row))
        }
        _ => Ok(Err(HeldError::NotAccepted(judged.verdict.code.unwrap_or_default()))),
    }
}

/// An exchange in which a person brings in what a device wrote.
pub(crate) fn by_hand(rows: &dyn Read, caller: Caller, now: i64) -> Result<Exchange> {
    let versions = rows.versions()?;
    let meta = rows.meta()?.ok_or(StorageError::Absent)?;
    let org = Directory::default().org(rows, &versions)?;
    Ok(Exchange { org, caller, meta, versions, now, by: By::Hand, reads_life: true })
}

/// The names that the group was written under. Those of another device are refused all the same.
pub(crate) fn writers_of(group: &DocChanges) -> Vec<ActorId> {
    let mut writers: Vec<ActorId> = group.changes.iter().filter_map(|c| peek(c).ok().map(|seen| seen.actor)).collect();
    writers.sort_unstable();
    writers.dedup();
    writers
}
