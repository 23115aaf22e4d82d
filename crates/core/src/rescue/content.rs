//! What a rescue file says.

use crate::{
    id::{ActorId, DeviceId, DocId, Epoch, FileHash, MemberId, StreetId},
    sync::bounded,
};
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// The most records in one file.
pub const MAX_DOCS: usize = 50_000;
/// The most changes in one file, histories included.
pub const MAX_CHANGES: usize = 400_000;
/// The most photos and voice notes in one file.
pub const MAX_FILES: usize = 2_000;

/// Who made the file, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The device, as enrolled.
    pub device: DeviceId,
    /// Its member.
    pub member: MemberId,
    /// The street.
    pub tenant: String,
    /// Which street that is; absent if the phone was not told yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street_id: Option<StreetId>,
    /// The server's epoch as the phone last saw it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub epoch: Option<Epoch>,
    /// When, by the phone's clock, seconds since 1970.
    #[serde(deserialize_with = "bounded::moment")]
    pub at: i64,
    /// The program's version.
    pub program: String,
    /// The names under which this phone has written what is in the file.
    #[serde(default)]
    pub actors: Vec<ActorId>,
}

/// What of one record the server has not acknowledged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueDoc {
    /// Which record.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// The unsent changes, dependencies first.
    #[serde(rename = "c")]
    pub changes: Vec<ByteBuf>,
    /// The record's whole history, for a server that lacks what the changes build on; empty when the changes are all there is.
    #[serde(rename = "h", default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<ByteBuf>,
}

/// What the server refused or holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueRefused {
    /// Which record.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// Why.
    #[serde(rename = "r")]
    pub code: String,
    /// Whether it waits for a supervisor.
    #[serde(rename = "w", default)]
    pub held: bool,
    /// When.
    #[serde(rename = "t", deserialize_with = "bounded::moment")]
    pub at: i64,
    /// The record's title.
    #[serde(rename = "n")]
    pub title: String,
    /// What was written, readable.
    #[serde(rename = "s", default)]
    pub says: Vec<String>,
    /// The changes, dependencies first.
    #[serde(rename = "c")]
    pub changes: Vec<ByteBuf>,
}

/// A form that was begun and not saved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescueDraft {
    /// Its id.
    pub id: String,
    /// When, seconds since 1970.
    #[serde(deserialize_with = "bounded::moment")]
    pub at: i64,
    /// The form's state as JSON.
    pub body: String,
}

/// A photo or voice note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RescueFile {
    /// The SHA-256 of its bytes.
    pub hash: FileHash,
    /// Media type.
    pub media: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// The whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rescue {
    /// Who and when.
    pub head: Head,
    /// Unsent records.
    pub docs: Vec<RescueDoc>,
    /// Refused and held work.
    pub refused: Vec<RescueRefused>,
    /// Drafts.
    pub drafts: Vec<RescueDraft>,
    /// Photos and voice.
    pub files: Vec<RescueFile>,
}
