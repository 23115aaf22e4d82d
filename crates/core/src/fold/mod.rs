//! From facts and events to the present state: pure, total, the same for every order of delivery.
//!
//! No clock decides anything. An event is *in force* unless a later event of its group saw it; when several are in force and disagree,
//! both stay, the cautious state holds (open, the slowest path, the earlier date) and `needs_eyes` says why.

mod events;
mod intake;
mod outcome;
mod work;

use crate::{
    action::EventBody,
    gate::{FactRow, History, View},
    id::{ChangeHash, MemberId, NodeId},
    model::{DocClass, FactValue, Helped, Matter, RecordKind, Status, TimelineEntry, head},
    scalar::Scalar,
};
use events::{Events, Folded};
use std::collections::BTreeMap;

/// The state of a document now; `None` for a kind of record that this version does not know, or an empty history.
pub fn fold(history: &History) -> Option<Matter> {
    fold_view(&history.now())
}

/// The state as the author of `change` found it: with what they had seen, without what they wrote.
pub fn fold_just_before(history: &History, change: &ChangeHash) -> Option<Matter> {
    fold_view(&history.before(change)?.0)
}

/// The state as the author of `change` left it: with what they had seen and what they wrote, and nothing concurrent.
pub fn fold_just_after(history: &History, change: &ChangeHash) -> Option<Matter> {
    fold_view(&history.just_after(change)?)
}

pub(crate) fn fold_view(view: &View<'_>) -> Option<Matter> {
    let events = Events::new(view);
    let mut matter = state(view, &events)?;
    matter.timeline = events.all().iter().map(timeline_entry).collect();
    Some(matter)
}

/// The state without its timeline: all that policy asks.
pub(crate) fn fold_state(view: &View<'_>) -> Option<Matter> {
    state(view, &Events::new(view))
}

fn state(view: &View<'_>, events: &Events<'_, '_>) -> Option<Matter> {
    let mut matter = heads_and_facts(view)?;
    intake::joined(events, &mut matter);
    let path = intake::path(events, &mut matter);
    work::assignment(events, &mut matter);
    work::on_path(events, &path, &mut matter);
    work::outside(events, &mut matter);
    let rests = work::rest(events, &mut matter);
    let returned = intake::returned(events, &mut matter);
    let outcome = outcome::outcome(events, &mut matter);
    matter.status = match outcome {
        outcome::Outcome::Ended(status) => status,
        outcome::Outcome::Disputed => Status::Disputed,
        outcome::Outcome::Open if rests => Status::Suspended,
        outcome::Outcome::Open if returned => Status::Returned,
        outcome::Outcome::Open if events.all().iter().any(is_work) => Status::Working,
        outcome::Outcome::Open if matter.path.is_some() => Status::Accepted,
        outcome::Outcome::Open => Status::Reported,
    };
    matter.self_resolved = matter.status.is_done() && outcome::self_resolved(events, matter.creator);
    Some(matter)
}

fn heads_and_facts(view: &View<'_>) -> Option<Matter> {
    let text = |name: &str| view.head(name).and_then(|value| value.as_str().map(str::to_owned));
    let number = |name: &str| view.head(name).and_then(Scalar::as_int);
    let kind = RecordKind::from_code(&text(head::KIND)?)?;
    let facts = view.facts().map(|(name, values)| (name.to_owned(), values.iter().map(fact_value).collect()));
    let by = MemberId(text(head::CREATED_BY)?);
    Some(Matter {
        class: DocClass::from_code(&text(head::CLASS)?)?,
        schema: number(head::SCHEMA)?,
        creator: view.creator()?,
        facts: facts.collect::<BTreeMap<_, _>>(),
        ..Matter::outline(view.doc()?, kind, NodeId(text(head::SCOPE)?), number(head::CREATED_AT)?, by)
    })
}

/// Whether an event says that somebody is at it.
fn is_work(f: &Folded<'_>) -> bool {
    matches!(
        f.body,
        Some(
            EventBody::Step { .. }
                | EventBody::Reopen { .. }
                | EventBody::AcceptAssignment { .. }
                | EventBody::Promise { .. }
                | EventBody::Coordinate { .. }
                | EventBody::HandUp { .. }
                | EventBody::Answered { .. }
                | EventBody::Effect { helped: Helped::No, .. }
        )
    )
}

fn fact_value(row: &FactRow<'_>) -> FactValue {
    FactValue { value: row.value.clone(), actor: row.actor, at: row.time }
}

fn timeline_entry(f: &Folded<'_>) -> TimelineEntry {
    TimelineEntry { id: f.id(), actor: f.row.id.actor, at: f.row.time, body: f.body.cloned() }
}

/// A scalar as text, for reading aloud and comparing; numbers and yes/no in their JSON spelling.
pub fn scalar_text(value: &Scalar) -> String {
    match value {
        Scalar::Null => String::new(),
        Scalar::Bool(b) => b.to_string(),
        Scalar::Int(i) => i.to_string(),
        Scalar::Float(f) => f.to_string(),
        Scalar::Str(s) => s.clone(),
    }
}
