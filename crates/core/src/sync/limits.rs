//! How much a message may hold, in one place. Nothing honest comes near: see the comment of each.

/// The largest body (compressed) that is read at all, in bytes.
pub const MAX_BODY: usize = 1024 * 1024;
/// The largest a body may become when inflated, in bytes.
pub const MAX_INFLATED: usize = 16 * 1024 * 1024;
/// The largest sum of change bytes a phone puts into one request; a longer outbox goes in several
/// round trips.
pub const MAX_PUSH: usize = 256 * 1024;
/// The most change bytes the server puts into one page of a response, unless a single document is
/// larger.
pub const MAX_PAGE: usize = 512 * 1024;
/// The most documents a pack holds.
pub const MAX_PACK_DOCS: usize = 1_000;

/// The most memory that what was inflated may become, in bytes, as [`cost`] counts it: three times
/// what an inflated body of the largest size holds if it is all text. The most that honest messages
/// hold for their bytes are the pages of a document of 10,000 changes of which all came late (5
/// MB), the 65,000 evicted documents that fit into [`MAX_BODY`] (5 MB) and the members of a street
/// of 10,000 (9 MB).
pub(crate) const MAX_DECODED: usize = 40 * 1024 * 1024;
/// How deep arrays and maps may stand in each other. Ours go to 11 (a grant's buildings, in the
/// members of the reference data).
pub(crate) const MAX_DEPTH: usize = 24;
/// The most datasets in one response. There are 5, each at most once; the rules alone become 2 KB
/// for 20 bytes.
pub(crate) const MAX_DATASETS: usize = 16;
/// Moments, in seconds since 1970, are below this (the year 141338): a change's time can say no
/// more, and sums of a few never overflow.
pub const MAX_TIME: i64 = 1 << 42;

/// What an item costs in memory at most, in bytes. Above what it takes as an element of a growing
/// vector, as a tree's node, or as one of serde's stand-ins while it waits for the name of its
/// type.
pub(super) mod cost {
    /// A number, a yes or no, a nothing.
    pub const SCALAR: usize = 32;
    /// A text or bytes, besides its length: its header and the smallest piece that can be
    /// allocated.
    pub const STRING: usize = 64;
    /// An array or a map, besides what is in it.
    pub const GROUP: usize = 64;
}
