//! Everything that is new for the caller, on one snapshot: which scopes, from where, and what goes along.

use super::{Exchange, bootstrap, budget::Budget, empty_response, narrow, page, store::Stored, want};
use crate::{
    app::App,
    directory::View,
    error::ApiError,
    storage::{Counter, Decision, Read, ReferenceSet, Result, SeenRow, ViewRow, Write, setting},
};
use beehive_core::{
    ActorId, NodeId,
    gate::peek,
    policy::{self, Standing},
    reference::Dataset,
    sync::{self, DocChanges, HeldDecision, ReferenceUpdate, ScopePage, SyncRequest, SyncResponse, WANTS_RESCUE_KEY, capability},
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Up to how many scopes the digest of an unchanged scope is repeated in every answer. Whoever has more hears it when something changes.
const DIGEST_SCOPES: usize = 16;

/// Documents about which a decision is looked up in one request.
const MAX_WAITING: usize = 200;

/// One scope of the caller.
pub(super) struct ScopeState {
    pub scope: NodeId,
    pub standing: Standing,
    pub counter: Counter,
    /// Where the phone has read to; `None`: it has nothing, or its cursor is of another life of the server.
    pub cursor: Option<u64>,
    /// The view the scope was last given under.
    pub given: Option<ViewRow>,
    /// The view it has now.
    pub view: String,
}

impl ScopeState {
    pub fn reads_whole(&self) -> bool {
        policy::reads_whole_scope(&self.standing)
    }

    /// The caller's own entries after this need not be sent.
    pub fn echo_until(&self) -> u64 {
        self.given.as_ref().map_or(0, |g| g.echo_until)
    }

    fn is_narrowed(&self) -> bool {
        self.given.as_ref().is_some_and(|g| g.view != self.view)
    }
}

/// What has to be on disk before the answer goes out.
#[derive(Default)]
pub(super) struct Notes {
    pub seen: Vec<(NodeId, SeenRow)>,
    pub unseen: Vec<(NodeId, beehive_core::DocId)>,
    pub views: Vec<(NodeId, ViewRow)>,
}

impl Notes {
    fn is_empty(&self) -> bool {
        self.seen.is_empty() && self.unseen.is_empty() && self.views.is_empty()
    }

    fn write(&self, tx: &dyn Write, exchange: &Exchange) -> Result<()> {
        let device = &exchange.caller.device.id;
        self.unseen.iter().try_for_each(|(scope, doc)| tx.drop_seen(device, scope, doc))?;
        self.seen.iter().try_for_each(|(scope, row)| tx.put_seen(device, scope, row))?;
        self.views.iter().try_for_each(|(scope, row)| tx.put_view(device, scope, row))
    }
}

/// The answer being put together.
pub(super) struct Pulling<'a> {
    pub exchange: &'a Exchange,
    pub response: SyncResponse,
    pub budget: Budget,
    pub actors: BTreeSet<ActorId>,
    pub notes: Notes,
}

/// Answers a request whose push has been dealt with. Blocks.
pub(super) fn pull(app: &App, exchange: &Exchange, request: &SyncRequest, stored: Stored) -> std::result::Result<SyncResponse, ApiError> {
    let scopes = app.storage.read(|rows| states(rows, exchange, request))?;
    let (fresh, known): (Vec<_>, Vec<_>) = scopes.into_iter().partition(|s| s.cursor.is_none());
    let (prepared, put_off) = bootstrap::prepare(app, exchange, &fresh, &stored)?;

    let (mut response, notes) = app.storage.read(|rows| {
        let mut pulling = Pulling {
            exchange,
            response: SyncResponse { verdicts: stored.verdicts.clone(), ..empty_response(exchange) },
            budget: Budget::default(),
            actors: BTreeSet::new(),
            notes: Notes::default(),
        };
        pulling.response.more = put_off;
        pulling.reference(app, rows, request)?;
        pulling.rescue_key(rows, request)?;
        pulling.decided(rows, request)?;
        want::answer(&mut pulling, rows, request)?;
        pulling.gone(request);
        let few = known.len() <= DIGEST_SCOPES;
        for state in &known {
            // The counter anew: this snapshot may be later than the one the scopes were looked up on.
            pulling.known(rows, state, rows.counter(&state.scope)?, few)?;
        }
        for (state, parcel) in fresh.iter().zip(prepared) {
            bootstrap::answer(&mut pulling, rows, state, parcel, &stored)?;
        }
        pulling.name_actors(rows)?;
        Ok((pulling.response, pulling.notes))
    })?;
    response.verdicts.shrink_to_fit();
    if !notes.is_empty() {
        let (caller, org, meta) = (exchange.caller.clone(), exchange.org.clone(), exchange.meta.clone());
        let Exchange { versions, now, by, reads_life, .. } = *exchange;
        let exchange = Exchange { caller, org, meta, versions, now, by, reads_life };
        app.storage.write(move |tx| notes.write(tx, &exchange))?;
    }
    Ok(response)
}

/// The caller's scopes and where the phone stands in each.
fn states(rows: &dyn Read, exchange: &Exchange, request: &SyncRequest) -> Result<Vec<ScopeState>> {
    let same_epoch = request.epoch.is_none_or(|epoch| epoch == exchange.meta.epoch);
    let caller = &exchange.caller;
    let of_scope = |scope: NodeId| {
        let counter = rows.counter(&scope)?;
        let given = rows.view(&caller.device.id, &scope)?;
        // A cursor beyond the log, or without a record of how it was given, is of another life of this server.
        let cursor = request.cursors.get(&scope).copied().filter(|c| same_epoch && *c <= counter.seq && given.is_some());
        let standing = Standing::of(&caller.member, &exchange.org.tree, &scope, exchange.now);
        let view = view_key(exchange, &standing, &scope);
        Ok(ScopeState { standing, counter, cursor, given, view, scope })
    };
    exchange.org.scopes_of(&caller.member, exchange.now).into_iter().map(of_scope).collect()
}

/// A key that changes when what the caller may see of a scope changes.
fn view_key(exchange: &Exchange, standing: &Standing, scope: &NodeId) -> String {
    if policy::reads_whole_scope(standing) {
        return "whole".to_owned();
    }
    let mut hash = Sha256::new();
    for grant in exchange.caller.member.grants.iter().filter(|g| g.holds_at(exchange.now) && exchange.org.tree.covers(&g.node, scope)) {
        hash.update(grant.role.code());
        for building in &grant.buildings {
            hash.update([0]);
            hash.update(building.as_str());
        }
        hash.update([1]);
    }
    hex::encode(&hash.finalize()[..8])
}

impl Pulling<'_> {
    /// A scope the phone has a cursor for.
    fn known(&mut self, rows: &dyn Read, state: &ScopeState, counter: Counter, always_digest: bool) -> Result<()> {
        let Some(cursor) = state.cursor else { return Ok(()) };
        if state.is_narrowed() {
            // What it holds was given under other grants: it gives the scope up and, with the next request, gets it anew.
            self.response.gone.push(state.scope.clone());
            self.response.more = true;
            return Ok(());
        }
        if cursor == counter.seq && !always_digest {
            return Ok(());
        }
        let page = if state.reads_whole() {
            page::whole(self, rows, state, cursor, counter)?
        } else {
            narrow::page(self, rows, state, cursor, counter)?
        };
        self.response.more |= page.cursor < counter.seq;
        if page.cursor > cursor || page.digest.is_some() || !page.evict.is_empty() {
            self.response.scopes.push(page);
        }
        Ok(())
    }

    /// Scopes the phone has and may not read any more.
    fn gone(&mut self, request: &SyncRequest) {
        let mine = self.exchange.org.scopes_of(&self.exchange.caller.member, self.exchange.now);
        self.response.gone.extend(request.cursors.keys().filter(|scope| !mine.contains(scope)).cloned());
    }

    fn reference(&mut self, app: &App, rows: &dyn Read, request: &SyncRequest) -> Result<()> {
        let exchange = self.exchange;
        let view = View::of(&exchange.caller.member, &exchange.meta.epoch, exchange.now);
        let reads_past = request.capabilities.iter().any(|c| c == capability::PAST);
        for set in ReferenceSet::ALL {
            let unread = (set == ReferenceSet::Rules && !exchange.reads_life) || (set == ReferenceSet::Past && !reads_past);
            if unread {
                // It could not read the whole answer.
                continue;
            }
            let version = view.version(set, &exchange.versions);
            if request.reference.get(set.name()) != Some(&version) {
                let dataset: Dataset = (*app.directory.dataset(rows, &view, &exchange.org, set, &version)?).clone();
                self.response.reference.push(ReferenceUpdate { version, dataset });
            }
        }
        Ok(())
    }

    /// The key to seal rescue files for: for a phone without one, and whenever it may be another one (it counts as part of the org
    /// tree, and every life of the server may have its own).
    fn rescue_key(&mut self, rows: &dyn Read, request: &SyncRequest) -> Result<()> {
        let asked = request.capabilities.iter().any(|c| c == WANTS_RESCUE_KEY);
        let renewed = request.epoch != Some(self.exchange.meta.epoch);
        let with_org = self.response.reference.iter().any(|update| matches!(update.dataset, Dataset::Org(_)));
        if asked || renewed || with_org {
            self.response.rescue_key = rows.setting(setting::RESCUE_KEY)?.and_then(|key| key.parse().ok());
        }
        Ok(())
    }

    /// What a supervisor decided about changes the phone waits for.
    fn decided(&mut self, rows: &dyn Read, request: &SyncRequest) -> Result<()> {
        for doc in request.waiting.iter().take(MAX_WAITING) {
            for (row, decision) in rows.decided_of(&self.exchange.caller.member.id, doc)? {
                let Ok(group) = sync::decode::<DocChanges>(&row.bytes) else { continue };
                let hashes = group.changes.iter().filter_map(|c| peek(c).ok().map(|seen| seen.hash)).collect();
                let Decision { accepted, note, .. } = decision;
                self.response.decided.push(HeldDecision { doc: *doc, hashes, accepted, note });
            }
        }
        Ok(())
    }

    /// Says whose the actors in the answer are.
    fn name_actors(&mut self, rows: &dyn Read) -> Result<()> {
        for actor in &self.actors {
            if let Some(row) = rows.actor(actor)? {
                self.response.actors.push((row.actor, row.member));
            }
        }
        Ok(())
    }
}

/// A page without anything in it.
pub(super) fn empty_page(scope: &NodeId, cursor: u64) -> ScopePage {
    ScopePage { scope: scope.clone(), cursor, batch: Default::default(), evict: vec![], digest: None, numbers: vec![], late: vec![] }
}
