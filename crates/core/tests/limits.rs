//! The limits of one record fit each other: what is let in can be written on, loaded and handed on.

mod support;

use beehive_core::{
    ActorId, Document, EventBody, GateError, History, MemberId, NodeId, Scalar, Write,
    author::{WriteError, create, write},
    document::NewRecord,
    fold,
    gate::{
        Candidate,
        limits::{ADMITTED, SHARE, STORED, Size},
        unpack_snapshot,
    },
    model::{RecordKind, field},
    sync::{DocChanges, MAX_BODY, encode},
};
use serde_bytes::ByteBuf;
use support::T0;

fn actor(n: usize) -> ActorId {
    let mut id = [3; ActorId::LEN];
    id[..4].copy_from_slice(&(n as u32).to_be_bytes());
    ActorId(id)
}

fn begin() -> (History, Vec<Vec<u8>>) {
    let (scope, created_by) = (NodeId::from("mg-1"), MemberId::from("m-1"));
    let record = NewRecord { kind: RecordKind::Demand, scope, created_by };
    let title = Write::Fact { field: field::TITLE.into(), value: "门禁坏了".into() };
    let (history, change) = create(actor(0), T0, &record, &[title]).unwrap();
    (history, vec![change.bytes])
}

fn step() -> Vec<Write> {
    vec![Write::Event(EventBody::Step { note: "看过了".into() })]
}

/// Writes steps until there is no room, and says what was written.
fn fill(history: &mut History, by: usize) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    loop {
        match write(history, actor(by), T0, &step()) {
            Ok(change) => all.extend(change.map(|c| c.bytes)),
            Err(e) => {
                assert_eq!(e, WriteError::Gate(GateError::RecordFull));
                return all;
            }
        }
    }
}

fn every_field(value: &str) -> Vec<Write> {
    let value = |name: &str| Write::Fact { field: name.into(), value: Scalar::from(format!("{name}{value}")) };
    field::EDITABLE.iter().map(|name| value(name)).collect()
}

#[test]
fn whoever_has_seen_every_head_can_write_on() {
    let (first, mut all) = begin();
    let mut history = first.clone();
    for n in 1..STORED.actors {
        let mut own = first.clone();
        let change = write(&mut own, actor(n), T0, &every_field(&n.to_string())).unwrap().unwrap();
        history.admit(&change.bytes).unwrap();
        all.push(change.bytes);
    }
    assert_eq!(history.heads().len(), STORED.actors - 1);
    let before = fold(&history).unwrap();
    assert!(field::EDITABLE.iter().all(|name| before.facts[*name].len() == STORED.actors - 1));

    // One who wrote one of them, and one who only read: both settle everything with one stroke.
    let settled = write(&mut history, actor(0), T0 + 1, &every_field("好")).unwrap().unwrap();
    all.push(settled.bytes);
    assert_eq!(history.heads().len(), 1);
    assert!(field::EDITABLE.iter().all(|name| fold(&history).unwrap().facts[*name].len() == 1));

    let snapshot = Document::from_changes(all.iter().map(Vec::as_slice)).unwrap().snapshot();
    assert_eq!(unpack_snapshot(&snapshot).unwrap().0.heads(), history.heads());
}

#[test]
fn no_device_alone_closes_a_record() {
    let (mut history, _) = begin();
    fill(&mut history, 1);
    let own = history.size_of(|a| *a == actor(1));
    assert_eq!((own.events, own.actors), (SHARE.events, 1));
    assert!(write(&mut history, actor(1), T0, &step()).is_err());
    assert!(write(&mut history, actor(2), T0, &step()).is_ok());
}

#[test]
fn a_server_counts_a_device_whatever_it_calls_itself() {
    let (first, _) = begin();
    let mut history = first.clone();
    let names: Vec<ActorId> = (1..=SHARE.actors).map(actor).collect();
    for n in 1..=SHARE.actors {
        let mut own = first.clone();
        let change = write(&mut own, actor(n), T0, &step()).unwrap().unwrap();
        let candidate = Candidate::read(&change.bytes).unwrap();
        assert!(history.has_room_for(&candidate, |a| names.contains(a)).is_ok());
        history.admit(&change.bytes).unwrap();
    }
    let one_more = write(&mut first.clone(), actor(99), T0, &step()).unwrap().unwrap();
    let candidate = Candidate::read(&one_more.bytes).unwrap();
    assert_eq!(history.has_room_for(&candidate, |a| names.contains(a)), Err(GateError::RecordFull));
    assert_eq!(history.has_room_for(&candidate, |a| *a == actor(99)), Ok(()), "another device has its own share");
}

#[test]
fn a_full_record_is_loaded_handed_on_and_met_by_a_phone_that_wrote_meanwhile() {
    let (first, mut all) = begin();
    let mut history = first.clone();
    all.extend(fill(&mut history, 1));
    all.extend(fill(&mut history, 2));
    let (size, none) = (history.size(), Size::default());
    assert!(size.events == STORED.events && size.fits(&STORED) && size != none);

    let mut again = History::new();
    all.iter().for_each(|bytes| again.restore(None, bytes).unwrap());
    assert_eq!(again.size(), size);
    let snapshot = Document::from_changes(all.iter().map(Vec::as_slice)).unwrap().snapshot();
    assert_eq!(unpack_snapshot(&snapshot).unwrap().0.size(), size);
    let whole = DocChanges { doc: history.doc().unwrap(), changes: all.iter().cloned().map(ByteBuf::from).collect() };
    assert!(encode(&whole, 1).unwrap().len() < MAX_BODY);

    // A phone that had seen only the beginning wrote as much as it may.
    let mut phone = first;
    fill(&mut phone, 3);
    for bytes in &all[1..] {
        phone.admit(bytes).unwrap();
    }
    assert!(!phone.size().fits(&STORED) && phone.size().fits(&ADMITTED));
    assert!(fold(&phone).is_some());
}

#[test]
fn what_is_beyond_is_refused_and_what_was_let_in_once_is_read() {
    let (first, mut all) = begin();
    let mut history = first.clone();
    for by in 1..=2 {
        all.extend(fill(&mut history, by));
    }
    for by in 3..=4 {
        all.extend(fill(&mut first.clone(), by));
    }
    let (mut let_in, mut refused) = (History::new(), 0);
    for bytes in &all {
        match let_in.admit(bytes) {
            Ok(_) => {}
            // What builds on what was refused waits for it.
            Err(GateError::RecordFull | GateError::MissingDependency) => refused += 1,
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((let_in.size().events, refused), (ADMITTED.events, SHARE.events));
    let mut kept = History::new();
    all.iter().for_each(|bytes| kept.restore(None, bytes).unwrap());
    assert_eq!(kept.len(), all.len());
}
