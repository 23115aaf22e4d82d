use crate::harness::{HERE, NOW, Server, changes_in};
use beehive_core::{
    EventBody, MemberId, NodeId,
    model::{Place, RecordKind, field},
    sync::Digest,
};

fn place(building: &str) -> String {
    Place { building: Some(building.into()), ..Place::default() }.to_scalar()
}

/// m-006 leads building b-03 of the micro-grid of m-001.
#[tokio::test]
async fn a_building_leader_gets_only_their_building() {
    let server = Server::start();
    let (mut worker, mut leader) = (server.phone("m-001").await, server.phone("m-006").await);
    let (mine, other) = (worker.record("三栋的"), worker.record_at(HERE, RecordKind::Finding, "一栋的", Some("b-01")));
    worker.sync(&server).await;
    let answers = leader.sync(&server).await;
    assert_eq!(leader.ids().into_iter().collect::<Vec<_>>(), [mine]);
    assert_ne!(answers[0].scopes[0].digest, Some(worker.digest(&NodeId::from(HERE))));

    let mut request = leader.request(vec![]);
    request.want = vec![other];
    assert_eq!(leader.exchange(&server, &request).await.missing, [other]);

    // A second one, starting from nothing, gets the same by pack.
    let second = server.phone("m-006").await;
    assert_eq!(second.ids(), leader.ids());
    let pack = {
        let fresh = server.fresh_phone("m-006").await;
        fresh.exchange(&server, &fresh.request(vec![])).await.bootstrap[0].clone()
    };
    assert_eq!((pack.packs[0].docs, pack.open.len()), (1, 1), "no line of what it may not see");
    let denied = leader.pack(&server, &pack.packs[0].name, None).await;
    assert_eq!(denied.problem().code, "pack_unknown", "a narrow pack is for one device");
}

#[tokio::test]
async fn what_enters_the_view_comes_whole_and_what_leaves_it_is_evicted() {
    let server = Server::start();
    let (mut worker, mut leader) = (server.phone("m-001").await, server.phone("m-006").await);
    let doc = worker.record_at(HERE, RecordKind::Finding, "弄错了楼", Some("b-01"));
    worker.step(doc, "第一步");
    worker.sync(&server).await;
    leader.sync(&server).await;
    assert!(leader.docs.is_empty());

    worker.edit(doc, field::PLACE, &place("b-03"));
    worker.sync(&server).await;
    let entered = leader.sync(&server).await;
    assert_eq!(changes_in(&entered[0]), 3, "with its whole history");
    worker.step(doc, "第二步");
    worker.sync(&server).await;
    let next = leader.sync(&server).await;
    assert_eq!(changes_in(&next[0]), 1, "and then only what is new");

    worker.edit(doc, field::PLACE, &place("b-02"));
    worker.sync(&server).await;
    let request = leader.request(vec![]);
    let lost = leader.exchange(&server, &request).await;
    assert_eq!(lost.scopes[0].evict, [doc]);
    let again = leader.exchange(&server, &request).await;
    assert_eq!(again.scopes[0].evict, [doc], "told again when the answer was lost");
    leader.sync(&server).await;
    assert!(leader.docs.is_empty());
    let quiet = leader.sync(&server).await;
    assert_eq!((quiet[0].scopes[0].evict.len(), quiet[0].scopes[0].digest), (0, Some(Digest::default())));
}

#[tokio::test]
async fn a_lost_answer_does_not_leave_half_a_document() {
    let server = Server::start();
    let (mut worker, mut leader) = (server.phone("m-001").await, server.phone("m-006").await);
    let doc = worker.record("三栋的");
    worker.sync(&server).await;
    let request = leader.request(vec![]);
    leader.exchange(&server, &request).await;
    worker.step(doc, "又一步");
    worker.sync(&server).await;
    let answers = leader.sync(&server).await;
    assert_eq!(changes_in(&answers[0]), 2, "what was never confirmed is sent whole again");
    assert_eq!(leader.docs[&doc].history().len(), 2);
}

#[tokio::test]
async fn what_a_narrow_viewer_recorded_is_theirs_and_does_not_come_back() {
    let server = Server::start();
    let (mut leader, mut worker) = (server.phone("m-006").await, server.phone("m-001").await);
    let doc = leader.record_at(HERE, RecordKind::Request, "路灯不亮", Some("b-03"));
    let answers = leader.sync(&server).await;
    assert_eq!((answers.len(), changes_in(&answers[0])), (1, 0));
    worker.sync(&server).await;
    worker.step(doc, "已报修");
    worker.sync(&server).await;
    let answers = leader.sync(&server).await;
    assert_eq!((answers.len(), changes_in(&answers[0])), (1, 1));
}

#[tokio::test]
async fn what_is_asked_for_counts_in_the_end_check() {
    let server = Server::start();
    let (mut worker, mut leader) = (server.phone("m-001").await, server.phone("m-006").await);
    let doc = worker.record("三栋的");
    worker.sync(&server).await;
    let mut request = leader.request(vec![]);
    request.want = vec![doc];
    let answer = leader.exchange(&server, &request).await;
    assert_eq!(answer.docs.len(), 1);
    leader.take_in(&server, &answer).await;
    worker.step(doc, "又一步");
    worker.sync(&server).await;
    leader.sync(&server).await;
    assert_eq!(leader.docs[&doc].history().len(), 2);
}

/// m-007 is property staff of the general grid: they see what is assigned to them.
#[tokio::test]
async fn property_staff_get_what_they_are_given() {
    let server = Server::start();
    let (mut lead, mut staff) = (server.phone("m-004").await, server.phone("m-007").await);
    let doc = lead.record("水管漏水");
    lead.sync(&server).await;
    staff.sync(&server).await;
    assert!(staff.docs.is_empty());
    lead.act(doc, EventBody::Assign { to: MemberId::from("m-007"), help: vec![], due: Some(NOW + 86_400), note: String::new() });
    lead.sync(&server).await;
    staff.sync(&server).await;
    assert!(staff.docs.contains_key(&doc));
    staff.step(doc, "已到场");
    let answers = staff.sync(&server).await;
    assert_eq!(answers[0].verdicts[0].kind, beehive_core::sync::VerdictKind::Stored);

    lead.sync(&server).await;
    lead.act(doc, EventBody::Assign { to: MemberId::from("m-002"), help: vec![], due: None, note: "换人".into() });
    lead.sync(&server).await;
    staff.sync(&server).await;
    assert!(staff.docs.is_empty(), "what was taken from them leaves their phone");
}

#[tokio::test]
async fn other_grants_mean_giving_the_scope_up_and_getting_it_anew() {
    let server = Server::start();
    let (mut worker, mut leader) = (server.phone("m-001").await, server.phone("m-006").await);
    let (three, one) = (worker.record("三栋的"), worker.record_at(HERE, RecordKind::Finding, "一栋的", Some("b-01")));
    worker.sync(&server).await;
    leader.sync(&server).await;
    server
        .storage
        .write(|tx| {
            let mut member = tx.member(&MemberId::from("m-006"))?.unwrap();
            member.grants[0].buildings = vec!["b-01".into()];
            tx.put_member(&member, sync_server::storage::ByWhom::command("test", NOW))?;
            tx.bump(sync_server::storage::ReferenceSet::Members)
        })
        .unwrap();
    assert!(leader.docs.contains_key(&three));
    let answers = leader.sync(&server).await;
    assert_eq!(answers[0].gone, [NodeId::from(HERE)]);
    assert_eq!(leader.ids().into_iter().collect::<Vec<_>>(), [one]);
    let quiet = leader.sync(&server).await;
    assert_eq!(quiet[0].scopes[0].digest, Some(leader.digest(&NodeId::from(HERE))));
}

#[tokio::test]
async fn roles_without_matters_get_none() {
    let server = Server::start();
    let mut worker = server.phone("m-001").await;
    worker.record("一件");
    worker.sync(&server).await;
    for member in ["m-010", "m-011", "m-017"] {
        let phone = server.phone(member).await;
        assert!(phone.docs.is_empty(), "{member}");
    }
}
