//! Judging one pushed document group by itself, on whatever snapshot it is given. Writes nothing.

use super::{By, Exchange, group_of, page::late, verdict};
use crate::{
    directory::Org,
    storage::{DocumentRow, Read, Result, StorageError},
};
use beehive_core::{
    ActorId, ChangeHash, DocId, GateError, History, NodeId, Refusal, fold,
    gate::{Admitted, Candidate},
    model::Matter,
    policy::{self, ChangeRefusal, PastDuties, Standing},
    reference::Member,
    sync::{DocChanges, Late, OpenRecord, Verdict, VerdictKind},
};
use std::{
    cell::{OnceCell, RefCell},
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// The codes that are neither a [`Refusal`] nor a [`GateError`].
pub mod code {
    /// The change was written by an actor of another device.
    pub const ACTOR_NOT_YOURS: &str = "actor_not_yours";
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

/// Judges the groups of one caller on one snapshot.
pub(crate) struct Judge<'a> {
    rows: &'a dyn Read,
    exchange: &'a Exchange,
    /// The actors that the request names: a new name is taken for the device that says first that it writes under it.
    writers: &'a [ActorId],
    /// Whether the caller may write as an actor: asked for every change, and nearly always the same one.
    may_write_as: RefCell<HashMap<ActorId, bool>>,
    /// What the caller's duties were: read once something would be refused.
    past: OnceCell<PastDuties>,
}

/// A group while its changes are gone through.
struct Progress {
    history: History,
    bytes: u64,
    standing: Option<Standing>,
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

impl<'a> Judge<'a> {
    pub fn new(rows: &'a dyn Read, exchange: &'a Exchange, writers: &'a [ActorId]) -> Self {
        Self { rows, exchange, writers, may_write_as: RefCell::default(), past: OnceCell::new() }
    }

    /// Judges a group. A panic in it is this group's fault alone.
    pub fn judge(&self, group: DocChanges) -> Result<Judged> {
        let fault = match catch_unwind(AssertUnwindSafe(|| self.group(&group))) {
            Ok(Ok(judged)) => return Ok(Judged { group, ..judged }),
            Ok(Err(StorageError::BadRow(what))) => what,
            Ok(Err(e)) => return Err(e),
            Err(_) => "panic",
        };
        tracing::error!(doc = %group.doc, fault, "a document could not be judged");
        let refused = verdict(&group, VerdictKind::Refused, Some(code::INTERNAL));
        Ok(Judged { aside: Some((Shelf::Refused, group.clone())), ..Judged::nothing(group, refused) })
    }

    fn group(&self, group: &DocChanges) -> Result<Judged> {
        let before = self.rows.document_size(&group.doc)?;
        let history = if before.is_some() { load(self.rows, &group.doc)? } else { History::new() };
        let base = history.len() as u64;
        let standing = before.as_ref().map(|stored| self.standing(&stored.scope));
        let mut at = Progress { history, bytes: before.map_or(0, |stored| stored.bytes), standing };
        let (mut accepted, mut present, mut stop) = (Vec::new(), Vec::new(), None);
        if group.changes.is_empty() {
            stop = Some(Stop::Refused(code::EMPTY_GROUP));
        }
        for raw in &group.changes {
            match self.one(&mut at, group, raw)? {
                Ok(One::Known(hash)) => present.push(hash),
                Ok(One::New(change)) => {
                    at.bytes += change.bytes.len() as u64;
                    present.push(change.hash);
                    accepted.push(change);
                }
                Err(why) => {
                    stop = Some(why);
                    break;
                }
            }
        }
        let Progress { mut history, bytes, standing } = at;
        if stop.is_some() && history.len() as u64 > base + accepted.len() as u64 {
            // The change that failed policy is in the history already; what is stored must be described without it.
            history = load(self.rows, &group.doc)?;
            accepted.iter().try_for_each(|a| history.admit(&a.bytes).map(drop)).map_err(|_| StorageError::BadRow("change"))?;
        }
        let rest: Vec<Vec<u8>> = group.changes[present.len()..].iter().map(|c| c.to_vec()).collect();
        let aside = match stop {
            Some(Stop::Refused(_)) => Some((Shelf::Refused, group_of(group.doc, rest))),
            Some(Stop::Held(_)) => Some((Shelf::Held, group_of(group.doc, rest))),
            _ => None,
        };
        let row = if accepted.is_empty() { None } else { Some(describe(&history, bytes, self.exchange.now)?) };
        let mut verdict = match &stop {
            // The answer that said the number may be the one that was lost.
            None if accepted.is_empty() => Verdict {
                number: self.rows.number(&group.doc)?,
                late: received(self.rows, &present)?,
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
        let narrow = standing.as_ref().is_some_and(|s| s.reaches() && !policy::reads_whole_scope(s));
        // The group is put back by the caller, who owns it.
        let taken = DocChanges { doc: group.doc, changes: vec![] };
        Ok(Judged { group: taken, verdict, base, accepted, row, aside, narrow })
    }

    fn one(&self, at: &mut Progress, group: &DocChanges, raw: &[u8]) -> Result<std::result::Result<One, Stop>> {
        let gate = |e: GateError| match e {
            GateError::MissingDependency => Stop::NeedHistory,
            GateError::Forked => Stop::Forked,
            other => Stop::Refused(other.code()),
        };
        let change = match Candidate::read(raw) {
            Ok(change) => change,
            Err(e) => return Ok(Err(gate(e))),
        };
        if at.history.contains(&change.hash()) {
            return Ok(Ok(One::Known(change.hash())));
        }
        if !self.may_write_as(&change.actor())? {
            return Ok(Err(Stop::Refused(code::ACTOR_NOT_YOURS)));
        }
        let own = self.own_of(&at.history)?;
        if let Err(full) = at.history.has_room_for(&change, |actor| own.contains(actor)) {
            return Ok(Err(gate(full)));
        }
        if at.history.is_empty() && change.is_first() && change.hash().doc_id() != group.doc {
            return Ok(Err(Stop::Refused(GateError::WrongDocument.code())));
        }
        let admitted = match at.history.admit_candidate(change) {
            Ok(admitted) => admitted,
            Err(e) => return Ok(Err(gate(e))),
        };
        let standing = match &mut at.standing {
            Some(standing) => standing,
            None => {
                let Some(matter) = fold(&at.history) else { return Ok(Err(Stop::Held(Refusal::UnknownKind.code()))) };
                if !self.exchange.org.holds_records(&matter.scope) {
                    return Ok(Err(Stop::Refused(Refusal::UnknownScope.code())));
                }
                at.standing.insert(self.standing(&matter.scope))
            }
        };
        Ok(match policy::judge_change(&at.history, &admitted.hash, standing) {
            Ok(()) => Ok(accepted(admitted)),
            Err(ChangeRefusal::Refused(r)) => self.by_past_duties(&at.history, admitted, r)?,
            Err(ChangeRefusal::Unknown(r)) => Err(Stop::Held(r.code())),
        })
    }

    /// The writers of a document that are the device's.
    fn own_of(&self, history: &History) -> Result<Vec<ActorId>> {
        let mut own = Vec::new();
        for actor in history.actors() {
            if self.may_write_as(actor)? {
                own.push(*actor);
            }
        }
        Ok(own)
    }

    /// What becomes of a change that its author may not make now. Who could once, under a duty that was ended or changed since, or while the
    /// grids hung otherwise, may have written it then: it is held for a supervisor, whatever the phone's clock said. Not stored, for that
    /// clock may be wrong, and not turned away, for the work may be honest. Once a supervisor has decided, it is stored.
    fn by_past_duties(&self, history: &History, change: Admitted, refusal: Refusal) -> Result<std::result::Result<One, Stop>> {
        let Some(matter) = fold(history) else { return Ok(Err(Stop::Refused(refusal.code()))) };
        let standings = self.past()?.standings(&matter.scope, change.time, self.exchange.now);
        let mut then = standings.iter().map(|s| policy::judge_change(history, &change.hash, s));
        if then.clone().any(|judged| judged.is_ok()) {
            let decided = self.exchange.by == By::Decision;
            return Ok(if decided { Ok(accepted(change)) } else { Err(Stop::Held(refusal.code())) });
        }
        // Out of duty now, and in duty then, but this was never theirs to do: a supervisor sees it all the same.
        let first = then.next().and_then(std::result::Result::err).map(|e| e.refusal());
        Ok(Err(match (refusal, first) {
            (Refusal::NotYourScope, Some(first)) if self.exchange.by == By::Decision => Stop::Refused(first.code()),
            (Refusal::NotYourScope, Some(_)) => Stop::Held(refusal.code()),
            _ => Stop::Refused(refusal.code()),
        }))
    }

    fn past(&self) -> Result<&PastDuties> {
        if let Some(past) = self.past.get() {
            return Ok(past);
        }
        let past = past_duties(self.rows, &self.exchange.caller.member, &self.exchange.org)?;
        Ok(self.past.get_or_init(|| past))
    }

    fn standing(&self, scope: &NodeId) -> Standing {
        Standing::of(&self.exchange.caller.member, &self.exchange.org.tree, scope, self.exchange.now)
    }

    /// An actor writes for one device for ever: its own, or the one that says first that it writes under it.
    fn may_write_as(&self, actor: &ActorId) -> Result<bool> {
        if let Some(known) = self.may_write_as.borrow().get(actor) {
            return Ok(*known);
        }
        let may = match self.rows.actor(actor)? {
            Some(owner) => owner.device == self.exchange.caller.device.id,
            None => self.writers.contains(actor),
        };
        self.may_write_as.borrow_mut().insert(*actor, may);
        Ok(may)
    }
}

fn accepted(change: Admitted) -> One {
    One::New(Accepted { hash: change.hash, actor: change.actor, seq: change.seq, bytes: change.bytes })
}

/// What a member's duties were, by all that was ever noted of them and of the org tree.
pub(crate) fn past_duties(rows: &dyn Read, member: &Member, org: &Org) -> Result<PastDuties> {
    Ok(PastDuties::new(member, &rows.duties(&member.id)?, &org.nodes, rows.past_places()?))
}

/// The history of a stored document; empty for one that is not.
pub(crate) fn load(rows: &dyn Read, doc: &DocId) -> Result<History> {
    let mut history = History::new();
    for change in rows.changes(doc)? {
        // It was admitted before it was stored, to this document and in this order.
        history.restore(Some(&change.hash), &change.bytes).map_err(|_| StorageError::BadRow("change"))?;
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
