//! How a phone gets a scope it holds nothing of: the open records' lines at once, then packs.

use super::{
    Exchange,
    pack::{self, Packs},
    pull::{Pulling, ScopeState},
    store::Stored,
};
use crate::{
    app::App,
    error::ApiError,
    storage::{Read, Result, SeenRow, ViewRow},
};
use beehive_core::sync::{Bootstrap, OpenRecord, Pack};

/// Documents looked at to make packs for one request; further scopes wait for the next one, so that no request takes minutes.
const MAX_COST: usize = 2_000;
/// Open records of one scope that are sent ahead; the others come with the packs.
const MAX_OPEN: usize = 2_000;
/// What an open record takes on the wire beside its texts, about.
const OPEN_OVERHEAD: usize = 80;

/// What one scope's bootstrap consists of.
pub(super) enum Parcel {
    /// The phone has everything there is: it just pushed it.
    Complete,
    /// Packs to fetch.
    Packs(Packs),
}

/// Makes what the fresh scopes need, in order, as far as one request goes. The flag says that some scopes were put off.
pub(super) fn prepare(
    app: &App,
    exchange: &Exchange,
    fresh: &[ScopeState],
    stored: &Stored,
) -> std::result::Result<(Vec<Parcel>, bool), ApiError> {
    let mut parcels = Vec::new();
    let mut cost = 0;
    for state in fresh {
        if cost >= MAX_COST {
            return Ok((parcels, true));
        }
        // Only for a device that never had the scope: one that reads it anew takes what it is not sent for not its own to hold.
        let just_pushed = state.given.is_none() && stored.entries.get(&state.scope).is_some_and(|(_, n)| *n == state.counter.seq);
        if state.counter.seq == 0 || just_pushed {
            parcels.push(Parcel::Complete);
            continue;
        }
        let packs = if state.reads_whole() {
            pack::whole(app, exchange, &state.scope)?
        } else {
            pack::narrow(app, exchange, &state.scope, &state.standing)?
        };
        cost += packs.cost;
        parcels.push(Parcel::Packs(packs));
    }
    Ok((parcels, false))
}

/// Puts one scope's bootstrap into the answer, or puts it off when the answer is full.
pub(super) fn answer(pulling: &mut Pulling<'_>, rows: &dyn Read, state: &ScopeState, parcel: Parcel, stored: &Stored) -> Result<()> {
    let (packs, at_seq, mine) = match parcel {
        Parcel::Complete => (vec![], state.counter.seq, None),
        Parcel::Packs(packs) => (packs.packs, packs.at_seq, packs.mine),
    };
    let mut open = match (&mine, packs.is_empty()) {
        (Some((_, open)), _) => open.clone(),
        (None, true) => vec![],
        (None, false) => rows.open_records(&state.scope)?,
    };
    open.truncate(MAX_OPEN);
    if !pulling.exchange.reads_life {
        open = open.into_iter().map(OpenRecord::as_first_release).collect();
    }
    let size: usize = 64 + open.iter().map(line_size).sum::<usize>();
    if !pulling.budget.take(size) {
        pulling.response.more = true;
        return Ok(());
    }
    let now = rows.counter(&state.scope)?.seq;
    // What the device wrote up to here is sent too: it reads the scope anew because it lacks something. What came with this very request
    // it has.
    let echo_until = stored.entries.get(&state.scope).map_or(now, |(first, _)| first - 1);
    pulling.response.more |= at_seq < now;
    pulling.actors.extend(packs.iter().flat_map(|p| p.actors.iter().copied()));
    note(pulling, rows, state, at_seq, echo_until, mine.map(|(docs, _)| docs))?;
    let packs = packs.into_iter().map(|p| Pack { name: p.name, size: p.size, docs: p.docs }).collect();
    pulling.response.bootstrap.push(Bootstrap { scope: state.scope.clone(), cursor: at_seq, packs, open });
    Ok(())
}

fn note(
    pulling: &mut Pulling<'_>,
    rows: &dyn Read,
    state: &ScopeState,
    at_seq: u64,
    echo_until: u64,
    mine: Option<Vec<beehive_core::DocId>>,
) -> Result<()> {
    let view = ViewRow { view: state.view.clone(), echo_until };
    if state.given.as_ref() != Some(&view) {
        pulling.notes.views.push((state.scope.clone(), view));
    }
    let Some(mine) = mine else { return Ok(()) };
    for old in rows.seen(&pulling.exchange.caller.device.id, &state.scope)? {
        if !mine.contains(&old.doc) {
            // Perhaps still on the phone, and no entry of the log will say again that it must go.
            pulling.notes.seen.push((state.scope.clone(), SeenRow { doc: old.doc, held: false, at_seq: at_seq + 1 }));
        }
    }
    pulling.notes.seen.extend(mine.into_iter().map(|doc| (state.scope.clone(), SeenRow { doc, held: true, at_seq })));
    Ok(())
}

fn line_size(record: &OpenRecord) -> usize {
    OPEN_OVERHEAD + record.title.len() + record.place.len() + record.category.len()
}
