//! Three people without signal, each with a mind of their own: three values of one fact, three decisions that cannot all hold. Everything is kept
//! and shown to everybody, and one choice by one of them settles it for all.

use anyhow::{Result, bail, ensure};
use beehive_core::{
    DocId,
    model::{NeedsEyesReason, Path},
};
use beehive_device::api::{MatterView, Response};
use beehive_tests::{BUILDING, LEAD, LocalPhone, Server, Street};
use serde_json::{Value, json};

/// The officer of the community above the lead's grid, and who stands in for the lead: both decide as well.
const OTHERS: [&str; 2] = ["m-005", "m-003"];

struct Three {
    street: Street,
    phones: [LocalPhone; 3],
    id: DocId,
}

fn call(phone: &LocalPhone, request: Value) -> Result<Response> {
    phone.call(serde_json::from_value(request)?)
}

impl Three {
    /// A matter that all three hold.
    fn begin() -> Result<Self> {
        let street = Street::start()?;
        let granted = Server::command_in(&street.data(), &["grant", OTHERS[1], "grid_lead", "g-1", "--on-behalf", LEAD])?.status()?;
        ensure!(granted.success());
        let phones = [street.phone(LEAD)?, street.phone(OTHERS[0])?, street.phone(OTHERS[1])?];
        let form = json!({
            "do": "record", "kind": "finding", "title": "外墙瓷砖松动", "detail": "", "category": "house", "building": BUILDING,
            "urgency": "soon", "asker": "", "photos": [],
        });
        let Response::Recorded { id } = call(&phones[0], form)? else { bail!("not recorded") };
        let three = Self { street, phones, id };
        three.exchange()?;
        Ok(three)
    }

    fn exchange(&self) -> Result<()> {
        for _ in 0..2 {
            for phone in &self.phones {
                let outcome = phone.sync_all()?;
                ensure!(outcome.refused == 0, "{outcome:?}");
            }
        }
        Ok(())
    }

    fn set(&self, who: usize, title: &str) -> Result<()> {
        call(&self.phones[who], json!({ "do": "set", "id": self.id, "field": "title", "value": title })).map(|_| ())
    }

    fn act(&self, who: usize, event: Value) -> Result<()> {
        call(&self.phones[who], json!({ "do": "act", "id": self.id, "event": event })).map(|_| ())
    }

    /// The matter as all three show it; they must agree about everything that is not about the reader.
    fn shown(&self) -> Result<MatterView> {
        let views: Vec<MatterView> = self.phones.iter().map(|phone| phone.show(self.id)).collect::<Result<_>>()?;
        for view in &views[1..] {
            assert_eq!((titles(view), view.row.status, view.row.path), (titles(&views[0]), views[0].row.status, views[0].row.path));
            assert_eq!(reasons(view), reasons(&views[0]));
            assert_eq!(view.timeline.len(), views[0].timeline.len());
        }
        views.into_iter().next().map_or_else(|| bail!("no phone"), Ok)
    }

    fn attention(&self) -> Result<[u32; 3]> {
        Ok([self.phones[0].status()?.attention, self.phones[1].status()?.attention, self.phones[2].status()?.attention])
    }
}

fn titles(view: &MatterView) -> Vec<String> {
    let title = view.facts.iter().filter(|f| f.field == "title");
    let mut values: Vec<String> = title.flat_map(|f| &f.values).map(|v| v.value.clone()).collect();
    values.sort();
    values
}

fn reasons(view: &MatterView) -> Vec<(NeedsEyesReason, usize)> {
    view.needs_eyes.iter().map(|e| (e.reason, e.events.len())).collect()
}

#[test]
fn three_values_and_three_paths_stand_until_one_is_chosen() -> Result<()> {
    let three = Three::begin()?;
    for (who, (title, path)) in [("三楼的", "now"), ("四楼的", "coordinate"), ("五楼的", "track")].into_iter().enumerate() {
        three.set(who, title)?;
        three.act(who, json!({ "t": "accept", "path": path, "note": "" }))?;
    }
    three.exchange()?;
    let shown = three.shown()?;
    assert_eq!(titles(&shown), ["三楼的", "五楼的", "四楼的"], "all three are kept");
    let by: std::collections::BTreeSet<&str> =
        shown.facts.iter().filter(|f| f.field == "title").flat_map(|f| &f.values).map(|v| v.by.as_str()).collect();
    assert_eq!(by.len(), 3, "each with who wrote it");
    assert_eq!((reasons(&shown), shown.row.path), (vec![(NeedsEyesReason::TwoPaths, 3)], Some(Path::Track)), "the slowest promises least");
    assert_eq!(three.attention()?, [1, 1, 1]);

    // One of them chooses, both of what was written and of what was decided.
    three.set(1, "四楼的")?;
    three.act(1, json!({ "t": "accept", "path": "coordinate", "note": "" }))?;
    three.exchange()?;
    let shown = three.shown()?;
    assert_eq!((titles(&shown), reasons(&shown), shown.row.path), (vec!["四楼的".to_owned()], vec![], Some(Path::Coordinate)));
    assert_eq!(three.attention()?, [0, 0, 0]);
    let accepts = shown.timeline.iter().filter(|line| line.event.as_ref().is_some_and(|e| e.code() == "accept"));
    assert_eq!(accepts.count(), 4, "what was not chosen stays in the timeline");
    three.street.stop()
}

#[test]
fn three_ends_leave_it_open_until_one_is_said_again() -> Result<()> {
    let three = Three::begin()?;
    three.act(0, json!({ "t": "resolve", "note": "敲下来了" }))?;
    three.act(1, json!({ "t": "decline", "note": "不归我们管" }))?;
    three.act(2, json!({ "t": "step", "note": "约了施工队" }))?;
    three.exchange()?;
    let shown = three.shown()?;
    ensure!(shown.row.status.is_open(), "nobody may think it is done");
    ensure!(!shown.needs_eyes.is_empty() && three.attention()? == [1, 1, 1]);
    three.act(2, json!({ "t": "resolve", "note": "看过了，敲干净了" }))?;
    three.exchange()?;
    let shown = three.shown()?;
    assert_eq!((reasons(&shown), shown.row.status.code()), (vec![], "resolved"));
    assert_eq!(three.attention()?, [0, 0, 0]);
    three.street.stop()
}

/// Two choose at once, neither knowing of the other: then it is two values again, and the next choice settles it.
#[test]
fn choosing_at_the_same_time_is_no_way_to_lose_a_value() -> Result<()> {
    let three = Three::begin()?;
    for (who, title) in ["甲", "乙", "丙"].into_iter().enumerate() {
        three.set(who, title)?;
    }
    three.exchange()?;
    three.set(0, "甲")?;
    three.set(1, "乙")?;
    three.exchange()?;
    assert_eq!(titles(&three.shown()?), ["乙", "甲"], "丙 was passed over by both");
    three.set(2, "甲")?;
    three.exchange()?;
    assert_eq!(titles(&three.shown()?), ["甲"]);
    assert_eq!(three.attention()?, [0, 0, 0]);
    three.street.stop()
}
