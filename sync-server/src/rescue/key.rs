//! The rescue key: made with the database, kept beside it (never in it: a backup of the database alone opens no file), and its public half
//! handed to phones. A lost key file is replaced by a new key; what was sealed for the lost one stays closed.

use crate::{
    secret::fill,
    storage::{ReferenceSet, Result, Storage, StorageError, setting},
};
use beehive_core::rescue::{RescueKey, RescueSecret};
use beehive_machine::private;
use std::{fs, io, path::Path, sync::Arc};

/// The file within the data folder: one key in hexadecimal a line, the present one last.
pub const FILE: &str = "rescue.key";
/// The largest key file that is read.
const MAX_FILE: u64 = 64 * 1024;

/// Reads the keys, making the first one if there is none, and sees to it that phones hear of the present one. The present one comes last.
///
/// # Errors
/// The folder cannot be read or written, or the file does not hold keys.
pub fn ensure(dir: &Path, storage: &Arc<dyn Storage>) -> Result<Vec<RescueSecret>> {
    let path = dir.join(FILE);
    let secrets = match read(&path) {
        Ok(secrets) => secrets,
        Err(e) if e.kind() == io::ErrorKind::NotFound => vec![make(&path)?],
        Err(e) => return Err(e.into()),
    };
    let Some(present) = secrets.last().map(RescueSecret::public) else { return Err(unreadable().into()) };
    tell_phones(storage, present)?;
    Ok(secrets)
}

fn tell_phones(storage: &Arc<dyn Storage>, key: RescueKey) -> Result<()> {
    let key = key.to_string();
    if storage.read(|rows| rows.setting(setting::RESCUE_KEY))?.as_ref() == Some(&key) {
        return Ok(());
    }
    storage.write(move |tx| {
        tx.set_setting(setting::RESCUE_KEY, &key)?;
        // Goes out with the org tree, so that phones that have the tree hear of another key.
        tx.bump(ReferenceSet::Org)
    })
}

fn unreadable() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "rescue.key holds no key")
}

fn read(path: &Path) -> io::Result<Vec<RescueSecret>> {
    if fs::metadata(path)?.len() > MAX_FILE {
        return Err(unreadable());
    }
    let text = fs::read_to_string(path)?;
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let secrets: Vec<_> = lines.map(|line| line.parse::<RescueKey>().map(|bytes| RescueSecret::from_bytes(bytes.0))).collect();
    let secrets: std::result::Result<Vec<_>, _> = secrets.into_iter().collect();
    secrets.ok().filter(|s| !s.is_empty()).ok_or_else(unreadable)
}

fn make(path: &Path) -> Result<RescueSecret> {
    let mut bytes = [0u8; 32];
    fill(&mut bytes).map_err(|e| StorageError::Io(io::Error::other(e)))?;
    // Written whole and then renamed: half a key would close every file for good.
    private::replace(path, format!("{}\n", hex::encode(bytes)).as_bytes())?;
    tracing::info!("made the key that rescue files are sealed for");
    Ok(RescueSecret::from_bytes(bytes))
}
