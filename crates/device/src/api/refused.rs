//! What screens show of work that the server did not take, and of the file it can be saved to.

use beehive_core::{DocId, FileHash, model::RecordKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is to be done about something that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RefusedNext {
    /// Change what was written and save it again.
    Edit,
    /// Send the same again: the fault was not in it.
    Retry,
    /// Ask the grid leader, who may do it.
    Ask,
    /// Save it to a file for the administrator.
    Export,
    /// Nothing: a supervisor will look at it.
    Wait,
}

/// A refused new record as the form has it, for writing it again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RefusedForm {
    /// What kind.
    pub kind: RecordKind,
    /// What it is, in one line.
    pub title: String,
    /// In full.
    pub detail: String,
    /// The category's code.
    pub category: String,
    /// The place as stored (JSON).
    pub place: String,
    /// The micro-grid it was begun in, if no building says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub grid: Option<String>,
    /// `normal`, `soon` or `urgent`; empty = normal.
    pub urgency: String,
    /// Who asked.
    pub asker: String,
    /// How it was done, if it was done already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub done: Option<String>,
    /// Photos that went with it.
    pub photos: Vec<FileHash>,
}

/// Something the server refused or holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RefusedView {
    /// The entry.
    #[ts(type = "number")]
    pub entry: i64,
    /// Which record.
    pub id: DocId,
    /// Its title, as far as known.
    pub title: String,
    /// Stable code.
    pub code: String,
    /// Why, in Chinese.
    pub message: String,
    /// When, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// What the refused changes say, readable: one line each.
    pub says: Vec<String>,
    /// Whether it can be made anew on the current version.
    pub can_retry: bool,
    /// Whether it waits for a supervisor.
    pub held: bool,
    /// Why the server holds it: its own code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub why: Option<String>,
    /// What a supervisor wrote about it; empty if nothing.
    pub note: String,
    /// What is to be done.
    pub next: RefusedNext,
    /// The same in Chinese.
    pub hint: String,
    /// The form's content, if it was a new record.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub form: Option<RefusedForm>,
}

/// What a rescue file holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RescueSummary {
    /// Records with unsent changes.
    pub records: u32,
    /// Refused groups.
    pub refused: u32,
    /// Groups that wait for a supervisor.
    pub held: u32,
    /// Forms begun and not saved.
    pub drafts: u32,
    /// Photos and voice notes.
    pub photos: u32,
    /// Photos and voice notes for which there was no room.
    pub left_out: u32,
    /// Damaged databases in it as they are, of a phone that does not know its street any more; the file is then not sealed for a server.
    #[serde(default)]
    pub damaged: u32,
    /// The file's length in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}
