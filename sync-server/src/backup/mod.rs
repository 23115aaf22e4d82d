//! One archive that a whole server comes back from: the database as of one moment, photos and voice notes, the rescue key.
//!
//! `tar` in `zstd`: `manifest.json` first, then what it names, each with its length and SHA-256, so that a copy that was cut or changed is
//! noticed before anything is written. An archive holds residents' data in the clear: it belongs on an encrypted disk, like the server.

mod archive;
mod make;
mod restore;

pub use archive::{Entry, FORMAT, Manifest, check};
pub use make::make;
pub use restore::{NUMBERS_LEFT_OUT, Restored, restore};

use crate::{secret::RandomError, storage::StorageError};
use beehive_machine::export::ExportError;
use std::io;

/// Why there is no backup, or why it was not restored.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The archive cannot be written where it should be.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// It is no archive of this program, or was cut or changed.
    #[error("not a whole archive: {0}")]
    Damaged(String),
    /// A newer program made it.
    #[error("made by a newer program (format {0})")]
    Newer(u32),
    /// Files or folders.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The database.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// No randomness for the new epoch.
    #[error(transparent)]
    Random(#[from] RandomError),
}
