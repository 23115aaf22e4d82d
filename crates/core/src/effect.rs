//! 三问效: whether it helped, told apart from whether it was done.

use crate::{
    clock::{Received, counted},
    model::{Helped, Matter, Role, Status},
    policy::Standing,
    rules::{AskWho, Asking, Rules},
};

const DAY: i64 = 86_400;

/// One asking of a resolved matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked<'a> {
    /// Which.
    pub asking: &'a Asking,
    /// From when it is asked, seconds since 1970.
    pub at: i64,
    /// What was answered, if anything; of several answers the least favourable.
    pub answer: Option<Helped>,
}

/// The askings of a resolved matter, in the order of the rules; empty for any other.
pub fn askings<'a>(matter: &Matter, rules: &'a Rules, received: Received<'_>) -> Vec<Asked<'a>> {
    let Some(resolved) = matter.resolved.as_ref().filter(|_| matter.status.is_done()) else { return Vec::new() };
    let since = counted(resolved, received);
    let asked = |asking: &'a Asking| Asked {
        asking,
        at: since.saturating_add(i64::from(asking.after_days) * DAY),
        answer: matter.effects.iter().filter(|e| e.asking == asking.code).map(|e| e.helped).max(),
    };
    rules.askings.iter().map(asked).collect()
}

/// Whether an asking is a member's to answer. Policy lets more people answer; this says whom to ask.
pub fn is_asked(standing: &Standing, asking: &Asking, matter: &Matter) -> bool {
    if standing.solved(matter) {
        return false;
    }
    match asking.who {
        AskWho::Asker => standing.reported(matter) || standing.leads_building_of(matter),
        AskWho::Colleague => standing.has(Role::MicroWorker) || standing.has(Role::MicroLead),
        AskWho::Lead => standing.has(Role::MicroLead) || standing.has(Role::GridLead),
    }
}

/// Whether an answer to `code` would be the last one missing, so that the matter can be closed with it.
pub fn completes(matter: &Matter, rules: &Rules, code: &str, helped: Helped) -> bool {
    let answered = |asking: &Asking| asking.code == code || matter.effects.iter().any(|e| e.asking == asking.code);
    helped != Helped::No && rules.askings.iter().all(answered)
}

/// What became of many matters.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rates {
    /// Matters that count: not withdrawn, declined or merged.
    pub all: u32,
    /// Of those, done (办结).
    pub done: u32,
    /// Of those, asked whether it helped.
    pub asked: u32,
    /// Of the asked, done and helped (见效).
    pub helped: u32,
}

impl Rates {
    /// Counts so many matters in that stand so and helped so.
    pub fn add(&mut self, status: Status, helped: Option<Helped>, count: u32) {
        if matches!(status, Status::Withdrawn | Status::Declined | Status::Merged) {
            return;
        }
        let when = |yes: bool| if yes { count } else { 0 };
        self.all += count;
        self.done += when(status.is_done());
        self.asked += when(helped.is_some());
        // What is open again did not help yet, whatever was said before.
        self.helped += when(status.is_done() && helped.is_some_and(|h| h != Helped::No));
    }

    /// 办结率, in per cent; `None` of nothing.
    pub fn done_rate(&self) -> Option<u32> {
        (self.all > 0).then(|| self.done * 100 / self.all)
    }

    /// 见效率, in per cent of what was asked about; `None` of nothing.
    pub fn effect_rate(&self) -> Option<u32> {
        (self.asked > 0).then(|| self.helped * 100 / self.asked)
    }
}
