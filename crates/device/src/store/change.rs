//! The changes made here. The unsent rows are the outbox; there is no second copy.

use super::{StoreError, sql};
use beehive_core::{ActorId, ChangeHash, DocId, NodeId};
use rusqlite::{Connection, OptionalExtension, Row};

/// Days an acknowledged change is kept, so that a server restored from a backup can be healed.
pub const KEEP_DAYS: i64 = 30;

/// Where a change stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// In the outbox, never acknowledged.
    Unsent,
    /// On the server's disk.
    Acked,
    /// In the outbox again: a server that may have lost it is offered it.
    Offered,
}

impl State {
    fn number(self) -> i64 {
        match self {
            Self::Unsent => 0,
            Self::Acked => 1,
            Self::Offered => 2,
        }
    }
}

/// A stored change.
#[derive(Debug, Clone)]
pub struct ChangeRow {
    /// Its hash.
    pub hash: ChangeHash,
    /// The document.
    pub doc: DocId,
    /// Who wrote it.
    pub actor: ActorId,
    /// Whether it was made on this phone.
    pub own: bool,
    /// Where it stands.
    pub state: State,
    /// When it was written; once acknowledged, when that was. Seconds since 1970.
    pub at: i64,
    /// What it says (JSON), so that it can be made anew.
    pub authored: Option<String>,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

const COLUMNS: &str = "hash, doc, actor, own, state, at, authored, bytes";

fn read(row: &Row<'_>) -> rusqlite::Result<ChangeRow> {
    Ok(ChangeRow {
        hash: sql::id(row, 0, ChangeHash::from_slice)?,
        doc: sql::id(row, 1, DocId::from_slice)?,
        actor: sql::id(row, 2, ActorId::from_slice)?,
        own: row.get(3)?,
        state: match row.get::<_, i64>(4)? {
            0 => State::Unsent,
            1 => State::Acked,
            _ => State::Offered,
        },
        at: row.get(5)?,
        authored: row.get(6)?,
        bytes: row.get(7)?,
    })
}

/// Adds a change behind all others. One that is here already stays where it is.
pub fn add(conn: &Connection, c: &ChangeRow) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO change (hash, doc, actor, own, state, at, authored, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT (hash) DO NOTHING",
    )?
    .execute((c.hash.as_bytes(), c.doc.as_bytes(), c.actor.as_bytes(), c.own, c.state.number(), c.at, &c.authored, &c.bytes))?;
    Ok(())
}

fn of(conn: &Connection, doc: &DocId, condition: &str) -> Result<Vec<ChangeRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM change WHERE doc = ?1 AND {condition} ORDER BY ord"))?;
    let rows = select.query_map([doc.as_bytes()], read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What the outbox holds of a document, dependencies first.
pub fn outbox_of(conn: &Connection, doc: &DocId) -> Result<Vec<ChangeRow>, StoreError> {
    of(conn, doc, "state <> 1")
}

/// Every change kept of a document, dependencies first.
pub fn kept_of(conn: &Connection, doc: &DocId) -> Result<Vec<ChangeRow>, StoreError> {
    of(conn, doc, "1")
}

/// The hashes the outbox holds of a document.
pub fn outbox_hashes(conn: &Connection, doc: &DocId) -> Result<Vec<ChangeHash>, StoreError> {
    let mut select = conn.prepare_cached("SELECT hash FROM change WHERE doc = ?1 AND state <> 1 ORDER BY ord")?;
    let rows = select.query_map([doc.as_bytes()], |row| sql::id(row, 0, ChangeHash::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The documents of the outbox, the one that has waited longest first.
pub fn outbox_docs(conn: &Connection) -> Result<Vec<DocId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT doc FROM change WHERE state <> 1 GROUP BY doc ORDER BY min(ord)")?;
    let rows = select.query_map([], |row| sql::id(row, 0, DocId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// How many records have something in the outbox.
pub fn outbox_records(conn: &Connection) -> Result<u32, StoreError> {
    let mut select = conn.prepare_cached("SELECT value FROM total WHERE name = 'unsent_records'")?;
    Ok(select.query_row([], |row| row.get(0))?)
}

/// When the oldest change that was never acknowledged was written.
pub fn oldest_unsent(conn: &Connection) -> Result<Option<i64>, StoreError> {
    Ok(conn.prepare_cached("SELECT min(at) FROM change INDEXED BY change_never_sent WHERE state = 0")?.query_row([], |row| row.get(0))?)
}

/// Whether a change is among those that are kept, sent or not.
pub fn is_kept(conn: &Connection, hash: &ChangeHash) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM change WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}

/// When a change that was never acknowledged was written, by this phone's clock.
pub fn written_at(conn: &Connection, hash: &ChangeHash) -> Result<Option<i64>, StoreError> {
    let mut select = conn.prepare_cached("SELECT at FROM change WHERE hash = ?1 AND state = 0")?;
    Ok(select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?)
}

/// Marks a change as being on the server's disk. `true` if it was in the outbox until now.
pub fn mark_acked(conn: &Connection, hash: &ChangeHash, now: i64) -> Result<bool, StoreError> {
    // Another phone's change was kept only to be sent along.
    let sent_along = conn.prepare_cached("DELETE FROM change WHERE hash = ?1 AND own = 0")?.execute([hash.as_bytes()])?;
    let own =
        conn.prepare_cached("UPDATE change SET state = 1, at = ?2 WHERE hash = ?1 AND state <> 1")?.execute((hash.as_bytes(), now))?;
    Ok(sent_along + own > 0)
}

/// Puts every kept own change of all scopes (or one) into the outbox again.
pub fn offer_again(conn: &Connection, scope: Option<&NodeId>) -> Result<Vec<DocId>, StoreError> {
    let query = match scope {
        None => "UPDATE change SET state = 2 WHERE state = 1 RETURNING doc",
        Some(_) => "UPDATE change SET state = 2 WHERE state = 1 AND doc IN (SELECT doc FROM document WHERE scope = ?1) RETURNING doc",
    };
    let mut update = conn.prepare_cached(query)?;
    let read = |row: &Row<'_>| sql::id(row, 0, DocId::from_slice);
    let rows = match scope {
        None => update.query_map([], read)?.collect::<Result<Vec<_>, _>>()?,
        Some(scope) => update.query_map([scope.as_str()], read)?.collect::<Result<Vec<_>, _>>()?,
    };
    let mut docs = rows;
    docs.sort_unstable();
    docs.dedup();
    Ok(docs)
}

/// Drops one change.
pub fn remove(conn: &Connection, hash: &ChangeHash) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM change WHERE hash = ?1")?.execute([hash.as_bytes()])?;
    Ok(())
}

/// Drops every change of a document.
pub fn remove_of(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM change WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Drops acknowledged changes that have been kept long enough.
pub fn expire(conn: &Connection, now: i64) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM change WHERE state = 1 AND at < ?1")?.execute([now - KEEP_DAYS * 86_400])?;
    Ok(())
}

/// Whether the server has accepted something written under this name.
pub fn is_registered(conn: &Connection, actor: &ActorId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM change WHERE state = 1 AND own <> 0 AND actor = ?1")?.exists([actor.as_bytes()])?)
}

/// The names under which the outbox's own changes were written, the one that has waited longest first.
pub fn outbox_actors(conn: &Connection) -> Result<Vec<ActorId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT actor FROM change WHERE state <> 1 AND own <> 0 GROUP BY actor ORDER BY min(ord)")?;
    let rows = select.query_map([], |row| sql::id(row, 0, ActorId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The names under which this phone wrote anything that is still kept.
pub fn own_actors(conn: &Connection) -> Result<Vec<ActorId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT DISTINCT actor FROM change WHERE own <> 0")?;
    let rows = select.query_map([], |row| sql::id(row, 0, ActorId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt as _, SeedableRng, rngs::StdRng};

    /// Changes are written, sent, offered again, dropped and expire; the number that is kept is the one that counting gives.
    #[test]
    fn the_kept_number_of_unsent_records_is_that_of_the_outbox() {
        let mut conn = Connection::open_in_memory().unwrap();
        super::super::migrate::run(&mut conn, super::super::migrate::PHONE).unwrap();
        let mut rng = StdRng::seed_from_u64(42);
        let mut most = 0;
        for step in 0..600 {
            let (hash, doc) = (ChangeHash([rng.random_range(0..40); 32]), DocId([rng.random_range(0..9); 16]));
            let state = [State::Unsent, State::Acked, State::Offered][rng.random_range(0..3)];
            let own = rng.random_bool(0.8);
            match rng.random_range(0..10) {
                0..=3 => {
                    let row = ChangeRow { hash, doc, actor: ActorId::default(), own, state, at: step, authored: None, bytes: vec![] };
                    add(&conn, &row).unwrap();
                }
                4..=5 => drop(mark_acked(&conn, &hash, step).unwrap()),
                6 => drop(offer_again(&conn, None).unwrap()),
                7 => remove(&conn, &hash).unwrap(),
                8 => remove_of(&conn, &doc).unwrap(),
                _ => expire(&conn, step + KEEP_DAYS * 86_400 - 20).unwrap(),
            }
            let counted = conn.query_row("SELECT count(DISTINCT doc) FROM change WHERE state <> 1", [], |row| row.get::<_, u32>(0));
            let kept = outbox_records(&conn).unwrap();
            assert_eq!(kept, counted.unwrap(), "step {step}");
            most = most.max(kept);
        }
        assert!(most > 3);
    }
}
