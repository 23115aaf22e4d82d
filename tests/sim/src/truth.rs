//! What the server says, held against its own disk and against what the member may see, whether or not the answer arrives.

use crate::{deeds::short, world::World};
use anyhow::{Result, bail, ensure};
use beehive_core::{
    DocId, History, NodeId, fold,
    gate::peek,
    policy::{self, Standing},
    reference::{Member, OrgTree},
    sync::{self, PackDoc, StandingState, SyncRequest, SyncResponse, VerdictKind},
};
use sync_server::storage::Read;

impl World {
    /// An answer is held against the server's disk and against what the member may see, whether or not it arrives.
    pub(crate) fn answer_is_true(&self, p: usize, request: &SyncRequest, response: &SyncResponse) -> Result<()> {
        let name = &self.phones[p].name;
        let (now, member) = (self.server.now(), self.phones[p].member.as_str().into());
        let complaint = self.server.storage()?.read(|rows| {
            if let Some(broken) = verdicts(rows, request, response)? {
                return Ok(Some(broken));
            }
            let Some(member) = rows.member(&member)? else { return Ok(None) };
            let tree = OrgTree::new(&rows.org()?);
            let mut sent: Vec<(&NodeId, Option<DocId>)> = Vec::new();
            for page in &response.scopes {
                sent.push((&page.scope, None));
                sent.extend(page.batch.docs.iter().map(|g| (&page.scope, Some(g.doc))));
            }
            for first in &response.bootstrap {
                sent.push((&first.scope, None));
                sent.extend(first.open.iter().map(|o| (&first.scope, Some(o.doc))));
            }
            for (scope, doc) in sent {
                if !may_have(rows, &member, &tree, scope, doc.as_ref(), now)? {
                    return Ok(Some(format!("nobody gets what scope forbids: {scope} {doc:?}")));
                }
            }
            for doc in &response.docs {
                let Some(row) = rows.document(&doc.doc)? else { continue };
                if !may_have(rows, &member, &tree, &row.scope, Some(&doc.doc), now)? {
                    return Ok(Some(format!("nobody gets what scope forbids: {} {} was asked for", row.scope, doc.doc)));
                }
            }
            Ok(None)
        })?;
        if let Some(complaint) = complaint {
            bail!("{complaint} ({name})");
        }
        if response.standing == StandingState::Revoked {
            let nothing = response.scopes.is_empty() && response.bootstrap.is_empty() && response.docs.is_empty();
            ensure!(nothing, "nobody gets what scope forbids: {name} is revoked and is sent something");
        }
        Ok(())
    }

    /// So is a pack.
    pub(crate) fn pack_is_true(&self, p: usize, body: &[u8]) -> Result<()> {
        let docs: Vec<PackDoc> = sync::decode(body)?;
        let (now, member) = (self.server.now(), self.phones[p].member.as_str().into());
        let forbidden = self.server.storage()?.read(|rows| {
            let Some(member) = rows.member(&member)? else { return Ok(None) };
            let tree = OrgTree::new(&rows.org()?);
            for doc in &docs {
                if let Some(row) = rows.document(&doc.doc)?
                    && !may_have(rows, &member, &tree, &row.scope, Some(&doc.doc), now)?
                {
                    return Ok(Some(doc.doc));
                }
            }
            Ok(None)
        })?;
        ensure!(
            forbidden.is_none(),
            "nobody gets what scope forbids: {} in a pack for {}",
            forbidden.unwrap_or_default(),
            self.phones[p].name
        );
        Ok(())
    }
}

/// Whether a member may have a document of a scope now; without one, anything of the scope.
fn may_have(
    rows: &dyn Read,
    member: &Member,
    tree: &OrgTree,
    scope: &NodeId,
    doc: Option<&DocId>,
    now: i64,
) -> sync_server::storage::Result<bool> {
    let standing = Standing::of(member, tree, scope, now);
    if !standing.reaches() {
        return Ok(false);
    }
    let Some(doc) = doc else { return Ok(true) };
    if policy::reads_whole_scope(&standing) {
        // Of the scope that it is said to be of.
        return Ok(rows.document(doc)?.is_none_or(|row| row.scope == *scope));
    }
    let mut history = History::new();
    for change in rows.changes(doc)? {
        if history.admit(&change.bytes).is_err() {
            return Ok(true);
        }
    }
    Ok(fold(&history).is_none_or(|matter| policy::sees(&standing, &matter)))
}

/// What a verdict claims is so.
fn verdicts(rows: &dyn Read, request: &SyncRequest, response: &SyncResponse) -> sync_server::storage::Result<Option<String>> {
    for verdict in &response.verdicts {
        let Some(group) = request.push.docs.iter().find(|g| g.doc == verdict.doc) else { continue };
        let all = matches!(verdict.kind, VerdictKind::Stored | VerdictKind::Duplicate);
        for hash in group.changes.iter().filter_map(|c| peek(c).ok().map(|seen| seen.hash)) {
            let claimed = verdict.stored.as_ref().map_or(all, |stored| stored.contains(&hash));
            if claimed && rows.change(&hash)?.is_none() {
                return Ok(Some(format!("nothing acknowledged is lost: a change of {} is not on the server's disk", short(&verdict.doc))));
            }
        }
        let kept = match verdict.kind {
            VerdictKind::Held => rows.held()?.iter().chain(rows.decided()?.iter().map(|(row, _)| row)).any(|row| row.doc == verdict.doc),
            VerdictKind::Refused => rows.refused()?.iter().any(|row| row.doc == verdict.doc),
            _ => true,
        };
        if !kept {
            return Ok(Some(format!("held and refused are visible: the server did not keep {}", short(&verdict.doc))));
        }
    }
    Ok(None)
}
