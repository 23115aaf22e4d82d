//! What happens to the street: duties end, move and come back, supervisors decide, devices are revoked and enrolled, folders are copied and
//! come back as they were.

use crate::{ledger::Told, phone::Phone, rng::Rng, world::World};
use anyhow::{Context, Result, bail, ensure};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use beehive_core::{
    Epoch, MemberId, NodeId,
    model::{Grant, Role},
    sync::{PROTOCOL, StandInRequest},
};
use sync_server::{
    storage::{ByWhom, ReferenceSet},
    sync::{HeldError, accept, decline},
};

/// Where duties move to.
const GRIDS: [&str; 4] = ["w-1", "w-2", "g-1", "g-2"];

impl World {
    /// A duty ends now, ends soon, moves, or one more is given.
    pub fn change_grants(&mut self, p: usize) -> Result<()> {
        let id = MemberId::from(self.phones[p].member.as_str());
        let what = self.rng.below(4);
        let node = NodeId::from(*self.rng.pick(&GRIDS).context("grids")?);
        let role = *self.rng.pick(&[Role::MicroWorker, Role::MicroLead, Role::GridLead]).context("roles")?;
        let (now, soon) = (self.now, self.now + self.rng.between(600, 30_000));
        let n = self.rng.below(8);
        let grants = self.server.storage()?.write(move |tx| {
            let Some(mut member) = tx.as_read().member(&id)? else { return Ok(vec![]) };
            let given = Grant { role, node: node.clone(), buildings: vec![], from: None, until: None, on_behalf: None };
            let many = member.grants.len();
            match what {
                // By hand, with nothing left in the list: only the history of duties knows of it.
                0 if many > 0 && n < 5 => drop(member.grants.remove(n % many)),
                0 if many > 0 => member.grants[n % many].until = Some(now),
                1 if many > 0 => member.grants[n % many].until = Some(soon),
                2 if many > 0 => member.grants[n % many].node = node,
                _ => member.grants.push(given),
            }
            tx.put_member(&member, ByWhom { at: now, by: "sim" })?;
            tx.bump(ReferenceSet::Members)?;
            Ok(member.grants)
        })?;
        let words: Vec<String> = grants.iter().map(|g| format!("{} at {}{}", g.role.code(), g.node, ending(g, now))).collect();
        self.say(format!("{} has now: {}", self.phones[p].member, words.join(", ")));
        Ok(())
    }

    /// A supervisor looks at what is held.
    pub fn decide_held(&mut self) -> Result<()> {
        let storage = self.server.storage()?.clone();
        let held = storage.read(|rows| rows.held())?;
        let ids: Vec<i64> = held.iter().map(|row| row.id).collect();
        let Some(id) = self.rng.pick(&ids).copied() else { return Ok(()) };
        if self.rng.chance(60) {
            match accept(&storage, id, "补录", self.now) {
                Ok(_) => self.say("a supervisor lets held work in".to_owned()),
                Err(HeldError::NotAccepted(code)) => self.say(format!("held work cannot be let in: {code}")),
                Err(e) => bail!("held work can be decided: {e}"),
            }
        } else {
            decline(&storage, id, "重复了", self.now)?;
            self.say("a supervisor declines held work".to_owned());
        }
        Ok(())
    }

    /// A device is revoked.
    pub fn revoke(&mut self, p: usize) -> Result<()> {
        let account = self.phones[p].with(|engine| engine.account())?.flatten().context("an account")?;
        let now = self.now;
        self.server.storage()?.write(move |tx| tx.revoke_device(&account.device, now))?;
        self.say(format!("{}: its device is revoked", self.phones[p].name));
        Ok(())
    }

    /// Whoever leads names a stand-in, or tries to.
    pub fn name_stand_in(&mut self, p: usize) -> Result<()> {
        if self.phones[p].unknown {
            return Ok(());
        }
        let members: Vec<String> = self.phones.iter().map(|p| p.member.clone()).collect();
        let to = MemberId::from(self.rng.pick(&members).context("members")?.as_str());
        let until = self.rng.chance(70).then_some(self.now + 86_400);
        let body = serde_json::to_vec(&StandInRequest { v: PROTOCOL, to: to.clone(), node: None, until })?;
        let credential = self.phones[p].with(|engine| engine.account())?.flatten().context("an account")?.credential;
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/stand-ins")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", credential.reveal()));
        let answer = self.server.send(request.body(Body::from(body))?)?;
        self.say(format!("{} names {to} as stand-in: {}", self.phones[p].member, answer.status.as_u16()));
        Ok(())
    }

    /// A phone is enrolled anew, with everything that is on it.
    pub fn enrol_anew(&mut self, p: usize) -> Result<()> {
        let answer = self.server.enrol(&self.phones[p].member)?;
        let told = self.phones[p].with(|engine| engine.enrolled("http://sim", None, answer))?;
        told.context("no fault is armed")??;
        (self.phones[p].unknown, self.phones[p].revoked, self.phones[p].late) = (false, false, None);
        self.phones[p].enrolled_anew = true;
        if self.restored {
            self.orphan_rewritten(p);
        }
        self.disturbed = true;
        self.say(format!("{}: is enrolled anew", self.phones[p].name));
        Ok(())
    }

    /// Somebody keeps a copy of a phone's folder.
    pub fn copy_phone(&mut self, p: usize) -> Result<()> {
        self.phones[p].copy_to(&self.root.join(format!("copy-{p}")))?;
        self.say(format!("{}: its folder is copied", self.phones[p].name));
        Ok(())
    }

    /// A phone goes on from a copy.
    pub fn restore_phone(&mut self, p: usize) -> Result<()> {
        let copy = self.root.join(format!("copy-{p}"));
        if !copy.exists() {
            return Ok(());
        }
        let with_actor = self.rng.chance(50);
        self.phones[p].restore(&copy, with_actor)?;
        (self.phones[p].unknown, self.phones[p].copied) = (false, true);
        self.disturbed = true;
        self.say(format!(
            "{}: goes on from its copy, {} the name it wrote under",
            self.phones[p].name,
            if with_actor { "with" } else { "without" }
        ));
        self.doubled = true;
        self.excuse()
    }

    /// A copy of a phone goes on beside it.
    pub fn clone_phone(&mut self, p: usize) -> Result<()> {
        if self.phones.len() > 6 || self.doubled {
            return Ok(());
        }
        let no = self.phones.len();
        let (name, member) = (format!("{}-again", self.phones[p].name), self.phones[p].member.clone());
        self.phones[p].copy_to(&self.root.join(format!("{name}-0")))?;
        if self.rng.chance(50) {
            std::fs::remove_file(self.root.join(format!("{name}-0/actor")))?;
        }
        let mut phone = Phone::open(&self.root, &name, no, &member, self.seed, self.now)?;
        (phone.skew, phone.unknown, phone.copied) = (self.phones[p].skew, self.phones[p].unknown, true);
        self.phones[p].copied = true;
        phone.set_time(self.now);
        phone.faults.begin(self.step);
        self.phones.push(phone);
        (self.disturbed, self.doubled) = (true, true);
        self.say(format!("{}: a copy of it goes on beside it", self.phones[p].name));
        Ok(())
    }

    /// The server's disk is lost, and the backup takes its place.
    pub fn restore_server(&mut self) -> Result<()> {
        if !self.server.has_backup() {
            return Ok(());
        }
        let epoch = Epoch(Rng::of(self.seed, self.step ^ 0xe90c).next().to_be_bytes());
        let before = self.server.epoch()?;
        self.server.restore(epoch)?;
        // Phones tell by it that what they believe delivered may be lost. They mend much without it, but late, and not all.
        ensure!(self.server.epoch()? != before, "a restored server is another life: it has the epoch it had before");
        (self.disturbed, self.restored) = (true, true);
        (0..self.phones.len())
            .filter(|p| self.phones[*p].enrolled_anew)
            .collect::<Vec<_>>()
            .into_iter()
            .for_each(|p| self.orphan_rewritten(p));
        self.say("the server goes on from its backup".to_owned());
        self.excuse()
    }

    /// What a phone wrote before it was enrolled anew it writes again under another name, if the server lost it. Other phones keep what
    /// they got under the old one.
    fn orphan_rewritten(&mut self, p: usize) {
        self.orphans.extend(self.ledger.entries.iter().filter(|e| e.phone == p).filter_map(|e| e.doc));
    }

    /// After a loss: what is nowhere any more was lost with it, and nobody promised otherwise.
    fn excuse(&mut self) -> Result<()> {
        let mut found = self.marks_at_server()?.into_keys().collect::<std::collections::BTreeSet<_>>();
        for p in 0..self.phones.len() {
            found.extend(self.marks_on(p)?);
        }
        let mut lost = 0;
        for entry in &mut self.ledger.entries {
            if entry.told == Told::Saved && !found.contains(&entry.mark) {
                entry.told = Told::Excused;
                self.orphans.extend(entry.doc);
                lost += 1;
            }
        }
        if lost > 0 {
            self.say(format!("{lost} writings are lost with it"));
        }
        Ok(())
    }
}

fn ending(grant: &Grant, now: i64) -> String {
    match grant.until {
        Some(until) if until <= now => " (ended)".to_owned(),
        Some(until) => format!(" (ends in {} s)", until - now),
        None => String::new(),
    }
}
