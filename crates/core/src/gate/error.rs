//! Why the gate keeps something out.

use thiserror::Error;

macro_rules! gate_errors {
    ($($(#[$doc:meta])* $variant:ident = $code:literal;)+) => {
        /// Why a change (or snapshot) is not let in. Every one has a stable code; people read [`GateError::sentence`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Error)]
        pub enum GateError {
            $($(#[$doc])* #[error($code)] $variant),+
        }

        impl GateError {
            /// Every error.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub fn code(&self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads a stable code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}

gate_errors! {
    /// The change is in the history already. Not a fault: a retry.
    AlreadyKnown = "already_known";
    /// It builds on a change that is not here.
    MissingDependency = "missing_dependency";
    /// Another change has this actor and number: the store that wrote it was cloned or restored.
    Forked = "forked";
    /// Longer than [`super::MAX_CHANGE`] or [`super::MAX_SNAPSHOT`].
    TooLarge = "change_too_large";
    /// Not a change chunk, or cut short.
    NotAChange = "not_a_change";
    /// The checksum does not fit the content.
    BadChecksum = "bad_checksum";
    /// Outside the flat subset: nested objects, lists, counters, messages, extra bytes.
    NotFlat = "not_flat";
    /// More operations, predecessors or dependencies than one change may have.
    TooMany = "too_many";
    /// The record holds as much as one record may: see [`super::limits`].
    RecordFull = "too_many_changes";
    /// The bytes say the same as a proper change, in another spelling.
    NotCanonical = "not_canonical";
    /// An actor id that is not eight bytes.
    BadActor = "bad_actor";
    /// The change's number is not the next of its actor.
    BadSequence = "bad_sequence";
    /// Dependencies unsorted, repeated, or some of them covered by others.
    BadDependencies = "bad_dependencies";
    /// The first operation's counter is not the one that follows from the dependencies.
    BadStart = "bad_start";
    /// A time outside 1970 to the year 141338.
    BadTime = "bad_time";
    /// A key that is not allowed, or written twice in one change.
    BadKey = "bad_key";
    /// A value of a type or size that its key cannot hold.
    BadValue = "bad_change_value";
    /// Predecessors that are not what the author can have seen.
    BadPredecessors = "bad_predecessors";
    /// Heads missing in the first change or present in a later one.
    BadHead = "bad_head";
    /// A change of another document.
    WrongDocument = "wrong_document";
    /// Automerge itself would not take it: the last line of defence, never met past the other rules.
    Rejected = "rejected";
    /// A snapshot that does not amount to the heads it names.
    BadSnapshot = "bad_snapshot";
}

impl GateError {
    /// What a person reads: what is the matter and what to do.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::AlreadyKnown => "这条记录已经送到了，不用再送。",
            Self::MissingDependency => "这条记录缺少前面的内容，会自动补送，请保持信号再试一次。",
            Self::Forked => "这部手机的数据是从别处复制来的，系统会换个编号重新送，请再试一次。",
            Self::TooLarge | Self::TooMany => "这条记录太大，送不出去。请分成几条来记，原来的内容还在本机。",
            Self::RecordFull => "这件事已经记满了，新写的没有收下，还在本机。请另记一件，接着往下写。",
            Self::BadTime => "手机的时间不对。请把手机时间调准，再改一下重新送。",
            _ => "这条记录的数据不完整或已损坏，没有收下。内容还在本机，请导出交给管理员。",
        }
    }
}
