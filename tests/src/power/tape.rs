//! What `record.c` wrote.

use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};

/// The head of a record: kind, inode, place, length of path, length of data.
const HEAD: usize = 32;

/// One thing that a program did to its folder. Paths are below it; the folder itself is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Opened a file; made it if it was not there.
    Open { path: PathBuf, ino: u64, emptied: bool },
    /// Opened a folder, as one does to sync it.
    OpenFolder { path: PathBuf, ino: u64 },
    /// Wrote.
    Write { ino: u64, at: u64, bytes: Vec<u8> },
    /// Set the length.
    Truncate { ino: u64, len: u64 },
    /// Synced a file or folder.
    Sync { ino: u64 },
    /// Gave a file another name.
    Rename { from: PathBuf, to: PathBuf },
    /// Removed a file.
    Unlink { path: PathBuf },
    /// Made a folder.
    MakeFolder { path: PathBuf },
    /// The disk failed, or the process was killed.
    Fault,
}

/// A whole recording.
#[derive(Debug, Clone, Default)]
pub struct Tape {
    /// In the order in which they were done.
    pub ops: Vec<Op>,
    /// How long the tape was after each.
    pub ends: Vec<u64>,
}

impl Tape {
    /// Reads the records that begin at `from` or later.
    pub(super) fn read(bytes: &[u8], from: u64, folder: &Path) -> Result<Self> {
        let mut tape = Self::default();
        let mut at = usize::try_from(from)?;
        while at < bytes.len() {
            let head = bytes.get(at..at + HEAD).context("half a head")?;
            let word = |i: usize| u64::from_ne_bytes(std::array::from_fn(|j| head[i * 8 + j]));
            let half = |i: usize| u32::from_ne_bytes(std::array::from_fn(|j| head[24 + i * 4 + j])) as usize;
            let (path_len, data_len) = (half(0), half(1));
            let rest = bytes.get(at + HEAD..at + HEAD + path_len + data_len).context("half a record")?;
            let (path, data) = rest.split_at(path_len);
            let below = |path: &[u8]| -> Result<PathBuf> {
                Ok(Path::new(std::str::from_utf8(path)?).strip_prefix(folder).context("a foreign path")?.to_owned())
            };
            let (ino, place) = (word(1), word(2));
            tape.ops.push(match u8::try_from(word(0))? {
                b'O' => Op::Open { path: below(path)?, ino, emptied: place == 1 },
                b'D' => Op::OpenFolder { path: below(path)?, ino },
                b'W' => Op::Write { ino, at: place, bytes: data.to_vec() },
                b'T' => Op::Truncate { ino, len: place },
                b'S' => Op::Sync { ino },
                b'R' => Op::Rename { from: below(path)?, to: below(data)? },
                b'U' => Op::Unlink { path: below(path)? },
                b'M' => Op::MakeFolder { path: below(path)? },
                b'F' => Op::Fault,
                other => anyhow::bail!("an unknown record {other}"),
            });
            at += HEAD + path_len + data_len;
            tape.ends.push(at as u64);
        }
        ensure!(at == bytes.len(), "half a record");
        Ok(tape)
    }

    /// How many operations there were when the tape was so long.
    pub fn ops_at(&self, mark: u64) -> usize {
        self.ends.partition_point(|end| *end <= mark)
    }

    /// Whether the disk failed.
    pub fn has_fault(&self) -> bool {
        self.ops.contains(&Op::Fault)
    }

    /// How many writes there are, and how many syncs: what faults are counted in, about.
    pub fn counts(&self) -> (u64, u64) {
        let count = |of: fn(&Op) -> bool| self.ops.iter().filter(|op| of(op)).count() as u64;
        (count(|op| matches!(op, Op::Write { .. } | Op::Truncate { .. })), count(|op| matches!(op, Op::Sync { .. })))
    }
}
