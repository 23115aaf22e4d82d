//! Answers that no honest server gives: a typed error, and the store as it was.

use crate::{
    server::{Fault, Server},
    support::{NOW, TestPhone, foreign},
};
use axum::body::Bytes;
use beehive_core::{
    DocId, Epoch,
    sync::{MAX_BODY, PROTOCOL, StandingState, SyncResponse, encode},
};
use beehive_device::api::ApiError;
use serde_bytes::ByteBuf;

fn bomb() -> Bytes {
    let bomb = encode(&ByteBuf::from(vec![0u8; 64 << 20]), 1).unwrap();
    assert!(bomb.len() < 16 << 10);
    bomb.into()
}

fn noise(len: usize) -> Bytes {
    let mut x = 0x2545_f491_4f6c_dd1du64;
    (0..len)
        .map(|_| {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            x as u8
        })
        .collect()
}

/// A response that could be read if it were not larger than is accepted.
fn too_much() -> Bytes {
    let response = SyncResponse {
        v: PROTOCOL,
        epoch: Epoch([1; 8]),
        time: NOW,
        standing: StandingState::Ok,
        verdicts: Vec::new(),
        scopes: Vec::new(),
        bootstrap: Vec::new(),
        gone: Vec::new(),
        docs: Vec::new(),
        missing: noise(16 * 100_000).chunks_exact(16).map(|id| DocId::from_slice(id).unwrap()).collect(),
        reference: Vec::new(),
        actors: Vec::new(),
        decided: vec![],
        rescue_key: None,
        more: false,
    };
    let body = encode(&response, 1).unwrap();
    assert!(body.len() > MAX_BODY);
    body.into()
}

#[tokio::test]
async fn a_hostile_answer_changes_nothing() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("一件").await;
    server.put(&foreign(3, "别人的"), "m-002");
    let before = phone.held().await;
    let another_message = encode(&"hello", 3).unwrap();
    for (what, status, body, expected) in [
        ("nothing", 200, Bytes::new(), "bad_answer"),
        ("a page of a Wi-Fi", 200, "<html>请先登录</html>".into(), "bad_answer"),
        ("noise", 200, noise(3_000), "bad_answer"),
        ("a bomb", 200, bomb(), "bad_answer"),
        ("too much", 200, noise(3 << 20), "bad_answer"),
        ("too much of what would do", 200, too_much(), "bad_answer"),
        ("another message", 200, another_message.into(), "bad_answer"),
        ("a redirect", 302, Bytes::new(), "bad_answer"),
        ("a fault", 500, "oops".into(), "bad_answer"),
        ("too much of a fault", 500, noise(2 << 20), "bad_answer"),
        ("a problem", 409, r#"{"code":"too_busy","message":"忙。","hint":"等。"}"#.into(), "too_busy"),
        ("a newer protocol", 426, r#"{"code":"later","message":"太旧。","hint":"更新。"}"#.into(), "later"),
        ("no standing", 401, r#"{"code":"unauthorized","message":"不认得。","hint":"邀请。"}"#.into(), "unauthorized"),
        ("no words", 401, Bytes::new(), "bad_answer"),
    ] {
        server.fault(Fault::Answer(status, body));
        let error = ApiError::from(phone.phone.sync().await.expect_err(what));
        assert_eq!(error.code, expected, "{what}");
        assert!(!error.message.is_empty() && !error.hint.is_empty(), "{what}");
        assert_eq!(phone.held().await, before, "{what}");
    }
    server.fault(None);
    let outcome = phone.phone.sync().await.unwrap();
    assert_eq!((outcome.sent, outcome.received), (1, 1));
}

#[tokio::test]
async fn a_hostile_pack_changes_nothing_and_does_not_stick() {
    for rubbish in [noise(700), bomb(), encode(&"hello", 3).unwrap().into()] {
        let server = Server::start().await;
        server.put(&foreign(3, "别人的"), "m-002");
        server.fault(Fault::RubbishPacks(rubbish));
        let phone = TestPhone::new();
        phone.phone.enroll(&server.invite("m-001", server.address)).await.unwrap();
        let error = ApiError::from(phone.phone.sync().await.unwrap_err());
        assert!(["bad_answer", "pack_damaged"].contains(&error.code.as_str()), "{error:?}");
        assert!(phone.titles().await.is_empty());
        server.fault(None);
        assert!(phone.phone.sync().await.unwrap().done);
        assert_eq!(phone.titles().await, ["别人的"]);
    }
}
