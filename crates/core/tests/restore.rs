//! A history restored from what was admitted is the history that was admitted: in everything it says and in everything it lets in later.

#[path = "support/mutate.rs"]
mod mutate;
mod support;

use beehive_core::{
    ActorId, ChangeHash, GateError, History, MemberId, NodeId, fold,
    fold::fold_just_after,
    model::{Grant, Role},
    policy::{Standing, judge_change},
    reference::{Level, Member, OrgNode, OrgTree},
};
use rand::RngExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use support::{T0, concurrent_history, rng, shuffled};

/// Everything that can be asked of a history.
fn says(history: &History, standing: &Standing) -> impl PartialEq + std::fmt::Debug {
    let hashes: Vec<ChangeHash> = history.hashes().copied().collect();
    let judged: Vec<_> =
        hashes.iter().map(|h| (history.author(h), fold_just_after(history, h), judge_change(history, h, standing))).collect();
    let actors: Vec<(ActorId, u64)> = history.actors().iter().map(|a| (*a, history.last_seq(a))).collect();
    (history.doc(), history.heads(), history.digest(), history.len(), fold(history), hashes, judged, actors)
}

fn standing() -> Standing {
    let node = OrgNode { id: NodeId::from("mg-1"), parent: None, level: Level::MicroGrid, name: "一".into() };
    let grant = Grant { role: Role::MicroWorker, node: node.id.clone(), buildings: vec![], from: None, until: None, on_behalf: None };
    let member = Member { id: MemberId::from("m-1"), name: "甲".into(), kinds: vec![], grants: vec![grant] };
    Standing::of(&member, &OrgTree::new(&[node]), &NodeId::from("mg-1"), T0)
}

fn restored(changes: &[(ChangeHash, Vec<u8>)], by_hash: bool) -> History {
    let mut history = History::new();
    for (hash, bytes) in changes {
        history.restore(by_hash.then_some(hash), bytes).expect("what was admitted is restored");
    }
    history
}

/// Random concurrent histories, cut anywhere: restored and admitted say the same, and judge what comes next the same, honest or not.
#[test]
fn restored_is_admitted() {
    let (mut rng, standing) = (rng(31), standing());
    let (mut honest, mut hostile, mut let_in) = (0, 0, 0);
    for round in 0..120 {
        let phones = rng.random_range(2..6);
        let all = concurrent_history(&mut rng, phones, 40);
        let all = shuffled(&mut rng, &all);
        let cut = rng.random_range(1..=all.len());
        let mut admitted = History::new();
        let mut rows = Vec::new();
        for bytes in &all[..cut] {
            let a = admitted.admit(bytes).unwrap();
            rows.push((a.hash, a.bytes));
        }
        let mut restored = restored(&rows, round % 2 == 0);
        assert_eq!(says(&restored, &standing), says(&admitted, &standing));
        for bytes in &all[cut..] {
            for _ in 0..4 {
                let mutant = mutate::mutant(&mut rng, bytes, &all);
                let (a, b) = (admitted.admit(&mutant), restored.admit(&mutant));
                assert_eq!(a.as_ref().map(|a| (a.hash, &a.bytes)), b.as_ref().map(|b| (b.hash, &b.bytes)));
                hostile += 1;
                let_in += u32::from(a.is_ok());
            }
            // A mutant that was let in may stand where this one would; then both must say so.
            let (a, b) = (admitted.admit(bytes), restored.admit(bytes));
            assert_eq!(a.as_ref().map(|a| a.hash), b.as_ref().map(|b| b.hash));
            honest += 1;
        }
        assert_eq!(says(&restored, &standing), says(&admitted, &standing));
    }
    println!("{honest} honest changes and {hostile} mutants, {let_in} of them let in, behind 120 cuts");
    assert!(honest > 1_000 && let_in > 100);
}

/// Rows that were damaged, mixed up or lost: a typed error or another value, never a panic, and what is refused changes nothing.
#[test]
fn damaged_rows_are_errors() {
    let mut rng = rng(32);
    let mut errors = std::collections::BTreeSet::new();
    for _ in 0..60 {
        let all = concurrent_history(&mut rng, 3, 16);
        let rows: Vec<(ChangeHash, Vec<u8>)> = all.iter().map(|b| (beehive_core::gate::peek(b).unwrap().hash, b.clone())).collect();
        for _ in 0..200 {
            let mut rows = rows.clone();
            for _ in 0..rng.random_range(1..4) {
                let at = rng.random_range(0..rows.len());
                match rng.random_range(0..5) {
                    0 => drop(rows.remove(at)),
                    1 => rows.insert(at, rows[rng.random_range(0..rows.len())].clone()),
                    2 => rows[at].1.truncate(rng.random_range(1..60)),
                    3 => rows[at].0.0[rng.random_range(0..32)] ^= 1,
                    _ => {
                        let place = rng.random_range(0..rows[at].1.len());
                        rows[at].1[place] ^= 1 << rng.random_range(0..8);
                    }
                }
                if rows.is_empty() {
                    break;
                }
            }
            let by_hash = rng.random_bool(0.5);
            let ended = catch_unwind(AssertUnwindSafe(|| {
                let mut history = History::new();
                for (hash, bytes) in &rows {
                    let before = (history.len(), history.heads(), history.digest());
                    if let Err(e) = history.restore(by_hash.then_some(hash), bytes) {
                        assert_eq!((history.len(), history.heads(), history.digest()), before);
                        return Err(e);
                    }
                }
                Ok(fold(&history).is_some())
            }));
            if let Err(e) = ended.expect("damage is no reason to panic") {
                errors.insert(e.code());
            }
        }
    }
    for e in [GateError::MissingDependency, GateError::BadChecksum, GateError::NotAChange, GateError::AlreadyKnown] {
        assert!(errors.contains(e.code()), "{errors:?}");
    }
}

/// Without a stored hash, a flipped bit anywhere is noticed.
#[test]
fn a_flipped_bit_is_noticed_where_the_hash_is_worked_out() {
    let all = concurrent_history(&mut rng(33), 2, 6);
    for at in 0..all[0].len() * 8 {
        let mut bytes = all[0].clone();
        bytes[at / 8] ^= 1 << (at % 8);
        assert!(History::new().restore(None, &bytes).is_err(), "bit {at}");
    }
}
