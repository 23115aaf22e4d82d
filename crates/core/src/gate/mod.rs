//! The gate: bytes from outside never reach Automerge.
//!
//! Automerge 0.12 trusts what it is given: mutated changes with repaired checksums panic inside it, leave documents that no longer
//! load, or take hundreds of megabytes for 65 bytes. So every change from outside goes: our own strict parser of the flat subset ->
//! rules on a side table of the document's history ([`History`]) -> the change rebuilt from what was parsed -> its bytes must equal the
//! input -> only the rebuilt change is ever applied. Snapshots (packs) are taken apart into changes that go the same way.

mod chunk;
mod columns;
mod error;
mod facts;
mod history;
pub mod limits;
mod own;
mod reader;
mod rebuild;
mod rules;
mod snapshot;
mod view;

pub use chunk::{Candidate, MAX_CHANGE, MAX_DEPS, MAX_OPS, MAX_PREDS, Peek, peek, written_at};
pub use error::GateError;
pub use history::{Admitted, History, MAX_ACTORS};
pub use snapshot::{MAX_SNAPSHOT, unpack_snapshot};
pub(crate) use view::{EventRow, FactRow, FirstOf, SeenBy, View};
