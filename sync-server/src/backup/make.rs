//! Making an archive beside a running server.

use super::{
    BackupError,
    archive::{Entry, FILES, FORMAT, MANIFEST, Manifest, check},
};
use crate::{
    files::Files,
    rescue,
    storage::{SqliteStorage, Storage, StorageError, sqlite},
};
use beehive_core::FileHash;
use beehive_machine::export::{Export, Over};
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::Path,
};

/// Fast: what is large, photos, does not get smaller.
const LEVEL: i32 = 3;

/// Makes an archive of the data folder `dir` at `out`, and reads it back. The server may go on working.
///
/// # Errors
/// [`BackupError::Export`] if it may not be there, or cannot be written. After any error there is
/// none, and what was there is whole.
pub fn make(dir: &Path, storage: &SqliteStorage, out: &Path, over: Over, now: i64) -> Result<Manifest, BackupError> {
    let mut export = Export::begin(out, over, &[dir])?;
    let snapshot = export.scratch("db")?;
    storage.snapshot(snapshot.path())?;
    // After the snapshot: a file is in the folder before the database names it, so everything the snapshot names is found.
    let rows: &dyn Storage = storage;
    let (meta, schema, files) = rows.read(|rows| Ok((rows.meta()?, rows.schema_version()?, rows.all_files()?)))?;
    let meta = meta.ok_or(StorageError::Absent)?;
    let kept = Files::in_folder(dir);
    let mut manifest = Manifest {
        format: FORMAT,
        made_at: now,
        tenant: meta.tenant,
        street: Some(meta.street),
        epoch: meta.epoch,
        schema,
        entries: Vec::new(),
        missing: Vec::new(),
    };
    manifest.entries.push(entry(sqlite::FILE, snapshot.path())?);
    let key = dir.join(rescue::KEY_FILE);
    if key.exists() {
        manifest.entries.push(entry(rescue::KEY_FILE, &key)?);
    }
    for name in below(dir, rescue::FOLDER)? {
        manifest.entries.push(entry(&name, &dir.join(&name))?);
    }
    for file in &files {
        match kept.blobs().size(&file.hash)? {
            Some(size) => manifest.entries.push(Entry { path: format!("{FILES}{}", file.hash), size, sha256: file.hash }),
            None => manifest.missing.push(file.hash),
        }
    }
    let mut tar = tar::Builder::new(zstd::Encoder::new(BufWriter::new(export.file()), LEVEL)?);
    let list = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    append(&mut tar, MANIFEST, list.len() as u64, now, &list[..])?;
    for e in &manifest.entries {
        match e.file() {
            Some(hash) if e.size > 0 => append(&mut tar, &e.path, e.size, now, &kept.blobs().read(&hash, 0, e.size - 1)?[..])?,
            Some(_) => append(&mut tar, &e.path, 0, now, &[][..])?,
            None if e.path == sqlite::FILE => append(&mut tar, &e.path, e.size, now, File::open(snapshot.path())?)?,
            None => append(&mut tar, &e.path, e.size, now, File::open(dir.join(&e.path))?)?,
        }
    }
    tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
    // What was written is read back before anybody relies on it.
    check(export.path())?;
    export.finish()?;
    Ok(manifest)
}

/// The paths of all files in a folder of the data folder and its folders, in order.
fn below(dir: &Path, folder: &str) -> io::Result<Vec<String>> {
    let entries = match fs::read_dir(dir.join(folder)) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let path = format!("{folder}/{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() { found.extend(below(dir, &path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

fn entry(path: &str, from: &Path) -> io::Result<Entry> {
    let (mut file, mut hash) = (File::open(from)?, Sha256::new());
    let size = io::copy(&mut file, &mut hash)?;
    Ok(Entry { path: path.to_owned(), size, sha256: FileHash(hash.finalize().into()) })
}

fn append(tar: &mut tar::Builder<impl Write>, path: &str, size: u64, at: i64, from: impl Read) -> io::Result<()> {
    let mut header = tar::Header::new_ustar();
    header.set_size(size);
    header.set_mode(0o600);
    header.set_mtime(u64::try_from(at).unwrap_or(0));
    tar.append_data(&mut header, path, from)
}

/// A name is on the disk only once its folder is.
pub(super) fn sync_folder_of(path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()
}
