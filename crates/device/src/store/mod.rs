//! The phone's store: two SQLCipher databases, a lock file and the actor file in one folder.
//!
//! One writer, reader connections beside it. "Saved" is said only after a commit with `synchronous = FULL`. A database that cannot be
//! read is salvaged and set aside under a new name, never deleted. One file per table: its row type and its queries.

pub(crate) mod actor;
pub(crate) mod actor_file;
pub(crate) mod aside;
pub(crate) mod attachment;
pub(crate) mod change;
mod connect;
pub(crate) mod content;
pub(crate) mod damage;
pub(crate) mod document;
pub(crate) mod draft;
mod error;
pub(crate) mod file;
mod keycheck;
pub(crate) mod late;
pub(crate) mod likely;
pub(crate) mod matter;
pub(crate) mod matter_list;
pub(crate) mod meta;
mod migrate;
pub(crate) mod pack;
pub(crate) mod reference;
pub(crate) mod refused;
mod salvage;
pub(crate) mod scope;
pub(crate) mod search;
mod spare_pages;
mod sql;
pub(crate) mod streets;
pub(crate) mod want;

use crate::{
    key::StoreKey,
    surroundings::{Surroundings, System},
};
use beehive_core::ActorId;
use beehive_machine::private;
pub use error::{OpenError, StoreError};
use keycheck::KeyCheck;
use migrate::Migrations;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

pub(crate) const PHONE: &str = "phone.db";
const FILES: &str = "files.db";
/// Its presence says that the last run met damage: look closely before trusting the file.
const SUSPECT: &str = "suspect";
/// What a phone makes in its folder: the beginnings of the names.
const OURS: &[&str] = &[PHONE, FILES, SUSPECT, "lock", "key.check", "store.key", "actor", "streets"];
/// Readers kept open when idle.
const IDLE_READERS: usize = 3;

/// The open store of one phone.
pub struct Store {
    dir: PathBuf,
    key: StoreKey,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    files: Mutex<Connection>,
    damages: Mutex<Vec<damage::Damage>>,
    /// The size of the database when its pages were last copied.
    size: AtomicU64,
    surroundings: Arc<dyn Surroundings>,
    // Held as long as the store is open; released by the system even when the process is killed.
    _lock: Arc<File>,
}

impl Store {
    /// Opens the store in `dir`, making it if there is none. `now` names what has to be set aside.
    pub fn open(dir: &Path, key: StoreKey, now: i64) -> Result<Self, OpenError> {
        Self::open_in(dir, key, now, Arc::new(System))
    }

    /// The same in surroundings of the caller's making.
    pub fn open_in(dir: &Path, key: StoreKey, now: i64, surroundings: Arc<dyn Surroundings>) -> Result<Self, OpenError> {
        private::folder(dir).map_err(|source| OpenError::io(dir, source))?;
        let lock = Arc::new(lock(dir)?);
        Self::open_locked(dir, key, now, surroundings, lock)
    }

    /// The same in a folder below one that is locked already.
    pub(crate) fn open_locked(
        dir: &Path,
        key: StoreKey,
        now: i64,
        surroundings: Arc<dyn Surroundings>,
        lock: Arc<File>,
    ) -> Result<Self, OpenError> {
        make_folder(dir)?;
        private::narrow(dir, OURS);
        let check_path = dir.join("key.check");
        let check = keycheck::check(&check_path, &key).map_err(|source| OpenError::io(&check_path, source))?;
        // The check file itself may be what is damaged; what the key opens is its own.
        let check = match check {
            KeyCheck::Differs if salvage::proves(&dir.join(PHONE), &key) => KeyCheck::Absent,
            KeyCheck::Differs => return Err(OpenError::WrongKey),
            check => check,
        };
        let suspect = dir.join(SUSPECT);
        let look_closely = suspect.exists();
        let opening = Opening { key: &key, check, look_closely, now };
        let (mut writer, _) = opening.open(&dir.join(PHONE), migrate::PHONE, salvage::PHONE_TABLES)?;
        let (files, replaced) = opening.open(&dir.join(FILES), migrate::FILES, salvage::FILES_TABLES)?;
        if let Some((name, salvaged)) = replaced {
            damage::note(&writer, &name, &salvaged)?;
        }
        let damages = damage::all(dir, &writer)?;
        if let Err(e) = search::renew(&mut writer) {
            // Everything else works without it; the next start tries again.
            tracing::warn!(error = %e, "the search index could not be made anew");
        }
        if check == KeyCheck::Absent {
            let mut salt = [0u8; 16];
            getrandom::fill(&mut salt).map_err(|_| OpenError::Random)?;
            keycheck::write(&check_path, &key, salt).map_err(|source| OpenError::io(check_path, source))?;
        }
        if look_closely {
            fs::remove_file(&suspect).map_err(|source| OpenError::io(suspect, source))?;
        }
        spare_pages::keep(&dir.join(PHONE), &key, salvage::PHONE_TABLES);
        spare_pages::keep(&dir.join(FILES), &key, salvage::FILES_TABLES);
        let (writer, files) = (Mutex::new(writer), Mutex::new(files));
        let (damages, size) = (Mutex::new(damages), AtomicU64::new(0));
        Ok(Self { dir: dir.to_owned(), key, writer, readers: Mutex::default(), files, damages, size, surroundings, _lock: lock })
    }

    /// What was set aside because it was damaged, and nobody has dealt with.
    pub(crate) fn damages(&self) -> Vec<damage::Damage> {
        guard(&self.damages).clone()
    }

    /// Notes how many records with unsent work were salvaged from a file, all counted.
    pub(crate) fn recount_damage(&self, file: &str) -> Result<(), StoreError> {
        let damages = self.write(|tx| {
            damage::recount(tx, file, change::outbox_records(tx)?)?;
            damage::all(&self.dir, tx)
        })?;
        *guard(&self.damages) = damages;
        Ok(())
    }

    /// A person has dealt with what was set aside under this name.
    pub(crate) fn damage_seen(&self, file: &str) -> Result<(), StoreError> {
        if self.damages().iter().all(|d| d.file != file) {
            return Err(StoreError::NoSuchEntry);
        }
        self.write(|tx| damage::set_seen(tx, file))?;
        guard(&self.damages).retain(|d| d.file != file);
        Ok(())
    }

    /// Keeps the pages that lead to others anew once the database has grown.
    fn keep_spare_pages(&self) {
        let path = self.dir.join(PHONE);
        let size = fs::metadata(&path).map_or(0, |m| m.len());
        if self.size.swap(size, Ordering::Relaxed) != size {
            spare_pages::keep(&path, &self.key, salvage::PHONE_TABLES);
        }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What lies between the store and the world.
    pub(crate) fn surroundings(&self) -> &dyn Surroundings {
        &*self.surroundings
    }

    /// The same, to open another store in.
    pub(crate) fn share_surroundings(&self) -> Arc<dyn Surroundings> {
        self.surroundings.clone()
    }

    /// Writes the file that names the store that writes here.
    pub(crate) fn write_actor(&self, actor: &ActorId) -> io::Result<()> {
        self.surroundings.replacing_file()?;
        actor_file::write(&self.dir, actor)
    }

    /// Reads, beside whatever is being written. Everything in `work` sees one state.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let idle = guard(&self.readers).pop();
        let mut conn = match idle {
            Some(conn) => conn,
            None => self.noting(connect::reader(&self.dir.join(PHONE), &self.key))?,
        };
        let tx = self.noting(conn.transaction().map_err(StoreError::from))?;
        let result = self.noting(work(&tx));
        drop(tx);
        let mut readers = guard(&self.readers);
        if readers.len() < IDLE_READERS {
            readers.push(conn);
        }
        result
    }

    /// Writes: all of `work` or nothing. It is on the disk when this returns.
    pub fn write<T>(&self, work: impl FnOnce(&mut Transaction<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let mut conn = guard(&self.writer);
        let result = (|| {
            let mut tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.surroundings.begun(&tx)?;
            let value = work(&mut tx)?;
            self.surroundings.committing()?;
            tx.commit()?;
            self.surroundings.committed();
            Ok(value)
        })();
        self.keep_spare_pages();
        self.noting(result)
    }

    /// Reads or writes the files' database.
    pub fn files<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let conn = guard(&self.files);
        let result = work(&conn);
        self.noting(result)
    }

    /// Remembers damage for the next start, when nobody else has the file open.
    /// Leaves a note that a folder's databases are to be looked at closely when they are opened next.
    pub(crate) fn suspect(dir: &Path) {
        if let Err(e) = private::options().write(true).create(true).truncate(true).open(dir.join(SUSPECT)) {
            tracing::error!(error = %e, "cannot leave a note for the next start");
        }
    }

    fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Damaged)) {
            tracing::error!("the store reports damage; it will be checked at the next start");
            Self::suspect(&self.dir);
        }
        result
    }
}

/// Reads from a store that is not open, without changing anything.
pub(crate) fn peek<T>(dir: &Path, key: &StoreKey, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
    work(&connect::reader(&dir.join(PHONE), key)?)
}

/// A panic while a lock was held rolled its transaction back: the connection is as good as before.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes a folder, and its name durable: a street's records must not vanish with it in a power cut.
fn make_folder(dir: &Path) -> Result<(), OpenError> {
    if dir.is_dir() {
        return Ok(());
    }
    private::folder(dir).map_err(|source| OpenError::io(dir, source))?;
    for above in dir.ancestors().skip(1).take(2) {
        private::sync_folder(above).map_err(|source| OpenError::io(above, source))?;
    }
    Ok(())
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let io = |source: io::Error| OpenError::io(&path, source);
    let file = private::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        // Where files cannot be locked (Android, in some versions of the standard library), the system keeps other programs out.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

impl Drop for Store {
    /// Closing folds the log into the databases: their pages have changed.
    fn drop(&mut self) {
        guard(&self.readers).clear();
        for (conn, name, tables) in [(&self.writer, PHONE, salvage::PHONE_TABLES), (&self.files, FILES, salvage::FILES_TABLES)] {
            let Ok(nothing) = Connection::open_in_memory() else { return };
            drop(std::mem::replace(&mut *guard(conn), nothing));
            spare_pages::keep(&self.dir.join(name), &self.key, tables);
        }
    }
}

/// How the databases of a folder are opened.
struct Opening<'a> {
    key: &'a StoreKey,
    check: KeyCheck,
    look_closely: bool,
    now: i64,
}

/// Under which name a database was set aside, and what could be read of it.
type Replaced = Option<(String, damage::Salvaged)>;

impl Opening<'_> {
    /// Opens one database; a damaged one is salvaged into a new one and set aside.
    fn open(&self, path: &Path, migrations: Migrations, tables: &[&str]) -> Result<(Connection, Replaced), OpenError> {
        salvage::finish_interrupted(path).map_err(|source| OpenError::io(path, source))?;
        let there = fs::metadata(path).is_ok_and(|m| m.len() >= spare_pages::PAGE as u64);
        // What is written once there are databases: one that is gone or cut to nothing since has been lost.
        let pages = spare_pages::path_of(path).exists();
        let known = pages || self.check == KeyCheck::Fits || actor_file::exists(path);
        if !there && known {
            // Only what the key opens may be moved.
            if pages && self.check == KeyCheck::Absent && !salvage::proves(path, self.key) {
                return Err(OpenError::WrongKey);
            }
            return self.salvage(path, migrations, tables);
        }
        let opened = connect::writer(path, self.key).and_then(|conn| if self.look_closely { salvage::verify(conn) } else { Ok(conn) });
        let mut conn = match opened {
            Ok(conn) => conn,
            // Without a check file only the file proves that the key is right, and what the right key opens must stay where it is.
            Err(StoreError::Damaged) if there && self.check == KeyCheck::Absent && !salvage::proves(path, self.key) => {
                return Err(OpenError::WrongKey);
            }
            Err(StoreError::Damaged) if there => return self.salvage(path, migrations, tables),
            Err(e) => return Err(e.into()),
        };
        match migrate::run(&mut conn, migrations) {
            Ok(()) => Ok((conn, None)),
            // The schema itself may be what is damaged.
            Err(OpenError::Damaged) if there && self.check == KeyCheck::Fits => {
                drop(conn);
                self.salvage(path, migrations, tables)
            }
            Err(e) => Err(e),
        }
    }

    fn salvage(&self, path: &Path, migrations: Migrations, tables: &[&str]) -> Result<(Connection, Replaced), OpenError> {
        tracing::error!(file = %path.display(), "the database is damaged: salvaging what can be read and setting it aside");
        let replaced = salvage::replace(path, self.key, migrations, tables, self.now)?;
        let mut conn = connect::writer(path, self.key)?;
        migrate::run(&mut conn, migrations)?;
        Ok((conn, Some(replaced)))
    }
}
