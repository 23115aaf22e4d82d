//! What breaks on a phone: the power, the disk's room, the disk itself; and its chance, which here comes from the seed.

use crate::rng::Rng;
use beehive_core::ActorId;
use beehive_device::{store::StoreError, surroundings::Surroundings};
use rusqlite::{Connection, ffi};
use std::{
    panic::resume_unwind,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Thrown where the power goes.
pub struct PowerCut;

/// What breaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The power: the program ends between two steps.
    Power,
    /// The disk is full a few pages further on.
    Full(u32),
    /// The disk does not take a transaction.
    Io,
}

#[derive(Debug, Default)]
struct State {
    seed: u64,
    /// The step of the story, and how many names were given in it.
    place: u64,
    names: u64,
    /// After so many steps that reach the disk, this breaks.
    armed: Option<(u32, Fault)>,
    broken: bool,
    off: bool,
    limited: bool,
}

/// The surroundings of one phone.
#[derive(Debug, Default)]
pub struct Faults(Mutex<State>);

impl Faults {
    /// Of a phone in the story of a seed; `salt` tells phones apart.
    pub fn new(seed: u64, salt: u64) -> Self {
        Self(Mutex::new(State { seed: seed ^ salt.wrapping_mul(0x2545_f491_4f6c_dd1d), ..State::default() }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A step of the story begins.
    pub fn begin(&self, place: u64) {
        let mut state = self.state();
        (state.place, state.names) = (place, 0);
    }

    /// Lets something break after so many steps.
    pub fn arm(&self, after: u32, fault: Fault) {
        let mut state = self.state();
        (state.armed, state.broken) = (Some((after, fault)), false);
    }

    /// Nothing breaks any more; answers whether it did.
    pub fn disarm(&self) -> bool {
        let mut state = self.state();
        state.armed = None;
        std::mem::take(&mut state.broken)
    }

    /// Whether the power is off.
    pub fn is_off(&self) -> bool {
        self.state().off
    }

    /// The power is back.
    pub fn power_on(&self) {
        self.state().off = false;
    }

    /// One step further: what breaks here, if anything.
    fn step(&self) -> Option<Fault> {
        let mut state = self.state();
        if state.off {
            drop(state);
            resume_unwind(Box::new(PowerCut));
        }
        match state.armed {
            Some((0, fault)) => {
                (state.armed, state.broken) = (None, true);
                if fault == Fault::Power {
                    state.off = true;
                    drop(state);
                    resume_unwind(Box::new(PowerCut));
                }
                Some(fault)
            }
            Some((left, fault)) => {
                state.armed = Some((left - 1, fault));
                None
            }
            None => None,
        }
    }

    fn limit(&self, conn: &Connection, extra: Option<u32>) -> Result<(), StoreError> {
        let limited = std::mem::replace(&mut self.state().limited, extra.is_some());
        if extra.is_none() && !limited {
            return Ok(());
        }
        let pages = match extra {
            Some(extra) => conn.query_row("PRAGMA page_count", [], |row| row.get::<_, u32>(0))?.saturating_add(extra),
            None => 1_073_741_823,
        };
        conn.query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))?;
        Ok(())
    }
}

fn io_error() -> StoreError {
    StoreError::Sql(rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_IOERR_WRITE), None))
}

impl Surroundings for Faults {
    fn fresh_actor(&self) -> Option<ActorId> {
        let mut state = self.state();
        state.names += 1;
        let name = Rng::of(state.seed, state.place << 8 | state.names).next();
        Some(ActorId(name.to_be_bytes()))
    }

    fn begun(&self, conn: &Connection) -> Result<(), StoreError> {
        match self.step() {
            Some(Fault::Full(extra)) => self.limit(conn, Some(extra)),
            Some(Fault::Io) => Err(io_error()),
            _ => self.limit(conn, None),
        }
    }

    fn committing(&self) -> Result<(), StoreError> {
        match self.step() {
            Some(Fault::Full(_)) => Err(StoreError::DiskFull),
            Some(Fault::Io) => Err(io_error()),
            _ => Ok(()),
        }
    }

    fn committed(&self) {
        // The power may go here. Nothing else can: it is on the disk.
        if let Some(fault @ (Fault::Full(_) | Fault::Io)) = self.step() {
            self.arm(0, fault);
        }
    }

    fn replacing_file(&self) -> std::io::Result<()> {
        match self.step() {
            Some(_) => Err(std::io::Error::other("the disk does not take it")),
            None => Ok(()),
        }
    }
}
