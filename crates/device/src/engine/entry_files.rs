//! The files of what is not on the record: named by an entry that the server refused or holds.
//!
//! A photo whose record was refused waits for nobody: it stays here with the entry, goes along if that is made anew, and is not counted as
//! waiting. What the server holds for a supervisor is sent all the same, so that it is there once it is let in.

use super::{authored::Authored, held::Held, keep};
use crate::store::{
    StoreError,
    attachment::{self, EntryFile, Sending},
    document,
    refused::{self, HELD},
};
use beehive_core::{DocId, EventBody, FileHash};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};

/// Brings the files of a record in line with what became of its entries. To be called whenever one of them came, went or changed.
pub fn align(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    let named: HashSet<FileHash> = match document::get(conn, doc)? {
        Some(row) => {
            // What cannot be read keeps its files as they are.
            let Ok(held) = Held::read(&row) else { return Ok(()) };
            let Some(matter) = held.matter() else { return Ok(()) };
            matter.timeline.iter().flat_map(|e| keep::attached(e.body.as_ref())).map(|(hash, _)| hash).collect()
        }
        None => HashSet::new(),
    };
    let mut wanted: HashMap<FileHash, EntryFile> = HashMap::new();
    for (row, stored) in refused::with_files(conn, doc)? {
        let state = if stored || row.code == HELD { Sending::Waiting } else { Sending::Aside };
        let authored: Vec<Authored> = serde_json::from_str(&row.authored).unwrap_or_default();
        for file in authored.iter().flat_map(Authored::files).filter(|f| !named.contains(&f.hash)) {
            let known = wanted.entry(file.hash).or_insert(EntryFile { state, ..file });
            if state == Sending::Waiting {
                known.state = state;
            }
        }
    }
    attachment::keep_for_entries(conn, doc, &named, &wanted)
}

impl Authored {
    /// The files it names, small pictures too.
    fn files(&self) -> Vec<EntryFile> {
        let of = |body: &EventBody| match body {
            EventBody::Attach { file, size, thumb, .. } => {
                let whole = EntryFile { hash: *file, small: false, size: *size, state: Sending::Aside };
                let small = thumb.map(|hash| EntryFile { hash, small: true, size: 0, state: Sending::Aside });
                std::iter::once(whole).chain(small).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        };
        self.events().flat_map(of).collect()
    }
}
