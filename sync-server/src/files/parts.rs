//! Uploads under way: one local file each, and who may write it now.
//!
//! How long that file is, is the offset; there is no second account of it that could be wrong after a power cut. One writer at a time:
//! a phone whose connection died comes back before the server has noticed, so the newcomer ends the writer before it.

use super::blobs::make_folder;
use crate::storage::UploadId;
use beehive_machine::private;
use sha2::{Digest as _, Sha256};
use std::{
    collections::HashMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{OwnedMutexGuard, watch};

/// How long a newcomer waits for the writer before it to put away what it has.
const PATIENCE: Duration = Duration::from_secs(10);

/// The parts in a folder.
pub struct Parts {
    root: PathBuf,
    turns: Mutex<HashMap<UploadId, Arc<Turn>>>,
}

struct Turn {
    lock: Arc<tokio::sync::Mutex<()>>,
    /// How many have come; whoever has a smaller number is to make way.
    newest: watch::Sender<u64>,
}

/// The right to write to an upload, until dropped.
pub struct Claim {
    _guard: OwnedMutexGuard<()>,
    newest: watch::Receiver<u64>,
    number: u64,
}

impl Claim {
    /// Completes once somebody else wants to write.
    pub async fn called_off(&mut self) {
        let number = self.number;
        if self.newest.wait_for(|newest| *newest > number).await.is_err() {
            // Nobody is left who could come.
            std::future::pending::<()>().await;
        }
    }
}

impl Parts {
    /// Over a folder, which need not exist.
    pub fn new(root: PathBuf) -> Self {
        Self { root, turns: Mutex::default() }
    }

    /// Where the bytes of an upload are.
    pub fn path(&self, id: &UploadId) -> PathBuf {
        self.root.join(id.to_string())
    }

    /// Makes way for the caller: the writer before it ends. `None` if that one does not end in time.
    pub async fn claim(&self, id: &UploadId) -> Option<Claim> {
        let (turn, number) = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            turns.retain(|other, turn| other == id || Arc::strong_count(&turn.lock) > 1);
            let turn = turns.entry(*id).or_insert_with(|| Arc::new(Turn { lock: Arc::default(), newest: watch::Sender::new(0) })).clone();
            let number = *turn.newest.borrow() + 1;
            turn.newest.send_replace(number);
            (turn, number)
        };
        let newest = turn.newest.subscribe();
        let guard = tokio::time::timeout(PATIENCE, turn.lock.clone().lock_owned()).await.ok()?;
        Some(Claim { _guard: guard, newest, number })
    }

    /// How many bytes have come.
    pub fn len(&self, id: &UploadId) -> io::Result<u64> {
        match fs::metadata(self.path(id)) {
            Ok(meta) => Ok(meta.len()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(0),
            Err(e) => Err(e),
        }
    }

    /// Opens an upload's file to add to it.
    pub fn open(&self, id: &UploadId) -> io::Result<File> {
        make_folder(&self.root)?;
        private::options().create(true).append(true).open(self.path(id))
    }

    /// The SHA-256 of what has come.
    pub fn hash(&self, id: &UploadId) -> io::Result<[u8; 32]> {
        let mut hash = Sha256::new();
        io::copy(&mut File::open(self.path(id))?, &mut hash)?;
        Ok(hash.finalize().into())
    }

    /// Erases what has come. What is not there is erased already.
    pub fn erase(&self, id: &UploadId) -> io::Result<()> {
        match fs::remove_file(self.path(id)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Erases every file that none of these uploads owns: what a crash left behind.
    pub fn keep_only(&self, ids: &[UploadId]) -> io::Result<()> {
        let listed = match fs::read_dir(&self.root) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            other => other?,
        };
        for entry in listed {
            let path = entry?.path();
            if !is_one_of(&path, ids) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

fn is_one_of(path: &Path, ids: &[UploadId]) -> bool {
    let id = path.file_name().and_then(|name| name.to_str()).and_then(UploadId::parse);
    id.is_some_and(|id| ids.contains(&id))
}
