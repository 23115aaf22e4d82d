//! Drafts: what forms have in them, kept at every change.

use super::{StoreError, sql};
use crate::api::DraftView;
use rusqlite::{Connection, OptionalExtension, types::Type};
use std::collections::BTreeSet;

/// Keeps a draft.
pub fn put(conn: &Connection, draft: &DraftView) -> Result<(), StoreError> {
    let body = serde_json::to_string(&draft.body)?;
    conn.prepare_cached(
        "INSERT INTO draft (id, body, at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO UPDATE SET body = excluded.body, at = excluded.at",
    )?
    .execute((&draft.id, body, draft.at))?;
    Ok(())
}

/// Reads a draft.
pub fn get(conn: &Connection, id: &str) -> Result<Option<DraftView>, StoreError> {
    let mut select = conn.prepare_cached("SELECT id, body, at FROM draft WHERE id = ?1")?;
    let draft = select.query_row([id], |row| {
        let body: String = row.get(1)?;
        let body = serde_json::from_str(&body).map_err(|e| sql::failed(1, Type::Text, e))?;
        Ok(DraftView { id: row.get(0)?, body, at: row.get(2)? })
    });
    Ok(draft.optional()?)
}

/// Every draft, by id.
pub fn all(conn: &Connection) -> Result<Vec<(String, i64, String)>, StoreError> {
    let mut select = conn.prepare_cached("SELECT id, at, body FROM draft ORDER BY id")?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// In how many forms something was begun. A draft is called by its form; `FORM:photos` is a part of it, and `FORM:last`
/// only what the form remembers of the time before.
pub fn begun(conn: &Connection) -> Result<u32, StoreError> {
    let all = all(conn)?;
    let begun = all.iter().map(|(id, ..)| id.as_str()).filter(|id| !id.ends_with(":last"));
    let begun: BTreeSet<&str> = begun.map(|id| id.strip_suffix(":photos").unwrap_or(id)).collect();
    Ok(u32::try_from(begun.len()).unwrap_or(u32::MAX))
}

/// Forgets a draft.
pub fn remove(conn: &Connection, id: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM draft WHERE id = ?1")?.execute([id])?;
    Ok(())
}

/// Whether any draft has a text in it, such as a file's hash.
pub fn any_mentions(conn: &Connection, text: &str) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM draft WHERE instr(body, ?1) > 0")?.exists([text])?)
}
