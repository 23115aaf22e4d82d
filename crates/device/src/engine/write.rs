//! The way of one record from finger to disk: load, put only what changed, judge, store change + snapshot + projection in ONE
//! transaction. "Saved" is answered after its commit.

use super::{
    Inner,
    authored::Authored,
    grids,
    held::Held,
    keep, place,
    words::{error, refusal},
};
use crate::{
    api::{ApiError, NewPhoto},
    store::{StoreError, change, document, draft, file},
};
use beehive_core::{
    DocId, EventBody, MemberId, NewRecord, NodeId, Refusal, Scalar, Write, clock, effect,
    fold::scalar_text,
    model::{Place, RecordKind, Urgency, field},
    policy::judge_change,
    text::is_blank,
};

/// What a form hands in for a new record.
pub struct RecordForm {
    pub kind: RecordKind,
    pub title: String,
    pub detail: String,
    pub category: String,
    pub building: Option<String>,
    pub unit: Option<String>,
    pub door: Option<String>,
    pub place_text: Option<String>,
    pub grid: Option<String>,
    pub urgency: String,
    pub asker: String,
    pub resolved_note: Option<String>,
    pub photos: Vec<NewPhoto>,
    pub draft: Option<String>,
}

impl Inner {
    /// Records something new.
    pub fn record(&self, form: RecordForm) -> Result<DocId, ApiError> {
        let me = self.member_id()?;
        let (place, scope) = self.where_recorded(&form)?;
        let title = one_line(&form.title);
        if is_blank(&title) {
            return Err(refusal(Refusal::TitleMissing));
        }
        if !form.urgency.is_empty() && Urgency::from_code(&form.urgency).is_none() {
            return Err(refusal(Refusal::BadValue));
        }
        let mut writes: Vec<Write> = self.attach_events(&form.photos)?.into_iter().map(Write::Event).collect();
        if let Some(note) = &form.resolved_note {
            let note = if is_blank(note) { form.detail.trim() } else { note.trim() };
            writes.push(Write::Event(EventBody::Resolve { by: Some(me.clone()), note: note.to_owned() }));
        }
        let mut fact = |name: &str, value: String| {
            if !value.is_empty() {
                writes.push(Write::Fact { field: name.to_owned(), value: Scalar::Str(value) });
            }
        };
        fact(field::TITLE, title);
        fact(field::DETAIL, form.detail.trim().to_owned());
        fact(field::CATEGORY, form.category.trim().to_owned());
        fact(field::PLACE, if place.is_empty() { String::new() } else { place.to_scalar() });
        fact(field::URGENCY, form.urgency.clone());
        fact(field::ASKER, form.asker.trim().to_owned());
        let record = NewRecord { kind: form.kind, scope, created_by: me };
        let id = self.create(&record, &writes, form.draft.as_deref()).map_err(|e| e.api())?;
        self.notify();
        Ok(id)
    }

    fn create(&self, record: &NewRecord, writes: &[Write], draft: Option<&str>) -> Result<DocId, StoreError> {
        let (now, reference) = (self.clock.now(), self.reference());
        let standing = reference.standing(&record.scope, now).ok_or(StoreError::NotEnrolled)?;
        self.store.write(|tx| {
            let actor = self.actor();
            // A record's id is made of what it says and when: the same words within one second, or under a clock that stands still, are
            // another record, and are dated so much later.
            let (mut at, mut made) = (now, Held::create(actor, now, record, writes)?);
            while document::exists(tx, &made.1.hash.doc_id())? || change::is_kept(tx, &made.1.hash)? {
                at += 1;
                made = Held::create(actor, at, record, writes)?;
            }
            let (held, written) = made;
            judge_change(held.history(), &written.hash, &standing).map_err(|r| StoreError::Refused(r.refusal()))?;
            let id = written.hash.doc_id();
            keep::add_to_outbox(tx, &id, actor, now, (written.hash, written.bytes), &Authored::new(at, Some(record), writes))?;
            keep::keep_held(tx, &reference, &held, &record.scope, keep::scope_generation(tx, &record.scope)?)?;
            keep::send_files(tx, &id, writes)?;
            if let Some(draft) = draft {
                draft::remove(tx, draft)?;
            }
            Ok(id)
        })
    }

    /// Writes to a record that is here. `writes` is given the record to look at, and may decline.
    pub(super) fn write_to(
        &self,
        doc: &DocId,
        draft: Option<&str>,
        writes: impl FnOnce(&Held) -> Result<Vec<Write>, ApiError>,
    ) -> Result<(), ApiError> {
        let (now, reference) = (self.clock.now(), self.reference());
        self.member_id()?;
        let mut declined = None;
        let result = self.store.write(|tx| {
            let row = document::get(tx, doc)?.ok_or(StoreError::NoSuchRecord)?;
            let mut held = Held::read(&row)?;
            let writes = match writes(&held) {
                Ok(writes) => writes,
                Err(e) => {
                    declined = Some(e);
                    return Err(StoreError::NoSuchRecord);
                }
            };
            let actor = self.actor();
            if let Some(change) = held.write(actor, now, &writes)? {
                // A record stays in the scope it was made in.
                let standing = reference.standing(&row.scope, now).ok_or(StoreError::NotEnrolled)?;
                judge_change(held.history(), &change.hash, &standing).map_err(|r| StoreError::Refused(r.refusal()))?;
                keep::add_to_outbox(tx, doc, actor, now, (change.hash, change.bytes), &Authored::new(now, None, &writes))?;
                keep::keep_held(tx, &reference, &held, &row.scope, row.generation)?;
                keep::send_files(tx, doc, &writes)?;
            }
            if let Some(draft) = draft {
                draft::remove(tx, draft)?;
            }
            Ok(())
        });
        if let Some(e) = declined {
            return Err(e);
        }
        match result {
            Err(StoreError::NoSuchRecord) => return Err(self.not_here(doc)),
            other => other.map_err(|e| e.api())?,
        }
        self.notify();
        Ok(())
    }

    /// Writes a fact, or chooses one of several values.
    pub fn set(&self, doc: &DocId, name: &str, value: &str) -> Result<(), ApiError> {
        let reference = self.reference();
        self.write_to(doc, None, |held| {
            let matter = held.matter().ok_or_else(|| refusal(Refusal::UnknownKind))?;
            let present = matter.facts.get(name).map(Vec::as_slice).unwrap_or_default();
            // Choosing a present value takes it exactly as it is stored, whatever its type.
            let value = match present.iter().find(|v| scalar_text(&v.value) == value) {
                Some(chosen) => chosen.value.clone(),
                None => Scalar::Str(match name {
                    field::PLACE => {
                        let there: Vec<Place> = present.iter().map(|v| Place::from_scalar(&scalar_text(&v.value))).collect();
                        let place = place::parse(&reference, value);
                        place::may_stand(&reference, &place, &there)?;
                        place.to_scalar()
                    }
                    field::TITLE => one_line(value),
                    _ => value.trim().to_owned(),
                }),
            };
            Ok(vec![Write::Fact { field: name.to_owned(), value }])
        })
    }

    /// Does something to a record, with photos and voice notes that show it.
    pub fn act(&self, doc: &DocId, event: EventBody, photos: &[NewPhoto], draft: Option<&str>) -> Result<(), ApiError> {
        let reference = self.reference();
        let now = self.clock.now();
        let me = self.member_id()?;
        if let EventBody::Attach { file, .. } = &event
            && !self.store.files(|conn| file::exists(conn, file)).map_err(|e| e.api())?
        {
            return Err(error("file_missing", "这个文件不在这台手机上。", "请重新拍照或选择照片。"));
        }
        let evidence = self.attach_events(photos)?;
        self.write_to(doc, draft, |held| {
            if let EventBody::Assign { to, help, .. } = &event {
                let scope = held.matter().map(|m| m.scope).unwrap_or_default();
                let works_there = |member: &MemberId| {
                    let known = reference.members().find(|m| &m.id == member);
                    known.is_some_and(|m| reference.standing_of(m, &scope, now).reaches())
                };
                if !std::iter::once(to).chain(help).all(works_there) {
                    return Err(refusal(Refusal::UnknownMember));
                }
            }
            // Photos first: a record that is resolved by this takes none after it in the same moment.
            let events = self.completed(held, event, &me, now);
            Ok(evidence.into_iter().map(Write::Event).chain(events).collect())
        })
    }

    /// What a form leaves to the phone: who resolved or joined it, when they met, what date an extension brings; and the end that the last answer to
    /// whether it helped brings along.
    fn completed(&self, held: &Held, mut event: EventBody, me: &MemberId, now: i64) -> Vec<Write> {
        let reference = self.reference();
        let matter = held.matter();
        let mut closes = false;
        match (&mut event, &matter) {
            (EventBody::Resolve { by, .. } | EventBody::Join { by, .. }, _) => *by = Some(me.clone()),
            (EventBody::Coordinate { at, .. }, _) if *at == 0 => *at = now,
            (EventBody::Extend { until, .. }, Some(matter)) if *until == 0 => {
                let due = clock::deadlines(matter, reference.rules(), &|_| None).into_iter().find(|d| d.what == clock::Due::Solve);
                *until = reference.rules().extended(due.map_or(now, |d| d.at.max(now)));
            }
            (EventBody::Effect { asking, helped, .. }, Some(matter)) => {
                closes = effect::completes(matter, reference.rules(), asking, *helped);
            }
            _ => {}
        }
        let mut writes = vec![Write::Event(event)];
        if closes {
            writes.push(Write::Event(EventBody::Close { note: String::new() }));
        }
        writes
    }

    /// Adds a photo to a record.
    pub fn attach(&self, doc: &DocId, photo: &NewPhoto, words: &str) -> Result<(), ApiError> {
        let note = if is_blank(words) { &photo.note } else { words };
        let events = self.attach_events(&[NewPhoto { note: note.to_owned(), ..photo.clone() }])?;
        self.write_to(doc, None, |_| Ok(events.into_iter().map(Write::Event).collect()))
    }

    /// The place a form names, and the micro-grid the record belongs to.
    fn where_recorded(&self, form: &RecordForm) -> Result<(Place, NodeId), ApiError> {
        let reference = self.reference();
        let text = |s: &Option<String>| s.as_deref().map(str::trim).filter(|s| !s.is_empty()).map(str::to_owned);
        let mut place = Place { building: None, unit: text(&form.unit), door: text(&form.door), text: text(&form.place_text) };
        let building = match text(&form.building) {
            Some(wanted) => Some(place::choosable(&reference, &wanted)?),
            None => None,
        };
        place.building = building.map(|b| b.id.clone());
        let grid = text(&form.grid);
        let scope = grids::of_record(&reference, form.kind, building.map(|b| &b.node), grid.as_deref(), self.clock.now())?;
        Ok((place, scope))
    }

    pub(super) fn member_id(&self) -> Result<MemberId, ApiError> {
        self.reference().me().map(|me| me.id.clone()).ok_or_else(|| StoreError::NotEnrolled.api())
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
