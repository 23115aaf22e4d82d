//! What people rely on: a record's life, disagreement kept and shown, and the same state for every order of delivery.

use beehive_core::{
    Action, ActorId, Document, EventBody, MemberId, NodeId, Refusal, Scalar, Write,
    document::NewRecord,
    gate::{History, unpack_snapshot},
    model::{Grant, NeedsEyesReason, Path, RecordKind, Role, Status},
    policy::{self, Standing},
    reference::{Level, Member, OrgNode, OrgTree},
};

const T0: i64 = 1_795_000_000;

fn actor(n: u8) -> ActorId {
    ActorId([n; 8])
}

fn fact(field: &str, value: &str) -> Write {
    Write::Fact { field: field.into(), value: Scalar::from(value) }
}

fn record() -> NewRecord {
    NewRecord { kind: RecordKind::Finding, scope: NodeId::from("mg-1"), created_by: MemberId::from("m-1") }
}

fn new_doc() -> Document {
    Document::create(actor(1), T0, &record(), &[fact("title", "二单元门禁坏了"), fact("detail", "刷卡没反应")]).unwrap().0
}

fn note(text: &str) -> String {
    text.to_owned()
}

fn write(doc: &mut Document, by: u8, at: i64, writes: &[Write]) -> Vec<u8> {
    doc.write(actor(by), at, writes).unwrap().unwrap().bytes
}

fn event(doc: &mut Document, by: u8, at: i64, body: EventBody) -> Vec<u8> {
    write(doc, by, at, &[Write::Event(body)])
}

/// Delivers the changes of each to the other.
fn exchange(a: &mut Document, b: &mut Document) {
    for (_, bytes) in b.clone().changes() {
        a.admit(&bytes).unwrap();
    }
    for (_, bytes) in a.changes() {
        b.admit(&bytes).unwrap();
    }
    assert_eq!(a.matter(), b.matter());
    assert_eq!(a.history().heads(), b.history().heads());
}

#[test]
fn a_record_survives_its_snapshot_and_its_changes() {
    let mut doc = new_doc();
    write(&mut doc, 2, T0 + 60, &[fact("title", "二单元门禁刷不开"), Write::Event(EventBody::Step { note: note("看过了") })]);
    let again = Document::open(&doc.snapshot()).unwrap();
    assert_eq!(again.matter(), doc.matter());
    let (history, raw) = unpack_snapshot(&doc.snapshot()).unwrap();
    assert_eq!(history.heads(), doc.history().heads());
    assert_eq!(raw, doc.changes().into_iter().map(|(_, b)| b).collect::<Vec<_>>());
    let rebuilt = Document::from_changes(raw.iter().map(Vec::as_slice)).unwrap();
    assert_eq!(rebuilt.matter(), doc.matter());
    assert_eq!(rebuilt.id(), doc.id());
    assert_eq!(doc.matter().unwrap().text("title"), "二单元门禁刷不开");
}

#[test]
fn two_values_stay_and_one_choice_settles_them_everywhere() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    write(&mut a, 1, T0 + 10, &[fact("detail", "门锁打不开")]);
    write(&mut b, 2, T0 + 20, &[fact("detail", "刷卡没反应,门能推开")]);
    exchange(&mut a, &mut b);
    let matter = a.matter().unwrap();
    let values: Vec<_> = matter.facts["detail"].iter().map(|v| v.value.as_str().unwrap().to_owned()).collect();
    assert_eq!(values.len(), 2);
    assert!(matter.needs_a_person());
    // Choosing the value that already wins is the delicate case: Automerge emits a delete of the others.
    for chosen in values {
        let (mut a, mut b) = (a.clone(), b.clone());
        write(&mut b, 2, T0 + 30, &[fact("detail", &chosen)]);
        exchange(&mut a, &mut b);
        assert_eq!(a.matter().unwrap().text("detail"), chosen);
        assert!(!a.matter().unwrap().needs_a_person());
        assert_eq!(unpack_snapshot(&a.snapshot()).unwrap().0.heads(), a.history().heads());
    }
}

#[test]
fn disjoint_edits_merge() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    write(&mut a, 1, T0 + 10, &[fact("urgency", "urgent")]);
    write(&mut b, 2, T0 + 20, &[fact("category", "repair")]);
    exchange(&mut a, &mut b);
    let m = a.matter().unwrap();
    assert_eq!((m.text("urgency"), m.text("category")), ("urgent", "repair"));
    assert!(!m.needs_a_person());
}

#[test]
fn nothing_to_change_writes_nothing() {
    let mut doc = new_doc();
    assert!(doc.write(actor(1), T0 + 1, &[fact("title", "二单元门禁坏了")]).unwrap().is_none());
    assert_eq!(doc.history().len(), 1);
}

#[test]
fn the_life_of_a_matter() {
    let mut d = new_doc();
    assert_eq!(d.matter().unwrap().status, Status::Reported);
    event(&mut d, 2, T0 + 1, EventBody::Accept { path: Path::Coordinate, note: note("要物业一起定") });
    assert_eq!((d.matter().unwrap().status, d.matter().unwrap().path), (Status::Accepted, Some(Path::Coordinate)));
    let due = Some(T0 + 86_400);
    event(&mut d, 2, T0 + 2, EventBody::Assign { to: "m-7".into(), help: vec![], due, note: String::new() });
    assert_eq!(d.matter().unwrap().assignment.unwrap().due, due);
    event(&mut d, 3, T0 + 3, EventBody::Step { note: note("约了周三") });
    assert_eq!(d.matter().unwrap().status, Status::Working);
    event(&mut d, 3, T0 + 4, EventBody::Resolve { by: None, note: note("修好了") });
    assert_eq!(d.matter().unwrap().status, Status::Resolved);
    event(&mut d, 1, T0 + 5, EventBody::Reopen { note: note("又坏了") });
    let m = d.matter().unwrap();
    assert_eq!((m.status, m.reopened, m.self_resolved), (Status::Working, 1, false));
    assert_eq!(m.timeline.len(), 5);
}

#[test]
fn found_it_fixed_it_is_self_resolved() {
    let writes = [fact("title", "灯不亮"), Write::Event(EventBody::Resolve { by: None, note: note("换了灯泡") })];
    let (doc, _) = Document::create(actor(1), T0, &record(), &writes).unwrap();
    let m = doc.matter().unwrap();
    assert_eq!((m.status, m.self_resolved), (Status::Resolved, true));
}

#[test]
fn two_paths_take_the_cautious_one_until_somebody_decides() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    event(&mut a, 1, T0 + 10, EventBody::Accept { path: Path::Now, note: String::new() });
    event(&mut b, 2, T0 + 5, EventBody::Accept { path: Path::Track, note: String::new() });
    exchange(&mut a, &mut b);
    let m = a.matter().unwrap();
    assert_eq!(m.path, Some(Path::Track));
    assert_eq!(m.needs_eyes.iter().map(|n| n.reason).collect::<Vec<_>>(), [NeedsEyesReason::TwoPaths]);
    event(&mut a, 1, T0 + 30, EventBody::Accept { path: Path::Now, note: note("当面说好了") });
    exchange(&mut a, &mut b);
    assert_eq!((b.matter().unwrap().path, b.matter().unwrap().needs_eyes.len()), (Some(Path::Now), 0));
}

#[test]
fn closed_by_one_and_gone_on_with_by_another_stays_open() {
    let base = new_doc();
    let cases: [(EventBody, EventBody, Option<NeedsEyesReason>); 5] = [
        (
            EventBody::Resolve { by: None, note: note("好了") },
            EventBody::Withdraw { note: String::new() },
            Some(NeedsEyesReason::TwoOutcomes),
        ),
        (
            EventBody::Resolve { by: None, note: note("好了") },
            EventBody::Assign { to: "m-7".into(), help: vec![], due: None, note: String::new() },
            Some(NeedsEyesReason::ClosedWhileWorked),
        ),
        (EventBody::Withdraw { note: String::new() }, EventBody::Step { note: note("去看了") }, Some(NeedsEyesReason::ClosedWhileWorked)),
        (EventBody::Resolve { by: None, note: note("好了") }, EventBody::Step { note: note("去看了") }, None),
        (EventBody::Resolve { by: None, note: note("好了") }, EventBody::Resolve { by: None, note: note("办好了") }, None),
    ];
    for (one, other, reason) in cases {
        let (mut a, mut b) = (base.clone(), base.clone());
        event(&mut a, 1, T0 + 10, one.clone());
        event(&mut b, 2, T0 + 10, other.clone());
        exchange(&mut a, &mut b);
        let m = a.matter().unwrap();
        assert_eq!(m.needs_eyes.first().map(|n| n.reason), reason, "{one:?} beside {other:?}");
        assert_eq!(m.status.is_open(), reason.is_some(), "{one:?} beside {other:?}");
        // Whoever looks at both and resolves settles it.
        event(&mut b, 2, T0 + 20, EventBody::Resolve { by: None, note: note("看过两边，办好了") });
        exchange(&mut a, &mut b);
        assert_eq!((a.matter().unwrap().status, a.matter().unwrap().needs_eyes.len()), (Status::Resolved, 0));
    }
}

#[test]
fn two_assignments_name_both() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    event(&mut a, 1, T0 + 1, EventBody::Assign { to: "m-7".into(), help: vec![], due: None, note: String::new() });
    event(&mut b, 2, T0 + 1, EventBody::Assign { to: "m-8".into(), help: vec![], due: None, note: String::new() });
    exchange(&mut a, &mut b);
    let m = a.matter().unwrap();
    assert_eq!(m.assignees, [MemberId::from("m-7"), MemberId::from("m-8")]);
    assert_eq!(m.needs_eyes[0].reason, NeedsEyesReason::TwoAssignments);
}

fn tree() -> OrgTree {
    let node = |id: &str, parent: Option<&str>, level| OrgNode { id: id.into(), parent: parent.map(NodeId::from), level, name: id.into() };
    OrgTree::new(&[
        node("st", None, Level::Street),
        node("co", Some("st"), Level::Community),
        node("gg", Some("co"), Level::GeneralGrid),
        node("mg-1", Some("gg"), Level::MicroGrid),
        node("mg-2", Some("gg"), Level::MicroGrid),
    ])
}

fn standing(id: &str, role: Role, node: &str) -> Standing {
    let grant = Grant { role, node: node.into(), buildings: vec![], from: None, until: Some(T0 + 1_000), on_behalf: None };
    let member = Member { id: id.into(), name: id.into(), kinds: vec![], grants: vec![grant] };
    Standing::of(&member, &tree(), &"mg-1".into(), T0)
}

#[test]
fn policy_follows_scope_role_and_time() {
    let matter = new_doc().matter().unwrap();
    let accept = Action::Event(EventBody::Accept { path: Path::Now, note: String::new() });
    let withdraw = Action::Event(EventBody::Withdraw { note: String::new() });
    assert_eq!(policy::judge(&standing("m-4", Role::GridLead, "gg"), &accept, &matter), Ok(()));
    assert_eq!(policy::judge(&standing("m-1", Role::MicroWorker, "mg-1"), &accept, &matter), Err(Refusal::NotYourRole));
    assert_eq!(policy::judge(&standing("m-9", Role::GridLead, "mg-2"), &accept, &matter), Err(Refusal::NotYourScope));
    assert_eq!(policy::judge(&standing("m-2", Role::MicroWorker, "mg-1"), &withdraw, &matter), Err(Refusal::NotYourRecord));
    assert_eq!(policy::judge(&standing("m-1", Role::MicroWorker, "mg-1"), &withdraw, &matter), Ok(()));
    let grant = Grant { role: Role::GridLead, node: "gg".into(), buildings: vec![], from: None, until: Some(T0), on_behalf: None };
    let over = Member { id: "m-4".into(), name: "x".into(), kinds: vec![], grants: vec![grant] };
    assert!(!Standing::of(&over, &tree(), &"mg-1".into(), T0).reaches());
    assert!(policy::sees(&standing("m-2", Role::MicroWorker, "mg-1"), &matter));
    assert!(!policy::sees(&standing("m-2", Role::PropertyStaff, "mg-1"), &matter));
    assert!(policy::sees(&standing("m-1", Role::PropertyStaff, "mg-1"), &matter));
    assert!(!policy::sees(&standing("m-1", Role::Auditor, "st"), &matter));
}

#[test]
fn offline_work_is_judged_by_what_its_author_saw() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    event(&mut a, 1, T0 + 10, EventBody::Resolve { by: None, note: note("好了") });
    let step = b.write(actor(2), T0 + 12, &[Write::Event(EventBody::Step { note: note("去看了") })]).unwrap().unwrap();
    let mut history: History = a.history().clone();
    history.admit(&step.bytes).unwrap();
    // By now it is resolved, but the worker could not know.
    assert_eq!(policy::judge_change(&history, &step.hash, &standing("m-2", Role::MicroWorker, "mg-1")), Ok(()));
    // Whoever saw it closed is told so.
    let late = a.write(actor(3), T0 + 20, &[Write::Event(EventBody::Step { note: note("再看看") })]).unwrap().unwrap();
    let refusal = policy::judge_change(a.history(), &late.hash, &standing("m-2", Role::MicroWorker, "mg-1"));
    assert_eq!(refusal, Err(policy::ChangeRefusal::Refused(Refusal::AlreadyClosed)));
}

#[test]
fn a_creation_is_judged_with_its_author() {
    let doc = new_doc();
    let hash = *doc.history().hashes().next().unwrap();
    assert_eq!(policy::judge_change(doc.history(), &hash, &standing("m-1", Role::MicroWorker, "mg-1")), Ok(()));
    let other = policy::judge_change(doc.history(), &hash, &standing("m-2", Role::MicroWorker, "mg-1"));
    assert_eq!(other, Err(policy::ChangeRefusal::Refused(Refusal::WrongAuthor)));
}

#[test]
fn raising_the_same_again_is_said_on_the_open_record_by_whoever_could_have_recorded_it() {
    let mut doc = new_doc();
    let join = |text: &str| EventBody::Join { note: note(text), asker: "陈大爷".to_owned(), by: None };
    let may = |who: &Standing, body: EventBody, doc: &Document| policy::judge(who, &Action::Event(body), &doc.matter().unwrap());
    let worker = standing("m-2", Role::MicroWorker, "mg-1");
    assert_eq!(may(&worker, join("我家也是"), &doc), Ok(()));
    // Whoever holds no matters but their own cannot know of it.
    assert_eq!(may(&standing("m-7", Role::PropertyStaff, "mg-1"), join("住户又说了"), &doc), Err(Refusal::NotYourRole));
    let by_other = EventBody::Join { note: note("好"), asker: String::new(), by: Some("m-9".into()) };
    assert_eq!(may(&worker, by_other, &doc), Err(Refusal::WrongAuthor));
    assert_eq!(may(&standing("m-8", Role::Auditor, "st"), join("也有"), &doc), Err(Refusal::NotYourRole));
    assert_eq!(may(&worker, join("  "), &doc), Err(Refusal::NoteMissing));
    let long = EventBody::Join { note: note("好"), asker: "名".repeat(101), by: None };
    assert_eq!(may(&worker, long, &doc), Err(Refusal::TooLong));

    // It changes nothing about where the matter stands.
    event(&mut doc, 2, T0 + 5, join("我家也是"));
    let matter = doc.matter().unwrap();
    assert_eq!((matter.status, matter.needs_eyes.len(), matter.timeline.len()), (Status::Reported, 0, 1));
    assert_eq!(matter.timeline[0].body, Some(join("我家也是")));
    event(&mut doc, 1, T0 + 9, EventBody::Resolve { by: None, note: note("好了") });
    assert_eq!(may(&worker, join("又来"), &doc), Err(Refusal::AlreadyClosed));
}

#[test]
fn whoever_joined_counts_among_those_who_reported_it() {
    let mut doc = new_doc();
    let property = standing("m-7", Role::PropertyStaff, "mg-1");
    assert!(!policy::sees(&property, &doc.matter().unwrap()));
    let join = |by: &str| EventBody::Join { note: note("住户又说了"), asker: String::new(), by: Some(by.into()) };
    event(&mut doc, 2, T0 + 5, join("m-7"));
    event(&mut doc, 2, T0 + 6, join("m-7"));
    let recorder = doc.matter().unwrap().created_by;
    event(&mut doc, 1, T0 + 7, join(recorder.as_str()));
    let matter = doc.matter().unwrap();
    assert_eq!(matter.joined, ["m-7".into()], "each once, and not who recorded it");
    assert!(policy::sees(&property, &matter));
    assert_eq!(policy::judge(&property, &Action::Event(EventBody::Supplement { note: note("还在漏") }), &matter), Ok(()));
    let asking = &beehive_core::Rules::default().askings[0];
    assert!(beehive_core::effect::is_asked(&property, asking, &matter));
    // It is not theirs to withdraw.
    let withdraw = Action::Event(EventBody::Withdraw { note: String::new() });
    assert_eq!(policy::judge(&property, &withdraw, &matter), Err(Refusal::NotYourRecord));
}

#[test]
fn withdrawing_a_record_that_somebody_joined_meanwhile_does_not_take_theirs_with_it() {
    let mut a = new_doc();
    let mut b = Document::open(&a.snapshot()).unwrap();
    event(&mut a, 1, T0 + 10, EventBody::Withdraw { note: String::new() });
    let joined = EventBody::Join { note: note("我家也漏"), asker: String::new(), by: None };
    let join = b.write(actor(2), T0 + 12, &[Write::Event(joined)]).unwrap().unwrap();
    let mut history: History = a.history().clone();
    history.admit(&join.bytes).unwrap();
    let matter = beehive_core::fold(&history).unwrap();
    assert_eq!(matter.status, Status::Reported);
    assert_eq!(matter.needs_eyes[0].reason, NeedsEyesReason::ClosedWhileWorked);
}
