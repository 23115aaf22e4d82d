//! The folded state of a matter: what the document's facts and events amount to.

use super::{DocClass, Path, Place, RecordKind, Status, field};
use crate::{
    action::EventBody,
    id::{ActorId, DocId, MemberId, NodeId},
    scalar::Scalar,
};
use serde::Serialize;
use std::collections::BTreeMap;

/// One value of a fact. More than one for a field means that people wrote it at the same time; the first is the one shown in lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactValue {
    /// What was written.
    pub value: Scalar,
    /// Which store wrote it.
    pub actor: ActorId,
    /// When, by the writer's own clock, seconds since 1970.
    pub at: i64,
}

/// Who is to do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Assignment {
    /// The member who is responsible.
    pub to: MemberId,
    /// Members who help.
    pub help: Vec<MemberId>,
    /// By when, seconds since 1970, if that was said.
    pub due: Option<i64>,
}

/// Something that happened to the matter.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TimelineEntry {
    /// The event's key without its `e.`: stable and unique.
    pub id: String,
    /// Which store wrote it.
    pub actor: ActorId,
    /// When, by the writer's own clock, seconds since 1970. For people to read; nothing is decided by it.
    pub at: i64,
    /// What happened; `None` for a type this version does not know.
    pub body: Option<EventBody>,
}

/// Why somebody has to look at a matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, serde::Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum NeedsEyesReason {
    /// Two people chose different paths.
    TwoPaths,
    /// Two people gave it to different members.
    TwoAssignments,
    /// Somebody closed it while somebody else went on with it.
    ClosedWhileWorked,
    /// One resolved it, another withdrew it.
    TwoOutcomes,
}

/// A reason to look, with the events that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NeedsEyes {
    /// Why.
    pub reason: NeedsEyesReason,
    /// The events (ids as in [`TimelineEntry::id`]) that disagree.
    pub events: Vec<String>,
}

/// A matter (事项) as folded from its document: the source of the three lists.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Matter {
    /// Which document.
    pub id: DocId,
    /// What it is about.
    pub kind: RecordKind,
    /// Who may read it.
    pub class: DocClass,
    /// The org node it belongs to.
    pub scope: NodeId,
    /// The schema version it was made with.
    pub schema: i64,
    /// When it was recorded, by the recorder's own clock, seconds since 1970.
    pub created_at: i64,
    /// Who recorded it.
    pub created_by: MemberId,
    /// The store that recorded it.
    pub creator: ActorId,
    /// Facts by field name; never an empty list.
    pub facts: BTreeMap<String, Vec<FactValue>>,
    /// Where it stands.
    pub status: Status,
    /// The path in force: the cautious (slowest) one while people disagree.
    pub path: Option<Path>,
    /// Who is to do it, while that is agreed; with `TwoAssignments` the first of those named.
    pub assignment: Option<Assignment>,
    /// Everyone named by an assignment in force (several while people disagree): all of them may see and work on it.
    pub assignees: Vec<MemberId>,
    /// How often it was opened again.
    pub reopened: u32,
    /// Whether who found it also fixed it (自办自结).
    pub self_resolved: bool,
    /// Events in their causal order.
    pub timeline: Vec<TimelineEntry>,
    /// What cannot both hold and waits for a person.
    pub needs_eyes: Vec<NeedsEyes>,
}

impl Matter {
    /// The value of a fact that lists show.
    pub fn fact(&self, field: &str) -> Option<&Scalar> {
        self.facts.get(field).and_then(|values| values.first()).map(|v| &v.value)
    }

    /// The text of a fact that lists show; empty if there is none.
    pub fn text(&self, field: &str) -> &str {
        self.fact(field).and_then(Scalar::as_str).unwrap_or_default()
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        match self.fact(field::PLACE) {
            Some(Scalar::Str(s)) => Place::from_scalar(s),
            _ => Place::default(),
        }
    }

    /// Fields of which several values stand side by side.
    pub fn conflicts(&self) -> impl Iterator<Item = (&str, &[FactValue])> {
        self.facts.iter().filter(|(_, values)| values.len() > 1).map(|(k, v)| (k.as_str(), v.as_slice()))
    }

    /// Whether a person has to look: values side by side, or events that cannot both hold.
    pub fn needs_a_person(&self) -> bool {
        !self.needs_eyes.is_empty() || self.conflicts().next().is_some()
    }

    /// The time of the latest thing that happened, by the writers' clocks, seconds since 1970.
    pub fn updated_at(&self) -> i64 {
        let facts = self.facts.values().flatten().map(|v| v.at);
        let events = self.timeline.iter().map(|e| e.at);
        facts.chain(events).max().unwrap_or(self.created_at).max(self.created_at)
    }
}
