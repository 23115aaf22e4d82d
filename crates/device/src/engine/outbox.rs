//! What goes into a sync request: the outbox grouped by document, cursors, versions, wishes.

use super::{
    Inner,
    types::{Prepared, SentGroup},
};
use crate::store::{StoreError, change, meta, reference, scope, want};
use beehive_core::{
    ActorId,
    sync::{Batch, DocChanges, MAX_PUSH, PROTOCOL, SyncRequest},
};
use rusqlite::Connection;
use serde_bytes::ByteBuf;

/// Documents asked for in one request.
const MAX_WANT: u32 = 200;
/// What this program understands.
const CAPABILITIES: [&str; 1] = ["raw"];

impl Inner {
    /// Makes the next request: as much of the outbox as one request carries, in an order of which any prefix is dependency-closed.
    pub fn sync_request(&self) -> Result<Prepared, StoreError> {
        if self.account().is_none() {
            return Err(StoreError::NotEnrolled);
        }
        let current = self.actor();
        self.store.read(|conn| {
            let (actor, groups, push, more) = outbox(conn, current)?;
            let request = SyncRequest {
                v: PROTOCOL,
                capabilities: CAPABILITIES.map(str::to_owned).to_vec(),
                actor,
                epoch: meta::get(conn, meta::EPOCH)?.and_then(|e| e.parse().ok()),
                cursors: scope::cursors(conn)?,
                reference: reference::versions(conn)?,
                push: Batch::raw(push),
                want: want::pending(conn, MAX_WANT)?,
            };
            Ok(Prepared { request, more, groups })
        })
    }
}

/// Actors the server knows as this device's.
pub fn registered(conn: &Connection) -> Result<Vec<ActorId>, StoreError> {
    Ok(meta::get_json(conn, meta::REGISTERED)?.unwrap_or_default())
}

type Outbox = (ActorId, Vec<SentGroup>, Vec<DocChanges>, bool);

/// A request names one actor, which the server registers on first sight. After an actor was replaced before its first exchange (a
/// restored folder), the old one's work goes first, under its own name.
fn outbox(conn: &Connection, current: ActorId) -> Result<Outbox, StoreError> {
    let registered = registered(conn)?;
    let mut named: Option<ActorId> = None;
    let (mut groups, mut push, mut bytes, mut more) = (Vec::new(), Vec::new(), 0, false);
    'docs: for doc in change::outbox_docs(conn)? {
        let (mut hashes, mut changes) = (Vec::new(), Vec::new());
        for row in change::outbox_of(conn, &doc)? {
            let known = !row.own || registered.contains(&row.actor) || *named.get_or_insert(row.actor) == row.actor;
            let full = bytes + row.bytes.len() > MAX_PUSH;
            if full || !known {
                more = true;
                if !changes.is_empty() {
                    groups.push(SentGroup { doc, hashes });
                    push.push(DocChanges { doc, changes });
                }
                if full {
                    break 'docs;
                }
                continue 'docs;
            }
            bytes += row.bytes.len();
            hashes.push(row.hash);
            changes.push(ByteBuf::from(row.bytes));
        }
        groups.push(SentGroup { doc, hashes });
        push.push(DocChanges { doc, changes });
    }
    Ok((named.unwrap_or(current), groups, push, more))
}
