use crate::harness::{HERE, Server, changes_in};
use beehive_core::{
    Epoch, EventBody, MemberId, NodeId,
    model::field,
    sync::{self, MAX_PAGE},
};

#[tokio::test]
async fn a_day_offline_is_one_round_trip_and_nothing_of_it_comes_back() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    for n in 0..40 {
        let doc = phone.record(&format!("第 {n} 件"));
        phone.edit(doc, field::DETAIL, "说明");
    }
    let answers = phone.sync(&server).await;
    assert_eq!((answers.len(), changes_in(&answers[0]), answers[0].more), (1, 0, false));
    assert_eq!(phone.cursors[&NodeId::from(HERE)], 80, "the cursor is past its own entries");
    let quiet = phone.sync(&server).await;
    assert_eq!((quiet.len(), changes_in(&quiet[0])), (1, 0));
}

#[tokio::test]
async fn colleagues_get_it_and_know_who_wrote_it() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    let doc = a.record("三楼过道堆物");
    a.sync(&server).await;
    let answers = b.sync(&server).await;
    assert_eq!((answers.len(), b.title(&doc).as_str()), (1, "三楼过道堆物"));
    assert_eq!(answers[0].actors, [(a.actor, MemberId::from("m-001"))]);

    // Both edit the same fact offline; both values are on both phones afterwards.
    a.edit(doc, field::TITLE, "甲改的");
    b.edit(doc, field::TITLE, "乙改的");
    b.step(doc, "看过了");
    for phone in [&mut a, &mut b] {
        phone.sync(&server).await;
    }
    a.sync(&server).await;
    assert_eq!(a.docs[&doc].matter(), b.docs[&doc].matter());
    assert_eq!(a.docs[&doc].matter().unwrap().conflicts().count(), 1);
}

#[tokio::test]
async fn nothing_to_do_is_tiny() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    for n in 0..50 {
        phone.record(&format!("第 {n} 件"));
    }
    phone.sync(&server).await;
    let request = sync::encode(&phone.request(vec![]), 3).unwrap();
    let answer = phone.post(&server, request.clone()).await;
    assert!(request.len() + answer.body.len() < 400, "{} up, {} down", request.len(), answer.body.len());
}

#[tokio::test]
async fn more_than_a_page_comes_in_pages_and_a_lost_page_comes_again() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    // About 1.2 MB that zstd cannot make small on the way up, so in several pushes.
    let mut seed = 7u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from_u32(0x4e00 + (seed >> 33) as u32 % 20_000).unwrap()
    };
    for n in 0..100 {
        let doc = a.record(&format!("第 {n} 件"));
        let text: String = (0..4_000).map(|_| noise()).collect();
        a.edit(doc, field::DETAIL, &text);
        if n % 20 == 19 {
            a.sync(&server).await;
        }
    }
    let request = b.request(vec![]);
    let lost = b.exchange(&server, &request).await;
    let again = b.exchange(&server, &request).await;
    assert_eq!(lost.scopes, again.scopes, "the same cursor gives the same page");
    assert!(lost.more);
    assert_eq!(lost.scopes[0].digest, None, "no end check in the middle");
    let answers = b.sync(&server).await;
    assert!(answers.len() >= 3, "{}", answers.len());
    for answer in &answers {
        assert!(answer.scopes.iter().flat_map(|p| &p.batch.docs).map(|d| d.byte_len()).sum::<usize>() <= MAX_PAGE);
    }
    assert_eq!(a.ids(), b.ids());
    assert!(answers.last().unwrap().scopes[0].digest.is_some());
}

#[tokio::test]
async fn another_epoch_voids_the_cursors() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("一件");
    phone.sync(&server).await;
    phone.epoch = Some(Epoch([9; 8]));
    let answer = phone.exchange(&server, &phone.request(vec![])).await;
    assert_eq!(answer.epoch, Epoch([1; 8]));
    assert_eq!((answer.scopes.len(), answer.bootstrap.len()), (0, 1));
    assert_eq!(answer.bootstrap[0].packs.len(), 1, "and its own documents are in the pack, too");
}

#[tokio::test]
async fn a_cursor_beyond_the_log_starts_anew() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("一件");
    phone.sync(&server).await;
    phone.cursors.insert(NodeId::from(HERE), 500);
    phone.docs.clear();
    let answers = phone.sync(&server).await;
    assert_eq!(answers[0].bootstrap.len(), 1);
    assert!(phone.docs.contains_key(&doc));
}

#[tokio::test]
async fn a_scope_read_anew_brings_ones_own_later_entries_too() {
    let server = Server::start();
    let (mut a, mut b) = (server.phone("m-001").await, server.phone("m-002").await);
    for n in 0..30 {
        b.record(&format!("第 {n} 件"));
    }
    b.sync(&server).await;
    // Makes the pack, at 30.
    server.phone("m-003").await;
    a.sync(&server).await;
    let own = a.record("自己的");
    a.sync(&server).await;
    a.docs.clear();
    a.cursors.clear();
    let answers = a.sync(&server).await;
    assert!(a.docs.contains_key(&own), "{} answers", answers.len());
    assert_eq!(a.ids().len(), 31);
}

#[tokio::test]
async fn a_lead_of_many_grids_has_a_cursor_for_each() {
    let server = Server::start();
    let (mut a, mut lead) = (server.phone("m-001").await, server.phone("m-004").await);
    assert_eq!(lead.cursors.keys().map(NodeId::as_str).collect::<Vec<_>>(), ["g-1", "w-1", "w-2"]);
    let mut other = server.phone("m-012").await;
    let (one, two) = (a.record("一网格的"), other.record_at("w-2", beehive_core::model::RecordKind::Demand, "二网格的", None));
    a.sync(&server).await;
    other.sync(&server).await;
    let answers = lead.sync(&server).await;
    assert_eq!(answers.len(), 1);
    assert!(lead.docs.contains_key(&one) && lead.docs.contains_key(&two));
    assert!(!a.docs.contains_key(&two), "and a worker only their own");

    lead.act(one, EventBody::Assign { to: MemberId::from("m-002"), help: vec![], due: None, note: String::new() });
    lead.sync(&server).await;
    a.sync(&server).await;
    assert_eq!(a.docs[&one].matter().unwrap().assignment.unwrap().to, MemberId::from("m-002"));
}
