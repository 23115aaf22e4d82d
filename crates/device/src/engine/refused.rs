//! What the server refused: shown, made anew, put away. Nothing a person wrote is dropped without a word.

use super::{
    Inner,
    authored::Authored,
    entry_files,
    held::Held,
    keep, next,
    reference::Reference,
    words::{self, error},
};
use crate::{
    api::{ApiError, RefusedView},
    store::{
        StoreError, change, content, document, matter,
        refused::{self, HELD, RefusedRow, State},
        want,
    },
};
use beehive_core::{ChangeHash, DocId, History, action::MAX_NOTE, gate::peek, policy::judge_change, sync::HeldDecision};
use rusqlite::Connection;
use std::collections::HashSet;

/// An entry as screens show it.
pub fn view(reference: &Reference, row: &RefusedRow) -> RefusedView {
    let authored: Vec<Authored> = serde_json::from_str(&row.authored).unwrap_or_default();
    let held = row.code == HELD;
    let next = next::of(&row.code);
    RefusedView {
        entry: row.entry,
        id: row.doc,
        title: row.title.clone(),
        code: row.code.clone(),
        message: words::reason(&row.code).to_owned(),
        at: row.at,
        says: authored.iter().flat_map(|a| a.says(reference)).collect(),
        can_retry: !authored.is_empty() && !held,
        held,
        why: (!row.why.is_empty()).then(|| row.why.clone()),
        note: row.note.clone(),
        next,
        hint: next::hint(next).to_owned(),
        form: authored.iter().find(|a| a.created.is_some() && !held).map(next::form),
    }
}

/// Moves everything of a document's outbox into an entry. The document is rebuilt from what is acknowledged, or erased when the
/// refused change began it.
pub fn set_aside(conn: &Connection, reference: &Reference, doc: &DocId, (code, why): (&str, &str), now: i64) -> Result<(), StoreError> {
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
            why: why.to_owned(),
            note: String::new(),
        };
        refused::add(conn, &entry)?;
    }
    match rest {
        Some((rest, _)) if rest.history().is_empty() => {
            document::remove(conn, doc)?;
            matter::remove(conn, doc)?;
            change::remove_of(conn, doc)?;
        }
        Some((rest, row)) => keep::keep_held(conn, reference, &rest, &row.scope, row.generation)?,
        None => {}
    }
    entry_files::align(conn, doc)
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
            if authored.is_empty() || row.code == HELD {
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
            entry_files::align(tx, &row.doc)?;
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
            entry_files::align(tx, &row.doc)?;
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

/// Closes the entries of a record whose changes are all on it now: the server stored them after all.
pub fn settle_stored(conn: &Connection, doc: &DocId, history: &History) -> Result<(), StoreError> {
    let mut settled = false;
    for row in refused::open_of(conn, doc)? {
        let hashes = hashes_of(&row)?;
        if !hashes.is_empty() && hashes.iter().all(|hash| history.contains(hash)) {
            refused::set_state(conn, row.entry, State::Accepted)?;
            settled = true;
        }
    }
    if settled { recount(conn, doc) } else { Ok(()) }
}

/// Takes in what a supervisor decided about held changes.
pub fn take_decision(conn: &Connection, decision: &HeldDecision, now: i64) -> Result<(), StoreError> {
    for row in refused::open_of(conn, &decision.doc)?.iter().filter(|row| row.code == HELD) {
        if !hashes_of(row)?.iter().any(|hash| decision.hashes.contains(hash)) {
            continue;
        }
        if decision.accepted {
            match rest_of(row, &decision.hashes)? {
                Some(rest) => refused::keep_rest(conn, &RefusedRow { at: now, ..rest })?,
                None => refused::set_state(conn, row.entry, State::Accepted)?,
            }
        } else {
            refused::decline(conn, row.entry, &words::shortened(&decision.note, MAX_NOTE), now)?;
        }
    }
    entry_files::align(conn, &decision.doc)?;
    recount(conn, &decision.doc)
}

/// What of a held entry the server never saw: it was written on the record while the rest was on its way. Nobody decided about it.
fn rest_of(row: &RefusedRow, decided: &[ChangeHash]) -> Result<Option<RefusedRow>, StoreError> {
    let changes = content::split(&row.changes)?;
    let is_rest = |bytes: &[u8]| !peek(bytes).is_ok_and(|seen| decided.contains(&seen.hash));
    let rest: Vec<&[u8]> = changes.iter().copied().filter(|bytes| is_rest(bytes)).collect();
    let authored: Vec<Authored> = serde_json::from_str(&row.authored)?;
    // What was authored here comes first and in the same order. Where something is missing in it, all is kept rather than the wrong part.
    let paired = authored.len() <= changes.len();
    let authored: Vec<Authored> =
        authored.into_iter().enumerate().filter(|(n, _)| !paired || is_rest(changes[*n])).map(|(_, a)| a).collect();
    if rest.is_empty() || authored.is_empty() {
        return Ok(None);
    }
    let code = if row.why.is_empty() { "refused".to_owned() } else { row.why.clone() };
    let changes = content::join(rest);
    Ok(Some(RefusedRow { code, authored: serde_json::to_string(&authored)?, changes, why: String::new(), ..row.clone() }))
}

fn hashes_of(row: &RefusedRow) -> Result<Vec<ChangeHash>, StoreError> {
    Ok(content::split(&row.changes)?.into_iter().filter_map(|bytes| peek(bytes).ok().map(|seen| seen.hash)).collect())
}

/// Brings a record's mark up to date.
pub fn recount(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    matter::set_refused(conn, doc, refused::count_of(conn, doc)?)
}
