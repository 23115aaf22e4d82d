//! A document: Automerge behind the gate. Phones write with it; the server uses it only to make snapshots for packs.

use crate::{
    action::EventBody,
    fold::fold,
    gate::{Admitted, GateError, History, actor_id, scalar_value, unpack_snapshot},
    id::{ActorId, ChangeHash, DocId, MemberId, NodeId},
    key::{EventId, Key, is_name},
    model::{DocClass, Matter, RecordKind, SCHEMA, head},
    scalar::Scalar,
};
use automerge::{Automerge, ROOT, transaction::CommitOptions, transaction::Transactable};
use std::panic::{AssertUnwindSafe, catch_unwind};
use thiserror::Error;

/// What a new document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// What about.
    pub kind: RecordKind,
    /// The org node it belongs to.
    pub scope: NodeId,
    /// Who records it.
    pub created_by: MemberId,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A fact, by field name without `f.`. Writing one of several present values settles them.
    Fact {
        /// Field name.
        field: String,
        /// Value.
        value: Scalar,
    },
    /// An event.
    Event(EventBody),
}

/// A change just written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its bytes, as they are stored and sent.
    pub bytes: Vec<u8>,
}

/// Why a document could not be read or written.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// The gate keeps it out: for an own change, a value is too long or of the wrong kind.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// Automerge could not read or write it.
    #[error("automerge: {0}")]
    Automerge(String),
    /// A field name that is not allowed.
    #[error("not a field name")]
    BadField,
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
        let heads = [
            (head::KIND, Scalar::from(record.kind.code())),
            (head::CLASS, Scalar::from(DocClass::General.code())),
            (head::SCOPE, Scalar::from(record.scope.as_str())),
            (head::SCHEMA, Scalar::Int(SCHEMA)),
            (head::CREATED_AT, Scalar::Int(time)),
            (head::CREATED_BY, Scalar::from(record.created_by.as_str())),
        ];
        let mut doc = Self { am: Automerge::new(), history: History::new() };
        let change = doc.commit(actor, time, &heads, writes)?.ok_or(GateError::BadHead)?;
        Ok((doc, change))
    }

    /// Loads a document from this device's own disk.
    ///
    /// # Errors
    /// [`DocumentError`] if the bytes are damaged.
    pub fn open(snapshot: &[u8]) -> Result<Self, DocumentError> {
        let (history, _) = unpack_snapshot(snapshot)?;
        Ok(Self { am: load(snapshot)?, history })
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
        self.commit(actor, time, &[], writes)
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

    fn commit(
        &mut self,
        actor: ActorId,
        time: i64,
        heads: &[(&str, Scalar)],
        writes: &[Write],
    ) -> Result<Option<NewChange>, DocumentError> {
        let seq = self.history.last_seq(&actor) + 1;
        let mut am = self.am.clone();
        am.set_actor(actor_id(&actor));
        let mut tx = am.transaction();
        let mut put =
            |key: String, value: &Scalar| tx.put(ROOT, key, scalar_value(value)).map_err(|e| DocumentError::Automerge(e.to_string()));
        // Events come first: a put of a fact's present value emits nothing, which would shift the places that event keys name.
        let events = writes.iter().filter_map(|w| match w {
            Write::Event(body) => Some(body),
            Write::Fact { .. } => None,
        });
        for (n, body) in (0u32..).zip(events) {
            put(Key::Event(EventId { actor, seq, n }).to_string(), &body.to_scalar())?;
        }
        for (name, value) in heads {
            put(format!("h.{name}"), value)?;
        }
        for write in writes {
            if let Write::Fact { field, value } = write {
                if !is_name(field) {
                    return Err(DocumentError::BadField);
                }
                put(format!("f.{field}"), value)?;
            }
        }
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(time));
        if hash.is_none() {
            return Ok(None);
        }
        let change = am.get_last_local_change().ok_or_else(|| DocumentError::Automerge("no change was made".into()))?;
        let bytes = change.raw_bytes().to_vec();
        // An own change goes through the gate too: what the server would refuse is refused before it is called saved.
        let admitted = self.history.admit(&bytes)?;
        self.am = am;
        Ok(Some(NewChange { hash: admitted.hash, bytes }))
    }
}

/// Loads bytes that this device wrote itself; `unpack_snapshot` has judged them just before.
#[allow(clippy::disallowed_methods, reason = "the one place where snapshots are loaded, behind our own parser")]
fn load(snapshot: &[u8]) -> Result<Automerge, DocumentError> {
    catch_unwind(AssertUnwindSafe(|| Automerge::load(snapshot)))
        .map_err(|_| GateError::Rejected)?
        .map_err(|e| DocumentError::Automerge(e.to_string()))
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
