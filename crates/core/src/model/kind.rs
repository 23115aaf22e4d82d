//! Kinds, classes, paths and statuses of records.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

macro_rules! coded {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// Every value.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code, as stored and sent.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads a stable code; `None` for one this version does not know.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    };
}
pub(crate) use coded;

coded! {
    /// What a record is about. All three are matters (事项).
    RecordKind {
        /// 需求: a need that people have.
        Demand = "demand",
        /// 巡查发现: something seen at a place (hazard, disorder).
        Finding = "finding",
        /// 居民诉求: a resident's or building leader's request.
        Request = "request",
    }
}

coded! {
    /// Who may read a document at all. One document never has two audiences.
    DocClass {
        /// Matters, patrols, meetings.
        General = "general",
        /// Care information of households.
        Care = "care",
        /// A doctor's notes.
        Health = "health",
    }
}

coded! {
    /// 三办: the way a matter is dealt with.
    Path {
        /// 马上办: the community can solve it.
        Now = "now",
        /// 协调办: needs a table where the parties talk.
        Coordinate = "coordinate",
        /// 跟踪办: needs a higher department.
        Track = "track",
    }
}

coded! {
    /// Where a matter stands. Derived by the fold, never stored in the document.
    Status {
        /// 已上报: recorded, nobody has taken it yet.
        Reported = "reported",
        /// 待补充: sent back to who recorded it.
        Returned = "returned",
        /// 已受理: taken, with a path.
        Accepted = "accepted",
        /// 办理中: somebody is at it.
        Working = "working",
        /// 已挂起: work rests for a reason.
        Suspended = "suspended",
        /// 有异议: somebody says it is not done, or not right.
        Disputed = "disputed",
        /// 已办结: done, by the word of who did it; whether it helped is still asked.
        Resolved = "resolved",
        /// 已结案: done, and it helped (or the objection was heard).
        Closed = "closed",
        /// 不予受理: not taken, for a reason.
        Declined = "declined",
        /// 已并案: goes on as part of another matter.
        Merged = "merged",
        /// 已撤回: taken back by who recorded it.
        Withdrawn = "withdrawn",
    }
}

coded! {
    /// Whether it helped (有没有用).
    Helped {
        /// 有用
        Yes = "yes",
        /// 有一点用: better, and something is left.
        Partly = "partly",
        /// 没有用
        No = "no",
    }
}

coded! {
    /// How pressing a matter is.
    Urgency {
        /// 一般
        Normal = "normal",
        /// 较急
        Soon = "soon",
        /// 紧急
        Urgent = "urgent",
    }
}

impl Status {
    /// Whether something is still to be done.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Reported | Self::Returned | Self::Accepted | Self::Working | Self::Suspended | Self::Disputed)
    }

    /// Whether it was done (whatever came of it), as 办结率 counts it.
    pub fn is_done(self) -> bool {
        matches!(self, Self::Resolved | Self::Closed)
    }

    /// The nearest status that programs of the first release know.
    pub fn as_first_release(self) -> Self {
        match self {
            Self::Returned => Self::Reported,
            Self::Suspended | Self::Disputed => Self::Working,
            Self::Closed => Self::Resolved,
            Self::Declined | Self::Merged => Self::Withdrawn,
            known => known,
        }
    }
}
