//! A history as somebody saw it: the input of the fold.

use super::{
    History,
    chunk::OpId,
    history::{Clock, PutRow},
};
use crate::{
    id::{ActorId, DocId},
    key::{EventId, Key},
    scalar::Scalar,
};
use smol_str::SmolStr;
use std::ops::Bound;

/// A visible value of a fact.
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

/// Everything, or what a clock covers.
pub(crate) struct View<'a> {
    history: &'a History,
    clock: Option<Clock>,
}

impl<'a> View<'a> {
    pub(super) fn new(history: &'a History, clock: Option<Clock>) -> Self {
        Self { history, clock }
    }

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

    /// The value of a head: only the first change writes them, once.
    pub(crate) fn head(&self, name: &str) -> Option<&'a Scalar> {
        let first = self.history.entries.first().filter(|_| self.sees(0))?;
        first.ops.iter().find(|(key, _)| key.strip_prefix("h.") == Some(name))?.1.as_ref()
    }

    /// The keys from `from` up to `to`, ascending, with all puts on them.
    fn of_kind(&self, from: &str, to: &str) -> impl Iterator<Item = (&'a SmolStr, &'a Vec<PutRow>)> + use<'a> {
        self.history.puts.range::<str, _>((Bound::Included(from), Bound::Excluded(to)))
    }

    /// The visible ones of a key's values, the winner first.
    fn values(&self, rows: &'a [PutRow]) -> Vec<FactRow<'a>> {
        let mut rows: Vec<&PutRow> =
            rows.iter().filter(|row| self.sees(row.entry) && !row.overwritten_by.iter().any(|by| self.sees(*by))).collect();
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
        let fact = |row: &&'a PutRow| {
            Some(FactRow { value: self.history.value(row)?, actor: row.id.actor, time: self.history.entries[row.entry].time })
        };
        rows.iter().filter_map(fact).collect()
    }

    /// The keys of all facts, ascending, with their visible values.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'a str, Vec<FactRow<'a>>)> {
        let of_facts = self.of_kind("f.", "f/");
        let named = of_facts.filter_map(|(key, rows)| Some((key.strip_prefix("f.")?, self.values(rows))));
        named.filter(|(_, values)| !values.is_empty())
    }

    /// All events in causal order: by operation counter, then actor. The same on every device.
    pub(crate) fn events(&self) -> Vec<EventRow<'a>> {
        let mut out: Vec<EventRow<'a>> = Vec::new();
        for (key, rows) in self.of_kind("e.", "e/") {
            let (Some(Key::Event(id)), Some(row)) = (Key::parse(key), rows.first()) else { continue };
            if self.sees(row.entry)
                && let Some(value) = self.history.value(row)
            {
                let time = self.history.entries[row.entry].time;
                out.push(EventRow { id, value, time, entry: row.entry, order: row.id });
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
