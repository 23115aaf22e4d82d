//! How a matter is worked on: who has it, what happened on its path, whether it rests.

use super::events::{Events, Folded, disagree};
use crate::{
    action::EventBody,
    id::MemberId,
    model::{Answer, Assignment, Matter, NeedsEyesReason, Outside},
};

/// Who has it, with whose help, and what they said to that.
pub(super) fn assignment(events: &Events<'_, '_>, matter: &mut Matter) {
    let force = events.in_force(|f| f.is(|b| matches!(b, EventBody::Assign { .. })));
    let named: Vec<Assignment> = force
        .iter()
        .filter_map(|f| match f.body {
            Some(EventBody::Assign { to, help, due, .. }) => {
                Some(Assignment { to: to.clone(), help: help.clone(), due: *due, answer: Answer::Pending, promised: None })
            }
            _ => None,
        })
        .collect();
    let two = named.iter().any(|a| a.to != named[0].to);
    if two {
        disagree(matter, NeedsEyesReason::TwoAssignments, force.iter().copied());
    }
    let mut all: Vec<MemberId> = named.iter().flat_map(|a| std::iter::once(&a.to).chain(&a.help)).cloned().collect();
    all.sort_unstable();
    all.dedup();
    matter.assignees = all;
    matter.assignment = named.into_iter().next();
    // While it is not agreed who has it, nobody can have taken it.
    if let (Some(given), Some(assignment), false) = (force.first(), matter.assignment.as_mut(), two) {
        let answers = events.in_force(|f| f.is(is_answer) && events.saw(f, given));
        let declines = answers.iter().filter(|f| f.is(|b| matches!(b, EventBody::DeclineAssignment { .. }))).count();
        assignment.answer = match answers.len() - declines {
            0 if declines > 0 => Answer::Declined,
            takes if takes > 0 && declines == 0 => Answer::Accepted,
            _ => Answer::Pending,
        };
        let promises = answers.iter().filter_map(|f| match f.body {
            Some(EventBody::Promise { due, .. }) => Some(*due),
            _ => None,
        });
        // Of several the latest: it promises least.
        assignment.promised = promises.max();
        if declines > 0 && declines < answers.len() {
            disagree(matter, NeedsEyesReason::TwoAnswers, answers);
        }
    }
}

fn is_answer(body: &EventBody) -> bool {
    matches!(body, EventBody::AcceptAssignment { .. } | EventBody::DeclineAssignment { .. } | EventBody::Promise { .. })
}

/// What happened since the path in force was chosen: more time, meetings.
pub(super) fn on_path(events: &Events<'_, '_>, path: &[&Folded<'_>], matter: &mut Matter) {
    let on_it = |f: &Folded<'_>| path.is_empty() || path.iter().any(|p| events.saw(f, p));
    let extensions = events.in_force(|f| f.is(|b| matches!(b, EventBody::Extend { .. })) && on_it(f));
    let until = |f: &&Folded<'_>| match f.body {
        Some(EventBody::Extend { until, .. }) => Some(*until),
        _ => None,
    };
    matter.extended = extensions.iter().filter_map(until).min();
    if extensions.iter().filter_map(until).max() != matter.extended {
        disagree(matter, NeedsEyesReason::TwoExtensions, extensions);
    }
    let meetings: Vec<_> = events.of(|b| matches!(b, EventBody::Coordinate { .. })).filter(|f| on_it(f)).collect();
    matter.met = meetings.first().map(|f| f.mark());
    matter.failed_meetings = meetings.iter().filter(|f| f.is(|b| matches!(b, EventBody::Coordinate { agreed: false, .. }))).count() as u32;
}

/// Where it stands with a higher department.
pub(super) fn outside(events: &Events<'_, '_>, matter: &mut Matter) {
    let force = events.in_force(|f| f.is(|b| matches!(b, EventBody::HandUp { .. })));
    // Handed up twice at the same time: the later one is shown, both stay in the timeline.
    let Some(handed) = force.last() else { return };
    let Some(EventBody::HandUp { to, number, contact_by, .. }) = handed.body else { return };
    let mut outside =
        Outside { to: to.clone(), number: number.clone(), since: handed.mark(), answered: false, contacted: None, contact_by: *contact_by };
    for f in events.all().iter().filter(|f| events.saw(f, handed)) {
        match f.body {
            Some(EventBody::Answered { number, .. }) => {
                outside.answered = true;
                if outside.number.is_empty() {
                    outside.number.clone_from(number);
                }
            }
            Some(EventBody::Contact { next, .. }) => {
                outside.contacted = Some(f.mark());
                outside.contact_by = *next;
            }
            _ => {}
        }
    }
    matter.outside = Some(outside);
}

/// Whether it rests, and how long it has rested before.
pub(super) fn rest(events: &Events<'_, '_>, matter: &mut Matter) -> bool {
    let suspends = |b: &EventBody| matches!(b, EventBody::Suspend { .. });
    let ends = |b: &EventBody| matches!(b, EventBody::Resume { .. } | EventBody::Resolve { .. } | EventBody::Reopen { .. });
    let mut since: Option<i64> = None;
    for f in events.of(|b| suspends(b) || ends(b)) {
        match since {
            None if f.is(suspends) => since = Some(f.row.time),
            Some(start) if f.is(ends) => {
                matter.rested += f.row.time.saturating_sub(start).max(0);
                since = None;
            }
            _ => {}
        }
    }
    let force = events.in_force(|f| f.is(|b| suspends(b) || ends(b)));
    let Some(resting) = force.iter().rfind(|f| f.is(suspends)) else { return false };
    let resumed: Vec<_> = force.iter().copied().filter(|f| f.is(|b| matches!(b, EventBody::Resume { .. }))).collect();
    if !resumed.is_empty() {
        // The clocks run until somebody decides: an overdue matter is seen, a forgotten one is not.
        disagree(matter, NeedsEyesReason::RestedWhileWorked, resumed.into_iter().chain([*resting]));
        return false;
    }
    matter.suspended = Some(resting.mark());
    if let Some(EventBody::Suspend { until, .. }) = resting.body {
        matter.suspended_until = *until;
    }
    true
}
