//! 代管 over HTTP: the lead names a colleague, who can do the lead's work until then, and no longer.

use crate::harness::{Answer, HERE, NOW, Phone, Server};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use beehive_core::{EventBody, sync::VerdictKind};
use serde_json::{Value, json};

async fn name(server: &Server, phone: &Phone, body: &Value) -> Answer {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1/stand-ins")
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::AUTHORIZATION, format!("Bearer {}", phone.credential));
    server.send(request.body(Body::from(body.to_string())).unwrap()).await
}

fn assign() -> EventBody {
    EventBody::Assign { to: "m-001".into(), help: vec![], due: None, note: String::new() }
}

#[tokio::test]
async fn a_stand_in_does_the_leads_work_until_then() {
    let server = Server::start();
    let (lead, mut deputy) = (server.phone("m-003").await, server.phone("m-002").await);
    let doc = deputy.record("门禁坏了");
    deputy.act(doc, assign());
    assert_eq!(deputy.push(&server, deputy.groups()).await[0].kind, VerdictKind::Refused, "not yet");
    let answer = name(&server, &lead, &json!({ "v": 1, "to": "m-002", "until": NOW + 86_400 })).await;
    assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
    let named: Value = serde_json::from_slice(&answer.body).unwrap();
    let given = named["member"]["grants"].as_array().unwrap().iter().find(|g| g["on_behalf"] == "m-003").unwrap();
    assert_eq!((&given["role"], &given["node"], &given["until"]), (&json!("micro_lead"), &json!(HERE), &json!(NOW + 86_400)));
    assert_eq!(deputy.push(&server, deputy.groups()).await[0].kind, VerdictKind::Stored);
    deputy.unsent.clear();
    server.advance(86_400);
    deputy.act(doc, assign());
    assert_eq!(deputy.push(&server, deputy.groups()).await[0].kind, VerdictKind::Held, "no longer, but it may have been done in time");
}

#[tokio::test]
async fn named_again_it_is_changed_and_it_ends_at_a_word() {
    let server = Server::start();
    let lead = server.phone("m-003").await;
    let grants = |answer: &Answer| -> usize {
        let named: Value = serde_json::from_slice(&answer.body).unwrap();
        named["member"]["grants"].as_array().unwrap().iter().filter(|g| g["on_behalf"] == "m-003").count()
    };
    for days in [1, 7] {
        let answer = name(&server, &lead, &json!({ "v": 1, "to": "m-002", "until": NOW + days * 86_400 })).await;
        assert_eq!((answer.status, grants(&answer)), (StatusCode::OK, 1));
    }
    let ended = name(&server, &lead, &json!({ "v": 1, "to": "m-002" })).await;
    assert_eq!((ended.status, grants(&ended)), (StatusCode::OK, 0));
    assert!(!server.storage.read(|r| r.members()).unwrap().iter().flat_map(|m| &m.grants).any(|g| g.on_behalf.is_some()));
}

#[tokio::test]
async fn what_is_not_ones_to_give_is_refused_with_a_reason() {
    let server = Server::start();
    let (lead, worker) = (server.phone("m-003").await, server.phone("m-001").await);
    let until = NOW + 86_400;
    for (who, body, code) in [
        (&worker, json!({ "v": 1, "to": "m-002", "until": until }), "not_your_role"),
        (&lead, json!({ "v": 1, "to": "m-003", "until": until }), "not_a_colleague"),
        (&lead, json!({ "v": 1, "to": "m-999", "until": until }), "unknown_member"),
        (&lead, json!({ "v": 1, "to": "m-002", "until": NOW + 90 * 86_400 }), "stand_in_time"),
        (&lead, json!({ "v": 1, "to": "m-002", "node": "w-4", "until": until }), "not_your_role"),
    ] {
        let answer = name(&server, who, &body).await;
        assert_eq!((answer.status, answer.problem().code.as_str()), (StatusCode::FORBIDDEN, code), "{body}");
    }
    let rubbish = name(&server, &lead, &json!({ "to": 7 })).await;
    assert_eq!((rubbish.status, rubbish.problem().code.as_str()), (StatusCode::BAD_REQUEST, "malformed_body"));
}
