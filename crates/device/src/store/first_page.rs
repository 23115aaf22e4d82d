//! A second copy of the one page without which nothing of a database can be read.
//!
//! The first page holds the salt that every page's seal depends on, and the way to all tables. Were it lost, every other page would be
//! noise, however whole. So it is kept beside the database, encrypted as it is, and taken anew whenever it has changed: when the store is
//! opened and closed, and when the file has grown. What is older than the database still leads to every page that was there then.

use beehive_machine::private;
use std::{
    fs::{self, File},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

/// SQLCipher's page size, in bytes.
const PAGE: usize = 4096;

/// Where the copy of a database's first page is.
pub fn path_of(database: &Path) -> PathBuf {
    super::salvage::beside(database, ".first")
}

/// Under which name it is set aside with its database.
pub fn aside_name(database: &Path) -> String {
    let name = database.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.replacen(".aside-", ".first.aside-", 1)
}

/// Takes the copy anew, if the page has changed. What cannot be copied costs no more than the copy.
pub fn keep(database: &Path) {
    let kept = (|| -> io::Result<()> {
        let mut page = vec![0; PAGE];
        match File::open(database)?.read_exact(&mut page) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            other => other?,
        }
        let path = path_of(database);
        if fs::read(&path).is_ok_and(|before| before == page) { Ok(()) } else { private::replace(&path, &page) }
    })();
    if let Err(e) = kept {
        tracing::warn!(error = %e, "the first page of the database cannot be copied");
    }
}

/// A copy of a database that cannot be read, with its first page put back. Erased when dropped.
pub struct Mended(PathBuf);

impl Mended {
    /// Makes it, if there is a first page to put back.
    pub fn make(database: &Path) -> io::Result<Option<Self>> {
        let page = match fs::read(path_of(database)) {
            Ok(page) if page.len() == PAGE => page,
            Ok(_) => return Ok(None),
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e),
        };
        let mended = Self(super::salvage::beside(database, ".mended"));
        mended.erase();
        let mut file = match fs::copy(database, &mended.0) {
            Ok(_) => File::options().write(true).open(&mended.0)?,
            Err(e) if e.kind() == io::ErrorKind::NotFound => File::create(&mended.0)?,
            Err(e) => return Err(e),
        };
        file.rewind()?;
        file.write_all(&page)?;
        // What was not folded into the database yet is as good as it.
        let log = super::salvage::beside(database, "-wal");
        if log.exists() {
            fs::copy(log, super::salvage::beside(&mended.0, "-wal"))?;
        }
        Ok(Some(mended))
    }

    /// Where it is; erased with this value.
    pub fn path(&self) -> &Path {
        &self.0
    }

    fn erase(&self) {
        for suffix in ["", "-wal", "-shm"] {
            // What cannot be erased now is erased before the next one is made.
            let _ = fs::remove_file(super::salvage::beside(&self.0, suffix));
        }
    }
}

impl Drop for Mended {
    fn drop(&mut self) {
        self.erase();
    }
}
