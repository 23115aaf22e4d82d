//! The parts both demo streets are put together from.

use beehive_core::{
    MemberId, NodeId, PlaceId,
    model::{Grant, MemberKind, Role},
    reference::{Building, Level, Member, OrgNode, Unit},
};

/// A node of the org tree.
pub fn node(id: &str, parent: Option<&str>, level: Level, name: &str) -> OrgNode {
    OrgNode { id: NodeId::from(id), parent: parent.map(NodeId::from), level, name: name.to_owned() }
}

/// A unit with `count` doors, two on a floor, top floor first. An odd door is a single one on the top floor.
pub fn unit(name: usize, count: usize) -> Unit {
    let floors = count.div_ceil(2);
    let doors = (1..=floors).rev().flat_map(|floor| {
        let on_floor = if floor == floors && count % 2 == 1 { 1 } else { 2 };
        (1..=on_floor).map(move |door| format!("{floor}{door:02}"))
    });
    Unit { name: name.to_string(), doors: doors.collect() }
}

/// A building.
pub fn building(id: String, node: &NodeId, name: String, units: Vec<Unit>) -> Building {
    Building { id: PlaceId(id), node: node.clone(), name, units }
}

/// A member in the making: ids are given at the end, in the order of lists.
pub struct Person {
    pub role: Role,
    pub node: NodeId,
    pub buildings: Vec<PlaceId>,
    pub kinds: Vec<MemberKind>,
}

impl Person {
    pub fn new(role: Role, node: &NodeId) -> Self {
        Self { role, node: node.clone(), buildings: vec![], kinds: vec![] }
    }

    pub fn kinds(mut self, kinds: &[MemberKind]) -> Self {
        self.kinds.extend_from_slice(kinds);
        self
    }

    pub fn leads(mut self, building: &PlaceId) -> Self {
        self.buildings.push(building.clone());
        self
    }

    pub fn named(self, number: usize, width: usize, name: String) -> Member {
        let grant = Grant { role: self.role, node: self.node, buildings: self.buildings, from: None, until: None, on_behalf: None };
        Member { id: MemberId(format!("m-{number:0width$}")), name, kinds: self.kinds, grants: vec![grant] }
    }
}
