//! Giving files out.

use super::{FileError, access, disk};
use crate::{app::App, error::ApiError, sync::Caller};
use beehive_core::FileHash;

/// A file that the caller may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Which.
    pub hash: FileHash,
    /// Its length in bytes.
    pub size: u64,
    /// Its media type.
    pub media: String,
}

/// Finds a file for a caller. One that is not here and one that is not theirs are told alike. Blocks.
pub fn find(app: &App, caller: &Caller, hash: &FileHash) -> Result<File, ApiError> {
    let found = app.storage.read(|rows| {
        let row = rows.file(hash)?;
        Ok(if row.is_some() && access::may_have(app, rows, caller, hash)? { row } else { None })
    })?;
    let row = found.ok_or(FileError::NotHere)?;
    match app.files.blobs().size(hash).map_err(disk)? {
        Some(size) if size == row.size => Ok(File { hash: row.hash, size, media: row.media }),
        _ => {
            tracing::error!(%hash, "a file is missing from the folder or has another length");
            Err(FileError::NotHere.into())
        }
    }
}

/// The bytes from `first` to `last`, both inclusive. Blocks.
pub fn read(app: &App, file: &File, first: u64, last: u64) -> Result<Vec<u8>, ApiError> {
    if file.size == 0 {
        return Ok(Vec::new());
    }
    app.files.blobs().read(&file.hash, first, last).map_err(disk)
}
