//! What was set aside because it was damaged, until a person has dealt with it.
//!
//! The files themselves are the memory of it: whatever else is lost, a database that was set aside lies beside the new one and is told
//! of. What could be read of it is noted in the new one.

use super::{FILES, PHONE, StoreError, meta};
use rusqlite::Connection;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, io, path::Path};

/// What stands between the name of a database and the time at which it was set aside.
const ASIDE: &str = ".aside-";

/// What could be read of a damaged database.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Salvaged {
    /// Whether it could be opened at all.
    pub opened: bool,
    /// Whether every table was read to its end.
    pub whole: bool,
    /// Records with unsent work among it.
    #[serde(default)]
    pub unsent: u32,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
}

/// A database that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// Its file's name.
    pub file: String,
    /// When, seconds since 1970.
    pub at: i64,
    /// Whether it is the one of photos and voice notes.
    pub files: bool,
    /// What could be read of it; nothing is known of one that an older program set aside.
    pub salvaged: Option<Salvaged>,
}

/// The name for a database that is set aside now: one that nothing has yet.
pub fn name(database: &Path, now: i64) -> io::Result<String> {
    let base = database.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let free = |n: u32| {
        let name = if n == 0 { format!("{base}{ASIDE}{now}") } else { format!("{base}{ASIDE}{now}-{n}") };
        (!database.with_file_name(&name).exists()).then_some(name)
    };
    (0..1000).find_map(free).ok_or_else(|| io::Error::other("no free name to set the database aside"))
}

/// Notes what could be read of it.
pub fn note(conn: &Connection, file: &str, salvaged: &Salvaged) -> Result<(), StoreError> {
    meta::set_json(conn, &key(file), salvaged)
}

/// Notes how many records with unsent work there are, now that what the outbox had lost is in it again.
pub fn recount(conn: &Connection, file: &str, unsent: u32) -> Result<(), StoreError> {
    match meta::get_json::<Salvaged>(conn, &key(file))? {
        Some(salvaged) => note(conn, file, &Salvaged { unsent, ..salvaged }),
        None => Ok(()),
    }
}

/// What was set aside in a folder and nobody has dealt with, the latest first.
pub fn all(dir: &Path, conn: &Connection) -> Result<Vec<Damage>, StoreError> {
    let seen: Vec<String> = meta::get_json(conn, meta::DAMAGE_SEEN)?.unwrap_or_default();
    let mut found = Vec::new();
    for entry in fs::read_dir(dir)? {
        let file = entry?.file_name().to_string_lossy().into_owned();
        let Some((base, at)) = file.split_once(ASIDE) else { continue };
        let ours = (base == PHONE || base == FILES) && at.bytes().all(|b| b.is_ascii_digit() || b == b'-') && !seen.contains(&file);
        if ours {
            let at = at.split('-').next().and_then(|at| at.parse().ok()).unwrap_or_default();
            let salvaged = meta::get_json(conn, &key(&file))?;
            found.push(Damage { files: base == FILES, at, salvaged, file });
        }
    }
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.file.cmp(&b.file)));
    Ok(found)
}

/// A person has dealt with it; the file stays where it is.
pub fn set_seen(conn: &Connection, file: &str) -> Result<(), StoreError> {
    let mut seen: Vec<String> = meta::get_json(conn, meta::DAMAGE_SEEN)?.unwrap_or_default();
    seen.push(file.to_owned());
    meta::set_json(conn, meta::DAMAGE_SEEN, &seen)
}

fn key(file: &str) -> String {
    format!("salvaged:{file}")
}
