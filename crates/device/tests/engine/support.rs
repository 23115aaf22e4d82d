//! A phone on a temporary folder, a small street, and the server's side of the conversation by hand.

use beehive_core::{
    ActorId, ChangeHash, DeviceId, DocId, Document, Epoch, EventBody, MemberId, NodeId, Scalar, Write,
    document::NewRecord,
    model::{Grant, RecordKind, Role},
    reference::{Building, Dataset, DictionaryEntry, Level, Member, OrgNode, Unit},
    sync::{
        Batch, Digest, DocChanges, EnrollResponse, PROTOCOL, ReferenceUpdate, ScopePage, StandingState, SyncResponse, Verdict, VerdictKind,
    },
};
use beehive_device::{
    api::{ApiError, KeptView, ListFilter, ListKind, MatterView, RefusedView, Request, Response, RowView, StatusView},
    clock::FixedClock,
    engine::{Applied, Engine, OpenOptions, Prepared},
    key::StoreKey,
};
use serde_bytes::ByteBuf;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;

/// 2026-11-20 08:00 in Chengdu, seconds since 1970.
pub const NOW: i64 = 1_795_132_800;
pub const GRID: &str = "m1";
pub const EPOCH: Epoch = Epoch([1; 8]);

pub struct Phone {
    pub engine: Engine,
    pub clock: Arc<FixedClock>,
    pub key: StoreKey,
    pub dir: TempDir,
    pub member: &'static str,
}

fn open(dir: &TempDir, key: &StoreKey, clock: &Arc<FixedClock>) -> Engine {
    Engine::open(OpenOptions { dir: dir.path().to_owned(), key: key.clone(), clock: clock.clone() }).unwrap()
}

impl Phone {
    /// A phone nobody has enrolled.
    pub fn blank() -> Self {
        let (dir, key, clock) = (tempfile::tempdir().unwrap(), StoreKey::random().unwrap(), Arc::new(FixedClock::new(NOW)));
        let engine = open(&dir, &key, &clock);
        Self { engine, clock, key, dir, member: "" }
    }

    /// Enrolled, with reference data and a cursor in its micro-grid.
    pub fn of(member: &'static str) -> Self {
        let mut phone = Self::blank();
        phone.member = member;
        phone.enrol(member);
        let sent = phone.engine.sync_request().unwrap();
        let mut first = response();
        first.reference = datasets().into_iter().map(|dataset| ReferenceUpdate { version: "1".into(), dataset }).collect();
        first.actors = vec![(other(1), "zhao".into()), (other(2), "li".into())];
        first.bootstrap = vec![beehive_core::sync::Bootstrap { scope: GRID.into(), cursor: 10, packs: vec![], open: vec![] }];
        phone.engine.apply(&sent, first).unwrap();
        phone
    }

    pub fn enrol(&self, id: &str) {
        let member = members().into_iter().find(|m| m.id.as_str() == id).unwrap();
        let answer = EnrollResponse {
            device: DeviceId([7; 8]),
            credential: Some("secret".into()),
            member,
            tenant: "保和街道".into(),
            epoch: EPOCH,
            time: NOW,
            rescue_key: None,
            street: None,
        };
        self.engine.enrolled("https://server.example", Some("ab12"), answer).unwrap();
    }

    /// As after a crash or a restart: the same folder, opened anew.
    pub fn reopened(self) -> Self {
        let Self { engine, clock, key, dir, member } = self;
        drop(engine);
        let engine = open(&dir, &key, &clock);
        Self { engine, clock, key, dir, member }
    }

    pub fn ask(&self, request: Value) -> Response {
        self.engine.handle(serde_json::from_value(request).unwrap())
    }

    pub fn error(&self, request: Value) -> ApiError {
        match self.ask(request) {
            Response::Error { error } => {
                assert!(!error.message.is_empty() && !error.hint.is_empty(), "{error:?}");
                error
            }
            other => panic!("expected an error, got {other:?}"),
        }
    }

    pub fn record(&self, title: &str) -> DocId {
        self.record_with(json!({ "title": title }))
    }

    pub fn record_with(&self, extra: Value) -> DocId {
        let mut request = json!({ "do": "record", "kind": "demand", "building": "b-3", "unit": "1", "door": "402" });
        request.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        match self.ask(request) {
            Response::Recorded { id } => id,
            other => panic!("{other:?}"),
        }
    }

    pub fn set(&self, id: &DocId, field: &str, value: &str) -> MatterView {
        matter(self.ask(json!({ "do": "set", "id": id, "field": field, "value": value })))
    }

    pub fn act(&self, id: &DocId, event: EventBody) -> MatterView {
        matter(self.engine.handle(Request::Act { id: *id, event, draft: None, photos: vec![] }))
    }

    pub fn show(&self, id: &DocId) -> MatterView {
        matter(self.ask(json!({ "do": "show", "id": id })))
    }

    pub fn status(&self) -> StatusView {
        match self.ask(json!({ "do": "status" })) {
            Response::Status { status } => status,
            other => panic!("{other:?}"),
        }
    }

    pub fn rows(&self, list: ListKind, filter: ListFilter) -> Vec<RowView> {
        match self.engine.handle(Request::List { list, filter, order: Default::default(), offset: 0, limit: 500 }) {
            Response::List { rows, total } => {
                assert_eq!(rows.len(), total as usize);
                rows
            }
            other => panic!("{other:?}"),
        }
    }

    pub fn titles(&self) -> Vec<String> {
        self.rows(ListKind::Demand, ListFilter::default()).into_iter().map(|r| r.title).collect()
    }

    pub fn found(&self, words: &str) -> Vec<String> {
        let filter = ListFilter { words: Some(words.into()), ..ListFilter::default() };
        self.rows(ListKind::Demand, filter).into_iter().map(|r| r.title).collect()
    }

    pub fn refused(&self) -> Vec<RefusedView> {
        match self.ask(json!({ "do": "refused" })) {
            Response::Refused { entries } => entries,
            other => panic!("{other:?}"),
        }
    }

    /// One exchange: the response is made from the request, then applied.
    pub fn exchange(&self, make: impl FnOnce(&Prepared) -> SyncResponse) -> Applied {
        let sent = self.engine.sync_request().unwrap();
        let response = make(&sent);
        self.engine.apply(&sent, response).unwrap()
    }

    /// One exchange that brings a dataset.
    pub fn take(&self, dataset: Dataset) -> Applied {
        self.exchange(|_| SyncResponse { reference: vec![ReferenceUpdate { version: "new".into(), dataset }], ..response() })
    }

    /// One exchange in which the server stores everything and has nothing new.
    pub fn deliver(&self) -> Applied {
        self.exchange(|sent| verdicts(sent, VerdictKind::Stored))
    }

    /// One exchange that brings changes of a document.
    pub fn receive(&self, doc: &Document) -> Applied {
        self.exchange(|_| page(&[doc]))
    }

    /// What the next request would push of a document: its changes, as any other phone would get them.
    pub fn pushed(&self, id: &DocId) -> Vec<Vec<u8>> {
        let sent = self.engine.sync_request().unwrap();
        let group = sent.request.push.docs.into_iter().find(|g| g.doc == *id);
        group.map(|g| g.changes.into_iter().map(ByteBuf::into_vec).collect()).unwrap_or_default()
    }
}

pub fn matter(response: Response) -> MatterView {
    match response {
        Response::Matter { matter } => *matter,
        other => panic!("{other:?}"),
    }
}

/// A response that says nothing.
pub fn response() -> SyncResponse {
    SyncResponse {
        v: PROTOCOL,
        epoch: EPOCH,
        time: NOW,
        standing: StandingState::Ok,
        verdicts: vec![],
        scopes: vec![],
        bootstrap: vec![],
        gone: vec![],
        docs: vec![],
        missing: vec![],
        reference: vec![],
        actors: vec![],
        decided: vec![],
        rescue_key: None,
        more: false,
    }
}

/// The same word on every group sent.
pub fn verdicts(sent: &Prepared, kind: VerdictKind) -> SyncResponse {
    let verdict = |g: &DocChanges| Verdict { doc: g.doc, kind, code: None, stored: None, number: None, late: vec![] };
    SyncResponse { verdicts: sent.request.push.docs.iter().map(verdict).collect(), ..response() }
}

/// A page with all changes of some documents.
pub fn page(docs: &[&Document]) -> SyncResponse {
    let changes = |d: &Document| d.changes().into_iter().map(|(_, bytes)| ByteBuf::from(bytes)).collect();
    let docs = docs.iter().map(|d| DocChanges { doc: d.id(), changes: changes(d) }).collect();
    SyncResponse { scopes: vec![scope_page(docs)], ..response() }
}

pub fn scope_page(docs: Vec<DocChanges>) -> ScopePage {
    ScopePage { scope: GRID.into(), cursor: 20, batch: Batch::raw(docs), evict: vec![], digest: None, numbers: vec![], late: vec![] }
}

/// The digest over all changes of some documents.
pub fn digest(docs: &[&Document]) -> Digest {
    let hashes: Vec<ChangeHash> = docs.iter().flat_map(|d| d.changes()).map(|(hash, _)| hash).collect();
    Digest::of(&hashes)
}

/// The store of another phone: 1 is 赵's (a worker), 2 is 李's (the grid lead).
pub fn other(n: u8) -> ActorId {
    ActorId([n; 8])
}

/// A record of another phone.
pub fn their_record(actor: u8, title: &str) -> Document {
    let by: MemberId = if actor == 2 { "li".into() } else { "zhao".into() };
    let record = NewRecord { kind: RecordKind::Demand, scope: GRID.into(), created_by: by };
    Document::create(other(actor), NOW - 3600, &record, &[fact("title", title)]).unwrap().0
}

/// Keeps a photo as a form does.
pub fn kept(phone: &Phone, photo: Value) -> KeptView {
    match phone.ask(json!({ "do": "keep_photo", "photo": photo })) {
        Response::Kept { kept } => kept,
        other => panic!("{other:?}"),
    }
}

/// The bytes of a file that is on the phone.
pub fn file_bytes(phone: &Phone, hash: &beehive_core::FileHash) -> Vec<u8> {
    match phone.ask(json!({ "do": "file", "hash": hash })) {
        Response::File { base64, .. } => base64::Engine::decode(&base64::prelude::BASE64_STANDARD, base64).unwrap(),
        other => panic!("{other:?}"),
    }
}

/// The bytes of a photo, of this many pixels a side and this shade, in base64.
pub fn photo_of(side: u32, shade: u8) -> String {
    let image = image::RgbImage::from_fn(side, side, |x, y| image::Rgb([shade, (x % 256) as u8, (y % 256) as u8]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    base64::Engine::encode(&base64::prelude::BASE64_STANDARD, bytes.into_inner())
}

pub fn fact(field: &str, value: &str) -> Write {
    Write::Fact { field: field.into(), value: Scalar::from(value) }
}

pub fn doc_of(changes: &[Vec<u8>]) -> Document {
    Document::from_changes(changes.iter().map(Vec::as_slice)).unwrap()
}

fn grant(role: Role, node: &str) -> Grant {
    Grant { role, node: node.into(), buildings: vec![], from: None, until: None, on_behalf: None }
}

pub fn members() -> Vec<Member> {
    let member =
        |id: &str, name: &str, role, node| Member { id: id.into(), name: name.into(), kinds: vec![], grants: vec![grant(role, node)] };
    vec![
        member("wang", "王秀英", Role::MicroWorker, GRID),
        member("zhao", "赵建国", Role::MicroWorker, GRID),
        member("li", "李红梅", Role::GridLead, "g1"),
        member("chen", "陈师傅", Role::PropertyStaff, GRID),
        member("far", "远方", Role::MicroWorker, "m2"),
    ]
}

pub fn datasets() -> Vec<Dataset> {
    let node = |id: &str, parent: Option<&str>, level, name: &str| OrgNode {
        id: NodeId::from(id),
        parent: parent.map(NodeId::from),
        level,
        name: name.into(),
    };
    let unit = |name: &str| Unit { name: name.into(), doors: vec!["402".into(), "401".into()] };
    let building = |id: &str, node: &str, name: &str| Building {
        id: id.into(),
        node: node.into(),
        name: name.into(),
        units: vec![unit("1"), unit("2")],
    };
    let word = |dictionary: &str, code: &str, zh: &str| DictionaryEntry {
        dictionary: dictionary.into(),
        code: code.into(),
        zh: zh.into(),
        en: code.into(),
        kinds: vec![],
    };
    vec![
        Dataset::Org(vec![
            node("s", None, Level::Street, "保和街道"),
            node("c1", Some("s"), Level::Community, "和顺社区"),
            node("g1", Some("c1"), Level::GeneralGrid, "第一网格"),
            node(GRID, Some("g1"), Level::MicroGrid, "第一微网格"),
            node("m2", Some("g1"), Level::MicroGrid, "第二微网格"),
        ]),
        Dataset::Places(vec![
            building("b-3", GRID, "3 栋"),
            building("b-13", GRID, "13 栋"),
            building("b-5", GRID, "5 栋"),
            building("b-5x", "m2", "5 栋"),
        ]),
        Dataset::Members(members()),
        Dataset::Dictionary(vec![word("category", "hazard", "安全隐患"), word("category", "care", "关爱服务")]),
    ]
}
