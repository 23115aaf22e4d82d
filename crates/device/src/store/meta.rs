//! Single values: the account, the epoch, the settings.

use super::StoreError;
use rusqlite::{Connection, OptionalExtension};
use serde::{Serialize, de::DeserializeOwned};

/// The account (JSON).
pub const ACCOUNT: &str = "account";
/// An enrolment that was asked for and not answered yet (JSON).
pub const ENROLLING: &str = "enrolling";
/// The actor that writes now.
pub const ACTOR: &str = "actor";
/// The server's epoch as last seen.
pub const EPOCH: &str = "epoch";
/// Settings of this phone (JSON).
pub const SETTINGS: &str = "settings";
/// When everything was last delivered.
pub const LAST_SYNC: &str = "last_sync";
/// How often a scope was read again because digests differed.
pub const REPAIRED: &str = "repaired";
/// The key that rescue files are sealed for (hexadecimal).
pub const RESCUE_KEY: &str = "rescue_key";
/// Present when it is not sure who answers at the server's address: asked before anything of the records is sent there.
pub const DOUBT: &str = "doubt";
/// The names of files that were set aside and that a person has dealt with (JSON).
pub const DAMAGE_SEEN: &str = "damage_seen";
/// In which form search texts are in their indexes.
pub const SEARCH_FORM: &str = "search_form";
/// Present when projections must be made anew from the documents: the name of the damaged file that they were salvaged from.
pub const REBUILD: &str = "rebuild";
/// Present after a migration that added to the projections: they are to be made anew from the documents.
pub const REPROJECT: &str = "reproject";

/// Reads a value.
pub fn get(conn: &Connection, key: &str) -> Result<Option<String>, StoreError> {
    Ok(conn.prepare_cached("SELECT value FROM meta WHERE key = ?1")?.query_row([key], |row| row.get(0)).optional()?)
}

/// Writes a value.
pub fn set(conn: &Connection, key: &str, value: &str) -> Result<(), StoreError> {
    conn.prepare_cached("INSERT INTO meta (key, value) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")?
        .execute([key, value])?;
    Ok(())
}

/// Forgets a value.
pub fn remove(conn: &Connection, key: &str) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM meta WHERE key = ?1")?.execute([key])?;
    Ok(())
}

/// Reads a value that is JSON; what cannot be read counts as absent.
pub fn get_json<T: DeserializeOwned>(conn: &Connection, key: &str) -> Result<Option<T>, StoreError> {
    Ok(get(conn, key)?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Writes a value as JSON.
pub fn set_json<T: Serialize>(conn: &Connection, key: &str, value: &T) -> Result<(), StoreError> {
    set(conn, key, &serde_json::to_string(value)?)
}

/// Reads a value that is a number.
pub fn get_int(conn: &Connection, key: &str) -> Result<Option<i64>, StoreError> {
    Ok(get(conn, key)?.and_then(|text| text.parse().ok()))
}
