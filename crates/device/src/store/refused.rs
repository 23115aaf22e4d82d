//! What the server refused or holds: never gone without a word, readable, and to be made anew.

use super::{StoreError, sql};
use beehive_core::{DocId, FileHash};
use rusqlite::{Connection, OptionalExtension, Row};

/// What became of an entry that waited for a person (0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Read and put away; stays exportable.
    Dismissed,
    /// Made anew on the current version.
    Retried,
    /// Stored by the server after all.
    Accepted,
}

/// The code of an entry that the server keeps for a supervisor.
pub const HELD: &str = "held";
/// The code of an entry that a supervisor declined.
pub const DECLINED: &str = "declined";

impl State {
    fn number(self) -> i64 {
        match self {
            Self::Dismissed => 1,
            Self::Retried => 2,
            Self::Accepted => 3,
        }
    }
}

/// An entry.
#[derive(Debug, Clone)]
pub struct RefusedRow {
    /// Its number; 0 before it is stored.
    pub entry: i64,
    /// The record.
    pub doc: DocId,
    /// Why, as a stable code.
    pub code: String,
    /// When.
    pub at: i64,
    /// The record's title, as far as known.
    pub title: String,
    /// What was written (JSON list).
    pub authored: String,
    /// The raw changes (see [`super::content`]).
    pub changes: Vec<u8>,
    /// Of a held one: the server's own code; empty if it gave none.
    pub why: String,
    /// What a supervisor wrote.
    pub note: String,
}

const COLUMNS: &str = "entry, doc, code, at, title, authored, changes, why, note";

fn read(row: &Row<'_>) -> rusqlite::Result<RefusedRow> {
    Ok(RefusedRow {
        entry: row.get(0)?,
        doc: sql::id(row, 1, DocId::from_slice)?,
        code: row.get(2)?,
        at: row.get(3)?,
        title: row.get(4)?,
        authored: row.get(5)?,
        changes: row.get(6)?,
        why: row.get(7)?,
        note: row.get(8)?,
    })
}

/// Adds an entry.
pub fn add(conn: &Connection, r: &RefusedRow) -> Result<i64, StoreError> {
    conn.prepare_cached("INSERT INTO refused (doc, code, at, title, authored, changes, why) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?
        .execute((r.doc.as_bytes(), &r.code, r.at, &r.title, &r.authored, &r.changes, &r.why))?;
    Ok(conn.last_insert_rowid())
}

fn select(conn: &Connection, condition: &str, params: impl rusqlite::Params) -> Result<Vec<RefusedRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM refused WHERE state = 0 {condition} ORDER BY entry DESC"))?;
    let rows = select.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The entries that wait, newest first.
pub fn open(conn: &Connection) -> Result<Vec<RefusedRow>, StoreError> {
    select(conn, "", [])
}

/// The entries of a record that wait, newest first.
pub fn open_of(conn: &Connection, doc: &DocId) -> Result<Vec<RefusedRow>, StoreError> {
    select(conn, "AND doc = ?1", [doc.as_bytes()])
}

/// Reads an entry that waits.
pub fn get(conn: &Connection, entry: i64) -> Result<Option<RefusedRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM refused WHERE entry = ?1 AND state = 0"))?;
    Ok(select.query_row([entry], read).optional()?)
}

/// Says what became of an entry.
pub fn set_state(conn: &Connection, entry: i64, state: State) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE refused SET state = ?2 WHERE entry = ?1")?.execute((entry, state.number()))?;
    Ok(())
}

/// Every entry that was neither made anew nor stored, put away or not, oldest first, and whether it was put away.
pub fn unsettled(conn: &Connection) -> Result<Vec<(RefusedRow, bool)>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS}, state FROM refused WHERE state IN (0, 1) ORDER BY entry"))?;
    let rows = select.query_map([], |row| Ok((read(row)?, row.get::<_, i64>(9)? == 1)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The entries of a record whose files are to be kept for it: those that wait (false), and those that were stored after all (true).
pub fn with_files(conn: &Connection, doc: &DocId) -> Result<Vec<(RefusedRow, bool)>, StoreError> {
    let mut select =
        conn.prepare_cached(&format!("SELECT {COLUMNS}, state FROM refused WHERE doc = ?1 AND state IN (0, 3) ORDER BY entry"))?;
    let rows = select.query_map([doc.as_bytes()], |row| Ok((read(row)?, row.get::<_, i64>(9)? == 3)))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Whether one of these entries names a file.
pub fn keeps_file(conn: &Connection, doc: &DocId, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM refused WHERE doc = ?1 AND state IN (0, 3) AND instr(authored, ?2) > 0")?
        .exists((doc.as_bytes(), hash.to_string()))?)
}

/// Whether an entry that waits for a supervisor names a file.
pub fn holds_file(conn: &Connection, doc: &DocId, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(conn
        .prepare_cached("SELECT 1 FROM refused WHERE doc = ?1 AND state = 0 AND code = 'held' AND instr(authored, ?2) > 0")?
        .exists((doc.as_bytes(), hash.to_string()))?)
}

/// The records of which something is held.
pub fn waiting(conn: &Connection, limit: u32) -> Result<Vec<DocId>, StoreError> {
    let mut select = conn.prepare_cached("SELECT DISTINCT doc FROM refused WHERE state = 0 AND code = 'held' LIMIT ?1")?;
    let rows = select.query_map([limit], |row| sql::id(row, 0, DocId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A held entry was declined: from now on it waits for its author.
pub fn decline(conn: &Connection, entry: i64, note: &str, now: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE refused SET code = 'declined', note = ?2, at = ?3 WHERE entry = ?1")?.execute((entry, note, now))?;
    Ok(())
}

/// A part of an entry is settled: what is left waits for its author.
pub fn keep_rest(conn: &Connection, r: &RefusedRow) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE refused SET code = ?2, at = ?3, authored = ?4, changes = ?5, why = ?6 WHERE entry = ?1")?.execute((
        r.entry,
        &r.code,
        r.at,
        &r.authored,
        &r.changes,
        &r.why,
    ))?;
    Ok(())
}

fn number(conn: &Connection, query: &str, params: impl rusqlite::Params) -> Result<u32, StoreError> {
    Ok(conn.prepare_cached(query)?.query_row(params, |row| row.get(0))?)
}

/// How many entries wait for this phone's person.
pub fn count(conn: &Connection) -> Result<u32, StoreError> {
    number(conn, "SELECT count(*) FROM refused WHERE state = 0 AND code <> 'held'", [])
}

/// How many entries wait for a supervisor.
pub fn held_count(conn: &Connection) -> Result<u32, StoreError> {
    number(conn, "SELECT count(*) FROM refused WHERE state = 0 AND code = 'held'", [])
}

/// How many entries of a record wait for this phone's person.
pub fn count_of(conn: &Connection, doc: &DocId) -> Result<u32, StoreError> {
    number(conn, "SELECT count(*) FROM refused WHERE state = 0 AND code <> 'held' AND doc = ?1", [doc.as_bytes()])
}

/// Whether anything of a record waits, for whomever.
pub fn any_of(conn: &Connection, doc: &DocId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM refused WHERE state = 0 AND doc = ?1")?.exists([doc.as_bytes()])?)
}

/// How many records wait that are nowhere else any more, because their beginning was refused.
pub fn count_without_record(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn
        .prepare_cached(
            "SELECT count(DISTINCT doc) FROM refused r WHERE state = 0 AND code <> 'held' AND NOT EXISTS (SELECT 1 FROM matter m WHERE m.doc = r.doc)",
        )?
        .query_row([], |row| row.get(0))?)
}

/// Whether what was refused names a text, such as a file's hash.
pub fn any_mentions(conn: &Connection, text: &str) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM refused WHERE instr(authored, ?1) > 0")?.exists([text])?)
}
