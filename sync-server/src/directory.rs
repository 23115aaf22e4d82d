//! The street as requests need it: the org tree in memory, and each reader's part of the reference data.
//!
//! Both are made again when their version counter has moved, so that the admin commands, which are other processes, take effect at
//! the next request.

use crate::storage::{Read, ReferenceSet, Result, Versions};
use beehive_core::{
    Epoch, MemberId, NodeId, PlaceId,
    model::Grant,
    reference::{Dataset, Level, Member, OrgNode, OrgTree, Past},
};
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

/// Datasets kept in memory: enough for every view of a street that is being downloaded at the same time.
const MAX_CACHED: usize = 512;

/// The org tree with its rows.
#[derive(Debug, Default)]
pub struct Org {
    /// The rows, in the order of lists.
    pub nodes: Vec<OrgNode>,
    /// The lookup.
    pub tree: OrgTree,
}

impl Org {
    /// Whether field records can belong to a node: to all but the street itself.
    pub fn holds_records(&self, node: &NodeId) -> bool {
        self.tree.level(node).is_some_and(|level| level != Level::Street)
    }

    /// Every node that a member's grants cover at a time.
    pub fn scopes_of(&self, member: &Member, at: i64) -> BTreeSet<NodeId> {
        let held: Vec<&Grant> = member.grants.iter().filter(|g| g.holds_at(at)).collect();
        let covered = |node: &NodeId| held.iter().any(|g| self.tree.covers(&g.node, node));
        self.nodes.iter().filter(|n| self.holds_records(&n.id) && covered(&n.id)).map(|n| n.id.clone()).collect()
    }
}

/// Who reads, as far as reference data is concerned.
#[derive(Debug)]
pub struct View {
    member: MemberId,
    nodes: BTreeSet<NodeId>,
    /// Tells one life of the database from another.
    epoch: String,
    key: String,
}

impl View {
    /// The view that a member has at a time.
    pub fn of(member: &Member, epoch: &Epoch, at: i64) -> Self {
        let nodes: BTreeSet<NodeId> = member.grants.iter().filter(|g| g.holds_at(at)).map(|g| g.node.clone()).collect();
        let mut hash = Sha256::new();
        hash.update(epoch.as_bytes());
        for node in &nodes {
            hash.update(node.as_str());
            hash.update([0]);
        }
        let key = hex::encode(&hash.finalize()[..4]);
        Self { member: member.id.clone(), nodes, epoch: hex::encode(&epoch.as_bytes()[..4]), key }
    }

    /// The version of a dataset as this view has it: the counters it depends on, and the view.
    pub fn version(&self, set: ReferenceSet, versions: &Versions) -> String {
        let own = versions.of(set);
        match set {
            // Everybody has the same ones.
            ReferenceSet::Dictionary | ReferenceSet::Rules => format!("{own}.{}", self.epoch),
            ReferenceSet::Org => format!("{own}.{}", self.key),
            // Which rows are in it depends on the tree, too.
            ReferenceSet::Places | ReferenceSet::Past => format!("{own}-{}.{}", versions.org, self.key),
            ReferenceSet::Members => format!("{own}-{}.{}.{}", versions.org, self.key, self.member),
        }
    }
}

/// The street, kept in memory as far as it has been asked for.
#[derive(Default)]
pub struct Directory {
    org: Mutex<Option<(u64, Arc<Org>)>>,
    sets: Mutex<HashMap<(ReferenceSet, String), Arc<Dataset>>>,
}

impl Directory {
    /// The org tree.
    pub fn org(&self, rows: &dyn Read, versions: &Versions) -> Result<Arc<Org>> {
        let mut kept = self.org.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((version, org)) = kept.as_ref()
            && *version == versions.org
        {
            return Ok(org.clone());
        }
        let nodes = rows.org()?;
        let org = Arc::new(Org { tree: OrgTree::new(&nodes), nodes });
        *kept = Some((versions.org, org.clone()));
        Ok(org)
    }

    /// A dataset as a view has it, under the version that [`View::version`] names.
    pub fn dataset(&self, rows: &dyn Read, view: &View, org: &Org, set: ReferenceSet, version: &str) -> Result<Arc<Dataset>> {
        let key = (set, version.to_owned());
        if let Some(found) = self.sets.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(found.clone());
        }
        let made = Arc::new(make(rows, view, org, set)?);
        let mut sets = self.sets.lock().unwrap_or_else(PoisonError::into_inner);
        if sets.len() >= MAX_CACHED {
            sets.clear();
        }
        sets.insert(key, made.clone());
        Ok(made)
    }
}

fn make(rows: &dyn Read, view: &View, org: &Org, set: ReferenceSet) -> Result<Dataset> {
    let below = |node: &NodeId| view.nodes.iter().any(|own| org.tree.covers(own, node));
    let above = |node: &NodeId| view.nodes.iter().any(|own| org.tree.covers(node, own));
    Ok(match set {
        ReferenceSet::Org => Dataset::Org(org.nodes.iter().filter(|n| below(&n.id) || above(&n.id)).cloned().collect()),
        ReferenceSet::Places => {
            // A street-wide reader takes them in one query; a worker with two grids must not read 42,000 doors.
            let of: Vec<&NodeId> = org.nodes.iter().map(|n| &n.id).filter(|n| below(n)).collect();
            if of.len() * 4 > org.nodes.len() {
                Dataset::Places(rows.all_buildings()?.into_iter().filter(|b| below(&b.node)).collect())
            } else {
                let mut buildings = Vec::new();
                for node in of {
                    buildings.extend(rows.buildings(node)?);
                }
                Dataset::Places(buildings)
            }
        }
        ReferenceSet::Members => {
            let teams: Vec<&NodeId> = view.nodes.iter().map(|own| team_node(org, own)).collect();
            let overlaps = |node: &NodeId| teams.iter().any(|t| org.tree.covers(t, node) || org.tree.covers(node, t));
            // Who worked here once is in the records by id: their name goes on being known.
            let past: HashSet<MemberId> = rows.past_duties()?.into_iter().filter(|(_, node)| overlaps(node)).map(|(id, _)| id).collect();
            let with_me = |m: &Member| m.id == view.member || past.contains(&m.id) || m.grants.iter().any(|g| overlaps(&g.node));
            let mut members: Vec<Member> = rows.members()?.into_iter().filter(with_me).collect();
            // Where they went is nobody's business here.
            let gone = |m: &Member| m.id != view.member && !m.grants.iter().any(|g| overlaps(&g.node));
            members.iter_mut().filter(|m| gone(m)).for_each(|m| m.grants.clear());
            Dataset::Members(members)
        }
        ReferenceSet::Dictionary => Dataset::Dictionary(rows.dictionary()?),
        ReferenceSet::Rules => Dataset::Rules(Box::new(rows.rules()?)),
        ReferenceSet::Past => {
            let present: HashSet<PlaceId> = rows.all_buildings()?.into_iter().filter(|b| below(&b.node)).map(|b| b.id).collect();
            let mut buildings = rows.past_buildings()?;
            buildings.retain(|b| below(&b.node) && !present.contains(&b.id));
            buildings.dedup_by(|a, b| a.id == b.id);
            Dataset::Past(Box::new(Past { buildings, words: rows.past_words()? }))
        }
    })
}

/// Whom one works with: everyone of the same general grid, for a micro-grid; of the node itself, for anything else.
fn team_node<'a>(org: &'a Org, own: &'a NodeId) -> &'a NodeId {
    if org.tree.level(own) != Some(Level::MicroGrid) {
        return own;
    }
    org.tree.ancestors(own).find(|n| org.tree.level(n).is_some_and(|l| l <= Level::GeneralGrid)).unwrap_or(own)
}
