//! Streets with and without a name, and a street that changes while something is under way.

use crate::{
    server::Server,
    support::{TestPhone, code},
};
use beehive_core::StreetId;
use beehive_device::api::{Connection, Request, Response};

const HERE: StreetId = StreetId([4; 16]);
const THERE: StreetId = StreetId([5; 16]);

fn enroll(invitation: String, leave: bool) -> Request {
    Request::Enroll { invitation, leave }
}

async fn named(street: StreetId) -> std::sync::Arc<Server> {
    let server = Server::start().await;
    server.lock().street = Some(street);
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_of_before_takes_the_name_that_its_own_server_says() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    assert_eq!(phone.phone.engine().account().unwrap().street, None);
    server.lock().street = Some(HERE);
    phone.record("井盖松动").await;
    phone.phone.sync().await.unwrap();
    assert_eq!(phone.phone.engine().account().unwrap().street, Some(HERE));
    // Whoever says another name from now on is told nothing and taken nothing from.
    server.lock().street = Some(THERE);
    phone.record("电线掉下来").await;
    let before = phone.held().await;
    assert_eq!(code(&phone.phone.call(Request::Sync).await), "other_street");
    assert_eq!((phone.held().await, phone.status().await.connection), (before, Connection::OtherStreet));
    // And is asked before anything of the records goes out.
    let syncs = server.lock().syncs;
    assert_eq!(code(&phone.phone.call(Request::Sync).await), "other_street");
    assert_eq!(server.lock().syncs, syncs);
    server.lock().street = Some(HERE);
    phone.phone.sync().await.unwrap();
    assert_eq!(phone.status().await.unsent, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_street_without_a_name_is_the_same_only_where_the_credential_is_known() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("井盖松动").await;
    // Its server has learned its name since: an invitation by it is no change.
    server.lock().street = Some(HERE);
    let answer = phone.phone.call(enroll(server.invite("m-001", server.address), false)).await;
    assert!(matches!(answer, Response::Status { .. }), "{answer:?}");
    assert_eq!((phone.titles().await.len(), phone.phone.engine().account().unwrap().street), (1, Some(HERE)));

    // Two servers of before: nothing tells them apart but the address and the credential.
    let (one, two) = (Server::start().await, Server::start().await);
    let phone = TestPhone::enrolled(&one, "m-001", one.address).await;
    phone.record("井盖松动").await;
    assert_eq!(code(&phone.phone.call(enroll(two.invite("m-001", two.address), false)).await), "changes_street");
    let answer = phone.phone.call(enroll(two.invite("m-001", two.address), true)).await;
    assert!(matches!(answer, Response::Status { .. }), "{answer:?}");
    phone.phone.sync().await.unwrap();
    assert_eq!((phone.titles().await.len(), two.lock().log.len()), (0, 0));
    // Back, where the credential of then is known.
    phone.phone.call(enroll(one.invite("m-001", one.address), true)).await;
    phone.phone.sync().await.unwrap();
    assert_eq!((phone.titles().await.len(), phone.status().await.unsent, two.lock().log.len()), (1, 0, 0));
    // At the same address another server, which does not know it: the careful answer.
    one.forget_devices();
    assert_eq!(code(&phone.phone.call(enroll(one.invite("m-001", one.address), false)).await), "changes_street");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_under_way_when_the_street_changes_ends_without_mixing() {
    let (here, there) = (named(HERE).await, named(THERE).await);
    let phone = TestPhone::enrolled(&here, "m-001", here.address).await;
    phone.record("井盖松动").await;
    here.hold();
    let syncing = tokio::spawn({
        let phone = phone.phone.clone();
        async move { phone.call(Request::Sync).await }
    });
    here.arrived.notified().await;
    let answer = phone.phone.call(enroll(there.invite("m-001", there.address), true)).await;
    assert!(matches!(answer, Response::Status { .. }), "{answer:?}");
    here.release();
    assert_eq!(code(&syncing.await.unwrap()), "offline");
    phone.phone.sync().await.unwrap();
    assert_eq!((phone.titles().await.len(), there.lock().log.len()), (0, 0));
    phone.phone.call(enroll(here.invite("m-001", here.address), true)).await;
    phone.phone.sync().await.unwrap();
    assert_eq!((phone.titles().await, phone.status().await.unsent), (vec!["井盖松动".to_owned()], 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_leaves_everything_as_it_was() {
    let (here, there) = (named(HERE).await, named(THERE).await);
    let phone = TestPhone::enrolled(&here, "m-001", here.address).await;
    phone.record("井盖松动").await;
    let bad = format!("beehive://join?s=http://{}&c=nobody&x=9999999999", there.address);
    assert_eq!(code(&phone.phone.call(enroll(bad.clone(), true)).await), "invitation_used");
    // An invitation that names another street than the server that answers.
    let forged = format!("{bad}&i={}", StreetId([6; 16]));
    assert_eq!(code(&phone.phone.call(enroll(forged, true)).await), "other_street");
    assert_eq!((phone.titles().await.len(), phone.status().await.unsent), (1, 1));
    phone.phone.sync().await.unwrap();
    assert_eq!(here.lock().log.len(), 1);
}
