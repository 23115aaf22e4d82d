//! Where whole files are: a folder now, an object store when one machine is not enough. Narrow on purpose: names are hashes, contents
//! never change.

use beehive_core::FileHash;
use beehive_machine::private;
use std::{
    collections::HashSet,
    fs::{self, File},
    io::{self, Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Whole files by their hash.
pub trait Blobs: Send + Sync + 'static {
    /// How long a file is; `None` if it is not here.
    fn size(&self, hash: &FileHash) -> io::Result<Option<u64>>;
    /// Takes a complete, checked local file over. It is safe on the disk when this returns, whoever
    /// wrote it; the same again changes nothing.
    fn put(&self, hash: &FileHash, from: &Path) -> io::Result<()>;
    /// Makes a file safe that was taken over by a process that may not have lived to see it so.
    fn settle(&self, hash: &FileHash) -> io::Result<()>;
    /// The bytes from `first` to `last`, both inclusive.
    fn read(&self, hash: &FileHash, first: u64, last: u64) -> io::Result<Vec<u8>>;
}

/// Files in a folder, spread over two levels of folders by the beginning of their hash.
pub struct LocalBlobs {
    root: PathBuf,
    /// Folders whose names this process has synced.
    safe: Mutex<HashSet<PathBuf>>,
}

impl LocalBlobs {
    /// Over a folder, which need not exist.
    pub fn new(root: PathBuf) -> Self {
        Self { root, safe: Mutex::default() }
    }

    fn path(&self, hash: &FileHash) -> PathBuf {
        let name = hash.to_string();
        self.root.join(&name[..2]).join(&name[2..4]).join(name)
    }

    /// Makes a folder of ours that is still there after a power cut. One that is there may have been made
    /// by a process that was killed before it could sync its name: so each process syncs each once.
    fn make_safe(&self, folder: &Path) -> io::Result<()> {
        let known = |safe: &HashSet<PathBuf>| safe.contains(folder);
        if folder.is_dir() && known(&self.safe.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(());
        }
        let Some(parent) = folder.parent() else { return Ok(()) };
        if folder != self.root {
            self.make_safe(parent)?;
        }
        make_folder(folder)?;
        sync_folder(parent)?;
        self.safe.lock().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned());
        Ok(())
    }
}

impl Blobs for LocalBlobs {
    fn size(&self, hash: &FileHash) -> io::Result<Option<u64>> {
        match fs::metadata(self.path(hash)) {
            Ok(meta) => Ok(Some(meta.len())),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn put(&self, hash: &FileHash, from: &Path) -> io::Result<()> {
        let path = self.path(hash);
        let folder = path.parent().unwrap_or(&self.root);
        self.make_safe(folder)?;
        // Whoever wrote it may have been killed before it could sync it: then its bytes are only in the
        // system's memory, where they look like any others.
        File::open(from)?.sync_all()?;
        fs::rename(from, &path)?;
        sync_folder(folder)
    }

    fn settle(&self, hash: &FileHash) -> io::Result<()> {
        let path = self.path(hash);
        File::open(&path)?.sync_all()?;
        let folder = path.parent().unwrap_or(&self.root);
        self.make_safe(folder)?;
        sync_folder(folder)
    }

    fn read(&self, hash: &FileHash, first: u64, last: u64) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(hash))?;
        file.seek(SeekFrom::Start(first))?;
        let mut bytes = vec![0; usize::try_from(last + 1 - first).map_err(io::Error::other)?];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// Makes a folder that is still there after a power cut.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make_folder(parent)?;
        match private::new_folder(folder) {
            Err(e) if e.kind() != io::ErrorKind::AlreadyExists => return Err(e),
            _ => {}
        }
        sync_folder(parent)?;
    }
    Ok(())
}

/// A name is on the disk only once its folder is.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_taken_over_whole_and_read_in_parts() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = LocalBlobs::new(dir.path().join("files"));
        let hash = FileHash([0xab; 32]);
        assert_eq!(blobs.size(&hash).unwrap(), None);
        assert!(blobs.settle(&hash).is_err(), "what is not here cannot be made safe");
        for _ in 0..2 {
            let part = dir.path().join("part");
            fs::write(&part, b"0123456789").unwrap();
            blobs.put(&hash, &part).unwrap();
            blobs.settle(&hash).unwrap();
            assert!(!part.exists());
            assert_eq!(blobs.size(&hash).unwrap(), Some(10));
            assert_eq!(blobs.read(&hash, 3, 5).unwrap(), b"345");
        }
        assert!(blobs.read(&hash, 8, 12).is_err(), "what is shorter than its row says is an error, not silence");
        assert!(dir.path().join("files/ab/ab").join(hash.to_string()).is_file());
    }
}
