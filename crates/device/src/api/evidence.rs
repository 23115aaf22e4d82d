//! Photos and voice notes as screens show them.

use beehive_core::{FileHash, action::Pair};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A photo or voice note to go with a record: bytes, or the hash of one that is kept already (see `keep_photo`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct NewPhoto {
    /// Media type, e.g. `image/jpeg`. What the file really is, is told by its first bytes.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub media: String,
    /// The file's bytes in base64.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub base64: String,
    /// The same picture as a JPEG in base64, made by the page's own decoder, for a format that the engine does not look into
    /// (HEIC): kept in its place, if it is whole.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub copy: String,
    /// Instead of bytes: a file that `keep_photo` kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub hash: Option<FileHash>,
    /// In words.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub note: String,
    /// Which half of a before/after pair it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pair: Option<Pair>,
    /// How long a voice note is, in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub secs: Option<u32>,
    /// Keep where the photo was taken, rounded to some ten metres. Without it the position is dropped with all else a camera writes along.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub keep_position: bool,
}

/// A photo or voice note on this phone's disk, before a record names it. A draft holds its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct KeptView {
    /// Which file.
    pub hash: FileHash,
    /// Its small picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub thumb: Option<FileHash>,
    /// Media type.
    pub media: String,
    /// Length in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// How long a voice note is, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub secs: Option<u32>,
    /// Where it was taken, if that is kept: latitude and longitude in degrees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pos: Option<String>,
}

/// The truth about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FileState {
    /// 只在本机: on this phone's disk, not yet (whole) at the server.
    Local,
    /// 正在送: being sent now.
    Sending,
    /// 已送达: here and on the server's disk.
    Delivered,
    /// 需处理: the server does not take it.
    Refused,
    /// Not on this phone: at the server, or still on the phone it was made with.
    Remote,
}

/// A photo or voice note of a matter.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AttachmentView {
    /// Which file.
    pub hash: FileHash,
    /// Media type.
    pub media: String,
    /// Length in bytes.
    #[ts(type = "number")]
    pub size: u64,
    /// Whether the file is on this phone.
    pub here: bool,
    /// Whether it is known to be at the server.
    pub delivered: bool,
    /// The truth in one word.
    pub state: FileState,
    /// Bytes the server has confirmed, while it is not delivered.
    #[ts(type = "number")]
    pub sent: u64,
    /// Why the server does not take it, and what to do, in Chinese.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub problem: Option<super::ApiError>,
    /// Its small picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub thumb: Option<FileHash>,
    /// Whether the small picture is on this phone.
    pub thumb_here: bool,
    /// Which half of a before/after pair it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pair: Option<Pair>,
    /// How long a voice note is, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub secs: Option<u32>,
    /// Where it was taken, if that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub pos: Option<String>,
    /// In words.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub note: String,
    /// Who added it.
    pub by: String,
    /// When, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

/// How the files to be sent from here stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FilesView {
    /// Photos and voice notes not yet at the server.
    pub unsent: u32,
    /// Bytes of them still to go.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Files the server does not take.
    pub refused: u32,
    /// Whether one is being sent now.
    pub sending: bool,
    /// Why they wait although there is a link: `wifi` = only Wi-Fi is wanted, and this is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub paused: Option<String>,
}

/// What takes room on this phone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StorageView {
    /// Bytes of records.
    #[ts(type = "number")]
    pub records: u64,
    /// Photos and voice notes, without small pictures.
    pub files: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Bytes of small pictures.
    #[ts(type = "number")]
    pub thumbs: u64,
    /// Bytes of what is only on this phone: never cleaned up.
    #[ts(type = "number")]
    pub unsent: u64,
    /// Files that can be cleaned up now.
    pub cleanable: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub cleanable_bytes: u64,
    /// Files a clean-up has just erased.
    pub cleaned: u32,
    /// Their bytes.
    #[ts(type = "number")]
    pub cleaned_bytes: u64,
}

/// One file of this phone's records, for support and scripts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct FileView {
    /// Which record.
    pub id: beehive_core::DocId,
    /// Which file.
    pub hash: FileHash,
    /// Whether it is a small picture.
    pub small: bool,
    /// Its length in bytes; 0 = not known.
    #[ts(type = "number")]
    pub size: u64,
    /// Whether it is on this phone.
    pub here: bool,
    /// Whether it was or is to be sent from here.
    pub mine: bool,
    /// The truth in one word.
    pub state: FileState,
    /// Bytes the server has confirmed.
    #[ts(type = "number")]
    pub sent: u64,
    /// The code of why the server does not take it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub code: Option<String>,
}
