//! Between SQLite's values and ours.

use crate::storage::{Result, StorageError};
use rusqlite::{ErrorCode, OptionalExtension as _, Row, types::FromSql};
use serde::{Serialize, de::DeserializeOwned};

/// SQLite's errors as ours: those that people can do something about have their own.
pub fn error(e: rusqlite::Error) -> StorageError {
    // Where not even the log's index (`-shm`, the first file to be made) fits, SQLite has a code of its own for a full disk.
    let no_room_for_index = e.sqlite_error().is_some_and(|e| e.extended_code == rusqlite::ffi::SQLITE_IOERR_SHMSIZE);
    match e.sqlite_error_code() {
        _ if no_room_for_index => StorageError::Full,
        Some(ErrorCode::DiskFull) => StorageError::Full,
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StorageError::Busy,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StorageError::Corrupt(e.to_string()),
        Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::SystemIoFailure) => {
            StorageError::Io(std::io::Error::other(e.to_string()))
        }
        Some(ErrorCode::ConstraintViolation) => StorageError::Exists,
        _ => StorageError::Database(e.to_string()),
    }
}

/// Counters fit into SQLite's signed integers for some 300,000 years.
pub fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A counter as stored.
pub fn uint(n: i64) -> Result<u64> {
    u64::try_from(n).map_err(|_| StorageError::BadRow("counter"))
}

/// A value as JSON text.
pub fn to_json<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| StorageError::BadRow("json"))
}

/// A value from JSON text.
pub fn from_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StorageError::BadRow("json"))
}

/// A plain enum as the code it has in JSON.
pub fn to_code<T: Serialize>(value: &T) -> Result<String> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(code)) => Ok(code),
        _ => Err(StorageError::BadRow("code")),
    }
}

/// A plain enum from its code.
pub fn from_code<T: DeserializeOwned>(code: String) -> Result<T> {
    serde_json::from_value(serde_json::Value::String(code)).map_err(|_| StorageError::BadRow("code"))
}

/// A column.
pub fn col<T: FromSql>(row: &Row<'_>, n: usize) -> Result<T> {
    row.get(n).map_err(error)
}

/// An id from its bytes.
pub fn id<T, E>(row: &Row<'_>, n: usize, read: impl Fn(&[u8]) -> std::result::Result<T, E>) -> Result<T> {
    let bytes = row.get_ref(n).map_err(error)?.as_blob().map_err(|_| StorageError::BadRow("id"))?;
    read(bytes).map_err(|_| StorageError::BadRow("id"))
}

/// One row, or none.
pub fn optional<T>(result: rusqlite::Result<Result<T>>) -> Result<Option<T>> {
    result.optional().map_err(error)?.transpose()
}
