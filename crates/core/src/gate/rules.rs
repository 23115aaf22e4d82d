//! The rules that a change is checked against before it is let in.
//!
//! Each stands for damage seen when it was left out: docs/decisions/0007-gate.md.

use super::{
    GateError, History,
    chunk::{Op, OpId, Parsed},
    history::Clock,
    limits::{ADMITTED, Size},
};
use crate::{
    action::{MAX_EVENT, MAX_FACT},
    id::ActorId,
    key::{EventId, Key},
    model::head,
    scalar::Scalar,
    sync::MAX_TIME,
};

/// The longest value of a head, in bytes.
const MAX_HEAD: usize = 64;

/// What the checks worked out and taking in needs.
pub(super) struct Checked {
    pub(super) deps: Vec<usize>,
    pub(super) clock: Clock,
}

impl History {
    pub(super) fn check(&self, p: &Parsed, length: usize) -> Result<Checked, GateError> {
        self.check_room(p, length)?;
        let deps = self.check_deps(p)?;
        let own = self.check_actor(p, &deps)?;
        self.check_antichain(&deps, own)?;
        self.check_start(p, &deps)?;
        // Automerge's time column overflows beyond.
        if !(0..MAX_TIME).contains(&p.time) {
            return Err(GateError::BadTime);
        }
        let clock = self.join_clocks(&deps);
        self.check_ops(p, &clock)?;
        Ok(Checked { deps, clock })
    }

    /// Whether the record has room for it, whoever wrote it.
    pub(super) fn check_room(&self, p: &Parsed, length: usize) -> Result<(), GateError> {
        self.has_room(&ADMITTED, |_| true, &p.actor, &p.size(length))
    }

    /// Whether what some writers have written, and one of them is about to add, is within `most`.
    pub(super) fn has_room(&self, most: &Size, of: impl Fn(&ActorId) -> bool, by: &ActorId, more: &Size) -> Result<(), GateError> {
        let mut then = self.size_of(of).and(more);
        // Who has written it already goes on, however many they are.
        then.actors = if self.actor_index(by).is_none() { then.actors + 1 } else { 0 };
        if then.fits(most) { Ok(()) } else { Err(GateError::RecordFull) }
    }

    /// As much as taking a change in relies on: where it stands among the others, not what it says.
    /// What was let in once stays readable, also where less is let in today.
    pub(super) fn check_order(&self, p: &Parsed) -> Result<Checked, GateError> {
        let deps = self.check_deps(p)?;
        self.check_actor(p, &deps)?;
        self.check_start(p, &deps)?;
        let clock = self.join_clocks(&deps);
        Ok(Checked { deps, clock })
    }

    fn check_start(&self, p: &Parsed, deps: &[usize]) -> Result<(), GateError> {
        let start = 1 + deps.iter().map(|d| self.entries[*d].max_op).max().unwrap_or(0);
        let fits = p.start_op == start && start + p.ops.len() as u64 <= u64::from(u32::MAX);
        if fits { Ok(()) } else { Err(GateError::BadStart) }
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

    /// No dependency may be covered by another one; the actor's own previous change is exempt, because Automerge always
    /// names it.
    fn check_antichain(&self, deps: &[usize], own: Option<usize>) -> Result<(), GateError> {
        // A dependency covers itself. It is covered by another one if two of them know its writer that far.
        let mut seen: Vec<(u32, u32)> = vec![(0, 0); self.actors.len()];
        for dep in deps {
            for (seen, seq) in seen.iter_mut().zip(&self.entries[*dep].clock) {
                *seen = if *seq > seen.0 { (*seq, seen.0) } else { (seen.0, seen.1.max(*seq)) };
            }
        }
        let covered = |dep: &&usize| u64::from(seen[self.entries[**dep].actor].1) >= self.entries[**dep].seq;
        if deps.iter().filter(|dep| Some(**dep) != own).any(|dep| covered(&dep)) {
            return Err(GateError::BadDependencies);
        }
        Ok(())
    }

    fn check_ops(&self, p: &Parsed, clock: &Clock) -> Result<(), GateError> {
        let mut keys: Vec<&str> = p.ops.iter().map(|op| op.key.as_str()).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(GateError::BadKey);
        }
        for (n, op) in p.ops.iter().enumerate() {
            match Key::parse(&op.key).ok_or(GateError::BadKey)? {
                Key::Head(name) => self.check_head(name, op)?,
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
        // Later changes have no heads at all: `check_head` sees to that.
        let heads = || keys.iter().filter_map(|key| key.strip_prefix("h."));
        let complete = !self.entries.is_empty() || head::ALL.iter().all(|name| heads().any(|key| key == *name));
        if complete { Ok(()) } else { Err(GateError::BadHead) }
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
    /// again: it takes away all the others and is allowed for nothing else. Programs of the first release choose so.
    fn check_fact(&self, op: &Op, clock: &Clock) -> Result<(), GateError> {
        let rows = self.facts.get(&op.key).into_iter().flat_map(|fact| fact.visible(&self.entries, clock));
        let mut visible: Vec<OpId> = rows.map(|row| row.id).collect();
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
}
