//! The events of one document with what each author had seen: what every part of the fold asks.

use crate::{
    action::EventBody,
    gate::{EventRow, FirstOf, SeenBy, View},
    model::{Mark, Matter, NeedsEyes, NeedsEyesReason},
};

/// An event.
pub(super) struct Folded<'a> {
    pub row: EventRow<'a>,
    /// `None` for a type this version does not know, or with a moment that no clock can say.
    pub body: Option<&'a EventBody>,
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
        self.body.is_some_and(sort)
    }
}

/// All events in their causal order.
pub(super) struct Events<'v, 'a> {
    view: &'v View<'a>,
    all: Vec<Folded<'a>>,
}

impl<'v, 'a> Events<'v, 'a> {
    pub fn new(view: &'v View<'a>) -> Self {
        Self { view, all: view.events().map(|row| Folded { row, body: row.body }).collect() }
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
        later.row.id != earlier.row.id && self.view.saw(&later.row, &earlier.row)
    }

    /// Which events the authors of some had seen.
    pub fn seen_by<'e>(&self, events: impl IntoIterator<Item = &'e Folded<'e>>) -> SeenBy<'a> {
        self.view.seen_by(events.into_iter().map(|f| &f.row))
    }

    /// What it takes to have seen one of some events.
    pub fn first_of<'e>(&self, events: impl IntoIterator<Item = &'e Folded<'e>>) -> FirstOf<'a> {
        self.view.first_of(events.into_iter().map(|f| &f.row))
    }

    /// The events of a group that no later event of the group has seen: at most one of each writer.
    pub fn in_force(&self, group: impl Fn(&Folded<'a>) -> bool) -> Vec<&Folded<'a>> {
        let mut of_group: Vec<_> = self.all.iter().filter(|f| group(f)).collect();
        let seen = self.seen_by(of_group.iter().copied());
        of_group.retain(|f| !seen.covers(&f.row));
        of_group
    }
}

/// Notes that events cannot both hold.
pub(super) fn disagree<'e, 'a: 'e>(matter: &mut Matter, reason: NeedsEyesReason, events: impl IntoIterator<Item = &'e Folded<'a>>) {
    matter.needs_eyes.push(NeedsEyes { reason, events: events.into_iter().map(Folded::id).collect() });
}
