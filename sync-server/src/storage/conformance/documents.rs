//! Rules of field records.

use super::{NOW, actor, device, doc, hash};
use crate::storage::{DocumentRow, LogKind, NewChange, Storage, StorageError, Write};
use beehive_core::{
    ChangeHash, DocId, MemberId, NodeId,
    model::{RecordKind, Status},
    sync::{Digest, OpenRecord},
};
use std::sync::Arc;

pub(crate) fn add(tx: &dyn Write, doc: &DocId, hash: &ChangeHash, by: u8, seq: u64) -> crate::storage::Result<()> {
    let (actor, device) = (actor(by), device(by));
    tx.add_change(NewChange { doc, hash, actor: &actor, seq, bytes: &hash.0[..3], device: &device, at: NOW })
}

fn row(id: DocId, scope: &str, created_at: i64, title: Option<&str>) -> DocumentRow {
    let open = title.map(|title| OpenRecord {
        doc: id,
        kind: RecordKind::Finding,
        status: Status::Reported,
        path: None,
        title: title.to_owned(),
        place: String::new(),
        category: "fire".into(),
        assignee: None,
        due: Some(NOW + 3_600),
        created_at,
        created_by: MemberId::from("m-001"),
        needs_eyes: vec![],
        number: None,
    });
    let scope = NodeId::from(scope);
    let (class, kind) = ("general".to_owned(), "finding".to_owned());
    DocumentRow {
        id,
        scope,
        class,
        kind,
        changes: 1,
        bytes: 3,
        digest: Digest::of([&hash(1)]),
        created_at,
        updated_at: NOW,
        open,
        number: None,
    }
}

pub fn changes_come_back_in_the_order_of_admission(storage: &Arc<dyn Storage>) {
    storage
        .write(|tx| {
            // Descending hashes: the order must be that of writing, not of any key.
            for (n, of) in [(9, 1), (8, 2), (7, 1), (6, 1)] {
                add(tx, &doc(of), &hash(n), of, u64::from(10 - n))?;
            }
            Ok(())
        })
        .unwrap();
    let changes = storage.read(|r| r.changes(&doc(1))).unwrap();
    assert_eq!(changes.iter().map(|c| c.hash).collect::<Vec<_>>(), [hash(9), hash(7), hash(6)]);
    assert_eq!((changes[1].actor, changes[1].seq, changes[1].bytes.as_slice()), (actor(1), 3, &[7u8, 7, 7][..]));
    assert_eq!(storage.read(|r| r.change(&hash(8))).unwrap().unwrap().actor, actor(2));
    assert_eq!(storage.read(|r| r.change(&hash(1))).unwrap(), None);
}

pub fn numbers_run_on_and_can_be_left_out(storage: &Arc<dyn Storage>) {
    let next = |year: u16| storage.write(move |tx| tx.next_number(year)).unwrap().map(|n| n.to_string());
    assert_eq!((next(2026).as_deref(), next(2026).as_deref()), (Some("BH-2026-000001"), Some("BH-2026-000002")));
    storage.write(|tx| tx.skip_numbers(2026, 100).and_then(|()| tx.skip_numbers(2027, 7))).unwrap();
    assert_eq!((next(2026).as_deref(), next(2027).as_deref()), (Some("BH-2026-000103"), Some("BH-2027-000008")));
}

pub fn a_hash_or_number_is_taken_once(storage: &Arc<dyn Storage>) {
    storage.write(|tx| add(tx, &doc(1), &hash(1), 1, 1)).unwrap();
    let again = storage.write(|tx| add(tx, &doc(2), &hash(1), 2, 1));
    assert!(matches!(again, Err(StorageError::Exists)), "{again:?}");
    let forked = storage.write(|tx| add(tx, &doc(1), &hash(2), 1, 1));
    assert!(matches!(forked, Err(StorageError::Exists)), "{forked:?}");
    storage.write(|tx| add(tx, &doc(2), &hash(2), 1, 1)).unwrap();
}

pub fn each_scope_has_its_own_log_without_gaps(storage: &Arc<dyn Storage>) {
    let (a, b) = (NodeId::from("w-1"), NodeId::from("w-2"));
    let (of_a, of_b) = (a.clone(), b.clone());
    let seqs = storage
        .write(move |tx| {
            Ok([
                tx.append(&of_a, &doc(1), LogKind::Change, Some(&hash(1)), &device(1))?,
                tx.append(&of_b, &doc(2), LogKind::Change, Some(&hash(2)), &device(1))?,
                tx.append(&of_a, &doc(1), LogKind::Change, Some(&hash(3)), &device(2))?,
                tx.append(&of_a, &doc(1), LogKind::Left, None, &device(2))?,
            ])
        })
        .unwrap();
    assert_eq!(seqs, [1, 1, 2, 3]);
    let counter = storage.read(|r| r.counter(&a)).unwrap();
    assert_eq!((counter.seq, counter.digest), (3, Digest::of([&hash(1), &hash(3)])));
    assert_eq!(storage.read(|r| r.counter(&NodeId::from("w-3"))).unwrap().seq, 0);
    assert_eq!(
        storage.read(|r| r.counters()).unwrap().iter().map(|(s, c)| (s.as_str(), c.seq)).collect::<Vec<_>>(),
        [("w-1", 3), ("w-2", 1)]
    );
    let rest = storage.read(|r| r.log_after(&a, 1, 10)).unwrap();
    assert_eq!(
        rest.iter().map(|e| (e.seq, e.kind, e.hash)).collect::<Vec<_>>(),
        [(2, LogKind::Change, Some(hash(3))), (3, LogKind::Left, None)]
    );
    assert_eq!(storage.read(|r| r.log_after(&a, 0, 2)).unwrap().len(), 2);
}

pub fn open_records_come_newest_first(storage: &Arc<dyn Storage>) {
    storage
        .write(|tx| {
            tx.put_document(&row(doc(1), "w-1", NOW - 20, Some("旧")))?;
            tx.put_document(&row(doc(2), "w-1", NOW - 10, Some("新")))?;
            tx.put_document(&row(doc(3), "w-1", NOW, None))?;
            tx.put_document(&row(doc(4), "w-2", NOW, Some("别处")))
        })
        .unwrap();
    let scope = NodeId::from("w-1");
    let titles = |storage: &Arc<dyn Storage>| -> Vec<String> {
        storage.read(|r| r.open_records(&scope)).unwrap().into_iter().map(|o| o.title).collect()
    };
    assert_eq!(titles(storage), ["新", "旧"]);
    let closed = DocumentRow { changes: 2, updated_at: NOW + 5, ..row(doc(2), "w-1", NOW - 10, None) };
    let put = closed.clone();
    storage.write(move |tx| tx.put_document(&put)).unwrap();
    assert_eq!(titles(storage), ["旧"]);
    assert_eq!(storage.read(|r| r.document(&doc(2))).unwrap(), Some(closed));
    assert_eq!(storage.read(|r| r.document(&doc(9))).unwrap(), None);
    assert_eq!(storage.read(|r| r.documents_of(&scope)).unwrap(), [doc(2), doc(3), doc(1)], "last touched first");
    assert_eq!(storage.read(|r| r.document_ids()).unwrap(), [doc(1), doc(2), doc(3), doc(4)]);
}
