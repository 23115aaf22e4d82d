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
    account(conn, &d.doc, &d.acked)?;
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
    account(conn, doc, &Digest::default())?;
    conn.prepare_cached("DELETE FROM document WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Writes what the outbox and the server hold of it, leaving its bytes alone.
pub fn set_delivery(conn: &Connection, doc: &DocId, acked: &Digest, unsent: u32) -> Result<(), StoreError> {
    if !exists(conn, doc)? {
        return Ok(());
    }
    account(conn, doc, acked)?;
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

/// The digest of all changes of a scope that the server is known to hold.
pub fn acked_digest(conn: &Connection, scope: &NodeId) -> Result<Digest, StoreError> {
    sum(conn, "SELECT acked FROM document WHERE scope = ?1", [scope.as_str()])
}

/// The same of everything, as it is kept: see [`account`].
pub fn acked_in_all(conn: &Connection) -> Result<Digest, StoreError> {
    let mut select = conn.prepare_cached("SELECT digest FROM acked_total")?;
    let kept = select.query_row([], |row| Ok(row.get_ref(0)?.as_blob().ok().and_then(Digest::from_slice))).optional()?.flatten();
    match kept {
        Some(digest) => Ok(digest),
        None => sum(conn, "SELECT acked FROM document INDEXED BY document_by_scope", []),
    }
}

/// Keeps the digest of everything in step with a document that is about to be written (or erased, with the digest of nothing).
fn account(conn: &Connection, doc: &DocId, acked: &Digest) -> Result<(), StoreError> {
    let mut select = conn.prepare_cached("SELECT acked FROM document WHERE doc = ?1")?;
    let before = select.query_row([doc.as_bytes()], |row| Ok(Digest::from_slice(row.get_ref(0)?.as_blob().unwrap_or_default())));
    let before = before.optional()?.flatten().unwrap_or_default();
    if before == *acked {
        return Ok(());
    }
    let mut total = acked_in_all(conn)?;
    // XOR is its own inverse.
    total.join(&before);
    total.join(acked);
    conn.prepare_cached("INSERT INTO acked_total VALUES (1, ?1) ON CONFLICT (one) DO UPDATE SET digest = excluded.digest")?
        .execute([total.as_bytes()])?;
    Ok(())
}

fn sum(conn: &Connection, query: &str, params: impl rusqlite::Params) -> Result<Digest, StoreError> {
    let mut digest = Digest::default();
    let mut select = conn.prepare_cached(query)?;
    let mut rows = select.query(params)?;
    while let Some(row) = rows.next()? {
        if let Some(one) = Digest::from_slice(row.get_ref(0)?.as_blob().unwrap_or_default()) {
            digest.join(&one);
        }
    }
    Ok(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use beehive_core::ChangeHash;
    use rand::{RngExt as _, SeedableRng, rngs::StdRng};

    fn store() -> Connection {
        let mut conn = Connection::open_in_memory().unwrap();
        super::super::migrate::run(&mut conn, super::super::migrate::PHONE).unwrap();
        conn
    }

    fn row(n: u8, acked: Digest) -> DocumentRow {
        let (doc, scope) = (DocId([n; 16]), "s".into());
        DocumentRow { doc, scope, digest: acked, acked, unsent: 0, generation: 0, leaving: false, form: Form::Changes, content: vec![] }
    }

    /// Documents come, are delivered and go; the digest that is kept is the one that summing up gives, also when it begins late.
    #[test]
    fn the_kept_digest_is_that_of_the_documents() {
        let conn = store();
        let mut rng = StdRng::seed_from_u64(41);
        for step in 0..300 {
            let (n, acked) = (rng.random_range(0..12), Digest::of(&[ChangeHash(rng.random())]));
            match rng.random_range(0..4) {
                0 => remove(&conn, &DocId([n; 16])).unwrap(),
                1 => set_delivery(&conn, &DocId([n; 16]), &acked, 0).unwrap(),
                _ => put(&conn, &row(n, acked)).unwrap(),
            }
            if step == 150 {
                // As an older program left it.
                conn.execute("DELETE FROM acked_total", []).unwrap();
            }
            let summed = sum(&conn, "SELECT acked FROM document", []).unwrap();
            assert_eq!(acked_in_all(&conn).unwrap(), summed, "step {step}");
        }
        assert_ne!(acked_in_all(&conn).unwrap(), Digest::default());
    }
}
