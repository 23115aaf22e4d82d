//! What every request works with: the database, the directory of the street, the clock and the limits.

use crate::{
    directory::Directory,
    enroll::Throttle,
    error::ApiError,
    files::Files,
    storage::{Storage, StorageError},
    sync::PackLocks,
};
use beehive_core::StreetId;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Where the time comes from: seconds since 1970 (UTC). Passed in, so that tests can stand at a fixed date.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// The clock of the machine.
pub fn system_clock() -> Clock {
    Arc::new(|| chrono::Utc::now().timestamp())
}

/// The running server's state, shared by all requests.
pub struct App {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// Photos and voice notes.
    pub files: Files,
    /// The street's org tree and reference data.
    pub directory: Directory,
    /// The time.
    pub clock: Clock,
    /// Counts wrong invitation codes.
    pub throttle: Throttle,
    /// One pack of a scope is built at a time.
    pub pack_locks: PackLocks,
    /// Which street this is, once it was looked up: it never changes while a server runs.
    street: OnceLock<StreetId>,
    /// How many requests may compute at once; the others wait their turn instead of taking memory.
    cpu: Semaphore,
}

impl App {
    /// The state over a database and its files.
    pub fn new(storage: Arc<dyn Storage>, files: Files, clock: Clock) -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            storage,
            files,
            directory: Directory::default(),
            clock,
            throttle: Throttle::default(),
            pack_locks: PackLocks::default(),
            street: OnceLock::new(),
            cpu: Semaphore::new(cores * 2),
        }
    }

    /// The time now.
    pub fn now(&self) -> i64 {
        (self.clock)()
    }

    /// Which street this is. Reads the database once.
    ///
    /// # Errors
    /// It cannot be read, or was never initialised.
    pub fn street(&self) -> Result<StreetId, StorageError> {
        if let Some(known) = self.street.get() {
            return Ok(*known);
        }
        let found = self.storage.read(|rows| rows.meta())?.ok_or(StorageError::Absent)?.street;
        Ok(*self.street.get_or_init(|| found))
    }

    /// Runs work that computes or waits for the disk on a thread where it holds nobody up.
    pub async fn off_thread<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&App) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.cpu.acquire().await.map_err(|_| ApiError::Internal)?;
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app)).await.map_err(|e| {
            tracing::error!(error = %e, "a request's work panicked");
            ApiError::Internal
        })?
    }
}
