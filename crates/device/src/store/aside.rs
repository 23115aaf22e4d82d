//! Bytes from outside that were not let in. One bad record never stops the others; it is kept here for the administrator.

use super::StoreError;
use beehive_core::{DocId, NodeId};
use rusqlite::Connection;

/// How many are kept; a flood of them must not fill the disk.
const KEEP: i64 = 200;

/// Keeps what was not let in.
pub fn add(conn: &Connection, doc: &DocId, scope: &NodeId, code: &str, at: i64, bytes: &[u8]) -> Result<(), StoreError> {
    let known = conn.prepare_cached("SELECT 1 FROM aside WHERE doc = ?1 AND bytes = ?2")?.exists((doc.as_bytes(), bytes))?;
    if known {
        return Ok(());
    }
    conn.prepare_cached("INSERT INTO aside (doc, scope, code, at, bytes) VALUES (?1, ?2, ?3, ?4, ?5)")?.execute((
        doc.as_bytes(),
        scope.as_str(),
        code,
        at,
        bytes,
    ))?;
    conn.prepare_cached("DELETE FROM aside WHERE ord <= (SELECT max(ord) FROM aside) - ?1")?.execute([KEEP])?;
    Ok(())
}

/// Whether anything of a scope was set aside.
pub fn any_of(conn: &Connection, scope: &NodeId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM aside WHERE scope = ?1")?.exists([scope.as_str()])?)
}
