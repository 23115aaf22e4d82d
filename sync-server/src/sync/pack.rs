//! Packs: many documents' snapshots in one immutable, resumable download. Made once per scope and kept, because on a training day
//! three hundred phones ask for the same ones.

use super::{Caller, Exchange, narrow::can_hold_any, narrow::is_visible, page::late};
use crate::{
    app::App,
    error::ApiError,
    storage::{ChangeRow, PackMeta, PackRow, Read, Result, StorageError},
};
use beehive_core::{
    ActorId, DeviceId, DocId, Document, NodeId,
    policy::{self, Standing},
    sync::{self, Late, MAX_PACK_DOCS, OpenRecord, PackDoc, PackLate},
};
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeSet, HashMap},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
};

/// The most snapshot bytes in one pack, so that it stays well below what a phone inflates.
const MAX_PACK_BYTES: usize = 4 * 1024 * 1024;
/// A kept pack is made anew when the log has moved on by this many entries ...
const STALE_ENTRIES: u64 = 200;
/// ... or by this part of what it covers.
const STALE_PART: u64 = 10;
/// How long a replaced pack can still be fetched, in seconds: a slow download goes on.
const KEEP_OLD: i64 = 86_400;
const LEVEL: i32 = 12;

/// One lock per scope, so that a pack is made once and the others wait for it.
#[derive(Default)]
pub struct PackLocks(Mutex<HashMap<NodeId, Arc<Mutex<()>>>>);

impl PackLocks {
    fn of(&self, scope: &NodeId) -> Arc<Mutex<()>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(scope.clone()).or_default().clone()
    }
}

/// Packs, ready to be named in an answer.
pub(super) struct Packs {
    pub packs: Vec<PackMeta>,
    /// Where the scope's log stood when they were made.
    pub at_seq: u64,
    /// How many documents had to be looked at.
    pub cost: usize,
    /// For a narrow view: the documents in the packs and the lines of the open ones.
    pub mine: Option<(Vec<DocId>, Vec<OpenRecord>)>,
}

/// The packs for everyone who reads the whole scope; made if there are none or they are stale.
pub(super) fn whole(app: &App, exchange: &Exchange, scope: &NodeId) -> std::result::Result<Packs, ApiError> {
    let lock = app.pack_locks.of(scope);
    let _held = lock.lock().unwrap_or_else(PoisonError::into_inner);
    let (counter, kept) = app.storage.read(|rows| Ok((rows.counter(scope)?, rows.packs(scope, None)?)))?;
    if let Some(first) = kept.first() {
        let (at_seq, behind) = (first.at_seq, counter.seq.saturating_sub(first.at_seq));
        if first.at_seq <= counter.seq && behind <= STALE_ENTRIES && behind * STALE_PART <= first.at_seq {
            return Ok(Packs { packs: kept, at_seq, cost: 0, mine: None });
        }
    }
    let (at_seq, made, cost) = app.storage.read(|rows| {
        let docs = rows.documents_of(scope)?;
        let mut maker = Maker::new(exchange, scope, None, rows.counter(scope)?.seq);
        for doc in &docs {
            maker.add(rows, doc)?;
        }
        Ok((maker.at_seq, maker.finish()?, docs.len()))
    })?;
    let packs = keep(app, exchange, scope, None, made)?;
    Ok(Packs { packs, at_seq, cost, mine: None })
}

/// The packs for one device with a narrow view.
pub(super) fn narrow(app: &App, exchange: &Exchange, scope: &NodeId, standing: &Standing) -> std::result::Result<Packs, ApiError> {
    let device = exchange.caller.device.id;
    let (at_seq, made, docs, open, cost) = app.storage.read(|rows| {
        let at_seq = rows.counter(scope)?.seq;
        let mut maker = Maker::new(exchange, scope, Some(device), at_seq);
        let (mut mine, mut open, mut cost) = (vec![], vec![], 0);
        if can_hold_any(standing) {
            for doc in rows.documents_of(scope)? {
                cost += 1;
                if is_visible(rows, standing, &doc)? {
                    maker.add(rows, &doc)?;
                    if let Some(row) = rows.document(&doc)? {
                        open.extend(row.open.map(|open| OpenRecord { number: row.number, ..open }));
                    }
                    mine.push(doc);
                }
            }
        }
        Ok((at_seq, maker.finish()?, mine, open, cost))
    })?;
    let packs = keep(app, exchange, scope, Some(device), made)?;
    Ok(Packs { packs, at_seq, cost, mine: Some((docs, open)) })
}

fn keep(
    app: &App,
    exchange: &Exchange,
    scope: &NodeId,
    owner: Option<DeviceId>,
    made: Vec<PackRow>,
) -> std::result::Result<Vec<PackMeta>, ApiError> {
    let metas = made.iter().map(|p| p.meta.clone()).collect();
    if !made.is_empty() {
        let (scope, before) = (scope.clone(), exchange.now - KEEP_OLD);
        app.storage.write(move |tx| {
            made.iter().try_for_each(|pack| tx.put_pack(pack))?;
            tx.drop_packs(&scope, owner.as_ref(), before)
        })?;
    }
    Ok(metas)
}

/// Fills packs document by document.
struct Maker<'a> {
    scope: &'a NodeId,
    owner: Option<DeviceId>,
    at_seq: u64,
    now: i64,
    docs: Vec<PackDoc>,
    bytes: usize,
    actors: BTreeSet<ActorId>,
    made: Vec<PackRow>,
}

impl<'a> Maker<'a> {
    fn new(exchange: &Exchange, scope: &'a NodeId, owner: Option<DeviceId>, at_seq: u64) -> Self {
        Self { scope, owner, at_seq, now: exchange.now, docs: vec![], bytes: 0, actors: BTreeSet::new(), made: vec![] }
    }

    fn add(&mut self, rows: &dyn Read, doc: &DocId) -> Result<()> {
        let Some(whole) = snapshot(rows, doc)? else { return Ok(()) };
        let bytes = &whole.sent.snapshot;
        if self.docs.len() >= MAX_PACK_DOCS || (self.bytes + bytes.len() > MAX_PACK_BYTES && !self.docs.is_empty()) {
            self.close()?;
        }
        self.bytes += bytes.len();
        self.actors.extend(whole.actors);
        self.docs.push(whole.sent);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let docs = std::mem::take(&mut self.docs);
        if docs.is_empty() {
            return Ok(());
        }
        let body = sync::encode(&docs, LEVEL).map_err(|_| StorageError::BadRow("pack"))?;
        let meta = PackMeta {
            name: name(self.scope, self.owner.as_ref(), &body),
            scope: self.scope.clone(),
            owner: self.owner,
            no: self.made.len() as u32,
            at_seq: self.at_seq,
            size: body.len() as u64,
            docs: docs.len() as u32,
            actors: std::mem::take(&mut self.actors).into_iter().collect(),
            created_at: self.now,
        };
        self.bytes = 0;
        self.made.push(PackRow { meta, body });
        Ok(())
    }

    fn finish(mut self) -> Result<Vec<PackRow>> {
        self.close()?;
        Ok(self.made)
    }
}

/// Stable for its content, so a repeated request names the same pack; not to be guessed without knowing the content. Who may fetch it is
/// checked all the same.
fn name(scope: &NodeId, owner: Option<&DeviceId>, body: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(scope.as_str());
    hash.update([0]);
    hash.update(owner.map_or(&[][..], |d| d.as_bytes()));
    hash.update(body);
    hex::encode(&hash.finalize()[..16])
}

/// A document as it is sent whole, and the actors in it.
pub(super) struct Whole {
    pub sent: PackDoc,
    pub actors: BTreeSet<ActorId>,
}

/// A document as `save_nocompress()` with what only the server can say of it. `None` (and a line in the log) for one that cannot be built: it must not keep
/// the others from their phone.
pub(super) fn snapshot(rows: &dyn Read, doc: &DocId) -> Result<Option<Whole>> {
    let changes: Vec<ChangeRow> = rows.changes(doc)?;
    let actors = changes.iter().map(|c| c.actor).collect();
    let build = || Document::from_changes(changes.iter().map(|c| c.bytes.as_slice())).map(|d| d.snapshot());
    match catch_unwind(AssertUnwindSafe(build)) {
        Ok(Ok(bytes)) => {
            let notes: Vec<Late> = changes.iter().filter_map(late).collect();
            let late = PackLate::all(&notes, changes.iter().map(|c| c.hash));
            Ok(Some(Whole { sent: PackDoc { doc: *doc, snapshot: ByteBuf::from(bytes), number: rows.number(doc)?, late }, actors }))
        }
        Ok(Err(e)) => {
            tracing::error!(%doc, error = %e, "a stored document cannot be built");
            Ok(None)
        }
        Err(_) => {
            tracing::error!(%doc, "building a stored document panicked");
            Ok(None)
        }
    }
}

/// A pack's bytes, if the caller may read it now.
pub fn read_pack(app: &App, caller: &Caller, name: &str) -> std::result::Result<Vec<u8>, ApiError> {
    let now = app.now();
    app.storage
        .read(|rows| {
            let Some(pack) = rows.pack(name)? else { return Ok(None) };
            let org = app.directory.org(rows, &rows.versions()?)?;
            let standing = Standing::of(&caller.member, &org.tree, &pack.meta.scope, now);
            let may = match &pack.meta.owner {
                Some(owner) => *owner == caller.device.id && standing.reaches(),
                None => policy::reads_whole_scope(&standing),
            };
            Ok(may.then_some(pack.body))
        })?
        .ok_or(ApiError::PackUnknown)
}
