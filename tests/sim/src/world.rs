//! One story: a street, what happens to it step by step, and the healing at its end.

use crate::{
    disk,
    faults::Fault,
    ledger::Ledger,
    net::{Fate, Wanderer},
    phone::Phone,
    rng::Rng,
    server::Server,
    storage::Break,
    template::{CAST, Template},
};
use anyhow::{Context, Result, ensure};
use beehive_core::DocId;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, path::PathBuf};
use tempfile::TempDir;

/// 2026-11-20 08:00 in Chengdu, seconds since 1970: the day on which every story begins.
pub const NOW: i64 = 1_795_132_800;
/// How many steps a story has.
pub const STEPS: u64 = 60;
/// Within how many rounds of healing everything must be where it belongs.
pub const HEALING: usize = 8;
/// The stream of chances that is the story's own, not a step's.
const STORY: u64 = u64::MAX;

/// What a story may contain; told by its seed.
#[derive(Debug, Clone, Copy)]
pub struct Temper {
    /// The network and both ends break.
    pub faults: bool,
    /// Copies, restored phones and servers.
    pub losses: bool,
    /// Grants end and move, devices are revoked.
    pub grants: bool,
}

/// A street in the middle of its story.
pub struct World {
    pub(crate) seed: u64,
    pub(crate) step: u64,
    pub(crate) rng: Rng,
    pub(crate) now: i64,
    pub(crate) temper: Temper,
    pub(crate) server: Server,
    pub(crate) phones: Vec<Phone>,
    pub(crate) ledger: Ledger,
    pub(crate) wire: Vec<Wanderer>,
    /// Whether something happened after which a scope may have to be read again.
    pub(crate) disturbed: bool,
    /// Whether a member has two phones that believe to be one, or wrote again what a lost life of a phone wrote.
    pub(crate) doubled: bool,
    /// Marks that somebody chose among several values, and so wrote once more.
    pub(crate) chosen: BTreeSet<String>,
    /// Records of which a part is nowhere any more, while another phone built on it: docs/simulator.md says what becomes of them.
    pub(crate) orphans: BTreeSet<DocId>,
    /// Whether the server lost what it had acknowledged.
    pub(crate) restored: bool,
    pub(crate) marks: usize,
    pub(crate) story: Vec<String>,
    pub(crate) root: PathBuf,
    _dir: TempDir,
}

#[derive(Clone, Copy)]
enum What {
    Deed,
    Sync,
    PhoneCrash,
    ServerCrash,
    Grants,
    Decide,
    Revoke,
    StandIn,
    Enrol,
    Copy,
    RestorePhone,
    Clone,
    BackUp,
    RestoreServer,
    Days,
    Files,
    Arrive,
}

impl World {
    /// The street of a seed.
    pub fn begin(template: &Template, seed: u64) -> Result<Self> {
        let dir = template.room()?;
        let root = dir.path().to_owned();
        let mut rng = Rng::of(seed, STORY);
        let temper = Temper { faults: rng.chance(75), losses: rng.chance(50), grants: rng.chance(60) };
        disk::copy(&template.path().join("server-0"), &root.join("server-0"))?;
        let server = Server::open(&root, NOW)?;
        let mut cast = vec![0, 1];
        for _ in 0..rng.below(4) {
            let n = 2 + rng.below(CAST.len() - 2);
            if !cast.contains(&n) {
                cast.push(n);
            }
        }
        let mut phones = Vec::new();
        for (no, n) in cast.into_iter().enumerate() {
            let name = CAST[n];
            let folder = format!("{name}-0");
            disk::copy(&template.path().join(&folder), &root.join(&folder))?;
            let mut phone = Phone::open(&root, name, no, name, seed, NOW)?;
            phone.skew = if rng.chance(70) { 0 } else { rng.between(-200_000, 200_000) };
            phones.push(phone);
        }
        let mut world = Self {
            seed,
            step: 0,
            rng,
            now: NOW,
            temper,
            server,
            phones,
            ledger: Ledger::default(),
            wire: Vec::new(),
            disturbed: false,
            doubled: false,
            chosen: BTreeSet::new(),
            orphans: BTreeSet::new(),
            restored: false,
            marks: 0,
            story: Vec::new(),
            root,
            _dir: dir,
        };
        let names: Vec<String> = world.phones.iter().map(|p| format!("{} ({:+} s)", p.name, p.skew)).collect();
        world.say(format!("phones: {}; {:?}", names.join(", "), world.temper));
        Ok(world)
    }

    /// Adds a line to the story.
    pub(crate) fn say(&mut self, line: String) {
        self.story.push(format!("{:3} {line}", self.step));
    }

    /// The story so far.
    pub fn story(&self) -> &[String] {
        &self.story
    }

    /// One step: number `step`, whatever came before.
    pub fn step(&mut self, step: u64) -> Result<()> {
        (self.step, self.marks) = (step, 0);
        self.rng = Rng::of(self.seed, step);
        let pass = self.rng.between(0, 7_200);
        self.pass(pass);
        let Temper { faults, losses, grants, .. } = self.temper;
        let when = |yes: bool, weight: usize| if yes { weight } else { 0 };
        let table = [
            (42, What::Deed),
            (30, What::Sync),
            (when(faults, 3), What::PhoneCrash),
            (when(faults, 2), What::ServerCrash),
            (when(grants, 4), What::Grants),
            (4, What::Decide),
            (when(grants, 1), What::Revoke),
            (when(grants, 1), What::StandIn),
            (when(losses, 1), What::Enrol),
            (when(losses, 2), What::Copy),
            (when(losses, 2), What::RestorePhone),
            (when(losses, 1), What::Clone),
            (when(losses, 2), What::BackUp),
            (when(losses, 2), What::RestoreServer),
            (2, What::Days),
            (5, What::Files),
            (when(faults, 4), What::Arrive),
        ];
        let p = self.rng.below(self.phones.len());
        match self.rng.weighted(&table).context("a table")? {
            What::Deed => self.deed(p),
            What::Sync => {
                let (at, fate) = self.fate();
                if fate != Fate::Clean {
                    self.say(format!("{}: syncs; at round {at}: {fate:?}", self.phones[p].name));
                }
                self.sync(p, at, fate).map(drop)
            }
            What::PhoneCrash => {
                self.say(format!("{}: the power goes", self.phones[p].name));
                self.power_back(p)
            }
            What::ServerCrash => {
                self.say("the server's power goes".to_owned());
                self.server.crash()
            }
            What::Grants => self.change_grants(p),
            What::Decide => self.decide_held(),
            What::Revoke => self.revoke(p),
            What::StandIn => self.name_stand_in(p),
            What::Enrol => self.enrol_anew(p),
            What::Copy => self.copy_phone(p),
            What::RestorePhone => self.restore_phone(p),
            What::Clone => self.clone_phone(p),
            What::BackUp => {
                self.say("the server is backed up".to_owned());
                self.server.back_up()
            }
            What::RestoreServer => self.restore_server(),
            What::Days => {
                let days = self.rng.between(1, 3);
                self.say(format!("{days} days pass"));
                self.pass(days * 86_400);
                Ok(())
            }
            What::Files => self.send_files(p),
            What::Arrive => self.arrive(),
        }
    }

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += seconds;
        self.server.set_time(self.now);
        for phone in &self.phones {
            phone.set_time(self.now);
            phone.faults.begin(self.step);
        }
    }

    fn fate(&mut self) -> (usize, Fate) {
        if !self.temper.faults || self.rng.chance(45) {
            return (0, Fate::Clean);
        }
        let rng = &mut self.rng;
        let at = rng.weighted(&[(6, 0), (2, 1), (1, 2)]).unwrap_or_default();
        let few = |rng: &mut Rng, n| u32::try_from(rng.below(n)).unwrap_or_default();
        let fate = match rng.below(13) {
            0 => Fate::RequestLost,
            1 => Fate::RequestCut,
            2 => Fate::RequestLate,
            3 => Fate::RequestTwice,
            4 => Fate::AnswerLost,
            5 => Fate::AnswerCut,
            6 => Fate::AnswerLate,
            7 => Fate::AnswerTwice,
            8 | 9 => Fate::Phone(few(rng, 5), Fault::Power),
            10 => match few(rng, 2) {
                0 => Fate::Phone(few(rng, 2), Fault::Io),
                _ => Fate::Phone(0, Fault::Full(few(rng, 6))),
            },
            11 => Fate::Server(few(rng, 2), if rng.chance(50) { Break::PowerBefore } else { Break::PowerAfter }),
            _ => Fate::Server(few(rng, 2), if rng.chance(50) { Break::Full } else { Break::Io }),
        };
        (at, fate)
    }

    /// A phone starts again after the power went; nothing it said was saved may be gone.
    pub(crate) fn power_back(&mut self, p: usize) -> Result<()> {
        self.phones[p].crash()?;
        self.say(format!("{}: starts again", self.phones[p].name));
        self.saved_is_there(p)
    }

    /// The healing: nothing breaks any more, and everybody syncs, a few times, hours apart.
    pub fn heal(&mut self) -> Result<()> {
        self.step = STEPS;
        self.rng = Rng::of(self.seed, STORY - 1);
        self.say("healing".to_owned());
        self.wire.clear();
        for phone in &mut self.phones {
            phone.late = None;
        }
        for round in 0..HEALING {
            // Beyond the hour within which a scope is not read again.
            self.pass(2 * 3_600);
            let mut whole = true;
            for p in 0..self.phones.len() {
                if self.phones[p].unknown {
                    self.enrol_anew(p)?;
                }
                whole &= self.sync(p, 0, Fate::Clean)?;
                self.send_files(p)?;
            }
            self.find_orphans()?;
            if whole && self.is_drained()? {
                self.say(format!("drained after {} rounds", round + 1));
                break;
            }
        }
        // Twice more: what the last one brought goes to the first.
        for _ in 0..2 {
            self.pass(2 * 3_600);
            for p in 0..self.phones.len() {
                self.send_files(p)?;
                // An exchange that moves nothing for a while ends, and the next one goes on.
                let whole = self.sync(p, 0, Fate::Clean)? || self.sync(p, 0, Fate::Clean)?;
                ensure!(
                    whole || !self.orphans.is_empty(),
                    "queues drain: {} does not come to an end of its sync after {HEALING} rounds",
                    self.phones[p].name
                );
            }
        }
        self.everything_holds()
    }

    /// The hash of all that happened: same seed, same hash.
    pub fn trace(&self) -> Result<String> {
        let mut hash = Sha256::new();
        for line in &self.story {
            hash.update(line);
            hash.update([0]);
        }
        for p in 0..self.phones.len() {
            hash.update(self.outline(p)?);
            hash.update([1]);
        }
        hash.update(self.server_outline()?);
        Ok(hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect())
    }
}
