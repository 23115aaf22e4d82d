//! Why something may not be done: a stable code for programs and a Chinese sentence that says what to do next.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ts_rs::TS;

macro_rules! refusals {
    ($($(#[$doc:meta])* $variant:ident = $code:literal, $zh:literal;)+) => {
        /// Why an action is refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS, Error)]
        pub enum Refusal {
            $($(#[$doc])* #[serde(rename = $code)] #[error($zh)] $variant),+
        }

        impl Refusal {
            /// Every refusal.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The stable code.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Reads a stable code.
            pub fn from_code(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }

            /// What a person reads: what is the matter and what to do.
            pub fn sentence(self) -> &'static str {
                match self { $(Self::$variant => $zh),+ }
            }
        }
    };
}

refusals! {
    /// The member has no grant that reaches this place.
    NotYourScope = "not_your_scope", "这里不在您负责的网格里。请交给那里的网格员，或请网格长帮忙。";
    /// The member reaches the place, but the role does not allow it.
    NotYourRole = "not_your_role", "您的身份不能做这一步。请告诉网格长，由他来办。";
    /// Only who recorded it may do that.
    NotYourRecord = "not_your_record", "这条不是您记的，不能撤回。有不同意见，请记一步进展说明。";
    /// Only who it was given to may do that.
    NotAssignedToYou = "not_assigned_to_you", "这件事没有派给您。要帮忙办，请先请网格长派给您。";
    /// It is closed; it must be opened again first.
    AlreadyClosed = "already_closed", "这件事已经办结或撤回。还有问题的话，请先“重新打开”。";
    /// It is open; there is nothing to open again.
    NotClosed = "not_closed", "这件事还在办，不用重新打开。有新情况，请记一步进展。";
    /// A path must be chosen first.
    NotAccepted = "not_accepted", "这件事还没有人受理。请先由网格长选好怎么办。";
    /// It was taken already; it can no longer be declined.
    AlreadyAccepted = "already_accepted", "这件事已经受理，不能再不予受理。办不了的话，请换一条路径并写明原因。";
    /// That can only be done on another path.
    OtherPath = "other_path", "这一步不在这条路径上。请先改选协调办或跟踪办，并写明原因。";
    /// More time was given once; that is all.
    AlreadyExtended = "already_extended", "这件事已经延过一次期，不能再延。请换一条路径，或写明情况后挂起。";
    /// It rests already.
    AlreadySuspended = "already_suspended", "这件事已经挂起。要接着办，请先“恢复办理”。";
    /// It does not rest.
    NotSuspended = "not_suspended", "这件事没有挂起，不用恢复。";
    /// Who was given it has answered already.
    AlreadyAnswered = "already_answered", "这张单子您已经答复过了。情况有变，请记一步进展，或请网格长改派。";
    /// It was not handed up.
    NotHandedUp = "not_handed_up", "这件事还没有上报。请先“上报”，再记上级的答复。";
    /// It is not resolved, so nobody can say whether it helped.
    NotResolved = "not_resolved", "这件事还没有办结，等办结了再问有没有用。";
    /// Who solved it does not check whether it helped.
    OwnWork = "own_work", "这件事是您办的。有没有用，请别人来看、来问。";
    /// Nobody was asked whether it helped.
    NotAsked = "not_asked", "还没有问过有没有用。请先问一问，再结案。";
    /// It goes on as part of another matter.
    MergedElsewhere = "merged_elsewhere", "这件事已经并到另一件里办。要分开办，请网格长“撤销并案”。";
    /// It was not merged.
    NotMerged = "not_merged", "这件事没有并案，不用撤销。";
    /// A stand-in is named for a time to come, of a month at most.
    StandInTime = "stand_in_time", "代管要有截止日期，从现在起最长 31 天。请重新选日期。";
    /// Only somebody who works in the same general grid may stand in.
    NotAColleague = "not_a_colleague", "代管只能请同一个网格里的同事。请在名单里重新选。";
    /// A note is needed.
    NoteMissing = "note_missing", "请写一句话说明情况，再存一次。";
    /// The note or value is too long.
    TooLong = "too_long", "写得太长了。请分成几步来写。";
    /// The title is missing.
    TitleMissing = "title_missing", "请用一句话写明是什么事，再存一次。";
    /// A field that does not exist or cannot be edited.
    UnknownField = "unknown_field", "这一项不能修改。请在“详细情况”里写明。";
    /// A value that the field cannot hold.
    BadValue = "bad_value", "这一项的内容不对。请重新选择或填写。";
    /// The member named is not known or has no duty there.
    UnknownMember = "unknown_member", "找不到这个人，或者他不负责这里。请在名单里重新选。";
    /// A type of action that this version does not know.
    UnknownAction = "unknown_action", "这一步是新版本才有的。请更新后再试。";
    /// This version does not know the kind of record.
    UnknownKind = "unknown_kind", "这类记录是新版本才有的。请更新后再试。";
    /// The creator named in the record is not the member who wrote it.
    WrongAuthor = "wrong_author", "记录里写的人和实际记录的人不一致。请用自己的账号重新记一次。";
    /// A building leader's record must name one of their buildings.
    NotYourBuilding = "not_your_building", "这里不是您负责的楼栋。请选自己的楼栋，或请网格员来记。";
    /// The org node is not one that records can belong to.
    UnknownScope = "unknown_scope", "系统里没有这个网格。请重新选择地点，或请管理员核对。";
}
