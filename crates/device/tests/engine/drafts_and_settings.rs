//! Drafts, settings, who runs the phone, what forms offer.

use crate::support::{Phone, response};
use beehive_core::{model::RecordKind, reference::Dataset, sync::ReferenceUpdate};
use beehive_device::api::{Connection, Event, Response};
use serde_json::json;

#[test]
fn drafts_survive_a_restart_and_go_with_the_record_they_became() {
    let phone = Phone::of("wang");
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "title": "写到一" } }));
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "title": "写到一半" } }));
    let phone = phone.reopened();
    let draft = |phone: &Phone| match phone.ask(json!({ "do": "draft", "id": "record" })) {
        Response::Draft { draft } => draft,
        other => panic!("{other:?}"),
    };
    assert_eq!(draft(&phone).unwrap().body, json!({ "title": "写到一半" }));

    // A refused save keeps it; the saved record takes it along.
    phone.error(json!({ "do": "record", "kind": "demand", "title": "", "draft": "record" }));
    assert!(draft(&phone).is_some());
    phone.record_with(json!({ "title": "写完了", "draft": "record" }));
    assert!(draft(&phone).is_none());

    phone.ask(json!({ "do": "save_draft", "id": "record", "body": 1 }));
    phone.ask(json!({ "do": "drop_draft", "id": "record" }));
    assert!(draft(&phone).is_none());
    assert_eq!(phone.error(json!({ "do": "save_draft", "id": "x", "body": "长".repeat(100_000) })).code, "bad_draft");
}

#[test]
fn the_form_of_every_action_comes_back_after_the_process_died_at_any_step() {
    let mut phone = Phone::of("li");
    let matter = phone.record("门禁坏了");
    let offered: Vec<String> =
        crate::support::matter(phone.ask(json!({ "do": "show", "id": matter }))).offers.into_iter().map(|o| o.action).collect();
    assert!(offered.len() > 5, "{offered:?}");
    let forms = offered.iter().map(|action| format!("{action}:{matter}")).chain(["record".to_owned(), "effect:other".to_owned()]);
    let forms: Vec<String> = forms.collect();
    let steps = [
        json!({ "words": "已" }),
        json!({ "words": "已约", "due": 1_800_000_000 }),
        json!({ "words": "已约师傅", "to": "wang", "parties": [{ "name": "物业" }] }),
    ];
    for step in &steps {
        for form in &forms {
            phone.ask(json!({ "do": "save_draft", "id": form, "body": step }));
        }
        // A new engine on the same store, with nothing said goodbye to.
        phone = phone.reopened();
        for form in &forms {
            match phone.ask(json!({ "do": "draft", "id": form })) {
                Response::Draft { draft: Some(draft) } => assert_eq!((&draft.id, &draft.body), (form, step)),
                other => panic!("{form}: {other:?}"),
            }
        }
    }
    // What was done takes its own draft along, and no other.
    phone.ask(json!({ "do": "act", "id": matter, "event": { "t": "step", "note": "已约师傅" }, "draft": format!("step:{matter}") }));
    let phone = phone.reopened();
    let left = |form: &String| matches!(phone.ask(json!({ "do": "draft", "id": form })), Response::Draft { draft: Some(_) });
    assert_eq!(forms.iter().filter(|f| !left(f)).collect::<Vec<_>>(), [&format!("step:{matter}")]);
}

#[test]
fn settings_are_kept_and_unknown_ones_refused() {
    let phone = Phone::of("wang");
    let large = json!({ "text_size": "large", "theme": "dark", "language": "zh-CN" });
    phone.ask(json!({ "do": "configure", "settings": large }));
    let wrong = json!({ "text_size": "huge", "theme": "dark", "language": "zh-CN" });
    assert_eq!(phone.error(json!({ "do": "configure", "settings": wrong })).code, "bad_setting");
    let phone = phone.reopened();
    match phone.ask(json!({ "do": "me" })) {
        Response::Me { me } => {
            assert_eq!(me.settings.text_size, "large");
            assert_eq!(me.member.unwrap().name, "王秀英");
            assert_eq!((me.tenant.as_str(), me.server.as_str()), ("保和街道", "https://server.example"));
            assert_eq!(me.grids, ["第一微网格"]);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_person_keeps_quiet_hours_of_their_own() {
    let phone = Phone::of("wang");
    let me = |settings: serde_json::Value| match phone.ask(json!({ "do": "configure", "settings": settings })) {
        Response::Me { me } => me,
        other => panic!("{other:?}"),
    };
    let plain = json!({ "text_size": "normal", "theme": "system", "language": "zh-CN" });
    let street = me(plain.clone());
    assert_eq!((street.quiet, street.utc_offset), ((20 * 60, 8 * 60), 8 * 3_600), "as the street says, by the street's clock");
    let mut own = plain;
    own["quiet_from"] = json!(21 * 60);
    assert_eq!(me(own.clone()).quiet, (21 * 60, 8 * 60));
    own["quiet_until"] = json!(24 * 60);
    assert_eq!(phone.error(json!({ "do": "configure", "settings": own })).code, "bad_setting");
}

#[test]
fn who_runs_the_phone_learns_what_they_may_record() {
    match Phone::of("wang").ask(json!({ "do": "me" })) {
        Response::Me { me } => {
            assert_eq!(me.records, [RecordKind::Demand, RecordKind::Finding, RecordKind::Request]);
            assert!(me.buildings.is_empty(), "anywhere in the grid");
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn forms_offer_what_the_reference_data_has() {
    match Phone::of("wang").ask(json!({ "do": "choices" })) {
        Response::Choices { categories, buildings, members, .. } => {
            assert_eq!(categories.iter().map(|c| c.zh.as_str()).collect::<Vec<_>>(), ["安全隐患", "关爱服务"]);
            assert_eq!((buildings[0].name.as_str(), buildings[0].grid.as_str()), ("3 栋", "第一微网格"));
            assert_eq!(members.len(), 5);
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_phone_nobody_enrolled_says_so_and_shows_nothing() {
    let phone = Phone::blank();
    assert_eq!(phone.status().connection, Connection::NotEnrolled);
    assert!(phone.engine.account().is_none());
    assert!(phone.titles().is_empty());
    assert_eq!(phone.engine.sync_request().unwrap_err().code(), "not_enrolled");
}

#[test]
fn the_account_survives_a_restart_and_never_shows_its_secret() {
    let phone = Phone::of("wang").reopened();
    let account = phone.engine.account().unwrap();
    assert_eq!(account.credential.reveal(), "secret");
    assert_eq!(account.fingerprint.as_deref(), Some("ab12"));
    assert!(!format!("{account:?}").contains("secret"));
}

#[test]
fn another_member_takes_over_only_when_nothing_is_unsent() {
    let phone = Phone::of("wang");
    phone.record("水管漏水");
    let account = phone.engine.account().unwrap();
    let answer = || beehive_core::sync::EnrollResponse {
        device: account.device,
        credential: Some("new".into()),
        member: crate::support::members().remove(1),
        tenant: "保和街道".into(),
        epoch: crate::support::EPOCH,
        time: 0,
        rescue_key: None,
        street: None,
    };
    let refused = phone.engine.enrolled("https://server.example", None, answer()).unwrap_err();
    assert_eq!(refused.code(), "other_member");
    assert_eq!(phone.titles(), ["水管漏水"]);
    phone.deliver();
    phone.engine.enrolled("https://server.example", None, answer()).unwrap();
    assert!(phone.titles().is_empty(), "nothing of the one before may stay");
    assert!(phone.status().cursors.is_empty());
}

#[test]
fn a_change_of_grants_or_names_takes_effect_at_once() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let mut members = crate::support::members();
    members[0].name = "王阿姨".into();
    let update = ReferenceUpdate { version: "2".into(), dataset: Dataset::Members(members) };
    phone.exchange(|_| beehive_core::sync::SyncResponse { reference: vec![update], ..response() });
    assert_eq!(phone.show(&id).created_by, "王阿姨");
    assert_eq!(phone.engine.account().unwrap().member.name, "王阿姨");
    assert_eq!(phone.engine.sync_request().unwrap().request.reference["members"], "2");
}

#[test]
fn open_screens_are_told_of_every_commit() {
    let phone = Phone::of("wang");
    let mut events = phone.engine.subscribe();
    phone.record("水管漏水");
    assert_eq!(events.try_recv().unwrap(), Event::Changed);
    match events.try_recv().unwrap() {
        Event::Status { status } => assert_eq!(status.unsent, 1),
        other => panic!("{other:?}"),
    }
    phone.engine.set_link(Connection::Syncing, true, false, 1);
    match events.try_recv().unwrap() {
        Event::Status { status } => assert_eq!((status.connection, status.sent_now), (Connection::Syncing, 1)),
        other => panic!("{other:?}"),
    }
}

/// What a form remembers of the time before is nothing that somebody began.
#[test]
fn only_what_was_begun_counts_as_a_draft_when_a_street_is_left() {
    let phone = Phone::of("wang");
    let begun = || phone.engine.leaving().unwrap().unwrap().drafts;
    phone.ask(json!({ "do": "save_draft", "id": "record:last", "body": { "kind": "demand" } }));
    assert_eq!(begun(), 0);
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "title": "写到一半" } }));
    phone.ask(json!({ "do": "save_draft", "id": "record:photos", "body": { "photos": [] } }));
    assert_eq!(begun(), 1, "words and photos of one form");
    phone.ask(json!({ "do": "save_draft", "id": "attach:1", "body": { "note": "看" } }));
    phone.ask(json!({ "do": "save_draft", "id": "attach:2", "body": { "note": "看" } }));
    assert_eq!(begun(), 3);
}
