//! What the server needs of a database, as traits, so that a street can start with one file and move to PostgreSQL later.
//!
//! A backend hands out transactions: [`Storage::read`] gives a consistent snapshot, [`Storage::write`] a transaction that is on
//! disk when it returns. Inside them the row methods of [`Read`] and [`Write`] are all there is; no SQL outside a backend. What a
//! backend must keep to is the suite in `conformance`.

mod account;
#[cfg(test)]
pub mod conformance;
mod delivery;
mod document;
mod error;
mod file;
mod reference;
pub mod sqlite;

pub use account::{ActorRow, Device, Invitation, ReadAccounts, WriteAccounts};
pub use delivery::{AsideRow, Decision, PackMeta, PackRow, ReadDelivery, SeenRow, ViewRow, WriteDelivery};
pub use document::{ChangeRow, Counter, DocumentRow, DocumentSize, LogEntry, LogKind, NewChange, NewEntry, ReadDocuments, WriteDocuments};
pub use error::StorageError;
pub use file::{FileRow, ReadFiles, UploadId, UploadRow, WriteFiles};
pub use reference::{ByWhom, ReadReference, ReferenceSet, Versions, WriteReference};
pub use sqlite::SqliteStorage;

use beehive_core::{Epoch, StreetId};
use std::sync::{Arc, Mutex, PoisonError};

/// A result of the storage.
pub type Result<T> = std::result::Result<T, StorageError>;

/// What is known of the database as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meta {
    /// One life of the database.
    pub epoch: Epoch,
    /// The name of the street.
    pub tenant: String,
    /// Which street: random at `init`, kept by every restore.
    pub street: StreetId,
}

/// Settings that the program keeps for itself, by name.
pub mod setting {
    /// The address given to `init --url`: what invitations name.
    pub const PUBLIC_URL: &str = "public_url";
    /// The address that `serve` was last bound to: what invitations name while none is configured.
    pub const BOUND_URL: &str = "bound_url";
    /// The half of the rescue key that phones get (hexadecimal).
    pub const RESCUE_KEY: &str = "rescue_key";
    /// The street's rules as JSON; absent = the usual ones.
    pub const RULES: &str = "rules";
}

/// Rows about the database as a whole.
pub trait ReadMeta {
    /// Epoch, tenant and street; `None` before `init`.
    fn meta(&self) -> Result<Option<Meta>>;
    /// A setting of [`setting`].
    fn setting(&self, name: &str) -> Result<Option<String>>;
    /// The version of the tables.
    fn schema_version(&self) -> Result<u32>;
    /// What the database says of its own soundness: empty = sound.
    fn integrity(&self) -> Result<Vec<String>>;
}

/// Writes about the database as a whole.
pub trait WriteMeta {
    /// Sets epoch, tenant and street.
    fn set_meta(&self, meta: &Meta) -> Result<()>;
    /// Stores a setting.
    fn set_setting(&self, name: &str, value: &str) -> Result<()>;
}

/// Everything that can be read, within one consistent snapshot.
pub trait Read: ReadMeta + ReadReference + ReadAccounts + ReadDocuments + ReadDelivery + ReadFiles {}
impl<T: ReadMeta + ReadReference + ReadAccounts + ReadDocuments + ReadDelivery + ReadFiles> Read for T {}

/// Everything that can be written, within one transaction. A writer also reads, and sees what it wrote.
pub trait Write: Read + WriteMeta + WriteReference + WriteAccounts + WriteDocuments + WriteDelivery + WriteFiles {
    /// The reading side. (A method, so that a `&dyn Write` can be passed where a `&dyn Read` is wanted.)
    fn as_read(&self) -> &dyn Read;
}

/// Work for one write transaction. An error undoes this work and nothing else.
pub type WriteJob = Box<dyn FnOnce(&dyn Write) -> Result<()> + Send>;
/// Told when the work is on disk, or why it is not.
pub type Done = Box<dyn FnOnce(Result<()>) + Send>;

/// A database.
pub trait Storage: Send + Sync + 'static {
    /// Runs `work` on one consistent snapshot. Blocks; call it off the async threads.
    fn read_with(&self, work: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()>;

    /// Queues `job`; `done` is called once, after the job is on disk (one disk sync may serve many jobs) or has failed.
    fn submit(&self, job: WriteJob, done: Done);
}

impl dyn Storage {
    /// Runs `work` on one consistent snapshot and gives back what it found. Blocks.
    pub fn read<T>(&self, work: impl FnOnce(&dyn Read) -> Result<T>) -> Result<T> {
        let mut work = Some(work);
        let mut found = None;
        self.read_with(&mut |rows| {
            if let Some(work) = work.take() {
                found = Some(work(rows)?);
            }
            Ok(())
        })?;
        found.ok_or(StorageError::Stopped)
    }

    /// Runs `job` in a transaction and returns when it is on disk. Blocks.
    pub fn write<T: Send + 'static>(&self, job: impl FnOnce(&dyn Write) -> Result<T> + Send + 'static) -> Result<T> {
        let (tell, told) = std::sync::mpsc::sync_channel(1);
        self.queue(job, move |result| {
            // Whoever asked may have gone away; the work is done all the same.
            let _ = tell.send(result);
        });
        told.recv().unwrap_or(Err(StorageError::Stopped))
    }

    /// Runs `job` in a transaction; the future is ready when it is on disk. Does not block.
    pub async fn write_async<T: Send + 'static>(&self, job: impl FnOnce(&dyn Write) -> Result<T> + Send + 'static) -> Result<T> {
        let (tell, told) = tokio::sync::oneshot::channel();
        self.queue(job, move |result| {
            let _ = tell.send(result);
        });
        told.await.unwrap_or(Err(StorageError::Stopped))
    }

    fn queue<T: Send + 'static>(
        &self,
        job: impl FnOnce(&dyn Write) -> Result<T> + Send + 'static,
        done: impl FnOnce(Result<T>) + Send + 'static,
    ) {
        let slot = Arc::new(Mutex::new(None));
        let filled = slot.clone();
        self.submit(
            Box::new(move |rows| {
                let value = job(rows)?;
                *slot.lock().unwrap_or_else(PoisonError::into_inner) = Some(value);
                Ok(())
            }),
            Box::new(move |result| {
                let value = filled.lock().unwrap_or_else(PoisonError::into_inner).take();
                done(result.and_then(|()| value.ok_or(StorageError::Stopped)));
            }),
        );
    }
}
