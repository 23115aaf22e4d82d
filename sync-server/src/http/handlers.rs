//! The handlers: what is asked, do it, answer. Everything else is a layer below.

use super::{body, range};
use crate::{
    app::App,
    enroll,
    error::ApiError,
    stand_in,
    storage::StorageError,
    sync::{self, Caller},
};
use axum::{
    Extension, Json,
    body::{Body, Bytes},
    extract::{ConnectInfo, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use beehive_core::sync::{EnrollRequest, EnrollResponse, MAX_BODY, PROTOCOL, StandInRequest, StandInResponse, StreetAnswer};
use std::{net::SocketAddr, sync::Arc};

/// The media type of sync bodies.
pub const SYNC_MEDIA: &str = "application/vnd.beehive.sync";
/// The most bytes of an enrolment request.
const MAX_ENROLL: usize = 16 * 1024;
/// The most bytes of a request for a stand-in.
const MAX_STAND_IN: usize = 4 * 1024;

/// `GET /healthz`: the server answers and its database can be read.
pub async fn health(State(app): State<Arc<App>>) -> Result<Response, ApiError> {
    app.off_thread(|app| Ok(app.storage.read(|rows| rows.versions())?)).await?;
    Ok(Json(serde_json::json!({ "status": "ok", "protocol": PROTOCOL })).into_response())
}

/// `GET /v1/street`: which street this is. A phone asks before it uses an invitation or when it doubts who answers.
pub async fn street(State(app): State<Arc<App>>) -> Result<Json<StreetAnswer>, ApiError> {
    let meta = app.off_thread(|app| Ok(app.storage.read(|rows| rows.meta())?)).await?.ok_or(StorageError::Absent)?;
    Ok(Json(StreetAnswer { v: PROTOCOL, street: meta.street, name: meta.tenant }))
}

/// `POST /v1/enroll`: an invitation becomes a credential.
pub async fn enroll(
    State(app): State<Arc<App>>,
    ConnectInfo(from): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<EnrollResponse>, ApiError> {
    body::expect(&headers, "application/json")?;
    app.throttle.check(from.ip(), app.now())?;
    let body = body::read(&headers, body, MAX_ENROLL).await?;
    let request: EnrollRequest = serde_json::from_slice(&body).map_err(|_| ApiError::BadBody)?;
    let answer = app.off_thread(move |app| enroll::enroll(app, &request)).await;
    if matches!(answer, Err(ApiError::Enroll(_))) {
        app.throttle.note_wrong(from.ip(), app.now());
    }
    answer.map(Json)
}

/// `POST /v1/sync`: push what is unsent, pull what is new.
pub async fn sync(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, ApiError> {
    body::expect(&headers, SYNC_MEDIA)?;
    let body = body::read(&headers, body, MAX_BODY).await?;
    let answer = sync::exchange(&app, caller, body).await?;
    Ok(([(header::CONTENT_TYPE, SYNC_MEDIA), (header::CACHE_CONTROL, "no-store")], answer).into_response())
}

/// `POST /v1/stand-ins`: a colleague stands in for the caller, or no longer does.
pub async fn stand_in(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<StandInResponse>, ApiError> {
    body::expect(&headers, "application/json")?;
    let body = body::read(&headers, body, MAX_STAND_IN).await?;
    let request: StandInRequest = serde_json::from_slice(&body).map_err(|_| ApiError::BadBody)?;
    app.off_thread(move |app| stand_in::name_stand_in(app, &caller, request)).await.map(Json)
}

/// `GET /v1/packs/{name}`: many documents at once, resumable.
pub async fn pack(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let etag = format!("\"{name}\"");
    let bytes = Bytes::from(app.off_thread(move |app| sync::read_pack(app, &caller, &name)).await?);
    let size = bytes.len() as u64;
    // With If-Range, a range only counts when it is of the very same pack.
    let same = headers.get(header::IF_RANGE).is_none_or(|v| v.as_bytes() == etag.as_bytes());
    let asked = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).filter(|_| same);
    let (status, body, content_range) = match range::part(asked, size) {
        range::Part::Whole => (StatusCode::OK, bytes, None),
        range::Part::Bytes(first, last) => {
            let part = bytes.slice(first as usize..=last as usize);
            (StatusCode::PARTIAL_CONTENT, part, Some(format!("bytes {first}-{last}/{size}")))
        }
        range::Part::Outside => return Err(ApiError::BadRange { size }),
    };
    let mut response = (status, body).into_response();
    let out = response.headers_mut();
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static(SYNC_MEDIA));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, immutable, max-age=86400"));
    for (name, value) in [(header::ETAG, Some(etag)), (header::CONTENT_RANGE, content_range)] {
        if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
            out.insert(name, value);
        }
    }
    Ok(response)
}
