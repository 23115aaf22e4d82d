//! The server's word on what was pushed. Whatever it is, the person's work is somewhere they can see it.

use crate::support::{NOW, Phone, doc_of, fact, other, page, photo_of, response, their_record, verdicts};
use beehive_core::{
    ActorId, Document, EventBody,
    sync::{Verdict, VerdictKind},
};
use beehive_device::api::RecordState;
use serde_json::json;
use std::collections::HashSet;

fn actors(phone: &Phone, id: &beehive_core::DocId) -> HashSet<ActorId> {
    phone.pushed(id).iter().map(|bytes| beehive_core::gate::peek(bytes).unwrap().actor).collect()
}

#[test]
fn a_duplicate_is_as_good_as_stored() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    // The answer was lost: the same goes out again.
    let first = phone.engine.sync_request().unwrap();
    let again = phone.engine.sync_request().unwrap();
    assert_eq!(first.request.push, again.request.push);
    let applied = phone.exchange(|sent| verdicts(sent, VerdictKind::Duplicate));
    assert_eq!((applied.sent, phone.status().unsent), (0, 0));
    assert_eq!(phone.show(&id).row.state, RecordState::Delivered);
    // A late answer to the first request changes nothing.
    phone.engine.apply(&first, verdicts(&first, VerdictKind::Stored)).unwrap();
    assert_eq!(phone.status().unsent, 0);
}

#[test]
fn only_what_was_stored_counts_as_stored() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    phone.set(&id, "detail", "三楼");
    let applied = phone.exchange(|sent| {
        let hash = beehive_core::gate::peek(&sent.request.push.docs[0].changes[0]).unwrap().hash;
        let verdict = Verdict { doc: id, kind: VerdictKind::Stored, code: None, stored: Some(vec![hash]), number: None, late: vec![] };
        beehive_core::sync::SyncResponse { verdicts: vec![verdict], ..response() }
    });
    assert_eq!(applied.sent, 1);
    assert_eq!((phone.status().unsent, phone.pushed(&id).len()), (1, 1));
}

#[test]
fn work_done_while_an_exchange_was_under_way_stays_unsent() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let sent = phone.engine.sync_request().unwrap();
    phone.set(&id, "detail", "三楼");
    phone.engine.apply(&sent, verdicts(&sent, VerdictKind::Stored)).unwrap();
    assert_eq!((phone.status().unsent, phone.pushed(&id).len()), (1, 1));
    assert_eq!(phone.show(&id).row.state, RecordState::Local);
}

#[test]
fn a_refused_record_is_kept_readable_and_can_be_made_anew() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "水管漏水", "detail": "三楼" }));
    let good = phone.record("路灯不亮");
    let applied = phone.exchange(|sent| {
        let mut response = verdicts(sent, VerdictKind::Stored);
        let bad = response.verdicts.iter_mut().find(|v| v.doc == id).unwrap();
        (bad.kind, bad.code) = (VerdictKind::Refused, Some("not_your_scope".into()));
        response
    });
    assert_eq!((applied.sent, applied.refused), (1, 1));
    assert_eq!(phone.titles(), ["路灯不亮"], "what is not acknowledged is not in the shared lists");
    assert_eq!(phone.show(&good).row.state, RecordState::Delivered);

    let phone = phone.reopened();
    let entries = phone.refused();
    assert_eq!(entries.len(), 1);
    assert_eq!((entries[0].title.as_str(), entries[0].code.as_str(), entries[0].at), ("水管漏水", "not_your_scope", NOW));
    assert!(entries[0].message.contains("不在您负责的网格里"));
    assert!(entries[0].says.iter().any(|line| line == "详细情况：三楼") && entries[0].says[0] == "新记：需求", "{:?}", entries[0].says);
    assert!(entries[0].can_retry);
    assert_eq!(phone.status().refused, 1);
    assert_eq!(phone.error(json!({ "do": "show", "id": id })).code, "record_refused");

    match phone.ask(json!({ "do": "retry_refused", "entry": entries[0].entry })) {
        beehive_device::api::Response::Refused { entries } => assert!(entries.is_empty()),
        other => panic!("{other:?}"),
    }
    let mut titles = phone.titles();
    titles.sort_unstable();
    assert_eq!(titles, ["水管漏水", "路灯不亮"]);
    assert_eq!((phone.status().unsent, phone.status().refused), (1, 0));
    assert_eq!(phone.error(json!({ "do": "retry_refused", "entry": entries[0].entry })).code, "no_such_entry");
    assert_eq!(phone.deliver().sent, 1);
}

#[test]
fn a_refused_edit_leaves_what_was_acknowledged_and_comes_back_on_the_newest_version() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    phone.act(&theirs.id(), EventBody::Step { note: "已看过".into() });
    let before = theirs.history().digest().to_string();
    phone.exchange(|sent| {
        let mut response = verdicts(sent, VerdictKind::Refused);
        response.verdicts[0].code = Some("not_your_role".into());
        response
    });
    let view = phone.show(&theirs.id());
    assert_eq!(view.digest, before);
    assert_eq!(view.facts.len(), 1);
    assert_eq!(view.row.state, RecordState::Attention);
    assert_eq!(view.refused[0].says, ["详细情况：三楼", "已看过"]);

    theirs.write(other(1), NOW, &[fact("asker", "陈大爷")]).unwrap();
    phone.receive(&theirs);
    phone.ask(json!({ "do": "retry_refused", "entry": view.refused[0].entry }));
    let view = phone.show(&theirs.id());
    assert_eq!((view.facts.len(), view.timeline.len()), (3, 2));
    assert!(view.refused.is_empty());
    assert_eq!(view.row.state, RecordState::Local);
    // The fresh changes build on the newest version.
    let heads = theirs.history().heads();
    let first = beehive_core::gate::peek(&phone.pushed(&theirs.id())[0]).unwrap();
    assert_eq!(first.deps, heads);
}

#[test]
fn work_that_builds_on_a_refused_change_goes_with_it() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let sent = phone.engine.sync_request().unwrap();
    phone.set(&id, "detail", "后来补写的");
    phone.engine.apply(&sent, verdicts(&sent, VerdictKind::Refused)).unwrap();
    assert_eq!(phone.status().unsent, 0);
    let entries = phone.refused();
    assert_eq!(entries.len(), 1);
    assert!(entries[0].says.iter().any(|line| line.contains("后来补写的")));
}

#[test]
fn what_the_server_stored_of_a_refused_group_stays() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    phone.set(&id, "detail", "不许写的");
    let applied = phone.exchange(|sent| {
        let first = beehive_core::gate::peek(&sent.request.push.docs[0].changes[0]).unwrap().hash;
        let mut response = verdicts(sent, VerdictKind::Refused);
        response.verdicts[0].code = Some("not_your_role".into());
        response.verdicts[0].stored = Some(vec![first]);
        response
    });
    assert_eq!((applied.sent, applied.refused), (1, 1));
    assert_eq!(phone.titles(), ["水管漏水"]);
    assert_eq!(phone.refused()[0].says, ["详细情况：不许写的"]);
    assert_eq!(phone.status().unsent, 0);
}

#[test]
fn a_dismissed_entry_is_out_of_sight() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    phone.exchange(|sent| verdicts(sent, VerdictKind::Refused));
    let entry = phone.refused()[0].entry;
    phone.ask(json!({ "do": "dismiss_refused", "entry": entry }));
    assert!(phone.refused().is_empty());
    assert_eq!(phone.status().refused, 0);
    assert_eq!(phone.error(json!({ "do": "dismiss_refused", "entry": 99 })).code, "no_such_entry");
}

#[test]
fn held_work_is_shown_as_held() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let applied = phone.exchange(|sent| verdicts(sent, VerdictKind::Held));
    assert_eq!(applied.refused, 1);
    let entries = phone.refused();
    assert_eq!((entries[0].code.as_str(), entries[0].can_retry), ("held", false));
    assert_eq!(phone.error(json!({ "do": "retry_refused", "entry": entries[0].entry })).code, "no_such_entry");
}

#[test]
fn what_was_written_while_the_rest_was_being_held_is_not_settled_with_it() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let sent = phone.engine.sync_request().unwrap();
    phone.act(&id, EventBody::Step { note: "后来写的".into() });
    phone.engine.apply(&sent, verdicts(&sent, VerdictKind::Held)).unwrap();
    let hash = beehive_core::gate::peek(&sent.request.push.docs[0].changes[0]).unwrap().hash;
    let decision = beehive_core::sync::HeldDecision { doc: id, hashes: vec![hash], accepted: true, note: "补录".into() };
    phone.exchange(|_| beehive_core::sync::SyncResponse { decided: vec![decision], ..response() });
    let entries = phone.refused();
    assert_eq!((entries.len(), entries[0].held, entries[0].can_retry), (1, false, true));
    assert_eq!(entries[0].says, ["后来写的"], "the server never saw it, so nobody let it in");
}

#[test]
fn the_whole_history_is_sent_when_the_server_lacks_it() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    let applied = phone.exchange(|sent| verdicts(sent, VerdictKind::NeedHistory));
    assert!(applied.need_now);
    let whole = doc_of(&phone.pushed(&theirs.id()));
    assert_eq!(whole.matter().unwrap().text("detail"), "三楼");
    assert_eq!(phone.deliver().sent, 2);
    assert_eq!(phone.status().unsent, 0);
    assert_eq!(phone.show(&theirs.id()).digest, whole.history().digest().to_string());
}

#[test]
fn asking_for_history_for_ever_ends_as_a_refusal() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let applied = phone.exchange(|sent| verdicts(sent, VerdictKind::NeedHistory));
    assert!(!applied.need_now);
    assert_eq!(phone.refused().len(), 1);
}

#[test]
fn a_fork_makes_the_values_anew_under_another_name() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    phone.act(&theirs.id(), EventBody::Step { note: "已看过".into() });
    let other_record = phone.record("路灯不亮");
    let before = actors(&phone, &theirs.id());
    let applied = phone.exchange(|sent| {
        let mut response = verdicts(sent, VerdictKind::Stored);
        response.verdicts.iter_mut().find(|v| v.doc == theirs.id()).unwrap().kind = VerdictKind::Forked;
        response
    });
    assert!(applied.need_now);
    let after = actors(&phone, &theirs.id());
    assert!(before.is_disjoint(&after) && after.len() == 1);
    let view = phone.show(&theirs.id());
    assert_eq!((view.facts.len(), view.timeline.len()), (2, 2));
    assert!(view.timeline[0].mine && view.facts[1].values[0].mine, "the new name is still this member's");
    assert_eq!(phone.show(&other_record).row.state, RecordState::Delivered);
    // From now on everything is written under the new name, also after a restart.
    let phone = phone.reopened();
    let new = phone.record("楼道堆物");
    assert_eq!(actors(&phone, &new), after);
    phone.deliver();
    assert_eq!(phone.status().unsent, 0);
}

#[test]
fn a_record_made_anew_keeps_its_photos() {
    let phone = Phone::of("wang");
    phone.record_with(json!({ "title": "墙砖松动", "photos": [{ "media": "image/jpeg", "base64": photo_of(8, 1) }] }));
    phone.exchange(|sent| verdicts(sent, VerdictKind::Forked));
    let again = phone.rows(beehive_device::api::ListKind::Demand, beehive_device::api::ListFilter::default())[0].id;
    assert!(phone.show(&again).attachments[0].here);
    phone.exchange(|sent| verdicts(sent, VerdictKind::Refused));
    phone.ask(json!({ "do": "retry_refused", "entry": phone.refused()[0].entry }));
    let again = phone.rows(beehive_device::api::ListKind::Demand, beehive_device::api::ListFilter::default())[0].id;
    assert!(phone.show(&again).attachments[0].here);
}

#[test]
fn work_from_before_a_new_enrolment_goes_under_the_new_name() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    let old = actors(&phone, &theirs.id());
    phone.enrol("wang");
    let not_yours = |sent: &_| {
        let mut response = verdicts(sent, VerdictKind::Refused);
        response.verdicts[0].code = Some("actor_not_yours".into());
        response
    };
    let applied = phone.exchange(not_yours);
    assert_eq!((applied.refused, applied.need_now), (0, true));
    assert!(phone.refused().is_empty());
    assert!(actors(&phone, &theirs.id()).is_disjoint(&old));
    assert_eq!(phone.show(&theirs.id()).facts.len(), 2);
    // A server that does not take the new name either is not asked for ever.
    assert_eq!(phone.exchange(not_yours).refused, 1);
    assert_eq!(phone.refused().len(), 1);
}

#[test]
fn own_work_waits_unsent_for_the_work_of_others_it_builds_on() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    // A restored server lost theirs, and takes it from nobody but them.
    for hour in 0..3 {
        phone.clock.set(NOW + hour * 3_600);
        assert!(phone.exchange(|sent| verdicts(sent, VerdictKind::NeedHistory)).need_now);
        let applied = phone.exchange(|sent| {
            assert_eq!(sent.request.push.docs[0].changes.len(), 2);
            let mut response = verdicts(sent, VerdictKind::Refused);
            response.verdicts[0].code = Some("actor_not_yours".into());
            response
        });
        assert_eq!((applied.refused, applied.need_now), (0, false));
        assert_eq!((phone.status().unsent, phone.pushed(&theirs.id()).len()), (1, 1));
        // Until an hour later it is not offered again, however often the server asks: with two such records that never ended.
        assert!(!phone.exchange(|sent| verdicts(sent, VerdictKind::NeedHistory)).need_now);
        assert_eq!((phone.status().unsent, phone.pushed(&theirs.id()).len()), (1, 1));
    }
    assert!(phone.refused().is_empty());
    phone.deliver();
    assert_eq!(phone.status().unsent, 0);
}

#[test]
fn a_clone_is_noticed_when_the_other_ones_change_arrives_first() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "这一台写的");
    let mine = beehive_core::gate::peek(&phone.pushed(&theirs.id())[0]).unwrap();
    // The clone wrote under the same name and number, and the server had it first.
    let changes: Vec<Vec<u8>> = theirs.changes().into_iter().map(|(_, b)| b).collect();
    let mut clone: Document = doc_of(&changes);
    clone.write(mine.actor, NOW, &[fact("detail", "另一台写的")]).unwrap();
    let applied = phone.receive(&clone);
    assert!(applied.need_now);
    let view = phone.show(&theirs.id());
    let detail: Vec<&str> = view.facts[1].values.iter().map(|v| v.value.as_str()).collect();
    assert_eq!(detail, ["这一台写的"], "made anew on top of what the server has");
    let anew = beehive_core::gate::peek(&phone.pushed(&theirs.id())[0]).unwrap();
    assert_ne!(anew.actor, mine.actor);
    assert_eq!(anew.deps, clone.history().heads());
}

#[test]
fn a_fork_between_two_stores_of_somebody_else_costs_nothing_of_ours() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let begun = phone.pushed(&id);
    phone.deliver();
    let mut theirs = doc_of(&begun);
    theirs.write(other(1), NOW, &[fact("detail", "这一台写的")]).unwrap();
    phone.receive(&theirs);
    phone.act(&id, EventBody::Step { note: "我写的".into() });
    // A restored server lost all of it: the record, which is ours, is in the outbox again.
    let epoch = beehive_core::Epoch([2; 8]);
    phone.exchange(|_| beehive_core::sync::SyncResponse { epoch, ..response() });
    // What it got anew of the other one's clone comes first.
    let mut clone = doc_of(&begun);
    clone.write(other(1), NOW, &[fact("detail", "另一台写的")]).unwrap();
    let fork = clone.changes().into_iter().skip(1).map(|(_, bytes)| serde_bytes::ByteBuf::from(bytes)).collect();
    let group = beehive_core::sync::DocChanges { doc: id, changes: fork };
    phone.exchange(|_| beehive_core::sync::SyncResponse { epoch, scopes: vec![crate::support::scope_page(vec![group])], ..response() });
    assert_eq!((phone.titles().len(), phone.status().unsent), (1, 1));
    let says: Vec<_> = phone.show(&id).timeline.into_iter().map(|line| line.what).collect();
    assert_eq!(says, ["step", "created"], "what we wrote is neither gone nor twice there");
    assert!(phone.pushed(&id).len() >= 2);
}

#[test]
fn a_verdict_on_what_was_not_sent_means_nothing() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let stranger = their_record(1, "别的");
    phone.receive(&stranger);
    let verdict = Verdict { doc: stranger.id(), kind: VerdictKind::Refused, code: None, stored: None, number: None, late: vec![] };
    phone.exchange(|_| beehive_core::sync::SyncResponse { verdicts: vec![verdict], ..response() });
    assert_eq!(phone.titles().len(), 2);
    assert!(phone.refused().is_empty());
}

#[test]
fn an_event_written_before_its_echo_arrives_is_acknowledged_by_it() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    // The push got through, the answer did not; a download of the whole scope then brings the record back.
    let mine = doc_of(&phone.pushed(&id));
    phone.exchange(|_| page(&[&mine]));
    assert_eq!(phone.status().unsent, 0);
    assert_eq!(phone.show(&id).row.state, RecordState::Delivered);
}

#[test]
fn work_of_an_actor_the_server_never_met_goes_first_under_its_own_name() {
    let phone = Phone::of("wang");
    // The first exchange registered the enrolment's actor. A restored folder has none and takes a new one, twice in a row.
    std::fs::remove_file(phone.dir.path().join("actor")).unwrap();
    let phone = phone.reopened();
    let one = phone.record("甲");
    std::fs::remove_file(phone.dir.path().join("actor")).unwrap();
    let phone = phone.reopened();
    let two = phone.record("乙");
    let sent = phone.engine.sync_request().unwrap();
    assert_eq!(sent.request.push.docs.iter().map(|d| d.doc).collect::<Vec<_>>(), [one]);
    assert_eq!(HashSet::from([sent.request.actor]), actors(&phone, &one));
    assert!(sent.more);
    assert!(phone.deliver().more);
    let sent = phone.engine.sync_request().unwrap();
    assert_eq!(sent.request.push.docs.iter().map(|d| d.doc).collect::<Vec<_>>(), [two]);
    assert_eq!(HashSet::from([sent.request.actor]), actors(&phone, &two));
    assert!(!sent.more);
}
