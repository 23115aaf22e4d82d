//! A stored document as the engine reads and writes it: its history and its raw changes. Automerge is never loaded.

use crate::store::{
    StoreError, content,
    document::{DocumentRow, Form},
};
use beehive_core::{
    ActorId, ChangeHash, GateError, History, NewChange, NewRecord, Write,
    author::{self, WriteError},
    fold,
    gate::unpack_snapshot,
    model::Matter,
};
use std::collections::HashSet;

/// A document's admitted changes.
#[derive(Debug, Clone, Default)]
pub struct Held {
    history: History,
    /// In admission order, like `history.hashes()`.
    changes: Vec<Vec<u8>>,
}

impl Held {
    /// Reads a stored document. Its changes went through the gate before they were stored, and nobody else writes the store.
    pub fn read(row: &DocumentRow) -> Result<Self, StoreError> {
        match row.form {
            Form::Snapshot => Self::from_snapshot(&row.content).map_err(|_| StoreError::Unreadable("document")),
            Form::Changes => {
                let mut held = Self::default();
                for bytes in content::split(&row.content)? {
                    held.history.restore(None, bytes).map_err(|_| StoreError::Unreadable("document"))?;
                    held.changes.push(bytes.to_vec());
                }
                Ok(held)
            }
        }
    }

    /// Begins a new record.
    pub fn create(actor: ActorId, at: i64, record: &NewRecord, writes: &[Write]) -> Result<(Self, NewChange), WriteError> {
        let (history, change) = author::create(actor, at, record, writes)?;
        Ok((Self { history, changes: vec![change.bytes.clone()] }, change))
    }

    /// Writes one change. `None` if it would change nothing.
    pub fn write(&mut self, actor: ActorId, at: i64, writes: &[Write]) -> Result<Option<NewChange>, WriteError> {
        let change = author::write(&mut self.history, actor, at, writes)?;
        self.changes.extend(change.iter().map(|c| c.bytes.clone()));
        Ok(change)
    }

    /// Takes a snapshot apart: every change goes through the gate.
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
