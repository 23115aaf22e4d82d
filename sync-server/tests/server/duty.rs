//! Work done on duty is never turned away because the duty was ended, changed or moved meanwhile: a supervisor decides.

use crate::{
    files::{attach, create, fetch, patch, photo, text},
    harness::{HERE, NOW, Phone, Server},
};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use beehive_core::{
    DocId, EventBody,
    model::{Grant, Path, RecordKind, Role},
    sync::VerdictKind,
};
use serde_json::json;
use sync_server::{
    storage::{ByWhom, ReferenceSet},
    sync::accept,
};

/// Pushes everything; the one verdict.
async fn push(server: &Server, phone: &Phone) -> (VerdictKind, Option<String>) {
    let mut verdicts = phone.push(server, phone.groups()).await;
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    let verdict = verdicts.remove(0);
    (verdict.kind, verdict.code)
}

fn held(code: &str) -> (VerdictKind, Option<String>) {
    (VerdictKind::Held, Some(code.to_owned()))
}

/// Lets in the one entry that is held.
fn let_in(server: &Server) -> DocId {
    let entries = server.storage.read(|r| r.held()).unwrap();
    let [row] = &entries[..] else { panic!("one entry: {entries:?}") };
    accept(&server.storage, row.id, "核对过", server.now()).unwrap().doc
}

fn chooses_path() -> EventBody {
    EventBody::Accept { path: Path::Now, note: String::new() }
}

fn assigns() -> EventBody {
    EventBody::Assign { to: "m-001".into(), help: vec![], due: None, note: String::new() }
}

/// A record that everybody has.
async fn known_record(server: &Server, author: &mut Phone) -> DocId {
    let doc = author.record("门禁坏了");
    author.sync(server).await;
    doc
}

#[tokio::test]
async fn a_duty_ended_by_hand_holds_what_was_recorded_on_it() {
    let server = Server::start();
    let (mut phone, mut other) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = phone.record("任期内记的");
    server.advance(60);
    server.regrant("m-001", |grants| grants.clear());
    assert_eq!(push(&server, &phone).await, held("not_your_scope"));
    // An answer that was lost: the same again is held once.
    assert_eq!(push(&server, &phone).await, held("not_your_scope"));
    assert_eq!(let_in(&server), doc);
    other.sync(&server).await;
    assert_eq!(other.title(&doc), "任期内记的");
    // What the member holds now knows nothing of it; the history does.
    let (member, duties) = server.storage.read(|r| Ok((r.member(&"m-001".into())?, r.duties(&"m-001".into())?))).unwrap();
    assert!(member.unwrap().grants.is_empty());
    assert_eq!(duties.iter().map(|d| (d.ended_at, d.ended_by.as_deref())).collect::<Vec<_>>(), [(Some(NOW + 60), Some("test"))]);
}

/// A clock that is years wrong says nothing about when something was written, so no clock turns honest work away.
#[tokio::test]
async fn whatever_the_phones_clock_said() {
    for clock in [3, NOW - 400 * 86_400, NOW, NOW + 90, 4_070_908_800] {
        let server = Server::start();
        server.regrant("m-001", |grants| grants[0].from = Some(NOW - 1_000));
        let mut phone = server.phone("m-001").await;
        phone.set_clock(clock);
        phone.record("任期内记的");
        server.advance(60);
        server.regrant("m-001", |grants| grants.clear());
        server.advance(60);
        assert_eq!(push(&server, &phone).await, held("not_your_scope"), "{clock}");
        let_in(&server);
    }
}

#[tokio::test]
async fn who_never_had_a_duty_there_is_turned_away() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record_at("w-3", RecordKind::Finding, "从来不是他的", None);
    server.regrant("m-001", |grants| grants.clear());
    assert_eq!(push(&server, &phone).await, (VerdictKind::Refused, Some("not_your_scope".into())));
}

#[tokio::test]
async fn another_role_holds_what_the_old_one_allowed() {
    let server = Server::start();
    let (mut worker, mut lead) = (server.phone("m-001").await, server.phone("m-004").await);
    let doc = known_record(&server, &mut worker).await;
    lead.sync(&server).await;
    lead.act(doc, chooses_path());
    server.regrant("m-004", |grants| grants[0].role = Role::MicroWorker);
    assert_eq!(push(&server, &lead).await, held("not_your_role"));
    let_in(&server);
    worker.sync(&server).await;
    assert_eq!(worker.docs[&doc].matter().unwrap().path, Some(Path::Now));
    // What no duty of theirs ever allowed stays refused.
    let mut other = server.phone("m-002").await;
    other.act(doc, chooses_path());
    assert_eq!(push(&server, &other).await, (VerdictKind::Refused, Some("not_your_role".into())));
}

#[tokio::test]
async fn another_list_of_buildings_holds_what_was_written_under_the_old_one() {
    let server = Server::start();
    let mut leader = server.phone("m-006").await;
    leader.record("三栋的");
    server.regrant("m-006", |grants| grants[0].buildings = vec!["b-01".into()]);
    assert_eq!(push(&server, &leader).await, held("not_your_building"));
    let_in(&server);
}

#[tokio::test]
async fn given_again_with_other_dates_it_is_held_until_then() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("任期内记的");
    server.regrant("m-001", |grants| grants[0].from = Some(NOW + 86_400));
    server.advance(60);
    assert_eq!(push(&server, &phone).await, held("not_your_scope"));
    let_in(&server);
}

#[tokio::test]
async fn a_duty_moved_elsewhere_and_ended_there_still_counts_where_it_was() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("任期内记的");
    for node in ["w-2", "w-3"] {
        server.advance(60);
        server.regrant("m-001", move |grants| grants[0].node = node.into());
    }
    assert_eq!(push(&server, &phone).await, held("not_your_scope"));
    let_in(&server);
}

#[tokio::test]
async fn a_stand_in_ended_early_holds_what_was_done_for_the_lead() {
    let server = Server::start();
    let (lead, mut deputy) = (server.phone("m-003").await, server.phone("m-002").await);
    let doc = known_record(&server, &mut deputy).await;
    deputy.unsent.clear();
    let name = async |until: Option<i64>| {
        let body = json!({ "v": 1, "to": "m-002", "until": until }).to_string();
        let request = Request::builder().method(Method::POST).uri("/v1/stand-ins").header(header::CONTENT_TYPE, "application/json");
        let request = request.header(header::AUTHORIZATION, format!("Bearer {}", lead.credential));
        assert_eq!(server.send(request.body(Body::from(body)).unwrap()).await.status, StatusCode::OK);
    };
    name(Some(NOW + 86_400)).await;
    deputy.act(doc, assigns());
    server.advance(3_600);
    name(None).await;
    assert_eq!(push(&server, &deputy).await, held("not_your_role"));
    let_in(&server);
    let row = server.storage.read(|r| r.duties(&"m-002".into())).unwrap().into_iter().find(|d| d.grant.on_behalf.is_some()).unwrap();
    assert_eq!((row.opened_by.as_str(), row.ended_at, row.ended_by.as_deref()), ("m-003", Some(NOW + 3_600), Some("m-003")));
}

#[tokio::test]
async fn a_grid_that_hangs_elsewhere_now_holds_the_work_of_who_led_it() {
    let server = Server::start();
    let (mut worker, mut lead) = (server.phone("m-001").await, server.phone("m-004").await);
    let doc = known_record(&server, &mut worker).await;
    lead.sync(&server).await;
    lead.act(doc, chooses_path());
    server.advance(60);
    let now = server.now();
    server
        .storage
        .write(move |tx| {
            let mut node = tx.org()?.into_iter().find(|n| n.id.as_str() == HERE).unwrap();
            node.parent = Some("g-2".into());
            tx.put_node(&node, ByWhom::command("test", now))?;
            tx.bump(ReferenceSet::Org)
        })
        .unwrap();
    assert_eq!(push(&server, &lead).await, held("not_your_scope"));
    let_in(&server);
    worker.sync(&server).await;
    assert_eq!(worker.docs[&doc].matter().unwrap().path, Some(Path::Now));
}

/// A revoked phone's work is held as ever; that its member has no duty left does not lose it.
#[tokio::test]
async fn a_member_revoked_and_out_of_duty_is_let_in_all_the_same() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("停用前记的");
    let device = phone.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
    server.regrant("m-001", |grants| grants.clear());
    assert_eq!(push(&server, &phone).await, held("revoked"));
    let_in(&server);
}

#[tokio::test]
async fn given_again_it_is_stored_at_once() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("任期内记的");
    server.regrant("m-001", |grants| grants.clear());
    server.advance(60);
    server.regrant("m-001", |grants| {
        grants.push(Grant { role: Role::MicroWorker, node: HERE.into(), buildings: vec![], from: None, until: None, on_behalf: None });
    });
    assert_eq!(push(&server, &phone).await, (VerdictKind::Stored, None));
}

#[tokio::test]
async fn the_photo_of_a_delivered_record_comes_after_the_duty_has_ended() {
    let server = Server::start();
    let (hash, bytes) = photo(1, 1_000);
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("有照片的");
    phone.act(doc, attach(hash, bytes.len()));
    phone.sync(&server).await;
    server.regrant("m-001", |grants| grants.clear());
    let begun = create(&server, &phone, &hash, &doc, bytes.len() as u64).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{:?}", begun.body);
    assert_eq!(patch(&server, &phone, text(&begun, "location"), 0, bytes).await.status, StatusCode::NO_CONTENT);
    let reader = server.phone("m-002").await;
    assert_eq!(fetch(&server, &reader, &hash).await.status, StatusCode::OK);
    assert_eq!(fetch(&server, &phone, &hash).await.status, StatusCode::NOT_FOUND, "bringing is not having");
}

#[tokio::test]
async fn the_photo_of_a_held_record_comes_along_and_is_seen_once_it_is_let_in() {
    let server = Server::start();
    let (hash, bytes) = photo(2, 1_000);
    let (mut phone, reader) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = phone.record("有照片的");
    phone.act(doc, attach(hash, bytes.len()));
    server.regrant("m-001", |grants| grants.clear());
    assert_eq!(create(&server, &phone, &hash, &doc, 1_000).await.status, StatusCode::FORBIDDEN, "nothing names it yet");
    assert_eq!(push(&server, &phone).await, held("not_your_scope"));
    let size = bytes.len() as u64;
    // Neither another photo nor another phone comes in by this door.
    assert_eq!(create(&server, &phone, &photo(3, 1_000).0, &doc, size).await.status, StatusCode::FORBIDDEN);
    assert_eq!(create(&server, &server.phone("m-009").await, &hash, &doc, size).await.status, StatusCode::FORBIDDEN);
    let begun = create(&server, &phone, &hash, &doc, size).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{:?}", begun.body);
    assert_eq!(patch(&server, &phone, text(&begun, "location"), 0, bytes).await.status, StatusCode::NO_CONTENT);
    assert_eq!(fetch(&server, &reader, &hash).await.status, StatusCode::NOT_FOUND, "held is not seen");
    let_in(&server);
    assert_eq!(fetch(&server, &reader, &hash).await.status, StatusCode::OK);
}
