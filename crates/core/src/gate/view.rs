//! A history as somebody saw it: the input of the fold.

use super::{
    History,
    chunk::OpId,
    facts::{Fact, PutRow},
    history::Clock,
};
use crate::{
    action::EventBody,
    id::{ActorId, DocId},
    key::EventId,
    scalar::Scalar,
};

/// A visible value of a fact.
#[derive(Debug, Clone, Copy)]
pub(crate) struct FactRow<'a> {
    /// The value.
    pub value: &'a Scalar,
    /// Who wrote it.
    pub actor: ActorId,
    /// When, by the writer's clock, seconds since 1970.
    pub time: i64,
}

/// An event, with which the view says what its author had seen.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EventRow<'a> {
    /// Which.
    pub id: EventId,
    /// What; `None` for a type this version does not know, or with a moment that no clock can say.
    pub body: Option<&'a EventBody>,
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

    /// The keys of all facts, ascending, with their visible values, the winner first.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (&'a str, Vec<FactRow<'a>>)> {
        let named = self.history.facts.iter();
        let named = named.filter_map(|(key, fact)| Some((key.strip_prefix("f.")?, self.values(fact))));
        named.filter(|(_, values)| !values.is_empty())
    }

    fn values(&self, fact: &'a Fact) -> Vec<FactRow<'a>> {
        let entries = &self.history.entries;
        let mut rows: Vec<&'a PutRow> = match &self.clock {
            Some(clock) => fact.visible(entries, clock).collect(),
            None => fact.current().collect(),
        };
        rows.sort_unstable_by_key(|row| std::cmp::Reverse(row.id));
        let read = |row: &'a PutRow| {
            let value = self.history.value(row)?;
            Some(FactRow { value, actor: row.id.actor, time: entries[row.entry].time })
        };
        rows.into_iter().filter_map(read).collect()
    }

    /// All events in causal order: by operation counter, then actor. The same on every device.
    pub(crate) fn events(&self) -> impl Iterator<Item = EventRow<'a>> {
        let seen = self.history.events.iter().filter(|e| self.sees(e.entry));
        seen.map(|e| EventRow { id: e.id, body: e.body.as_ref(), time: self.history.entries[e.entry].time, entry: e.entry, order: e.order })
    }

    /// Whether the author of `later` had seen `earlier` (an event of the same change counts as seen if it comes first).
    pub(crate) fn saw(&self, later: &EventRow<'_>, earlier: &EventRow<'_>) -> bool {
        if later.entry == earlier.entry {
            return earlier.order < later.order;
        }
        self.history.covered(&self.history.entries[later.entry].clock, earlier.entry)
    }

    /// Which events the authors of some had seen, so that it can be asked of each event without going through them.
    pub(crate) fn seen_by<'e>(&self, events: impl IntoIterator<Item = &'e EventRow<'e>>) -> SeenBy<'a> {
        let entries = &self.history.entries;
        let mut known = vec![Known::default(); self.history.actors.len()];
        for event in events {
            let own = &mut known[entries[event.entry].actor].own;
            *own = Some((event.entry, event.order)).max(*own);
        }
        // A writer's later change has seen all that the earlier ones had, so the last of each says everything.
        for actor in 0..known.len() {
            let Some((entry, _)) = known[actor].own else { continue };
            for (of, seq) in entries[entry].clock.iter().enumerate().filter(|(of, _)| *of != actor) {
                known[of].others = (*seq).max(known[of].others);
            }
        }
        SeenBy { history: self.history, known }
    }

    /// What it takes to have seen one of some events.
    pub(crate) fn first_of<'e>(&self, events: impl IntoIterator<Item = &'e EventRow<'e>>) -> FirstOf<'a> {
        let mut first = FirstOf { history: self.history, first: vec![None; self.history.actors.len()] };
        for event in events {
            let entry = &self.history.entries[event.entry];
            let earliest = first.first[entry.actor].get_or_insert((entry.seq, event.order));
            *earliest = (entry.seq, event.order).min(*earliest);
        }
        first
    }
}

/// How far a writer is known to some events: to those of others, and by the writer's own last one.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    /// A number of a change.
    others: u32,
    /// Its entry, and itself.
    own: Option<(usize, OpId)>,
}

/// Which events the authors of some events had seen.
pub(crate) struct SeenBy<'a> {
    history: &'a History,
    /// By actor.
    known: Vec<Known>,
}

impl SeenBy<'_> {
    /// Whether the author of one of them had seen `earlier`.
    pub(crate) fn covers(&self, earlier: &EventRow<'_>) -> bool {
        let entry = &self.history.entries[earlier.entry];
        let known = self.known.get(entry.actor).copied().unwrap_or_default();
        u64::from(known.others) >= entry.seq || known.own.is_some_and(|own| own > (earlier.entry, earlier.order))
    }
}

/// The first of some events by each writer.
pub(crate) struct FirstOf<'a> {
    history: &'a History,
    /// By actor: number of the change, and the event.
    first: Vec<Option<(u64, OpId)>>,
}

impl FirstOf<'_> {
    /// Whether the author of `later` had seen one of them.
    pub(crate) fn seen_by(&self, later: &EventRow<'_>) -> bool {
        let entry = &self.history.entries[later.entry];
        self.first.iter().zip(&entry.clock).enumerate().any(|(actor, (first, clock))| {
            first.is_some_and(|(seq, order)| match (actor == entry.actor, u64::from(*clock)) {
                (true, own) if seq == own => order < later.order,
                (_, known) => known >= seq,
            })
        })
    }
}
