//! Which micro-grid a record belongs to, and for which grid somebody stands in: with several it is asked, and never the first is taken.

use crate::support::{GRID, NOW, Phone, datasets, members};
use beehive_core::{
    model::{Grant, Role},
    reference::{Dataset, Level, Member, OrgNode},
};
use beehive_device::api::{GridView, ListFilter, ListKind, Response, StandInsView};
use serde_json::{Value, json};

fn grant(role: Role, node: &str) -> Grant {
    Grant { role, node: node.into(), buildings: vec![], from: None, until: None, on_behalf: None }
}

/// 王's phone after the server gave her other duties.
fn wang_with(grants: Vec<Grant>) -> Phone {
    let phone = Phone::of("wang");
    let mut all = members();
    all.iter_mut().filter(|m| m.id.as_str() == "wang").for_each(|m| m.grants.clone_from(&grants));
    phone.take(Dataset::Members(all));
    phone
}

fn record(extra: Value) -> Value {
    let mut request = json!({ "do": "record", "kind": "demand", "title": "水管漏水" });
    request.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    request
}

fn scope(phone: &Phone, extra: Value) -> String {
    match phone.ask(record(extra)) {
        Response::Recorded { id } => phone.show(&id).scope_name,
        other => panic!("{other:?}"),
    }
}

fn grids(phone: &Phone) -> Vec<GridView> {
    match phone.ask(json!({ "do": "choices" })) {
        Response::Choices { grids, .. } => grids,
        other => panic!("{other:?}"),
    }
}

#[test]
fn with_two_grids_and_no_building_it_is_asked_which_and_the_draft_stays() {
    let phone = wang_with(vec![grant(Role::MicroWorker, GRID), grant(Role::MicroWorker, "m2")]);
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "words": "水管漏水" } }));
    let error = phone.error(record(json!({ "place_text": "菜市场门口", "draft": "record" })));
    assert_eq!(error.code, "which_grid");
    assert!(error.message.contains("第一微网格") && error.message.contains("第二微网格"), "{}", error.message);
    assert!(phone.titles().is_empty());
    let Response::Draft { draft: Some(_) } = phone.ask(json!({ "do": "draft", "id": "record" })) else { panic!("the draft is gone") };

    for (said, grid) in [("m2", "第二微网格"), ("第一 微网格", "第一微网格"), ("第一网格第二微网格", "第二微网格")]
    {
        assert_eq!(scope(&phone, json!({ "grid": said, "draft": "record" })), grid);
    }
    // A building says where by itself; what contradicts it is an error.
    assert_eq!(scope(&phone, json!({ "building": "b-5x" })), "第二微网格");
    assert_eq!(scope(&phone, json!({ "building": "b-3", "grid": "m1" })), "第一微网格");
    assert_eq!(phone.error(record(json!({ "building": "b-3", "grid": "m2" }))).code, "other_grid");
    assert_eq!(phone.error(record(json!({ "grid": "m7" }))).code, "unknown_grid");
    // No record belongs to more than one micro-grid.
    assert_eq!(phone.error(record(json!({ "grid": "g1" }))).code, "unknown_grid");
}

#[test]
fn what_a_grant_reaches_counts_and_not_what_it_is_given_at() {
    let ids = |phone: &Phone| grids(phone).into_iter().map(|g| g.id.to_string()).collect::<Vec<_>>();
    // One grid twice is one grid.
    let twice = wang_with(vec![grant(Role::MicroWorker, GRID), grant(Role::MicroLead, GRID)]);
    assert_eq!(ids(&twice), ["m1"]);
    assert_eq!(scope(&twice, json!({})), "第一微网格");
    // Worker of a grid and officer of the community: any grid of it may be meant.
    let both = wang_with(vec![grant(Role::MicroWorker, GRID), grant(Role::CommunityOfficer, "c1")]);
    assert_eq!((ids(&both), both.error(record(json!({}))).code), (vec!["m1".into(), "m2".into()], "which_grid".into()));
    assert_eq!(grids(&both)[1].within, "第一网格");
    // So it is while standing in, and no longer than that.
    let until = NOW + 60;
    let stand_in = Grant { until: Some(until), on_behalf: Some("li".into()), ..grant(Role::GridLead, "g1") };
    let deputy = wang_with(vec![grant(Role::MicroWorker, GRID), stand_in]);
    assert_eq!(deputy.error(record(json!({}))).code, "which_grid");
    deputy.clock.set(until);
    assert_eq!((scope(&deputy, json!({})), ids(&deputy)), ("第一微网格".into(), vec!["m1".into()]));
    assert_eq!(deputy.error(record(json!({ "grid": "m2" }))).code, "unknown_grid");
    // What has ended or has not begun is no choice.
    let (over, later) =
        (Grant { until: Some(NOW), ..grant(Role::MicroWorker, "m2") }, Grant { from: Some(NOW + 9), ..grant(Role::MicroWorker, "m2") });
    assert_eq!(scope(&wang_with(vec![over, grant(Role::MicroWorker, GRID), later]), json!({})), "第一微网格");
}

#[test]
fn only_grids_in_which_the_kind_may_be_begun_are_asked_about() {
    let leader = Grant { buildings: vec!["b-3".into()], ..grant(Role::BuildingLeader, GRID) };
    let phone = wang_with(vec![leader.clone(), grant(Role::MicroWorker, "m2")]);
    // A building leader records no demands, so there is one grid for them and two for findings.
    assert_eq!(scope(&phone, json!({})), "第二微网格");
    assert_eq!(phone.error(record(json!({ "kind": "finding" }))).code, "which_grid");
    assert_eq!(phone.error(record(json!({ "kind": "finding", "grid": "m1" }))).code, "not_your_building");
    assert_eq!(scope(&phone, json!({ "kind": "finding", "grid": "m2" })), "第二微网格");
    // Who may only record in their own buildings names one, however many grids those are in.
    let two = wang_with(vec![leader, Grant { buildings: vec!["b-5x".into()], ..grant(Role::BuildingLeader, "m2") }]);
    assert_eq!(two.error(record(json!({ "kind": "finding" }))).code, "not_your_building");
    assert_eq!(wang_with(vec![grant(Role::Auditor, "s")]).error(record(json!({}))).code, "not_your_role");
}

#[test]
fn before_the_grids_are_known_nothing_is_guessed() {
    let phone = Phone::blank();
    phone.enrol("li");
    assert_eq!(phone.error(record(json!({}))).code, "place_needed");
    let worker = Phone::blank();
    worker.enrol("wang");
    assert!(matches!(worker.ask(record(json!({}))), Response::Recorded { .. }), "the enrolment's grid is the only one");
}

#[test]
fn a_refused_record_is_written_again_where_it_was_begun() {
    let phone = wang_with(vec![grant(Role::MicroWorker, GRID), grant(Role::MicroWorker, "m2")]);
    assert_eq!(scope(&phone, json!({ "grid": "m2" })), "第二微网格");
    assert!(matches!(phone.ask(record(json!({ "building": "b-3" }))), Response::Recorded { .. }));
    phone.exchange(|sent| {
        let mut answer = crate::support::verdicts(sent, beehive_core::sync::VerdictKind::Refused);
        answer.verdicts.iter_mut().for_each(|v| v.code = Some("bad_value".into()));
        answer
    });
    let mut grids: Vec<_> = phone.refused().into_iter().map(|r| r.form.unwrap().grid).collect();
    grids.sort();
    assert_eq!(grids, [None, Some("m2".to_owned())]);
}

#[test]
fn a_lead_of_two_grids_is_offered_each_of_them_for_a_stand_in() {
    let of = |phone: &Phone| -> StandInsView {
        match phone.ask(json!({ "do": "stand_ins" })) {
            Response::StandIns { stand_ins } => stand_ins,
            other => panic!("{other:?}"),
        }
    };
    let phone = wang_with(vec![grant(Role::MicroLead, GRID), grant(Role::MicroLead, "m9")]);
    let mut org = datasets().into_iter().find_map(|d| if let Dataset::Org(nodes) = d { Some(nodes) } else { None }).unwrap();
    let node = |id: &str, parent: &str, level, name: &str| OrgNode { id: id.into(), parent: Some(parent.into()), level, name: name.into() };
    org.extend([node("g9", "c1", Level::GeneralGrid, "第九网格"), node("m9", "g9", Level::MicroGrid, "第九微网格")]);
    phone.take(Dataset::Org(org));
    let mut all = members();
    all[0].grants = vec![grant(Role::MicroLead, GRID), grant(Role::MicroLead, "m9")];
    all.push(Member { id: "sun".into(), name: "孙".into(), kinds: vec![], grants: vec![grant(Role::MicroWorker, "m9")] });
    phone.take(Dataset::Members(all));
    let view = of(&phone);
    let led: Vec<_> = view.led.iter().map(|l| (l.name.as_str(), l.candidates.iter().any(|c| c.as_str() == "sun"))).collect();
    assert_eq!(led, [("第一微网格", false), ("第九微网格", true)]);
    // Somebody near one of them only can be named for that one.
    assert!(view.candidates.iter().any(|c| c.id.as_str() == "sun") && view.candidates.iter().any(|c| c.id.as_str() == "zhao"));
}

#[test]
fn a_list_of_many_grids_is_cut_short_in_the_sentence() {
    let phone = wang_with(vec![grant(Role::CommunityOfficer, "c1")]);
    let mut org = datasets().into_iter().find_map(|d| if let Dataset::Org(nodes) = d { Some(nodes) } else { None }).unwrap();
    org.extend((10..30).map(|n| OrgNode {
        id: format!("m{n}").into(),
        parent: Some("g1".into()),
        level: Level::MicroGrid,
        name: format!("第 {n} 微网格"),
    }));
    phone.take(Dataset::Org(org));
    let error = phone.error(record(json!({})));
    assert!(error.message.contains("还有 14 个"), "{}", error.message);
    assert_eq!(grids(&phone).len(), 22);
    assert!(phone.rows(ListKind::Demand, ListFilter::default()).is_empty());
}
