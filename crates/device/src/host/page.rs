//! The page: `index.html` with the token in it, for every address the UI's router may show.

use super::serve::Host;
use axum::{
    extract::State,
    http::{StatusCode, Uri, header},
    response::{Html, IntoResponse, Response},
};
use std::sync::Arc;

/// The page with its token. Never stored: the token of yesterday's start is of no use.
pub(super) async fn index(State(host): State<Arc<Host>>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Html(host.index.clone())).into_response()
}

/// What is not a file: a page of the app if it looks like one, a missing file if its name has an ending.
pub(super) async fn app(State(host): State<Arc<Host>>, uri: Uri) -> Response {
    let is_file = uri.path().rsplit('/').next().is_some_and(|name| name.contains('.'));
    if is_file { StatusCode::NOT_FOUND.into_response() } else { index(State(host)).await }
}
