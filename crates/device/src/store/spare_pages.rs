//! Second copies of the few pages without which much of a database, or all of it, cannot be read.
//!
//! The first page holds the salt that every page's seal depends on; it and the other pages of the schema are the way to all tables, and
//! a table's root is the way to its rows. Were one of them lost, other pages would be noise, however whole. So they are kept beside the
//! database, encrypted as they are, and taken anew when the store is opened and closed and when the file has grown. What is older than
//! the database still leads to every page that was there then.

use super::connect;
use crate::key::StoreKey;
use beehive_machine::private;
use rusqlite::Connection;
use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

/// SQLCipher's page size, in bytes: no database is smaller.
pub const PAGE: usize = 4096;
/// Before each page: what it is for, and its number.
const HEAD: usize = 1 + 4;

/// What a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Use {
    /// The schema: without it nothing can be read.
    Schema,
    /// The root of a table: without it nothing of that table can be read.
    Root,
}

/// Which pages are to be kept: their uses and their numbers, from 1.
type Pages = Vec<(Use, u32)>;

/// Which pages of a database these are, given the tables that are worth saving. Each is read on the way: an error means that one of them
/// may be damaged.
fn of(conn: &Connection, tables: &[&str]) -> rusqlite::Result<Pages> {
    let read = |sql: &str| -> rusqlite::Result<Vec<(String, u32)>> {
        conn.prepare(sql)?.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
    };
    let schema = read("SELECT '', pageno FROM dbstat WHERE name = 'sqlite_schema'")?;
    let roots = read("SELECT name, rootpage FROM sqlite_schema WHERE type = 'table' AND rootpage > 1")?;
    let mut pages: Pages = schema.into_iter().map(|(_, page)| (Use::Schema, page)).collect();
    for (name, page) in roots.into_iter().filter(|(name, _)| tables.contains(&name.as_str())) {
        // An index would do, and would prove nothing.
        conn.prepare(&format!("SELECT 1 FROM {name} NOT INDEXED"))?.exists([])?;
        pages.push((Use::Root, page));
    }
    pages.sort_unstable();
    Ok(pages)
}

/// Where the copies of a database's pages are.
pub fn path_of(database: &Path) -> PathBuf {
    super::salvage::beside(database, ".first")
}

/// Under which name they are set aside with their database.
pub fn aside_name(database: &Path) -> String {
    let name = database.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.replacen(".aside-", ".first.aside-", 1)
}

/// Takes the copies anew, if a page has changed. Copies are better than damaged pages: where one cannot be read, they stay. What cannot
/// be copied costs no more than the copy.
pub fn keep(database: &Path, key: &StoreKey, tables: &[&str]) {
    let kept = (|| -> io::Result<()> {
        // Over a connection of its own: another one may remember pages that are no longer so on the disk.
        let pages = connect::reader(database, key).and_then(|conn| Ok(of(&conn, tables)?));
        let pages = pages.map_err(io::Error::other)?;
        let mut file = File::open(database)?;
        let mut copies = Vec::with_capacity(pages.len() * (HEAD + PAGE));
        for (what, number) in &pages {
            let mut page = vec![0; PAGE];
            file.seek(SeekFrom::Start(offset(*number)))?;
            match file.read_exact(&mut page) {
                // It is still in the log.
                Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => continue,
                other => other?,
            }
            copies.push(u8::from(*what == Use::Root));
            copies.extend(number.to_be_bytes());
            copies.extend(page);
        }
        let path = path_of(database);
        let same = copies.is_empty() || fs::read(&path).is_ok_and(|before| before == copies);
        if same { Ok(()) } else { private::replace(&path, &copies) }
    })();
    if let Err(e) = kept {
        tracing::warn!(error = %e, "the first pages of the database cannot be copied");
    }
}

fn offset(number: u32) -> u64 {
    u64::from(number.saturating_sub(1)) * PAGE as u64
}

/// The copies that are kept, in a file of either form: until version 8 of the schema it was the first page alone.
fn kept(bytes: &[u8]) -> Vec<(Use, u32, &[u8])> {
    if bytes.len() == PAGE {
        return vec![(Use::Schema, 1, bytes)];
    }
    let one = |record: &'_ [u8]| -> Option<(Use, u32)> {
        let what = if *record.first()? == 0 { Use::Schema } else { Use::Root };
        Some((what, u32::from_be_bytes(record.get(1..HEAD)?.try_into().ok()?)))
    };
    bytes.chunks_exact(HEAD + PAGE).filter_map(|record| one(record).map(|(what, number)| (what, number, &record[HEAD..]))).collect()
}

/// A copy of a database that cannot be read, with pages put back. Erased when dropped.
pub struct Mended(PathBuf);

impl Mended {
    /// Makes it with the pages up to this use put back, if there are any.
    pub fn make(database: &Path, up_to: Use) -> io::Result<Option<Self>> {
        let bytes = match fs::read(path_of(database)) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let pages: Vec<_> = kept(&bytes).into_iter().filter(|(what, ..)| *what <= up_to).collect();
        if !pages.iter().any(|(what, ..)| *what == up_to) {
            return Ok(None);
        }
        // Both may be wanted at once.
        let mended = Self(super::salvage::beside(database, if up_to == Use::Schema { ".mended" } else { ".rooted" }));
        mended.erase();
        let mut file = match fs::copy(database, &mended.0) {
            Ok(_) => File::options().write(true).open(&mended.0)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => File::create(&mended.0)?,
            Err(e) => return Err(e),
        };
        for (_, number, page) in pages {
            file.seek(SeekFrom::Start(offset(number)))?;
            file.write_all(page)?;
        }
        // What was not folded into the database yet is as good as it.
        let log = super::salvage::beside(database, "-wal");
        if log.exists() {
            fs::copy(log, super::salvage::beside(&mended.0, "-wal"))?;
        }
        Ok(Some(mended))
    }

    /// Where it is; erased with this value.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn erase(&self) {
        for suffix in ["", "-wal", "-shm"] {
            // What cannot be erased now is erased before the next one is made.
            let _ = fs::remove_file(super::salvage::beside(&self.0, suffix));
        }
    }
}

impl Drop for Mended {
    fn drop(&mut self) {
        self.erase();
    }
}
