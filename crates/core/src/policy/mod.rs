//! Who may do what. ONE function, [`judge`], asked by the phone to draw buttons and by the server about what came in.

mod duty;
mod event;
mod stand_in;
mod standing;

pub use duty::{Duty, PastDuties, PastPlace};
use event::judge_event;
pub use event::offers;
pub use stand_in::{MAX_STAND_IN, leads_at, stand_in, without_stand_in};
use standing::WORKS;
pub use standing::{Standing, reads_whole_scope};

use crate::{
    action::{Action, EventBody},
    fold::fold_state,
    gate::History,
    id::ChangeHash,
    key::Key,
    model::{DocClass, EffectAnswer, Mark, Matter, RecordKind, Role, Status, Urgency, field},
    refusal::Refusal,
    scalar::Scalar,
    text::is_blank,
};

/// Whether a member may hold a document at all.
pub fn sees(standing: &Standing, matter: &Matter) -> bool {
    standing.reaches()
        && matter.class == DocClass::General
        && (reads_whole_scope(standing)
            || standing.leads_building_of(matter)
            || (standing.any(&[Role::PropertyStaff, Role::FamilyDoctor, Role::BuildingLeader])
                && (standing.reported(matter) || standing.is_assigned(matter))))
}

/// Says whether a member may do something to a matter. For [`Action::Create`], `matter` is the new record as it would be.
///
/// # Errors
/// The [`Refusal`] to show.
pub fn judge(standing: &Standing, action: &Action, matter: &Matter) -> Result<(), Refusal> {
    if !standing.reaches() {
        return Err(Refusal::NotYourScope);
    }
    match action {
        Action::Create { kind } => judge_create(standing, *kind, matter),
        Action::EditFact { .. } | Action::Event(_) if !sees(standing, matter) => Err(Refusal::NotYourRole),
        Action::EditFact { field, value } => judge_edit(standing, field, value.as_ref(), matter),
        Action::Event(body) => judge_event(standing, body, matter),
        Action::Unknown => Err(Refusal::UnknownAction),
    }
}

/// The kinds of record a member may begin in a scope.
pub fn recordable(standing: &Standing) -> &'static [RecordKind] {
    if standing.records_anything() {
        &[RecordKind::Demand, RecordKind::Finding, RecordKind::Request]
    } else if standing.has(Role::BuildingLeader) {
        &[RecordKind::Finding, RecordKind::Request]
    } else {
        &[]
    }
}

/// Whether what a member records must be in a building they lead.
pub fn records_own_buildings_only(standing: &Standing) -> bool {
    !standing.records_anything() && standing.has(Role::BuildingLeader)
}

fn judge_create(standing: &Standing, kind: RecordKind, matter: &Matter) -> Result<(), Refusal> {
    if !standing.recorded(matter) {
        return Err(Refusal::WrongAuthor);
    }
    if !recordable(standing).contains(&kind) {
        return Err(Refusal::NotYourRole);
    }
    if records_own_buildings_only(standing) && !standing.leads_building_of(matter) {
        return Err(Refusal::NotYourBuilding);
    }
    for (name, values) in &matter.facts {
        values.iter().try_for_each(|v| judge_value(name, &v.value))?;
    }
    if is_blank(matter.text(field::TITLE)) { Err(Refusal::TitleMissing) } else { Ok(()) }
}

fn judge_edit(standing: &Standing, name: &str, value: Option<&Scalar>, matter: &Matter) -> Result<(), Refusal> {
    if !field::EDITABLE.contains(&name) {
        return Err(Refusal::UnknownField);
    }
    if !standing.any(&WORKS) && !standing.recorded(matter) {
        return Err(Refusal::NotYourRole);
    }
    if matches!(matter.status, Status::Withdrawn | Status::Merged) {
        return Err(Refusal::AlreadyClosed);
    }
    value.map_or(Ok(()), |value| judge_value(name, value))
}

fn judge_value(name: &str, value: &Scalar) -> Result<(), Refusal> {
    match (name, value) {
        (field::TITLE, Scalar::Str(s)) if is_blank(s) => Err(Refusal::TitleMissing),
        (field::TITLE, Scalar::Str(s)) if s.chars().count() > 200 => Err(Refusal::TooLong),
        (field::URGENCY, Scalar::Str(s)) if Urgency::from_code(s).is_none() => Err(Refusal::BadValue),
        (name, Scalar::Str(_)) if field::EDITABLE.contains(&name) => Ok(()),
        (name, _) if field::EDITABLE.contains(&name) => Err(Refusal::BadValue),
        _ => Err(Refusal::UnknownField),
    }
}

/// Why a pushed change is not stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeRefusal {
    /// Policy forbids it.
    Refused(Refusal),
    /// It says something this version does not know: to be held, not dropped.
    Unknown(Refusal),
}

impl ChangeRefusal {
    /// The refusal behind it.
    pub fn refusal(&self) -> Refusal {
        match self {
            Self::Refused(r) | Self::Unknown(r) => *r,
        }
    }
}

/// Judges an admitted change: every action in it, in the state that its *author* saw, so that honest work done offline is never
/// refused for what others did meanwhile. `history` contains the change already.
///
/// # Errors
/// [`ChangeRefusal`], for the first action that may not be done.
pub fn judge_change(history: &History, hash: &ChangeHash, standing: &Standing) -> Result<(), ChangeRefusal> {
    let unknown_kind = ChangeRefusal::Unknown(Refusal::UnknownKind);
    let (before, ops) = history.before(hash).ok_or(unknown_kind)?;
    let refuse = |r: Refusal| match r {
        Refusal::UnknownAction | Refusal::UnknownField => ChangeRefusal::Unknown(r),
        r => ChangeRefusal::Refused(r),
    };
    let (mut base, created) = match fold_state(&before) {
        Some(matter) => (matter, false),
        None => {
            let matter = history.just_after(hash).and_then(|view| fold_state(&view)).ok_or(unknown_kind)?;
            judge(standing, &Action::Create { kind: matter.kind }, &matter).map_err(refuse)?;
            if matter.class != DocClass::General {
                return Err(unknown_kind);
            }
            (as_recorded(matter), true)
        }
    };
    for (key, value) in ops {
        let action = match Key::parse(key) {
            Some(Key::Event(_)) => value.and_then(EventBody::from_scalar).map_or(Action::Unknown, Action::Event),
            Some(Key::Fact(field)) if !created => Action::EditFact { field: field.to_owned(), value: value.cloned() },
            _ => continue, // heads and first facts: judged with the creation
        };
        judge(standing, &action, &base).map_err(refuse)?;
        // Who answers the last asking closes the matter with the same stroke.
        if let Action::Event(EventBody::Effect { asking, helped, .. }) = action {
            base.effects.push(EffectAnswer { asking, helped, mark: Mark { event: String::new(), at: 0 } });
        }
    }
    Ok(())
}

/// The record before the events that were written along with it.
fn as_recorded(matter: Matter) -> Matter {
    let bare = Matter::outline(matter.id, matter.kind, matter.scope, matter.created_at, matter.created_by);
    Matter { class: matter.class, schema: matter.schema, creator: matter.creator, facts: matter.facts, ..bare }
}
