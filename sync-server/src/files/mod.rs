//! Photos and voice notes: taken in parts by the tus protocol, checked against their hash, kept by it, and given to whoever may read a
//! record that names them.

mod access;
mod blobs;
mod error;
mod give;
mod parts;
mod receive;
mod upload;

pub use blobs::{Blobs, LocalBlobs};
pub use error::FileError;
pub use give::{File, find, read};
pub use receive::receive;
pub use upload::{Begun, begin, state};

use crate::{
    app::App,
    error::ApiError,
    storage::{StorageError, UploadId, UploadRow},
};
use beehive_core::{DocId, FileHash};
use parts::Parts;
use std::{
    io,
    path::Path,
    sync::atomic::{AtomicI64, Ordering},
};

/// The largest file, in bytes: whatever a phone keeps.
pub const MAX_FILE: u64 = beehive_core::media::MAX_FILE as u64;
/// What a device may begin to upload within a day, in bytes.
pub const MAX_DAY: u64 = 512 * 1024 * 1024;
/// How many uploads a device may begin within a day.
pub const MAX_DAY_FILES: u64 = 5_000;
/// How many uploads of a device may be unfinished.
pub const MAX_UNFINISHED: u64 = 64;
/// How long an unfinished upload is kept, in seconds.
pub const EXPIRY: i64 = 7 * 86_400;
/// How often expired uploads are looked for, in seconds.
const SWEEP_EVERY: i64 = 600;
/// The folder within the data folder.
pub const FOLDER: &str = "files";

/// Where files are.
pub struct Files {
    parts: Parts,
    blobs: Box<dyn Blobs>,
    swept: AtomicI64,
}

impl Files {
    /// Files in a server's data folder.
    pub fn in_folder(data: &Path) -> Self {
        let root = data.join(FOLDER);
        Self { parts: Parts::new(root.join("parts")), blobs: Box::new(LocalBlobs::new(root)), swept: AtomicI64::new(0) }
    }

    /// The whole ones.
    pub fn blobs(&self) -> &dyn Blobs {
        &*self.blobs
    }
}

/// What an upload says of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The SHA-256 that its bytes will have.
    pub hash: FileHash,
    /// The record that names it.
    pub doc: DocId,
    /// Its media type.
    pub media: String,
    /// Its length in bytes.
    pub size: u64,
}

/// Erases uploads that were not finished in time, if it is time to look. Blocks.
pub fn sweep(app: &App) -> Result<(), ApiError> {
    let (now, last) = (app.now(), app.files.swept.load(Ordering::Relaxed));
    if last != 0 && (now - last).abs() < SWEEP_EVERY {
        return Ok(());
    }
    app.files.swept.store(now, Ordering::Relaxed);
    let expired: Vec<UploadRow> = app.storage.read(|rows| rows.uploads_before(now - EXPIRY))?;
    for upload in &expired {
        app.files.parts.erase(&upload.id).map_err(disk)?;
    }
    let ids: Vec<UploadId> = expired.iter().map(|u| u.id).collect();
    if !ids.is_empty() {
        app.storage.write(move |tx| ids.iter().try_for_each(|id| tx.drop_upload(id)))?;
    }
    if last == 0 {
        let known = app.storage.read(|rows| rows.upload_ids())?;
        app.files.parts.keep_only(&known).map_err(disk)?;
    }
    Ok(())
}

/// A failure of the disk as the storage tells it.
fn disk(e: io::Error) -> ApiError {
    let full = matches!(e.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    ApiError::Storage(if full { StorageError::Full } else { StorageError::Io(e) })
}
