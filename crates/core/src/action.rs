//! What people do to a record. Every change is one or more actions; [`crate::policy::judge`] says who may do which.
//!
//! An event is stored as one immutable scalar: the compact JSON of its [`EventBody`]. Types that a newer version writes are kept
//! in the document and skipped by this one.

use crate::{
    id::{FileHash, MemberId},
    model::{Path, RecordKind},
    scalar::Scalar,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Longest event value, in bytes of JSON.
pub const MAX_EVENT: usize = 8 * 1024;
/// Longest text of a fact, in bytes.
pub const MAX_FACT: usize = 16 * 1024;
/// Longest note, in characters.
pub const MAX_NOTE: usize = 2_000;

/// The value of an event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum EventBody {
    /// Taken, with the path it goes (受理).
    Accept {
        /// Which of the three paths.
        path: Path,
        /// Why, in words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Given to somebody (派单).
    Assign {
        /// Who is responsible.
        to: MemberId,
        /// Who helps.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<MemberId>>", optional)]
        help: Vec<MemberId>,
        /// By when, seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        due: Option<i64>,
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Something was done (记一步进展).
    Step {
        /// What.
        note: String,
    },
    /// Done, by the word of who did it (办结).
    Resolve {
        /// How.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// It did not help or came back (重新打开).
    Reopen {
        /// Why.
        note: String,
    },
    /// Taken back by who recorded it (撤回).
    Withdraw {
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// A photo or voice note was added; the file itself travels apart.
    Attach {
        /// SHA-256 of the file.
        file: FileHash,
        /// Media type, e.g. `image/jpeg`.
        media: String,
        /// Length in bytes.
        #[ts(type = "number")]
        size: u64,
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
        /// SHA-256 of the small picture for lists, a file of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        thumb: Option<FileHash>,
        /// Which half of a before/after pair it is.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pair: Option<Pair>,
        /// How long a voice note is, in seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        secs: Option<u32>,
        /// Where the photo was taken, only if it was kept on purpose: latitude and longitude in degrees, to four decimals (some ten
        /// metres), e.g. `30.6586,104.0648`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        pos: Option<String>,
    },
}

/// Which half of a before/after pair a photo is (整改前、整改后).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Pair {
    /// As it was found.
    Before,
    /// As it was left.
    After,
}

impl EventBody {
    /// The stable code of the event's type.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Assign { .. } => "assign",
            Self::Step { .. } => "step",
            Self::Resolve { .. } => "resolve",
            Self::Reopen { .. } => "reopen",
            Self::Withdraw { .. } => "withdraw",
            Self::Attach { .. } => "attach",
        }
    }

    /// What was said along with it.
    pub fn note(&self) -> &str {
        match self {
            Self::Accept { note, .. }
            | Self::Assign { note, .. }
            | Self::Step { note }
            | Self::Resolve { note }
            | Self::Reopen { note }
            | Self::Withdraw { note }
            | Self::Attach { note, .. } => note,
        }
    }

    /// The scalar as stored.
    pub fn to_scalar(&self) -> Scalar {
        // Plain strings and numbers cannot fail to serialise.
        Scalar::Str(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads a stored event; `None` for a type or shape this version does not know.
    pub fn from_scalar(value: &Scalar) -> Option<Self> {
        serde_json::from_str(value.as_str()?).ok()
    }
}

/// One thing a person does to a record, to be judged before it is done.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// Record something new.
    Create {
        /// What kind.
        kind: RecordKind,
    },
    /// Change a fact (also: choose one of several values).
    EditFact {
        /// Which field.
        field: String,
        /// The new value; `None` when one of several present values is chosen by deleting the others.
        value: Option<Scalar>,
    },
    /// Everything else is an event.
    Event(EventBody),
    /// An event of a type this version does not know. Never written here; met when a newer phone pushes.
    Unknown,
}

impl From<EventBody> for Action {
    fn from(body: EventBody) -> Self {
        Self::Event(body)
    }
}
