//! Photos of what the server refused or holds: they wait with their entry, and for nothing else.

use crate::support::{NOW, Phone, photo_of, response, verdicts};
use beehive_core::{
    DocId, FileHash,
    gate::peek,
    sync::{HeldDecision, SyncResponse, VerdictKind},
};
use beehive_device::{api::Response, engine::Prepared};
use serde_json::{Value, json};
use std::collections::HashSet;

fn photo(shade: u8) -> Value {
    json!({ "media": "image/png", "base64": photo_of(400, shade) })
}

fn with_photo(phone: &Phone) -> DocId {
    phone.record_with(json!({ "title": "有照片的", "photos": [photo(1)] }))
}

/// What can be sent now, in order.
fn to_send(phone: &Phone) -> Vec<(DocId, FileHash)> {
    let (mut tried, mut found) = (HashSet::new(), Vec::new());
    while let Some(file) = phone.engine.next_upload(&tried).unwrap() {
        assert!(file.bytes.is_some(), "nothing to send");
        tried.insert((file.doc, file.hash));
        found.push((file.doc, file.hash));
    }
    found
}

fn waiting(phone: &Phone) -> (u32, u64, u32) {
    let files = phone.status().files;
    (files.unsent, files.bytes, files.refused)
}

fn decided(sent: &Prepared, doc: DocId, accepted: bool) -> SyncResponse {
    let hashes = sent.request.push.docs[0].changes.iter().map(|c| peek(c).unwrap().hash).collect();
    SyncResponse { decided: vec![HeldDecision { doc, hashes, accepted, note: "核对过".into() }], ..response() }
}

fn retry(phone: &Phone) -> DocId {
    let entry = phone.refused()[0].entry;
    assert!(matches!(phone.ask(json!({ "do": "retry_refused", "entry": entry })), Response::Refused { .. }));
    phone.engine.sync_request().unwrap().request.push.docs[0].doc
}

#[test]
fn a_refused_records_photos_wait_for_nobody_and_go_along_when_it_is_tried_again() {
    let phone = Phone::of("wang");
    let id = with_photo(&phone);
    phone.exchange(|sent| verdicts(sent, VerdictKind::Refused));
    assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]));
    // Neither cleaning nor a server that came back from a backup touches them.
    let phone = phone.reopened();
    phone.clock.set(NOW + 60 * 86_400);
    phone.ask(json!({ "do": "clean_files" }));
    phone.exchange(|_| SyncResponse { epoch: beehive_core::Epoch([9; 8]), ..response() });
    assert_eq!((waiting(&phone).0, to_send(&phone)), (0, vec![]));

    let anew = retry(&phone);
    assert_ne!(anew, id);
    assert_eq!((waiting(&phone).0, to_send(&phone).len()), (1, 0), "records first");
    phone.deliver();
    let sent = to_send(&phone);
    assert!(sent.len() == 2 && sent.iter().all(|(doc, _)| *doc == anew), "the photo and its small picture, once: {sent:?}");
}

#[test]
fn a_refused_photo_of_a_known_record_waits_with_its_entry_too() {
    for others in [0, 1] {
        let phone = Phone::of("wang");
        let photos: Vec<Value> = (0..others).map(|_| photo(9)).collect();
        let id = phone.record_with(json!({ "title": "已送达", "photos": photos }));
        phone.deliver();
        for (doc, hash) in to_send(&phone) {
            phone.engine.file_delivered(&doc, &hash).unwrap();
        }
        phone.ask(json!({ "do": "attach", "id": id, "photo": photo(1) }));
        phone.exchange(|sent| verdicts(sent, VerdictKind::Refused));
        assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]), "{others}");
        // A change of the record leaves them with the entry.
        phone.set(&id, "detail", "三楼");
        phone.deliver();
        assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]), "{others}");
        assert_eq!(retry(&phone), id);
        phone.deliver();
        assert_eq!((waiting(&phone).0, to_send(&phone).len()), (1, 2), "{others}");
    }
}

#[test]
fn a_dismissed_entry_keeps_its_photo_on_the_phone_and_waits_for_nothing() {
    let phone = Phone::of("wang");
    with_photo(&phone);
    phone.exchange(|sent| verdicts(sent, VerdictKind::Refused));
    let entry = phone.refused()[0].entry;
    phone.ask(json!({ "do": "dismiss_refused", "entry": entry }));
    assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]));
    phone.clock.set(NOW + 60 * 86_400);
    match phone.ask(json!({ "do": "clean_files" })) {
        Response::Storage { storage } => assert_eq!((storage.files, storage.cleaned), (1, 0)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_held_records_photos_are_sent_while_it_is_held() {
    let phone = Phone::of("wang");
    let id = with_photo(&phone);
    let sent = phone.engine.sync_request().unwrap();
    phone.engine.apply(&sent, verdicts(&sent, VerdictKind::Held)).unwrap();
    let files = to_send(&phone);
    assert_eq!((waiting(&phone).0, files.len()), (1, 2));
    files.iter().for_each(|(doc, hash)| phone.engine.file_delivered(doc, hash).unwrap());
    assert_eq!(waiting(&phone), (0, 0, 0));
    // Until it is decided the bytes stay: it may come back.
    phone.clock.set(NOW + 60 * 86_400);
    phone.ask(json!({ "do": "clean_files" }));
    phone.engine.apply(&phone.engine.sync_request().unwrap(), decided(&sent, id, false)).unwrap();
    assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]), "declined: back with its author");
    let anew = retry(&phone);
    phone.deliver();
    assert!(to_send(&phone).iter().all(|(doc, _)| *doc == anew) && to_send(&phone).len() == 2);
}

#[test]
fn what_was_not_sent_by_then_is_sent_once_it_is_let_in() {
    for old_server in [false, true] {
        let phone = Phone::of("wang");
        let id = with_photo(&phone);
        let sent = phone.engine.sync_request().unwrap();
        phone.engine.apply(&sent, verdicts(&sent, VerdictKind::Held)).unwrap();
        if old_server {
            // It takes no file of a record that it does not show yet.
            to_send(&phone).iter().for_each(|(doc, hash)| phone.engine.file_refused(doc, hash, "file_not_named").unwrap());
            assert_eq!((waiting(&phone), to_send(&phone)), ((0, 0, 0), vec![]));
        }
        phone.engine.apply(&phone.engine.sync_request().unwrap(), decided(&sent, id, true)).unwrap();
        assert!(phone.refused().is_empty());
        assert_eq!((waiting(&phone).0, to_send(&phone).len()), (1, 2), "old server: {old_server}");
    }
}
