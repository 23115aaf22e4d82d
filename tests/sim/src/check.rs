//! What must hold. Each complaint begins with the name of what was broken; the names are those of `docs/simulator.md`.

use crate::{
    deeds::short,
    ledger::{Told, marks_in},
    world::World,
};
use anyhow::{Result, bail, ensure};
use beehive_core::{
    ChangeHash, DocId, History, NodeId, fold,
    model::Matter,
    policy::{self, Standing},
    reference::OrgTree,
    sync::{Digest, SyncResponse, VerdictKind},
};
use beehive_device::api::{Request, Response};
use std::collections::{BTreeMap, BTreeSet};
use sync_server::storage::LogKind;

/// A document as the server holds it.
pub(crate) struct Truth {
    scope: NodeId,
    hashes: BTreeSet<ChangeHash>,
    digest: Digest,
    matter: Matter,
}

impl World {
    /// What was not taken is on the screen, on the phone that was told so, at once.
    pub(crate) fn verdicts_are_seen(&self, p: usize, response: &SyncResponse) -> Result<()> {
        let wanted: Vec<_> = response.verdicts.iter().filter(|v| matches!(v.kind, VerdictKind::Refused | VerdictKind::Held)).collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let shown = self.refused_shown(p)?;
        for verdict in wanted {
            // Made anew under the present name, or another's work that was only sent along.
            if verdict.code.as_deref() == Some("actor_not_yours") {
                continue;
            }
            let held = verdict.kind == VerdictKind::Held;
            let seen = shown.iter().any(|(doc, h)| *doc == verdict.doc && *h == held);
            ensure!(
                seen,
                "held and refused are visible: {} of {} on {}",
                verdict.code.clone().unwrap_or_default(),
                short(&verdict.doc),
                self.phones[p].name
            );
        }
        Ok(())
    }

    fn refused_shown(&self, p: usize) -> Result<Vec<(DocId, bool)>> {
        match self.phones[p].ask(Request::Refused)? {
            Some(Response::Refused { entries }) => Ok(entries.into_iter().map(|e| (e.id, e.held)).collect()),
            other => bail!("held and refused are visible: {} answers {other:?}", self.phones[p].name),
        }
    }

    /// The marks on a phone: in its outbox or among what it keeps, and in what was not taken and is not settled.
    pub(crate) fn marks_on(&self, p: usize) -> Result<BTreeSet<String>> {
        self.phones[p].read(|conn| {
            let mut found = BTreeSet::new();
            for query in ["SELECT bytes FROM change WHERE own <> 0", "SELECT changes FROM refused WHERE state IN (0, 1)"] {
                let mut select = conn.prepare_cached(query)?;
                let mut rows = select.query([])?;
                while let Some(row) = rows.next()? {
                    found.extend(marks_in(row.get_ref(0)?.as_blob().unwrap_or_default()));
                }
            }
            Ok(found)
        })
    }

    /// The marks at the server, and in how many changes each is.
    pub(crate) fn marks_at_server(&self) -> Result<BTreeMap<String, u32>> {
        let mut found = BTreeMap::new();
        self.server.storage()?.read(|rows| {
            for doc in rows.document_ids()? {
                for change in rows.changes(&doc)? {
                    marks_in(&change.bytes).into_iter().for_each(|mark| *found.entry(mark).or_insert(0) += 1);
                }
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Nothing that a phone said was saved is gone.
    pub(crate) fn saved_is_there(&self, p: usize) -> Result<()> {
        let mine: Vec<&String> = self.ledger.entries.iter().filter(|e| e.phone == p && e.told == Told::Saved).map(|e| &e.mark).collect();
        let here = self.marks_on(p)?;
        let missing: Vec<&&String> = mine.iter().filter(|mark| !here.contains(**mark)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let there = self.marks_at_server()?;
        for mark in missing {
            let elsewhere = (0..self.phones.len()).any(|q| q != p && self.marks_on(q).is_ok_and(|marks| marks.contains(*mark)));
            ensure!(
                there.contains_key(*mark) || elsewhere,
                "nothing saved is lost: {mark} of {} after the power went",
                self.phones[p].name
            );
        }
        Ok(())
    }

    /// After the server was restored: records of which something waits to be taken again (held, refused, or with a revoked phone), while
    /// other phones still have it from before.
    pub(crate) fn find_orphans(&mut self) -> Result<()> {
        if self.restored {
            let there = self.marks_at_server()?;
            // What a copied phone wrote may be written anew under another name, while others keep it under the old one.
            let copied = |p: usize| self.phones[p].copied;
            let missing = self.ledger.entries.iter().filter(|e| e.told == Told::Saved && (copied(e.phone) || !there.contains_key(&e.mark)));
            self.orphans.extend(missing.filter_map(|e| e.doc));
        }
        Ok(())
    }

    /// Whether nothing waits on any phone.
    pub(crate) fn is_drained(&self) -> Result<bool> {
        for p in 0..self.phones.len() {
            let waits = "SELECT (SELECT count(*) FROM document WHERE leaving <> 0)
                + (SELECT count(*) FROM attachment a WHERE mine = 1 AND state = 0
                       AND EXISTS (SELECT 1 FROM document d WHERE d.doc = a.doc AND d.unsent = 0))";
            // A photo that is refused, and a record that goes once it is, take a round more.
            let later = !self.phones[p].revoked && self.phones[p].number(waits)? > 0;
            if later || self.phones[p].unknown || self.left_on(p)? != (0, 0, 0) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What waits on a phone: changes, packs, documents asked for.
    fn left_on(&self, p: usize) -> Result<(usize, i64, usize)> {
        let of = |query: &str| -> Result<usize> {
            let docs: Vec<Vec<u8>> = self.phones[p].read(|conn| conn.prepare_cached(query)?.query_map([], |row| row.get(0))?.collect())?;
            Ok(docs.iter().filter(|doc| DocId::from_slice(doc).is_ok_and(|doc| !self.orphans.contains(&doc))).count())
        };
        let packs = self.phones[p].number("SELECT count(*) FROM pack")?;
        Ok((of("SELECT doc FROM change WHERE state <> 1")?, packs, of("SELECT doc FROM want")?))
    }

    /// Everything, at the end.
    pub(crate) fn everything_holds(&self) -> Result<()> {
        for p in 0..self.phones.len() {
            let (changes, packs, wants) = self.left_on(p)?;
            let name = &self.phones[p].name;
            ensure!(changes == 0, "queues drain: {changes} changes are left on {name}");
            if !self.phones[p].revoked {
                ensure!((packs, wants) == (0, 0), "queues drain: {packs} packs and {wants} documents asked for are left on {name}");
            }
        }
        self.saved_is_somewhere()?;
        let truth = self.server_is_sound()?;
        for p in 0..self.phones.len() {
            self.acknowledged_is_there(p, &truth)?;
            if !self.phones[p].revoked {
                self.phone_agrees(p, &truth)?;
            }
        }
        Ok(())
    }

    fn saved_is_somewhere(&self) -> Result<()> {
        let there = self.marks_at_server()?;
        let here: Vec<BTreeSet<String>> = (0..self.phones.len()).map(|p| self.marks_on(p)).collect::<Result<_>>()?;
        for entry in self.ledger.entries.iter().filter(|e| e.told == Told::Saved) {
            let known = there.contains_key(&entry.mark) || here.iter().any(|marks| marks.contains(&entry.mark));
            ensure!(known, "nothing saved is lost: {} of {}", entry.mark, self.phones[entry.phone].name);
        }
        if let Some((mark, times)) = there.iter().find(|(mark, times)| **times > 1 && !self.chosen.contains(*mark))
            && !self.doubled
        {
            bail!("nothing is applied twice: {mark} is in {times} changes at the server");
        }
        Ok(())
    }

    /// The server's own books: every change once in its scope's log, digests and counts right.
    fn server_is_sound(&self) -> Result<BTreeMap<DocId, Truth>> {
        let (truth, complaint) = self.server.storage()?.read(|rows| {
            let mut truth = BTreeMap::new();
            let mut complaint = None;
            let mut scopes: BTreeMap<NodeId, Digest> = BTreeMap::new();
            for id in rows.document_ids()? {
                let changes = rows.changes(&id)?;
                let mut history = History::new();
                for change in &changes {
                    if let Err(e) = history.admit(&change.bytes) {
                        complaint = Some(format!("the server is sound: a change of {} does not pass the gate: {e}", short(&id)));
                    }
                }
                let (Some(row), Some(matter)) = (rows.document(&id)?, fold(&history)) else { continue };
                if (row.changes, row.digest) != (changes.len() as u64, history.digest()) {
                    complaint = Some(format!("the server is sound: the row of {} does not fit its changes", short(&id)));
                }
                scopes.entry(row.scope.clone()).or_default().join(&row.digest);
                let hashes = changes.iter().map(|c| c.hash).collect();
                truth.insert(id, Truth { scope: row.scope, hashes, digest: row.digest, matter });
            }
            for (scope, counter) in rows.counters()? {
                if scopes.get(&scope).copied().unwrap_or_default() != counter.digest {
                    complaint = Some(format!("the server is sound: the digest of {scope} does not fit its documents"));
                }
                let entries = rows.log_after(&scope, 0, usize::MAX >> 1)?;
                let hashes: Vec<_> = entries.iter().filter(|e| e.kind == LogKind::Change).filter_map(|e| e.hash).collect();
                if hashes.len() != hashes.iter().collect::<BTreeSet<_>>().len() {
                    complaint = Some(format!("nothing is applied twice: a change is twice in the log of {scope}"));
                }
                if entries.iter().enumerate().any(|(n, e)| e.seq != n as u64 + 1) || counter.seq != entries.len() as u64 {
                    complaint = Some(format!("the server is sound: the log of {scope} has gaps"));
                }
                let of_scope = truth.values().filter(|t| t.scope == scope).map(|t| t.hashes.len()).sum::<usize>();
                if of_scope != hashes.len() {
                    complaint = Some(format!("the server is sound: the log of {scope} does not have every change"));
                }
            }
            Ok((truth, complaint))
        })?;
        match complaint {
            Some(complaint) => bail!(complaint),
            None => Ok(truth),
        }
    }

    /// What a phone believes is at the server is there.
    fn acknowledged_is_there(&self, p: usize, truth: &BTreeMap<DocId, Truth>) -> Result<()> {
        let acked: Vec<(Vec<u8>, Vec<u8>)> = self.phones[p].read(|conn| {
            let mut select = conn.prepare_cached("SELECT doc, hash FROM change WHERE state = 1")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        for (doc, hash) in acked {
            let (doc, hash) = (DocId::from_slice(&doc)?, ChangeHash::from_slice(&hash)?);
            let there = truth.get(&doc).is_some_and(|t| t.hashes.contains(&hash)) || self.orphans.contains(&doc);
            // A revoked phone is told nothing more, so it cannot know of a restored server.
            ensure!(
                there || (self.phones[p].revoked && self.restored),
                "nothing acknowledged is lost: a change of {} that {} was told is at the server",
                short(&doc),
                self.phones[p].name
            );
        }
        Ok(())
    }

    /// A phone holds exactly what its member may see, as the server has it, and shows what follows from it.
    fn phone_agrees(&self, p: usize, truth: &BTreeMap<DocId, Truth>) -> Result<()> {
        let name = &self.phones[p].name;
        let (now, id) = (self.server.now(), self.phones[p].member.as_str().into());
        let (member, tree) = self.server.storage()?.read(|rows| Ok((rows.member(&id)?, OrgTree::new(&rows.org()?))))?;
        let Some(member) = member else { bail!("{name} has a member") };
        let sees = |t: &Truth| policy::sees(&Standing::of(&member, &tree, &t.scope, now), &t.matter);
        let held: Vec<(DocId, Digest, Digest, i64)> = self.phones[p].read(|conn| {
            let mut select = conn.prepare_cached("SELECT doc, digest, acked, leaving FROM document ORDER BY doc")?;
            let digest =
                |row: &rusqlite::Row<'_>, n| Ok::<_, rusqlite::Error>(Digest::from_slice(row.get_ref(n)?.as_blob()?).unwrap_or_default());
            let rows = select.query_map([], |row| {
                let doc = DocId::from_slice(row.get_ref(0)?.as_blob()?).unwrap_or_default();
                Ok((doc, digest(row, 1)?, digest(row, 2)?, row.get(3)?))
            })?;
            rows.collect()
        })?;
        for (doc, digest, acked, leaving) in held.iter().filter(|(doc, ..)| !self.orphans.contains(doc)) {
            let Some(t) = truth.get(doc) else { bail!("all replicas agree: {} is on {name} and not at the server", short(doc)) };
            ensure!(sees(t), "nobody holds what scope forbids: {} of {} on {name} (leaving: {leaving})", short(doc), t.scope);
            ensure!(*digest == t.digest, "all replicas agree: {} of {} differs on {name}", short(doc), t.scope);
            ensure!(*acked == t.digest, "all replicas agree: {name} believes something else of {} to be at the server", short(doc));
        }
        for (doc, t) in truth.iter().filter(|(doc, t)| sees(t) && !self.orphans.contains(doc)) {
            ensure!(held.iter().any(|(d, ..)| d == doc), "all replicas agree: {} of {} is not on {name}", short(doc), t.scope);
        }
        let shown: Vec<(Vec<u8>, String)> = self.phones[p].read(|conn| {
            let mut select = conn.prepare_cached("SELECT doc, status FROM matter")?;
            let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?;
        ensure!(shown.len() == held.len(), "lists show what is held: {} lines for {} records on {name}", shown.len(), held.len());
        for (doc, status) in shown {
            let doc = DocId::from_slice(&doc)?;
            if self.orphans.contains(&doc) {
                continue;
            }
            let Some(t) = truth.get(&doc) else { bail!("lists show what is held: {} on {name}", short(&doc)) };
            ensure!(status == t.matter.status.code(), "lists show what is held: {} is {status} on {name}", short(&doc));
        }
        let repaired = self.phones[p].number("SELECT coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'repaired'), 0)")?;
        ensure!(repaired == 0 || self.disturbed, "nothing has to be repaired: {name} read a scope again {repaired} times");
        Ok(())
    }

    /// For whoever reads the story of a complaint: where the writings are that did not reach the server.
    pub(crate) fn say_what_is_left(&mut self) {
        let there = self.marks_at_server().unwrap_or_default();
        let of = |p: usize, query: &str| -> Vec<String> {
            let found = self.phones[p].read(|conn| {
                let mut select = conn.prepare_cached(query)?;
                let rows = select.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Vec<u8>>(1)?)))?;
                rows.collect::<Result<Vec<_>, _>>()
            });
            let new = |(what, bytes): (String, Vec<u8>)| {
                let marks: Vec<String> = marks_in(&bytes).into_iter().filter(|mark| !there.contains_key(mark)).collect();
                (!marks.is_empty()).then(|| format!("{what} {}", marks.join(" ")))
            };
            found.unwrap_or_default().into_iter().filter_map(new).collect()
        };
        let mut lines = Vec::new();
        for p in 0..self.phones.len() {
            let kept = of(p, "SELECT CASE state WHEN 0 THEN 'unsent' WHEN 1 THEN 'delivered' ELSE 'offered' END, bytes FROM change");
            let aside = of(p, "SELECT code || '/' || state, changes FROM refused");
            lines.push(format!("{}: {}; {}", self.phones[p].name, kept.join(", "), aside.join(", ")));
        }
        lines.into_iter().for_each(|line| self.say(line));
    }

    /// What a phone holds, in a few bytes.
    pub(crate) fn outline(&self, p: usize) -> Result<Vec<u8>> {
        self.phones[p].read(|conn| {
            let mut out = Vec::new();
            for query in [
                "SELECT doc, scope, digest, acked, unsent, leaving FROM document ORDER BY doc",
                "SELECT hash, own, state FROM change ORDER BY hash",
                "SELECT doc, code, state FROM refused ORDER BY entry",
                "SELECT doc, status, whole, refused FROM matter ORDER BY doc",
                "SELECT scope, cursor, pending, gone FROM scope ORDER BY scope",
                "SELECT doc FROM want ORDER BY doc",
            ] {
                let mut select = conn.prepare_cached(query)?;
                let columns = select.column_count();
                let mut rows = select.query([])?;
                while let Some(row) = rows.next()? {
                    for n in 0..columns {
                        out.extend(format!("{:?}|", row.get_ref(n)?).into_bytes());
                    }
                }
                out.push(b'\n');
            }
            Ok(out)
        })
    }

    /// What the server holds, likewise.
    pub(crate) fn server_outline(&self) -> Result<Vec<u8>> {
        Ok(self.server.storage()?.read(|rows| {
            let mut out = Vec::new();
            for (scope, counter) in rows.counters()? {
                out.extend(format!("{scope} {} {:?}\n", counter.seq, counter.digest.as_bytes()).into_bytes());
            }
            out.extend(format!("{} {} {}", rows.refused()?.len(), rows.held()?.len(), rows.decided()?.len()).into_bytes());
            Ok(out)
        })?)
    }
}
