//! Copies of data folders: what a power cut leaves, what a backup holds, what a stolen phone would give away.

use anyhow::{Context, Result};
use std::{fs, path::Path};

/// Copies a folder as a crash would leave it: everything that was written, but not the index of the log, which lives in memory.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("{}", from.display()))? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if name.to_string_lossy().ends_with("-shm") {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name))?;
        } else {
            fs::copy(&path, to.join(name))?;
        }
    }
    Ok(())
}

/// Erases a folder; one that is not there is fine.
pub fn erase(dir: &Path) -> Result<()> {
    match fs::remove_dir_all(dir) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(e.into()),
        _ => Ok(()),
    }
}
