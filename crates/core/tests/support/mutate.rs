//! Mutations of changes and snapshots as a malicious client could send them: length and checksum
//! are always right.
#![allow(dead_code, reason = "each test binary uses its own part")]

use automerge::{ActorId, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue, legacy};
use beehive_campaign::hostile::{self, pick};
use rand::{RngExt, rngs::SmallRng};
use sha2::{Digest, Sha256};
use std::num::NonZeroU64;

/// A mutant of an honest change. `others` are changes of the same document to borrow from.
pub fn mutant(rng: &mut SmallRng, honest: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    if rng.random_bool(0.4) { bytes(rng, honest) } else { structure(rng, honest, others).unwrap_or_else(|| bytes(rng, honest)) }
}

/// Flips, inserts or drops bytes of the content, then repairs length and checksum.
fn bytes(rng: &mut SmallRng, honest: &[u8]) -> Vec<u8> {
    let mut content = content(honest);
    for _ in 0..rng.random_range(1..4) {
        if content.is_empty() {
            break;
        }
        let at = rng.random_range(0..content.len());
        match rng.random_range(0..6) {
            0 => content.insert(at, rng.random()),
            1 => drop(content.remove(at)),
            2 => content[at] = [0, 1, 0x7f, 0x80, 0xff][rng.random_range(0..5)],
            3 => content[at] = content[at].wrapping_add(1),
            _ => content[at] ^= 1 << rng.random_range(0..8),
        }
    }
    chunk(&content)
}

/// Changes what the change says, keeping it a change that Automerge itself would write.
fn structure(rng: &mut SmallRng, honest: &[u8], others: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut e: ExpandedChange = decode(honest)?;
    for _ in 0..rng.random_range(1..3) {
        let other: ExpandedChange = decode(&others[rng.random_range(0..others.len())])?;
        let n = e.operations.len();
        let at = rng.random_range(0..n.max(1));
        match rng.random_range(0..16) {
            0 => e.seq = [0, 1, e.seq.wrapping_add(1), e.seq.wrapping_sub(1), u64::from(u32::MAX)][rng.random_range(0..5)],
            1 => {
                e.start_op =
                    NonZeroU64::new([1, e.start_op.get().wrapping_add(1), e.start_op.get().max(2) - 1, 1 << 31][rng.random_range(0..4)])?
            }
            2 => e.time = [-1, 1 << 42, i64::MAX, i64::MIN, e.time.wrapping_add(1)][rng.random_range(0..5)],
            3 => {
                e.actor_id =
                    [other.actor_id.clone(), ActorId::from(&[9u8; 8][..]), ActorId::from(&[1u8; 3][..])][rng.random_range(0..3)].clone()
            }
            4 => e.deps = other.deps.clone(),
            5 => drop(e.deps.pop()),
            6 => e.deps.push(ChangeHash([rng.random(); 32])),
            7 => e.deps.push(Change::from(other).hash()),
            8 if n > 0 => e.operations[at].pred = legacy::SortedVec::new(),
            9 if n > 0 && !other.operations.is_empty() => e.operations[at].pred = other.operations[0].pred.clone(),
            10 if n > 0 => {
                let ghost = legacy::OpId::new(rng.random_range(1..60), &other.actor_id);
                let preds = e.operations[at].pred.iter().cloned().chain([ghost]).collect::<Vec<_>>();
                e.operations[at].pred = preds.into();
            }
            11 if n > 0 => {
                let keys = ["f.title", "h.kind", "f.New", "x", "", "e.0000000000000000.1.0", "f.detail"];
                e.operations[at].key = legacy::Key::Map(keys[rng.random_range(0..keys.len())].into());
            }
            12 if n > 0 => {
                e.operations[at].action = match rng.random_range(0..6) {
                    0 => legacy::OpType::Delete,
                    1 => legacy::OpType::Make(ObjType::List),
                    2 => legacy::OpType::Increment(3),
                    3 => legacy::OpType::Put(ScalarValue::Bytes(vec![0; 100])),
                    4 => legacy::OpType::Put(ScalarValue::F64(f64::NAN)),
                    _ => legacy::OpType::Put(ScalarValue::Str("x".repeat(70_000).into())),
                };
            }
            13 if n > 0 => {
                let again = e.operations[at].clone();
                e.operations.push(again);
            }
            14 if n > 1 => drop(e.operations.remove(at)),
            _ if n > 0 => {
                e.operations[at].action = legacy::OpType::Put(ScalarValue::Str(format!("改{}", rng.random_range(0..99)).into()));
            }
            _ => {}
        }
    }
    // Automerge's encoder may panic on nonsense too; such a mutant can be had by bytes only.
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Change::from(e).raw_bytes().to_vec())).ok()
}

#[allow(clippy::disallowed_methods, reason = "an attacker may use anything; these bytes are honest ones")]
fn decode(bytes: &[u8]) -> Option<ExpandedChange> {
    Change::from_bytes(bytes.to_vec()).ok().map(|c| c.decode())
}

/// A mutant of an honest snapshot. `others` are snapshots to borrow from.
pub fn snapshot(rng: &mut SmallRng, honest: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let before = content(honest);
    let after = if rng.random_bool(0.3) { tables(rng, &before) } else { None };
    let after = after.unwrap_or_else(|| {
        let lent: Vec<Vec<u8>> = others.iter().map(|other| content(other)).collect();
        // Mostly one place: of two most are refused for the one that is parsed first.
        hostile::bytes(rng, &before, &lent)
    });
    // Now and then of another kind.
    chunk_of(if rng.random_bool(0.02) { rng.random_range(0..4) } else { 0 }, &after)
}

/// Changes what stands before the columns: who wrote (all of eight bytes), and the heads.
fn tables(rng: &mut SmallRng, content: &[u8]) -> Option<Vec<u8>> {
    let n = usize::from(*content.first().filter(|n| (1..0x7f).contains(*n))?);
    let (actors, rest) = content[1..].split_at_checked(n * 9)?;
    let heads = usize::from(*rest.first().filter(|n| (1..0x7f).contains(*n))?);
    let (names, rest) = rest[1..].split_at_checked(heads * 32)?;
    let mut actors: Vec<Vec<u8>> = actors.chunks(9).map(<[u8]>::to_vec).collect();
    let mut names: Vec<Vec<u8>> = names.chunks(32).map(<[u8]>::to_vec).collect();
    for _ in 0..rng.random_range(1..3) {
        let (list, length) = if rng.random() { (&mut actors, 9) } else { (&mut names, 32) };
        let at = rng.random_range(0..=list.len());
        let mut spare: Vec<u8> = (0..length).map(|_| pick(rng, &[0, 0x10, 0xff])).collect();
        if length == 9 {
            spare[0] = 8;
        }
        match rng.random_range(0..6) {
            0 if at < list.len() => drop(list.remove(at)),
            1 if at < list.len() => list.swap(0, at),
            2 if at < list.len() => list.insert(at, list[at].clone()),
            3 if at < list.len() => list[at] = spare,
            4 => list.push(spare),
            _ => list.insert(at, spare),
        }
    }
    let mut out = leb128(actors.len() as u64);
    out.extend(actors.concat());
    out.extend(leb128(names.len() as u64));
    out.extend(names.concat());
    out.extend_from_slice(rest);
    Some(out)
}

pub fn content(change: &[u8]) -> Vec<u8> {
    let mut at = 9;
    while change[at] & 0x80 != 0 {
        at += 1;
    }
    change[at + 1..].to_vec()
}

/// A change chunk around any content, with the right length and checksum.
pub fn chunk(content: &[u8]) -> Vec<u8> {
    chunk_of(1, content)
}

fn leb128(mut n: u64) -> Vec<u8> {
    let mut out = Vec::new();
    loop {
        let byte = (n & 0x7f) as u8;
        n >>= 7;
        out.push(if n > 0 { byte | 0x80 } else { byte });
        if n == 0 {
            return out;
        }
    }
}

/// A chunk of any kind: 0 = document, 1 = change, 2 = compressed change.
pub fn chunk_of(kind: u8, content: &[u8]) -> Vec<u8> {
    let mut tail = vec![kind];
    tail.extend(leb128(content.len() as u64));
    tail.extend_from_slice(content);
    let mut out = vec![0x85, 0x6f, 0x4a, 0x83];
    out.extend_from_slice(&Sha256::digest(&tail)[..4]);
    out.extend(tail);
    out
}
