//! Documents from outside: through the gate, one by one, so that a hostile one never stops the others.

use super::{super::held::Held, Outcome};
use crate::{
    engine::{
        Inner,
        authored::Authored,
        keep,
        open::set_actor,
        reference::Reference,
        refused,
        types::{Account, Applied},
    },
    store::{
        StoreError, aside, attachment,
        change::{self, ChangeRow},
        document, late, matter, meta, want,
    },
};
use beehive_core::{
    ActorId, ChangeHash, DocId, FileHash, GateError, NodeId,
    sync::{PackDoc, PackLate},
};
use rusqlite::Connection;
use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError},
};

/// A document's whole history is offered again at most this often, in seconds, once the server did not take it from here.
const OFFER_EVERY: i64 = 3_600;

/// Own changes taken out of a document, to be made anew.
pub struct TakenBack {
    /// The document without them.
    pub rest: Held,
    /// What they said.
    pub authored: Vec<Authored>,
    /// Under which names they were written.
    pub actors: HashSet<ActorId>,
}

/// A response (or pack) being taken in, inside one transaction.
pub struct Incoming<'a> {
    pub conn: &'a Connection,
    pub now: i64,
    pub reference: Arc<Reference>,
    pub applied: Applied,
    pub files: Vec<FileHash>,
    inner: &'a Inner,
    account: Option<Account>,
    received: u32,
    reloaded: bool,
    new_actor: Option<ActorId>,
}

impl<'a> Incoming<'a> {
    pub fn new(conn: &'a Connection, inner: &'a Inner) -> Result<Self, StoreError> {
        Ok(Self {
            conn,
            now: inner.clock.now(),
            reference: inner.reference(),
            applied: Applied::default(),
            files: Vec::new(),
            inner,
            account: inner.account(),
            received: 0,
            reloaded: false,
            new_actor: None,
        })
    }

    pub fn outcome(self) -> Result<Outcome, StoreError> {
        // A record made anew names the photos of the one it replaces.
        let mut files = self.files;
        for i in (0..files.len()).rev() {
            if attachment::is_named(self.conn, &files[i])? {
                files.swap_remove(i);
            }
        }
        Ok(Outcome {
            applied: self.applied,
            received: self.received,
            reference: self.reloaded.then_some(self.reference),
            account: if self.reloaded { self.account } else { None },
            actor: self.new_actor,
            files,
        })
    }

    /// Reads the lookups anew; the account's member follows the members' dataset.
    pub fn reload_reference(&mut self) -> Result<(), StoreError> {
        let reference = Reference::load(self.conn, self.account.as_ref(), self.now)?;
        if let (Some(account), Some(me)) = (&mut self.account, reference.me())
            && account.member != *me
        {
            account.member = me.clone();
            meta::set_json(self.conn, meta::ACCOUNT, account)?;
        }
        self.reference = Arc::new(reference);
        self.reloaded = true;
        Ok(())
    }

    /// The scope a document is known to belong to.
    pub fn scope_of(&self, doc: &DocId) -> Result<NodeId, StoreError> {
        if let Some(row) = document::get(self.conn, doc)? {
            return Ok(row.scope);
        }
        Ok(matter::get(self.conn, doc)?.map(|m| m.scope).unwrap_or_default())
    }

    /// Takes changes of one document in.
    pub fn changes(&mut self, doc: &DocId, changes: &[&[u8]], node: &NodeId) -> Result<(), StoreError> {
        self.by_itself(doc, node, |this| this.take_changes(doc, changes, node))
    }

    /// Takes a whole document in. It has all the server holds of it, in the scope's download number `generation`.
    pub fn whole(&mut self, sent: &PackDoc, node: &NodeId, generation: i64) -> Result<(), StoreError> {
        let (doc, snapshot) = (&sent.doc, sent.snapshot.as_slice());
        if let Some(number) = sent.number {
            late::put_number(self.conn, doc, number)?;
        }
        self.by_itself(doc, node, |this| match Held::from_snapshot(snapshot) {
            Ok(held) if held.history().doc() == Some(*doc) => {
                let notes = PackLate::named(&sent.late, held.changes().map(|(hash, _)| *hash));
                notes.iter().try_for_each(|note| late::put(this.conn, note))?;
                if document::exists(this.conn, doc)? || !change::outbox_hashes(this.conn, doc)?.is_empty() {
                    let changes: Vec<&[u8]> = held.changes().map(|(_, bytes)| bytes).collect();
                    this.take_changes(doc, &changes, node)?;
                } else {
                    this.received += u32::try_from(held.history().len()).unwrap_or(u32::MAX);
                    keep::keep_held(this.conn, &this.reference, &held, node, generation)?;
                    want::remove(this.conn, doc)?;
                }
                document::set_generation(this.conn, doc, generation)
            }
            Ok(_) => this.set_aside(doc, node, GateError::WrongDocument, snapshot),
            Err(e) => this.set_aside(doc, node, e, snapshot),
        })
    }

    /// Does something to one document; whatever goes wrong with it is undone and stays its own affair.
    fn by_itself(&mut self, doc: &DocId, node: &NodeId, work: impl FnOnce(&mut Self) -> Result<(), StoreError>) -> Result<(), StoreError> {
        let counted = (self.received, self.applied);
        self.conn.prepare_cached("SAVEPOINT one")?.execute([])?;
        let done = catch_unwind(AssertUnwindSafe(|| work(self)));
        let undo = match done {
            Ok(Ok(())) => false,
            Ok(Err(e @ (StoreError::Write(_) | StoreError::Unreadable(_)))) => {
                tracing::warn!(%doc, error = %e, "a document cannot be taken in and is left as it was");
                true
            }
            Ok(Err(e)) => return Err(e),
            Err(_) => {
                tracing::error!(%doc, "taking a document in ended in a panic; it is left as it was");
                true
            }
        };
        if undo {
            (self.received, self.applied) = counted;
            self.conn.prepare_cached("ROLLBACK TO one")?.execute([])?;
            aside::add(self.conn, doc, node, "unusable", self.now, &[])?;
        }
        self.conn.prepare_cached("RELEASE one")?.execute([])?;
        Ok(())
    }

    fn take_changes(&mut self, doc: &DocId, changes: &[&[u8]], node: &NodeId) -> Result<(), StoreError> {
        let row = document::get(self.conn, doc)?;
        let mut held = match &row {
            Some(row) => Held::read(row)?,
            None => Held::default(),
        };
        let had = held.history().len();
        let (mut acknowledged, mut anew) = (0, None);
        for bytes in changes {
            let mut result = held.admit(bytes);
            if result == Err(GateError::Forked) {
                // The server may have another change under a name and number of ours: ours is made anew under another
                // name. (Two stores of somebody else's may fork, too: that is nothing that writing ours anew would mend.)
                let theirs = name_and_number(bytes);
                if let Some(mut taken) = self.take_back(doc, &held, |own| theirs.is_some() && name_and_number(&own.bytes) == theirs)? {
                    held = std::mem::take(&mut taken.rest);
                    anew = Some(taken);
                    result = held.admit(bytes);
                }
            }
            match result {
                Ok(true) if held.history().doc() != Some(*doc) => return self.set_aside(doc, node, GateError::WrongDocument, bytes),
                Ok(true) => self.received += 1,
                // It came back to us, so the server has it, whether or not we were told.
                Ok(false) => {
                    let hash = beehive_core::gate::peek(bytes).map(|p| p.hash);
                    if let Ok(hash) = hash
                        && change::mark_acked(self.conn, &hash, self.now)?
                    {
                        acknowledged += 1;
                    }
                }
                Err(GateError::MissingDependency) => {
                    if want::add(self.conn, doc, node)? {
                        self.applied.need_now = true;
                    }
                    break;
                }
                Err(e) => self.set_aside(doc, node, e, bytes)?,
            }
        }
        if row.is_none() {
            // After a salvage the outbox may hold changes whose document was lost; they belong on it again.
            for own in change::outbox_of(self.conn, doc)? {
                if held.admit(&own.bytes).is_err() {
                    tracing::warn!(%doc, "an unsent change does not fit its document yet");
                }
            }
        }
        let scope = row.as_ref().map_or(node, |r| &r.scope);
        let generation = row.as_ref().map_or(keep::scope_generation(self.conn, scope)?, |r| r.generation);
        let leaving = row.as_ref().is_some_and(|r| r.leaving);
        if held.history().is_empty() {
            // What was taken back began the record and could not be made anew. All of it stays as it was, until the server says what
            // it thinks of it.
            return if anew.is_some() { Err(StoreError::Unreadable("fork")) } else { Ok(()) };
        }
        if held.history().len() != had || acknowledged > 0 || anew.is_some() {
            keep::keep_held(self.conn, &self.reference, &held, scope, generation)?;
        }
        if leaving {
            // The server sends it, so it is the reader's again. Nothing that happens to it here makes it that.
            document::set_leaving(self.conn, doc, false)?;
        }
        if let Some(taken) = anew {
            self.write_anew(doc, &taken)?;
        }
        refused::settle_stored(self.conn, doc, held.history())
    }

    /// Takes own changes of the outbox out of a document, and out of the outbox: those of `which`, and what builds on
    /// them. Others stay: what is only offered again after a restore is nearly always on the server, and made anew it
    /// would be there twice.
    pub fn take_back(&mut self, doc: &DocId, held: &Held, which: impl Fn(&ChangeRow) -> bool) -> Result<Option<TakenBack>, StoreError> {
        // Without the document nobody can say what builds on what.
        let all = held.history().is_empty();
        let mut own: Vec<_> = change::outbox_of(self.conn, doc)?.into_iter().filter(|c| c.own).collect();
        let removed: HashSet<ChangeHash> = own.iter().filter(|c| all || which(c)).map(|c| c.hash).collect();
        if removed.is_empty() {
            return Ok(None);
        }
        let (rest, dropped) = held.without(&removed);
        let dropped: HashSet<ChangeHash> = dropped.into_iter().map(|(hash, _)| hash).collect();
        own.retain(|c| removed.contains(&c.hash) || dropped.contains(&c.hash));
        let authored = own.iter().filter_map(|c| c.authored.as_deref()).map(serde_json::from_str).collect::<Result<Vec<Authored>, _>>()?;
        for row in &own {
            change::remove(self.conn, &row.hash)?;
        }
        if removed.len() + dropped.len() > own.len() {
            want::add(self.conn, doc, &self.scope_of(doc)?)?;
        }
        Ok(Some(TakenBack { rest, authored, actors: own.iter().map(|c| c.actor).collect() }))
    }

    /// The server does not take a document's history from this phone.
    pub fn note_stuck(&self, doc: &DocId) {
        self.inner.stuck.lock().unwrap_or_else(PoisonError::into_inner).insert(*doc, self.now);
    }

    /// Whether it said so within the last hour: until its author's phone brings the history, asking on and on would help nobody.
    pub fn is_stuck(&self, doc: &DocId) -> bool {
        let stuck = self.inner.stuck.lock().unwrap_or_else(PoisonError::into_inner);
        stuck.get(doc).is_some_and(|at| (0..OFFER_EVERY).contains(&(self.now - at)))
    }

    /// The actor that writes now.
    pub fn actor(&self) -> ActorId {
        self.new_actor.unwrap_or_else(|| self.inner.actor())
    }

    /// Makes values anew under another name than they had, on the document as stored.
    pub fn write_anew(&mut self, doc: &DocId, taken: &TakenBack) -> Result<(), StoreError> {
        let actor = if taken.actors.contains(&self.actor()) { self.fresh_actor()? } else { self.actor() };
        keep::write_anew(self.conn, &self.reference, doc, actor, self.now, &taken.authored)?;
        self.applied.need_now = true;
        Ok(())
    }

    /// Writes under another name from now on; once in a response is enough.
    pub fn take_fresh_actor(&mut self) -> Result<(), StoreError> {
        if self.new_actor.is_none() {
            self.fresh_actor()?;
        }
        Ok(())
    }

    fn fresh_actor(&mut self) -> Result<ActorId, StoreError> {
        let actor = self.inner.store.surroundings().fresh_actor().ok_or(StoreError::Random)?;
        set_actor(self.conn, &actor, self.account.as_ref())?;
        // From now on: whoever writes next waits for this transaction and must not use the old name.
        self.inner.set_actor(actor);
        self.new_actor = Some(actor);
        self.reload_reference()?;
        Ok(actor)
    }

    fn set_aside(&mut self, doc: &DocId, node: &NodeId, e: GateError, bytes: &[u8]) -> Result<(), StoreError> {
        tracing::warn!(%doc, code = e.code(), "bytes from the server do not pass the gate and are set aside");
        aside::add(self.conn, doc, node, e.code(), self.now, bytes)
    }

    /// Erases a document that left the view, or marks it to go once nothing of it, photos included, is unsent.
    pub fn evict(&mut self, doc: &DocId) -> Result<(), StoreError> {
        if change::outbox_hashes(self.conn, doc)?.is_empty() && !attachment::any_waiting(self.conn, doc)? {
            self.files.extend(keep::erase(self.conn, doc)?);
            Ok(())
        } else {
            document::set_leaving(self.conn, doc, true)
        }
    }

    /// Erases what was only waiting for its last change to be delivered, and scopes of which nothing is left.
    pub fn erase_ready(&mut self) -> Result<(), StoreError> {
        for doc in document::ready_to_leave(self.conn)? {
            self.files.extend(keep::erase(self.conn, &doc)?);
        }
        for node in crate::store::scope::gone(self.conn)? {
            if document::of_scope(self.conn, &node)?.is_empty() {
                crate::store::scope::remove(self.conn, &node)?;
            }
        }
        Ok(())
    }
}

/// Who wrote a change, and its number among that writer's changes of its document.
fn name_and_number(bytes: &[u8]) -> Option<(ActorId, u64)> {
    beehive_core::gate::peek(bytes).ok().map(|seen| (seen.actor, seen.seq))
}
