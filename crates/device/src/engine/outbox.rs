//! What goes into a sync request: the outbox grouped by document, cursors, versions, wishes.

use super::{
    Inner,
    types::{Prepared, SentGroup},
};
use crate::store::{StoreError, change, meta, reference, refused, scope, want};
use beehive_core::{
    ActorId,
    sync::{Batch, DocChanges, MAX_PUSH, PROTOCOL, SyncRequest, WANTS_RESCUE_KEY, capability},
};
use rusqlite::Connection;
use serde_bytes::ByteBuf;
use std::sync::atomic::Ordering;

/// Documents asked for in one request.
const MAX_WANT: u32 = 100;
/// Records in one request.
const MAX_GROUPS: usize = 1_000;
/// What this program understands. While it has no key to seal rescue files for, it also asks for that.
fn capabilities(conn: &Connection) -> Result<Vec<String>, StoreError> {
    let key = meta::get(conn, meta::RESCUE_KEY)?.is_none().then_some(WANTS_RESCUE_KEY);
    Ok(capability::ALL.into_iter().chain(key).map(str::to_owned).collect())
}

impl Inner {
    /// Makes the next request: as much of the outbox as one request carries, in an order of which any prefix is dependency-closed.
    pub fn sync_request(&self) -> Result<Prepared, StoreError> {
        if self.account().is_none() {
            return Err(StoreError::NotEnrolled);
        }
        let current = self.actor();
        self.store.read(|conn| {
            let (actor, groups, push, more) = outbox(conn, current, self.turn.load(Ordering::Relaxed))?;
            let request = SyncRequest {
                v: PROTOCOL,
                capabilities: capabilities(conn)?,
                actor,
                epoch: meta::get(conn, meta::EPOCH)?.and_then(|e| e.parse().ok()),
                cursors: scope::cursors(conn)?,
                reference: reference::versions(conn)?,
                push: Batch::raw(push),
                want: want::pending(conn, MAX_WANT)?,
                waiting: refused::waiting(conn, MAX_WANT)?,
            };
            Ok(Prepared { request, more, groups })
        })
    }
}

type Outbox = (ActorId, Vec<SentGroup>, Vec<DocChanges>, bool);

/// Collects the outbox as far as one request carries it.
///
/// A request names one actor, under which the server accepts changes it has not met yet. After an actor was replaced before its first
/// change was delivered (a restored folder), several may need naming: they take turns, so that none waits for one that is stuck.
fn outbox(conn: &Connection, current: ActorId, turn: usize) -> Result<Outbox, StoreError> {
    let mut unknown = Vec::new();
    for actor in change::outbox_actors(conn)? {
        if !change::is_registered(conn, &actor)? {
            unknown.push(actor);
        }
    }
    let named = if unknown.is_empty() { current } else { unknown[turn % unknown.len()] };
    let (mut groups, mut push, mut bytes, mut more) = (Vec::new(), Vec::new(), 0, false);
    for doc in change::outbox_docs(conn)? {
        let (mut hashes, mut changes, mut full) = (Vec::new(), Vec::new(), groups.len() >= MAX_GROUPS);
        for row in change::outbox_of(conn, &doc)? {
            full |= bytes + row.bytes.len() > MAX_PUSH;
            if full || (row.own && row.actor != named && unknown.contains(&row.actor)) {
                more = true;
                break;
            }
            bytes += row.bytes.len();
            hashes.push(row.hash);
            changes.push(ByteBuf::from(row.bytes));
        }
        if !changes.is_empty() {
            groups.push(SentGroup { doc, hashes });
            push.push(DocChanges { doc, changes });
        }
        if full {
            break;
        }
    }
    Ok((named, groups, push, more))
}
