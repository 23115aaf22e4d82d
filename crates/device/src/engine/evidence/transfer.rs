//! What the network layer asks and reports about files: the next one to send, how far it is, what became of it; what was fetched.

use super::super::{Inner, guard};
use crate::api::SettingsView;
use crate::store::{
    StoreError,
    attachment::{self, AttachmentRow, LOST, NOT_NAMED, Sending},
    file::{self, About},
    meta, refused,
};
use beehive_core::{DocId, FileHash};
use sha2::{Digest, Sha256};
use std::{collections::HashSet, sync::atomic::Ordering};

/// How often a file's bytes may arrive wrong before a person is asked.
const MAX_TRIES: u32 = 3;

/// A file to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// The record that names it.
    pub doc: DocId,
    /// Which.
    pub hash: FileHash,
    /// Media type.
    pub media: String,
    /// Its bytes; `None` if they are not here (any more): then only whether the server has it can be asked.
    pub bytes: Option<Vec<u8>>,
    /// The upload's name at the server, if one was begun.
    pub place: Option<String>,
}

impl Inner {
    /// The next file to send, other than these.
    pub fn next_upload(&self, not: &HashSet<(DocId, FileHash)>) -> Result<Option<Upload>, StoreError> {
        let rows = self.store.read(attachment::to_send)?;
        let Some(row) = rows.into_iter().find(|row| !not.contains(&(row.doc, row.hash))) else { return Ok(None) };
        let found = self.store.files(|conn| file::get(conn, &row.hash))?;
        let (media, bytes) = found.map_or_else(Default::default, |(media, bytes)| (media, Some(bytes)));
        if let Some(size) = bytes.as_ref().map(|b| b.len() as u64).filter(|size| *size != row.size) {
            self.update_file(&row.doc, &row.hash, |row| row.size = size)?;
        }
        *guard(&self.sending) = Some(row.hash);
        Ok(Some(Upload { doc: row.doc, hash: row.hash, media, bytes, place: row.place }))
    }

    /// How far the server has confirmed it.
    pub fn file_sent(&self, doc: &DocId, hash: &FileHash, place: Option<String>, sent: u64) -> Result<(), StoreError> {
        self.update_file(doc, hash, |row| {
            row.place = place;
            row.sent = sent;
        })?;
        self.notify_status();
        Ok(())
    }

    /// It is on the server's disk.
    pub fn file_delivered(&self, doc: &DocId, hash: &FileHash) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.update_file(doc, hash, |row| {
            (row.state, row.sent, row.place, row.code, row.at) = (Sending::Delivered, row.size, None, None, now);
        })?;
        self.notify();
        Ok(())
    }

    /// The server does not take it. It stays here; one whose record a supervisor has still to let in, at a server that takes it only then, with
    /// its entry.
    pub fn file_refused(&self, doc: &DocId, hash: &FileHash, code: &str) -> Result<(), StoreError> {
        let waits = code == NOT_NAMED && self.store.read(|conn| refused::holds_file(conn, doc, hash))?;
        self.update_file(doc, hash, |row| {
            let (state, code) = if waits { (Sending::Aside, None) } else { (Sending::Refused, Some(code.to_owned())) };
            (row.state, row.sent, row.place, row.code) = (state, 0, None, code);
        })?;
        self.notify();
        Ok(())
    }

    /// Its bytes arrived wrong and were thrown away there. Answers whether to try again.
    pub fn file_arrived_wrong(&self, doc: &DocId, hash: &FileHash) -> Result<bool, StoreError> {
        let mut again = true;
        self.update_file(doc, hash, |row| {
            (row.sent, row.place, row.tries) = (0, None, row.tries + 1);
            again = row.tries < MAX_TRIES;
            if !again {
                (row.state, row.code) = (Sending::Refused, Some("file_hash_differs".to_owned()));
            }
        })?;
        Ok(again)
    }

    /// Neither here nor at the server. What was never at the server is not this phone's to send.
    pub fn file_nowhere(&self, doc: &DocId, hash: &FileHash) -> Result<(), StoreError> {
        self.update_file(doc, hash, |row| {
            if row.at > 0 {
                (row.state, row.code) = (Sending::Refused, Some(LOST.to_owned()));
            } else {
                row.mine = false;
            }
        })
    }

    /// Puts what the server did not take in line again.
    pub fn try_files_again(&self) -> Result<(), StoreError> {
        self.store.write(|tx| attachment::try_again(tx))?;
        self.notify();
        Ok(())
    }

    /// Nothing is being sent any more.
    pub fn file_rests(&self) {
        if guard(&self.sending).take().is_some() {
            self.notify_status();
        }
    }

    /// Keeps a file that came from the server. Answers whether its bytes are those of its hash; others are not kept.
    pub fn file_fetched(&self, hash: &FileHash, media: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        let small = self.store.read(|conn| attachment::is_small(conn, hash))?.unwrap_or(false);
        let about = About { small, fetched: true, ..About::default() };
        let fits = hash.0 == <[u8; 32]>::from(Sha256::digest(bytes));
        if fits {
            self.store.files(|conn| file::put(conn, media, bytes, &about, self.clock.now()))?;
            self.notify();
        }
        Ok(fits)
    }

    /// Whether files may be sent over the network there is, and whether there are any to send now.
    pub fn may_send_files(&self) -> Result<(bool, bool), StoreError> {
        let (wifi_only, any) = self.store.read(|conn| {
            let settings: Option<SettingsView> = meta::get_json(conn, meta::SETTINGS)?;
            Ok((settings.is_some_and(|s| s.wifi_only), !attachment::to_send(conn)?.is_empty()))
        })?;
        Ok((!(wifi_only && self.metered.load(Ordering::Relaxed)), any))
    }

    /// The file being sent now.
    pub fn sending(&self) -> Option<FileHash> {
        *guard(&self.sending)
    }

    fn update_file(&self, doc: &DocId, hash: &FileHash, change: impl FnOnce(&mut AttachmentRow)) -> Result<(), StoreError> {
        self.store.write(|tx| {
            // It may have been erased with its record meanwhile.
            let Some(mut row) = attachment::get(tx, doc, hash)? else { return Ok(()) };
            change(&mut row);
            attachment::put_state(tx, &row)
        })
    }
}
