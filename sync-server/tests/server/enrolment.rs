use crate::harness::{NOW, Server};
use axum::http::StatusCode;
use beehive_core::{CredentialHash, MemberId, sync::EnrollResponse};

#[tokio::test]
async fn an_invitation_becomes_one_device() {
    let server = Server::start();
    let code = server.invite("m-001");
    let answer = server.enroll(&code).await;
    assert_eq!(answer.status, StatusCode::OK);
    let enrolled: EnrollResponse = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!((enrolled.member.id.as_str(), enrolled.tenant.as_str(), enrolled.time), ("m-001", "保和街道", NOW));
    assert_eq!(enrolled.credential.map(|c| c.len()), Some(43), "32 bytes in URL-safe base64");

    let again = server.enroll(&code).await;
    assert_eq!((again.status, again.problem().code.as_str()), (StatusCode::CONFLICT, "invitation_used"));
    let devices = server.storage.read(|r| r.devices()).unwrap();
    assert_eq!(devices.iter().map(|d| (&d.member, d.name.as_str())).collect::<Vec<_>>(), [(&MemberId::from("m-001"), "测试机")]);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_given_again_to_the_phone_that_asked_and_to_no_other() {
    let server = Server::start();
    let code = server.invite("m-001");
    let (mine, other) = (CredentialHash([5; 32]), CredentialHash([6; 32]));
    let answer = server.enroll_with(&code, mine).await;
    let first: EnrollResponse = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(first.credential, None, "the phone has it");
    server.advance(8 * 86_400);
    let again: EnrollResponse = serde_json::from_slice(&server.enroll_with(&code, mine).await.body).unwrap();
    assert_eq!((again.device, again.member.id), (first.device, first.member.id));
    assert_eq!(server.storage.read(|r| r.devices()).unwrap().len(), 1);

    for answer in [server.enroll_with(&code, other).await, server.enroll(&code).await] {
        assert_eq!((answer.status, answer.problem().code.as_str()), (StatusCode::CONFLICT, "invitation_used"));
    }
    let elsewhere = server.invite("m-002");
    let taken = server.enroll_with(&elsewhere, mine).await;
    assert_eq!((taken.status, taken.problem().code.as_str()), (StatusCode::CONFLICT, "credential_taken"));
    assert_eq!(server.enroll_with(&elsewhere, other).await.status, StatusCode::OK, "the invitation was not spent");

    // A device that was revoked does not come back by asking again.
    assert!(server.storage.write(move |tx| tx.revoke_device(&first.device, NOW)).unwrap());
    assert_eq!(server.enroll_with(&code, mine).await.problem().code, "invitation_used");
}

#[tokio::test]
async fn an_expired_or_unknown_code_gets_nothing() {
    let server = Server::start();
    let code = server.invite("m-001");
    server.advance(7 * 86_400 - 1);
    let other = server.invite("m-002");
    server.advance(1);
    let late = server.enroll(&code).await;
    assert_eq!((late.status, late.problem().code.as_str()), (StatusCode::GONE, "invitation_expired"));
    let unknown = server.enroll("AAAAAAAAAAAAAAAAAAAAAA").await;
    assert_eq!((unknown.status, unknown.problem().code.as_str()), (StatusCode::NOT_FOUND, "invitation_unknown"));
    assert_eq!(server.storage.read(|r| r.devices()).unwrap().len(), 0);
    assert_eq!(server.enroll(&other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn one_code_tried_by_many_at_once_enrols_one() {
    let server = Server::start();
    let code = server.invite("m-001");
    let answers = futures_all((0..8).map(|_| server.enroll(&code))).await;
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::OK).count(), 1);
    assert_eq!(answers.iter().filter(|a| a.status == StatusCode::CONFLICT).count(), 7);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let server = Server::start();
    for _ in 0..20 {
        assert_eq!(server.enroll("guess").await.status, StatusCode::NOT_FOUND);
    }
    let slowed = server.enroll(&server.invite("m-001")).await;
    assert_eq!((slowed.status, slowed.problem().code.as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"));
    server.advance(60);
    assert_eq!(server.enroll(&server.invite("m-001")).await.status, StatusCode::OK);
}

/// Polls all of them together.
async fn futures_all<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.map(|f| (Box::pin(f), None)).collect();
    std::future::poll_fn(|cx| {
        let mut all = true;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(cx) {
                    std::task::Poll::Ready(value) => *output = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}
