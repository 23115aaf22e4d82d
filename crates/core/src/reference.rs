//! Reference data: decisions that need one authority. It lives in the server's tables and reaches phones as versioned, read-only
//! datasets.

use crate::{
    id::{MemberId, NodeId, PlaceId},
    model::{Grant, MemberKind},
    rules::Rules,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// The level of an org node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// 街道
    Street,
    /// 社区 (= 总网格)
    Community,
    /// 一般网格
    GeneralGrid,
    /// 微网格
    MicroGrid,
    /// 专属网格 (school, mall)
    DedicatedGrid,
}

/// A node of the org tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct OrgNode {
    /// Its id.
    pub id: NodeId,
    /// What it is below; absent for the street.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub parent: Option<NodeId>,
    /// Which level.
    pub level: Level,
    /// What people call it.
    pub name: String,
}

/// A unit (单元) of a building and its doors, from the top floor down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Unit {
    /// E.g. `1`.
    pub name: String,
    /// Door numbers, e.g. `701`, top floor first.
    pub doors: Vec<String>,
}

/// A building (楼栋).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Building {
    /// Its id.
    pub id: PlaceId,
    /// The micro-grid it belongs to.
    pub node: NodeId,
    /// What people call it, e.g. `3 栋`.
    pub name: String,
    /// Its units.
    pub units: Vec<Unit>,
}

/// A member as others see them: a name and what they may do where. No telephone number, no address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Member {
    /// Who.
    pub id: MemberId,
    /// The name shown.
    pub name: String,
    /// Kinds (party member, resident...).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<MemberKind>,
    /// What they may do, where, from and until when.
    pub grants: Vec<Grant>,
}

/// An entry of a dictionary (category, channel).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DictionaryEntry {
    /// Which dictionary: `category` or `channel`.
    pub dictionary: String,
    /// The stable code stored in records.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// For which kinds of record it is offered; empty = all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<crate::model::RecordKind>,
}

/// A building that records name and forms no longer offer: it was taken off the list, or belongs to a grid that is not the reader's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PastBuilding {
    /// Its id, which is never given to another.
    pub id: PlaceId,
    /// A grid in which records may name it.
    pub node: NodeId,
    /// What people last called it.
    pub name: String,
    /// Whether it is gone altogether; otherwise it is in another grid now.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub removed: bool,
}

impl PastBuilding {
    /// Its name as screens and lists show it.
    pub fn shown(&self) -> String {
        if self.removed { format!("{}（已撤）", self.name) } else { self.name.clone() }
    }
}

/// A word that is no longer in its dictionary, as screens and lists show it.
pub fn past_word(zh: &str) -> String {
    format!("{zh}（已停用）")
}

/// Names that records need and forms do not: a phone that joins today reads records of years ago.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Past {
    /// Buildings.
    #[serde(default)]
    pub buildings: Vec<PastBuilding>,
    /// Entries of dictionaries.
    #[serde(default)]
    pub words: Vec<DictionaryEntry>,
}

/// One dataset of the reference data, whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "set", content = "rows", rename_all = "snake_case")]
pub enum Dataset {
    /// The org tree above and below the reader's grants.
    Org(Vec<OrgNode>),
    /// Buildings of the reader's scopes.
    Places(Vec<Building>),
    /// Members the reader works with.
    Members(Vec<Member>),
    /// All dictionaries.
    Dictionary(Vec<DictionaryEntry>),
    /// Clocks, working days, askings. Only sent to phones that can read it ([`crate::sync::capability::LIFE`]).
    Rules(Box<Rules>),
    /// Names that only records still need. Only sent to phones that can read it ([`crate::sync::capability::PAST`]).
    Past(Box<Past>),
}

impl Dataset {
    /// The names of all datasets.
    pub const NAMES: [&'static str; 6] = ["org", "places", "members", "dictionary", "rules", "past"];

    /// The dataset's stable name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Org(_) => "org",
            Self::Places(_) => "places",
            Self::Members(_) => "members",
            Self::Dictionary(_) => "dictionary",
            Self::Rules(_) => "rules",
            Self::Past(_) => "past",
        }
    }
}

/// The org tree as a lookup from node to parent.
#[derive(Debug, Clone, Default)]
pub struct OrgTree {
    nodes: HashMap<NodeId, (Option<NodeId>, Level)>,
}

/// More levels than any street has: a bound against a cycle in bad reference data.
const MAX_DEPTH: usize = 16;

impl OrgTree {
    /// Builds the lookup.
    pub fn new<'a>(nodes: impl IntoIterator<Item = &'a OrgNode>) -> Self {
        Self { nodes: nodes.into_iter().map(|n| (n.id.clone(), (n.parent.clone(), n.level))).collect() }
    }

    /// The level of a node, if the node is known.
    pub fn level(&self, node: &NodeId) -> Option<Level> {
        self.nodes.get(node).map(|(_, level)| *level)
    }

    /// Whether `outer` is `node` or above it.
    pub fn covers(&self, outer: &NodeId, node: &NodeId) -> bool {
        self.ancestors(node).any(|n| n == outer)
    }

    /// The node itself and everything above it, nearest first. Empty for an unknown node.
    pub fn ancestors<'a>(&'a self, node: &'a NodeId) -> impl Iterator<Item = &'a NodeId> {
        let start = self.nodes.contains_key(node).then_some(node);
        std::iter::successors(start, |n| self.nodes.get(*n).and_then(|(parent, _)| parent.as_ref())).take(MAX_DEPTH)
    }

    /// Every node below or equal to `outer`.
    pub fn below<'a>(&'a self, outer: &'a NodeId) -> impl Iterator<Item = &'a NodeId> {
        self.nodes.keys().filter(move |n| self.covers(outer, n))
    }
}
