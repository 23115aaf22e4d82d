//! Rules of the reference data.

use crate::{
    demo::Street,
    storage::{ReferenceSet, Storage, Versions},
};
use beehive_core::{MemberId, NodeId};
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
    storage.write(move |tx| tx.put_member(&put)).unwrap();
    assert_eq!(storage.read(|r| r.members()).unwrap()[0], renamed, "keeps its place and loses its grants");
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
