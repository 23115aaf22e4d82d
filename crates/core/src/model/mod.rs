//! The words of the domain as types: kinds, paths, statuses, roles, places and the names of heads and fields.

mod kind;
mod matter;
mod place;
mod role;

pub use kind::{DocClass, Helped, Path, RecordKind, Status, Urgency};
pub use matter::{Answer, Assignment, EffectAnswer, FactValue, Mark, Matter, NeedsEyes, NeedsEyesReason, Outside, TimelineEntry};
pub use place::Place;
pub use role::{Grant, MemberKind, Role};

/// Names of heads (`h.<name>`): written once, by the document's first change.
pub mod head {
    /// What kind of record: see [`super::RecordKind`].
    pub const KIND: &str = "kind";
    /// Who may read it: see [`super::DocClass`].
    pub const CLASS: &str = "class";
    /// The org node it was recorded in.
    pub const SCOPE: &str = "scope";
    /// The version of the record's schema.
    pub const SCHEMA: &str = "schema";
    /// When the device says it was recorded, seconds since 1970 (UTC).
    pub const CREATED_AT: &str = "created_at";
    /// The member who recorded it.
    pub const CREATED_BY: &str = "created_by";
    /// All of them; the first change writes each exactly once.
    pub const ALL: [&str; 6] = [KIND, CLASS, SCOPE, SCHEMA, CREATED_AT, CREATED_BY];
}

/// Names of the facts this version writes (`f.<name>`). Unknown ones from newer versions are kept and skipped.
pub mod field {
    /// What it is, in one line.
    pub const TITLE: &str = "title";
    /// What it is, in full.
    pub const DETAIL: &str = "detail";
    /// A code of the category dictionary.
    pub const CATEGORY: &str = "category";
    /// Where: one scalar, so that two edits never mix into a place nobody meant. See [`super::Place`].
    pub const PLACE: &str = "place";
    /// How pressing: see [`super::Urgency`].
    pub const URGENCY: &str = "urgency";
    /// How it reached us: a code of the channel dictionary.
    pub const CHANNEL: &str = "channel";
    /// Who asked, by the name they are called (never an ID number).
    pub const ASKER: &str = "asker";
    /// How the asker wants to be reached.
    pub const CONTACT: &str = "contact";
    /// The facts a person can edit one by one.
    pub const EDITABLE: [&str; 8] = [TITLE, DETAIL, CATEGORY, PLACE, URGENCY, CHANNEL, ASKER, CONTACT];
}

/// The version of the record schema this program writes.
pub const SCHEMA: i64 = 1;
