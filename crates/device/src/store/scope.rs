//! How far each scope's log has been read.

use super::{StoreError, sql};
use beehive_core::NodeId;
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeMap;

/// Where a scope stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeRow {
    /// How far the log has been read; none = download from the beginning.
    pub cursor: Option<u64>,
    /// The cursor that holds once all packs are in.
    pub pending: Option<u64>,
    /// How often it was downloaded.
    pub generation: i64,
    /// Whether it is being read again because digests differed.
    pub repairing: bool,
    /// When it was last read again, seconds since 1970.
    pub repaired_at: Option<i64>,
    /// Whether it is no longer the reader's.
    pub gone: bool,
}

/// Reads a scope.
pub fn get(conn: &Connection, scope: &NodeId) -> Result<Option<ScopeRow>, StoreError> {
    let mut select = conn.prepare_cached("SELECT cursor, pending, generation, repairing, repaired_at, gone FROM scope WHERE scope = ?1")?;
    let row = select.query_row([scope.as_str()], |row| {
        Ok(ScopeRow {
            cursor: row.get::<_, Option<i64>>(0)?.map(sql::unsigned),
            pending: row.get::<_, Option<i64>>(1)?.map(sql::unsigned),
            generation: row.get(2)?,
            repairing: row.get(3)?,
            repaired_at: row.get(4)?,
            gone: row.get(5)?,
        })
    });
    Ok(row.optional()?)
}

/// Writes a scope.
pub fn put(conn: &Connection, scope: &NodeId, s: &ScopeRow) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO scope (scope, cursor, pending, generation, repairing, repaired_at, gone) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
         ON CONFLICT (scope) DO UPDATE SET cursor = excluded.cursor, pending = excluded.pending, generation = excluded.generation,
             repairing = excluded.repairing, repaired_at = excluded.repaired_at, gone = excluded.gone",
    )?
    .execute((scope.as_str(), s.cursor.map(sql::int), s.pending.map(sql::int), s.generation, s.repairing, s.repaired_at, s.gone))?;
    Ok(())
}

/// The cursors of all scopes that have one.
pub fn cursors(conn: &Connection) -> Result<BTreeMap<NodeId, u64>, StoreError> {
    let mut select = conn.prepare_cached("SELECT scope, cursor FROM scope WHERE cursor IS NOT NULL AND gone = 0")?;
    let rows = select.query_map([], |row| Ok((NodeId(row.get(0)?), sql::unsigned(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes every cursor void.
pub fn clear_cursors(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("UPDATE scope SET cursor = NULL, pending = NULL, repairing = 0", [])?;
    Ok(())
}

/// Every scope of which something is here: documents, packs on their way, a place in its log.
pub fn present(conn: &Connection) -> Result<Vec<NodeId>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT scope FROM document WHERE scope <> '' UNION SELECT scope FROM pack UNION SELECT scope FROM scope WHERE gone = 0",
    )?;
    let rows = select.query_map([], |row| row.get(0).map(NodeId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Scopes that are no longer the reader's.
pub fn gone(conn: &Connection) -> Result<Vec<NodeId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT scope FROM scope WHERE gone <> 0")?;
    let rows = select.query_map([], |row| row.get(0).map(NodeId))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets a scope.
pub fn remove(conn: &Connection, scope: &NodeId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM scope WHERE scope = ?1")?.execute([scope.as_str()])?;
    Ok(())
}
