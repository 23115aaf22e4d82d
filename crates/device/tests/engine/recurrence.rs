//! 复发: that the same sort of trouble was at the same place within the days of the rules is seen while recording and on the matter's page.

use crate::support::{NOW, Phone, matter};
use beehive_core::EventBody;
use beehive_device::api::{RecurrenceView, Response};
use serde_json::json;

const DAY: i64 = 86_400;

fn typed(phone: &Phone, category: &str, door: &str) -> Option<RecurrenceView> {
    let form = json!({ "do": "similar", "title": "", "category": category, "building": "3 栋", "unit": "1", "door": door });
    match phone.ask(form) {
        Response::Similar { recurrence, .. } => recurrence,
        other => panic!("{other:?}"),
    }
}

fn nth(again: Option<&RecurrenceView>) -> Option<(u32, u32)> {
    again.map(|a| (a.nth, a.days))
}

#[test]
fn the_same_trouble_at_the_same_place_is_counted_within_the_days_of_the_rules() {
    let phone = Phone::of("li");
    let record =
        |title: &str| phone.record_with(json!({ "title": title, "category": "hazard", "building": "b-3", "unit": "1", "door": "402" }));
    assert_eq!(typed(&phone, "hazard", "402"), None);
    let first = record("楼道灯不亮");
    phone.act(&first, EventBody::Resolve { by: None, note: "换了灯泡".into() });
    phone.clock.set(NOW + 10 * DAY);
    // Nothing need be written yet: place and category say enough.
    let again = typed(&phone, "hazard", "402");
    assert_eq!(nth(again.as_ref()), Some((2, 30)));
    assert_eq!(again.unwrap().earlier[0].id, first);
    assert_eq!((typed(&phone, "care", "402"), typed(&phone, "hazard", "401")), (None, None));

    let second = record("灯又不亮");
    let third = record("灯还是不亮");
    let page = |id| matter(phone.ask(json!({ "do": "show", "id": id }))).life.recurrence;
    assert_eq!(nth(page(first).as_ref()), None, "what came later is no recurrence of what was before");
    assert_eq!(nth(page(third).as_ref()), Some((3, 30)));
    // What was recorded by mistake was not there.
    phone.act(&second, EventBody::Withdraw { note: String::new() });
    assert_eq!(nth(page(third).as_ref()), Some((2, 30)));
    // Long ago does not count.
    phone.clock.set(NOW + 31 * DAY);
    assert_eq!(nth(typed(&phone, "hazard", "402").as_ref()), Some((2, 30)));
    phone.clock.set(NOW + 41 * DAY);
    assert_eq!(typed(&phone, "hazard", "402"), None);
}
