//! A page for someone who sees only some documents of a scope (a building leader, property staff).
//!
//! Whether they see one depends on its content, so each touched document is folded and asked about. The server notes what each such
//! device holds: a document that enters the view is sent whole, one that leaves it is evicted, and the digest is over what is held.

use super::{
    judge::load,
    page::{Grouped, is_own, say_along},
    pull::{Pulling, ScopeState, empty_page},
};
use crate::storage::{ChangeRow, Counter, LogEntry, LogKind, Read, Result, SeenRow};
use beehive_core::{
    DocId, fold,
    model::Role,
    policy::{self, Standing},
    sync::{Digest, ScopePage},
};
use std::collections::{HashMap, HashSet};

/// Log entries considered for one page: each may cost a fold.
const STEP: usize = 1_000;

/// Whether somebody with this standing can see any document at all. The other narrow roles work with ledgers and accounts; asking about
/// every document would always end in no.
pub(super) fn can_hold_any(standing: &Standing) -> bool {
    [Role::BuildingLeader, Role::PropertyStaff, Role::FamilyDoctor].into_iter().any(|r| standing.has(r))
}

/// Whether the caller may hold a document as it is now.
pub(super) fn is_visible(rows: &dyn Read, standing: &Standing, doc: &DocId) -> Result<bool> {
    Ok(fold(&load(rows, doc)?).is_some_and(|matter| policy::sees(standing, &matter)))
}

/// Whether the caller may read a document as it is now.
pub(crate) fn may_read(rows: &dyn Read, standing: &Standing, doc: &DocId) -> Result<bool> {
    Ok(policy::reads_whole_scope(standing) || (standing.reaches() && is_visible(rows, standing, doc)?))
}

/// The entries after `cursor` as far as they fit, as this viewer may have them.
pub(super) fn page(pulling: &mut Pulling<'_>, rows: &dyn Read, state: &ScopeState, cursor: u64, counter: Counter) -> Result<ScopePage> {
    let mut page = empty_page(&state.scope, cursor);
    let rows_seen = rows.seen(&pulling.exchange.caller.device.id, &state.scope)?;
    let mut seen: HashMap<DocId, SeenRow> = rows_seen.into_iter().map(|s| (s.doc, s)).collect();
    // What goes out with this very answer because it was asked for.
    let wanted = pulling.notes.seen.iter().filter(|(scope, _)| *scope == state.scope);
    seen.extend(wanted.map(|(_, row)| (row.doc, row.clone())));
    let mut changed: HashSet<DocId> = HashSet::new();
    if can_hold_any(&state.standing) {
        let entries = rows.log_after(&state.scope, cursor, STEP)?;
        let end = entries.last().map_or(cursor, |e| e.seq);
        page.cursor = fill(pulling, rows, state, cursor, &entries, end, &mut seen, &mut changed, &mut page)?;
    } else {
        page.cursor = counter.seq;
    }
    finish(pulling, rows, state, cursor, counter, seen, changed, &mut page)?;
    Ok(page)
}

/// Goes through the touched documents; answers how far it came.
#[allow(clippy::too_many_arguments)] // one loop, apart only to be readable
fn fill(
    pulling: &mut Pulling<'_>,
    rows: &dyn Read,
    state: &ScopeState,
    cursor: u64,
    entries: &[LogEntry],
    end: u64,
    seen: &mut HashMap<DocId, SeenRow>,
    changed: &mut HashSet<DocId>,
    page: &mut ScopePage,
) -> Result<u64> {
    let mut grouped = Grouped::default();
    let mut done: HashSet<DocId> = HashSet::new();
    let mut reached = end;
    for entry in entries {
        if !done.insert(entry.doc) {
            continue;
        }
        let held = seen.get(&entry.doc).filter(|s| s.held).cloned();
        let visible = !matches!(entry.kind, LogKind::Left | LogKind::Purged) && is_visible(rows, &state.standing, &entry.doc)?;
        if visible {
            // Confirmed to be on the phone, whole: only what is new. Otherwise all of it, known parts are skipped there.
            let confirmed = held.as_ref().is_some_and(|s| s.at_seq <= cursor);
            let changes = if confirmed { new_ones(pulling, rows, state, entries, &entry.doc)? } else { rows.changes(&entry.doc)? };
            let size: usize = changes.iter().map(|c| c.bytes.len()).sum();
            if size > 0 && !pulling.budget.take(size) {
                reached = entry.seq - 1;
                break;
            }
            for change in changes {
                pulling.actors.insert(change.actor);
                say_along(page, rows, &entry.doc, &change)?;
                grouped.push(entry.doc, change.bytes);
            }
            if !confirmed {
                seen.insert(entry.doc, SeenRow { doc: entry.doc, held: true, at_seq: entry.seq });
                changed.insert(entry.doc);
            }
        } else if held.is_some() {
            seen.insert(entry.doc, SeenRow { doc: entry.doc, held: false, at_seq: entry.seq });
            changed.insert(entry.doc);
        }
    }
    page.batch = grouped.into_batch();
    Ok(reached)
}

fn new_ones(pulling: &Pulling<'_>, rows: &dyn Read, state: &ScopeState, entries: &[LogEntry], doc: &DocId) -> Result<Vec<ChangeRow>> {
    let mut changes = Vec::new();
    for entry in entries.iter().filter(|e| e.doc == *doc && !is_own(pulling, state, e)) {
        if let Some(hash) = &entry.hash {
            changes.extend(rows.change(hash)?);
        }
    }
    Ok(changes)
}

/// Evictions, what to note, and the digest.
#[allow(clippy::too_many_arguments)]
fn finish(
    pulling: &mut Pulling<'_>,
    rows: &dyn Read,
    state: &ScopeState,
    cursor: u64,
    counter: Counter,
    seen: HashMap<DocId, SeenRow>,
    changed: HashSet<DocId>,
    page: &mut ScopePage,
) -> Result<()> {
    let mut digest = Digest::default();
    let whole = page.cursor == counter.seq;
    let mut seen: Vec<SeenRow> = seen.into_values().collect();
    seen.sort_unstable_by_key(|s| s.doc);
    for row in seen {
        if row.held && whole {
            if let Some(document) = rows.document(&row.doc)? {
                digest.join(&document.digest);
            }
        } else if !row.held && row.at_seq > cursor {
            page.evict.push(row.doc);
        } else if !row.held && page.cursor > cursor {
            // Told, and the phone has moved on since: nothing left to remember.
            pulling.notes.unseen.push((state.scope.clone(), row.doc));
        }
        if changed.contains(&row.doc) {
            pulling.notes.seen.push((state.scope.clone(), row));
        }
    }
    page.digest = whole.then_some(digest);
    Ok(())
}
