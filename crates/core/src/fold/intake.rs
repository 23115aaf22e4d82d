//! How a matter is taken: by which path, or sent back to be completed.

use super::events::{Events, Folded, disagree};
use crate::{
    action::EventBody,
    model::{Matter, NeedsEyesReason},
};

/// The choices of a path in force; the slowest of them holds.
pub(super) fn path<'e, 'a>(events: &'e Events<'_, 'a>, matter: &mut Matter) -> Vec<&'e Folded<'a>> {
    let force = events.in_force(|f| f.is(|b| matches!(b, EventBody::Accept { .. })));
    let of = |f: &Folded<'_>| match f.body {
        Some(EventBody::Accept { path, .. }) => Some(*path),
        _ => None,
    };
    // `Path` is ordered from the quickest to the slowest; the slowest promises least.
    let slowest = force.iter().filter_map(|f| of(f)).max();
    if force.iter().filter_map(|f| of(f)).min() != slowest {
        disagree(matter, NeedsEyesReason::TwoPaths, force.iter().copied());
    }
    matter.path = slowest;
    matter.accepted = force.iter().rfind(|f| of(f) == slowest).map(|f| f.mark());
    force
}

/// Who raised the same afterwards.
pub(super) fn joined(events: &Events<'_, '_>, matter: &mut Matter) {
    let by = events.of(|b| matches!(b, EventBody::Join { .. })).filter_map(|f| match f.body {
        Some(EventBody::Join { by, .. }) => by.clone(),
        _ => None,
    });
    matter.joined = by.filter(|member| *member != matter.created_by).collect();
    matter.joined.sort_unstable();
    matter.joined.dedup();
}

/// Whether it waits for who recorded it to complete it.
pub(super) fn returned(events: &Events<'_, '_>, matter: &mut Matter) -> bool {
    let returns: Vec<_> = events.in_force(|f| f.is(|b| is_return(b) || answers(b))).into_iter().filter(|f| f.is(is_return)).collect();
    let takes = |b: &EventBody| matches!(b, EventBody::Accept { .. } | EventBody::Assign { .. } | EventBody::HandUp { .. });
    let beside: Vec<_> = events.of(takes).filter(|taken| returns.iter().any(|r| !events.saw(taken, r) && !events.saw(r, taken))).collect();
    if beside.is_empty() {
        return !returns.is_empty();
    }
    disagree(matter, NeedsEyesReason::ReturnedWhileTaken, returns.into_iter().chain(beside));
    false
}

fn is_return(body: &EventBody) -> bool {
    matches!(body, EventBody::Return { .. })
}

/// What ends the waiting, if its author had seen that it was sent back.
fn answers(body: &EventBody) -> bool {
    matches!(
        body,
        EventBody::Supplement { .. }
            | EventBody::Accept { .. }
            | EventBody::Assign { .. }
            | EventBody::Step { .. }
            | EventBody::Resolve { .. }
            | EventBody::HandUp { .. }
            | EventBody::Reopen { .. }
    )
}
