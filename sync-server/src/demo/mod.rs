//! Streets to begin with: an empty one, one community to try things out, and Baohe in its real figures (DOMAIN.md §1). Everything comes
//! from a seed; the same seed gives the same street everywhere.

mod baohe;
mod build;
mod dictionary;
mod names;
mod rng;
mod small;

pub use dictionary::dictionary;

use crate::storage::{ByWhom, ReferenceSet, Result, Write};
use beehive_core::{
    MemberId, NodeId,
    model::{Grant, MemberKind, Role},
    reference::{Building, DictionaryEntry, Level, Member, OrgNode},
};

/// All reference data of a street.
#[derive(Debug, Clone, PartialEq)]
pub struct Street {
    /// What it is called.
    pub name: String,
    /// The org tree, parents first.
    pub nodes: Vec<OrgNode>,
    /// The buildings.
    pub buildings: Vec<Building>,
    /// The members, in the order of lists.
    pub members: Vec<Member>,
    /// The dictionaries.
    pub dictionary: Vec<DictionaryEntry>,
}

impl Street {
    /// A street with nothing but its dictionaries and one administrator.
    pub fn empty(name: &str) -> Self {
        let street = build::node("s-1", None, Level::Street, name);
        let grant =
            Grant { role: Role::StreetAdmin, node: NodeId::from("s-1"), buildings: vec![], from: None, until: None, on_behalf: None };
        let admin = Member { id: MemberId::from("m-001"), name: "管理员".into(), kinds: vec![MemberKind::Officer], grants: vec![grant] };
        Self { name: name.to_owned(), nodes: vec![street], buildings: vec![], members: vec![admin], dictionary: dictionary() }
    }

    /// One community: 2 general grids, 4 micro-grids, 12 buildings. m-001 and m-002 work in one micro-grid, m-003 leads it, m-004 leads
    /// its general grid, m-005 is the community's officer.
    pub fn small(seed: u64) -> Self {
        small::street(seed)
    }

    /// A street in the figures of Baohe: 97 general grids, 640 micro-grids, 1,089 members, 10 alliance units, 42,000 doors.
    pub fn baohe(seed: u64) -> Self {
        baohe::street(seed)
    }

    /// How many doors there are.
    pub fn doors(&self) -> usize {
        self.buildings.iter().flat_map(|b| &b.units).map(|u| u.doors.len()).sum()
    }

    /// Writes the street into an empty database.
    pub fn write(&self, tx: &dyn Write) -> Result<()> {
        self.nodes.iter().try_for_each(|n| tx.put_node(n, ByWhom::FIRST))?;
        self.buildings.iter().try_for_each(|b| tx.put_building(b))?;
        self.members.iter().try_for_each(|m| tx.put_member(m, ByWhom::FIRST))?;
        self.dictionary.iter().try_for_each(|d| tx.put_dictionary(d))?;
        ReferenceSet::ALL.into_iter().try_for_each(|set| tx.bump(set))
    }
}

#[cfg(test)]
mod tests;
