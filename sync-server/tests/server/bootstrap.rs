use crate::harness::{HERE, NOW, Server};
use axum::http::{StatusCode, header};
use beehive_core::{
    EventBody, MemberId, NodeId,
    model::{Grant, Role},
    sync::{self, PackDoc},
};

#[tokio::test]
async fn a_new_phone_gets_open_records_first_and_then_everything() {
    let server = Server::start();
    let mut a = server.phone("m-001").await;
    let docs: Vec<_> = (0..5).map(|n| a.record(&format!("第 {n} 件"))).collect();
    a.act(docs[1], EventBody::Resolve { by: None, note: "清走了".into() });
    a.sync(&server).await;

    let mut b = server.fresh_phone("m-002").await;
    let answer = b.exchange(&server, &b.request(vec![])).await;
    let here = &answer.bootstrap[0];
    assert_eq!((here.scope.as_str(), here.cursor, answer.more), (HERE, 6, false));
    let titles: Vec<_> = here.open.iter().map(|o| o.title.as_str()).collect();
    assert_eq!(titles, ["第 4 件", "第 3 件", "第 2 件", "第 0 件"], "open ones, newest first");
    assert_eq!(answer.actors, [(a.actor, MemberId::from("m-001"))]);
    let sets: Vec<_> = answer.reference.iter().map(|u| u.dataset.name()).collect();
    assert_eq!(sets, ["org", "places", "members", "dictionary"]);
    b.take_in(&server, &answer).await;
    assert_eq!(a.ids(), b.ids());
    let quiet = b.sync(&server).await;
    assert_eq!((quiet.len(), quiet[0].reference.len()), (1, 0), "what is there is not sent again");
    assert_eq!(quiet[0].scopes[0].digest, Some(a.digest(&NodeId::from(HERE))));
}

#[tokio::test]
async fn the_first_sync_of_a_new_scope_needs_no_pack_of_ones_own() {
    let server = Server::start();
    let mut phone = server.fresh_phone("m-001").await;
    phone.record("还没同步过就记下的");
    let answers = phone.sync(&server).await;
    assert_eq!((answers.len(), answers[0].bootstrap[0].packs.len(), answers[0].bootstrap[0].cursor), (1, 0, 1));
}

#[tokio::test]
async fn a_pack_is_kept_and_the_log_brings_the_rest() {
    let server = Server::start();
    let mut a = server.phone("m-001").await;
    a.record_many(30);
    a.sync(&server).await;
    let first = server.fresh_phone("m-002").await;
    let first = first.exchange(&server, &first.request(vec![])).await;
    let late = a.record("后来的");
    a.sync(&server).await;
    let mut second = server.fresh_phone("m-003").await;
    let answers = second.sync(&server).await;
    assert_eq!(answers[0].bootstrap[0].packs, first.bootstrap[0].packs, "made once for everybody");
    assert!(answers[0].more && answers.len() == 2);
    assert!(second.docs.contains_key(&late));

    // A tenth more: the pack is made anew.
    a.record_many(5);
    a.sync(&server).await;
    let third = server.fresh_phone("m-004").await;
    let third = third.exchange(&server, &third.request(vec![])).await;
    let here = third.bootstrap.iter().find(|b| b.scope.as_str() == HERE).unwrap();
    assert_ne!(here.packs, first.bootstrap[0].packs);
    assert_eq!(here.cursor, 36);
    let old = second.pack(&server, &first.bootstrap[0].packs[0].name, None).await;
    assert_eq!(old.status, StatusCode::OK, "a slow download of the old one goes on");
}

#[tokio::test]
async fn a_cut_download_goes_on_where_it_was_cut() {
    let server = Server::start();
    let mut a = server.phone("m-001").await;
    a.record_many(20);
    a.sync(&server).await;
    let b = server.fresh_phone("m-002").await;
    let pack = b.exchange(&server, &b.request(vec![])).await.bootstrap[0].packs[0].clone();

    let whole = b.pack(&server, &pack.name, None).await;
    assert_eq!((whole.status, whole.headers[header::ACCEPT_RANGES].as_bytes()), (StatusCode::OK, &b"bytes"[..]));
    let (head, tail) = (b.pack(&server, &pack.name, Some("bytes=0-99")).await, b.pack(&server, &pack.name, Some("bytes=100-")).await);
    assert_eq!((head.status, tail.status), (StatusCode::PARTIAL_CONTENT, StatusCode::PARTIAL_CONTENT));
    assert_eq!(tail.headers[header::CONTENT_RANGE].to_str().unwrap(), format!("bytes 100-{}/{}", pack.size - 1, pack.size));
    let joined = [&head.body[..], &tail.body[..]].concat();
    assert_eq!(joined, whole.body);
    assert_eq!(sync::decode::<Vec<PackDoc>>(&joined).unwrap().len(), 20);

    let beyond = b.pack(&server, &pack.name, Some(&format!("bytes={}-", pack.size))).await;
    assert_eq!((beyond.status, beyond.problem().code.as_str()), (StatusCode::RANGE_NOT_SATISFIABLE, "bad_range"));
    assert_eq!(beyond.headers[header::CONTENT_RANGE].to_str().unwrap(), format!("bytes */{}", pack.size));
}

#[tokio::test]
async fn a_pack_is_only_for_those_who_may_read_the_scope() {
    let server = Server::start();
    let mut a = server.phone("m-001").await;
    a.record("一件");
    a.sync(&server).await;
    let b = server.fresh_phone("m-002").await;
    let name = b.exchange(&server, &b.request(vec![])).await.bootstrap[0].packs[0].name.clone();
    let stranger = server.phone("m-014").await;
    let refused = stranger.pack(&server, &name, None).await;
    assert_eq!((refused.status, refused.problem().code.as_str()), (StatusCode::NOT_FOUND, "pack_unknown"));
    let unknown = b.pack(&server, "0123", None).await;
    assert_eq!(unknown.problem(), refused.problem(), "the same as one that does not exist");

    let device = b.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
    let revoked = b.pack(&server, &name, None).await;
    assert_eq!((revoked.status, revoked.problem().code.as_str()), (StatusCode::FORBIDDEN, "revoked"));
}

#[tokio::test]
async fn a_scope_that_is_lost_is_gone_and_one_that_is_won_comes() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    a.record("一件");
    a.sync(&server).await;
    b.sync(&server).await;
    server
        .storage
        .write(|tx| {
            let mut member = tx.member(&MemberId::from("m-002"))?.unwrap();
            member.grants[0].until = Some(NOW + 100);
            member.grants.push(Grant {
                role: Role::MicroWorker,
                node: NodeId::from("w-2"),
                buildings: vec![],
                from: None,
                until: None,
                on_behalf: None,
            });
            tx.put_member(&member, sync_server::storage::ByWhom::command("test", NOW))?;
            tx.bump(sync_server::storage::ReferenceSet::Members)
        })
        .unwrap();
    let won = b.sync(&server).await;
    assert_eq!(won[0].bootstrap[0].scope.as_str(), "w-2");
    assert_eq!((b.ids().len(), won[0].gone.len()), (1, 0));
    server.advance(100);
    let lost = b.sync(&server).await;
    assert_eq!(lost[0].gone, [NodeId::from(HERE)]);
    assert_eq!(b.ids().len(), 0);
    assert_eq!(b.cursors.keys().map(NodeId::as_str).collect::<Vec<_>>(), ["w-2"]);
}

#[tokio::test]
async fn a_document_can_be_asked_for_whole() {
    let server = Server::start();
    let mut a = server.phone("m-001").await;
    let doc = a.record("一件");
    a.sync(&server).await;
    let unknown = beehive_core::DocId([7; 16]);
    let mut b = server.phone("m-003").await;
    b.docs.clear();
    let mut request = b.request(vec![]);
    request.want = vec![doc, unknown];
    let answer = b.exchange(&server, &request).await;
    assert_eq!((answer.docs.len(), answer.missing.as_slice()), (1, &[unknown][..]));
    assert_eq!(answer.actors, [(a.actor, MemberId::from("m-001"))]);
    b.take_in(&server, &answer).await;
    assert_eq!(b.title(&doc), "一件");

    let stranger = server.phone("m-014").await;
    let mut request = stranger.request(vec![]);
    request.want = vec![doc];
    let answer = stranger.exchange(&server, &request).await;
    assert_eq!((answer.docs.len(), answer.missing.as_slice(), answer.actors.len()), (0, &[doc][..], 0));
}

#[tokio::test]
async fn reference_data_is_the_readers_own_part() {
    use beehive_core::reference::Dataset;
    let server = Server::start();
    let worker = server.fresh_phone("m-001").await;
    let answer = worker.exchange(&server, &worker.request(vec![])).await;
    let set = |name: &str| answer.reference.iter().find(|u| u.dataset.name() == name).unwrap().dataset.clone();
    let Dataset::Org(nodes) = set("org") else { panic!() };
    assert_eq!(nodes.iter().map(|n| n.id.as_str()).collect::<Vec<_>>(), ["s-1", "c-1", "g-1", "w-1"]);
    let Dataset::Places(places) = set("places") else { panic!() };
    assert_eq!(places.iter().map(|b| b.name.as_str()).collect::<Vec<_>>(), ["1 栋", "2 栋", "3 栋"]);
    let Dataset::Members(members) = set("members") else { panic!() };
    let ids: Vec<_> = members.iter().map(|m| m.id.as_str()).collect();
    assert!(["m-001", "m-002", "m-003", "m-004", "m-005", "m-006", "m-012"].iter().all(|m| ids.contains(m)));
    assert!(!ids.contains(&"m-014") && !ids.contains(&"m-016"), "nobody of the other general grid: {ids:?}");
    let Dataset::Dictionary(dictionary) = set("dictionary") else { panic!() };
    assert!(dictionary.iter().any(|d| d.code == "courtyard" && d.zh == "坝坝会"));

    let dispatcher = server.fresh_phone("m-009").await;
    let answer = dispatcher.exchange(&server, &dispatcher.request(vec![])).await;
    let Dataset::Places(places) = &answer.reference[1].dataset else { panic!() };
    assert_eq!(places.len(), 12);
}
