//! Who may do what: every action × every role × every relation to a matter, in every state a matter can be in. The answers are written out in
//! `docs/roles.md`, for people to read and object to; a change of policy shows as a change of that page. `BEEHIVE_BLESS=1` writes it anew.

mod support;

use beehive_core::{
    Action, EventBody, MemberId, NodeId, PlaceId, Refusal, Scalar,
    action::MAX_NOTE,
    model::{
        Answer, Assignment, EffectAnswer, FactValue, Grant, Helped, Mark, Matter, Outside, Path, Place, RecordKind, Role, Status, field,
    },
    policy::{Standing, judge, offers, sees},
    reference::{Level, Member, OrgNode, OrgTree},
};
use std::{collections::BTreeSet, fmt::Write as _, path::PathBuf};
use support::{T0, actor, events::every_event};

const ME: &str = "m-me";
const OTHER: &str = "m-other";

/// What a member has to do with a matter, besides their role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    /// Nothing: another's matter, in another building.
    None,
    /// Recorded it.
    Recorded,
    /// It was given to them.
    Given,
    /// They help who it was given to.
    Helps,
    /// It is in a building they lead.
    OwnBuilding,
    /// They resolved it.
    Solved,
    /// They raised the same and joined it.
    Joined,
}

const RELATIONS: [(Relation, &str); 7] = [
    (Relation::None, ""),
    (Relation::Recorded, "记"),
    (Relation::Given, "办"),
    (Relation::Helps, "协"),
    (Relation::OwnBuilding, "楼"),
    (Relation::Solved, "结"),
    (Relation::Joined, "同"),
];

fn standing(role: Role, node: &str, until: Option<i64>) -> Standing {
    let node_of = |id: &str, parent: Option<&str>| OrgNode {
        id: id.into(),
        parent: parent.map(Into::into),
        level: Level::MicroGrid,
        name: id.into(),
    };
    let org = OrgTree::new(&[node_of("street", None), node_of("mg-1", Some("street")), node_of("mg-2", Some("street"))]);
    let buildings = if role == Role::BuildingLeader { vec![PlaceId::from("b-own")] } else { vec![] };
    let grant = Grant { role, node: node.into(), buildings, from: None, until, on_behalf: None };
    let member = Member { grants: vec![grant], ..member() };
    Standing::of(&member, &org, &NodeId::from("mg-1"), T0)
}

fn member() -> Member {
    Member { id: ME.into(), name: "王阿姨".into(), kinds: vec![], grants: vec![] }
}

fn mark() -> Mark {
    Mark { event: "e".into(), at: T0 }
}

/// A matter in every state that makes a difference to anybody.
fn states() -> Vec<Matter> {
    let new = Matter::outline(beehive_core::DocId([1; 16]), RecordKind::Demand, "mg-1".into(), T0, OTHER.into());
    let on = |status, path| Matter { status, path, accepted: path.map(|_| mark()), ..new.clone() };
    let given = |m: Matter, answer| Matter {
        assignment: Some(Assignment { to: OTHER.into(), help: vec![], due: None, answer, promised: None }),
        assignees: vec![OTHER.into()],
        ..m
    };
    let outside =
        Outside { to: "区城管局".into(), number: String::new(), since: mark(), answered: false, contacted: None, contact_by: None };
    let done =
        |status| Matter { solvers: vec![OTHER.into()], resolved: Some(mark()), ..given(on(status, Some(Path::Now)), Answer::Accepted) };
    let helped = EffectAnswer { asking: "person".into(), helped: Helped::Yes, mark: mark() };
    vec![
        on(Status::Reported, None),
        on(Status::Returned, None),
        on(Status::Accepted, Some(Path::Now)),
        given(on(Status::Accepted, Some(Path::Now)), Answer::Pending),
        given(on(Status::Working, Some(Path::Coordinate)), Answer::Accepted),
        given(Matter { outside: Some(outside), ..on(Status::Working, Some(Path::Track)) }, Answer::Declined),
        given(Matter { extended: Some(T0), ..on(Status::Working, Some(Path::Now)) }, Answer::Accepted),
        Matter { suspended: Some(mark()), ..on(Status::Suspended, Some(Path::Now)) },
        done(Status::Disputed),
        done(Status::Resolved),
        Matter { effects: vec![helped], helped: Some(Helped::Yes), ..done(Status::Resolved) },
        done(Status::Closed),
        on(Status::Declined, None),
        Matter { merged_into: Some(beehive_core::DocId([2; 16])), ..on(Status::Merged, None) },
        on(Status::Withdrawn, None),
    ]
}

fn placed(mut matter: Matter, building: &str) -> Matter {
    let place = Place { building: Some(building.into()), ..Place::default() };
    for (name, value) in [(field::PLACE, place.to_scalar()), (field::TITLE, "门禁坏了".to_owned())] {
        matter.facts.insert(name.to_owned(), vec![FactValue { value: Scalar::Str(value), actor: actor(1), at: T0 }]);
    }
    matter
}

fn related(matter: Matter, relation: Relation) -> Matter {
    let me = || MemberId::from(ME);
    let mut m = placed(matter, if relation == Relation::OwnBuilding { "b-own" } else { "b-else" });
    match relation {
        Relation::None | Relation::OwnBuilding => {}
        Relation::Recorded => m.created_by = me(),
        Relation::Joined => m.joined = vec![me()],
        Relation::Given => {
            let answer = m.assignment.as_ref().map_or(Answer::Pending, |a| a.answer);
            m.assignment = Some(Assignment { to: me(), help: vec![], due: None, answer, promised: None });
            m.assignees = vec![me()];
        }
        Relation::Helps => {
            let answer = m.assignment.as_ref().map_or(Answer::Pending, |a| a.answer);
            m.assignment = Some(Assignment { to: OTHER.into(), help: vec![me()], due: None, answer, promised: None });
            m.assignees = vec![OTHER.into(), me()];
        }
        Relation::Solved => {
            m.solvers = vec![me()];
            m.assignees = vec![me()];
        }
    }
    m
}

/// Every action, each as a person would fill it in, by the name of its row.
fn actions() -> Vec<(String, Vec<Action>)> {
    let mut rows: Vec<(String, Vec<Action>)> =
        RecordKind::ALL.iter().map(|kind| (format!("create {}", kind.code()), vec![Action::Create { kind: *kind }])).collect();
    rows.push(("edit a fact".into(), vec![Action::EditFact { field: field::DETAIL.into(), value: Some("二楼".into()) }]));
    for body in every_event(T0) {
        let code = body.code().to_owned();
        // Who resolves says that it was they.
        let body = match body {
            EventBody::Resolve { by: Some(_), note } => EventBody::Resolve { by: Some(ME.into()), note },
            EventBody::Join { by: Some(_), note, asker } => EventBody::Join { by: Some(ME.into()), note, asker },
            body => body,
        };
        match rows.iter_mut().find(|(name, _)| *name == code) {
            Some((_, samples)) => samples.push(Action::Event(body)),
            None => rows.push((code, vec![Action::Event(body)])),
        }
    }
    rows
}

fn allowed(who: &Standing, action: &Action, matter: &Matter) -> bool {
    let created = |kind| Matter { kind, ..matter.clone() };
    match action {
        Action::Create { kind } => judge(who, action, &created(*kind)).is_ok(),
        action => judge(who, action, matter).is_ok(),
    }
}

/// `●` whoever they are to the matter, `－` never, else the relations with which they may.
fn cell(role: Role, samples: &[Action], states: &[Matter]) -> String {
    let who = standing(role, "mg-1", None);
    let may = |relation| states.iter().any(|s| samples.iter().any(|a| allowed(&who, a, &related(s.clone(), relation))));
    let yes: BTreeSet<Relation> = RELATIONS.iter().map(|(r, _)| *r).filter(|r| may(*r)).collect();
    if yes.contains(&Relation::None) {
        let not: String = RELATIONS.iter().filter(|(r, _)| !yes.contains(r)).map(|(_, sign)| *sign).collect();
        return if not.is_empty() { "●".into() } else { format!("● 非{not}") };
    }
    let signs: String = RELATIONS.iter().filter(|(r, _)| yes.contains(r)).map(|(_, sign)| *sign).collect();
    if signs.is_empty() { "－".into() } else { signs }
}

fn page() -> String {
    let states = states();
    let mut out = String::from(
        "# Who may do what\n\n\
         Generated from the policy by `crates/core/tests/roles.rs`, which fails when this page and the code differ; the rules in words: [domain.md](domain.md).\n\n\
         ## By role and by what they have to do with the matter\n\n\
         `●` whoever they are to it (`非…`: but not with that relation), `－` never. Else only who: 记 recorded it, 办 was given it, 协 helps with it, 楼 leads its building,\n\
         结 resolved it, 同 raised the same and joined it. In a state that admits it; always inside the grid and the time of the grant, nothing outside.\n\n",
    );
    let heads: Vec<&str> = Role::ALL.iter().map(|r| r.code()).collect();
    let _ = writeln!(out, "| action | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for (name, samples) in actions() {
        let cells: Vec<String> = Role::ALL.iter().map(|r| cell(*r, &samples, &states)).collect();
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    }
    out.push_str(
        "\n## By where the matter stands\n\nFor a grid lead who recorded it (`●`), or was given it (`办`), and did not resolve it.\n\n",
    );
    let heads: Vec<&str> = Status::ALL.iter().map(|s| s.code()).collect();
    let _ = writeln!(out, "| action | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    let lead = standing(Role::GridLead, "mg-1", None);
    for (name, samples) in actions().into_iter().skip(3) {
        let may = |status: &Status, relation| {
            let here = states.iter().filter(|s| s.status == *status);
            here.into_iter().any(|s| samples.iter().any(|a| allowed(&lead, a, &related(s.clone(), relation))))
        };
        let sign = |status: &Status| match (may(status, Relation::Recorded), may(status, Relation::Given)) {
            (true, _) => "●",
            (false, true) => "办",
            _ => "－",
        };
        let cells: Vec<&str> = Status::ALL.iter().map(sign).collect();
        let _ = writeln!(out, "| {name} | {} |", cells.join(" | "));
    }
    out
}

#[test]
fn the_page_of_roles_is_what_the_policy_does() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/roles.md");
    let now = page();
    if std::env::var_os("BEEHIVE_BLESS").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    let documented = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(documented, now, "policy and docs/roles.md differ; if the new policy is meant, BEEHIVE_BLESS=1 writes the page");
}

/// Every role, relation and state, with what is judged there.
fn everywhere(mut look: impl FnMut(Role, Relation, &Standing, &Matter)) {
    for role in Role::ALL {
        let who = standing(*role, "mg-1", None);
        for (relation, _) in RELATIONS {
            for state in states() {
                look(*role, relation, &who, &related(state, relation));
            }
        }
    }
}

#[test]
fn what_is_offered_is_what_is_allowed() {
    let rows = actions();
    everywhere(|role, relation, who, matter| {
        let offered: BTreeSet<&str> = offers(who, matter).into_iter().collect();
        for (name, samples) in rows.iter().skip(4) {
            let may = samples.iter().any(|a| allowed(who, a, matter));
            assert_eq!(offered.contains(name.as_str()), may, "{name} by {} ({relation:?}) when {}", role.code(), matter.status.code());
        }
    });
}

#[test]
fn nobody_acts_outside_their_grid_or_after_their_time() {
    for role in Role::ALL {
        for who in [standing(*role, "mg-2", None), standing(*role, "mg-1", Some(T0))] {
            for (relation, _) in RELATIONS {
                for matter in states().into_iter().map(|s| related(s, relation)) {
                    assert!(!sees(&who, &matter));
                    for action in actions().into_iter().flat_map(|(_, samples)| samples) {
                        assert_eq!(judge(&who, &action, &matter), Err(Refusal::NotYourScope));
                    }
                }
            }
        }
    }
}

#[test]
fn nobody_acts_on_what_they_may_not_see() {
    everywhere(|role, relation, who, matter| {
        if !sees(who, matter) {
            assert_eq!(offers(who, matter), Vec::<&str>::new(), "{} ({relation:?})", role.code());
        }
    });
    for role in [Role::AlliancePartner, Role::StreetAdmin, Role::Auditor] {
        everywhere(|r, _, who, matter| assert!(r != role || !sees(who, matter)));
    }
}

#[test]
fn nobody_says_of_their_own_work_that_it_helped() {
    everywhere(|role, relation, who, matter| {
        if relation == Relation::Solved {
            let may = offers(who, matter);
            assert!(!may.contains(&"effect"), "{}", role.code());
            let lone = may.contains(&"close") && !who.decides();
            assert!(!lone, "{}", role.code());
        }
    });
}

#[test]
fn a_reason_is_asked_where_a_person_will_want_one() {
    let lead = standing(Role::GridLead, "mg-1", None);
    let reasons =
        ["return", "decline", "decline_assignment", "extend", "suspend", "dispute", "reopen", "unmerge", "hand_up", "supplement", "step"];
    for state in states() {
        let matter = related(state, Relation::Given);
        for body in every_event(T0).iter().filter(|b| reasons.contains(&b.code())) {
            if judge(&lead, &Action::Event(body.clone()), &matter).is_ok() {
                let mut bare = body.clone();
                *bare.note_mut() = "  ".into();
                assert_eq!(judge(&lead, &Action::Event(bare), &matter), Err(Refusal::NoteMissing), "{}", body.code());
                let mut long = body.clone();
                *long.note_mut() = "长".repeat(MAX_NOTE + 1);
                assert_eq!(judge(&lead, &Action::Event(long), &matter), Err(Refusal::TooLong), "{}", body.code());
            }
        }
    }
}
