//! `documents` and `dump`.

use super::{CliError, output};
use crate::storage::{DocumentRow, Storage};
use beehive_core::{DocId, Document};
use beehive_machine::export::{self, Over};
use serde::Serialize;
use std::path::Path;

#[derive(Serialize)]
struct Row {
    id: String,
    kind: String,
    class: String,
    scope: String,
    open: bool,
    changes: u64,
    bytes: u64,
    created_at: i64,
    updated_at: i64,
}

impl From<DocumentRow> for Row {
    fn from(d: DocumentRow) -> Self {
        Self {
            id: d.id.to_string(),
            kind: d.kind,
            class: d.class,
            scope: d.scope.to_string(),
            open: d.open.is_some(),
            changes: d.changes,
            bytes: d.bytes,
            created_at: d.created_at,
            updated_at: d.updated_at,
        }
    }
}

/// Lists documents without their content.
pub fn list(storage: &dyn Storage, json: bool) -> Result<(), CliError> {
    let rows: Vec<Row> = storage.read(|rows| {
        let mut found = Vec::new();
        for id in rows.document_ids()? {
            found.extend(rows.document(&id)?.map(Row::from));
        }
        Ok(found)
    })?;
    if json {
        output::json(&rows);
        return Ok(());
    }
    for r in rows {
        let state = if r.open { "在办" } else { "已结" };
        output::line(format!("{}  {}  {}  {state}  {} 次改动  {}", r.id, r.kind, r.scope, r.changes, output::time(r.updated_at)));
    }
    Ok(())
}

/// Writes a document as Automerge's own `save_nocompress()`.
pub fn dump(dir: &Path, storage: &dyn Storage, doc: &str, out: &Path, over: Over) -> Result<(), CliError> {
    let unknown = || CliError::new("unknown_document", "没有这条记录。请用 documents 查看编号。");
    let id: DocId = doc.parse().map_err(|_| unknown())?;
    let changes = storage.read(|rows| rows.changes(&id))?;
    if changes.is_empty() {
        return Err(unknown());
    }
    let document = Document::from_changes(changes.iter().map(|c| c.bytes.as_slice()))
        .map_err(|_| CliError::new("document_damaged", "这条记录读不出来。请运行 doctor 检查。"))?;
    Ok(export::write(out, over, &[dir], &document.snapshot())?)
}
