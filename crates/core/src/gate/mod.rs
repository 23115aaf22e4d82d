//! The gate: bytes from outside never reach Automerge.
//!
//! Automerge 0.12 trusts what it is given: mutated changes with repaired checksums panic inside it, leave documents that no longer
//! load, or take hundreds of megabytes for 65 bytes. So every change from outside goes: our own strict parser of the flat subset ->
//! rules on a side table of the document's history ([`History`]) -> the change rebuilt from what was parsed -> its bytes must equal the
//! input -> only the rebuilt change is ever applied. Snapshots (packs) are taken apart into changes that go the same way.

mod chunk;
mod columns;
mod error;
mod history;
mod reader;
mod rebuild;
mod snapshot;

pub use chunk::{MAX_CHANGE, MAX_DEPS, MAX_OPS, MAX_PREDS, Peek, peek, written_at};
pub use error::GateError;
pub(crate) use history::View;
pub use history::{Admitted, EventRow, FactRow, History, MAX_ACTORS, MAX_CHANGES};
pub(crate) use rebuild::{actor_id, scalar_value};
pub use snapshot::{MAX_SNAPSHOT, unpack_snapshot};
