//! Reading bodies with a limit, and errors in our one shape.

use crate::error::ApiError;
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, header},
};

/// Reads a whole body of at most `limit` bytes. One that announces more is refused before a byte of it is read.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, ApiError> {
    let announced = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<u64>().ok());
    if announced.is_some_and(|n| n > limit as u64) {
        return Err(ApiError::BodyTooLarge);
    }
    axum::body::to_bytes(body, limit).await.map_err(|e| {
        // The only error of its own is the limit; everything else is the connection's.
        if e.to_string().contains("length limit") { ApiError::BodyTooLarge } else { ApiError::BodyCut }
    })
}

/// Whether the body is of the media type the route takes.
pub fn expect(headers: &HeaderMap, media: &str) -> Result<(), ApiError> {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if given.eq_ignore_ascii_case(media) { Ok(()) } else { Err(ApiError::WrongContent) }
}
