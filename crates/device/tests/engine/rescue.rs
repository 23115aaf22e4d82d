//! What the server did not take: apart by what comes next, decided by a supervisor, and all of it in one sealed file.

use crate::support::{NOW, Phone, photo_of, response, scope_page, their_record};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{
    ChangeHash, DocId, EventBody, FileHash,
    gate::peek,
    rescue::{Marked, Rescue, RescueSecret},
    sync::{DocChanges, HeldDecision, SyncResponse, Verdict, VerdictKind},
};
use beehive_device::api::{RefusedNext, RescueSummary, Response};
use serde_bytes::ByteBuf;
use serde_json::json;
use sha2::{Digest as _, Sha256};

fn secret() -> RescueSecret {
    RescueSecret::from_bytes([5; 32])
}

fn with_key(member: &'static str) -> Phone {
    let phone = Phone::of(member);
    phone.exchange(|_| SyncResponse { rescue_key: Some(secret().public()), ..response() });
    phone
}

fn export(phone: &Phone) -> (Rescue, RescueSummary) {
    let Response::Rescue { name, base64, summary } = phone.ask(json!({ "do": "rescue_export" })) else { panic!("no file") };
    assert!(name.ends_with(".rescue"), "{name}");
    let file = BASE64_STANDARD.decode(base64).unwrap();
    assert_eq!(summary.bytes, file.len() as u64);
    let packed = RescueSecret::open(&[secret()], &file).unwrap();
    let mark: [u8; 32] = Sha256::digest(b"secret").into();
    (Marked::read(&packed).unwrap().prove(&mark).unwrap(), summary)
}

fn told(kind: VerdictKind, code: &str) -> impl FnOnce(&beehive_device::engine::Prepared) -> SyncResponse {
    let code = code.to_owned();
    move |sent| {
        let verdict = |g: &DocChanges| Verdict { doc: g.doc, kind, code: Some(code.clone()), stored: None, late: vec![], number: None };
        SyncResponse { verdicts: sent.request.push.docs.iter().map(verdict).collect(), ..response() }
    }
}

fn hash(bytes: &[u8]) -> ChangeHash {
    peek(bytes).unwrap().hash
}

/// Records something that the server then holds; the change's bytes.
fn held(phone: &Phone, title: &str) -> (DocId, Vec<u8>) {
    let id = phone.record(title);
    let bytes = phone.pushed(&id).remove(0);
    phone.exchange(told(VerdictKind::Held, "not_your_scope"));
    (id, bytes)
}

#[test]
fn everything_unacknowledged_is_in_the_file_and_nothing_on_the_phone_changes() {
    let phone = with_key("wang");
    let sent = phone.record("已经送到的");
    phone.deliver();
    phone.act(&sent, EventBody::Step { note: "还没送".into() });
    let photo = json!([{ "media": "image/png", "base64": photo_of(8, 1) }]);
    let fresh = phone.record_with(json!({ "title": "新的", "photos": photo }));
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "words": "写了一半" } }));
    let before = phone.status();
    let (rescue, summary) = export(&phone);
    assert_eq!((summary.records, summary.drafts, summary.photos, summary.refused, summary.held), (2, 1, 1, 0, 0));
    let of = |id: &DocId| rescue.docs.iter().find(|d| d.doc == *id).unwrap();
    assert_eq!((of(&sent).changes.len(), of(&sent).history.len()), (1, 2), "the step, and what it builds on");
    assert_eq!((of(&fresh).changes.len(), of(&fresh).history.len()), (1, 0));
    assert_eq!(rescue.drafts[0].body, r#"{"words":"写了一半"}"#);
    assert_eq!(rescue.files.len(), 2, "the photo and its small picture");
    assert_eq!((rescue.head.member.as_str(), rescue.head.at), ("wang", NOW));
    assert_eq!(phone.status(), before);
    assert_eq!(before.oldest_unsent, Some(NOW));
}

#[test]
fn refused_and_held_work_is_in_it_and_what_was_put_away_only_in_words() {
    let phone = with_key("wang");
    held(&phone, "搁置的");
    phone.record("退回的");
    phone.exchange(told(VerdictKind::Refused, "not_your_role"));
    phone.record("看过的");
    phone.exchange(told(VerdictKind::Refused, "not_your_role"));
    let entry = phone.refused()[0].entry;
    phone.ask(json!({ "do": "dismiss_refused", "entry": entry }));
    let (rescue, summary) = export(&phone);
    assert_eq!((summary.records, summary.refused, summary.held), (0, 2, 1));
    let told: Vec<_> = rescue.refused.iter().map(|r| (r.title.as_str(), r.held, r.changes.len())).collect();
    assert_eq!(told, [("搁置的", true, 1), ("退回的", false, 1), ("看过的", false, 0)]);
    assert!(rescue.refused[2].says.iter().any(|s| s.contains("看过的")));
}

#[test]
fn without_the_streets_key_there_is_no_file() {
    let phone = Phone::of("wang");
    phone.record("没有钥匙");
    assert_eq!(phone.error(json!({ "do": "rescue_export" })).code, "no_rescue_key");
    // While it has none it asks for it; then no more.
    let asks = |phone: &Phone| phone.engine.sync_request().unwrap().request.capabilities.contains(&"rescue-key".to_owned());
    assert!(asks(&phone));
    phone.exchange(|_| SyncResponse { rescue_key: Some(secret().public()), ..response() });
    assert!(!asks(&phone));
    assert_eq!(export(&phone).1.records, 1);
    assert!(matches!(Phone::blank().ask(json!({ "do": "rescue_export" })), Response::Error { .. }));
}

#[test]
fn held_work_waits_for_a_supervisor_and_calls_nobody_to_it() {
    let phone = Phone::of("wang");
    let (id, _) = held(&phone, "水管漏水");
    let (status, entries) = (phone.status(), phone.refused());
    assert_eq!((status.held, status.refused), (1, 0));
    let entry = &entries[0];
    assert_eq!((entry.held, entry.next, entry.why.as_deref()), (true, RefusedNext::Wait, Some("not_your_scope")));
    assert!(entry.hint.contains("负责人"), "{}", entry.hint);
    assert_eq!(phone.engine.sync_request().unwrap().request.waiting, [id]);
}

#[test]
fn what_a_supervisor_let_in_is_back_on_the_record_and_done() {
    let phone = Phone::of("wang");
    let (id, bytes) = held(&phone, "水管漏水");
    assert!(phone.titles().is_empty());
    let decision = HeldDecision { doc: id, hashes: vec![hash(&bytes)], accepted: true, note: "核对过了".into() };
    let group = DocChanges { doc: id, changes: vec![ByteBuf::from(bytes)] };
    phone.exchange(|_| SyncResponse { scopes: vec![scope_page(vec![group])], decided: vec![decision], ..response() });
    assert_eq!(phone.titles(), ["水管漏水"]);
    assert!(phone.refused().is_empty());
    assert_eq!((phone.status().held, phone.status().unsent), (0, 0));
    assert!(phone.engine.sync_request().unwrap().request.waiting.is_empty());
}

#[test]
fn what_a_supervisor_declined_comes_back_with_a_word_why() {
    let phone = Phone::of("wang");
    let (id, bytes) = held(&phone, "水管漏水");
    let other = HeldDecision { doc: id, hashes: vec![ChangeHash([0; 32])], accepted: false, note: "别的".into() };
    phone.exchange(|_| SyncResponse { decided: vec![other], ..response() });
    assert_eq!(phone.status().held, 1, "a decision about something else");
    let decision = HeldDecision { doc: id, hashes: vec![hash(&bytes)], accepted: false, note: "已经有人记过了".into() };
    phone.exchange(|_| SyncResponse { decided: vec![decision], ..response() });
    let entry = &phone.refused()[0];
    assert_eq!((entry.code.as_str(), entry.held, entry.next), ("declined", false, RefusedNext::Ask));
    assert_eq!(entry.note, "已经有人记过了");
    assert_eq!((phone.status().held, phone.status().refused), (0, 1));
}

#[test]
fn what_is_written_while_something_is_held_never_stands_in_its_way() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "门禁坏了");
    phone.receive(&theirs);
    phone.act(&theirs.id(), EventBody::Step { note: "搁置的一步".into() });
    let held = phone.pushed(&theirs.id()).remove(0);
    phone.exchange(told(VerdictKind::Held, "not_your_scope"));
    phone.act(&theirs.id(), EventBody::Step { note: "后来的一步".into() });
    let later = phone.pushed(&theirs.id()).remove(0);
    phone.deliver();
    assert_ne!(peek(&held).unwrap().actor, peek(&later).unwrap().actor);
    let group = DocChanges { doc: theirs.id(), changes: vec![ByteBuf::from(held)] };
    phone.exchange(|_| SyncResponse { scopes: vec![scope_page(vec![group])], ..response() });
    let notes: Vec<_> = phone.show(&theirs.id()).timeline.into_iter().filter_map(|t| t.event.map(|e| e.note().to_owned())).collect();
    assert_eq!(notes.len(), 2, "{notes:?}");
    assert!(phone.refused().is_empty());
}

#[test]
fn a_refused_record_comes_with_what_to_do_and_its_form() {
    let phone = Phone::of("wang");
    let photo = json!([{ "media": "image/png", "base64": photo_of(8, 1) }]);
    phone.record_with(
        json!({ "title": "灯不亮", "detail": "三楼", "category": "hazard", "asker": "陈大爷", "photos": photo, "resolved_note": "换了" }),
    );
    phone.exchange(told(VerdictKind::Refused, "unknown_scope"));
    let entry = phone.refused().remove(0);
    let form = entry.form.unwrap();
    assert_eq!((entry.next, entry.held), (RefusedNext::Edit, false));
    assert_eq!(
        (form.title.as_str(), form.detail.as_str(), form.category.as_str(), form.asker.as_str()),
        ("灯不亮", "三楼", "hazard", "陈大爷")
    );
    assert_eq!((form.done.as_deref(), form.photos.len()), (Some("换了"), 1));
    assert!(form.place.contains("b-3"));

    for (code, next) in [("not_your_role", RefusedNext::Ask), ("internal", RefusedNext::Retry), ("bad_checksum", RefusedNext::Export)] {
        phone.record("再来");
        phone.exchange(told(VerdictKind::Refused, code));
        let entry = phone.refused().remove(0);
        assert_eq!(entry.next, next, "{code}");
        assert!(!entry.message.is_empty() && !entry.hint.is_empty());
    }
}

#[test]
fn what_was_only_fetched_to_be_looked_at_takes_no_room_in_the_file() {
    let phone = with_key("wang");
    let photo = |n: u8| json!([{ "media": "image/png", "base64": photo_of(8, n) }]);
    let own = phone.record_with(json!({ "title": "自己拍的", "photos": photo(1) }));
    // Somebody else's photo: the server has it, whether or not its record is still on this phone.
    let theirs = b"\xff\xd8\xff\xe0 as the server gave it";
    let hash = FileHash(Sha256::digest(theirs).into());
    assert!(phone.engine.file_fetched(&hash, "image/jpeg", theirs).unwrap());
    let files = |rescue: &Rescue| rescue.files.iter().map(|f| f.hash).collect::<Vec<_>>();
    let (rescue, summary) = export(&phone);
    assert_eq!((summary.photos, summary.left_out, rescue.files.len()), (1, 0, 2), "the own photo and its small picture");
    assert!(!files(&rescue).contains(&hash));
    // Named in a record that is still to be sent, it goes along: nobody has said yet that this record's file arrived.
    let attach = EventBody::Attach {
        file: hash,
        media: "image/jpeg".into(),
        size: theirs.len() as u64,
        note: String::new(),
        thumb: None,
        pair: None,
        secs: None,
        pos: None,
    };
    phone.act(&own, attach);
    let (rescue, summary) = export(&phone);
    assert_eq!(summary.photos, 2);
    assert!(files(&rescue).contains(&hash));
}
