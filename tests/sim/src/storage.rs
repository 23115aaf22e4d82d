//! The server's database with a hand on it: the real SQLite backend, of which any durable step may fail or be the last.

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    mpsc::{SyncSender, sync_channel},
};
use sync_server::storage::{Done, Read, Result, SqliteStorage, Storage, StorageError, WriteJob};

/// What breaks at the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Break {
    /// The power, before the commit.
    PowerBefore,
    /// The power, after the commit and before anybody was told.
    PowerAfter,
    /// The disk is full.
    Full,
    /// The disk does not take it.
    Io,
}

#[derive(Debug, Default)]
struct State {
    armed: Option<(u32, Break)>,
    off: bool,
}

/// The hand: shared with the story.
#[derive(Debug, Default, Clone)]
pub struct Hand(Arc<Mutex<State>>);

impl Hand {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// After so many writes, this breaks.
    pub fn arm(&self, after: u32, what: Break) {
        self.state().armed = Some((after, what));
    }

    /// Nothing breaks any more.
    pub fn disarm(&self) {
        self.state().armed = None;
    }

    /// Whether the power is off.
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    fn next(&self) -> Option<Break> {
        let mut state = self.state();
        match state.armed {
            Some((0, what)) => {
                state.armed = None;
                state.off |= matches!(what, Break::PowerBefore | Break::PowerAfter);
                Some(what)
            }
            Some((left, what)) => {
                state.armed = Some((left - 1, what));
                None
            }
            None => None,
        }
    }
}

/// The backend under the hand.
pub struct Held {
    inner: SqliteStorage,
    hand: Hand,
}

impl Held {
    /// Puts the hand on a database.
    pub fn new(inner: SqliteStorage, hand: Hand) -> Self {
        Self { inner, hand }
    }

    /// Runs a job and waits, so that everything happens in one order.
    fn now(&self, job: WriteJob) -> Result<()> {
        let (tell, told): (SyncSender<Result<()>>, _) = sync_channel(1);
        // Nobody but this thread listens, and it does.
        self.inner.submit(job, Box::new(move |result| drop(tell.send(result))));
        told.recv().unwrap_or(Err(StorageError::Stopped))
    }
}

/// The job, undone at its end.
fn undone(job: WriteJob, why: StorageError) -> WriteJob {
    Box::new(move |rows| {
        job(rows)?;
        Err(why)
    })
}

impl Storage for Held {
    fn read_with(&self, work: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()> {
        if self.hand.is_off() { Err(StorageError::Stopped) } else { self.inner.read_with(work) }
    }

    fn submit(&self, job: WriteJob, done: Done) {
        if self.hand.is_off() {
            return done(Err(StorageError::Stopped));
        }
        done(match self.hand.next() {
            None => self.now(job),
            Some(Break::PowerBefore) => self.now(undone(job, StorageError::Stopped)),
            Some(Break::Full) => self.now(undone(job, StorageError::Full)),
            Some(Break::Io) => self.now(undone(job, StorageError::Io(std::io::Error::other("the disk does not take it")))),
            Some(Break::PowerAfter) => {
                drop(self.now(job));
                Err(StorageError::Stopped)
            }
        });
    }
}
