//! SQL of files and uploads.

use super::{
    Rows,
    convert::{col, id, int, uint},
};
use crate::storage::{FileRow, ReadFiles, Result, UploadId, UploadRow, WriteFiles};
use beehive_core::{DeviceId, DocId, FileHash};
use rusqlite::{Row, params};

fn upload_id(row: &Row<'_>, n: usize) -> Result<UploadId> {
    id(row, n, |bytes| bytes.try_into().map(UploadId))
}

fn file(row: &Row<'_>) -> Result<FileRow> {
    Ok(FileRow {
        hash: id(row, 0, FileHash::from_slice)?,
        size: uint(col(row, 1)?)?,
        media: col(row, 2)?,
        device: id(row, 3, DeviceId::from_slice)?,
        at: col(row, 4)?,
    })
}

fn upload(row: &Row<'_>) -> Result<UploadRow> {
    Ok(UploadRow {
        id: upload_id(row, 0)?,
        device: id(row, 1, DeviceId::from_slice)?,
        hash: id(row, 2, FileHash::from_slice)?,
        doc: id(row, 3, DocId::from_slice)?,
        size: uint(col(row, 4)?)?,
        media: col(row, 5)?,
        created_at: col(row, 6)?,
        done_at: col(row, 7)?,
    })
}

macro_rules! upload_sql {
    ($rest:literal) => {
        concat!("SELECT id, device, hash, doc, size, media, created_at, done_at FROM upload ", $rest)
    };
}

impl ReadFiles for Rows<'_> {
    fn file(&self, hash: &FileHash) -> Result<Option<FileRow>> {
        self.one("SELECT hash, size, media, device, at FROM file WHERE hash = ?", [hash.as_bytes()], file)
    }

    fn all_files(&self) -> Result<Vec<FileRow>> {
        self.all("SELECT hash, size, media, device, at FROM file ORDER BY rowid", [], file)
    }

    fn documents_of_file(&self, hash: &FileHash) -> Result<Vec<DocId>> {
        self.all("SELECT doc FROM file_document WHERE hash = ?", [hash.as_bytes()], |row| id(row, 0, DocId::from_slice))
    }

    fn upload(&self, id: &UploadId) -> Result<Option<UploadRow>> {
        self.one(upload_sql!("WHERE id = ?"), [id.0], upload)
    }

    fn upload_under_way(&self, device: &DeviceId, hash: &FileHash, doc: &DocId) -> Result<Option<UploadRow>> {
        let sql = upload_sql!("WHERE device = ? AND hash = ? AND doc = ? AND done_at IS NULL ORDER BY rowid DESC LIMIT 1");
        self.one(sql, params![device.as_bytes(), hash.as_bytes(), doc.as_bytes()], upload)
    }

    fn uploads_under_way(&self, device: &DeviceId) -> Result<u64> {
        let sql = "SELECT count(*) FROM upload WHERE device = ? AND done_at IS NULL";
        Ok(self.one(sql, [device.as_bytes()], |row| uint(col(row, 0)?))?.unwrap_or(0))
    }

    fn uploaded_since(&self, device: &DeviceId, since: i64) -> Result<(u64, u64)> {
        let sql = "SELECT count(*), coalesce(sum(size), 0) FROM upload WHERE device = ? AND created_at >= ?";
        let found = self.one(sql, params![device.as_bytes(), since], |row| Ok((uint(col(row, 0)?)?, uint(col(row, 1)?)?)))?;
        Ok(found.unwrap_or_default())
    }

    fn uploads_before(&self, before: i64) -> Result<Vec<UploadRow>> {
        self.all(upload_sql!("WHERE created_at < ? LIMIT 1000"), [before], upload)
    }

    fn upload_ids(&self) -> Result<Vec<UploadId>> {
        self.all("SELECT id FROM upload WHERE done_at IS NULL", [], |row| upload_id(row, 0))
    }
}

impl WriteFiles for Rows<'_> {
    fn add_upload(&self, u: &UploadRow) -> Result<()> {
        let sql = "INSERT INTO upload (id, device, hash, doc, size, media, created_at, done_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)";
        let (device, hash, doc) = (u.device.as_bytes(), u.hash.as_bytes(), u.doc.as_bytes());
        self.change_rows(sql, params![u.id.0, device, hash, doc, int(u.size), u.media, u.created_at, u.done_at]).map(drop)
    }

    fn finish_upload(&self, id: &UploadId, at: i64) -> Result<()> {
        self.change_rows("UPDATE upload SET done_at = ? WHERE id = ? AND done_at IS NULL", params![at, id.0]).map(drop)
    }

    fn drop_upload(&self, id: &UploadId) -> Result<()> {
        self.change_rows("DELETE FROM upload WHERE id = ?", [id.0]).map(drop)
    }

    fn put_file(&self, f: &FileRow) -> Result<()> {
        let sql = "INSERT INTO file (hash, size, media, device, at) VALUES (?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING";
        self.change_rows(sql, params![f.hash.as_bytes(), int(f.size), f.media, f.device.as_bytes(), f.at]).map(drop)
    }

    fn link_file(&self, hash: &FileHash, doc: &DocId) -> Result<()> {
        let sql = "INSERT INTO file_document (hash, doc) VALUES (?, ?) ON CONFLICT DO NOTHING";
        self.change_rows(sql, params![hash.as_bytes(), doc.as_bytes()]).map(drop)
    }
}
