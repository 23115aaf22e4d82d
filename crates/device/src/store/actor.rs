//! Whose stores wrote what is here.

use super::{StoreError, sql};
use beehive_core::{ActorId, MemberId};
use rusqlite::Connection;
use std::collections::HashMap;

/// Remembers whose an actor is.
pub fn put(conn: &Connection, actor: &ActorId, member: &MemberId) -> Result<bool, StoreError> {
    let changed = conn
        .prepare_cached(
            "INSERT INTO actor (actor, member) VALUES (?1, ?2) ON CONFLICT (actor) DO UPDATE SET member = excluded.member WHERE member <> excluded.member",
        )?
        .execute((actor.as_bytes(), member.as_str()))?;
    Ok(changed > 0)
}

/// All of them.
pub fn all(conn: &Connection) -> Result<HashMap<ActorId, MemberId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT actor, member FROM actor")?;
    let rows = select.query_map([], |row| Ok((sql::id(row, 0, ActorId::from_slice)?, MemberId(row.get(1)?))))?;
    Ok(rows.collect::<Result<_, _>>()?)
}
