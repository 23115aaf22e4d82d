//! Duplicates: what is being typed is found where it is recorded already, and is put there instead of being recorded once more.

use crate::support::{NOW, Phone, fact, matter, other, photo_of, their_record};
use beehive_core::{EventBody, Write, model::Status};
use beehive_device::api::{Nearness, Response, SimilarView};
use serde_json::{Value, json};

const DAY: i64 = 86_400;

fn similar(phone: &Phone, typed: Value) -> Vec<SimilarView> {
    let mut request = json!({ "do": "similar" });
    request.as_object_mut().unwrap().extend(typed.as_object().unwrap().clone());
    match phone.ask(request) {
        Response::Similar { rows, .. } => rows,
        other => panic!("{other:?}"),
    }
}

fn found(phone: &Phone, typed: Value) -> Vec<(String, Nearness)> {
    similar(phone, typed).into_iter().map(|s| (s.row.title, s.near)).collect()
}

#[test]
fn the_nearest_and_likest_open_matters_are_offered_first() {
    let phone = Phone::of("wang");
    let at = |title: &str, building: &str, unit: &str, door: &str| {
        phone.record_with(json!({ "title": title, "building": building, "unit": unit, "door": door }))
    };
    at("水管漏水，厨房地上全是水", "b-3", "1", "402");
    at("楼上水管漏水", "b-3", "1", "401");
    at("水管漏水没人修", "b-3", "2", "402");
    at("水管漏水", "b-13", "1", "402"); // another building is another matter, however alike
    at("陪同就医", "b-3", "1", "402");
    let typed = json!({ "title": "水管漏水", "building": "3 栋", "unit": "1", "door": "402" });
    assert_eq!(
        found(&phone, typed),
        [
            ("水管漏水，厨房地上全是水".into(), Nearness::Door),
            ("楼上水管漏水".into(), Nearness::Unit),
            ("水管漏水没人修".into(), Nearness::Building),
        ]
    );
    assert!(found(&phone, json!({ "title": "电梯停了", "building": "b-3", "unit": "1", "door": "402" })).is_empty());
    // One sign says nothing yet.
    assert!(found(&phone, json!({ "title": "水", "building": "b-3" })).is_empty());
}

#[test]
fn without_a_building_the_words_must_say_more_and_never_more_than_five_are_offered() {
    let phone = Phone::of("wang");
    let loose = json!({ "title": "小区门口路灯不亮", "building": null, "unit": null, "door": null });
    phone.record_with(loose);
    phone.record_with(json!({ "title": "路灯旁边的井盖松动", "building": null, "unit": null, "door": null }));
    assert_eq!(found(&phone, json!({ "title": "门口的路灯不亮了" })), [("小区门口路灯不亮".into(), Nearness::Words)]);
    for n in 0..8 {
        phone.record(&format!("门禁坏了第{n}次"));
    }
    assert_eq!(similar(&phone, json!({ "title": "门禁坏了", "building": "b-3", "unit": "1" })).len(), 5);
}

#[test]
fn joining_notes_who_else_raised_it_and_ends_the_draft() {
    let phone = Phone::of("wang");
    let theirs = their_record(1, "单元门禁坏了");
    phone.receive(&theirs);
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "words": "门禁又坏了" } }));
    let png = photo_of(8, 1);
    let joined = matter(phone.ask(json!({
        "do": "join", "id": theirs.id(), "note": " 门禁坏了，刷卡没反应 ", "asker": "陈大爷", "draft": "record",
        "photos": [{ "media": "image/png", "base64": png }],
    })));
    let said = joined.timeline.iter().find(|t| t.what == "join").unwrap();
    assert_eq!(said.event, Some(EventBody::Join { note: "门禁坏了，刷卡没反应".into(), asker: "陈大爷".into(), by: Some("wang".into()) }));
    assert_eq!(joined.life.joined, ["王秀英"]);
    assert!(said.mine);
    assert_eq!((joined.attachments.len(), joined.row.status), (1, Status::Reported));
    assert_eq!(joined.row.last_step, "陈大爷也反映：门禁坏了，刷卡没反应");
    assert_eq!(phone.titles(), ["单元门禁坏了"], "nothing new was recorded");
    assert!(matches!(phone.ask(json!({ "do": "draft", "id": "record" })), Response::Draft { draft: None }));
    // One change carries all of it.
    assert_eq!(phone.pushed(&theirs.id()).len(), 1);
    assert_eq!(phone.error(json!({ "do": "join", "id": theirs.id(), "note": " " })).code, "note_missing");
}

#[test]
fn a_matter_done_at_the_same_place_not_long_ago_is_opened_again() {
    let phone = Phone::of("li");
    let typed = || json!({ "title": "楼道灯又不亮", "category": "hazard", "building": "b-3", "unit": "1", "door": "402" });
    let id = phone.record_with(json!({ "title": "楼道灯不亮", "category": "hazard" }));
    phone.act(&id, EventBody::Resolve { by: None, note: "换了灯泡".into() });
    // Something said later does not make it newer.
    phone.clock.set(NOW + 5 * DAY);
    phone.ask(json!({ "do": "attach", "id": id, "photo": { "media": "image/png", "base64": photo_of(8, 2) } }));
    phone.clock.set(NOW + 12 * DAY + 60);
    let offers = similar(&phone, typed());
    assert_eq!(offers.iter().map(|o| (o.row.id, o.done_days_ago)).collect::<Vec<_>>(), [(id, Some(12))]);
    // Another sort of trouble, another door, and what was done long ago are not it.
    assert!(
        similar(&phone, json!({ "title": "楼道灯又不亮", "category": "care", "building": "b-3", "unit": "1", "door": "402" })).is_empty()
    );
    assert!(
        similar(&phone, json!({ "title": "楼道灯又不亮", "category": "hazard", "building": "b-3", "unit": "1", "door": "401" })).is_empty()
    );
    phone.clock.set(NOW + 31 * DAY);
    assert!(similar(&phone, typed()).is_empty());

    phone.clock.set(NOW + 12 * DAY + 60);
    let closed = phone.error(json!({ "do": "join", "id": id, "note": "又不亮" }));
    assert_eq!(closed.code, "already_closed");
    let open = matter(phone.ask(json!({ "do": "join", "id": id, "note": "又不亮", "asker": "王阿姨", "again": true })));
    assert_eq!((open.row.status, open.reopened), (Status::Working, 1));
    assert_eq!(open.timeline[0].event, Some(EventBody::Reopen { note: "谁提的：王阿姨\n又不亮".into() }));
    // Open again, it is offered for joining.
    assert_eq!(similar(&phone, typed())[0].done_days_ago, None);
}

#[test]
fn only_what_the_reader_may_join_is_offered() {
    // Property staff hold only what they were given or recorded.
    let phone = Phone::of("chen");
    let mut theirs = their_record(1, "水管漏水");
    theirs.write(other(1), NOW - 60, &[fact("place", r#"{"b":"b-3"}"#)]).unwrap();
    phone.receive(&theirs);
    assert!(similar(&phone, json!({ "title": "水管漏水", "building": "b-3" })).is_empty());
    let assign = EventBody::Assign { to: "chen".into(), help: vec![], due: None, note: String::new() };
    theirs.write(other(2), NOW - 30, &[Write::Event(assign)]).unwrap();
    phone.receive(&theirs);
    assert_eq!(similar(&phone, json!({ "title": "水管漏水", "building": "b-3" })).len(), 1);
}
