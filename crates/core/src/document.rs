//! A document: its history and, beside it, Automerge, which follows what the gate has let in. The server makes the snapshots of packs with
//! it. Phones write without it ([`crate::author`]): all that a change needs is in the history.

pub use crate::author::{NewChange, NewRecord, Write};
use crate::{
    author::{self, WriteError},
    fold::fold,
    gate::{Admitted, GateError, History, unpack_snapshot},
    id::{ActorId, ChangeHash, DocId},
    model::Matter,
};
use automerge::Automerge;
use std::panic::{AssertUnwindSafe, catch_unwind};
use thiserror::Error;

/// Why a document could not be read or written.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The gate keeps it out: for an own change, a value is too long or of the wrong kind.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Automerge could not read or write it.
    #[error("automerge: {0}")]
    Automerge(String),
    /// What was to be written can't be.
    #[error(transparent)]
    Write(#[from] WriteError),
}

/// One document, loaded.
#[derive(Debug, Clone)]
pub struct Document {
    am: Automerge,
    history: History,
}

impl Document {
    /// Makes a new document with its first change: events first, then heads, then facts.
    ///
    /// # Errors
    /// [`DocumentError`] if a value does not fit.
    pub fn create(actor: ActorId, time: i64, record: &NewRecord, writes: &[Write]) -> Result<(Self, NewChange), DocumentError> {
        let (history, admitted) = author::begin(actor, time, record, writes)?;
        let change = NewChange::from(&admitted);
        let am = apply(Automerge::new(), vec![admitted])?;
        Ok((Self { am, history }, change))
    }

    /// Opens a snapshot, whoever made it. Automerge never sees its bytes, only the changes that the
    /// gate has put together from them: it panics on some that say nothing wrong.
    ///
    /// # Errors
    /// [`DocumentError`] if the bytes are damaged.
    pub fn open(snapshot: &[u8]) -> Result<Self, DocumentError> {
        let (_, changes) = unpack_snapshot(snapshot)?;
        Self::from_changes(changes.iter().map(Vec::as_slice))
    }

    /// Builds a document from raw changes, dependencies first; every one goes through the gate.
    ///
    /// # Errors
    /// The first [`GateError`]; changes that are given twice are no error.
    pub fn from_changes<'a>(changes: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, DocumentError> {
        let mut history = History::new();
        let mut admitted = Vec::new();
        for bytes in changes {
            match history.admit(bytes) {
                Ok(a) => admitted.push(a),
                Err(GateError::AlreadyKnown) => {}
                Err(e) => return Err(e.into()),
            }
        }
        let am = apply(Automerge::new(), admitted)?;
        Ok(Self { am, history })
    }

    /// Writes one change: events first, then facts. `None` if it would change nothing.
    ///
    /// # Errors
    /// [`DocumentError`] if a value does not fit; then nothing has changed.
    pub fn write(&mut self, actor: ActorId, time: i64, writes: &[Write]) -> Result<Option<NewChange>, DocumentError> {
        let mut history = self.history.clone();
        let Some(admitted) = author::go_on(&mut history, actor, time, writes)? else { return Ok(None) };
        let change = NewChange::from(&admitted);
        self.am = apply(self.am.clone(), vec![admitted])?;
        self.history = history;
        Ok(Some(change))
    }

    /// Takes in a foreign change. `false` if it was here already.
    ///
    /// # Errors
    /// [`GateError`]; then nothing has changed.
    pub fn admit(&mut self, bytes: &[u8]) -> Result<bool, GateError> {
        let mut history = self.history.clone();
        match history.admit(bytes) {
            Ok(admitted) => {
                self.am = apply(self.am.clone(), vec![admitted])?;
                self.history = history;
                Ok(true)
            }
            Err(GateError::AlreadyKnown) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// The document's id.
    pub fn id(&self) -> DocId {
        // Both constructors let in a first change before they hand out a document.
        self.history.doc().unwrap_or_default()
    }

    /// What has been admitted.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The document's bytes for the disk or a pack.
    pub fn snapshot(&self) -> Vec<u8> {
        self.am.save_nocompress()
    }

    /// All changes with their raw bytes, dependencies first.
    pub fn changes(&self) -> Vec<(ChangeHash, Vec<u8>)> {
        self.am.get_changes(&[]).iter().map(|c| (ChangeHash(c.hash().0), c.raw_bytes().to_vec())).collect()
    }

    /// The folded state; `None` for a kind of record this version does not know.
    pub fn matter(&self) -> Option<Matter> {
        fold(&self.history)
    }
}

/// Applies rebuilt changes to a copy; whoever calls swaps it in.
#[allow(clippy::disallowed_methods, reason = "the one place where changes are applied, behind the gate")]
fn apply(mut am: Automerge, admitted: Vec<Admitted>) -> Result<Automerge, GateError> {
    let changes: Vec<_> = admitted.into_iter().map(|a| a.change).collect();
    let applied = catch_unwind(AssertUnwindSafe(move || am.apply_changes(changes).map(|()| am)));
    match applied {
        Ok(Ok(am)) => Ok(am),
        Ok(Err(_)) | Err(_) => Err(GateError::Rejected),
    }
}
