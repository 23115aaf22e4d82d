//! Two people wrote the same: both are shown, one tap settles it.

use crate::support::{NOW, Phone, doc_of, fact, other, page, their_record};
use beehive_core::{EventBody, Write, model::NeedsEyesReason, model::Path, model::Status};
use beehive_device::api::{ListFilter, ListKind, RecordState};

#[test]
fn both_values_are_shown_with_names_and_choosing_settles_it_everywhere() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.clock.set(NOW + 60);
    phone.set(&theirs.id(), "detail", "三楼漏");
    let mine = phone.pushed(&theirs.id());
    theirs.write(other(1), NOW + 30, &[fact("detail", "四楼漏")]).unwrap();
    phone.exchange(|sent| {
        let mut response = crate::support::verdicts(sent, beehive_core::sync::VerdictKind::Stored);
        response.scopes = page(&[&theirs]).scopes;
        response
    });

    let view = phone.show(&theirs.id());
    assert!(view.row.conflict);
    assert_eq!(view.row.state, RecordState::Attention);
    assert_eq!(phone.status().attention, 1);
    let detail = view.facts.iter().find(|f| f.field == "detail").unwrap();
    let mut values: Vec<_> = detail.values.iter().map(|v| (v.value.as_str(), v.by.as_str(), v.mine, v.at)).collect();
    values.sort_unstable();
    assert_eq!(values, [("三楼漏", "王秀英", true, NOW + 60), ("四楼漏", "赵建国", false, NOW + 30)]);
    assert_eq!(phone.rows(ListKind::Demand, ListFilter { attention: true, ..ListFilter::default() }).len(), 1);

    // Choosing the value that lists show already settles it too.
    let shown = detail.values[0].value.clone();
    let settled = phone.set(&theirs.id(), "detail", &shown);
    assert!(!settled.row.conflict);
    assert_eq!(settled.row.state, RecordState::Local);
    assert_eq!(phone.status().attention, 0);

    // And on the other phone as well, once it has both sides.
    for bytes in mine.iter().chain(&phone.pushed(&theirs.id())) {
        theirs.admit(bytes).unwrap();
    }
    let there = theirs.matter().unwrap();
    assert_eq!(there.facts["detail"].len(), 1);
    assert_eq!(there.text("detail"), shown);
    assert_eq!(phone.show(&theirs.id()).digest, theirs.history().digest().to_string());
}

#[test]
fn choosing_the_other_value_settles_it_as_well() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "place", "3栋");
    theirs.write(other(1), NOW, &[fact("place", r#"{"b":"b-13"}"#)]).unwrap();
    phone.receive(&theirs);
    let view = phone.show(&theirs.id());
    let place = view.facts.iter().find(|f| f.field == "place").unwrap();
    let shown: Vec<&str> = place.values.iter().map(|v| v.shown.as_str()).collect();
    assert!(shown.contains(&"3 栋") && shown.contains(&"13 栋"), "{shown:?}");
    let settled = phone.set(&theirs.id(), "place", &place.values[1].value);
    let place_now = settled.facts.iter().find(|f| f.field == "place").unwrap();
    assert_eq!(place_now.values.len(), 1);
    assert_eq!(place_now.values[0].value, place.values[1].value);
}

#[test]
fn disjoint_edits_merge_without_a_word() {
    let phone = Phone::of("wang");
    let mut theirs = their_record(1, "水管漏水");
    phone.receive(&theirs);
    phone.set(&theirs.id(), "detail", "三楼漏");
    theirs.write(other(1), NOW, &[fact("asker", "陈大爷")]).unwrap();
    phone.receive(&theirs);
    let view = phone.show(&theirs.id());
    assert!(!view.row.conflict);
    assert_eq!(view.facts.len(), 3);
    assert_eq!(view.row.state, RecordState::Local);
}

#[test]
fn two_paths_stay_open_until_a_lead_decides() {
    let lead = Phone::of("li");
    let mut theirs = their_record(1, "扰民");
    lead.receive(&theirs);
    let accept = |path| EventBody::Accept { path, note: String::new() };
    lead.act(&theirs.id(), accept(Path::Now));
    theirs.write(other(1), NOW, &[Write::Event(accept(Path::Track))]).unwrap();
    lead.receive(&theirs);
    let view = lead.show(&theirs.id());
    assert_eq!(view.row.needs_eyes, [NeedsEyesReason::TwoPaths]);
    assert_eq!(view.needs_eyes[0].settle_by, ["accept"]);
    assert_eq!(view.needs_eyes[0].events.len(), 2);
    assert_eq!(view.row.path, Some(Path::Track), "the slower one promises least");
    let settled = lead.act(&theirs.id(), EventBody::Accept { path: Path::Coordinate, note: "商量过了".into() });
    assert!(settled.needs_eyes.is_empty());
    assert_eq!((settled.row.path, settled.row.status), (Some(Path::Coordinate), Status::Accepted));
    assert!(doc_of(&theirs.changes().into_iter().map(|(_, b)| b).collect::<Vec<_>>()).matter().unwrap().path.is_some());
}
