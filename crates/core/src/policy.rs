//! Who may do what. ONE function, [`judge`], asked by the phone to draw buttons and by the server about what came in.

use crate::{
    action::{Action, EventBody, MAX_NOTE},
    fold::{fold_just_after, fold_view},
    gate::History,
    id::{ChangeHash, MemberId, NodeId, PlaceId},
    key::Key,
    model::{DocClass, Matter, NeedsEyesReason, RecordKind, Role, Status, Urgency, field},
    reference::{Member, OrgTree},
    refusal::Refusal,
    scalar::Scalar,
};

/// Roles that hold every general matter of their scope.
const WIDE: [Role; 5] = [Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer, Role::StreetDispatcher];
/// Roles that decide who deals with a matter and by which path.
const DECIDES: [Role; 3] = [Role::GridLead, Role::CommunityOfficer, Role::StreetDispatcher];
/// Roles that answer for the work of others.
const LEADS: [Role; 3] = [Role::MicroLead, Role::GridLead, Role::CommunityOfficer];
/// Roles that do the daily work of a micro-grid.
const WORKS: [Role; 4] = [Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer];

/// A member as seen from one scope at one moment: which roles reach it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub member: MemberId,
    roles: Vec<Role>,
    /// For building leaders: their buildings; `None` = the whole scope.
    buildings: Option<Vec<PlaceId>>,
}

impl Standing {
    /// What a member's grants amount to in `scope` at `at` (seconds since 1970).
    pub fn of(member: &Member, org: &OrgTree, scope: &NodeId, at: i64) -> Self {
        let holding = member.grants.iter().filter(|g| g.holds_at(at) && org.covers(&g.node, scope));
        let (mut roles, mut buildings, mut whole) = (Vec::new(), Vec::new(), false);
        for grant in holding {
            if !roles.contains(&grant.role) {
                roles.push(grant.role);
            }
            if grant.role == Role::BuildingLeader {
                whole |= grant.buildings.is_empty();
                buildings.extend(grant.buildings.iter().cloned());
            }
        }
        Self { member: member.id.clone(), roles, buildings: (!whole).then_some(buildings) }
    }

    /// Whether the member holds a role here.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Whether the member has any duty here.
    pub fn reaches(&self) -> bool {
        !self.roles.is_empty()
    }

    fn any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|r| self.has(*r))
    }

    fn leads_building_of(&self, matter: &Matter) -> bool {
        self.has(Role::BuildingLeader)
            && match (&self.buildings, matter.place().building) {
                (None, _) => true,
                (Some(own), Some(building)) => own.contains(&building),
                (Some(_), None) => false,
            }
    }

    fn recorded(&self, matter: &Matter) -> bool {
        matter.created_by == self.member
    }

    fn is_assigned(&self, matter: &Matter) -> bool {
        matter.assignees.contains(&self.member)
    }
}

/// Whether the member holds every general matter of the scope, so that no document has to be looked at one by one.
pub fn reads_whole_scope(standing: &Standing) -> bool {
    standing.any(&WIDE) || (standing.has(Role::BuildingLeader) && standing.buildings.is_none())
}

/// Whether a member may hold a document at all.
pub fn sees(standing: &Standing, matter: &Matter) -> bool {
    standing.reaches()
        && matter.class == DocClass::General
        && (reads_whole_scope(standing)
            || standing.leads_building_of(matter)
            || (standing.any(&[Role::PropertyStaff, Role::FamilyDoctor, Role::BuildingLeader])
                && (standing.recorded(matter) || standing.is_assigned(matter))))
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
        Action::EditFact { field, value } => judge_edit(standing, field, value.as_ref(), matter),
        Action::Event(body) => judge_event(standing, body, matter),
        Action::Unknown => Err(Refusal::UnknownAction),
    }
}

fn judge_create(standing: &Standing, kind: RecordKind, matter: &Matter) -> Result<(), Refusal> {
    if !standing.recorded(matter) {
        return Err(Refusal::WrongAuthor);
    }
    if standing.any(&WIDE) || standing.any(&[Role::FamilyDoctor, Role::PropertyStaff]) {
        // They may record anything of their grid.
    } else if standing.has(Role::BuildingLeader) {
        if kind == RecordKind::Demand {
            return Err(Refusal::NotYourRole);
        }
        if !standing.leads_building_of(matter) {
            return Err(Refusal::NotYourBuilding);
        }
    } else {
        return Err(Refusal::NotYourRole);
    }
    for (name, values) in &matter.facts {
        values.iter().try_for_each(|v| judge_value(name, &v.value))?;
    }
    if matter.text(field::TITLE).trim().is_empty() { Err(Refusal::TitleMissing) } else { Ok(()) }
}

fn judge_edit(standing: &Standing, name: &str, value: Option<&Scalar>, matter: &Matter) -> Result<(), Refusal> {
    if !field::EDITABLE.contains(&name) {
        return Err(Refusal::UnknownField);
    }
    if !standing.any(&WORKS) && !standing.recorded(matter) {
        return Err(Refusal::NotYourRole);
    }
    if matter.status == Status::Withdrawn {
        return Err(Refusal::AlreadyClosed);
    }
    value.map_or(Ok(()), |value| judge_value(name, value))
}

fn judge_value(name: &str, value: &Scalar) -> Result<(), Refusal> {
    match (name, value) {
        (field::TITLE, Scalar::Str(s)) if s.trim().is_empty() => Err(Refusal::TitleMissing),
        (field::TITLE, Scalar::Str(s)) if s.chars().count() > 200 => Err(Refusal::TooLong),
        (field::URGENCY, Scalar::Str(s)) if Urgency::from_code(s).is_none() => Err(Refusal::BadValue),
        (name, Scalar::Str(_)) if field::EDITABLE.contains(&name) => Ok(()),
        (name, _) if field::EDITABLE.contains(&name) => Err(Refusal::BadValue),
        _ => Err(Refusal::UnknownField),
    }
}

fn judge_event(standing: &Standing, body: &EventBody, matter: &Matter) -> Result<(), Refusal> {
    if body.note().chars().count() > MAX_NOTE {
        return Err(Refusal::TooLong);
    }
    let need_note = || if body.note().trim().is_empty() { Err(Refusal::NoteMissing) } else { Ok(()) };
    let need_open = || if matter.status.is_open() { Ok(()) } else { Err(Refusal::AlreadyClosed) };
    let disagreed = |reason: NeedsEyesReason| matter.needs_eyes.iter().any(|n| n.reason == reason);
    let allowed = |yes: bool, otherwise: Refusal| if yes { Ok(()) } else { Err(otherwise) };
    let involved = standing.any(&WORKS) || standing.recorded(matter) || standing.is_assigned(matter);
    match body {
        EventBody::Accept { .. } => {
            allowed(standing.any(&DECIDES), Refusal::NotYourRole)?;
            need_open()?;
            // A path changes only when a person says why.
            if matter.path.is_some() && !disagreed(NeedsEyesReason::TwoPaths) { need_note() } else { Ok(()) }
        }
        EventBody::Assign { .. } => {
            allowed(standing.any(&DECIDES) || standing.has(Role::MicroLead), Refusal::NotYourRole)?;
            need_open()
        }
        EventBody::Step { .. } => {
            allowed(involved, Refusal::NotAssignedToYou)?;
            need_open()?;
            need_note()
        }
        EventBody::Resolve { .. } => {
            let yes = standing.any(&LEADS) || standing.recorded(matter) || standing.is_assigned(matter);
            allowed(yes, Refusal::NotAssignedToYou)?;
            need_open()
        }
        EventBody::Reopen { .. } => {
            allowed(involved || standing.leads_building_of(matter), Refusal::NotYourRole)?;
            let in_doubt = disagreed(NeedsEyesReason::ClosedWhileWorked) || disagreed(NeedsEyesReason::TwoOutcomes);
            allowed(!matter.status.is_open() || in_doubt, Refusal::NotClosed)?;
            need_note()
        }
        EventBody::Withdraw { .. } => {
            allowed(standing.recorded(matter), Refusal::NotYourRecord)?;
            need_open()
        }
        EventBody::Attach { .. } => {
            allowed(involved, Refusal::NotAssignedToYou)?;
            allowed(matter.status != Status::Withdrawn, Refusal::AlreadyClosed)
        }
    }
}

/// The codes of the events a member may do now, in the order screens offer them. Asks [`judge`] with a sample of each.
pub fn offers(standing: &Standing, matter: &Matter) -> Vec<&'static str> {
    let note = || "…".to_owned();
    let samples = [
        EventBody::Accept { path: crate::model::Path::Now, note: note() },
        EventBody::Assign { to: standing.member.clone(), help: vec![], due: None, note: String::new() },
        EventBody::Step { note: note() },
        EventBody::Resolve { note: note() },
        EventBody::Reopen { note: note() },
        EventBody::Withdraw { note: note() },
        EventBody::Attach {
            file: crate::id::FileHash::default(),
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
    let (base, created) = match fold_view(&before) {
        Some(matter) => (matter, false),
        None => {
            let matter = fold_just_after(history, hash).ok_or(unknown_kind)?;
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
            Some(Key::Fact(field)) if !created => Action::EditFact { field, value: value.cloned() },
            _ => continue, // heads and first facts: judged with the creation
        };
        judge(standing, &action, &base).map_err(refuse)?;
    }
    Ok(())
}

/// The record before the events that were written along with it.
fn as_recorded(mut matter: Matter) -> Matter {
    matter.status = Status::Reported;
    matter.path = None;
    matter.assignment = None;
    matter.assignees.clear();
    matter.timeline.clear();
    matter.needs_eyes.clear();
    matter
}
