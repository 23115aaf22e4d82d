//! One document group brought in by hand, judged and stored like a push of its device.

use super::{By, Caller, held, judge, store, verdict};
use crate::storage::{Read, Result, Storage};
use beehive_core::{
    gate::peek,
    sync::{DocChanges, Verdict, VerdictKind},
};
use std::sync::Arc;

/// Judges a group and stores it, unless `dry_run`. With `own_log` the device is taken to have the changes still, as after a push; without,
/// it gets them back.
pub(crate) fn import_group(
    storage: &Arc<dyn Storage>,
    caller: Caller,
    group: DocChanges,
    own_log: bool,
    dry_run: bool,
    now: i64,
) -> Result<Verdict> {
    let by = if own_log { By::Kept } else { By::Hand };
    if dry_run {
        return storage.read(|rows| Ok(judged(rows, caller, group, by, now)?.1.verdict));
    }
    storage.write(move |tx| {
        let writers = held::writers_of(&group);
        let (exchange, judged) = judged(tx.as_read(), caller, group, by, now)?;
        let mut stored = store::store(tx, &exchange, &writers, vec![judged])?;
        // One group in, one verdict out.
        stored.verdicts.pop().ok_or(crate::storage::StorageError::BadRow("verdict"))
    })
}

fn judged(rows: &dyn Read, caller: Caller, group: DocChanges, by: By, now: i64) -> Result<(super::Exchange, judge::Judged)> {
    let revoked = caller.device.revoked_at.is_some();
    let exchange = super::Exchange { by, ..held::by_hand(rows, caller, now)? };
    let judged = if revoked && !is_stored(rows, &group)? {
        judge::Judged::of_revoked(group)
    } else if revoked {
        judge::Judged::nothing(group.clone(), verdict(&group, VerdictKind::Duplicate, None))
    } else {
        let writers = held::writers_of(&group);
        judge::judge(rows, &exchange, &writers, group)?
    };
    Ok((exchange, judged))
}

/// Whether every change is on the disk already, e.g. because a supervisor let it in.
fn is_stored(rows: &dyn Read, group: &DocChanges) -> Result<bool> {
    for change in &group.changes {
        let Ok(seen) = peek(change) else { return Ok(false) };
        if rows.change(&seen.hash)?.is_none() {
            return Ok(false);
        }
    }
    Ok(!group.changes.is_empty())
}
