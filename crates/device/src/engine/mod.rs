//! The engine: everything a phone does except the screen and the network.
//!
//! Every request is answered from the local store. The network layer asks for the next request, hands back the answer, and is told
//! what became of it; it never looks into the store.

mod apply;
mod authored;
mod enrol;
mod entry_files;
mod evidence;
mod grids;
mod handle;
mod held;
mod keep;
mod life;
mod likeness;
mod lists;
mod me;
mod next;
mod open;
mod outbox;
mod packs;
mod place;
mod recurrence;
mod reference;
mod refused;
mod rescue;
mod show;
mod similar;
mod stand_in;
mod streets;
mod types;
pub(crate) mod words;
mod write;

use crate::{
    api::{Connection, Event, Request, Response},
    clock::Clock,
    key::StoreKey,
    store::{OpenError, Store, StoreError, streets::Home},
    surroundings::{Surroundings, System},
};
use beehive_core::{ActorId, CredentialHash, DocId, FileHash, sync::SyncResponse};
pub use evidence::{MAX_PHOTOS, Upload};
use reference::Reference;
use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicUsize},
    },
};
pub use streets::{Destination, Probe, Way};
use tokio::sync::broadcast;
pub use types::{Account, Applied, Credential, OpenOptions, PendingPack, Prepared};

/// Notices a slow screen may fall behind before it misses some; it reads everything again anyway.
const EVENTS: usize = 64;

/// A cheap handle to the phone's engine.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
}

/// The data folder, and the street of it that is open. Whoever began with one street's [`Inner`] ends with it: its store, its lookups
/// and its account are one, so nothing that runs while the street changes can mix two.
struct Shared {
    home: Mutex<Home>,
    open: RwLock<Arc<Inner>>,
    key: StoreKey,
}

/// The link as the network layer last described it.
#[derive(Debug, Clone, Copy)]
struct Link {
    connection: Connection,
    can_cut: bool,
    cut: bool,
    sent_now: u32,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    account: RwLock<Option<Account>>,
    reference: RwLock<Arc<Reference>>,
    actor: RwLock<ActorId>,
    link: Mutex<Link>,
    /// Exchanges so far: whose turn it is when several actors need naming.
    turn: AtomicUsize,
    /// Documents whose history the server did not take from this phone, and when it was offered.
    stuck: Mutex<HashMap<DocId, i64>>,
    /// The file being sent now.
    sending: Mutex<Option<FileHash>>,
    /// Whether bytes cost money on the network there is, as the screen or the shell last said.
    metered: AtomicBool,
    events: broadcast::Sender<Event>,
}

impl Engine {
    /// Opens the store and everything on it.
    ///
    /// # Errors
    /// [`OpenError`]: locked by another process, made by a newer program, wrong key, full disk.
    pub fn open(options: OpenOptions) -> Result<Self, OpenError> {
        Self::open_in(options, Arc::new(System))
    }

    /// The same in surroundings of the caller's making, for simulations.
    ///
    /// # Errors
    /// See [`Engine::open`].
    pub fn open_in(options: OpenOptions, surroundings: Arc<dyn Surroundings>) -> Result<Self, OpenError> {
        let home = Home::open(&options.dir)?;
        let (key, events) = (options.key.clone(), broadcast::channel(EVENTS).0);
        let open = Inner::open(options, &home, home.current(), surroundings, events)?;
        let engine = Self { shared: Arc::new(Shared { home: Mutex::new(home), open: RwLock::new(Arc::new(open)), key }) };
        engine.note_street();
        Ok(engine)
    }

    /// The street that is open.
    fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.shared.open.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a request from the local store. Never panics and never waits for the network: `sync`, `enroll` and `cut_link` are the
    /// network layer's.
    pub fn handle(&self, request: Request) -> Response {
        handle::handle(&self.inner(), request)
    }

    /// Whose phone this is; `None` before enrolment.
    pub fn account(&self) -> Option<Account> {
        self.inner().account()
    }

    /// What to ask to be enrolled with: written down before it is sent, so that asking again after an answer was lost, even after a
    /// restart, is the same question.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn enrolling(&self, code: &str) -> Result<CredentialHash, StoreError> {
        self.inner().enrolling(code)
    }

    /// The next request to send.
    ///
    /// # Errors
    /// [`StoreError::NotEnrolled`], or the store cannot be read.
    pub fn sync_request(&self) -> Result<Prepared, StoreError> {
        self.inner().sync_request()
    }

    /// Takes an answer in: all of it or nothing, in one transaction.
    ///
    /// # Errors
    /// The store cannot be written. One bad document is no error: it is set aside.
    pub fn apply(&self, sent: &Prepared, response: SyncResponse) -> Result<Applied, StoreError> {
        self.inner().apply(sent, response)
    }

    /// Packs to fetch, in this order, each from its offset on.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn pending_packs(&self) -> Result<Vec<PendingPack>, StoreError> {
        self.inner().pending_packs()
    }

    /// Keeps a piece of a pack; it must begin where the last one ended.
    ///
    /// # Errors
    /// [`StoreError::PackOffset`], [`StoreError::NoSuchPack`].
    pub fn store_pack_part(&self, name: &str, offset: u64, bytes: &[u8]) -> Result<(), StoreError> {
        self.inner().store_pack_part(name, offset, bytes)
    }

    /// Takes a complete pack in; answers how many changes were new.
    ///
    /// # Errors
    /// [`StoreError::BadPack`] if the bytes are no pack (it is then fetched again from the start), [`StoreError::PackIncomplete`].
    pub fn apply_pack(&self, name: &str) -> Result<u32, StoreError> {
        self.inner().apply_pack(name)
    }

    /// The next file to send, other than these: small pictures before originals, only what the server's records name.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn next_upload(&self, not: &HashSet<(DocId, FileHash)>) -> Result<Option<Upload>, StoreError> {
        self.inner().next_upload(not)
    }

    /// The server has confirmed so many bytes of a file, under this name of the upload.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_sent(&self, doc: &DocId, hash: &FileHash, place: Option<String>, sent: u64) -> Result<(), StoreError> {
        self.inner().file_sent(doc, hash, place, sent)
    }

    /// A file is on the server's disk.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_delivered(&self, doc: &DocId, hash: &FileHash) -> Result<(), StoreError> {
        self.inner().file_delivered(doc, hash)
    }

    /// The server does not take a file. It stays here.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_refused(&self, doc: &DocId, hash: &FileHash, code: &str) -> Result<(), StoreError> {
        self.inner().file_refused(doc, hash, code)
    }

    /// A file's bytes arrived wrong and were thrown away at the server. Answers whether to try again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_arrived_wrong(&self, doc: &DocId, hash: &FileHash) -> Result<bool, StoreError> {
        self.inner().file_arrived_wrong(doc, hash)
    }

    /// A file is neither here nor at the server.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_nowhere(&self, doc: &DocId, hash: &FileHash) -> Result<(), StoreError> {
        self.inner().file_nowhere(doc, hash)
    }

    /// Puts what the server did not take in line again.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn try_files_again(&self) -> Result<(), StoreError> {
        self.inner().try_files_again()
    }

    /// Nothing is being sent any more.
    pub fn file_rests(&self) {
        self.inner().file_rests();
    }

    /// Keeps a file that came from the server; answers whether its bytes are those of its hash.
    ///
    /// # Errors
    /// The store cannot be written.
    pub fn file_fetched(&self, hash: &FileHash, media: &str, bytes: &[u8]) -> Result<bool, StoreError> {
        self.inner().file_fetched(hash, media, bytes)
    }

    /// Whether files may be sent over the network there is, and whether there are any to send now.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn may_send_files(&self) -> Result<(bool, bool), StoreError> {
        self.inner().may_send_files()
    }

    /// Says how the link is. Not stored: it is true only while the program runs.
    pub fn set_link(&self, connection: Connection, can_cut: bool, cut: bool, sent_now: u32) {
        *guard(&self.inner().link) = Link { connection, can_cut, cut, sent_now };
        self.inner().notify_status();
    }

    /// Notices after each commit.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.inner().events.subscribe()
    }
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Inner {
    fn account(&self) -> Option<Account> {
        self.account.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_account(&self, account: Option<Account>) {
        *self.account.write().unwrap_or_else(PoisonError::into_inner) = account;
    }

    fn reference(&self) -> Arc<Reference> {
        Arc::clone(&self.reference.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn set_reference(&self, reference: Arc<Reference>) {
        *self.reference.write().unwrap_or_else(PoisonError::into_inner) = reference;
    }

    fn actor(&self) -> ActorId {
        *self.actor.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn set_actor(&self, actor: ActorId) {
        *self.actor.write().unwrap_or_else(PoisonError::into_inner) = actor;
    }

    fn link(&self) -> Link {
        *guard(&self.link)
    }

    /// Tells open screens that something changed.
    fn notify(&self) {
        if self.events.receiver_count() > 0 {
            // Nobody listening any more is no error.
            let _ = self.events.send(Event::Changed);
            self.notify_status();
        }
    }

    fn notify_status(&self) {
        if self.events.receiver_count() == 0 {
            return;
        }
        match self.status() {
            Ok(status) => drop(self.events.send(Event::Status { status })),
            Err(e) => tracing::warn!(error = %e, "the status cannot be read"),
        }
    }
}
