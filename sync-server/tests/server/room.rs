//! What one device can do to a record that everybody shares.

use crate::harness::{Phone, Server};
use beehive_core::{
    ActorId, DocId,
    gate::limits::{SHARE, STORED},
    sync::{Verdict, VerdictKind},
};

/// Steps under a name of their own, written without having seen the others'.
async fn step_as(server: &Server, phone: &Phone, doc: DocId, name: u8) -> Verdict {
    let mut own = phone.clone();
    own.actor = ActorId([name, 7, 7, 7, 7, 7, 7, 7]);
    own.step(doc, "又看了一次");
    own.push(server, own.groups()).await.remove(0)
}

fn told(verdict: &Verdict) -> (VerdictKind, Option<&str>) {
    (verdict.kind, verdict.code.as_deref())
}

#[tokio::test]
async fn one_device_under_many_names_closes_a_record_for_nobody() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    phone.sync(&server).await;
    let names = SHARE.actors as u8;
    for name in 1..names {
        assert_eq!(told(&step_as(&server, &phone, doc, name).await), (VerdictKind::Stored, None));
    }
    let full = (VerdictKind::Refused, Some("too_many_changes"));
    for name in names..names + 3 {
        assert_eq!(told(&step_as(&server, &phone, doc, name).await), full);
    }
    // Under the names it has, it goes on, and another device comes in, having seen it all.
    phone.step(doc, "原来的名字还能写");
    assert_eq!(told(&phone.push(&server, phone.groups()).await[0]), (VerdictKind::Stored, None));
    let mut other = server.phone("m-002").await;
    other.sync(&server).await;
    other.step(doc, "别人也能写");
    assert_eq!(told(&other.push(&server, other.groups()).await[0]), (VerdictKind::Stored, None));
}

#[tokio::test]
async fn one_device_fills_no_more_than_its_share() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let doc = phone.record("楼道堆物");
    for n in 0..SHARE.events / 2 {
        phone.step(doc, &format!("第 {n} 步"));
    }
    phone.sync(&server).await;
    // Nobody keeps a hostile phone from forgetting what it wrote under another name; the server does not.
    phone.actor = ActorId([9; 8]);
    let mut refused = None;
    for n in 0..SHARE.events {
        phone.step(doc, &format!("换了名字的第 {n} 步"));
    }
    for verdict in phone.push(&server, phone.groups()).await {
        refused = refused.or(verdict.code);
    }
    assert_eq!(refused.as_deref(), Some("too_many_changes"));
    let kept = server.storage.read(|r| r.changes(&doc)).unwrap().len();
    assert_eq!(kept, 1 + SHARE.events, "the record, and one share of steps");
    const { assert!(2 * SHARE.events <= STORED.events) };

    let mut other = server.phone("m-002").await;
    other.sync(&server).await;
    other.step(doc, "别人也能写");
    assert_eq!(told(&other.push(&server, other.groups()).await[0]), (VerdictKind::Stored, None));
}
