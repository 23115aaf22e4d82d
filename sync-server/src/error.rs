//! Everything a request can be answered with instead of what it asked for: one type, one JSON shape ([`Problem`]).

use crate::{enroll::EnrollError, files::FileError, secret::RandomError, storage::StorageError};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use beehive_core::{
    Refusal,
    sync::{FrameError, OTHER_STREET, Problem},
};

/// Why a request was not answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// No credential, or one that is not known.
    #[error("unauthorized")]
    Unauthorized,
    /// The credential was revoked.
    #[error("revoked")]
    Revoked,
    /// The request was meant for another street. Nothing of it was read.
    #[error("meant for another street")]
    OtherStreet,
    /// No such address.
    #[error("not found")]
    NotFound,
    /// The address exists, but not with this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// No such pack, or not for this caller.
    #[error("unknown pack")]
    PackUnknown,
    /// The range asked for lies outside the pack.
    #[error("range not satisfiable")]
    BadRange {
        /// The pack's length in bytes.
        size: u64,
    },
    /// Larger than is read.
    #[error("body too large")]
    BodyTooLarge,
    /// Another media type than the route takes.
    #[error("wrong content type")]
    WrongContent,
    /// The body cannot be read as what it should be.
    #[error("malformed body")]
    BadBody,
    /// The body stopped coming.
    #[error("the body ended early")]
    BodyCut,
    /// A protocol version this server does not speak.
    #[error("unsupported protocol")]
    UnsupportedProtocol,
    /// More documents in one push than are judged at once.
    #[error("too many groups")]
    TooManyGroups,
    /// A rule of the street forbids it.
    #[error("not allowed: {0}")]
    NotAllowed(Refusal),
    /// It took too long.
    #[error("timeout")]
    Timeout,
    /// Enrolment failed.
    #[error(transparent)]
    Enroll(#[from] EnrollError),
    /// A file was not taken or given.
    #[error(transparent)]
    File(#[from] FileError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// A fault of this program. What happened is in the log, never in the answer.
    #[error("internal")]
    Internal,
}

impl From<RandomError> for ApiError {
    fn from(_: RandomError) -> Self {
        Self::Internal
    }
}

impl From<FrameError> for ApiError {
    fn from(e: FrameError) -> Self {
        match e {
            FrameError::TooLarge => Self::BodyTooLarge,
            FrameError::Zstd | FrameError::Cbor => Self::BadBody,
        }
    }
}

impl ApiError {
    /// Status, stable code, what happened, and what to do.
    pub fn parts(&self) -> (StatusCode, &'static str, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Unauthorized => {
                (S::UNAUTHORIZED, "unauthorized", "服务器不认得这台手机。没送出的记录还在本机。", "请向管理员要一张新邀请。")
            }
            Self::Revoked => (S::FORBIDDEN, "revoked", "这台手机已被停用。", "没送出的记录会交给负责人处理；请联系管理员。"),
            Self::OtherStreet => (
                S::MISDIRECTED_REQUEST,
                OTHER_STREET,
                "这个地址上是另一个街道的服务器，送来的内容一点也没有收。记录都在手机里。",
                "请联系管理员核对服务器地址；要换到这个街道，请用它发的邀请登记。",
            ),
            Self::NotFound => (S::NOT_FOUND, "not_found", "没有这个地址。", "请检查服务器地址，或更新应用。"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", "这个地址不能这样用。", "请更新应用后再试。"),
            Self::PackUnknown => (S::NOT_FOUND, "pack_unknown", "这个数据包已经不在了。", "请重新同步一次，会给出新的数据包。"),
            Self::BadRange { .. } => (S::RANGE_NOT_SATISFIABLE, "bad_range", "续传的位置不对。", "请从头下载这个数据包。"),
            Self::BodyTooLarge => {
                (S::PAYLOAD_TOO_LARGE, "body_too_large", "一次送的内容太大，没有收下。内容还在本机。", "请更新应用，它会分几次送。")
            }
            Self::WrongContent => (S::UNSUPPORTED_MEDIA_TYPE, "wrong_content", "送来的内容类型不对，没有收下。", "请更新应用后再试。"),
            Self::BadBody => (
                S::BAD_REQUEST,
                "malformed_body",
                "送来的内容读不懂，没有收下。内容还在本机。",
                "请再试一次；一直这样，请更新应用或换一个网络。",
            ),
            Self::BodyCut => (S::BAD_REQUEST, "body_cut", "内容没有送完就断了，没有收下。内容还在本机。", "请在信号好的地方再试一次。"),
            Self::UnsupportedProtocol => {
                (S::UPGRADE_REQUIRED, "unsupported_protocol", "手机和服务器的版本对不上。记录都在本机。", "请更新应用后再同步。")
            }
            Self::TooManyGroups => {
                (S::PAYLOAD_TOO_LARGE, "too_many_groups", "一次送的记录太多，没有收下。内容还在本机。", "请更新应用，它会分几次送。")
            }
            Self::NotAllowed(refusal) => (S::FORBIDDEN, refusal.code(), refusal.sentence(), "需要帮忙，请联系网格长或管理员。"),
            Self::Timeout => (S::REQUEST_TIMEOUT, "timeout", "网络太慢，这次没有送完。内容还在本机。", "请在信号好的地方再试一次。"),
            Self::Enroll(e) => e.parts(),
            Self::File(e) => e.parts(),
            Self::Storage(e) => {
                let status = if e.is_passing() { S::SERVICE_UNAVAILABLE } else { S::INTERNAL_SERVER_ERROR };
                (status, e.code(), e.sentence(), "手机上的记录都在，稍后会自动再送；一直这样，请告诉管理员。")
            }
            Self::Internal => {
                (S::INTERNAL_SERVER_ERROR, "internal", "服务器内部出错，这次没有做成。", "请稍后再试；一直这样，请告诉管理员。")
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message, hint) = self.parts();
        if status.is_server_error() {
            tracing::error!(code, error = %self, "request failed");
        }
        let problem = Problem { code: code.into(), message: message.into(), hint: hint.into() };
        let mut response = (status, Json(problem)).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            Self::BadRange { size } => {
                if let Ok(value) = HeaderValue::from_str(&format!("bytes */{size}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            Self::Enroll(EnrollError::TooManyAttempts) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
            }
            Self::File(FileError::Quota | FileError::TooMany) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("3600"));
            }
            _ => {}
        }
        response
    }
}
