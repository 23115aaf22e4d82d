//! When the server received changes that arrived late, and the official numbers of matters: what only the server can say.

use super::StoreError;
use beehive_core::{DocId, MatterNumber, sync::Late};
use rusqlite::{Connection, OptionalExtension};

/// Receive times order lists, and a record of 2099 would be on top again without its own: so for as long as a phone is in use. One is 16 bytes.
const KEPT: i64 = 3_650 * 86_400;

/// The database's integers are signed; the name only has to be the same each time.
fn name(name: u64) -> i64 {
    i64::from_ne_bytes(name.to_ne_bytes())
}

/// Remembers when a change was received.
pub fn put(conn: &Connection, late: &Late) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO late (name, at) VALUES (?1, ?2)")?.execute((name(late.change), late.at))?;
    Ok(())
}

/// When a change was received, if it was late.
pub fn get(conn: &Connection, change: u64) -> Result<Option<i64>, StoreError> {
    Ok(conn.prepare_cached("SELECT at FROM late WHERE name = ?1")?.query_row([name(change)], |row| row.get(0)).optional()?)
}

/// Whether any change is known to have been late.
pub fn any(conn: &Connection) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM late LIMIT 1")?.exists([])?)
}

/// Forgets what no deadline asks for any more.
pub fn expire(conn: &Connection, now: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM late WHERE at < ?1")?.execute([now - KEPT])?;
    Ok(())
}

/// Remembers a matter's official number.
pub fn put_number(conn: &Connection, doc: &DocId, number: MatterNumber) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT OR REPLACE INTO matter_number (doc, number) VALUES (?1, ?2)")?.execute((doc.as_bytes(), number.0))?;
    Ok(())
}

/// Forgets the number of a document that is erased.
pub fn remove_number(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM matter_number WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}
