//! The whole life of a matter, as people rely on it: every step, every pair that cannot both hold.

mod support;

use beehive_core::{
    Action, DocId, Document, EventBody, MemberId, NodeId, Refusal, Rules, Write,
    action::Party,
    clock,
    document::NewRecord,
    model::{Answer, Grant, Helped, Matter, NeedsEyesReason, Path, RecordKind, Role, Status},
    policy::{self, Standing},
    reference::{Level, Member, OrgNode, OrgTree},
};
use support::{T0, actor};

fn new_doc() -> Document {
    let record = NewRecord { kind: RecordKind::Demand, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") };
    Document::create(actor(1), T0, &record, &[Write::Fact { field: "title".into(), value: "门禁坏了".into() }]).unwrap().0
}

fn note() -> String {
    "说明".to_owned()
}

fn accept(path: Path) -> EventBody {
    EventBody::Accept { path, note: note() }
}

fn assign(to: &str) -> EventBody {
    EventBody::Assign { to: to.into(), help: vec![], due: None, note: String::new() }
}

fn resolve() -> EventBody {
    EventBody::Resolve { by: Some("m-7".into()), note: note() }
}

fn effect(asking: &str, helped: Helped) -> EventBody {
    EventBody::Effect { asking: asking.into(), helped, note: note() }
}

fn suspend() -> EventBody {
    EventBody::Suspend { until: None, note: note() }
}

/// One after the other, each by somebody who has seen all before, an hour apart.
fn after(doc: &mut Document, events: &[EventBody]) -> Matter {
    for (n, event) in events.iter().enumerate() {
        let at = T0 + (doc.history().len() as i64) * 3_600;
        doc.write(actor(n as u8 % 5), at, &[Write::Event(event.clone())]).unwrap().unwrap();
    }
    doc.matter().unwrap()
}

fn life(events: &[EventBody]) -> Matter {
    after(&mut new_doc(), events)
}

/// Two who know `before` each do something, not knowing of the other.
fn at_once(before: &[EventBody], one: EventBody, other: EventBody) -> Matter {
    let mut a = new_doc();
    after(&mut a, before);
    let mut b = a.clone();
    a.write(actor(11), T0 + 100_000, &[Write::Event(one)]).unwrap();
    let (_, bytes) = {
        b.write(actor(12), T0 + 100_000, &[Write::Event(other)]).unwrap();
        b.changes().pop().unwrap()
    };
    a.admit(&bytes).unwrap();
    a.matter().unwrap()
}

fn reasons(m: &Matter) -> Vec<NeedsEyesReason> {
    m.needs_eyes.iter().map(|n| n.reason).collect()
}

#[test]
fn sent_back_completed_and_taken() {
    let returned = EventBody::Return { note: "是哪个单元？".into() };
    let m = life(std::slice::from_ref(&returned));
    assert_eq!(m.status, Status::Returned);
    let m = life(&[returned.clone(), EventBody::Supplement { note: "二单元".into() }]);
    assert_eq!(m.status, Status::Reported);
    let m = life(&[returned, EventBody::Supplement { note: "二单元".into() }, accept(Path::Now)]);
    assert_eq!((m.status, m.path), (Status::Accepted, Some(Path::Now)));
}

#[test]
fn given_taken_declined_and_promised() {
    let start = [accept(Path::Now), assign("m-7")];
    let of = |m: &Matter| m.assignment.clone().unwrap();
    assert_eq!(of(&life(&start)).answer, Answer::Pending);
    let mut events = start.to_vec();
    events.push(EventBody::DeclineAssignment { note: "在外地".into() });
    assert_eq!(of(&life(&events)).answer, Answer::Declined);
    // Given to somebody else, the old answer means nothing any more.
    events.push(assign("m-8"));
    let m = life(&events);
    assert_eq!((of(&m).to, of(&m).answer), (MemberId::from("m-8"), Answer::Pending));
    events.push(EventBody::Promise { due: T0 + 90_000, note: String::new() });
    let m = life(&events);
    assert_eq!((of(&m).answer, of(&m).promised, m.status), (Answer::Accepted, Some(T0 + 90_000), Status::Working));
}

#[test]
fn more_time_is_given_for_one_path_only() {
    let extend = EventBody::Extend { until: T0 + 500_000, note: note() };
    let mut events = vec![accept(Path::Coordinate), extend];
    assert_eq!(life(&events).extended, Some(T0 + 500_000));
    events.push(accept(Path::Track));
    assert_eq!(life(&events).extended, None);
}

#[test]
fn a_rest_stops_the_clocks_for_as_long_as_it_lasts() {
    let mut events = vec![accept(Path::Now), suspend()];
    let m = life(&events);
    assert_eq!((m.status, m.suspended.is_some(), m.rested), (Status::Suspended, true, 0));
    events.push(EventBody::Resume { note: String::new() });
    let m = life(&events);
    assert_eq!((m.status, m.suspended, m.rested), (Status::Accepted, None, 3_600));
}

#[test]
fn coordinated_twice_in_vain_then_handed_up_answered_and_back_again() {
    let meet = |agreed| EventBody::Coordinate {
        at: T0,
        parties: vec![Party { name: "物业".into(), promise: "换锁".into() }],
        agreed,
        note: note(),
    };
    let mut events = vec![accept(Path::Coordinate), meet(false), meet(false)];
    let m = life(&events);
    assert_eq!((m.failed_meetings, m.met.is_some(), m.status), (2, true, Status::Working));
    events.push(accept(Path::Track));
    assert_eq!(life(&events).failed_meetings, 0);
    events.push(EventBody::HandUp { to: "区住建局".into(), number: String::new(), contact_by: None, note: note() });
    events.push(EventBody::Contact { next: Some(T0 + 900_000), note: note() });
    events.push(EventBody::Answered { number: "ZJ-1".into(), note: note() });
    let outside = life(&events).outside.unwrap();
    assert_eq!((outside.number.as_str(), outside.answered, outside.contact_by), ("ZJ-1", true, Some(T0 + 900_000)));
    events.push(resolve());
    events.push(effect("person", Helped::Yes));
    events.push(effect("time", Helped::No));
    let m = life(&events);
    assert_eq!((m.status, m.reopened, m.helped), (Status::Working, 1, Some(Helped::No)));
}

#[test]
fn it_helped_and_is_closed_objected_to_and_settled() {
    let mut events = vec![accept(Path::Now), resolve(), effect("person", Helped::Partly), effect("place", Helped::Yes)];
    let m = life(&events);
    assert_eq!((m.status, m.helped, m.effects.len(), m.solvers), (Status::Resolved, Some(Helped::Partly), 2, vec!["m-7".into()]));
    events.push(EventBody::Close { note: String::new() });
    assert_eq!(life(&events).status, Status::Closed);
    events.push(EventBody::Dispute { note: "又坏了一次".into() });
    let m = life(&events);
    assert_eq!((m.status, m.status.is_open(), m.resolved), (Status::Disputed, true, None));
    let mut heard = events.clone();
    heard.push(EventBody::Close { note: "已当面说明".into() });
    assert_eq!(life(&heard).status, Status::Closed);
    events.push(EventBody::Reopen { note: note() });
    assert_eq!(life(&events).status, Status::Working);
    // Answers belong to the end they were given to.
    events.push(resolve());
    let m = life(&events);
    assert_eq!((m.status, m.effects.len()), (Status::Resolved, 0));
}

#[test]
fn merged_and_parted_again() {
    let into = DocId([9; 16]);
    let merge = EventBody::Merge { into, note: String::new() };
    let m = life(std::slice::from_ref(&merge));
    assert_eq!((m.status, m.merged_into), (Status::Merged, Some(into)));
    let m = life(&[merge, EventBody::Unmerge { note: "不是一回事".into() }]);
    assert_eq!((m.status, m.merged_into), (Status::Reported, None));
}

#[test]
fn urging_is_counted_until_it_ends() {
    let urge = EventBody::Urge { note: String::new() };
    assert_eq!(life(&[urge.clone(), urge.clone()]).urged, 2);
    assert_eq!(life(&[urge.clone(), urge, resolve(), EventBody::Reopen { note: note() }]).urged, 0);
}

#[test]
fn what_cannot_both_hold_stays_open_and_says_why() {
    use NeedsEyesReason::*;
    let taken = [accept(Path::Now), assign("m-7")];
    let decline = EventBody::DeclineAssignment { note: note() };
    let extend = |until| EventBody::Extend { until, note: note() };
    let merge = |n| EventBody::Merge { into: DocId([n; 16]), note: String::new() };
    let back = EventBody::Return { note: note() };
    let cases: Vec<(&[EventBody], EventBody, EventBody, NeedsEyesReason)> = vec![
        (&[], accept(Path::Now), accept(Path::Track), TwoPaths),
        (&[], assign("m-7"), assign("m-8"), TwoAssignments),
        (&[], back.clone(), accept(Path::Now), ReturnedWhileTaken),
        (&taken, EventBody::AcceptAssignment { note: String::new() }, decline, TwoAnswers),
        (&taken, extend(T0 + 1), extend(T0 + 2), TwoExtensions),
        (&taken, resolve(), back, ClosedWhileWorked),
        (&taken, resolve(), merge(7), TwoOutcomes),
        (&taken, merge(7), merge(8), TwoOutcomes),
        (&taken, merge(7), EventBody::Step { note: note() }, ClosedWhileWorked),
        (&[], EventBody::Decline { note: note() }, accept(Path::Now), ClosedWhileWorked),
        (&[], EventBody::Decline { note: note() }, EventBody::Supplement { note: note() }, ClosedWhileWorked),
    ];
    for (before, one, other, reason) in cases {
        for (one, other) in [(one.clone(), other.clone()), (other.clone(), one.clone())] {
            let m = at_once(before, one.clone(), other.clone());
            assert_eq!(reasons(&m), [reason], "{one:?} beside {other:?}");
            assert!(m.status.is_open(), "{one:?} beside {other:?}: {:?}", m.status);
        }
    }
    let rested = [accept(Path::Now), suspend()];
    let m = at_once(&rested, suspend(), EventBody::Resume { note: String::new() });
    assert_eq!((reasons(&m), m.status), (vec![RestedWhileWorked], Status::Accepted));
    let ended = [accept(Path::Now), resolve()];
    let m = at_once(&ended, EventBody::Close { note: String::new() }, effect("person", Helped::No));
    assert_eq!((reasons(&m), m.status.is_open()), (vec![ClosedWhileWorked], true));
    let m = at_once(&taken, extend(T0 + 9), extend(T0 + 5));
    assert_eq!(m.extended, Some(T0 + 5), "the earlier date is the cautious one");
}

#[test]
fn what_can_both_hold_needs_nobody() {
    let taken = [accept(Path::Now), assign("m-7")];
    let quiet = [
        (resolve(), EventBody::Step { note: note() }, Status::Resolved),
        (resolve(), EventBody::Urge { note: String::new() }, Status::Resolved),
        (resolve(), EventBody::Supplement { note: note() }, Status::Resolved),
        (resolve(), resolve(), Status::Resolved),
        (EventBody::Step { note: note() }, EventBody::Promise { due: T0 + 9, note: String::new() }, Status::Working),
    ];
    for (one, other, status) in quiet {
        let m = at_once(&taken, one.clone(), other.clone());
        assert_eq!((reasons(&m), m.status), (vec![], status), "{one:?} beside {other:?}");
    }
}

/// Everything in which people choose a moment.
fn with_moment(at: i64) -> [EventBody; 7] {
    let some = Some(at);
    [
        EventBody::Assign { to: "m-7".into(), help: vec![], due: some, note: note() },
        EventBody::Promise { due: at, note: note() },
        EventBody::Extend { until: at, note: note() },
        EventBody::Suspend { until: some, note: note() },
        EventBody::Coordinate { at, parties: vec![], agreed: true, note: note() },
        EventBody::HandUp { to: "区城管局".into(), number: String::new(), contact_by: some, note: note() },
        EventBody::Contact { next: some, note: note() },
    ]
}

/// Clocks count with such moments. One that they cannot count with is refused, whoever says it, and changes nothing where it got in.
#[test]
fn a_moment_that_no_clock_can_say_is_refused_and_skipped() {
    let tree = OrgTree::new(&[OrgNode { id: "mg-1".into(), parent: None, level: Level::MicroGrid, name: "一号".into() }]);
    let grant = Grant { role: Role::GridLead, node: "mg-1".into(), buildings: vec![], from: None, until: None, on_behalf: None };
    let lead = Member { id: "m-9".into(), name: "李书记".into(), kinds: vec![], grants: vec![grant] };
    let lead = Standing::of(&lead, &tree, &"mg-1".into(), T0);
    let before = life(&[accept(Path::Track)]);
    let judged = |body: EventBody| policy::judge(&lead, &Action::Event(body), &before);
    let shown = |matter: &Matter| (matter.status, clock::deadlines(matter, &Rules::default(), &|_| None));
    for at in [i64::MIN, -1, 0, 1 << 42, i64::MAX] {
        for body in with_moment(at) {
            assert_eq!(judged(body.clone()), Err(Refusal::BadValue), "{body:?}");
            assert_eq!(shown(&life(&[accept(Path::Track), body.clone()])), shown(&before), "{body:?}");
        }
    }
    for body in with_moment(T0 + 86_400) {
        assert_ne!(judged(body.clone()), Err(Refusal::BadValue), "{body:?}");
    }
}
