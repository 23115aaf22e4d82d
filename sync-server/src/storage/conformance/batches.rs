//! Rules of what is asked or written for many rows at once.

use super::{NOW, device, doc, hash};
use crate::storage::{DocumentRow, DocumentSize, LogKind, NewEntry, Storage};
use beehive_core::{NodeId, sync::Digest};
use std::sync::Arc;

pub fn many_entries_are_as_one_after_the_other(storage: &Arc<dyn Storage>) {
    let (one_by_one, at_once) = (NodeId::from("w-1"), NodeId::from("w-2"));
    let entries = [
        NewEntry { doc: doc(1), kind: LogKind::Change, hash: Some(hash(1)) },
        NewEntry { doc: doc(2), kind: LogKind::Change, hash: Some(hash(2)) },
        NewEntry { doc: doc(1), kind: LogKind::Left, hash: None },
    ];
    let (a, b) = (one_by_one.clone(), at_once.clone());
    let firsts = storage
        .write(move |tx| {
            for entry in entries.iter().chain(&entries[..2]) {
                tx.append(&a, &entry.doc, entry.kind, entry.hash.as_ref(), &device(1))?;
            }
            Ok([tx.append_all(&b, &entries, &device(1))?, tx.append_all(&b, &entries[..2], &device(1))?])
        })
        .unwrap();
    assert_eq!(firsts, [1, 4]);
    let of = |scope: &NodeId| {
        let log = storage.read(|r| r.log_after(scope, 0, 10)).unwrap();
        let log: Vec<_> = log.into_iter().map(|e| (e.seq, e.doc, e.kind, e.hash, e.device)).collect();
        let counter = storage.read(|r| r.counter(scope)).unwrap();
        (log, counter.seq, counter.digest)
    };
    assert_eq!(of(&at_once), of(&one_by_one));
    assert_eq!(of(&at_once).1, 5);
}

pub fn a_size_is_that_of_the_row(storage: &Arc<dyn Storage>) {
    let row = DocumentRow {
        id: doc(1),
        scope: NodeId::from("w-1"),
        class: "general".into(),
        kind: "finding".into(),
        changes: 2,
        bytes: 7,
        digest: Digest::of([&hash(1), &hash(2)]),
        created_at: NOW - 60,
        updated_at: NOW,
        open: None,
        number: None,
    };
    let put = row.clone();
    storage.write(move |tx| tx.put_document(&put)).unwrap();
    let size = DocumentSize { scope: row.scope, changes: 2, bytes: 7 };
    assert_eq!(storage.read(|r| Ok((r.document_size(&doc(1))?, r.document_size(&doc(9))?))).unwrap(), (Some(size), None));
}
