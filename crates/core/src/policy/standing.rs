//! A member as seen from one scope: which roles reach it, and what they amount to.

use crate::{
    id::{MemberId, NodeId, PlaceId},
    model::{Matter, Role},
    reference::{Member, OrgTree},
};

/// Roles that hold every general matter of their scope.
pub(super) const WIDE: [Role; 5] = [Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer, Role::StreetDispatcher];
/// Roles that decide who deals with a matter and by which path.
pub(super) const DECIDES: [Role; 3] = [Role::GridLead, Role::CommunityOfficer, Role::StreetDispatcher];
/// Roles that answer for the work of others.
pub(super) const LEADS: [Role; 3] = [Role::MicroLead, Role::GridLead, Role::CommunityOfficer];
/// Roles that do the daily work of a micro-grid.
pub(super) const WORKS: [Role; 4] = [Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer];

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

    pub(super) fn any(&self, roles: &[Role]) -> bool {
        roles.iter().any(|r| self.has(*r))
    }

    /// Whether the member decides who deals with a matter and by which path.
    pub fn decides(&self) -> bool {
        self.any(&DECIDES)
    }

    /// Whether the member does the daily work of the micro-grid.
    pub fn works(&self) -> bool {
        self.any(&WORKS)
    }

    /// Whether the member holds every general matter of the scope.
    pub(super) fn is_wide(&self) -> bool {
        self.any(&WIDE)
    }

    /// Whether the member has to do with a matter: works there, recorded it, or was given it.
    pub fn is_involved(&self, matter: &Matter) -> bool {
        self.works() || self.reported(matter) || self.is_assigned(matter)
    }

    /// Whether the member is the one who resolved a matter, or must be taken for them.
    pub fn solved(&self, matter: &Matter) -> bool {
        if matter.solvers.is_empty() { self.is_assigned(matter) } else { matter.solvers.contains(&self.member) }
    }

    /// Whether the member is building leader of the building a matter is in.
    pub fn leads_building_of(&self, matter: &Matter) -> bool {
        self.has(Role::BuildingLeader)
            && match (&self.buildings, matter.place().building) {
                (None, _) => true,
                (Some(own), Some(building)) => own.contains(&building),
                (Some(_), None) => false,
            }
    }

    /// The buildings the member leads here; empty for none, or for every building of the scope.
    pub fn own_buildings(&self) -> &[PlaceId] {
        self.buildings.as_deref().unwrap_or_default()
    }

    /// Whether the member recorded a matter.
    pub fn recorded(&self, matter: &Matter) -> bool {
        matter.created_by == self.member
    }

    /// Whether the member recorded a matter, or raised the same and joined it.
    pub fn reported(&self, matter: &Matter) -> bool {
        self.recorded(matter) || matter.joined.contains(&self.member)
    }

    /// Whether the member may record whatever they find here.
    pub(super) fn records_anything(&self) -> bool {
        self.is_wide() || self.any(&[Role::FamilyDoctor, Role::PropertyStaff])
    }

    /// Whether a matter was given to the member, alone or with others.
    pub fn is_assigned(&self, matter: &Matter) -> bool {
        matter.assignees.contains(&self.member)
    }
}

/// Whether the member holds every general matter of the scope, so that no document has to be looked at one by one.
pub fn reads_whole_scope(standing: &Standing) -> bool {
    standing.any(&WIDE) || (standing.has(Role::BuildingLeader) && standing.buildings.is_none())
}
