//! What screens show while a record is being typed that may be there already.

use super::RowView;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How near a similar matter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Nearness {
    /// Nothing but the words are alike; one of the two names no building.
    Words,
    /// The same building.
    Building,
    /// The same unit.
    Unit,
    /// The same door.
    Door,
}

/// That the same sort of trouble was at the same place not long ago (复发).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RecurrenceView {
    /// Which time this is within those days: 2 or more.
    pub nth: u32,
    /// Within how many days, as the street's rules say.
    pub days: u32,
    /// The matters before it, the latest first; at most five.
    pub earlier: Vec<RowView>,
}

/// A matter that what is being typed may already be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct SimilarView {
    /// The matter's lines.
    pub row: RowView,
    /// How near it is.
    pub near: Nearness,
    /// How alike the words are, 0 to 100.
    pub likeness: u32,
    /// For a matter that was finished: how many days ago. It would be opened again, not joined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub done_days_ago: Option<u32>,
}
