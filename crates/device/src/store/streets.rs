//! Which street's store is open. Ids of members, buildings and records mean something only within one street, so every street a phone
//! was in has a store of its own: the first in the data folder itself, each further one in `streets/<name>/`.
//!
//! Nothing is moved when a phone changes street: one small file, replaced in one step, says which folder is open. A power cut leaves
//! the old word or the new one, and either folder is whole.

use super::{OpenError, lock};
use beehive_core::StreetId;
use beehive_machine::private;
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

/// The register's file.
const NAME: &str = "streets.json";
/// The folder of all streets but the first.
const FOLDER: &str = "streets";
/// The form of the register.
const VERSION: u32 = 1;

/// A street this phone is or was in.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Its folder below `streets`; empty = the data folder itself.
    pub folder: String,
    /// Which street; absent while its server has not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub street: Option<StreetId>,
    /// Its name.
    pub name: String,
    /// Its server's address.
    pub server: String,
    /// The pinned fingerprint of its server's certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Register {
    v: u32,
    /// The folder that is open.
    open: String,
    known: Vec<Known>,
}

/// The data folder of a phone, locked against other programs as long as this lives.
pub struct Home {
    dir: PathBuf,
    lock: Arc<File>,
    register: Register,
}

impl Home {
    /// Locks the data folder, making it if there is none, and reads which street is open.
    ///
    /// # Errors
    /// [`OpenError::Locked`], [`OpenError::NewerSchema`], or the folder cannot be used.
    pub fn open(dir: &Path) -> Result<Self, OpenError> {
        private::folder(dir).map_err(|source| OpenError::io(dir, source))?;
        let lock = Arc::new(lock(dir)?);
        // Also the stores of streets that are not open now, and the key.
        private::narrow(dir, super::OURS);
        for street in fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten() {
            private::narrow(&street.path(), super::OURS);
        }
        let path = dir.join(NAME);
        let register = match fs::read(&path) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Register::default(),
            Err(e) => return Err(OpenError::io(path, e)),
            Ok(bytes) => match serde_json::from_slice::<Register>(&bytes) {
                Ok(register) if register.v > VERSION => {
                    return Err(OpenError::NewerSchema { found: register.v.into(), known: VERSION.into() });
                }
                Ok(register) if is_folder(&register.open) => register,
                _ => {
                    tracing::error!("the register of streets is damaged: opening the store that was written last");
                    Register { v: VERSION, open: written_last(dir), known: Vec::new() }
                }
            },
        };
        Ok(Self { dir: dir.to_owned(), lock, register })
    }

    /// The lock on the folder, for the stores in it.
    pub fn lock(&self) -> Arc<File> {
        self.lock.clone()
    }

    /// The folder that is open.
    pub fn current(&self) -> &str {
        &self.register.open
    }

    /// Where a folder of the register is.
    pub fn path(&self, folder: &str) -> PathBuf {
        if folder.is_empty() { self.dir.clone() } else { self.dir.join(FOLDER).join(folder) }
    }

    /// What is known of the street that is open.
    pub fn here(&self) -> Option<&Known> {
        self.register.known.iter().find(|k| k.folder == self.register.open)
    }

    /// The streets that are not open.
    pub fn elsewhere(&self) -> impl Iterator<Item = &Known> {
        self.register.known.iter().filter(|k| k.folder != self.register.open)
    }

    /// Folders with a store that the register does not name: it was damaged, or a power cut came between two steps.
    pub fn unknown_folders(&self) -> Vec<String> {
        let below = fs::read_dir(self.dir.join(FOLDER)).into_iter().flatten().flatten();
        let names = below.map(|e| e.file_name().to_string_lossy().into_owned()).filter(|name| !name.is_empty() && is_folder(name));
        let unknown = |name: &String| *name != self.register.open && self.register.known.iter().all(|k| k.folder != *name);
        names.chain([String::new()]).filter(unknown).filter(|name| self.path(name).join(super::PHONE).exists()).collect()
    }

    /// Notes what is known of a street's folder. On the disk when this returns.
    pub fn note(&mut self, known: Known) -> io::Result<()> {
        self.replace(known, None)
    }

    /// Makes a street's folder the open one. On the disk when this returns; this is the moment at which the street changes.
    pub fn go(&mut self, known: Known) -> io::Result<()> {
        let folder = known.folder.clone();
        self.replace(known, Some(folder))
    }

    fn replace(&mut self, known: Known, open: Option<String>) -> io::Result<()> {
        let mut register = self.register.clone();
        register.v = VERSION;
        register.known.retain(|k| k.folder != known.folder);
        register.known.push(known);
        if let Some(open) = open {
            register.open = open;
        }
        if register == self.register {
            return Ok(());
        }
        private::replace(&self.dir.join(NAME), &serde_json::to_vec_pretty(&register)?)?;
        self.register = register;
        Ok(())
    }
}

/// Only such names are looked for below the data folder, whatever the register says.
fn is_folder(name: &str) -> bool {
    name.is_empty() || (name.len() == 2 * StreetId::LEN && name.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// The folder whose database was written last.
fn written_last(dir: &Path) -> String {
    let written = |dir: &Path| {
        let at = |name: &str| fs::metadata(dir.join(name)).and_then(|m| m.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
        at(super::PHONE).max(at(&format!("{}-wal", super::PHONE)))
    };
    let folders = fs::read_dir(dir.join(FOLDER)).into_iter().flatten().flatten();
    let names = folders.map(|e| e.file_name().to_string_lossy().into_owned()).filter(|name| !name.is_empty() && is_folder(name));
    let dated = names.map(|name| (written(&dir.join(FOLDER).join(&name)), name));
    dated.chain([(written(dir), String::new())]).max().map(|(_, name)| name).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(n: u8) -> Known {
        let street = StreetId([n; 16]);
        Known { folder: street.to_string(), street: Some(street), name: format!("{n}"), ..Known::default() }
    }

    #[test]
    fn the_register_is_replaced_in_one_step_and_read_again() {
        let dir = tempfile::tempdir().unwrap();
        let mut home = Home::open(dir.path()).unwrap();
        assert_eq!((home.current(), home.path("")), ("", dir.path().to_owned()));
        home.note(Known { name: "甲".into(), ..Known::default() }).unwrap();
        home.go(known(2)).unwrap();
        drop(home);
        let home = Home::open(dir.path()).unwrap();
        assert_eq!(home.here(), Some(&known(2)));
        assert_eq!(home.elsewhere().map(|k| k.name.as_str()).collect::<Vec<_>>(), ["甲"]);
        assert!(matches!(Home::open(dir.path()), Err(OpenError::Locked(_))));
    }

    #[test]
    fn a_damaged_register_opens_what_was_written_last_and_nothing_outside() {
        let dir = tempfile::tempdir().unwrap();
        let two = dir.path().join(FOLDER).join(known(2).folder);
        fs::create_dir_all(&two).unwrap();
        fs::write(dir.path().join("phone.db"), "1").unwrap();
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        File::create(two.join("phone.db")).unwrap().set_modified(later).unwrap();
        for text in ["", "{", r#"{"v":1,"open":"../../elsewhere","known":[]}"#] {
            fs::write(dir.path().join(NAME), text).unwrap();
            assert_eq!(Home::open(dir.path()).unwrap().current(), known(2).folder, "{text}");
        }
        fs::write(dir.path().join(NAME), r#"{"v":9,"open":"","known":[]}"#).unwrap();
        assert!(matches!(Home::open(dir.path()), Err(OpenError::NewerSchema { found: 9, .. })));
    }
}
