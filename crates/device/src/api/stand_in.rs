//! What screens show of stand-ins (代管).

use super::MemberView;
use beehive_core::{MemberId, model::Role};
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
    /// Until when, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub until: Option<i64>,
    /// Whether the reader named them, and so may end it.
    pub mine: bool,
}

/// The stand-ins that concern the reader, and whom they could name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct StandInsView {
    /// Those in force: named by the reader, or the reader for somebody.
    pub stand_ins: Vec<StandInView>,
    /// Whom the reader may name; empty for who leads nothing.
    pub candidates: Vec<MemberView>,
    /// The longest time, in days.
    pub max_days: u32,
}
