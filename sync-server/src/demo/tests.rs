use super::*;
use beehive_core::reference::OrgTree;
use std::collections::HashSet;

fn with_role(street: &Street, role: Role) -> usize {
    street.members.iter().filter(|m| m.grants.iter().any(|g| g.role == role)).count()
}

fn of_kind(street: &Street, kind: MemberKind) -> usize {
    street.members.iter().filter(|m| m.kinds.contains(&kind)).count()
}

fn level(street: &Street, level: Level) -> usize {
    street.nodes.iter().filter(|n| n.level == level).count()
}

/// What holds for every street: ids are unique, everything points at something that exists.
fn is_sound(street: &Street) {
    let nodes: HashSet<_> = street.nodes.iter().map(|n| &n.id).collect();
    let places: HashSet<_> = street.buildings.iter().map(|b| &b.id).collect();
    let members: HashSet<_> = street.members.iter().map(|m| &m.id).collect();
    assert_eq!((nodes.len(), places.len(), members.len()), (street.nodes.len(), street.buildings.len(), street.members.len()));
    assert!(street.nodes.iter().all(|n| n.parent.as_ref().is_none_or(|p| nodes.contains(p))));
    let grants = || street.members.iter().flat_map(|m| &m.grants);
    assert!(grants().all(|g| nodes.contains(&g.node) && g.buildings.iter().all(|b| places.contains(b))));
    for b in &street.buildings {
        assert!(nodes.contains(&b.node) && !b.units.is_empty());
        for u in &b.units {
            assert_eq!(u.doors.iter().collect::<HashSet<_>>().len(), u.doors.len(), "{} {}", b.name, u.name);
        }
    }
}

#[test]
fn baohe_has_the_published_figures() {
    let street = Street::baohe(1);
    is_sound(&street);
    assert_eq!(level(&street, Level::GeneralGrid), 97);
    assert_eq!(level(&street, Level::MicroGrid), 640);
    assert_eq!(level(&street, Level::DedicatedGrid), 10);
    assert_eq!(street.members.len(), 1_089);
    assert_eq!(street.doors(), 42_000);
    assert_eq!(with_role(&street, Role::AlliancePartner), 10);
    assert_eq!(of_kind(&street, MemberKind::PartyMember), 240);
    assert_eq!(of_kind(&street, MemberKind::ResidentGroup), 69);
    assert_eq!(of_kind(&street, MemberKind::PropertyStaff), 184);
    assert_eq!(of_kind(&street, MemberKind::Resident), 596);
    let leads = |m: &&Member| m.grants.iter().any(|g| g.role == Role::GridLead);
    assert_eq!(street.members.iter().filter(leads).filter(|m| m.kinds.contains(&MemberKind::PartyMember)).count(), 22);
}

#[test]
fn every_micro_grid_of_baohe_has_a_worker_and_30_to_100_households() {
    let street = Street::baohe(7);
    for micro in street.nodes.iter().filter(|n| n.level == Level::MicroGrid) {
        let works = |m: &&Member| m.grants.iter().any(|g| g.role == Role::MicroWorker && g.node == micro.id);
        assert!(street.members.iter().any(|m| works(&m)), "{}", micro.id);
        let doors: usize = street.buildings.iter().filter(|b| b.node == micro.id).flat_map(|b| &b.units).map(|u| u.doors.len()).sum();
        assert!((30..=100).contains(&doors), "{}: {doors}", micro.id);
    }
}

#[test]
fn the_first_members_are_one_team() {
    for street in [Street::small(3), Street::baohe(3)] {
        is_sound(&street);
        let tree = OrgTree::new(&street.nodes);
        let grant = |n: usize| &street.members[n].grants[0];
        assert_eq!(street.members[0].id.as_str(), "m-001");
        assert_eq!(
            [0, 1, 2, 3, 4].map(|n| grant(n).role),
            [Role::MicroWorker, Role::MicroWorker, Role::MicroLead, Role::GridLead, Role::CommunityOfficer]
        );
        assert_eq!(grant(0).node, grant(1).node);
        assert_eq!(grant(0).node, grant(2).node);
        assert!(tree.covers(&grant(3).node, &grant(0).node) && tree.covers(&grant(4).node, &grant(3).node));
    }
    let small = Street::small(3);
    assert!(small.buildings.iter().any(|b| b.name == "3 栋" && b.node == small.members[0].grants[0].node));
}

#[test]
fn a_seed_gives_the_same_street_and_another_seed_another_one() {
    assert_eq!(Street::small(5), Street::small(5));
    assert_eq!(Street::baohe(5).members, Street::baohe(5).members);
    assert_ne!(Street::small(5).members, Street::small(6).members);
}
