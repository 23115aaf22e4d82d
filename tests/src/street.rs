//! A street whose time can be moved: the server runs in this process by the same clock as its phones. What takes a month in life can be
//! played in one test, and what is due on a day is asked on that day.

use crate::{LocalPhone, NOW};
use anyhow::{Context, Result};
use beehive_core::{Epoch, MemberId, StreetId};
use std::{
    net::SocketAddr,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use sync_server::{
    Running, ServeOptions,
    demo::Street as Demo,
    enroll, serve,
    storage::{Meta, SqliteStorage, Storage},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The small demonstration street, served in this process.
pub struct Street {
    clock: Arc<AtomicI64>,
    address: SocketAddr,
    runtime: Runtime,
    running: Option<Running>,
    dir: TempDir,
}

impl Street {
    /// Starts it. Its clock stands at [`NOW`].
    pub fn start() -> Result<Self> {
        Self::start_as(Epoch([7; 8]), NOW)
    }

    /// Starts it as a certain life of its database, at a certain time.
    pub fn start_as(epoch: Epoch, now: i64) -> Result<Self> {
        let dir = tempfile::tempdir()?;
        let storage: Box<dyn Storage> = Box::new(SqliteStorage::create(dir.path())?);
        storage.write(move |tx| {
            tx.set_meta(&Meta { epoch, tenant: "保和街道".into(), street: StreetId([7; 16]) })?;
            Demo::small(1).write(tx)
        })?;
        drop(storage);
        let clock = Arc::new(AtomicI64::new(now));
        let time = clock.clone();
        let options = ServeOptions {
            clock: Arc::new(move || time.load(Ordering::Relaxed)),
            ..ServeOptions::new(dir.path(), SocketAddr::from(([127, 0, 0, 1], 0)))
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let running = runtime.block_on(serve(options))?;
        Ok(Self { clock, address: running.addr, runtime, running: Some(running), dir })
    }

    /// A phone of a member, enrolled, with its first sync behind it; its clock stands where the street's does.
    pub fn phone(&self, member: &str) -> Result<LocalPhone> {
        let storage = SqliteStorage::open(&self.data())?;
        let url = format!("http://{}", self.address);
        let invited = enroll::invite(&storage, &MemberId::from(member), Some(&url), 7, self.now())?;
        let phone = LocalPhone::new()?;
        phone.set_time(self.now());
        phone.enroll(&invited.invitation)?;
        phone.sync()?;
        Ok(phone)
    }

    /// Moves the time, here and on phones.
    pub fn set_time(&self, at: i64, phones: &[&LocalPhone]) {
        self.clock.store(at, Ordering::Relaxed);
        phones.iter().for_each(|phone| phone.set_time(at));
    }

    /// The time.
    pub fn now(&self) -> i64 {
        self.clock.load(Ordering::Relaxed)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The server's data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.path().to_owned()
    }

    /// Stops it; fails if it does not end well.
    pub fn stop(mut self) -> Result<()> {
        let running = self.running.take().context("it does not run")?;
        Ok(self.runtime.block_on(running.shutdown())?)
    }
}
