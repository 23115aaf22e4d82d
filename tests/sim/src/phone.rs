//! A real phone engine on a real store, with its own clock, and power that may go at any step.

use crate::{
    disk,
    faults::{Faults, PowerCut},
};
use anyhow::{Result, bail};
use beehive_core::DocId;
use beehive_device::{
    api::{Request, Response},
    clock::FixedClock,
    engine::{Engine, OpenOptions, Prepared},
    key::StoreKey,
};
use rusqlite::Connection;
use std::{
    cell::RefCell,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    path::{Path, PathBuf},
    sync::Arc,
};
use zeroize::Zeroizing;

/// The key of every store here: what it protects is made up.
const KEY: [u8; 32] = [7; 32];

/// An answer that is still on its way, and the request it belongs to.
pub struct OnItsWay {
    /// What was asked.
    pub sent: Prepared,
    /// What came back.
    pub bytes: Vec<u8>,
}

/// A phone.
pub struct Phone {
    /// Its name in the story.
    pub name: String,
    /// Whose it is.
    pub member: String,
    /// By how much its clock is wrong, in seconds.
    pub skew: i64,
    /// What breaks on it.
    pub faults: Arc<Faults>,
    /// An answer that has not come yet.
    pub late: Option<OnItsWay>,
    /// Whether its server no longer knows it.
    pub unknown: bool,
    /// Whether it was enrolled a second time.
    pub enrolled_anew: bool,
    /// Whether it went on from a copy, or a copy of it goes on beside it.
    pub copied: bool,
    /// Whether its device was revoked.
    pub revoked: bool,
    root: PathBuf,
    life: u32,
    clock: Arc<FixedClock>,
    engine: Option<Engine>,
    db: RefCell<Option<Connection>>,
}

impl Phone {
    /// The phone whose store is in `NAME-0` of a folder; a new one if there is none.
    pub fn open(root: &Path, name: &str, no: usize, member: &str, seed: u64, now: i64) -> Result<Self> {
        let mut phone = Self {
            name: name.to_owned(),
            member: member.to_owned(),
            skew: 0,
            faults: Arc::new(Faults::new(seed, no as u64 + 1)),
            late: None,
            unknown: false,
            enrolled_anew: false,
            copied: false,
            revoked: false,
            root: root.to_owned(),
            life: 0,
            clock: Arc::new(FixedClock::new(now)),
            engine: None,
            db: RefCell::new(None),
        };
        phone.start()?;
        Ok(phone)
    }

    /// Where its store is now.
    pub fn dir(&self) -> PathBuf {
        self.root.join(format!("{}-{}", self.name, self.life))
    }

    /// Sets its clock, as wrong as it is.
    pub fn set_time(&self, now: i64) {
        self.clock.set(now + self.skew);
    }

    fn start(&mut self) -> Result<()> {
        let key = StoreKey::Raw(Zeroizing::new(KEY));
        let (dir, clock, faults) = (self.dir(), self.clock.clone(), self.faults.clone());
        let opened = catch_unwind(AssertUnwindSafe(|| Engine::open_in(OpenOptions { dir, key, clock }, faults)));
        match opened {
            Ok(engine) => self.engine = Some(engine?),
            Err(e) => resume_unwind(e),
        }
        Ok(())
    }

    /// Lets the engine work. `None`: the power went meanwhile.
    pub fn with<T>(&self, work: impl FnOnce(&Engine) -> T) -> Result<Option<T>> {
        let Some(engine) = &self.engine else { bail!("{} is off", self.name) };
        let done = catch_unwind(AssertUnwindSafe(|| work(engine)));
        match done {
            _ if self.faults.is_off() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(e) if e.is::<PowerCut>() => Ok(None),
            Err(e) => {
                let text = e.downcast_ref::<String>().map(String::as_str).or(e.downcast_ref::<&str>().copied());
                bail!("{}: the engine panicked: {}", self.name, text.unwrap_or("?"))
            }
        }
    }

    /// Asks it. `None`: the power went meanwhile.
    pub fn ask(&self, request: Request) -> Result<Option<Response>> {
        self.with(|engine| engine.handle(request))
    }

    /// The power goes and comes back: it goes on from what was on the disk.
    pub fn crash(&mut self) -> Result<()> {
        let before = self.dir();
        self.life += 1;
        disk::copy(&before, &self.dir())?;
        self.stop();
        disk::erase(&before)?;
        self.faults.disarm();
        self.faults.power_on();
        self.start()
    }

    fn stop(&mut self) {
        self.late = None;
        self.db.replace(None);
        // With the power off even closing must reach no disk; closing itself takes no step of ours.
        self.engine = None;
    }

    /// Keeps a copy of its store.
    pub fn copy_to(&self, to: &Path) -> Result<()> {
        disk::erase(to)?;
        disk::copy(&self.dir(), to)
    }

    /// Its store is replaced by a copy. Without the file that backups leave out, or with it, as a thief or a tool would copy it.
    pub fn restore(&mut self, from: &Path, with_actor: bool) -> Result<()> {
        let before = self.dir();
        self.life += 1;
        self.stop();
        disk::copy(from, &self.dir())?;
        if !with_actor {
            let file = self.dir().join("actor");
            if file.exists() {
                std::fs::remove_file(file)?;
            }
        }
        disk::erase(&before)?;
        self.start()
    }

    /// Reads its store from beside, as somebody with the key would.
    pub fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let mut slot = self.db.borrow_mut();
        let conn = match &mut *slot {
            Some(conn) => conn,
            None => {
                let conn = Connection::open(self.dir().join("phone.db"))?;
                let hex: String = KEY.iter().map(|b| format!("{b:02x}")).collect();
                conn.execute_batch(&format!("PRAGMA key = \"x'{hex}'\"; PRAGMA query_only = ON;"))?;
                slot.insert(conn)
            }
        };
        Ok(work(conn)?)
    }

    /// The records it holds.
    pub fn docs(&self) -> Result<Vec<DocId>> {
        self.read(|conn| {
            let mut select = conn.prepare_cached("SELECT doc FROM document ORDER BY doc")?;
            let rows = select.query_map([], |row| Ok(DocId::from_slice(row.get_ref(0)?.as_blob()?).unwrap_or_default()))?;
            rows.collect()
        })
    }

    /// A number from its store.
    pub fn number(&self, query: &str) -> Result<i64> {
        self.read(|conn| conn.prepare_cached(query)?.query_row([], |row| row.get(0)))
    }
}
