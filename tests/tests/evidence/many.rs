//! A day's photos over a link that drops again and again: all of them arrive, nothing arrives twice, and what the phone says about each
//! is true at every moment.

use crate::{fetched, files, parts, photo, record, whole};
use anyhow::{Result, ensure};
use beehive_campaign::Portion;
use beehive_core::{DocId, FileHash};
use beehive_device::api::{FileState, FileView, Request};
use beehive_tests::{COLLEAGUE, Link, LocalPhone, Proxy, Server, WORKER, proxy::Way};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
};
use tokio::sync::broadcast::error::RecvError;

const EACH: u64 = 7;
/// The link drops after so many bytes from the phone: some two or three photos.
const DROPS_AFTER: u64 = 300_000;
/// What may have to be sent again at a drop: what was under way in sockets when the link went, and one request's head.
const LOST_AT_A_DROP: u64 = 128 * 1024;

/// What the phone says of each file, held against the server's disk and against what it said before.
#[derive(Default)]
struct Witness {
    delivered: HashSet<(DocId, FileHash)>,
    looks: u32,
}

impl Witness {
    fn look(&mut self, phone: &LocalPhone, server: &Server) -> Result<Vec<FileView>> {
        let said = files(phone)?;
        // Looked at afterwards: the server may know more than the phone says, never less.
        let (parts, whole) = (parts(server)?, whole(server)?);
        ensure!(said.iter().filter(|f| f.state == FileState::Sending).count() <= 1, "more than one is being sent");
        for file in &said {
            let there = whole.get(&file.hash.to_string());
            match file.state {
                FileState::Delivered => {
                    ensure!(there == Some(&file.size), "said to be at the server: {file:?}, there: {there:?}");
                    self.delivered.insert((file.id, file.hash));
                }
                FileState::Local | FileState::Sending => {
                    ensure!(!self.delivered.contains(&(file.id, file.hash)), "it was at the server before: {file:?}");
                    let so_far = there.is_some() || parts.iter().any(|length| *length >= file.sent);
                    ensure!(file.sent == 0 || so_far, "says more than came: {file:?}, {parts:?}");
                    ensure!(file.sent <= file.size && file.here, "{file:?}");
                }
                other => ensure!(false, "{other:?}: {file:?}"),
            }
        }
        self.looks += 1;
        Ok(said)
    }
}

#[test]
fn all_photos_arrive_once_and_every_state_is_true() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let a = LocalPhone::enrolled(&server, WORKER, proxy.address())?;
    let portion = Portion::or(0, 49);
    let count = portion.cases.div_ceil(EACH);
    let mut records = Vec::new();
    for n in 0..count {
        // One in seven is large enough for several parts.
        let photos = (0..EACH).map(|i| photo(portion.seed + n * EACH + i, if i == 0 { 720 } else { 240 })).collect::<Result<_>>()?;
        records.push(record(&a, &format!("第 {n} 处"), photos)?);
    }
    a.sync_all()?;
    let total: u64 = files(&a)?.iter().map(|f| f.size).sum();
    proxy.reset();

    let mut events = a.phone().subscribe();
    let (over, looks) = (AtomicBool::new(false), AtomicU32::new(0));
    let drops = std::thread::scope(|scope| -> Result<u64> {
        let watching = scope.spawn(|| -> Result<()> {
            // Whenever a screen would look: at each thing the phone says unasked.
            let mut witness = Witness::default();
            while !matches!(events.blocking_recv(), Err(RecvError::Closed)) && !over.load(Ordering::Relaxed) {
                witness.look(&a, &server)?;
                looks.store(witness.looks, Ordering::Relaxed);
            }
            Ok(())
        });
        let sent = send_all(&a, &proxy, &server);
        over.store(true, Ordering::Relaxed);
        // One more thing said, so that the watching ends.
        a.call(Request::Network { metered: false })?;
        watching.join().expect("the witness ends")?;
        sent
    })?;
    let passed = proxy.counts();
    eprintln!("{total} bytes of files; {drops} drops, {} bytes up in {} requests, {looks:?} looks", passed.up, passed.requests);
    assert!(drops * 2 > count, "only {drops} drops");
    assert!(u64::from(looks.into_inner()) > 20 * count, "hardly anybody looked");
    assert!(passed.up < total + total / 20 + drops * LOST_AT_A_DROP, "{passed:?}: more went up than was lost");

    // Once each: what the server holds is exactly what the phone made.
    let mine: BTreeMap<String, u64> = files(&a)?.iter().map(|f| (f.hash.to_string(), f.size)).collect();
    assert_eq!(mine.len() as u64, 2 * count * EACH, "originals and small pictures");
    assert_eq!(whole(&server)?, mine);
    assert!(parts(&server)?.is_empty(), "no half of anything is left");
    assert_eq!(server.json(&["doctor", "--json"])?["counts"]["files"], mine.len());

    let b = LocalPhone::enrolled(&server, COLLEAGUE, server.address())?;
    b.sync_all()?;
    let mut seen = HashMap::new();
    for id in records {
        for photo in b.show(id)?.attachments {
            let bytes = fetched(&b, photo.hash)?;
            assert_eq!(photo.hash.0, <[u8; 32]>::from(Sha256::digest(&bytes)));
            *seen.entry(photo.hash).or_insert(0) += 1;
        }
    }
    assert_eq!(seen.len() as u64, count * EACH);
    assert!(seen.values().all(|n| *n == 1));
    portion.report(count * EACH);
    Ok(())
}

/// Sends until nothing is left; answers how often the link dropped. Every third time it drops on the way back: the server has something
/// that the phone was not told of.
fn send_all(a: &LocalPhone, proxy: &Proxy, server: &Server) -> Result<u64> {
    let mut witness = Witness::default();
    let mut drops = 0;
    loop {
        proxy.heal();
        if drops % 3 == 2 {
            proxy.cut_after(Way::Down, 1_000)
        } else {
            proxy.cut_after(Way::Up, DROPS_AFTER)
        }
        let outcome = a.runtime().block_on(a.phone().send_files());
        let said = witness.look(a, server)?;
        ensure!(said.iter().all(|f| f.state != FileState::Sending), "nothing is being sent any more");
        let left = said.iter().filter(|f| !f.small && f.state != FileState::Delivered).count();
        ensure!(a.status()?.files.unsent as usize >= left, "the strip counts fewer than wait");
        match outcome {
            Ok(outcome) if !proxy.is_broken() => {
                ensure!((outcome.left, left) == (0, 0), "{outcome:?}");
                return Ok(drops);
            }
            Ok(outcome) => ensure!(false, "the link broke, yet: {outcome:?}"),
            Err(e) => ensure!(e.is_offline(), "{e}"),
        }
        drops += 1;
        ensure!(drops < 1_000, "there is always something left");
    }
}
