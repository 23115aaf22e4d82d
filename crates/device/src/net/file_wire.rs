//! Files over HTTP: uploads in parts by tus 1.0, downloads by range.

use super::{
    answer::{expect_tus, is_ours, speaks_tus},
    error::SyncError,
    wire::{Repeat, SILENCE, Wire, range_start},
};
use crate::engine::Upload;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{FileHash, media::MAX_FILE};
use reqwest::{RequestBuilder, Response, StatusCode, header};

const RESUMABLE: (&str, &str) = ("Tus-Resumable", "1.0.0");
const BODY_MEDIA: &str = "application/offset+octet-stream";

/// An upload as the server knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Its name in addresses.
    pub name: String,
    /// How many bytes have come.
    pub offset: u64,
}

/// What has come of a download.
#[derive(Debug, Default)]
pub(super) struct Download {
    pub media: String,
    pub bytes: Vec<u8>,
    /// Whether that is all.
    pub whole: bool,
}

impl Wire {
    /// `POST /v1/files`, with the first bytes along; answers how far the server is.
    pub async fn begin_upload(&mut self, file: &Upload, size: u64, first: Vec<u8>) -> Result<Place, SyncError> {
        let b64 = |text: &str| BASE64_STANDARD.encode(text);
        let metadata = format!("sha256 {},doc {},media {}", b64(&file.hash.to_string()), b64(&file.doc.to_string()), b64(&file.media));
        let request = self.client.post(self.url(&["v1", "files"])?);
        let request =
            tus(request).header("Upload-Length", size).header("Upload-Metadata", metadata).header(header::CONTENT_TYPE, BODY_MEDIA);
        let response = expect_tus(self.send(request, first, Repeat::Never).await?)?;
        let offset = offset(&response, size)?;
        let name = response.headers().get(header::LOCATION).and_then(|v| v.to_str().ok()).and_then(|v| v.rsplit('/').next());
        let name = name.filter(|n| is_name(n)).ok_or(SyncError::BadAnswer("an upload without its place"))?;
        Ok(Place { name: name.to_owned(), offset })
    }

    /// `HEAD /v1/files/{name}`: how far an upload is; for a hash, whether the file is there. `None` if the server does not know it.
    pub async fn upload_offset(&mut self, name: &str, size: u64) -> Result<Option<u64>, SyncError> {
        let request = tus(self.client.head(self.url(&["v1", "files", name])?));
        // An answer without a body: its headers have to say whose it is.
        let response = self.exchange(request, Vec::new(), Repeat::Once).await?;
        let (status, headers) = (response.status(), response.headers());
        match status {
            _ if status.is_success() => offset(&expect_tus(response)?, size).map(Some),
            StatusCode::NOT_FOUND if speaks_tus(headers) => Ok(None),
            _ if speaks_tus(headers) || is_ours(headers) => Err(SyncError::Server { status: status.as_u16(), problem: None }),
            _ => Err(SyncError::from_status(status.as_u16(), None)),
        }
    }

    /// Whether the server has a file.
    pub async fn has_file(&mut self, hash: &FileHash) -> Result<bool, SyncError> {
        Ok(self.upload_offset(&hash.to_string(), u64::MAX).await?.is_some())
    }

    /// `PATCH /v1/files/{name}`: more bytes; answers how far the server is then.
    pub async fn upload_part(&mut self, name: &str, at: u64, bytes: Vec<u8>, size: u64) -> Result<u64, SyncError> {
        let request = tus(self.client.patch(self.url(&["v1", "files", name])?));
        let request = request.header("Upload-Offset", at).header(header::CONTENT_TYPE, BODY_MEDIA);
        offset(&expect_tus(self.send(request, bytes, Repeat::Never).await?)?, size)
    }

    /// `GET /v1/files/{hash}`, going on behind what has come. What comes before a break is in `got` afterwards.
    pub async fn download(&mut self, hash: &FileHash, got: &mut Download) -> Result<(), SyncError> {
        let mut request = self.client.get(self.url(&["v1", "files", &hash.to_string()])?);
        if !got.bytes.is_empty() {
            request = request.header(header::RANGE, format!("bytes={}-", got.bytes.len()));
        }
        let mut response = self.send(request, Vec::new(), Repeat::Once).await?;
        let media = response.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        if !media.starts_with("image/") && !media.starts_with("audio/") {
            return Err(SyncError::BadAnswer("neither a picture nor a sound"));
        }
        if response.status() != StatusCode::PARTIAL_CONTENT {
            got.bytes.clear();
        } else if range_start(&response) != Some(got.bytes.len() as u64) {
            return Err(SyncError::BadAnswer("another range than asked for"));
        }
        got.media = media.to_owned();
        while let Some(chunk) = self.wait(SILENCE, response.chunk()).await? {
            self.traffic.bytes_down += chunk.len() as u64;
            if got.bytes.len() + chunk.len() > MAX_FILE {
                return Err(SyncError::BadAnswer("larger than is accepted"));
            }
            got.bytes.extend_from_slice(&chunk);
        }
        got.whole = true;
        Ok(())
    }
}

fn tus(request: RequestBuilder) -> RequestBuilder {
    request.header(RESUMABLE.0, RESUMABLE.1)
}

fn offset(response: &Response, size: u64) -> Result<u64, SyncError> {
    let value = response.headers().get("Upload-Offset").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    value.filter(|offset| *offset <= size).ok_or(SyncError::BadAnswer("an upload without its offset"))
}

/// Upload names and hashes are hexadecimal; anything else does not go into an address.
fn is_name(name: &str) -> bool {
    (16..=64).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_hexdigit())
}
