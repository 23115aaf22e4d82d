//! The side table of one document: what has been admitted, who saw what, and which values are visible.
//!
//! It answers every question the gate asks without loading the document, and it is what the fold reads.

use super::{
    Candidate, GateError,
    chunk::{self, OpId, Parsed},
    facts::{Fact, PutRow},
    limits::Size,
    rebuild,
    rules::Checked,
    view::View,
};
use crate::{
    action::EventBody,
    id::{ActorId, ChangeHash, DocId},
    key::{EventId, Key},
    scalar::Scalar,
    sync::Digest,
};
use smol_str::SmolStr;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most stores that can ever write one document.
pub const MAX_ACTORS: usize = 200;

/// A change that passed the gate.
#[derive(Debug, Clone)]
pub struct Admitted {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number among that actor's changes of this document.
    pub seq: u64,
    /// When, by the writer's clock, seconds since 1970.
    pub time: i64,
    /// Its bytes: the canonical ones, equal to the input.
    pub bytes: Vec<u8>,
    pub(crate) change: automerge::Change,
}

/// Which changes are covered, as the last number seen of each actor (by its place in the actor table).
pub(crate) type Clock = Vec<u32>;

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) hash: ChangeHash,
    pub(super) actor: usize,
    pub(super) seq: u64,
    pub(super) max_op: u64,
    pub(super) time: i64,
    pub(super) clock: Clock,
    /// What the change says, in order: the input of policy.
    pub(super) ops: Vec<(SmolStr, Option<Scalar>)>,
    deps: Vec<usize>,
}

impl Entry {
    pub(super) fn is_covered_by(&self, clock: &Clock) -> bool {
        clock.get(self.actor).is_some_and(|seq| u64::from(*seq) >= self.seq)
    }
}

/// An event, read once: every fold asks for all of them.
#[derive(Debug, Clone)]
pub(super) struct Happened {
    pub(super) id: EventId,
    pub(super) order: OpId,
    pub(super) entry: usize,
    /// `None` for a type this version does not know, or with a moment that no clock can say.
    pub(super) body: Option<EventBody>,
}

/// The history of one document.
#[derive(Debug, Clone, Default)]
pub struct History {
    pub(super) doc: Option<DocId>,
    pub(super) entries: Vec<Entry>,
    pub(super) by_hash: HashMap<ChangeHash, usize>,
    pub(super) actors: Vec<ActorId>,
    /// By place in `actors`: the entry of the actor's last change.
    pub(super) last: Vec<usize>,
    pub(super) heads: BTreeSet<ChangeHash>,
    /// By key.
    pub(super) facts: BTreeMap<SmolStr, Fact>,
    /// In their causal order: by operation counter, then actor. The same on every device.
    pub(super) events: Vec<Happened>,
    /// By place in `actors`: how much each has written.
    sizes: Vec<Size>,
    digest: Digest,
}

impl History {
    /// An empty history, which will admit a document's first change.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets a change in, or says why not; then nothing has changed.
    ///
    /// # Errors
    /// [`GateError::AlreadyKnown`], [`GateError::MissingDependency`] and [`GateError::Forked`] ask for something to be done; every other
    /// error means that no honest program wrote these bytes.
    pub fn admit(&mut self, bytes: &[u8]) -> Result<Admitted, GateError> {
        self.admit_candidate(Candidate::read(bytes)?)
    }

    /// Lets in a change that has been parsed already; the same as [`Self::admit`] of its bytes.
    ///
    /// # Errors
    /// As [`Self::admit`].
    pub fn admit_candidate(&mut self, candidate: Candidate<'_>) -> Result<Admitted, GateError> {
        let Candidate { bytes, parsed } = candidate;
        if self.by_hash.contains_key(&parsed.hash) {
            return Err(GateError::AlreadyKnown);
        }
        let checked = self.check(&parsed, bytes.len())?;
        let change = rebuild::rebuild(&parsed)?;
        if change.raw_bytes() != bytes {
            return Err(GateError::NotCanonical);
        }
        let admitted =
            Admitted { hash: parsed.hash, actor: parsed.actor, seq: parsed.seq, time: parsed.time, bytes: bytes.to_vec(), change };
        self.take_in(parsed, checked, bytes.len());
        Ok(admitted)
    }

    /// Lets in a change of which only the parts are known (out of a snapshot, or written here): its bytes are made here.
    pub(super) fn admit_parts(&mut self, mut parsed: Parsed) -> Result<Admitted, GateError> {
        parsed.check_size()?;
        let checked = self.check(&parsed, 0)?;
        let change = rebuild::rebuild(&parsed)?;
        parsed.hash = ChangeHash(change.hash().0);
        if self.by_hash.contains_key(&parsed.hash) {
            return Err(GateError::AlreadyKnown);
        }
        let bytes = change.raw_bytes().to_vec();
        let length = bytes.len();
        if length > chunk::MAX_CHANGE {
            return Err(GateError::TooLarge);
        }
        self.check_room(&parsed, length)?;
        let admitted = Admitted { hash: parsed.hash, actor: parsed.actor, seq: parsed.seq, time: parsed.time, bytes, change };
        self.take_in(parsed, checked, length);
        Ok(admitted)
    }

    /// Takes in a change that [`Self::admit`] let into this document before, from where this program has kept it since.
    ///
    /// Only for bytes out of this program's own database, stored there because `admit` answered `Ok` for this very document, and given back
    /// in the order in which they were admitted. Never for bytes that came over a line or out of a file somebody else could write: the rules
    /// that protect Automerge, and the comparison with the rebuilt change, are not repeated, and nothing restored may be applied to an
    /// Automerge document. What is left is what taking in itself relies on: the form, dependencies that are here, numbers that follow one
    /// another. So damaged rows give a [`GateError`] or another value in a field, never a panic.
    ///
    /// With a `hash`, the one stored beside the bytes, the bytes are only checked against its first four bytes, which they carry; without,
    /// it is worked out again.
    ///
    /// # Errors
    /// [`GateError`] for what can't have been admitted; then nothing has changed.
    pub fn restore(&mut self, hash: Option<&ChangeHash>, bytes: &[u8]) -> Result<(), GateError> {
        let parsed = match hash {
            Some(hash) => chunk::parse_known(bytes, hash)?,
            None => chunk::parse(bytes)?,
        };
        if self.by_hash.contains_key(&parsed.hash) {
            return Err(GateError::AlreadyKnown);
        }
        let checked = self.check_order(&parsed)?;
        self.take_in(parsed, checked, bytes.len());
        Ok(())
    }

    /// The document, once its first change is in.
    pub fn doc(&self) -> Option<DocId> {
        self.doc
    }

    /// Whether a change is in the history.
    pub fn contains(&self, hash: &ChangeHash) -> bool {
        self.by_hash.contains_key(hash)
    }

    /// The changes that nothing builds on yet, ascending.
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().copied().collect()
    }

    /// All changes, dependencies first.
    pub fn hashes(&self) -> impl Iterator<Item = &ChangeHash> {
        self.entries.iter().map(|e| &e.hash)
    }

    /// All changes by hash, writer and number, dependencies first.
    pub fn changes(&self) -> impl Iterator<Item = (&ChangeHash, ActorId, u64)> {
        self.entries.iter().map(|e| (&e.hash, self.actors[e.actor], e.seq))
    }

    /// All changes by writer and number, with the time that the writer's clock said (seconds since 1970), dependencies first.
    pub fn times(&self) -> impl Iterator<Item = (ActorId, u64, i64)> {
        self.entries.iter().map(|e| (self.actors[e.actor], e.seq, e.time))
    }

    /// How many changes.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether not even the first change is in.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// How much it holds.
    pub fn size(&self) -> Size {
        self.size_of(|_| true)
    }

    /// How much of it some of its writers have written.
    pub fn size_of(&self, of: impl Fn(&ActorId) -> bool) -> Size {
        let written = self.actors.iter().zip(&self.sizes).filter(|(actor, _)| of(actor));
        written.fold(Size::default(), |sum, (_, size)| sum.and(size))
    }

    /// The digest over all changes.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Every store that has written the document.
    pub fn actors(&self) -> &[ActorId] {
        &self.actors
    }

    /// Who wrote a change.
    pub fn author(&self, hash: &ChangeHash) -> Option<ActorId> {
        self.by_hash.get(hash).map(|e| self.actors[self.entries[*e].actor])
    }

    /// The number of an actor's last change; 0 for none.
    pub fn last_seq(&self, actor: &ActorId) -> u64 {
        self.actor_index(actor).map_or(0, |a| self.entries[self.last[a]].seq)
    }

    /// The history as the author of a change saw it just before writing, and what the change then did, in order.
    pub(crate) fn before(&self, hash: &ChangeHash) -> Option<(View<'_>, impl Iterator<Item = (&str, Option<&Scalar>)>)> {
        let entry = &self.entries[*self.by_hash.get(hash)?];
        let view = View::new(self, Some(self.join_clocks(&entry.deps)));
        Some((view, entry.ops.iter().map(|(k, v)| (k.as_str(), v.as_ref()))))
    }

    /// The history including a change and what its author had seen, but nothing concurrent.
    pub(crate) fn just_after(&self, hash: &ChangeHash) -> Option<View<'_>> {
        let entry = &self.entries[*self.by_hash.get(hash)?];
        Some(View::new(self, Some(entry.clock.clone())))
    }

    /// The whole history.
    pub(crate) fn now(&self) -> View<'_> {
        View::new(self, None)
    }

    pub(super) fn actor_index(&self, actor: &ActorId) -> Option<usize> {
        self.actors.iter().position(|a| a == actor)
    }

    pub(super) fn join_clocks(&self, entries: &[usize]) -> Clock {
        let mut clock = Clock::new();
        for e in entries {
            let other = &self.entries[*e].clock;
            if clock.len() < other.len() {
                clock.resize(other.len(), 0);
            }
            clock.iter_mut().zip(other).for_each(|(a, b)| *a = (*a).max(*b));
        }
        clock
    }

    pub(super) fn covered(&self, clock: &Clock, entry: usize) -> bool {
        self.entries[entry].is_covered_by(clock)
    }

    /// What a put wrote.
    pub(super) fn value(&self, row: &PutRow) -> Option<&Scalar> {
        self.entries.get(row.entry)?.ops.get(row.op)?.1.as_ref()
    }
}

impl History {
    fn take_in(&mut self, p: Parsed, checked: Checked, length: usize) {
        let entry = self.entries.len();
        let actor = self.actor_index(&p.actor).unwrap_or_else(|| {
            self.actors.push(p.actor);
            self.last.push(entry);
            self.sizes.push(Size { actors: 1, ..Size::default() });
            self.actors.len() - 1
        });
        self.last[actor] = entry;
        self.sizes[actor] = self.sizes[actor].and(&p.size(length));
        let mut clock = checked.clock;
        if clock.len() <= actor {
            clock.resize(actor + 1, 0);
        }
        clock[actor] = p.seq as u32;
        let max_op = p.start_op + p.ops.len() as u64 - 1;
        for (n, op) in p.ops.iter().enumerate() {
            let order = OpId { counter: p.start_op + n as u64, actor: p.actor };
            match Key::parse(&op.key) {
                Some(Key::Fact(_)) => {
                    let fact = self.facts.entry(op.key.clone()).or_default();
                    fact.take_in(op, order, actor, entry, n, &self.actors);
                }
                Some(Key::Event(id)) => {
                    let body = op.put.as_ref().and_then(EventBody::from_scalar).filter(EventBody::is_timely);
                    self.happened(Happened { id, order, entry, body });
                }
                // Only the first change has heads; they are read from there.
                Some(Key::Head(_)) | None => {}
            }
        }
        self.doc.get_or_insert_with(|| p.hash.doc_id());
        for dep in &p.deps {
            self.heads.remove(dep);
        }
        self.heads.insert(p.hash);
        self.by_hash.insert(p.hash, entry);
        self.digest.toggle(&p.hash);
        let ops = p.ops.into_iter().map(|op| (op.key, op.put)).collect();
        self.entries.push(Entry { hash: p.hash, actor, seq: p.seq, max_op, time: p.time, clock, ops, deps: checked.deps });
    }

    /// Nearly always the last one.
    fn happened(&mut self, event: Happened) {
        let at = match self.events.last() {
            Some(last) if last.order > event.order => self.events.partition_point(|e| e.order < event.order),
            _ => self.events.len(),
        };
        self.events.insert(at, event);
    }
}
