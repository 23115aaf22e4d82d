//! What becomes of a database that cannot be trusted any more: everything readable is copied into a new one, the old file is renamed.
//! Where a page that leads to others is what is damaged, it is read by the copy of that page.
//!
//! Order: copy into `<name>.salvage`, rename the old file to `<name>.aside-<time>`, rename the copy into place. A crash in between is
//! finished at the next start: a copy without its original is complete, a copy beside it is not.

use super::{
    OpenError, StoreError, change, connect,
    damage::{self, Salvaged},
    migrate,
    migrate::Migrations,
    spare_pages::{self, Mended, Use},
};
use crate::key::StoreKey;
use rusqlite::{Connection, params_from_iter, types::Value};
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

pub fn beside(path: &Path, suffix: &str) -> PathBuf {
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
    if path.exists() {
        return remove_with_log(&copy);
    }
    // What belongs to the old file was copied before it was renamed; beside the new one it would be another's.
    remove_companions(path)?;
    fs::rename(&copy, path)
}

/// Removes what is beside a database and belongs to it: its log, and the copies of its pages.
fn remove_companions(path: &Path) -> io::Result<()> {
    for name in [beside(path, "-wal"), beside(path, "-shm"), spare_pages::path_of(path)] {
        match fs::remove_file(name) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
    }
    Ok(())
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

/// Salvages `path` into a new database in its place and sets the old file aside; answers under which name, and what could be read.
pub fn replace(path: &Path, key: &StoreKey, migrations: Migrations, tables: &[&str], now: i64) -> Result<(String, Salvaged), OpenError> {
    let io = |source| OpenError::io(path, source);
    let copy = beside(path, ".salvage");
    remove_with_log(&copy).map_err(io)?;
    let mut target = connect::writer(&copy, key)?;
    let mut salvaged = Salvaged::default();
    if let Some(source) = readable(path, key).map_err(io)? {
        let version = source.version;
        if version > migrations.len() {
            return Err(OpenError::NewerSchema { found: version as i64, known: migrations.len() as i64 });
        }
        migrate::run_to(&mut target, migrations, version)?;
        (salvaged.opened, salvaged.whole) = (true, true);
        for table in tables {
            let (mut rows, whole) = copy_table(&source.path, key, &mut target, table)?;
            // With its root put back it may lead to more; or to less, if the root is older: so both ways are gone, and nobody can say
            // that this was all.
            if !whole && let Some(mended) = Mended::make(path, Use::Root).map_err(io)? {
                rows += copy_table(mended.path(), key, &mut target, table)?.0;
            }
            tracing::warn!(table, rows, whole, "salvaged");
            salvaged.whole &= whole;
            salvaged.rows.insert((*table).to_owned(), rows);
        }
    }
    migrate::run(&mut target, migrations)?;
    let aside = damage::name(path, now).map_err(io)?;
    if tables.contains(&"meta") {
        salvaged.unsent = change::outbox_records(&target)?;
        super::meta::set(&target, super::meta::REBUILD, &aside)?;
        damage::note(&target, &aside, &salvaged)?;
    }
    // The log is folded into the file, so that one rename carries everything.
    target.execute_batch("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE;")?;
    drop(target);
    set_aside(path, &path.with_file_name(&aside)).map_err(io)?;
    fs::rename(&copy, path).map_err(io)?;
    Ok((aside, salvaged))
}

/// A damaged database that can be opened.
struct Readable {
    path: PathBuf,
    version: usize,
    // Erased when this is dropped.
    _mended: Option<Mended>,
}

/// The database itself if it can be opened, or else with its schema put back.
fn readable(path: &Path, key: &StoreKey) -> io::Result<Option<Readable>> {
    let version = |path: &Path| {
        let conn = connect::tolerant(path, key).ok()?;
        migrate::version(&conn).ok().and_then(|v| usize::try_from(v).ok()).filter(|v| *v > 0)
    };
    if path.exists()
        && let Some(version) = version(path)
    {
        return Ok(Some(Readable { path: path.to_owned(), version, _mended: None }));
    }
    let Some(mended) = Mended::make(path, Use::Schema)? else {
        tracing::error!("nothing can be read from the damaged database");
        return Ok(None);
    };
    let (path, version) = (mended.path().to_owned(), version(mended.path()));
    Ok(version.map(|version| Readable { path, version, _mended: Some(mended) }))
}

/// Whether the copy of a database's first page, at least, shows that the key is its own.
pub fn proves(path: &Path, key: &StoreKey) -> bool {
    readable(path, key).is_ok_and(|source| source.is_some())
}

/// Sets a database aside with what it can be read by. That is copied first: until the database itself is renamed nothing has happened,
/// and a start after a crash finds all of it in its place.
fn set_aside(path: &Path, target: &Path) -> io::Result<()> {
    let pages = target.with_file_name(spare_pages::aside_name(target));
    for (from, to) in [(beside(path, "-wal"), beside(target, "-wal")), (spare_pages::path_of(path), pages)] {
        match fs::copy(&from, &to) {
            Ok(_) => fs::File::open(&to)?.sync_all()?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
    }
    match fs::rename(path, target) {
        // Its name is what tells people of it, even where there is nothing to keep.
        Err(e) if e.kind() == io::ErrorKind::NotFound => drop(fs::File::create_new(target)?),
        other => other?,
    }
    remove_companions(path)
}

/// How often a gap in a table is tried from another place.
const MAX_TRIES: u32 = 2_000;
/// Row numbers within a gap that are tried one by one before the steps get longer: about what a page holds.
const ONE_BY_ONE: u32 = 64;

/// Copies what can be read of a table, and whether that is all: from the front until the damage, from the back until the damage, then what
/// lies whole between two damaged pages. Each time over a new connection: after one page whose seal is broken, SQLCipher reads nothing
/// more over the old one.
fn copy_table(path: &Path, key: &StoreKey, target: &mut Connection, table: &str) -> Result<(u64, bool), OpenError> {
    let tx = target.transaction()?;
    let mut copied = 0;
    let mut part = |order: &str, from: i64, to: i64| copy_part(path, key, &tx, table, order, (from, to), &mut copied);
    let (mut low, whole) = part("ASC", i64::MIN, i64::MAX)?;
    if !whole {
        let (high, _) = part("DESC", low.unwrap_or(i64::MIN), i64::MAX)?;
        let (mut tries, mut failed, mut step) = (0, 0, 1);
        while let (Some(at), Some(end)) = (low, high)
            && at < end
            && tries < MAX_TRIES
        {
            tries += 1;
            let from = at.saturating_add(step);
            if from >= end {
                break;
            }
            let (reached, through) = part("ASC", from, end)?;
            if through {
                break;
            }
            match reached {
                Some(row) => (low, failed, step) = (Some(row), 0, 1),
                None => {
                    failed += 1;
                    low = Some(from);
                    step = if failed < ONE_BY_ONE { 1 } else { step.saturating_mul(2) };
                }
            }
        }
    }
    tx.commit()?;
    Ok((copied, whole))
}

/// Copies rows in an order until the end of their range or the damage: the last row that could be read, and whether it was the end.
fn copy_part(
    path: &Path,
    key: &StoreKey,
    target: &Connection,
    table: &str,
    order: &str,
    (from, to): (i64, i64),
    copied: &mut u64,
) -> Result<(Option<i64>, bool), OpenError> {
    let Ok(source) = connect::tolerant(path, key) else { return Ok((None, false)) };
    let sql = format!("SELECT rowid, * FROM {table} WHERE rowid BETWEEN {from} AND {to} ORDER BY rowid {order}");
    let Ok(mut select) = source.prepare(&sql) else { return Ok((None, false)) };
    let columns = select.column_count();
    let names: Vec<String> = select.column_names().skip(1).map(str::to_owned).collect();
    let places = vec!["?"; columns].join(", ");
    let mut insert = target.prepare(&format!("INSERT OR IGNORE INTO {table} (rowid, {}) VALUES ({places})", names.join(", ")))?;
    let Ok(mut rows) = select.query([]) else { return Ok((None, false)) };
    let mut last = None;
    loop {
        match rows.next() {
            Ok(None) => return Ok((last, true)),
            Err(_) => return Ok((last, false)),
            Ok(Some(row)) => {
                let values: Result<Vec<Value>, _> = (0..columns).map(|i| row.get::<_, Value>(i)).collect();
                if let Ok(values) = values {
                    if let Some(Value::Integer(id)) = values.first() {
                        last = Some(*id);
                    }
                    *copied += insert.execute(params_from_iter(values)).map_err(OpenError::from)? as u64;
                }
            }
        }
    }
}
