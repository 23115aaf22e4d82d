//! Who may bring a file and who may have it: nobody by its hash alone, everybody by a record.

use super::Asked;
use crate::{
    app::App,
    storage::{Read, Result},
    sync::{self, Caller},
};
use beehive_core::{
    ActorId, DocId, EventBody, FileHash, History, fold,
    policy::Standing,
    sync::{DocChanges, decode},
};

/// Whether the caller may bring this file for this record: the record names it, and their duty reaches the record's scope or it was they
/// who named it - then it was done on duty, whatever became of the duty since. Of what is held for a supervisor the files may come too,
/// so that they are there when it is let in.
pub fn may_bring(app: &App, rows: &dyn Read, caller: &Caller, asked: &Asked) -> Result<bool> {
    let history = sync::load(rows, &asked.doc)?;
    let by = named_by(&history, &asked.hash);
    if !by.is_empty() {
        if standing(app, rows, caller, &asked.doc)?.is_some_and(|s| s.reaches()) {
            return Ok(true);
        }
        for actor in by {
            if rows.actor(&actor)?.is_some_and(|owner| owner.member == caller.member.id) {
                return Ok(true);
            }
        }
    }
    is_named_by_held(rows, caller, asked, history)
}

/// Whether what the caller has on the shelf for a supervisor names the file.
fn is_named_by_held(rows: &dyn Read, caller: &Caller, asked: &Asked, mut history: History) -> Result<bool> {
    let stored = named_by(&history, &asked.hash).len();
    for row in rows.held_of(&caller.member.id, &asked.doc)? {
        let Ok(group) = decode::<DocChanges>(&row.bytes) else { continue };
        // What does not pass the gate names nothing.
        group.changes.iter().for_each(|change| drop(history.admit(change)));
    }
    // By these changes, that is: what stored ones name is no word of the caller's.
    Ok(named_by(&history, &asked.hash).len() > stored)
}

/// Whether the caller may have a file: they may read a record it was brought for.
pub fn may_have(app: &App, rows: &dyn Read, caller: &Caller, hash: &FileHash) -> Result<bool> {
    for doc in rows.documents_of_file(hash)? {
        if let Some(standing) = standing(app, rows, caller, &doc)?
            && sync::may_read(rows, &standing, &doc)?
        {
            return Ok(true);
        }
    }
    Ok(false)
}

fn standing(app: &App, rows: &dyn Read, caller: &Caller, doc: &DocId) -> Result<Option<Standing>> {
    let Some(row) = rows.document(doc)? else { return Ok(None) };
    let org = app.directory.org(rows, &rows.versions()?)?;
    Ok(Some(Standing::of(&caller.member, &org.tree, &row.scope, app.now())))
}

/// Which stores named the file in a record, as itself or as the small picture of one.
fn named_by(history: &History, hash: &FileHash) -> Vec<ActorId> {
    let is_named = |body: &EventBody| matches!(body, EventBody::Attach { file, thumb, .. } if file == hash || thumb.as_ref() == Some(hash));
    let matter = fold(history);
    let events = matter.iter().flat_map(|m| &m.timeline).filter(|e| e.body.as_ref().is_some_and(is_named));
    events.map(|e| e.actor).collect()
}
