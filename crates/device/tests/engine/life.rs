//! A matter's life as its phone shows it: numbers, clocks, whose turn it is, the askings, and what changes when the street's rules do.

use crate::support::{GRID, NOW, Phone, other, page, response, scope_page, their_record, verdicts};
use beehive_core::{
    Document, EventBody, MatterNumber, Rules, Write,
    clock::Due,
    model::{Helped, Path, Status},
    reference::Dataset,
    sync::{Late, ReferenceUpdate, ScopePage, SyncResponse, VerdictKind},
};
use beehive_device::api::{CountsView, ListFilter, ListKind, ReminderView, Response, RowView, StandInsView};
use beehive_device::key::StoreKey;
use serde_json::json;

const HOUR: i64 = 3_600;

fn counts(phone: &Phone) -> CountsView {
    match phone.ask(json!({ "do": "counts" })) {
        Response::Counts { counts } => counts,
        other => panic!("{other:?}"),
    }
}

fn reminders(phone: &Phone) -> Vec<ReminderView> {
    match phone.ask(json!({ "do": "reminders" })) {
        Response::Reminders { reminders } => reminders,
        other => panic!("{other:?}"),
    }
}

fn today(phone: &Phone) -> Vec<RowView> {
    match phone.ask(json!({ "do": "today" })) {
        Response::Today { today } => today.rows,
        other => panic!("{other:?}"),
    }
}

fn row(phone: &Phone, id: &beehive_core::DocId) -> RowView {
    phone.show(id).row
}

fn accept(path: Path) -> EventBody {
    EventBody::Accept { path, note: String::new() }
}

fn assign(to: &str) -> EventBody {
    EventBody::Assign { to: to.into(), help: vec![], due: None, note: String::new() }
}

/// A record of another phone, accepted and given to 王秀英 by the lead an hour later.
fn given_to_wang() -> Document {
    let mut doc = their_record(1, "门禁坏了");
    doc.write(other(2), NOW, &[Write::Event(accept(Path::Now)), Write::Event(assign("wang"))]).unwrap();
    doc
}

fn set_rules(phone: &Phone, rules: Rules) {
    let update = ReferenceUpdate { version: "2".into(), dataset: Dataset::Rules(Box::new(rules)) };
    phone.exchange(|_| SyncResponse { reference: vec![update], ..response() });
}

#[test]
fn a_local_code_until_the_server_gives_the_number() {
    let phone = Phone::of("wang");
    let id = phone.record("门禁坏了");
    let before = row(&phone, &id);
    assert_eq!((before.number.len(), before.numbered), (4, false));
    let number = MatterNumber::new(2026, 123).unwrap();
    phone.exchange(|sent| {
        let mut answer = verdicts(sent, VerdictKind::Stored);
        answer.verdicts[0].number = Some(number);
        answer
    });
    let after = row(&phone.reopened(), &id);
    assert_eq!((after.number.as_str(), after.numbered), ("BH-2026-000123", true));
}

#[test]
fn a_colleagues_matter_comes_with_its_number_and_its_hour() {
    let phone = Phone::of("wang");
    let mut doc = given_to_wang();
    doc.write(other(1), NOW + HOUR, &[Write::Event(EventBody::Resolve { by: Some("zhao".into()), note: "修好了".into() })]).unwrap();
    // Accepted in time by the lead's clock; the server heard of it a day later, of the resolving two days later.
    let hashes: Vec<_> = doc.changes().into_iter().map(|(hash, _)| hash).collect();
    let late = |n: usize, at| Late { change: Late::name(&hashes[n]), at };
    let notes = vec![late(1, NOW + 24 * HOUR), late(2, NOW + 72 * HOUR)];
    let number = MatterNumber::new(2026, 7).unwrap();
    phone.exchange(|_| {
        let mut answer = page(&[&doc]);
        answer.scopes[0].numbers = vec![(doc.id(), number)];
        answer.scopes[0].late = notes;
        answer
    });
    let shown = phone.show(&doc.id());
    assert_eq!(shown.row.number, "BH-2026-000007");
    let line = |what: &str| shown.timeline.iter().find(|l| l.what == what).unwrap();
    assert_eq!((line("resolve").received, line("resolve").in_time), (Some(NOW + 72 * HOUR), true), "no signal is no negligence");
    assert_eq!(line("accept").received, Some(NOW + 24 * HOUR));
    assert_eq!((line("created").received, line("created").in_time), (None, false));
}

#[test]
fn deadlines_count_from_when_the_server_heard_of_it() {
    let phone = Phone::of("li");
    let doc = given_to_wang();
    phone.receive(&doc);
    let due = |phone: &Phone| row(phone, &doc.id()).due.unwrap();
    assert_eq!((due(&phone), row(&phone, &doc.id()).due_what), (NOW + 24 * HOUR, Some(Due::Solve)));
    let hash = doc.changes()[1].0;
    let note = Late { change: Late::name(&hash), at: NOW + 5 * HOUR };
    let again = ScopePage { late: vec![note], ..scope_page(vec![]) };
    phone.exchange(|_| SyncResponse { scopes: vec![again], ..response() });
    assert_eq!(phone.show(&doc.id()).life.deadlines[0].at, NOW + 29 * HOUR);
}

#[test]
fn whose_turn_it_is_moves_from_hand_to_hand() {
    let lead = Phone::of("li");
    let id = lead.record("门禁坏了");
    let turn = |phone: &Phone| today(phone).iter().find(|r| r.title == "门禁坏了").and_then(|r| r.turn.clone());
    assert_eq!(turn(&lead).as_deref(), Some("accept"));
    lead.act(&id, accept(Path::Now));
    assert_eq!(turn(&lead).as_deref(), Some("assign"));
    lead.act(&id, assign("wang"));
    assert_eq!(turn(&lead), None);
    assert_eq!(lead.show(&id).waiting_for, ["王秀英"]);

    let worker = Phone::of("wang");
    let doc = given_to_wang();
    worker.receive(&doc);
    assert_eq!(turn(&worker).as_deref(), Some("accept_assignment"));
    worker.act(&doc.id(), EventBody::AcceptAssignment { note: String::new() });
    assert_eq!(turn(&worker).as_deref(), Some("resolve"));
    let view = worker.act(&doc.id(), EventBody::Resolve { by: None, note: "换了锁".into() });
    assert_eq!((view.row.status, turn(&worker)), (Status::Resolved, None), "who solved it is not asked");
    assert_eq!(view.life.askings.len(), 3);
}

#[test]
fn the_last_good_answer_closes_it_and_a_bad_one_opens_it_again() {
    let only_person = || {
        let mut rules = Rules::default();
        rules.askings.truncate(1);
        rules
    };
    for (helped, status) in [(Helped::Yes, Status::Closed), (Helped::No, Status::Working)] {
        let phone = Phone::of("wang");
        set_rules(&phone, only_person());
        let mut doc = given_to_wang();
        doc.write(other(1), NOW + 60, &[Write::Event(EventBody::Resolve { by: Some("zhao".into()), note: "修好了".into() })]).unwrap();
        phone.receive(&doc);
        let view = phone.act(&doc.id(), EventBody::Effect { asking: "person".into(), helped, note: "问过了".into() });
        assert_eq!((view.row.status, view.life.helped), (status, Some(helped)));
        assert_eq!(phone.pushed(&doc.id()).len(), 1, "one stroke, one change");
    }
}

#[test]
fn other_rules_move_every_deadline() {
    let phone = Phone::of("li");
    let doc = given_to_wang();
    phone.receive(&doc);
    phone.clock.set(NOW + 30 * HOUR);
    let overdue = || phone.rows(ListKind::Demand, ListFilter { overdue: true, ..ListFilter::default() }).len();
    assert_eq!((overdue(), counts(&phone).overdue), (1, 1));
    set_rules(&phone, Rules { now_hours: 48, ..Rules::default() });
    assert_eq!((overdue(), counts(&phone).overdue), (0, 0));
    assert_eq!(row(&phone, &doc.id()).due, Some(NOW + 48 * HOUR));
}

#[test]
fn the_numbers_above_the_lists_are_those_of_the_lists() {
    let phone = Phone::of("li");
    let ids: Vec<_> = (0..6).map(|n| phone.record(&format!("第{n}件"))).collect();
    for (id, path) in ids.iter().zip([Path::Now, Path::Coordinate, Path::Track]) {
        phone.act(id, accept(path));
    }
    phone.act(&ids[0], assign("li"));
    phone.act(&ids[1], assign("wang"));
    phone.act(&ids[5], EventBody::Resolve { by: None, note: "办好了".into() });
    let c = counts(&phone);
    assert_eq!((c.open, c.responsibility, c.to_me, c.waiting), (5, 2, 1, 2));
    assert_eq!((c.now, c.coordinate, c.track), (1, 1, 1));
    let total = |filter| phone.rows(ListKind::Demand, ListFilter { open: Some(true), ..filter }).len() as u32;
    assert_eq!(total(ListFilter { to_me: true, ..ListFilter::default() }), c.to_me);
    assert_eq!(total(ListFilter { path: Some(Path::Track), ..ListFilter::default() }), c.track);
    assert_eq!((c.rates[0].all, c.rates[0].done, c.rates[0].done_rate, c.rates[0].effect_rate), (6, 1, Some(16), None));
    assert_eq!(c.rates[1].scope, Some(GRID.into()));
}

#[test]
fn reminders_come_in_time_to_act_and_never_at_night() {
    let phone = Phone::of("wang");
    let mut doc = given_to_wang();
    // Due at two in the night: four hours before that would still be in the quiet hours.
    let due = NOW + 18 * HOUR;
    let event = EventBody::Assign { to: "wang".into(), help: vec![], due: Some(due), note: String::new() };
    doc.write(other(2), NOW + 1, &[Write::Event(event)]).unwrap();
    phone.receive(&doc);
    let first = &reminders(&phone)[0];
    assert_eq!((first.what, first.due), (Due::Assigned, due));
    assert_eq!(first.at, NOW + 24 * HOUR, "at eight in the morning");
}

#[test]
fn who_leads_may_name_colleagues_of_the_grid_and_nobody_else_may() {
    let of = |phone: &Phone| -> StandInsView {
        match phone.ask(json!({ "do": "stand_ins" })) {
            Response::StandIns { stand_ins } => stand_ins,
            other => panic!("{other:?}"),
        }
    };
    let lead = of(&Phone::of("li"));
    let names: Vec<&str> = lead.candidates.iter().map(|m| m.id.as_str()).collect();
    assert_eq!((names, lead.max_days), (vec!["wang", "zhao", "far"], 31));
    assert!(of(&Phone::of("wang")).candidates.is_empty());
    // Only the server can change who may do what.
    assert_eq!(Phone::of("li").error(json!({ "do": "stand_in", "to": "wang", "until": NOW + 1 })).code, "needs_network");
}

/// Takes back what every later migration added: tables, indexes and columns that the first release did not have.
fn as_first_release(db: &rusqlite::Connection) {
    let first = rusqlite::Connection::open_in_memory().unwrap();
    first.execute_batch(include_str!("../../src/store/migrations/0001_first.sql")).unwrap();
    let names = |conn: &rusqlite::Connection, sql: &str| -> Vec<String> {
        conn.prepare(sql).unwrap().query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    for kind in ["trigger", "index", "table"] {
        let all = format!("SELECT name FROM sqlite_master WHERE type = '{kind}' AND name NOT LIKE 'sqlite_%'");
        let known = names(&first, &all);
        for name in names(db, &all).iter().filter(|name| !known.contains(name)) {
            db.execute_batch(&format!("DROP {kind} IF EXISTS {name}")).unwrap();
        }
        for table in names(db, &all).iter().filter(|_| kind == "table") {
            let columns = format!("SELECT name FROM pragma_table_info('{table}')");
            let known = names(&first, &columns);
            for column in names(db, &columns).iter().filter(|column| !known.contains(column)) {
                db.execute_batch(&format!("ALTER TABLE {table} DROP COLUMN {column}")).unwrap();
            }
        }
    }
    db.execute_batch("PRAGMA user_version = 1").unwrap();
}

/// A store as the first release left it: without the columns and tables of a matter's life.
#[test]
fn a_store_of_the_first_release_is_brought_up_and_projected_anew() {
    let phone = Phone::of("li");
    let id = phone.record("门禁坏了");
    phone.act(&id, accept(Path::Coordinate));
    let Phone { engine, clock, key, dir, member } = phone;
    drop(engine);
    let StoreKey::Raw(raw) = &key;
    let db = rusqlite::Connection::open(dir.path().join("phone.db")).unwrap();
    db.execute_batch(&format!("PRAGMA key = \"x'{}'\";", hex::encode(raw.as_slice()))).unwrap();
    as_first_release(&db);
    drop(db);
    let engine = beehive_device::engine::Engine::open(beehive_device::engine::OpenOptions {
        dir: dir.path().to_owned(),
        key: key.clone(),
        clock: clock.clone(),
    })
    .unwrap();
    let phone = Phone { engine, clock, key, dir, member };
    let view = row(&phone, &id);
    assert_eq!((view.status, view.due_what, view.turn.as_deref()), (Status::Accepted, Some(Due::Meet), Some("assign")));
    assert_eq!((today(&phone).len(), phone.status().unsent), (1, 1), "and nothing is lost");
}
