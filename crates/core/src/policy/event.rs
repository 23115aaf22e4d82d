//! Who may write which event when. The table for people: docs/domain.md.

use super::{
    judge,
    standing::{LEADS, Standing},
};
use crate::{
    action::{Action, EventBody, MAX_ASKER, MAX_NOTE, Party},
    id::{DocId, FileHash},
    key::is_name,
    model::{Answer, Helped, Matter, NeedsEyesReason, Path, Role, Status},
    refusal::Refusal,
    text::is_blank,
};

/// Who helps with one matter at most.
const MAX_HELP: usize = 40;
/// People at one table at most.
const MAX_PARTIES: usize = 40;
/// Longest name of a party, department or ticket, in characters.
const MAX_NAME: usize = 100;

fn allowed(yes: bool, otherwise: Refusal) -> Result<(), Refusal> {
    if yes { Ok(()) } else { Err(otherwise) }
}

fn name(text: &str) -> Result<(), Refusal> {
    allowed(!is_blank(text), Refusal::BadValue)?;
    allowed(text.chars().count() <= MAX_NAME, Refusal::TooLong)
}

pub(super) fn judge_event(standing: &Standing, body: &EventBody, matter: &Matter) -> Result<(), Refusal> {
    allowed(body.note().chars().count() <= MAX_NOTE, Refusal::TooLong)?;
    allowed(body.is_timely(), Refusal::BadValue)?;
    let need_note = || allowed(!is_blank(body.note()), Refusal::NoteMissing);
    let need_open = || allowed(matter.status.is_open(), Refusal::AlreadyClosed);
    let decides = || allowed(standing.decides(), Refusal::NotYourRole);
    let involved = standing.is_involved(matter);
    match body {
        EventBody::Accept { .. } => {
            decides()?;
            need_open()?;
            // A path changes only when a person says why.
            if matter.path.is_some() && !matter.disagreed(NeedsEyesReason::TwoPaths) { need_note() } else { Ok(()) }
        }
        EventBody::Assign { help, .. } => {
            allowed(help.len() <= MAX_HELP, Refusal::TooLong)?;
            allowed(standing.decides() || standing.has(Role::MicroLead), Refusal::NotYourRole)?;
            need_open()
        }
        EventBody::Return { .. } => {
            decides()?;
            need_open()?;
            need_note()
        }
        EventBody::Supplement { .. } => {
            allowed(involved || standing.leads_building_of(matter), Refusal::NotAssignedToYou)?;
            allowed(matter.status.is_open() || matter.status == Status::Declined, Refusal::AlreadyClosed)?;
            need_note()
        }
        EventBody::Decline { .. } => {
            decides()?;
            need_open()?;
            allowed(matter.path.is_none() || ends_in_doubt(matter), Refusal::AlreadyAccepted)?;
            need_note()
        }
        EventBody::Step { .. } => {
            allowed(involved, Refusal::NotAssignedToYou)?;
            need_open()?;
            need_note()
        }
        EventBody::Resolve { by, .. } => {
            let yes = standing.any(&LEADS) || standing.recorded(matter) || standing.is_assigned(matter);
            allowed(yes, Refusal::NotAssignedToYou)?;
            allowed(by.as_ref().is_none_or(|by| *by == standing.member), Refusal::WrongAuthor)?;
            need_open()
        }
        EventBody::Reopen { .. } => {
            allowed(involved || standing.leads_building_of(matter), Refusal::NotYourRole)?;
            allowed(matter.status != Status::Merged, Refusal::MergedElsewhere)?;
            allowed(!matter.status.is_open() || matter.status == Status::Disputed || ends_in_doubt(matter), Refusal::NotClosed)?;
            need_note()
        }
        EventBody::Withdraw { .. } => {
            allowed(standing.recorded(matter), Refusal::NotYourRecord)?;
            need_open()
        }
        EventBody::Attach { .. } => {
            allowed(involved, Refusal::NotAssignedToYou)?;
            allowed(!matches!(matter.status, Status::Withdrawn | Status::Merged), Refusal::AlreadyClosed)
        }
        EventBody::Urge { .. } => {
            allowed(involved || standing.leads_building_of(matter), Refusal::NotYourRole)?;
            need_open()
        }
        EventBody::Join { asker, by, .. } => {
            // Whoever could have made a record of it may say that it is this one.
            allowed(standing.records_anything() || standing.leads_building_of(matter), Refusal::NotYourRole)?;
            allowed(by.as_ref().is_none_or(|by| *by == standing.member), Refusal::WrongAuthor)?;
            allowed(asker.chars().count() <= MAX_ASKER, Refusal::TooLong)?;
            need_open()?;
            need_note()
        }
        EventBody::Merge { into, .. } => {
            allowed(standing.decides() || standing.has(Role::MicroLead), Refusal::NotYourRole)?;
            need_open()?;
            allowed(*into != matter.id && *into != DocId::default(), Refusal::BadValue)
        }
        EventBody::Unmerge { .. } => {
            allowed(standing.decides() || standing.has(Role::MicroLead), Refusal::NotYourRole)?;
            allowed(matter.status == Status::Merged, Refusal::NotMerged)?;
            need_note()
        }
        EventBody::AcceptAssignment { .. }
        | EventBody::DeclineAssignment { .. }
        | EventBody::Promise { .. }
        | EventBody::Extend { .. }
        | EventBody::Suspend { .. }
        | EventBody::Resume { .. }
        | EventBody::Coordinate { .. }
        | EventBody::HandUp { .. }
        | EventBody::Answered { .. }
        | EventBody::Contact { .. } => {
            need_open()?;
            judge_work(standing, body, matter)
        }
        EventBody::Dispute { .. } | EventBody::Effect { .. } | EventBody::Close { .. } => judge_after(standing, body, matter),
    }
}

fn ends_in_doubt(matter: &Matter) -> bool {
    matter.disagreed(NeedsEyesReason::ClosedWhileWorked) || matter.disagreed(NeedsEyesReason::TwoOutcomes)
}

/// What happens while a matter is open.
fn judge_work(standing: &Standing, body: &EventBody, matter: &Matter) -> Result<(), Refusal> {
    let need_note = || allowed(!is_blank(body.note()), Refusal::NoteMissing);
    let decides = || allowed(standing.decides(), Refusal::NotYourRole);
    let on_path = |path: Path| match matter.path {
        None => Err(Refusal::NotAccepted),
        Some(p) => allowed(p == path || matter.disagreed(NeedsEyesReason::TwoPaths), Refusal::OtherPath),
    };
    let answer = matter.assignment.as_ref().map(|a| a.answer);
    match body {
        EventBody::AcceptAssignment { .. } => {
            allowed(is_responsible(standing, matter), Refusal::NotAssignedToYou)?;
            allowed(answer != Some(Answer::Accepted), Refusal::AlreadyAnswered)
        }
        EventBody::DeclineAssignment { .. } => {
            allowed(is_responsible(standing, matter), Refusal::NotAssignedToYou)?;
            allowed(answer != Some(Answer::Declined), Refusal::AlreadyAnswered)?;
            need_note()
        }
        EventBody::Promise { .. } => allowed(standing.is_assigned(matter), Refusal::NotAssignedToYou),
        EventBody::Extend { .. } => {
            decides()?;
            allowed(matter.path.is_some(), Refusal::NotAccepted)?;
            allowed(matter.extended.is_none() || matter.disagreed(NeedsEyesReason::TwoExtensions), Refusal::AlreadyExtended)?;
            need_note()
        }
        EventBody::Suspend { .. } => {
            decides()?;
            allowed(matter.status != Status::Suspended, Refusal::AlreadySuspended)?;
            need_note()
        }
        EventBody::Resume { .. } => {
            decides()?;
            allowed(matter.status == Status::Suspended || matter.disagreed(NeedsEyesReason::RestedWhileWorked), Refusal::NotSuspended)
        }
        EventBody::Coordinate { parties, .. } => {
            allowed(standing.decides() || standing.is_assigned(matter), Refusal::NotYourRole)?;
            on_path(Path::Coordinate)?;
            allowed(parties.len() <= MAX_PARTIES, Refusal::TooLong)?;
            parties.iter().try_for_each(party)
        }
        EventBody::HandUp { to, number, .. } => {
            decides()?;
            on_path(Path::Track)?;
            name(to)?;
            allowed(number.chars().count() <= MAX_NAME, Refusal::TooLong)?;
            need_note()
        }
        EventBody::Answered { number, .. } => {
            allowed(standing.decides() || standing.is_assigned(matter), Refusal::NotYourRole)?;
            allowed(matter.outside.is_some(), Refusal::NotHandedUp)?;
            allowed(number.chars().count() <= MAX_NAME, Refusal::TooLong)?;
            need_note()
        }
        EventBody::Contact { .. } => {
            allowed(standing.decides() || standing.is_involved(matter), Refusal::NotAssignedToYou)?;
            need_note()
        }
        _ => Err(Refusal::UnknownAction),
    }
}

fn party(party: &Party) -> Result<(), Refusal> {
    name(&party.name)?;
    allowed(party.promise.chars().count() <= MAX_NOTE, Refusal::TooLong)
}

/// Whether a matter was given to the member as the one who answers for it.
fn is_responsible(standing: &Standing, matter: &Matter) -> bool {
    let two = matter.disagreed(NeedsEyesReason::TwoAssignments);
    matter.assignment.as_ref().is_some_and(|a| a.to == standing.member) || (two && standing.is_assigned(matter))
}

/// What happens once a matter was resolved: whether it helped.
fn judge_after(standing: &Standing, body: &EventBody, matter: &Matter) -> Result<(), Refusal> {
    let need_note = || allowed(!is_blank(body.note()), Refusal::NoteMissing);
    let concerned = standing.decides() || standing.is_involved(matter) || standing.leads_building_of(matter);
    allowed(concerned, Refusal::NotYourRole)?;
    match body {
        EventBody::Dispute { .. } => {
            allowed(matches!(matter.status, Status::Resolved | Status::Closed | Status::Declined), Refusal::NotClosed)?;
            need_note()
        }
        EventBody::Effect { asking, helped, .. } => {
            allowed(is_name(asking), Refusal::BadValue)?;
            allowed(matter.status == Status::Resolved, Refusal::NotResolved)?;
            allowed(!standing.solved(matter), Refusal::OwnWork)?;
            if *helped == Helped::No { need_note() } else { Ok(()) }
        }
        EventBody::Close { .. } if matter.status == Status::Disputed => {
            allowed(standing.decides(), Refusal::NotYourRole)?;
            need_note()
        }
        EventBody::Close { .. } => {
            allowed(matter.status == Status::Resolved, Refusal::NotResolved)?;
            let answered = !matter.effects.is_empty() && matter.effects.iter().all(|e| e.helped != Helped::No);
            if answered && !standing.solved(matter) {
                return Ok(());
            }
            // Nobody was asked, or it is one's own work: only who answers for the grid, and with a reason.
            allowed(standing.decides(), if standing.solved(matter) { Refusal::OwnWork } else { Refusal::NotAsked })?;
            need_note()
        }
        _ => Err(Refusal::UnknownAction),
    }
}

/// The codes of the events a member may do now, in the order screens offer them. Asks [`judge`] with a sample of each.
pub fn offers(standing: &Standing, matter: &Matter) -> Vec<&'static str> {
    let note = || "…".to_owned();
    let elsewhere = DocId([0xff; DocId::LEN]);
    let samples = [
        EventBody::Accept { path: Path::Now, note: note() },
        EventBody::Return { note: note() },
        EventBody::Decline { note: note() },
        EventBody::Assign { to: standing.member.clone(), help: vec![], due: None, note: String::new() },
        EventBody::AcceptAssignment { note: String::new() },
        EventBody::DeclineAssignment { note: note() },
        EventBody::Supplement { note: note() },
        EventBody::Step { note: note() },
        EventBody::Promise { due: 1, note: String::new() },
        EventBody::Coordinate { at: 1, parties: vec![], agreed: true, note: String::new() },
        EventBody::HandUp { to: note(), number: String::new(), contact_by: None, note: note() },
        EventBody::Answered { number: String::new(), note: note() },
        EventBody::Contact { next: None, note: note() },
        EventBody::Extend { until: 1, note: note() },
        EventBody::Suspend { until: None, note: note() },
        EventBody::Resume { note: String::new() },
        EventBody::Resolve { by: None, note: note() },
        EventBody::Effect { asking: "sample".to_owned(), helped: Helped::Yes, note: String::new() },
        EventBody::Close { note: note() },
        EventBody::Dispute { note: note() },
        EventBody::Reopen { note: note() },
        EventBody::Urge { note: String::new() },
        EventBody::Join { note: note(), asker: String::new(), by: None },
        EventBody::Merge { into: elsewhere, note: String::new() },
        EventBody::Unmerge { note: note() },
        EventBody::Withdraw { note: note() },
        EventBody::Attach {
            file: FileHash::default(),
            media: String::new(),
            size: 0,
            note: String::new(),
            thumb: None,
            pair: None,
            secs: None,
            pos: None,
        },
    ];
    let may = |body: &EventBody| judge(standing, &Action::Event(body.clone()), matter).is_ok();
    samples.iter().filter(|body| may(body)).map(EventBody::code).collect()
}
