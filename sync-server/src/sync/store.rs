//! Storing what was judged, in one job of the writer.

use super::{
    By, Exchange, MAX_ASIDE_BYTES, aside,
    judge::{Judged, Shelf, code, judge},
};
use crate::storage::{ActorRow, LogKind, NewChange, Result, SeenRow, Write};
use beehive_core::{
    ActorId, NodeId,
    sync::{DocChanges, Verdict, VerdictKind},
};
use std::collections::{BTreeMap, BTreeSet};

/// What a push came to.
#[derive(Debug, Default)]
pub(crate) struct Stored {
    /// One verdict for each group, in the order sent.
    pub verdicts: Vec<Verdict>,
    /// For each scope that got entries: the number of the first one and how many.
    pub entries: BTreeMap<NodeId, (u64, u64)>,
}

/// Stores judged groups. A document that has moved since it was judged is judged again, now inside the transaction.
pub(crate) fn store(tx: &dyn Write, exchange: &Exchange, writers: &[ActorId], judged: Vec<Judged>) -> Result<Stored> {
    let mut stored = Stored::default();
    let mut room = MAX_ASIDE_BYTES.saturating_sub(tx.aside_bytes(&exchange.caller.device.id)?);
    for judged in judged {
        let mut judged = if is_stale(tx, exchange, &judged)? { judge(tx.as_read(), exchange, writers, judged.group)? } else { judged };
        if let Some((shelf, group)) = &judged.aside
            && !put_aside(tx, exchange, *shelf, group, judged.verdict.code.as_deref().unwrap_or_default(), &mut room)?
            && *shelf == Shelf::Held
        {
            // "Held" means that the server has it. It has not, so the phone must keep it.
            judged.verdict.kind = VerdictKind::Refused;
            judged.verdict.code = Some(code::SHELF_FULL.to_owned());
        }
        store_changes(tx, exchange, &mut judged, &mut stored.entries)?;
        stored.verdicts.push(judged.verdict);
    }
    if exchange.by == By::Push {
        tx.touch_device(&exchange.caller.device.id, exchange.now)?;
    }
    Ok(stored)
}

/// Whether what the judgement stood on has changed: the document, or whose the actors are.
fn is_stale(tx: &dyn Write, exchange: &Exchange, judged: &Judged) -> Result<bool> {
    if judged.accepted.is_empty() {
        return Ok(false);
    }
    for actor in actors(judged) {
        if tx.actor(&actor)?.is_some_and(|owner| owner.device != exchange.caller.device.id) {
            return Ok(true);
        }
    }
    Ok(tx.document(&judged.group.doc)?.map_or(0, |row| row.changes) != judged.base)
}

fn actors(judged: &Judged) -> BTreeSet<ActorId> {
    judged.accepted.iter().map(|a| a.actor).collect()
}

pub(crate) fn store_changes(
    tx: &dyn Write,
    exchange: &Exchange,
    judged: &mut Judged,
    entries: &mut BTreeMap<NodeId, (u64, u64)>,
) -> Result<()> {
    if judged.base == 0
        && let Some(row) = &mut judged.row
    {
        row.number = tx.next_number(exchange.year())?;
        judged.verdict.number = row.number;
    }
    let judged = &*judged;
    let Some(row) = &judged.row else { return Ok(()) };
    let device = &exchange.caller.device.id;
    for actor in actors(judged) {
        tx.register_actor(&ActorRow { actor, device: *device, member: exchange.caller.member.id.clone() })?;
    }
    for a in &judged.accepted {
        let (hash, actor, bytes) = (&a.hash, &a.actor, a.bytes.as_slice());
        tx.add_change(NewChange { doc: &row.id, hash, actor, seq: a.seq, bytes, device, at: exchange.now })?;
        let seq = tx.append(&row.scope, &row.id, LogKind::Change, Some(hash), &exchange.log_device())?;
        entries.entry(row.scope.clone()).or_insert((seq, 0)).1 += 1;
    }
    tx.put_document(row)?;
    if judged.narrow {
        note_held(tx, exchange, judged, &row.scope)?;
    }
    Ok(())
}

/// A device holds what it pushed, whole, whatever its cursor says.
fn note_held(tx: &dyn Write, exchange: &Exchange, judged: &Judged, scope: &NodeId) -> Result<()> {
    let device = &exchange.caller.device.id;
    let doc = judged.group.doc;
    if tx.seen(device, scope)?.iter().any(|s| s.doc == doc && s.held) {
        return Ok(());
    }
    tx.put_seen(device, scope, &SeenRow { doc, held: true, at_seq: 0 })
}

/// Keeps what is not stored, as far as there is room: a broken or hostile phone must not fill the disk. Answers whether it was kept.
fn put_aside(tx: &dyn Write, exchange: &Exchange, shelf: Shelf, group: &DocChanges, code: &str, room: &mut u64) -> Result<bool> {
    let row = aside(exchange, group, code)?;
    let size = row.bytes.len() as u64;
    if size > *room {
        tracing::warn!(device = %row.device, doc = %row.doc, code, "no room to keep what was not stored");
        return Ok(false);
    }
    *room -= size;
    match shelf {
        Shelf::Refused => tx.put_refused(&row)?,
        Shelf::Held => tx.put_held(&row)?,
    }
    Ok(true)
}
