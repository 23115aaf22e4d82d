//! Changes grouped by document. A batch names the encoding of its changes, so that a denser one can be added later.

use crate::id::DocId;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

/// How the changes of a batch are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// Each change is its own bytes, as Automerge wrote them. Always understood; the fallback.
    #[serde(rename = "raw")]
    Raw,
}

/// Changes of one document, dependencies before what depends on them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocChanges {
    /// Which document.
    #[serde(rename = "d")]
    pub doc: DocId,
    /// The raw bytes of its changes.
    #[serde(rename = "c")]
    pub changes: Vec<ByteBuf>,
}

impl DocChanges {
    /// Sum of the change bytes.
    pub fn byte_len(&self) -> usize {
        self.changes.iter().map(|c| c.len()).sum()
    }
}

/// A batch of changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Batch {
    /// How the changes are written.
    #[serde(rename = "e")]
    pub encoding: Encoding,
    /// By document.
    #[serde(rename = "g")]
    pub docs: Vec<DocChanges>,
}

impl Batch {
    /// A batch in the `raw` encoding.
    pub fn raw(docs: Vec<DocChanges>) -> Self {
        Self { encoding: Encoding::Raw, docs }
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.docs.is_empty()
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self::raw(Vec::new())
    }
}
