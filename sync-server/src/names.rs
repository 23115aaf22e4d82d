//! Changes of what things are called: buildings and the words of the dictionaries. What commands, and an import, do to them.
//!
//! A name outlives what it names, because records hold the code for ever: what is taken off a list is kept beside it, and phones get it
//! with the past names.

use crate::storage::{ReferenceSet, Result, Write};
use beehive_core::{
    PlaceId,
    reference::Building,
    text::{is_blank, trimmed},
};

/// The most characters of a building's name.
pub const MAX_NAME: usize = 60;

/// Why a name was not changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameError {
    /// There is, and was, nothing with this id.
    Unknown,
    /// It was taken off the list.
    Removed,
    /// A name that nobody can read, or too long a one.
    BadName,
}

/// What came of a change.
pub type Changed = std::result::Result<bool, NameError>;

/// Gives a building another name. Says whether it was called otherwise before.
pub fn rename_building(tx: &dyn Write, id: &PlaceId, name: &str) -> Result<Changed> {
    let name = trimmed(name);
    if is_blank(name) || name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
        return Ok(Err(NameError::BadName));
    }
    let Some(found) = tx.all_buildings()?.into_iter().find(|b| b.id == *id) else { return Ok(Err(absent(tx, id)?)) };
    if found.name == name {
        return Ok(Ok(false));
    }
    tx.put_building(&Building { name: name.to_owned(), ..found })?;
    tx.bump(ReferenceSet::Places)?;
    Ok(Ok(true))
}

/// Takes a building off the list at a moment (seconds since 1970), or with `None` puts it on it again. Says whether that changed anything.
pub fn list_building(tx: &dyn Write, id: &PlaceId, removed: Option<i64>) -> Result<Changed> {
    let changed = tx.list_building(id, removed)?;
    if changed {
        tx.bump(ReferenceSet::Places)?;
        return Ok(Ok(true));
    }
    let known = absent(tx, id)? == NameError::Removed || tx.all_buildings()?.iter().any(|b| b.id == *id);
    Ok(if known { Ok(false) } else { Err(NameError::Unknown) })
}

/// Takes a word out of a dictionary at a moment, or with `None` puts it in again. Says whether that changed anything.
pub fn list_word(tx: &dyn Write, dictionary: &str, code: &str, removed: Option<i64>) -> Result<Changed> {
    let changed = tx.list_word(dictionary, code, removed)?;
    if changed {
        tx.bump(ReferenceSet::Dictionary)?;
        return Ok(Ok(true));
    }
    let known = tx.dictionary()?.into_iter().chain(tx.past_words()?).any(|e| e.dictionary == dictionary && e.code == code);
    Ok(if known { Ok(false) } else { Err(NameError::Unknown) })
}

/// Why a building is not on the list.
fn absent(tx: &dyn Write, id: &PlaceId) -> Result<NameError> {
    let removed = tx.past_buildings()?.iter().any(|b| b.id == *id && b.removed);
    Ok(if removed { NameError::Removed } else { NameError::Unknown })
}
