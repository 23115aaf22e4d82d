//! Opening one SQLCipher database file.

use super::StoreError;
use crate::key::StoreKey;
use beehive_machine::private;
use rusqlite::{Connection, OpenFlags, config::DbConfig};
use std::{path::Path, time::Duration};
use zeroize::Zeroizing;

/// Opens a database for writing and proves that the key fits by reading its schema.
pub fn writer(path: &Path, key: &StoreKey) -> Result<Connection, StoreError> {
    // Before SQLite makes it, which would go by the umask. The log beside it gets its mode.
    private::present(path)?;
    let conn = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE))?;
    unlock(&conn, key)?;
    if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(super::FILES)) {
        // Photos come and go by the megabyte, and cleaning up must give the room back. (Only a new database can be set up so.)
        conn.execute_batch("PRAGMA auto_vacuum = INCREMENTAL;")?;
    }
    // FULL: an acknowledged save survives a power cut. NORMAL lost work in 802 of 1,000 of them.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = ON;
         PRAGMA journal_size_limit = 8388608; PRAGMA wal_autocheckpoint = 2000; PRAGMA recursive_triggers = ON;
         PRAGMA cache_size = -8000;",
    )?;
    conn.set_prepared_statement_cache_capacity(128);
    Ok(conn)
}

/// Opens a database for reading beside the writer.
pub fn reader(path: &Path, key: &StoreKey) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    unlock(&conn, key)?;
    conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA query_only = ON; PRAGMA cache_size = -8000;")?;
    conn.set_prepared_statement_cache_capacity(64);
    Ok(conn)
}

/// Opens a damaged database as well as it can be: one that is shorter than it says is read as far as it goes.
pub fn tolerant(path: &Path, key: &StoreKey) -> Result<Connection, StoreError> {
    let conn = Connection::open_with_flags(path, flags(OpenFlags::SQLITE_OPEN_READ_WRITE))?;
    give_key(&conn, key)?;
    conn.execute_batch("PRAGMA writable_schema = ON; PRAGMA query_only = ON;")?;
    prove_key(&conn)?;
    Ok(conn)
}

fn flags(access: OpenFlags) -> OpenFlags {
    // No mutex inside SQLite: every connection has its own lock here.
    access | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn unlock(conn: &Connection, key: &StoreKey) -> Result<(), StoreError> {
    give_key(conn, key)?;
    prove_key(conn)
}

fn prove_key(conn: &Connection) -> Result<(), StoreError> {
    Ok(conn.query_row("SELECT count(*) FROM sqlite_master", [], |_| Ok(()))?)
}

fn give_key(conn: &Connection, key: &StoreKey) -> Result<(), StoreError> {
    conn.busy_timeout(Duration::from_secs(5))?;
    // A plan must not depend on what is bound: else every statement on a table with a partial index is compiled anew for every execution.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // SQLCipher writes to stderr by itself; what it finds comes back as errors and is logged by us.
    conn.execute_batch("PRAGMA cipher_log_level = NONE;")?;
    let hex = Zeroizing::new(hex::encode(key.bytes()));
    let pragma = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", hex.as_str()));
    Ok(conn.execute_batch(&pragma)?)
}
