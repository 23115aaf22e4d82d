//! Rows of the reference data: org tree, buildings, members, dictionary, and a counter per dataset.

use super::Result;
use beehive_core::{
    MemberId, NodeId, Rules,
    reference::{Building, DictionaryEntry, Member, OrgNode},
};

/// A dataset of the reference data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReferenceSet {
    /// The org tree.
    Org,
    /// Buildings.
    Places,
    /// Members.
    Members,
    /// Dictionaries.
    Dictionary,
    /// Clocks, working days, askings.
    Rules,
}

impl ReferenceSet {
    /// Every dataset.
    pub const ALL: [Self; 5] = [Self::Org, Self::Places, Self::Members, Self::Dictionary, Self::Rules];

    /// Its stable name: one of [`beehive_core::reference::Dataset::NAMES`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Places => "places",
            Self::Members => "members",
            Self::Dictionary => "dictionary",
            Self::Rules => "rules",
        }
    }
}

/// How often each dataset has changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Versions {
    /// Of the org tree.
    pub org: u64,
    /// Of the buildings.
    pub places: u64,
    /// Of the members.
    pub members: u64,
    /// Of the dictionaries.
    pub dictionary: u64,
    /// Of the rules.
    pub rules: u64,
}

impl Versions {
    /// The counter of one dataset.
    pub fn of(&self, set: ReferenceSet) -> u64 {
        match set {
            ReferenceSet::Org => self.org,
            ReferenceSet::Places => self.places,
            ReferenceSet::Members => self.members,
            ReferenceSet::Dictionary => self.dictionary,
            ReferenceSet::Rules => self.rules,
        }
    }
}

/// Reads of the reference data.
pub trait ReadReference {
    /// How often each dataset has changed.
    fn versions(&self) -> Result<Versions>;
    /// The whole org tree, by id.
    fn org(&self) -> Result<Vec<OrgNode>>;
    /// The buildings of one micro-grid, in the order they were written.
    fn buildings(&self, node: &NodeId) -> Result<Vec<Building>>;
    /// Every building, in the order they were written.
    fn all_buildings(&self) -> Result<Vec<Building>>;
    /// One member.
    fn member(&self, id: &MemberId) -> Result<Option<Member>>;
    /// Every member, in the order they were written.
    fn members(&self) -> Result<Vec<Member>>;
    /// All dictionaries, in the order they were written.
    fn dictionary(&self) -> Result<Vec<DictionaryEntry>>;
    /// The street's rules; the usual ones while nobody has set any.
    fn rules(&self) -> Result<Rules>;
}

/// Writes of the reference data. Whoever writes a dataset also calls [`WriteReference::bump`], or phones never hear of it.
pub trait WriteReference {
    /// Counts one change of a dataset.
    fn bump(&self, set: ReferenceSet) -> Result<()>;
    /// Writes a node.
    fn put_node(&self, node: &OrgNode) -> Result<()>;
    /// Writes a building.
    fn put_building(&self, building: &Building) -> Result<()>;
    /// Writes a member with all grants.
    fn put_member(&self, member: &Member) -> Result<()>;
    /// Writes an entry of a dictionary.
    fn put_dictionary(&self, entry: &DictionaryEntry) -> Result<()>;
    /// Writes the street's rules, whole.
    fn put_rules(&self, rules: &Rules) -> Result<()>;
}
