//! Every decoder of this crate against bytes that a malicious peer could send: none panics, ends
//! the process, or takes a second or 64 MB for one input. What once did is kept in `crashers` and
//! tried by every run. The decoder of changes is tried in `gate.rs`, where what is let in is built
//! upon.

#[path = "support/hostile.rs"]
mod attack;
#[path = "support/mutate.rs"]
mod mutate;
#[path = "support/readers.rs"]
mod readers;
mod support;

use attack::Corpus;
use beehive_campaign::{
    Portion, Watch,
    hostile::{self, cbor, frame, kept},
};
use rand::{RngExt as _, rngs::SmallRng};
use std::path::PathBuf;

/// How many inputs each decoder gets in the gate.
const CASES: u64 = 20_000;

fn campaign(name: &'static str, every: u64, mutant: impl Fn(&mut SmallRng) -> Vec<u8>, read: impl Fn(&[u8]) -> bool) {
    let crashers = kept(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/crashers").join(name));
    hostile::campaign(Watch::of(name), Portion::or(1, CASES), every, crashers, mutant, read);
}

/// A message's mutant: content first, then the frame around it.
fn message(rng: &mut SmallRng, corpus: &Corpus, messages: &[Vec<u8>]) -> Vec<u8> {
    let honest = &messages[rng.random_range(0..messages.len())];
    let content = cbor::mutant(rng, honest, messages, &|rng, bytes| corpus.inner(rng, bytes));
    frame::around(rng, &content)
}

#[test]
fn no_snapshot_harms() {
    let corpus = Corpus::new();
    let mutant = |rng: &mut SmallRng| {
        let honest = &corpus.snapshots[rng.random_range(0..corpus.snapshots.len())];
        mutate::snapshot(rng, honest, &corpus.snapshots)
    };
    campaign("snapshot", 200, mutant, readers::snapshot);
}

#[test]
fn no_request_harms() {
    let corpus = Corpus::new();
    campaign("request", 10, |rng| message(rng, &corpus, &corpus.requests), readers::request);
}

#[test]
fn no_response_harms() {
    let corpus = Corpus::new();
    campaign("response", 10, |rng| message(rng, &corpus, &corpus.responses), readers::response);
}

#[test]
fn no_pack_harms() {
    let corpus = Corpus::new();
    campaign("pack", 10, |rng| message(rng, &corpus, &corpus.packs), readers::pack);
}

#[test]
fn no_rescue_file_harms() {
    let corpus = Corpus::new();
    campaign("rescue", 10, |rng| corpus.rescue(rng), readers::rescue);
}
