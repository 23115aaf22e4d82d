//! The real server without a socket: its router is called, its folder is copied, restored, and opened again.

use crate::{
    disk,
    storage::{Break, Hand, Held},
};
use anyhow::{Context, Result, ensure};
use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use beehive_core::{Epoch, MemberId, StreetId, sync::EnrollResponse};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
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
    storage::{Meta, SqliteStorage, Storage, StorageError},
};
use tokio::runtime::Runtime;
use tower::ServiceExt as _;

/// What the server answered.
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, whole.
    pub body: Bytes,
}

/// The server.
pub struct Server {
    root: PathBuf,
    life: u32,
    running: Option<(Arc<dyn Storage>, Router)>,
    hand: Hand,
    clock: Arc<AtomicI64>,
    runtime: Runtime,
}

impl Server {
    /// A new street in a folder.
    pub fn found(root: &Path, now: i64) -> Result<Self> {
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::create(&root.join("server-0"))?);
        storage.write(|tx| {
            tx.set_meta(&Meta { epoch: Epoch([1; 8]), tenant: "保和街道".into(), street: StreetId([1; 16]) })?;
            Street::small(1).write(tx)
        })?;
        drop(storage);
        Self::open(root, now)
    }

    /// The server whose data is in `server-0` of a folder.
    pub fn open(root: &Path, now: i64) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let clock = Arc::new(AtomicI64::new(now));
        let mut server = Self { root: root.to_owned(), life: 0, running: None, hand: Hand::default(), clock, runtime };
        server.start()?;
        Ok(server)
    }

    fn dir(&self) -> PathBuf {
        self.root.join(format!("server-{}", self.life))
    }

    fn start(&mut self) -> Result<()> {
        self.hand = Hand::default();
        let storage: Arc<dyn Storage> = Arc::new(Held::new(SqliteStorage::open(&self.dir())?, self.hand.clone()));
        let time = self.clock.clone();
        let app = App::new(storage.clone(), Files::in_folder(&self.dir()), Arc::new(move || time.load(Ordering::Relaxed)));
        self.running = Some((storage, router(Arc::new(app))));
        Ok(())
    }

    /// Its database.
    pub fn storage(&self) -> Result<&Arc<dyn Storage>> {
        Ok(&self.running.as_ref().context("the server runs")?.0)
    }

    /// The time it goes by.
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Moves its clock.
    pub fn set_time(&self, now: i64) {
        self.clock.store(now, Ordering::Relaxed);
    }

    /// After so many writes, this breaks.
    pub fn arm(&self, after: u32, what: Break) {
        self.hand.arm(after, what);
    }

    /// Nothing breaks any more; where the power went, it starts again. Answers whether it had to.
    pub fn mend(&mut self) -> Result<bool> {
        self.hand.disarm();
        let off = self.hand.is_off();
        if off {
            self.crash()?;
        }
        Ok(off)
    }

    /// The power goes and comes back: it goes on from what was on the disk.
    pub fn crash(&mut self) -> Result<()> {
        let before = self.dir();
        self.life += 1;
        // Copied while the database is still open, or closing it would tidy up first.
        disk::copy(&before, &self.dir())?;
        self.running = None;
        disk::erase(&before)?;
        self.start()
    }

    /// Keeps a copy of its folder.
    pub fn back_up(&self) -> Result<()> {
        let to = self.root.join("backup");
        disk::erase(&to)?;
        disk::copy(&self.dir(), &to)
    }

    /// Whether there is a backup.
    pub fn has_backup(&self) -> bool {
        self.root.join("backup").exists()
    }

    /// The disk is lost: the backup takes its place, as another life of the server.
    pub fn restore(&mut self, epoch: Epoch) -> Result<()> {
        let before = self.dir();
        self.running = None;
        self.life += 1;
        disk::copy(&self.root.join("backup"), &self.dir())?;
        disk::erase(&before)?;
        let storage: Arc<dyn Storage> = Arc::new(SqliteStorage::open(&self.dir())?);
        storage.write(move |tx| {
            let meta = tx.as_read().meta()?.ok_or(StorageError::Absent)?;
            tx.set_meta(&Meta { epoch, ..meta })
        })?;
        drop(storage);
        self.start()
    }

    /// Which life of the server it is.
    pub fn epoch(&self) -> Result<Option<Epoch>> {
        Ok(self.storage()?.read(|rows| rows.meta())?.map(|meta| meta.epoch))
    }

    /// One request. It has gone through the router, the guard and the handler like any other.
    pub fn send(&self, mut request: Request<Body>) -> Result<Answer> {
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([10, 0, 0, 1], 5_000))));
        let router = self.running.as_ref().context("the server runs")?.1.clone();
        self.runtime.block_on(async {
            let response = router.oneshot(request).await?;
            let (parts, body) = response.into_parts();
            let body = axum::body::to_bytes(body, usize::MAX).await?;
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        })
    }

    /// Invites a member and takes the invitation up.
    pub fn enrol(&self, member: &str) -> Result<EnrollResponse> {
        let invited = enroll::invite(&**self.storage()?, &MemberId::from(member), Some("http://sim"), 7, self.now())?;
        let code = invited.invitation.split("&c=").nth(1).and_then(|rest| rest.split('&').next()).context("a code")?.to_owned();
        let body = serde_json::json!({ "v": 1, "code": code, "device_name": "模拟机" }).to_string();
        let request = Request::builder().method(Method::POST).uri("/v1/enroll").header(header::CONTENT_TYPE, "application/json");
        let answer = self.send(request.body(Body::from(body))?)?;
        ensure!(answer.status == StatusCode::OK, "not enrolled: {:?}", answer.body);
        Ok(serde_json::from_slice(&answer.body)?)
    }
}
