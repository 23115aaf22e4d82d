//! Whose word an answer is. Between the phone and its server stand strangers: the login page of a Wi-Fi, a proxy, a gateway that is out of
//! breath. What they say must neither unenrol the phone nor drop an upload nor give a pack up: only what has our server's media type and shape
//! counts, and of an error only one that is certainly ours. Anything else is [`SyncError::BadAnswer`].

use super::SyncError;
use beehive_core::{
    Refusal,
    sync::{Problem, SERVER_HEADER},
};
use reqwest::{
    Response,
    header::{self, HeaderMap},
};

/// What an error of a server says that does not name itself yet: all codes there were until it did. Later ones need not be added.
const KNOWN: [&str; 44] = [
    "already_initialised",
    "bad_media",
    "bad_range",
    "bad_upload",
    "body_cut",
    "body_too_large",
    "credential_taken",
    "data_dir_in_use",
    "data_dir_unusable",
    "database_busy",
    "database_damaged",
    "database_error",
    "database_newer",
    "disk_full",
    "exists_already",
    "file_hash_differs",
    "file_not_here",
    "file_not_named",
    "file_quota",
    "file_too_large",
    "internal",
    "invitation_expired",
    "invitation_unknown",
    "invitation_used",
    "malformed_body",
    "method_not_allowed",
    "not_found",
    "not_initialised",
    "pack_unknown",
    "revoked",
    "row_unreadable",
    "storage_stopped",
    "timeout",
    "too_many_attempts",
    "too_many_groups",
    "too_many_uploads",
    "unauthorized",
    "unsupported_protocol",
    "unsupported_tus",
    "upload_busy",
    "upload_offset",
    "upload_too_long",
    "upload_unknown",
    "wrong_content",
];

/// Whether an answer has a media type.
pub(super) fn has_media(headers: &HeaderMap, media: &str) -> bool {
    let given = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    given.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(media)
}

/// Lets an answer pass that has a media type.
///
/// # Errors
/// [`SyncError::BadAnswer`].
pub(super) fn expect_media(response: Response, media: &str) -> Result<Response, SyncError> {
    if has_media(response.headers(), media) { Ok(response) } else { Err(SyncError::BadAnswer("another media type than our server's")) }
}

/// Lets an answer to the upload protocol pass.
///
/// # Errors
/// [`SyncError::BadAnswer`].
pub(super) fn expect_tus(response: Response) -> Result<Response, SyncError> {
    if speaks_tus(response.headers()) { Ok(response) } else { Err(SyncError::BadAnswer("not of the upload protocol")) }
}

/// Whether an answer is one to the upload protocol; of a question without a body (`HEAD`) it is all there is to go by.
pub(super) fn speaks_tus(headers: &HeaderMap) -> bool {
    headers.get("tus-resumable").is_some_and(|v| v.as_bytes() == b"1.0.0")
}

/// Whether an answer names our server.
pub(super) fn is_ours(headers: &HeaderMap) -> bool {
    headers.contains_key(SERVER_HEADER)
}

/// What our server said was wrong; `None` if this is not its word.
pub(super) fn problem(headers: &HeaderMap, body: &[u8]) -> Option<Problem> {
    let problem: Problem = has_media(headers, "application/json").then(|| serde_json::from_slice(body).ok()).flatten()?;
    let code = problem.code.as_str();
    let named = is_ours(headers);
    let known = KNOWN.contains(&code) || Refusal::from_code(code).is_some();
    (is_code(code) && !problem.message.is_empty() && (named || known)).then_some(problem)
}

pub(super) fn is_code(code: &str) -> bool {
    (1..=64).contains(&code.len()) && code.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use reqwest::header::HeaderValue;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (header::HeaderName::from_static(name), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn only_our_servers_errors_are_its_word() {
        let ours = br#"{"code":"upload_unknown","message":"m","hint":"h"}"#.as_slice();
        let new = br#"{"code":"of_next_year","message":"m","hint":"h"}"#.as_slice();
        let json = headers(&[("content-type", "application/json; charset=utf-8")]);
        let html = headers(&[("content-type", "text/html")]);
        let named = headers(&[("content-type", "application/json"), (SERVER_HEADER, "1")]);
        assert_eq!(problem(&json, ours).unwrap().code, "upload_unknown");
        assert_eq!(problem(&named, new).unwrap().code, "of_next_year");
        for (headers, body) in [
            (&html, ours),
            (&HeaderMap::new(), ours),
            (&json, new),
            (&json, br#"{"code":"unauthorized"}"#.as_slice()),
            (&json, br#"{"error":"unauthorized","message":"m","hint":"h"}"#.as_slice()),
            (&json, br#"{"code":"unauthorized","message":"","hint":""}"#.as_slice()),
            (&named, br#"{"code":"<script>","message":"m","hint":"h"}"#.as_slice()),
            (&named, b"<html>".as_slice()),
        ] {
            assert_eq!(problem(headers, body), None, "{}", String::from_utf8_lossy(body));
        }
    }
}
