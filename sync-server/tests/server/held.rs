//! A supervisor decides about held work: let in, it is like any other; declined, its author hears why.

use crate::harness::{HERE, NOW, Phone, Server};
use beehive_core::{DocId, EventBody, sync::VerdictKind};
use sync_server::sync::{HeldError, accept, decline};

fn revoke(server: &Server, phone: &Phone) {
    let device = phone.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
}

fn end_duty(server: &Server, member: &str, until: i64) {
    let member = member.to_owned();
    server
        .storage
        .write(move |tx| {
            let mut member = tx.member(&member.as_str().into())?.unwrap();
            member.grants.iter_mut().for_each(|g| g.until = Some(until));
            tx.put_member(&member, sync_server::storage::ByWhom::command("test", NOW))?;
            tx.bump(sync_server::storage::ReferenceSet::Members)
        })
        .unwrap();
}

fn held_ids(server: &Server) -> Vec<(i64, DocId)> {
    server.storage.read(|r| r.held()).unwrap().into_iter().map(|row| (row.id, row.doc)).collect()
}

#[tokio::test]
async fn accepted_work_of_a_revoked_phone_reaches_the_others_as_its_members() {
    let server = Server::start();
    let (mut lost, mut other) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = lost.record("停用前记的");
    revoke(&server, &lost);
    lost.push(&server, lost.groups()).await;
    let [(id, held)] = held_ids(&server)[..] else { panic!("one entry") };
    assert_eq!(held, doc);
    other.sync(&server).await;
    assert!(!other.docs.contains_key(&doc));

    accept(&server.storage, id, "核对过", server.now()).unwrap();
    other.sync(&server).await;
    let matter = other.docs[&doc].matter().unwrap();
    assert_eq!((matter.created_by.as_str(), matter.text("title")), ("m-001", "停用前记的"));
    assert!(held_ids(&server).is_empty());
    let decided = server.storage.read(|r| r.decided()).unwrap();
    assert_eq!((decided[0].1.accepted, decided[0].1.note.as_str()), (true, "核对过"));
    assert!(matches!(accept(&server.storage, id, "", server.now()), Err(HeldError::Decided)));
    assert!(matches!(accept(&server.storage, 99, "", server.now()), Err(HeldError::Unknown)));
    assert_eq!(server.storage.read(|r| r.aside_bytes(&lost.device.parse().unwrap())).unwrap(), 0);
}

#[tokio::test]
async fn work_is_judged_as_of_when_the_duty_held_and_comes_back_to_who_did_it() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let theirs = phone.record("门禁坏了");
    phone.sync(&server).await;
    end_duty(&server, "m-001", NOW + 100);
    phone.step(theirs, "任期内去看过");
    let forbidden = EventBody::Accept { path: beehive_core::model::Path::Now, note: String::new() };
    let second = phone.record("任期内记的");
    phone.act(second, forbidden);
    server.advance(200);
    let verdicts = phone.push(&server, phone.groups()).await;
    assert!(verdicts.iter().all(|v| v.kind == VerdictKind::Held), "{verdicts:?}");
    let entries = held_ids(&server);
    let id_of = |doc: DocId| entries.iter().find(|(_, d)| *d == doc).unwrap().0;
    accept(&server.storage, id_of(theirs), "", server.now()).unwrap();
    // A worker could never decide the path: not then either. It stays where it is.
    let refused = accept(&server.storage, id_of(second), "", server.now()).unwrap_err();
    assert!(matches!(refused, HeldError::NotAccepted(code) if code == "not_your_role"));
    assert_eq!(held_ids(&server), [(id_of(second), second)]);

    // Back in duty, its phone gets the step like anybody's: it had put it out of the record.
    end_duty(&server, "m-001", NOW + 10_000);
    let mut again = phone.request(vec![]);
    again.waiting = vec![theirs];
    let answer = phone.exchange(&server, &again).await;
    let pushed_back = answer.scopes.iter().flat_map(|s| &s.batch.docs).any(|g| g.doc == theirs && g.changes.len() == 1);
    assert!(pushed_back, "{answer:?}");
    assert_eq!((answer.decided.len(), answer.decided[0].accepted), (1, true));
}

#[tokio::test]
async fn a_declined_entry_is_told_to_its_phone_only_and_keeps_its_bytes() {
    let server = Server::start();
    let (mut phone, other) = (server.phone("m-001").await, server.phone("m-002").await);
    end_duty(&server, "m-001", NOW + 100);
    let doc = phone.record("重复的");
    server.advance(200);
    phone.push(&server, phone.groups()).await;
    let (id, _) = held_ids(&server)[0];
    decline(&server.storage, id, "已经有人记过", server.now()).unwrap();
    let ask = |phone: &Phone| {
        let mut request = phone.request(vec![]);
        request.waiting = vec![doc];
        request
    };
    let answer = phone.exchange(&server, &ask(&phone)).await;
    assert_eq!(answer.decided.len(), 1);
    assert_eq!((answer.decided[0].accepted, answer.decided[0].note.as_str(), answer.decided[0].hashes.len()), (false, "已经有人记过", 1));
    assert!(other.exchange(&server, &ask(&other)).await.decided.is_empty());
    assert!(server.storage.read(|r| r.document(&doc)).unwrap().is_none());
    assert!(!server.storage.read(|r| r.held_entry(id)).unwrap().unwrap().0.bytes.is_empty());
    assert!(matches!(decline(&server.storage, id, "x", server.now()), Err(HeldError::Decided)));
}

#[tokio::test]
async fn one_bad_record_never_stops_the_others() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let far = phone.record_at("w-3", beehive_core::model::RecordKind::Finding, "不归他管", None);
    let good = phone.record_at(HERE, beehive_core::model::RecordKind::Finding, "好的", None);
    let mut groups = phone.groups();
    groups.push(beehive_core::sync::DocChanges { doc: DocId([9; 16]), changes: vec![serde_bytes::ByteBuf::from(b"rubbish".to_vec())] });
    let kinds: Vec<_> = phone.push(&server, groups).await.into_iter().map(|v| (v.doc, v.kind)).collect();
    assert_eq!(kinds, [(far, VerdictKind::Refused), (good, VerdictKind::Stored), (DocId([9; 16]), VerdictKind::Refused)]);
}
