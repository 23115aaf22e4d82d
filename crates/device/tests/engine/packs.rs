//! First download: lines at once, documents in packs that survive cuts and kills.

use crate::support::{GRID, NOW, Phone, fact, other, response, their_record};
use beehive_core::{
    Document,
    model::{RecordKind, Status},
    sync::{Bootstrap, OpenRecord, Pack, PackDoc, SyncResponse, encode},
};
use beehive_device::api::Response;
use serde_bytes::ByteBuf;
use serde_json::json;

fn pack_of(docs: &[&Document]) -> Vec<u8> {
    let docs: Vec<PackDoc> =
        docs.iter().map(|d| PackDoc { doc: d.id(), snapshot: ByteBuf::from(d.snapshot()), number: None, late: vec![] }).collect();
    encode(&docs, 3).unwrap()
}

fn line(doc: &Document, title: &str) -> OpenRecord {
    OpenRecord {
        doc: doc.id(),
        kind: RecordKind::Demand,
        status: Status::Reported,
        path: None,
        title: title.into(),
        place: r#"{"b":"b-13"}"#.into(),
        category: String::new(),
        assignee: None,
        due: None,
        created_at: NOW - 3600,
        created_by: "zhao".into(),
        needs_eyes: vec![],
        number: None,
    }
}

fn bootstrap(packs: &[(&str, &[u8])], open: Vec<OpenRecord>) -> SyncResponse {
    let packs = packs.iter().map(|(name, bytes)| Pack { name: (*name).into(), size: bytes.len() as u64, docs: 1 }).collect();
    SyncResponse { bootstrap: vec![Bootstrap { scope: GRID.into(), cursor: 50, packs, open }], ..response() }
}

/// A phone that has lost its cursor, so that the server begins anew.
fn fresh() -> Phone {
    let phone = Phone::of("wang");
    phone.exchange(|_| SyncResponse { gone: vec![GRID.into()], ..response() });
    phone
}

fn store(phone: &Phone, name: &str, bytes: &[u8]) {
    let pending = phone.engine.pending_packs().unwrap();
    let at = pending.iter().find(|p| p.name == name).unwrap().received as usize;
    phone.engine.store_pack_part(name, at as u64, &bytes[at..]).unwrap();
}

#[test]
fn lines_come_first_then_documents_then_the_cursor() {
    let phone = fresh();
    let (one, two) = (their_record(1, "水管漏水"), their_record(1, "路灯不亮"));
    let (a, b) = (pack_of(&[&one]), pack_of(&[&two]));
    phone.exchange(|_| bootstrap(&[("a", &a), ("b", &b)], vec![line(&one, "水管漏水"), line(&two, "路灯不亮")]));
    assert_eq!(phone.titles().len(), 2);
    assert_eq!(phone.found("13栋 漏水"), ["水管漏水"]);
    assert!(phone.status().cursors.is_empty());

    // Opening a line asks for its document; writing on it is not possible yet.
    let view = phone.show(&one.id());
    assert!(!view.row.whole && view.facts.is_empty() && view.offers.is_empty());
    let set = json!({ "do": "set", "id": one.id(), "field": "detail", "value": "x" });
    assert_eq!(phone.error(set).code, "not_here_yet");
    assert_eq!(phone.engine.sync_request().unwrap().request.want, [one.id()]);

    let applied = phone.exchange(|_| SyncResponse {
        more: true,
        ..bootstrap(&[("a", &a), ("b", &b)], vec![line(&one, "水管漏水"), line(&two, "路灯不亮")])
    });
    assert!(!applied.more, "asking again before the packs are in would begin all over");
    assert_eq!(phone.engine.pending_packs().unwrap().iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    store(&phone, "a", &a);
    assert_eq!(phone.engine.apply_pack("a").unwrap(), 1);
    assert!(phone.status().cursors.is_empty(), "the cursor holds only when everything is here");
    store(&phone, "b", &b);
    phone.engine.apply_pack("b").unwrap();
    assert_eq!(phone.status().cursors[&GRID.into()], 50);
    assert!(phone.engine.pending_packs().unwrap().is_empty());
    assert!(phone.show(&one.id()).row.whole);
    assert!(phone.engine.sync_request().unwrap().request.want.is_empty());
    // A document from a pack can be written at once.
    assert_eq!(phone.set(&two.id(), "detail", "三天了").facts.len(), 2);
}

#[test]
fn a_cut_download_goes_on_where_it_was_even_after_a_kill() {
    let phone = fresh();
    let one = their_record(1, "水管漏水");
    let bytes = pack_of(&[&one]);
    phone.exchange(|_| bootstrap(&[("a", &bytes)], vec![]));
    phone.engine.store_pack_part("a", 0, &bytes[..100]).unwrap();
    let phone = phone.reopened();
    assert_eq!(phone.engine.pending_packs().unwrap()[0].received, 100);
    assert_eq!(phone.engine.store_pack_part("a", 50, &bytes[50..]).unwrap_err().code(), "pack_out_of_step");
    assert_eq!(phone.engine.apply_pack("a").unwrap_err().code(), "pack_out_of_step");
    assert_eq!(phone.engine.store_pack_part("zzz", 0, &bytes).unwrap_err().code(), "pack_out_of_step");
    // The same list again (the server is asked anew after a kill): what arrived stays.
    phone.exchange(|_| bootstrap(&[("a", &bytes)], vec![]));
    store(&phone, "a", &bytes);
    assert_eq!(phone.engine.apply_pack("a").unwrap(), 1);
    assert_eq!(phone.titles(), ["水管漏水"]);
}

#[test]
fn a_hostile_entry_does_not_keep_the_others_out() {
    let phone = fresh();
    let docs: Vec<Document> = (0..6).map(|n| their_record(1, &format!("第{n}件"))).collect();
    let mut entries: Vec<PackDoc> =
        docs.iter().map(|d| PackDoc { doc: d.id(), snapshot: ByteBuf::from(d.snapshot()), number: None, late: vec![] }).collect();
    let middle = entries[1].snapshot.len() / 2;
    entries[1].snapshot[middle] ^= 0xff;
    entries[2].snapshot = ByteBuf::from(vec![0u8; 400]);
    entries[3].snapshot = entries[0].snapshot.clone(); // another document under its name
    let bytes = encode(&entries, 3).unwrap();
    phone.exchange(|_| bootstrap(&[("a", &bytes)], vec![]));
    store(&phone, "a", &bytes);
    assert_eq!(phone.engine.apply_pack("a").unwrap(), 3);
    let mut titles = phone.titles();
    titles.sort_unstable();
    assert_eq!(titles, ["第0件", "第4件", "第5件"]);
    assert_eq!(phone.status().cursors[&GRID.into()], 50);
}

#[test]
fn a_pack_that_is_none_is_fetched_again_and_then_given_up() {
    let phone = fresh();
    let rubbish = vec![7u8; 500];
    phone.exchange(|_| bootstrap(&[("a", &rubbish)], vec![]));
    for _ in 0..2 {
        store(&phone, "a", &rubbish);
        assert_eq!(phone.engine.apply_pack("a").unwrap_err().code(), "pack_damaged");
    }
    assert!(phone.engine.pending_packs().unwrap().is_empty());
    assert!(phone.status().cursors.is_empty(), "the next exchange begins anew");
}

#[test]
fn a_pack_joins_what_is_on_the_phone_already() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    theirs.write(other(1), NOW, &[fact("asker", "陈大爷")]).unwrap();
    let bytes = pack_of(&[&theirs]);
    phone.exchange(|_| bootstrap(&[("a", &bytes)], vec![line(&theirs, "旧的一行")]));
    assert_eq!(phone.titles(), ["水管漏水"], "a document is never hidden by a line");
    store(&phone, "a", &bytes);
    assert_eq!(phone.engine.apply_pack("a").unwrap(), 1);
    let view = phone.show(&theirs.id());
    assert_eq!(view.facts.len(), 3);
    assert_eq!((phone.status().unsent, phone.pushed(&theirs.id()).len()), (1, 1));
}

#[test]
fn a_large_pack_comes_in_whole() {
    let phone = fresh();
    let docs: Vec<Document> = (0..450).map(|n| their_record(1, &format!("第{n}件"))).collect();
    let bytes = pack_of(&docs.iter().collect::<Vec<_>>());
    phone.exchange(|_| bootstrap(&[("a", &bytes)], vec![]));
    store(&phone, "a", &bytes);
    assert_eq!(phone.engine.apply_pack("a").unwrap(), 450);
    match phone.ask(json!({ "do": "list", "limit": 10 })) {
        Response::List { rows, total } => assert_eq!((rows.len(), total), (10, 450)),
        other => panic!("{other:?}"),
    }
    assert_eq!(phone.status().digest, crate::support::digest(&docs.iter().collect::<Vec<_>>()).to_string());
}
