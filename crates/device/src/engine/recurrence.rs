//! 复发: the same sort of trouble at the same place within the days of the rules. Noticed offline, while recording and afterwards: it says
//! that what was done before did not last, which no single matter shows.

use super::{Inner, life::ReceiveTimes, lists, reference::Reference, similar::Typed};
use crate::{
    api::RecurrenceView,
    store::{StoreError, likely, matter::MatterRow},
};
use beehive_core::{
    DocId,
    model::{Matter, Place, Status, field},
};
use rusqlite::Connection;

const DAY: i64 = 86_400;
/// Earlier matters shown at most.
const MAX_SHOWN: usize = 5;

/// What is looked for.
struct Spot<'a> {
    place: Place,
    category: &'a str,
    /// Up to when, seconds since 1970.
    until: i64,
    /// The matter that is compared with the others.
    itself: Option<DocId>,
}

/// Whether a row counts as the same trouble there. What was withdrawn, declined or found to be another matter does not.
fn counts(spot: &Spot<'_>, row: &MatterRow) -> bool {
    let there = Place::from_scalar(&row.place);
    spot.itself != Some(row.doc)
        && !matches!(row.status, Status::Withdrawn | Status::Declined | Status::Merged)
        && (&spot.place.building, &spot.place.unit, &spot.place.door) == (&there.building, &there.unit, &there.door)
}

fn find(conn: &Connection, reference: &Reference, spot: &Spot<'_>, now: i64) -> Result<Option<RecurrenceView>, StoreError> {
    let days = reference.rules().recurrence_days;
    let Some(building) = spot.place.building.as_ref().filter(|_| days > 0 && !spot.category.is_empty()) else { return Ok(None) };
    let since = spot.until.saturating_sub(i64::from(days) * DAY);
    let mut rows = likely::of_category_at(conn, building, spot.category, since, spot.until)?;
    rows.retain(|row| counts(spot, row));
    if rows.is_empty() {
        return Ok(None);
    }
    let nth = u32::try_from(rows.len()).unwrap_or(u32::MAX).saturating_add(1);
    Ok(Some(RecurrenceView { nth, days, earlier: rows.iter().take(MAX_SHOWN).map(|row| lists::view(reference, row, now)).collect() }))
}

/// For a matter's page: which time it was when it was recorded.
pub fn of_matter(
    conn: &Connection,
    reference: &Reference,
    matter: &Matter,
    times: &ReceiveTimes,
    now: i64,
) -> Result<Option<RecurrenceView>, StoreError> {
    let spot =
        Spot { place: matter.place(), category: matter.text(field::CATEGORY), until: times.created(matter), itself: Some(matter.id) };
    find(conn, reference, &spot, now)
}

impl Inner {
    /// For the form: which time it would be.
    pub fn recurrence(&self, typed: &Typed) -> Result<Option<RecurrenceView>, StoreError> {
        let (now, reference) = (self.clock.now(), self.reference());
        let spot = Spot { place: typed.place(&reference), category: &typed.category, until: now, itself: None };
        self.store.read(|conn| find(conn, &reference, &spot, now))
    }
}
