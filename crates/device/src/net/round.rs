//! One sync: request and answer until both sides have everything, then the packs of a first download.
//!
//! An ordinary day is exactly one request. Every step is idempotent by change hash and every cursor moves in the engine's own
//! transaction, so an answer cut at any byte costs only its repetition.

use super::{
    SyncError,
    phone::Phone,
    wire::{PackStream, Wire},
};
use crate::api::{Connection, SyncOutcome};
use beehive_core::sync::StandingState;
use std::collections::HashMap;

/// The most requests in one sync: 64 MB of an outbox, or 128 MB of what is new. A server that says "more" for ever ends here.
const MAX_ROUNDS: u32 = 256;
/// How often in a row a round may move nothing although more was announced, before the sync ends unfinished.
const MAX_IDLE: u32 = 3;
/// A pack's bytes are put on disk in pieces of about this many, so that a break loses at most one piece in memory, and not even that.
const PART: usize = 64 * 1024;
/// The largest pack that is fetched, in bytes; 1,000 documents are about 500 KB.
const MAX_PACK: u64 = 16 * 1024 * 1024;
/// How often a pack may be named in one sync: once more than once, for a scope that is read again because the digests differed.
const MAX_NAMED: u32 = 2;
/// How often a pack whose download broke is gone on with at once, as long as something arrived each time.
const MAX_RESUMED: u32 = 5;

/// A sync under way.
pub(super) struct Exchange<'a> {
    phone: &'a Phone,
    wire: Wire,
    sent: u32,
    received: u32,
    refused: u32,
}

impl<'a> Exchange<'a> {
    pub fn new(phone: &'a Phone, wire: Wire) -> Self {
        Self { phone, wire, sent: 0, received: 0, refused: 0 }
    }

    /// Runs it to its end.
    pub async fn run(mut self) -> Result<SyncOutcome, SyncError> {
        self.phone.set_link(Connection::Syncing, 0).await;
        let mut fetched = HashMap::new();
        let mut idle = 0;
        for _ in 0..MAX_ROUNDS {
            let before = (self.sent, self.received, self.refused);
            let more = self.round().await?;
            if !more {
                let packs = self.packs(&mut fetched).await?;
                if packs == 0 {
                    return Ok(self.outcome(true));
                }
                // One more round: what came in while the packs were on their way, and the end check over what they held.
            }
            idle = if (self.sent, self.received, self.refused) == before { idle + 1 } else { 0 };
            if idle >= MAX_IDLE {
                break;
            }
        }
        Ok(self.outcome(false))
    }

    /// One request. Answers whether another should follow at once.
    async fn round(&mut self) -> Result<bool, SyncError> {
        let prepared = self.phone.on_store(|engine| engine.sync_request()).await?;
        let groups = prepared.request.push.docs.len();
        if groups > 0 {
            self.phone.set_link(Connection::Syncing, u32::try_from(groups).unwrap_or(u32::MAX)).await;
        }
        let response = self.wire.sync(prepared.request.clone()).await?;
        if let (None, Some(street)) = (self.wire.street, self.wire.seen) {
            // A phone enrolled before streets had an identity hears of its own from the server that knows it.
            self.phone.on_store(move |engine| engine.adopt(street)).await?;
            self.wire.street = Some(street);
        }
        let revoked = response.standing == StandingState::Revoked;
        let unsent = prepared.more;
        let applied = self.phone.on_store(move |engine| engine.apply(&prepared, response)).await?;
        self.sent += applied.sent;
        self.received += applied.received;
        self.refused += applied.refused;
        if revoked {
            return Err(SyncError::Revoked(None));
        }
        Ok(unsent || applied.more || applied.need_now)
    }

    /// Fetches and applies the packs that are still to come; answers how many there were.
    async fn packs(&mut self, fetched: &mut HashMap<String, u32>) -> Result<u32, SyncError> {
        let mut count = 0;
        for pack in self.phone.on_store(|engine| engine.pending_packs()).await? {
            let named = fetched.entry(pack.name.clone()).or_default();
            *named += 1;
            if *named > MAX_NAMED {
                return Err(SyncError::BadAnswer("the same pack again"));
            }
            count += 1;
            if pack.size > MAX_PACK {
                return Err(SyncError::BadAnswer("a pack larger than is accepted"));
            }
            if self.fetch(&pack.name, pack.received, pack.size).await? {
                let name = pack.name;
                self.received += self.phone.on_store(move |engine| engine.apply_pack(&name)).await?;
            }
        }
        Ok(count)
    }

    /// Fetches the rest of a pack; answers false if the server no longer has it (the next round then names another).
    async fn fetch(&mut self, name: &str, mut at: u64, size: u64) -> Result<bool, SyncError> {
        let mut resumed = 0;
        while at < size {
            let from = at;
            let broke = match self.wire.pack(name, at, size).await {
                Ok(None) => return Ok(false),
                Ok(Some(stream)) => self.take(name, stream, &mut at).await,
                Err(e) => Err(e),
            };
            match broke {
                Ok(()) if at < size => return Err(SyncError::BadAnswer("a pack shorter than announced")),
                Ok(()) => {}
                Err(e) if e.is_offline() && at > from && resumed < MAX_RESUMED => resumed += 1,
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }

    /// Stores what arrives, up to the last byte before a break.
    async fn take(&mut self, name: &str, mut stream: PackStream, at: &mut u64) -> Result<(), SyncError> {
        loop {
            let (part, outcome) = self.wire.part(&mut stream, PART).await;
            let ended = part.is_none();
            if let Some(part) = part {
                let (name, end) = (name.to_owned(), part.offset + part.bytes.len() as u64);
                self.phone.on_store(move |engine| engine.store_pack_part(&name, part.offset, &part.bytes)).await?;
                *at = end;
            }
            outcome?;
            if ended {
                return Ok(());
            }
        }
    }

    fn outcome(&self, done: bool) -> SyncOutcome {
        SyncOutcome {
            sent: self.sent,
            received: self.received,
            refused: self.refused,
            round_trips: self.wire.traffic.round_trips,
            bytes_up: self.wire.traffic.bytes_up,
            bytes_down: self.wire.traffic.bytes_down,
            done,
        }
    }
}
