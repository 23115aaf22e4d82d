//! Files that somebody asked a program to write: `--out`, `--xlsx`, an archive, a ready file.
//!
//! A person names them, and a person mistypes: `lists --xlsx srv/server.db` must not cost the
//! street its database. So nothing is ever written over unless that was asked for, never into the
//! data folder of either program, and never under its final name before it is whole and on the
//! disk. Whatever goes wrong, what was there is whole and nothing else is left.

use crate::private;
use std::{
    ffi::OsString,
    fs::{self, File, TryLockError},
    hash::{Hash as _, Hasher as _},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

/// How many links are followed before a path counts as leading nowhere; what systems follow.
const MAX_LINKS: usize = 40;
/// The longest name, in bytes, that is kept in the name of its partial file: systems take 255.
const LONG_NAME: usize = 200;
/// How much of a file is looked at to tell whether it may be replaced.
const LOOK: u64 = 256;

/// Whether a file that is there may be replaced.
#[derive(Debug, Clone, Copy)]
pub enum Over {
    /// No.
    Never,
    /// Yes: `--force`.
    Force,
    /// If its beginning is what this program wrote there before.
    If(fn(&str) -> bool),
}

impl Over {
    /// From the switch of a command line.
    pub fn force(force: bool) -> Self {
        if force { Self::Force } else { Self::Never }
    }
}

/// Why a file was not written. What had its name is whole, and nothing else was left behind.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is such a file.
    #[error("{0} is there already")]
    Exists(PathBuf),
    /// It would lie in the data folder of a phone or a server, or be one of its files.
    #[error("{0} is within a data folder")]
    InDataFolder(PathBuf),
    /// A folder, a device, a pipe, `-`.
    #[error("{0} is not the name of a file")]
    NotAFile(PathBuf),
    /// Another program is writing it now.
    #[error("{0} is being written")]
    Busy(PathBuf),
    /// The disk, the folder, the rights.
    #[error("{0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

impl ExportError {
    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Exists(_) => "file_exists",
            Self::InDataFolder(_) => "file_in_data_folder",
            Self::NotAFile(_) => "not_a_file",
            Self::Busy(_) => "file_busy",
            Self::Io(..) => "cannot_write",
        }
    }

    /// What is the matter, in Chinese.
    pub fn message(&self) -> String {
        match self {
            Self::Exists(path) => format!("已经有 {} 这个文件，没有覆盖。", path.display()),
            Self::InDataFolder(path) => format!("{} 在数据目录里，没有写，数据没有动。", path.display()),
            Self::NotAFile(path) => format!("{} 不是普通文件，没有写。", path.display()),
            Self::Busy(path) => format!("另一个程序正在写 {}。", path.display()),
            Self::Io(path, e) => format!("写不了 {}：{e}。", path.display()),
        }
    }

    /// What to do, in Chinese.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Exists(_) => "请换一个文件名；确定要覆盖，请加上 --force。",
            Self::InDataFolder(_) => "请写到数据目录以外的地方。",
            Self::NotAFile(_) => "请给出一个文件的名字。",
            Self::Busy(_) => "请等它写完，或换一个文件名。",
            Self::Io(..) => "请检查文件夹、权限和磁盘空间。",
        }
    }
}

/// A file that is being written under another name beside its own.
#[derive(Debug)]
pub struct Export {
    target: PathBuf,
    over: Over,
    scratch: Scratch,
}

impl Export {
    /// Begins a file at `target`. `own` are the data folders the caller knows of; others are known
    /// by what lies in them.
    ///
    /// # Errors
    /// [`ExportError`]; nothing was made.
    pub fn begin(target: &Path, over: Over, own: &[&Path]) -> Result<Self, ExportError> {
        let target = allowed(target, own)?;
        if fs::symlink_metadata(&target).is_ok() && !may_replace(&target, over) {
            return Err(ExportError::Exists(target));
        }
        let scratch = Scratch::beside(&target, "partial")?;
        Ok(Self { target, over, scratch })
    }

    /// Where the bytes go until [`Self::finish`].
    pub fn file(&mut self) -> &mut File {
        &mut self.scratch.file
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// [`ExportError::Io`].
    pub fn put(&mut self, bytes: &[u8]) -> Result<(), ExportError> {
        self.scratch.file.write_all(bytes).map_err(|e| ExportError::Io(self.target.clone(), e))
    }

    /// The name of that file.
    pub fn path(&self) -> &Path {
        &self.scratch.path
    }

    /// An empty private file beside it, for what is needed on the way. Erased when dropped.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn scratch(&self, ending: &str) -> Result<Scratch, ExportError> {
        Scratch::beside(&self.target, ending)
    }

    /// Gives it its name, once it is on the disk.
    ///
    /// # Errors
    /// [`ExportError`]; nothing has the name that had not before.
    pub fn finish(self) -> Result<(), ExportError> {
        let io = |e| ExportError::Io(self.target.clone(), e);
        let partial = &self.scratch.path;
        self.scratch.file.sync_all().map_err(io)?;
        if matches!(self.over, Over::Never) {
            // A link never replaces; where there are none (a memory stick), the moment between the
            // look and the renaming is the best there is.
            match fs::hard_link(partial, &self.target) {
                Ok(()) => {}
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                    return Err(ExportError::Exists(self.target.clone()));
                }
                Err(_) if fs::symlink_metadata(&self.target).is_ok() => {
                    return Err(ExportError::Exists(self.target.clone()));
                }
                Err(_) => fs::rename(partial, &self.target).map_err(io)?,
            }
        } else {
            fs::rename(partial, &self.target).map_err(io)?;
        }
        private::sync_folder(private::folder_of(&self.target)).map_err(io)
    }
}

/// Writes a file as a whole.
///
/// # Errors
/// [`ExportError`].
pub fn write(target: &Path, over: Over, own: &[&Path], bytes: &[u8]) -> Result<(), ExportError> {
    let mut export = Export::begin(target, over, own)?;
    export.put(bytes)?;
    export.finish()
}

/// A private file beside an export, erased when dropped. What a killed program left is taken away
/// by the next one: the file is locked as long as somebody writes it.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    file: File,
}

impl Scratch {
    fn beside(target: &Path, ending: &str) -> Result<Self, ExportError> {
        let io = |e| ExportError::Io(target.to_owned(), e);
        let path = target.with_file_name(scratch_name(target, ending));
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_file() => {
                let busy = File::open(&path).is_ok_and(|f| matches!(f.try_lock(), Err(TryLockError::WouldBlock)));
                if busy {
                    return Err(ExportError::Busy(target.to_owned()));
                }
                fs::remove_file(&path).map_err(io)?;
            }
            Ok(_) => return Err(ExportError::NotAFile(path)),
            Err(_) => {}
        }
        let file = private::options().write(true).create_new(true).open(&path).map_err(io)?;
        // Where files cannot be locked, two at once meet at `create_new`.
        let _ = file.try_lock();
        Ok(Self { path, file })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        match fs::remove_file(&self.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => tracing::warn!(error = %e, "cannot erase a partial file"),
            _ => {}
        }
    }
}

fn scratch_name(target: &Path, ending: &str) -> OsString {
    let name = target.file_name().unwrap_or_default();
    let mut scratch = OsString::from(".");
    if name.len() <= LONG_NAME {
        scratch.push(name);
    } else {
        let mut hasher = std::hash::DefaultHasher::new();
        name.hash(&mut hasher);
        scratch.push(format!("{:016x}", hasher.finish()));
    }
    scratch.push(".");
    scratch.push(ending);
    scratch
}

/// The target with its folder in full, if a file may be there.
fn allowed(target: &Path, own: &[&Path]) -> Result<PathBuf, ExportError> {
    let no_file = || ExportError::NotAFile(target.to_owned());
    let text = target.as_os_str().to_string_lossy();
    let name = target.file_name().filter(|_| text != "-" && !text.ends_with(['/', '\\']) && !text.ends_with("/."));
    let name = name.ok_or_else(no_file)?;
    let folder = fs::canonicalize(private::folder_of(target)).map_err(|e| ExportError::Io(target.to_owned(), e))?;
    let full = folder.join(name);
    // The folder that the name is in, and that of everything it is a link to.
    let mut hop = full.clone();
    for _ in 0..MAX_LINKS {
        let Ok(folder) = fs::canonicalize(private::folder_of(&hop)) else { break };
        if is_of_the_system(&folder) {
            return Err(no_file());
        }
        if is_in_data_folder(&folder, own) {
            return Err(ExportError::InDataFolder(target.to_owned()));
        }
        match fs::read_link(folder.join(hop.file_name().unwrap_or_default())) {
            Ok(next) => hop = folder.join(next),
            Err(_) => break,
        }
    }
    if let Ok(meta) = fs::metadata(&full) {
        if !meta.is_file() {
            return Err(no_file());
        }
        if is_linked_into(&meta, own) {
            return Err(ExportError::InDataFolder(target.to_owned()));
        }
    }
    Ok(full)
}

/// `/dev/stdout`, `/proc/self/fd/1`: renaming a file over such a name would replace the device.
fn is_of_the_system(folder: &Path) -> bool {
    cfg!(unix) && (folder == Path::new("/dev") || folder.starts_with("/proc") || folder.starts_with("/sys"))
}

fn is_in_data_folder(folder: &Path, own: &[&Path]) -> bool {
    folder.ancestors().any(|above| is_data_folder(above) || own.iter().any(|own| same(above, own)))
}

/// Whether a server or a phone lives here, by what both make before anything else.
fn is_data_folder(folder: &Path) -> bool {
    let has = |name: &str| folder.join(name).exists();
    (has("server.db") && (has("rescue.key") || has("lock"))) || (has("phone.db") && (has("lock") || has("key.check")))
}

/// Whether two paths are one folder, whatever they are called.
#[cfg(unix)]
fn same(a: &Path, b: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    match (fs::metadata(a), fs::metadata(b)) {
        (Ok(a), Ok(b)) => (a.dev(), a.ino()) == (b.dev(), b.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn same(a: &Path, b: &Path) -> bool {
    let name = |p: &Path| fs::canonicalize(p).map(|p| p.to_string_lossy().to_lowercase()).ok();
    name(a).is_some() && name(a) == name(b)
}

/// Whether a file has a second name within one of the data folders.
#[cfg(unix)]
fn is_linked_into(meta: &fs::Metadata, own: &[&Path]) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    if meta.nlink() < 2 {
        return false;
    }
    let mut folders: Vec<PathBuf> = own.iter().map(|p| p.to_path_buf()).collect();
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten().flatten() {
            match entry.metadata() {
                Ok(m) if m.is_dir() => folders.push(entry.path()),
                Ok(m) if (m.dev(), m.ino()) == (meta.dev(), meta.ino()) => return true,
                _ => {}
            }
        }
    }
    false
}

#[cfg(not(unix))]
fn is_linked_into(_: &fs::Metadata, _: &[&Path]) -> bool {
    false
}

fn may_replace(target: &Path, over: Over) -> bool {
    match over {
        Over::Never => false,
        Over::Force => true,
        Over::If(known) => {
            let mut text = String::new();
            let read = File::open(target).and_then(|f| f.take(LOOK).read_to_string(&mut text));
            read.is_ok() && known(&text)
        }
    }
}
