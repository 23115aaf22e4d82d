//! One row per record: its bytes and what the server is known to hold of it.

use super::{StoreError, sql};
use beehive_core::{DocId, NodeId, sync::Digest};
use rusqlite::{Connection, OptionalExtension, Row};

/// How `content` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// The document's own snapshot: it was loaded here to be written.
    Snapshot,
    /// Its raw changes (see [`super::content`]): it came from outside and was never loaded.
    Changes,
}

impl Form {
    fn number(self) -> i64 {
        match self {
            Self::Snapshot => 0,
            Self::Changes => 1,
        }
    }
}

/// A stored document.
#[derive(Debug, Clone)]
pub struct DocumentRow {
    /// Which.
    pub doc: DocId,
    /// The org node it belongs to.
    pub scope: NodeId,
    /// Digest of all its changes.
    pub digest: Digest,
    /// Digest of the changes the server is known to hold.
    pub acked: Digest,
    /// Changes in the outbox.
    pub unsent: u32,
    /// Of the scope's last download that had it.
    pub generation: i64,
    /// Whether it is to be erased once nothing of it is unsent.
    pub leaving: bool,
    /// How `content` is written.
    pub form: Form,
    /// The bytes.
    pub content: Vec<u8>,
}

fn read(row: &Row<'_>) -> rusqlite::Result<DocumentRow> {
    let digest = |i: usize| Ok::<_, rusqlite::Error>(Digest::from_slice(row.get_ref(i)?.as_blob().unwrap_or_default()).unwrap_or_default());
    Ok(DocumentRow {
        doc: sql::id(row, 0, DocId::from_slice)?,
        scope: NodeId(row.get(1)?),
        digest: digest(2)?,
        acked: digest(3)?,
        unsent: row.get(4)?,
        generation: row.get(5)?,
        leaving: row.get(6)?,
        form: if row.get::<_, i64>(7)? == 0 { Form::Snapshot } else { Form::Changes },
        content: row.get(8)?,
    })
}

/// Reads a document.
pub fn get(conn: &Connection, doc: &DocId) -> Result<Option<DocumentRow>, StoreError> {
    let mut select =
        conn.prepare_cached("SELECT doc, scope, digest, acked, unsent, generation, leaving, form, content FROM document WHERE doc = ?1")?;
    Ok(select.query_row([doc.as_bytes()], read).optional()?)
}

/// Writes a document, new or known. Whether a known one is leaving stays as it is.
pub fn put(conn: &Connection, d: &DocumentRow) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT INTO document (doc, scope, digest, acked, unsent, generation, leaving, form, content)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (doc) DO UPDATE SET scope = excluded.scope, digest = excluded.digest, acked = excluded.acked, unsent = excluded.unsent,
             generation = excluded.generation, form = excluded.form, content = excluded.content",
    )?
    .execute((
        d.doc.as_bytes(),
        d.scope.as_str(),
        d.digest.as_bytes(),
        d.acked.as_bytes(),
        d.unsent,
        d.generation,
        d.leaving,
        d.form.number(),
        &d.content,
    ))?;
    Ok(())
}

/// Whether a document is here.
pub fn exists(conn: &Connection, doc: &DocId) -> Result<bool, StoreError> {
    Ok(conn.prepare_cached("SELECT 1 FROM document WHERE doc = ?1")?.exists([doc.as_bytes()])?)
}

/// Erases a document.
pub fn remove(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM document WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Writes what the outbox and the server hold of it, leaving its bytes alone.
pub fn set_delivery(conn: &Connection, doc: &DocId, acked: &Digest, unsent: u32) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE document SET acked = ?2, unsent = ?3 WHERE doc = ?1")?.execute((
        doc.as_bytes(),
        acked.as_bytes(),
        unsent,
    ))?;
    Ok(())
}

/// Marks a document to be erased once nothing of it is unsent, or no longer.
pub fn set_leaving(conn: &Connection, doc: &DocId, leaving: bool) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE document SET leaving = ?2 WHERE doc = ?1")?.execute((doc.as_bytes(), leaving))?;
    Ok(())
}

/// Says that the scope's current download has the document.
pub fn set_generation(conn: &Connection, doc: &DocId, generation: i64) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE document SET generation = ?2 WHERE doc = ?1 AND generation <> ?2")?
        .execute((doc.as_bytes(), generation))?;
    Ok(())
}

fn ids(conn: &Connection, query: &str, params: impl rusqlite::Params) -> Result<Vec<DocId>, StoreError> {
    let mut select = conn.prepare_cached(query)?;
    let rows = select.query_map(params, |row| sql::id(row, 0, DocId::from_slice))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every document.
pub fn all(conn: &Connection) -> Result<Vec<DocId>, StoreError> {
    ids(conn, "SELECT doc FROM document", [])
}

/// The documents of a scope.
pub fn of_scope(conn: &Connection, scope: &NodeId) -> Result<Vec<DocId>, StoreError> {
    ids(conn, "SELECT doc FROM document WHERE scope = ?1", [scope.as_str()])
}

/// Documents marked as leaving that may go now.
pub fn ready_to_leave(conn: &Connection) -> Result<Vec<DocId>, StoreError> {
    // A photo that was not sent yet is unsent work like any other.
    ids(
        conn,
        "SELECT doc FROM document d WHERE leaving <> 0 AND unsent = 0
             AND NOT EXISTS (SELECT 1 FROM attachment a WHERE a.doc = d.doc AND a.mine = 1 AND a.state = 0)",
        [],
    )
}

/// Documents of a scope that its last download did not have, of which nothing was written here lately.
pub fn left_behind(conn: &Connection, scope: &NodeId, generation: i64) -> Result<Vec<DocId>, StoreError> {
    ids(
        conn,
        "SELECT doc FROM document d WHERE scope = ?1 AND generation < ?2 AND unsent = 0
             AND NOT EXISTS (SELECT 1 FROM change c WHERE c.doc = d.doc)",
        (scope.as_str(), generation),
    )
}

/// How many documents of a scope are marked as leaving.
pub fn leaving_in(conn: &Connection, scope: &NodeId) -> Result<u32, StoreError> {
    Ok(conn.prepare_cached("SELECT count(*) FROM document WHERE leaving <> 0 AND scope = ?1")?.query_row([scope.as_str()], |r| r.get(0))?)
}

/// The digest of all changes of a scope that the server is known to hold; of everything without a scope.
pub fn acked_digest(conn: &Connection, scope: Option<&NodeId>) -> Result<Digest, StoreError> {
    let mut digest = Digest::default();
    let mut add = |row: &Row<'_>| -> rusqlite::Result<()> {
        if let Some(one) = Digest::from_slice(row.get_ref(0)?.as_blob().unwrap_or_default()) {
            digest.join(&one);
        }
        Ok(())
    };
    match scope {
        Some(scope) => {
            let mut select = conn.prepare_cached("SELECT acked FROM document WHERE scope = ?1")?;
            let mut rows = select.query([scope.as_str()])?;
            while let Some(row) = rows.next()? {
                add(row)?;
            }
        }
        None => {
            let mut select = conn.prepare_cached("SELECT acked FROM document INDEXED BY document_by_scope")?;
            let mut rows = select.query([])?;
            while let Some(row) = rows.next()? {
                add(row)?;
            }
        }
    }
    Ok(digest)
}
