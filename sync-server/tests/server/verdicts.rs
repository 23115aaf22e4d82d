use crate::harness::{HERE, Phone, Server, changes_in};
use beehive_core::{
    ActorId, Document, EventBody, NodeId,
    document::NewRecord,
    model::{Path, RecordKind, field},
    sync::{DocChanges, StandingState, Verdict, VerdictKind},
};
use serde_bytes::ByteBuf;

fn told(verdicts: &[Verdict]) -> Vec<(VerdictKind, Option<&str>)> {
    verdicts.iter().map(|v| (v.kind, v.code.as_deref())).collect()
}

#[tokio::test]
async fn a_push_is_stored_and_its_retry_is_a_duplicate() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.step(doc, "拍了照片");
    let groups = phone.groups();
    assert_eq!(told(&phone.push(&server, groups.clone()).await), [(VerdictKind::Stored, None)]);
    let again = phone.push(&server, groups).await;
    assert_eq!(told(&again), [(VerdictKind::Duplicate, None)]);
    assert_eq!(server.storage.read(|r| r.counter(&NodeId::from(HERE))).unwrap().seq, 2, "nothing twice");
    let row = server.storage.read(|r| r.document(&doc)).unwrap().unwrap();
    assert_eq!((row.changes, row.open.unwrap().title.as_str()), (2, "楼道堆物"));
}

#[tokio::test]
async fn part_of_it_there_already_is_stored() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.push(&server, phone.groups()).await;
    phone.step(doc, "拍了照片");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!((told(&verdicts), &verdicts[0].stored), (vec![(VerdictKind::Stored, None)], &None));
}

#[tokio::test]
async fn a_change_without_its_past_asks_for_the_history() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    let first = phone.unsent[0].1.clone();
    phone.unsent.clear();
    phone.step(doc, "拍了照片");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!(verdicts[0].kind, VerdictKind::NeedHistory);
    let mut whole = phone.groups();
    whole[0].changes.insert(0, ByteBuf::from(first));
    assert_eq!(told(&phone.push(&server, whole).await), [(VerdictKind::Stored, None)]);
}

#[tokio::test]
async fn a_cloned_phone_is_told_that_it_forked() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.sync(&server).await;
    let mut clone = phone.clone();
    phone.step(doc, "原机");
    clone.step(doc, "克隆机");
    phone.sync(&server).await;
    let forked = clone.push(&server, clone.groups()).await;
    assert_eq!(forked[0].kind, VerdictKind::Forked);
    let changes = server.storage.read(|r| r.changes(&doc)).unwrap();
    assert_eq!(changes.len(), 2, "the first one stays");
}

#[tokio::test]
async fn what_policy_forbids_is_refused_and_kept_to_look_at() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.step(doc, "拍了照片");
    phone.act(doc, EventBody::Accept { path: Path::Now, note: String::new() });
    phone.step(doc, "后面的一步");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!(told(&verdicts), [(VerdictKind::Refused, Some("not_your_role"))]);
    assert_eq!(verdicts[0].stored.as_ref().unwrap().len(), 2, "what came before it is stored");
    let row = server.storage.read(|r| r.document(&doc)).unwrap().unwrap();
    let stored = server.storage.read(|r| r.changes(&doc)).unwrap();
    assert_eq!((row.changes, stored.len()), (2, 2));
    assert_eq!(row.digest, beehive_core::sync::Digest::of(stored.iter().map(|c| &c.hash)));
    assert_eq!(row.open.unwrap().path, None, "the refused event has left no trace");

    let kept = server.storage.read(|r| r.refused()).unwrap();
    let bytes: DocChanges = beehive_core::sync::decode(&kept[0].bytes).unwrap();
    assert_eq!((kept.len(), kept[0].code.as_str(), kept[0].member.as_str()), (1, "not_your_role", "m-001"));
    assert_eq!(bytes.changes, phone.groups()[0].changes[2..]);
    phone.push(&server, phone.groups()).await;
    assert_eq!(server.storage.read(|r| r.refused()).unwrap()[0].times, 2, "a retry does not pile up");
}

#[tokio::test]
async fn another_scope_another_name_and_an_unknown_scope_are_refused() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let record = |scope: &str, by: &str| {
        let record = NewRecord { kind: RecordKind::Finding, scope: NodeId::from(scope), created_by: by.into() };
        let title = beehive_core::Write::Fact { field: field::TITLE.into(), value: "x".into() };
        let (document, change) = Document::create(phone.actor, 1_795_161_600, &record, &[title]).unwrap();
        DocChanges { doc: document.id(), changes: vec![ByteBuf::from(change.bytes)] }
    };
    let groups =
        vec![record("w-3", "m-001"), record(HERE, "m-002"), record("w-99", "m-001"), record("s-1", "m-001"), record(HERE, "m-001")];
    let verdicts = phone.push(&server, groups).await;
    assert_eq!(
        told(&verdicts),
        [
            (VerdictKind::Refused, Some("not_your_scope")),
            (VerdictKind::Refused, Some("wrong_author")),
            (VerdictKind::Refused, Some("unknown_scope")),
            (VerdictKind::Refused, Some("unknown_scope")),
            (VerdictKind::Stored, None),
        ]
    );
}

#[tokio::test]
async fn an_actor_belongs_to_one_device() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = a.record("楼道堆物");
    a.sync(&server).await;
    b.sync(&server).await;

    // B writes under A's actor, or pretends in the request that A's actor is its own.
    b.actor = a.actor;
    b.step(doc, "冒名");
    let verdicts = b.push(&server, b.groups()).await;
    assert_eq!(told(&verdicts), [(VerdictKind::Refused, Some("actor_not_yours"))]);

    // Under an actor that is neither registered nor announced.
    let mut c = server.phone("m-002").await;
    c.actor = ActorId([0xee; 8]);
    c.record("没有登记的");
    let mut request = c.request(c.groups());
    request.actor = ActorId([0xdd; 8]);
    assert_eq!(told(&c.exchange(&server, &request).await.verdicts), [(VerdictKind::Refused, Some("actor_not_yours"))]);
    assert_eq!(told(&c.push(&server, c.groups()).await), [(VerdictKind::Stored, None)]);
}

#[tokio::test]
async fn what_this_version_does_not_know_is_held() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.edit(doc, "new_field", "新版本才有的");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!(told(&verdicts), [(VerdictKind::Held, Some("unknown_field"))]);
    assert_eq!(verdicts[0].stored.as_ref().unwrap().len(), 1);
    let held = server.storage.read(|r| r.held()).unwrap();
    let bytes: DocChanges = beehive_core::sync::decode(&held[0].bytes).unwrap();
    assert_eq!(bytes.changes, phone.groups()[0].changes[1..], "its bytes are here, as they were");
}

#[tokio::test]
async fn a_bad_group_holds_up_nobody() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let good = [phone.record("一"), phone.record("二")];
    let mut groups = phone.groups();
    groups.insert(1, DocChanges { doc: good[0], changes: vec![ByteBuf::from(b"rubbish".to_vec())] });
    groups.push(DocChanges { doc: good[1], changes: vec![] });
    // The right change under the wrong document.
    groups.push(DocChanges { doc: beehive_core::DocId([9; 16]), changes: groups[0].changes.clone() });
    let verdicts = phone.push(&server, groups).await;
    assert_eq!(
        told(&verdicts),
        [
            (VerdictKind::Stored, None),
            (VerdictKind::Refused, Some("not_a_change")),
            (VerdictKind::Stored, None),
            (VerdictKind::Refused, Some("empty_group")),
            (VerdictKind::Refused, Some("wrong_document")),
        ]
    );
    assert_eq!(verdicts[1].doc, good[0]);
    for doc in good {
        assert!(server.storage.read(|r| r.document(&doc)).unwrap().is_some());
    }
}

#[tokio::test]
async fn a_revoked_phone_hands_in_its_late_work_and_gets_nothing() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    b.record("同事记的");
    b.sync(&server).await;
    let late = a.record("停用后送来的");
    let device = a.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, 1_795_161_600)).unwrap();
    let answer = a.exchange(&server, &a.request(a.groups())).await;
    assert_eq!(answer.standing, StandingState::Revoked);
    assert_eq!(told(&answer.verdicts), [(VerdictKind::Held, Some("revoked"))]);
    assert_eq!((changes_in(&answer), answer.scopes.len(), answer.bootstrap.len(), answer.reference.len()), (0, 0, 0, 0));
    let held = server.storage.read(|r| r.held()).unwrap();
    assert_eq!((held[0].doc, held[0].code.as_str()), (late, "revoked"));
    assert!(server.storage.read(|r| r.document(&late)).unwrap().is_none());
}

#[tokio::test]
async fn late_work_of_who_had_a_duty_is_held_not_turned_away() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    server
        .storage
        .write(|tx| {
            let mut member = tx.member(&"m-001".into())?.unwrap();
            member.grants[0].until = Some(1_795_161_700);
            tx.put_member(&member, sync_server::storage::ByWhom::command("test", 1_795_161_600))
        })
        .unwrap();
    phone.record("任期内记的");
    server.advance(100);
    assert_eq!(told(&phone.push(&server, phone.groups()).await), [(VerdictKind::Held, Some("not_your_scope"))]);
    let never = phone.record_at("w-3", RecordKind::Finding, "从来不是他的", None);
    let group = phone.groups().into_iter().find(|g| g.doc == never).unwrap();
    assert_eq!(told(&phone.push(&server, vec![group]).await), [(VerdictKind::Refused, Some("not_your_scope"))]);
}

/// A document that two phones write at the same moment is judged on what is there when it is stored.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pushes_at_once_to_one_document_all_arrive() {
    let server = std::sync::Arc::new(Server::start());
    let mut first = server.phone("m-001").await;
    let doc = first.record("大家都在写的");
    first.sync(&server).await;
    let mut phones: Vec<Phone> = Vec::new();
    for n in 0..6 {
        let mut phone = server.phone("m-002").await;
        (0..5).for_each(|i| phone.step(doc, &format!("{n}-{i}")));
        phones.push(phone);
    }
    let pushes: Vec<_> = phones
        .into_iter()
        .map(|phone| {
            let server = server.clone();
            tokio::spawn(async move { phone.push(&server, phone.groups()).await })
        })
        .collect();
    for push in pushes {
        assert_eq!(told(&push.await.unwrap()), [(VerdictKind::Stored, None)]);
    }
    first.sync(&server).await;
    assert_eq!(first.docs[&doc].history().len(), 31);
}
