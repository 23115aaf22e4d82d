//! Stand-ins as this phone knows them. Naming one is the server's to do; who could be named is the rule both share.

use super::{Inner, me::member_view};
use crate::api::{LedView, StandInView, StandInsView};
use beehive_core::{
    NodeId,
    policy::{MAX_STAND_IN, leads_at, stand_in},
    reference::Member,
};

const DAY: i64 = 86_400;

impl Inner {
    /// The stand-ins that concern the reader, and whom they could name.
    pub fn stand_ins(&self) -> StandInsView {
        let (reference, now) = (self.reference(), self.clock.now());
        let mut stand_ins = Vec::new();
        for member in reference.members() {
            for grant in member.grants.iter().filter(|g| g.holds_at(now)) {
                let Some(lead) = grant.on_behalf.as_ref().filter(|lead| reference.is_me(lead) || reference.is_me(&member.id)) else {
                    continue;
                };
                stand_ins.push(StandInView {
                    lead: reference.name(lead).to_owned(),
                    lead_id: lead.clone(),
                    to: member.name.clone(),
                    to_id: member.id.clone(),
                    role: grant.role,
                    node: reference.node_name(&grant.node).to_owned(),
                    node_id: grant.node.clone(),
                    until: grant.until,
                    mine: reference.is_me(lead),
                });
            }
        }
        stand_ins.sort_by(|a, b| (a.until, &a.to, &a.node).cmp(&(b.until, &b.to, &b.node)));
        let may = |m: &Member, node: &NodeId| {
            reference.me().is_some_and(|me| stand_in(me, m, reference.tree(), Some(node), now + DAY, now).is_ok())
        };
        let nodes = reference.me().map(|me| leads_at(me, now)).unwrap_or_default();
        let led: Vec<LedView> = nodes
            .into_iter()
            .map(|node| LedView {
                name: reference.node_name(&node).to_owned(),
                candidates: reference.members().filter(|m| may(m, &node)).map(|m| m.id.clone()).collect(),
                node,
            })
            .collect();
        let named = |m: &&Member| led.iter().any(|l| l.candidates.contains(&m.id));
        let mut candidates: Vec<_> = reference.members().filter(named).map(|m| member_view(&reference, m, now)).collect();
        candidates.sort_by(|a, b| a.name.cmp(&b.name).then_with(|| a.id.cmp(&b.id)));
        StandInsView { stand_ins, led, candidates, max_days: (MAX_STAND_IN / DAY) as u32 }
    }
}
