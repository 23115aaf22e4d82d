//! The values of one fact, and who of those that wrote it has seen which.
//!
//! A record may hold thousands of values of one fact, so no question is answered by going through all of them: of one
//! writer only the last value that somebody has seen can count for them, because it took the place of the writer's
//! earlier ones.

use super::{
    chunk::{Op, OpId},
    history::{Clock, Entry},
};

/// A put on a fact, and which changes have overwritten it.
#[derive(Debug, Clone)]
pub(super) struct PutRow {
    pub(super) id: OpId,
    pub(super) entry: usize,
    /// Its place among the operations of the entry, where the value is.
    pub(super) op: usize,
    /// At most one change of each writer: who has overwritten it no longer sees it.
    overwritten_by: Vec<usize>,
}

/// The puts of one writer, by place in [`Fact::rows`], ascending.
#[derive(Debug, Clone)]
struct Writer {
    actor: usize,
    rows: Vec<u32>,
}

/// All values that one fact has had.
#[derive(Debug, Clone, Default)]
pub(super) struct Fact {
    rows: Vec<PutRow>,
    writers: Vec<Writer>,
    /// What nothing has overwritten.
    current: Vec<u32>,
}

impl Fact {
    /// What is visible to somebody who has seen everything.
    pub(super) fn current(&self) -> impl Iterator<Item = &PutRow> {
        self.current.iter().filter_map(|row| self.rows.get(*row as usize))
    }

    /// What is visible to somebody who has seen what `clock` covers.
    pub(super) fn visible<'a>(&'a self, entries: &'a [Entry], clock: &Clock) -> impl Iterator<Item = &'a PutRow> {
        self.writers.iter().filter_map(move |writer| {
            let seen = u64::from(*clock.get(writer.actor)?);
            let upto = writer.rows.partition_point(|row| entries[self.rows[*row as usize].entry].seq <= seen);
            let last = &self.rows[writer.rows[upto.checked_sub(1)?] as usize];
            let gone = last.overwritten_by.iter().any(|by| entries[*by].is_covered_by(clock));
            (!gone).then_some(last)
        })
    }

    /// Takes in an operation of a change: the place `op` among those of `entry`, which `actor` wrote.
    pub(super) fn take_in(&mut self, op: &Op, id: OpId, actor: usize, entry: usize, place: usize, actors: &[crate::ActorId]) {
        for pred in &op.preds {
            let Some(row) = self.find(pred, actors) else { continue };
            self.rows[row as usize].overwritten_by.push(entry);
            self.current.retain(|current| *current != row);
        }
        if op.put.is_none() {
            return;
        }
        let row = self.rows.len() as u32;
        self.rows.push(PutRow { id, entry, op: place, overwritten_by: Vec::new() });
        self.current.push(row);
        match self.writers.iter_mut().find(|writer| writer.actor == actor) {
            Some(writer) => writer.rows.push(row),
            None => self.writers.push(Writer { actor, rows: vec![row] }),
        }
    }

    fn find(&self, id: &OpId, actors: &[crate::ActorId]) -> Option<u32> {
        let rows = &self.writers.iter().find(|writer| actors[writer.actor] == id.actor)?.rows;
        let at = rows.binary_search_by_key(&id.counter, |row| self.rows[*row as usize].id.counter).ok()?;
        rows.get(at).copied()
    }
}
