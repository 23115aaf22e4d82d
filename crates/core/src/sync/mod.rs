//! The sync conversation: one POST that pushes what is unsent and pulls what is new. See `docs/sync-protocol.md`.
//!
//! The structs here are the wire format. Both ends use them, so neither can drift; golden fixtures in `tests/golden` pin their
//! bytes.

mod batch;
pub(crate) mod bounded;
mod digest;
mod frame;
mod limits;
mod message;
mod scan;

pub use batch::{Batch, DocChanges, Encoding};
pub use digest::Digest;
pub use frame::{FrameError, decode, encode};
pub(crate) use frame::{Inflated, inflate};
pub use limits::{MAX_BODY, MAX_INFLATED, MAX_PACK_DOCS, MAX_PAGE, MAX_PUSH, MAX_TIME};
pub use message::{
    Bootstrap, EnrollRequest, EnrollResponse, HeldDecision, Late, OTHER_STREET, OpenRecord, Pack, PackDoc, PackLate, Problem, Push,
    ReferenceUpdate, STREET_HEADER, ScopePage, StandInRequest, StandInResponse, StandingState, StreetAnswer, SyncRequest, SyncResponse,
    Verdict, VerdictKind,
};

/// Version 1 (2026-11): the first. Spoken by every program so far.
pub const PROTOCOL: u32 = 1;

/// The response header by which a server names itself, with its protocol's number: so that nobody takes a stranger's error on the way for its
/// word. Servers of the first release do not send it.
pub const SERVER_HEADER: &str = "beehive-protocol";

/// The capability of a phone that has no key yet to seal rescue files for.
pub const WANTS_RESCUE_KEY: &str = "rescue-key";
/// Names of what a phone can read beyond the first release. The server leaves out or translates what a phone does not name.
pub mod capability {
    /// Batches as raw change bytes.
    pub const RAW: &str = "raw";
    /// The whole life of a matter: every status and reason to look, the rules dataset.
    pub const LIFE: &str = "life";
    /// The dataset of past names.
    pub const PAST: &str = "past";
    /// What this program understands.
    pub const ALL: [&str; 3] = [RAW, LIFE, PAST];
}

/// Whether this program can talk to a peer that speaks `version`.
pub fn is_supported(version: u32) -> bool {
    version == PROTOCOL
}
