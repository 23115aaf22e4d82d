//! The street's calendar and clocks, on real days of 2026: what is due when, what counts as late, and when the phone keeps quiet.

use beehive_core::{
    Rules,
    clock::{self, Due, deadlines, escalated_to, late_for_want_of_signal},
    effect::{Rates, askings, completes, is_asked},
    model::{Answer, Assignment, EffectAnswer, Helped, Mark, Matter, Outside, Path, RecordKind, Role, Status},
    rules::AskWho,
};

/// A moment of 2026 by the clock in Chengdu.
fn at(day: &str, hour: i64, minute: i64) -> i64 {
    let date = chrono::NaiveDate::parse_from_str(&format!("2026-{day}"), "%Y-%m-%d").unwrap();
    i64::from(date.to_epoch_days()) * 86_400 + hour * 3_600 + minute * 60 - 8 * 3_600
}

fn mark(event: &str, at: i64) -> Mark {
    Mark { event: event.into(), at }
}

fn recorded(at: i64) -> Matter {
    Matter::outline(beehive_core::DocId([1; 16]), RecordKind::Demand, "mg-1".into(), at, "m-1".into())
}

fn taken(path: Path, when: i64) -> Matter {
    Matter { status: Status::Accepted, path: Some(path), accepted: Some(mark("e-accept", when)), ..recorded(when - 3_600) }
}

fn due(matter: &Matter) -> Vec<(Due, i64)> {
    deadlines(matter, &Rules::default(), &|_| None).into_iter().map(|d| (d.what, d.at)).collect()
}

#[test]
fn working_days_skip_weekends_and_holidays_and_count_the_days_made_up_for() {
    let calendar = Rules::default().calendar;
    // Wednesday 30 September, before the seven free days; Saturday 10 October is worked.
    let wednesday = at("09-30", 10, 0);
    assert_eq!(calendar.after_working_days(wednesday, 1), at("10-08", 18, 0));
    assert_eq!(calendar.after_working_days(wednesday, 2), at("10-09", 18, 0));
    assert_eq!(calendar.after_working_days(wednesday, 3), at("10-10", 18, 0));
    assert_eq!(calendar.after_working_days(wednesday, 4), at("10-12", 18, 0));
    // On a free day, "today" is the next worked one.
    assert_eq!(calendar.after_working_days(at("10-03", 9, 0), 0), at("10-08", 18, 0));
    // Just before and after midnight in Chengdu, which is 16:00 UTC.
    assert_eq!(calendar.after_working_days(at("11-24", 23, 59), 1), at("11-25", 18, 0));
    assert_eq!(calendar.after_working_days(at("11-25", 0, 1), 1), at("11-26", 18, 0));
}

#[test]
fn a_calendar_without_a_worked_day_does_not_hang() {
    let mut rules = Rules::default();
    let all = (0..1_200).map(|n| (chrono::NaiveDate::from_ymd_opt(2026, 1, 1).unwrap() + chrono::Days::new(n)).to_string());
    rules.calendar.holidays = all.collect();
    assert!(rules.calendar.after_working_days(at("01-05", 9, 0), 3) > at("12-31", 0, 0));
    assert!(!rules.calendar.is_worked(i64::MAX));
}

#[test]
fn every_path_has_its_own_clock() {
    let now = at("11-25", 9, 30);
    assert_eq!(due(&recorded(now)), [(Due::Accept, now + 86_400)]);
    assert_eq!(due(&taken(Path::Now, now)), [(Due::Solve, now + 86_400)]);
    assert_eq!(due(&taken(Path::Coordinate, now)), [(Due::Meet, at("11-30", 18, 0)), (Due::Solve, at("12-09", 18, 0))]);
    assert_eq!(due(&taken(Path::Track, now)), [(Due::HandUp, at("11-26", 18, 0))]);
    let met = Matter { met: Some(mark("e-met", now)), ..taken(Path::Coordinate, now) };
    assert_eq!(due(&met), [(Due::Solve, at("12-09", 18, 0))]);
}

#[test]
fn a_handed_up_matter_is_spoken_of_and_looked_at_again() {
    let handed = at("11-02", 9, 0);
    let day = 86_400;
    let outside = Outside {
        to: "区城管局".into(),
        number: "CG-77".into(),
        since: mark("e-up", handed),
        answered: false,
        contacted: None,
        contact_by: None,
    };
    let track = |outside| Matter { status: Status::Working, outside: Some(outside), ..taken(Path::Track, handed - 3_600) };
    assert_eq!(due(&track(outside.clone())), [(Due::Contact, handed + 7 * day), (Due::Review, handed + 15 * day)]);
    // Told on day 6: seven days from then. After day 15 the next look is on day 30.
    let told = Outside { contacted: Some(mark("e-told", handed + 6 * day)), ..outside.clone() };
    assert_eq!(due(&track(told)), [(Due::Contact, handed + 13 * day), (Due::Review, handed + 15 * day)]);
    let told = Outside { contacted: Some(mark("e-told", handed + 16 * day)), ..outside.clone() };
    assert_eq!(due(&track(told)), [(Due::Contact, handed + 23 * day), (Due::Review, handed + 30 * day)]);
    let named = Outside { contact_by: Some(handed + 2 * day), ..outside };
    assert_eq!(due(&track(named))[0], (Due::Contact, handed + 2 * day));
}

#[test]
fn more_time_rest_and_promises_move_what_is_due() {
    let now = at("11-25", 9, 30);
    let rules = Rules::default();
    let solved_by = at("12-09", 18, 0);
    assert_eq!(rules.extended(solved_by), at("12-16", 18, 0));
    let more = Matter { extended: Some(rules.extended(solved_by)), met: Some(mark("m", now)), ..taken(Path::Coordinate, now) };
    assert_eq!(due(&more), [(Due::Solve, at("12-16", 18, 0))]);
    let rested = Matter { rested: 5 * 86_400, ..taken(Path::Now, now) };
    assert_eq!(due(&rested), [(Due::Solve, now + 6 * 86_400)]);
    let rests =
        Matter { status: Status::Suspended, suspended: Some(mark("s", now)), suspended_until: Some(now + 500), ..taken(Path::Now, now) };
    assert_eq!(due(&rests), [(Due::Resume, now + 500)]);
    let given = Assignment { to: "m-7".into(), help: vec![], due: Some(now + 100), answer: Answer::Accepted, promised: Some(now + 50) };
    let promised = Matter { assignment: Some(given), ..taken(Path::Now, now) };
    assert_eq!(due(&promised), [(Due::Promised, now + 50), (Due::Assigned, now + 100), (Due::Solve, now + 86_400)]);
}

#[test]
fn the_servers_clock_counts_where_it_is_known_and_want_of_signal_is_told_apart() {
    let now = at("11-25", 9, 30);
    let rules = Rules::default();
    // A phone whose clock is a year behind: the server knows better.
    let taken_wrong = taken(Path::Now, now - 365 * 86_400);
    let received = |event: &str| (event == "e-accept").then_some(now);
    assert_eq!(deadlines(&taken_wrong, &rules, &received)[0].at, now + 86_400);
    let deadline = now + 86_400;
    let in_time = mark("e-done", deadline - 60);
    assert!(!late_for_want_of_signal(&in_time, deadline, &|_| None), "not sent yet: nobody knows");
    assert!(!late_for_want_of_signal(&in_time, deadline, &|_| Some(deadline - 10)), "arrived in time");
    assert!(late_for_want_of_signal(&in_time, deadline, &|_| Some(deadline + 7_200)), "done in time, arrived late");
    let late = mark("e-done", deadline + 60);
    assert!(!late_for_want_of_signal(&late, deadline, &|_| Some(deadline + 7_200)), "done late");
    assert_eq!(clock::counted(&late, &|_| Some(7)), 7);
}

#[test]
fn what_is_overdue_is_drawn_to_one_after_the_other() {
    let rules = Rules::default();
    let at = at("11-25", 9, 30);
    let deadline = clock::Deadline { what: Due::Solve, at };
    let reached = |hours: i64| escalated_to(Some(&deadline), &rules, at + hours * 3_600);
    assert_eq!(reached(-1), None);
    assert_eq!(reached(0), None);
    assert_eq!(reached(1), Some(Role::MicroLead));
    assert_eq!(reached(25), Some(Role::GridLead));
    assert_eq!(reached(73), Some(Role::CommunityOfficer));
    assert_eq!(escalated_to(None, &rules, at), None);
}

#[test]
fn reminders_keep_quiet_at_night_and_sound_in_the_morning() {
    let mut rules = Rules::default();
    assert_eq!(rules.outside_quiet_hours(at("11-25", 19, 59)), at("11-25", 19, 59));
    assert_eq!(rules.outside_quiet_hours(at("11-25", 20, 0)), at("11-26", 8, 0));
    assert_eq!(rules.outside_quiet_hours(at("11-26", 3, 17)), at("11-26", 8, 0));
    assert_eq!(rules.outside_quiet_hours(at("11-26", 8, 0)), at("11-26", 8, 0));
    // A nap at noon, within one day.
    (rules.quiet_from, rules.quiet_until) = (12 * 60, 14 * 60);
    assert_eq!(rules.outside_quiet_hours(at("11-25", 12, 30)), at("11-25", 14, 0));
    assert_eq!(rules.outside_quiet_hours(at("11-25", 3, 0)), at("11-25", 3, 0));
}

#[test]
fn rules_that_cannot_be_used_are_named() {
    let rules = Rules::default();
    assert_eq!(rules.check(), Ok(()));
    let with = |change: &dyn Fn(&mut Rules)| {
        let mut changed = rules.clone();
        change(&mut changed);
        changed.check()
    };
    assert_eq!(with(&|r| r.calendar.holidays = ["2026-13-01".to_owned()].into()), Err("calendar.holidays"));
    assert_eq!(with(&|r| r.calendar.workdays = ["2026-1-4".to_owned()].into()), Err("calendar.workdays"));
    assert_eq!(with(&|r| r.now_hours = 0), Err("now_hours"));
    assert_eq!(with(&|r| r.review_days = vec![30, 15]), Err("review_days"));
    assert_eq!(with(&|r| r.askings[0].zh = " ".into()), Err("askings"));
    assert_eq!(with(&|r| r.askings[0].code = "no spaces".into()), Err("askings"));
    assert_eq!(with(&|r| r.escalation.reverse()), Err("escalation"));
    assert_eq!(with(&|r| r.quiet_until = 1_440), Err("quiet_until"));
    // Rules written for an older program have fewer entries; the rest is as by default.
    let short: Rules = serde_json::from_str(r#"{"now_hours": 48}"#).unwrap();
    assert_eq!(short, Rules { now_hours: 48, ..rules });
}

fn resolved(at: i64) -> Matter {
    Matter { status: Status::Resolved, resolved: Some(mark("e-done", at)), solvers: vec!["m-7".into()], ..taken(Path::Now, at - 600) }
}

#[test]
fn three_askings_each_in_its_time_of_its_people() {
    let rules = Rules::default();
    let done = at("11-02", 9, 0);
    let mut matter = resolved(done);
    let asked: Vec<_> = askings(&matter, &rules, &|_| None).into_iter().map(|a| (a.asking.who, a.at - done)).collect();
    assert_eq!(asked, [(AskWho::Asker, 0), (AskWho::Colleague, 86_400), (AskWho::Lead, 30 * 86_400)]);
    assert_eq!(deadlines(&matter, &rules, &|_| None).len(), 3);
    for code in ["person", "place"] {
        assert!(!completes(&matter, &rules, code, Helped::Yes));
        matter.effects.push(EffectAnswer { asking: code.into(), helped: Helped::Yes, mark: mark(code, done) });
    }
    assert_eq!(due(&matter), [(Due::Ask, done + 30 * 86_400)]);
    assert!(completes(&matter, &rules, "time", Helped::Partly) && !completes(&matter, &rules, "time", Helped::No));
    // One says yes, another says no: no counts.
    matter.effects.push(EffectAnswer { asking: "place".into(), helped: Helped::No, mark: mark("again", done) });
    assert_eq!(askings(&matter, &rules, &|_| None)[1].answer, Some(Helped::No));
}

#[test]
fn who_solved_it_is_never_asked() {
    use beehive_core::{
        model::Grant,
        policy::Standing,
        reference::{Level, Member, OrgNode, OrgTree},
    };
    let org = OrgTree::new(&[OrgNode { id: "mg-1".into(), parent: None, level: Level::MicroGrid, name: "一网格".into() }]);
    let standing = |id: &str, role| {
        let grant = Grant { role, node: "mg-1".into(), buildings: vec![], from: None, until: None, on_behalf: None };
        Standing::of(&Member { id: id.into(), name: id.into(), kinds: vec![], grants: vec![grant] }, &org, &"mg-1".into(), 0)
    };
    let rules = Rules::default();
    let matter = resolved(at("11-02", 9, 0));
    let asked =
        |who: &Standing| -> Vec<_> { rules.askings.iter().filter(|a| is_asked(who, a, &matter)).map(|a| a.code.as_str()).collect() };
    assert_eq!(asked(&standing("m-7", Role::MicroLead)), Vec::<&str>::new());
    assert_eq!(asked(&standing("m-1", Role::MicroWorker)), ["person", "place"]);
    assert_eq!(asked(&standing("m-2", Role::MicroWorker)), ["place"]);
    assert_eq!(asked(&standing("m-3", Role::GridLead)), ["time"]);
}

#[test]
fn done_and_helped_are_two_rates() {
    let mut rates = Rates::default();
    assert_eq!((rates.done_rate(), rates.effect_rate()), (None, None));
    rates.add(Status::Working, None, 3);
    rates.add(Status::Resolved, None, 2);
    rates.add(Status::Closed, Some(Helped::Yes), 4);
    rates.add(Status::Resolved, Some(Helped::Partly), 1);
    // Opened again because it did not help.
    rates.add(Status::Working, Some(Helped::No), 1);
    rates.add(Status::Merged, None, 9);
    rates.add(Status::Withdrawn, Some(Helped::Yes), 9);
    assert_eq!((rates.all, rates.done, rates.asked, rates.helped), (11, 7, 6, 5));
    assert_eq!((rates.done_rate(), rates.effect_rate()), (Some(63), Some(83)));
}
