use crate::harness::{Phone, Server};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use beehive_core::sync::{self, DocChanges, MAX_BODY, SyncRequest};
use serde_bytes::ByteBuf;

async fn refused(server: &Server, phone: &Phone, body: Vec<u8>) -> (StatusCode, String) {
    let answer = phone.post(server, body).await;
    let problem = answer.problem();
    assert!(!problem.message.is_empty() && !problem.hint.is_empty());
    (answer.status, problem.code)
}

#[tokio::test]
async fn rubbish_bombs_and_giants_get_a_typed_error() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let bad = (StatusCode::BAD_REQUEST, "malformed_body".to_owned());
    let large = (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large".to_owned());
    assert_eq!(refused(&server, &phone, vec![]).await, bad);
    assert_eq!(refused(&server, &phone, b"rubbish".to_vec()).await, bad);
    let request = sync::encode(&phone.request(vec![]), 3).unwrap();
    for cut in [1, 5, request.len() / 2, request.len() - 1] {
        assert_eq!(refused(&server, &phone, request[..cut].to_vec()).await, bad, "cut at {cut}");
    }
    assert_eq!(refused(&server, &phone, sync::encode(&"another message", 3).unwrap()).await, bad);
    let bomb = sync::encode(&ByteBuf::from(vec![0; 20 * 1024 * 1024]), 1).unwrap();
    assert_eq!(refused(&server, &phone, bomb).await, large);
    assert_eq!(refused(&server, &phone, vec![0; MAX_BODY + 1]).await, large);

    let mut future = phone.request(vec![]);
    future.v = 99;
    let answer = refused(&server, &phone, sync::encode(&future, 3).unwrap()).await;
    assert_eq!(answer, (StatusCode::UPGRADE_REQUIRED, "unsupported_protocol".to_owned()));
    let crowd: Vec<DocChanges> = vec![DocChanges { doc: beehive_core::DocId::default(), changes: vec![] }; 2_001];
    let answer = refused(&server, &phone, sync::encode(&phone.request(crowd), 3).unwrap()).await;
    assert_eq!(answer, (StatusCode::PAYLOAD_TOO_LARGE, "too_many_groups".to_owned()));
}

/// Without a length, the limit holds all the same.
#[tokio::test]
async fn a_body_that_does_not_say_how_long_it_is_is_cut_off_at_the_limit() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let pieces = tokio_stream::iter((0..1_000).map(|_| Ok::<_, std::io::Error>(vec![0u8; 64 * 1024])));
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/sync")
        .header(header::CONTENT_TYPE, "application/vnd.beehive.sync")
        .header(header::AUTHORIZATION, format!("Bearer {}", phone.credential));
    let answer = server.send(request.body(Body::from_stream(pieces)).unwrap()).await;
    assert_eq!((answer.status, answer.problem().code.as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"));
}

/// Every byte of an honest push flipped in turn: each gets a verdict, and the server goes on.
#[tokio::test]
async fn flipped_bytes_are_judged_one_by_one() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    phone.record("楼道堆物");
    let honest = phone.groups();
    let bytes = honest[0].changes[0].to_vec();
    let groups: Vec<DocChanges> = (0..bytes.len())
        .map(|at| {
            let mut hostile = bytes.clone();
            hostile[at] ^= 0x55;
            DocChanges { doc: honest[0].doc, changes: vec![ByteBuf::from(hostile)] }
        })
        .collect();
    let many = groups.len();
    let verdicts = phone.push(&server, groups).await;
    assert_eq!(verdicts.len(), many);
    assert!(verdicts.iter().all(|v| v.kind == sync::VerdictKind::Refused && v.code.is_some()));
    assert!(server.storage.read(|r| r.document_ids()).unwrap().is_empty());
    assert_eq!(phone.push(&server, honest).await[0].kind, sync::VerdictKind::Stored);
}

#[tokio::test]
async fn a_phone_cannot_fill_the_shelf_without_end() {
    let server = Server::start();
    let phone = server.phone("m-001").await;
    let device = phone.device.parse().unwrap();
    server
        .storage
        .write(move |tx| {
            tx.put_held(&sync_server::storage::AsideRow {
                id: 0,
                device,
                member: "m-001".into(),
                doc: beehive_core::DocId([1; 16]),
                code: "unknown_field".into(),
                bytes: vec![0; sync_server::sync::MAX_ASIDE_BYTES as usize],
                at: 0,
                times: 1,
            })
        })
        .unwrap();
    let mut phone = phone;
    phone.record("楼道堆物");
    let doc = phone.record("另一件");
    phone.edit(doc, "new_field", "新版本才有的");
    let verdicts = phone.push(&server, phone.groups()).await;
    assert_eq!(verdicts[0].kind, sync::VerdictKind::Stored, "what is good is stored all the same");
    assert_eq!(
        (verdicts[1].kind, verdicts[1].code.as_deref()),
        (sync::VerdictKind::Refused, Some("shelf_full")),
        "and nothing is called held that is not"
    );
}

#[tokio::test]
async fn nobody_without_a_credential_is_let_in() {
    let server = Server::start();
    let mut phone = server.phone("m-001").await;
    let request: SyncRequest = phone.request(vec![]);
    let body = sync::encode(&request, 3).unwrap();
    for wrong in ["", "AAAA", &"A".repeat(43), &"A".repeat(5_000)] {
        phone.credential = wrong.to_owned();
        assert_eq!(refused(&server, &phone, body.clone()).await, (StatusCode::UNAUTHORIZED, "unauthorized".to_owned()));
    }
}
