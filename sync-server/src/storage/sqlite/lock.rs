//! One `serve` per data folder. Admin commands do not take the lock: they work beside a running server.

use crate::storage::{Result, StorageError};
use beehive_machine::private;
use std::{
    fs::{File, TryLockError},
    path::Path,
};

/// Held while a server runs; the operating system releases it even after `kill -9`.
pub struct ServeLock {
    _file: File,
}

impl ServeLock {
    /// Takes the lock of a data folder.
    ///
    /// # Errors
    /// [`StorageError::Locked`] if another process has it.
    pub fn take(dir: &Path) -> Result<Self> {
        let file = private::options().create(true).truncate(false).write(true).open(dir.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StorageError::Locked),
            Err(TryLockError::Error(e)) => Err(e.into()),
        }
    }
}
