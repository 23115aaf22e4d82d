use crate::harness::{NOW, STREET, Server};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use beehive_core::sync::STREET_HEADER;
use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
};
use sync_server::{
    Running, ServeOptions,
    http::{ROUTES, Who},
    serve::ServeError,
    storage::StorageError,
};

fn request(method: &Method, path: &str, credential: Option<&str>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path.replace("{name}", "0123"));
    if let Some(credential) = credential {
        request = request.header(header::AUTHORIZATION, format!("Bearer {credential}"));
    }
    request.body(Body::empty()).unwrap()
}

/// The table of routes, asked from outside: every row as somebody without a credential, as a revoked device, and as one in good standing.
#[tokio::test]
async fn each_route_lets_in_whom_its_row_names() {
    let server = Server::start();
    let (good, revoked) = (server.phone("m-001").await, server.phone("m-002").await);
    let device = revoked.device.parse().unwrap();
    server.storage.write(move |tx| tx.revoke_device(&device, NOW)).unwrap();
    for route in &ROUTES {
        let ask = |credential| server.send(request(&route.method, route.path, credential));
        let is_let_in = |status: StatusCode| status != StatusCode::UNAUTHORIZED && status != StatusCode::FORBIDDEN;
        let nobody = ask(None).await;
        let late = ask(Some(revoked.credential.as_str())).await;
        let anyone = route.who == Who::Anyone;
        assert_eq!(is_let_in(nobody.status), anyone, "{} without a credential", route.path);
        assert_eq!(is_let_in(late.status), anyone || route.who == Who::DeviceEvenRevoked, "{} revoked", route.path);
        assert!(is_let_in(ask(Some(good.credential.as_str())).await.status), "{} in good standing", route.path);
        if !anyone {
            // An answer to HEAD has no body.
            assert!(route.method == Method::HEAD || nobody.problem().code == "unauthorized");
            assert_eq!(nobody.headers[header::WWW_AUTHENTICATE], "Bearer");
        }
    }
}

/// Every route, asked in the name of this street, of another one, and of none: what is meant for another street is refused before anything
/// else is looked at, and every answer says whose it is.
#[tokio::test]
async fn nothing_that_is_meant_for_another_street_is_let_in() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let ask = |route: &sync_server::http::Route, street: Option<&str>| {
        let mut request = request(&route.method, route.path, Some(&phone.credential));
        if let Some(street) = street {
            request.headers_mut().insert(STREET_HEADER, street.parse().unwrap());
        }
        server.send(request)
    };
    let here = STREET.to_string();
    for route in &ROUTES {
        for other in ["00112233445566778899aabbccddeeff", "", "x"] {
            let answer = ask(route, Some(other)).await;
            assert_eq!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{} for {other:?}", route.path);
            assert!(route.method == Method::HEAD || answer.problem().code == "other_street");
            assert_eq!(answer.headers[STREET_HEADER], here.as_str());
        }
        for ours in [None, Some(here.as_str())] {
            let answer = ask(route, ours).await;
            assert_ne!(answer.status, StatusCode::MISDIRECTED_REQUEST, "{} for {ours:?}", route.path);
            assert_eq!(answer.headers[STREET_HEADER], here.as_str());
        }
    }
    let code = server.invite("m-002");
    let body = format!(r#"{{"v":1,"code":"{code}","device_name":"x"}}"#);
    let enroll = |street: &str| {
        let request = Request::post("/v1/enroll").header(header::CONTENT_TYPE, "application/json").header(STREET_HEADER, street);
        server.send(request.body(Body::from(body.clone())).unwrap())
    };
    assert_eq!(enroll("00112233445566778899aabbccddeeff").await.problem().code, "other_street");
    assert_eq!(enroll(&here).await.status, StatusCode::OK, "the code was not used");
}

#[tokio::test]
async fn every_error_has_the_same_shape() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let code = |answer: crate::harness::Answer| (answer.status.as_u16(), answer.problem().code);
    assert_eq!(code(server.send(request(&Method::GET, "/nothing", None)).await), (404, "not_found".into()));
    assert_eq!(code(server.send(request(&Method::DELETE, "/v1/sync", Some(&phone.credential))).await), (405, "method_not_allowed".into()));
    assert_eq!(code(server.send(request(&Method::POST, "/v1/sync", Some(&phone.credential))).await), (415, "wrong_content".into()));
    assert_eq!(code(server.send(request(&Method::POST, "/v1/enroll", None)).await), (415, "wrong_content".into()));
    let enroll = |body: Vec<u8>| {
        Request::builder()
            .method(Method::POST)
            .uri("/v1/enroll")
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .unwrap()
    };
    assert_eq!(code(server.send(enroll(b"{".to_vec())).await), (400, "malformed_body".into()));
    assert_eq!(code(server.send(enroll(vec![b' '; 17 * 1024])).await), (413, "body_too_large".into()));
    assert_eq!(code(server.send(enroll(br#"{"v":9,"code":"x","device_name":""}"#.to_vec())).await), (426, "unsupported_protocol".into()));
    let health = server.send(request(&Method::GET, "/healthz", None)).await;
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&health.body).unwrap(), serde_json::json!({ "status": "ok", "protocol": 1 }));
}

async fn serve(dir: &std::path::Path) -> Result<Running, ServeError> {
    let mut options = ServeOptions::new(dir, ([127, 0, 0, 1], 0).into());
    options.ready_file = Some(dir.with_extension("ready"));
    sync_server::serve(options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_over_tcp_and_stops_when_told() {
    let dir = tempfile::tempdir().unwrap();
    assert!(matches!(serve(dir.path()).await.err().unwrap(), ServeError::Storage(StorageError::Absent)));
    let storage = sync_server::storage::SqliteStorage::create(dir.path()).unwrap();
    let storage: std::sync::Arc<dyn sync_server::storage::Storage> = std::sync::Arc::new(storage);
    storage
        .write(|tx| {
            tx.set_meta(&sync_server::storage::Meta { epoch: Default::default(), tenant: "街道".into(), street: Default::default() })?;
            sync_server::demo::Street::small(1).write(tx)
        })
        .unwrap();
    let running = serve(dir.path()).await.unwrap();
    let addr = running.addr;
    assert_eq!(std::fs::read_to_string(dir.path().with_extension("ready")).unwrap().trim(), addr.to_string());
    assert!(matches!(serve(dir.path()).await.err().unwrap(), ServeError::Storage(StorageError::Locked)));

    let health = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(addr).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(health.await.unwrap().starts_with("HTTP/1.1 200 OK"));
    // An admin command beside the running server.
    let invited = sync_server::enroll::invite(&*storage, &"m-001".into(), None, 7, NOW).unwrap();
    assert!(invited.invitation.starts_with(&format!("beehive://join?s=http://{addr}&c=")), "{}", invited.invitation);
    running.shutdown().await.unwrap();
    assert!(TcpStream::connect(addr).is_err());
    serve(dir.path()).await.unwrap().shutdown().await.unwrap();
}
