//! The three lists and 今天, read from the projection.

use super::{Inner, life, me, place, reference::Reference, words};
use crate::{
    api::{CountsView, ListFilter, ListKind, ListOrder, RateView, RecordState, ReminderView, RowView, TodayView},
    store::{StoreError, matter::MatterRow, matter_list, matter_list::Standings},
};
use beehive_core::{
    ActorId, DocId, MemberId, NodeId,
    clock::Due,
    effect::Rates,
    model::{Answer, Assignment, FactValue, Matter, NeedsEyes, Place, field},
    policy::Standing,
};
use std::collections::BTreeMap;

/// Rows at most in one page.
const MAX_PAGE: u32 = 500;
/// Matters that 今天 looks at, the most pressing first.
const MAX_CANDIDATES: u32 = 500;
/// How long before something is due it is brought to mind, seconds.
const REMIND_BEFORE: i64 = 4 * 3_600;
/// Reminders at most: no phone shows more, and a person reads fewer.
const MAX_REMINDERS: usize = 50;
/// Rows at most on 今天.
const MAX_TODAY: usize = 200;

impl Inner {
    /// One page of a list, and how many rows there are in all.
    pub fn list(
        &self,
        list: ListKind,
        filter: &ListFilter,
        order: ListOrder,
        offset: u32,
        limit: u32,
    ) -> Result<(Vec<RowView>, u32), StoreError> {
        let reference = self.reference();
        let (me, now) = (reference.me().map(|me| &me.id), self.clock.now());
        let page = matter_list::Page { list, filter, order, me, now, offset, limit: limit.clamp(1, MAX_PAGE) };
        let (rows, total) = self.store.read(|conn| matter_list::list(conn, &page))?;
        Ok((rows.iter().map(|row| view(&reference, row, now)).collect(), total))
    }

    /// What is the reader's turn, the most pressing first.
    pub fn today(&self) -> Result<TodayView, StoreError> {
        let reference = self.reference();
        let now = self.clock.now();
        let (candidates, open) =
            self.store.read(|conn| Ok((matter_list::turns(conn, now, MAX_CANDIDATES)?, matter_list::open_count(conn)?)))?;
        let turns = candidates.iter().filter(|row| is_turn(&reference, row, now));
        let mut rows: Vec<(i64, RowView)> = turns.map(|row| (row.created_at, view(&reference, row, now))).collect();
        let urgency = |row: &RowView| match row.urgency.as_str() {
            "urgent" => 0,
            "soon" => 1,
            _ => 2,
        };
        rows.sort_by(|(came_a, a), (came_b, b)| {
            let key = |r: &RowView| (r.due.unwrap_or(i64::MAX), urgency(r));
            key(a).cmp(&key(b)).then_with(|| a.group.cmp(&b.group)).then_with(|| came_b.cmp(came_a))
        });
        rows.truncate(MAX_TODAY);
        Ok(TodayView { rows: rows.into_iter().map(|(_, row)| row).collect(), open })
    }

    /// The numbers above the lists.
    pub fn counts(&self) -> Result<CountsView, StoreError> {
        let reference = self.reference();
        let now = self.clock.now();
        let me = reference.me().map(|me| &me.id);
        let (counts, turns, standings) = self.store.read(|conn| {
            Ok((matter_list::counts(conn, me, now)?, matter_list::turns(conn, now, MAX_CANDIDATES)?, matter_list::standings(conn)?))
        })?;
        let turn = turns.iter().filter(|row| is_turn(&reference, row, now)).count();
        let [now, coordinate, track] = counts.paths;
        Ok(CountsView {
            open: counts.open,
            responsibility: counts.responsibility,
            to_me: counts.to_me,
            overdue: counts.overdue,
            waiting: counts.waiting,
            now,
            coordinate,
            track,
            turn: u32::try_from(turn).unwrap_or(u32::MAX),
            rates: rates(&reference, &standings),
        })
    }

    /// What should be brought to the reader's mind, and when.
    pub fn reminders(&self) -> Result<Vec<ReminderView>, StoreError> {
        let reference = self.reference();
        let now = self.clock.now();
        let (from, until) = me::quiet_hours(&reference, &self.settings()?);
        let rows = self.store.read(|conn| matter_list::turns(conn, i64::MAX, MAX_CANDIDATES))?;
        let mut out: Vec<ReminderView> = rows
            .iter()
            .filter_map(|row| {
                let (due, what) = (row.due?, row.due_what?);
                // An asking is brought to mind when it begins; everything else in time to act.
                let early = if what == Due::Ask { 0 } else { REMIND_BEFORE };
                let at = reference.rules().outside_quiet((due - early).max(now), from, until);
                Some(ReminderView { id: row.doc, what, due, at })
            })
            .collect();
        out.sort_by_key(|r| (r.at, r.due));
        out.truncate(MAX_REMINDERS);
        Ok(out)
    }
}

fn rates(reference: &Reference, standings: &[Standings]) -> Vec<RateView> {
    let mut all = Rates::default();
    let mut scopes: BTreeMap<&NodeId, Rates> = BTreeMap::new();
    for s in standings {
        all.add(s.status, s.helped, s.count);
        scopes.entry(&s.scope).or_default().add(s.status, s.helped, s.count);
    }
    let one = |scope: Option<&NodeId>, r: &Rates| RateView {
        scope: scope.cloned(),
        name: scope.map(|s| reference.node_name(s).to_owned()).unwrap_or_default(),
        all: r.all,
        done: r.done,
        asked: r.asked,
        helped: r.helped,
        done_rate: r.done_rate(),
        effect_rate: r.effect_rate(),
    };
    std::iter::once(one(None, &all)).chain(scopes.iter().map(|(scope, r)| one(Some(scope), r))).collect()
}

/// Whether a row is the reader's turn now: what was worked out when it was stored, held against the grants that hold at this moment.
fn is_turn(reference: &Reference, row: &MatterRow, now: i64) -> bool {
    let Some(standing) = reference.standing(&row.scope, now).filter(Standing::reaches) else { return false };
    match &row.state {
        Some(_) => life::turn(reference, &standing, &outline(row), row.conflict, &life::ReceiveTimes::default()).is_some(),
        None => row.turn.is_some(),
    }
}

/// A row as screens show it.
pub fn view(reference: &Reference, row: &MatterRow, now: i64) -> RowView {
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
        due_what: row.due_what,
        number: row.number.map_or_else(|| local_code(&row.doc), |n| n.to_string()),
        numbered: row.number.is_some(),
        turn: row.turn.clone().filter(|_| row.turn_from <= now),
        helped: row.helped,
        urgency: if row.urgency.is_empty() { "normal".to_owned() } else { row.urgency.clone() },
        // What its recorder's clock said; lists are ordered by when it came.
        created_at: row.state.as_ref().map_or(row.created_at, |m| m.created_at),
        updated_at: row.updated_at,
        last_step: row.last_event.as_ref().map(|e| words::event(reference, e)).unwrap_or_default(),
        state,
        conflict: row.conflict,
        needs_eyes: row.needs_eyes.clone(),
        whole: row.whole,
    }
}

/// What a record is called until the server numbers it: short enough to be read out.
pub fn local_code(doc: &DocId) -> String {
    doc.to_string().chars().take(4).collect::<String>().to_uppercase()
}

/// As much of a matter as the projection knows: enough to ask policy whose turn it is without opening the document.
pub fn outline(row: &MatterRow) -> Matter {
    let fact = |name: &str, value: &str| {
        let value = FactValue { value: value.into(), actor: ActorId::default(), at: row.created_at };
        (name.to_owned(), vec![value])
    };
    let facts = [fact(field::TITLE, &row.title), fact(field::PLACE, &row.place)].into_iter().collect();
    if let Some(state) = &row.state {
        return Matter { facts, ..(**state).clone() };
    }
    let bare = Matter::outline(row.doc, row.kind, row.scope.clone(), row.created_at, row.created_by.clone());
    let given = |to: MemberId| Assignment { to, help: Vec::new(), due: row.due, answer: Answer::Pending, promised: None };
    Matter {
        facts,
        status: row.status,
        path: row.path,
        assignment: row.assignee.clone().map(given),
        assignees: row.assignees.clone(),
        needs_eyes: row.needs_eyes.iter().map(|reason| NeedsEyes { reason: *reason, events: Vec::new() }).collect(),
        ..bare
    }
}
