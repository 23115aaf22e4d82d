//! One matter, whole, as its page shows it.

use super::{
    Inner,
    authored::fact_shown,
    held::Held,
    life::{self, ReceiveTimes},
    lists, recurrence,
    reference::Reference,
};
use crate::{
    api::{ActionOffer, ApiError, FactView, LifeView, MatterView, NeedsEyesView, RowView, TimelineView, ValueView},
    store::{StoreError, document, matter, refused, want},
};
use beehive_core::{
    Action, ActorId, DocId, EventBody, MemberId, clock,
    fold::scalar_text,
    model::{Matter, Role, field},
    policy::{judge, offers},
    turn::{self, Waits},
};

/// Names at most in "waits for".
const MAX_WAITING: usize = 3;
/// Who is asked first when several may decide.
const DECIDERS: [Role; 4] = [Role::GridLead, Role::MicroLead, Role::CommunityOfficer, Role::StreetDispatcher];

impl Inner {
    /// One matter, whole.
    pub fn show(&self, doc: &DocId) -> Result<MatterView, ApiError> {
        let found = self.store.read(|conn| {
            let row = matter::get(conn, doc)?;
            let document = document::get(conn, doc)?;
            Ok((row, document, refused::open_of(conn, doc)?))
        });
        let (row, document, refused) = found.map_err(|e| e.api())?;
        let reference = self.reference();
        let row = row.ok_or_else(|| self.not_here(doc))?;
        let now = self.clock.now();
        let row_view = lists::view(&reference, &row, now);
        let Some(document) = document else {
            // Only its lines came ahead: ask for the rest at the next exchange.
            self.store.write(|tx| want::add(tx, doc, &row.scope)).map_err(|e| e.api())?;
            return Ok(ahead(&reference, row_view, row));
        };
        let held = Held::read(&document).map_err(|e| e.api())?;
        let matter = held.matter().ok_or_else(|| StoreError::Unreadable("kind").api())?;
        let times = self.store.read(|conn| ReceiveTimes::load(conn, held.history())).map_err(|e| e.api())?;
        let in_time = times.done_in_time(&reference, held.history(), &matter);
        // The page says what the record says, the same on every phone; only lists are ordered by when what came.
        let row_view = RowView { updated_at: matter.updated_at(), ..row_view };
        let mut view = self.view(&reference, row_view, &matter, &times);
        view.timeline.iter_mut().for_each(|line| line.in_time = in_time.contains(&line.id));
        if let Some(into) = &matter.merged_into {
            let other = self.store.read(|conn| matter::get(conn, into)).map_err(|e| e.api())?;
            view.life.merged_title = other.map(|row| row.title).unwrap_or_default();
        }
        view.life.recurrence =
            self.store.read(|conn| recurrence::of_matter(conn, &reference, &matter, &times, now)).map_err(|e| e.api())?;
        let names = Names { reference: &reference, matter: &matter, times: &times };
        view.attachments = self.attachments(&matter, |actor| names.name(actor)).map_err(|e| e.api())?;
        view.refused = refused.iter().map(|r| super::refused::view(&reference, r)).collect();
        view.digest = document.digest.to_string();
        Ok(view)
    }

    fn view(&self, reference: &Reference, row: RowView, matter: &Matter, times: &ReceiveTimes) -> MatterView {
        let names = Names { reference, matter, times };
        let now = self.clock.now();
        let standing = reference.standing(&matter.scope, now);
        let offered = standing.as_ref().map(|s| offers(s, matter)).unwrap_or_default();
        let received = |event: &str| times.of(event);
        let primary = standing.as_ref().and_then(|s| turn::primary(s, matter, reference.rules(), now, &received));
        let may_edit = |name: &str| {
            let action = Action::EditFact { field: name.to_owned(), value: None };
            standing.as_ref().is_some_and(|s| judge(s, &action, matter).is_ok())
        };
        let needs_eyes = matter.needs_eyes.iter().map(|n| NeedsEyesView {
            reason: n.reason,
            events: n.events.clone(),
            settle_by: n.reason.settled_by().iter().filter(|code| offered.contains(code)).map(|code| (*code).to_owned()).collect(),
        });
        MatterView {
            facts: facts(&names, may_edit),
            timeline: timeline(&names),
            needs_eyes: needs_eyes.collect(),
            offers: offered.iter().map(|code| ActionOffer { action: (*code).to_owned(), primary: primary == Some(*code) }).collect(),
            waiting_for: if primary.is_some() { Vec::new() } else { self.waiting_for(reference, matter) },
            attachments: Vec::new(),
            created_by: reference.name(&matter.created_by).to_owned(),
            created_by_id: matter.created_by.clone(),
            life: life::view(reference, standing.as_ref(), matter, times, now),
            assignees: matter.assignees.clone(),
            scope: matter.scope.clone(),
            scope_name: reference.node_name(&matter.scope).to_owned(),
            reopened: matter.reopened,
            self_resolved: matter.self_resolved,
            refused: Vec::new(),
            digest: String::new(),
            row,
        }
    }

    /// Whose turn it is when it is not the reader's.
    fn waiting_for(&self, reference: &Reference, matter: &Matter) -> Vec<String> {
        let needed = match turn::waits(matter) {
            Waits::For(codes) => codes,
            Waits::ForMembers(members) => {
                return members.iter().filter(|m| !reference.is_me(m)).map(|m| reference.name(m).to_owned()).collect();
            }
            Waits::Nothing => return Vec::new(),
        };
        let now = self.clock.now();
        let mut able: Vec<(usize, &str)> = reference
            .members()
            .filter(|m| !reference.is_me(&m.id))
            .filter_map(|m| {
                let standing = reference.standing_of(m, &matter.scope, now);
                let rank = DECIDERS.iter().position(|role| standing.has(*role))?;
                offers(&standing, matter).iter().any(|o| needed.contains(o)).then_some((rank, m.name.as_str()))
            })
            .collect();
        able.sort_unstable();
        let nearest = able.first().map_or(0, |(rank, _)| *rank);
        able.into_iter().filter(|(rank, _)| *rank == nearest).take(MAX_WAITING).map(|(_, name)| name.to_owned()).collect()
    }

    /// Why a record cannot be shown or written.
    pub fn not_here(&self, doc: &DocId) -> ApiError {
        let known = self.store.read(|conn| Ok((matter::get(conn, doc)?.is_some(), refused::any_of(conn, doc)?)));
        match known {
            Ok((true, _)) => {
                super::words::error("not_here_yet", "这件事的详细内容还没有传到这台手机。", "请在有信号的地方同步一次，再打开。")
            }
            Ok((false, true)) => super::words::error(
                "record_refused",
                "这条记录没有被服务器收下，内容还在“需处理”里。",
                "请到“我的”里查看原因，改好后再送一次。",
            ),
            Ok(_) => StoreError::NoSuchRecord.api(),
            Err(e) => e.api(),
        }
    }
}

/// A matter of which only the lines are here.
fn ahead(reference: &Reference, row: RowView, line: matter::MatterRow) -> MatterView {
    MatterView {
        row,
        facts: Vec::new(),
        timeline: Vec::new(),
        needs_eyes: Vec::new(),
        offers: Vec::new(),
        waiting_for: Vec::new(),
        attachments: Vec::new(),
        created_by: reference.name(&line.created_by).to_owned(),
        created_by_id: line.created_by,
        life: LifeView::default(),
        assignees: line.assignees,
        scope_name: reference.node_name(&line.scope).to_owned(),
        scope: line.scope,
        reopened: 0,
        self_resolved: false,
        refused: Vec::new(),
        digest: String::new(),
    }
}

/// Who did something, by name.
struct Names<'a> {
    reference: &'a Reference,
    matter: &'a Matter,
    times: &'a ReceiveTimes,
}

impl Names<'_> {
    fn member(&self, actor: &ActorId) -> Option<&MemberId> {
        let known = self.reference.author(actor);
        known.or_else(|| (*actor == self.matter.creator).then_some(&self.matter.created_by))
    }

    fn name(&self, actor: &ActorId) -> String {
        self.member(actor).map_or("不在名单上的人", |m| self.reference.name(m)).to_owned()
    }

    fn is_me(&self, actor: &ActorId) -> bool {
        self.member(actor).is_some_and(|m| self.reference.is_me(m))
    }
}

fn facts(names: &Names<'_>, may_edit: impl Fn(&str) -> bool) -> Vec<FactView> {
    let fact = |name: &&str| {
        let values = names.matter.facts.get(*name)?.iter().map(|v| ValueView {
            value: scalar_text(&v.value),
            shown: fact_shown(names.reference, name, &v.value),
            by: names.name(&v.actor),
            by_id: names.member(&v.actor).cloned(),
            mine: names.is_me(&v.actor),
            at: v.at,
        });
        Some(FactView { field: (*name).to_owned(), values: values.collect(), editable: may_edit(name) })
    };
    field::EDITABLE.iter().filter_map(fact).collect()
}

fn timeline(names: &Names<'_>) -> Vec<TimelineView> {
    let matter = names.matter;
    let lines = matter.timeline.iter().rev().map(|e| TimelineView {
        id: e.id.clone(),
        what: e.body.as_ref().map_or("unknown", EventBody::code).to_owned(),
        event: e.body.clone(),
        to: match &e.body {
            Some(EventBody::Assign { to, help, .. }) => {
                let all: Vec<&str> = std::iter::once(to).chain(help).map(|m| names.reference.name(m)).collect();
                Some(all.join("、"))
            }
            _ => None,
        },
        by: names.name(&e.actor),
        by_id: names.member(&e.actor).cloned(),
        mine: names.is_me(&e.actor),
        at: e.at,
        received: names.times.of(&e.id),
        in_time: false,
    });
    let created = TimelineView {
        id: "created".to_owned(),
        what: "created".to_owned(),
        event: None,
        to: None,
        by: names.reference.name(&matter.created_by).to_owned(),
        by_id: Some(matter.created_by.clone()),
        mine: names.reference.is_me(&matter.created_by),
        at: matter.created_at,
        received: names.times.of(clock::CREATED),
        in_time: false,
    };
    lines.chain(std::iter::once(created)).collect()
}
