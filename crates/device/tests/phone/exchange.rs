//! One sync: how many requests, joined, cut, refused, resumed.

use crate::{
    proxy::Proxy,
    server::{Fault, Server},
    support::{NOW, TestPhone, code, foreign},
};
use beehive_device::{
    api::{ApiError, Connection, Request, Response},
    net::{AutoSync, Pace, SyncError},
};
use futures::future::{join, join_all};
use std::{net::SocketAddr, time::Duration};

#[tokio::test]
async fn an_offline_day_is_one_request() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    for n in 0..40 {
        phone.record(&format!("第 {n} 件")).await;
    }
    server.put(&foreign(7, "别人记的"), "m-002");
    let outcome = phone.phone.sync().await.unwrap();
    assert_eq!((outcome.sent, outcome.received, outcome.refused, outcome.round_trips, outcome.done), (40, 1, 0, 1, true));
    assert!(outcome.bytes_up > 1_000 && outcome.bytes_down > 100, "{outcome:?}");
    assert_eq!(phone.status().await.digest, server.digest());

    let nothing = phone.phone.sync().await.unwrap();
    assert_eq!((nothing.sent, nothing.received, nothing.round_trips), (0, 0, 1));
    assert!(nothing.bytes_up + nothing.bytes_down < 1_024, "{nothing:?}");
}

#[tokio::test]
async fn whoever_asks_during_a_sync_joins_it() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    let before = server.lock().syncs;
    phone.record("一件").await;
    server.hold();
    let ten = join_all((0..10).map(|_| phone.phone.sync()));
    let (outcomes, ()) = join(ten, async {
        server.arrived.notified().await;
        server.release();
    })
    .await;
    assert!(outcomes.iter().all(|o| o.as_ref().is_ok_and(|o| o.sent == 1 && o.round_trips == 1)), "{outcomes:?}");
    assert_eq!(server.lock().syncs - before, 1);
}

#[tokio::test]
async fn what_is_recorded_during_a_sync_goes_along_for_whoever_joins_it() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("先记的").await;
    server.hold();
    let (first, second) = join(phone.phone.sync(), async {
        server.arrived.notified().await;
        phone.record("途中记的").await;
        let joined = phone.phone.sync();
        let (joined, ()) = join(joined, async { server.release() }).await;
        joined
    })
    .await;
    assert_eq!(first, second);
    assert_eq!(first.unwrap().sent, 2);
    assert_eq!(phone.status().await.unsent, 0);
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_and_asked_again_gives_the_same() {
    let server = Server::start().await;
    let proxy = Proxy::start(server.address).await;
    let phone = TestPhone::enrolled(&server, "m-001", proxy.address).await;
    phone.record("件 0").await;
    server.put(&foreign(1, "外 0"), "m-002");
    proxy.take_passed();
    phone.phone.sync().await.unwrap();
    let whole = proxy.take_passed();
    assert!(whole > 200, "{whole}");
    let mut titles = vec!["件 0".to_owned(), "外 0".to_owned()];
    let mut broken = 0;
    // Some more than the length seen, for answers differ by a few bytes.
    for cut in 0..whole + 8 {
        let (mine, theirs) = (format!("件 {}", cut + 1), format!("外 {}", cut + 1));
        phone.record(&mine).await;
        server.put(&foreign(1, &theirs), "m-002");
        titles.extend([mine, theirs]);

        proxy.cut_after(cut);
        match phone.phone.sync().await {
            Ok(_) => {}
            Err(e) => {
                assert!(e.is_offline(), "cut after {cut}: {e:?}");
                broken += 1;
            }
        }
        proxy.cut_after(i64::MAX);
        let outcome = phone.phone.sync().await.unwrap_or_else(|e| panic!("after a cut at {cut}: {e:?}"));
        assert!(outcome.done);
        assert_eq!((phone.status().await.unsent, phone.status().await.digest), (0, server.digest()), "after a cut at {cut}");
    }
    titles.sort();
    assert_eq!(phone.titles().await, titles);
    assert_eq!(server.doubled(), 0);
    assert!(broken >= whole - 8, "{broken} of {whole} cuts were noticed");
}

#[tokio::test]
async fn without_a_server_it_is_offline_and_nothing_changes() {
    let server = Server::start().await;
    let proxy = Proxy::start(server.address).await;
    let phone = TestPhone::enrolled(&server, "m-001", proxy.address).await;
    phone.record("一件").await;
    let before = phone.held().await;
    proxy.cut_after(0);
    assert!(phone.phone.sync().await.unwrap_err().is_offline());
    assert_eq!(code(&phone.phone.call(Request::Sync).await), "offline");
    assert_eq!(phone.held().await, before);
    assert_eq!(phone.status().await.connection, Connection::Offline);
}

#[tokio::test]
async fn a_kept_connection_that_died_is_no_lack_of_signal() {
    let server = Server::start().await;
    let proxy = Proxy::start(server.address).await;
    let phone = TestPhone::enrolled(&server, "m-001", proxy.address).await;
    phone.record("一件").await;
    proxy.deafen_open();
    let outcome = phone.phone.sync().await.unwrap();
    assert_eq!((outcome.sent, outcome.round_trips, outcome.done), (1, 2, true));
    assert_eq!(phone.status().await.digest, server.digest());

    // A link that breaks afresh is not tried for ever.
    proxy.cut_after(0);
    let before = server.lock().syncs;
    assert!(phone.phone.sync().await.unwrap_err().is_offline());
    assert_eq!(server.lock().syncs - before, 2);
}

#[tokio::test]
async fn a_cut_link_fails_at_once_even_in_the_middle_of_an_exchange() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("一件").await;
    server.hold();
    let cut = join(phone.phone.sync(), async {
        server.arrived.notified().await;
        phone.phone.call(Request::CutLink { cut: true }).await
    });
    // Far less than the patience with a link that is merely silent.
    let (synced, answer) = tokio::time::timeout(Duration::from_secs(15), cut).await.expect("at once");
    assert!(matches!(answer, Response::Status { status } if status.cut && status.can_cut));
    assert!(synced.unwrap_err().is_offline());
    let asked = server.lock().syncs;
    assert!(phone.phone.sync().await.unwrap_err().is_offline());
    server.release();
    assert_eq!(server.lock().syncs, asked, "a cut link must not be used");
    phone.phone.call(Request::CutLink { cut: false }).await;
    assert_eq!(phone.phone.sync().await.unwrap().sent, 1);
    assert_eq!(phone.status().await.connection, Connection::Online);
}

#[tokio::test]
async fn a_revoked_phone_says_so() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("一件").await;
    server.fault(Fault::Revoked);
    let error = phone.phone.sync().await.unwrap_err();
    assert!(matches!(error, SyncError::Revoked(_)), "{error:?}");
    assert_eq!(phone.status().await.connection, Connection::Revoked);
}

#[tokio::test]
async fn enrolling_says_what_is_wrong_with_an_invitation() {
    let server = Server::start().await;
    let nowhere: SocketAddr = "127.0.0.1:9".parse().unwrap();
    let invitation = |code: &str, address: SocketAddr, x: i64| format!("beehive://join?s=http://{address}&c={code}&x={x}");
    let phone = TestPhone::new();
    for (text, expected) in [
        ("你好".to_owned(), "invitation_malformed"),
        ("beehive://join?s=http://127.0.0.1:9&x=5".to_owned(), "invitation_malformed"),
        (invitation("spent", server.address, NOW + 60), "invitation_used"),
        (invitation("for-m-001", nowhere, NOW + 60), "offline"),
        (invitation("for-m-001", nowhere, NOW - 60), "invitation_expired"),
    ] {
        let answer = phone.phone.call(Request::Enroll { invitation: text.clone(), leave: false }).await;
        assert_eq!(code(&answer), expected, "{text}");
    }
    assert_eq!(phone.phone.sync().await, Err(SyncError::NotEnrolled));
    assert_eq!(phone.status().await.connection, Connection::NotEnrolled);

    // A phone whose clock is a year ahead is let in: the server decides.
    let ahead = TestPhone::at(NOW + 365 * 86_400);
    let answer = ahead.phone.call(Request::Enroll { invitation: invitation("for-m-001", server.address, NOW + 60), leave: false }).await;
    assert!(matches!(answer, Response::Status { .. }), "{answer:?}");
    // Its first sync is under way or done; asking joins it.
    ahead.phone.sync().await.unwrap();
}

#[tokio::test]
async fn an_enrolment_stands_even_if_the_first_sync_fails() {
    let server = Server::start().await;
    server.fault(Fault::Answer(503, "".into()));
    let phone = TestPhone::new();
    let answer = phone.phone.call(Request::Enroll { invitation: server.invite("m-001", server.address), leave: false }).await;
    assert!(matches!(answer, Response::Status { .. }), "{answer:?}");
    let error = phone.phone.sync().await.unwrap_err();
    assert_eq!(ApiError::from(error).code, "bad_answer");
    server.fault(None);
    assert!(phone.phone.sync().await.unwrap().done);
}

#[tokio::test]
async fn it_syncs_by_itself_after_something_was_recorded() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    let pace = Pace { settle: Duration::from_millis(1), rest: Duration::from_secs(3_600), ..Pace::default() };
    server.forget_arrivals();
    let auto = AutoSync::start(phone.phone.clone(), pace);
    server.arrived.notified().await;
    phone.phone.idle().await;
    let mut events = phone.phone.subscribe();
    phone.record("一件").await;
    let delivered = async {
        while phone.status().await.unsent > 0 {
            events.recv().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), delivered).await.expect("by itself");
    drop(auto);
    assert_eq!(phone.status().await.digest, server.digest());
}
