//! What may be asked of the engine.

use super::evidence::NewPhoto;
use beehive_core::{
    DocId, EventBody, FileHash, MemberId, NodeId, PlaceId,
    model::{Path, RecordKind},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which of the three lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, Default)]
#[serde(rename_all = "snake_case")]
pub enum ListKind {
    /// 需求: every matter by when it was recorded.
    #[default]
    Demand,
    /// 责任: matters somebody is to do, by due date.
    Responsibility,
    /// 推进: matters by what happened last.
    Progress,
}

/// What a list is narrowed to. Everything absent = everything.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct ListFilter {
    /// One kind of record.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub kind: Option<RecordKind>,
    /// Only open (true) or only closed (false) ones.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub open: Option<bool>,
    /// Only what the reader recorded.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub mine: bool,
    /// Only what was given to the reader, alone or with others.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub to_me: bool,
    /// Only what is past its next deadline.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub overdue: bool,
    /// Only one path.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub path: Option<Path>,
    /// Only one building.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub building: Option<PlaceId>,
    /// Only what needs somebody to look.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[ts(as = "Option<bool>", optional)]
    pub attention: bool,
    /// Words to find: Chinese (any length), pinyin initials, or a building's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub words: Option<String>,
}

/// In which order a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, Default)]
#[serde(rename_all = "snake_case")]
pub enum ListOrder {
    /// As the list is meant: demands by when they were recorded, responsibilities by when they are due, progress by what happened last.
    #[default]
    Usual,
    /// By when something is due.
    Due,
    /// By when it was recorded, newest first.
    Newest,
    /// By when something last happened, newest first.
    Latest,
    /// By building and unit, then by when it is due.
    Spot,
}

/// A request to the engine. Every request is answered from the local store; only `sync`, `enroll`, `invitation`, `stand_in`,
/// `fetch_file` and `send_files` touch the network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// The truth strip and the numbers behind it. Answer: `status`.
    Status,
    /// Enrol this phone with an invitation. Answer: `status`.
    Enroll {
        /// The invitation as handed out.
        invitation: String,
        /// If it is of another street: the present one may be set aside, with everything of it. (Enrolling there again takes it up.)
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        #[ts(as = "Option<bool>", optional)]
        leave: bool,
    },
    /// Where an invitation leads; its code is not used. Answer: `invited`.
    Invitation {
        /// The invitation as handed out.
        invitation: String,
    },
    /// A person has dealt with a damaged database that was set aside (its file stays). Answer: `status`.
    DamageSeen {
        /// The name of its file.
        file: String,
    },
    /// Who runs this phone, in which grids, with what text size. Answer: `me`.
    Me,
    /// What to do now. Answer: `today`.
    Today,
    /// One page of a list. Answer: `list`.
    List {
        /// Which list.
        #[serde(default)]
        list: ListKind,
        /// Narrowed to what.
        #[serde(default)]
        filter: ListFilter,
        /// In which order.
        #[serde(default)]
        #[ts(as = "Option<ListOrder>", optional)]
        order: ListOrder,
        /// Rows to skip.
        #[serde(default)]
        offset: u32,
        /// Rows at most (1 to 500).
        #[serde(default = "default_limit")]
        limit: u32,
    },
    /// The numbers above the lists, and what became of the matters of each scope. Answer: `counts`.
    Counts,
    /// What should be brought to the reader's mind, and when, for the phone's own notifications. Answer: `reminders`.
    Reminders,
    /// One matter, whole. Answer: `matter`.
    Show {
        /// Which.
        id: DocId,
    },
    /// Record something new. Answer: `recorded`. Done = on the phone's disk.
    Record {
        /// What kind.
        kind: RecordKind,
        /// What it is, in one line.
        title: String,
        /// In full.
        #[serde(default)]
        detail: String,
        /// A code of the category dictionary.
        #[serde(default)]
        category: String,
        /// A building: its id or its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        building: Option<String>,
        /// A unit of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        unit: Option<String>,
        /// A door of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        door: Option<String>,
        /// The place in words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        place_text: Option<String>,
        /// The micro-grid, by its id or its name: needed if no building says where and the reader may record in several.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        grid: Option<String>,
        /// `normal`, `soon` or `urgent`; empty = normal.
        #[serde(default)]
        urgency: String,
        /// Who asked, by the name they are called.
        #[serde(default)]
        asker: String,
        /// Whether it is already done (自办自结); then `detail` or this note says how.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        resolved_note: Option<String>,
        /// Photos to go with it.
        #[serde(default)]
        photos: Vec<NewPhoto>,
        /// The draft this came from: dropped in the same transaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        draft: Option<String>,
    },
    /// Matters that what is being typed may already be: open ones at the same place that say something like it, and ones done there
    /// not long ago. Answer: `similar`.
    Similar {
        /// What kind, if chosen.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        kind: Option<RecordKind>,
        /// What it is, in one line.
        title: String,
        /// In full.
        #[serde(default)]
        detail: String,
        /// A code of the category dictionary.
        #[serde(default)]
        category: String,
        /// A building: its id or its name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        building: Option<String>,
        /// A unit of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        unit: Option<String>,
        /// A door of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        door: Option<String>,
    },
    /// Say that what was typed is a matter that is here already: on an open one it is noted that it was raised again (`join`), a
    /// finished one is opened again. Photos go along. Answer: `matter`.
    Join {
        /// Which matter.
        id: DocId,
        /// What was typed.
        note: String,
        /// Who asked, by the name they are called.
        #[serde(default)]
        asker: String,
        /// Whether the matter was finished and came back.
        #[serde(default)]
        again: bool,
        /// Photos to go with it.
        #[serde(default)]
        photos: Vec<NewPhoto>,
        /// The draft this came from: dropped in the same transaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        draft: Option<String>,
    },
    /// Write a fact, or choose one of several values. Answer: `matter`.
    Set {
        /// Which matter.
        id: DocId,
        /// Field name without `f.`, e.g. `title`.
        field: String,
        /// The text to write; for `place` the JSON of a place, a building's name, or plain words.
        value: String,
    },
    /// Do something to a matter (an event). Answer: `matter`.
    Act {
        /// Which matter.
        id: DocId,
        /// What.
        event: EventBody,
        /// Photos and voice notes to go with it, in the same change.
        #[serde(default)]
        #[ts(as = "Option<Vec<NewPhoto>>", optional)]
        photos: Vec<NewPhoto>,
        /// The draft this came from: dropped in the same transaction.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        draft: Option<String>,
    },
    /// Add a photo or voice note to a matter. Answer: `matter`.
    Attach {
        /// Which matter.
        id: DocId,
        /// The photo.
        photo: NewPhoto,
        /// In words.
        #[serde(default)]
        note: String,
    },
    /// Scale a photo and keep it, or keep a voice note, before a record names it. Answer: `kept`.
    KeepPhoto {
        /// The photo, with its bytes.
        photo: NewPhoto,
    },
    /// Forget a file that no record and no other draft names. Answer: `storage`.
    DropPhoto {
        /// Which.
        hash: FileHash,
    },
    /// A file that is on this phone. Answer: `file`.
    File {
        /// Which.
        hash: FileHash,
    },
    /// The same, fetched from the server first if it is not here. Answer: `file`.
    FetchFile {
        /// Which.
        hash: FileHash,
    },
    /// Every file of this phone's records and how it stands. Answer: `files`.
    Files,
    /// Send what is unsent of photos and voice notes. Answer: `status`, at once; how it goes on is told by events.
    SendFiles,
    /// What takes room on this phone. Answer: `storage`.
    Storage {
        /// Files older than this many days could be cleaned up.
        #[serde(default = "default_days")]
        #[ts(as = "Option<u32>", optional)]
        days: u32,
    },
    /// Erase photos and voice notes that the server has confirmed and that are older than some days. Small pictures stay, and what was
    /// erased can be fetched again. Answer: `storage`.
    CleanFiles {
        /// How many days.
        #[serde(default = "default_days")]
        #[ts(as = "Option<u32>", optional)]
        days: u32,
    },
    /// Say what kind of network there is; the screen or the shell knows. Answer: `status`.
    Network {
        /// Whether bytes cost money (mobile data).
        metered: bool,
    },
    /// Who stands in for whom (代管), and whom the reader could name. Answer: `stand_ins`.
    StandIns,
    /// Let a colleague stand in for the reader, or end it. The server decides, so this needs a connection. Answer: `stand_ins`.
    StandIn {
        /// Who.
        to: MemberId,
        /// For which grid; absent = everything the reader leads.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        node: Option<NodeId>,
        /// Until when, seconds since 1970; absent = it ends now.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        until: Option<i64>,
    },
    /// Send and fetch. Answer: `synced`.
    Sync,
    /// Dictionary, buildings and members for forms. Answer: `choices`.
    Choices,
    /// Keep a draft (called at every change of a form). Answer: `draft`.
    SaveDraft {
        /// Its id, made by the screen, e.g. `record` or `step:<doc>`.
        id: String,
        /// The form's state; the engine does not look into it.
        #[ts(type = "unknown")]
        body: serde_json::Value,
    },
    /// Read a draft back. Answer: `draft`.
    Draft {
        /// Which.
        id: String,
    },
    /// Forget a draft. Answer: `draft` (absent).
    DropDraft {
        /// Which.
        id: String,
    },
    /// Work the server refused, with reasons. Answer: `refused`.
    Refused,
    /// Make the values of a refused group anew on the current version. Answer: `refused`.
    RetryRefused {
        /// Which entry.
        #[ts(type = "number")]
        entry: i64,
    },
    /// Put a refused group out of sight after it was read; it stays exportable. Answer: `refused`.
    DismissRefused {
        /// Which entry.
        #[ts(type = "number")]
        entry: i64,
    },
    /// Everything that the server has not acknowledged as one file that only the street's server can open. Answer: `rescue`.
    RescueExport,
    /// Change a setting of this phone. Answer: `me`.
    Configure {
        /// The settings, whole.
        settings: super::SettingsView,
    },
    /// Cut (true) or restore (false) the link to the server. Only the loopback host allows it. Answer: `status`.
    CutLink {
        /// Whether the signal is cut.
        cut: bool,
    },
}

fn default_limit() -> u32 {
    100
}

/// How old a file is at least that a clean-up takes.
fn default_days() -> u32 {
    30
}
