//! Rows that may be about the same thing: found by what search looks into, so that nothing has to be kept for it.

use super::{StoreError, matter, matter::MatterRow, search};
use beehive_core::{PlaceId, model::Place, text::folded};
use rusqlite::{Connection, params_from_iter, types::Value};

/// Rows looked at in one building, the newest first.
const AT_PLACE: i64 = 600;
/// Rows looked at for their words alone.
const BY_WORDS: i64 = 300;

/// Open rows of a building, and those closed since `since`. `words` is the building's name as search knows it.
pub fn at_building(conn: &Connection, building: &PlaceId, words: &str, since: i64) -> Result<Vec<MatterRow>, StoreError> {
    // The stored form begins with the building: `13 栋` must not pass for `3 栋`.
    let stored = Place { building: Some(building.clone()), ..Place::default() }.to_scalar();
    let mut values = vec![Value::Text(stored.trim_end_matches('}').to_owned()), Value::Integer(since), Value::Integer(AT_PLACE)];
    let Some((found, parameters)) = search::condition(&folded(words), values.len() + 1) else { return Ok(Vec::new()) };
    values.extend(parameters);
    let rest = format!("WHERE {found} AND instr(place, ?1) = 1 AND (open = 1 OR updated_at >= ?2) ORDER BY row DESC LIMIT ?3");
    matter::select(conn, &rest, params_from_iter(&values))
}

/// Rows of one category recorded in a building between two moments, the latest first.
pub fn of_category_at(conn: &Connection, building: &PlaceId, category: &str, since: i64, until: i64) -> Result<Vec<MatterRow>, StoreError> {
    let rest =
        "INDEXED BY matter_recurrence WHERE category = ?2 AND spot <> '' AND (spot = ?1 OR substr(spot, 1, length(?1) + 1) = ?1 || char(9))
                AND created_at BETWEEN ?3 AND ?4 ORDER BY created_at DESC, row DESC LIMIT ?5";
    matter::select(conn, rest, (building.as_str(), category, since, until, AT_PLACE))
}

/// Open rows that share three signs in a row with a text.
pub fn by_words(conn: &Connection, text: &str) -> Result<Vec<MatterRow>, StoreError> {
    let Some((found, values)) = search::any_part(text, 1, BY_WORDS) else { return Ok(Vec::new()) };
    matter::select(conn, &format!("WHERE open = 1 AND {found}"), params_from_iter(&values))
}
