//! The server's word on each pushed group.

use super::Incoming;
use crate::{
    engine::{
        held::Held,
        keep, refused,
        types::{Prepared, SentGroup},
    },
    store::{
        StoreError,
        change::{self, ChangeRow},
        document, late,
        refused::HELD,
        want,
    },
};
use beehive_core::{
    GateError, NodeId,
    sync::{Late, Verdict, VerdictKind},
};
use std::collections::{HashMap, HashSet};

/// The code of changes whose actor is another device's.
const ACTOR_NOT_YOURS: &str = "actor_not_yours";

/// Takes all verdicts in, each by itself.
pub fn take(incoming: &mut Incoming<'_>, sent: &Prepared, verdicts: &[Verdict], server_time: i64) -> Result<(), StoreError> {
    let groups: HashMap<_, &SentGroup> = sent.groups.iter().map(|g| (g.doc, g)).collect();
    for verdict in verdicts {
        // A word on what was not sent means nothing.
        let Some(group) = groups.get(&verdict.doc) else { continue };
        delivered(incoming, group, verdict, server_time)?;
        let code = verdict.code.as_deref().unwrap_or("refused");
        match verdict.kind {
            VerdictKind::Stored | VerdictKind::Duplicate => {}
            VerdictKind::NeedHistory => need_history(incoming, group)?,
            VerdictKind::Forked => forked(incoming, group)?,
            VerdictKind::Refused if code == ACTOR_NOT_YOURS => not_yours(incoming, group)?,
            VerdictKind::Refused => refuse(incoming, group, code)?,
            VerdictKind::Held => hold(incoming, group, verdict.code.as_deref().unwrap_or_default())?,
        }
    }
    Ok(())
}

/// What of a group is on the server's disk: all of a stored one; of any other, what the verdict names.
///
/// What was just stored was received just now; a duplicate was received when nobody here heard of it, so its times stay as they are.
fn delivered(incoming: &mut Incoming<'_>, group: &SentGroup, verdict: &Verdict, server_time: i64) -> Result<(), StoreError> {
    if let Some(number) = verdict.number {
        late::put_number(incoming.conn, &group.doc, number)?;
    }
    verdict.late.iter().try_for_each(|l| late::put(incoming.conn, l))?;
    let mut came_late = !verdict.late.is_empty();
    let all = matches!(verdict.kind, VerdictKind::Stored | VerdictKind::Duplicate);
    for hash in &group.hashes {
        let there = verdict.stored.as_ref().map_or(all, |stored| stored.contains(hash));
        let written = if there { change::written_at(incoming.conn, hash)? } else { None };
        if there && change::mark_acked(incoming.conn, hash, incoming.now)? && verdict.kind != VerdictKind::Duplicate {
            incoming.applied.sent += 1;
            if let Some(note) = written.and_then(|at| Late::of(hash, at, server_time)) {
                late::put(incoming.conn, &note)?;
                came_late = true;
            }
        }
    }
    keep::refresh_delivery(incoming.conn, &group.doc)?;
    if came_late { keep::project_again(incoming.conn, &incoming.reference, &group.doc) } else { Ok(()) }
}

/// The server lacks what the changes build on: everything held of the document goes into the outbox.
fn need_history(incoming: &mut Incoming<'_>, group: &SentGroup) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let Some(row) = document::get(conn, &group.doc)? else {
        // The document itself was lost (a salvaged store): its history must come from the server first.
        if want::add(conn, &group.doc, &NodeId::default())? {
            incoming.applied.need_now = true;
        }
        return Ok(());
    };
    if incoming.is_stuck(&group.doc) {
        // Stays unsent: the next exchange asks again.
        return Ok(());
    }
    let held = Held::read(&row)?;
    if held.history().hashes().all(|hash| group.hashes.contains(hash)) {
        // It was given everything and still misses something: asking again would never end.
        return refuse(incoming, group, GateError::MissingDependency.code());
    }
    keep::offer_all(conn, &group.doc, &held, incoming.now, &HashSet::new())?;
    incoming.applied.need_now = true;
    keep::refresh_delivery(conn, &group.doc)
}

/// Another change has this name and number: this store was cloned or restored. The values are made anew under another name.
fn forked(incoming: &mut Incoming<'_>, group: &SentGroup) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let row = document::get(conn, &group.doc)?;
    let held = row.as_ref().map(Held::read).transpose()?.unwrap_or_default();
    let sent = |own: &ChangeRow| group.hashes.contains(&own.hash);
    let Some(taken) = incoming.take_back(&group.doc, &held, sent)? else { return Ok(()) };
    match &row {
        Some(row) if !taken.rest.history().is_empty() => {
            keep::keep_held(conn, &incoming.reference, &taken.rest, &row.scope, row.generation)?
        }
        _ => incoming.files.extend(keep::erase(conn, &group.doc)?),
    }
    incoming.write_anew(&group.doc, &taken)
}

/// Some of it was written by a store that is not registered to this device.
fn not_yours(incoming: &mut Incoming<'_>, group: &SentGroup) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let (own, others): (Vec<_>, Vec<_>) = change::outbox_of(conn, &group.doc)?.into_iter().partition(|c| c.own);
    if !others.is_empty() {
        // Somebody else's work, sent along as history. Its author's phone will bring it; ours waits for that and stays unsent.
        incoming.note_stuck(&group.doc);
        for row in &others {
            change::remove(conn, &row.hash)?;
        }
        return keep::refresh_delivery(conn, &group.doc);
    }
    if own.iter().any(|c| c.actor == incoming.actor()) {
        return refuse(incoming, group, ACTOR_NOT_YOURS);
    }
    // Written before this phone was enrolled anew: under the present name it is as good.
    forked(incoming, group)
}

fn refuse(incoming: &mut Incoming<'_>, group: &SentGroup, code: &str) -> Result<(), StoreError> {
    incoming.applied.refused += 1;
    refused::set_aside(incoming.conn, &incoming.reference, &group.doc, (code, ""), incoming.now)?;
    refused::recount(incoming.conn, &group.doc)
}

/// The server keeps it for a supervisor.
fn hold(incoming: &mut Incoming<'_>, group: &SentGroup, why: &str) -> Result<(), StoreError> {
    incoming.applied.refused += 1;
    refused::set_aside(incoming.conn, &incoming.reference, &group.doc, (HELD, why), incoming.now)?;
    // It may be let in later: what is written until then must not have the same name and number.
    incoming.take_fresh_actor()
}
