//! What screens show of stand-ins (代管).

use super::MemberView;
use beehive_core::{MemberId, NodeId, model::Role};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Somebody who does another's duty for a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct StandInView {
    /// Whose duty it is.
    pub lead: String,
    /// Their id.
    pub lead_id: MemberId,
    /// Who stands in.
    pub to: String,
    /// Their id.
    pub to_id: MemberId,
    /// The duty.
    pub role: Role,
    /// Where, by name.
    pub node: String,
    /// Where.
    pub node_id: NodeId,
    /// Until when, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub until: Option<i64>,
    /// Whether the reader named them, and so may end it.
    pub mine: bool,
}

/// A grid that the reader leads, and who could stand in there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct LedView {
    /// Which.
    pub node: NodeId,
    /// Its name.
    pub name: String,
    /// Whom the reader may name for it.
    pub candidates: Vec<MemberId>,
}

/// The stand-ins that concern the reader, and whom they could name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct StandInsView {
    /// Those in force: named by the reader, or the reader for somebody.
    pub stand_ins: Vec<StandInView>,
    /// What the reader leads. With more than one, it is asked for which of them somebody stands in.
    #[serde(default)]
    pub led: Vec<LedView>,
    /// Whom the reader may name for at least one of them; empty for who leads nothing.
    pub candidates: Vec<MemberView>,
    /// The longest time, in days.
    pub max_days: u32,
}
