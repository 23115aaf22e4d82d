//! Reference data in memory, as lookups: names, the org tree, buildings, the dictionary, and whose actor is whose.
//!
//! Loaded once and swapped whole when a sync brings something new; small (a scope's worth), and read for every row of every list.

use super::{grids, types::Account};
use crate::store::{StoreError, actor, reference};
use beehive_core::{
    ActorId, MemberId, NodeId, PlaceId, Rules,
    model::Role,
    policy::Standing,
    reference::{Building, Dataset, DictionaryEntry, Level, Member, OrgNode, OrgTree, PastBuilding, past_word},
};
use rusqlite::Connection;
use std::collections::HashMap;

/// Everything the engine looks names up in.
#[derive(Debug, Default)]
pub struct Reference {
    me: Option<Member>,
    members: HashMap<MemberId, Member>,
    tree: OrgTree,
    nodes: HashMap<NodeId, OrgNode>,
    grids: Vec<NodeId>,
    buildings: Vec<Building>,
    building_index: HashMap<PlaceId, usize>,
    dictionary: Vec<DictionaryEntry>,
    past_buildings: Vec<PastBuilding>,
    /// As they are shown, by dictionary and code.
    past_words: HashMap<(String, String), String>,
    rules: Rules,
    as_of: i64,
    actors: HashMap<ActorId, MemberId>,
}

impl Reference {
    /// Reads the lookups from the store.
    pub fn load(conn: &Connection, account: Option<&Account>, now: i64) -> Result<Self, StoreError> {
        let mut out = Self { as_of: now, actors: actor::all(conn)?, me: account.map(|a| a.member.clone()), ..Self::default() };
        let mut org = Vec::new();
        for dataset in reference::all(conn)? {
            match dataset {
                Dataset::Org(nodes) => org = nodes,
                Dataset::Places(buildings) => out.buildings = buildings,
                Dataset::Members(members) => out.members = members.into_iter().map(|m| (m.id.clone(), m)).collect(),
                Dataset::Dictionary(entries) => out.dictionary = entries,
                Dataset::Past(past) => {
                    let words = past.words.into_iter();
                    out.past_words = words.map(|e| ((e.dictionary, e.code), past_word(&e.zh))).collect();
                    out.past_buildings = past.buildings;
                }
                Dataset::Rules(rules) => match rules.check() {
                    Ok(()) => out.rules = *rules,
                    // Clocks would count wrong with them. The server checks them too, when they are
                    // set.
                    Err(entry) => tracing::warn!(entry, "the street's rules cannot be used"),
                },
            }
        }
        // The dataset is fresher than the enrolment; without it (not one sync yet) the enrolment's grants let work begin.
        if let Some(me) = &mut out.me {
            if let Some(fresh) = out.members.get(&me.id) {
                *me = fresh.clone();
            }
            for grant in &me.grants {
                if !org.iter().any(|n| n.id == grant.node) {
                    org.push(OrgNode { id: grant.node.clone(), parent: None, level: level_of(grant.role), name: String::new() });
                }
            }
        }
        out.tree = OrgTree::new(&org);
        out.grids = org.iter().filter(|n| grids::is_grid(n.level)).map(|n| n.id.clone()).collect();
        out.nodes = org.into_iter().map(|n| (n.id.clone(), n)).collect();
        out.building_index = out.buildings.iter().enumerate().map(|(i, b)| (b.id.clone(), i)).collect();
        Ok(out)
    }

    /// Who runs this phone.
    pub fn me(&self) -> Option<&Member> {
        self.me.as_ref()
    }

    /// Whether a member is who runs this phone.
    pub fn is_me(&self, member: &MemberId) -> bool {
        self.me.as_ref().is_some_and(|me| &me.id == member)
    }

    /// The street's clocks and askings; until they have come, the usual ones.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// What the reader may do in a scope as of when the lookups were loaded; `None` when not enrolled. For projections, which a change of
    /// grants makes anew.
    pub fn own_standing(&self, scope: &NodeId) -> Option<Standing> {
        self.standing(scope, self.as_of)
    }

    /// What the reader may do in a scope at a moment; `None` when not enrolled.
    pub fn standing(&self, scope: &NodeId, at: i64) -> Option<Standing> {
        self.me.as_ref().map(|me| Standing::of(me, &self.tree, scope, at))
    }

    /// What another member may do in a scope at a moment.
    pub fn standing_of(&self, member: &Member, scope: &NodeId, at: i64) -> Standing {
        Standing::of(member, &self.tree, scope, at)
    }

    /// All members the reader works with.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.values()
    }

    /// A member's name; unknown ones are named as such, never left blank.
    pub fn name<'a>(&'a self, member: &MemberId) -> &'a str {
        let known = self.members.get(member).or(self.me.as_ref().filter(|me| &me.id == member));
        known.map_or("不在名单上的人", |m| m.name.as_str())
    }

    /// Whose store wrote something, if that was said.
    pub fn author(&self, actor: &ActorId) -> Option<&MemberId> {
        self.actors.get(actor)
    }

    /// The org tree, as far as the reader has it.
    pub fn tree(&self) -> &OrgTree {
        &self.tree
    }

    /// A node's name.
    pub fn node_name<'a>(&'a self, node: &NodeId) -> &'a str {
        self.nodes.get(node).map_or("", |n| n.name.as_str())
    }

    /// What a node is below.
    pub fn parent(&self, node: &NodeId) -> Option<&NodeId> {
        self.nodes.get(node).and_then(|n| n.parent.as_ref())
    }

    /// The micro-grids and dedicated grids, in the order of lists.
    pub fn grids(&self) -> impl Iterator<Item = &NodeId> {
        self.grids.iter()
    }

    /// All buildings of the reader's scopes.
    pub fn buildings(&self) -> &[Building] {
        &self.buildings
    }

    /// A building.
    pub fn building(&self, id: &PlaceId) -> Option<&Building> {
        self.building_index.get(id).and_then(|i| self.buildings.get(*i))
    }

    /// Buildings that records may name and forms do not offer, in a stable order.
    pub fn past_buildings(&self) -> impl Iterator<Item = &PastBuilding> {
        self.past_buildings.iter().filter(|b| self.building(&b.id).is_none())
    }

    /// What a building is called: also one that was taken off the list, marked so; a code is never shown.
    pub fn building_name(&self, id: &PlaceId) -> String {
        let past = || self.past_buildings().find(|b| b.id == *id).map(PastBuilding::shown);
        let present = self.building(id).map(|b| b.name.clone());
        present.or_else(past).unwrap_or_else(|| "不在名单上的楼".to_owned())
    }

    /// The dictionary.
    pub fn dictionary(&self) -> &[DictionaryEntry] {
        &self.dictionary
    }

    /// The Chinese word of a dictionary's code, also of one that was taken out, marked so; the code itself if it never had it.
    pub fn word<'a>(&'a self, dictionary: &str, code: &'a str) -> &'a str {
        let entry = self.dictionary.iter().find(|e| e.dictionary == dictionary && e.code == code);
        let past = || self.past_words.get(&(dictionary.to_owned(), code.to_owned())).map(String::as_str);
        entry.map(|e| e.zh.as_str()).or_else(past).unwrap_or(code)
    }
}

/// The level a role is usually granted at; only used until the org tree has come.
fn level_of(role: Role) -> Level {
    match role {
        Role::MicroWorker | Role::MicroLead | Role::BuildingLeader | Role::PropertyStaff | Role::FamilyDoctor => Level::MicroGrid,
        Role::GridLead => Level::GeneralGrid,
        Role::CommunityOfficer | Role::AlliancePartner => Level::Community,
        Role::StreetDispatcher | Role::StreetAdmin | Role::Auditor => Level::Street,
    }
}
