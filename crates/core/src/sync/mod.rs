//! The sync conversation: one POST that pushes what is unsent and pulls what is new. See `docs/sync-protocol.md`.
//!
//! The structs here are the wire format. Both ends use them, so neither can drift; golden fixtures in `tests/golden` pin their
//! bytes.

mod batch;
mod digest;
mod frame;
mod message;

pub use batch::{Batch, DocChanges, Encoding};
pub use digest::Digest;
pub(crate) use frame::inflate;
pub use frame::{FrameError, MAX_BODY, MAX_INFLATED, decode, encode};
pub use message::{
    Bootstrap, EnrollRequest, EnrollResponse, HeldDecision, Late, OpenRecord, Pack, PackDoc, Problem, Push, ReferenceUpdate, ScopePage,
    StandInRequest, StandInResponse, StandingState, SyncRequest, SyncResponse, Verdict, VerdictKind,
};

/// Version 1 (2026-11): the first. Spoken by every program so far.
pub const PROTOCOL: u32 = 1;

/// The capability of a phone that has no key yet to seal rescue files for.
pub const WANTS_RESCUE_KEY: &str = "rescue-key";
/// Names of what a phone can read beyond the first release. The server leaves out or translates what a phone does not name.
pub mod capability {
    /// Batches as raw change bytes.
    pub const RAW: &str = "raw";
    /// The whole life of a matter: every status and reason to look, the rules dataset.
    pub const LIFE: &str = "life";
    /// What this program understands.
    pub const ALL: [&str; 2] = [RAW, LIFE];
}

/// Whether this program can talk to a peer that speaks `version`.
pub fn is_supported(version: u32) -> bool {
    version == PROTOCOL
}

/// The largest sum of change bytes a phone puts into one request; a longer outbox goes in several round trips.
pub const MAX_PUSH: usize = 256 * 1024;
/// The most change bytes the server puts into one page of a response, unless a single document is larger.
pub const MAX_PAGE: usize = 512 * 1024;
/// The most documents a pack holds.
pub const MAX_PACK_DOCS: usize = 1_000;
