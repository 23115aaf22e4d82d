//! `buildings` and `words`: what is on the lists that forms offer, and what was taken off them.

use super::{CliError, output};
use crate::{
    app::system_clock,
    names::{self, Changed, NameError},
    storage::{Result as StorageResult, Storage, Write},
};
use beehive_core::{PlaceId, reference::DictionaryEntry};
use clap::Subcommand;
use serde::Serialize;

/// What `buildings` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Buildings {
    /// Call a building otherwise.
    Rename {
        /// The building's id.
        id: String,
        /// Its new name.
        name: String,
    },
    /// Take a building off the list: for new records it is no longer offered, those that name it keep its name.
    Remove {
        /// The building's id.
        id: String,
    },
    /// Put a building on the list again.
    Restore {
        /// The building's id.
        id: String,
    },
}

/// What `words` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum Words {
    /// Take a word out of a dictionary; records that use it keep it.
    Remove {
        /// `category` or `channel`.
        dictionary: String,
        /// Its code.
        code: String,
    },
    /// Put a word in again.
    Restore {
        /// `category` or `channel`.
        dictionary: String,
        /// Its code.
        code: String,
    },
}

#[derive(Serialize)]
struct BuildingRow {
    id: String,
    name: String,
    /// The micro-grid.
    node: String,
    removed: bool,
}

#[derive(Serialize)]
struct WordRow {
    #[serde(flatten)]
    entry: DictionaryEntry,
    removed: bool,
}

pub fn buildings(storage: &dyn Storage, what: Option<Buildings>, json: bool) -> Result<(), CliError> {
    let now = system_clock()();
    match what {
        None => list_buildings(storage, json),
        Some(Buildings::Rename { id, name }) => change(storage, move |tx| names::rename_building(tx, &PlaceId(id), &name)),
        Some(Buildings::Remove { id }) => change(storage, move |tx| names::list_building(tx, &PlaceId(id), Some(now))),
        Some(Buildings::Restore { id }) => change(storage, move |tx| names::list_building(tx, &PlaceId(id), None)),
    }
}

pub fn words(storage: &dyn Storage, what: Option<Words>, json: bool) -> Result<(), CliError> {
    let now = system_clock()();
    match what {
        None => list_words(storage, json),
        Some(Words::Remove { dictionary, code }) => change(storage, move |tx| names::list_word(tx, &dictionary, &code, Some(now))),
        Some(Words::Restore { dictionary, code }) => change(storage, move |tx| names::list_word(tx, &dictionary, &code, None)),
    }
}

fn change(storage: &dyn Storage, job: impl FnOnce(&dyn Write) -> StorageResult<Changed> + Send + 'static) -> Result<(), CliError> {
    let changed = storage.write(job)?.map_err(|e| match e {
        NameError::Unknown => CliError::new("unknown_name", "没有这个编号。请用 buildings 或 words 查看。"),
        NameError::Removed => CliError::new("name_removed", "这栋楼已经撤了。请先用 buildings restore 恢复。"),
        NameError::BadName => CliError::new("bad_name", format!("名称要看得见，写成一行，不超过 {} 个字；原来的没有变。", names::MAX_NAME)),
    })?;
    output::line(if changed { "已更改；手机下次同步时生效。" } else { "本来就是这样，没有变化。" });
    Ok(())
}

fn list_buildings(storage: &dyn Storage, json: bool) -> Result<(), CliError> {
    let (present, past) = storage.read(|rows| Ok((rows.all_buildings()?, rows.past_buildings()?)))?;
    let present = present.into_iter().map(|b| BuildingRow { id: b.id.0, name: b.name, node: b.node.0, removed: false });
    // One that is in another grid now is among those that are present.
    let mut gone: Vec<_> = past.into_iter().filter(|b| b.removed).collect();
    gone.dedup_by(|a, b| a.id == b.id);
    let gone = gone.into_iter().map(|b| BuildingRow { id: b.id.0, name: b.name, node: b.node.0, removed: true });
    let rows: Vec<BuildingRow> = present.chain(gone).collect();
    if json {
        output::json(&rows);
        return Ok(());
    }
    for row in rows {
        output::line(format!("{}  {}  {}{}", row.id, row.node, row.name, if row.removed { "  已撤" } else { "" }));
    }
    Ok(())
}

fn list_words(storage: &dyn Storage, json: bool) -> Result<(), CliError> {
    let (present, past) = storage.read(|rows| Ok((rows.dictionary()?, rows.past_words()?)))?;
    let row = |removed| move |entry| WordRow { entry, removed };
    let rows: Vec<WordRow> = present.into_iter().map(row(false)).chain(past.into_iter().map(row(true))).collect();
    if json {
        output::json(&rows);
        return Ok(());
    }
    for WordRow { entry: e, removed } in rows {
        output::line(format!("{}  {}  {}{}", e.dictionary, e.code, e.zh, if removed { "  已停用" } else { "" }));
    }
    Ok(())
}
