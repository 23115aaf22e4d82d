//! The headers of the tus 1.0 upload protocol (<https://tus.io/protocols/resumable-upload>): core, creation, creation with upload,
//! expiration.

use crate::{
    error::ApiError,
    files::{Asked, Begun, FileError, MAX_FILE},
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::str::FromStr;

const VERSION: &str = "1.0.0";
/// The media type of upload bodies.
const BODY_MEDIA: &str = "application/offset+octet-stream";
const EXTENSIONS: &str = "creation,creation-with-upload,expiration";
/// Longest media type of a file, in characters.
const MAX_MEDIA: usize = 64;

const RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const METHOD_OVERRIDE: HeaderName = HeaderName::from_static("x-http-method-override");

/// Refuses another version than ours.
pub fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    if headers.get(RESUMABLE).is_some_and(|v| v.as_bytes() == VERSION.as_bytes()) { Ok(()) } else { Err(FileError::Version.into()) }
}

/// Whether the request carries bytes of the file.
pub fn has_bytes(headers: &HeaderMap) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(BODY_MEDIA)
}

/// The method that is meant: some networks let only GET and POST through.
pub fn meant_method(headers: &HeaderMap) -> Option<&str> {
    headers.get(METHOD_OVERRIDE)?.to_str().ok()
}

/// `Upload-Offset`.
pub fn offset(headers: &HeaderMap) -> Result<u64, ApiError> {
    number(headers, &UPLOAD_OFFSET)
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Result<u64, ApiError> {
    let text = headers.get(name).and_then(|v| v.to_str().ok()).ok_or(FileError::BadUpload)?;
    text.trim().parse().map_err(|_| FileError::BadUpload.into())
}

/// What is to be uploaded: `Upload-Length`, and of `Upload-Metadata` the keys `sha256`, `doc` (both hexadecimal) and `media`.
pub fn asked(headers: &HeaderMap) -> Result<Asked, ApiError> {
    let size = number(headers, &UPLOAD_LENGTH)?;
    if size > MAX_FILE {
        return Err(FileError::TooLarge.into());
    }
    if size == 0 {
        return Err(FileError::BadUpload.into());
    }
    let text = headers.get(UPLOAD_METADATA).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = metadata(text, "media").ok_or(FileError::BadUpload)?;
    if !is_media(&media) {
        return Err(FileError::Media.into());
    }
    Ok(Asked { hash: parsed(text, "sha256")?, doc: parsed(text, "doc")?, media, size })
}

fn parsed<T: FromStr>(text: &str, key: &str) -> Result<T, ApiError> {
    metadata(text, key).and_then(|v| v.parse().ok()).ok_or_else(|| FileError::BadUpload.into())
}

fn metadata(text: &str, key: &str) -> Option<String> {
    let pair = text.split(',').map(str::trim).find_map(|pair| pair.strip_prefix(key)?.strip_prefix(' '))?;
    String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()
}

/// Pictures and sounds only, and none that a browser would run.
fn is_media(media: &str) -> bool {
    let known = media.starts_with("image/") || media.starts_with("audio/");
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'-' | b'.' | b';' | b'=' | b' ');
    known && media.len() <= MAX_MEDIA && media.bytes().all(plain) && !media.contains("svg")
}

/// What the server speaks: the answer to `OPTIONS`.
pub fn capabilities() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(TUS_EXTENSION, HeaderValue::from_static(EXTENSIONS));
    headers.insert(TUS_MAX_SIZE, HeaderValue::from(MAX_FILE));
    response
}

/// Every answer names the version, an error too; one that was asked in another version also says which there are.
pub fn mark(mut response: Response) -> Response {
    let refused = response.status() == StatusCode::PRECONDITION_FAILED;
    let headers = response.headers_mut();
    headers.insert(RESUMABLE, HeaderValue::from_static(VERSION));
    if refused {
        headers.insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    }
    response
}

/// An upload as it stands.
pub fn state(status: StatusCode, begun: Begun) -> Response {
    let mut response = status.into_response();
    let headers = response.headers_mut();
    let (place, offset, size) = match begun {
        Begun::Whole(hash, size) => (hash.to_string(), size, size),
        Begun::Under { id, offset, size, expires } => {
            if offset < size
                && let Some(date) = http_date(expires)
            {
                headers.insert(UPLOAD_EXPIRES, date);
            }
            (id.to_string(), offset, size)
        }
    };
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(offset));
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(size));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if status == StatusCode::CREATED
        && let Ok(location) = HeaderValue::from_str(&format!("/v1/files/{place}"))
    {
        headers.insert(header::LOCATION, location);
    }
    response
}

fn http_date(at: i64) -> Option<HeaderValue> {
    let text = chrono::DateTime::from_timestamp(at, 0)?.format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_by_key() {
        let b64 = |text: &str| STANDARD.encode(text);
        let text = format!("filename {}, media {},sha256 {},flag", b64("照片.jpg"), b64("image/jpeg"), b64("ab"));
        assert_eq!(metadata(&text, "media").as_deref(), Some("image/jpeg"));
        assert_eq!(metadata(&text, "sha256").as_deref(), Some("ab"));
        for missing in ["flag", "doc", "med"] {
            assert_eq!(metadata(&text, missing), None);
        }
        assert_eq!(metadata("media !!", "media"), None);
    }

    #[test]
    fn only_pictures_and_sounds() {
        for good in ["image/jpeg", "audio/webm;codecs=opus", "image/webp"] {
            assert!(is_media(good), "{good}");
        }
        for bad in ["text/html", "image/svg+xml", "application/javascript", "image/\r\nx", "", &format!("image/{}", "x".repeat(80))] {
            assert!(!is_media(bad), "{bad}");
        }
    }
}
