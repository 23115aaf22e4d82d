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
mod sql;
pub(crate) mod want;

use crate::{
    key::StoreKey,
    surroundings::{Surroundings, System},
};
use beehive_core::ActorId;
pub use error::{OpenError, StoreError};
use keycheck::KeyCheck;
use migrate::Migrations;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const PHONE: &str = "phone.db";
const FILES: &str = "files.db";
/// Its presence says that the last run met damage: look closely before trusting the file.
const SUSPECT: &str = "suspect";
/// Readers kept open when idle.
const IDLE_READERS: usize = 3;

/// The open store of one phone.
pub struct Store {
    dir: PathBuf,
    key: StoreKey,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    files: Mutex<Connection>,
    surroundings: Arc<dyn Surroundings>,
    // Held as long as the store is open; released by the system even when the process is killed.
    _lock: File,
}

impl Store {
    /// Opens the store in `dir`, making it if there is none. `now` names what has to be set aside.
    pub fn open(dir: &Path, key: StoreKey, now: i64) -> Result<Self, OpenError> {
        Self::open_in(dir, key, now, Arc::new(System))
    }

    /// The same in surroundings of the caller's making.
    pub fn open_in(dir: &Path, key: StoreKey, now: i64, surroundings: Arc<dyn Surroundings>) -> Result<Self, OpenError> {
        fs::create_dir_all(dir).map_err(|source| OpenError::io(dir, source))?;
        let lock = lock(dir)?;
        let check_path = dir.join("key.check");
        let check = keycheck::check(&check_path, &key).map_err(|source| OpenError::io(&check_path, source))?;
        if check == KeyCheck::Differs {
            return Err(OpenError::WrongKey);
        }
        let suspect = dir.join(SUSPECT);
        let look_closely = suspect.exists();
        let mut writer = open_or_salvage(&dir.join(PHONE), &key, migrate::PHONE, salvage::PHONE_TABLES, check, look_closely, now)?;
        let files = open_or_salvage(&dir.join(FILES), &key, migrate::FILES, salvage::FILES_TABLES, check, look_closely, now)?;
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
        let (writer, files) = (Mutex::new(writer), Mutex::new(files));
        Ok(Self { dir: dir.to_owned(), key, writer, readers: Mutex::default(), files, surroundings, _lock: lock })
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What lies between the store and the world.
    pub(crate) fn surroundings(&self) -> &dyn Surroundings {
        &*self.surroundings
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
        self.noting(result)
    }

    /// Reads or writes the files' database.
    pub fn files<T>(&self, work: impl FnOnce(&Connection) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let conn = guard(&self.files);
        let result = work(&conn);
        self.noting(result)
    }

    /// Remembers damage for the next start, when nobody else has the file open.
    fn noting<T>(&self, result: Result<T, StoreError>) -> Result<T, StoreError> {
        if matches!(result, Err(StoreError::Damaged)) {
            tracing::error!("the store reports damage; it will be checked at the next start");
            if let Err(e) = File::create(self.dir.join(SUSPECT)) {
                tracing::error!(error = %e, "cannot leave a note for the next start");
            }
        }
        result
    }
}

/// A panic while a lock was held rolled its transaction back: the connection is as good as before.
fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock(dir: &Path) -> Result<File, OpenError> {
    let path = dir.join("lock");
    let io = |source: io::Error| OpenError::io(&path, source);
    let file = File::options().read(true).write(true).create(true).truncate(false).open(&path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        // Where files cannot be locked (Android, in some versions of the standard library), the system keeps other programs out.
        Err(TryLockError::Error(e)) if e.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::Locked(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(source)),
    }
}

/// Opens one database; a damaged one is salvaged into a new one and set aside.
fn open_or_salvage(
    path: &Path,
    key: &StoreKey,
    migrations: Migrations,
    tables: &[&str],
    check: KeyCheck,
    look_closely: bool,
    now: i64,
) -> Result<Connection, OpenError> {
    salvage::finish_interrupted(path).map_err(|source| OpenError::io(path, source))?;
    let existed = path.exists();
    let opened = connect::writer(path, key).and_then(|conn| if look_closely { salvage::verify(conn) } else { Ok(conn) });
    let mut conn = match opened {
        Ok(conn) => conn,
        // Without a check file nothing proves that the key is right, and what the right key opens must stay where it is.
        Err(StoreError::Damaged) if existed && check == KeyCheck::Absent => return Err(OpenError::WrongKey),
        Err(StoreError::Damaged) if existed => {
            tracing::error!(file = %path.display(), "the database is damaged: salvaging what can be read and setting it aside");
            salvage::replace(path, key, migrations, tables, now)?;
            connect::writer(path, key).map_err(open_error)?
        }
        Err(e) => return Err(open_error(e)),
    };
    match migrate::run(&mut conn, migrations) {
        Ok(()) => Ok(conn),
        // The schema itself may be what is damaged.
        Err(OpenError::Sql(e)) if existed && salvage::is_damage(&e) && check == KeyCheck::Fits => {
            drop(conn);
            salvage::replace(path, key, migrations, tables, now)?;
            let mut conn = connect::writer(path, key).map_err(open_error)?;
            migrate::run(&mut conn, migrations)?;
            Ok(conn)
        }
        Err(e) => Err(e),
    }
}

fn open_error(e: StoreError) -> OpenError {
    match e {
        StoreError::DiskFull => OpenError::DiskFull,
        StoreError::Sql(e) => e.into(),
        other => OpenError::Unusable(other.to_string()),
    }
}
