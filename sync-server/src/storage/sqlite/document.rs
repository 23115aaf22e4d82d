//! SQL of field records.

use super::{
    Rows,
    convert::{col, error, from_json, id, int, to_json, uint},
};
use crate::storage::{
    ChangeRow, Counter, DocumentRow, DocumentSize, LogEntry, LogKind, NewChange, NewEntry, ReadDocuments, Result, StorageError,
    WriteDocuments,
};
use beehive_core::{
    ActorId, ChangeHash, DeviceId, DocId, MatterNumber, NodeId,
    sync::{Digest, OpenRecord},
};
use rusqlite::{Row, params};

fn digest(row: &Row<'_>, n: usize) -> Result<Digest> {
    id(row, n, |bytes| Digest::from_slice(bytes).ok_or(()))
}

fn open_record(text: &str) -> Result<OpenRecord> {
    from_json(text)
}

fn change(row: &Row<'_>) -> Result<ChangeRow> {
    Ok(ChangeRow {
        hash: id(row, 0, ChangeHash::from_slice)?,
        actor: id(row, 1, ActorId::from_slice)?,
        seq: uint(col(row, 2)?)?,
        bytes: col(row, 3)?,
        received_at: col(row, 4)?,
    })
}

fn number(row: &Row<'_>, n: usize) -> Result<Option<MatterNumber>> {
    Ok(col::<Option<u32>>(row, n)?.map(MatterNumber))
}

fn counter(row: &Row<'_>) -> Result<Counter> {
    Ok(Counter { seq: uint(col(row, 0)?)?, digest: digest(row, 1)? })
}

impl ReadDocuments for Rows<'_> {
    fn document(&self, doc: &DocId) -> Result<Option<DocumentRow>> {
        let sql = "SELECT id, scope, class, kind, changes, bytes, digest, created_at, updated_at, open, number FROM document WHERE id = ?";
        self.one(sql, [doc.as_bytes()], |row| {
            Ok(DocumentRow {
                id: id(row, 0, DocId::from_slice)?,
                scope: NodeId(col(row, 1)?),
                class: col(row, 2)?,
                kind: col(row, 3)?,
                changes: uint(col(row, 4)?)?,
                bytes: uint(col(row, 5)?)?,
                digest: digest(row, 6)?,
                created_at: col(row, 7)?,
                updated_at: col(row, 8)?,
                open: col::<Option<String>>(row, 9)?.map(|text| open_record(&text)).transpose()?,
                number: number(row, 10)?,
            })
        })
    }

    fn document_size(&self, doc: &DocId) -> Result<Option<DocumentSize>> {
        self.one("SELECT scope, changes, bytes FROM document WHERE id = ?", [doc.as_bytes()], |row| {
            Ok(DocumentSize { scope: NodeId(col(row, 0)?), changes: uint(col(row, 1)?)?, bytes: uint(col(row, 2)?)? })
        })
    }

    fn number(&self, doc: &DocId) -> Result<Option<MatterNumber>> {
        Ok(self.one("SELECT number FROM document WHERE id = ?", [doc.as_bytes()], |row| number(row, 0))?.flatten())
    }

    fn documents_of(&self, scope: &NodeId) -> Result<Vec<DocId>> {
        let sql = "SELECT id FROM document WHERE scope = ? ORDER BY updated_at DESC, rowid DESC";
        self.all(sql, [scope.as_str()], |row| id(row, 0, DocId::from_slice))
    }

    fn document_ids(&self) -> Result<Vec<DocId>> {
        self.all("SELECT id FROM document ORDER BY rowid", [], |row| id(row, 0, DocId::from_slice))
    }

    fn open_records(&self, scope: &NodeId) -> Result<Vec<OpenRecord>> {
        let sql = "SELECT open, number FROM document WHERE scope = ? AND open IS NOT NULL ORDER BY created_at DESC, rowid DESC";
        self.all(sql, [scope.as_str()], |row| Ok(OpenRecord { number: number(row, 1)?, ..open_record(&col::<String>(row, 0)?)? }))
    }

    fn changes(&self, doc: &DocId) -> Result<Vec<ChangeRow>> {
        self.all("SELECT hash, actor, seq, bytes, received_at FROM change WHERE doc = ? ORDER BY id", [doc.as_bytes()], change)
    }

    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>> {
        self.one("SELECT hash, actor, seq, bytes, received_at FROM change WHERE hash = ?", [hash.as_bytes()], change)
    }

    fn counter(&self, scope: &NodeId) -> Result<Counter> {
        let found = self.one("SELECT seq, digest FROM scope_counter WHERE scope = ?", [scope.as_str()], counter)?;
        Ok(found.unwrap_or_default())
    }

    fn counters(&self) -> Result<Vec<(NodeId, Counter)>> {
        self.all("SELECT seq, digest, scope FROM scope_counter ORDER BY scope", [], |row| Ok((NodeId(col(row, 2)?), counter(row)?)))
    }

    fn log_after(&self, scope: &NodeId, after: u64, limit: usize) -> Result<Vec<LogEntry>> {
        let sql = "SELECT seq, doc, kind, hash, device FROM log WHERE scope = ? AND seq > ? ORDER BY seq LIMIT ?";
        self.all(sql, params![scope.as_str(), int(after), int(limit as u64)], |row| {
            let hash: Option<Vec<u8>> = col(row, 3)?;
            Ok(LogEntry {
                seq: uint(col(row, 0)?)?,
                doc: id(row, 1, DocId::from_slice)?,
                kind: LogKind::from_code(&col::<String>(row, 2)?).ok_or(StorageError::BadRow("log kind"))?,
                hash: hash.map(|h| ChangeHash::from_slice(&h)).transpose().map_err(|_| StorageError::BadRow("hash"))?,
                device: id(row, 4, DeviceId::from_slice)?,
            })
        })
    }
}

impl WriteDocuments for Rows<'_> {
    fn next_number(&self, year: u16) -> Result<Option<MatterNumber>> {
        let sql = "INSERT INTO number_counter (year, last) VALUES (?, 1) ON CONFLICT (year) DO UPDATE SET last = last + 1 RETURNING last";
        Ok(self.one(sql, [year], |row| col::<u32>(row, 0))?.and_then(|n| MatterNumber::new(year, n)))
    }

    fn skip_numbers(&self, year: u16, by: u32) -> Result<()> {
        let sql = "INSERT INTO number_counter (year, last) VALUES (?1, ?2) ON CONFLICT (year) DO UPDATE SET last = last + ?2";
        self.change_rows(sql, params![year, by]).map(drop)
    }

    fn put_document(&self, d: &DocumentRow) -> Result<()> {
        let sql = "INSERT INTO document (id, scope, class, kind, changes, bytes, digest, created_at, updated_at, open, number)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (id) DO UPDATE SET scope = excluded.scope, changes = excluded.changes, bytes = excluded.bytes,
                       digest = excluded.digest, updated_at = excluded.updated_at, open = excluded.open";
        let open = d.open.as_ref().map(to_json).transpose()?;
        self.change_rows(
            sql,
            params![
                d.id.as_bytes(),
                d.scope.as_str(),
                d.class,
                d.kind,
                int(d.changes),
                int(d.bytes),
                d.digest.as_bytes(),
                d.created_at,
                d.updated_at,
                open,
                d.number.map(|n| n.0)
            ],
        )
        .map(drop)
    }

    fn add_change(&self, c: NewChange<'_>) -> Result<()> {
        let sql = "INSERT INTO change (doc, hash, actor, seq, bytes, received_at, device) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let row = params![c.doc.as_bytes(), c.hash.as_bytes(), c.actor.as_bytes(), int(c.seq), c.bytes, c.at, c.device.as_bytes()];
        self.change_rows(sql, row).map(drop)
    }

    fn append_all(&self, scope: &NodeId, entries: &[NewEntry], device: &DeviceId) -> Result<u64> {
        let mut counter = self.counter(scope)?;
        let first = counter.seq + 1;
        let sql = "INSERT INTO log (scope, seq, doc, kind, hash, device) VALUES (?, ?, ?, ?, ?, ?)";
        let mut insert = self.0.prepare_cached(sql).map_err(error)?;
        for NewEntry { doc, kind, hash } in entries {
            counter.seq += 1;
            hash.iter().for_each(|hash| counter.digest.toggle(hash));
            let hash = hash.as_ref().map(ChangeHash::as_bytes);
            insert
                .execute(params![scope.as_str(), int(counter.seq), doc.as_bytes(), kind.code(), hash, device.as_bytes()])
                .map_err(error)?;
        }
        let sql = "INSERT OR REPLACE INTO scope_counter (scope, seq, digest) VALUES (?, ?, ?)";
        self.change_rows(sql, params![scope.as_str(), int(counter.seq), counter.digest.as_bytes()])?;
        Ok(first)
    }
}
