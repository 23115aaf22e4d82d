//! Thousands of random histories of people who know nothing of each other: the fold gives a state for each, the same for every order of
//! delivery, and nothing that is asked about that state panics.

mod support;

use beehive_campaign::Portion;
use beehive_core::{
    ActorId, Document, EventBody, History, MemberId, NodeId, Rules, Write, clock,
    document::NewRecord,
    effect, fold,
    model::{Grant, Matter, NeedsEyesReason, RecordKind, Role, Status},
    policy::{self, Standing},
    reference::{Level, Member, OrgNode, OrgTree},
    turn,
};
use rand::{RngExt, rngs::SmallRng};
use std::collections::BTreeSet;
use support::{T0, actor, events::any_event, rng, shuffled};

/// Four phones, a dozen events, hearing of each other now and then.
fn history(rng: &mut SmallRng) -> Vec<Vec<u8>> {
    let record = NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    let title = Write::Fact { field: "title".into(), value: "楼道灯不亮".into() };
    let (first, change) = Document::create(actor(0), T0, &record, &[title]).unwrap();
    let mut phones = vec![first; 4];
    let mut all = vec![change.bytes];
    for round in 1..rng.random_range(3..14) {
        let who = rng.random_range(0..phones.len());
        if rng.random_bool(0.5) {
            let from = rng.random_range(0..phones.len());
            for (hash, bytes) in phones[from].changes() {
                if !phones[who].history().contains(&hash) {
                    phones[who].admit(&bytes).unwrap();
                }
            }
        }
        // Clocks of different phones differ by hours.
        let at = T0 + round * 3_600 + rng.random_range(0..7_200);
        let events: Vec<Write> = (0..rng.random_range(1..3)).map(|_| Write::Event(any_event(rng, at))).collect();
        all.push(phones[who].write(actor(who as u8), at, &events).unwrap().unwrap().bytes);
    }
    all
}

fn folded(changes: &[Vec<u8>]) -> Matter {
    let mut history = History::new();
    for bytes in changes {
        history.admit(bytes).unwrap();
    }
    fold(&history).unwrap()
}

fn standings() -> Vec<Standing> {
    let node = |id: &str, parent: Option<&str>, level| OrgNode { id: id.into(), parent: parent.map(NodeId::from), level, name: id.into() };
    let tree = OrgTree::new(&[node("gg", None, Level::GeneralGrid), node("mg-1", Some("gg"), Level::MicroGrid)]);
    let one = |id: &str, role| {
        let grant = Grant { role, node: "gg".into(), buildings: vec![], from: None, until: None, on_behalf: None };
        let member = Member { id: id.into(), name: id.into(), kinds: vec![], grants: vec![grant] };
        Standing::of(&member, &tree, &"mg-1".into(), T0)
    };
    Role::ALL.iter().flat_map(|role| [one("m-1", *role), one("m-7", *role), one("m-9", *role)]).collect()
}

/// What must hold of any state, however it came about.
fn check(matter: &Matter, rules: &Rules, standings: &[Standing]) {
    let known: BTreeSet<&str> = matter.timeline.iter().map(|e| e.id.as_str()).collect();
    for eyes in &matter.needs_eyes {
        assert!(eyes.events.len() >= 2 && eyes.events.iter().all(|e| known.contains(e.as_str())), "{eyes:?}");
        assert!(!eyes.reason.settled_by().is_empty());
    }
    let doubt = [NeedsEyesReason::TwoOutcomes, NeedsEyesReason::ClosedWhileWorked];
    if matter.needs_eyes.iter().any(|n| doubt.contains(&n.reason)) {
        assert!(matter.status.is_open(), "who disagrees about the end keeps it open: {:?}", matter.status);
    }
    assert_eq!(matter.merged_into.is_some(), matter.status == Status::Merged);
    assert!(matter.effects.is_empty() || matter.status.is_done());
    assert!(matter.rested >= 0);
    let received = |event: &str| event.len().is_multiple_of(2).then_some(T0 + 90_000);
    let deadlines = clock::deadlines(matter, rules, &received);
    assert!(deadlines.is_sorted_by_key(|d| d.at));
    let _ = (clock::escalated_to(deadlines.first(), rules, T0 + 1_000_000), effect::askings(matter, rules, &received));
    // What the projection keeps is enough to ask the same questions.
    let outline: Matter = serde_json::from_str(&serde_json::to_string(matter).unwrap()).unwrap();
    assert_eq!(clock::deadlines(&outline, rules, &received), deadlines);
    for standing in standings {
        let offers = policy::offers(standing, matter);
        assert_eq!(policy::offers(standing, &Matter { facts: matter.facts.clone(), ..outline.clone() }), offers);
        if let Some(code) = turn::primary(standing, matter, rules, T0 + 50_000, &received) {
            assert!(offers.contains(&code), "whose turn it is may do it: {code}");
        }
    }
}

/// What a run of histories has come to.
type Reached = (BTreeSet<Status>, BTreeSet<NeedsEyesReason>);

fn many(seed: u64, count: u64) -> Reached {
    let (mut rng, rules, standings) = (rng(seed), Rules::default(), standings());
    let (mut statuses, mut reasons) = Reached::default();
    for n in 0..count {
        let changes = history(&mut rng);
        let matter = folded(&changes);
        for _ in 0..2 {
            assert_eq!(folded(&shuffled(&mut rng, &changes)), matter, "another order of delivery, another state");
        }
        if n % 10 == 0 {
            check(&matter, &rules, &standings);
        }
        statuses.insert(matter.status);
        reasons.extend(matter.needs_eyes.iter().map(|n| n.reason));
    }
    (statuses, reasons)
}

#[test]
fn every_order_of_delivery_gives_the_same_state() {
    let portion = Portion::or(1, 6_000);
    let half = portion.share(2);
    let (one, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| many(portion.seed + half, half));
        (many(portion.seed, half), other.join().expect("it holds on the other thread"))
    });
    let (statuses, reasons): Reached = (&one.0 | &other.0, &one.1 | &other.1);
    // The histories are worth something only if they reach everything; a handful of them cannot.
    if portion.cases >= 6_000 {
        assert_eq!(statuses.len(), Status::ALL.len(), "{statuses:?}");
        assert_eq!(reasons.len(), 8, "{reasons:?}");
    }
    portion.report(2 * half);
}

#[test]
fn an_event_of_a_newer_version_is_kept_and_skipped() {
    let record = NewRecord { kind: RecordKind::Finding, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    let title = Write::Fact { field: "title".into(), value: "楼道灯不亮".into() };
    let (mut doc, _) = Document::create(ActorId([1; 8]), T0, &record, &[title]).unwrap();
    let before = doc.matter().unwrap();
    doc.write(ActorId([1; 8]), T0 + 1, &[Write::Event(EventBody::Urge { note: String::new() })]).unwrap();
    let after = doc.matter().unwrap();
    assert_eq!((after.status, after.urged, after.timeline.len()), (before.status, 1, 1));
    assert_eq!(EventBody::from_scalar(&r#"{"t":"from_the_future","x":1}"#.into()), None);
}
