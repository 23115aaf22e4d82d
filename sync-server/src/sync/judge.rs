//! Judging one pushed document group by itself, on whatever snapshot it is given. Writes nothing.

use super::{Exchange, MAX_DOC_BYTES, MAX_DOC_CHANGES, group_of, page::late, verdict};
use crate::storage::{DocumentRow, Read, Result, StorageError};
use beehive_core::{
    ActorId, ChangeHash, DocId, GateError, History, Refusal, fold,
    gate::peek,
    model::Matter,
    policy::{self, ChangeRefusal, Standing},
    sync::{DocChanges, Late, OpenRecord, Verdict, VerdictKind},
};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The codes that are neither a [`Refusal`] nor a [`GateError`].
pub mod code {
    /// The change was written by an actor of another device.
    pub const ACTOR_NOT_YOURS: &str = "actor_not_yours";
    /// The document has as many changes as the server stores of one.
    pub const TOO_MANY_CHANGES: &str = "too_many_changes";
    /// The group holds no change at all.
    pub const EMPTY_GROUP: &str = "empty_group";
    /// The device was revoked; a supervisor decides.
    pub const REVOKED: &str = "revoked";
    /// It would be held, but the device has as much on the shelf as is kept.
    pub const SHELF_FULL: &str = "shelf_full";
    /// A fault of the server in judging this one document.
    pub const INTERNAL: &str = "internal";
}

/// A change to be stored.
pub(crate) struct Accepted {
    pub hash: ChangeHash,
    pub actor: ActorId,
    pub seq: u64,
    pub bytes: Vec<u8>,
}

/// Where what is not stored goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shelf {
    Refused,
    Held,
}

/// What is to become of a group.
pub(crate) struct Judged {
    /// As it was pushed, to judge it again if the document has moved meanwhile.
    pub group: DocChanges,
    pub verdict: Verdict,
    /// How many changes the document had when it was judged.
    pub base: u64,
    pub accepted: Vec<Accepted>,
    /// The document's row once `accepted` is stored.
    pub row: Option<DocumentRow>,
    /// The changes that go on a shelf.
    pub aside: Option<(Shelf, DocChanges)>,
    /// Whether the caller's view of the scope is narrow, so that what it holds must be noted.
    pub narrow: bool,
}

impl Judged {
    pub(super) fn nothing(group: DocChanges, verdict: Verdict) -> Self {
        Self { group, verdict, base: 0, accepted: vec![], row: None, aside: None, narrow: false }
    }

    /// Late work of a revoked device is kept for a supervisor.
    pub fn of_revoked(group: DocChanges) -> Self {
        let verdict = verdict(&group, VerdictKind::Held, Some(code::REVOKED));
        Self { aside: Some((Shelf::Held, group.clone())), ..Self::nothing(group, verdict) }
    }

    /// Whether there is something to write.
    pub fn writes(&self) -> bool {
        !self.accepted.is_empty() || self.aside.is_some()
    }
}

/// Why a group ends before its end.
enum Stop {
    NeedHistory,
    Forked,
    Refused(&'static str),
    Held(&'static str),
}

/// Judges a group. A panic in it is this group's fault alone.
pub(crate) fn judge(rows: &dyn Read, exchange: &Exchange, writers: &[ActorId], group: DocChanges) -> Result<Judged> {
    let fault = match catch_unwind(AssertUnwindSafe(|| judge_group(rows, exchange, writers, &group))) {
        Ok(Ok(judged)) => return Ok(Judged { group, ..judged }),
        Ok(Err(StorageError::BadRow(what))) => what,
        Ok(Err(e)) => return Err(e),
        Err(_) => "panic",
    };
    tracing::error!(doc = %group.doc, fault, "a document could not be judged");
    let refused = verdict(&group, VerdictKind::Refused, Some(code::INTERNAL));
    Ok(Judged { aside: Some((Shelf::Refused, group.clone())), ..Judged::nothing(group, refused) })
}

fn judge_group(rows: &dyn Read, exchange: &Exchange, writers: &[ActorId], group: &DocChanges) -> Result<Judged> {
    let before = rows.document(&group.doc)?;
    let mut history = load(rows, &group.doc)?;
    let base = history.len() as u64;
    let mut bytes = before.as_ref().map_or(0, |row| row.bytes);
    let mut standing =
        before.as_ref().map(|row| Standing::of(&exchange.caller.member, &exchange.org.tree, &row.scope, exchange.standing_at));
    let (mut accepted, mut present, mut stop) = (Vec::new(), Vec::new(), None);
    if group.changes.is_empty() {
        stop = Some(Stop::Refused(code::EMPTY_GROUP));
    }
    for raw in &group.changes {
        match judge_one(rows, exchange, writers, &mut history, group, raw, &mut standing, bytes)? {
            Ok(One::Known(hash)) => present.push(hash),
            Ok(One::New(change)) => {
                bytes += change.bytes.len() as u64;
                present.push(change.hash);
                accepted.push(change);
            }
            Err(why) => {
                stop = Some(why);
                break;
            }
        }
    }
    if stop.is_some() && history.len() as u64 > base + accepted.len() as u64 {
        // The change that failed policy is in the history already; what is stored must be described without it.
        history = load(rows, &group.doc)?;
        accepted.iter().try_for_each(|a| history.admit(&a.bytes).map(drop)).map_err(|_| StorageError::BadRow("change"))?;
    }
    let rest: Vec<Vec<u8>> = group.changes[present.len()..].iter().map(|c| c.to_vec()).collect();
    let aside = match stop {
        Some(Stop::Refused(_)) => Some((Shelf::Refused, group_of(group.doc, rest))),
        Some(Stop::Held(_)) => Some((Shelf::Held, group_of(group.doc, rest))),
        _ => None,
    };
    let row = if accepted.is_empty() { None } else { Some(describe(&history, bytes, exchange.now)?) };
    let mut verdict = match &stop {
        // The answer that said the number may be the one that was lost.
        None if accepted.is_empty() => Verdict {
            number: before.as_ref().and_then(|row| row.number),
            late: received(rows, &present)?,
            ..verdict(group, VerdictKind::Duplicate, None)
        },
        None => verdict(group, VerdictKind::Stored, None),
        Some(Stop::NeedHistory) => verdict(group, VerdictKind::NeedHistory, Some(GateError::MissingDependency.code())),
        Some(Stop::Forked) => verdict(group, VerdictKind::Forked, Some(GateError::Forked.code())),
        Some(Stop::Refused(code)) => verdict(group, VerdictKind::Refused, Some(code)),
        Some(Stop::Held(code)) => verdict(group, VerdictKind::Held, Some(code)),
    };
    if stop.is_some() && !present.is_empty() {
        verdict.stored = Some(present);
    }
    let narrow = standing.as_ref().is_some_and(|s| !policy::reads_whole_scope(s));
    // The group is put back by the caller, who owns it.
    let taken = DocChanges { doc: group.doc, changes: vec![] };
    Ok(Judged { group: taken, verdict, base, accepted, row, aside, narrow })
}

/// When changes came that were there already, as far as it is worth saying.
fn received(rows: &dyn Read, hashes: &[ChangeHash]) -> Result<Vec<Late>> {
    let mut notes = Vec::new();
    for hash in hashes {
        notes.extend(rows.change(hash)?.as_ref().and_then(late));
    }
    Ok(notes)
}

enum One {
    Known(ChangeHash),
    New(Accepted),
}

#[allow(clippy::too_many_arguments)] // one step of one loop, apart only to be readable
fn judge_one(
    rows: &dyn Read,
    exchange: &Exchange,
    writers: &[ActorId],
    history: &mut History,
    group: &DocChanges,
    raw: &[u8],
    standing: &mut Option<Standing>,
    bytes: u64,
) -> Result<std::result::Result<One, Stop>> {
    let gate = |e: GateError| match e {
        GateError::MissingDependency => Stop::NeedHistory,
        GateError::Forked => Stop::Forked,
        other => Stop::Refused(other.code()),
    };
    let seen = match peek(raw) {
        Ok(seen) => seen,
        Err(e) => return Ok(Err(gate(e))),
    };
    if history.contains(&seen.hash) {
        return Ok(Ok(One::Known(seen.hash)));
    }
    if history.len() >= MAX_DOC_CHANGES || bytes + raw.len() as u64 > MAX_DOC_BYTES {
        return Ok(Err(Stop::Refused(code::TOO_MANY_CHANGES)));
    }
    if !may_write_as(rows, exchange, writers, &seen.actor)? {
        return Ok(Err(Stop::Refused(code::ACTOR_NOT_YOURS)));
    }
    if history.is_empty() && seen.deps.is_empty() && seen.hash.doc_id() != group.doc {
        return Ok(Err(Stop::Refused(GateError::WrongDocument.code())));
    }
    let admitted = match history.admit(raw) {
        Ok(admitted) => admitted,
        Err(e) => return Ok(Err(gate(e))),
    };
    let standing = match standing {
        Some(standing) => standing,
        None => {
            let Some(matter) = fold(history) else { return Ok(Err(Stop::Held(Refusal::UnknownKind.code()))) };
            if !exchange.org.holds_records(&matter.scope) {
                return Ok(Err(Stop::Refused(Refusal::UnknownScope.code())));
            }
            standing.insert(Standing::of(&exchange.caller.member, &exchange.org.tree, &matter.scope, exchange.standing_at))
        }
    };
    Ok(match policy::judge_change(history, &admitted.hash, standing) {
        Ok(()) => Ok(One::New(Accepted { hash: admitted.hash, actor: admitted.actor, seq: admitted.seq, bytes: admitted.bytes })),
        Err(ChangeRefusal::Refused(r @ Refusal::NotYourScope)) if had_duty(exchange, history) => Err(Stop::Held(r.code())),
        Err(ChangeRefusal::Refused(r)) => Err(Stop::Refused(r.code())),
        Err(ChangeRefusal::Unknown(r)) => Err(Stop::Held(r.code())),
    })
}

/// Whether the member once had a duty in the document's scope. Then the work may have been done while it lasted: a supervisor decides, it is
/// not turned away.
fn had_duty(exchange: &Exchange, history: &History) -> bool {
    let ended = |until: Option<i64>| until.is_some_and(|until| until <= exchange.now);
    fold(history).is_some_and(|matter| {
        exchange.caller.member.grants.iter().any(|g| ended(g.until) && exchange.org.tree.covers(&g.node, &matter.scope))
    })
}

/// An actor writes for one device for ever: its own, or the one that says first that it writes under it.
fn may_write_as(rows: &dyn Read, exchange: &Exchange, writers: &[ActorId], actor: &ActorId) -> Result<bool> {
    Ok(match rows.actor(actor)? {
        Some(owner) => owner.device == exchange.caller.device.id,
        None => writers.contains(actor),
    })
}

/// The history of a stored document; empty for one that is not.
pub(crate) fn load(rows: &dyn Read, doc: &DocId) -> Result<History> {
    let mut history = History::new();
    for change in rows.changes(doc)? {
        history.admit(&change.bytes).map_err(|_| StorageError::BadRow("change"))?;
    }
    Ok(history)
}

fn describe(history: &History, bytes: u64, now: i64) -> Result<DocumentRow> {
    let matter = fold(history).ok_or(StorageError::BadRow("document"))?;
    Ok(DocumentRow {
        id: matter.id,
        scope: matter.scope.clone(),
        class: matter.class.code().to_owned(),
        kind: matter.kind.code().to_owned(),
        changes: history.len() as u64,
        bytes,
        digest: history.digest(),
        created_at: matter.created_at,
        updated_at: now,
        open: matter.status.is_open().then(|| open_record(&matter)),
        number: None,
    })
}

pub(crate) fn open_record(matter: &Matter) -> OpenRecord {
    use beehive_core::model::field;
    let place = matter.fact(field::PLACE).and_then(|v| v.as_str()).unwrap_or_default();
    OpenRecord {
        doc: matter.id,
        kind: matter.kind,
        status: matter.status,
        path: matter.path,
        title: matter.text(field::TITLE).to_owned(),
        place: place.to_owned(),
        category: matter.text(field::CATEGORY).to_owned(),
        assignee: matter.assignment.as_ref().map(|a| a.to.clone()),
        due: matter.assignment.as_ref().and_then(|a| a.due),
        created_at: matter.created_at,
        created_by: matter.created_by.clone(),
        needs_eyes: matter.needs_eyes.iter().map(|n| n.reason).collect(),
        number: None,
    }
}
