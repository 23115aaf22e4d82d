//! Power cuts and failing disks for the real programs.
//!
//! A [`Recorder`] preloads `tests/disk/record.c` into a program, which puts every change that it
//! makes to its data folder on a tape. A [`Disk`] plays the tape up to a point and answers what a
//! disk may hold when the power goes there: see its rules.

mod disk;
mod tape;

pub use disk::{Disk, Image, Syncs, write};
pub use tape::{Op, Tape};

use crate::binary;
use anyhow::{Context, Result, ensure};
use std::{
    ffi::OsString,
    fmt, fs,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A folder in memory, if there is such: what is opened after a power cut need not survive another, and
/// the syncs of hundreds of stores would take most of the time.
pub fn quick_folder() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    Ok(if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? })
}

/// Variables for a program that is to be recorded.
pub type Env = Vec<(&'static str, OsString)>;

/// Records the programs that are started with its variables.
pub struct Recorder {
    dir: TempDir,
    folder: PathBuf,
}

/// What the disk refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Writes, and whatever else needs room.
    Write,
    /// Syncs.
    Sync,
}

/// How it refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No room (`ENOSPC`), from then on. The beginning of the first write still fits.
    Full,
    /// An I/O error (`EIO`), once.
    Once,
    /// An I/O error (`EIO`), from then on.
    Broken,
    /// The process is killed in its place.
    Kill,
}

/// A fault at the `at`th write or sync of a process, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Which of the two is counted.
    pub kind: Kind,
    /// Which one it begins with.
    pub at: u64,
    /// What happens.
    pub fault: Fault,
}

impl fmt::Display for Trouble {
    /// As `record.c` reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == Kind::Write { 'w' } else { 's' };
        let (errno, on) = match self.fault {
            Fault::Full => (28, 1),
            Fault::Once => (5, 0),
            Fault::Broken => (5, 1),
            Fault::Kill => (-1, 0),
        };
        write!(f, "{kind} {} {errno} {on}", self.at)
    }
}

impl Recorder {
    /// A recorder of a folder, which is made if it is not there.
    pub fn new(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let dir = tempfile::tempdir()?;
        let source = binary::root().join("tests/disk/record.c");
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"]).arg(dir.path().join("record.so")).arg(source);
        let made = cc.arg("-ldl").output().context("cc")?;
        ensure!(made.status.success(), "record.c: {}", String::from_utf8_lossy(&made.stderr));
        // SQLite opens files by their real path.
        Ok(Self { dir, folder: folder.canonicalize()? })
    }

    /// The variables.
    pub fn env(&self) -> Env {
        vec![
            ("LD_PRELOAD", self.dir.path().join("record.so").into()),
            ("BEEHIVE_TAPE", self.tape_path().into()),
            ("BEEHIVE_TAPE_FOLDER", self.folder.clone().into()),
        ]
    }

    /// The variables for a process that meets trouble.
    pub fn env_with(&self, trouble: Trouble) -> Env {
        let mut env = self.env();
        env.push(("BEEHIVE_TAPE_FAULT", trouble.to_string().into()));
        env
    }

    fn tape_path(&self) -> PathBuf {
        self.dir.path().join("tape")
    }

    /// How long the tape is. Whatever was answered before is a promise from here on.
    pub fn mark(&self) -> u64 {
        fs::metadata(self.tape_path()).map_or(0, |m| m.len())
    }

    /// What is on the tape from a mark on.
    pub fn since(&self, mark: u64) -> Result<Tape> {
        let bytes = fs::read(self.tape_path()).context("nothing was recorded: is the program linked statically?")?;
        Tape::read(&bytes, mark, &self.folder)
    }

    /// What is on the tape. Fails if playing it does not give exactly the folder as it is: then
    /// the recorder missed something.
    pub fn finish(&self, before: &Disk) -> Result<Tape> {
        let tape = self.since(0)?;
        let mut disk = before.clone();
        disk.play(&tape, tape.ops.len(), Syncs::AsMade);
        disk.ensure_is(&self.folder)?;
        Ok(tape)
    }
}
