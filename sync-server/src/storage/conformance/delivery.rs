//! Rules of delivery.

use super::{NOW, actor, device, doc};
use crate::storage::{AsideRow, PackMeta, PackRow, SeenRow, Storage, ViewRow};
use beehive_core::{MemberId, NodeId};
use std::sync::Arc;

fn pack(name: &str, no: u32, at_seq: u64, created_at: i64) -> PackRow {
    let meta = PackMeta {
        name: name.to_owned(),
        scope: NodeId::from("w-1"),
        owner: None,
        no,
        at_seq,
        size: 4,
        docs: 2,
        actors: vec![actor(1), actor(2)],
        created_at,
    };
    PackRow { meta, body: name.as_bytes()[..4].to_vec() }
}

pub fn the_newest_packs_are_found_and_old_ones_go_when_told(storage: &Arc<dyn Storage>) {
    let scope = NodeId::from("w-1");
    let mut own = pack("own-0", 0, 9, NOW);
    own.meta.owner = Some(device(1));
    storage
        .write(move |tx| {
            tx.put_pack(&pack("old-0", 0, 5, NOW - 100))?;
            tx.put_pack(&pack("new-1", 1, 8, NOW))?;
            tx.put_pack(&pack("new-0", 0, 8, NOW))?;
            tx.put_pack(&own)
        })
        .unwrap();
    let (first, second) = (device(1), device(2));
    let names = |owner| -> Vec<String> { storage.read(|r| r.packs(&scope, owner)).unwrap().into_iter().map(|p| p.name).collect() };
    assert_eq!(names(None), ["new-0", "new-1"]);
    assert_eq!(names(Some(&first)), ["own-0"]);
    assert_eq!(names(Some(&second)), [""; 0]);
    assert_eq!(storage.read(|r| r.pack("new-1")).unwrap(), Some(pack("new-1", 1, 8, NOW)));
    assert!(storage.read(|r| r.pack("old-0")).unwrap().is_some(), "a slow download goes on");
    let of = scope.clone();
    storage.write(move |tx| tx.drop_packs(&of, None, NOW + 1)).unwrap();
    assert_eq!(storage.read(|r| r.pack("old-0")).unwrap(), None);
    assert_eq!(names(None), ["new-0", "new-1"], "the newest stay, whatever their age");
    assert_eq!(names(Some(&first)), ["own-0"]);
}

pub fn what_is_put_aside_again_only_counts_up(storage: &Arc<dyn Storage>) {
    let row = |bytes: &[u8], code: &str, at| AsideRow {
        id: 0,
        device: device(1),
        member: MemberId::from("m-001"),
        doc: doc(1),
        code: code.to_owned(),
        bytes: bytes.to_vec(),
        at,
        times: 1,
    };
    let (one, again, other) = (row(b"abc", "bad_key", NOW), row(b"abc", "not_your_role", NOW + 5), row(b"defg", "bad_key", NOW + 1));
    storage.write(move |tx| tx.put_refused(&one).and_then(|()| tx.put_refused(&again)).and_then(|()| tx.put_refused(&other))).unwrap();
    let late = row(b"hi", "revoked", NOW);
    storage.write(move |tx| tx.put_held(&late)).unwrap();
    let refused = storage.read(|r| r.refused()).unwrap();
    let told: Vec<_> = refused.iter().map(|r| (r.bytes.as_slice(), r.code.as_str(), r.at, r.times)).collect();
    assert_eq!(told, [(&b"abc"[..], "not_your_role", NOW + 5, 2), (&b"defg"[..], "bad_key", NOW + 1, 1)]);
    assert_eq!(storage.read(|r| r.held()).unwrap().len(), 1);
    assert_eq!(storage.read(|r| r.aside_bytes(&device(1))).unwrap(), 3 + 4 + 2);
    assert_eq!(storage.read(|r| r.aside_bytes(&device(2))).unwrap(), 0);
}

pub fn what_a_device_holds_is_kept_per_scope(storage: &Arc<dyn Storage>) {
    let (here, there) = (NodeId::from("w-1"), NodeId::from("w-2"));
    let row = |n, held, at_seq| SeenRow { doc: doc(n), held, at_seq };
    let (a, b) = (here.clone(), there.clone());
    storage
        .write(move |tx| {
            tx.put_seen(&device(1), &a, &row(1, true, 4))?;
            tx.put_seen(&device(1), &a, &row(2, true, 5))?;
            tx.put_seen(&device(1), &a, &row(2, false, 6))?;
            tx.put_seen(&device(1), &b, &row(3, true, 1))?;
            tx.put_seen(&device(2), &a, &row(1, true, 1))?;
            tx.put_view(&device(1), &a, &ViewRow { view: "whole".into(), echo_until: 3 })
        })
        .unwrap();
    let mut seen = storage.read(|r| r.seen(&device(1), &here)).unwrap();
    seen.sort_by_key(|s| s.doc);
    assert_eq!(seen, [row(1, true, 4), row(2, false, 6)]);
    assert_eq!(storage.read(|r| r.view(&device(1), &here)).unwrap(), Some(ViewRow { view: "whole".into(), echo_until: 3 }));
    assert_eq!(storage.read(|r| r.view(&device(1), &there)).unwrap(), None);
    let of = here.clone();
    storage.write(move |tx| tx.drop_seen(&device(1), &of, &doc(2))).unwrap();
    assert_eq!(storage.read(|r| r.seen(&device(1), &here)).unwrap(), [row(1, true, 4)]);
}
