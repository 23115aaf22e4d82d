//! Photos and voice notes on their way: up after the records, down when somebody looks.
//!
//! A flight of its own beside the records' one, and never in its way: between two parts it lets a sync under way end first. Every part
//! that the server confirmed is noted, so that a link that drops costs at most the part under way - and not even that, for the server
//! keeps what came of it.

use super::{
    SyncError,
    file_wire::{Download, Place},
    phone::Phone,
    wire::Wire,
};
use crate::engine::Upload;
use beehive_core::{DocId, FileHash};
use std::{collections::HashSet, time::Duration};

/// Bytes sent at once: on a slow link two minutes, on a good one a moment.
const PART: usize = 128 * 1024;
/// How many files in a row the server may fail on before the flight ends.
const MAX_FAILURES: u32 = 3;
/// How often in one flight an upload may be found elsewhere than believed.
const MAX_LOOKS: u32 = 5;
/// How long to stay away from an upload that somebody else still holds: mostly our own request of a moment ago, whose link broke before
/// the server noticed.
const STAND_BACK: Duration = Duration::from_millis(500);
/// How often a download is gone on with at once, as long as something arrived each time.
const MAX_RESUMED: u32 = 5;

/// What a flight of files did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FilesOutcome {
    /// Files that are at the server now, small pictures included.
    pub sent: u32,
    /// Photos and voice notes that still wait.
    pub left: u32,
    /// HTTP requests made.
    pub round_trips: u32,
    /// Bytes of request bodies.
    pub bytes_up: u64,
    /// Whether they wait because only Wi-Fi is wanted.
    pub paused: bool,
}

/// What became of one file.
enum Went {
    Delivered,
    /// Refused, or not to be sent from here: not to be tried again in this flight.
    Aside,
}

/// Sends what can be sent.
pub(super) async fn send(phone: &Phone, wire: &mut Wire, outcome: &mut FilesOutcome) -> Result<(), SyncError> {
    let mut tried: HashSet<(DocId, FileHash)> = HashSet::new();
    let (mut failures, mut failed) = (0, None);
    loop {
        let (may, _) = phone.on_store(|engine| engine.may_send_files()).await?;
        outcome.paused = !may;
        if !may {
            return Ok(());
        }
        let not = tried.clone();
        let Some(file) = phone.on_store(move |engine| engine.next_upload(&not)).await? else { return failed.map_or(Ok(()), Err) };
        tried.insert((file.doc, file.hash));
        match send_one(phone, wire, &file).await {
            Ok(Went::Delivered) => {
                outcome.sent += 1;
                failures = 0;
            }
            Ok(Went::Aside) => {}
            // This file alone, as far as one can tell: the others are not held up by it.
            // A stranger's word on one (a proxy that lets no large body through) is no reason to give up the others either.
            Err(e @ (SyncError::Server { status: 500, .. } | SyncError::BadAnswer(_))) if failures + 1 < MAX_FAILURES => {
                failures += 1;
                failed = Some(e);
            }
            Err(e) => return Err(e),
        }
    }
}

async fn send_one(phone: &Phone, wire: &mut Wire, file: &Upload) -> Result<Went, SyncError> {
    let (doc, hash) = (file.doc, file.hash);
    let Some(bytes) = &file.bytes else {
        // Cleaned up here and then lost at the server by a restore: all that can be done is to ask.
        let there = wire.has_file(&hash).await?;
        phone.on_store(move |engine| if there { engine.file_delivered(&doc, &hash) } else { engine.file_nowhere(&doc, &hash) }).await?;
        return Ok(if there { Went::Delivered } else { Went::Aside });
    };
    let mut looks = 0;
    let mut place = match &file.place {
        Some(name) => look(wire, name, bytes.len() as u64).await?,
        None => None,
    };
    loop {
        phone.records_first().await;
        let step = part(wire, file, bytes, place.take()).await;
        match step {
            Ok(at) if at.offset == bytes.len() as u64 => {
                phone.on_store(move |engine| engine.file_delivered(&doc, &hash)).await?;
                return Ok(Went::Delivered);
            }
            Ok(at) => {
                let (name, offset) = (at.name.clone(), at.offset);
                phone.on_store(move |engine| engine.file_sent(&doc, &hash, Some(name), offset)).await?;
                place = Some(at);
            }
            Err((at, e)) => match e.said() {
                // It is elsewhere than believed, has expired, or is held: look again, or begin again.
                code @ ("upload_offset" | "upload_unknown" | "upload_busy") if looks < MAX_LOOKS => {
                    looks += 1;
                    if code == "upload_busy" {
                        tokio::time::sleep(STAND_BACK * looks).await;
                    }
                    place = match at {
                        Some(name) => look(wire, &name, bytes.len() as u64).await?,
                        None => None,
                    };
                }
                "file_hash_differs" => {
                    if !phone.on_store(move |engine| engine.file_arrived_wrong(&doc, &hash)).await? {
                        return Ok(Went::Aside);
                    }
                }
                code @ ("file_not_named" | "file_too_large" | "bad_media" | "bad_upload") => {
                    let code = code.to_owned();
                    phone.on_store(move |engine| engine.file_refused(&doc, &hash, &code)).await?;
                    return Ok(Went::Aside);
                }
                _ => return Err(e),
            },
        }
    }
}

/// One request: the beginning of an upload with its first bytes, or the next part. A failure comes with the place it happened at.
async fn part(wire: &mut Wire, file: &Upload, bytes: &[u8], place: Option<Place>) -> Result<Place, (Option<String>, SyncError)> {
    let size = bytes.len() as u64;
    match place {
        None => {
            let first = bytes[..bytes.len().min(PART)].to_vec();
            wire.begin_upload(file, size, first).await.map_err(|e| (None, e))
        }
        Some(Place { name, offset }) => {
            let from = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            let part = bytes[from..bytes.len().min(from + PART)].to_vec();
            match wire.upload_part(&name, offset, part, size).await {
                Ok(offset) => Ok(Place { name, offset }),
                Err(e) => Err((Some(name), e)),
            }
        }
    }
}

async fn look(wire: &mut Wire, name: &str, size: u64) -> Result<Option<Place>, SyncError> {
    Ok(wire.upload_offset(name, size).await?.map(|offset| Place { name: name.to_owned(), offset }))
}

/// Fetches a file; goes on by range where it breaks, as long as something arrives.
pub(super) async fn fetch(wire: &mut Wire, hash: &FileHash) -> Result<(String, Vec<u8>), SyncError> {
    let mut got = Download::default();
    let mut resumed = 0;
    loop {
        let before = got.bytes.len();
        match wire.download(hash, &mut got).await {
            Ok(()) if got.whole => return Ok((got.media, got.bytes)),
            Ok(()) => return Err(SyncError::BadAnswer("a file without an end")),
            Err(e) if e.is_offline() && got.bytes.len() > before && resumed < MAX_RESUMED => resumed += 1,
            Err(e) => return Err(e),
        }
    }
}
