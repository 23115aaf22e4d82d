//! Files and folders that nobody but their owner may read, whatever the umask: the stores of both
//! programs hold residents' data, and so does everything that is exported from them.
//!
//! Each file is made with its mode instead of getting it afterwards, so that there is no moment at
//! which somebody else could open it. Where a system has no modes (Windows), nothing is done.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

/// Something that others than its owner may read or write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wide {
    /// What.
    pub path: PathBuf,
    /// Its permission bits, e.g. `0o644`.
    pub mode: u32,
}

/// Options with which a new file is made 0600.
pub fn options() -> OpenOptions {
    #[allow(unused_mut)]
    let mut options = File::options();
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder and the folders above it that are missing, each 0700. One that is there stays as
/// it is.
///
/// # Errors
/// It cannot be made, or something else has its name.
pub fn folder(path: &Path) -> io::Result<()> {
    builder(true).create(path)
}

/// Makes one folder, 0700.
///
/// # Errors
/// It is there already, or cannot be made.
pub fn new_folder(path: &Path) -> io::Result<()> {
    builder(false).create(path)
}

fn builder(recursive: bool) -> fs::DirBuilder {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(recursive);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Sees to it that a file is there before another library opens it, which would make it by the
/// umask. SQLite gives its `-wal` and `-shm` the mode of the database.
///
/// # Errors
/// It is not there and cannot be made.
pub fn present(path: &Path) -> io::Result<()> {
    if path.exists() { Ok(()) } else { options().append(true).create(true).open(path).map(drop) }
}

/// Takes a data folder, and what of it begins with one of these names, away from everybody but the
/// owner: older versions made them by the umask. What cannot be narrowed (it belongs to somebody
/// else) is logged; `sync-server doctor` names it. A folder that is shared by its nature (`/tmp`)
/// stays, and so does what is not ours in it.
pub fn narrow(folder: &Path, ours: &[&str]) {
    let narrowed = if is_shared(folder) { Ok(()) } else { narrow_one(folder) };
    let within = of_us(folder, ours).into_iter().flatten().map(|path| narrow_one(&path));
    for e in std::iter::once(narrowed).chain(within).filter_map(Result::err) {
        tracing::warn!(error = %e, "others on this machine may be able to read the data folder");
    }
}

fn of_us(folder: &Path, ours: &[&str]) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if ours.iter().any(|ours| name.to_string_lossy().starts_with(ours)) {
            found.push(entry.path());
        }
    }
    Ok(found)
}

/// A data folder, and everything of it that begins with one of these names and below that, as far
/// as others may read or write it. Links are not followed.
///
/// # Errors
/// A folder cannot be listed.
pub fn wide(folder: &Path, ours: &[&str]) -> io::Result<Vec<Wide>> {
    let mut found: Vec<Wide> = too_wide(folder)?.into_iter().collect();
    let mut paths = of_us(folder, ours)?;
    while let Some(path) = paths.pop() {
        match too_wide(&path) {
            Ok(wide) => found.extend(wide),
            // What was erased meanwhile is no danger any more.
            Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
            Err(e) => return Err(e),
        }
        if fs::symlink_metadata(&path).is_ok_and(|meta| meta.is_dir()) {
            paths.extend(of_us(&path, &[""])?);
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

impl Wide {
    /// Whether it still is.
    pub fn is_still(&self) -> bool {
        too_wide(&self.path).is_ok_and(|wide| wide.is_some())
    }
}

#[cfg(unix)]
fn too_wide(path: &Path) -> io::Result<Option<Wide>> {
    use std::os::unix::fs::MetadataExt as _;
    let meta = fs::symlink_metadata(path)?;
    let mode = meta.mode() & 0o7777;
    Ok((!meta.is_symlink() && mode & 0o077 != 0).then(|| Wide { path: path.to_owned(), mode }))
}

#[cfg(not(unix))]
fn too_wide(_: &Path) -> io::Result<Option<Wide>> {
    Ok(None)
}

#[cfg(unix)]
fn narrow_one(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    match too_wide(path) {
        Ok(Some(wide)) => fs::set_permissions(path, fs::Permissions::from_mode(wide.mode & 0o700)),
        Ok(None) => Ok(()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(e),
    }
}

#[cfg(not(unix))]
fn narrow_one(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Whether a folder has the sticky bit: everybody's, like `/tmp`.
#[cfg(unix)]
fn is_shared(folder: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(folder).is_ok_and(|meta| meta.mode() & 0o1000 != 0)
}

#[cfg(not(unix))]
fn is_shared(_: &Path) -> bool {
    false
}

/// For the start of a program: whatever a library makes behind our back is private too. Programs
/// call it beside, not instead of, the functions above: an app has no `main` of ours.
pub fn narrow_process() {
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
}

/// Makes a folder's names safe: a name is on the disk only once its folder is.
///
/// # Errors
/// The folder cannot be synced.
pub fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Writes a private file whole: under its name only once it is on the disk. What had the name is
/// replaced. For files of the programs' own; what a person names goes through [`crate::export`].
///
/// # Errors
/// It cannot be written; then what had the name is whole.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    use io::Write as _;
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".new");
    let temporary = path.with_file_name(name);
    let written = (|| {
        let mut file = options().write(true).create(true).truncate(true).open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        sync_folder(folder_of(path))
    })();
    if written.is_err() {
        // The next try makes it anew; half of a secret should not lie about until then.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// The folder that a path names something in.
pub fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
