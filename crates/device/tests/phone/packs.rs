//! The first download: packs, broken off and gone on with.

use crate::{
    server::{Fault, GRID, Server},
    support::{TestPhone, foreign},
};
use beehive_core::sync::{Batch, DocChanges, PROTOCOL, ScopePage, StandingState, SyncResponse};
use serde_bytes::ByteBuf;
use std::sync::Arc;

async fn full_server() -> (Arc<Server>, Vec<String>) {
    let server = Server::start().await;
    let titles: Vec<String> = (1..=6).map(|n| format!("需求 {n}")).collect();
    for (n, title) in titles.iter().enumerate() {
        server.put(&foreign(n as u8 + 1, title), "m-002");
    }
    (server, titles)
}

#[tokio::test]
async fn a_pack_broken_off_at_every_byte_is_gone_on_with_and_nothing_is_fetched_twice() {
    let (server, titles) = full_server().await;
    let phone = TestPhone::new();
    phone.phone.enroll(&server.invite("m-001", server.address)).await.unwrap();
    server.fault(Fault::CutPacks(1));
    let mut syncs = 0;
    while let Err(e) = phone.phone.sync().await {
        assert!(e.is_offline(), "{e:?}");
        syncs += 1;
        assert!(syncs < 10_000, "no progress");
    }
    assert_eq!(phone.titles().await, titles);
    assert_eq!(phone.status().await.digest, server.digest());
    let inner = server.lock();
    assert!(inner.pack_bytes > 300);
    // One byte a request, each byte once.
    assert_eq!(inner.pack_requests as usize, inner.pack_bytes);
}

#[tokio::test]
async fn a_server_without_ranges_is_understood() {
    let (server, titles) = full_server().await;
    server.fault(Fault::NoRanges(100));
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    assert_eq!(phone.titles().await, titles);
    assert_eq!(server.lock().pack_requests, 2);
}

#[tokio::test]
async fn a_first_sync_ends_with_the_end_check() {
    let (server, titles) = full_server().await;
    let phone = TestPhone::new();
    phone.phone.enroll(&server.invite("m-001", server.address)).await.unwrap();
    let outcome = phone.phone.sync().await.unwrap();
    // The request, the pack, and what came in meanwhile.
    assert_eq!((outcome.round_trips, outcome.received, outcome.done), (3, 6, true));
    assert_eq!((phone.titles().await, phone.status().await.digest), (titles, server.digest()));
}

#[tokio::test]
async fn a_difference_right_after_a_first_download_is_repaired_in_the_same_sync() {
    let (server, titles) = full_server().await;
    let phone = TestPhone::new();
    phone.phone.enroll(&server.invite("m-001", server.address)).await.unwrap();
    // Of an earlier life of the server; it has no place in its log any more.
    let stray = foreign(9, "服务器没有的");
    let changes = stray.changes().into_iter().map(|(_, bytes)| ByteBuf::from(bytes)).collect();
    let batch = Batch::raw(vec![DocChanges { doc: stray.id(), changes }]);
    let page = ScopePage { scope: GRID.into(), cursor: 0, batch, evict: vec![], digest: None, numbers: vec![], late: vec![] };
    let engine = phone.phone.engine();
    let sent = engine.sync_request().unwrap();
    let epoch = phone.status().await.epoch.unwrap();
    let answer = SyncResponse {
        v: PROTOCOL,
        epoch,
        time: 0,
        standing: StandingState::Ok,
        verdicts: vec![],
        scopes: vec![page],
        bootstrap: vec![],
        gone: vec![],
        docs: vec![],
        missing: vec![],
        reference: vec![],
        actors: vec![],
        decided: vec![],
        rescue_key: None,
        more: true,
    };
    engine.apply(&sent, answer).unwrap();
    // The scope is read again, so the same pack is named a second time. That is no bad answer.
    assert!(phone.phone.sync().await.unwrap().done);
    assert_eq!((phone.titles().await, phone.status().await.repaired), (titles, 1));
}
