//! How a matter ends: resolved, closed, declined, merged, withdrawn - or not yet, because somebody went on with it.

use super::events::{Events, Folded, disagree};
use crate::{
    action::EventBody,
    id::{ActorId, DocId},
    model::{EffectAnswer, Helped, Matter, NeedsEyesReason, Status},
};

/// What the events of ending and opening amount to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Something is still to be done.
    Open,
    /// Somebody objects to how it ended.
    Disputed,
    /// It ended so.
    Ended(Status),
}

fn ending(body: &EventBody) -> Option<(Status, Option<DocId>)> {
    match body {
        EventBody::Resolve { .. } => Some((Status::Resolved, None)),
        EventBody::Close { .. } => Some((Status::Closed, None)),
        EventBody::Withdraw { .. } => Some((Status::Withdrawn, None)),
        EventBody::Decline { .. } => Some((Status::Declined, None)),
        EventBody::Merge { into, .. } => Some((Status::Merged, Some(*into))),
        _ => None,
    }
}

fn ends(f: &Folded<'_>) -> Option<(Status, Option<DocId>)> {
    f.body.and_then(ending)
}

/// What opens again what it has seen ended.
fn opens(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Reopen { .. } | EventBody::Unmerge { .. } | EventBody::Dispute { .. } | EventBody::Effect { helped: Helped::No, .. }
    )
}

/// The status that ends the matter, if it has ended and nobody went on with it meanwhile.
pub(super) fn outcome(events: &Events<'_, '_>, matter: &mut Matter) -> Outcome {
    let endings = events.first_of(events.all().iter().filter(|f| ends(f).is_some()));
    let seen_ended = |f: &Folded<'_>| endings.seen_by(&f.row);
    let is_opener = |f: &Folded<'_>| f.is(opens) && seen_ended(f);
    let force = events.in_force(|f| ends(f).is_some() || is_opener(f));
    matter.reopened = events.of(|b| opens(b) && !matches!(b, EventBody::Dispute { .. })).filter(|f| seen_ended(f)).count() as u32;
    let over = |b: &EventBody| ending(b).is_some() || matches!(b, EventBody::Reopen { .. });
    let heard = events.seen_by(events.of(over));
    let urges = events.of(|b| matches!(b, EventBody::Urge { .. }));
    matter.urged = urges.filter(|u| !heard.covers(&u.row)).count() as u32;

    matter.helped = events.all().iter().rev().find_map(helped);

    let closings: Vec<_> = force.iter().copied().filter(|f| ends(f).is_some()).collect();
    let disputed =
        || if force.iter().any(|f| f.is(|b| matches!(b, EventBody::Dispute { .. }))) { Outcome::Disputed } else { Outcome::Open };
    let Some(first) = closings.first().and_then(|f| ends(f)) else { return disputed() };
    // Resolved and closed agree on what was done; resolved is the less final of them.
    let agree = |f: &&Folded<'_>| ends(f).is_some_and(|e| e == first || (e.0.is_done() && first.0.is_done()));
    if !closings.iter().all(agree) {
        disagree(matter, NeedsEyesReason::TwoOutcomes, closings);
        return Outcome::Open;
    }
    let status = closings.iter().filter_map(|f| ends(f)).map(|(status, _)| status).min().unwrap_or(first.0);
    // Who ended it had not seen these, and whoever wrote them had not seen it ended.
    let unseen = |f: &&Folded<'_>| {
        (f.is(|b| goes_on(b, status)) || is_opener(f))
            && !closings.iter().any(|c| events.saw(c, f))
            && !closings.iter().all(|c| events.saw(f, c))
    };
    let beside: Vec<_> = events.all().iter().filter(unseen).collect();
    if !beside.is_empty() {
        disagree(matter, NeedsEyesReason::ClosedWhileWorked, closings.into_iter().chain(beside));
        return disputed();
    }
    if let (Status::Merged, Some((_, into))) = (status, closings.first().and_then(|f| ends(f))) {
        matter.merged_into = into;
    }
    if status.is_done() {
        effect(events, matter, &is_opener);
    }
    Outcome::Ended(status)
}

/// What cannot go along with an ending that its author did not know of.
fn goes_on(body: &EventBody, ended: Status) -> bool {
    match body {
        EventBody::Accept { .. }
        | EventBody::Assign { .. }
        | EventBody::Return { .. }
        | EventBody::HandUp { .. }
        | EventBody::Reopen { .. }
        | EventBody::Unmerge { .. }
        | EventBody::Dispute { .. }
        | EventBody::Effect { helped: Helped::No, .. } => true,
        EventBody::Step { .. }
        | EventBody::Promise { .. }
        | EventBody::AcceptAssignment { .. }
        | EventBody::Coordinate { .. }
        | EventBody::Answered { .. } => !ended.is_done(),
        EventBody::Supplement { .. } => ended == Status::Declined,
        // Whoever joined made no record of their own: withdrawing or declining this one must not take theirs with it.
        EventBody::Join { .. } => matches!(ended, Status::Withdrawn | Status::Declined),
        _ => false,
    }
}

/// Who resolved it, when, and what was answered since to whether it helped.
fn effect(events: &Events<'_, '_>, matter: &mut Matter, is_opener: &dyn Fn(&Folded<'_>) -> bool) {
    let opened = events.seen_by(events.all().iter().filter(|f| is_opener(f)));
    let resolves = |b: &EventBody| matches!(b, EventBody::Resolve { .. });
    let live: Vec<_> = events.of(resolves).filter(|r| !opened.covers(&r.row)).collect();
    matter.resolved = live.last().map(|f| f.mark());
    let by = live.iter().filter_map(|f| match f.body {
        Some(EventBody::Resolve { by, .. }) => by.clone(),
        _ => None,
    });
    matter.solvers = by.collect();
    matter.solvers.sort_unstable();
    matter.solvers.dedup();
    let resolved = events.first_of(live.iter().copied());
    let answers = events.all().iter().filter(|f| resolved.seen_by(&f.row)).filter_map(|f| match f.body {
        Some(EventBody::Effect { asking, helped, .. }) => Some(EffectAnswer { asking: asking.clone(), helped: *helped, mark: f.mark() }),
        _ => None,
    });
    matter.effects = answers.collect();
    // `Helped` is ordered from yes to no.
    matter.helped = matter.effects.iter().map(|e| e.helped).max().or(matter.helped);
}

fn helped(f: &Folded<'_>) -> Option<Helped> {
    match f.body {
        Some(EventBody::Effect { helped, .. }) => Some(*helped),
        _ => None,
    }
}

/// 自办自结: who recorded it resolved it, and nobody was given it or took it.
pub(super) fn self_resolved(events: &Events<'_, '_>, creator: ActorId) -> bool {
    let handed = |b: &EventBody| matches!(b, EventBody::Accept { .. } | EventBody::Assign { .. });
    let resolved_by_creator = |f: &Folded<'_>| f.is(|b| matches!(b, EventBody::Resolve { .. })) && f.row.id.actor == creator;
    events.of(handed).next().is_none() && events.all().iter().any(resolved_by_creator)
}
