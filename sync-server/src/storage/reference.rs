//! Rows of the reference data: org tree, buildings, members, dictionary, and a counter per dataset.

use super::Result;
use beehive_core::{
    MemberId, NodeId, PlaceId, Rules,
    policy::{Duty, PastPlace},
    reference::{Building, DictionaryEntry, Member, OrgNode, PastBuilding},
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
    /// Names that only records still need. It has no counter of its own: it changes with what they are left from.
    Past,
}

impl ReferenceSet {
    /// Every dataset.
    pub const ALL: [Self; 6] = [Self::Org, Self::Places, Self::Members, Self::Dictionary, Self::Rules, Self::Past];

    /// Its stable name: one of [`beehive_core::reference::Dataset::NAMES`].
    pub fn name(self) -> &'static str {
        match self {
            Self::Org => "org",
            Self::Places => "places",
            Self::Members => "members",
            Self::Dictionary => "dictionary",
            Self::Rules => "rules",
            Self::Past => "past",
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
            // Each only ever grows, so the sum changes whenever one does.
            ReferenceSet::Past => self.places.saturating_add(self.dictionary),
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
    /// Buildings that were taken off the list, and those of before they came to another grid, in the order in which that was done.
    fn past_buildings(&self) -> Result<Vec<PastBuilding>>;
    /// One member, with the grants that nobody has ended.
    fn member(&self, id: &MemberId) -> Result<Option<Member>>;
    /// Every member, in the order they were written.
    fn members(&self) -> Result<Vec<Member>>;
    /// The whole history of a member's duties, those that stand and those that were ended, in the order they were written.
    fn duties(&self, member: &MemberId) -> Result<Vec<Duty>>;
    /// Where nodes hung before they were moved, in the order they were.
    fn past_places(&self) -> Result<Vec<PastPlace>>;
    /// Where members had duties that were ended: whose names the records of a grid need.
    fn past_duties(&self) -> Result<Vec<(MemberId, NodeId)>>;
    /// All dictionaries, in the order they were written.
    fn dictionary(&self) -> Result<Vec<DictionaryEntry>>;
    /// Entries that were taken out of the dictionaries, likewise.
    fn past_words(&self) -> Result<Vec<DictionaryEntry>>;
    /// The street's rules; the usual ones while nobody has set any.
    fn rules(&self) -> Result<Rules>;
}

/// Writes of the reference data. Whoever writes a dataset also calls [`WriteReference::bump`], or phones never hear of it.
pub trait WriteReference {
    /// Counts one change of a dataset.
    fn bump(&self, set: ReferenceSet) -> Result<()>;
    /// Writes a node. Where it hung before is kept.
    fn put_node(&self, node: &OrgNode, by: ByWhom<'_>) -> Result<()>;
    /// Writes a building; one that was taken off the list is on it again. If it was in another grid, that is kept.
    fn put_building(&self, building: &Building) -> Result<()>;
    /// Takes a building off the list at a moment, its name being kept for the records, or puts it on it again. Says whether that changed
    /// anything.
    fn list_building(&self, id: &PlaceId, removed: Option<i64>) -> Result<bool>;
    /// Writes a member with all grants. A grant that is not among them any more, or is changed, is ended and kept ([`Duty`]).
    fn put_member(&self, member: &Member, by: ByWhom<'_>) -> Result<()>;
    /// Writes an entry of a dictionary; one that was taken out is in it again.
    fn put_dictionary(&self, entry: &DictionaryEntry) -> Result<()>;
    /// Takes an entry out of a dictionary at a moment, its words being kept for the records, or puts it in again. Says whether that
    /// changed anything.
    fn list_word(&self, dictionary: &str, code: &str, removed: Option<i64>) -> Result<bool>;
    /// Writes the street's rules, whole.
    fn put_rules(&self, rules: &Rules) -> Result<()>;
}
