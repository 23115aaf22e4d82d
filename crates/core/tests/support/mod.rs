//! Seeded concurrent histories, as honest phones would make them, and a mutator that repairs what it breaks.
#![allow(dead_code, reason = "each test binary uses its own part")]

use beehive_core::{ActorId, Document, EventBody, MemberId, NodeId, Scalar, Write, document::NewRecord, model::RecordKind};
pub mod events;

use rand::{RngExt, SeedableRng, rngs::SmallRng};

pub const T0: i64 = 1_795_000_000;

pub fn rng(seed: u64) -> SmallRng {
    SmallRng::seed_from_u64(seed)
}

const WORDS: [&str; 8] = ["楼道堆物", "门禁坏了", "路灯不亮", "下水堵了", "老人要买菜", "电线裸露", "消防栓挡住", "噪音扰民"];
const FIELDS: [&str; 5] = ["title", "detail", "category", "urgency", "place"];

pub fn writes(rng: &mut SmallRng) -> Vec<Write> {
    let mut out = Vec::new();
    for _ in 0..rng.random_range(1..4) {
        let word = WORDS[rng.random_range(0..WORDS.len())];
        match rng.random_range(0..3) {
            0 => out.push(Write::Event(EventBody::Step { note: format!("{word}{}", rng.random_range(0..9)) })),
            1 => out.push(Write::Event(EventBody::Resolve { by: None, note: word.into() })),
            _ => {
                let field = FIELDS[rng.random_range(0..FIELDS.len())];
                // Few different values, so that people often write what is there already, also during a conflict.
                let value = Scalar::from(WORDS[rng.random_range(0..3)]);
                if !out.iter().any(|w| matches!(w, Write::Fact { field: f, .. } if f == field)) {
                    out.push(Write::Fact { field: field.into(), value });
                }
            }
        }
    }
    out
}

/// One document written by several phones at once, who hear of each other now and then. All changes, in one causal order.
pub fn concurrent_history(rng: &mut SmallRng, phones: u8, rounds: usize) -> Vec<Vec<u8>> {
    let record = NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    let first = [Write::Fact { field: "title".into(), value: WORDS[0].into() }];
    let (doc, change) = Document::create(actor(0), T0, &record, &first).unwrap();
    let mut phones: Vec<Document> = vec![doc; usize::from(phones)];
    let mut all = vec![change.bytes];
    for round in 0..rounds {
        let who = rng.random_range(0..phones.len());
        if rng.random_bool(0.4) {
            let from = rng.random_range(0..phones.len());
            for (hash, bytes) in phones[from].changes() {
                if !phones[who].history().contains(&hash) {
                    assert!(phones[who].admit(&bytes).expect("an honest change is let in"));
                }
            }
        }
        let at = T0 + round as i64 * 60;
        if let Some(change) = phones[who].write(actor(who as u8), at, &writes(rng)).expect("an honest write is let in") {
            all.push(change.bytes);
        }
    }
    all
}

pub fn actor(n: u8) -> ActorId {
    ActorId([0x10 + n, 2, 3, 4, 5, 6, 7, n])
}

/// Another order in which the same changes may arrive: any that respects dependencies.
pub fn shuffled(rng: &mut SmallRng, changes: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let peeks: Vec<_> = changes.iter().map(|c| beehive_core::gate::peek(c).unwrap()).collect();
    let mut waiting: Vec<usize> = (0..changes.len()).collect();
    let mut done = std::collections::HashSet::new();
    let mut out = Vec::new();
    while !waiting.is_empty() {
        let ready: Vec<usize> = (0..waiting.len()).filter(|w| peeks[waiting[*w]].deps.iter().all(|d| done.contains(d))).collect();
        let next = waiting.swap_remove(ready[rng.random_range(0..ready.len())]);
        done.insert(peeks[next].hash);
        out.push(changes[next].clone());
    }
    out
}
