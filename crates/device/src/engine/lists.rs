//! The three lists and 今天, read from the projection.

use super::{Inner, place, reference::Reference, show, words};
use crate::{
    api::{ListFilter, ListKind, RecordState, RowView, TodayView},
    store::{
        StoreError,
        matter::{self, MatterRow},
    },
};
use beehive_core::{
    ActorId, DocId, NodeId,
    model::{Assignment, DocClass, FactValue, Matter, NeedsEyes, Place, SCHEMA, field},
    policy::Standing,
};
use std::collections::{HashMap, HashSet};

/// Rows at most in one page.
const MAX_PAGE: u32 = 500;
/// Matters of each sort that 今天 looks at, the most pressing first.
const MAX_CANDIDATES: u32 = 500;
/// Rows at most on 今天.
const MAX_TODAY: usize = 200;

impl Inner {
    /// One page of a list, and how many rows there are in all.
    pub fn list(&self, list: ListKind, filter: &ListFilter, offset: u32, limit: u32) -> Result<(Vec<RowView>, u32), StoreError> {
        let reference = self.reference();
        let me = reference.me().map(|me| &me.id);
        let (rows, total) = self.store.read(|conn| matter::list(conn, list, filter, me, offset, limit.clamp(1, MAX_PAGE)))?;
        Ok((rows.iter().map(|row| view(&reference, row)).collect(), total))
    }

    /// What is the reader's turn, the most pressing first.
    pub fn today(&self) -> Result<TodayView, StoreError> {
        let reference = self.reference();
        let now = self.clock.now();
        let me = reference.me().map(|me| me.id.clone()).unwrap_or_default();
        let (candidates, open) = self.store.read(|conn| {
            let mut rows = matter::duties_of(conn, &me, MAX_CANDIDATES)?;
            rows.extend(matter::needing_eyes(conn, MAX_CANDIDATES)?);
            rows.extend(matter::undecided(conn, MAX_CANDIDATES)?);
            Ok((rows, matter::open_count(conn)?))
        })?;
        let mut standings: HashMap<NodeId, Option<Standing>> = HashMap::new();
        let mut seen: HashSet<DocId> = HashSet::new();
        let mut rows: Vec<RowView> = Vec::new();
        for row in candidates.iter().filter(|row| seen.insert(row.doc)) {
            let standing = standings.entry(row.scope.clone()).or_insert_with(|| reference.standing(&row.scope, now));
            if let Some(standing) = standing
                && show::is_turn(standing, &outline(row), row.conflict)
            {
                rows.push(view(&reference, row));
            }
        }
        let urgency = |row: &RowView| match row.urgency.as_str() {
            "urgent" => 0,
            "soon" => 1,
            _ => 2,
        };
        rows.sort_by(|a, b| {
            let key = |r: &RowView| (r.due.unwrap_or(i64::MAX), urgency(r));
            key(a).cmp(&key(b)).then_with(|| a.group.cmp(&b.group)).then_with(|| b.created_at.cmp(&a.created_at))
        });
        rows.truncate(MAX_TODAY);
        Ok(TodayView { rows, open })
    }
}

/// A row as screens show it.
pub fn view(reference: &Reference, row: &MatterRow) -> RowView {
    let place = Place::from_scalar(&row.place);
    let group = place::group(reference, &place);
    let state = match () {
        () if row.refused > 0 || row.attention() => RecordState::Attention,
        () if row.unsent > 0 => RecordState::Local,
        () => RecordState::Delivered,
    };
    RowView {
        id: row.doc,
        kind: row.kind,
        title: row.title.clone(),
        place: place::words(reference, &place),
        group: if group.is_empty() { reference.node_name(&row.scope).to_owned() } else { group },
        category: reference.word("category", &row.category).to_owned(),
        status: row.status,
        path: row.path,
        assignee: row.assignee.as_ref().map(|m| reference.name(m).to_owned()),
        due: row.due,
        urgency: if row.urgency.is_empty() { "normal".to_owned() } else { row.urgency.clone() },
        created_at: row.created_at,
        updated_at: row.updated_at,
        last_step: row.last_event.as_ref().map(|e| words::event(reference, e)).unwrap_or_default(),
        state,
        conflict: row.conflict,
        needs_eyes: row.needs_eyes.clone(),
        whole: row.whole,
    }
}

/// As much of a matter as the projection knows: enough to ask policy whose turn it is without opening the document.
pub fn outline(row: &MatterRow) -> Matter {
    let fact = |name: &str, value: &str| {
        let value = FactValue { value: value.into(), actor: ActorId::default(), at: row.created_at };
        (name.to_owned(), vec![value])
    };
    Matter {
        id: row.doc,
        kind: row.kind,
        class: DocClass::General,
        scope: row.scope.clone(),
        schema: SCHEMA,
        created_at: row.created_at,
        created_by: row.created_by.clone(),
        creator: ActorId::default(),
        facts: [fact(field::TITLE, &row.title), fact(field::PLACE, &row.place)].into_iter().collect(),
        status: row.status,
        path: row.path,
        assignment: row.assignee.clone().map(|to| Assignment { to, help: Vec::new(), due: row.due }),
        assignees: row.assignees.clone(),
        reopened: 0,
        self_resolved: false,
        timeline: Vec::new(),
        needs_eyes: row.needs_eyes.iter().map(|reason| NeedsEyes { reason: *reason, events: Vec::new() }).collect(),
    }
}
