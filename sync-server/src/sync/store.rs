//! Storing what was judged, in one job of the writer.

use super::{
    By, Exchange, MAX_ASIDE_BYTES, aside,
    judge::{Judge, Judged, Shelf, code},
};
use crate::storage::{ActorRow, LogKind, NewChange, NewEntry, Result, SeenRow, Write};
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
    let mut storing = Storing::new(tx, exchange);
    let mut verdicts = Vec::with_capacity(judged.len());
    let mut room = None;
    for judged in judged {
        let stale = storing.is_stale(&judged)?;
        // Anew each time: what was stored just before may be what this one builds on.
        let mut judged = if stale { Judge::new(tx.as_read(), exchange, writers).judge(judged.group)? } else { judged };
        if let Some((shelf, group)) = &judged.aside {
            let room = match &mut room {
                Some(room) => room,
                None => room.insert(MAX_ASIDE_BYTES.saturating_sub(tx.aside_bytes(&exchange.caller.device.id)?)),
            };
            let code = judged.verdict.code.as_deref().unwrap_or_default();
            if !put_aside(tx, exchange, *shelf, group, code, room)? && *shelf == Shelf::Held {
                // "Held" means that the server has it. It has not, so the phone must keep it.
                judged.verdict.kind = VerdictKind::Refused;
                judged.verdict.code = Some(code::SHELF_FULL.to_owned());
            }
        }
        storing.put(&mut judged)?;
        verdicts.push(judged.verdict);
    }
    if exchange.by == By::Push {
        tx.touch_device(&exchange.caller.device.id, exchange.now)?;
    }
    Ok(Stored { verdicts, entries: storing.append()? })
}

/// Stores one group that was judged in the same transaction.
pub(crate) fn store_one(tx: &dyn Write, exchange: &Exchange, judged: &mut Judged) -> Result<()> {
    let mut storing = Storing::new(tx, exchange);
    storing.put(judged)?;
    storing.append().map(drop)
}

/// One job of the writer.
struct Storing<'a> {
    tx: &'a dyn Write,
    exchange: &'a Exchange,
    /// Actors known to be this device's.
    ours: BTreeSet<ActorId>,
    /// What goes into the logs, once for each scope.
    entries: BTreeMap<NodeId, Vec<NewEntry>>,
}

impl<'a> Storing<'a> {
    fn new(tx: &'a dyn Write, exchange: &'a Exchange) -> Self {
        Self { tx, exchange, ours: BTreeSet::new(), entries: BTreeMap::new() }
    }

    /// Whether what the judgement stood on has changed: the document, or whose the actors are.
    fn is_stale(&self, judged: &Judged) -> Result<bool> {
        if judged.accepted.is_empty() {
            return Ok(false);
        }
        for a in judged.accepted.iter().filter(|a| !self.ours.contains(&a.actor)) {
            if self.tx.actor(&a.actor)?.is_some_and(|owner| owner.device != self.exchange.caller.device.id) {
                return Ok(true);
            }
        }
        Ok(self.tx.document_size(&judged.group.doc)?.map_or(0, |stored| stored.changes) != judged.base)
    }

    fn put(&mut self, judged: &mut Judged) -> Result<()> {
        let (tx, caller) = (self.tx, &self.exchange.caller);
        if judged.base == 0
            && let Some(row) = &mut judged.row
        {
            row.number = tx.next_number(self.exchange.year())?;
            judged.verdict.number = row.number;
        }
        let judged = &*judged;
        let Some(row) = &judged.row else { return Ok(()) };
        let device = &caller.device.id;
        for a in &judged.accepted {
            if self.ours.insert(a.actor) {
                tx.register_actor(&ActorRow { actor: a.actor, device: *device, member: caller.member.id.clone() })?;
            }
            let (hash, actor, bytes) = (&a.hash, &a.actor, a.bytes.as_slice());
            tx.add_change(NewChange { doc: &row.id, hash, actor, seq: a.seq, bytes, device, at: self.exchange.now })?;
            let entry = NewEntry { doc: row.id, kind: LogKind::Change, hash: Some(a.hash) };
            self.entries.entry(row.scope.clone()).or_default().push(entry);
        }
        tx.put_document(row)?;
        if judged.narrow {
            note_held(tx, self.exchange, judged, &row.scope)?;
        }
        Ok(())
    }

    /// Writes the logs; for each scope the number of the first entry and how many.
    fn append(self) -> Result<BTreeMap<NodeId, (u64, u64)>> {
        let device = self.exchange.log_device();
        let append = |(scope, entries): (NodeId, Vec<NewEntry>)| {
            let first = self.tx.append_all(&scope, &entries, &device)?;
            Ok((scope, (first, entries.len() as u64)))
        };
        self.entries.into_iter().map(append).collect()
    }
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
