//! First download: packs arrive in pieces, survive a kill, and are taken in some hundred documents at a time, so that the phone stays
//! usable meanwhile.

use super::{
    Inner,
    apply::{Incoming, finish_scope},
    types::PendingPack,
};
use crate::store::{StoreError, pack, scope};
use beehive_core::sync::{self, PackDoc};

/// Documents in one transaction.
const CHUNK: usize = 200;

impl Inner {
    /// Packs to fetch, in order.
    pub fn pending_packs(&self) -> Result<Vec<PendingPack>, StoreError> {
        let rows = self.store.read(pack::pending)?;
        Ok(rows.into_iter().map(|p| PendingPack { scope: p.scope, name: p.name, size: p.size, received: p.received }).collect())
    }

    /// Keeps a piece of a pack.
    pub fn store_pack_part(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.store.write(|tx| {
            let row = pack::get(tx, name)?.filter(|p| !p.applied).ok_or(StoreError::NoSuchPack)?;
            pack::add_part(tx, &row, offset, bytes)
        })
    }

    /// Takes a complete pack in. Interrupted, it begins again; what is in already is not taken twice.
    pub fn apply_pack(&self, name: &str) -> Result<u32, StoreError> {
        let (row, bytes) = self.store.read(|conn| {
            let row = pack::get(conn, name)?.filter(|p| !p.applied).ok_or(StoreError::NoSuchPack)?;
            Ok((row, pack::bytes(conn, name)?))
        })?;
        if row.received < row.size || (bytes.len() as u64) < row.size {
            return Err(StoreError::PackIncomplete);
        }
        let docs: Vec<PackDoc> = match sync::decode(&bytes) {
            Ok(docs) => docs,
            Err(e) => {
                tracing::warn!(error = %e, "a pack cannot be read and will be fetched again");
                self.store.write(|tx| pack::restart(tx, name))?;
                return Err(e.into());
            }
        };
        drop(bytes);
        let mut received = 0;
        let chunks = docs.chunks(CHUNK).map(Some);
        // An empty pack still has to be finished: the last round carries no documents.
        for chunk in chunks.chain(std::iter::once(None)) {
            let outcome = self.store.write(|tx| {
                let mut incoming = Incoming::new(tx, self)?;
                let generation = scope::get(tx, &row.scope)?.map_or(0, |s| s.generation);
                match chunk {
                    Some(docs) => docs.iter().try_for_each(|d| incoming.whole(d, &row.scope, generation))?,
                    None => {
                        pack::set_applied(tx, name)?;
                        if !pack::any_pending(tx, &row.scope)? {
                            finish_scope(&mut incoming, &row.scope)?;
                        }
                        incoming.erase_ready()?;
                    }
                }
                incoming.outcome()
            })?;
            received += outcome.received;
            self.finish(outcome);
        }
        Ok(received)
    }
}
