//! What can go wrong with the store: opening it and using it are two different lists.

use crate::api::ApiError;
use beehive_core::{
    GateError, Refusal,
    author::WriteError,
    sync::{FrameError, OTHER_STREET},
};
use std::{io, path::PathBuf};
use thiserror::Error;

/// The store cannot be opened. Nothing in it was changed.
#[derive(Debug, Error)]
pub enum OpenError {
    /// Another process has it open.
    #[error("another process has the store in {0} open")]
    Locked(PathBuf),
    /// A newer program made it.
    #[error("the store has schema {found}, this program knows up to {known}")]
    NewerSchema {
        /// Of the file.
        found: i64,
        /// The newest this program knows.
        known: i64,
    },
    /// The key given is not the one it was made with.
    #[error("the store was made with another key")]
    WrongKey,
    /// The disk is full.
    #[error("no room on the disk")]
    DiskFull,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// A file or folder cannot be read or written.
    #[error("{path} cannot be used: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A database is damaged where opening met it. It is salvaged when it is opened once more.
    #[error("the store's file is damaged")]
    Damaged,
    /// SQLite reports something else.
    #[error("the store cannot be opened: {0}")]
    Sql(rusqlite::Error),
    /// What is in it cannot be used.
    #[error("the store cannot be used: {0}")]
    Unusable(String),
}

impl OpenError {
    /// A file or folder that cannot be read or written, or for which there is no room.
    pub(crate) fn io(path: impl Into<PathBuf>, source: io::Error) -> Self {
        if has_no_room(&source) { Self::DiskFull } else { Self::Io { path: path.into(), source } }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.words().0
    }

    /// What happened, in Chinese.
    pub fn message(&self) -> &'static str {
        self.words().1
    }

    /// The one thing to do next, in Chinese.
    pub fn hint(&self) -> &'static str {
        self.words().2
    }

    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Locked(_) => ("store_locked", "这里的记录正被另一个程序打开着。", "请先关掉另一个蜂巢程序，再打开这个。"),
            Self::NewerSchema { .. } => {
                ("store_newer", "这台手机上的记录是新版本程序存的，旧版本打不开。记录都在，没有丢。", "请更新到最新版本再打开。")
            }
            Self::WrongKey => ("wrong_key", "打不开这台手机上的记录：密钥不对。记录都在，没有改动。", "请联系管理员；不要清除应用数据。"),
            Self::DiskFull => ("disk_full", "手机没有空间了，打不开记录。已存的记录没有丢。", "请删掉一些照片或应用，再重新打开。"),
            Self::Random => ("no_randomness", "系统给不出随机数，无法安全地打开记录。", "请重启手机后再试。"),
            Self::Io { .. } => ("store_io", "读写手机存储时出错。已存的记录没有丢。", "请重启手机后再试；还不行，请联系管理员。"),
            Self::Damaged | Self::Sql(_) | Self::Unusable(_) => {
                ("store_sql", "打不开这台手机上的记录。", "请重启手机后再试；还不行，请联系管理员，不要清除应用数据。")
            }
        }
    }

    /// In the form every caller of the API knows.
    pub fn api(&self) -> ApiError {
        ApiError { code: self.code().into(), message: self.message().into(), hint: self.hint().into() }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(e: rusqlite::Error) -> Self {
        StoreError::from(e).into()
    }
}

impl From<StoreError> for OpenError {
    fn from(e: StoreError) -> Self {
        match e {
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Damaged => Self::Damaged,
            StoreError::Sql(e) => Self::Sql(e),
            other => Self::Unusable(other.to_string()),
        }
    }
}

/// Whether an error means that there is no room. Where not even the log's index (`-shm`, the first file to be made) fits, SQLite has a
/// code of its own for it.
fn is_full(e: &rusqlite::Error) -> bool {
    e.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull)
        || e.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE)
}

/// Whether a file could not be written because there is no room, for anybody or for us.
fn has_no_room(e: &io::Error) -> bool {
    matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// The store cannot do what was asked. The transaction was rolled back: what was saved before is as it was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The disk is full.
    #[error("no room on the disk")]
    DiskFull,
    /// The file is damaged. It will be checked, salvaged and set aside at the next start.
    #[error("the store's file is damaged")]
    Damaged,
    /// SQLite reports something else.
    #[error("the store: {0}")]
    Sql(rusqlite::Error),
    /// A file cannot be read or written.
    #[error("a file of the store: {0}")]
    Io(io::Error),
    /// What is stored does not have the form this program writes.
    #[error("stored data cannot be read: {0}")]
    Unreadable(&'static str),
    /// What was to be written to a document can't be.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The phone is not enrolled.
    #[error("the phone is not enrolled")]
    NotEnrolled,
    /// Another member's unsent work is on this phone.
    #[error("another member's unsent work is on this phone")]
    OtherMember,
    /// What came is of another street than the one that is open.
    #[error("of another street")]
    OtherStreet,
    /// A pack's bytes are not a pack.
    #[error("a pack is damaged: {0}")]
    BadPack(#[from] FrameError),
    /// A piece of a pack does not begin where the last one ended.
    #[error("a piece of a pack begins at {got}, {expected} was expected")]
    PackOffset {
        /// Where the last piece ended.
        expected: u64,
        /// Where this one begins.
        got: u64,
    },
    /// There is no such pack to fetch.
    #[error("no such pack")]
    NoSuchPack,
    /// The pack is not complete yet.
    #[error("the pack is not complete")]
    PackIncomplete,
    /// The file is larger than is kept.
    #[error("a file of {size} bytes is larger than {limit}")]
    FileTooLarge {
        /// Its length in bytes.
        size: usize,
        /// The most that is kept.
        limit: usize,
    },
    /// There is no such record here.
    #[error("no such record")]
    NoSuchRecord,
    /// There is no such refused entry, or it cannot be made anew.
    #[error("no such entry")]
    NoSuchEntry,
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Random,
    /// Policy forbids it.
    #[error("refused: {}", .0.code())]
    Refused(Refusal),
}

impl StoreError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        self.words().0
    }

    /// In the form every caller of the API knows.
    pub fn api(&self) -> ApiError {
        let (code, message, hint) = self.words();
        ApiError { code: code.into(), message: message.into(), hint: hint.into() }
    }

    fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::DiskFull => ("disk_full", "手机没有空间了，这次没有存上。以前存的都在。", "请删掉一些照片或应用，再存一次。"),
            Self::Damaged => ("store_damaged", "手机上的记录文件有损坏，这次没有存上。", "请关掉程序再打开，程序会先抢救没送出的记录。"),
            Self::Sql(_) => ("store_sql", "读写手机上的记录时出错，这次没有存上。", "请再试一次；还不行，请重启手机。"),
            Self::Io(_) => ("store_io", "读写手机存储时出错，这次没有存上。", "请再试一次；还不行，请重启手机。"),
            Self::Unreadable(_) => {
                ("store_unreadable", "有一条存着的内容读不出来。其他记录不受影响。", "请联网同步一次；还不行，请联系管理员。")
            }
            Self::Write(WriteError::Gate(GateError::BadValue | GateError::TooLarge | GateError::TooMany)) => {
                ("too_long", "写得太长了，这次没有存上。", "请写短一些，或者分成几步来写。")
            }
            Self::Write(WriteError::Gate(GateError::RecordFull)) => {
                ("too_many_changes", "这件事已经记满了，这次没有存上。以前存的都在。", "请另记一件，接着往下写，并注明是同一件事。")
            }
            Self::Write(WriteError::BadField) => ("unknown_field", "这一项不能修改。", "请在“详细情况”里写明。"),
            Self::NoSuchRecord => ("no_such_record", "这台手机上没有这件事。", "它可能已经转到别处；请回到清单，或同步一次再找。"),
            Self::NoSuchEntry => ("no_such_entry", "这一条已经处理过了，或者不能重做。", "请回到列表看看现在的情况。"),
            Self::Write(_) => {
                ("document_unusable", "这条记录写不进去，这次没有存上。以前存的都在。", "请联网同步一次再试；还不行，请联系管理员。")
            }
            Self::NotEnrolled => ("not_enrolled", "这台手机还没有登记。", "请向网格长要一张邀请码，登记后再用。"),
            Self::OtherMember => ("other_member", "这台手机上还有另一位同志没送出的记录。", "请先用原来的身份联网送出，再登记新的身份。"),
            Self::OtherStreet => (
                OTHER_STREET,
                "这是另一个街道的，没有收进来，这里的记录也没有给它。",
                "请联系管理员核对；要换街道，请用那个街道发的邀请登记。",
            ),
            Self::BadPack(_) => ("pack_damaged", "收到的数据不完整，没有采用。", "请再同步一次。"),
            Self::PackOffset { .. } | Self::NoSuchPack | Self::PackIncomplete => {
                ("pack_out_of_step", "下载的数据接不上。", "请再同步一次。")
            }
            Self::FileTooLarge { .. } => ("file_too_large", "这张照片太大了，没有存。文字没有受影响。", "请把照片缩小或重拍一张再加。"),
            Self::Random => ("no_randomness", "系统给不出随机数，这次没有存上。", "请重启手机后再试。"),
            Self::Refused(r) => {
                let (message, hint) = crate::engine::words::split_sentence(r.sentence());
                (r.code(), message, hint)
            }
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(e: rusqlite::Error) -> Self {
        match e.sqlite_error_code() {
            _ if is_full(&e) => Self::DiskFull,
            Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => Self::Damaged,
            _ => Self::Sql(e),
        }
    }
}

impl From<OpenError> for StoreError {
    fn from(e: OpenError) -> Self {
        match e {
            OpenError::DiskFull => Self::DiskFull,
            OpenError::Random => Self::Random,
            OpenError::Sql(e) => e.into(),
            OpenError::Io { source, .. } => source.into(),
            other => Self::Io(io::Error::other(other.to_string())),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(e: io::Error) -> Self {
        if has_no_room(&e) { Self::DiskFull } else { Self::Io(e) }
    }
}

impl From<serde_json::Error> for StoreError {
    fn from(_: serde_json::Error) -> Self {
        Self::Unreadable("json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_room_is_called_that_whoever_meets_it() {
        for kind in [io::ErrorKind::StorageFull, io::ErrorKind::QuotaExceeded] {
            assert_eq!(StoreError::from(io::Error::from(kind)).code(), "disk_full");
            assert_eq!(OpenError::io("actor", kind.into()).code(), "disk_full");
        }
        assert_eq!(StoreError::from(io::Error::from(io::ErrorKind::PermissionDenied)).code(), "store_io");
        assert_eq!(OpenError::io("actor", io::ErrorKind::PermissionDenied.into()).code(), "store_io");
    }
}
