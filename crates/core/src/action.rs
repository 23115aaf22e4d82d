//! What people do to a record. Every change is one or more actions; [`crate::policy::judge`] says who may do which.
//!
//! An event is stored as one immutable scalar: the compact JSON of its [`EventBody`]. Types that a newer version writes are kept
//! in the document and skipped by this one.

use crate::{
    id::{DocId, FileHash, MemberId},
    model::{Helped, Path, RecordKind},
    scalar::Scalar,
    sync::MAX_TIME,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Longest event value, in bytes of JSON.
pub const MAX_EVENT: usize = 8 * 1024;
/// Longest text of a fact, in bytes.
pub const MAX_FACT: usize = 16 * 1024;
/// Longest note, in characters.
pub const MAX_NOTE: usize = 2_000;
/// Longest name of who asked, in characters.
pub const MAX_ASKER: usize = 100;

/// Somebody at the table, and what they promised there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Party {
    /// Who, in words.
    pub name: String,
    /// What they promised; empty for nothing.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    #[ts(as = "Option<String>", optional)]
    pub promise: String,
}

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
    /// Done, by the word of who did it (办结). By who recorded it, with nobody else involved: 自办自结.
    Resolve {
        /// Who did it: the member who writes this. Whoever checks whether it helped must be somebody else.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<MemberId>,
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
    /// What was missing is added, in answer to [`Self::Return`] or unasked (补充).
    Supplement {
        /// What.
        note: String,
    },
    /// Sent back to who recorded it, to be completed (退回补充).
    Return {
        /// What is missing.
        note: String,
    },
    /// Not taken, for a reason (不予受理).
    Decline {
        /// Why.
        note: String,
    },
    /// Who was given it takes it (接单).
    AcceptAssignment {
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Who was given it cannot do it (退单).
    DeclineAssignment {
        /// Why.
        note: String,
    },
    /// Whoever works on it says by when (承诺).
    Promise {
        /// By when, seconds since 1970.
        #[ts(type = "number")]
        due: i64,
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// More time, once for each path (延期).
    Extend {
        /// The new date, seconds since 1970; 0 = as the rules say, which the phone fills in.
        #[serde(default)]
        #[ts(as = "Option<f64>", optional)]
        until: i64,
        /// Why.
        note: String,
    },
    /// Work rests, and so do the clocks (挂起).
    Suspend {
        /// Until when, seconds since 1970, if that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        until: Option<i64>,
        /// Why.
        note: String,
    },
    /// Work goes on (恢复办理).
    Resume {
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// The parties met (协调): who came and what each promised.
    Coordinate {
        /// When, seconds since 1970; 0 = now, which the phone fills in.
        #[serde(default)]
        #[ts(as = "Option<f64>", optional)]
        at: i64,
        /// Who came.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        #[ts(as = "Option<Vec<Party>>", optional)]
        parties: Vec<Party>,
        /// Whether they agreed.
        agreed: bool,
        /// What was said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Handed to a higher department (上报).
    HandUp {
        /// Which department, in words.
        to: String,
        /// The department's own ticket number, if it gave one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        number: String,
        /// When the asker is to hear next, seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        contact_by: Option<i64>,
        /// The package: what was handed over.
        note: String,
    },
    /// The higher department answered (上级答复).
    Answered {
        /// Its ticket number, if it was not known before.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        number: String,
        /// What it said.
        note: String,
    },
    /// The asker was told how it goes (回访).
    Contact {
        /// When they are to hear next, seconds since 1970.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional, type = "number")]
        next: Option<i64>,
        /// What was said.
        note: String,
    },
    /// Somebody waits for it (催办).
    Urge {
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Somebody says that it is not as it is written, or not done (异议).
    Dispute {
        /// What is not right.
        note: String,
    },
    /// Whether it helped (问效).
    Effect {
        /// Which asking: a code of the rules' askings.
        asking: String,
        /// What the answer was.
        helped: Helped,
        /// Whom it was asked of and what was said.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// It is over: it helped, or the objection was heard (结案).
    Close {
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// The same thing as another matter, which goes on (并案).
    Merge {
        /// The matter that goes on.
        into: DocId,
        /// In words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        note: String,
    },
    /// Not the same thing after all (撤销并案).
    Unmerge {
        /// Why.
        note: String,
    },
    /// Somebody else raised the same (也有人反映): said here instead of being recorded once more.
    Join {
        /// What they said.
        note: String,
        /// Who asked, by the name they are called.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        #[ts(as = "Option<String>", optional)]
        asker: String,
        /// Which member said so, so that they count among those who reported it; older programs do not say.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        by: Option<MemberId>,
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

/// Every event has a note, borrowed as the event is.
macro_rules! note_of {
    ($event:expr) => {
        match $event {
            Self::Accept { note, .. }
            | Self::Assign { note, .. }
            | Self::Step { note, .. }
            | Self::Resolve { note, .. }
            | Self::Reopen { note, .. }
            | Self::Withdraw { note, .. }
            | Self::Supplement { note, .. }
            | Self::Return { note, .. }
            | Self::Decline { note, .. }
            | Self::AcceptAssignment { note, .. }
            | Self::DeclineAssignment { note, .. }
            | Self::Promise { note, .. }
            | Self::Extend { note, .. }
            | Self::Suspend { note, .. }
            | Self::Resume { note, .. }
            | Self::Coordinate { note, .. }
            | Self::HandUp { note, .. }
            | Self::Answered { note, .. }
            | Self::Contact { note, .. }
            | Self::Urge { note, .. }
            | Self::Dispute { note, .. }
            | Self::Effect { note, .. }
            | Self::Close { note, .. }
            | Self::Merge { note, .. }
            | Self::Unmerge { note, .. }
            | Self::Join { note, .. }
            | Self::Attach { note, .. } => note,
        }
    };
}

impl EventBody {
    /// The stable code of the event's type: its name in the document, on the command line and in the words file.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Accept { .. } => "accept",
            Self::Assign { .. } => "assign",
            Self::Step { .. } => "step",
            Self::Resolve { .. } => "resolve",
            Self::Reopen { .. } => "reopen",
            Self::Withdraw { .. } => "withdraw",
            Self::Supplement { .. } => "supplement",
            Self::Return { .. } => "return",
            Self::Decline { .. } => "decline",
            Self::AcceptAssignment { .. } => "accept_assignment",
            Self::DeclineAssignment { .. } => "decline_assignment",
            Self::Promise { .. } => "promise",
            Self::Extend { .. } => "extend",
            Self::Suspend { .. } => "suspend",
            Self::Resume { .. } => "resume",
            Self::Coordinate { .. } => "coordinate",
            Self::HandUp { .. } => "hand_up",
            Self::Answered { .. } => "answered",
            Self::Contact { .. } => "contact",
            Self::Urge { .. } => "urge",
            Self::Dispute { .. } => "dispute",
            Self::Effect { .. } => "effect",
            Self::Close { .. } => "close",
            Self::Merge { .. } => "merge",
            Self::Unmerge { .. } => "unmerge",
            Self::Join { .. } => "join",
            Self::Attach { .. } => "attach",
        }
    }

    /// What was said along with it.
    pub fn note(&self) -> &str {
        note_of!(self)
    }

    /// What was said along with it, to be written.
    pub fn note_mut(&mut self) -> &mut String {
        note_of!(self)
    }

    /// Whether every moment it names is after 1970 and one that clocks can count with. Policy refuses
    /// others; the fold skips them where they got in all the same.
    pub fn is_timely(&self) -> bool {
        let named = match self {
            Self::Assign { due, .. } => *due,
            Self::Promise { due, .. } => Some(*due),
            Self::Extend { until, .. } => Some(*until),
            Self::Suspend { until, .. } => *until,
            Self::Coordinate { at, .. } => Some(*at),
            Self::HandUp { contact_by, .. } => *contact_by,
            Self::Contact { next, .. } => *next,
            _ => None,
        };
        named.is_none_or(|at| (1..MAX_TIME).contains(&at))
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
