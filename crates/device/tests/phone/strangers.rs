//! Who answers on the way (the login page of a Wi-Fi, a proxy, a gateway) is not the server, whatever the status says: `bad_answer`, the phone as
//! it was, and everything arrives once they are gone.

use crate::{
    files::photo,
    server::{Server, Stranger},
    support::{TestPhone, foreign},
};
use beehive_device::{
    api::{ApiError, Connection},
    net::{EnrollError, SyncError},
};

const PORTAL: &str = "<html><title>请先登录</title></html>";

/// What may answer: statuses that mean something to a phone, in media types that strangers use; among them JSON of another shape, JSON that only
/// looks like the server's, and a success.
fn strangers() -> Vec<Stranger> {
    let html = "text/html; charset=utf-8";
    let json = "application/json";
    let mut all: Vec<Stranger> =
        [200, 201, 206, 301, 302, 307, 400, 401, 403, 404, 407, 409, 410, 413, 416, 423, 426, 429, 460, 500, 502, 503, 504, 511]
            .map(|status| Stranger { status, media: html, body: PORTAL })
            .to_vec();
    for (status, body) in [
        (200, "{}"),
        (200, r#"{"ok":true}"#),
        (401, r#"{"message":"Unauthorized"}"#),
        (401, r#"{"code":"login_required","message":"请先登录","hint":""}"#),
        (403, r#"{"error":"forbidden"}"#),
        (404, r#"{"code":404,"message":"no route","hint":"x"}"#),
        (404, r#"{"code":"no_route","message":"no route","hint":"x"}"#),
        (410, r#"[]"#),
        (426, r#"{"code":"upgrade","message":"","hint":""}"#),
    ] {
        all.push(Stranger { status, media: json, body });
    }
    // The server's own words, but in a page.
    all.push(Stranger { status: 403, media: html, body: r#"{"code":"revoked","message":"停用","hint":"x"}"# });
    all.push(Stranger { status: 204, media: html, body: "" });
    all
}

fn is_strange(e: &SyncError) -> bool {
    matches!(e, SyncError::BadAnswer(_)) && !e.is_unauthorized() && ApiError::from(e).code == "bad_answer"
}

#[tokio::test]
async fn a_sync_is_not_answered_by_strangers() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record("一件").await;
    server.put(&foreign(3, "别人的"), "m-002");
    let before = phone.held().await;
    for stranger in strangers() {
        server.lock().stranger = Some((stranger, "/v1/"));
        let e = phone.phone.sync().await.unwrap_err();
        assert!(is_strange(&e), "{stranger:?}: {e:?}");
        assert_eq!(phone.held().await, before, "{stranger:?}");
        assert_eq!(phone.status().await.connection, Connection::Offline, "{stranger:?}");
    }
    server.lock().stranger = None;
    let outcome = phone.phone.sync().await.unwrap();
    assert_eq!((outcome.sent, outcome.received), (1, 1));
}

#[tokio::test]
async fn an_enrolment_is_not_answered_by_strangers() {
    let server = Server::start().await;
    let invitation = server.invite("m-001", server.address);
    let phone = TestPhone::new();
    for stranger in strangers() {
        server.lock().stranger = Some((stranger, "/v1/"));
        match phone.phone.enroll(&invitation).await {
            Err(EnrollError::Sync(e)) if is_strange(&e) => {}
            other => panic!("{stranger:?}: {other:?}"),
        }
    }
    server.lock().stranger = None;
    phone.phone.enroll(&invitation).await.unwrap();
}

#[tokio::test]
async fn a_pack_is_not_taken_from_strangers_nor_given_up_for_them() {
    let server = Server::start().await;
    for n in 1..6 {
        server.put(&foreign(n, "别人的"), "m-002");
    }
    let phone = TestPhone::new();
    phone.phone.enroll(&server.invite("m-001", server.address)).await.unwrap();
    for stranger in strangers() {
        server.lock().stranger = Some((stranger, "/v1/packs/"));
        let e = phone.phone.sync().await.unwrap_err();
        assert!(is_strange(&e), "{stranger:?}: {e:?}");
        assert!(phone.titles().await.is_empty(), "{stranger:?}");
    }
    server.lock().stranger = None;
    phone.phone.sync().await.unwrap();
    assert_eq!(phone.titles().await.len(), 5);
}

#[tokio::test]
async fn an_upload_is_neither_dropped_nor_called_delivered_by_strangers() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record_with("有照片的", serde_json::json!([photo()])).await;
    phone.phone.sync().await.unwrap();
    // At the beginning of an upload, and in the middle of one that is known to both.
    for begun in [false, true] {
        if begun {
            server.lock().files.stop_after = Some(1);
            assert!(phone.phone.send_files().await.is_err());
            server.lock().files.stop_after = None;
        }
        let before = phone.status().await.files;
        for stranger in strangers() {
            server.lock().stranger = Some((stranger, "/v1/files"));
            let told = phone.phone.send_files().await;
            assert!(told.as_ref().is_err_and(is_strange), "{stranger:?}: {told:?}");
            let now = phone.status().await.files;
            assert_eq!((now.unsent, now.refused, now.bytes >= before.bytes), (1, 0, true), "{stranger:?}: {now:?}");
        }
        server.lock().stranger = None;
    }
    let begun = server.lock().files.begun();
    let outcome = phone.phone.send_files().await.unwrap();
    assert_eq!(outcome.left, 0, "{outcome:?}");
    assert_eq!(server.lock().files.begun(), begun, "gone on with, not begun anew");
}
