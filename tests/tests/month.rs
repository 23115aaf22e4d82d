//! A matter that takes more than a month, with the clocks of the server and of every phone moved: whose turn it is on each day, as 今天 shows it.

use anyhow::{Context, Result, bail, ensure};
use beehive_core::DocId;
use beehive_device::api::{MatterView, Response, SimilarView};
use beehive_tests::{BUILDING, COLLEAGUE, DAY, LEAD, LocalPhone, NOW, Street, WORKER};
use serde_json::{Value, json};

/// The street, three people, and one matter that the colleague recorded.
struct Month {
    street: Street,
    worker: LocalPhone,
    lead: LocalPhone,
    colleague: LocalPhone,
    id: DocId,
}

fn call(phone: &LocalPhone, request: Value) -> Result<Response> {
    phone.call(serde_json::from_value(request)?)
}

/// The action that 今天 says is the reader's turn, if it shows the matter at all.
fn turn(phone: &LocalPhone, id: DocId) -> Result<Option<String>> {
    match call(phone, json!({ "do": "today" }))? {
        Response::Today { today } => Ok(today.rows.into_iter().find(|row| row.id == id).and_then(|row| row.turn)),
        other => bail!("{other:?}"),
    }
}

/// What the colleague types, both times.
fn typed() -> Value {
    json!({ "kind": "finding", "title": "雨污管网倒灌", "detail": "", "category": "water", "building": BUILDING, "unit": "1" })
}

fn with(mut request: Value, what: &str, more: Value) -> Value {
    request["do"] = json!(what);
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    request
}

fn similar(phone: &LocalPhone) -> Result<Vec<SimilarView>> {
    match call(phone, with(typed(), "similar", json!({})))? {
        Response::Similar { rows, .. } => Ok(rows),
        other => bail!("{other:?}"),
    }
}

impl Month {
    fn begin() -> Result<Self> {
        let street = Street::start()?;
        let (worker, lead, colleague) = (street.phone(WORKER)?, street.phone(LEAD)?, street.phone(COLLEAGUE)?);
        let form = with(typed(), "record", json!({ "urgency": "soon", "asker": "", "photos": [] }));
        let Response::Recorded { id } = call(&colleague, form)? else { bail!("not recorded") };
        let month = Self { street, worker, lead, colleague, id };
        month.exchange()?;
        Ok(month)
    }

    fn all(&self) -> [&LocalPhone; 3] {
        [&self.worker, &self.lead, &self.colleague]
    }

    /// Moves every clock to an hour of a day (the first is day 0, 8:00), and lets everybody exchange.
    fn day(&self, day: i64, hour: i64) -> Result<()> {
        self.street.set_time(NOW + day * DAY + (hour - 8) * 3_600, &self.all());
        self.exchange()
    }

    fn exchange(&self) -> Result<()> {
        for _ in 0..2 {
            self.all().into_iter().try_for_each(|phone| phone.sync_all().map(|_| ()))?;
        }
        Ok(())
    }

    fn act(&self, phone: &LocalPhone, event: Value) -> Result<MatterView> {
        let shown = match call(phone, json!({ "do": "act", "id": self.id, "event": event }))? {
            Response::Matter { matter } => *matter,
            other => bail!("{other:?}"),
        };
        self.exchange()?;
        Ok(shown)
    }

    /// Whose turn it is: of the worker, the lead and the colleague.
    fn turns(&self) -> Result<[Option<String>; 3]> {
        Ok([turn(&self.worker, self.id)?, turn(&self.lead, self.id)?, turn(&self.colleague, self.id)?])
    }

    fn expect(&self, worker: Option<&str>, lead: Option<&str>, colleague: Option<&str>) -> Result<()> {
        let turns = self.turns()?;
        let wanted = [worker, lead, colleague].map(|t| t.map(str::to_owned));
        ensure!(turns == wanted, "{turns:?} instead of {wanted:?}");
        Ok(())
    }

    /// The long way: two meetings without agreement, handed up, answered, done on day 11, and seen to help on day 12.
    fn solve(&self) -> Result<()> {
        self.expect(None, Some("accept"), None)?;
        self.act(&self.lead, json!({ "t": "accept", "path": "coordinate", "note": "" }))?;
        self.act(&self.lead, json!({ "t": "assign", "to": WORKER, "help": [], "note": "" }))?;
        self.expect(Some("accept_assignment"), None, None)?;
        self.act(&self.worker, json!({ "t": "accept_assignment", "note": "" }))?;
        self.expect(Some("coordinate"), None, None)?;
        let failed =
            json!({ "t": "coordinate", "at": 0, "parties": [{ "name": "物业", "promise": "" }], "agreed": false, "note": "没谈成" });
        self.day(3, 10)?;
        self.act(&self.worker, failed.clone())?;
        self.day(5, 15)?;
        self.act(&self.worker, failed)?;
        self.expect(None, Some("accept"), None)?;
        self.act(&self.lead, json!({ "t": "accept", "path": "track", "note": "两次没谈成" }))?;
        self.expect(None, Some("hand_up"), None)?;
        self.act(&self.lead, json!({ "t": "hand_up", "to": "区水务局", "number": "SW-31", "note": "附会议记录" }))?;
        self.expect(Some("answered"), Some("answered"), None)?;
        self.day(10, 9)?;
        self.act(&self.worker, json!({ "t": "answered", "number": "SW-31", "note": "明天来疏通" }))?;
        self.expect(Some("resolve"), None, None)?;
        self.day(11, 16)?;
        self.act(&self.worker, json!({ "t": "resolve", "note": "管道已疏通" }))?;
        self.expect(None, None, Some("effect"))?;
        self.act(&self.colleague, json!({ "t": "effect", "asking": "person", "helped": "yes", "note": "" }))?;
        self.expect(None, None, None)?;
        self.day(12, 17)?;
        self.expect(None, None, Some("effect"))?;
        self.act(&self.colleague, json!({ "t": "effect", "asking": "place", "helped": "yes", "note": "排得动" }))?;
        self.expect(None, None, None)
    }
}

#[test]
fn on_day_25_it_is_back_and_the_turn_of_who_solved_it() -> Result<()> {
    let month = Month::begin()?;
    month.solve()?;
    // 24 days after it was done: nobody has anything to do, and there is nothing alike that is open.
    month.day(11 + 24, 16)?;
    month.expect(None, None, None)?;
    // Day 25: it rained. Whoever records it is told that it is the same, by a phone without signal.
    month.street.set_time(NOW + (11 + 25) * DAY + 9 * 3_600, &month.all());
    let offers = similar(&month.colleague)?;
    let offer = offers.first().context("nothing alike is offered")?;
    assert_eq!((offers.len(), offer.row.id, offer.done_days_ago), (1, month.id, Some(25)));
    let join = json!({ "do": "join", "id": month.id, "again": true, "note": "下雨又倒灌了", "asker": "", "photos": [] });
    call(&month.colleague, join)?;
    month.exchange()?;
    month.expect(Some("resolve"), None, None)?;
    for phone in month.all() {
        let shown = phone.show(month.id)?;
        assert_eq!((shown.row.status.code(), shown.reopened), ("working", 1));
        // Both clocks moved together: nothing came late.
        ensure!(shown.timeline.iter().all(|line| line.received.is_none()), "{:?}", shown.timeline);
    }
    let Response::Counts { counts } = call(&month.lead, json!({ "do": "counts" }))? else { bail!("no counts") };
    assert_eq!((counts.rates[0].done, counts.rates[0].all), (0, 1), "it was done once, and is not any more");
    month.street.stop()
}

#[test]
fn on_day_30_the_lead_is_asked_whether_it_came_back() -> Result<()> {
    let month = Month::begin()?;
    month.solve()?;
    month.day(11 + 29, 15)?;
    month.expect(None, None, None)?;
    month.day(11 + 30, 17)?;
    month.expect(None, Some("effect"), None)?;
    month.act(&month.lead, json!({ "t": "effect", "asking": "time", "helped": "yes", "note": "" }))?;
    month.expect(None, None, None)?;
    assert_eq!(month.colleague.show(month.id)?.row.status.code(), "closed");
    // Long after that the same trouble is a new one: 30 days is what the street calls coming back.
    month.street.set_time(NOW + (11 + 31) * DAY + 12 * 3_600, &month.all());
    ensure!(similar(&month.colleague)?.is_empty());
    month.street.stop()
}
