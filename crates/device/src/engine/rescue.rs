//! The rescue file of this phone: everything that the server has not acknowledged, sealed for the street's server.

use super::{Inner, authored::Authored, evidence::is_confirmed, held::Held, reference::Reference, words::error};
use crate::{
    api::{ApiError, RescueSummary},
    store::{PHONE, StoreError, attachment, change, content, document, draft, file, meta, refused},
};
use beehive_core::{
    ActorId, ChangeHash, DocId, FileHash,
    rescue::{Head, MAX_FILES, Rescue, RescueDoc, RescueDraft, RescueError, RescueFile, RescueKey, RescueRefused, pack, seal},
    sync::encode,
};
use crypto_box::aead::OsRng;
use rusqlite::Connection;
use serde_bytes::ByteBuf;
use sha2::{Digest as _, Sha256};
use std::{collections::BTreeSet, fs};

/// The most bytes of photos and voice in one file: what a phone has in memory at once, and a chat or a cable carries.
const MAX_FILE_BYTES: u64 = 64 * 1024 * 1024;

/// How a file of damaged files begins; one frame follows: names and bytes.
const DAMAGED_MAGIC: &[u8] = b"BEEHIVE-DAMAGED\n\x01";

/// What the outbox holds of the records, and whose names it was written under.
struct Unsent {
    docs: Vec<RescueDoc>,
    actors: BTreeSet<ActorId>,
}

impl Inner {
    /// The file: its name, its bytes, and what is in it.
    pub fn rescue(&self) -> Result<(String, Vec<u8>, RescueSummary), ApiError> {
        let Some(account) = self.account() else { return self.damaged_files().map_err(|e| e.api()) };
        let reference = self.reference();
        let now = self.clock.now();
        let read = self.store.read(|conn| {
            let key = meta::get(conn, meta::RESCUE_KEY)?.and_then(|key| key.parse::<RescueKey>().ok());
            let epoch = meta::get(conn, meta::EPOCH)?.and_then(|epoch| epoch.parse().ok());
            Ok((key, epoch, unsent(conn)?, not_taken(conn, &reference)?, drafts(conn)?))
        });
        let (key, epoch, unsent, (not_taken, refused), drafts) = read.map_err(|e| e.api())?;
        let key = key.ok_or_else(|| {
            error("no_rescue_key", "这台手机还没有拿到街道的保险钥匙，存不了。记录都还在这台手机里。", "请到有信号的地方同步一次，再来存。")
        })?;
        let (files, photos, left_out) = self.rescue_files().map_err(|e| e.api())?;
        let head = Head {
            device: account.device,
            member: account.member.id.clone(),
            tenant: account.tenant.clone(),
            street_id: account.street,
            epoch,
            at: now,
            program: env!("CARGO_PKG_VERSION").to_owned(),
            actors: unsent.actors.into_iter().collect(),
        };
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let mut summary = RescueSummary {
            records: count(unsent.docs.len()),
            refused,
            held: count(not_taken.len()).saturating_sub(refused),
            drafts: count(drafts.len()),
            photos,
            left_out,
            damaged: 0,
            bytes: 0,
        };
        let rescue = Rescue { head, docs: unsent.docs, refused: not_taken, drafts, files };
        // The server keeps the hash of the credential, and so can tell who made the file; a finder can tell nothing.
        let mark: [u8; 32] = Sha256::digest(account.credential.reveal().as_bytes()).into();
        let sealed = pack(&rescue, &mark).and_then(|packed| seal(&mut OsRng, &key, &packed)).map_err(failed)?;
        summary.bytes = sealed.len() as u64;
        Ok((format!("beehive-{}-{}.rescue", account.member.id, stamp(now)), sealed, summary))
    }

    /// For a phone that does not know its street any more: the damaged files as they are and what was read of them, in one file. They stay
    /// encrypted with this phone's key, so only somebody who has both can look for more in them.
    fn damaged_files(&self) -> Result<(String, Vec<u8>, RescueSummary), StoreError> {
        let damages = self.store.damages();
        if damages.is_empty() {
            return Err(StoreError::NotEnrolled);
        }
        let (mut files, mut room, mut summary) = (Vec::new(), MAX_FILE_BYTES, RescueSummary::default());
        let named =
            damages.iter().flat_map(|d| [d.file.clone(), format!("{}-wal", d.file), d.file.replacen(".aside-", ".first.aside-", 1)]);
        for name in named.chain([PHONE, "phone.db-wal", "phone.db.first", "streets.json"].map(str::to_owned)) {
            let path = self.store.dir().join(&name);
            let Ok(size) = fs::metadata(&path).map(|meta| meta.len()) else { continue };
            let counts = u32::from(damages.iter().any(|d| d.file == name));
            if size > room {
                summary.left_out += counts;
                continue;
            }
            room -= size;
            summary.damaged += counts;
            files.push((name, ByteBuf::from(fs::read(path)?)));
        }
        let mut bytes = DAMAGED_MAGIC.to_vec();
        bytes.extend(encode(&files, 3)?);
        summary.bytes = bytes.len() as u64;
        Ok((format!("beehive-{}.damaged", stamp(self.clock.now())), bytes, summary))
    }

    /// Photos and voice notes with their small pictures, the newest first, as far as there is room; how many photos and notes that are, and
    /// how many were left out.
    fn rescue_files(&self) -> Result<(Vec<RescueFile>, u32, u32), StoreError> {
        // What the server has confirmed, or gave to this phone, needs no rescue: fetched to be looked at, it would only take the room.
        let settled = self.store.read(attachment::settled)?;
        self.store.files(|conn| {
            let (mut files, mut room, mut photos, mut left_out) = (Vec::new(), MAX_FILE_BYTES, 0, 0);
            for row in file::rows(conn)?.into_iter().filter(|row| !is_confirmed(&settled, row).unwrap_or(row.about.fetched)) {
                let counts = u32::from(!row.about.small);
                if row.size > room || files.len() >= MAX_FILES {
                    left_out += counts;
                    continue;
                }
                room -= row.size;
                photos += counts;
                files.extend(rescue_file(conn, row.hash)?);
            }
            Ok((files, photos, left_out))
        })
    }
}

fn rescue_file(conn: &Connection, hash: FileHash) -> Result<Option<RescueFile>, StoreError> {
    Ok(file::get(conn, &hash)?.map(|(media, bytes)| RescueFile { hash, media, bytes }))
}

fn failed(e: RescueError) -> ApiError {
    let (message, hint) = super::words::split_sentence(e.sentence());
    error(e.code(), message, hint)
}

/// For the file's name: the day, by UTC, and the seconds of it, so that two files never have one name.
fn stamp(now: i64) -> String {
    chrono::DateTime::from_timestamp(now, 0).map_or_else(|| now.to_string(), |t| t.format("%Y%m%d-%H%M%S").to_string())
}

fn unsent(conn: &Connection) -> Result<Unsent, StoreError> {
    let (mut docs, mut actors) = (Vec::new(), BTreeSet::new());
    for doc in change::outbox_docs(conn)? {
        let outbox = change::outbox_of(conn, &doc)?;
        actors.extend(outbox.iter().filter(|c| c.own).map(|c| c.actor));
        let sent: BTreeSet<ChangeHash> = outbox.iter().map(|c| c.hash).collect();
        let changes = outbox.into_iter().map(|c| ByteBuf::from(c.bytes)).collect();
        docs.push(RescueDoc { doc, changes, history: history(conn, &doc, &sent)? });
    }
    Ok(Unsent { docs, actors })
}

/// The whole history of a record, unless the outbox is all of it. A record that cannot be read keeps nothing else back.
fn history(conn: &Connection, doc: &DocId, sent: &BTreeSet<ChangeHash>) -> Result<Vec<ByteBuf>, StoreError> {
    let Some(row) = document::get(conn, doc)? else { return Ok(Vec::new()) };
    let Ok(held) = Held::read(&row) else {
        tracing::warn!(%doc, "a record cannot be read; its unsent changes go without its history");
        return Ok(Vec::new());
    };
    if held.changes().all(|(hash, _)| sent.contains(hash)) {
        return Ok(Vec::new());
    }
    Ok(held.changes().map(|(_, bytes)| ByteBuf::from(bytes.to_vec())).collect())
}

/// Refused and held work; of what was put away only the words go along. Answers also how many are refused.
fn not_taken(conn: &Connection, reference: &Reference) -> Result<(Vec<RescueRefused>, u32), StoreError> {
    let (mut entries, mut refused_count) = (Vec::new(), 0);
    for (row, put_away) in refused::unsettled(conn)? {
        let authored: Vec<Authored> = serde_json::from_str(&row.authored).unwrap_or_default();
        let held = row.code == refused::HELD;
        refused_count += u32::from(!held);
        let changes =
            if put_away { Vec::new() } else { content::split(&row.changes)?.into_iter().map(|c| ByteBuf::from(c.to_vec())).collect() };
        let says = authored.iter().flat_map(|a| a.says(reference)).collect();
        entries.push(RescueRefused { doc: row.doc, code: row.code, held, at: row.at, title: row.title, says, changes });
    }
    Ok((entries, refused_count))
}

fn drafts(conn: &Connection) -> Result<Vec<RescueDraft>, StoreError> {
    Ok(draft::all(conn)?.into_iter().map(|(id, at, body)| RescueDraft { id, at, body }).collect())
}
