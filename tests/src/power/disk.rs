//! What a disk holds, and what it may hold when the power goes.
//!
//! The rules, as strict as the file systems of phones and servers allow:
//! - What was synced is there, whole. A sync of a file says nothing of its name.
//! - Of the writes and truncations of a file since its last sync each is kept, dropped, or torn
//!   at a border of two sectors.
//! - Names change when their folder is synced. Of the changes in a folder since then the first few
//!   happened, in their order: that is what a journal does. Two folders do not wait for each other.

use super::{Op, Tape};
use anyhow::{Context, Result, ensure};
use rand::{RngExt, rngs::SmallRng};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};

/// What a disk writes in one piece.
const SECTOR: u64 = 512;

/// Which syncs of the tape count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syncs {
    /// All of them.
    AsMade,
    /// Those that SQLite would have made with `synchronous=NORMAL`: of its log only the header,
    /// and before a checkpoint.
    Normal,
    /// None.
    None,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: u64, bytes: Vec<u8> },
    Truncate { len: u64 },
}

#[derive(Debug, Clone, Default)]
struct File {
    synced: Vec<u8>,
    since: Vec<Change>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Node {
    File(usize),
    Folder,
}

#[derive(Debug, Clone)]
struct Naming {
    path: PathBuf,
    /// `None`: the name is gone.
    node: Option<Node>,
}

/// A disk while a tape is played.
#[derive(Debug, Clone, Default)]
pub struct Disk {
    played: usize,
    files: Vec<File>,
    /// As the programs see it.
    names: BTreeMap<PathBuf, Node>,
    /// As it is on the disk for certain.
    synced: BTreeMap<PathBuf, Node>,
    /// What was renamed since, by folder.
    since: BTreeMap<PathBuf, Vec<Naming>>,
    open: HashMap<u64, usize>,
    folders: HashMap<u64, PathBuf>,
}

/// The files that are found after a power cut; folders have no bytes.
pub type Image = BTreeMap<PathBuf, Option<Vec<u8>>>;

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Truncate { len } => bytes.resize(*len as usize, 0),
        Change::Write { at, bytes: new } => {
            let end = *at as usize + new.len();
            if bytes.len() < end {
                bytes.resize(end, 0);
            }
            bytes[*at as usize..end].copy_from_slice(new);
        }
    }
}

impl Change {
    /// A beginning or an end of a write, up to a border of two sectors; `None` if there is none
    /// within.
    fn torn(&self, rng: &mut SmallRng) -> Option<Self> {
        let Self::Write { at, bytes } = self else { return None };
        let (first, end) = (at / SECTOR + 1, (at + bytes.len() as u64).div_ceil(SECTOR));
        if first >= end {
            return None;
        }
        let border = rng.random_range(first..end) * SECTOR;
        let (head, tail) = bytes.split_at((border - at) as usize);
        Some(match rng.random_bool(0.5) {
            true => Self::Write { at: *at, bytes: head.to_vec() },
            false => Self::Write { at: border, bytes: tail.to_vec() },
        })
    }
}

impl Disk {
    /// A disk on which everything in a folder is safe.
    pub fn of(folder: &Path) -> Result<Self> {
        let mut disk = Self::default();
        for (path, bytes) in read(folder)? {
            let node = match bytes {
                None => Node::Folder,
                Some(synced) => {
                    disk.files.push(File { synced, since: vec![] });
                    Node::File(disk.files.len() - 1)
                }
            };
            disk.names.insert(path, node);
        }
        disk.synced = disk.names.clone();
        Ok(disk)
    }

    /// Plays a tape on, until so many operations of it are done.
    pub fn play(&mut self, tape: &Tape, until: usize, syncs: Syncs) {
        for at in self.played..until {
            let counts = match syncs {
                Syncs::AsMade => true,
                Syncs::None => false,
                Syncs::Normal => self.normal_would(&tape.ops, at),
            };
            self.one(&tape.ops[at], counts);
        }
        self.played = self.played.max(until);
    }

    fn one(&mut self, op: &Op, sync_counts: bool) {
        match op {
            Op::Open { path, ino, emptied } => {
                let file = match self.names.get(path) {
                    Some(Node::File(file)) => *file,
                    _ => {
                        self.files.push(File::default());
                        self.name(path, Some(Node::File(self.files.len() - 1)));
                        self.files.len() - 1
                    }
                };
                self.open.insert(*ino, file);
                if *emptied {
                    self.files[file].since.push(Change::Truncate { len: 0 });
                }
            }
            Op::OpenFolder { path, ino } => drop(self.folders.insert(*ino, path.clone())),
            Op::Write { ino, at, bytes } => self.change(*ino, Change::Write { at: *at, bytes: bytes.clone() }),
            Op::Truncate { ino, len } => self.change(*ino, Change::Truncate { len: *len }),
            Op::Sync { ino } if sync_counts => self.sync(*ino),
            Op::Sync { .. } | Op::Fault => {}
            Op::Rename { from, to } => {
                let node = self.names.get(from).copied();
                self.name(from, None);
                self.name(to, node);
            }
            Op::Unlink { path } => self.name(path, None),
            Op::MakeFolder { path } => self.name(path, Some(Node::Folder)),
        }
    }

    fn change(&mut self, ino: u64, change: Change) {
        if let Some(file) = self.open.get(&ino) {
            self.files[*file].since.push(change);
        }
    }

    fn sync(&mut self, ino: u64) {
        if let Some(folder) = self.folders.get(&ino) {
            for naming in self.since.remove(folder).unwrap_or_default() {
                set(&mut self.synced, naming);
            }
        } else if let Some(file) = self.open.get(&ino) {
            let File { synced, since } = &mut self.files[*file];
            since.drain(..).for_each(|change| apply(synced, &change));
        }
    }

    fn name(&mut self, path: &Path, node: Option<Node>) {
        let naming = Naming { path: path.to_owned(), node };
        set(&mut self.names, naming.clone());
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        self.since.entry(folder).or_default().push(naming);
    }

    /// Whether SQLite with `synchronous=NORMAL` would have made this sync too. With FULL, it
    /// syncs the log at each commit, that is, after frames were written to it. With NORMAL only
    /// two syncs of the log are left: of a new header (32 bytes at the beginning), and of all of
    /// it before its pages are copied into the database, so that a write to the database follows.
    fn normal_would(&self, ops: &[Op], at: usize) -> bool {
        let Op::Sync { ino } = &ops[at] else { return true };
        let Some(log) = self.open.get(ino).and_then(|file| self.path_of(*file)) else { return true };
        let Some(database) = log.to_str().and_then(|log| log.strip_suffix("-wal")) else { return true };
        let of_log = |op: &&Op| matches!(op, Op::Write { ino: other, .. } if other == ino);
        let last = ops[..at].iter().rev().find(of_log);
        let header = matches!(last, Some(Op::Write { at: 0, bytes, .. }) if bytes.len() == 32);
        let database = self.names.get(Path::new(database));
        let of_both = |op: &&Op| match op {
            Op::Write { ino: other, .. } | Op::Sync { ino: other } | Op::Truncate { ino: other, .. } => {
                other == ino || self.open.get(other).is_some_and(|file| Some(&Node::File(*file)) == database)
            }
            _ => false,
        };
        let next = ops[at + 1..].iter().find(of_both);
        header || matches!(next, Some(Op::Write { ino: other, .. }) if other != ino)
    }

    fn path_of(&self, file: usize) -> Option<&Path> {
        self.names.iter().find(|(_, node)| **node == Node::File(file)).map(|(path, _)| path.as_path())
    }

    /// What is found when the power goes now: one of the many things that may be.
    pub fn after_power_cut(&self, rng: &mut SmallRng) -> Image {
        // Some disks had written nearly everything, some nearly nothing.
        let kept = [0.0, 0.1, 0.5, 0.9, 1.0][rng.random_range(0..5)];
        let mut names = self.synced.clone();
        for namings in self.since.values() {
            let happened = if rng.random_bool(kept) { namings.len() } else { rng.random_range(0..=namings.len()) };
            namings[..happened].iter().cloned().for_each(|naming| set(&mut names, naming));
        }
        let mut image = Image::new();
        for (path, node) in &names {
            // What lies in a folder that is not there is not there either.
            if path.ancestors().skip(1).any(|above| above != Path::new("") && !names.contains_key(above)) {
                continue;
            }
            let bytes = match node {
                Node::Folder => None,
                Node::File(file) => Some(self.files[*file].after_power_cut(rng, kept)),
            };
            image.insert(path.clone(), bytes);
        }
        image
    }

    /// Fails unless a folder is what the programs see on this disk.
    pub(super) fn ensure_is(&self, folder: &Path) -> Result<()> {
        let there = read(folder)?;
        for path in there.keys().chain(self.names.keys()) {
            let (is, seen) = (there.get(path), self.names.get(path));
            let same = match (is, seen) {
                (Some(None), Some(Node::Folder)) => true,
                (Some(Some(bytes)), Some(Node::File(file))) => *bytes == self.files[*file].seen(),
                _ => false,
            };
            ensure!(same, "the recorder missed something of {}: on disk {}, on tape {seen:?}", path.display(), is.is_some());
        }
        Ok(())
    }
}

impl File {
    fn seen(&self) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        self.since.iter().for_each(|change| apply(&mut bytes, change));
        bytes
    }

    fn after_power_cut(&self, rng: &mut SmallRng, kept: f64) -> Vec<u8> {
        let mut bytes = self.synced.clone();
        for change in &self.since {
            if rng.random_bool(kept) {
                apply(&mut bytes, change);
            } else if let Some(torn) = change.torn(rng).filter(|_| rng.random_bool(0.4)) {
                apply(&mut bytes, &torn);
            }
        }
        bytes
    }
}

fn set(names: &mut BTreeMap<PathBuf, Node>, naming: Naming) {
    match naming.node {
        Some(node) => drop(names.insert(naming.path, node)),
        None => drop(names.remove(&naming.path)),
    }
}

/// Everything in a folder, but for the index of SQLite's log, which is made anew.
fn read(folder: &Path) -> Result<Image> {
    let mut image = Image::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("{}", next.display()))? {
            let path = entry?.path();
            if path.to_string_lossy().ends_with("-shm") {
                continue;
            }
            let below = path.strip_prefix(folder)?.to_owned();
            if path.is_dir() {
                image.insert(below, None);
                todo.push(path);
            } else {
                image.insert(below, Some(fs::read(&path)?));
            }
        }
    }
    Ok(image)
}

/// Writes an image into a new folder. Everything has the modes it was made with: the owner's alone.
pub fn write(image: &Image, folder: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let private = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode));
    fs::create_dir_all(folder)?;
    private(folder, 0o700)?;
    for (path, bytes) in image {
        let path = folder.join(path);
        match bytes {
            None => fs::create_dir_all(&path)?,
            Some(bytes) => fs::write(&path, bytes)?,
        }
        private(&path, if bytes.is_some() { 0o600 } else { 0o700 })?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use std::collections::BTreeSet;

    const OLD: u8 = 1;
    const NEW: u8 = 2;

    fn tape(ops: Vec<Op>) -> Tape {
        Tape { ends: (1..=ops.len() as u64).collect(), ops }
    }

    fn open(path: &str, ino: u64) -> Op {
        Op::Open { path: path.into(), ino, emptied: false }
    }

    fn page(ino: u64, byte: u8) -> Op {
        Op::Write { ino, at: 0, bytes: vec![byte; 2048] }
    }

    /// What is found in the file `a`, over many power cuts at the end of a tape.
    fn found(ops: Vec<Op>, syncs: Syncs) -> BTreeSet<Option<Vec<u8>>> {
        let tape = tape(ops);
        let mut disk = Disk::default();
        disk.play(&tape, tape.ops.len(), syncs);
        let cut = |seed| disk.after_power_cut(&mut SmallRng::seed_from_u64(seed));
        (0..400).map(|seed| cut(seed).remove(Path::new("a")).flatten()).collect()
    }

    fn begun() -> Vec<Op> {
        let folder = Op::OpenFolder { path: "".into(), ino: 9 };
        vec![open("a", 1), page(1, OLD), Op::Sync { ino: 1 }, folder, Op::Sync { ino: 9 }]
    }

    #[test]
    fn what_was_synced_is_there() {
        assert_eq!(found(begun(), Syncs::AsMade), [Some(vec![OLD; 2048])].into());
        assert!(found(begun(), Syncs::None).contains(&None));
    }

    #[test]
    fn what_was_not_synced_is_there_or_not_or_torn_between_sectors() {
        let mut ops = begun();
        ops.push(page(1, NEW));
        let found = found(ops, Syncs::AsMade);
        // All, nothing, three beginnings and three ends.
        assert_eq!(found.len(), 8);
        for bytes in found.into_iter().flatten() {
            assert!(bytes.chunks(512).all(|sector| sector.iter().all(|byte| *byte == sector[0])));
        }
    }

    #[test]
    fn a_name_is_safe_only_once_its_folder_is() {
        let mut ops = begun();
        ops.extend([Op::Unlink { path: "a".into() }, open("a", 2), Op::Sync { ino: 2 }]);
        let old = Some(vec![OLD; 2048]);
        let all: BTreeSet<_> = [old, None, Some(vec![])].into();
        assert_eq!(found(ops.clone(), Syncs::AsMade), all);
        ops.push(Op::Sync { ino: 9 });
        assert_eq!(found(ops, Syncs::AsMade), [Some(vec![])].into());
    }

    #[test]
    fn of_a_log_normal_syncs_the_header_and_what_is_copied_next() {
        let header = Op::Write { ino: 2, at: 0, bytes: vec![0; 32] };
        let frame = || Op::Write { ino: 2, at: 32, bytes: vec![NEW; 64] };
        let sync = || Op::Sync { ino: 2 };
        let tape = tape(vec![open("a", 1), open("a-wal", 2), header, sync(), frame(), sync(), frame(), sync(), sync(), page(1, NEW)]);
        let mut disk = Disk::default();
        disk.play(&tape, 3, Syncs::Normal);
        let counts = |at| disk.normal_would(&tape.ops, at);
        assert_eq!([3, 5, 7, 8].map(counts), [true, false, false, true]);
    }
}
