//! What comes from outside: one bad record never stops the others, and nothing is erased that was not sent.

use crate::support::{GRID, NOW, Phone, fact, other, page, photo_of, response, scope_page, their_record, verdicts};
use beehive_core::{
    Document, EventBody, Write,
    sync::{DocChanges, PackDoc, ScopePage, SyncResponse, VerdictKind},
};
use serde_bytes::ByteBuf;

fn changes(doc: &Document) -> Vec<ByteBuf> {
    doc.changes().into_iter().map(|(_, bytes)| ByteBuf::from(bytes)).collect()
}

#[test]
fn a_page_brings_records_and_moves_the_cursor_in_one_step() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    theirs.write(other(2), NOW - 60, &[Write::Event(EventBody::Step { note: "看过了".into() })]).unwrap();
    let applied = phone.receive(&theirs);
    assert_eq!((applied.received, applied.need_now), (2, false));
    assert_eq!(phone.status().cursors[&GRID.into()], 20);
    let view = phone.show(&theirs.id());
    assert_eq!(view.created_by, "赵建国");
    assert_eq!((view.timeline[0].by.as_str(), view.timeline[0].mine), ("李红梅", false));
    // The same page again: nothing twice.
    assert_eq!(phone.receive(&theirs).received, 0);
    assert_eq!(phone.show(&theirs.id()), view);
    assert_eq!(phone.status().digest, theirs.history().digest().to_string());
}

#[test]
fn a_hostile_change_is_set_aside_and_the_others_come_in() {
    let phone = Phone::of("wang");
    let (good, bad, last) = (their_record(1, "好的"), their_record(2, "坏的"), their_record(1, "也好"));
    for damage in 0..40 {
        let mut bytes = changes(&bad);
        let at = damage * bytes[0].len() / 40;
        bytes[0][at] ^= 0x41;
        let rubbish = DocChanges { doc: last.id(), changes: vec![ByteBuf::from(vec![damage as u8; 300])] };
        let groups = vec![
            DocChanges { doc: bad.id(), changes: bytes },
            DocChanges { doc: good.id(), changes: changes(&good) },
            rubbish,
            // A change that says it is of another document.
            DocChanges { doc: good.id(), changes: changes(&bad) },
        ];
        let applied = phone.exchange(|_| SyncResponse { scopes: vec![scope_page(groups)], ..response() });
        assert!(!applied.need_now);
    }
    assert_eq!(phone.titles(), ["好的"]);
    assert_eq!(phone.receive(&last).received, 1);
    assert_eq!(phone.status().digest, crate::support::digest(&[&good, &last]).to_string());
}

#[test]
fn a_change_without_its_past_makes_the_phone_ask_for_the_whole_record() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    theirs.write(other(1), NOW, &[fact("detail", "三楼")]).unwrap();
    let late = changes(&theirs).pop().unwrap();
    let group = DocChanges { doc: theirs.id(), changes: vec![late] };
    let applied = phone.exchange(|_| SyncResponse { scopes: vec![scope_page(vec![group])], ..response() });
    assert!(applied.need_now);
    assert!(phone.titles().is_empty());
    let applied = phone.exchange(|sent| {
        assert_eq!(sent.request.want, [theirs.id()]);
        let whole = PackDoc { doc: theirs.id(), snapshot: ByteBuf::from(theirs.snapshot()), number: None, late: vec![] };
        SyncResponse { docs: vec![whole], ..response() }
    });
    assert_eq!((applied.received, applied.need_now), (2, false));
    assert_eq!(phone.titles(), ["水管漏水"]);
    assert!(phone.engine.sync_request().unwrap().request.want.is_empty());
}

#[test]
fn a_record_that_never_comes_is_not_asked_for_for_ever() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    theirs.write(other(1), NOW, &[fact("detail", "三楼")]).unwrap();
    let late = || DocChanges { doc: theirs.id(), changes: vec![changes(&theirs).pop().unwrap()] };
    phone.exchange(|_| SyncResponse { scopes: vec![scope_page(vec![late()])], ..response() });
    let mut asked = 0;
    for _ in 0..10 {
        let applied = phone.exchange(|sent| {
            asked += sent.request.want.len();
            response()
        });
        assert!(!applied.need_now);
    }
    assert_eq!(asked, 3);
}

#[test]
fn what_left_the_view_is_erased_but_never_before_it_is_sent() {
    let phone = Phone::of("wang");
    let (quiet, busy) = (their_record(1, "没人动"), their_record(1, "我写过"));
    phone.exchange(|_| page(&[&quiet, &busy]));
    phone.act(&busy.id(), EventBody::Step { note: "离开前写的".into() });
    let evict = || ScopePage { evict: vec![quiet.id(), busy.id()], ..scope_page(vec![]) };
    // The answer to a request that did not carry the step yet.
    let sent = phone.engine.sync_request().unwrap();
    phone.engine.apply(&sent, SyncResponse { scopes: vec![evict()], ..response() }).unwrap();
    assert_eq!(phone.titles(), ["我写过"]);
    assert_eq!(phone.pushed(&busy.id()).len(), 1);
    phone.deliver();
    assert!(phone.titles().is_empty());
    assert_eq!(phone.status().digest, beehive_core::sync::Digest::default().to_string());
    assert!(phone.found("没人动").is_empty());
}

#[test]
fn a_scope_that_is_gone_goes_whole() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.record("我记的");
    let applied = phone.exchange(|_| SyncResponse { gone: vec![GRID.into()], ..response() });
    assert!(!applied.need_now);
    assert_eq!(phone.titles(), ["我记的"], "what is not sent yet stays");
    assert!(phone.status().cursors.is_empty());
    phone.exchange(|sent| verdicts(sent, VerdictKind::Stored));
    assert!(phone.titles().is_empty());
}

#[test]
fn what_is_leaving_goes_whatever_becomes_of_the_unsent() {
    for kind in [VerdictKind::Refused, VerdictKind::Held, VerdictKind::Stored] {
        let phone = Phone::of("wang");
        let theirs = their_record(1, "水管漏水");
        phone.receive(&theirs);
        phone.act(&theirs.id(), EventBody::Step { note: "离开前写的".into() });
        phone.exchange(|_| SyncResponse { gone: vec![GRID.into()], ..response() });
        assert_eq!(phone.titles(), ["水管漏水"]);
        phone.exchange(|sent| verdicts(sent, kind));
        assert!(phone.titles().is_empty(), "{kind:?}");
        assert_eq!(phone.refused().len(), usize::from(kind != VerdictKind::Stored));
    }
}

#[test]
fn photos_of_an_erased_record_are_erased_with_it() {
    let phone = Phone::of("wang");
    let id = phone.record_with(serde_json::json!({ "title": "墙砖松动", "photos": [{ "media": "image/jpeg", "base64": photo_of(8, 1) }] }));
    let hash = phone.show(&id).attachments[0].hash;
    phone.deliver();
    let evicted = || SyncResponse { scopes: vec![ScopePage { evict: vec![id], ..scope_page(vec![]) }], ..response() };
    phone.exchange(|_| evicted());
    let there = phone.ask(serde_json::json!({ "do": "file", "hash": hash }));
    assert!(matches!(there, beehive_device::api::Response::File { .. }), "nobody else has the photo yet");
    while let Some(file) = phone.engine.next_upload(&Default::default()).unwrap() {
        phone.engine.file_delivered(&file.doc, &file.hash).unwrap();
    }
    phone.exchange(|_| evicted());
    assert_eq!(phone.error(serde_json::json!({ "do": "file", "hash": hash })).code, "file_missing");
}

#[test]
fn a_page_nobody_asked_for_does_not_move_a_cursor() {
    let phone = Phone::of("wang");
    let stray = ScopePage { scope: "m2".into(), cursor: 99, ..scope_page(vec![]) };
    phone.exchange(|_| SyncResponse { scopes: vec![stray], ..response() });
    assert!(!phone.status().cursors.contains_key(&"m2".into()), "a cursor would skip the scope's first download");
}

#[test]
fn a_crash_between_request_and_answer_costs_nothing() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let sent = phone.engine.sync_request().unwrap();
    let phone = phone.reopened();
    assert_eq!(phone.engine.sync_request().unwrap().request, sent.request);
    assert_eq!(phone.status().unsent, 1);
}
