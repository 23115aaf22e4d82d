//! Restored servers, differing digests.

use crate::support::{GRID, NOW, Phone, digest, doc_of, page, response, scope_page, their_record, verdicts};
use beehive_core::{
    Document, Epoch,
    sync::{Bootstrap, Digest, Pack, PackDoc, ScopePage, SyncResponse, VerdictKind, encode},
};
use beehive_device::api::RecordState;
use serde_bytes::ByteBuf;

const LATER: Epoch = Epoch([2; 8]);

#[test]
fn a_restored_server_is_offered_everything_this_phone_keeps() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "别人的");
    phone.receive(&theirs);
    let id = phone.record("水管漏水");
    phone.set(&id, "detail", "三楼");
    phone.deliver();
    assert_eq!(phone.status().unsent, 0);

    let applied = phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    assert!(applied.need_now);
    let status = phone.status();
    assert_eq!((status.unsent, status.epoch), (1, Some(LATER)));
    assert!(status.cursors.is_empty());
    assert_eq!(phone.show(&id).row.state, RecordState::Local, "it may not be at the server any more");
    assert_eq!(phone.titles().len(), 2, "what others recorded stays: phones heal the server");

    let applied = phone.exchange(|sent| {
        assert_eq!(sent.request.epoch, Some(LATER));
        assert_eq!(sent.request.push.docs[0].changes.len(), 2);
        let anew = Bootstrap { scope: GRID.into(), cursor: 2, packs: vec![], open: vec![] };
        SyncResponse { epoch: LATER, bootstrap: vec![anew], ..verdicts(sent, VerdictKind::Stored) }
    });
    assert_eq!((applied.sent, applied.need_now), (2, false));
    assert_eq!(phone.titles().len(), 2);
    assert_eq!(phone.show(&id).row.state, RecordState::Delivered);
}

#[test]
fn a_scope_that_ended_while_its_cursor_was_void_goes_too() {
    let phone = Phone::of("wang");
    phone.receive(&their_record(1, "别人的"));
    phone.record("我记的");
    phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    assert_eq!(phone.titles().len(), 2);
    // The grant ended meanwhile: no download is begun, and the server cannot call gone what was not named to it. Not while it has more.
    phone.exchange(|_| SyncResponse { epoch: LATER, more: true, ..response() });
    assert_eq!(phone.titles().len(), 2);
    phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    assert_eq!(phone.titles(), ["我记的"], "what is not sent yet stays");
    phone.exchange(|sent| SyncResponse { epoch: LATER, ..verdicts(sent, VerdictKind::Stored) });
    assert!(phone.titles().is_empty());
}

#[test]
fn a_download_of_a_scope_that_ended_meanwhile_is_given_up() {
    let phone = Phone::of("wang");
    phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    let (answer, _) = download(&[&their_record(1, "别人的")]);
    phone.exchange(|_| SyncResponse { epoch: LATER, ..answer });
    assert_eq!(phone.engine.pending_packs().unwrap().len(), 1);
    // The server no longer gives the pack out, and begins no download: else every sync would ask for it for ever.
    phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    assert!(phone.engine.pending_packs().unwrap().is_empty());
}

#[test]
fn verdicts_of_the_new_epoch_hold() {
    let phone = Phone::of("wang");
    phone.record("甲");
    phone.deliver();
    phone.record("乙");
    phone.exchange(|sent| SyncResponse { epoch: LATER, ..verdicts(sent, VerdictKind::Stored) });
    // 乙 was stored by the restored server just now; 甲 is offered again.
    assert_eq!(phone.status().unsent, 1);
}

#[test]
fn changes_are_kept_thirty_days() {
    let phone = Phone::of("wang");
    phone.record("甲");
    phone.deliver();
    phone.clock.set(NOW + 31 * 86_400);
    phone.exchange(|_| response());
    phone.exchange(|_| SyncResponse { epoch: LATER, ..response() });
    assert_eq!(phone.status().unsent, 0);
}

fn checked(digest: Digest) -> SyncResponse {
    SyncResponse { scopes: vec![ScopePage { digest: Some(digest), ..scope_page(vec![]) }], ..response() }
}

fn download(docs: &[&Document]) -> (SyncResponse, Vec<u8>) {
    let entries: Vec<PackDoc> =
        docs.iter().map(|d| PackDoc { doc: d.id(), snapshot: ByteBuf::from(d.snapshot()), number: None, late: vec![] }).collect();
    let bytes = encode(&entries, 3).unwrap();
    let pack = Pack { name: "p".into(), size: bytes.len() as u64, docs: docs.len() as u32 };
    (SyncResponse { bootstrap: vec![Bootstrap { scope: GRID.into(), cursor: 30, packs: vec![pack], open: vec![] }], ..response() }, bytes)
}

#[test]
fn equal_digests_are_left_alone() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "别人的");
    phone.receive(&theirs);
    let id = phone.record("水管漏水");
    let mine = doc_of(&phone.pushed(&id));
    phone.deliver();
    phone.record("还没送");
    let applied = phone.exchange(|_| checked(digest(&[&theirs, &mine])));
    assert!(!applied.need_now);
    assert_eq!(phone.status().repaired, 0);
}

#[test]
fn a_difference_is_repaired_by_reading_the_scope_again() {
    let phone = Phone::of("wang");
    let (stays, stray, missed) = (their_record(1, "都有的"), their_record(1, "服务器没有的"), their_record(1, "手机没有的"));
    phone.exchange(|_| page(&[&stays, &stray]));
    let id = phone.record("水管漏水");
    let mine = doc_of(&phone.pushed(&id));
    phone.deliver();
    let right = digest(&[&stays, &missed, &mine]);
    let applied = phone.exchange(|_| checked(right));
    assert!(applied.need_now);
    assert_eq!(phone.status().repaired, 1);

    let (answer, bytes) = download(&[&stays, &missed]);
    phone.exchange(|sent| {
        assert!(sent.request.cursors.is_empty());
        assert_eq!(sent.request.push.docs.len(), 1, "what this phone believes delivered is offered again");
        SyncResponse { bootstrap: answer.bootstrap, ..verdicts(sent, VerdictKind::Duplicate) }
    });
    phone.engine.store_pack_part("p", 0, &bytes).unwrap();
    phone.engine.apply_pack("p").unwrap();
    let mut titles = phone.titles();
    titles.sort_unstable();
    assert_eq!(titles, ["手机没有的", "水管漏水", "都有的"]);
    let applied = phone.exchange(|_| checked(right));
    assert!(!applied.need_now);
    assert_eq!(phone.status().repaired, 1);
}

#[test]
fn a_difference_that_reading_does_not_mend_is_no_loop() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "别人的");
    phone.receive(&theirs);
    let wrong = Digest::default();
    assert!(phone.exchange(|_| checked(wrong)).need_now);
    let (answer, bytes) = download(&[&theirs]);
    phone.exchange(|_| answer);
    phone.engine.store_pack_part("p", 0, &bytes).unwrap();
    phone.engine.apply_pack("p").unwrap();
    for _ in 0..5 {
        assert!(!phone.exchange(|_| checked(wrong)).need_now);
    }
    assert_eq!(phone.status().repaired, 1);
    phone.clock.set(NOW + 3_600);
    assert!(phone.exchange(|_| checked(wrong)).need_now, "an hour later it is worth another try");
}
