//! Rules of the gate whose lack no mutant shows: each has a change here that breaks it and nothing
//! else.

#[path = "support/mutate.rs"]
mod mutate;
mod support;

use automerge::{Change, ExpandedChange, legacy};
use beehive_core::{
    Document, GateError, History, MemberId, NewRecord, NodeId, Write,
    gate::{peek, unpack_snapshot},
    model::RecordKind,
};
use support::{T0, actor};

fn fact(field: &str, value: &str) -> Write {
    Write::Fact { field: field.into(), value: value.into() }
}

fn step(note: &str) -> Write {
    Write::Event(beehive_core::EventBody::Step { note: note.into() })
}

/// A first change, two beside each other on it, and one on both.
fn diamond() -> (Document, Vec<Vec<u8>>) {
    let record = NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    let (mut one, first) = Document::create(actor(0), T0, &record, &[fact("title", "路灯不亮")]).unwrap();
    let mut two = one.clone();
    let left = one.write(actor(1), T0 + 1, &[fact("detail", "左")]).unwrap().unwrap().bytes;
    let right = two.write(actor(2), T0 + 2, &[fact("place", "右")]).unwrap().unwrap().bytes;
    one.admit(&right).unwrap();
    let both = one.write(actor(3), T0 + 3, &[step("上门看过")]).unwrap().unwrap().bytes;
    (one, vec![first.bytes, left, right, both])
}

fn after(changes: &[Vec<u8>]) -> History {
    let mut history = History::new();
    changes.iter().for_each(|c| drop(history.admit(c).unwrap()));
    history
}

#[allow(clippy::disallowed_methods, reason = "honest bytes, to be changed as an attacker would")]
fn changed(bytes: &[u8], edit: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut change = Change::from_bytes(bytes.to_vec()).unwrap().decode();
    edit(&mut change);
    Change::from(change).raw_bytes().to_vec()
}

fn refused(before: &[Vec<u8>], bytes: &[u8]) -> GateError {
    after(before).admit(bytes).unwrap_err()
}

/// The change with its dependencies written as they are given: Automerge's encoder would sort them.
fn with_deps(bytes: &[u8], deps: &[[u8; 32]]) -> Vec<u8> {
    let content = mutate::content(bytes);
    let rest = &content[1 + usize::from(content[0]) * 32..];
    mutate::chunk(&[&[deps.len() as u8][..], &deps.concat(), rest].concat())
}

#[test]
fn dependencies_stand_in_strictly_ascending_order() {
    let (_, changes) = diamond();
    let deps: Vec<[u8; 32]> = peek(&changes[3]).unwrap().deps.iter().map(|d| d.0).collect();
    assert!(deps[0] < deps[1]);
    assert!(after(&changes[..3]).admit(&with_deps(&changes[3], &deps)).is_ok());
    let turned = with_deps(&changes[3], &[deps[1], deps[0]]);
    assert_eq!(refused(&changes[..3], &turned), GateError::BadDependencies);
    let twice = with_deps(&changes[3], &[deps[0], deps[0], deps[1]]);
    assert_eq!(refused(&changes[..3], &twice), GateError::BadDependencies);
}

#[test]
fn no_dependency_is_covered_by_another() {
    let (_, changes) = diamond();
    let first = automerge::ChangeHash(peek(&changes[0]).unwrap().hash.0);
    let grandparent = changed(&changes[3], |c| {
        c.deps.push(first);
        c.deps.sort_unstable();
    });
    assert_eq!(refused(&changes[..3], &grandparent), GateError::BadDependencies);
}

#[test]
fn the_first_change_has_every_head() {
    let (_, changes) = diamond();
    for n in 0..6 {
        let incomplete = changed(&changes[0], |c| {
            let is_head = |op: &legacy::Op| matches!(&op.key, legacy::Key::Map(key) if key.starts_with("h."));
            let at = (0..c.operations.len()).filter(|at| is_head(&c.operations[*at])).nth(n).unwrap();
            c.operations.remove(at);
        });
        assert_eq!(refused(&[], &incomplete), GateError::BadHead, "without head {n}");
    }
}

#[test]
fn no_later_change_has_a_head() {
    let (_, changes) = diamond();
    for head in ["h.kind", "h.later"] {
        let late = changed(&changes[1], |c| c.operations[0].key = legacy::Key::Map(head.into()));
        assert_eq!(refused(&changes[..1], &late), GateError::BadHead, "{head}");
    }
}

#[test]
fn the_key_of_an_event_names_who_wrote_it_and_where() {
    let (_, changes) = diamond();
    let me = actor(3);
    for (key, fits) in [
        (format!("e.{me}.1.0"), true),
        (format!("e.{}.1.0", actor(2)), false),
        (format!("e.{me}.2.0"), false),
        (format!("e.{me}.1.1"), false),
    ] {
        let named = changed(&changes[3], |c| c.operations[0].key = legacy::Key::Map(key.as_str().into()));
        let admitted = after(&changes[..3]).admit(&named).map(|_| ());
        assert_eq!(admitted, if fits { Ok(()) } else { Err(GateError::BadKey) }, "{key}");
    }
}

#[test]
fn a_snapshot_amounts_to_the_heads_it_names() {
    let (document, changes) = diamond();
    let snapshot = document.snapshot();
    assert!(unpack_snapshot(&snapshot).is_ok());
    let content = mutate::content(&snapshot);
    let (head, other) = (document.history().heads()[0].0, peek(&changes[1]).unwrap().hash.0);
    let at = content.windows(32).position(|w| w == head).unwrap();
    let mut lying = content.clone();
    lying[at..at + 32].copy_from_slice(&other);
    assert_eq!(unpack_snapshot(&mutate::chunk_of(0, &lying)).unwrap_err(), GateError::BadSnapshot);
    // As if nothing were a head.
    let none = [&content[..at - 1], &[0], &content[at + 32..content.len() - 1]].concat();
    assert_eq!(unpack_snapshot(&mutate::chunk_of(0, &none)).unwrap_err(), GateError::BadSnapshot);
}

/// Automerge's own loader panics on a table that names somebody who wrote nothing.
#[test]
fn a_snapshot_names_only_who_wrote_it_in_order() {
    let (document, _) = diamond();
    let content = mutate::content(&document.snapshot());
    assert_eq!(content[..2], [4, 8], "four writers, names of eight bytes");
    let actors = &content[1..1 + 4 * 9];
    let table = |names: &[&[u8]]| {
        let table = [&[u8::try_from(names.concat().len() / 9).unwrap()][..], &names.concat(), &content[1 + 4 * 9..]].concat();
        unpack_snapshot(&mutate::chunk_of(0, &table)).map(|_| ())
    };
    assert_eq!(table(&[actors]), Ok(()));
    assert_eq!(table(&[actors, &[8, 255, 2, 3, 4, 5, 6, 7, 255]]), Err(GateError::NotCanonical), "a spare one");
    assert_eq!(table(&[&actors[9..18], &actors[..9], &actors[18..]]), Err(GateError::NotCanonical), "another order");
}
