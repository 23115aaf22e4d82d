//! `POST /v1/sync`: judge what was pushed, store it, then answer with everything that is new for the caller.
//!
//! Three steps. *Judge* runs on a snapshot, in parallel with other requests. *Store* is one job of the writer, which shares its disk
//! sync with others. *Pull* reads a snapshot that includes what was just stored, so that the cursors skip it and a day made offline
//! is one round trip.

mod bootstrap;
mod budget;
mod caller;
mod held;
mod import;
mod judge;
mod narrow;
mod pack;
mod page;
mod pull;
mod store;
mod want;

pub use caller::Caller;
pub use held::{HeldError, accept, decline};
pub(crate) use import::import_group;
pub use judge::code;
pub use pack::{PackLocks, read_pack};
pub(crate) use {judge::load, narrow::may_read, page::late};

use crate::{
    app::App,
    directory::Org,
    error::ApiError,
    storage::{AsideRow, Meta, Result, StorageError, Versions},
};
use axum::body::Bytes;
use beehive_core::{
    DeviceId,
    sync::{self, DocChanges, PROTOCOL, StandingState, SyncRequest, SyncResponse, Verdict, VerdictKind, capability, is_supported},
};
use serde_bytes::ByteBuf;
use std::sync::Arc;

/// The most document groups judged in one request.
pub const MAX_GROUPS: usize = 2_000;
/// The most bytes the server keeps aside (refused or held) of one device.
pub const MAX_ASIDE_BYTES: u64 = 64 * 1024 * 1024;
/// How stale `last_seen` may get before it is worth a disk sync, in seconds.
const LAST_SEEN_EVERY: i64 = 600;

/// What stays the same through one exchange.
pub(crate) struct Exchange {
    pub caller: Caller,
    pub org: Arc<Org>,
    pub meta: Meta,
    pub versions: Versions,
    pub now: i64,
    /// How the changes came.
    pub by: By,
    /// Whether the phone reads the whole life of a matter, or only what the first release knew.
    pub reads_life: bool,
}

/// How changes came to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The device pushed them, and has them.
    Push,
    /// A person brought them in for the device, which still has them.
    Kept,
    /// The same, but the device has put them out of the record: it is to get them back.
    Hand,
    /// They were held, and a supervisor lets them in: under the duties that their author had, too.
    Decision,
}

impl Exchange {
    /// Under which device the log names new changes: nobody gets their own back.
    pub fn log_device(&self) -> DeviceId {
        match self.by {
            By::Push | By::Kept => self.caller.device.id,
            By::Hand | By::Decision => DeviceId::default(),
        }
    }

    /// The year that official numbers given now belong to, by China's clock.
    pub fn year(&self) -> u16 {
        year(self.now)
    }
}

/// The year that official numbers given at a moment belong to, by China's clock.
pub fn year(at: i64) -> u16 {
    const OFFSET: i64 = 8 * 3_600;
    let local = chrono::DateTime::from_timestamp(at.saturating_add(OFFSET), 0);
    local.and_then(|t| u16::try_from(chrono::Datelike::year(&t)).ok()).unwrap_or_default()
}

/// Answers one sync request; the body and the answer are frames of [`beehive_core::sync`].
pub async fn exchange(app: &Arc<App>, caller: Caller, body: Bytes) -> std::result::Result<Vec<u8>, ApiError> {
    let (exchange, request, judged) = app
        .off_thread(move |app| {
            let mut request: SyncRequest = sync::decode(&body)?;
            if !is_supported(request.v) {
                return Err(ApiError::UnsupportedProtocol);
            }
            if request.push.docs.len() > MAX_GROUPS {
                return Err(ApiError::TooManyGroups);
            }
            let reads_life = request.capabilities.iter().any(|c| c == capability::LIFE);
            let exchange = open(app, caller, reads_life)?;
            let pushed = std::mem::take(&mut request.push.docs);
            let judged = if exchange.caller.device.revoked_at.is_some() {
                pushed.into_iter().map(judge::Judged::of_revoked).collect()
            } else {
                app.storage.read(|rows| {
                    let writers = [request.actor];
                    let judge = judge::Judge::new(rows, &exchange, &writers);
                    pushed.into_iter().map(|group| judge.judge(group)).collect()
                })?
            };
            Ok((Arc::new(exchange), request, judged))
        })
        .await?;
    let stored = store(app, &exchange, &request, judged).await?;
    app.off_thread(move |app| {
        let response = if exchange.caller.device.revoked_at.is_some() {
            revoked(&exchange, stored.verdicts)
        } else {
            pull::pull(app, &exchange, &request, stored)?
        };
        Ok(sync::encode(&response, level(&response))?)
    })
    .await
}

fn open(app: &App, caller: Caller, reads_life: bool) -> Result<Exchange> {
    app.storage.read(|rows| {
        let versions = rows.versions()?;
        let meta = rows.meta()?.ok_or(StorageError::Absent)?;
        let now = app.now();
        Ok(Exchange { org: app.directory.org(rows, &versions)?, caller, meta, versions, now, by: By::Push, reads_life })
    })
}

async fn store(
    app: &Arc<App>,
    exchange: &Arc<Exchange>,
    request: &SyncRequest,
    judged: Vec<judge::Judged>,
) -> std::result::Result<store::Stored, ApiError> {
    if judged.iter().any(judge::Judged::writes) {
        let (exchange, actor) = (exchange.clone(), request.actor);
        return Ok(app.storage.write_async(move |tx| store::store(tx, &exchange, &[actor], judged)).await?);
    }
    let device = &exchange.caller.device;
    if device.last_seen.is_none_or(|at| exchange.now - at >= LAST_SEEN_EVERY) {
        let (id, now) = (device.id, exchange.now);
        // Nobody waits for this one: losing it loses nothing.
        app.storage.submit(Box::new(move |tx| tx.touch_device(&id, now)), Box::new(|_| {}));
    }
    Ok(store::Stored { verdicts: judged.into_iter().map(|j| j.verdict).collect(), ..store::Stored::default() })
}

/// A revoked device learns that it is, and nothing else.
fn revoked(exchange: &Exchange, verdicts: Vec<Verdict>) -> SyncResponse {
    SyncResponse { standing: StandingState::Revoked, verdicts, ..empty_response(exchange) }
}

fn empty_response(exchange: &Exchange) -> SyncResponse {
    SyncResponse {
        v: PROTOCOL,
        epoch: exchange.meta.epoch,
        time: exchange.now,
        standing: StandingState::Ok,
        verdicts: vec![],
        scopes: vec![],
        bootstrap: vec![],
        gone: vec![],
        docs: vec![],
        missing: vec![],
        reference: vec![],
        actors: vec![],
        decided: vec![],
        rescue_key: None,
        more: false,
    }
}

/// Phones pay for bytes, the server for time: large reference data is where a high level costs more than it brings.
fn level(response: &SyncResponse) -> i32 {
    if response.reference.is_empty() { 9 } else { 6 }
}

/// What is put aside instead of stored.
pub(crate) fn aside(exchange: &Exchange, group: &DocChanges, code: &str) -> Result<AsideRow> {
    let bytes = sync::encode(group, 3).map_err(|_| StorageError::BadRow("aside"))?;
    let caller = &exchange.caller;
    Ok(AsideRow {
        id: 0,
        device: caller.device.id,
        member: caller.member.id.clone(),
        doc: group.doc,
        code: code.to_owned(),
        bytes,
        at: exchange.now,
        times: 1,
    })
}

pub(crate) fn verdict(group: &DocChanges, kind: VerdictKind, code: Option<&str>) -> Verdict {
    Verdict { doc: group.doc, kind, code: code.map(str::to_owned), stored: None, number: None, late: vec![] }
}

pub(crate) fn group_of(doc: beehive_core::DocId, changes: impl IntoIterator<Item = Vec<u8>>) -> DocChanges {
    DocChanges { doc, changes: changes.into_iter().map(ByteBuf::from).collect() }
}
