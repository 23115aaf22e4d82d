//! Changes of this device's own, made from the side table: byte for byte what Automerge would commit for the same puts, without loading a
//! document into it; only choosing one of several values differs, see `op` below. `tests/own.rs` compares the two over
//! random concurrent histories.

use super::{
    Admitted, GateError, History,
    chunk::{Op, OpId, Parsed},
    facts::Fact,
    limits::{SHARE, STORED},
};
use crate::{
    id::{ActorId, ChangeHash},
    scalar::Scalar,
};
use smol_str::SmolStr;

impl History {
    /// Commits puts as one change that builds on everything in the history. It goes through the gate like any other: what the server would
    /// refuse is refused before it is called saved. `None` if the puts change nothing.
    ///
    /// # Errors
    /// The first [`GateError`]; then nothing has changed.
    pub(crate) fn commit(&mut self, actor: ActorId, time: i64, puts: Vec<(SmolStr, Scalar)>) -> Result<Option<Admitted>, GateError> {
        let ops: Vec<Op> = puts.into_iter().filter_map(|(key, value)| self.op(key, value)).collect();
        if ops.is_empty() {
            return Ok(None);
        }
        let parsed = Parsed {
            hash: ChangeHash([0; 32]),
            actor,
            seq: self.last_seq(&actor) + 1,
            start_op: 1 + self.entries.iter().map(|e| e.max_op).max().unwrap_or(0),
            time,
            deps: self.deps_of_next(&actor),
            ops,
        };
        // Writing ends where the server would refuse. What else this device wrote under other names it does not know.
        let size = parsed.size(0);
        self.has_room(&STORED, |_| true, &actor, &size)?;
        self.has_room(&SHARE, |other| *other == actor, &actor, &size)?;
        self.admit_parts(parsed).map(Some)
    }

    /// The heads, and the actor's previous change even where others build on it: Automerge always names that one.
    fn deps_of_next(&self, actor: &ActorId) -> Vec<ChangeHash> {
        let mut deps = self.heads.clone();
        deps.extend(self.actor_index(actor).map(|a| self.entries[self.last[a]].hash));
        deps.into_iter().collect()
    }

    /// What a put comes to: nothing if the value is there already and no other.
    ///
    /// Where the value is the one that wins a conflict, Automerge would only end the others. That says nothing of who chose, and when somebody
    /// else chooses another one at the same time, theirs would stand alone as if nobody had disagreed. So a choice is always a value of its own.
    fn op(&self, key: SmolStr, value: Scalar) -> Option<Op> {
        let rows = self.facts.get(&key).into_iter().flat_map(Fact::current);
        let mut visible: Vec<(OpId, Option<&Scalar>)> = rows.map(|row| (row.id, self.value(row))).collect();
        visible.sort_unstable_by_key(|(id, _)| *id);
        if let [(_, Some(only))] = visible[..]
            && *only == value
        {
            return None;
        }
        let preds = visible.iter().map(|(id, _)| *id).collect();
        Some(Op { key, put: Some(value), preds })
    }
}
