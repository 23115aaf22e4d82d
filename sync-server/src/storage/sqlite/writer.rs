//! The one writer, with group commit: whatever is queued goes into one transaction and shares one disk sync, each job in a savepoint
//! of its own, so that a failing one takes nobody with it.

use super::{Rows, convert::error};
use crate::storage::{Done, Result, StorageError, WriteJob};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, Sender, channel},
    },
    thread::JoinHandle,
};

/// The most jobs that share a transaction: bounds how long the first one waits for its answer.
const MAX_GROUP: usize = 256;

type Queued = (WriteJob, Done);

/// What the writer has done so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommitStats {
    /// Jobs that were run.
    pub jobs: u64,
    /// Transactions, that is, disk syncs.
    pub commits: u64,
}

#[derive(Default)]
struct Counters {
    jobs: AtomicU64,
    commits: AtomicU64,
}

pub(super) struct Writer {
    queue: Option<Sender<Queued>>,
    thread: Option<JoinHandle<()>>,
    counters: Arc<Counters>,
}

impl Writer {
    pub(super) fn start(conn: Connection) -> Result<Self> {
        let (queue, jobs) = channel();
        let counters = Arc::new(Counters::default());
        let of_thread = counters.clone();
        let thread = std::thread::Builder::new().name("storage-writer".into()).spawn(move || run(conn, &jobs, &of_thread))?;
        Ok(Self { queue: Some(queue), thread: Some(thread), counters })
    }

    pub(super) fn submit(&self, job: WriteJob, done: Done) {
        let Some(queue) = &self.queue else { return done(Err(StorageError::Stopped)) };
        if let Err(back) = queue.send((job, done)) {
            (back.0.1)(Err(StorageError::Stopped));
        }
    }

    pub(super) fn stats(&self) -> CommitStats {
        CommitStats { jobs: self.counters.jobs.load(Ordering::Relaxed), commits: self.counters.commits.load(Ordering::Relaxed) }
    }
}

impl Drop for Writer {
    /// Finishes what is queued before the database closes.
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // A job may own the last handle; then this is the writer's own thread, which cannot wait for itself.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
    }
}

fn run(mut conn: Connection, jobs: &Receiver<Queued>, counters: &Counters) {
    while let Ok(first) = jobs.recv() {
        let mut group = vec![first];
        while group.len() < MAX_GROUP
            && let Ok(next) = jobs.try_recv()
        {
            group.push(next);
        }
        counters.jobs.fetch_add(group.len() as u64, Ordering::Relaxed);
        commit_group(&mut conn, group, counters);
    }
}

fn commit_group(conn: &mut Connection, group: Vec<Queued>, counters: &Counters) {
    let mut tx = match conn.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(tx) => tx,
        Err(e) => return group.into_iter().for_each(|(_, done)| done(Err(error_again(&e)))),
    };
    let mut answers = Vec::with_capacity(group.len());
    // A full disk or an I/O error makes SQLite undo the whole transaction by itself. Then nobody's work is on disk, whatever their savepoint
    // said, and nothing more may be run: it would be committed statement by statement.
    let mut undone: Option<StorageError> = None;
    for (job, done) in group {
        let result = match &undone {
            Some(e) => Err(copy(e)),
            None => run_job(&mut tx, job),
        };
        if undone.is_none() && tx.is_autocommit() {
            undone = Some(result.as_ref().err().map_or(StorageError::Full, copy));
        }
        answers.push((result, done));
    }
    let committed = match undone {
        Some(e) => Err(e),
        None => tx.commit().map_err(error),
    };
    counters.commits.fetch_add(1, Ordering::Relaxed);
    if let Err(e) = &committed {
        tracing::error!(code = e.code(), error = %e, "a group of writes was not stored");
    }
    for (result, done) in answers {
        done(match &committed {
            Ok(()) => result,
            Err(_) if result.is_err() => result,
            Err(e) => Err(copy(e)),
        });
    }
}

fn run_job(tx: &mut Transaction<'_>, job: WriteJob) -> Result<()> {
    let savepoint = tx.savepoint().map_err(error)?;
    match catch_unwind(AssertUnwindSafe(|| job(&Rows(&savepoint)))) {
        Ok(Ok(())) => savepoint.commit().map_err(error),
        Ok(Err(e)) => Err(e), // dropping the savepoint rolls it back
        Err(_) => {
            tracing::error!("a write job panicked; it was undone");
            Err(StorageError::Database("a write job panicked".into()))
        }
    }
}

/// One failure answers many callers, and `rusqlite::Error` cannot be cloned.
fn error_again(e: &rusqlite::Error) -> StorageError {
    match e {
        rusqlite::Error::SqliteFailure(failure, text) => error(rusqlite::Error::SqliteFailure(*failure, text.clone())),
        other => StorageError::Database(other.to_string()),
    }
}

fn copy(e: &StorageError) -> StorageError {
    match e {
        StorageError::Full => StorageError::Full,
        StorageError::Busy => StorageError::Busy,
        StorageError::Corrupt(text) => StorageError::Corrupt(text.clone()),
        StorageError::Io(e) => StorageError::Io(std::io::Error::other(e.to_string())),
        other => StorageError::Database(other.to_string()),
    }
}
