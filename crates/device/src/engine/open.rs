//! Opening: the store, the actor, the lookups, and what a salvaged store needs.

use super::{
    Inner, Link,
    held::Held,
    keep,
    reference::Reference,
    types::{Account, OpenOptions},
};
use crate::{
    api::{Connection, Event},
    store::{OpenError, Store, StoreError, actor, actor_file, change, document, meta, scope, streets::Home, want},
    surroundings::Surroundings,
};
use beehive_core::{ActorId, DocId, NodeId, sync::Digest};
use rusqlite::Connection as Db;
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicUsize},
    },
};
use tokio::sync::broadcast;

impl Inner {
    /// Opens one street's folder of a data folder.
    pub fn open(
        options: OpenOptions,
        home: &Home,
        folder: &str,
        surroundings: Arc<dyn Surroundings>,
        events: broadcast::Sender<Event>,
    ) -> Result<Self, OpenError> {
        let dir = home.path(folder);
        let now = options.clock.now();
        let open = || {
            let store = Store::open_locked(&dir, options.key.clone(), now, Arc::clone(&surroundings), home.lock())?;
            let prepared = prepare(&store, &dir, now)?;
            Ok((store, prepared))
        };
        let (store, (account, actor, reference)) = match open() {
            Err(OpenError::Damaged) => {
                // Met behind what proves the key: a closer look finds it, and salvages.
                Store::suspect(&dir);
                open()?
            }
            opened => opened?,
        };
        let link = Link { connection: Connection::Unknown, can_cut: false, cut: false, sent_now: 0 };
        Ok(Self {
            store,
            clock: options.clock,
            account: RwLock::new(account),
            reference: RwLock::new(Arc::new(reference)),
            actor: RwLock::new(actor),
            link: Mutex::new(link),
            turn: AtomicUsize::new(0),
            stuck: Mutex::default(),
            sending: Mutex::default(),
            metered: AtomicBool::new(false),
            events,
        })
    }
}

fn prepare(store: &Store, dir: &std::path::Path, now: i64) -> Result<(Option<Account>, ActorId, Reference), OpenError> {
    let on_disk = actor_file::read(dir).map_err(|source| OpenError::io(dir, source))?;
    let fresh = store.surroundings().fresh_actor().ok_or(OpenError::Random)?;
    let prepared = store.read(|conn| {
        let account: Option<Account> = meta::get_json(conn, meta::ACCOUNT)?;
        let stored = meta::get(conn, meta::ACTOR)?.and_then(|a| a.parse().ok());
        Ok((account, stored, meta::get(conn, meta::REBUILD)?))
    });
    let (account, stored, salvaged) = prepared?;
    let rebuild = salvaged.is_some();
    // A file that is missing or another's: this folder was restored or cloned, and must not write under the old name. After a salvage
    // nobody knows what was written last under it.
    let keep_actor = stored.is_some() && stored == on_disk && !rebuild;
    let actor = if keep_actor { stored.unwrap_or(fresh) } else { fresh };
    if !keep_actor || rebuild {
        let written = store.write(|tx| {
            set_actor(tx, &actor, account.as_ref())?;
            if rebuild {
                let reference = Reference::load(tx, account.as_ref(), now)?;
                rebuild_all(tx, &reference, now, stored)?;
                meta::remove(tx, meta::REBUILD)?;
            }
            Ok(())
        });
        written?;
        salvaged.map_or(Ok(()), |file| store.recount_damage(&file))?;
    }
    if !keep_actor {
        store.write_actor(&actor).map_err(|source| OpenError::io(dir, source))?;
    }
    let reproject = store.read(|conn| Ok(meta::get(conn, meta::REPROJECT)?.is_some()))?;
    if reproject {
        let written = store.write(|tx| {
            keep::project_all_again(tx, &Reference::load(tx, account.as_ref(), now)?)?;
            meta::remove(tx, meta::REPROJECT)
        });
        written?;
    }
    let reference = store.read(|conn| Reference::load(conn, account.as_ref(), now))?;
    Ok((account, actor, reference))
}

/// Makes an actor the one that writes from now on.
pub fn set_actor(conn: &Db, actor: &ActorId, account: Option<&Account>) -> Result<(), StoreError> {
    meta::set(conn, meta::ACTOR, &actor.to_string())?;
    if let Some(account) = account {
        actor::put(conn, actor, &account.member.id)?;
    }
    Ok(())
}

/// Makes all projections anew from the documents. What was salvaged without its document waits for the server to send it; what was
/// salvaged without its place in the outbox gets one again. `stored` is the name that wrote until now.
fn rebuild_all(conn: &Db, reference: &Reference, now: i64, stored: Option<ActorId>) -> Result<(), StoreError> {
    conn.execute("DELETE FROM matter", [])?;
    scope::clear_cursors(conn)?;
    let mine: HashSet<ActorId> = change::own_actors(conn)?.into_iter().chain(stored).collect();
    let (mut kept, mut lost) = (0u32, 0u32);
    for doc in document::all(conn)? {
        match rebuild_one(conn, reference, &doc, now, &mine) {
            Ok(()) => kept += 1,
            Err(e) => {
                lost += 1;
                tracing::warn!(%doc, error = %e, "a document cannot be read; its unsent changes stay in the outbox");
                document::remove(conn, &doc)?;
            }
        }
    }
    for doc in change::outbox_docs(conn)? {
        if !document::exists(conn, &doc)? && !rebuild_from_outbox(conn, reference, &doc)? {
            want::add(conn, &doc, &NodeId::default())?;
        }
    }
    tracing::info!(kept, lost, at = now, "projections made anew");
    Ok(())
}

fn rebuild_one(conn: &Db, reference: &Reference, doc: &DocId, now: i64, mine: &HashSet<ActorId>) -> Result<(), StoreError> {
    let row = document::get(conn, doc)?.ok_or(StoreError::Unreadable("document"))?;
    let held = Held::read(&row)?;
    let mut unsent = Digest::of(&change::outbox_hashes(conn, doc)?);
    unsent.join(&row.acked);
    if unsent != row.digest {
        // The outbox has lost some of what the server was not known to hold.
        keep::offer_all(conn, doc, &held, now, mine)?;
    }
    keep::keep_held(conn, reference, &held, &row.scope, 0)
}

/// A record begun here is whole in the outbox (or among the kept changes).
fn rebuild_from_outbox(conn: &Db, reference: &Reference, doc: &DocId) -> Result<bool, StoreError> {
    let mut held = Held::default();
    for row in change::kept_of(conn, doc)? {
        if held.admit(&row.bytes).is_err() {
            return Ok(false);
        }
    }
    if held.history().doc() != Some(*doc) {
        return Ok(false);
    }
    keep::keep_held(conn, reference, &held, &NodeId::default(), 0)?;
    Ok(true)
}
