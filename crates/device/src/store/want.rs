//! Documents to ask the server for whole.

use super::{StoreError, sql};
use beehive_core::{DocId, NodeId};
use rusqlite::Connection;

/// How often a document is asked for before it is given up.
pub const MAX_ASKS: u32 = 3;

/// Asks for a document. `true` if it was not asked for yet.
pub fn add(conn: &Connection, doc: &DocId, scope: &NodeId) -> Result<bool, StoreError> {
    let added = conn
        .prepare_cached("INSERT INTO want (doc, scope) VALUES (?1, ?2) ON CONFLICT (doc) DO NOTHING")?
        .execute((doc.as_bytes(), scope.as_str()))?;
    Ok(added > 0)
}

/// What to ask for now.
pub fn pending(conn: &Connection, limit: u32) -> Result<Vec<DocId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT doc FROM want WHERE asked < ?1 ORDER BY rowid LIMIT ?2")?;
    let rows = select.query_map((MAX_ASKS, limit), |row| sql::id(row, 0, DocId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Counts one asking that was answered with neither the document nor a word about it.
pub fn count_ask(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE want SET asked = asked + 1 WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Stops asking.
pub fn remove(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM want WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Whether anything of a scope is still asked for.
pub fn any_of(conn: &Connection, scope: &NodeId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM want WHERE scope = ?1")?.exists([scope.as_str()])?)
}
