//! What a response does to the store: everything in ONE transaction, every document by itself.
//!
//! Order matters: a new epoch voids what was believed before, names and places come before the documents that need them, verdicts
//! come before what is new, and the end check comes last.

mod incoming;
mod repair;
mod scopes;
mod verdicts;

use super::{
    Inner, keep,
    reference::Reference,
    refused,
    types::{Account, Applied, Prepared},
};
use crate::store::{StoreError, actor, attachment, change, file, late, matter, meta, pack, reference, scope, want};
use beehive_core::{
    ActorId, Epoch, FileHash,
    sync::{StandingState, SyncResponse},
};
pub use incoming::Incoming;
use rusqlite::Connection;
pub use scopes::finish_scope;
use std::sync::{Arc, atomic::Ordering};

/// What to do after the commit.
#[derive(Default)]
pub struct Outcome {
    pub applied: Applied,
    pub received: u32,
    /// Present when the lookups changed.
    pub reference: Option<Arc<Reference>>,
    pub account: Option<Account>,
    /// Present when a fork made a new actor necessary.
    pub actor: Option<ActorId>,
    /// Files that no document names any more.
    pub files: Vec<FileHash>,
}

impl Inner {
    /// Takes an answer in.
    pub fn apply(&self, sent: &Prepared, response: SyncResponse) -> Result<Applied, StoreError> {
        let outcome = self.store.write(|tx| {
            let mut incoming = Incoming::new(tx, self)?;
            apply(&mut incoming, sent, response)?;
            incoming.outcome()
        })?;
        self.turn.fetch_add(1, Ordering::Relaxed);
        let mut applied = outcome.applied;
        applied.received = outcome.received;
        self.finish(outcome);
        Ok(applied)
    }

    /// What follows a commit: lookups in memory, the actor's file, files nobody names.
    pub fn finish(&self, outcome: Outcome) {
        if let Some(account) = outcome.account {
            self.set_account(Some(account));
        }
        if let Some(reference) = outcome.reference {
            self.set_reference(reference);
        }
        if let Some(actor) = outcome.actor
            && let Err(e) = self.store.write_actor(&actor)
        {
            // The next start sees two different names and takes a third.
            tracing::warn!(error = %e, "the actor's file cannot be written");
        }
        for hash in &outcome.files {
            if let Err(e) = self.store.files(|conn| file::remove(conn, hash)) {
                tracing::warn!(error = %e, "a file that left the view cannot be erased yet");
            }
        }
        self.notify();
    }
}

fn apply(incoming: &mut Incoming<'_>, sent: &Prepared, response: SyncResponse) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let epoch_changed = take_epoch(incoming, &response.epoch)?;
    take_reference(incoming, &response)?;
    if let Some(key) = &response.rescue_key {
        meta::set(conn, meta::RESCUE_KEY, &key.to_string())?;
    }
    verdicts::take(incoming, sent, &response.verdicts, response.time)?;
    for node in &response.gone {
        scopes::take_gone(incoming, node)?;
    }
    for page in &response.scopes {
        let may_move = !epoch_changed && sent.request.cursors.contains_key(&page.scope);
        scopes::take_page(incoming, page, may_move)?;
    }
    for d in &response.docs {
        let node = incoming.scope_of(&d.doc)?;
        let generation = keep::scope_generation(conn, &node)?;
        incoming.whole(d, &node, generation)?;
        want::remove(conn, &d.doc)?;
    }
    for doc in &response.missing {
        want::remove(conn, doc)?;
        matter::remove_if_ahead(conn, doc)?;
    }
    if !response.more {
        for doc in &sent.request.want {
            want::count_ask(conn, doc)?;
        }
    }
    for bootstrap in &response.bootstrap {
        scopes::take_bootstrap(incoming, bootstrap)?;
    }
    if !response.more && response.standing == StandingState::Ok {
        scopes::take_unnamed(incoming, &sent.request.cursors, &response.bootstrap)?;
    }
    for decision in &response.decided {
        refused::take_decision(conn, decision, incoming.now)?;
    }
    incoming.erase_ready()?;
    for page in &response.scopes {
        repair::check(incoming, page)?;
    }
    // What the server has beyond the packs can only be had once they are in: a request before that would begin all over.
    incoming.applied.more = sent.more || (response.more && pack::pending(conn)?.is_empty());
    if !response.more && change::outbox_records(conn)? == 0 {
        meta::set(conn, meta::LAST_SYNC, &incoming.now.to_string())?;
    }
    late::expire(conn, incoming.now)?;
    change::expire(conn, incoming.now)
}

/// Another epoch: the server was restored. Cursors are void and everything kept is offered again.
fn take_epoch(incoming: &mut Incoming<'_>, epoch: &Epoch) -> Result<bool, StoreError> {
    let conn = incoming.conn;
    let epoch = epoch.to_string();
    let before = meta::get(conn, meta::EPOCH)?;
    if before.as_deref() == Some(epoch.as_str()) {
        return Ok(false);
    }
    meta::set(conn, meta::EPOCH, &epoch)?;
    if before.is_none() {
        return Ok(false);
    }
    tracing::warn!("the server was restored: offering what this phone keeps");
    offer_everything_again(conn)?;
    incoming.applied.need_now = true;
    Ok(true)
}

/// Makes every cursor void and puts every kept own change into the outbox again.
pub fn offer_everything_again(conn: &Connection) -> Result<(), StoreError> {
    scope::clear_cursors(conn)?;
    conn.execute("DELETE FROM pack_part", [])?;
    conn.execute("DELETE FROM pack", [])?;
    attachment::offer_again(conn)?;
    for doc in change::offer_again(conn, None)? {
        keep::refresh_delivery(conn, &doc)?;
    }
    Ok(())
}

/// Names, places, words and whose actor is whose.
fn take_reference(incoming: &mut Incoming<'_>, response: &SyncResponse) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let mut changed = false;
    let (mut words_changed, mut rules_changed) = (false, false);
    let grants = incoming.reference.me().map(|me| me.grants.clone());
    for update in &response.reference {
        reference::put(conn, &update.dataset, &update.version)?;
        rules_changed |= matches!(update.dataset.name(), "rules" | "org");
        words_changed |= matches!(update.dataset.name(), "places" | "dictionary" | "past");
        changed = true;
    }
    for (actor, member) in &response.actors {
        changed |= actor::put(conn, actor, member)?;
    }
    if !changed {
        return Ok(());
    }
    incoming.reload_reference()?;
    if words_changed {
        // Search finds a building by its name: the rows must know the new one.
        matter::rewrite_search(conn, |row| keep::search_text(&incoming.reference, row, ""))?;
    }
    if rules_changed || grants != incoming.reference.me().map(|me| me.grants.clone()) {
        // Deadlines and turns follow from rules and grants.
        keep::project_all_again(conn, &incoming.reference)?;
    }
    Ok(())
}
