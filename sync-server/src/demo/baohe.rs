//! Baohe Street in its published figures; what they do not say (who works where) is drawn from the seed.

use super::{
    Street,
    build::{Person, building, node, unit},
    dictionary,
    names::{COMMUNITIES, COURTYARDS, PARTNERS, People},
    rng::Rng,
};
use beehive_core::{
    NodeId,
    model::{MemberKind as K, Role},
    reference::{Building, Level, OrgNode, Unit},
};

const GRIDS: usize = 97;
const MICRO_GRIDS: usize = 640;
const MEMBERS: usize = 1_089;
const DOORS: usize = 42_000;
/// Kinds of members: how many of each.
const KINDS: [(K, usize); 4] = [(K::PartyMember, 240), (K::ResidentGroup, 69), (K::PropertyStaff, 184), (K::Resident, 596)];
/// Grid leads who are also secretary of the grid's party group (一肩挑).
const SECRETARIES: usize = 22;

pub(super) fn street(seed: u64) -> Street {
    let mut rng = Rng::new(seed);
    let nodes = nodes();
    let buildings = buildings(&nodes, &mut rng);
    let mut people = people(&nodes, &buildings, &mut rng);
    give_kinds(&mut people, &mut rng);
    let mut names = People::new(&mut rng);
    let members = people.into_iter().enumerate().map(|(n, p)| p.named(n + 1, 3, names.next())).collect();
    Street { name: "保和街道".to_owned(), nodes, buildings, members, dictionary: dictionary() }
}

fn nodes() -> Vec<OrgNode> {
    let mut nodes = vec![node("s-1", None, Level::Street, "保和街道")];
    for (c, name) in COMMUNITIES.iter().enumerate() {
        nodes.push(node(&format!("c-{:02}", c + 1), Some("s-1"), Level::Community, name));
    }
    let mut micro = 0;
    for g in 0..GRIDS {
        let c = g * COMMUNITIES.len() / GRIDS;
        let first_of_community = (c * GRIDS).div_ceil(COMMUNITIES.len());
        let in_community = g - first_of_community + 1;
        let grid = format!("g-{:02}", g + 1);
        let short = COMMUNITIES[c].trim_end_matches("社区");
        nodes.push(node(&grid, Some(&format!("c-{:02}", c + 1)), Level::GeneralGrid, &format!("{short}第 {in_community} 网格")));
        // The first grids get one micro-grid more, so that the sum comes out.
        for m in 0..MICRO_GRIDS / GRIDS + usize::from(g < MICRO_GRIDS % GRIDS) {
            micro += 1;
            let name = format!("{short} {in_community}-{} 微网格", m + 1);
            nodes.push(node(&format!("w-{micro:03}"), Some(&grid), Level::MicroGrid, &name));
        }
    }
    for (p, name) in PARTNERS.iter().enumerate() {
        nodes.push(node(&format!("d-{:02}", p + 1), Some(&format!("c-{:02}", p + 1)), Level::DedicatedGrid, name));
    }
    nodes
}

fn of_level(nodes: &[OrgNode], level: Level) -> Vec<&OrgNode> {
    nodes.iter().filter(|n| n.level == level).collect()
}

/// Doors of each micro-grid: about 65, a bit more here and as much less next door.
fn doors(rng: &mut Rng) -> Vec<usize> {
    let mut doors: Vec<usize> = (0..MICRO_GRIDS).map(|i| DOORS / MICRO_GRIDS + usize::from(i < DOORS % MICRO_GRIDS)).collect();
    for pair in doors.chunks_exact_mut(2) {
        let shift = rng.below(29);
        pair[0] += shift;
        pair[1] -= shift;
    }
    doors
}

fn buildings(nodes: &[OrgNode], rng: &mut Rng) -> Vec<Building> {
    let mut buildings: Vec<Building> = Vec::new();
    let (mut courtyard, mut number, mut grid) = (0, 0, None);
    for (micro, doors) in of_level(nodes, Level::MicroGrid).into_iter().zip(doors(rng)) {
        if grid != micro.parent {
            grid = micro.parent.clone();
            courtyard += 1;
            number = 0;
        }
        let yard = COURTYARDS[courtyard % COURTYARDS.len()];
        for units in units(doors, rng) {
            number += 1;
            let id = format!("b-{:04}", buildings.len() + 1);
            buildings.push(building(id, &micro.id, format!("{yard} {number} 栋"), units));
        }
    }
    buildings
}

/// Walk-ups of six or seven floors with two doors each, two units to a building, until the doors are used up.
fn units(mut doors: usize, rng: &mut Rng) -> Vec<Vec<Unit>> {
    let floors = 6 + rng.below(2);
    let mut made: Vec<Vec<Unit>> = Vec::new();
    while doors > 0 {
        // A rest of a floor or two is no house of its own: it tops up the last unit.
        let count = if doors < floors * 2 + 6 { doors } else { floors * 2 };
        doors -= count;
        match made.last_mut() {
            Some(units) if units.len() < 2 => units.push(unit(units.len() + 1, count)),
            _ => made.push(vec![unit(1, count)]),
        }
    }
    made
}

fn people(nodes: &[OrgNode], buildings: &[Building], rng: &mut Rng) -> Vec<Person> {
    let (grids, micro) = (of_level(nodes, Level::GeneralGrid), of_level(nodes, Level::MicroGrid));
    let street = NodeId::from("s-1");
    let (team, grid, community) = (&micro[0].id, &grids[0].id, NodeId::from("c-01"));
    let mut people = vec![
        Person::new(Role::MicroWorker, team),
        Person::new(Role::MicroWorker, team),
        Person::new(Role::MicroLead, team),
        Person::new(Role::GridLead, grid).kinds(&[K::PartyMember]),
        Person::new(Role::CommunityOfficer, &community).kinds(&[K::PartyMember, K::Officer]),
        Person::new(Role::BuildingLeader, team).leads(&buildings[0].id),
        Person::new(Role::PropertyStaff, grid).kinds(&[K::PropertyStaff]),
        Person::new(Role::FamilyDoctor, &community).kinds(&[K::PartyMember]),
        Person::new(Role::StreetDispatcher, &street).kinds(&[K::PartyMember, K::Officer]),
        Person::new(Role::StreetAdmin, &street).kinds(&[K::PartyMember, K::Officer]),
        Person::new(Role::Auditor, &street).kinds(&[K::PartyMember, K::Officer]),
    ];
    for (n, grid) in grids.iter().enumerate().skip(1) {
        let kind = if n < SECRETARIES { K::PartyMember } else { K::Resident };
        people.push(Person::new(Role::GridLead, &grid.id).kinds(&[kind]));
    }
    for community in of_level(nodes, Level::Community).into_iter().skip(1) {
        people.push(Person::new(Role::CommunityOfficer, &community.id).kinds(&[K::PartyMember, K::Officer]));
        people.push(Person::new(Role::FamilyDoctor, &community.id).kinds(&[K::PartyMember]));
    }
    people
        .extend(of_level(nodes, Level::DedicatedGrid).into_iter().map(|d| Person::new(Role::AlliancePartner, &d.id).kinds(&[K::Resident])));
    people.push(Person::new(Role::StreetDispatcher, &street).kinds(&[K::PartyMember, K::Officer]));
    people.extend(micro.iter().skip(1).map(|m| Person::new(Role::MicroWorker, &m.id)));
    for grid in grids.iter().skip(1) {
        // One micro-grid of each grid has a lead of its own.
        if let Some(first) = micro.iter().find(|m| m.parent.as_ref() == Some(&grid.id)) {
            people.push(Person::new(Role::MicroLead, &first.id));
        }
    }
    for _ in 0..80 {
        let building = rng.pick(buildings);
        people.push(Person::new(Role::BuildingLeader, &building.node).leads(&building.id));
    }
    people.extend((0..90).map(|_| Person::new(Role::PropertyStaff, &rng.pick(&grids).id).kinds(&[K::PropertyStaff])));
    while people.len() < MEMBERS {
        people.push(Person::new(Role::MicroWorker, &rng.pick(&micro).id));
    }
    people
}

/// Everyone is of exactly one of the four groups; who has none yet gets one, so that the sums are those published.
fn give_kinds(people: &mut [Person], rng: &mut Rng) {
    let mut open: Vec<K> = Vec::new();
    for (kind, total) in KINDS {
        let have = people.iter().filter(|p| p.kinds.contains(&kind)).count();
        open.extend(std::iter::repeat_n(kind, total.saturating_sub(have)));
    }
    rng.shuffle(&mut open);
    for person in people.iter_mut().filter(|p| !KINDS.iter().any(|(kind, _)| p.kinds.contains(kind))) {
        person.kinds.extend(open.pop());
    }
    for person in people.iter_mut() {
        match rng.below(20) {
            0 => person.kinds.push(K::Veteran),
            1 => person.kinds.push(K::OwnersCommittee),
            _ => {}
        }
    }
}
