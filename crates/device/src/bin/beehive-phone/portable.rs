//! A record in a form that is equal, byte for byte, on every phone that holds the same changes: members by their ids, values as
//! stored, and nothing that depends on the reader, on reference data or on this phone's outbox.

use beehive_core::{
    DocId, EventBody, FileHash, MemberId, NodeId,
    clock::Deadline,
    model::{Answer, Helped, NeedsEyesReason, Path, RecordKind, Status},
};
use beehive_device::api::{ActionOffer, AskingView, AttachmentView, MatterView, RecordState, RefusedView};
use serde::Serialize;
use std::collections::BTreeMap;

/// `show --json`. Times are seconds since 1970.
#[derive(Serialize)]
pub struct Portable<'a> {
    id: DocId,
    kind: RecordKind,
    scope: &'a NodeId,
    status: Status,
    path: Option<Path>,
    created_at: i64,
    created_by: &'a MemberId,
    updated_at: i64,
    assignees: &'a [MemberId],
    due: Option<i64>,
    assignment: Option<Assignment<'a>>,
    outside: Option<Outside<'a>>,
    helped: Option<Helped>,
    merged_into: Option<DocId>,
    /// The official number, once the server has it.
    number: Option<&'a str>,
    reopened: u32,
    self_resolved: bool,
    /// By field; the value that lists show first, several = a conflict.
    facts: BTreeMap<&'a str, Vec<Value<'a>>>,
    /// Oldest first.
    timeline: Vec<Line<'a>>,
    needs_eyes: Vec<NeedsEyes<'a>>,
    attachments: Vec<Attachment<'a>>,
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    local: Option<Local<'a>>,
}

#[derive(Serialize)]
struct Assignment<'a> {
    to: &'a MemberId,
    answer: Answer,
    promised: Option<i64>,
}

#[derive(Serialize)]
struct Outside<'a> {
    to: &'a str,
    number: &'a str,
    answered: bool,
}

#[derive(Serialize)]
struct Value<'a> {
    value: &'a str,
    by: Option<&'a MemberId>,
    at: i64,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    what: &'a str,
    by: Option<&'a MemberId>,
    at: i64,
    event: Option<&'a EventBody>,
}

#[derive(Serialize)]
struct NeedsEyes<'a> {
    reason: NeedsEyesReason,
    events: &'a [String],
}

#[derive(Serialize)]
struct Attachment<'a> {
    hash: FileHash,
    media: &'a str,
    size: u64,
}

/// What only this phone knows.
#[derive(Serialize)]
struct Local<'a> {
    state: RecordState,
    whole: bool,
    /// By when what is due, as far as this phone knows when the server received what.
    deadlines: &'a [Deadline],
    /// The askings whether it helped.
    askings: &'a [AskingView],
    offers: &'a [ActionOffer],
    waiting_for: &'a [String],
    attachments: &'a [AttachmentView],
    refused: &'a [RefusedView],
}

impl<'a> Portable<'a> {
    /// From what the engine shows; `local` adds what only this phone knows.
    pub fn new(m: &'a MatterView, local: bool) -> Self {
        Self {
            id: m.row.id,
            kind: m.row.kind,
            scope: &m.scope,
            status: m.row.status,
            path: m.row.path,
            created_at: m.row.created_at,
            created_by: &m.created_by_id,
            updated_at: m.row.updated_at,
            assignees: &m.assignees,
            due: m.life.assignment.as_ref().and_then(|a| a.due),
            assignment: m.life.assignment.as_ref().map(|a| Assignment { to: &a.to_id, answer: a.answer, promised: a.promised }),
            outside: m.life.outside.as_ref().map(|o| Outside { to: &o.to, number: &o.number, answered: o.answered }),
            helped: m.life.helped,
            merged_into: m.life.merged_into,
            number: m.row.numbered.then_some(m.row.number.as_str()),
            reopened: m.reopened,
            self_resolved: m.self_resolved,
            facts: m
                .facts
                .iter()
                .filter(|f| !f.values.is_empty())
                .map(|f| (f.field.as_str(), f.values.iter().map(|v| Value { value: &v.value, by: v.by_id.as_ref(), at: v.at }).collect()))
                .collect(),
            timeline: m
                .timeline
                .iter()
                .rev()
                .map(|t| Line { id: &t.id, what: &t.what, by: t.by_id.as_ref(), at: t.at, event: t.event.as_ref() })
                .collect(),
            needs_eyes: m.needs_eyes.iter().map(|n| NeedsEyes { reason: n.reason, events: &n.events }).collect(),
            attachments: m.attachments.iter().map(|a| Attachment { hash: a.hash, media: &a.media, size: a.size }).collect(),
            digest: &m.digest,
            local: local.then(|| Local {
                state: m.row.state,
                whole: m.row.whole,
                deadlines: &m.life.deadlines,
                askings: &m.life.askings,
                offers: &m.offers,
                waiting_for: &m.waiting_for,
                attachments: &m.attachments,
                refused: &m.refused,
            }),
        }
    }
}
