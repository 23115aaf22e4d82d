//! A wrong clock on one phone orders nobody's lists: what the server received goes by when it did.

use crate::support::{GRID, NOW, Phone, fact, other, page, response, scope_page, verdicts};
use beehive_core::{
    DocId, Document, EventBody, NewRecord, Write,
    model::RecordKind,
    sync::{DocChanges, Late, SyncResponse, VerdictKind},
};
use beehive_device::api::{ListFilter, ListKind, Response};
use serde_bytes::ByteBuf;
use serde_json::json;

/// 2099-01-01 and 1970-01-02.
const WRONG: [i64; 2] = [4_070_908_800, 86_400];

fn record_at(actor: u8, clock: i64, title: &str) -> Document {
    let record = NewRecord { kind: RecordKind::Demand, scope: GRID.into(), created_by: "zhao".into() };
    let place = fact("place", r#"{"b":"b-3"}"#);
    Document::create(other(actor), clock, &record, &[fact("title", title), fact("category", "hazard"), place]).unwrap().0
}

/// Changes of a document from the `from`th on, as the server sends them on: with when it received them, where that differs.
fn received(doc: &Document, from: usize, at: i64, written: i64) -> SyncResponse {
    let changes: Vec<_> = doc.changes().into_iter().skip(from).collect();
    let mut page = scope_page(vec![DocChanges { doc: doc.id(), changes: changes.iter().map(|(_, b)| ByteBuf::from(b.clone())).collect() }]);
    page.late = changes.iter().filter_map(|(hash, _)| Late::of(hash, written, at)).collect();
    SyncResponse { scopes: vec![page], ..response() }
}

fn order(phone: &Phone, list: ListKind) -> Vec<String> {
    phone.rows(list, ListFilter::default()).into_iter().map(|r| r.title).collect()
}

#[test]
fn a_record_is_where_it_came_in_whatever_its_phones_clock_said() {
    for clock in WRONG {
        let phone = Phone::of("wang");
        phone.receive(&record_at(1, NOW - 7_200, "早的"));
        let wrong = record_at(1, clock, "钟不对的");
        phone.exchange(|_| received(&wrong, 0, NOW - 3_600, clock));
        phone.receive(&record_at(1, NOW - 1_800, "晚的"));
        for list in [ListKind::Demand, ListKind::Progress] {
            assert_eq!(order(&phone, list), ["晚的", "钟不对的", "早的"], "{clock}");
        }
        // Also from a store that was projected before, and what the recorder's clock said can still be read.
        let phone = phone.reopened();
        assert_eq!(order(&phone, ListKind::Demand), ["晚的", "钟不对的", "早的"], "{clock}");
        assert_eq!(phone.show(&wrong.id()).row.created_at, clock);
    }
}

#[test]
fn a_step_and_an_edit_of_a_wrong_clock_move_a_record_no_further_than_when_they_came() {
    for clock in WRONG {
        for write in [Write::Event(EventBody::Step { note: "看过".into() }), fact("detail", "三楼")] {
            let phone = Phone::of("wang");
            let (mut first, second) = (record_at(1, NOW - 7_200, "第一件"), record_at(1, NOW - 3_600, "第二件"));
            phone.exchange(|_| page(&[&first, &second]));
            first.write(other(1), clock, std::slice::from_ref(&write)).unwrap();
            phone.exchange(|_| received(&first, 1, NOW - 1_800, clock));
            assert_eq!(order(&phone, ListKind::Progress), ["第一件", "第二件"], "{clock}");
            let mut third = record_at(1, NOW - 900, "第三件");
            third.write(other(1), NOW - 800, &[Write::Event(EventBody::Step { note: "x".into() })]).unwrap();
            phone.receive(&third);
            assert_eq!(order(&phone, ListKind::Progress), ["第三件", "第一件", "第二件"], "{clock}");
        }
    }
}

/// This phone's own clock was wrong: its records fall into place once the server has them.
#[test]
fn own_records_of_a_wrong_clock_fall_into_place_once_they_are_delivered() {
    for clock in WRONG {
        let phone = Phone::of("wang");
        phone.receive(&record_at(1, NOW - 7_200, "早的"));
        phone.clock.set(clock);
        phone.record("钟不对时记的");
        phone.clock.set(NOW);
        phone.exchange(|sent| SyncResponse { time: NOW, ..verdicts(sent, VerdictKind::Stored) });
        phone.receive(&record_at(1, NOW + 900, "晚的"));
        assert_eq!(order(&phone, ListKind::Demand), ["晚的", "钟不对时记的", "早的"], "{clock}");
    }
}

#[test]
fn recurrence_counts_by_when_it_came() {
    for clock in WRONG {
        let phone = Phone::of("wang");
        let (earlier, later) = (record_at(1, clock, "楼道堆物"), record_at(1, NOW - 600, "楼道又堆物"));
        phone.exchange(|_| received(&earlier, 0, NOW - 86_400, clock));
        phone.receive(&later);
        assert_eq!(nth(&phone, &later.id()), Some(2), "{clock}");
        assert_eq!(nth(&phone, &earlier.id()), None, "{clock}: it was the first");
    }
}

fn nth(phone: &Phone, id: &DocId) -> Option<u32> {
    match phone.ask(json!({ "do": "show", "id": id })) {
        Response::Matter { matter } => matter.life.recurrence.map(|r| r.nth),
        other => panic!("{other:?}"),
    }
}
