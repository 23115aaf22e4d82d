//! The handlers of files: uploads in parts by tus, downloads by range.

use super::{range, tus};
use crate::{
    app::App,
    error::ApiError,
    files::{self, Begun, FileError},
    storage::UploadId,
    sync::Caller,
};
use axum::{
    Extension,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use beehive_core::FileHash;
use std::sync::Arc;

/// `OPTIONS /v1/files`: what of tus is spoken.
pub async fn options() -> Response {
    tus::capabilities()
}

/// `POST /v1/files`: begins an upload, or says that the file is here.
pub async fn create(State(app): State<Arc<App>>, Extension(caller): Extension<Caller>, headers: HeaderMap, body: Body) -> Response {
    answer(begin(&app, caller, &headers, body).await)
}

async fn begin(app: &Arc<App>, caller: Caller, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    tus::check_version(headers)?;
    let asked = tus::asked(headers)?;
    let device = caller.device.id;
    let mut begun = files::begin(app, caller, asked).await?;
    if let Begun::Under { id, offset: at @ 0, .. } = &mut begun
        && tus::has_bytes(headers)
    {
        *at = files::receive(app, device, *id, 0, body).await?;
    }
    Ok(tus::state(StatusCode::CREATED, begun))
}

/// `HEAD /v1/files/{name}`: how far an upload has come; for a hash, that the file is here.
pub async fn head(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Response {
    answer(look(&app, caller, &name, &headers).await)
}

async fn look(app: &Arc<App>, caller: Caller, name: &str, headers: &HeaderMap) -> Result<Response, ApiError> {
    tus::check_version(headers)?;
    if let Ok(hash) = name.parse::<FileHash>() {
        let file = app.off_thread(move |app| files::find(app, &caller, &hash)).await?;
        return Ok(tus::state(StatusCode::OK, Begun::Whole(file.hash, file.size)));
    }
    let id = UploadId::parse(name).ok_or(FileError::UnknownUpload)?;
    Ok(tus::state(StatusCode::OK, files::state(app, caller.device.id, id).await?))
}

/// `PATCH /v1/files/{name}`: more bytes of an upload.
pub async fn patch(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(take(&app, &caller, &name, &headers, body).await)
}

async fn take(app: &Arc<App>, caller: &Caller, name: &str, headers: &HeaderMap, body: Body) -> Result<Response, ApiError> {
    tus::check_version(headers)?;
    if !tus::has_bytes(headers) {
        return Err(ApiError::WrongContent);
    }
    let offset = tus::offset(headers)?;
    if let Ok(hash) = name.parse::<FileHash>() {
        // Told at its beginning that the file is here whole, a client that sends all the same is told where it ends.
        let caller = caller.clone();
        let file = app.off_thread(move |app| files::find(app, &caller, &hash)).await?;
        let whole = offset == file.size;
        return if whole { Ok(tus::state(StatusCode::NO_CONTENT, Begun::Whole(hash, file.size))) } else { Err(FileError::Offset.into()) };
    }
    let id = UploadId::parse(name).ok_or(FileError::UnknownUpload)?;
    files::receive(app, caller.device.id, id, offset, body).await?;
    Ok(tus::state(StatusCode::NO_CONTENT, files::state(app, caller.device.id, id).await?))
}

/// `POST /v1/files/{name}` with `X-HTTP-Method-Override`, for networks that know only two methods.
pub async fn by_other_name(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    answer(match tus::meant_method(&headers) {
        Some("PATCH") => take(&app, &caller, &name, &headers, body).await,
        Some("HEAD") => look(&app, caller, &name, &headers).await,
        _ => Err(ApiError::MethodNotAllowed),
    })
}

fn answer(result: Result<Response, ApiError>) -> Response {
    tus::mark(result.unwrap_or_else(IntoResponse::into_response))
}

/// `GET /v1/files/{name}`: a file by its hash, or a range of it.
pub async fn get(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let hash: FileHash = name.parse().map_err(|_| FileError::NotHere)?;
    // With If-Range, a range only counts when it is of the very same file; a file's name is its content.
    let same = headers.get(header::IF_RANGE).is_none_or(|v| v.as_bytes() == format!("\"{name}\"").as_bytes());
    let asked = headers.get(header::RANGE).and_then(|v| v.to_str().ok()).filter(|_| same).map(str::to_owned);
    app.off_thread(move |app| {
        let file = files::find(app, &caller, &hash)?;
        let (status, first, last) = match range::part(asked.as_deref(), file.size) {
            range::Part::Whole => (StatusCode::OK, 0, file.size.saturating_sub(1)),
            range::Part::Bytes(first, last) => (StatusCode::PARTIAL_CONTENT, first, last),
            range::Part::Outside => return Err(ApiError::BadRange { size: file.size }),
        };
        let bytes = files::read(app, &file, first, last)?;
        let mut response = (status, bytes).into_response();
        let out = response.headers_mut();
        for (name, value) in [
            (header::ACCEPT_RANGES, "bytes"),
            (header::CACHE_CONTROL, "private, immutable, max-age=86400"),
            (header::CONTENT_DISPOSITION, "attachment"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        ] {
            out.insert(name, HeaderValue::from_static(value));
        }
        let range = (status == StatusCode::PARTIAL_CONTENT).then(|| format!("bytes {first}-{last}/{}", file.size));
        let made: [(HeaderName, Option<String>); 3] =
            [(header::CONTENT_TYPE, Some(file.media)), (header::ETAG, Some(format!("\"{hash}\""))), (header::CONTENT_RANGE, range)];
        for (name, value) in made {
            if let Some(value) = value.and_then(|v| HeaderValue::from_str(&v).ok()) {
                out.insert(name, value);
            }
        }
        Ok(response)
    })
    .await
}
