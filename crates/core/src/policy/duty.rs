//! The history of duties: who could do what where at a moment that is past.
//!
//! Work done offline arrives when it arrives. Meanwhile a duty may have been ended by hand, given other dates or buildings, passed on, or the
//! grid may hang elsewhere in the tree. So nothing of it is ever forgotten: ending or changing a grant closes its row and opens another, and
//! what arrives late is looked at under every duty that its author ever had. It is not applied on the word of a clock that may be wrong; it is
//! held, and a supervisor decides.

use super::Standing;
use crate::{
    id::NodeId,
    model::Grant,
    reference::{Member, OrgNode, OrgTree},
};
use std::collections::BTreeSet;

/// One row of the history: a grant as it was given, and how it came and went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duty {
    /// What was given. Its own `from` and `until` are the dates that were said along.
    pub grant: Grant,
    /// When it was given, seconds since 1970; 0 = before anybody noted that.
    pub opened_at: i64,
    /// By whom or by what: a member's id, or the name of a command.
    pub opened_by: String,
    /// When it was ended or changed by hand; `None` = it stands.
    pub ended_at: Option<i64>,
    /// By whom or by what it was ended.
    pub ended_by: Option<String>,
}

impl Duty {
    /// The grant within the bounds in which it really held. Clocks here count seconds: who was given a duty had it for
    /// the whole of that second, even if it was taken back within it.
    pub fn as_held(&self) -> Grant {
        let ended_at = self.ended_at.map(|at| at.max(self.opened_at.saturating_add(1)));
        let from = (self.opened_at > 0).then_some(self.opened_at).max(self.grant.from);
        let until = match (self.grant.until, ended_at) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Grant { from, until, ..self.grant.clone() }
    }
}

/// Where a node of the org tree hung for a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastPlace {
    /// Which node.
    pub node: NodeId,
    /// What it was below.
    pub parent: Option<NodeId>,
    /// From when, seconds since 1970.
    pub from: i64,
    /// Until when (exclusive).
    pub until: i64,
}

/// The most standings that one change is looked at under: each costs a fold, and nobody's duties change more often within one phone's absence.
const MAX_STANDINGS: usize = 32;

/// What one member's duties were, and where the grids hung meanwhile.
#[derive(Debug, Clone)]
pub struct PastDuties {
    member: Member,
    nodes: Vec<OrgNode>,
    places: Vec<PastPlace>,
}

impl PastDuties {
    /// The history of `member`. `nodes` is the org tree as it is, `places` where its nodes hung before.
    pub fn new(member: &Member, duties: &[Duty], nodes: &[OrgNode], places: Vec<PastPlace>) -> Self {
        let grants = duties.iter().map(Duty::as_held).collect();
        Self { member: Member { grants, ..member.clone() }, nodes: nodes.to_vec(), places }
    }

    /// Every standing that the member had in `scope` up to `now`, each once: the one at `written` (what the writer's clock said, never later
    /// than `now`) first, then from the latest back to the first. Moments without any duty there are left out.
    pub fn standings(&self, scope: &NodeId, written: i64, now: i64) -> Vec<Standing> {
        let mut moments = vec![written.min(now)];
        moments.extend(self.moments(now).into_iter().rev());
        let mut found: Vec<Standing> = Vec::new();
        let mut tree: Option<(BTreeSet<usize>, OrgTree)> = None;
        for at in moments {
            let hung = self.hung_elsewhere(at);
            if tree.as_ref().is_none_or(|(of, _)| *of != hung) {
                let made = self.tree(&hung);
                tree = Some((hung, made));
            }
            let Some((_, tree)) = &tree else { continue };
            let standing = Standing::of(&self.member, tree, scope, at);
            if standing.reaches() && !found.contains(&standing) {
                found.push(standing);
            }
            if found.len() >= MAX_STANDINGS {
                break;
            }
        }
        found
    }

    /// Whether the member had a duty in `scope` at a moment.
    pub fn reached(&self, scope: &NodeId, at: i64) -> bool {
        Standing::of(&self.member, &self.tree(&self.hung_elsewhere(at)), scope, at).reaches()
    }

    /// The moments up to `now` at which something may have been otherwise than just before, and those just before. Ascending.
    fn moments(&self, now: i64) -> BTreeSet<i64> {
        let grants = self.member.grants.iter().flat_map(|g| [g.from, g.until]).flatten();
        let places = self.places.iter().flat_map(|p| [p.from, p.until]);
        let ends = grants.chain(places).flat_map(|at| [at.saturating_sub(1), at]);
        ends.chain([now]).filter(|at| *at <= now).collect()
    }

    /// Which of the past places held at a moment.
    fn hung_elsewhere(&self, at: i64) -> BTreeSet<usize> {
        let held = |p: &PastPlace| p.from <= at && at < p.until.max(p.from.saturating_add(1));
        self.places.iter().enumerate().filter(|(_, p)| held(p)).map(|(n, _)| n).collect()
    }

    fn tree(&self, hung: &BTreeSet<usize>) -> OrgTree {
        let mut nodes = self.nodes.clone();
        for place in hung.iter().filter_map(|n| self.places.get(*n)) {
            nodes.iter_mut().filter(|n| n.id == place.node).for_each(|n| n.parent.clone_from(&place.parent));
        }
        OrgTree::new(&nodes)
    }
}
