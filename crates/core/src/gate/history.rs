//! The side table of one document: what has been admitted, who saw what, and which values are visible.
//!
//! It answers every question the gate asks without loading the document, and it is what the fold reads.

use super::{
    GateError,
    chunk::{self, Op, OpId, Parsed},
    rebuild,
};
use crate::{
    action::{MAX_EVENT, MAX_FACT},
    id::{ActorId, ChangeHash, DocId},
    key::{EventId, Key},
    model::head,
    scalar::Scalar,
    sync::Digest,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// The most stores that can ever write one document.
pub const MAX_ACTORS: usize = 500;
/// The most changes one document can have.
pub const MAX_CHANGES: usize = 10_000;
/// Times must be below this (2^42 s): Automerge's time column overflows beyond it.
const MAX_TIME: i64 = 1 << 42;
/// The longest value of a head, in bytes.
const MAX_HEAD: usize = 64;

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
struct Entry {
    hash: ChangeHash,
    actor: usize,
    seq: u64,
    max_op: u64,
    time: i64,
    clock: Clock,
    /// What the change says, in order: the input of policy.
    ops: Vec<(String, Option<Scalar>)>,
    deps: Vec<usize>,
}

/// A put on a key, and which changes have overwritten it.
#[derive(Debug, Clone)]
struct PutRow {
    id: OpId,
    entry: usize,
    value: Scalar,
    overwritten_by: Vec<usize>,
}

/// A visible value of a fact or head.
#[derive(Debug, Clone, Copy)]
pub struct FactRow<'a> {
    /// The value.
    pub value: &'a Scalar,
    /// Who wrote it.
    pub actor: ActorId,
    /// When, by the writer's clock, seconds since 1970.
    pub time: i64,
}

/// An event with what its author had seen.
#[derive(Debug, Clone, Copy)]
pub struct EventRow<'a> {
    /// Which.
    pub id: EventId,
    /// Its value.
    pub value: &'a Scalar,
    /// When, by the writer's clock, seconds since 1970.
    pub time: i64,
    entry: usize,
    order: OpId,
}

/// The history of one document.
#[derive(Debug, Clone, Default)]
pub struct History {
    doc: Option<DocId>,
    entries: Vec<Entry>,
    by_hash: HashMap<ChangeHash, usize>,
    actors: Vec<ActorId>,
    /// By place in `actors`: the entry of the actor's last change.
    last: Vec<usize>,
    heads: BTreeSet<ChangeHash>,
    puts: BTreeMap<String, Vec<PutRow>>,
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
        let parsed = chunk::parse(bytes)?;
        if self.by_hash.contains_key(&parsed.hash) {
            return Err(GateError::AlreadyKnown);
        }
        let checked = self.check(&parsed)?;
        let change = rebuild::rebuild(&parsed)?;
        if change.raw_bytes() != bytes {
            return Err(GateError::NotCanonical);
        }
        let admitted =
            Admitted { hash: parsed.hash, actor: parsed.actor, seq: parsed.seq, time: parsed.time, bytes: bytes.to_vec(), change };
        self.take_in(parsed, checked);
        Ok(admitted)
    }

    /// Lets in a change of which only the parts are known (out of a snapshot): its bytes are made here.
    pub(super) fn admit_parts(&mut self, mut parsed: Parsed) -> Result<Admitted, GateError> {
        let checked = self.check(&parsed)?;
        let change = rebuild::rebuild(&parsed)?;
        parsed.hash = ChangeHash(change.hash().0);
        if self.by_hash.contains_key(&parsed.hash) {
            return Err(GateError::AlreadyKnown);
        }
        let bytes = change.raw_bytes().to_vec();
        if bytes.len() > chunk::MAX_CHANGE {
            return Err(GateError::TooLarge);
        }
        let admitted = Admitted { hash: parsed.hash, actor: parsed.actor, seq: parsed.seq, time: parsed.time, bytes, change };
        self.take_in(parsed, checked);
        Ok(admitted)
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

    /// How many changes.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether not even the first change is in.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
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
        let view = View { history: self, clock: Some(self.join_clocks(&entry.deps)) };
        Some((view, entry.ops.iter().map(|(k, v)| (k.as_str(), v.as_ref()))))
    }

    /// The history including a change and what its author had seen, but nothing concurrent.
    pub(crate) fn just_after(&self, hash: &ChangeHash) -> Option<View<'_>> {
        let entry = &self.entries[*self.by_hash.get(hash)?];
        Some(View { history: self, clock: Some(entry.clock.clone()) })
    }

    /// The whole history.
    pub(crate) fn now(&self) -> View<'_> {
        View { history: self, clock: None }
    }

    fn actor_index(&self, actor: &ActorId) -> Option<usize> {
        self.actors.iter().position(|a| a == actor)
    }

    fn join_clocks(&self, entries: &[usize]) -> Clock {
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

    fn covered(&self, clock: &Clock, entry: usize) -> bool {
        let e = &self.entries[entry];
        clock.get(e.actor).is_some_and(|seq| u64::from(*seq) >= e.seq)
    }

    fn visible<'a>(&'a self, key: &str, clock: &'a Clock) -> impl Iterator<Item = &'a PutRow> {
        self.puts
            .get(key)
            .into_iter()
            .flatten()
            .filter(move |row| self.covered(clock, row.entry) && !row.overwritten_by.iter().any(|by| self.covered(clock, *by)))
    }
}

/// What the checks worked out and taking in needs.
struct Checked {
    deps: Vec<usize>,
    clock: Clock,
}

// The rules. Each stands for damage seen when it was left out: docs/decisions/0007-gate.md.
impl History {
    fn check(&self, p: &Parsed) -> Result<Checked, GateError> {
        if self.entries.len() >= MAX_CHANGES {
            return Err(GateError::TooMany);
        }
        let deps = self.check_deps(p)?;
        let own = self.check_actor(p, &deps)?;
        self.check_antichain(&deps, own)?;
        let start = 1 + deps.iter().map(|d| self.entries[*d].max_op).max().unwrap_or(0);
        if p.start_op != start || start + p.ops.len() as u64 > u64::from(u32::MAX) {
            return Err(GateError::BadStart);
        }
        if !(0..MAX_TIME).contains(&p.time) {
            return Err(GateError::BadTime);
        }
        let clock = self.join_clocks(&deps);
        self.check_ops(p, &clock)?;
        Ok(Checked { deps, clock })
    }

    /// Strictly ascending, all known; none only for the document's first change.
    fn check_deps(&self, p: &Parsed) -> Result<Vec<usize>, GateError> {
        if p.deps.is_empty() != self.entries.is_empty() {
            // A second beginning is a change of some other document; a later change without its document waits for it.
            return Err(if p.deps.is_empty() { GateError::WrongDocument } else { GateError::MissingDependency });
        }
        if !p.deps.is_sorted_by(|a, b| a < b) {
            return Err(GateError::BadDependencies);
        }
        p.deps.iter().map(|d| self.by_hash.get(d).copied().ok_or(GateError::MissingDependency)).collect()
    }

    /// The next number of this actor, with the actor's previous change among the dependencies. Answers that previous change.
    fn check_actor(&self, p: &Parsed, deps: &[usize]) -> Result<Option<usize>, GateError> {
        let Some(actor) = self.actor_index(&p.actor) else {
            if self.actors.len() >= MAX_ACTORS {
                return Err(GateError::TooMany);
            }
            return if p.seq == 1 { Ok(None) } else { Err(GateError::MissingDependency) };
        };
        let last = self.last[actor];
        let next = self.entries[last].seq + 1;
        match p.seq.cmp(&next) {
            std::cmp::Ordering::Less if p.seq == 0 => Err(GateError::BadSequence),
            std::cmp::Ordering::Less => Err(GateError::Forked),
            std::cmp::Ordering::Greater => Err(GateError::MissingDependency),
            std::cmp::Ordering::Equal if deps.contains(&last) => Ok(Some(last)),
            std::cmp::Ordering::Equal => Err(GateError::BadSequence),
        }
    }

    /// No dependency may be covered by another one; the actor's own previous change is exempt, because Automerge always names it.
    fn check_antichain(&self, deps: &[usize], own: Option<usize>) -> Result<(), GateError> {
        for a in deps.iter().filter(|d| Some(**d) != own) {
            if deps.iter().any(|b| a != b && self.covered(&self.entries[*b].clock, *a)) {
                return Err(GateError::BadDependencies);
            }
        }
        Ok(())
    }

    fn check_ops(&self, p: &Parsed, clock: &Clock) -> Result<(), GateError> {
        let mut keys = BTreeSet::new();
        for (n, op) in p.ops.iter().enumerate() {
            if !keys.insert(op.key.as_str()) {
                return Err(GateError::BadKey);
            }
            match Key::parse(&op.key).ok_or(GateError::BadKey)? {
                Key::Head(name) => self.check_head(&name, op)?,
                Key::Event(id) => {
                    if id != (EventId { actor: p.actor, seq: p.seq, n: n as u32 }) {
                        return Err(GateError::BadKey);
                    }
                    if !op.preds.is_empty() {
                        return Err(GateError::BadPredecessors);
                    }
                    match &op.put {
                        Some(Scalar::Str(s)) if s.len() <= MAX_EVENT => {}
                        _ => return Err(GateError::BadValue),
                    }
                }
                Key::Fact(_) => self.check_fact(op, clock)?,
            }
        }
        let first = self.entries.is_empty();
        if first && !head::ALL.iter().all(|name| keys.contains(format!("h.{name}").as_str())) {
            return Err(GateError::BadHead);
        }
        Ok(())
    }

    fn check_head(&self, name: &str, op: &Op) -> Result<(), GateError> {
        if !self.entries.is_empty() || !op.preds.is_empty() {
            return Err(GateError::BadHead);
        }
        let fits = match (name, &op.put) {
            (head::SCHEMA, Some(Scalar::Int(v))) => (1..=i64::from(u16::MAX)).contains(v),
            (head::CREATED_AT, Some(Scalar::Int(t))) => (0..MAX_TIME).contains(t),
            (head::SCHEMA | head::CREATED_AT, _) => false,
            (_, Some(Scalar::Str(s))) => !s.is_empty() && s.len() <= MAX_HEAD,
            _ => false,
        };
        if fits { Ok(()) } else { Err(GateError::BadHead) }
    }

    /// Predecessors are exactly what the author saw. A delete is what Automerge emits when a value that already wins a conflict is put
    /// again: it takes away all the others and is allowed for nothing else.
    fn check_fact(&self, op: &Op, clock: &Clock) -> Result<(), GateError> {
        let mut visible: Vec<OpId> = self.visible(&op.key, clock).map(|row| row.id).collect();
        visible.sort_unstable();
        match &op.put {
            Some(value) if value.byte_len() > MAX_FACT => return Err(GateError::BadValue),
            Some(_) => {}
            None if visible.len() < 2 => return Err(GateError::BadPredecessors),
            None => {
                visible.pop();
            }
        }
        if op.preds == visible { Ok(()) } else { Err(GateError::BadPredecessors) }
    }

    fn take_in(&mut self, p: Parsed, checked: Checked) {
        let entry = self.entries.len();
        let actor = self.actor_index(&p.actor).unwrap_or_else(|| {
            self.actors.push(p.actor);
            self.last.push(entry);
            self.actors.len() - 1
        });
        self.last[actor] = entry;
        let mut clock = checked.clock;
        if clock.len() <= actor {
            clock.resize(actor + 1, 0);
        }
        clock[actor] = p.seq as u32;
        let max_op = p.start_op + p.ops.len() as u64 - 1;
        for (n, op) in p.ops.iter().enumerate() {
            let rows = self.puts.entry(op.key.clone()).or_default();
            rows.iter_mut().filter(|row| op.preds.contains(&row.id)).for_each(|row| row.overwritten_by.push(entry));
            if let Some(value) = &op.put {
                let id = OpId { counter: p.start_op + n as u64, actor: p.actor };
                rows.push(PutRow { id, entry, value: value.clone(), overwritten_by: Vec::new() });
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
}

/// A history as somebody saw it: everything, or what a clock covers.
pub(crate) struct View<'a> {
    history: &'a History,
    clock: Option<Clock>,
}

impl<'a> View<'a> {
    fn sees(&self, entry: usize) -> bool {
        self.clock.as_ref().is_none_or(|clock| self.history.covered(clock, entry))
    }

    /// The document.
    pub(crate) fn doc(&self) -> Option<DocId> {
        self.history.doc
    }

    /// Who wrote the first change.
    pub(crate) fn creator(&self) -> Option<ActorId> {
        self.history.entries.first().map(|e| self.history.actors[e.actor])
    }

    /// The visible values of a key, the winner first.
    pub(crate) fn values(&self, key: &str) -> Vec<FactRow<'a>> {
        let rows = self.history.puts.get(key).map(Vec::as_slice).unwrap_or_default();
        let mut rows: Vec<&PutRow> =
            rows.iter().filter(|row| self.sees(row.entry) && !row.overwritten_by.iter().any(|by| self.sees(*by))).collect();
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
        let fact = |row: &&'a PutRow| FactRow { value: &row.value, actor: row.id.actor, time: self.history.entries[row.entry].time };
        rows.iter().map(fact).collect()
    }

    /// The keys of all facts, ascending, with their visible values.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'a str, Vec<FactRow<'a>>)> {
        let keys = self.history.puts.keys().filter_map(|k| Some((k.strip_prefix("f.")?, k)));
        keys.map(|(name, key)| (name, self.values(key))).filter(|(_, values)| !values.is_empty())
    }

    /// All events in causal order: by operation counter, then actor. The same on every device.
    pub(crate) fn events(&self) -> Vec<EventRow<'a>> {
        let mut out: Vec<EventRow<'a>> = Vec::new();
        for (key, rows) in self.history.puts.range("e.".to_owned().."e/".to_owned()) {
            let (Some(Key::Event(id)), Some(row)) = (Key::parse(key), rows.first()) else { continue };
            if self.sees(row.entry) {
                let time = self.history.entries[row.entry].time;
                out.push(EventRow { id, value: &row.value, time, entry: row.entry, order: row.id });
            }
        }
        out.sort_unstable_by_key(|e| e.order);
        out
    }

    /// Whether the author of `later` had seen `earlier` (an event of the same change counts as seen if it comes first).
    pub(crate) fn saw(&self, later: &EventRow<'_>, earlier: &EventRow<'_>) -> bool {
        if later.entry == earlier.entry {
            return earlier.order < later.order;
        }
        self.history.covered(&self.history.entries[later.entry].clock, earlier.entry)
    }
}
