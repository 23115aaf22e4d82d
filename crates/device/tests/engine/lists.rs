//! The three lists, search and 今天.

use crate::support::{NOW, Phone, fact, other, page, their_record};
use beehive_core::{
    EventBody, Write,
    model::{Path, RecordKind},
};
use beehive_device::api::{ListFilter, ListKind, Request, Response, TodayView};
use serde_json::json;

fn titles(phone: &Phone, list: ListKind, filter: ListFilter) -> Vec<String> {
    phone.rows(list, filter).into_iter().map(|r| r.title).collect()
}

fn today(phone: &Phone) -> TodayView {
    match phone.ask(json!({ "do": "today" })) {
        Response::Today { today } => today,
        other => panic!("{other:?}"),
    }
}

#[test]
fn each_list_has_its_own_order_and_filters_narrow_it() {
    let phone = Phone::of("li");
    let first = phone.record_with(json!({ "title": "甲" }));
    phone.clock.set(NOW + 10);
    let second = phone.record_with(json!({ "title": "乙", "kind": "finding" }));
    phone.clock.set(NOW + 20);
    let mut theirs = their_record(1, "丙");
    theirs.write(other(1), NOW - 1800, &[Write::Event(EventBody::Withdraw { note: String::new() })]).unwrap();
    phone.receive(&theirs);
    assert_eq!(titles(&phone, ListKind::Demand, ListFilter::default()), ["乙", "甲", "丙"]);

    let assign = |to: &str, due| EventBody::Assign { to: to.into(), help: vec![], due, note: String::new() };
    phone.act(&first, assign("chen", Some(NOW + 900)));
    phone.act(&second, assign("zhao", Some(NOW + 300)));
    assert_eq!(titles(&phone, ListKind::Responsibility, ListFilter::default()), ["乙", "甲"]);
    phone.clock.set(NOW + 30);
    phone.act(&first, EventBody::Step { note: "去看过".into() });
    assert_eq!(titles(&phone, ListKind::Progress, ListFilter::default()), ["甲", "乙", "丙"]);

    let only = |filter| titles(&phone, ListKind::Demand, filter);
    assert_eq!(only(ListFilter { kind: Some(RecordKind::Finding), ..ListFilter::default() }), ["乙"]);
    assert_eq!(only(ListFilter { open: Some(false), ..ListFilter::default() }), ["丙"]);
    assert_eq!(only(ListFilter { open: Some(true), ..ListFilter::default() }), ["乙", "甲"]);
    assert_eq!(only(ListFilter { mine: true, ..ListFilter::default() }), ["乙", "甲"]);
    assert!(only(ListFilter { attention: true, ..ListFilter::default() }).is_empty());
    let both = ListFilter { mine: true, words: Some("乙".into()), kind: Some(RecordKind::Finding), ..ListFilter::default() };
    assert_eq!(only(both), ["乙"]);
}

#[test]
fn pages_are_cut_from_one_order_and_the_total_is_known() {
    let phone = Phone::of("wang");
    for n in 0..25 {
        phone.clock.set(NOW + n);
        phone.record(&format!("第{n}件"));
    }
    let page = |offset, limit| match phone.engine.handle(Request::List {
        list: ListKind::Demand,
        filter: ListFilter::default(),
        order: Default::default(),
        offset,
        limit,
    }) {
        Response::List { rows, total } => (rows.into_iter().map(|r| r.title).collect::<Vec<_>>(), total),
        other => panic!("{other:?}"),
    };
    assert_eq!(page(0, 2), (vec!["第24件".into(), "第23件".into()], 25));
    assert_eq!(page(24, 10), (vec!["第0件".into()], 25));
    assert_eq!(page(25, 10), (vec![], 25));
}

#[test]
fn search_finds_one_two_and_three_characters_and_pinyin_initials() {
    let phone = Phone::of("wang");
    phone.record_with(json!({ "title": "门禁坏了", "detail": "晚上关不上", "category": "hazard" }));
    phone.record_with(json!({ "title": "陪同就医", "asker": "陈大爷", "building": "b-13", "category": "care", "door": "401" }));
    for (words, expected) in [
        ("禁", "门禁坏了"),
        ("门禁", "门禁坏了"),
        ("门禁坏", "门禁坏了"),
        ("关不上", "门禁坏了"),
        ("mj", "门禁坏了"),
        ("MJHL", "门禁坏了"),
        ("安全", "门禁坏了"),
        ("安全隐患", "门禁坏了"),
        ("就 陈大", "陪同就医"),
        ("13栋", "陪同就医"),
        ("13 栋 1单元", "陪同就医"),
        ("401", "陪同就医"),
        ("ptjy", "陪同就医"),
        ("cdy", "陪同就医"),
    ] {
        assert_eq!(phone.found(words), [expected], "{words}");
    }
    for nothing in ["电梯", "电梯坏了", "zz", "门禁 就医", "\"", "AND OR", "100%", "' OR 1=1 --"] {
        assert!(phone.found(nothing).is_empty(), "{nothing}");
    }
    assert_eq!(phone.found("   ").len(), 2);

    // The index follows an edit.
    let id = phone.rows(ListKind::Demand, ListFilter { words: Some("门禁".into()), ..ListFilter::default() })[0].id;
    phone.set(&id, "title", "电梯坏了");
    assert_eq!(phone.found("电梯坏"), ["电梯坏了"]);
    assert!(phone.found("门禁坏").is_empty() && phone.found("mjhl").is_empty());
}

/// Texts written lately wait beside the index; search, similar matters and edits must not tell the difference.
#[test]
fn search_is_the_same_before_and_after_texts_go_into_the_index() {
    let phone = Phone::of("wang");
    let edited = phone.record("路灯不亮了");
    let erased = phone.record("井盖松动");
    for round in 0..3 {
        for (words, expected) in [("路灯不", "路灯不亮了"), ("路", "路灯不亮了"), ("ldbl", "路灯不亮了"), ("井盖松", "井盖松动")]
        {
            assert_eq!(phone.found(words), [expected], "{words}, round {round}");
        }
        phone.set(&edited, "title", "电线垂落");
        assert!(phone.found("路灯不").is_empty() && phone.found("路").is_empty() && phone.found("ldbl").is_empty(), "round {round}");
        assert_eq!(phone.found("电线垂"), ["电线垂落"], "round {round}");
        phone.set(&edited, "title", "路灯不亮了");
        // A hundred more, with which everything that waits goes into the index.
        for n in 0..101 {
            phone.record(&format!("杂物 {round}-{n}"));
        }
    }
    assert_eq!(phone.found("杂物2-1").len(), 1 + 10 + 1);
    phone.set(&erased, "title", "另一件");
    assert!(phone.found("井盖松").is_empty());
}

#[test]
fn today_is_the_readers_turn_due_first() {
    let lead = Phone::of("li");
    lead.record("等受理");
    let due = |doc: &mut beehive_core::Document, to: &str, due: i64| {
        let assign = EventBody::Assign { to: to.into(), help: vec![], due: Some(due), note: String::new() };
        let accept = EventBody::Accept { path: Path::Now, note: String::new() };
        doc.write(other(2), NOW - 60, &[Write::Event(accept), Write::Event(assign)]).unwrap();
    };
    let (mut late, mut soon, mut elsewhere) = (their_record(1, "晚了"), their_record(1, "快到了"), their_record(1, "别人的"));
    due(&mut late, "li", NOW - 86_400);
    due(&mut soon, "li", NOW + 3_600);
    due(&mut elsewhere, "chen", NOW + 60);
    lead.exchange(|_| page(&[&soon, &late, &elsewhere]));
    let view = today(&lead);
    assert_eq!(view.rows.iter().map(|r| r.title.as_str()).collect::<Vec<_>>(), ["晚了", "快到了", "等受理"]);
    assert_eq!(view.open, 4);

    // For a worker, what waits for the lead is nobody's turn but the lead's.
    let worker = Phone::of("wang");
    worker.record("等受理");
    assert!(today(&worker).rows.is_empty());
    let id = worker.rows(ListKind::Demand, ListFilter::default())[0].id;
    assert_eq!(worker.show(&id).waiting_for, ["李红梅"]);
}

#[test]
fn two_values_are_todays_work_of_whoever_may_choose() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼");
    theirs.write(other(1), NOW, &[fact("detail", "四楼")]).unwrap();
    phone.receive(&theirs);
    assert_eq!(today(&phone).rows.len(), 1);
}

/// However it is drawn, it is the same word; and words of one or two signs are found in records that wait for the index and in others.
#[test]
fn full_width_and_unseen_signs_make_no_difference() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "３号楼ＷＩＦＩ坏\u{200b}了", "place_text": "Ｂ座①层" }));
    for words in ["3号楼", "３号楼", "3号", "３", "wifi", "Wi", "坏了", "b座1层", "B座", "1\u{3000}层"] {
        match phone.ask(json!({ "do": "list", "filter": { "words": words } })) {
            Response::List { rows, .. } => assert_eq!(rows.iter().map(|r| r.id).collect::<Vec<_>>(), [id], "{words}"),
            other => panic!("{other:?}"),
        }
    }
    // What nobody sees is no title.
    for title in ["\u{200b}\u{feff}", "\u{3164}", "\u{2060} \u{ad}"] {
        assert_eq!(phone.error(json!({ "do": "record", "kind": "finding", "title": title })).code, "title_missing");
    }
}
