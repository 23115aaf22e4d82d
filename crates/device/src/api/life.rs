//! What screens show of a matter's life: who has it, by when what is due, whether it helped; and the numbers above the lists.

use super::RecurrenceView;
use beehive_core::{
    DocId, MemberId, NodeId,
    clock::{Deadline, Due},
    model::{Answer, Helped, Role},
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A commitment, by name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AssignmentView {
    /// Who is responsible.
    pub to: String,
    /// Their id.
    pub to_id: MemberId,
    /// Whether that is the reader.
    pub mine: bool,
    /// Who helps.
    pub help: Vec<String>,
    /// By when, as it was given, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub due: Option<i64>,
    /// Whether they took it.
    pub answer: Answer,
    /// By when they promised it, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub promised: Option<i64>,
}

/// Where a matter stands with a higher department.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct OutsideView {
    /// Which department.
    pub to: String,
    /// Its ticket number; empty while it gave none.
    pub number: String,
    /// When it was handed up, seconds since 1970.
    #[ts(type = "number")]
    pub since: i64,
    /// Whether it answered.
    pub answered: bool,
    /// When the asker was last told, seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub contacted: Option<i64>,
}

/// One asking whether it helped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct AskingView {
    /// The code that an `effect` event names.
    pub code: String,
    /// The question in Chinese.
    pub zh: String,
    /// The question in English.
    pub en: String,
    /// From when it is asked, seconds since 1970.
    #[ts(type = "number")]
    pub at: i64,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub answer: Option<Helped>,
    /// Whether it is the reader who is asked, now or later.
    pub mine: bool,
}

/// What is known of a matter's life beside its facts and timeline.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS)]
pub struct LifeView {
    /// Who has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub assignment: Option<AssignmentView>,
    /// Who else raised the same and joined it, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[ts(as = "Option<Vec<String>>", optional)]
    pub joined: Vec<String>,
    /// That the same sort of trouble was at the same place not long before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub recurrence: Option<RecurrenceView>,
    /// Everything that is due, the nearest first.
    pub deadlines: Vec<Deadline>,
    /// Whose attention it is drawn to because it is overdue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub escalated_to: Option<Role>,
    /// The date that an extension would bring, seconds since 1970; absent if none can be given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub extension: Option<i64>,
    /// Whether it was extended already.
    pub extended: bool,
    /// While it rests: until when, seconds since 1970, if that was said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub suspended_until: Option<i64>,
    /// Meetings on this path without agreement.
    pub failed_meetings: u32,
    /// Where it stands with a higher department.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub outside: Option<OutsideView>,
    /// The askings whether it helped, once it is resolved.
    pub askings: Vec<AskingView>,
    /// Whether it helped, as far as anybody answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub helped: Option<Helped>,
    /// The matter it goes on as part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub merged_into: Option<DocId>,
    /// That matter's title, if it is on this phone.
    pub merged_title: String,
    /// How often somebody asked for it to go faster.
    pub urged: u32,
}

/// What became of the matters of one scope.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct RateView {
    /// Which scope; absent for all together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub scope: Option<NodeId>,
    /// Its name; empty for all together.
    pub name: String,
    /// Matters that count: not withdrawn, declined or merged.
    pub all: u32,
    /// Of those, done (办结).
    pub done: u32,
    /// Of those, asked whether it helped.
    pub asked: u32,
    /// Of the asked, done and helped (见效).
    pub helped: u32,
    /// 办结率 in per cent; absent of nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub done_rate: Option<u32>,
    /// 见效率 in per cent of what was asked about; absent of nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub effect_rate: Option<u32>,
}

/// The numbers above the lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct CountsView {
    /// Open matters: the demand list.
    pub open: u32,
    /// Of those, given to somebody: the responsibility list.
    pub responsibility: u32,
    /// Of those, the reader's.
    pub to_me: u32,
    /// Open matters past their next deadline.
    pub overdue: u32,
    /// Open matters nobody took yet.
    pub waiting: u32,
    /// Open matters on 马上办.
    pub now: u32,
    /// Open matters on 协调办.
    pub coordinate: u32,
    /// Open matters on 跟踪办.
    pub track: u32,
    /// Waits for the reader.
    pub turn: u32,
    /// What became of them: all together first, then by scope.
    pub rates: Vec<RateView>,
}

/// Something to bring to the reader's mind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct ReminderView {
    /// Which record.
    pub id: DocId,
    /// What is due.
    pub what: Due,
    /// When it is due, seconds since 1970.
    #[ts(type = "number")]
    pub due: i64,
    /// When to remind, seconds since 1970: before it is due, never in the quiet hours.
    #[ts(type = "number")]
    pub at: i64,
}
