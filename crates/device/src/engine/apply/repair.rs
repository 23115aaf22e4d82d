//! The end check: both sides compare a digest of each scope. A difference is repaired by reading the scope again, and counted.

use super::Incoming;
use crate::{
    engine::keep,
    store::{StoreError, aside, change, document, meta, pack, scope, want},
};
use beehive_core::sync::ScopePage;

/// A scope is read again at most this often, in seconds: a difference that reading cannot mend must not become a loop.
const REPAIR_EVERY: i64 = 3_600;

/// Compares a scope with what the server says of it.
pub fn check(incoming: &mut Incoming<'_>, page: &ScopePage) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let (Some(theirs), Some(row)) = (page.digest, scope::get(conn, &page.scope)?) else { return Ok(()) };
    let comparable = row.cursor == Some(page.cursor)
        && !pack::any_pending(conn, &page.scope)?
        && !want::any_of(conn, &page.scope)?
        && document::leaving_in(conn, &page.scope)? == 0;
    if !comparable {
        return Ok(());
    }
    let ours = document::acked_digest(conn, &page.scope)?;
    if ours == theirs {
        return Ok(());
    }
    if aside::any_of(conn, &page.scope)? || row.repaired_at.is_some_and(|at| incoming.now - at < REPAIR_EVERY) {
        tracing::warn!(scope = %page.scope, "the digest still differs from the server's");
        return Ok(());
    }
    tracing::warn!(scope = %page.scope, "the digest differs from the server's: reading the scope again");
    scope::put(conn, &page.scope, &scope::ScopeRow { cursor: None, repairing: true, repaired_at: Some(incoming.now), ..row })?;
    // What this phone believes delivered may be what the server lacks.
    for doc in change::offer_again(conn, Some(&page.scope))? {
        keep::refresh_delivery(conn, &doc)?;
    }
    let repaired = meta::get_int(conn, meta::REPAIRED)?.unwrap_or(0) + 1;
    meta::set(conn, meta::REPAIRED, &repaired.to_string())?;
    incoming.applied.need_now = true;
    Ok(())
}
