//! What a member's duties were at a moment that is past.

use beehive_core::{
    NodeId,
    model::{Grant, Role},
    policy::{Duty, PastDuties, PastPlace},
    reference::{Level, Member, OrgNode},
};

fn node(id: &str, parent: Option<&str>) -> OrgNode {
    let parent = parent.map(Into::into);
    OrgNode { id: id.into(), parent, level: Level::MicroGrid, name: id.into() }
}

fn duty(node: &str, opened_at: i64, ended_at: Option<i64>) -> Duty {
    let role = Role::MicroWorker;
    let grant = Grant { role, node: node.into(), buildings: vec![], from: None, until: None, on_behalf: None };
    Duty { grant, opened_at, opened_by: "grant".into(), ended_at, ended_by: ended_at.map(|_| "ungrant".into()) }
}

fn past(duties: &[Duty], places: Vec<PastPlace>) -> PastDuties {
    let member = Member { id: "m-1".into(), name: "王秀英".into(), kinds: vec![], grants: vec![] };
    let nodes = [node("s", None), node("g-2", Some("s")), node("w-1", Some("g-2"))];
    PastDuties::new(&member, duties, &nodes, places)
}

#[test]
fn a_duty_given_and_taken_back_within_one_second_was_one() {
    let scope = NodeId::from("w-1");
    let brief = past(&[duty("w-1", 100, Some(100))], vec![]);
    assert_eq!(brief.standings(&scope, 100, 100).len(), 1, "the phone that sends in that very second");
    assert_eq!(brief.standings(&scope, 100, 500).len(), 1);
    assert!(brief.reached(&scope, 100) && !brief.reached(&scope, 101));
    assert!(past(&[], vec![]).standings(&scope, 100, 500).is_empty());
}

#[test]
fn a_grid_moved_on_within_one_second_hung_there() {
    let scope = NodeId::from("w-1");
    let place = PastPlace { node: scope.clone(), parent: Some("g-1".into()), from: 100, until: 100 };
    let mut lead = past(&[duty("g-1", 1, None)], vec![place]);
    assert_eq!(lead.standings(&scope, 100, 500).len(), 1);
    lead = past(&[duty("g-1", 1, None)], vec![]);
    assert!(lead.standings(&scope, 100, 500).is_empty());
}
