//! The server's own decoders against bytes that anybody could send or leave on a disk: none panics,
//! ends the process, or takes a second or 64 MB for one input. What once did is kept in
//! `tests/crashers` and tried by every run.

mod archive;
#[path = "../server/harness.rs"]
#[allow(dead_code, reason = "each test binary uses its own part")]
mod harness;
mod requests;
mod tus;

use beehive_campaign::hostile::kept;
use std::path::PathBuf;

/// What was kept of a decoder.
fn crashers(decoder: &str) -> Vec<(String, Vec<u8>)> {
    kept(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/crashers").join(decoder))
}
