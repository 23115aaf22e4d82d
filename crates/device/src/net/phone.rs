//! The asynchronous front of a phone: what the Tauri command, the loopback host and the command line all call.
//!
//! It keeps four requests for itself (enrol, sync, name a stand-in, cut the link); every other one is answered by the engine from the local store.

use super::{
    Fingerprint, SyncError,
    file_flight::FileFlight,
    http_client,
    round::Exchange,
    wire::{Wire, blocking},
};
use crate::{
    api::{ApiError, Connection, Event, Request, Response, SyncOutcome},
    clock::{Clock, SystemClock},
    engine::Engine,
    store::StoreError,
};
use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{broadcast, watch};

/// How a phone is set up.
#[derive(Clone)]
pub struct PhoneOptions {
    /// Whether this host may cut the link to the server (for demonstrations; never in the app).
    pub can_cut: bool,
    /// What the phone calls itself in the server's list of devices.
    pub device_name: String,
    /// The time, to tell an expired invitation when the server cannot be asked.
    pub clock: Arc<dyn Clock>,
}

impl Default for PhoneOptions {
    fn default() -> Self {
        Self { can_cut: false, device_name: format!("beehive-phone ({})", std::env::consts::OS), clock: Arc::new(SystemClock) }
    }
}

/// A phone: an engine and its line to the server. Clones are the same phone. Must be used within a Tokio runtime.
#[derive(Clone)]
pub struct Phone(pub(super) Arc<Inner>);

pub(super) struct Inner {
    pub(super) engine: Engine,
    pub(super) options: PhoneOptions,
    pub(super) cut: watch::Sender<bool>,
    flight: Mutex<Option<Flight>>,
    pub(super) file_flight: FileFlight,
    client: Mutex<Option<(Option<Fingerprint>, reqwest::Client)>>,
    /// Held for reading by whoever talks to the street's server, for writing while the street changes: what was asked of one street is
    /// never answered into another's store.
    pub(super) busy: tokio::sync::RwLock<()>,
}

/// The sync under way.
struct Flight {
    /// Whether somebody asked for a sync after it began: what they recorded may not be in it yet.
    asked_again: bool,
    done: Shared<BoxFuture<'static, Result<SyncOutcome, SyncError>>>,
}

impl Phone {
    /// The front of an engine.
    pub fn new(engine: Engine, options: PhoneOptions) -> Self {
        let connection = if engine.account().is_some() { Connection::Unknown } else { Connection::NotEnrolled };
        engine.set_link(connection, options.can_cut, false, 0);
        Self(Arc::new(Inner {
            engine,
            options,
            cut: watch::Sender::new(false),
            flight: Mutex::default(),
            file_flight: FileFlight::default(),
            client: Mutex::default(),
            busy: tokio::sync::RwLock::default(),
        }))
    }

    /// The engine behind it.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// What the engine says unasked.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.0.engine.subscribe()
    }

    /// Answers a request. Never fails: what could not be done is [`Response::Error`], and nothing was lost.
    pub async fn call(&self, request: Request) -> Response {
        match request {
            Request::Sync => match self.sync().await {
                Ok(outcome) => {
                    // Photos go on behind the screen's back; how they stand is in the status.
                    drop(self.launch_files());
                    Response::Synced { outcome }
                }
                Err(e) => Response::Error { error: e.into() },
            },
            Request::SendFiles => {
                if let Err(e) = self.on_store(|engine| engine.try_files_again()).await {
                    return Response::Error { error: e.into() };
                }
                drop(self.launch_files());
                self.ask_engine(Request::Status).await
            }
            Request::FetchFile { hash } => match self.fetch_file(&hash).await {
                Ok(()) => self.ask_engine(Request::File { hash }).await,
                Err(e) => Response::Error { error: e.into() },
            },
            Request::Invitation { invitation } => match self.look_at(&invitation).await {
                Ok(invited) => Response::Invited { invited },
                Err(e) => Response::Error { error: e.into() },
            },
            Request::Enroll { invitation, leave } => match self.enroll_or_leave(&invitation, leave).await {
                Ok(()) => {
                    // The screen need not wait for the first download; whoever wants to joins it with `sync`.
                    drop(self.launch());
                    self.ask_engine(Request::Status).await
                }
                Err(e) => Response::Error { error: e.into() },
            },
            Request::StandIn { to, node, until } => match self.stand_in(to, node, until).await {
                Ok(()) => self.ask_engine(Request::StandIns).await,
                Err(e) => Response::Error { error: e.into() },
            },
            Request::CutLink { cut } if self.0.options.can_cut => {
                self.cut_link(cut).await;
                self.ask_engine(Request::Status).await
            }
            Request::CutLink { .. } => Response::Error {
                error: ApiError {
                    code: "not_here".into(),
                    message: "只有演示用的浏览器版可以断开信号。".into(),
                    hint: "要试没有信号的情形，请打开手机的飞行模式。".into(),
                },
            },
            other => self.ask_engine(other).await,
        }
    }

    /// Sends what is unsent and fetches what is new. While a sync is under way, joins it: there is never more than one.
    ///
    /// # Errors
    /// See [`SyncError`]. Whatever the server has acknowledged by then stays acknowledged; the rest stays in the outbox.
    pub async fn sync(&self) -> Result<SyncOutcome, SyncError> {
        self.launch().await
    }

    /// Waits until no sync is under way. For programs that end.
    pub async fn idle(&self) {
        let under_way = self.lock_flight().as_ref().map(|f| f.done.clone());
        if let Some(done) = under_way {
            // Its outcome was told to whoever asked for it.
            let _ = done.await;
        }
        self.files_idle().await;
    }

    /// Lets a sync of records under way end first.
    pub(super) async fn records_first(&self) {
        let under_way = self.lock_flight().as_ref().map(|f| f.done.clone());
        if let Some(done) = under_way {
            let _ = done.await;
        }
    }

    /// Says when the link is cut or restored.
    pub(super) fn link(&self) -> watch::Receiver<bool> {
        self.0.cut.subscribe()
    }

    async fn cut_link(&self, cut: bool) {
        self.0.cut.send_replace(cut);
        let connection = match (self.0.engine.account().is_some(), cut) {
            (false, _) => Connection::NotEnrolled,
            (true, true) => Connection::Offline,
            (true, false) => Connection::Unknown,
        };
        self.set_link(connection, 0).await;
    }

    /// Starts a sync, or joins the one under way.
    fn launch(&self) -> Shared<BoxFuture<'static, Result<SyncOutcome, SyncError>>> {
        let mut flight = self.lock_flight();
        if let Some(flight) = flight.as_mut() {
            flight.asked_again = true;
            return flight.done.clone();
        }
        // A task of its own: a screen that goes away must not end it half way.
        let phone = self.clone();
        let task = tokio::spawn(async move { phone.fly().await });
        let phone = self.clone();
        let done = async move {
            task.await.unwrap_or_else(|e| {
                phone.lock_flight().take();
                Err(SyncError::Internal(e.to_string()))
            })
        };
        let done = done.boxed().shared();
        *flight = Some(Flight { asked_again: false, done: done.clone() });
        done
    }

    async fn fly(&self) -> Result<SyncOutcome, SyncError> {
        let mut total: Option<SyncOutcome> = None;
        loop {
            let outcome = match self.exchange().await {
                Ok(outcome) => outcome,
                Err(e) => {
                    self.lock_flight().take();
                    return Err(e);
                }
            };
            let sum = total.map_or(outcome.clone(), |t| add(t, &outcome));
            total = Some(sum.clone());
            loop {
                {
                    // Ending and being joined are decided under one lock, or a record could fall between two syncs.
                    let mut slot = self.lock_flight();
                    if !slot.as_mut().is_some_and(|f| std::mem::take(&mut f.asked_again)) {
                        *slot = None;
                        return Ok(sum);
                    }
                }
                if matches!(self.ask_engine(Request::Status).await, Response::Status { status } if status.unsent > 0) {
                    break;
                }
            }
        }
    }

    async fn exchange(&self) -> Result<SyncOutcome, SyncError> {
        let result = self.try_exchange().await;
        let connection = match &result {
            Ok(_) | Err(SyncError::Store(_)) => Connection::Online,
            Err(SyncError::NotEnrolled) => Connection::NotEnrolled,
            Err(e) if e.is_unauthorized() => Connection::Revoked,
            Err(SyncError::OtherStreet(_)) => Connection::OtherStreet,
            Err(_) => Connection::Offline,
        };
        match &result {
            Ok(SyncOutcome { sent, received, refused, round_trips, bytes_up, bytes_down, done }) => {
                tracing::info!(sent, received, refused, round_trips, bytes_up, bytes_down, done, "synced");
            }
            Err(e) if e.is_offline() => tracing::info!(error = %e, "not synced"),
            Err(e) => tracing::warn!(error = %e, "not synced"),
        }
        self.set_link(connection, 0).await;
        result
    }

    async fn try_exchange(&self) -> Result<SyncOutcome, SyncError> {
        let _busy = self.busy()?;
        let result = match self.wire().await {
            Ok(wire) => Exchange::new(self, wire).run().await,
            Err(e) => Err(e),
        };
        let doubt = match &result {
            Ok(_) => Some(false),
            // Whoever answers is not the server this phone was enrolled with, or has forgotten it: before more is sent, it is asked.
            Err(SyncError::OtherStreet(_) | SyncError::Server { status: 401, .. }) => Some(true),
            Err(_) => None,
        };
        if let Some(doubt) = doubt {
            self.on_store(move |engine| engine.set_doubt(doubt)).await?;
        }
        result
    }

    /// Keeps the street from changing while this is held. Never waits: while it changes, there is no line.
    pub(super) fn busy(&self) -> Result<tokio::sync::RwLockReadGuard<'_, ()>, SyncError> {
        self.0.busy.try_read().map_err(|_| SyncError::Offline("the street is changing".into()))
    }

    /// The line to this phone's server; where it is in doubt who answers there, only once that is sure.
    pub(super) async fn wire(&self) -> Result<Wire, SyncError> {
        let account = self.0.engine.account().ok_or(SyncError::NotEnrolled)?;
        if *self.0.cut.borrow() {
            return Err(SyncError::Offline("the link is cut".into()));
        }
        let fingerprint = account
            .fingerprint
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|()| SyncError::Internal("the stored fingerprint".into()))?;
        let mut wire = Wire::new(self.client(fingerprint)?, account.server, Some(account.credential), self.0.cut.subscribe());
        wire.street = account.street;
        if self.on_store(|engine| engine.doubt()).await? {
            wire.assure().await?;
        }
        Ok(wire)
    }

    /// The client for a server; made once, for making one costs milliseconds and loses the connection that is kept alive.
    pub(super) fn client(&self, fingerprint: Option<Fingerprint>) -> Result<reqwest::Client, SyncError> {
        let mut kept = self.0.client.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, client)) if *of == fingerprint => Ok(client.clone()),
            _ => {
                let client = http_client(fingerprint).map_err(|e| SyncError::Internal(e.to_string()))?;
                *kept = Some((fingerprint, client.clone()));
                Ok(client)
            }
        }
    }

    /// Lets the engine work, away from the threads that serve the network.
    pub(super) async fn on_store<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Engine) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, SyncError> {
        let engine = self.0.engine.clone();
        blocking(move || work(&engine)).await?.map_err(|e| SyncError::Store(e.api()))
    }

    pub(super) async fn set_link(&self, connection: Connection, sent_now: u32) {
        let (can_cut, cut) = (self.0.options.can_cut, *self.0.cut.borrow());
        let told = self.on_store(move |engine| {
            engine.set_link(connection, can_cut, cut, sent_now);
            Ok(())
        });
        if let Err(e) = told.await {
            tracing::warn!(error = %e, "the truth strip was not told");
        }
    }

    pub(super) async fn ask_engine(&self, request: Request) -> Response {
        let engine = self.0.engine.clone();
        blocking(move || engine.handle(request)).await.unwrap_or_else(|e| Response::Error { error: e.into() })
    }

    fn lock_flight(&self) -> std::sync::MutexGuard<'_, Option<Flight>> {
        self.0.flight.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(a: SyncOutcome, b: &SyncOutcome) -> SyncOutcome {
    SyncOutcome {
        sent: a.sent + b.sent,
        received: a.received + b.received,
        refused: a.refused + b.refused,
        round_trips: a.round_trips + b.round_trips,
        bytes_up: a.bytes_up + b.bytes_up,
        bytes_down: a.bytes_down + b.bytes_down,
        done: b.done,
    }
}
