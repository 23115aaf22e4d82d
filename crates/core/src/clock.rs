//! By when what is to be done: the deadlines of a matter, from its state, the street's rules, and when the server received what.
//!
//! Nothing here decides anything: a deadline draws attention. Where the server's receive time of an event is known, it counts; the writer's own
//! clock only until then. Work that was done in time and arrived late, because there was no signal, is told apart from late work.

use crate::{
    action::EventBody,
    model::{Mark, Matter, Path, Role, Status},
    rules::Rules,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

const DAY: i64 = 86_400;
const HOUR: i64 = 3_600;

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Somebody should have taken it.
    Accept,
    /// It should be done, by the path's own time (or the extension's).
    Solve,
    /// The day somebody set when they gave it.
    Assigned,
    /// The day who works on it promised.
    Promised,
    /// The parties should have met.
    Meet,
    /// It should be handed up.
    HandUp,
    /// The asker should hear how it goes.
    Contact,
    /// It should be looked at again.
    Review,
    /// Its rest ends.
    Resume,
    /// An asking whether it helped.
    Ask,
}

impl Due {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Solve => "solve",
            Self::Assigned => "assigned",
            Self::Promised => "promised",
            Self::Meet => "meet",
            Self::HandUp => "hand_up",
            Self::Contact => "contact",
            Self::Review => "review",
            Self::Resume => "resume",
            Self::Ask => "ask",
        }
    }

    /// Reads a stable code.
    pub fn from_code(code: &str) -> Option<Self> {
        let all = [
            Self::Accept,
            Self::Solve,
            Self::Assigned,
            Self::Promised,
            Self::Meet,
            Self::HandUp,
            Self::Contact,
            Self::Review,
            Self::Resume,
            Self::Ask,
        ];
        all.into_iter().find(|d| d.code() == code)
    }
}

/// Something due at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Deadline {
    /// What.
    pub what: Due,
    /// When, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

/// When the server received an event (by the event's id; `created` for the first change), seconds since 1970; `None` while it is not known.
pub type Received<'a> = &'a dyn Fn(&str) -> Option<i64>;

/// The name that [`Received`] knows a record's first change by.
pub const CREATED: &str = "created";

/// So many hours or days later. Moments are bounded where they come in; a clock that meets another
/// one all the same shows a far date.
fn after(at: i64, many: u32, unit: i64) -> i64 {
    at.saturating_add(i64::from(many) * unit)
}

/// When an event counts as having happened.
pub fn counted(mark: &Mark, received: Received<'_>) -> i64 {
    received(&mark.event).unwrap_or(mark.at)
}

/// Everything that is due of a matter, the nearest first. Empty for one that has ended and been asked about.
pub fn deadlines(matter: &Matter, rules: &Rules, received: Received<'_>) -> Vec<Deadline> {
    let mut out = Vec::new();
    let mut push = |what, at: i64| out.push(Deadline { what, at });
    match matter.status {
        Status::Suspended => matter.suspended_until.into_iter().for_each(|at| push(Due::Resume, at)),
        Status::Resolved => {
            for asked in crate::effect::askings(matter, rules, received).iter().filter(|a| a.answer.is_none()) {
                push(Due::Ask, asked.at);
            }
        }
        status if status.is_open() => {
            let assignment = matter.assignment.as_ref();
            assignment.and_then(|a| a.due).into_iter().for_each(|at| push(Due::Assigned, at));
            assignment.and_then(|a| a.promised).into_iter().for_each(|at| push(Due::Promised, at));
            match (&matter.accepted, matter.path) {
                (Some(mark), Some(path)) => on_path(matter, path, counted(mark, received), rules, received, &mut push),
                _ => {
                    let at = received(CREATED).unwrap_or(matter.created_at);
                    push(Due::Accept, after(at, rules.accept_hours, HOUR));
                }
            }
        }
        _ => {}
    }
    out.sort_by_key(|d| (d.at, d.what));
    out
}

fn on_path(matter: &Matter, path: Path, since: i64, rules: &Rules, received: Received<'_>, push: &mut dyn FnMut(Due, i64)) {
    // The clocks stood still while it rested.
    let since = since.saturating_add(matter.rested);
    let work = &rules.calendar;
    match path {
        Path::Now => push(Due::Solve, matter.extended.unwrap_or(after(since, rules.now_hours, HOUR))),
        Path::Coordinate => {
            if matter.met.is_none() {
                push(Due::Meet, work.after_working_days(since, rules.meet_days));
            }
            push(Due::Solve, matter.extended.unwrap_or_else(|| work.after_working_days(since, rules.coordinate_days)));
        }
        Path::Track => {
            let Some(outside) = &matter.outside else {
                push(Due::HandUp, work.after_working_days(since, rules.hand_up_days));
                return;
            };
            let handed = counted(&outside.since, received);
            let told = outside.contacted.as_ref().map_or(handed, |m| counted(m, received));
            push(Due::Contact, outside.contact_by.unwrap_or(after(told, rules.contact_days, DAY)));
            // The review that comes after the last word from or to anybody.
            if let Some(days) = rules.review_days.iter().find(|d| after(handed, **d, DAY) > told) {
                push(Due::Review, after(handed, *days, DAY));
            }
        }
    }
}

/// Whose attention an overdue matter is drawn to by now, by the street's steps; `None` while nothing is overdue.
pub fn escalated_to(deadline: Option<&Deadline>, rules: &Rules, now: i64) -> Option<Role> {
    let late = now.saturating_sub(deadline?.at);
    let reached = |e: &&crate::rules::Escalation| late > i64::from(e.after_hours) * HOUR;
    rules.escalation.iter().rev().find(reached).map(|e| e.to)
}

/// What somebody was to do by a deadline, of which this event says that it is done.
pub fn answered_by(event: &EventBody) -> &'static [Due] {
    match event {
        EventBody::Accept { .. } | EventBody::Decline { .. } | EventBody::Return { .. } => &[Due::Accept],
        EventBody::Resolve { .. } => &[Due::Promised, Due::Assigned, Due::Solve],
        EventBody::Coordinate { .. } => &[Due::Meet],
        EventBody::HandUp { .. } => &[Due::HandUp],
        EventBody::Contact { .. } => &[Due::Contact],
        EventBody::Resume { .. } => &[Due::Resume],
        _ => &[],
    }
}

/// Whether an event answered a deadline of the matter as its author `found` it, and only arrived late: no signal is no negligence.
pub fn only_arrived_late(found: &Matter, event: &EventBody, mark: &Mark, rules: &Rules, received: Received<'_>) -> bool {
    let due = answered_by(event);
    deadlines(found, rules, received).iter().filter(|d| due.contains(&d.what)).any(|d| late_for_want_of_signal(mark, d.at, received))
}

/// Whether something was done in time by its writer's clock and only arrived late, for want of signal.
pub fn late_for_want_of_signal(mark: &Mark, deadline: i64, received: Received<'_>) -> bool {
    mark.at <= deadline && received(&mark.event).is_some_and(|at| at > deadline)
}
