//! `POST /api` and `GET /api/events`: the phone's one API over HTTP.

use super::serve::Host;
use crate::api::{ApiError, Event, Request, Response};
use axum::{
    Json,
    body::Bytes,
    extract::{Query, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse,
        sse::{self, KeepAlive, Sse},
    },
};
use futures::{Stream, StreamExt};
use serde::Deserialize;
use std::{convert::Infallible, sync::Arc};
use subtle::ConstantTimeEq;
use tokio_stream::wrappers::{BroadcastStream, errors::BroadcastStreamRecvError};

type Answer = (StatusCode, Json<Response>);

/// One request, one response. 200 also when the engine could not do it: that answer is complete.
pub(super) async fn call(State(host): State<Arc<Host>>, headers: HeaderMap, body: Result<Bytes, BytesRejection>) -> Answer {
    if !is_token(headers.get("x-beehive-token").map(|t| t.as_bytes()), &host) {
        return wrong_token();
    }
    let body = match body {
        Ok(body) => body,
        Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return error(e.status(), "too_large", "内容太大，没有存。", "请少加几张照片，分几次存。");
        }
        Err(e) => return error(e.status(), "bad_request", "请求没有收全，没有执行。", "请再试一次。"),
    };
    match serde_json::from_slice::<Request>(&body) {
        Ok(request) => (StatusCode::OK, Json(host.phone.call(request).await)),
        Err(_) => error(StatusCode::OK, "bad_request", "看不懂这个请求，没有执行。", "请刷新页面；还不行，请更新应用。"),
    }
}

/// The token, as a query: an EventSource of a browser cannot set headers.
#[derive(Deserialize)]
pub(super) struct Token {
    #[serde(default)]
    token: String,
}

/// What the engine says unasked, until the screen goes away or the host stops.
pub(super) async fn events(State(host): State<Arc<Host>>, Query(query): Query<Token>) -> axum::response::Response {
    if !is_token(Some(query.token.as_bytes()), &host) {
        return wrong_token().into_response();
    }
    let mut stopping = host.stopping.clone();
    let stopped = async move {
        // An error means that the host is gone, which is the same.
        let _ = stopping.wait_for(|stopping| *stopping).await;
    };
    Sse::new(stream(&host).take_until(stopped)).keep_alive(KeepAlive::default()).into_response()
}

fn stream(host: &Host) -> impl Stream<Item = Result<sse::Event, Infallible>> + Send + 'static {
    BroadcastStream::new(host.phone.subscribe()).filter_map(|event| async {
        let event = match event {
            Ok(event) => event,
            // Too slow for all of them: what was missed is made good by reading again.
            Err(BroadcastStreamRecvError::Lagged(_)) => Event::Changed,
        };
        sse::Event::default().json_data(event).ok().map(Ok)
    })
}

fn is_token(shown: Option<&[u8]>, host: &Host) -> bool {
    shown.is_some_and(|shown| shown.ct_eq(host.token.as_bytes()).into())
}

fn wrong_token() -> Answer {
    error(StatusCode::UNAUTHORIZED, "wrong_token", "这个页面已经失效，没有执行。", "请刷新页面。")
}

fn error(status: StatusCode, code: &str, message: &str, hint: &str) -> Answer {
    (status, Json(Response::Error { error: ApiError { code: code.into(), message: message.into(), hint: hint.into() } }))
}
