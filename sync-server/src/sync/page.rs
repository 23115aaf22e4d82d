//! A page of a scope's log for someone who reads the whole scope: nothing is folded, nothing is looked at.

use super::pull::{Pulling, ScopeState, empty_page};
use crate::storage::{ChangeRow, Counter, LogEntry, LogKind, Read, Result};
use beehive_core::{
    DocId, gate,
    sync::{Batch, DocChanges, Late, ScopePage},
};
use serde_bytes::ByteBuf;
use std::collections::HashMap;

/// Log entries read at a time.
const STEP: usize = 500;

/// What only the server can say of a change that goes out: when it came, if that was late, and the number of the matter it begins.
pub(super) fn say_along(page: &mut ScopePage, rows: &dyn Read, doc: &DocId, change: &ChangeRow) -> Result<()> {
    page.late.extend(late(change));
    if change.hash.doc_id() == *doc
        && let Some(number) = rows.number(doc)?
    {
        page.numbers.push((*doc, number));
    }
    Ok(())
}

/// The note on a change that came late.
pub(crate) fn late(change: &ChangeRow) -> Option<Late> {
    Late::of(&change.hash, gate::written_at(&change.bytes)?, change.received_at)
}

/// Changes grouped by document, documents in the order of their first one.
#[derive(Default)]
pub(super) struct Grouped {
    docs: Vec<DocChanges>,
    place: HashMap<DocId, usize>,
}

impl Grouped {
    pub fn push(&mut self, doc: DocId, bytes: Vec<u8>) {
        let place = *self.place.entry(doc).or_insert_with(|| {
            self.docs.push(DocChanges { doc, changes: vec![] });
            self.docs.len() - 1
        });
        self.docs[place].changes.push(ByteBuf::from(bytes));
    }

    pub fn into_batch(self) -> Batch {
        Batch::raw(self.docs)
    }
}

/// The entries after `cursor` as far as they fit.
pub(super) fn whole(pulling: &mut Pulling<'_>, rows: &dyn Read, state: &ScopeState, cursor: u64, counter: Counter) -> Result<ScopePage> {
    let mut page = empty_page(&state.scope, cursor);
    let mut grouped = Grouped::default();
    'log: while page.cursor < counter.seq {
        let entries = rows.log_after(&state.scope, page.cursor, STEP)?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            if !is_own(pulling, state, &entry) && !send(pulling, rows, &entry, &mut grouped, &mut page)? {
                break 'log;
            }
            page.cursor = entry.seq;
        }
    }
    page.batch = grouped.into_batch();
    page.digest = (page.cursor == counter.seq).then_some(counter.digest);
    Ok(page)
}

/// Whether the caller's device brought this entry itself and still has it.
pub(super) fn is_own(pulling: &Pulling<'_>, state: &ScopeState, entry: &LogEntry) -> bool {
    entry.device == pulling.exchange.caller.device.id && entry.seq > state.echo_until() && entry.kind == LogKind::Change
}

/// `false` if it does not fit into this response any more.
fn send(pulling: &mut Pulling<'_>, rows: &dyn Read, entry: &LogEntry, grouped: &mut Grouped, page: &mut ScopePage) -> Result<bool> {
    match (entry.kind, &entry.hash) {
        (LogKind::Change, Some(hash)) => {
            let Some(change) = rows.change(hash)? else { return Ok(true) };
            if !pulling.budget.take(change.bytes.len()) {
                return Ok(false);
            }
            pulling.actors.insert(change.actor);
            say_along(page, rows, &entry.doc, &change)?;
            grouped.push(entry.doc, change.bytes);
        }
        (LogKind::Change, None) => {}
        (LogKind::Entered, _) => {
            let changes = rows.changes(&entry.doc)?;
            if !pulling.budget.take(changes.iter().map(|c| c.bytes.len()).sum()) {
                return Ok(false);
            }
            for change in changes {
                pulling.actors.insert(change.actor);
                say_along(page, rows, &entry.doc, &change)?;
                grouped.push(entry.doc, change.bytes);
            }
        }
        (LogKind::Left | LogKind::Purged, _) => page.evict.push(entry.doc),
    }
    Ok(true)
}
