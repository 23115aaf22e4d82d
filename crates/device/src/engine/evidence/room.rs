//! What takes room, and what can safely be given up: only what the server has confirmed.

use super::super::Inner;
use crate::{
    api::StorageView,
    store::{
        StoreError, attachment, draft,
        file::{self, FileRow},
        refused,
    },
};
use beehive_core::FileHash;
use std::{collections::HashMap, fs};

/// How long a photo may wait in a form that no draft knows any more, in seconds.
const ABANDONED: i64 = 2 * 86_400;

impl Inner {
    /// What takes room on this phone.
    pub fn storage(&self, days: u32) -> Result<StorageView, StoreError> {
        let (settled, all) = (self.store.read(attachment::settled)?, self.store.files(file::rows)?);
        let before = self.clock.now() - i64::from(days) * 86_400;
        let mut view = StorageView { records: self.records_size(), ..StorageView::default() };
        for row in &all {
            if row.about.small {
                view.thumbs += row.size;
                continue;
            }
            view.files += 1;
            view.bytes += row.size;
            match is_confirmed(&settled, row) {
                Some(true) if row.at < before => {
                    view.cleanable += 1;
                    view.cleanable_bytes += row.size;
                }
                Some(true) => {}
                _ => view.unsent += row.size,
            }
        }
        Ok(view)
    }

    /// Erases originals that the server has and that are older than some days, and what forms left behind.
    pub fn clean_files(&self, days: u32) -> Result<StorageView, StoreError> {
        let (settled, all) = (self.store.read(attachment::settled)?, self.store.files(file::rows)?);
        let now = self.clock.now();
        let before = now - i64::from(days) * 86_400;
        let (mut cleaned, mut cleaned_bytes) = (0, 0);
        for row in all {
            let safe = match is_confirmed(&settled, &row) {
                Some(confirmed) => confirmed && !row.about.small && row.at < before,
                None => row.at < now - ABANDONED && self.is_orphan(&row.hash)?,
            };
            if safe {
                self.store.files(|conn| file::remove(conn, &row.hash))?;
                cleaned += 1;
                cleaned_bytes += row.size;
            }
        }
        if cleaned > 0 {
            self.store.files(file::shrink)?;
            self.notify();
        }
        Ok(StorageView { cleaned, cleaned_bytes, ..self.storage(days)? })
    }

    /// Whether no record, no draft and nothing refused names a file.
    pub fn is_orphan(&self, hash: &FileHash) -> Result<bool, StoreError> {
        let named_by_file = |row: &FileRow| row.about.thumb.as_ref() == Some(hash);
        let thumb_of: Vec<FileHash> = self.store.files(file::rows)?.iter().filter(|row| named_by_file(row)).map(|row| row.hash).collect();
        self.store.read(|conn| {
            for hash in thumb_of.iter().chain(std::iter::once(hash)) {
                let text = hash.to_string();
                if attachment::is_named(conn, hash)? || draft::any_mentions(conn, &text)? || refused::any_mentions(conn, &text)? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn records_size(&self) -> u64 {
        let size = |name: &str| fs::metadata(self.store.dir().join(name)).map_or(0, |meta| meta.len());
        size("phone.db") + size("phone.db-wal")
    }
}

/// Whether the server has a file: it said so when it was sent from here, or gave it to this phone. `None` if no record names it.
pub fn is_confirmed(settled: &HashMap<FileHash, Option<bool>>, row: &FileRow) -> Option<bool> {
    settled.get(&row.hash).map(|sent| sent.unwrap_or(row.about.fetched))
}
