//! 代管: who leads may let a colleague do it, for a time, and nobody else.

use beehive_core::{
    MemberId, NodeId, Refusal,
    model::{Grant, Role},
    policy::{MAX_STAND_IN, Standing, leads_at, stand_in, without_stand_in},
    reference::{Level, Member, OrgNode, OrgTree},
};

const NOW: i64 = 1_795_161_600;
const WEEK: i64 = 7 * 86_400;

fn org() -> OrgTree {
    let node = |id: &str, parent: Option<&str>, level| OrgNode { id: id.into(), parent: parent.map(Into::into), level, name: id.into() };
    OrgTree::new(&[
        node("s", None, Level::Street),
        node("c", Some("s"), Level::Community),
        node("g-1", Some("c"), Level::GeneralGrid),
        node("w-1", Some("g-1"), Level::MicroGrid),
        node("w-2", Some("g-1"), Level::MicroGrid),
        node("g-2", Some("c"), Level::GeneralGrid),
        node("w-9", Some("g-2"), Level::MicroGrid),
    ])
}

fn grant(role: Role, node: &str) -> Grant {
    Grant { role, node: node.into(), buildings: vec![], from: None, until: None, on_behalf: None }
}

fn member(id: &str, grants: Vec<Grant>) -> Member {
    Member { id: id.into(), name: id.into(), kinds: vec![], grants }
}

#[test]
fn a_colleague_leads_for_a_week_and_no_longer() {
    let lead = member("lead", vec![grant(Role::MicroLead, "w-1"), grant(Role::MicroWorker, "w-1")]);
    let mut deputy = member("deputy", vec![grant(Role::MicroWorker, "w-2")]);
    let given = stand_in(&lead, &deputy, &org(), None, NOW + WEEK, NOW).unwrap();
    deputy.grants.extend(given);
    let leads_at = |at| Standing::of(&deputy, &org(), &NodeId::from("w-1"), at).has(Role::MicroLead);
    assert_eq!([leads_at(NOW - 1), leads_at(NOW), leads_at(NOW + WEEK - 1), leads_at(NOW + WEEK)], [false, true, true, false]);
    assert!(!Standing::of(&deputy, &org(), &NodeId::from("w-1"), NOW).has(Role::MicroWorker), "only what is led is handed over");
    // What was lent is not lent on, and goes back at a word.
    let third = member("third", vec![grant(Role::MicroWorker, "w-1")]);
    assert_eq!(stand_in(&deputy, &third, &org(), None, NOW + WEEK, NOW), Err(Refusal::NotYourRole));
    assert_eq!(without_stand_in(&deputy, &lead, None), vec![grant(Role::MicroWorker, "w-2")]);
    assert_eq!(without_stand_in(&deputy, &third, None).len(), 2);
}

/// Who leads two grids may have somebody stand in at one of them, or one after the other, and each ends by itself.
#[test]
fn one_of_two_grids_comes_and_goes_without_the_other() {
    let lead = member("lead", vec![grant(Role::MicroLead, "w-1"), grant(Role::MicroLead, "w-2"), grant(Role::MicroWorker, "w-1")]);
    assert_eq!(leads_at(&lead, NOW), [NodeId::from("w-1"), NodeId::from("w-2")]);
    let mut deputy = member("deputy", vec![grant(Role::MicroWorker, "w-2")]);
    for node in ["w-1", "w-2"].map(NodeId::from) {
        let given = stand_in(&lead, &deputy, &org(), Some(&node), NOW + WEEK, NOW).unwrap();
        deputy.grants = without_stand_in(&deputy, &lead, Some(&node));
        deputy.grants.extend(given);
    }
    let stands_in = |d: &Member| d.grants.iter().filter(|g| g.on_behalf.is_some()).map(|g| g.node.to_string()).collect::<Vec<_>>();
    assert_eq!(stands_in(&deputy), ["w-1", "w-2"]);
    deputy.grants = without_stand_in(&deputy, &lead, Some(&"w-1".into()));
    assert_eq!(stands_in(&deputy), ["w-2"]);
    // What one is lent is not one's own to lead.
    assert!(leads_at(&deputy, NOW).is_empty());
}

#[test]
fn only_of_ones_own_and_only_to_the_same_grid() {
    let lead = member("lead", vec![grant(Role::GridLead, "g-1")]);
    let near = member("near", vec![grant(Role::MicroWorker, "w-2")]);
    let far = member("far", vec![grant(Role::MicroWorker, "w-9")]);
    let partner = member("partner", vec![grant(Role::AlliancePartner, "c"), grant(Role::BuildingLeader, "w-1")]);
    let officer = member("officer", vec![grant(Role::CommunityOfficer, "c")]);
    let ask = |from: &Member, to: &Member, node: Option<&str>, until| {
        stand_in(from, to, &org(), node.map(NodeId::from).as_ref(), until, NOW).map(|g| g.len())
    };
    assert_eq!(ask(&lead, &near, None, NOW + WEEK), Ok(1));
    assert_eq!(ask(&lead, &near, Some("w-1"), NOW + WEEK), Ok(1), "a part of it");
    assert_eq!(ask(&lead, &near, Some("w-9"), NOW + WEEK), Err(Refusal::NotYourRole), "another's grid");
    assert_eq!(ask(&lead, &officer, None, NOW + WEEK), Ok(1));
    for stranger in [&far, &partner, &lead] {
        assert_eq!(ask(&lead, stranger, None, NOW + WEEK), Err(Refusal::NotAColleague), "{}", stranger.id);
    }
    assert_eq!(ask(&near, &lead, None, NOW + WEEK), Err(Refusal::NotYourRole), "who leads nothing hands nothing over");
    for until in [NOW, NOW - 1, NOW + MAX_STAND_IN + 1, i64::MAX] {
        assert_eq!(ask(&lead, &near, None, until), Err(Refusal::StandInTime));
    }
    assert_eq!(ask(&officer, &near, None, NOW + WEEK), Ok(1));
}

#[test]
fn nobody_hands_over_more_time_than_they_have() {
    let mut short = grant(Role::GridLead, "g-1");
    short.until = Some(NOW + 100);
    let lead = member("lead", vec![short]);
    let near = member("near", vec![grant(Role::MicroWorker, "w-2")]);
    let given = stand_in(&lead, &near, &org(), None, NOW + WEEK, NOW).unwrap();
    assert_eq!((given[0].until, given[0].on_behalf.clone()), (Some(NOW + 100), Some(MemberId::from("lead"))));
}
