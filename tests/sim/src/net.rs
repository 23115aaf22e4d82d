//! The network between the two: it loses, cuts, doubles, delays and reorders, and on both ends the power may go meanwhile.

use crate::{deeds::short, faults::Fault, phone::OnItsWay, server::Answer, storage::Break, world::World};
use anyhow::{Context, Result, bail, ensure};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use beehive_core::sync::{self, StandingState, SyncRequest, SyncResponse, VerdictKind};
use beehive_device::engine::{Applied, PendingPack, Prepared};
use std::collections::BTreeMap;

/// The most rounds in one sync; more means that it never ends.
const MAX_ROUNDS: usize = 60;
/// How often in a row a round may move nothing although more was announced.
const MAX_IDLE: u32 = 3;
/// A pack's bytes are handed over in pieces of so many.
const PART: usize = 1_500;
const SYNC_MEDIA: &str = "application/vnd.beehive.sync";

/// What happens to one exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Nothing.
    Clean,
    /// The request is lost.
    RequestLost,
    /// The request is cut.
    RequestCut,
    /// The request arrives long after the phone gave up.
    RequestLate,
    /// The request arrives twice, and the second answer comes back.
    RequestTwice,
    /// The answer is lost.
    AnswerLost,
    /// The answer is cut, at any byte.
    AnswerCut,
    /// The answer takes so long that people go on working meanwhile.
    AnswerLate,
    /// The answer is taken in twice.
    AnswerTwice,
    /// Something breaks on the phone while it takes the answer in.
    Phone(u32, Fault),
    /// Something breaks at the server while it works on the request.
    Server(u32, Break),
}

/// A request that wanders.
pub struct Wanderer {
    credential: String,
    phone: usize,
    bytes: Vec<u8>,
}

/// How a round ended.
enum Round {
    /// Another one should follow.
    More(Applied),
    /// There is nothing more.
    Done(Applied),
    /// It broke off.
    Broke,
    /// The server does not know the phone (any more), or only as revoked.
    Shut,
}

/// What became of a download.
enum Fetched {
    Whole,
    /// The server has no such pack any more.
    Gone,
    Cut,
}

impl World {
    /// A sync: rounds and packs until there is nothing more, or it breaks off. `fate` befalls round number `at`. Answers whether it came
    /// to its end.
    pub fn sync(&mut self, p: usize, at: usize, fate: Fate) -> Result<bool> {
        if let Some(late) = self.phones[p].late.take() {
            self.say(format!("{}: the late answer comes", self.phones[p].name));
            if self.take_in(p, &late.sent, &late.bytes, Fate::Clean)?.is_none() {
                return Ok(false);
            }
        }
        let (mut idle, mut fetched) = (0, BTreeMap::new());
        for round in 0..MAX_ROUNDS {
            let applied = match self.round(p, if round == at { fate } else { Fate::Clean })? {
                Round::Broke => return Ok(false),
                Round::Shut => return Ok(true),
                Round::More(applied) => applied,
                Round::Done(applied) => match self.packs(p, &mut fetched, if round == at { fate } else { Fate::Clean })? {
                    None => return Ok(false),
                    Some(0) => return Ok(true),
                    Some(_) => applied,
                },
            };
            idle = if (applied.sent, applied.received, applied.refused) == (0, 0, 0) { idle + 1 } else { 0 };
            if idle >= MAX_IDLE {
                self.say(format!("{}: the exchange moves nothing and ends", self.phones[p].name));
                return Ok(false);
            }
        }
        bail!("queues drain: a sync of {} never ends", self.phones[p].name)
    }

    fn round(&mut self, p: usize, fate: Fate) -> Result<Round> {
        let Some(prepared) = self.phones[p].with(|engine| engine.sync_request())? else { bail!("reading is no step") };
        let prepared = prepared?;
        let bytes = sync::encode(&prepared.request, 3)?;
        let account = self.phones[p].with(|engine| engine.account())?.flatten().context("an account")?;
        let credential = account.credential.reveal().to_owned();
        let mut bytes = bytes;
        match fate {
            Fate::RequestLost => return Ok(Round::Broke),
            Fate::RequestLate => {
                self.wire.push(Wanderer { credential, phone: p, bytes });
                return Ok(Round::Broke);
            }
            Fate::RequestCut => {
                let at = self.rng.below(bytes.len());
                bytes.truncate(at);
                let answer = self.post(&credential, bytes)?;
                // Half a request is never taken for a whole one.
                ensure!(!answer.status.is_success(), "nothing is taken in by half: a request cut at {at} was answered");
                return Ok(Round::Broke);
            }
            Fate::RequestTwice => {
                let first = self.post(&credential, bytes.clone())?;
                self.understand(p, &prepared.request, &first)?;
            }
            Fate::Server(after, what) => self.server.arm(after, what),
            _ => {}
        }
        let answer = self.post(&credential, bytes)?;
        if self.server.mend()? {
            self.say("the server starts again".to_owned());
            return Ok(Round::Broke);
        }
        let understood = self.understand(p, &prepared.request, &answer)?;
        match answer.status.as_u16() {
            200 => {}
            401 | 403 => {
                self.phones[p].unknown = true;
                return Ok(Round::Shut);
            }
            500..=599 if matches!(fate, Fate::Server(..)) => return Ok(Round::Broke),
            other => bail!("every request is answered: {} got {other}: {}", self.phones[p].name, String::from_utf8_lossy(&answer.body)),
        }
        let revoked = understood.is_some_and(|response| response.standing == StandingState::Revoked);
        match fate {
            Fate::AnswerLost => return Ok(Round::Broke),
            Fate::AnswerCut => {
                let at = self.rng.below(answer.body.len());
                let cut = sync::decode::<SyncResponse>(&answer.body[..at]);
                ensure!(cut.is_err(), "nothing is taken in by half: an answer cut at {at} was understood");
                return Ok(Round::Broke);
            }
            Fate::AnswerLate => {
                self.phones[p].late = Some(OnItsWay { sent: prepared, bytes: answer.body.to_vec() });
                return Ok(Round::Broke);
            }
            _ => {}
        }
        let Some(applied) = self.take_in(p, &prepared, &answer.body, fate)? else { return Ok(Round::Broke) };
        if revoked {
            return Ok(Round::Shut);
        }
        Ok(if prepared.more || applied.more || applied.need_now { Round::More(applied) } else { Round::Done(applied) })
    }

    /// The phone takes an answer in. `None`: something broke.
    fn take_in(&mut self, p: usize, sent: &Prepared, bytes: &[u8], fate: Fate) -> Result<Option<Applied>> {
        let response: SyncResponse = sync::decode(bytes)?;
        if let Fate::Phone(after, fault) = fate {
            self.phones[p].faults.arm(after, fault);
        }
        let outcome = self.phones[p].with(|engine| engine.apply(sent, response.clone()))?;
        let broke = self.phones[p].faults.disarm();
        let applied = match outcome {
            None => {
                self.power_back(p)?;
                return Ok(None);
            }
            Some(Ok(applied)) => applied,
            Some(Err(e)) if broke => {
                self.say(format!("{}: the answer is not taken in: {e}", self.phones[p].name));
                return Ok(None);
            }
            Some(Err(e)) => bail!("every answer is taken in: {}: {e}", self.phones[p].name),
        };
        self.phones[p].revoked = response.standing == StandingState::Revoked;
        self.say(format!(
            "{}: exchanged: sent {}, received {}, not taken {}{}",
            self.phones[p].name,
            applied.sent,
            applied.received,
            applied.refused,
            if applied.more || applied.need_now { ", goes on" } else { "" }
        ));
        for verdict in response.verdicts.iter().filter(|v| !matches!(v.kind, VerdictKind::Stored | VerdictKind::Duplicate)) {
            let code = verdict.code.as_deref().unwrap_or_default();
            self.say(format!("{}: {} is {:?}: {code}", self.phones[p].name, short(&verdict.doc), verdict.kind));
        }
        self.verdicts_are_seen(p, &response)?;
        // Not where the phone began to read a scope again or to write anew: that is no longer the store the answer was for.
        let settled = response.verdicts.iter().all(|v| matches!(v.kind, VerdictKind::Stored | VerdictKind::Duplicate));
        if fate == Fate::AnswerTwice && !applied.need_now && settled {
            let before = self.outline(p)?;
            let again = self.phones[p].with(|engine| engine.apply(sent, response))?.context("no fault is armed")??;
            ensure!(
                (again.sent, again.received) == (0, 0),
                "nothing is applied twice: {} counted the same answer again: sent {}, received {}",
                self.phones[p].name,
                again.sent,
                again.received
            );
            ensure!(
                before == self.outline(p)?,
                "nothing is applied twice: the same answer again changed the store of {}",
                self.phones[p].name
            );
        }
        Ok(Some(applied))
    }

    fn post(&self, credential: &str, bytes: Vec<u8>) -> Result<Answer> {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/sync")
            .header(header::CONTENT_TYPE, SYNC_MEDIA)
            .header(header::AUTHORIZATION, format!("Bearer {credential}"));
        self.server.send(request.body(Body::from(bytes))?)
    }

    /// Whatever the server says is held against what is on its disk and against what the member may see, whether it arrives or not.
    fn understand(&self, p: usize, request: &SyncRequest, answer: &Answer) -> Result<Option<SyncResponse>> {
        if !answer.status.is_success() {
            return Ok(None);
        }
        let response: SyncResponse = sync::decode(&answer.body)?;
        self.answer_is_true(p, request, &response)?;
        Ok(Some(response))
    }

    /// A request that wandered arrives; nobody waits for its answer.
    pub fn arrive(&mut self) -> Result<()> {
        let n = self.rng.below(self.wire.len());
        if self.wire.is_empty() {
            return Ok(());
        }
        let Wanderer { credential, phone, bytes } = self.wire.remove(n);
        let answer = self.post(&credential, bytes.clone())?;
        self.say(format!("a request of {} arrives long after: {}", self.phones[phone].name, answer.status.as_u16()));
        let request: SyncRequest = sync::decode(&bytes)?;
        if let Some(response) = self.understand(phone, &request, &answer)? {
            // The phone may have been told otherwise meanwhile, and is not sent what the server takes for its own.
            self.disturbed |= response.verdicts.iter().any(|v| v.kind == VerdictKind::Stored);
        }
        Ok(())
    }

    /// Fetches the packs of a first download; how many there were. `None`: it broke off.
    fn packs(&mut self, p: usize, fetched: &mut BTreeMap<String, u32>, fate: Fate) -> Result<Option<u32>> {
        let Some(pending) = self.phones[p].with(|engine| engine.pending_packs())? else { bail!("reading is no step") };
        let credential = self.phones[p].with(|engine| engine.account())?.flatten().context("an account")?.credential;
        let mut count = 0;
        for pack in pending? {
            let named = fetched.entry(pack.name.clone()).or_default();
            *named += 1;
            // Once more for a scope that is read again because the digests differed.
            ensure!(*named <= 2 || !self.orphans.is_empty(), "queues drain: {} is told of the same pack again", self.phones[p].name);
            count += 1;
            match self.fetch(p, &pack, credential.reveal(), fate)? {
                Fetched::Whole => {}
                Fetched::Gone => continue,
                Fetched::Cut => return Ok(None),
            }
            if let Fate::Phone(after, fault) = fate {
                self.phones[p].faults.arm(after, fault);
            }
            let taken = self.phones[p].with(|engine| engine.apply_pack(&pack.name))?;
            let broke = self.phones[p].faults.disarm();
            match taken {
                None => {
                    self.power_back(p)?;
                    return Ok(None);
                }
                Some(Ok(new)) => self.say(format!("{}: a pack brings {new}", self.phones[p].name)),
                Some(Err(_)) if broke => return Ok(None),
                Some(Err(e)) => bail!("every answer is taken in: a pack on {}: {e}", self.phones[p].name),
            }
        }
        Ok(Some(count))
    }

    /// Fetches what is missing of a pack, and keeps what came before a cut.
    fn fetch(&mut self, p: usize, pack: &PendingPack, credential: &str, fate: Fate) -> Result<Fetched> {
        if pack.received == pack.size {
            return Ok(Fetched::Whole);
        }
        let request = Request::builder()
            .method(Method::GET)
            .uri(format!("/v1/packs/{}", pack.name))
            .header(header::AUTHORIZATION, format!("Bearer {credential}"))
            .header(header::RANGE, format!("bytes={}-", pack.received));
        let answer = self.server.send(request.body(Body::empty())?)?;
        match answer.status.as_u16() {
            200 | 206 => {}
            404 | 410 | 416 => return Ok(Fetched::Gone),
            other => bail!("every request is answered: a pack for {}: {other}", self.phones[p].name),
        }
        let whole = answer.status.as_u16() == 200;
        if whole || pack.received == 0 {
            self.pack_is_true(p, &answer.body)?;
        }
        let bytes = &answer.body[if whole { usize::try_from(pack.received)? } else { 0 }..];
        let cut = matches!(fate, Fate::AnswerCut | Fate::AnswerLost).then(|| self.rng.below(bytes.len() + 1));
        let mut at = pack.received;
        for part in bytes[..cut.unwrap_or(bytes.len())].chunks(PART) {
            let stored = self.phones[p].with(|engine| engine.store_pack_part(&pack.name, at, part))?;
            stored.context("no fault is armed")??;
            at += part.len() as u64;
        }
        if cut.is_none() {
            return Ok(Fetched::Whole);
        }
        self.say(format!("{}: a download is cut", self.phones[p].name));
        Ok(Fetched::Cut)
    }
}
