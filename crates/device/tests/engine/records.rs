//! From finger to disk.

use crate::support::{NOW, Phone, doc_of, matter, photo_of};
use beehive_core::{
    EventBody, FileHash,
    model::{Path, Status},
};
use beehive_device::api::{ListFilter, ListKind, RecordState, Response};
use serde_json::json;

#[test]
fn a_record_an_edit_and_a_step_survive_a_restart() {
    let phone = Phone::of("wang");
    let id = phone
        .record_with(json!({ "title": "  门禁坏了 \n 关不上 ", "detail": "晚上有人乱进", "category": "hazard", "urgency": "soon",
        "asker": "陈大爷", "place_text": "大门口" }));
    phone.set(&id, "detail", "从昨晚起关不上");
    phone.act(&id, EventBody::Step { note: "已经联系物业".into() });
    let before = phone.show(&id);

    let phone = phone.reopened();
    let after = phone.show(&id);
    assert_eq!(before, after);
    assert_eq!(after.row.title, "门禁坏了 关不上");
    assert_eq!(after.row.place, "3 栋 1 单元 402 大门口");
    assert_eq!(after.row.group, "3 栋 1 单元");
    assert_eq!(after.row.category, "安全隐患");
    assert_eq!(after.row.last_step, "已经联系物业");
    assert_eq!(after.row.state, RecordState::Local);
    assert_eq!(after.row.status, Status::Working);
    let fields: Vec<&str> = after.facts.iter().map(|f| f.field.as_str()).collect();
    assert_eq!(fields, ["title", "detail", "category", "place", "urgency", "asker"]);
    assert_eq!(after.facts[1].values[0].value, "从昨晚起关不上");
    assert!(after.facts[1].values[0].mine && after.facts[1].editable);
    let what: Vec<&str> = after.timeline.iter().map(|t| t.what.as_str()).collect();
    assert_eq!(what, ["step", "created"]);
    assert_eq!(after.timeline[1].by, "王秀英");
    assert_eq!(after.scope_name, "第一微网格");
}

#[test]
fn the_outbox_is_exactly_what_is_unsent() {
    let phone = Phone::of("wang");
    let (one, two) = (phone.record("水管漏水"), phone.record("路灯不亮"));
    phone.set(&one, "detail", "三楼");
    assert_eq!(phone.status().unsent, 2);

    let sent = phone.engine.sync_request().unwrap();
    let groups: Vec<_> = sent.request.push.docs.iter().map(|g| (g.doc, g.changes.len())).collect();
    assert_eq!(groups, [(one, 2), (two, 1)]);
    assert!(!sent.more);
    // What is pushed is the document as shown here.
    assert_eq!(doc_of(&phone.pushed(&one)).matter().unwrap().text("detail"), "三楼");

    // Nothing is sent twice, and nothing is forgotten without a word from the server.
    let phone = phone.reopened();
    assert_eq!(phone.status().unsent, 2);
    let applied = phone.deliver();
    assert_eq!((applied.sent, applied.need_now, applied.more), (3, false, false));
    assert_eq!(phone.status().unsent, 0);
    assert!(phone.engine.sync_request().unwrap().request.push.is_empty());
    assert_eq!(phone.show(&one).row.state, RecordState::Delivered);
    assert_eq!(phone.status().last_sync, Some(NOW));
}

#[test]
fn an_edit_that_changes_nothing_sends_nothing() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    phone.deliver();
    phone.set(&id, "title", "水管漏水");
    assert_eq!(phone.status().unsent, 0);
}

#[test]
fn a_large_outbox_goes_in_several_requests() {
    let phone = Phone::of("wang");
    let detail = "很长的情况说明。".repeat(600);
    for n in 0..30 {
        phone.record_with(json!({ "title": format!("第{n}件"), "detail": detail }));
    }
    let first = phone.engine.sync_request().unwrap();
    let bytes: usize = first.request.push.docs.iter().map(|d| d.byte_len()).sum();
    assert!(first.more && bytes <= 256 * 1024, "{bytes}");
    let mut rounds = 0;
    while phone.deliver().more {
        rounds += 1;
        assert!(rounds < 10);
    }
    assert_eq!(phone.status().unsent, 0);
    assert!(rounds >= 1);
}

#[test]
fn places_are_understood_as_people_say_them() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    for (said, shown) in [
        ("13栋2单元401", "13 栋 2 单元 401"),
        ("3 栋 1单元 三楼过道", "3 栋 1 单元 三楼过道"),
        ("13 栋", "13 栋"),
        ("菜市场门口", "菜市场门口"),
        (r#"{"b":"b-3","r":"402"}"#, "3 栋 402"),
    ] {
        assert_eq!(phone.set(&id, "place", said).row.place, shown, "{said}");
    }
}

/// Under a clock that stands still, as one before 1970 does: every record is a record, and none replaces another.
#[test]
fn the_same_words_again_are_another_record() {
    let phone = Phone::of("wang");
    let first = phone.record("水管漏水");
    phone.act(&first, beehive_core::EventBody::Step { note: "第一步要紧".into() });
    let steps = phone.show(&first).timeline.len();
    let (second, third) = (phone.record("水管漏水"), phone.record("水管漏水"));
    assert!(first != second && second != third && first != third);
    assert_eq!(phone.show(&first).timeline.len(), steps, "what was written since is still there");
    assert_eq!((phone.titles().len(), phone.status().unsent), (3, 3));
    phone.deliver();
    let fourth = phone.record("水管漏水");
    assert!(![first, second, third].contains(&fourth));
    assert_eq!((phone.titles().len(), phone.status().unsent), (4, 1));
}

#[test]
fn what_cannot_be_recorded_says_why_and_saves_nothing() {
    let phone = Phone::of("wang");
    let record = |extra: serde_json::Value| {
        let mut request = json!({ "do": "record", "kind": "demand", "title": "水管漏水" });
        request.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        phone.error(request).code
    };
    assert_eq!(record(json!({ "title": " \n" })), "title_missing");
    assert_eq!(record(json!({ "title": "长".repeat(201) })), "too_long");
    assert_eq!(record(json!({ "detail": "长".repeat(6000) })), "too_long");
    assert_eq!(record(json!({ "urgency": "now" })), "bad_value");
    assert_eq!(record(json!({ "building": "99 栋" })), "unknown_building");
    assert_eq!(record(json!({ "building": "5 栋" })), "ambiguous_building");
    assert_eq!(record(json!({ "building": "b-5x" })), "not_your_scope");
    assert_eq!(record(json!({ "photos": [{ "media": "image/jpeg", "base64": "not base64!" }] })), "bad_file");
    assert_eq!(record(json!({ "photos": [{ "media": "text/html", "base64": "AAAA" }] })), "bad_media");
    assert!(phone.titles().is_empty());
    assert_eq!(phone.status().unsent, 0);

    assert_eq!(Phone::blank().error(json!({ "do": "record", "kind": "demand", "title": "x" })).code, "not_enrolled");
    // A grid lead has several micro-grids: the building says which.
    let lead = Phone::of("li");
    assert_eq!(lead.error(json!({ "do": "record", "kind": "demand", "title": "x" })).code, "which_grid");
    assert_eq!(lead.record("路灯不亮"), lead.rows(ListKind::Demand, ListFilter::default())[0].id);
}

#[test]
fn what_policy_forbids_is_refused_here_already() {
    let worker = Phone::of("wang");
    let id = worker.record("水管漏水");
    let accept = json!({ "do": "act", "id": id, "event": { "t": "accept", "path": "now" } });
    assert_eq!(worker.error(accept).code, "not_your_role");
    let step = json!({ "do": "act", "id": id, "event": { "t": "step", "note": " " } });
    assert_eq!(worker.error(step).code, "note_missing");
    assert_eq!(worker.error(json!({ "do": "set", "id": id, "field": "status", "value": "x" })).code, "unknown_field");
    assert_eq!(worker.show(&id).timeline.len(), 1);
    let unknown = beehive_core::DocId([9; 16]);
    assert_eq!(worker.error(json!({ "do": "show", "id": unknown })).code, "no_such_record");
    for online in [json!({ "do": "sync" }), json!({ "do": "cut_link", "cut": true })] {
        assert_eq!(worker.error(online).code, "needs_network");
    }
}

#[test]
fn a_lead_accepts_and_assigns_and_the_page_says_whose_turn_it_is() {
    let lead = Phone::of("li");
    let id = lead.record("路灯不亮");
    let primary = |m: &beehive_device::api::MatterView| m.offers.iter().find(|o| o.primary).map(|o| o.action.clone());
    assert_eq!(primary(&lead.show(&id)).as_deref(), Some("accept"));
    let accepted = lead.act(&id, EventBody::Accept { path: Path::Coordinate, note: String::new() });
    assert_eq!((accepted.row.status, accepted.row.path), (Status::Accepted, Some(Path::Coordinate)));
    assert_eq!(primary(&accepted).as_deref(), Some("assign"));
    let assign = |to: &str| EventBody::Assign { to: to.into(), help: vec!["zhao".into()], due: Some(NOW + 86_400), note: String::new() };
    let far = json!({ "do": "act", "id": id, "event": assign("far") });
    assert_eq!(lead.error(far).code, "unknown_member");
    let assigned = lead.act(&id, assign("chen"));
    assert_eq!(assigned.row.assignee.as_deref(), Some("陈师傅"));
    assert_eq!(assigned.row.due, Some(NOW + 86_400));
    assert_eq!(assigned.waiting_for, ["陈师傅", "赵建国"]);
    assert_eq!(primary(&assigned), None);
    assert_eq!(assigned.timeline[0].to.as_deref(), Some("陈师傅、赵建国"));
    assert_eq!(assigned.row.last_step, "派给陈师傅，赵建国帮忙");
}

#[test]
fn found_and_fixed_in_one_step() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "楼道堆物", "kind": "finding", "resolved_note": "当场请住户搬走了" }));
    let view = phone.show(&id);
    assert!(view.self_resolved);
    assert_eq!(view.row.status, Status::Resolved);
    assert_eq!(view.row.last_step, "办结：当场请住户搬走了");
    assert_eq!(phone.engine.sync_request().unwrap().request.push.docs[0].changes.len(), 1);
}

#[test]
fn photos_are_kept_and_too_large_ones_are_named() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "墙砖松动", "photos": [{ "media": "image/jpeg", "base64": photo_of(2_000, 1) }] }));
    let again = phone.ask(json!({ "do": "attach", "id": id, "photo": { "media": "image/png", "base64": photo_of(8, 2) }, "note": "近处" }));
    let view = matter(again);
    assert_eq!(view.attachments.len(), 2);
    assert!(view.attachments.iter().all(|a| a.here && !a.delivered));
    // The large one as a JPEG, whatever it came as; the other as it came, for a copy would save nothing. Both with a small picture.
    let media: Vec<&str> = view.attachments.iter().map(|a| a.media.as_str()).collect();
    assert_eq!(media, ["image/jpeg", "image/png"]);
    assert!(view.attachments.iter().all(|a| a.thumb_here));

    let phone = phone.reopened();
    match phone.ask(json!({ "do": "file", "hash": view.attachments[0].hash })) {
        Response::File { media, base64 } => {
            assert_eq!(media, "image/jpeg");
            let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, base64).unwrap();
            let kept = image::load_from_memory(&bytes).unwrap();
            assert_eq!((kept.width(), kept.height()), (1_600, 1_600), "scaled down");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(phone.error(json!({ "do": "file", "hash": FileHash([3; 32]) })).code, "file_missing");

    let large = "A".repeat(60 * 1024 * 1024);
    let too_large = json!({ "do": "record", "kind": "demand", "title": "x", "building": "b-3", "photos": [{ "media": "image/jpeg", "base64": large }] });
    assert_eq!(phone.error(too_large).code, "file_too_large");
    assert_eq!(phone.titles().len(), 1);
}

#[test]
fn work_begins_right_after_enrolment_without_any_reference_data() {
    let phone = Phone::blank();
    phone.enrol("wang");
    let answer = phone.ask(json!({ "do": "record", "kind": "demand", "title": "水管漏水", "place_text": "三号楼" }));
    assert!(matches!(answer, Response::Recorded { .. }), "{answer:?}");
    assert_eq!(phone.titles(), ["水管漏水"]);
}

#[test]
fn a_record_that_is_full_says_so_and_loses_nothing() {
    let phone = Phone::of("wang");
    let id = phone.record("门禁坏了");
    let long = |n: u32| format!("{n}{}", "长".repeat(5_000));
    let write = |n: u32| json!({ "do": "set", "id": id, "field": "detail", "value": long(n) });
    let refused = |n: &u32| matches!(phone.ask(write(*n)), Response::Error { .. });
    let written = (0..1_000).find(refused).expect("a record has its limits");
    let error = phone.error(write(written));
    assert_eq!(error.code, "too_many_changes");
    assert_eq!(error.message, "这件事已经记满了，这次没有存上。以前存的都在。");
    assert!(error.hint.contains("另记一件"));
    assert_eq!(phone.show(&id).facts[1].values[0].value, long(written - 1));
    phone.record("门禁坏了，接着上一件");
    assert_eq!(phone.status().unsent, 2, "both are on their way");
}
