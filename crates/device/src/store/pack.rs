//! Packs that are being fetched. What has arrived of one is kept (encrypted, like everything), so a cut download goes on.

use super::{StoreError, sql};
use beehive_core::{NodeId, sync};
use rusqlite::{Connection, OptionalExtension, Row};

/// A pack to fetch.
#[derive(Debug, Clone)]
pub struct PackRow {
    /// Its name.
    pub name: String,
    /// Its scope.
    pub scope: NodeId,
    /// Its length in bytes.
    pub size: u64,
    /// How much of it is here.
    pub received: u64,
    /// Whether its documents are in already.
    pub applied: bool,
}

fn read(row: &Row<'_>) -> rusqlite::Result<PackRow> {
    Ok(PackRow {
        name: row.get(0)?,
        scope: NodeId(row.get(1)?),
        size: sql::unsigned(row.get(2)?),
        received: sql::unsigned(row.get(3)?),
        applied: row.get(4)?,
    })
}

const COLUMNS: &str = "name, scope, size, received, applied";

/// A pack whose bytes were no pack this often is given up until the server names it again.
const MAX_FAILURES: u32 = 2;

/// Packs to fetch, in order.
pub fn pending(conn: &Connection) -> Result<Vec<PackRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM pack WHERE applied = 0 AND failures < ?1 ORDER BY ord, name"))?;
    let rows = select.query_map([MAX_FAILURES], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Reads a pack.
pub fn get(conn: &Connection, name: &str) -> Result<Option<PackRow>, StoreError> {
    Ok(conn.prepare_cached(&format!("SELECT {COLUMNS} FROM pack WHERE name = ?1"))?.query_row([name], read).optional()?)
}

/// Whether a scope still waits for packs.
pub fn any_pending(conn: &Connection, scope: &NodeId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM pack WHERE scope = ?1 AND applied = 0")?.exists([scope.as_str()])?)
}

/// Takes over a scope's list of packs. Those known by name keep what has arrived; those not named any more go.
/// `true` if it is the list that was there already.
pub fn set_list(conn: &Connection, scope: &NodeId, packs: &[sync::Pack]) -> Result<bool, StoreError> {
    let mut select = conn.prepare_cached("SELECT name FROM pack WHERE scope = ?1")?;
    let known = select.query_map([scope.as_str()], |row| row.get::<_, String>(0))?.collect::<Result<Vec<_>, _>>()?;
    for name in known.iter().filter(|name| !packs.iter().any(|p| &p.name == *name)) {
        remove(conn, name)?;
    }
    for (ord, pack) in (0i64..).zip(packs) {
        conn.prepare_cached(
            "INSERT INTO pack (name, scope, ord, size) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name)
                 DO UPDATE SET ord = excluded.ord, failures = 0",
        )?
        .execute((&pack.name, scope.as_str(), ord, sql::int(pack.size)))?;
    }
    Ok(!known.is_empty() && packs.iter().all(|p| known.contains(&p.name)))
}

/// Adds a piece behind what has arrived.
pub fn add_part(conn: &Connection, pack: &PackRow, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
    if offset != pack.received || offset.saturating_add(bytes.len() as u64) > pack.size {
        return Err(StoreError::PackOffset { expected: pack.received, got: offset });
    }
    if bytes.is_empty() {
        return Ok(());
    }
    conn.prepare_cached("INSERT INTO pack_part (name, start, bytes) VALUES (?1, ?2, ?3)")?.execute((
        &pack.name,
        sql::int(offset),
        bytes,
    ))?;
    conn.prepare_cached("UPDATE pack SET received = ?2 WHERE name = ?1")?.execute((&pack.name, sql::int(offset + bytes.len() as u64)))?;
    Ok(())
}

/// What has arrived.
pub fn bytes(conn: &Connection, name: &str) -> Result<Vec<u8>, StoreError> {
    let mut select = conn.prepare_cached("SELECT bytes FROM pack_part WHERE name = ?1 ORDER BY start")?;
    let mut rows = select.query([name])?;
    let mut out = Vec::new();
    while let Some(row) = rows.next()? {
        out.extend_from_slice(row.get_ref(0)?.as_blob().map_err(|_| StoreError::Unreadable("pack"))?);
    }
    Ok(out)
}

/// Starts a pack over whose bytes were no pack.
pub fn restart(conn: &Connection, name: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM pack_part WHERE name = ?1")?.execute([name])?;
    conn.prepare_cached("UPDATE pack SET received = 0, failures = failures + 1 WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// Marks a pack as taken in; its bytes are not needed any more.
pub fn set_applied(conn: &Connection, name: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM pack_part WHERE name = ?1")?.execute([name])?;
    conn.prepare_cached("UPDATE pack SET applied = 1 WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// Forgets a pack.
pub fn remove(conn: &Connection, name: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM pack_part WHERE name = ?1")?.execute([name])?;
    conn.prepare_cached("DELETE FROM pack WHERE name = ?1")?.execute([name])?;
    Ok(())
}

/// Forgets a scope's packs.
pub fn remove_of(conn: &Connection, scope: &NodeId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM pack_part WHERE name IN (SELECT name FROM pack WHERE scope = ?1)")?.execute([scope.as_str()])?;
    conn.prepare_cached("DELETE FROM pack WHERE scope = ?1")?.execute([scope.as_str()])?;
    Ok(())
}
