//! Duplicates: what is being typed may be recorded already. Looked for offline, by place and by how alike the words are; a person says
//! whether it is the same. Then nothing new is recorded: the matter that is there says that it was raised again, or is opened again.

use super::{
    Inner,
    life::ReceiveTimes,
    likeness::Pairs,
    lists, place,
    reference::Reference,
    words::{error, refusal},
};
use crate::{
    api::{ApiError, Nearness, NewPhoto, SimilarView},
    store::{StoreError, document, likely, matter::MatterRow},
};
use beehive_core::{
    EventBody, NodeId, Refusal, Write,
    action::{Action, MAX_NOTE},
    model::{Place, RecordKind, field},
    policy::{Standing, judge, sees},
};
use std::collections::{HashMap, HashSet};

/// Offers at most: more is a list to read, and nobody reads one while typing.
const MAX_OFFERS: usize = 5;
/// Of them finished matters at most.
const MAX_AGAIN: usize = 2;
/// What having the same category adds.
const SAME_CATEGORY: f32 = 0.1;
/// What being of the same kind adds.
const SAME_KIND: f32 = 0.03;

/// What stands in the form so far.
pub struct Typed {
    pub kind: Option<RecordKind>,
    pub title: String,
    pub detail: String,
    pub category: String,
    pub building: Option<String>,
    pub unit: Option<String>,
    pub door: Option<String>,
}

/// What goes to the matter that is there already.
pub struct Joining {
    pub note: String,
    pub asker: String,
    pub again: bool,
    pub photos: Vec<NewPhoto>,
    pub draft: Option<String>,
}

/// How alike the words must be to be offered: the nearer the place, the less they need to say.
fn least(near: Nearness) -> f32 {
    match near {
        Nearness::Door => 0.1,
        Nearness::Unit => 0.18,
        Nearness::Building => 0.25,
        Nearness::Words => 0.45,
    }
}

/// What the place adds to the likeness of the words.
fn weight(near: Nearness) -> f32 {
    match near {
        Nearness::Door => 0.5,
        Nearness::Unit => 0.3,
        Nearness::Building => 0.15,
        Nearness::Words => 0.0,
    }
}

/// How near two places are; `None` if they are certainly different ones.
fn nearness(a: &Place, b: &Place) -> Option<Nearness> {
    let both = |x: &Option<String>, y: &Option<String>| x.is_some() && x == y;
    match (&a.building, &b.building) {
        (Some(x), Some(y)) if x != y => None,
        (Some(_), Some(_)) if both(&a.unit, &b.unit) && both(&a.door, &b.door) => Some(Nearness::Door),
        (Some(_), Some(_)) if both(&a.unit, &b.unit) => Some(Nearness::Unit),
        (Some(_), Some(_)) => Some(Nearness::Building),
        _ => Some(Nearness::Words),
    }
}

/// A row that may be it.
struct Candidate {
    row: MatterRow,
    near: Nearness,
    likeness: f32,
    score: f32,
}

impl Typed {
    pub(super) fn place(&self, reference: &Reference) -> Place {
        let said = |text: &Option<String>| text.as_deref().map(str::trim).filter(|t| !t.is_empty()).map(str::to_owned);
        let building = said(&self.building).and_then(|text| place::building(reference, &text).ok().map(|b| b.id.clone()));
        Place { building, unit: said(&self.unit), door: said(&self.door), text: None }
    }

    /// Compares a row with what was typed.
    fn compare(&self, place: &Place, (title, all): (&Pairs, &Pairs), row: MatterRow) -> Option<Candidate> {
        let near = nearness(place, &Place::from_scalar(&row.place))?;
        let theirs = Pairs::of(&row.title);
        let likeness = title.likeness(&theirs).max(all.likeness(&theirs));
        let mut score = likeness + weight(near);
        if !self.category.is_empty() && self.category == row.category {
            score += SAME_CATEGORY;
        }
        if self.kind == Some(row.kind) {
            score += SAME_KIND;
        }
        Some(Candidate { row, near, likeness, score })
    }

    /// Whether a finished row is the same sort of trouble at the very same place.
    fn is_again(&self, place: &Place, row: &MatterRow) -> bool {
        let there = Place::from_scalar(&row.place);
        let same_place = (&place.building, &place.unit, &place.door) == (&there.building, &there.unit, &there.door);
        row.status.is_done() && place.building.is_some() && same_place && !self.category.is_empty() && self.category == row.category
    }
}

impl Inner {
    /// What is being typed may already be one of these.
    pub fn similar(&self, typed: &Typed) -> Result<Vec<SimilarView>, StoreError> {
        let (now, reference) = (self.clock.now(), self.reference());
        let title = Pairs::of(&typed.title);
        if title.is_empty() {
            return Ok(Vec::new());
        }
        let all = Pairs::of(&format!("{} {}", typed.title, typed.detail));
        let place = typed.place(&reference);
        let since = now - i64::from(reference.rules().recurrence_days) * 86_400;
        let rows = self.store.read(|conn| {
            let mut rows = likely::by_words(conn, &typed.title)?;
            if let Some(building) = &place.building {
                let words = place::words(&reference, &Place { building: Some(building.clone()), ..Place::default() });
                rows.extend(likely::at_building(conn, building, &words, since)?);
            }
            Ok(rows)
        })?;
        let mut standings: HashMap<NodeId, Option<Standing>> = HashMap::new();
        let mut may = |row: &MatterRow, event: EventBody| {
            let standing = standings.entry(row.scope.clone()).or_insert_with(|| reference.standing(&row.scope, now));
            let outline = lists::outline(row);
            standing.as_ref().is_some_and(|s| sees(s, &outline) && judge(s, &Action::Event(event), &outline).is_ok())
        };
        let (mut open, mut again) = (Vec::new(), Vec::new());
        let mut seen = HashSet::new();
        for row in rows.into_iter().filter(|row| seen.insert(row.doc)) {
            let finished = typed.is_again(&place, &row);
            let Some(candidate) = typed.compare(&place, (&title, &all), row) else { continue };
            if candidate.row.status.is_open() && candidate.likeness >= least(candidate.near) {
                open.push(candidate);
            } else if finished {
                again.push(candidate);
            }
        }
        for found in [&mut open, &mut again] {
            found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| b.row.created_at.cmp(&a.row.created_at)));
        }
        let said = || "…".to_owned();
        let mut offers: Vec<SimilarView> = open
            .into_iter()
            .filter(|c| may(&c.row, EventBody::Join { note: said(), asker: String::new(), by: None }))
            .map(|c| offer(&reference, &c, None, now))
            .take(MAX_OFFERS)
            .collect();
        let room = MAX_AGAIN.min(MAX_OFFERS - offers.len());
        for candidate in again.into_iter().filter(|c| may(&c.row, EventBody::Reopen { note: said() })).take(MAX_OFFERS) {
            let done_at = self.done_at(&candidate.row)?;
            if done_at >= since && offers.iter().filter(|o| o.done_days_ago.is_some()).count() < room {
                let days = u32::try_from((now - done_at).max(0) / 86_400).unwrap_or(0);
                offers.push(offer(&reference, &candidate, Some(days), now));
            }
        }
        Ok(offers)
    }

    /// When a finished matter was finished: the row only says when something last happened.
    fn done_at(&self, row: &MatterRow) -> Result<i64, StoreError> {
        let Some(stored) = self.store.read(|conn| document::get(conn, &row.doc))? else { return Ok(row.updated_at) };
        let held = super::held::Held::read(&stored)?;
        let (matter, times) = (held.matter(), self.store.read(|conn| ReceiveTimes::load(conn, held.history()))?);
        let resolved = matter.iter().flat_map(|m| &m.timeline).filter(|e| matches!(e.body, Some(EventBody::Resolve { .. })));
        Ok(resolved.map(|e| times.of(&e.id).unwrap_or(e.at)).max().unwrap_or(row.updated_at))
    }

    /// Says that what was typed is a matter that is here already.
    pub fn join(&self, doc: &beehive_core::DocId, joining: Joining) -> Result<(), ApiError> {
        let note = joining.note.trim().to_owned();
        if note.is_empty() {
            return Err(refusal(Refusal::NoteMissing));
        }
        if note.chars().count() > MAX_NOTE {
            return Err(error("too_long", "写得太长了，没有存。写的内容还在草稿里。", "请写短一些再试；或者按“不是”，另记一条。"));
        }
        let asker = joining.asker.trim().to_owned();
        let event = if joining.again {
            // The event that opens a matter again has no place for a name; the words have.
            let note = if asker.is_empty() { note } else { format!("{}：{asker}\n{note}", super::words::field(field::ASKER)) };
            EventBody::Reopen { note }
        } else {
            EventBody::Join { note, asker, by: Some(self.member_id()?) }
        };
        let mut writes: Vec<Write> = vec![Write::Event(event)];
        writes.extend(self.attach_events(&joining.photos)?.into_iter().map(Write::Event));
        self.write_to(doc, joining.draft.as_deref(), |_| Ok(writes))
    }
}

fn offer(reference: &Reference, candidate: &Candidate, done_days_ago: Option<u32>, now: i64) -> SimilarView {
    SimilarView {
        row: lists::view(reference, &candidate.row, now),
        near: candidate.near,
        likeness: (candidate.likeness * 100.0).round() as u32,
        done_days_ago,
    }
}
