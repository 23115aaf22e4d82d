//! The rules that a change is held against before it is let in.
//!
//! Each stands for damage seen when it was left out: docs/decisions/0007-gate.md.

use super::{
    GateError, History, MAX_ACTORS, MAX_CHANGES,
    chunk::{Op, OpId, Parsed},
    history::Clock,
};
use crate::{
    action::{MAX_EVENT, MAX_FACT},
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
    pub(super) fn check(&self, p: &Parsed) -> Result<Checked, GateError> {
        if self.entries.len() >= MAX_CHANGES {
            return Err(GateError::TooMany);
        }
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

    /// As much as taking a change in relies on: where it stands among the others, not what it says.
    pub(super) fn check_order(&self, p: &Parsed) -> Result<Checked, GateError> {
        if self.entries.len() >= MAX_CHANGES {
            return Err(GateError::TooMany);
        }
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
}
