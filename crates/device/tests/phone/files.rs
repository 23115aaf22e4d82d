//! Photos on their way, to a server that is busy with them.

use crate::{
    server::{Server, problem},
    support::TestPhone,
};
use axum::{
    Router,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{patch, post},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::{collections::BTreeMap, sync::Arc};

/// What the server has of files.
#[derive(Default)]
pub struct Files {
    /// How many more bytes are answered with "somebody else is sending this".
    pub busy: u32,
    /// Once it is set: the link fails after so many more parts.
    pub stop_after: Option<u32>,
    /// By name: how long it is to be, how much has come.
    uploads: BTreeMap<String, (u64, u64)>,
}

impl Files {
    /// How many uploads were begun.
    pub fn begun(&self) -> usize {
        self.uploads.len()
    }

    /// Whether the next part is the one that fails.
    fn stops(&mut self) -> bool {
        let stops = self.stop_after == Some(0);
        self.stop_after = self.stop_after.map(|n| n.saturating_sub(1));
        stops
    }
}

/// Uploads by tus, as far as the phone goes.
pub fn routes() -> Router<Arc<Server>> {
    Router::new().route("/v1/files", post(begin)).route("/v1/files/{name}", patch(part).head(look).get(fetch))
}

async fn begin(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    let files = &mut server.lock().files;
    let name = format!("{:032x}", files.uploads.len());
    files.uploads.insert(name.clone(), (number(&headers, "upload-length"), body.len() as u64));
    (StatusCode::CREATED, [(header::LOCATION, format!("/v1/files/{name}"))], offset(body.len() as u64)).into_response()
}

async fn part(State(server): State<Arc<Server>>, Path(name): Path<String>, headers: HeaderMap, body: Bytes) -> Response {
    let files = &mut server.lock().files;
    if files.stops() {
        return problem(StatusCode::SERVICE_UNAVAILABLE, "database_busy");
    }
    if files.busy > 0 {
        files.busy -= 1;
        return problem(StatusCode::LOCKED, "upload_busy");
    }
    let (_, come) = files.uploads.get_mut(&name).unwrap();
    assert_eq!(number(&headers, "upload-offset"), *come);
    *come += body.len() as u64;
    (StatusCode::NO_CONTENT, offset(*come)).into_response()
}

async fn look(State(server): State<Arc<Server>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    if !server.knows(&headers) {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized");
    }
    match server.lock().files.uploads.get(&name) {
        Some((_, come)) => offset(*come).into_response(),
        None => problem(StatusCode::NOT_FOUND, "upload_unknown"),
    }
}

/// Nobody here has ever kept a file.
async fn fetch(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    if server.knows(&headers) { problem(StatusCode::NOT_FOUND, "file_not_here") } else { problem(StatusCode::UNAUTHORIZED, "unauthorized") }
}

fn offset(come: u64) -> [(&'static str, String); 2] {
    [("upload-offset", come.to_string()), ("tus-resumable", "1.0.0".to_owned())]
}

fn number(headers: &HeaderMap, name: &str) -> u64 {
    headers[name].to_str().unwrap().parse().unwrap()
}

/// A picture of noise, so that it takes several requests.
pub fn photo() -> serde_json::Value {
    let mut x = 7_u32;
    let picture = image::RgbImage::from_fn(1_000, 800, |_, _| {
        image::Rgb(std::array::from_fn(|_| {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (x >> 24) as u8
        }))
    });
    let mut jpeg = Vec::new();
    picture.write_with_encoder(image::codecs::jpeg::JpegEncoder::new(&mut jpeg)).unwrap();
    serde_json::json!({ "media": "image/jpeg", "base64": BASE64_STANDARD.encode(jpeg) })
}

/// A request that was overtaken by its own second try is told that somebody else is sending. That is over in a moment.
#[tokio::test]
async fn an_upload_that_is_held_is_gone_on_with() {
    let server = Server::start().await;
    let phone = TestPhone::enrolled(&server, "m-001", server.address).await;
    phone.record_with("有照片的", serde_json::json!([photo()])).await;
    phone.phone.sync().await.unwrap();
    server.lock().files.busy = 2;
    let outcome = phone.phone.send_files().await.unwrap();
    assert_eq!((outcome.sent, outcome.left), (2, 0), "the photo and its small picture: {outcome:?}");
    assert!(server.lock().files.uploads.values().all(|(size, come)| size == come));
    assert_eq!(server.lock().files.busy, 0, "nobody was told to wait");
}
