//! One street's requests never reach another's records: what is meant for another street is refused before anything of it is read, and
//! every answer says whose it is.

use crate::{app::App, error::ApiError};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, HeaderValue},
    middleware::Next,
    response::{IntoResponse, Response},
};
use beehive_core::{
    StreetId,
    sync::{MAX_BODY, STREET_HEADER},
};
use http_body_util::BodyExt as _;
use std::sync::Arc;

/// Lets a request through if it names this street or none (a phone that was not told yet, a program of the first release).
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let here = match app.off_thread(|app| Ok(app.street()?)).await {
        Ok(street) => street,
        Err(e) => return e.into_response(),
    };
    let mut response = if is_for(request.headers(), here) {
        next.run(request).await
    } else {
        // A phone that is still sending would see a broken line instead of the answer.
        discard(request.into_body()).await;
        ApiError::OtherStreet.into_response()
    };
    if let Ok(value) = HeaderValue::from_str(&here.to_string()) {
        response.headers_mut().insert(STREET_HEADER, value);
    }
    response
}

fn is_for(headers: &HeaderMap, here: StreetId) -> bool {
    let named = headers.get(STREET_HEADER);
    named.is_none_or(|value| value.to_str().ok().and_then(|text| text.trim().parse().ok()) == Some(here))
}

/// Lets the bytes of a body come and go, as many as any request of ours has.
async fn discard(body: Body) {
    let (mut body, mut seen) = (body, 0);
    while let Some(Ok(frame)) = body.frame().await {
        seen += frame.data_ref().map_or(0, |piece| piece.len());
        if seen > MAX_BODY {
            return;
        }
    }
}
