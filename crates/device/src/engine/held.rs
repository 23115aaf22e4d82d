//! A stored document as the engine reads it: its history and its raw changes. Automerge is loaded only to write.

use crate::store::{
    StoreError, content,
    document::{DocumentRow, Form},
};
use beehive_core::{ChangeHash, Document, GateError, History, fold, gate::unpack_snapshot, model::Matter};
use std::collections::HashSet;

/// A document's admitted changes.
#[derive(Debug, Clone, Default)]
pub struct Held {
    history: History,
    /// In admission order, like `history.hashes()`.
    changes: Vec<Vec<u8>>,
}

impl Held {
    /// Reads a stored document.
    pub fn read(row: &DocumentRow) -> Result<Self, StoreError> {
        match row.form {
            Form::Snapshot => Self::from_snapshot(&row.content).map_err(|_| StoreError::Unreadable("document")),
            Form::Changes => {
                let mut held = Self::default();
                for bytes in content::split(&row.content)? {
                    held.admit(bytes).map_err(|_| StoreError::Unreadable("document"))?;
                }
                Ok(held)
            }
        }
    }

    /// Takes a snapshot apart, own or foreign: every change goes through the gate.
    pub fn from_snapshot(bytes: &[u8]) -> Result<Self, GateError> {
        let (history, changes) = unpack_snapshot(bytes)?;
        Ok(Self { history, changes })
    }

    /// Lets a change in. `false` if it was here already.
    pub fn admit(&mut self, bytes: &[u8]) -> Result<bool, GateError> {
        match self.history.admit(bytes) {
            Ok(admitted) => {
                self.changes.push(admitted.bytes);
                Ok(true)
            }
            Err(GateError::AlreadyKnown) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// What has been admitted.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The folded state; `None` for a kind of record this version does not know.
    pub fn matter(&self) -> Option<Matter> {
        fold(&self.history)
    }

    /// All changes with their hashes, dependencies first.
    pub fn changes(&self) -> impl Iterator<Item = (&ChangeHash, &[u8])> {
        self.history.hashes().zip(self.changes.iter().map(Vec::as_slice))
    }

    /// The same document without some changes, and the bytes of those that had to go with them because they build on them.
    pub fn without(&self, removed: &HashSet<ChangeHash>) -> (Self, Vec<(ChangeHash, Vec<u8>)>) {
        let (mut rest, mut dropped) = (Self::default(), Vec::new());
        for (hash, bytes) in self.changes().filter(|(hash, _)| !removed.contains(*hash)) {
            if rest.admit(bytes).is_err() {
                dropped.push((*hash, bytes.to_vec()));
            }
        }
        (rest, dropped)
    }

    /// As it is stored.
    pub fn content(&self) -> (Form, Vec<u8>) {
        (Form::Changes, content::join(self.changes.iter().map(Vec::as_slice)))
    }
}

/// Loads a stored document for writing.
pub fn load(row: &DocumentRow) -> Result<Document, StoreError> {
    Ok(match row.form {
        Form::Snapshot => Document::open(&row.content)?,
        Form::Changes => Document::from_changes(content::split(&row.content)?)?,
    })
}
