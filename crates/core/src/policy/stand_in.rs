//! Stand-ins (代管): who leads a grid lets a colleague do it for them, for a time.
//!
//! A stand-in's grants are ordinary ones with an end and a name on them, so that nothing else in the program has to know of them.

use super::standing::LEADS;
use crate::{
    id::NodeId,
    model::{Grant, Role},
    reference::{Level, Member, OrgTree},
    refusal::Refusal,
};

/// The longest time somebody stands in, seconds: long enough for a holiday or an illness, short enough not to be forgotten.
pub const MAX_STAND_IN: i64 = 31 * 86_400;

/// The grants that `deputy` gets for `lead` until a moment (seconds since 1970): those with which `lead` leads `node` (or whatever they
/// lead), as of `now`. What is itself a stand-in is not passed on.
///
/// # Errors
/// The [`Refusal`] to show: nothing to hand over, no colleague, or a time that has passed or is too long.
pub fn stand_in(lead: &Member, deputy: &Member, org: &OrgTree, node: Option<&NodeId>, until: i64, now: i64) -> Result<Vec<Grant>, Refusal> {
    if until <= now || until > now.saturating_add(MAX_STAND_IN) {
        return Err(Refusal::StandInTime);
    }
    let led: Vec<Grant> = lead
        .grants
        .iter()
        .filter(|g| leads(g, now))
        .filter(|g| node.is_none_or(|n| org.covers(&g.node, n)))
        .map(|g| Grant {
            role: g.role,
            node: node.unwrap_or(&g.node).clone(),
            buildings: vec![],
            from: Some(now),
            // Nobody hands over more time than they have.
            until: Some(g.until.map_or(until, |end| end.min(until))),
            on_behalf: Some(lead.id.clone()),
        })
        .collect();
    if led.is_empty() {
        return Err(Refusal::NotYourRole);
    }
    let near = deputy.id != lead.id && led.iter().all(|g| works_near(deputy, &g.node, org, now));
    if near { Ok(led) } else { Err(Refusal::NotAColleague) }
}

/// What is left of a member's grants when they stand in for `lead` no more: at `node`, or anywhere.
pub fn without_stand_in(deputy: &Member, lead: &Member, node: Option<&NodeId>) -> Vec<Grant> {
    let ends = |g: &&Grant| g.on_behalf.as_ref() == Some(&lead.id) && node.is_none_or(|n| *n == g.node);
    deputy.grants.iter().filter(|g| !ends(g)).cloned().collect()
}

/// Where a member leads in their own name, each node once: what a stand-in can be named for.
pub fn leads_at(member: &Member, now: i64) -> Vec<NodeId> {
    let mut nodes: Vec<NodeId> = Vec::new();
    for grant in member.grants.iter().filter(|g| leads(g, now)) {
        if !nodes.contains(&grant.node) {
            nodes.push(grant.node.clone());
        }
    }
    nodes
}

fn leads(grant: &Grant, now: i64) -> bool {
    LEADS.contains(&grant.role) && grant.holds_at(now) && grant.on_behalf.is_none()
}

/// Whether a member already works in the same general grid (for a community: in it), so that residents' data stays among those whose duty it is.
fn works_near(member: &Member, node: &NodeId, org: &OrgTree, now: i64) -> bool {
    let wide_enough = |n: &&NodeId| org.level(n).is_some_and(|l| l <= Level::GeneralGrid);
    let around = org.ancestors(node).find(wide_enough).unwrap_or(node);
    let works = [Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer];
    let here = |g: &Grant| works.contains(&g.role) && g.holds_at(now) && (org.covers(around, &g.node) || org.covers(&g.node, around));
    member.grants.iter().any(here)
}
