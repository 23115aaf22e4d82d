//! What people do on their phones: the whole set of actions, mostly those that the phone offers, some that it should not let pass.

use crate::{
    faults::Fault,
    ledger::{Ledger, Told, marks_in},
    rng::Rng,
    template::CAST,
    world::World,
};
use anyhow::{Context, Result, bail, ensure};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use beehive_core::{
    DocId, EventBody, MemberId,
    action::Party,
    model::{Helped, Path, RecordKind},
};
use beehive_device::api::{ListFilter, ListKind, MatterView, NewPhoto, Request, Response};

/// Every action there is, by its code.
const ACTIONS: [&str; 27] = [
    "accept",
    "assign",
    "step",
    "resolve",
    "reopen",
    "withdraw",
    "supplement",
    "return",
    "decline",
    "accept_assignment",
    "decline_assignment",
    "promise",
    "extend",
    "suspend",
    "resume",
    "coordinate",
    "hand_up",
    "answered",
    "contact",
    "urge",
    "dispute",
    "effect",
    "close",
    "merge",
    "unmerge",
    "join",
    "attach",
];
const TITLES: [&str; 5] = ["门禁坏了", "过道堆物", "水管漏水", "路灯不亮", "电线裸露"];
const BUILDINGS: [&str; 6] = ["b-01", "b-02", "b-03", "b-03", "b-04", "b-99"];
/// Answers that tell a fault of the program, not of the deed.
const FAULTS: [&str; 4] = ["internal", "store_damaged", "store_sql", "store_io"];

impl World {
    fn next_mark(&mut self) -> String {
        self.marks += 1;
        Ledger::mark(self.step, self.marks)
    }

    /// Somebody does something on a phone.
    pub fn deed(&mut self, p: usize) -> Result<()> {
        let many = 1 + self.rng.below(3);
        for _ in 0..many {
            self.one_deed(p)?;
        }
        Ok(())
    }

    fn one_deed(&mut self, p: usize) -> Result<()> {
        if self.rng.chance(8) && self.refused(p)? {
            return Ok(());
        }
        if self.rng.chance(6) {
            return self.look(p);
        }
        let docs = self.phones[p].docs()?;
        let doc = self.rng.pick(&docs).copied();
        match doc {
            Some(doc) if self.rng.chance(72) => self.work_on(p, doc, &docs),
            _ => self.record(p),
        }
    }

    fn record(&mut self, p: usize) -> Result<()> {
        let mark = self.next_mark();
        let rng = &mut self.rng;
        let kind = *rng.pick(&[RecordKind::Demand, RecordKind::Finding, RecordKind::Request]).context("kinds")?;
        let title = format!("{}{mark}", rng.pick(&TITLES).context("titles")?);
        let building = rng.chance(85).then(|| rng.pick(&BUILDINGS).map(|b| (*b).to_owned())).flatten();
        let resolved_note = rng.chance(8).then(|| "顺手办了".to_owned());
        let photos = if rng.chance(10) { vec![photo(rng)?] } else { vec![] };
        let request = Request::Record {
            kind,
            title,
            detail: String::new(),
            category: "hazard".into(),
            building,
            unit: None,
            door: None,
            place_text: None,
            grid: None,
            urgency: String::new(),
            asker: String::new(),
            resolved_note,
            photos,
            draft: None,
        };
        self.write(p, &mark, None, request, &format!("records {}", kind.code()))
    }

    fn work_on(&mut self, p: usize, doc: DocId, docs: &[DocId]) -> Result<()> {
        let Some(view) = self.show(p, doc)? else { return Ok(()) };
        let mark = self.next_mark();
        let short = short(&doc);
        if self.rng.chance(18) {
            let field = *self.rng.pick(&["title", "detail", "place", "asker", "nonsense"]).context("fields")?;
            let others = view.facts.iter().find(|f| f.field == field).map(|f| f.values.clone()).unwrap_or_default();
            if others.len() > 1 && self.rng.chance(50) {
                // Settling what two people wrote: nothing new is said, so there is no mark to look for.
                let value = self.rng.pick(&others).map(|v| v.value.clone()).unwrap_or_default();
                self.chosen.extend(marks_in(value.as_bytes()));
                let set = Request::Set { id: doc, field: field.to_owned(), value };
                return self.do_unmarked(p, set, &format!("chooses a {field} of {short}"));
            }
            let set = Request::Set { id: doc, field: field.to_owned(), value: format!("改过{mark}") };
            return self.write(p, &mark, Some(doc), set, &format!("writes the {field} of {short}"));
        }
        let offered: Vec<String> = view.offers.iter().map(|o| o.action.clone()).collect();
        let action = if offered.is_empty() || self.rng.chance(12) {
            (*self.rng.pick(&ACTIONS).context("actions")?).to_owned()
        } else {
            self.rng.pick(&offered).cloned().unwrap_or_default()
        };
        if action == "attach" {
            let attach = Request::Attach { id: doc, photo: photo(&mut self.rng)?, note: format!("照片{mark}") };
            return self.write(p, &mark, Some(doc), attach, &format!("attaches a photo to {short}"));
        }
        if action == "join" || (action == "reopen" && self.rng.chance(30)) {
            let again = action == "reopen";
            let join =
                Request::Join { id: doc, note: format!("又有人说{mark}"), asker: "张家".into(), again, photos: vec![], draft: None };
            return self.write(p, &mark, Some(doc), join, &format!("joins {short}"));
        }
        let askings: Vec<String> = view.life.askings.iter().map(|a| a.code.clone()).collect();
        let Some(event) = event(&action, &mark, &mut self.rng, self.now, docs, &askings) else { return Ok(()) };
        let photos = if self.rng.chance(4) { vec![photo(&mut self.rng)?] } else { vec![] };
        let act = Request::Act { id: doc, event, photos, draft: None };
        self.write(p, &mark, Some(doc), act, &format!("{action} on {short}"))
    }

    /// One writing: what the phone says of it goes into the ledger.
    fn write(&mut self, p: usize, mark: &str, doc: Option<DocId>, request: Request, words: &str) -> Result<()> {
        let armed = self.temper.faults && self.rng.chance(6);
        if armed {
            let after = u32::try_from(self.rng.below(4))?;
            let fault = match self.rng.below(3) {
                0 => Fault::Power,
                1 => Fault::Full(u32::try_from(self.rng.below(3))?),
                _ => Fault::Io,
            };
            self.phones[p].faults.arm(after, fault);
        }
        let answer = self.phones[p].ask(request)?;
        let broke = self.phones[p].faults.disarm();
        let name = self.phones[p].name.clone();
        match answer {
            Some(answer @ (Response::Recorded { .. } | Response::Matter { .. })) => {
                let doc = if let Response::Recorded { id } = answer { Some(id) } else { doc };
                self.say(format!("{name}: {words} {mark}"));
                self.ledger.note(mark, p, doc, Told::Saved);
            }
            Some(Response::Error { error }) => {
                self.say(format!("{name}: {words} {mark}: not saved, {}", error.code));
                ensure!(broke || !FAULTS.contains(&error.code.as_str()), "the phone works: {name} answers {}: {words}", error.code);
                let there = self.marks_on(p)?.contains(mark);
                ensure!(!there, "what was not saved is not there: {name} said {} of {mark}, and has it", error.code);
            }
            Some(other) => bail!("the phone works: {name} answers {words} by {other:?}"),
            None => {
                self.say(format!("{name}: {words} {mark}: the power goes"));
                self.ledger.note(mark, p, doc, Told::Nothing);
                self.power_back(p)?;
            }
        }
        Ok(())
    }

    fn do_unmarked(&mut self, p: usize, request: Request, words: &str) -> Result<()> {
        let answer = self.phones[p].ask(request)?.context("no fault is armed")?;
        let name = self.phones[p].name.clone();
        match answer {
            Response::Error { error } => {
                ensure!(!FAULTS.contains(&error.code.as_str()), "the phone works: {name} answers {}: {words}", error.code);
                self.say(format!("{name}: {words}: {}", error.code));
            }
            _ => self.say(format!("{name}: {words}")),
        }
        Ok(())
    }

    fn show(&mut self, p: usize, id: DocId) -> Result<Option<MatterView>> {
        match self.phones[p].ask(Request::Show { id })?.context("reading is no step")? {
            Response::Matter { matter } => Ok(Some(*matter)),
            Response::Error { error } => {
                let name = &self.phones[p].name;
                ensure!(!FAULTS.contains(&error.code.as_str()), "the phone works: {name} shows {}: {}", short(&id), error.code);
                Ok(None)
            }
            other => bail!("the phone works: a matter is shown as {other:?}"),
        }
    }

    /// Somebody looks at lists and numbers; whatever was merged, they can be read.
    fn look(&mut self, p: usize) -> Result<()> {
        let list = *self.rng.pick(&[ListKind::Demand, ListKind::Responsibility, ListKind::Progress]).context("lists")?;
        let list = Request::List { list, filter: ListFilter::default(), order: Default::default(), offset: 0, limit: 100 };
        for request in [list, Request::Today, Request::Counts, Request::Reminders, Request::Status, Request::Refused, Request::Files] {
            self.do_unmarked(p, request, "looks")?;
        }
        Ok(())
    }

    /// Somebody deals with what was not taken. Answers whether there was anything.
    fn refused(&mut self, p: usize) -> Result<bool> {
        let Response::Refused { entries } = self.phones[p].ask(Request::Refused)?.context("reading is no step")? else {
            bail!("the phone works: what was refused cannot be read")
        };
        let Some(entry) = self.rng.pick(&entries).map(|e| (e.entry, e.can_retry, e.held)) else { return Ok(false) };
        let (entry, can_retry, held) = entry;
        if can_retry && self.rng.chance(70) {
            self.do_unmarked(p, Request::RetryRefused { entry }, "makes anew what was not taken")?;
        } else if !held {
            self.do_unmarked(p, Request::DismissRefused { entry }, "puts away what was not taken")?;
        }
        Ok(true)
    }
}

/// The first characters of a record's id.
pub fn short(doc: &DocId) -> String {
    doc.to_string().chars().take(6).collect()
}

/// A small picture, one of a few.
fn photo(rng: &mut Rng) -> Result<NewPhoto> {
    let shade = u8::try_from(rng.below(200))?;
    let image = image::RgbImage::from_fn(8, 8, |x, y| image::Rgb([shade, x as u8, y as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png)?;
    Ok(NewPhoto { media: "image/png".into(), base64: BASE64_STANDARD.encode(bytes.into_inner()), ..NewPhoto::default() })
}

/// An event of this code with a mark in its note.
fn event(action: &str, mark: &str, rng: &mut Rng, now: i64, docs: &[DocId], askings: &[String]) -> Option<EventBody> {
    let note = format!("说明{mark}");
    let soon = now + rng.between(3_600, 400_000);
    let member = MemberId::from(*rng.pick(&CAST)?);
    Some(match action {
        "accept" => EventBody::Accept { path: *rng.pick(&[Path::Now, Path::Coordinate, Path::Track])?, note },
        "assign" => {
            let help = if rng.chance(30) { vec![MemberId::from(*rng.pick(&CAST)?)] } else { vec![] };
            EventBody::Assign { to: member, help, due: rng.chance(50).then_some(soon), note }
        }
        "step" => EventBody::Step { note },
        "resolve" => EventBody::Resolve { by: None, note },
        "reopen" => EventBody::Reopen { note },
        "withdraw" => EventBody::Withdraw { note },
        "supplement" => EventBody::Supplement { note },
        "return" => EventBody::Return { note },
        "decline" => EventBody::Decline { note },
        "accept_assignment" => EventBody::AcceptAssignment { note },
        "decline_assignment" => EventBody::DeclineAssignment { note },
        "promise" => EventBody::Promise { due: soon, note },
        "extend" => EventBody::Extend { until: 0, note },
        "suspend" => EventBody::Suspend { until: rng.chance(50).then_some(soon), note },
        "resume" => EventBody::Resume { note },
        "coordinate" => {
            let parties =
                vec![Party { name: "物业".into(), promise: String::new() }, Party { name: "业委会".into(), promise: "修".into() }];
            EventBody::Coordinate { at: 0, parties, agreed: rng.chance(50), note }
        }
        "hand_up" => EventBody::HandUp { to: "区水务局".into(), number: String::new(), contact_by: None, note },
        "answered" => EventBody::Answered { number: "SW-1".into(), note },
        "contact" => EventBody::Contact { next: None, note },
        "urge" => EventBody::Urge { note },
        "dispute" => EventBody::Dispute { note },
        "effect" => {
            let asking = rng.pick(askings).cloned().unwrap_or_else(|| "person".to_owned());
            EventBody::Effect { asking, helped: *rng.pick(&[Helped::Yes, Helped::Partly, Helped::No])?, note }
        }
        "close" => EventBody::Close { note },
        "merge" => EventBody::Merge { into: *rng.pick(docs)?, note },
        "unmerge" => EventBody::Unmerge { note },
        _ => return None,
    })
}
