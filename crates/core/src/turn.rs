//! Whose turn it is: the one action that a matter waits for, of those a member may do.

use crate::{
    clock::Received,
    effect,
    id::MemberId,
    model::{Answer, Matter, Path, Status},
    policy::{Standing, offers},
    rules::Rules,
};

/// Meetings without agreement after which another path is due.
const FAILED_MEETINGS: u32 = 2;

/// What a matter waits for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waits {
    /// For whoever may do one of these (codes), the first that they may.
    For(Vec<&'static str>),
    /// For these members to go on.
    ForMembers(Vec<MemberId>),
    /// For nobody.
    Nothing,
}

/// What a matter waits for, whoever looks at it.
pub fn waits(matter: &Matter) -> Waits {
    if let Some(first) = matter.needs_eyes.first() {
        return Waits::For(first.reason.settled_by().to_vec());
    }
    let declined = matter.assignment.as_ref().is_some_and(|a| a.answer == Answer::Declined);
    match matter.status {
        Status::Reported => Waits::For(vec!["accept"]),
        Status::Returned => Waits::ForMembers(vec![matter.created_by.clone()]),
        Status::Suspended => Waits::For(vec!["resume"]),
        Status::Disputed => Waits::For(vec!["close"]),
        Status::Accepted | Status::Working => match matter.path {
            Some(Path::Coordinate) if matter.failed_meetings >= FAILED_MEETINGS => Waits::For(vec!["accept"]),
            Some(Path::Track) if matter.outside.is_none() => Waits::For(vec!["hand_up"]),
            // Once it has answered, the street goes on with it like with anything else.
            Some(Path::Track) if matter.outside.as_ref().is_some_and(|o| !o.answered) => Waits::For(vec!["answered"]),
            _ if matter.assignees.is_empty() || declined => Waits::For(vec!["assign"]),
            _ => Waits::ForMembers(matter.assignees.clone()),
        },
        _ => Waits::Nothing,
    }
}

/// The one action that is a member's turn, of those they may do; the code of an event.
pub fn primary(standing: &Standing, matter: &Matter, rules: &Rules, now: i64, received: Received<'_>) -> Option<&'static str> {
    let may = offers(standing, matter);
    let offered = |code: &str| may.iter().copied().find(|o| *o == code);
    if matter.needs_eyes.is_empty() {
        if matter.status == Status::Resolved {
            let asked = effect::askings(matter, rules, received);
            let mine = asked.iter().any(|a| a.answer.is_none() && a.at <= now && effect::is_asked(standing, a.asking, matter));
            return if mine { offered("effect") } else { None };
        }
        if let Some(mine) = own_work(standing, matter).and_then(offered) {
            return Some(mine);
        }
    }
    match waits(matter) {
        Waits::For(codes) => codes.iter().find_map(|code| offered(code)),
        Waits::ForMembers(members) if members.contains(&standing.member) => match matter.status {
            Status::Returned => offered("supplement"),
            // The parties come to a table first.
            _ if matter.path == Some(Path::Coordinate) && matter.met.is_none() => offered("coordinate"),
            Status::Working => offered("resolve").or_else(|| offered("step")),
            _ => offered("step"),
        },
        _ => None,
    }
}

/// What who was given a matter has to do first: say whether they take it.
fn own_work(standing: &Standing, matter: &Matter) -> Option<&'static str> {
    let mine = matter.assignment.as_ref().filter(|a| a.to == standing.member)?;
    (matter.status.is_open() && mine.answer == Answer::Pending && mine.promised.is_none()).then_some("accept_assignment")
}
