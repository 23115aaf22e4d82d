//! The folded state of a matter: what the document's facts and events amount to.

use super::{DocClass, Helped, Path, Place, RecordKind, Status, field};
use crate::{
    action::EventBody,
    id::{ActorId, DocId, MemberId, NodeId},
    scalar::Scalar,
};
use serde::{Deserialize, Serialize};
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

/// What who was given it says to that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Nothing yet.
    #[default]
    Pending,
    /// They took it.
    Accepted,
    /// They cannot do it.
    Declined,
}

/// A commitment: who is to do it, with whose help, by when, and whether they took it. The rows of the responsibility list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The member who is responsible.
    pub to: MemberId,
    /// Members who help.
    pub help: Vec<MemberId>,
    /// By when, seconds since 1970, if that was said when it was given.
    pub due: Option<i64>,
    /// Whether they took it.
    #[serde(default)]
    pub answer: Answer,
    /// By when they said they would, seconds since 1970.
    #[serde(default)]
    pub promised: Option<i64>,
}

/// When something happened: the event, and its writer's clock. Whoever knows when the server received it looks that up by the event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The event's id, as in [`TimelineEntry::id`].
    pub event: String,
    /// By the writer's own clock, seconds since 1970.
    pub at: i64,
}

/// Where a matter stands with a higher department.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// Which department, in words.
    pub to: String,
    /// Its ticket number; empty while it gave none.
    pub number: String,
    /// When it was handed up.
    pub since: Mark,
    /// Whether it answered.
    pub answered: bool,
    /// When the asker was last told, if ever.
    pub contacted: Option<Mark>,
    /// When they are to hear next, seconds since 1970, if that was said.
    pub contact_by: Option<i64>,
}

/// The answer to one asking whether it helped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EffectAnswer {
    /// Which asking: a code of the rules.
    pub asking: String,
    /// What the answer was.
    pub helped: Helped,
    /// The event.
    pub mark: Mark,
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ts_rs::TS)]
#[serde(rename_all = "snake_case")]
pub enum NeedsEyesReason {
    /// Two people chose different paths.
    TwoPaths,
    /// Two people gave it to different members.
    TwoAssignments,
    /// Somebody closed it while somebody else went on with it.
    ClosedWhileWorked,
    /// Two people ended it differently: one resolved it, another withdrew or merged it.
    TwoOutcomes,
    /// One sent it back for more, another took it or went on with it.
    ReturnedWhileTaken,
    /// Who was given it both took it and declined it.
    TwoAnswers,
    /// Two people gave it different new dates.
    TwoExtensions,
    /// One let it rest, another let it go on.
    RestedWhileWorked,
}

impl NeedsEyesReason {
    /// The codes of the actions that settle it; who may do one of them is who should look.
    pub fn settled_by(self) -> &'static [&'static str] {
        match self {
            Self::TwoPaths => &["accept"],
            Self::TwoAssignments | Self::TwoAnswers => &["assign"],
            Self::ClosedWhileWorked | Self::TwoOutcomes => &["resolve", "reopen", "withdraw", "decline", "merge"],
            Self::ReturnedWhileTaken => &["accept", "return"],
            Self::TwoExtensions => &["extend"],
            Self::RestedWhileWorked => &["resume", "suspend"],
        }
    }

    /// Whether programs of the first release know it.
    pub fn is_of_first_release(self) -> bool {
        matches!(self, Self::TwoPaths | Self::TwoAssignments | Self::ClosedWhileWorked | Self::TwoOutcomes)
    }
}

/// A reason to look, with the events that cannot both hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NeedsEyes {
    /// Why.
    pub reason: NeedsEyesReason,
    /// The events (ids as in [`TimelineEntry::id`]) that disagree.
    pub events: Vec<String>,
}

/// A matter (事项) as folded from its document: the source of the three lists.
///
/// Everything but facts and timeline can be written to a projection and read back ([`Matter::outline`]): enough to ask policy, clocks
/// and whose turn it is, without the document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// Who raised the same afterwards and said so here, by their own word: they count among those who reported it.
    pub joined: Vec<MemberId>,
    /// The store that recorded it.
    pub creator: ActorId,
    /// Facts by field name; never an empty list.
    #[serde(skip)]
    pub facts: BTreeMap<String, Vec<FactValue>>,
    /// Where it stands.
    pub status: Status,
    /// The path in force: the cautious (slowest) one while people disagree.
    pub path: Option<Path>,
    /// Who is to do it, while that is agreed; with `TwoAssignments` the first of those named.
    pub assignment: Option<Assignment>,
    /// Everyone named by an assignment in force (several while people disagree): all of them may see and work on it.
    pub assignees: Vec<MemberId>,
    /// When the path in force was chosen.
    pub accepted: Option<Mark>,
    /// The new date, if more time was given on this path, seconds since 1970.
    pub extended: Option<i64>,
    /// While it rests: since when.
    pub suspended: Option<Mark>,
    /// While it rests: until when, seconds since 1970, if that was said.
    pub suspended_until: Option<i64>,
    /// How long it has rested before, seconds, by the writers' clocks. The clocks stood still for so long.
    pub rested: i64,
    /// When the parties first met on this path.
    pub met: Option<Mark>,
    /// Meetings on this path at which the parties did not agree.
    pub failed_meetings: u32,
    /// Where it stands with a higher department.
    pub outside: Option<Outside>,
    /// When it was last resolved, if nobody opened it again since.
    pub resolved: Option<Mark>,
    /// Who resolved it, by their own word: they do not check whether it helped.
    pub solvers: Vec<MemberId>,
    /// What was answered since then to the askings whether it helped, in order.
    pub effects: Vec<EffectAnswer>,
    /// Whether it helped, as far as anybody answered: the least of the answers since it was last resolved, or the last one before.
    pub helped: Option<Helped>,
    /// The matter it goes on as part of.
    pub merged_into: Option<DocId>,
    /// How often somebody asked for it to go faster, since it was last opened.
    pub urged: u32,
    /// How often it was opened again, also by the answer that it did not help.
    pub reopened: u32,
    /// Whether who found it also fixed it (自办自结).
    pub self_resolved: bool,
    /// Events in their causal order.
    #[serde(skip)]
    pub timeline: Vec<TimelineEntry>,
    /// What cannot both hold and waits for a person.
    pub needs_eyes: Vec<NeedsEyes>,
}

impl Matter {
    /// A matter with nothing but what its first line says; the rest as of a record nobody has dealt with.
    pub fn outline(id: DocId, kind: RecordKind, scope: NodeId, created_at: i64, created_by: MemberId) -> Self {
        Self {
            id,
            kind,
            class: DocClass::General,
            scope,
            schema: super::SCHEMA,
            created_at,
            created_by,
            joined: Vec::new(),
            creator: ActorId::default(),
            facts: BTreeMap::new(),
            status: Status::Reported,
            path: None,
            assignment: None,
            assignees: Vec::new(),
            accepted: None,
            extended: None,
            suspended: None,
            suspended_until: None,
            rested: 0,
            met: None,
            failed_meetings: 0,
            outside: None,
            resolved: None,
            solvers: Vec::new(),
            effects: Vec::new(),
            helped: None,
            merged_into: None,
            urged: 0,
            reopened: 0,
            self_resolved: false,
            timeline: Vec::new(),
            needs_eyes: Vec::new(),
        }
    }

    /// Whether it was disagreed about in this way.
    pub fn disagreed(&self, reason: NeedsEyesReason) -> bool {
        self.needs_eyes.iter().any(|n| n.reason == reason)
    }

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
