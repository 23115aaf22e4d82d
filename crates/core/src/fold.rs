//! From facts and events to the present state: pure, total, the same for every order of delivery.
//!
//! No clock decides anything. An event is *in force* unless a later event of its group saw it; when several are in force and disagree,
//! both stay, the cautious state holds (open, the slowest path) and `needs_eyes` says why.

use crate::{
    action::EventBody,
    gate::{EventRow, FactRow, History, View},
    id::{ChangeHash, MemberId, NodeId},
    model::{Assignment, DocClass, FactValue, Matter, NeedsEyes, NeedsEyesReason, Path, RecordKind, Status, TimelineEntry, head},
    scalar::Scalar,
};
use std::collections::BTreeMap;

/// The state of a document now; `None` for a kind of record that this version does not know, or an empty history.
pub fn fold(history: &History) -> Option<Matter> {
    fold_view(&history.now())
}

/// The state as the author of `change` left it: with what they had seen and what they wrote, and nothing concurrent.
pub fn fold_just_after(history: &History, change: &ChangeHash) -> Option<Matter> {
    fold_view(&history.just_after(change)?)
}

pub(crate) fn fold_view(view: &View<'_>) -> Option<Matter> {
    let text = |name: &str| view.values(&format!("h.{name}")).first().and_then(|v| v.value.as_str().map(str::to_owned));
    let number = |name: &str| view.values(&format!("h.{name}")).first().and_then(|v| v.value.as_int());
    let rows = view.events();
    let events: Vec<Folded<'_>> = rows.iter().map(|row| Folded { row, body: EventBody::from_scalar(row.value) }).collect();
    let mut needs_eyes = Vec::new();
    let path = path(view, &events, &mut needs_eyes);
    let (assignment, assignees) = assignment(view, &events, &mut needs_eyes);
    let outcome = outcome(view, &events, &mut needs_eyes);
    let worked = |f: &Folded<'_>| matches!(f.body, Some(EventBody::Step { .. } | EventBody::Reopen { .. }));
    let status = match outcome {
        Some(closed) => closed,
        None if events.iter().any(worked) => Status::Working,
        None if path.is_some() => Status::Accepted,
        None => Status::Reported,
    };
    let facts = view.facts().map(|(name, values)| (name.to_owned(), values.iter().map(fact_value).collect()));
    let creator = view.creator()?;
    Some(Matter {
        id: view.doc()?,
        kind: RecordKind::from_code(&text(head::KIND)?)?,
        class: DocClass::from_code(&text(head::CLASS)?)?,
        scope: NodeId(text(head::SCOPE)?),
        schema: number(head::SCHEMA)?,
        created_at: number(head::CREATED_AT)?,
        created_by: MemberId(text(head::CREATED_BY)?),
        creator,
        facts: facts.collect::<BTreeMap<_, _>>(),
        status,
        path,
        assignment,
        assignees,
        reopened: events.iter().filter(|f| matches!(f.body, Some(EventBody::Reopen { .. }))).count() as u32,
        self_resolved: status == Status::Resolved && self_resolved(&events, creator),
        timeline: events.iter().map(timeline_entry).collect(),
        needs_eyes,
    })
}

struct Folded<'a> {
    row: &'a EventRow<'a>,
    body: Option<EventBody>,
}

impl Folded<'_> {
    fn id(&self) -> String {
        self.row.id.to_string()
    }
}

fn fact_value(row: &FactRow<'_>) -> FactValue {
    FactValue { value: row.value.clone(), actor: row.actor, at: row.time }
}

fn timeline_entry(f: &Folded<'_>) -> TimelineEntry {
    TimelineEntry { id: f.id(), actor: f.row.id.actor, at: f.row.time, body: f.body.clone() }
}

/// The events of a group that no later event of the group has seen.
fn in_force<'f, 'a>(view: &View<'_>, events: &'f [Folded<'a>], group: impl Fn(&EventBody) -> bool) -> Vec<&'f Folded<'a>> {
    let of_group: Vec<_> = events.iter().filter(|f| f.body.as_ref().is_some_and(&group)).collect();
    let superseded = |e: &Folded<'_>| of_group.iter().any(|later| later.row.id != e.row.id && view.saw(later.row, e.row));
    of_group.iter().copied().filter(|e| !superseded(e)).collect()
}

fn path(view: &View<'_>, events: &[Folded<'_>], needs_eyes: &mut Vec<NeedsEyes>) -> Option<Path> {
    let force = in_force(view, events, |b| matches!(b, EventBody::Accept { .. }));
    let paths = force.iter().filter_map(|f| match &f.body {
        Some(EventBody::Accept { path, .. }) => Some(*path),
        _ => None,
    });
    // `Path` is ordered from the quickest to the slowest; the slowest promises least.
    let slowest = paths.clone().max();
    if paths.min() != slowest {
        needs_eyes.push(NeedsEyes { reason: NeedsEyesReason::TwoPaths, events: force.iter().map(|f| f.id()).collect() });
    }
    slowest
}

fn assignment(view: &View<'_>, events: &[Folded<'_>], needs_eyes: &mut Vec<NeedsEyes>) -> (Option<Assignment>, Vec<MemberId>) {
    let force = in_force(view, events, |b| matches!(b, EventBody::Assign { .. }));
    let named: Vec<Assignment> = force
        .iter()
        .filter_map(|f| match &f.body {
            Some(EventBody::Assign { to, help, due, .. }) => Some(Assignment { to: to.clone(), help: help.clone(), due: *due }),
            _ => None,
        })
        .collect();
    if named.iter().any(|a| a.to != named[0].to) {
        needs_eyes.push(NeedsEyes { reason: NeedsEyesReason::TwoAssignments, events: force.iter().map(|f| f.id()).collect() });
    }
    let mut all: Vec<MemberId> = named.iter().flat_map(|a| std::iter::once(&a.to).chain(&a.help)).cloned().collect();
    all.sort_unstable();
    all.dedup();
    (named.into_iter().next(), all)
}

fn closing(body: &EventBody) -> Option<Status> {
    match body {
        EventBody::Resolve { .. } => Some(Status::Resolved),
        EventBody::Withdraw { .. } => Some(Status::Withdrawn),
        _ => None,
    }
}

/// The status that closes the matter, if it is closed and nobody went on with it meanwhile.
fn outcome(view: &View<'_>, events: &[Folded<'_>], needs_eyes: &mut Vec<NeedsEyes>) -> Option<Status> {
    let force = in_force(view, events, |b| closing(b).is_some() || matches!(b, EventBody::Reopen { .. }));
    let closings: Vec<_> = force.iter().filter(|f| f.body.as_ref().is_some_and(|b| closing(b).is_some())).collect();
    let first = closings.first()?;
    let status = first.body.as_ref().and_then(closing)?;
    if closings.iter().any(|f| f.body.as_ref().and_then(closing) != Some(status)) {
        needs_eyes.push(NeedsEyes { reason: NeedsEyesReason::TwoOutcomes, events: closings.iter().map(|f| f.id()).collect() });
        return None;
    }
    // Who closed it had not seen these, and whoever wrote them had not seen it closed.
    let went_on = |b: &EventBody| {
        matches!(b, EventBody::Accept { .. } | EventBody::Assign { .. } | EventBody::Reopen { .. })
            // Whoever joined made no record of their own: withdrawing this one must not take theirs with it.
            || (status == Status::Withdrawn && matches!(b, EventBody::Step { .. } | EventBody::Join { .. }))
    };
    let unseen = |f: &&Folded<'_>| {
        f.body.as_ref().is_some_and(went_on)
            && !closings.iter().any(|c| view.saw(c.row, f.row))
            && !closings.iter().all(|c| view.saw(f.row, c.row))
    };
    let beside: Vec<String> = events.iter().filter(unseen).map(Folded::id).collect();
    if beside.is_empty() {
        return Some(status);
    }
    let events = closings.iter().map(|f| f.id()).chain(beside).collect();
    needs_eyes.push(NeedsEyes { reason: NeedsEyesReason::ClosedWhileWorked, events });
    None
}

/// 自办自结: who recorded it resolved it, and nobody was given it or took it.
fn self_resolved(events: &[Folded<'_>], creator: crate::id::ActorId) -> bool {
    let handed = |f: &Folded<'_>| matches!(f.body, Some(EventBody::Accept { .. } | EventBody::Assign { .. }));
    let resolved_by_creator = |f: &Folded<'_>| matches!(f.body, Some(EventBody::Resolve { .. })) && f.row.id.actor == creator;
    !events.iter().any(handed) && events.iter().any(resolved_by_creator)
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
