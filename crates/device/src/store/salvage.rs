//! What becomes of a database that cannot be trusted any more: everything readable is copied into a new one, the old file is renamed.
//!
//! Order: copy into `<name>.salvage`, rename the old file to `<name>.aside-<time>`, rename the copy into place. A crash in between is
//! finished at the next start: a copy without its original is complete, a copy beside it is not.

use super::{OpenError, StoreError, connect, migrate, migrate::Migrations};
use crate::key::StoreKey;
use rusqlite::{Connection, ErrorCode, params_from_iter, types::Value};
use std::{
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};

/// What is worth saving, the most precious first. Projections, cursors and packs are made again.
pub const PHONE_TABLES: &[&str] = &["meta", "change", "refused", "draft", "actor", "reference", "attachment", "aside", "document"];
/// The same for the files' database.
pub const FILES_TABLES: &[&str] = &["about", "file"];

/// Reads everything once. For a file that has shown damage before.
pub fn verify(conn: Connection) -> Result<Connection, StoreError> {
    let verdict: String = conn.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(conn) } else { Err(StoreError::Damaged) }
}

/// Whether an error means damage to the file.
pub fn is_damage(e: &rusqlite::Error) -> bool {
    matches!(e.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(suffix);
    path.with_file_name(name)
}

/// Finishes or undoes what a crash interrupted.
pub fn finish_interrupted(path: &Path) -> io::Result<()> {
    let copy = beside(path, ".salvage");
    if !copy.exists() {
        return Ok(());
    }
    if path.exists() { remove_with_log(&copy) } else { fs::rename(&copy, path) }
}

fn remove_with_log(path: &Path) -> io::Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        match fs::remove_file(beside(path, suffix)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// Salvages `path` into a new database in its place and sets the old file aside.
pub fn replace(path: &Path, key: &StoreKey, migrations: Migrations, tables: &[&str], now: i64) -> Result<(), OpenError> {
    let io = |source| OpenError::io(path, source);
    let copy = beside(path, ".salvage");
    remove_with_log(&copy).map_err(io)?;
    let mut target = connect::writer(&copy, key).map_err(super::open_error)?;
    let source = connect::reader(path, key);
    match &source {
        Ok(source) => {
            let version = migrate::version(source).ok().and_then(|v| usize::try_from(v).ok()).unwrap_or(0);
            if version > migrations.len() {
                return Err(OpenError::NewerSchema { found: version as i64, known: migrations.len() as i64 });
            }
            migrate::run_to(&mut target, migrations, version)?;
            for table in tables {
                let rows = copy_table(path, key, &mut target, table)?;
                tracing::warn!(table, rows, "salvaged");
            }
        }
        Err(e) => tracing::error!(error = %e, "nothing can be read from the damaged database"),
    }
    drop(source);
    migrate::run(&mut target, migrations)?;
    if tables.contains(&"meta") {
        super::meta::set(&target, super::meta::REBUILD, &now.to_string()).map_err(super::open_error)?;
    }
    // The log is folded into the file, so that one rename carries everything.
    target.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")?;
    drop(target);
    set_aside(path, now).map_err(io)?;
    fs::rename(&copy, path).map_err(io)
}

fn set_aside(path: &Path, now: i64) -> io::Result<()> {
    let free = |n: u32| {
        let suffix = if n == 0 { format!(".aside-{now}") } else { format!(".aside-{now}-{n}") };
        let name = beside(path, &suffix);
        (!name.exists()).then_some(name)
    };
    let target = (0..1000).find_map(free).ok_or_else(|| io::Error::other("no free name to set the database aside"))?;
    for suffix in ["-wal", "-shm", ""] {
        match fs::rename(beside(path, suffix), beside(&target, suffix)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
}

/// Copies what can be read of a table: from the front until the damage, then from the back until the damage. Each time over a new
/// connection: after one page whose seal is broken, SQLCipher reads nothing more over the old one.
fn copy_table(path: &Path, key: &StoreKey, target: &mut Connection, table: &str) -> Result<u64, OpenError> {
    let tx = target.transaction()?;
    let mut copied = 0;
    for order in ["ASC", "DESC"] {
        let Ok(source) = connect::reader(path, key) else { continue };
        let Ok(mut select) = source.prepare(&format!("SELECT rowid, * FROM {table} ORDER BY rowid {order}")) else { continue };
        let columns = select.column_count();
        let names: Vec<String> = select.column_names().skip(1).map(str::to_owned).collect();
        let places = vec!["?"; columns].join(", ");
        let mut insert = tx.prepare(&format!("INSERT OR IGNORE INTO {table} (rowid, {}) VALUES ({places})", names.join(", ")))?;
        let Ok(mut rows) = select.query([]) else { continue };
        let whole = loop {
            match rows.next() {
                Ok(None) => break true,
                Err(_) => break false,
                Ok(Some(row)) => {
                    let values: Result<Vec<Value>, _> = (0..columns).map(|i| row.get::<_, Value>(i)).collect();
                    if let Ok(values) = values {
                        copied += insert.execute(params_from_iter(values)).map_err(OpenError::from)? as u64;
                    }
                }
            }
        };
        if whole {
            break;
        }
    }
    tx.commit()?;
    Ok(copied)
}
