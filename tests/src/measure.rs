//! What the bench and the tests of bytes both measure: the exchanges of a phone through a counting link, beside the floors computed
//! from the very same work in the same run.

use crate::{
    COLLEAGUE, GRID, Link, LocalPhone, Proxy, Server, WORKER,
    http::RawDevice,
    proxy::Counts,
    work::{Work, framed},
};
use anyhow::{Context, Result, ensure};
use beehive_core::{DocId, Document};
use beehive_device::{
    api::{ListFilter, ListKind, Request, Response},
    engine::Engine,
};
use serde::Serialize;
use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

/// Documents that a phone knows, or downloads.
pub const DOCUMENTS: usize = 1_000;
/// How many of them are open, as in a grid after some months.
pub const OPEN: usize = 200;
/// The level that phones pack a day with; the floor uses the same.
const DAY_LEVEL: i32 = 19;
/// The level of packs.
const PACK_LEVEL: i32 = 9;

/// One exchange as the link saw it, and its floor.
#[derive(Debug, Clone, Serialize)]
pub struct Exchange {
    /// HTTP requests.
    pub requests: u64,
    /// Bytes up, HTTP heads included.
    pub up: u64,
    /// Bytes down, HTTP heads included.
    pub down: u64,
    /// The fewest bytes that carry the same content: up for a day, down for a download, 0 for nothing.
    pub floor: u64,
    /// How long it took, seconds.
    pub seconds: f64,
}

impl Exchange {
    fn new(counts: Counts, floor: usize, took: Duration) -> Self {
        Self { requests: counts.requests, up: counts.up, down: counts.down, floor: floor as u64, seconds: took.as_secs_f64() }
    }
}

/// A first download.
#[derive(Debug, Clone, Serialize)]
pub struct Download {
    /// The exchange.
    pub exchange: Exchange,
    /// When the open records could be seen in the list, seconds from its beginning.
    pub usable_seconds: f64,
}

/// A server full of documents, a link that counts, and a phone that knows them all.
pub struct Scene {
    /// The server.
    pub server: Server,
    /// The link.
    pub proxy: Proxy,
    /// The phone that knows them all.
    pub phone: LocalPhone,
    /// The documents as they were filled in.
    pub documents: Vec<Document>,
    /// The device that filled them in.
    pub device: RawDevice,
    /// What comes next.
    pub work: Work,
    /// What the phone's first download took.
    pub download: Download,
}

impl Scene {
    /// Fills a server and lets a phone download it over `link`.
    pub fn new(seed: u64, link: Link) -> Result<Self> {
        let server = Server::start()?;
        let proxy = Proxy::start(server.address(), link)?;
        let mut work = Work::new(seed);
        let device = RawDevice::enroll(&server, WORKER, "0102030405060730".parse()?)?;
        let documents = work.fill(&device, &GRID.into(), DOCUMENTS, OPEN)?;
        let (phone, download) = download(&server, &proxy, &documents)?;
        Ok(Self { server, proxy, phone, documents, device, work, download })
    }

    /// An offline day of the phone, sent over a connection of its own.
    pub fn day(&mut self) -> Result<Exchange> {
        let open = self.documents.iter().filter(|d| d.matter().is_some_and(|m| m.status.is_open()));
        let open: Vec<DocId> = open.map(Document::id).collect();
        self.work.day(&self.phone, &open)?;
        let prepared = self.phone.engine().sync_request()?;
        let changes = prepared.request.push.docs.iter().flat_map(|d| &d.changes).map(|c| c.as_slice());
        let floor = framed(changes, DAY_LEVEL)?;
        let (counts, took) = self.sync()?;
        ensure!(self.phone.status()?.unsent == 0, "the day did not go up whole");
        Ok(Exchange::new(counts, floor, took))
    }

    /// A sync with nothing to do, over a connection of its own.
    pub fn nothing(&self) -> Result<Exchange> {
        let (counts, took) = self.sync()?;
        Ok(Exchange::new(counts, 0, took))
    }

    fn sync(&self) -> Result<(Counts, Duration)> {
        forget_connection(&self.phone, &self.proxy);
        let start = Instant::now();
        let outcome = self.phone.sync()?;
        let took = start.elapsed();
        ensure!(outcome.done && outcome.refused == 0, "{outcome:?}");
        let counts = self.proxy.reset();
        ensure!(counts.requests == u64::from(outcome.round_trips), "{counts:?}, but the phone says {outcome:?}");
        Ok((counts, took))
    }
}

/// Makes the next exchange begin with a connection of its own, as in the field, where nobody syncs twice within a connection's life.
fn forget_connection(phone: &LocalPhone, proxy: &Proxy) {
    proxy.refuse();
    // It fails, and with it goes the connection that was kept.
    let _ = phone.sync();
    proxy.heal();
    proxy.reset();
}

/// Lets a new phone download everything.
fn download(server: &Server, proxy: &Proxy, documents: &[Document]) -> Result<(LocalPhone, Download)> {
    let phone = LocalPhone::new()?;
    phone.enroll(&server.invite_by(COLLEAGUE, proxy.address())?)?;
    forget_connection(&phone, proxy);
    let ended = AtomicBool::new(false);
    let start = Instant::now();
    let (outcome, usable) = thread::scope(|scope| {
        let watching = scope.spawn(|| watch(phone.engine(), start, &ended));
        let outcome = phone.sync();
        ended.store(true, Ordering::Relaxed);
        (outcome, watching.join())
    });
    let (took, outcome) = (start.elapsed(), outcome?);
    ensure!(outcome.done, "{outcome:?}");
    let usable = usable.map_err(|_| anyhow::anyhow!("the watch broke"))?.context("the open records were never seen")?;
    ensure!(phone.rows(&ListFilter::default())?.len() == documents.len(), "not everything came");
    let snapshots: Vec<Vec<u8>> = documents.iter().map(Document::snapshot).collect();
    let floor = framed(snapshots.iter().map(Vec::as_slice), PACK_LEVEL)?;
    let exchange = Exchange::new(proxy.reset(), floor, took);
    Ok((phone, Download { exchange, usable_seconds: usable.as_secs_f64() }))
}

/// When a list first shows every open record.
fn watch(engine: &Engine, start: Instant, ended: &AtomicBool) -> Option<Duration> {
    let filter = ListFilter { open: Some(true), ..ListFilter::default() };
    loop {
        let last = ended.load(Ordering::Relaxed);
        let answer = engine.handle(Request::List {
            list: ListKind::Demand,
            filter: filter.clone(),
            order: Default::default(),
            offset: 0,
            limit: 20,
        });
        if matches!(answer, Response::List { total, .. } if total as usize >= OPEN) {
            return Some(start.elapsed());
        }
        if last {
            return None;
        }
        thread::sleep(Duration::from_millis(5));
    }
}
