//! The embedded backend: SQLite in one folder. WAL, `synchronous=FULL` (NORMAL loses acknowledged work on a power cut: measured), one
//! writer with group commit, reader connections beside it.

mod account;
mod convert;
mod delivery;
mod document;
mod file;
mod lock;
mod migrations;
mod reference;
mod writer;

pub use lock::ServeLock;
pub use writer::CommitStats;

use super::{Done, Meta, Read, ReadMeta, Result, Storage, StorageError, Write, WriteJob, WriteMeta};
use beehive_core::{Epoch, StreetId};
use beehive_machine::private;
use convert::{col, error, id, optional};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig, params};
use std::{
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
    time::Duration,
};
use writer::Writer;

/// The database file within the data folder.
pub const FILE: &str = "server.db";
/// Reader connections that are kept; more are opened when needed and closed again.
const KEPT_READERS: usize = 8;
/// How long a statement waits for another process before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What a server makes in its data folder: the beginnings of the names.
pub const OURS: &[&str] =
    &[FILE, "lock", crate::rescue::KEY_FILE, crate::rescue::FOLDER, crate::files::FOLDER, "restoring", "before-", "starting"];

/// Whether there is a database in a folder. A file without a byte is none: it is what is left where
/// the disk was full, and must not stand in the way of the next try.
pub fn is_in(dir: &Path) -> bool {
    ["", "-wal"].iter().any(|ending| dir.join(format!("{FILE}{ending}")).metadata().is_ok_and(|m| m.len() > 0))
}

/// A SQLite database in a folder.
pub struct SqliteStorage {
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    writer: Writer,
}

impl SqliteStorage {
    /// Makes a new, empty database in `dir` (which is made too).
    ///
    /// # Errors
    /// [`StorageError::Present`] if there is one.
    pub fn create(dir: &Path) -> Result<Self> {
        if is_in(dir) {
            return Err(StorageError::Present);
        }
        private::folder(dir)?;
        private::narrow(dir, OURS);
        // Before SQLite makes it, which would go by the umask. The log beside it gets its mode.
        private::present(&dir.join(FILE))?;
        Self::start(dir.join(FILE), OpenFlags::SQLITE_OPEN_CREATE)
    }

    /// Opens the database in `dir`, bringing its schema up to date.
    ///
    /// # Errors
    /// [`StorageError::Absent`] if there is none, [`StorageError::Newer`] if a newer program made it.
    pub fn open(dir: &Path) -> Result<Self> {
        if !is_in(dir) {
            return Err(StorageError::Absent);
        }
        private::narrow(dir, OURS);
        Self::start(dir.join(FILE), OpenFlags::empty())
    }

    fn start(path: PathBuf, flags: OpenFlags) -> Result<Self> {
        let mut conn = connect(&path, OpenFlags::SQLITE_OPEN_READ_WRITE | flags)?;
        set_up_writer(&mut conn)?;
        migrations::migrate(&mut conn)?;
        Ok(Self { path, readers: Mutex::default(), writer: Writer::start(conn)? })
    }

    /// How many jobs and how many disk syncs there have been.
    pub fn commit_stats(&self) -> CommitStats {
        self.writer.stats()
    }

    /// Writes the database as of now into a new file, beside whatever is going on.
    ///
    /// # Errors
    /// The file is there already, or cannot be written.
    pub fn snapshot(&self, to: &Path) -> Result<()> {
        let to = to.to_str().ok_or_else(|| std::io::Error::other("a path that is not text"))?;
        let conn = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.execute("VACUUM INTO ?", [to]).map_err(error).map(drop)
    }

    fn reader(&self) -> Result<Connection> {
        if let Some(conn) = self.readers.lock().unwrap_or_else(PoisonError::into_inner).pop() {
            return Ok(conn);
        }
        let conn = connect(&self.path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        conn.pragma_update(None, "query_only", true).map_err(error)?;
        Ok(conn)
    }
}

fn set_up_writer(conn: &mut Connection) -> Result<()> {
    conn.pragma_update(None, "journal_mode", "wal").map_err(error)?;
    conn.pragma_update(None, "synchronous", "full").map_err(error)?;
    conn.pragma_update(None, "foreign_keys", true).map_err(error)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let conn = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(error)?;
    conn.busy_timeout(BUSY_TIMEOUT).map_err(error)?;
    // A plan must not depend on what is bound: else every statement on a table with a partial index is compiled anew for every execution,
    // which was half of all time spent in SQLite.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(error)?;
    conn.set_prepared_statement_cache_capacity(96);
    Ok(conn)
}

impl Storage for SqliteStorage {
    fn read_with(&self, work: &mut dyn FnMut(&dyn Read) -> Result<()>) -> Result<()> {
        let mut conn = self.reader()?;
        let tx = conn.transaction_with_behavior(TransactionBehavior::Deferred).map_err(error)?;
        let result = work(&Rows(&tx));
        drop(tx);
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        if readers.len() < KEPT_READERS {
            readers.push(conn);
        }
        result
    }

    fn submit(&self, job: WriteJob, done: Done) {
        self.writer.submit(job, done);
    }
}

/// The row methods within one transaction.
pub(crate) struct Rows<'a>(pub(crate) &'a Connection);

impl Write for Rows<'_> {
    fn as_read(&self) -> &dyn Read {
        self
    }
}

impl ReadMeta for Rows<'_> {
    fn meta(&self) -> Result<Option<Meta>> {
        optional(self.0.query_row("SELECT epoch, tenant, street FROM meta", [], |row| {
            Ok((|| {
                let (epoch, street) = (id(row, 0, Epoch::from_slice)?, id(row, 2, StreetId::from_slice)?);
                Ok(Meta { epoch, tenant: col(row, 1)?, street })
            })())
        }))
    }

    fn setting(&self, name: &str) -> Result<Option<String>> {
        optional(self.0.query_row("SELECT value FROM setting WHERE name = ?", [name], |row| Ok(col(row, 0))))
    }

    fn schema_version(&self) -> Result<u32> {
        migrations::version(self.0)
    }

    fn integrity(&self) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        self.0
            .pragma_query(None, "integrity_check", |row| {
                complaints.push(row.get::<_, String>(0)?);
                Ok(())
            })
            .map_err(error)?;
        complaints.retain(|line| line != "ok");
        Ok(complaints)
    }
}

impl WriteMeta for Rows<'_> {
    fn set_meta(&self, meta: &Meta) -> Result<()> {
        self.0
            .execute(
                "INSERT OR REPLACE INTO meta (one, epoch, tenant, street) VALUES (1, ?, ?, ?)",
                params![meta.epoch.as_bytes(), meta.tenant, meta.street.as_bytes()],
            )
            .map_err(error)?;
        Ok(())
    }

    fn set_setting(&self, name: &str, value: &str) -> Result<()> {
        self.0.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [name, value]).map_err(error)?;
        Ok(())
    }
}

impl Rows<'_> {
    /// Runs a cached statement that changes rows; how many.
    fn change_rows(&self, sql: &str, params: impl rusqlite::Params) -> Result<usize> {
        self.0.prepare_cached(sql).and_then(|mut s| s.execute(params)).map_err(error)
    }

    /// All rows of a cached query.
    fn all<T>(&self, sql: &str, params: impl rusqlite::Params, read: impl Fn(&rusqlite::Row<'_>) -> Result<T>) -> Result<Vec<T>> {
        let mut statement = self.0.prepare_cached(sql).map_err(error)?;
        let mut rows = statement.query(params).map_err(error)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(error)? {
            found.push(read(row)?);
        }
        Ok(found)
    }

    /// The one row of a cached query, if there is one.
    fn one<T>(&self, sql: &str, params: impl rusqlite::Params, read: impl Fn(&rusqlite::Row<'_>) -> Result<T>) -> Result<Option<T>> {
        let mut statement = self.0.prepare_cached(sql).map_err(error)?;
        optional(statement.query_row(params, |row| Ok(read(row))))
    }
}

#[cfg(test)]
mod tests;
