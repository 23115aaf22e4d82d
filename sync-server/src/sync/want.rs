//! Documents asked for whole.

use super::{
    narrow::is_visible,
    pack::{Whole, snapshot},
    pull::Pulling,
};
use crate::storage::{Read, Result, SeenRow};
use beehive_core::{
    policy::{self, Standing},
    sync::SyncRequest,
};

/// The most documents looked up for one response; the rest is asked for again.
const MAX_WANTED: usize = 100;

/// Answers with the documents the caller may see, and says which ones it may not (or that do not exist: the same to the caller).
pub(super) fn answer(pulling: &mut Pulling<'_>, rows: &dyn Read, request: &SyncRequest) -> Result<()> {
    let exchange = pulling.exchange;
    for (n, doc) in request.want.iter().enumerate() {
        if n >= MAX_WANTED || pulling.budget.is_spent() {
            pulling.response.more = true;
            break;
        }
        let Some(row) = rows.document(doc)? else {
            pulling.response.missing.push(*doc);
            continue;
        };
        let standing = Standing::of(&exchange.caller.member, &exchange.org.tree, &row.scope, exchange.now);
        let whole = policy::reads_whole_scope(&standing);
        let may = whole || (standing.reaches() && is_visible(rows, &standing, doc)?);
        if !may {
            pulling.response.missing.push(*doc);
            continue;
        }
        let Some(Whole { sent, actors }) = snapshot(rows, doc)? else {
            pulling.response.missing.push(*doc);
            continue;
        };
        if !pulling.budget.take(sent.snapshot.len()) {
            pulling.response.more = true;
            break;
        }
        pulling.actors.extend(actors);
        pulling.response.docs.push(sent);
        if !whole {
            // Sent outside the log, so no cursor will ever confirm it: the next change of it brings it whole again.
            pulling.notes.seen.push((row.scope, SeenRow { doc: *doc, held: true, at_seq: i64::MAX as u64 }));
        }
    }
    Ok(())
}
