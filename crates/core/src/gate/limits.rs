//! How much one record may hold: one table, and what its figures owe each other.
//!
//! A limit that another one does not know of closes records for people who did nothing wrong: one device wrote two
//! hundred concurrent changes, each let in, and whoever had seen them all could never write again, because one change
//! names at most two hundred. So what is let in must stay writable, loadable and transferable, and cost a server core
//! less than 0.2 s ([`STORED`]; `docs/performance.md` has the figures). The inequalities are checked when this is
//! compiled; `tests/limits.rs` shows that they mean what they say.

use super::{Candidate, GateError, History, MAX_ACTORS, MAX_CHANGE, MAX_DEPS, MAX_PREDS, MAX_SNAPSHOT};
use crate::{
    action::{MAX_EVENT, MAX_FACT},
    id::{ActorId, ChangeHash},
    model::field,
    sync::{MAX_BODY, MAX_INFLATED},
};

/// How much there is of a record, or may be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Size {
    /// Stores that have written it.
    pub actors: usize,
    /// Changes.
    pub changes: usize,
    /// Operations of all changes.
    pub ops: usize,
    /// Operations that are events.
    pub events: usize,
    /// Predecessors of all operations.
    pub preds: usize,
    /// Bytes of all changes.
    pub bytes: usize,
}

/// The most that a server stores of one record, and that anybody writes into one: a matter of years has some hundred
/// changes.
pub const STORED: Size = Size { actors: 150, changes: 2_000, ops: 8_000, events: 1_200, preds: 16_000, bytes: 768 * 1024 };

/// The most of it that one device may have written, whatever names it writes under: none alone can fill a record so
/// that nobody else can write. A device changes its name when its store was restored from a copy.
pub const SHARE: Size = Size { actors: 8, changes: 1_000, ops: 4_000, events: 600, preds: 8_000, bytes: 384 * 1024 };

/// The most that the gate lets in: what a server stores, and what a phone that is about to send wrote meanwhile.
pub const ADMITTED: Size = STORED.and(&Size { actors: MAX_ACTORS - STORED.actors, ..SHARE });

impl Size {
    /// Both together.
    pub const fn and(&self, other: &Self) -> Self {
        Self {
            actors: self.actors + other.actors,
            changes: self.changes + other.changes,
            ops: self.ops + other.ops,
            events: self.events + other.events,
            preds: self.preds + other.preds,
            bytes: self.bytes + other.bytes,
        }
    }

    /// Whether nothing of it is more than `most` says.
    pub const fn fits(&self, most: &Self) -> bool {
        self.actors <= most.actors
            && self.changes <= most.changes
            && self.ops <= most.ops
            && self.events <= most.events
            && self.preds <= most.preds
            && self.bytes <= most.bytes
    }
}

impl History {
    /// Whether a server may still store a change of a device: the record must have room for it, and so must the share
    /// of the device, which writes under the names of which `own` says so.
    ///
    /// # Errors
    /// [`GateError::RecordFull`].
    pub fn has_room_for(&self, change: &Candidate<'_>, own: impl Fn(&ActorId) -> bool) -> Result<(), GateError> {
        self.has_room(&STORED, |_| true, &change.actor(), &change.size())?;
        self.has_room(&SHARE, own, &change.actor(), &change.size())
    }
}

/// Fields that one write can settle, each with as many values as there are stores.
const FIELDS: usize = field::EDITABLE.len();
/// What a change takes besides its dependencies, its predecessors and what was written, in bytes: heads, keys, columns.
const FRAME: usize = 4 * 1024;
/// What a reference to an operation takes in a change: the place of its actor, and a difference of counters.
const PRED: usize = 8;

/// What the figures owe each other.
const _: () = {
    // Whoever has seen everything builds on it in one change: heads have different writers.
    assert!(ADMITTED.actors == MAX_ACTORS && MAX_ACTORS <= MAX_DEPS);
    assert!(FIELDS * MAX_ACTORS <= MAX_PREDS);
    let references = MAX_DEPS * size_of::<ChangeHash>() + MAX_ACTORS * (size_of::<ActorId>() + 1) + FIELDS * MAX_ACTORS * PRED;
    assert!(references + FRAME + MAX_FACT + MAX_EVENT <= MAX_CHANGE);
    // No device alone closes a record: beside a full share there is room for another one.
    assert!(SHARE.and(&SHARE).fits(&STORED));
    // A phone that wrote its share takes in all that the server stores.
    assert!(STORED.and(&SHARE).fits(&Size { actors: STORED.actors + SHARE.actors, ..ADMITTED }));
    assert!(STORED.actors + SHARE.actors <= MAX_ACTORS);
    // Whole, it fits into one answer, however badly it is compressed, and into a snapshot. A snapshot says in columns
    // what changes say one by one, and takes less.
    assert!(STORED.bytes + STORED.changes * 8 + 64 * 1024 <= MAX_BODY);
    assert!(ADMITTED.bytes <= MAX_SNAPSHOT && MAX_SNAPSHOT < MAX_INFLATED);
};
