//! Why a file was not taken or given.

use axum::http::StatusCode;

/// Why a file was not taken or given. A stable code, what happened, what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// A header of the upload protocol is missing or cannot be read.
    #[error("a header of the upload is missing or malformed")]
    BadUpload,
    /// Another version of the upload protocol.
    #[error("unsupported version of tus")]
    Version,
    /// Neither a picture nor a sound.
    #[error("media type not taken")]
    Media,
    /// Larger than is taken.
    #[error("file too large")]
    TooLarge,
    /// More bytes than were announced.
    #[error("more than was announced")]
    TooLong,
    /// No record that the caller's duty reaches names this file.
    #[error("no reachable record names the file")]
    NotNamed,
    /// No such upload, or not this device's.
    #[error("unknown upload")]
    UnknownUpload,
    /// The part does not begin where the last one ended.
    #[error("wrong offset")]
    Offset,
    /// Somebody else goes on with this upload.
    #[error("the upload is being written")]
    Busy,
    /// The bytes are not those of the announced hash. They were erased.
    #[error("hash mismatch")]
    HashDiffers,
    /// As much as a device may upload in a day.
    #[error("daily quota")]
    Quota,
    /// As many unfinished uploads as a device may have.
    #[error("too many unfinished uploads")]
    TooMany,
    /// The file is not here, or not for this caller: the same to them.
    #[error("file not here")]
    NotHere,
}

impl FileError {
    /// Status, stable code, what happened, and what to do.
    pub fn parts(self) -> (StatusCode, &'static str, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadUpload => (S::BAD_REQUEST, "bad_upload", "这次上传的说明不完整，没有收下。文件还在本机。", "请更新应用后再试。"),
            Self::Version => (S::PRECONDITION_FAILED, "unsupported_tus", "上传方式的版本对不上。文件还在本机。", "请更新应用后再试。"),
            Self::Media => (S::UNSUPPORTED_MEDIA_TYPE, "bad_media", "这个文件不是照片也不是录音，没有收下。", "请换成照片或录音。"),
            Self::TooLarge => {
                (S::PAYLOAD_TOO_LARGE, "file_too_large", "这个文件太大，服务器没有收下。文件还在本机。", "请把照片缩小，或重拍一张再加。")
            }
            Self::TooLong => {
                (S::BAD_REQUEST, "upload_too_long", "送来的比说好的多，多出的没有收下。", "请再试一次；一直这样，请更新应用。")
            }
            Self::NotNamed => (
                S::FORBIDDEN,
                "file_not_named",
                "服务器上还没有用到这个文件的记录，或者您不再负责那里。文件还在本机。",
                "请先把记录送出；不再负责的，请联系网格长。",
            ),
            Self::UnknownUpload => (S::NOT_FOUND, "upload_unknown", "这次上传已经过期。文件还在本机。", "会自动从头再送。"),
            Self::Offset => (S::CONFLICT, "upload_offset", "续传的位置不对，没有收下。", "会自动核对位置再送。"),
            Self::Busy => (S::LOCKED, "upload_busy", "这个文件正在送，先等它停下。", "请稍后再试。"),
            Self::HashDiffers => (
                StatusCode::from_u16(460).unwrap_or(S::BAD_REQUEST),
                "file_hash_differs",
                "收到的内容和原来的不一样，已经丢弃。文件还在本机。",
                "会自动从头再送。",
            ),
            Self::Quota => (S::TOO_MANY_REQUESTS, "file_quota", "这台手机今天送的文件够多了。文件还在本机，没有丢。", "明天会自动接着送。"),
            Self::TooMany => (S::TOO_MANY_REQUESTS, "too_many_uploads", "这台手机有太多没送完的文件。文件还在本机。", "请稍后再试。"),
            Self::NotHere => (S::NOT_FOUND, "file_not_here", "服务器上还没有这个文件。", "可能拍照的手机还没有把它送到，请过一会儿再取。"),
        }
    }
}
