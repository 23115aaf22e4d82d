//! What records say of buildings and words that have another name now, or are no longer on the list.

use crate::support::{GRID, NOW, Phone, datasets, response};
use beehive_core::{
    DocId,
    model::{Place, RecordKind, Status},
    reference::{Building, Dataset, DictionaryEntry, Past, PastBuilding},
    sync::{Bootstrap, OpenRecord, ReferenceUpdate, SyncResponse},
};
use beehive_device::api::{ListFilter, ListKind, PastBuildingView, Response};
use serde_json::json;

fn buildings() -> Vec<Building> {
    datasets().into_iter().find_map(|d| if let Dataset::Places(all) = d { Some(all) } else { None }).unwrap()
}

fn past(removed: bool) -> Dataset {
    let building = PastBuilding { id: "b-3".into(), node: GRID.into(), name: "3 栋".into(), removed };
    let word = |code: &str, zh: &str| DictionaryEntry {
        dictionary: "category".into(),
        code: code.into(),
        zh: zh.into(),
        en: String::new(),
        kinds: vec![],
    };
    Dataset::Past(Box::new(Past { buildings: vec![building], words: vec![word("hazard", "安全隐患")] }))
}

/// The building, and the word for hazards, are taken off their lists.
fn remove(phone: &Phone) {
    let words = datasets().into_iter().find_map(|d| if let Dataset::Dictionary(all) = d { Some(all) } else { None }).unwrap();
    let left = Dataset::Dictionary(words.into_iter().filter(|e| e.code != "hazard").collect());
    let places = Dataset::Places(buildings().into_iter().filter(|b| b.id.as_str() != "b-3").collect());
    let reference = [places, left, past(true)].map(|dataset| ReferenceUpdate { version: "2".into(), dataset });
    phone.exchange(|_| SyncResponse { reference: reference.into(), ..response() });
}

#[test]
fn another_name_shows_everywhere_at_once() {
    let phone = Phone::of("wang");
    let id = phone.record("水管漏水");
    let mut all = buildings();
    all[0].name = "丁香苑 3 号楼".into();
    phone.take(Dataset::Places(all));
    let row = &phone.rows(ListKind::Demand, ListFilter::default())[0];
    assert_eq!((row.place.as_str(), row.group.as_str()), ("丁香苑 3 号楼 1 单元 402", "丁香苑 3 号楼 1 单元"));
    assert_eq!(phone.show(&id).row.place, "丁香苑 3 号楼 1 单元 402");
    assert_eq!((phone.found("丁香苑"), phone.found("3栋")), (vec!["水管漏水".to_owned()], vec![]));
}

#[test]
fn a_building_that_is_gone_keeps_its_name_and_is_chosen_for_nothing_new() {
    let phone = Phone::of("wang");
    let id = phone.record_with(json!({ "title": "水管漏水", "category": "hazard" }));
    phone.ask(json!({ "do": "save_draft", "id": "record", "body": { "words": "路灯不亮", "place": { "b": "b-3", "u": "1" } } }));
    remove(&phone);
    let phone = phone.reopened();

    let building = Some("b-3".into());
    let row = phone.rows(ListKind::Demand, ListFilter { building, ..ListFilter::default() }).remove(0);
    let said = (row.place.as_str(), row.group.as_str(), row.category.as_str());
    assert_eq!(said, ("3 栋（已撤） 1 单元 402", "3 栋（已撤） 1 单元", "安全隐患（已停用）"));
    let shown = phone.show(&id);
    assert_eq!(shown.row.place, "3 栋（已撤） 1 单元 402");
    assert!(shown.facts.iter().flat_map(|f| &f.values).any(|v| v.shown == "3 栋（已撤） 1 单元 402"), "{:?}", shown.facts);
    for words in ["3栋", "３ 栋", "已撤", "安全隐患"] {
        assert_eq!(phone.found(words), ["水管漏水"], "{words}");
    }

    // It is offered for looking, not for recording.
    match phone.ask(json!({ "do": "choices" })) {
        Response::Choices { buildings, past_buildings, categories, .. } => {
            assert!(!buildings.iter().any(|b| b.id.as_str() == "b-3") && !categories.iter().any(|c| c.code == "hazard"));
            assert_eq!(past_buildings, [PastBuildingView { id: "b-3".into(), name: "3 栋（已撤）".into() }]);
        }
        other => panic!("{other:?}"),
    }
    for said in ["b-3", "3 栋", "３栋"] {
        let request = json!({ "do": "record", "kind": "demand", "title": "路灯不亮", "building": said, "draft": "record" });
        let error = phone.error(request);
        assert!(error.code == "building_removed" && error.message.contains("3 栋"), "{error:?}");
    }
    let Response::Draft { draft: Some(draft) } = phone.ask(json!({ "do": "draft", "id": "record" })) else { panic!("the draft is gone") };
    assert_eq!(draft.body["words"], "路灯不亮");

    // Where it stands, the rest of the place can be mended; elsewhere it is not put.
    assert_eq!(phone.set(&id, "place", r#"{"b":"b-3","u":"2"}"#).row.place, "3 栋（已撤） 2 单元");
    let other = phone.record_with(json!({ "title": "路灯不亮", "building": "b-13" }));
    let error = phone.error(json!({ "do": "set", "id": other, "field": "place", "value": r#"{"b":"b-3"}"# }));
    assert_eq!((error.code.as_str(), phone.show(&other).row.place.as_str()), ("building_removed", "13 栋 1 单元 402"));
    assert_eq!(phone.set(&id, "place", "13 栋").row.place, "13 栋");
}

/// A phone that joins after it, and has never seen the name otherwise: also for the lines that come ahead of their documents.
#[test]
fn a_phone_that_joins_afterwards_knows_the_name() {
    let phone = Phone::of("wang");
    phone.take(Dataset::Places(Vec::new()));
    phone.take(past(false));
    let place = Place { building: Some("b-3".into()), unit: Some("1".into()), ..Place::default() };
    let open = |doc: u8, place: &Place| OpenRecord {
        doc: DocId([doc; 16]),
        kind: RecordKind::Demand,
        status: Status::Reported,
        path: None,
        title: format!("第{doc}件"),
        place: place.to_scalar(),
        category: String::new(),
        assignee: None,
        due: None,
        created_at: NOW - i64::from(doc),
        created_by: "zhao".into(),
        needs_eyes: vec![],
        number: None,
    };
    let unknown = Place { building: Some("b-77".into()), ..place.clone() };
    let pack = beehive_core::sync::Pack { name: "p".into(), size: 1, docs: 2 };
    let bootstrap = vec![Bootstrap { scope: "m2".into(), cursor: 1, packs: vec![pack], open: vec![open(1, &place), open(2, &unknown)] }];
    phone.exchange(|_| SyncResponse { bootstrap, ..response() });
    let shown: Vec<_> = phone.rows(ListKind::Demand, ListFilter::default()).into_iter().map(|r| r.place).collect();
    // It is in another grid now, so it is not marked as gone; and what nobody ever named is no code either.
    assert_eq!(shown, ["3 栋 1 单元", "不在名单上的楼 1 单元"]);
    assert_eq!(phone.found("3栋"), ["第1件"]);
    let reference = vec![ReferenceUpdate { version: "3".into(), dataset: past(true) }];
    phone.exchange(|_| SyncResponse { reference, more: true, ..response() });
    assert_eq!(phone.found("已撤"), ["第1件"], "search follows");
}
