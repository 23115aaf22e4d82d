//! HTTP to the server: what is sent, what is read at most, and what every failure is called.

use super::{
    answer::{self, expect_media},
    error::SyncError,
};
use crate::engine::Credential;
use beehive_core::{
    FileHash, StreetId,
    sync::{self, EnrollRequest, EnrollResponse, STREET_HEADER, StandInRequest, StandInResponse, StreetAnswer, SyncRequest, SyncResponse},
};
use reqwest::{Client, RequestBuilder, Response, StatusCode, header};
use serde::{Serialize, de::DeserializeOwned};
use std::{error::Error, io, time::Duration};
use tokio::sync::watch;
use url::Url;

/// The media type of sync bodies.
const SYNC_MEDIA: &str = "application/vnd.beehive.sync";
/// The most that is read of a JSON answer, in bytes.
const MAX_JSON: usize = 256 * 1024;
/// Up to this many change bytes a request is packed as tightly as zstd can: a ninth fewer bytes than one step below, for some 50 ms of an
/// offline day (13.0 instead of 14.7 KB). Above it the time begins to count.
const TIGHT: usize = 64 * 1024;

/// How long a link may be silent before it counts as gone.
pub(super) const SILENCE: Duration = Duration::from_secs(30);
/// The slowest link on which a request may still be on its way, in bytes a second (16 kbit/s).
const SLOWEST: u64 = 2_000;

/// Whether a request may go out a second time when the first got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeat {
    /// What the first came to can't be told, and it must not be done twice.
    Never,
    /// The server answers the same again: what it has already it calls a duplicate.
    Once,
}

/// What went over the line: bodies only.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Traffic {
    pub round_trips: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
}

/// The line to one server.
pub(super) struct Wire {
    pub(super) client: Client,
    server: String,
    credential: Option<Credential>,
    /// Which street everything that is sent is meant for, once that is known.
    pub street: Option<StreetId>,
    /// Which street the server last said it is.
    pub seen: Option<StreetId>,
    cut: watch::Receiver<bool>,
    pub traffic: Traffic,
}

/// Where a pack's bytes go.
pub(super) struct Part {
    pub offset: u64,
    pub bytes: Vec<u8>,
}

impl Wire {
    /// Without a credential only enrolling makes sense.
    pub fn new(client: Client, server: String, credential: Option<Credential>, cut: watch::Receiver<bool>) -> Self {
        Self { client, server, credential, street: None, seen: None, cut, traffic: Traffic::default() }
    }

    /// `GET /v1/street`: which street the server is; `None` if it is of before streets had an identity. Nothing of the phone is sent.
    pub async fn ask_street(&mut self) -> Result<Option<StreetAnswer>, SyncError> {
        let (credential, street) = (self.credential.take(), self.street.take());
        let request = self.client.get(self.url(&["v1", "street"])?);
        let answer = self.send(request, Vec::new(), Repeat::Once).await;
        (self.credential, self.street) = (credential, street);
        let response = match answer {
            Err(SyncError::Server { status: 404 | 405, .. }) => return Ok(None),
            other => other?,
        };
        let response = expect_media(response, "application/json")?;
        let bytes = self.read(response, MAX_JSON).await?;
        serde_json::from_slice(&bytes).map(Some).map_err(|_| SyncError::BadAnswer("not of the expected form"))
    }

    /// Whether the server knows a credential; only for one that may have come from there.
    pub async fn knows(&mut self, credential: &Credential) -> Result<bool, SyncError> {
        let before = self.credential.replace(credential.clone());
        // A question whose answer says in words whose it is, from the first release on.
        let request = self.url(&["v1", "files", &FileHash([0; FileHash::LEN]).to_string()]).map(|url| self.client.get(url));
        let known = match request {
            Ok(request) => self.send(request, Vec::new(), Repeat::Once).await,
            Err(e) => Err(e),
        };
        self.credential = before;
        match known {
            Ok(_) | Err(SyncError::Revoked(_)) => Ok(true),
            Err(SyncError::Server { status: 401, .. }) => Ok(false),
            // No such file, or none for this phone: only somebody known is told that.
            Err(SyncError::Server { status: 403 | 404, .. }) => Ok(true),
            Err(e) => Err(e),
        }
    }

    /// Makes sure that the street's own server answers, before anything of the records goes out.
    pub async fn assure(&mut self) -> Result<(), SyncError> {
        match (self.ask_street().await?, self.street, self.credential.clone()) {
            (Some(there), Some(here), _) if there.street != here => Err(SyncError::OtherStreet(None)),
            (Some(_), Some(_), _) | (_, _, None) => Ok(()),
            (_, _, Some(credential)) => {
                if self.knows(&credential).await? {
                    Ok(())
                } else {
                    Err(SyncError::Server { status: 401, problem: None })
                }
            }
        }
    }

    /// `POST /v1/enroll`.
    pub async fn enroll(&mut self, request: &EnrollRequest) -> Result<EnrollResponse, SyncError> {
        self.ask(&["v1", "enroll"], request).await
    }

    /// `POST /v1/stand-ins`.
    pub async fn stand_in(&mut self, request: &StandInRequest) -> Result<StandInResponse, SyncError> {
        self.ask(&["v1", "stand-ins"], request).await
    }

    /// A question in JSON.
    async fn ask<A: DeserializeOwned>(&mut self, path: &[&str], question: &impl Serialize) -> Result<A, SyncError> {
        let body = serde_json::to_vec(question).map_err(|e| SyncError::Internal(e.to_string()))?;
        let request = self.client.post(self.url(path)?).header(header::CONTENT_TYPE, "application/json");
        let response = expect_media(self.send(request, body, Repeat::Never).await?, "application/json")?;
        let bytes = self.read(response, MAX_JSON).await?;
        serde_json::from_slice(&bytes).map_err(|_| SyncError::BadAnswer("not of the expected form"))
    }

    /// `POST /v1/sync`.
    pub async fn sync(&mut self, request: SyncRequest) -> Result<SyncResponse, SyncError> {
        let body = blocking(move || {
            let changes: usize = request.push.docs.iter().map(|d| d.byte_len()).sum();
            sync::encode(&request, if changes <= TIGHT { 19 } else { 12 })
        })
        .await?
        .map_err(|e| SyncError::Internal(e.to_string()))?;
        let request = self.client.post(self.url(&["v1", "sync"])?).header(header::CONTENT_TYPE, SYNC_MEDIA);
        let response = expect_media(self.send(request, body, Repeat::Once).await?, SYNC_MEDIA)?;
        let bytes = self.read(response, sync::MAX_BODY).await?;
        let answer: SyncResponse = decode(bytes).await?;
        if sync::is_supported(answer.v) { Ok(answer) } else { Err(SyncError::TooNew(None)) }
    }

    /// `GET /v1/packs/{name}` from `offset` on; `None` if the server has no such pack (any more).
    pub async fn pack(&mut self, name: &str, offset: u64, size: u64) -> Result<Option<PackStream>, SyncError> {
        let mut request = self.client.get(self.url(&["v1", "packs", name])?);
        if offset > 0 {
            request = request.header(header::RANGE, format!("bytes={offset}-"));
        }
        let response = match self.send(request, Vec::new(), Repeat::Once).await {
            Err(e) if matches!(e.said(), "pack_unknown" | "bad_range") => return Ok(None),
            other => expect_media(other?, SYNC_MEDIA)?,
        };
        // A server or proxy that knows no ranges sends the whole pack: what is here already is then skipped.
        let position = match response.status() {
            StatusCode::PARTIAL_CONTENT => range_start(&response).ok_or(SyncError::BadAnswer("a range without its place"))?,
            _ => 0,
        };
        if position > offset {
            return Err(SyncError::BadAnswer("another range than asked for"));
        }
        Ok(Some(PackStream { response, position, offset, size }))
    }

    /// The next bytes of a pack, at most about `want`; `None` at its end. An error comes after all that arrived before it.
    pub async fn part(&mut self, stream: &mut PackStream, want: usize) -> (Option<Part>, Result<(), SyncError>) {
        let mut bytes = Vec::new();
        let mut outcome = Ok(());
        while bytes.len() < want {
            match self.wait(SILENCE, stream.response.chunk()).await {
                Ok(Some(chunk)) => {
                    self.traffic.bytes_down += chunk.len() as u64;
                    let from = stream.position;
                    stream.position += chunk.len() as u64;
                    if stream.position > stream.size {
                        outcome = Err(SyncError::BadAnswer("a pack longer than announced"));
                        break;
                    }
                    let skip = stream.offset.saturating_sub(from).min(chunk.len() as u64) as usize;
                    bytes.extend_from_slice(&chunk[skip..]);
                }
                Ok(None) => break,
                Err(e) => {
                    outcome = Err(e);
                    break;
                }
            }
        }
        let part = (!bytes.is_empty()).then(|| {
            let offset = stream.offset;
            stream.offset += bytes.len() as u64;
            Part { offset, bytes }
        });
        (part, outcome)
    }

    pub(super) fn url(&self, path: &[&str]) -> Result<Url, SyncError> {
        let mut url = Url::parse(&self.server).map_err(|_| SyncError::Internal("the server's address".into()))?;
        url.path_segments_mut().map_err(|()| SyncError::Internal("the server's address".into()))?.pop_if_empty().extend(path);
        Ok(url)
    }

    /// Sends a request; answers what our server had to say, unless that is that it could not.
    pub(super) async fn send(&mut self, request: RequestBuilder, body: Vec<u8>, repeat: Repeat) -> Result<Response, SyncError> {
        let response = self.exchange(request, body, repeat).await?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let headers = response.headers().clone();
        let problem = match self.read(response, MAX_JSON).await {
            Ok(bytes) => answer::problem(&headers, &bytes),
            Err(e) if e.is_offline() => return Err(e),
            Err(_) => None,
        };
        Err(SyncError::from_status(status.as_u16(), problem))
    }

    /// Sends a request; answers whatever comes back, whoever said it.
    pub(super) async fn exchange(&mut self, request: RequestBuilder, body: Vec<u8>, repeat: Repeat) -> Result<Response, SyncError> {
        if *self.cut.borrow_and_update() {
            return Err(SyncError::Offline("the link is cut".into()));
        }
        let length = body.len() as u64;
        let patience = SILENCE + Duration::from_secs(length / SLOWEST);
        let request = match &self.credential {
            Some(credential) => request.bearer_auth(credential.reveal()),
            None => request,
        };
        let request = match &self.street {
            Some(street) => request.header(STREET_HEADER, street.to_string()),
            None => request,
        };
        let request = if body.is_empty() { request } else { request.body(body) };
        let mut times = 1;
        let sent = async {
            let again = if repeat == Repeat::Once { request.try_clone() } else { None };
            match (request.send().await, again) {
                // Gateways forget connections without a word; only a fresh one tells whether there is signal.
                (Err(e), Some(again)) if is_broken(&e) => {
                    times += 1;
                    again.send().await
                }
                (result, _) => result,
            }
        };
        let response = self.wait(patience, sent).await;
        self.traffic.round_trips += times;
        self.traffic.bytes_up += length * u64::from(times);
        let response = response?;
        self.seen = response.headers().get(STREET_HEADER).and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
        if self.street.zip(self.seen).is_some_and(|(here, there)| here != there) {
            return Err(SyncError::OtherStreet(None));
        }
        Ok(response)
    }

    /// Waits for the network: until it answers, the link is cut, or patience ends.
    pub(super) async fn wait<T>(&mut self, patience: Duration, work: impl Future<Output = reqwest::Result<T>>) -> Result<T, SyncError> {
        tokio::select! {
            biased;
            () = is_cut(&mut self.cut) => Err(SyncError::Offline("the link is cut".into())),
            result = work => result.map_err(|e| failure(&e)),
            () = tokio::time::sleep(patience) => Err(SyncError::Offline("no answer".into())),
        }
    }

    async fn read(&mut self, mut response: Response, limit: usize) -> Result<Vec<u8>, SyncError> {
        let mut bytes = Vec::new();
        loop {
            let Some(chunk) = self.wait(SILENCE, response.chunk()).await? else { return Ok(bytes) };
            self.traffic.bytes_down += chunk.len() as u64;
            if bytes.len() + chunk.len() > limit {
                return Err(SyncError::BadAnswer("larger than is accepted"));
            }
            bytes.extend_from_slice(&chunk);
        }
    }
}

/// A pack on its way.
pub(super) struct PackStream {
    response: Response,
    /// Where the next byte that arrives belongs.
    position: u64,
    /// Where the next byte that is wanted belongs.
    offset: u64,
    /// The pack's length as announced.
    size: u64,
}

/// The `a` of `Content-Range: bytes a-b/n`.
pub(super) fn range_start(response: &Response) -> Option<u64> {
    let value = response.headers().get(header::CONTENT_RANGE)?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok()
}

async fn decode<T: DeserializeOwned + Send + 'static>(bytes: Vec<u8>) -> Result<T, SyncError> {
    blocking(move || sync::decode(&bytes)).await?.map_err(|e| match e {
        sync::FrameError::TooLarge => SyncError::BadAnswer("larger than is accepted"),
        sync::FrameError::Zstd => SyncError::BadAnswer("not a frame"),
        sync::FrameError::Cbor => SyncError::BadAnswer("not of the expected form"),
    })
}

/// Work of more than a moment, away from the threads that serve the network.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, SyncError> {
    tokio::task::spawn_blocking(work).await.map_err(|e| SyncError::Internal(e.to_string()))
}

/// Whether a connection was made, or there was one, and broke before an answer came.
fn is_broken(e: &reqwest::Error) -> bool {
    e.is_request() && !e.is_connect() && !e.is_timeout()
}

async fn is_cut(cut: &mut watch::Receiver<bool>) {
    if cut.wait_for(|cut| *cut).await.is_err() {
        // Nobody is left who could cut it.
        std::future::pending::<()>().await;
    }
}

/// What a failed exchange is called. Its text says what broke, never what was sent.
fn failure(e: &reqwest::Error) -> SyncError {
    let causes = || std::iter::successors(e.source(), |cause: &&(dyn Error + 'static)| Error::source(*cause));
    if causes().any(is_certificate_refused) {
        return SyncError::Untrusted;
    }
    let text = causes().last().map(ToString::to_string).unwrap_or_default();
    if e.is_builder() { SyncError::Internal(text) } else { SyncError::Offline(text) }
}

/// Looks into an [`io::Error`] itself, for that does not name what it wraps as its source.
fn is_certificate_refused(cause: &(dyn Error + 'static)) -> bool {
    match (cause.downcast_ref(), cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref)) {
        (Some(rustls::Error::InvalidCertificate(_)), _) => true,
        (_, Some(inner)) => is_certificate_refused(inner),
        _ => false,
    }
}
