//! A phone inside this process: the same engine and the same line to the server, without a process per command. For much work.

use crate::{NOW, Server};
use anyhow::{Context, Result, bail};
use beehive_core::DocId;
use beehive_device::{
    api::{ListFilter, ListKind, MatterView, Request, Response, RowView, StatusView, SyncOutcome},
    clock::FixedClock,
    engine::{Engine, OpenOptions},
    key::StoreKey,
    net::{self, PhoneOptions},
};
use std::{net::SocketAddr, sync::Arc};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A phone in this process.
pub struct LocalPhone {
    runtime: Runtime,
    phone: net::Phone,
    clock: Arc<FixedClock>,
    _dir: TempDir,
}

impl LocalPhone {
    /// A new phone, not enrolled. Its clock stands at [`NOW`].
    pub fn new() -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let clock = Arc::new(FixedClock::new(NOW));
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let engine = Engine::open(OpenOptions { dir: dir.path().join("phone"), key: StoreKey::random()?, clock: clock.clone() })?;
        let options = PhoneOptions { can_cut: false, device_name: "测试机".into(), clock: clock.clone() };
        let phone = {
            let _in = runtime.enter();
            net::Phone::new(engine, options)
        };
        Ok(Self { runtime, phone, clock, _dir: dir })
    }

    /// A phone enrolled for a member by way of `address`, with its first sync behind it.
    pub fn enrolled(server: &Server, member: &str, address: SocketAddr) -> Result<Self> {
        let phone = Self::new()?;
        phone.enroll(&server.invite_by(member, address)?)?;
        phone.sync()?;
        Ok(phone)
    }

    /// Enrols it, without a first sync.
    pub fn enroll(&self, invitation: &str) -> Result<()> {
        Ok(self.runtime.block_on(self.phone.enroll(invitation))?)
    }

    /// The engine, to look behind the API.
    pub fn engine(&self) -> &Engine {
        self.phone.engine()
    }

    /// The runtime it lives in.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The phone, for use within [`Self::runtime`].
    pub fn phone(&self) -> &net::Phone {
        &self.phone
    }

    /// Moves its clock, in seconds since 1970.
    pub fn set_time(&self, at: i64) {
        self.clock.set(at);
    }

    /// Any request; an error of the API is an error.
    pub fn call(&self, request: Request) -> Result<Response> {
        match self.runtime.block_on(self.phone.call(request)) {
            Response::Error { error } => bail!("{}: {} {}", error.code, error.message, error.hint),
            other => Ok(other),
        }
    }

    /// Records something.
    pub fn record(&self, request: Request) -> Result<DocId> {
        match self.call(request)? {
            Response::Recorded { id } => Ok(id),
            other => bail!("{other:?}"),
        }
    }

    /// Sends and fetches.
    pub fn sync(&self) -> Result<SyncOutcome> {
        Ok(self.runtime.block_on(self.phone.sync())?)
    }

    /// Sends and fetches until there is nothing left to do; answers what the first one did.
    pub fn sync_all(&self) -> Result<SyncOutcome> {
        let first = self.sync()?;
        let mut last = first.clone();
        for _ in 0..10 {
            if last.done && last.sent + last.received == 0 {
                return Ok(first);
            }
            last = self.sync()?;
        }
        bail!("there is always something left: {last:?}")
    }

    /// The status.
    pub fn status(&self) -> Result<StatusView> {
        match self.call(Request::Status)? {
            Response::Status { status } => Ok(status),
            other => bail!("{other:?}"),
        }
    }

    /// One record.
    pub fn show(&self, id: DocId) -> Result<MatterView> {
        match self.call(Request::Show { id })? {
            Response::Matter { matter } => Ok(*matter),
            other => bail!("{other:?}"),
        }
    }

    /// The rows of a list, all of them, and how many there are.
    pub fn rows(&self, filter: &ListFilter) -> Result<Vec<RowView>> {
        let mut all = Vec::new();
        loop {
            let offset = u32::try_from(all.len())?;
            match self.call(Request::List {
                list: ListKind::Demand,
                filter: filter.clone(),
                order: Default::default(),
                offset,
                limit: 500,
            })? {
                Response::List { rows, total } => {
                    let ended = rows.is_empty();
                    all.extend(rows);
                    if ended || all.len() >= total as usize {
                        return Ok(all);
                    }
                }
                other => bail!("{other:?}"),
            }
        }
    }

    /// The ids of the buildings its forms offer.
    pub fn buildings(&self) -> Result<Vec<String>> {
        match self.call(Request::Choices)? {
            Response::Choices { buildings, .. } => Ok(buildings.into_iter().map(|b| b.id.to_string()).collect()),
            other => bail!("{other:?}"),
        }
    }

    /// The micro-grid its own records go to when they name no building.
    pub fn scopes(&self) -> Result<Vec<String>> {
        let scopes: Vec<String> = self.status()?.cursors.keys().map(ToString::to_string).collect();
        if scopes.is_empty() { None } else { Some(scopes) }.context("no scope")
    }
}
