//! Photos and voice notes on this phone: their bytes, and what is known of them.

use super::{StoreError, sql};
use beehive_core::{FileHash, media::MAX_FILE};
use rusqlite::{Connection, OptionalExtension, Row};
use sha2::{Digest, Sha256};

/// What is known of a file beside its bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// Its small picture.
    pub thumb: Option<FileHash>,
    /// Whether it is one.
    pub small: bool,
    /// How long a voice note is, in seconds.
    pub secs: Option<u32>,
    /// Where it was taken, if that was kept on purpose.
    pub pos: Option<String>,
    /// Width and height of a picture.
    pub pixels: Option<(u32, u32)>,
    /// Whether it came from the server.
    pub fetched: bool,
}

/// A file without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRow {
    /// The SHA-256 of its bytes.
    pub hash: FileHash,
    /// Media type.
    pub media: String,
    /// Length in bytes.
    pub size: u64,
    /// When it was kept, seconds since 1970.
    pub at: i64,
    /// What else is known.
    pub about: About,
}

/// Keeps a file under the hash of its bytes.
pub fn put(conn: &Connection, media: &str, bytes: &[u8], about: &About, now: i64) -> Result<FileHash, StoreError> {
    if bytes.len() > MAX_FILE {
        return Err(StoreError::FileTooLarge { size: bytes.len(), limit: MAX_FILE });
    }
    let hash = FileHash(Sha256::digest(bytes).into());
    // First what is known of it: a file is here once its bytes are.
    conn.prepare_cached(
        "INSERT INTO about (hash, thumb, small, secs, pos, width, height, fetched) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (hash) DO UPDATE SET thumb = coalesce(thumb, excluded.thumb), pos = excluded.pos, fetched = min(fetched, excluded.fetched)",
    )?
    .execute((
        hash.as_bytes(),
        about.thumb.as_ref().map(FileHash::as_bytes),
        about.small,
        about.secs,
        &about.pos,
        about.pixels.map(|p| p.0),
        about.pixels.map(|p| p.1),
        about.fetched,
    ))?;
    conn.prepare_cached("INSERT INTO file (hash, media, size, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING")?
        .execute((hash.as_bytes(), media, sql::int(bytes.len() as u64), now, bytes))?;
    Ok(hash)
}

/// Reads a file: media type and bytes.
pub fn get(conn: &Connection, hash: &FileHash) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let mut select = conn.prepare_cached("SELECT media, bytes FROM file WHERE hash = ?1")?;
    Ok(select.query_row([hash.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

const ROW: &str = "SELECT f.hash, f.media, f.size, f.at, a.thumb, coalesce(a.small, 0), a.secs, a.pos, a.width, a.height,
    coalesce(a.fetched, 0) FROM file f LEFT JOIN about a ON a.hash = f.hash";

fn read(row: &Row<'_>) -> rusqlite::Result<FileRow> {
    let thumb: Option<Vec<u8>> = row.get(4)?;
    let (width, height): (Option<u32>, Option<u32>) = (row.get(8)?, row.get(9)?);
    Ok(FileRow {
        hash: sql::id(row, 0, FileHash::from_slice)?,
        media: row.get(1)?,
        size: sql::unsigned(row.get(2)?),
        at: row.get(3)?,
        about: About {
            thumb: thumb.and_then(|bytes| FileHash::from_slice(&bytes).ok()),
            small: row.get(5)?,
            secs: row.get(6)?,
            pos: row.get(7)?,
            pixels: width.zip(height),
            fetched: row.get(10)?,
        },
    })
}

/// A file without its bytes.
pub fn row(conn: &Connection, hash: &FileHash) -> Result<Option<FileRow>, StoreError> {
    Ok(conn.prepare_cached(&format!("{ROW} WHERE f.hash = ?1"))?.query_row([hash.as_bytes()], read).optional()?)
}

/// All files without their bytes, the newest first.
pub fn rows(conn: &Connection) -> Result<Vec<FileRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("{ROW} ORDER BY f.at DESC, f.hash"))?;
    let rows = select.query_map([], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a file is here.
pub fn exists(conn: &Connection, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM file WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}

/// Erases a file's bytes.
pub fn remove(conn: &Connection, hash: &FileHash) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM file WHERE hash = ?1")?.execute([hash.as_bytes()])?;
    conn.prepare_cached("DELETE FROM about WHERE hash = ?1")?.execute([hash.as_bytes()])?;
    Ok(())
}

/// Erases everything.
pub fn clear(conn: &Connection) -> Result<(), StoreError> {
    Ok(conn.execute_batch("DELETE FROM file; DELETE FROM about;")?)
}

/// Gives the room of what was erased back to the phone.
pub fn shrink(conn: &Connection) -> Result<(), StoreError> {
    let mut step = conn.prepare("PRAGMA incremental_vacuum")?;
    let mut rows = step.query([])?;
    while rows.next()?.is_some() {}
    drop(rows);
    drop(step);
    conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    Ok(())
}
