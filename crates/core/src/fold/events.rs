//! The events of one document with what each author had seen: what every part of the fold asks.

use crate::{
    action::EventBody,
    gate::{EventRow, View},
    model::{Mark, Matter, NeedsEyes, NeedsEyesReason},
};

/// An event, read.
pub(super) struct Folded<'a> {
    pub row: &'a EventRow<'a>,
    /// `None` for a type this version does not know, or with a moment that no clock can say.
    pub body: Option<EventBody>,
}

impl Folded<'_> {
    pub fn id(&self) -> String {
        self.row.id.to_string()
    }

    pub fn mark(&self) -> Mark {
        Mark { event: self.id(), at: self.row.time }
    }

    /// Whether the event is known and of this sort.
    pub fn is(&self, sort: impl Fn(&EventBody) -> bool) -> bool {
        self.body.as_ref().is_some_and(sort)
    }
}

/// All events in their causal order.
pub(super) struct Events<'v, 'a> {
    view: &'v View<'a>,
    all: Vec<Folded<'a>>,
}

impl<'v, 'a> Events<'v, 'a> {
    pub fn new(view: &'v View<'a>, rows: &'a [EventRow<'a>]) -> Self {
        let read = |row: &'a EventRow<'a>| Folded { row, body: EventBody::from_scalar(row.value).filter(EventBody::is_timely) };
        Self { view, all: rows.iter().map(read).collect() }
    }

    pub fn all(&self) -> &[Folded<'a>] {
        &self.all
    }

    /// Events of a sort, in order.
    pub fn of<'e>(&'e self, sort: impl Fn(&EventBody) -> bool + 'e) -> impl Iterator<Item = &'e Folded<'a>> {
        self.all.iter().filter(move |f| f.is(&sort))
    }

    /// Whether the author of `later` had seen `earlier`.
    pub fn saw(&self, later: &Folded<'_>, earlier: &Folded<'_>) -> bool {
        later.row.id != earlier.row.id && self.view.saw(later.row, earlier.row)
    }

    /// The events of a group that no later event of the group has seen.
    pub fn in_force(&self, group: impl Fn(&Folded<'a>) -> bool) -> Vec<&Folded<'a>> {
        let of_group: Vec<_> = self.all.iter().filter(|f| group(f)).collect();
        of_group.iter().copied().filter(|e| !of_group.iter().any(|later| self.saw(later, e))).collect()
    }
}

/// Notes that events cannot both hold.
pub(super) fn disagree<'e, 'a: 'e>(matter: &mut Matter, reason: NeedsEyesReason, events: impl IntoIterator<Item = &'e Folded<'a>>) {
    matter.needs_eyes.push(NeedsEyes { reason, events: events.into_iter().map(Folded::id).collect() });
}
