//! What the server refused: shown, made anew, put away. Nothing a person wrote is dropped without a word.

use super::{
    Inner,
    authored::Authored,
    held::Held,
    keep,
    reference::Reference,
    words::{self, error},
};
use crate::{
    api::{ApiError, RefusedView},
    store::{
        StoreError, change, content, document, matter,
        refused::{self, RefusedRow, State},
        want,
    },
};
use beehive_core::{ChangeHash, DocId, policy::judge_change};
use rusqlite::Connection;
use std::collections::HashSet;

/// An entry as screens show it.
pub fn view(reference: &Reference, row: &RefusedRow) -> RefusedView {
    let authored: Vec<Authored> = serde_json::from_str(&row.authored).unwrap_or_default();
    RefusedView {
        entry: row.entry,
        id: row.doc,
        title: row.title.clone(),
        code: row.code.clone(),
        message: words::reason(&row.code).to_owned(),
        at: row.at,
        says: authored.iter().flat_map(|a| a.says(reference)).collect(),
        can_retry: !authored.is_empty() && row.code != words::HELD,
    }
}

/// Moves everything of a document's outbox into an entry. The document is rebuilt from what is acknowledged, or erased when the
/// refused change began it.
pub fn set_aside(conn: &Connection, reference: &Reference, doc: &DocId, code: &str, now: i64) -> Result<(), StoreError> {
    let outbox = change::outbox_of(conn, doc)?;
    let own: Vec<_> = outbox.iter().filter(|c| c.own).collect();
    if outbox.is_empty() {
        return Ok(());
    }
    let authored: Vec<Authored> =
        own.iter().filter_map(|c| c.authored.as_deref()).filter_map(|json| serde_json::from_str(json).ok()).collect();
    let mut title = authored.iter().find_map(|a| a.title()).unwrap_or_default().to_owned();
    if let Some(known) = matter::get(conn, doc)? {
        title = known.title;
    }
    // Others' changes that were only sent along go back to being simply here.
    for row in &outbox {
        change::remove(conn, &row.hash)?;
    }
    let removed: HashSet<ChangeHash> = own.iter().map(|c| c.hash).collect();
    let mut bytes: Vec<Vec<u8>> = own.iter().map(|c| c.bytes.clone()).collect();
    let row = document::get(conn, doc)?;
    let rest = match &row {
        Some(row) => {
            let (rest, dropped) = Held::read(row)?.without(&removed);
            if !dropped.is_empty() {
                // Somebody's work builds on what was refused; the server has it and will be asked.
                want::add(conn, doc, &row.scope)?;
            }
            bytes.extend(dropped.into_iter().map(|(_, bytes)| bytes));
            Some((rest, row))
        }
        None => None,
    };
    if !own.is_empty() {
        let entry = RefusedRow {
            entry: 0,
            doc: *doc,
            code: code.to_owned(),
            at: now,
            title,
            authored: serde_json::to_string(&authored)?,
            changes: content::join(bytes.iter().map(Vec::as_slice)),
        };
        refused::add(conn, &entry)?;
    }
    match rest {
        Some((rest, _)) if rest.history().is_empty() => {
            document::remove(conn, doc)?;
            matter::remove(conn, doc)?;
            change::remove_of(conn, doc)
        }
        Some((rest, row)) => keep::keep_held(conn, reference, &rest, &row.scope, row.generation),
        None => Ok(()),
    }
}

impl Inner {
    /// The entries that wait, newest first.
    pub fn refused(&self) -> Result<Vec<RefusedView>, StoreError> {
        let reference = self.reference();
        let rows = self.store.read(refused::open)?;
        Ok(rows.iter().map(|row| view(&reference, row)).collect())
    }

    /// Makes an entry's values anew on the current version, as a fresh change; as a new record if they began one.
    pub fn retry_refused(&self, entry: i64) -> Result<(), ApiError> {
        let (now, reference) = (self.clock.now(), self.reference());
        let mut gone = None;
        let result = self.store.write(|tx| {
            let row = refused::get(tx, entry)?.ok_or(StoreError::NoSuchEntry)?;
            let authored: Vec<Authored> = serde_json::from_str(&row.authored)?;
            if authored.is_empty() || row.code == words::HELD {
                return Err(StoreError::NoSuchEntry);
            }
            // Made now: it is judged by what holds now.
            let anew: Vec<Authored> = authored.into_iter().map(|a| Authored { at: now, ..a }).collect();
            let written = keep::write_anew(tx, &reference, &row.doc, self.actor(), now, &anew)?;
            let Some(doc) = written else {
                gone = Some(row.doc);
                return Err(StoreError::NoSuchRecord);
            };
            judge_outbox(tx, &reference, &doc, now)?;
            refused::set_state(tx, entry, State::Retried)?;
            recount(tx, &row.doc)
        });
        match (result, gone) {
            (Err(StoreError::NoSuchRecord), Some(_)) => Err(error(
                "record_gone",
                "这件事已经不在这台手机上了，没法在上面重做。内容还在这里。",
                "请把内容另记一条，或者导出交给网格长。",
            )),
            (result, _) => {
                result.map_err(|e| e.api())?;
                self.notify();
                Ok(())
            }
        }
    }

    /// Puts an entry away.
    pub fn dismiss_refused(&self, entry: i64) -> Result<(), ApiError> {
        let result = self.store.write(|tx| {
            let row = refused::get(tx, entry)?.ok_or(StoreError::NoSuchEntry)?;
            refused::set_state(tx, entry, State::Dismissed)?;
            recount(tx, &row.doc)
        });
        result.map_err(|e| e.api())?;
        self.notify();
        Ok(())
    }
}

/// Judges what the outbox holds of a document, as the server will.
fn judge_outbox(conn: &Connection, reference: &Reference, doc: &DocId, now: i64) -> Result<(), StoreError> {
    let Some(row) = document::get(conn, doc)? else { return Ok(()) };
    let standing = reference.standing(&row.scope, now).ok_or(StoreError::NotEnrolled)?;
    let held = Held::read(&row)?;
    for hash in change::outbox_hashes(conn, doc)? {
        judge_change(held.history(), &hash, &standing).map_err(|r| StoreError::Refused(r.refusal()))?;
    }
    Ok(())
}

/// Brings a record's mark up to date.
pub fn recount(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    matter::set_refused(conn, doc, refused::count_of(conn, doc)?)
}
