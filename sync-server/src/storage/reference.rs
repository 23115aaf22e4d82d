//! Rows of the reference data: org tree, buildings, members, dictionary, and a counter per dataset.

use super::Result;
use beehive_core::{
    MemberId, NodeId, Rules,
    policy::{Duty, PastPlace},
    reference::{Building, DictionaryEntry, Member, OrgNode},
};

/// When duties or the org tree are changed, and by whom: kept with what is ended and with what is begun by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByWhom<'a> {
    /// When, seconds since 1970.
    pub at: i64,
    /// A member's id, or the name of a command.
    pub by: &'a str,
}

impl ByWhom<'static> {
    /// What a street begins with: it held before anything was noted.
    pub const FIRST: Self = Self { at: 0, by: "init" };

    /// A command of the administrator's.
    pub fn command(name: &'static str, at: i64) -> Self {
        Self { at, by: name }
    }
}

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
    /// One member, with the grants that nobody has ended.
    fn member(&self, id: &MemberId) -> Result<Option<Member>>;
    /// Every member, in the order they were written.
    fn members(&self) -> Result<Vec<Member>>;
    /// The whole history of a member's duties, those that stand and those that were ended, in the order they were written.
    fn duties(&self, member: &MemberId) -> Result<Vec<Duty>>;
    /// Where nodes hung before they were moved, in the order they were.
    fn past_places(&self) -> Result<Vec<PastPlace>>;
    /// All dictionaries, in the order they were written.
    fn dictionary(&self) -> Result<Vec<DictionaryEntry>>;
    /// The street's rules; the usual ones while nobody has set any.
    fn rules(&self) -> Result<Rules>;
}

/// Writes of the reference data. Whoever writes a dataset also calls [`WriteReference::bump`], or phones never hear of it.
pub trait WriteReference {
    /// Counts one change of a dataset.
    fn bump(&self, set: ReferenceSet) -> Result<()>;
    /// Writes a node. Where it hung before is kept.
    fn put_node(&self, node: &OrgNode, by: ByWhom<'_>) -> Result<()>;
    /// Writes a building.
    fn put_building(&self, building: &Building) -> Result<()>;
    /// Writes a member with all grants. A grant that is not among them any more, or is changed, is ended and kept ([`Duty`]).
    fn put_member(&self, member: &Member, by: ByWhom<'_>) -> Result<()>;
    /// Writes an entry of a dictionary.
    fn put_dictionary(&self, entry: &DictionaryEntry) -> Result<()>;
    /// Writes the street's rules, whole.
    fn put_rules(&self, rules: &Rules) -> Result<()>;
}
