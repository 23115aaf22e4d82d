//! What is done with bytes from outside, as far as this crate goes. Each answers whether they were
//! read; what was, must be sound.

use super::attack::{MARK, secret};
use beehive_core::{
    Document, GateError, History, Rules, clock, fold,
    gate::{peek, unpack_snapshot},
    model::Matter,
    reference::{Dataset, OrgTree},
    rescue::{MAGIC, Marked, RescueError, RescueSecret},
    sync::{DocChanges, Late, PackDoc, PackLate, SyncRequest, SyncResponse, decode},
};
use serde_bytes::ByteBuf;

/// Whatever is let in amounts to the heads that it names, loads again, and Automerge agrees.
pub fn snapshot(bytes: &[u8]) -> bool {
    let Ok((history, raw)) = unpack_snapshot(bytes) else {
        assert!(Document::open(bytes).is_err());
        return false;
    };
    let document = Document::open(bytes).expect("what is unpacked can be opened");
    assert_eq!((document.history().heads(), document.changes().len()), (history.heads(), raw.len()));
    let saved = document.snapshot();
    #[allow(clippy::disallowed_methods, reason = "our own bytes, read by the reference implementation")]
    let loaded = automerge::Automerge::load(&saved).expect("what was opened can be saved and loaded");
    let mut heads: Vec<[u8; 32]> = loaded.get_heads().iter().map(|h| h.0).collect();
    heads.sort_unstable();
    assert_eq!(heads, history.heads().iter().map(|h| h.0).collect::<Vec<_>>());
    look_at(&history, &Rules::default(), &[]);
    true
}

pub fn request(body: &[u8]) -> bool {
    let Ok(request) = decode::<SyncRequest>(body) else { return false };
    request.push.docs.iter().for_each(group);
    true
}

pub fn response(body: &[u8]) -> bool {
    let Ok(response) = decode::<SyncResponse>(body) else { return false };
    let mut rules = Rules::default();
    for update in &response.reference {
        match &update.dataset {
            Dataset::Org(nodes) => {
                let tree = OrgTree::new(nodes);
                assert!(nodes.iter().all(|n| tree.ancestors(&n.id).count() <= 16));
            }
            Dataset::Rules(sent) if sent.check().is_ok() => rules = (**sent).clone(),
            _ => {}
        }
    }
    let late: Vec<Late> = response.scopes.iter().flat_map(|page| &page.late).copied().collect();
    for docs in response.scopes.iter().map(|page| &page.batch.docs) {
        docs.iter().filter_map(changes).for_each(|history| look_at(&history, &rules, &late));
    }
    response.docs.iter().for_each(|d| whole(d, &rules));
    for record in response.bootstrap.into_iter().flat_map(|b| b.open) {
        drop(record.as_first_release());
    }
    true
}

pub fn pack(body: &[u8]) -> bool {
    let Ok(docs) = decode::<Vec<PackDoc>>(body) else { return false };
    docs.iter().for_each(|d| whole(d, &Rules::default()));
    true
}

/// The whole way for a sealed file, from the marked sections for one that comes without its box.
pub fn rescue(file: &[u8]) -> bool {
    let read = |packed: &[u8]| Marked::read(packed)?.prove(&MARK);
    let sealed = file.starts_with(MAGIC);
    let rescue = if sealed { RescueSecret::open(&[secret()], file).and_then(|packed| read(&packed)) } else { read(file) };
    match rescue {
        Ok(rescue) => {
            rescue.docs.iter().for_each(|d| each(&d.changes));
            rescue.refused.iter().for_each(|r| each(&r.changes));
            true
        }
        // Its mark is always right.
        Err(e) => {
            assert_ne!(e, RescueError::NotFromDevice);
            false
        }
    }
}

fn each(changes: &[ByteBuf]) {
    changes.iter().for_each(|c| drop(peek(c)));
}

fn group(group: &DocChanges) {
    if let Some(history) = changes(group) {
        look_at(&history, &Rules::default(), &[]);
    }
}

/// The history of a group, as far as its changes are let in.
fn changes(group: &DocChanges) -> Option<History> {
    let mut history = History::new();
    let mut admitted = Vec::new();
    for bytes in &group.changes {
        drop(peek(bytes));
        match history.admit(bytes) {
            Ok(a) => admitted.push(a.bytes),
            Err(e) => assert_ne!(e, GateError::Rejected),
        }
    }
    if admitted.is_empty() {
        return None;
    }
    let document = Document::from_changes(admitted.iter().map(Vec::as_slice)).expect("Automerge takes what the gate lets in");
    assert_eq!(document.history().heads(), history.heads());
    Some(history)
}

fn whole(d: &PackDoc, rules: &Rules) {
    if let Ok((history, _)) = unpack_snapshot(&d.snapshot) {
        let late = PackLate::named(&d.late, history.hashes().copied());
        look_at(&history, rules, &late);
    }
}

/// What screens make of a document: its state and its clocks.
fn look_at(history: &History, rules: &Rules, late: &[Late]) {
    let Some(matter): Option<Matter> = fold(history) else { return };
    let received = |_: &str| late.first().map(|note| note.at);
    let deadlines = clock::deadlines(&matter, rules, &received);
    for now in [0, matter.created_at] {
        clock::escalated_to(deadlines.first(), rules, now);
    }
    for deadline in &deadlines {
        rules.outside_quiet_hours(deadline.at);
    }
}
