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
use sha2::{Digest as _, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufWriter, Read, Write},
    path::{Path, PathBuf},
};

/// Fast: what is large, photos, does not get smaller.
const LEVEL: i32 = 3;

/// Makes an archive of the data folder `dir` at `out`, and reads it back. The server may go on working.
///
/// # Errors
/// [`BackupError::Exists`] if there is such a file. After any error there is none.
pub fn make(dir: &Path, storage: &SqliteStorage, out: &Path, now: i64) -> Result<Manifest, BackupError> {
    if out.exists() {
        return Err(BackupError::Exists(out.to_owned()));
    }
    let (snapshot, partial) = (Partial::beside(out, "db"), Partial::beside(out, "partial"));
    storage.snapshot(&snapshot.0)?;
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
    manifest.entries.push(entry(sqlite::FILE, &snapshot.0)?);
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
    let mut tar = tar::Builder::new(zstd::Encoder::new(BufWriter::new(private(&partial.0)?), LEVEL)?);
    let list = serde_json::to_vec(&manifest).map_err(io::Error::other)?;
    append(&mut tar, MANIFEST, list.len() as u64, now, &list[..])?;
    for e in &manifest.entries {
        match e.file() {
            Some(hash) if e.size > 0 => append(&mut tar, &e.path, e.size, now, &kept.blobs().read(&hash, 0, e.size - 1)?[..])?,
            Some(_) => append(&mut tar, &e.path, 0, now, &[][..])?,
            None if e.path == sqlite::FILE => append(&mut tar, &e.path, e.size, now, File::open(&snapshot.0)?)?,
            None => append(&mut tar, &e.path, e.size, now, File::open(dir.join(&e.path))?)?,
        }
    }
    let file = tar.into_inner()?.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.sync_all()?;
    // What was written is read back before anybody relies on it.
    check(&partial.0)?;
    fs::rename(&partial.0, out)?;
    sync_folder_of(out)?;
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

/// A file that is in the way of nobody: erased when done, and when not done.
struct Partial(PathBuf);

impl Partial {
    fn beside(out: &Path, ending: &str) -> Self {
        let mut name = out.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{ending}"));
        let partial = Self(out.with_file_name(name));
        partial.erase();
        partial
    }

    fn erase(&self) {
        match fs::remove_file(&self.0) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => tracing::warn!(error = %e, "cannot erase a partial file"),
            _ => {}
        }
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        self.erase();
    }
}

/// A new file that only its owner may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
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
