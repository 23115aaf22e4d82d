//! A small sync server in memory: honest by default, and on demand slow, cut, or hostile.

use crate::{files, support::NOW};
use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::{DefaultBodyLimit, Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use beehive_core::{
    ActorId, ChangeHash, DeviceId, DocId, Document, Epoch, MemberId, NodeId, StreetId, gate,
    model::{Grant, Role},
    reference::{Building, Dataset, Level, Member, OrgNode, Unit},
    sync::{
        Batch, Bootstrap, Digest, DocChanges, EnrollRequest, EnrollResponse, PROTOCOL, Pack, PackDoc, Problem, ReferenceUpdate,
        SERVER_HEADER, STREET_HEADER, ScopePage, StandingState, StreetAnswer, SyncRequest, SyncResponse, Verdict, VerdictKind, decode,
        encode,
    },
};
use futures::{FutureExt, StreamExt, stream};
use serde_bytes::ByteBuf;
use std::{
    collections::{BTreeMap, HashSet},
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU32, Ordering},
    },
};
use tokio::sync::{Notify, Semaphore};

/// The one micro-grid that all of it is about.
pub const GRID: &str = "g-1";

/// What the server does wrong.
#[derive(Clone)]
pub enum Fault {
    /// Answers every sync with this status and body.
    Answer(u16, Bytes),
    /// Answers as if the device were revoked.
    Revoked,
    /// Gives out at most so many bytes of a pack before the link breaks.
    CutPacks(usize),
    /// Knows no ranges, and breaks the link after so many bytes of its first answer.
    NoRanges(usize),
    /// Announces packs that hold this instead.
    RubbishPacks(Bytes),
}

/// What somebody on the way says.
#[derive(Debug, Clone, Copy)]
pub struct Stranger {
    pub status: u16,
    pub media: &'static str,
    pub body: &'static str,
}

#[derive(Default)]
pub struct Inner {
    pub fault: Option<Fault>,
    /// Which street it is; a server of before has none.
    pub street: Option<StreetId>,
    /// Every change, in the order it was stored; the cursor counts them.
    pub log: Vec<(DocId, ChangeHash, Vec<u8>, DeviceId)>,
    actors: BTreeMap<ActorId, MemberId>,
    devices: Vec<(DeviceId, String, MemberId)>,
    packs: BTreeMap<String, Vec<u8>>,
    pub files: files::Files,
    /// Who answers instead, and only where an address has this in it: a portal, a proxy.
    pub stranger: Option<(Stranger, &'static str)>,
    /// How often it did.
    pub answered_by_stranger: u32,
    pub syncs: u32,
    pub pack_requests: u32,
    pub pack_bytes: usize,
}

/// The server.
pub struct Server {
    inner: Mutex<Inner>,
    /// How many syncs may be answered; plenty unless [`Server::hold`] was called.
    gate: Semaphore,
    pub arrived: Notify,
    devices: AtomicU32,
    pub address: SocketAddr,
}

/// The media type of sync bodies and packs.
const SYNC: [(header::HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/vnd.beehive.sync")];
const PLENTY: usize = 1_000_000;

impl Server {
    /// Starts it on a free port; it ends with the test's runtime.
    pub async fn start() -> Arc<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Arc::new(Self {
            inner: Mutex::default(),
            gate: Semaphore::new(PLENTY),
            arrived: Notify::new(),
            devices: AtomicU32::new(1),
            address: listener.local_addr().unwrap(),
        });
        let routes = Router::new()
            .route("/v1/street", get(street))
            .route("/v1/enroll", post(enroll))
            .route("/v1/sync", post(sync))
            .route("/v1/packs/{name}", get(pack))
            .merge(files::routes())
            .layer(DefaultBodyLimit::max(4 << 20))
            .layer(middleware::from_fn_with_state(server.clone(), say_street))
            .layer(middleware::from_fn_with_state(server.clone(), on_the_way))
            .with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        server
    }

    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    pub fn fault(&self, fault: impl Into<Option<Fault>>) {
        self.lock().fault = fault.into();
    }

    /// An invitation for a member by way of `address` (a proxy, or the server itself).
    pub fn invite(&self, member: &str, address: SocketAddr) -> String {
        format!("beehive://join?s=http://{address}&c=for-{member}&x={}", NOW + 600)
    }

    /// Whether a request bears the credential of a device.
    pub fn knows(&self, headers: &HeaderMap) -> bool {
        let given = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok()?.strip_prefix("Bearer "));
        self.lock().devices.iter().any(|(_, credential, _)| given == Some(credential))
    }

    /// As if another server had come to the address.
    pub fn forget_devices(&self) {
        self.lock().devices.clear();
    }

    /// Answers no more syncs until [`Server::release`].
    pub fn hold(&self) {
        self.forget_arrivals();
        self.gate.forget_permits(PLENTY);
    }

    /// Lets [`Server::arrived`] wait for the next sync, not for one that came long ago.
    pub fn forget_arrivals(&self) {
        let _ = self.arrived.notified().now_or_never();
    }

    pub fn release(&self) {
        self.gate.add_permits(PLENTY);
    }

    /// Something that another phone had sent: puts a document into the log.
    pub fn put(&self, document: &Document, member: &str) {
        let mut inner = self.lock();
        let id = document.id();
        for (hash, bytes) in document.changes() {
            let actor = gate::peek(&bytes).unwrap().actor;
            inner.actors.insert(actor, member.into());
            if !inner.log.iter().any(|(_, h, ..)| *h == hash) {
                inner.log.push((id, hash, bytes, DeviceId([0xee; 8])));
            }
        }
    }

    /// The digest of everything stored.
    pub fn digest(&self) -> String {
        Digest::of(self.lock().log.iter().map(|(_, hash, ..)| hash)).to_string()
    }

    /// How many times a change was stored more than once: must be none.
    pub fn doubled(&self) -> usize {
        let inner = self.lock();
        inner.log.len() - inner.log.iter().map(|(_, hash, ..)| hash).collect::<HashSet<_>>().len()
    }
}

/// The members the server knows.
pub fn members() -> Vec<Member> {
    [("m-001", "王秀英"), ("m-002", "李建国")]
        .map(|(id, name)| Member {
            id: id.into(),
            name: name.into(),
            kinds: Vec::new(),
            grants: vec![Grant {
                role: Role::MicroWorker,
                node: GRID.into(),
                buildings: Vec::new(),
                from: None,
                until: None,
                on_behalf: None,
            }],
        })
        .to_vec()
}

fn reference() -> Vec<ReferenceUpdate> {
    let node = |id: &str, parent: Option<&str>, level, name: &str| OrgNode {
        id: id.into(),
        parent: parent.map(Into::into),
        level,
        name: name.into(),
    };
    let building = Building {
        id: "b-3".into(),
        node: GRID.into(),
        name: "3 栋".into(),
        units: vec![Unit { name: "1".into(), doors: vec!["402".into(), "401".into()] }],
    };
    [
        Dataset::Org(vec![node("s", None, Level::Street, "保和街道"), node(GRID, Some("s"), Level::MicroGrid, "一号微网格")]),
        Dataset::Places(vec![building]),
        Dataset::Members(members()),
        Dataset::Dictionary(Vec::new()),
    ]
    .map(|dataset| ReferenceUpdate { version: "1".into(), dataset })
    .to_vec()
}

pub fn problem(status: StatusCode, code: &str) -> Response {
    (status, Json(Problem { code: code.into(), message: "办不了。".into(), hint: "请换一个办法。".into() })).into_response()
}

async fn street(State(server): State<Arc<Server>>) -> Response {
    match server.lock().street {
        Some(street) => Json(StreetAnswer { v: PROTOCOL, street, name: "清溪街道".into() }).into_response(),
        None => problem(StatusCode::NOT_FOUND, "not_found"),
    }
}

async fn say_street(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if let Some(street) = server.lock().street {
        response.headers_mut().insert(STREET_HEADER, street.to_string().parse().unwrap());
    }
    response
}

async fn on_the_way(State(server): State<Arc<Server>>, request: Request, next: Next) -> Response {
    let stranger = server.lock().stranger.filter(|(_, place)| request.uri().path().contains(place));
    let Some((Stranger { status, media, body }, _)) = stranger else { return next.run(request).await };
    server.lock().answered_by_stranger += 1;
    let headers = [(header::CONTENT_TYPE, media), (header::LOCATION, "http://127.0.0.1:9/login")];
    (StatusCode::from_u16(status).unwrap(), headers, body).into_response()
}

async fn enroll(State(server): State<Arc<Server>>, Json(request): Json<EnrollRequest>) -> Response {
    let Some(member) = members().into_iter().find(|m| request.code == format!("for-{}", m.id)) else {
        return problem(StatusCode::CONFLICT, "invitation_used");
    };
    let n = server.devices.fetch_add(1, Ordering::Relaxed);
    let (device, credential) = (DeviceId([n as u8; 8]), format!("secret-{n}"));
    server.lock().devices.push((device, credential.clone(), member.id.clone()));
    let credential = Some(credential);
    Json(EnrollResponse {
        device,
        credential,
        member,
        tenant: "保和街道".into(),
        epoch: Epoch([1; 8]),
        time: NOW,
        rescue_key: None,
        street: server.lock().street,
    })
    .into_response()
}

async fn sync(State(server): State<Arc<Server>>, headers: HeaderMap, body: Bytes) -> Response {
    server.arrived.notify_one();
    let _permit = server.gate.acquire().await.unwrap();
    let mut inner = server.lock();
    inner.syncs += 1;
    let credential = headers.get(header::AUTHORIZATION).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let Some((device, _, member)) = inner.devices.iter().find(|(_, c, _)| credential == format!("Bearer {c}")).cloned() else {
        return problem(StatusCode::UNAUTHORIZED, "unauthorized");
    };
    let request: SyncRequest = decode(&body).unwrap();
    if let Some(Fault::Answer(status, body)) = inner.fault.clone() {
        let status = StatusCode::from_u16(status).unwrap();
        let as_problem = [(header::CONTENT_TYPE, "application/json"), (header::HeaderName::from_static(SERVER_HEADER), "1")];
        return if status.is_success() { (status, SYNC, body).into_response() } else { (status, as_problem, body).into_response() };
    }
    let answer = inner.answer(device, member, request);
    (SYNC, encode(&answer, 3).unwrap()).into_response()
}

impl Inner {
    fn answer(&mut self, device: DeviceId, member: MemberId, request: SyncRequest) -> SyncResponse {
        let revoked = matches!(self.fault, Some(Fault::Revoked));
        let mut answer = SyncResponse {
            v: PROTOCOL,
            epoch: Epoch([1; 8]),
            time: NOW,
            standing: if revoked { StandingState::Revoked } else { StandingState::Ok },
            verdicts: Vec::new(),
            scopes: Vec::new(),
            bootstrap: Vec::new(),
            gone: Vec::new(),
            docs: Vec::new(),
            missing: Vec::new(),
            reference: Vec::new(),
            actors: Vec::new(),
            decided: vec![],
            rescue_key: None,
            more: false,
        };
        for group in &request.push.docs {
            let kind = if revoked { VerdictKind::Held } else { self.store(group, device, &member) };
            answer.verdicts.push(Verdict { doc: group.doc, kind, code: None, stored: None, number: None, late: vec![] });
        }
        if revoked {
            return answer;
        }
        if request.reference.is_empty() {
            answer.reference = reference();
        }
        let end = self.log.len() as u64;
        match request.cursors.get(&NodeId::from(GRID)) {
            Some(cursor) => answer.scopes.push(self.page(*cursor, end, device)),
            None => answer.bootstrap.push(self.bootstrap(end)),
        }
        answer.actors = self.actors.clone().into_iter().collect();
        answer
    }

    fn store(&mut self, group: &DocChanges, device: DeviceId, member: &MemberId) -> VerdictKind {
        let mut new = false;
        for bytes in &group.changes {
            let peek = gate::peek(bytes).unwrap();
            self.actors.insert(peek.actor, member.clone());
            if !self.log.iter().any(|(_, hash, ..)| *hash == peek.hash) {
                self.log.push((group.doc, peek.hash, bytes.to_vec(), device));
                new = true;
            }
        }
        if new { VerdictKind::Stored } else { VerdictKind::Duplicate }
    }

    fn page(&self, cursor: u64, end: u64, device: DeviceId) -> ScopePage {
        let mut docs: Vec<DocChanges> = Vec::new();
        for (doc, _, bytes, _) in self.log[cursor as usize..].iter().filter(|(.., by)| *by != device) {
            match docs.iter_mut().find(|d| d.doc == *doc) {
                Some(group) => group.changes.push(ByteBuf::from(bytes.clone())),
                None => docs.push(DocChanges { doc: *doc, changes: vec![ByteBuf::from(bytes.clone())] }),
            }
        }
        let digest = Digest::of(self.log.iter().map(|(_, hash, ..)| hash));
        ScopePage {
            scope: GRID.into(),
            cursor: end,
            batch: Batch::raw(docs),
            evict: Vec::new(),
            digest: Some(digest),
            numbers: vec![],
            late: vec![],
        }
    }

    fn bootstrap(&mut self, end: u64) -> Bootstrap {
        let mut by_doc: BTreeMap<DocId, Vec<&[u8]>> = BTreeMap::new();
        for (doc, _, bytes, _) in &self.log {
            by_doc.entry(*doc).or_default().push(bytes);
        }
        let docs: Vec<PackDoc> = by_doc
            .into_iter()
            .map(|(doc, changes)| PackDoc {
                doc,
                snapshot: ByteBuf::from(Document::from_changes(changes).unwrap().snapshot()),
                number: None,
                late: vec![],
            })
            .collect();
        let mut packs = Vec::new();
        if !docs.is_empty() {
            let body = match &self.fault {
                Some(Fault::RubbishPacks(rubbish)) => rubbish.to_vec(),
                _ => encode(&docs, 9).unwrap(),
            };
            let name = format!("p-{end}-{}", body.len());
            packs.push(Pack { name: name.clone(), size: body.len() as u64, docs: docs.len() as u32 });
            self.packs.insert(name, body);
        }
        Bootstrap { scope: GRID.into(), cursor: end, packs, open: Vec::new() }
    }
}

async fn pack(State(server): State<Arc<Server>>, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let mut inner = server.lock();
    inner.pack_requests += 1;
    let Some(body) = inner.packs.get(&name).cloned() else { return problem(StatusCode::NOT_FOUND, "pack_unknown") };
    let range = headers.get(header::RANGE).and_then(|r| r.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let (from, sent) = match inner.fault {
        Some(Fault::CutPacks(at_most)) => (range.unwrap_or(0), at_most),
        Some(Fault::NoRanges(at_most)) => (0, if range.is_none() { at_most } else { usize::MAX }),
        _ => (range.unwrap_or(0), usize::MAX),
    };
    let rest = Bytes::from(body).slice(from..);
    let whole = rest.len();
    let sent = rest.slice(..sent.min(whole));
    inner.pack_bytes += sent.len();
    let broken = sent.len() < whole;
    let mut chunks = vec![Ok(sent)];
    if broken {
        chunks.push(Err(io::Error::other("the link breaks")));
    }
    let mut response = (SYNC, Body::from_stream(stream::iter(chunks).then(flushed))).into_response();
    response.headers_mut().insert(header::CONTENT_LENGTH, whole.into());
    if from > 0 {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let range = format!("bytes {from}-{}/{}", from + whole - 1, from + whole);
        response.headers_mut().insert(header::CONTENT_RANGE, range.parse().unwrap());
    }
    response
}

/// Lets what came before go out first: an error at once would swallow it.
async fn flushed<T>(chunk: T) -> T {
    tokio::task::yield_now().await;
    chunk
}
