//! The form of an archive, and reading one with every length and hash checked.

use super::BackupError;
use beehive_core::{Epoch, FileHash, StreetId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, BufReader, Read, Write},
    path::Path,
};

/// The version of the form. Raised when an older program could not restore it.
pub const FORMAT: u32 = 1;
/// The name of the list within the archive.
pub(super) const MANIFEST: &str = "manifest.json";
/// The folder of photos and voice notes within the archive.
pub(super) const FILES: &str = "files/";
/// The longest list that is read, in bytes: half a million files.
const MAX_MANIFEST: u64 = 128 * 1024 * 1024;
/// The longest line of a list, in bytes, about a third more than one of a photo.
const LINE: u64 = 256;
/// How many files are listed in the smallest archive at most. Beyond, each has put its own 32-byte
/// hash into the archive, which does not compress.
const FREE_FILES: u64 = 10_000;
/// What the smallest archive may become, in bytes, and how much more for each of its bytes:
/// databases get ten times smaller, never a thousand times.
const FREE: u64 = 32 * 1024 * 1024;
const RATIO: u64 = 1_000;
/// The largest window of a frame, as a power of two. Our own archives need 2^21.
const MAX_WINDOW: u32 = 24;

/// What an archive holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was made, seconds since 1970.
    pub made_at: i64,
    /// The name of the street.
    pub tenant: String,
    /// Which street that is; not in archives of before streets had an identity (their database says it once it is restored).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<StreetId>,
    /// The epoch of the database then.
    pub epoch: Epoch,
    /// The schema version of the database.
    pub schema: u32,
    /// Its files, in the order in which they follow.
    pub entries: Vec<Entry>,
    /// Photos and voice notes that the database names and that were not in the folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<FileHash>,
}

/// One file of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its path: the database, the rescue key, or `files/` and a hash.
    pub path: String,
    /// Its length in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: FileHash,
}

impl Entry {
    /// The file it is, if it is a photo or voice note; its name is its hash.
    pub(super) fn file(&self) -> Option<FileHash> {
        self.path.strip_prefix(FILES)?.parse().ok().filter(|hash| *hash == self.sha256)
    }

    /// Whether it is what a rescue file brought in and no record holds. Only such names are taken as stay in their folder.
    pub(super) fn is_rescued(&self) -> bool {
        let plain = |part: &str| !part.starts_with('.') && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let mut parts = self.path.split('/');
        parts.next() == Some(crate::rescue::FOLDER) && parts.clone().count() > 0 && parts.all(|part| !part.is_empty() && plain(part))
    }
}

impl Manifest {
    /// What is left of an archive is not the archive. `most` is what one of its size can hold.
    fn sound(self, most: u64) -> Result<Self, BackupError> {
        if self.format > FORMAT {
            return Err(BackupError::Newer(self.format));
        }
        if self.entries.iter().fold(0u64, |sum, e| sum.saturating_add(e.size)) > most {
            return Err(damaged("it says that it holds more than it can"));
        }
        // Nothing of a path is ever used but these names, so no archive writes outside its folder.
        let known =
            |e: &Entry| e.path == crate::storage::sqlite::FILE || e.path == crate::rescue::KEY_FILE || e.file().is_some() || e.is_rescued();
        match self.entries.iter().find(|e| !known(e)) {
            Some(odd) => Err(damaged(format!("unknown entry {:?}", odd.path))),
            None if self.entries.iter().all(|e| e.path != crate::storage::sqlite::FILE) => Err(damaged("no database")),
            None => Ok(self),
        }
    }
}

pub(super) fn damaged(what: impl Into<String>) -> BackupError {
    BackupError::Damaged(what.into())
}

/// Reads an archive to its end. Gives what it holds, once every byte was found as the list says.
///
/// # Errors
/// [`BackupError::Damaged`] if it was cut or changed, [`BackupError::Newer`].
pub fn check(path: &Path) -> Result<Manifest, BackupError> {
    walk(path, |_, _| Ok(io::sink()))
}

/// Reads an archive to its end, copying every file to where `place` says.
pub(super) fn walk<W: Write>(
    path: &Path,
    mut place: impl FnMut(&Manifest, &Entry) -> Result<W, BackupError>,
) -> Result<Manifest, BackupError> {
    let cut = |e: io::Error| damaged(e.to_string());
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let mut input = zstd::Decoder::new(BufReader::new(file)).map_err(cut)?;
    input.window_log_max(MAX_WINDOW).map_err(cut)?;
    let mut archive = tar::Archive::new(input);
    // Raw: an entry that says the name of the next one is read whole into memory, however long it
    // says it is. We write none.
    let mut found = archive.entries().map_err(cut)?.raw(true);
    let mut next = |name: &str| -> Result<_, BackupError> {
        let entry = found.next().ok_or_else(|| damaged(format!("{name} is missing")))?.map_err(cut)?;
        let same = entry.path().map_err(cut)?.to_str() == Some(name);
        if same && entry.header().entry_type().is_file() { Ok(entry) } else { Err(damaged(format!("{name} is not where it should be"))) }
    };
    let list = next(MANIFEST)?;
    if list.size() > MAX_MANIFEST.min((length / FileHash::LEN as u64 + FREE_FILES) * LINE) {
        return Err(damaged("its list is too long"));
    }
    let manifest: Manifest = serde_json::from_reader(BufReader::new(list)).map_err(|e| damaged(e.to_string()))?;
    let manifest = manifest.sound(length.saturating_mul(RATIO).saturating_add(FREE))?;
    for entry in &manifest.entries {
        let from = next(&entry.path)?;
        if from.size() != entry.size {
            return Err(damaged(format!("{} has another length", entry.path)));
        }
        let mut to = place(&manifest, entry)?;
        if copy(from, &mut to)? != (entry.size, entry.sha256) {
            return Err(damaged(format!("{} has other bytes", entry.path)));
        }
        to.flush()?;
    }
    if found.next().is_some() {
        return Err(damaged("there is more than the list says"));
    }
    Ok(manifest)
}

/// Copies; how much it was, and its hash. What cannot be read is damage, what cannot be written is not.
fn copy(mut from: impl Read, to: &mut impl Write) -> Result<(u64, FileHash), BackupError> {
    let (mut buffer, mut size, mut hash) = (vec![0; 64 * 1024], 0, Sha256::new());
    loop {
        let n = from.read(&mut buffer).map_err(|e| damaged(e.to_string()))?;
        if n == 0 {
            return Ok((size, FileHash(hash.finalize().into())));
        }
        let piece = buffer.get(..n).unwrap_or_default();
        hash.update(piece);
        to.write_all(piece)?;
        size += n as u64;
    }
}
