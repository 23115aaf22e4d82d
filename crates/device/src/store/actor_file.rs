//! Which store writes: eight random bytes in a file that backups exclude.
//!
//! A folder that was restored or cloned brings the database but not (or not the same) file, and gets a new actor: two stores that
//! write under one actor would fork every document they touch.

use beehive_core::ActorId;
use beehive_machine::private;
use std::{fs, io, path::Path};

const NAME: &str = "actor";

/// Reads the file; `None` when there is none or it is not an actor.
pub fn read(dir: &Path) -> io::Result<Option<ActorId>> {
    match fs::read_to_string(dir.join(NAME)) {
        Ok(text) => Ok(text.trim().parse().ok()),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) if e.kind() == io::ErrorKind::InvalidData => Ok(None),
        Err(e) => Err(e),
    }
}

/// Whether something ever wrote in the folder of this database.
pub fn exists(database: &Path) -> bool {
    database.with_file_name(NAME).exists()
}

/// Writes the file.
pub fn write(dir: &Path, actor: &ActorId) -> io::Result<()> {
    private::replace(&dir.join(NAME), format!("{actor}\n").as_bytes())
}
