//! Who may bring a file and who may have it: nobody by its hash alone, everybody by a record.

use super::Asked;
use crate::{
    app::App,
    storage::{Read, Result},
    sync::{self, Caller},
};
use beehive_core::{DocId, EventBody, FileHash, fold, policy::Standing};

/// Whether the caller may bring this file for this record: their duty reaches the record's scope, and the record names the file.
pub fn may_bring(app: &App, rows: &dyn Read, caller: &Caller, asked: &Asked) -> Result<bool> {
    let Some(standing) = standing(app, rows, caller, &asked.doc)? else { return Ok(false) };
    Ok(standing.reaches() && names(rows, &asked.doc, &asked.hash)?)
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

/// Whether an event of the record names the file, as itself or as the small picture of one.
fn names(rows: &dyn Read, doc: &DocId, hash: &FileHash) -> Result<bool> {
    let Some(matter) = fold(&sync::load(rows, doc)?) else { return Ok(false) };
    let is_named = |body: &EventBody| matches!(body, EventBody::Attach { file, thumb, .. } if file == hash || thumb.as_ref() == Some(hash));
    Ok(matter.timeline.iter().filter_map(|e| e.body.as_ref()).any(is_named))
}
