//! What the engine says unasked.

use super::view::StatusView;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A notice to every open screen. It says that something changed, never what of a resident: the screen asks again.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "ev", rename_all = "snake_case")]
pub enum Event {
    /// Records or reference data changed: lists and pages should be read again.
    Changed,
    /// The truth strip changed.
    Status {
        /// The new one.
        status: StatusView,
    },
}
