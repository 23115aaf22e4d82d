//! What lies between the engine and the world: randomness and the moments at which something reaches the disk. Handed in, so that a
//! simulation decides which random number it is and what breaks when. On a phone nothing stands in between.

use crate::store::StoreError;
use beehive_core::ActorId;
use rusqlite::Connection;

/// Chance, and the steps that reach the disk. What is not overridden is as on a phone.
pub trait Surroundings: Send + Sync {
    /// A name to write under that no other store has; `None` when the system gives no random numbers.
    fn fresh_actor(&self) -> Option<ActorId> {
        let mut bytes = [0u8; ActorId::LEN];
        getrandom::fill(&mut bytes).ok()?;
        Some(ActorId(bytes))
    }

    /// A transaction has begun.
    ///
    /// # Errors
    /// Ends it, as if the disk had said so.
    fn begun(&self, _conn: &Connection) -> Result<(), StoreError> {
        Ok(())
    }

    /// A transaction is about to be committed.
    ///
    /// # Errors
    /// Undoes it, as if the disk had said so.
    fn committing(&self) -> Result<(), StoreError> {
        Ok(())
    }

    /// A transaction is on the disk; nobody was told yet.
    fn committed(&self) {}

    /// A small file beside the database is about to be replaced.
    ///
    /// # Errors
    /// It is not, as if the disk had said so.
    fn replacing_file(&self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A phone: the system's randomness, and nothing in between.
#[derive(Debug, Clone, Copy, Default)]
pub struct System;

impl Surroundings for System {}
