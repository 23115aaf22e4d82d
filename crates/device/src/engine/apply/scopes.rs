//! Pages, first downloads, and scopes that are no longer the reader's.

use super::Incoming;
use crate::{
    engine::keep,
    store::{
        StoreError, document, late,
        matter::{self, MatterRow},
        pack, scope,
    },
};
use beehive_core::{
    NodeId,
    model::Urgency,
    sync::{Bootstrap, OpenRecord, ScopePage},
};
use std::collections::BTreeMap;

/// What is new in a scope. `may_move`: whether the page goes on from where this phone was.
pub fn take_page(incoming: &mut Incoming<'_>, page: &ScopePage, may_move: bool) -> Result<(), StoreError> {
    // Deadlines are worked out as the changes come in, so the times must be there.
    page.late.iter().try_for_each(|l| late::put(incoming.conn, l))?;
    for (doc, number) in &page.numbers {
        late::put_number(incoming.conn, doc, *number)?;
    }
    for group in &page.batch.docs {
        let changes: Vec<&[u8]> = group.changes.iter().map(|c| c.as_slice()).collect();
        incoming.changes(&group.doc, &changes, &page.scope)?;
    }
    for doc in &page.evict {
        incoming.evict(doc)?;
    }
    if may_move {
        let row = scope::get(incoming.conn, &page.scope)?.unwrap_or_default();
        scope::put(incoming.conn, &page.scope, &scope::ScopeRow { cursor: Some(page.cursor), gone: false, ..row })?;
    }
    Ok(())
}

/// The beginning of a first download: the open records' lines at once, the packs to fetch.
pub fn take_bootstrap(incoming: &mut Incoming<'_>, b: &Bootstrap) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let row = scope::get(conn, &b.scope)?.unwrap_or_default();
    let goes_on = pack::set_list(conn, &b.scope, &b.packs)? && row.pending.is_some();
    let generation = if goes_on { row.generation } else { row.generation + 1 };
    let row = scope::ScopeRow { cursor: None, pending: Some(b.cursor), generation, gone: false, ..row };
    scope::put(conn, &b.scope, &row)?;
    matter::remove_ahead(conn, &b.scope)?;
    for open in &b.open {
        if !document::exists(conn, &open.doc)? {
            let line = line(&b.scope, open);
            matter::put(conn, &line, &keep::search_text(&incoming.reference, &line, ""))?;
            if let Some(number) = open.number {
                late::put_number(conn, &open.doc, number)?;
            }
        }
    }
    if pack::any_pending(conn, &b.scope)? { Ok(()) } else { finish_scope(incoming, &b.scope) }
}

/// An open record's line, until its document comes.
fn line(node: &NodeId, open: &OpenRecord) -> MatterRow {
    MatterRow {
        doc: open.doc,
        scope: node.clone(),
        kind: open.kind,
        title: open.title.clone(),
        place: open.place.clone(),
        category: open.category.clone(),
        urgency: Urgency::Normal.code().to_owned(),
        asker: String::new(),
        status: open.status,
        path: open.path,
        assignee: open.assignee.clone(),
        assignees: open.assignee.iter().cloned().collect(),
        due: open.due,
        created_at: open.created_at,
        updated_at: open.created_at,
        created_by: open.created_by.clone(),
        last_event: None,
        conflict: false,
        needs_eyes: open.needs_eyes.clone(),
        unsent: 0,
        refused: 0,
        whole: false,
        state: None,
        due_what: None,
        turn: None,
        turn_from: 0,
        helped: None,
        spot: super::super::place::spot(&beehive_core::model::Place::from_scalar(&open.place)),
        number: None,
    }
}

/// The last pack is in: the cursor holds, and lines whose documents did not come go.
pub fn finish_scope(incoming: &mut Incoming<'_>, node: &NodeId) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let Some(row) = scope::get(conn, node)? else { return Ok(()) };
    let Some(cursor) = row.pending else { return Ok(()) };
    pack::remove_of(conn, node)?;
    matter::remove_ahead(conn, node)?;
    if row.repairing {
        // The digests differed, and the server was asked for everything it has: what it did not send is not ours to hold. After a
        // restore (another epoch) it is different: then phones heal the server, and nothing is erased.
        for doc in document::left_behind(conn, node, row.generation)? {
            incoming.files.extend(keep::erase(conn, &doc)?);
        }
    }
    scope::put(conn, node, &scope::ScopeRow { cursor: Some(cursor), pending: None, repairing: false, ..row })
}

/// Scopes of which this phone holds something and named no cursor, while the server, which begins a download for each such scope of the
/// reader's, began none: they are no longer the reader's. (It can only call a scope gone that was named to it, and a restored server or a
/// difference of digests makes cursors void.)
pub fn take_unnamed(incoming: &mut Incoming<'_>, named: &BTreeMap<NodeId, u64>, begun: &[Bootstrap]) -> Result<(), StoreError> {
    for node in scope::present(incoming.conn)? {
        if !named.contains_key(&node) && !begun.iter().any(|b| b.scope == node) {
            take_gone(incoming, &node)?;
        }
    }
    Ok(())
}

/// A scope that is no longer the reader's: everything of it goes, the unsent once it is sent.
pub fn take_gone(incoming: &mut Incoming<'_>, node: &NodeId) -> Result<(), StoreError> {
    let conn = incoming.conn;
    let row = scope::get(conn, node)?.unwrap_or_default();
    scope::put(conn, node, &scope::ScopeRow { cursor: None, pending: None, repairing: false, gone: true, ..row })?;
    pack::remove_of(conn, node)?;
    matter::remove_ahead(conn, node)?;
    for doc in document::of_scope(conn, node)? {
        incoming.evict(&doc)?;
    }
    Ok(())
}
