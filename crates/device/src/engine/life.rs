//! A matter's life as this phone knows it: by when what is due, whose turn it is, what the reader is asked.
//!
//! The rules are `core`'s; this room brings them the street's settings and when the server received what.

use super::reference::Reference;
use crate::{
    api::{AskingView, AssignmentView, LifeView, OutsideView},
    store::{StoreError, late},
};
use beehive_core::{
    Action, History, clock, effect,
    fold::fold_just_before,
    model::{Mark, Matter, Role, TimelineEntry, field},
    policy::{Standing, judge},
    sync::Late,
    turn,
};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};

/// The code of the turn of who may choose one of two values.
pub const CHOOSE: &str = "choose";

/// When the server received the changes of one document, as far as that differs from what their writers' clocks say.
#[derive(Debug, Default)]
pub struct ReceiveTimes {
    /// By the part of an event's id that names its change.
    times: HashMap<String, i64>,
    /// When the last change came: as the server says, where it differs from what the writer's clock said; `None` if no clock differed.
    touched: Option<i64>,
}

impl ReceiveTimes {
    /// Looks them up for a document.
    pub fn load(conn: &Connection, history: &History) -> Result<Self, StoreError> {
        let mut times = HashMap::new();
        if !late::any(conn)? {
            return Ok(Self::default());
        }
        for (n, (hash, actor, seq)) in history.changes().enumerate() {
            if let Some(at) = late::get(conn, Late::name(hash))? {
                times.insert(format!("{actor}.{seq}"), at);
                if n == 0 {
                    times.insert(clock::CREATED.to_owned(), at);
                }
            }
        }
        let touched = if times.is_empty() {
            None
        } else {
            history.times().map(|(actor, seq, at)| times.get(&format!("{actor}.{seq}")).copied().unwrap_or(at)).max()
        };
        Ok(Self { times, touched })
    }

    /// When a matter came, for lists to be ordered by: a wrong clock on one phone must not order everybody's.
    pub fn created(&self, matter: &Matter) -> i64 {
        self.of(clock::CREATED).unwrap_or(matter.created_at)
    }

    /// When something last came of it, likewise.
    pub fn touched(&self, matter: &Matter) -> i64 {
        self.touched.unwrap_or_else(|| matter.updated_at())
    }

    /// The events of a document that were done in time and only arrived late, for want of signal.
    pub fn done_in_time(&self, reference: &Reference, history: &History, matter: &Matter) -> HashSet<String> {
        let mut in_time = HashSet::new();
        if self.times.is_empty() {
            return in_time;
        }
        let received = |event: &str| self.of(event);
        for (hash, actor, seq) in history.changes() {
            let change = format!("{actor}.{seq}");
            if !self.times.contains_key(&change) {
                continue;
            }
            let Some(found) = fold_just_before(history, hash) else { continue };
            let own = |e: &&TimelineEntry| e.id.rsplit_once('.').is_some_and(|(of, _)| of == change);
            for entry in matter.timeline.iter().filter(own) {
                let mark = Mark { event: entry.id.clone(), at: entry.at };
                let late = entry.body.as_ref().is_some_and(|b| clock::only_arrived_late(&found, b, &mark, reference.rules(), &received));
                if late {
                    in_time.insert(entry.id.clone());
                }
            }
        }
        in_time
    }

    /// When an event was received.
    pub fn of(&self, event: &str) -> Option<i64> {
        self.times.get(event.rsplit_once('.').map_or(event, |(change, _)| change)).copied()
    }
}

/// Whether a member may settle two values of a fact.
fn may_choose(standing: &Standing, matter: &Matter) -> bool {
    judge(standing, &Action::EditFact { field: field::TITLE.to_owned(), value: None }, matter).is_ok()
}

/// The action that is, or will be, a member's turn, and from when.
pub fn turn(
    reference: &Reference,
    standing: &Standing,
    matter: &Matter,
    conflict: bool,
    times: &ReceiveTimes,
) -> Option<(&'static str, i64)> {
    let received = |event: &str| times.of(event);
    if conflict && matter.needs_eyes.is_empty() && may_choose(standing, matter) {
        return Some((CHOOSE, 0));
    }
    let code = turn::primary(standing, matter, reference.rules(), i64::MAX, &received)?;
    let from = match code {
        "effect" => effect::askings(matter, reference.rules(), &received)
            .iter()
            .filter(|a| a.answer.is_none() && effect::is_asked(standing, a.asking, matter))
            .map(|a| a.at)
            .min(),
        _ => None,
    };
    Some((code, from.unwrap_or(0)))
}

/// The next deadline of a matter.
pub fn next_deadline(reference: &Reference, matter: &Matter, times: &ReceiveTimes) -> Option<clock::Deadline> {
    clock::deadlines(matter, reference.rules(), &|event| times.of(event)).first().copied()
}

/// What a matter's page shows of its life. `merged_title` and `recurrence` are looked up by the caller.
pub fn view(reference: &Reference, standing: Option<&Standing>, matter: &Matter, times: &ReceiveTimes, now: i64) -> LifeView {
    let rules = reference.rules();
    let received = |event: &str| times.of(event);
    let deadlines = clock::deadlines(matter, rules, &received);
    let solve = deadlines.iter().find(|d| d.what == clock::Due::Solve);
    let asked = effect::askings(matter, rules, &received).into_iter().map(|a| AskingView {
        code: a.asking.code.clone(),
        zh: a.asking.zh.clone(),
        en: a.asking.en.clone(),
        at: a.at,
        answer: a.answer,
        mine: standing.is_some_and(|s| effect::is_asked(s, a.asking, matter)),
    });
    LifeView {
        assignment: matter.assignment.as_ref().map(|a| AssignmentView {
            to: reference.name(&a.to).to_owned(),
            to_id: a.to.clone(),
            mine: reference.is_me(&a.to),
            help: a.help.iter().map(|m| reference.name(m).to_owned()).collect(),
            due: a.due,
            answer: a.answer,
            promised: a.promised,
        }),
        escalated_to: escalated(&deadlines, rules, now),
        extension: solve.filter(|_| matter.extended.is_none()).map(|d| rules.extended(d.at.max(now))),
        extended: matter.extended.is_some(),
        suspended_until: matter.suspended_until,
        failed_meetings: matter.failed_meetings,
        outside: matter.outside.as_ref().map(|o| OutsideView {
            to: o.to.clone(),
            number: o.number.clone(),
            since: clock::counted(&o.since, &received),
            answered: o.answered,
            contacted: o.contacted.as_ref().map(|m| m.at),
        }),
        askings: asked.collect(),
        helped: matter.helped,
        merged_into: matter.merged_into,
        merged_title: String::new(),
        joined: matter.joined.iter().map(|m| reference.name(m).to_owned()).collect(),
        recurrence: None,
        urged: matter.urged,
        deadlines,
    }
}

fn escalated(deadlines: &[clock::Deadline], rules: &beehive_core::Rules, now: i64) -> Option<Role> {
    clock::escalated_to(deadlines.iter().find(|d| d.what != clock::Due::Ask), rules, now)
}
