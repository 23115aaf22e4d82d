//! A street with a fixed clock, and phones.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use beehive_core::{
    ActorId, CredentialHash, DocId, Document, Epoch, EventBody, MemberId, NodeId, PlaceId, Scalar, StreetId, Write,
    document::NewRecord,
    model::{Grant, Place, RecordKind, field},
    sync::{self, Batch, DocChanges, Problem, SyncRequest, SyncResponse, Verdict},
};
use serde_bytes::ByteBuf;
use std::{
    collections::{BTreeMap, BTreeSet},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use sync_server::{
    app::App,
    demo::Street,
    enroll,
    files::Files,
    http::router,
    storage::{ByWhom, Meta, ReferenceSet, SqliteStorage, Storage},
};
use tower::ServiceExt as _;

/// The moment the tests stand at: 2026-11-20 08:00 UTC.
pub const NOW: i64 = 1_795_161_600;
/// The micro-grid of m-001 and m-002.
pub const HERE: &str = "w-1";
/// The street.
pub const STREET: StreetId = StreetId([9; 16]);

pub struct Server {
    pub storage: Arc<dyn Storage>,
    pub router: Router,
    clock: Arc<AtomicI64>,
    dir: tempfile::TempDir,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn problem(&self) -> Problem {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {:?}", self.body))
    }
}

impl Server {
    /// The small demo street.
    pub fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::create(dir.path()).unwrap());
        storage
            .write(|tx| {
                tx.set_meta(&Meta { epoch: Epoch([1; 8]), tenant: "保和街道".into(), street: STREET })?;
                tx.set_setting(sync_server::storage::setting::BOUND_URL, "http://127.0.0.1:8787")?;
                Street::small(1).write(tx)
            })
            .unwrap();
        let clock = Arc::new(AtomicI64::new(NOW));
        let time = clock.clone();
        let app = Arc::new(App::new(storage.clone(), Files::in_folder(dir.path()), Arc::new(move || time.load(Ordering::Relaxed))));
        Self { storage, router: router(app), clock, dir }
    }

    /// The data folder.
    pub fn dir(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Changes a member's grants, as an admin command does.
    pub fn regrant(&self, member: &str, change: impl FnOnce(&mut Vec<Grant>) + Send + 'static) {
        let (member, now) = (MemberId::from(member), self.now());
        self.storage
            .write(move |tx| {
                let mut member = tx.member(&member)?.unwrap();
                change(&mut member.grants);
                tx.put_member(&member, ByWhom::command("test", now))?;
                tx.bump(ReferenceSet::Members)
            })
            .unwrap();
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// How many unfinished uploads have bytes on the disk.
    pub fn parts(&self) -> usize {
        std::fs::read_dir(self.dir.path().join("files/parts")).map_or(0, |d| d.count())
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 5_000))));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    pub fn invite(&self, member: &str) -> String {
        let invited = enroll::invite(&*self.storage, &MemberId::from(member), None, 7, self.now()).unwrap();
        let code = invited.invitation.split("&c=").nth(1).unwrap().split('&').next().unwrap();
        code.to_owned()
    }

    pub async fn enroll(&self, code: &str) -> Answer {
        self.ask_to_enroll(serde_json::json!({ "v": 1, "code": code, "device_name": "测试机" })).await
    }

    /// As a phone asks that made its credential itself.
    pub async fn enroll_with(&self, code: &str, credential: CredentialHash) -> Answer {
        self.ask_to_enroll(serde_json::json!({ "v": 1, "code": code, "device_name": "测试机", "credential": credential })).await
    }

    async fn ask_to_enroll(&self, question: serde_json::Value) -> Answer {
        let body = question.to_string();
        let request = Request::builder().method(Method::POST).uri("/v1/enroll").header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    /// A new phone of a member, with reference data and cursors in place.
    pub async fn phone(&self, member: &str) -> Phone {
        let mut phone = self.fresh_phone(member).await;
        phone.sync(self).await;
        phone
    }

    /// A new phone that has not synchronised yet.
    pub async fn fresh_phone(&self, member: &str) -> Phone {
        let answer = self.enroll(&self.invite(member)).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", answer.body);
        let enrolled: sync::EnrollResponse = serde_json::from_slice(&answer.body).unwrap();
        let actor = ActorId(enrolled.device.0);
        Phone {
            member: MemberId::from(member),
            device: enrolled.device.to_string(),
            credential: enrolled.credential.unwrap(),
            actor,
            epoch: None,
            cursors: BTreeMap::new(),
            reference: BTreeMap::new(),
            docs: BTreeMap::new(),
            unsent: vec![],
            time: NOW,
        }
    }
}

/// A phone, as far as the server can tell.
#[derive(Clone)]
pub struct Phone {
    pub member: MemberId,
    pub device: String,
    pub credential: String,
    pub actor: ActorId,
    pub epoch: Option<Epoch>,
    pub cursors: BTreeMap<NodeId, u64>,
    pub reference: BTreeMap<String, String>,
    pub docs: BTreeMap<DocId, Document>,
    pub unsent: Vec<(DocId, Vec<u8>)>,
    time: i64,
}

impl Phone {
    /// Sets the phone's own clock, right or wrong.
    pub fn set_clock(&mut self, time: i64) {
        self.time = time;
    }

    /// Records something in a micro-grid, offline.
    pub fn record_at(&mut self, scope: &str, kind: RecordKind, title: &str, building: Option<&str>) -> DocId {
        self.time += 1;
        let record = NewRecord { kind, scope: NodeId::from(scope), created_by: self.member.clone() };
        let mut writes = vec![Write::Fact { field: field::TITLE.into(), value: title.into() }];
        if let Some(building) = building {
            let place = Place { building: Some(PlaceId::from(building)), ..Place::default() };
            writes.push(Write::Fact { field: field::PLACE.into(), value: place.to_scalar().into() });
        }
        let (document, change) = Document::create(self.actor, self.time, &record, &writes).unwrap();
        let id = document.id();
        self.docs.insert(id, document);
        self.unsent.push((id, change.bytes));
        id
    }

    pub fn record(&mut self, title: &str) -> DocId {
        self.record_at(HERE, RecordKind::Finding, title, Some("b-03"))
    }

    pub fn record_many(&mut self, many: usize) {
        for n in 0..many {
            self.record(&format!("第 {n} 件"));
        }
    }

    fn write(&mut self, doc: DocId, write: Write) {
        self.time += 1;
        let change = self.docs.get_mut(&doc).unwrap().write(self.actor, self.time, &[write]).unwrap().expect("something to change");
        self.unsent.push((doc, change.bytes));
    }

    pub fn edit(&mut self, doc: DocId, name: &str, value: &str) {
        self.write(doc, Write::Fact { field: name.to_owned(), value: Scalar::from(value) });
    }

    pub fn act(&mut self, doc: DocId, body: EventBody) {
        self.write(doc, Write::Event(body));
    }

    pub fn step(&mut self, doc: DocId, note: &str) {
        self.act(doc, EventBody::Step { note: note.into() });
    }

    /// The unsent changes by document, in the order they were made.
    pub fn groups(&self) -> Vec<DocChanges> {
        let mut groups: Vec<DocChanges> = Vec::new();
        for (doc, bytes) in &self.unsent {
            match groups.iter_mut().find(|g| g.doc == *doc) {
                Some(group) => group.changes.push(ByteBuf::from(bytes.clone())),
                None => groups.push(DocChanges { doc: *doc, changes: vec![ByteBuf::from(bytes.clone())] }),
            }
        }
        groups
    }

    pub fn request(&self, push: Vec<DocChanges>) -> SyncRequest {
        SyncRequest {
            v: 1,
            capabilities: vec!["raw".into()],
            actor: self.actor,
            epoch: self.epoch,
            cursors: self.cursors.clone(),
            reference: self.reference.clone(),
            push: Batch::raw(push),
            want: vec![],
            waiting: vec![],
        }
    }

    pub async fn post(&self, server: &Server, body: Vec<u8>) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri("/v1/sync")
            .header(header::CONTENT_TYPE, "application/vnd.beehive.sync")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.credential));
        server.send(request.body(Body::from(body)).unwrap()).await
    }

    /// One round trip; nothing of the answer is taken in.
    pub async fn exchange(&self, server: &Server, request: &SyncRequest) -> SyncResponse {
        let answer = self.post(server, sync::encode(request, 3).unwrap()).await;
        assert_eq!(answer.status, StatusCode::OK, "{:?}", String::from_utf8_lossy(&answer.body));
        sync::decode(&answer.body).unwrap()
    }

    /// Pushes these groups and answers their verdicts; nothing of the answer is taken in.
    pub async fn push(&self, server: &Server, groups: Vec<DocChanges>) -> Vec<Verdict> {
        self.exchange(server, &self.request(groups)).await.verdicts
    }

    /// Sends what is unsent and takes in everything, round trip by round trip. The answers, in order.
    pub async fn sync(&mut self, server: &Server) -> Vec<SyncResponse> {
        let mut answers = Vec::new();
        loop {
            let request = self.request(self.groups());
            let answer = self.exchange(server, &request).await;
            self.unsent.clear();
            self.take_in(server, &answer).await;
            let more = answer.more;
            answers.push(answer);
            assert!(answers.len() < 100, "it never ends");
            if !more {
                return answers;
            }
        }
    }

    pub async fn take_in(&mut self, server: &Server, answer: &SyncResponse) {
        self.epoch = Some(answer.epoch);
        for update in &answer.reference {
            self.reference.insert(update.dataset.name().to_owned(), update.version.clone());
        }
        for scope in &answer.gone {
            self.cursors.remove(scope);
            let held: Vec<DocId> = self.held(scope);
            held.iter().for_each(|doc| drop(self.docs.remove(doc)));
        }
        for bootstrap in &answer.bootstrap {
            for pack in &bootstrap.packs {
                let body = self.pack(server, &pack.name, None).await;
                assert_eq!((body.status, body.body.len() as u64), (StatusCode::OK, pack.size));
                let docs: Vec<sync::PackDoc> = sync::decode(&body.body).unwrap();
                assert_eq!(docs.len(), pack.docs as usize);
                docs.iter().for_each(|d| self.take_snapshot(d));
            }
            self.cursors.insert(bootstrap.scope.clone(), bootstrap.cursor);
        }
        answer.docs.iter().for_each(|d| self.take_snapshot(d));
        for page in &answer.scopes {
            for group in &page.batch.docs {
                self.take_changes(group);
            }
            for doc in &page.evict {
                self.docs.remove(doc);
            }
            self.cursors.insert(page.scope.clone(), page.cursor);
            if let Some(digest) = page.digest {
                assert_eq!(digest, self.digest(&page.scope), "end check of {}", page.scope);
            }
        }
    }

    fn take_snapshot(&mut self, doc: &sync::PackDoc) {
        let (_, changes) = beehive_core::gate::unpack_snapshot(&doc.snapshot).unwrap();
        self.take_changes(&DocChanges { doc: doc.doc, changes: changes.into_iter().map(ByteBuf::from).collect() });
    }

    fn take_changes(&mut self, group: &DocChanges) {
        match self.docs.get_mut(&group.doc) {
            Some(document) => {
                for change in &group.changes {
                    document.admit(change).unwrap();
                }
            }
            None => {
                let document = Document::from_changes(group.changes.iter().map(|c| c.as_slice())).unwrap();
                assert_eq!(document.id(), group.doc);
                self.docs.insert(group.doc, document);
            }
        }
    }

    pub async fn pack(&self, server: &Server, name: &str, range: Option<&str>) -> Answer {
        let mut request = Request::builder()
            .method(Method::GET)
            .uri(format!("/v1/packs/{name}"))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.credential));
        if let Some(range) = range {
            request = request.header(header::RANGE, range);
        }
        server.send(request.body(Body::empty()).unwrap()).await
    }

    fn held(&self, scope: &NodeId) -> Vec<DocId> {
        let of = |d: &&Document| d.matter().is_some_and(|m| m.scope == *scope);
        self.docs.values().filter(of).map(Document::id).collect()
    }

    pub fn digest(&self, scope: &NodeId) -> sync::Digest {
        let mut digest = sync::Digest::default();
        self.held(scope).iter().for_each(|doc| digest.join(&self.docs[doc].history().digest()));
        digest
    }

    pub fn ids(&self) -> BTreeSet<DocId> {
        self.docs.keys().copied().collect()
    }

    pub fn title(&self, doc: &DocId) -> String {
        self.docs[doc].matter().unwrap().text(field::TITLE).to_owned()
    }
}

/// How many changes of others an answer brings.
pub fn changes_in(answer: &SyncResponse) -> usize {
    answer.scopes.iter().flat_map(|p| &p.batch.docs).map(|d| d.changes.len()).sum()
}
