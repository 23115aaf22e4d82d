//! Small bridges between rows and our types.

use beehive_core::id::BadId;
use rusqlite::{Row, types::Type};
use std::error::Error;

/// Reads a binary id.
pub fn id<T>(row: &Row<'_>, i: usize, read: impl FnOnce(&[u8]) -> Result<T, BadId>) -> rusqlite::Result<T> {
    let bytes = row.get_ref(i)?.as_blob().map_err(|e| failed(i, Type::Blob, e))?;
    read(bytes).map_err(|e| failed(i, Type::Blob, e))
}

/// Says that a column does not hold what it should.
pub fn failed(i: usize, kind: Type, e: impl Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(i, kind, Box::new(e))
}

/// A length or count as SQLite stores it.
pub fn int(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A stored length or count.
pub fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}
