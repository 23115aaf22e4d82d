//! Making a data folder from an archive. Everything is checked before anything of it counts, and nothing that was there is erased.

use super::{
    BackupError,
    archive::{Entry, Manifest, damaged, walk},
    make::sync_folder_of,
};
use crate::{
    files::Files,
    secret::fill,
    storage::{Meta, SqliteStorage, Storage, StorageError, sqlite, sqlite::ServeLock},
};
use beehive_core::Epoch;
use beehive_machine::private;
use chrono::TimeZone as _;
use serde::Serialize;
use std::{
    fs::{self, File},
    io::{self, BufWriter},
    path::{Path, PathBuf},
    sync::Arc,
};

/// Where the archive is unpacked, within the data folder.
const STAGE: &str = "restoring";
/// Official numbers that are left out after a restore: those given since the backup are on paper already, for other matters.
pub const NUMBERS_LEFT_OUT: u32 = 5_000;

/// What became of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// What it holds.
    pub manifest: Manifest,
    /// The new epoch; none if it was only looked at.
    pub epoch: Option<Epoch>,
    /// Where the database that was there is now.
    pub aside: Option<PathBuf>,
}

/// Makes the data folder `dir` what `archive` holds. A database that is there is set aside beside it; photos and keys that are there
/// stay. The epoch is a new one, from which phones know that they have to offer what they hold.
///
/// # Errors
/// [`StorageError::Locked`] while a server runs on the folder; [`BackupError::Damaged`], [`BackupError::Newer`]. After any error the
/// folder serves as before.
pub fn restore(dir: &Path, archive: &Path, now: i64) -> Result<Restored, BackupError> {
    let (no_folder, no_lock) = (!dir.exists(), !dir.join("lock").exists());
    private::folder(dir)?;
    private::narrow(dir, sqlite::OURS);
    let lock = ServeLock::take(dir)?;
    let restored = unpack(dir, archive, now);
    drop(lock);
    if restored.is_err() {
        // What cannot be removed stands in nobody's way: the next restore begins anew.
        let _ = fs::remove_dir_all(dir.join(STAGE));
        if no_lock && !sqlite::is_in(dir) {
            let _ = fs::remove_file(dir.join("lock"));
        }
        if no_folder {
            // Only if it is empty: photos that were taken over already are kept.
            let _ = fs::remove_dir(dir);
        }
    }
    restored
}

fn unpack(dir: &Path, archive: &Path, now: i64) -> Result<Restored, BackupError> {
    let stage = dir.join(STAGE);
    if stage.exists() {
        fs::remove_dir_all(&stage)?;
    }
    private::new_folder(&stage)?;
    let new = |path: PathBuf| private::options().write(true).create_new(true).open(path);
    let manifest = walk(archive, |_, entry| Ok(BufWriter::new(new(stage.join(staged(entry)))?)))?;
    let epoch = renew(&stage, now)?;
    let kept = Files::in_folder(dir);
    for entry in manifest.entries.iter().filter(|e| e.path != sqlite::FILE) {
        let from = stage.join(staged(entry));
        File::open(&from)?.sync_all()?;
        let to = dir.join(&entry.path);
        match entry.file() {
            Some(hash) => kept.blobs().put(&hash, &from)?,
            // What is there stays; of the key file, which only ever grows, it is the longer one.
            None if to.exists() => {}
            None => {
                private::folder(to.parent().unwrap_or(dir))?;
                fs::rename(&from, &to)?;
                sync_folder_of(&to)?;
            }
        }
    }
    let aside = set_aside(dir, now)?;
    // Last: from here on the folder is a server's.
    let database = dir.join(sqlite::FILE);
    fs::rename(stage.join(sqlite::FILE), &database)?;
    sync_folder_of(&database)?;
    fs::remove_dir_all(&stage)?;
    Ok(Restored { manifest, epoch: Some(epoch), aside })
}

/// The name under which a file waits.
fn staged(entry: &Entry) -> String {
    entry.path.replace('/', "-")
}

/// Brings the unpacked database up to this program's schema and begins a new life with it.
fn renew(stage: &Path, now: i64) -> Result<Epoch, BackupError> {
    let mut epoch = Epoch::default();
    fill(&mut epoch.0)?;
    let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(stage)?);
    let complaints = storage.read(|rows| rows.integrity())?;
    if let Some(first) = complaints.first() {
        return Err(damaged(first.clone()));
    }
    storage.write(move |tx| {
        let meta = tx.as_read().meta()?.ok_or(StorageError::Absent)?;
        tx.set_meta(&Meta { epoch, ..meta })?;
        tx.skip_numbers(crate::sync::year(now), NUMBERS_LEFT_OUT)?;
        // Which of them were used since the backup is not known any more.
        tx.as_read().members()?.iter().try_for_each(|m| tx.cancel_invitations(&m.id, now))
    })?;
    drop(storage);
    // Closing the last connection folds the log into the database; only then is it one file.
    if stage.join(format!("{}-wal", sqlite::FILE)).metadata().is_ok_and(|m| m.len() > 0) {
        return Err(StorageError::Busy.into());
    }
    File::open(stage.join(sqlite::FILE))?.sync_all()?;
    Ok(epoch)
}

/// Moves a database that is there into a folder of its own.
fn set_aside(dir: &Path, now: i64) -> io::Result<Option<PathBuf>> {
    let names = ["", "-wal", "-shm"].map(|ending| format!("{}{ending}", sqlite::FILE));
    let present: Vec<&String> = names.iter().filter(|name| dir.join(name).exists()).collect();
    if present.is_empty() {
        return Ok(None);
    }
    let at = chrono::Utc.timestamp_opt(now, 0).single().map_or_else(|| now.to_string(), |t| t.format("%Y%m%d-%H%M%S").to_string());
    let free = |n: u32| if n == 0 { dir.join(format!("before-{at}")) } else { dir.join(format!("before-{at}-{n}")) };
    let aside = (0..).map(free).find(|path| !path.exists()).unwrap_or_else(|| dir.join("before"));
    private::new_folder(&aside)?;
    // The log before the database: a database without its log would look whole and lack the newest work.
    for name in present.iter().rev() {
        fs::rename(dir.join(name), aside.join(name))?;
    }
    sync_folder_of(&aside)?;
    Ok(Some(aside))
}
