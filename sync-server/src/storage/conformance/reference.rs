//! Rules of the reference data.

use crate::{
    demo::Street,
    storage::{ByWhom, ReferenceSet, Storage, Versions},
};
use beehive_core::{
    MemberId, NodeId,
    model::{Grant, Role},
    policy::{Duty, PastPlace},
    reference::{Building, Level, Member, OrgNode, PastBuilding},
};
use std::sync::Arc;

pub fn rows_come_back_in_the_order_of_writing(storage: &Arc<dyn Storage>) {
    let street = Street::small(1);
    let written = street.clone();
    storage.write(move |tx| written.write(tx)).unwrap();
    let (nodes, buildings, members, dictionary) =
        storage.read(|r| Ok((r.org()?, r.all_buildings()?, r.members()?, r.dictionary()?))).unwrap();
    assert_eq!(
        (nodes, buildings, members, dictionary),
        (street.nodes, street.buildings.clone(), street.members.clone(), street.dictionary)
    );

    let of_grid = storage.read(|r| r.buildings(&NodeId::from("w-2"))).unwrap();
    assert_eq!(of_grid, street.buildings.iter().filter(|b| b.node.as_str() == "w-2").cloned().collect::<Vec<_>>());
    assert_eq!(storage.read(|r| r.member(&MemberId::from("m-006"))).unwrap().as_ref(), Some(&street.members[5]));
    assert_eq!(storage.read(|r| r.member(&MemberId::from("m-999"))).unwrap(), None);

    let mut renamed = street.members[0].clone();
    renamed.name = "新名字".into();
    renamed.grants.clear();
    let put = renamed.clone();
    storage.write(move |tx| tx.put_member(&put, ByWhom { at: 5, by: "test" })).unwrap();
    assert_eq!(storage.read(|r| r.members()).unwrap()[0], renamed, "keeps its place and loses its grants");
}

pub fn a_grant_is_ended_and_never_forgotten(storage: &Arc<dyn Storage>) {
    let id = MemberId::from("m-1");
    let grant =
        |node: &str| Grant { role: Role::MicroWorker, node: node.into(), buildings: vec![], from: None, until: Some(90), on_behalf: None };
    let put = |at: i64, by: &'static str, grants: Vec<Grant>| {
        let member = Member { id: id.clone(), name: "张".into(), kinds: vec![], grants };
        storage.write(move |tx| tx.put_member(&member, ByWhom { at, by })).unwrap();
    };
    put(10, "a", vec![grant("w-1"), grant("w-2"), grant("w-2")]);
    put(20, "b", vec![grant("w-2")]);
    put(30, "c", vec![grant("w-2"), grant("w-1")]);
    let narrowed = Grant { buildings: vec!["b-1".into()], ..grant("w-1") };
    put(40, "d", vec![narrowed.clone()]);

    let (member, members, duties) = storage.read(|r| Ok((r.member(&id)?, r.members()?, r.duties(&id)?))).unwrap();
    assert_eq!(member.unwrap().grants, std::slice::from_ref(&narrowed));
    assert_eq!(members[0].grants, std::slice::from_ref(&narrowed));
    let row = |grant, opened_at, opened_by: &str, ended: Option<(i64, &str)>| Duty {
        grant,
        opened_at,
        opened_by: opened_by.into(),
        ended_at: ended.map(|e| e.0),
        ended_by: ended.map(|e| e.1.to_owned()),
    };
    let expected = [
        row(grant("w-1"), 10, "a", Some((20, "b"))),
        row(grant("w-2"), 10, "a", Some((40, "d"))),
        row(grant("w-2"), 10, "a", Some((20, "b"))),
        row(grant("w-1"), 30, "c", Some((40, "d"))),
        row(narrowed, 40, "d", None),
    ];
    assert_eq!(duties, expected);
    assert!(storage.read(|r| r.duties(&"m-2".into())).unwrap().is_empty());
}

pub fn where_a_grid_hung_is_kept(storage: &Arc<dyn Storage>) {
    let node = |parent: Option<&str>, name: &str| OrgNode {
        id: "w-1".into(),
        parent: parent.map(NodeId::from),
        level: Level::MicroGrid,
        name: name.into(),
    };
    for (at, parent, name) in
        [(0, Some("g-1"), "一"), (10, Some("g-1"), "二"), (20, Some("g-2"), "二"), (30, None, "二"), (40, Some("g-1"), "三")]
    {
        let node = node(parent, name);
        storage.write(move |tx| tx.put_node(&node, ByWhom { at, by: "test" })).unwrap();
    }
    let (org, places) = storage.read(|r| Ok((r.org()?, r.past_places()?))).unwrap();
    assert_eq!(org, [node(Some("g-1"), "三")]);
    let hung = |parent: Option<&str>, from, until| PastPlace { node: "w-1".into(), parent: parent.map(NodeId::from), from, until };
    assert_eq!(places, [hung(Some("g-1"), 0, 20), hung(Some("g-2"), 20, 30), hung(None, 30, 40)]);
}

pub fn each_dataset_counts_its_changes(storage: &Arc<dyn Storage>) {
    assert_eq!(storage.read(|r| r.versions()).unwrap(), Versions::default());
    storage
        .write(|tx| {
            tx.bump(ReferenceSet::Members)?;
            tx.bump(ReferenceSet::Members)?;
            tx.bump(ReferenceSet::Org)
        })
        .unwrap();
    assert_eq!(storage.read(|r| r.versions()).unwrap(), Versions { members: 2, org: 1, ..Versions::default() });
}

pub fn what_is_taken_off_a_list_keeps_its_name(storage: &Arc<dyn Storage>) {
    let street = Street::small(1);
    let written = street.clone();
    storage.write(move |tx| written.write(tx)).unwrap();
    let id = street.buildings[0].id.clone();
    let change = |removed| {
        let id = id.clone();
        storage.write(move |tx| tx.list_building(&id, removed)).unwrap()
    };
    let past = || storage.read(|r| r.past_buildings()).unwrap();
    let gone = PastBuilding { id: id.clone(), node: "w-1".into(), name: street.buildings[0].name.clone(), removed: true };
    assert_eq!((change(Some(5)), change(Some(6)), past()), (true, false, vec![gone]));
    let (of_grid, all) = storage.read(|r| Ok((r.buildings(&"w-1".into())?, r.all_buildings()?))).unwrap();
    assert!(!of_grid.iter().chain(&all).any(|b| b.id == id));
    // Put on the list again it is as it was, at its place.
    assert_eq!((change(None), change(None), past()), (true, false, vec![]));
    assert_eq!(storage.read(|r| r.all_buildings()).unwrap(), street.buildings);
    // In another grid it has another list, and the records of the first go on naming it; back again, there is nothing past.
    let put = |node: &str| {
        let moved = Building { node: node.into(), ..street.buildings[0].clone() };
        storage.write(move |tx| tx.put_building(&moved)).unwrap();
    };
    put("w-2");
    assert_eq!(past().iter().map(|b| (b.node.as_str().to_owned(), b.removed)).collect::<Vec<_>>(), [("w-1".to_owned(), false)]);
    change(Some(7));
    assert_eq!(
        past().iter().map(|b| (b.node.as_str().to_owned(), b.removed)).collect::<Vec<_>>(),
        [("w-1".to_owned(), true), ("w-2".to_owned(), true)]
    );
    put("w-1");
    assert_eq!(past().iter().map(|b| (b.node.as_str().to_owned(), b.removed)).collect::<Vec<_>>(), [("w-2".to_owned(), false)]);

    let (dictionary, code) = (street.dictionary[0].dictionary.clone(), street.dictionary[0].code.clone());
    let word = move |removed| {
        let (dictionary, code) = (dictionary.clone(), code.clone());
        storage.write(move |tx| tx.list_word(&dictionary, &code, removed)).unwrap()
    };
    assert_eq!((word(Some(5)), word(Some(6))), (true, false));
    assert_eq!(storage.read(|r| r.past_words()).unwrap(), street.dictionary[..1]);
    assert_eq!(storage.read(|r| r.dictionary()).unwrap(), street.dictionary[1..]);
    assert!(word(None) && storage.read(|r| r.past_words()).unwrap().is_empty());
}
