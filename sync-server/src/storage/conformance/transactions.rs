//! Rules of transactions.

use super::{device, doc, documents::add, hash};
use crate::storage::{LogKind, Meta, Storage, StorageError, setting};
use beehive_core::{Epoch, NodeId, StreetId};
use std::sync::Arc;

pub fn meta_and_settings_are_kept(storage: &Arc<dyn Storage>) {
    assert_eq!(storage.read(|r| r.meta()).unwrap(), None);
    let meta = Meta { epoch: Epoch([3; 8]), tenant: "保和街道".into(), street: StreetId([5; 16]) };
    let put = meta.clone();
    storage.write(move |tx| tx.set_meta(&put).and_then(|()| tx.set_setting(setting::BOUND_URL, "http://a"))).unwrap();
    assert_eq!(storage.read(|r| r.meta()).unwrap(), Some(meta));
    assert_eq!(storage.read(|r| r.setting(setting::BOUND_URL)).unwrap().as_deref(), Some("http://a"));
    assert_eq!(storage.read(|r| r.setting(setting::PUBLIC_URL)).unwrap(), None);
    assert_eq!(storage.read(|r| r.integrity()).unwrap(), [""; 0]);
}

pub fn a_failing_job_is_undone_and_alone(storage: &Arc<dyn Storage>) {
    storage.write(|tx| add(tx, &doc(1), &hash(1), 1, 1)).unwrap();
    let failed = storage.write::<()>(|tx| {
        add(tx, &doc(1), &hash(2), 1, 2)?;
        Err(StorageError::BadRow("on purpose"))
    });
    assert!(matches!(failed, Err(StorageError::BadRow("on purpose"))));
    storage.write(|tx| add(tx, &doc(1), &hash(3), 1, 2)).unwrap();
    let hashes: Vec<_> = storage.read(|r| r.changes(&doc(1))).unwrap().into_iter().map(|c| c.hash).collect();
    assert_eq!(hashes, [hash(1), hash(3)]);
}

pub fn a_panicking_job_is_undone_and_alone(storage: &Arc<dyn Storage>) {
    let failed = storage.write::<()>(|tx| {
        add(tx, &doc(1), &hash(1), 1, 1)?;
        panic!("on purpose");
    });
    assert!(failed.is_err());
    storage.write(|tx| add(tx, &doc(1), &hash(2), 1, 1)).unwrap();
    assert_eq!(storage.read(|r| r.changes(&doc(1))).unwrap().len(), 1);
}

pub fn a_reader_sees_one_moment(storage: &Arc<dyn Storage>) {
    let scope = NodeId::from("w-1");
    let append = |n: u8| {
        let scope = NodeId::from("w-1");
        storage.write(move |tx| tx.append(&scope, &doc(n), LogKind::Change, Some(&hash(n)), &device(1))).unwrap()
    };
    append(1);
    storage
        .read(|rows| {
            let before = rows.counter(&scope)?;
            append(2);
            assert_eq!(rows.counter(&scope)?, before);
            assert_eq!(rows.log_after(&scope, 0, 10)?.len(), 1);
            Ok(())
        })
        .unwrap();
    assert_eq!(storage.read(|r| r.counter(&scope)).unwrap().seq, 2);
}

pub fn writers_at_once_leave_no_gap(storage: &Arc<dyn Storage>) {
    const WRITERS: u8 = 6;
    const EACH: u8 = 20;
    std::thread::scope(|threads| {
        for writer in 0..WRITERS {
            threads.spawn(move || {
                for n in 0..EACH {
                    let (scope, fails) = (NodeId::from("w-1"), n % 5 == 4);
                    let result = storage.write(move |tx| {
                        tx.append(&scope, &doc(writer), LogKind::Change, Some(&hash(writer * EACH + n)), &device(writer))?;
                        // A job that fails after it took a number must give the number back.
                        if fails { Err(StorageError::BadRow("on purpose")) } else { Ok(()) }
                    });
                    assert_eq!(result.is_err(), fails);
                }
            });
        }
    });
    let scope = NodeId::from("w-1");
    let (counter, log) = storage.read(|r| Ok((r.counter(&scope)?, r.log_after(&scope, 0, 1_000)?))).unwrap();
    let stored = u64::from(WRITERS) * u64::from(EACH) * 4 / 5;
    assert_eq!(counter.seq, stored);
    assert_eq!(log.iter().map(|e| e.seq).collect::<Vec<_>>(), (1..=stored).collect::<Vec<_>>());
}
