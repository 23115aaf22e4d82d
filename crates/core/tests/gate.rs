//! The gate: honest changes pass in every order, hostile ones neither panic nor poison.

#[path = "support/mutate.rs"]
mod mutate;
mod support;

use beehive_campaign::{Portion, Watch};
use beehive_core::{
    Document, GateError, History, fold,
    gate::{peek, unpack_snapshot},
};
use rand::RngExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::{concurrent_history, rng, shuffled};

/// Honest changes of 3 to 5 phones, each history in three more causal orders: none refused, one state.
#[test]
fn honest_changes_pass_in_every_causal_order() {
    let portion = Portion::or(1, 20_000);
    let mut rng = rng(portion.seed);
    let mut changes = 0;
    while changes < portion.cases {
        let phones = rng.random_range(3..6);
        let all = concurrent_history(&mut rng, phones, 60);
        changes += all.len() as u64;
        let mut states = Vec::new();
        for _ in 0..3 {
            let mut history = History::new();
            for bytes in shuffled(&mut rng, &all) {
                history.admit(&bytes).expect("an honest change is let in");
            }
            states.push((fold(&history), history.heads(), history.digest()));
        }
        assert!(states.iter().all(|s| *s == states[0]), "the state depends on the order of delivery");
        let doc = Document::from_changes(all.iter().map(Vec::as_slice)).unwrap();
        assert_eq!(doc.matter(), states[0].0, "Automerge and the side table disagree");
        let (unpacked, raw) = unpack_snapshot(&doc.snapshot()).expect("an honest snapshot is let in");
        assert_eq!((unpacked.heads(), raw.len()), (states[0].1.clone(), all.len()));
    }
    portion.report(changes);
}

/// What Automerge shows of a document must be what the side table says, value by value.
#[test]
fn the_side_table_agrees_with_automerge() {
    use automerge::{ROOT, ReadDoc};
    let mut rng = rng(2);
    for _ in 0..40 {
        let all = concurrent_history(&mut rng, 4, 50);
        let doc = Document::from_changes(all.iter().map(Vec::as_slice)).unwrap();
        #[allow(clippy::disallowed_methods, reason = "honest bytes, read by the reference implementation")]
        let am = automerge::Automerge::load(&doc.snapshot()).unwrap();
        let matter = doc.matter().unwrap();
        for (field, values) in &matter.facts {
            let key = format!("f.{field}");
            let winner = am.get(ROOT, &key).unwrap().unwrap().0;
            assert_eq!(winner.as_str(), values[0].value.as_str(), "{field}");
            assert_eq!(am.get_all(ROOT, &key).unwrap().len(), values.len(), "{field}");
        }
        assert_eq!(am.keys(ROOT).filter(|k| k.starts_with("e.")).count(), matter.timeline.len());
    }
}

/// Mutants against documents that keep whatever mutant was let in, so that attacks build on each other.
fn fire(name: &'static str, portion: Portion) -> u64 {
    let shots = portion.cases;
    let mut rng = rng(portion.seed);
    let mut watch = Watch::of(name);
    let (mut fired, mut accepted) = (0, 0);
    while fired < shots {
        let all = concurrent_history(&mut rng, 4, 24);
        let cut = rng.random_range(1..all.len());
        let mut doc = Document::from_changes(all[..cut].iter().map(Vec::as_slice)).unwrap();
        let mut known = all.clone();
        // Earlier versions of the document: what an attacker writes on them has dependencies that are not the heads.
        let mut versions = vec![doc.clone()];
        for _ in 0..(shots - fired).min(120) {
            fired += 1;
            // The next change, one beside others, a past one, or a mutant that was let in: all are ground for the next mutant.
            let ground = match rng.random_range(0..4) {
                0 => known[rng.random_range(0..known.len())].clone(),
                _ => {
                    let mut version = versions[rng.random_range(0..versions.len())].clone();
                    let by = support::actor(rng.random_range(0..8));
                    match version.write(by, support::T0 + fired as i64, &support::writes(&mut rng)) {
                        Ok(Some(change)) => change.bytes,
                        _ => continue,
                    }
                }
            };
            let shot = mutate::mutant(&mut rng, &ground, &known);
            match watch.try_one(format_args!("{fired} from seed {}", portion.seed), &shot, |shot| doc.admit(shot)) {
                Ok(true) => {
                    accepted += 1;
                    let snapshot = doc.snapshot();
                    let again = catch_unwind(AssertUnwindSafe(|| Document::open(&snapshot)));
                    let again = again.expect("loading does not panic").expect("the document still loads");
                    assert_eq!(again.history().heads(), doc.history().heads(), "loaded as something else");
                    assert_eq!(again.matter(), doc.matter());
                    known.push(shot);
                    versions.push(doc.clone());
                    let oldest = versions.len().saturating_sub(4);
                    versions.drain(..oldest);
                }
                Ok(false) => {}
                Err(e) => assert_ne!(e, GateError::Rejected, "past the gate, refused by Automerge"),
            }
        }
    }
    watch.done();
    println!("{accepted} of {fired} let in");
    assert!(accepted * 20 > fired, "only {accepted} of {fired} got in: the mutator has gone blunt");
    fired
}

#[test]
fn mutants_neither_panic_nor_poison_a() {
    let portion = Portion::or(11, 20_000);
    portion.report(fire("change-a", portion));
}

#[test]
fn mutants_neither_panic_nor_poison_b() {
    let portion = Portion::or(12, 20_000);
    // Other mutants than the first test's, also where both are given one seed.
    portion.report(fire("change-b", Portion { seed: portion.seed ^ 1 << 32, ..portion }));
}

fn repair_document(bytes: &mut [u8]) {
    use sha2::Digest;
    let checksum = sha2::Sha256::digest(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum[..4]);
}

/// The known bombs, each refused before anything is allocated for it.
#[test]
fn bombs_are_refused_by_their_size_on_paper() {
    // Ten million operations in a 60-byte change: a run of 10,000,000 in the action column.
    let run = [0x80u8, 0xad, 0xe2, 0x04, 0x01];
    let mut content = vec![0u8]; // no deps
    content.extend([8, 1, 2, 3, 4, 5, 6, 7, 8]); // actor
    content.extend([1, 1, 0, 0, 0]); // seq, start_op, time, no message, no other actors
    content.extend([1, 0x42, run.len() as u8]);
    content.extend(run);
    let bomb = mutate::chunk(&content);
    assert_eq!(History::new().admit(&bomb).unwrap_err(), GateError::TooMany);
    // A compressed chunk, whatever is in it.
    let mut compressed = bomb.clone();
    compressed[8] = 2;
    repair_document(&mut compressed);
    assert_eq!(peek(&compressed).unwrap_err(), GateError::NotAChange);
    assert_eq!(peek(&vec![0u8; 65 * 1024]).unwrap_err(), GateError::TooLarge);
    assert_eq!(peek(&[]).unwrap_err(), GateError::NotAChange);
}
