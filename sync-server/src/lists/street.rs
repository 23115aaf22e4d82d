//! The names of a street: members, grids, places and dictionary words as people read them.

use crate::storage::{Read, Result};
use beehive_core::{
    MemberId, NodeId, PlaceId, Rules,
    model::Place,
    reference::{Member, OrgTree, past_word},
};
use std::collections::HashMap;

/// Everything by its id.
pub struct Street {
    pub tree: OrgTree,
    pub rules: Rules,
    members: HashMap<MemberId, Member>,
    nodes: HashMap<NodeId, String>,
    buildings: HashMap<PlaceId, String>,
    words: HashMap<(String, String), String>,
}

impl Street {
    pub fn read(rows: &dyn Read) -> Result<Self> {
        let org = rows.org()?;
        let past = rows.past_buildings()?.into_iter().map(|b| (b.id.clone(), b.shown()));
        Ok(Self {
            tree: OrgTree::new(&org),
            rules: rows.rules()?,
            members: rows.members()?.into_iter().map(|m| (m.id.clone(), m)).collect(),
            nodes: org.into_iter().map(|n| (n.id, n.name)).collect(),
            // What is on the list comes last and wins.
            buildings: past.chain(rows.all_buildings()?.into_iter().map(|b| (b.id, b.name))).collect(),
            words: rows
                .past_words()?
                .into_iter()
                .map(|e| ((e.dictionary, e.code), past_word(&e.zh)))
                .chain(rows.dictionary()?.into_iter().map(|e| ((e.dictionary, e.code), e.zh)))
                .collect(),
        })
    }

    /// A member's name; the id of one who is not known (any more).
    pub fn name<'a>(&'a self, member: &'a MemberId) -> &'a str {
        self.members.get(member).map_or(member.0.as_str(), |m| m.name.as_str())
    }

    /// A grid's name.
    pub fn node<'a>(&'a self, node: &'a NodeId) -> &'a str {
        self.nodes.get(node).map_or(node.0.as_str(), String::as_str)
    }

    /// A dictionary's word for a code; the code itself if it has none.
    pub fn word(&self, dictionary: &str, code: &str) -> String {
        self.words.get(&(dictionary.to_owned(), code.to_owned())).cloned().unwrap_or_else(|| code.to_owned())
    }

    /// A place as people say it, e.g. `3 栋 1 单元 402`.
    pub fn place(&self, place: &Place) -> String {
        let building =
            place.building.as_ref().map(|id| self.buildings.get(id).cloned().unwrap_or_else(|| format!("不在名单上的楼（{id}）")));
        let unit = place.unit.as_ref().map(|u| if u.ends_with("单元") { u.clone() } else { format!("{u} 单元") });
        let parts = [building, unit, place.door.clone(), place.text.clone()].into_iter().flatten();
        parts.map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" ")
    }

    /// A day by the street's clock.
    pub fn day(&self, at: i64) -> String {
        let local = at.saturating_add(i64::from(self.rules.calendar.utc_offset));
        chrono::DateTime::from_timestamp(local, 0).map_or_else(String::new, |t| t.format("%Y-%m-%d").to_string())
    }
}
