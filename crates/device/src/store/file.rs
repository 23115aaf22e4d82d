//! Photos and voice notes on this phone.

use super::{StoreError, sql};
use beehive_core::FileHash;
use rusqlite::{Connection, OptionalExtension};
use sha2::{Digest, Sha256};

/// The largest file that is kept, in bytes.
pub const MAX_FILE: usize = 12 * 1024 * 1024;

/// Keeps a file under the hash of its bytes.
pub fn put(conn: &Connection, media: &str, bytes: &[u8], now: i64) -> Result<FileHash, StoreError> {
    if bytes.len() > MAX_FILE {
        return Err(StoreError::FileTooLarge { size: bytes.len(), limit: MAX_FILE });
    }
    let hash = FileHash(Sha256::digest(bytes).into());
    conn.prepare_cached("INSERT INTO file (hash, media, size, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (hash) DO NOTHING")?
        .execute((hash.as_bytes(), media, sql::int(bytes.len() as u64), now, bytes))?;
    Ok(hash)
}

/// Reads a file: media type and bytes.
pub fn get(conn: &Connection, hash: &FileHash) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    let mut select = conn.prepare_cached("SELECT media, bytes FROM file WHERE hash = ?1")?;
    Ok(select.query_row([hash.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?)
}

/// Every file's hash and size, the newest first.
pub fn all(conn: &Connection) -> Result<Vec<(FileHash, u64)>, StoreError> {
    let mut select = conn.prepare_cached("SELECT hash, size FROM file ORDER BY at DESC, hash")?;
    let rows = select.query_map([], |row| Ok((sql::id(row, 0, FileHash::from_slice)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether a file is here.
pub fn exists(conn: &Connection, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM file WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}

/// Erases a file.
pub fn remove(conn: &Connection, hash: &FileHash) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM file WHERE hash = ?1")?.execute([hash.as_bytes()])?;
    Ok(())
}
