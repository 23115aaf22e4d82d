//! Rows of field records: documents, their changes, and the log and counter of each scope.

use super::Result;
use beehive_core::{
    ActorId, ChangeHash, DeviceId, DocId, MatterNumber, NodeId,
    sync::{Digest, OpenRecord},
};

/// What the server keeps of a document beside its changes: enough to list it and to check it without folding it.
#[derive(Debug, Clone, PartialEq)]
pub struct DocumentRow {
    /// Which.
    pub id: DocId,
    /// The org node it belongs to.
    pub scope: NodeId,
    /// Code of its [`beehive_core::model::DocClass`].
    pub class: String,
    /// Code of its [`beehive_core::model::RecordKind`].
    pub kind: String,
    /// How many changes are stored.
    pub changes: u64,
    /// Sum of their bytes.
    pub bytes: u64,
    /// Digest over all of them.
    pub digest: Digest,
    /// When it was recorded by the recorder's clock, seconds since 1970.
    pub created_at: i64,
    /// When the server last stored a change, seconds since 1970.
    pub updated_at: i64,
    /// Its line for the lists while it is open.
    pub open: Option<OpenRecord>,
    /// Its official number; written once, with the first row.
    pub number: Option<MatterNumber>,
}

/// As much of a document's row as judging needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentSize {
    /// The org node it belongs to.
    pub scope: NodeId,
    /// How many changes are stored.
    pub changes: u64,
    /// Sum of their bytes.
    pub bytes: u64,
}

/// A change as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number among that actor's changes of the document.
    pub seq: u64,
    /// Its bytes as Automerge wrote them.
    pub bytes: Vec<u8>,
    /// When it came, seconds since 1970.
    pub received_at: i64,
}

/// A change to be stored.
#[derive(Debug, Clone, Copy)]
pub struct NewChange<'a> {
    /// Which document.
    pub doc: &'a DocId,
    /// Its hash.
    pub hash: &'a ChangeHash,
    /// Who wrote it.
    pub actor: &'a ActorId,
    /// Its number among that actor's changes of the document.
    pub seq: u64,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The device that brought it.
    pub device: &'a DeviceId,
    /// When it came, seconds since 1970.
    pub at: i64,
}

/// How far a scope's log goes, and the digest over every change in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counter {
    /// The number of the last entry; 0 = none yet.
    pub seq: u64,
    /// Digest of all changes of the scope.
    pub digest: Digest,
}

/// What an entry of a scope's log says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// A change of a document of the scope.
    Change,
    /// A document came from another scope: it is sent whole.
    Entered,
    /// A document went to another scope.
    Left,
    /// A document was erased for good.
    Purged,
}

impl LogKind {
    /// The stable code, as stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Entered => "entered",
            Self::Left => "left",
            Self::Purged => "purged",
        }
    }

    /// Reads a stored code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Change, Self::Entered, Self::Left, Self::Purged].into_iter().find(|k| k.code() == code)
    }
}

/// An entry of a scope's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// Its number within the scope, without gaps from 1.
    pub seq: u64,
    /// Which document.
    pub doc: DocId,
    /// What happened.
    pub kind: LogKind,
    /// The change, for [`LogKind::Change`].
    pub hash: Option<ChangeHash>,
    /// The device that brought it.
    pub device: DeviceId,
}

/// An entry to be appended to a scope's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewEntry {
    /// Which document.
    pub doc: DocId,
    /// What happened.
    pub kind: LogKind,
    /// The change, for [`LogKind::Change`].
    pub hash: Option<ChangeHash>,
}

/// Reads of field records.
pub trait ReadDocuments {
    /// One document's row.
    fn document(&self, id: &DocId) -> Result<Option<DocumentRow>>;
    /// How much is stored of a document, without what lists show of it.
    fn document_size(&self, id: &DocId) -> Result<Option<DocumentSize>>;
    /// A document's official number.
    fn number(&self, id: &DocId) -> Result<Option<MatterNumber>>;
    /// The ids of a scope's documents, last touched first.
    fn documents_of(&self, scope: &NodeId) -> Result<Vec<DocId>>;
    /// The ids of all documents, oldest first.
    fn document_ids(&self) -> Result<Vec<DocId>>;
    /// A scope's open records, newest first.
    fn open_records(&self, scope: &NodeId) -> Result<Vec<OpenRecord>>;
    /// A document's changes in the order they were admitted, which is causal.
    fn changes(&self, doc: &DocId) -> Result<Vec<ChangeRow>>;
    /// One change.
    fn change(&self, hash: &ChangeHash) -> Result<Option<ChangeRow>>;
    /// A scope's counter; zero for a scope without a log.
    fn counter(&self, scope: &NodeId) -> Result<Counter>;
    /// Every scope that has a log.
    fn counters(&self) -> Result<Vec<(NodeId, Counter)>>;
    /// At most `limit` entries of a scope's log after `after`, in order.
    fn log_after(&self, scope: &NodeId, after: u64, limit: usize) -> Result<Vec<LogEntry>>;
}

/// Writes of field records.
pub trait WriteDocuments {
    /// Takes the next official number of a year; `None` if the year has no more.
    fn next_number(&self, year: u16) -> Result<Option<MatterNumber>>;
    /// Leaves so many official numbers of a year out.
    fn skip_numbers(&self, year: u16, by: u32) -> Result<()>;
    /// Writes a document's row, new or changed. The number of one that is there stays.
    fn put_document(&self, row: &DocumentRow) -> Result<()>;
    /// Stores a change; [`super::StorageError::Exists`] if its hash, or its actor and number in this document, is taken.
    fn add_change(&self, change: NewChange<'_>) -> Result<()>;
    /// Appends to a scope's log and toggles `hash` in the scope's digest. Gives back the entry's number: the counter's row is locked
    /// by the transaction, so numbers have no gaps and become visible in order.
    fn append(&self, scope: &NodeId, doc: &DocId, kind: LogKind, hash: Option<&ChangeHash>, device: &DeviceId) -> Result<u64> {
        self.append_all(scope, &[NewEntry { doc: *doc, kind, hash: hash.copied() }], device)
    }
    /// Appends several entries, as [`Self::append`] would one after the other. Gives back the number of the first one.
    fn append_all(&self, scope: &NodeId, entries: &[NewEntry], device: &DeviceId) -> Result<u64>;
}
