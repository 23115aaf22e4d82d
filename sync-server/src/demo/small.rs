//! One community, to try things out.

use super::{
    Street,
    build::{Person, building, node, unit},
    dictionary,
    names::{PARTNERS, People},
    rng::Rng,
};
use beehive_core::{
    NodeId, PlaceId,
    model::{MemberKind as K, Role},
    reference::Level,
};

pub(super) fn street(seed: u64) -> Street {
    let mut rng = Rng::new(seed);
    let name = "保和街道";
    let mut nodes = vec![
        node("s-1", None, Level::Street, name),
        node("c-1", Some("s-1"), Level::Community, "和美社区"),
        node("g-1", Some("c-1"), Level::GeneralGrid, "和美第 1 网格"),
        node("g-2", Some("c-1"), Level::GeneralGrid, "和美第 2 网格"),
    ];
    for (grid, micro, name) in
        [("g-1", "w-1", "1-1 微网格"), ("g-1", "w-2", "1-2 微网格"), ("g-2", "w-3", "2-1 微网格"), ("g-2", "w-4", "2-2 微网格")]
    {
        nodes.push(node(micro, Some(grid), Level::MicroGrid, name));
    }
    nodes.push(node("d-1", Some("c-1"), Level::DedicatedGrid, PARTNERS[0]));

    let buildings = (1..=12)
        .map(|n| {
            let micro = NodeId(format!("w-{}", (n - 1) / 3 + 1));
            let floors = 6 + rng.below(2);
            building(format!("b-{n:02}"), &micro, format!("{n} 栋"), (1..=2).map(|u| unit(u, floors * 2)).collect())
        })
        .collect();

    let at = NodeId::from;
    let people = vec![
        Person::new(Role::MicroWorker, &at("w-1")).kinds(&[K::Resident]),
        Person::new(Role::MicroWorker, &at("w-1")).kinds(&[K::PartyMember, K::Veteran]),
        Person::new(Role::MicroLead, &at("w-1")).kinds(&[K::ResidentGroup]),
        Person::new(Role::GridLead, &at("g-1")).kinds(&[K::PartyMember]),
        Person::new(Role::CommunityOfficer, &at("c-1")).kinds(&[K::Officer]),
        Person::new(Role::BuildingLeader, &at("w-1")).leads(&PlaceId::from("b-03")).kinds(&[K::Resident]),
        Person::new(Role::PropertyStaff, &at("g-1")).kinds(&[K::PropertyStaff]),
        Person::new(Role::FamilyDoctor, &at("c-1")),
        Person::new(Role::StreetDispatcher, &at("s-1")).kinds(&[K::Officer]),
        Person::new(Role::StreetAdmin, &at("s-1")).kinds(&[K::Officer]),
        Person::new(Role::Auditor, &at("s-1")).kinds(&[K::Officer]),
        Person::new(Role::MicroWorker, &at("w-2")).kinds(&[K::Resident]),
        Person::new(Role::MicroLead, &at("w-2")).kinds(&[K::OwnersCommittee]),
        Person::new(Role::MicroWorker, &at("w-3")).kinds(&[K::PropertyStaff]),
        Person::new(Role::MicroWorker, &at("w-4")).kinds(&[K::Resident]),
        Person::new(Role::GridLead, &at("g-2")).kinds(&[K::PartyMember]),
        Person::new(Role::AlliancePartner, &at("d-1")),
    ];
    let mut names = People::new(&mut rng);
    let members = people.into_iter().enumerate().map(|(n, p)| p.named(n + 1, 3, names.next())).collect();
    Street { name: name.to_owned(), nodes, buildings, members, dictionary: dictionary() }
}
