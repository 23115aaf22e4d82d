//! Reference data as the server last sent it.

use super::StoreError;
use beehive_core::reference::Dataset;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Keeps a dataset.
pub fn put(conn: &Connection, dataset: &Dataset, version: &str) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO reference (dataset, version, body) VALUES (?1, ?2, ?3)
         ON CONFLICT (dataset) DO UPDATE SET version = excluded.version, body = excluded.body",
    )?
    .execute((dataset.name(), version, serde_json::to_string(dataset)?))?;
    Ok(())
}

/// Every dataset that can be read. One that cannot (written by another version) counts as absent and is asked for again.
pub fn all(conn: &Connection) -> Result<Vec<Dataset>, StoreError> {
    let mut select = conn.prepare_cached("SELECT body FROM reference")?;
    let rows = select.query_map([], |row| row.get::<_, String>(0))?;
    let bodies = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(bodies.iter().filter_map(|body| serde_json::from_str(body).ok()).collect())
}

/// The versions held, by dataset.
pub fn versions(conn: &Connection) -> Result<BTreeMap<String, String>, StoreError> {
    let mut select = conn.prepare_cached("SELECT dataset, version FROM reference")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Forgets everything.
pub fn clear(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("DELETE FROM reference", [])?;
    Ok(())
}
