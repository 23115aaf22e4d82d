//! What screens show. Plain data, made from the folded state and the projections; no rules here.

use super::{
    RefusedView,
    choice::MemberView,
    evidence::{AttachmentView, FilesView},
    life::LifeView,
};
use beehive_core::{
    DocId, EventBody, MemberId, NodeId, PlaceId,
    clock::Due,
    model::{Helped, NeedsEyesReason, Path, RecordKind, Status},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The truth about a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RecordState {
    /// 只在本机: on this phone's disk, not yet at the server.
    Local,
    /// 已送达: on the server's disk.
    Delivered,
    /// 需处理: refused, or people wrote different things; somebody must look.
    Attention,
}

/// The link to the server as last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Connection {
    /// Not enrolled yet.
    NotEnrolled,
    /// Nothing tried since the start.
    Unknown,
    /// The last attempt got through.
    Online,
    /// The last attempt did not get through.
    Offline,
    /// An exchange is under way.
    Syncing,
    /// The server no longer knows this phone (revoked).
    Revoked,
    /// Another street's server answers at the address: nothing is sent.
    OtherStreet,
}

/// What the truth strip needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct StatusView {
    /// The link.
    pub connection: Connection,
    /// Records with unsent changes.
    pub unsent: u32,
    /// How many of those an exchange under way has sent.
    pub sent_now: u32,
    /// Refused groups not yet dealt with.
    pub refused: u32,
    /// Groups the server keeps for a supervisor: nothing is to be done about them here.
    #[serde(default)]
    pub held: u32,
    /// When the oldest unsent change was written, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub oldest_unsent: Option<i64>,
    /// Records that need somebody to look (conflicts, events that cannot both hold).
    pub attention: u32,
    /// When everything was last delivered, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub last_sync: Option<i64>,
    /// Whether this host can cut its link (the loopback host only).
    pub can_cut: bool,
    /// Whether it is cut now.
    pub cut: bool,
    /// The unsent, by scope: how far each log has been read. For support and tests.
    #[ts(type = "Record<string, number>")]
    pub cursors: std::collections::BTreeMap<NodeId, u64>,
    /// The server's epoch as last seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub epoch: Option<beehive_core::Epoch>,
    /// The digest of all acknowledged changes held.
    pub digest: String,
    /// Whether a digest once differed from the server's and the scope was read again.
    pub repaired: u32,
    /// Photos and voice notes.
    #[serde(default)]
    pub files: FilesView,
    /// Databases of this phone that were damaged and set aside, until a person has dealt with it.
    #[serde(default)]
    pub damage: Vec<DamageView>,
}

/// A database that was damaged and set aside, and what could be read of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DamageView {
    /// Under which name the damaged file is kept.
    pub file: String,
    /// When it was set aside, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// Whether it is the one of photos and voice notes; otherwise that of records.
    pub photos: bool,
    /// Whether everything could be read.
    pub whole: bool,
    /// Whether anything could be read.
    pub opened: bool,
    /// Records with unsent work that were saved.
    pub unsent: u32,
    /// Drafts that were saved.
    pub drafts: u32,
    /// Photos, voice notes and small pictures that were saved.
    pub files: u32,
}

/// Where an invitation leads, before it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct InvitedView {
    /// The name of its street; empty if its server does not say.
    pub street: String,
    /// Whether it is another street than this phone's, which would be set aside whole.
    pub changes: bool,
    /// Whether this phone was there before and finds everything again.
    pub known: bool,
    /// What would be set aside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub leaving: Option<LeavingView>,
}

/// What is set aside when a phone goes to another street.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct LeavingView {
    /// The name of the street; empty if it is not known.
    pub street: String,
    /// Records with unsent changes.
    pub unsent: u32,
    /// What the server refused or keeps for a supervisor.
    pub refused: u32,
    /// Forms that were begun and not saved.
    pub drafts: u32,
    /// Photos and voice notes that were not sent.
    pub files: u32,
}

/// A row of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RowView {
    /// Which record.
    pub id: DocId,
    /// What kind.
    pub kind: RecordKind,
    /// One line.
    pub title: String,
    /// Where, in words, e.g. `3 栋 1 单元 402`.
    pub place: String,
    /// The heading it is grouped under on 今天, e.g. `3 栋 1 单元`.
    pub group: String,
    /// The category's Chinese name; empty if none.
    pub category: String,
    /// Where it stands.
    pub status: Status,
    /// Which path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub path: Option<Path>,
    /// The name of who is to do it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub assignee: Option<String>,
    /// The next deadline, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub due: Option<i64>,
    /// What is due then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub due_what: Option<Due>,
    /// The official number, e.g. `BH-2026-000123`; until the server gave one, a short code of this phone.
    pub number: String,
    /// Whether the number is the official one.
    pub numbered: bool,
    /// The action that is the reader's turn; absent if none is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub turn: Option<String>,
    /// Whether it helped, as far as anybody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub helped: Option<Helped>,
    /// `normal`, `soon` or `urgent`.
    pub urgency: String,
    /// When recorded, seconds since 1970.
    #[ts(type = "number")]
    pub created_at: i64,
    /// When something last happened, seconds since 1970.
    #[ts(type = "number")]
    pub updated_at: i64,
    /// The last thing that happened, in words; empty if nothing but the recording.
    pub last_step: String,
    /// The truth about it.
    pub state: RecordState,
    /// Whether values stand side by side.
    pub conflict: bool,
    /// Why somebody must look.
    pub needs_eyes: Vec<NeedsEyesReason>,
    /// Whether the document itself is here (false: only its lines came so far; opening it needs signal once).
    pub whole: bool,
}

/// 今天.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TodayView {
    /// What is the reader's turn: given to them, waiting for their decision, or needing their eyes; due first. Grouped by `group`.
    pub rows: Vec<RowView>,
    /// How many open matters there are in the reader's grids in all.
    pub open: u32,
}

/// One value of a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ValueView {
    /// The value as stored; what `Set` takes to choose it.
    pub value: String,
    /// As shown (a place or a category in words).
    pub shown: String,
    /// Who wrote it.
    pub by: String,
    /// The member who wrote it; absent while the writing store is not known to belong to anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by_id: Option<MemberId>,
    /// Whether the reader wrote it.
    pub mine: bool,
    /// When, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

/// A fact with all its values; several mean a conflict to be settled.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct FactView {
    /// Field name, e.g. `title`.
    pub field: String,
    /// The values; the one that lists show comes first.
    pub values: Vec<ValueView>,
    /// Whether the reader may edit it.
    pub editable: bool,
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct TimelineView {
    /// The event's id; for the recording itself `created`.
    pub id: String,
    /// What: an event code, `created`, or `unknown` for one of a newer version.
    pub what: String,
    /// The event itself, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub event: Option<EventBody>,
    /// For an assignment: the names of who was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub to: Option<String>,
    /// Who did it.
    pub by: String,
    /// The member who did it; absent while the writing store is not known to belong to anybody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub by_id: Option<MemberId>,
    /// Whether the reader did it.
    pub mine: bool,
    /// When, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// When it reached the server, if that was much later: for want of signal. Seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub received: Option<i64>,
    /// Whether it was done by the day it was due, and only arrived later for want of signal.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub in_time: bool,
}

/// Why somebody must look, with what disagrees.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct NeedsEyesView {
    /// Why.
    pub reason: NeedsEyesReason,
    /// The timeline lines that cannot both hold.
    pub events: Vec<String>,
    /// The actions (codes) by which the reader can settle it; empty = somebody else must.
    pub settle_by: Vec<String>,
}

/// Something the reader may do now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ActionOffer {
    /// The event's code, e.g. `step`.
    pub action: String,
    /// Whether it is the one action that is the reader's turn.
    pub primary: bool,
}

/// One matter, whole.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MatterView {
    /// The same lines as in a list.
    pub row: RowView,
    /// Facts in the order they are shown; fields with a conflict are found by several values.
    pub facts: Vec<FactView>,
    /// Newest first.
    pub timeline: Vec<TimelineView>,
    /// Events that cannot both hold.
    pub needs_eyes: Vec<NeedsEyesView>,
    /// What the reader may do now; what policy forbids is not in it.
    pub offers: Vec<ActionOffer>,
    /// Whose turn it is when it is not the reader's (names), for "what happens next".
    pub waiting_for: Vec<String>,
    /// Photos.
    pub attachments: Vec<AttachmentView>,
    /// Who recorded it.
    pub created_by: String,
    /// The member who recorded it.
    pub created_by_id: MemberId,
    /// Who has it, by when what is due, whether it helped.
    pub life: LifeView,
    /// Everyone named by an assignment in force.
    pub assignees: Vec<MemberId>,
    /// The org node.
    pub scope: NodeId,
    /// The org node's name.
    pub scope_name: String,
    /// How often it was opened again.
    pub reopened: u32,
    /// 自办自结.
    pub self_resolved: bool,
    /// What the server refused of it, if anything, newest first.
    pub refused: Vec<RefusedView>,
    /// All changes held of it, as a digest: equal on two phones that hold the same.
    pub digest: String,
}

/// Who runs this phone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct MeView {
    /// Whether the phone is enrolled.
    pub enrolled: bool,
    /// The member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub member: Option<MemberView>,
    /// The street.
    pub tenant: String,
    /// The server's address.
    pub server: String,
    /// The grids, by name.
    pub grids: Vec<String>,
    /// Records made on this phone that are only here / delivered / need the reader.
    pub local: u32,
    /// Delivered.
    pub delivered: u32,
    /// Needing somebody.
    pub attention: u32,
    /// Settings.
    pub settings: SettingsView,
    /// The kinds of record they may begin.
    #[serde(default)]
    pub records: Vec<RecordKind>,
    /// The buildings what they record must be in; empty = any of their grids.
    #[serde(default)]
    pub buildings: Vec<PlaceId>,
    /// The hours in which this phone does not remind: from and until which minute of the day by the street's clock.
    #[serde(default)]
    pub quiet: (u32, u32),
    /// The street's clock, by which all times are told: seconds east of UTC.
    #[serde(default)]
    pub utc_offset: i32,
    /// The program's version.
    pub version: String,
}

/// A draft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct DraftView {
    /// Its id.
    pub id: String,
    /// The form's state.
    #[ts(type = "unknown")]
    pub body: serde_json::Value,
    /// When saved, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
}

/// Settings of this phone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SettingsView {
    /// `normal` or `large` (大字).
    pub text_size: String,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// `zh-CN` or `en`.
    pub language: String,
    /// Photos and voice notes are sent over Wi-Fi only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub wifi_only: bool,
    /// From which local minute of the day this phone does not remind; absent = as the street says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quiet_from: Option<u32>,
    /// Until which local minute of the day; absent = as the street says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub quiet_until: Option<u32>,
}

/// What a sync did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SyncOutcome {
    /// Changes the server has on its disk now that it did not have from us before.
    pub sent: u32,
    /// Changes taken in.
    pub received: u32,
    /// Groups refused or held.
    pub refused: u32,
    /// HTTP requests made.
    pub round_trips: u32,
    /// Bytes of request bodies.
    #[ts(type = "number")]
    pub bytes_up: u64,
    /// Bytes of response bodies.
    #[ts(type = "number")]
    pub bytes_down: u64,
    /// Whether everything was exchanged.
    pub done: bool,
}
