//! What forms offer to choose from.

use beehive_core::{
    MemberId, NodeId, PlaceId,
    model::{RecordKind, Role},
    reference::Unit,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A member as forms offer them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MemberView {
    /// Who.
    pub id: MemberId,
    /// Name.
    pub name: String,
    /// Roles that hold now.
    pub roles: Vec<Role>,
    /// The org nodes of those, by name.
    pub nodes: Vec<String>,
}

/// A category as forms offer it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CategoryView {
    /// The code stored.
    pub code: String,
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
    /// For which kinds it is offered; empty = all.
    pub kinds: Vec<RecordKind>,
}

/// A building as forms offer it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct BuildingView {
    /// Its id.
    pub id: PlaceId,
    /// Its name.
    pub name: String,
    /// The micro-grid, by name.
    pub grid: String,
    /// Its units.
    pub units: Vec<Unit>,
}

/// A building that is no longer offered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct PastBuildingView {
    /// Its id.
    pub id: PlaceId,
    /// Its last name, marked if it is gone.
    pub name: String,
}

/// A micro-grid in which the reader may record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct GridView {
    /// Its id.
    pub id: NodeId,
    /// Its name.
    pub name: String,
    /// What it is in, by name: several grids of a street may be called alike.
    pub within: String,
    /// What may be begun there.
    pub kinds: Vec<RecordKind>,
}
