//! Which files a document names, and how those stand that are to be sent from here.

use super::{StoreError, refused, sql};
use beehive_core::{DocId, FileHash};
use rusqlite::{Connection, OptionalExtension, Row};
use std::collections::{HashMap, HashSet};

/// The code of a file that the server's copy of the record does not name (yet): worth another try when the record changes.
pub const NOT_NAMED: &str = "file_not_named";
/// The code of a file that is nowhere any more.
pub const LOST: &str = "file_lost";

/// Where a file stands on its way to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sending {
    /// To be sent.
    Waiting,
    /// On the server's disk.
    Delivered,
    /// The server does not take it.
    Refused,
    /// Kept with an entry that the server refused: sent if that is made anew, and not before.
    Aside,
}

impl Sending {
    fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::Delivered => 1,
            Self::Refused => 2,
            Self::Aside => 3,
        }
    }

    fn from_number(n: i64) -> Self {
        match n {
            1 => Self::Delivered,
            2 => Self::Refused,
            3 => Self::Aside,
            _ => Self::Waiting,
        }
    }
}

/// A file as a document names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRow {
    /// The document.
    pub doc: DocId,
    /// The file.
    pub hash: FileHash,
    /// Whether it is the small picture of another.
    pub small: bool,
    /// Whether it is to be sent from here.
    pub mine: bool,
    /// How far it is.
    pub state: Sending,
    /// Its length in bytes, once known.
    pub size: u64,
    /// Bytes the server has confirmed.
    pub sent: u64,
    /// The upload's name at the server.
    pub place: Option<String>,
    /// Why it was refused.
    pub code: Option<String>,
    /// How often its bytes arrived wrong.
    pub tries: u32,
    /// When it was at the server, seconds since 1970; 0 = never yet.
    pub at: i64,
}

const COLUMNS: &str = "doc, hash, small, mine, state, size, sent, place, code, tries, at";

fn read(row: &Row<'_>) -> rusqlite::Result<AttachmentRow> {
    Ok(AttachmentRow {
        doc: sql::id(row, 0, DocId::from_slice)?,
        hash: sql::id(row, 1, FileHash::from_slice)?,
        small: row.get(2)?,
        mine: row.get(3)?,
        state: Sending::from_number(row.get(4)?),
        size: sql::unsigned(row.get(5)?),
        sent: sql::unsigned(row.get(6)?),
        place: row.get(7)?,
        code: row.get(8)?,
        tries: row.get(9)?,
        at: row.get(10)?,
    })
}

fn rows(conn: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<AttachmentRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM attachment {rest}"))?;
    let rows = select.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Remembers which files a document names (and which of them are small pictures), leaving alone how they stand, and those of its entries.
pub fn set(conn: &Connection, doc: &DocId, names: &[(FileHash, bool)]) -> Result<(), StoreError> {
    for row in of(conn, doc)? {
        let named = names.iter().any(|(hash, _)| *hash == row.hash);
        if !named && !refused::keeps_file(conn, doc, &row.hash)? {
            remove(conn, doc, &row.hash)?;
        } else if named && row.state == Sending::Aside {
            put_state(conn, &AttachmentRow { state: Sending::Waiting, code: None, ..row })?;
        }
    }
    for (hash, small) in names {
        conn.prepare_cached("INSERT OR IGNORE INTO attachment (doc, hash, small) VALUES (?1, ?2, ?3)")?.execute((
            doc.as_bytes(),
            hash.as_bytes(),
            small,
        ))?;
    }
    conn.prepare_cached("UPDATE attachment SET state = 0, code = NULL WHERE doc = ?1 AND state = 2 AND code = ?2")?
        .execute((doc.as_bytes(), NOT_NAMED))?;
    Ok(())
}

fn remove(conn: &Connection, doc: &DocId, hash: &FileHash) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM attachment WHERE doc = ?1 AND hash = ?2")?.execute((doc.as_bytes(), hash.as_bytes()))?;
    Ok(())
}

/// A file that an entry names which is not on the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryFile {
    /// Which.
    pub hash: FileHash,
    /// Whether it is the small picture of another.
    pub small: bool,
    /// Its length in bytes; 0 = not known yet.
    pub size: u64,
    /// [`Sending::Waiting`] or [`Sending::Aside`].
    pub state: Sending,
}

/// Keeps the files of a document's entries beside those that it names itself, and forgets all others.
pub fn keep_for_entries(
    conn: &Connection,
    doc: &DocId,
    named: &HashSet<FileHash>,
    wanted: &HashMap<FileHash, EntryFile>,
) -> Result<(), StoreError> {
    for row in of(conn, doc)?.iter().filter(|row| !named.contains(&row.hash) && !wanted.contains_key(&row.hash)) {
        remove(conn, doc, &row.hash)?;
    }
    for file in wanted.values() {
        conn.prepare_cached("INSERT OR IGNORE INTO attachment (doc, hash, small, mine, size) VALUES (?1, ?2, ?3, 1, ?4)")?.execute((
            doc.as_bytes(),
            file.hash.as_bytes(),
            file.small,
            sql::int(file.size),
        ))?;
        let Some(row) = get(conn, doc, &file.hash)? else { continue };
        // What is there stays there, unless the entry came back to its author.
        if row.state != file.state && !(row.state == Sending::Delivered && file.state == Sending::Waiting) {
            put_state(conn, &AttachmentRow { mine: true, state: file.state, code: None, ..row })?;
        }
    }
    Ok(())
}

/// Says that a file is to be sent from here.
pub fn set_mine(conn: &Connection, doc: &DocId, hash: &FileHash, size: u64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE attachment SET mine = 1, size = ?3 WHERE doc = ?1 AND hash = ?2 AND mine = 0")?.execute((
        doc.as_bytes(),
        hash.as_bytes(),
        sql::int(size),
    ))?;
    Ok(())
}

/// Writes how a file stands.
pub fn put_state(conn: &Connection, row: &AttachmentRow) -> Result<(), StoreError> {
    conn.prepare_cached(
        "UPDATE attachment SET mine = ?3, state = ?4, size = ?5, sent = ?6, place = ?7, code = ?8, tries = ?9, at = ?10
         WHERE doc = ?1 AND hash = ?2",
    )?
    .execute((
        row.doc.as_bytes(),
        row.hash.as_bytes(),
        row.mine,
        row.state.number(),
        sql::int(row.size),
        sql::int(row.sent),
        &row.place,
        &row.code,
        row.tries,
        row.at,
    ))?;
    Ok(())
}

/// The files of a document.
pub fn of(conn: &Connection, doc: &DocId) -> Result<Vec<AttachmentRow>, StoreError> {
    rows(conn, "WHERE doc = ?1", [doc.as_bytes()])
}

/// One file of a document.
pub fn get(conn: &Connection, doc: &DocId, hash: &FileHash) -> Result<Option<AttachmentRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM attachment WHERE doc = ?1 AND hash = ?2"))?;
    Ok(select.query_row((doc.as_bytes(), hash.as_bytes()), read).optional()?)
}

/// Every file that is named, with how it stands.
pub fn all(conn: &Connection) -> Result<Vec<AttachmentRow>, StoreError> {
    rows(conn, "ORDER BY rowid", [])
}

/// What is to be sent and can be: the server has all of the record that names it, or holds it for a supervisor. Small pictures first, then in
/// the order recorded.
pub fn to_send(conn: &Connection) -> Result<Vec<AttachmentRow>, StoreError> {
    rows(
        conn,
        "WHERE mine = 1 AND state = 0
         AND NOT EXISTS (SELECT 1 FROM document d WHERE d.doc = attachment.doc AND d.unsent <> 0)
         AND (EXISTS (SELECT 1 FROM document d WHERE d.doc = attachment.doc)
              OR EXISTS (SELECT 1 FROM refused r WHERE r.doc = attachment.doc AND (r.state = 3 OR (r.state = 0 AND r.code = 'held'))))
         ORDER BY small DESC, rowid",
        [],
    )
}

/// How many files wait (small pictures count with their photo, once), and the bytes still to go; how many were refused.
pub fn waiting(conn: &Connection) -> Result<(u32, u64, u32), StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT count(*) FILTER (WHERE small = 0), coalesce(sum(max(size - sent, 0)), 0), count(*) FILTER (WHERE small = 1)
         FROM attachment WHERE mine = 1 AND state = 0",
    )?;
    let (files, bytes, small): (u32, i64, u32) = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let refused = conn
        .prepare_cached("SELECT count(*) FROM attachment WHERE mine = 1 AND state = 2 AND small = 0")?
        .query_row([], |row| row.get(0))?;
    Ok((files.max(small), sql::unsigned(bytes), refused))
}

/// Whether something of a document is still to be sent.
pub fn any_waiting(conn: &Connection, doc: &DocId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM attachment WHERE doc = ?1 AND mine = 1 AND state = 0")?.exists([doc.as_bytes()])?)
}

/// Offers everything to the server again: it may have lost it.
pub fn offer_again(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("UPDATE attachment SET state = 0, sent = 0, place = NULL, code = NULL WHERE mine = 1 AND state IN (1, 2)", [])?;
    Ok(())
}

/// Tries once more what the server did not take, as somebody asked for it. What is nowhere any more stays so.
pub fn try_again(conn: &Connection) -> Result<(), StoreError> {
    conn.execute("UPDATE attachment SET state = 0, code = NULL, tries = 0 WHERE mine = 1 AND state = 2 AND code <> ?1", [LOST])?;
    Ok(())
}

/// Forgets which files a document names; answers those that no other document names.
pub fn release(conn: &Connection, doc: &DocId) -> Result<Vec<FileHash>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT hash FROM attachment a WHERE doc = ?1 AND NOT EXISTS (SELECT 1 FROM attachment b WHERE b.hash = a.hash AND b.doc <> a.doc)",
    )?;
    let hashes = select.query_map([doc.as_bytes()], |row| sql::id(row, 0, FileHash::from_slice))?.collect::<Result<_, _>>()?;
    conn.prepare_cached("DELETE FROM attachment WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(hashes)
}

/// Whether any document names a file.
pub fn is_named(conn: &Connection, hash: &FileHash) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM attachment WHERE hash = ?1")?.exists([hash.as_bytes()])?)
}

/// Of every named file: whether the server has confirmed it, for each record it is to be sent for from here; `None` if it is to be sent
/// for none. What a supervisor has not decided about is not confirmed: it may come back.
pub fn settled(conn: &Connection) -> Result<HashMap<FileHash, Option<bool>>, StoreError> {
    let mut settled = HashMap::new();
    for row in all(conn)? {
        let known: &mut Option<bool> = settled.entry(row.hash).or_default();
        if row.mine {
            let confirmed = row.state == Sending::Delivered && !refused::holds_file(conn, &row.doc, &row.hash)?;
            *known = Some(known.unwrap_or(true) && confirmed);
        }
    }
    Ok(settled)
}

/// Whether a file is a small picture; `None` if no document names it.
pub fn is_small(conn: &Connection, hash: &FileHash) -> Result<Option<bool>, StoreError> {
    let mut select = conn.prepare_cached("SELECT small FROM attachment WHERE hash = ?1 LIMIT 1")?;
    Ok(select.query_row([hash.as_bytes()], |row| row.get(0)).optional()?)
}
