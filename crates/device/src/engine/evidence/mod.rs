//! Photos and voice notes: kept before a record names them, sent after it, fetched when somebody looks, cleaned up when they are safe.

mod huffman;
mod jpeg;
mod keep;
mod look;
mod notes;
mod picture;
mod room;
mod size;
mod sound;
mod transfer;

pub use keep::{MAX_PHOTOS, missing};
pub use room::is_confirmed;
pub use transfer::Upload;
