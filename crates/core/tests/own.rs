//! Own changes are made without Automerge: byte for byte they must be what Automerge itself would have committed. One thing differs, on purpose:
//! choosing the value that wins a conflict is a value of its own here.

mod support;

use automerge::{Automerge, ROOT, ReadDoc, ScalarValue, transaction::CommitOptions, transaction::Transactable};
use beehive_core::{
    ActorId, Document, EventBody, GateError, History, Key, MemberId, NewRecord, NodeId, Scalar, Write,
    author::{self, WriteError},
    gate::MAX_OPS,
    key::EventId,
    model::RecordKind,
};
use rand::{RngExt, rngs::SmallRng};
use support::{T0, actor, rng, writes};

fn record() -> NewRecord {
    NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") }
}

fn scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(b) => ScalarValue::Boolean(*b),
        Scalar::Int(i) => ScalarValue::Int(*i),
        Scalar::Float(f) => ScalarValue::F64(*f),
        Scalar::Str(s) => ScalarValue::Str(s.as_str().into()),
    }
}

/// The reference: the same writes as puts of an Automerge transaction. `None` if it commits nothing.
fn by_automerge(am: &mut Automerge, actor: ActorId, seq: u64, at: i64, heads: &[(&str, Scalar)], writes: &[Write]) -> Option<Vec<u8>> {
    am.set_actor(automerge::ActorId::from(&actor.0[..]));
    let mut tx = am.transaction();
    let events = writes.iter().filter_map(|w| match w {
        Write::Event(body) => Some(body.to_scalar()),
        Write::Fact { .. } => None,
    });
    for (n, value) in (0u32..).zip(events) {
        tx.put(ROOT, Key::Event(EventId { actor, seq, n }).to_string(), scalar(&value)).unwrap();
    }
    for (name, value) in heads {
        tx.put(ROOT, format!("h.{name}"), scalar(value)).unwrap();
    }
    for write in writes {
        if let Write::Fact { field, value } = write {
            tx.put(ROOT, format!("f.{field}"), scalar(value)).unwrap();
        }
    }
    tx.commit_with(CommitOptions::default().with_time(at)).0?;
    Some(am.get_last_local_change().unwrap().raw_bytes().to_vec())
}

/// One phone of the test: ours, and the reference that must stay beside it.
#[derive(Clone)]
struct Phone {
    history: History,
    changes: Vec<Vec<u8>>,
    am: Automerge,
}

fn more_kinds_of_values(rng: &mut SmallRng) -> Vec<Write> {
    let mut out = writes(rng);
    if rng.random_bool(0.3) {
        let values =
            [Scalar::Null, Scalar::Bool(true), Scalar::Bool(false), Scalar::Int(-3), Scalar::Int(1 << 40), Scalar::Float(0.5), "".into()];
        out.push(Write::Fact { field: "x".into(), value: values[rng.random_range(0..values.len())].clone() });
    }
    out
}

/// Several phones that write at once and hear of each other now and then: every change, also those that settle a conflict or come to
/// nothing, has Automerge's bytes.
#[test]
#[allow(clippy::disallowed_methods, reason = "honest bytes, applied by the reference implementation")]
fn own_changes_have_automerges_bytes() {
    let mut rng = rng(41);
    let (mut written, mut nothing, mut settled) = (0, 0, 0);
    while written < 6_000 {
        let record = record();
        let first = [Write::Fact { field: "title".into(), value: "楼道堆物".into() }];
        let (history, change) = author::create(actor(0), T0, &record, &first).unwrap();
        let mut am = Automerge::new();
        let heads = [
            ("kind", Scalar::from(record.kind.code())),
            ("class", "general".into()),
            ("scope", record.scope.as_str().into()),
            ("schema", Scalar::Int(1)),
            ("created_at", Scalar::Int(T0)),
            ("created_by", record.created_by.as_str().into()),
        ];
        assert_eq!(by_automerge(&mut am, actor(0), 1, T0, &heads, &first).unwrap(), change.bytes);
        let mut phones = vec![Phone { history, changes: vec![change.bytes], am }; rng.random_range(2..6)];
        for round in 0..60 {
            let who = rng.random_range(0..phones.len());
            if rng.random_bool(0.4) {
                let from = phones[rng.random_range(0..phones.len())].clone();
                let news = |p: &Phone| from.changes.iter().filter(|c| !p.changes.contains(c)).cloned().collect::<Vec<_>>();
                for bytes in news(&phones[who]) {
                    let phone = &mut phones[who];
                    phone.history.admit(&bytes).unwrap();
                    phone.am.apply_changes([automerge::Change::from_bytes(bytes.clone()).unwrap()]).unwrap();
                    phone.changes.push(bytes);
                }
            }
            let (by, at, writes) = (actor(who as u8), T0 + round * 60, more_kinds_of_values(&mut rng));
            let phone = &mut phones[who];
            let seq = phone.history.last_seq(&by) + 1;
            let ours = author::write(&mut phone.history, by, at, &writes).expect("an honest write is let in").map(|c| c.bytes);
            let mut reference = phone.am.clone();
            let theirs = by_automerge(&mut reference, by, seq, at, &[], &writes);
            let decoded = |bytes: &[u8]| automerge::Change::from_bytes(bytes.to_vec()).unwrap().decode();
            let ends = |op: &automerge::legacy::Op| op.action == automerge::legacy::OpType::Delete;
            if theirs.as_ref().is_some_and(|bytes| decoded(bytes).operations.iter().any(ends)) {
                // Automerge ends the others where we say the value again; both leave one value, and it is the same.
                let bytes = ours.clone().expect("a choice is written");
                assert!(!decoded(&bytes).operations.iter().any(ends), "{writes:?}");
                phone.am.apply_changes([automerge::Change::from_bytes(bytes).unwrap()]).unwrap();
                for write in &writes {
                    if let Write::Fact { field, .. } = write {
                        let values = |am: &Automerge| -> Vec<String> {
                            am.get_all(ROOT, format!("f.{field}")).unwrap().iter().map(|(v, _)| format!("{v:?}")).collect()
                        };
                        assert_eq!(values(&phone.am), values(&reference), "{writes:?}");
                        assert_eq!(values(&phone.am).len(), 1);
                    }
                }
                settled += 1;
            } else {
                assert_eq!(ours, theirs, "{writes:?}");
                phone.am = reference;
            }
            match ours {
                Some(bytes) => {
                    written += 1;
                    phone.changes.push(bytes);
                }
                None => nothing += 1,
            }
        }
        let phone = &phones[0];
        let document = Document::from_changes(phone.changes.iter().map(Vec::as_slice)).unwrap();
        assert_eq!(document.history().heads(), phone.history.heads());
    }
    println!("{written} changes, {settled} of them settled a conflict; {nothing} came to nothing");
    assert!(settled > 50 && nothing > 50);
}

#[test]
fn what_the_gate_would_keep_out_is_not_written() {
    let fact = |field: &str, value: Scalar| Write::Fact { field: field.into(), value };
    let (history, _) = author::create(actor(1), T0, &record(), &[fact("title", "路灯不亮".into())]).unwrap();
    let refused = |writes: &[Write]| {
        let mut copy = history.clone();
        let e = author::write(&mut copy, actor(1), T0 + 1, writes).unwrap_err();
        assert_eq!((copy.heads(), copy.len(), copy.digest()), (history.heads(), history.len(), history.digest()));
        e
    };
    assert_eq!(refused(&[fact("Title", "x".into())]), WriteError::BadField);
    assert_eq!(refused(&[fact("title", "x".into()), fact("title", "y".into())]), WriteError::Gate(GateError::BadKey));
    assert_eq!(refused(&[fact("title", "长".repeat(10_000).into())]), WriteError::Gate(GateError::BadValue));
    let step = Write::Event(EventBody::Step { note: "看过".into() });
    assert_eq!(refused(&vec![step; MAX_OPS + 1]), WriteError::Gate(GateError::TooMany));
    let mut copy = history.clone();
    assert_eq!(author::write(&mut copy, actor(1), T0 + 1, &[fact("title", "路灯不亮".into())]), Ok(None));
    assert_eq!(author::write(&mut copy, actor(1), T0 + 1, &[]), Ok(None));
    let bad_record = author::create(actor(1), -1, &record(), &[]);
    assert!(matches!(bad_record, Err(WriteError::Gate(GateError::BadTime))), "{bad_record:?}");
}
