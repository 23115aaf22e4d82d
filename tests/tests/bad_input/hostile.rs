//! Bytes made to do harm, in both directions.

#[path = "../../../crates/core/tests/support/mutate.rs"]
mod mutate;

use super::ensure_well;
use anyhow::{Context, Result, ensure};
use beehive_core::{
    Document, Epoch,
    sync::{self, Batch, DocChanges, PROTOCOL, ScopePage, StandingState, SyncResponse, VerdictKind},
};
use beehive_tests::{COLLEAGUE, GRID, Link, LocalPhone, NOW, Phone, Proxy, Server, WORKER, http::RawDevice, work::Work};
use rand::{RngExt, SeedableRng, rngs::SmallRng};
use serde_bytes::ByteBuf;
use std::{
    collections::BTreeSet,
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex},
    thread,
};

/// Mutants pushed in all.
const MUTANTS: usize = 6_000;
/// Groups in one request.
const CROWD: usize = 150;

fn group(document: &Document, changes: impl IntoIterator<Item = Vec<u8>>) -> DocChanges {
    DocChanges { doc: document.id(), changes: changes.into_iter().map(ByteBuf::from).collect() }
}

/// An enrolled device pushes thousands of mutated changes, honest ones among them: the honest ones are stored, the server and its
/// documents stay well, and whoever downloads gets everything.
#[test]
fn mutated_changes_harm_neither_the_server_nor_their_neighbours() -> Result<()> {
    let mut server = Server::start()?;
    let device = RawDevice::enroll(&server, WORKER, "0102030405060720".parse()?)?;
    let (mut rng, mut work) = (SmallRng::seed_from_u64(31), Work::new(31));
    let documents = work.fill(&device, &GRID.into(), 40, 20)?;
    let known: Vec<Vec<u8>> = documents.iter().flat_map(|d| d.changes().into_iter().map(|(_, bytes)| bytes)).collect();
    let mut stored: BTreeSet<String> = documents.iter().map(|d| d.id().to_string()).collect();
    let mut refused = 0;
    for _ in 0..MUTANTS / CROWD {
        let honest = work.document(&device, &GRID.into(), true)?;
        let mut groups: Vec<DocChanges> = Vec::new();
        for _ in 0..CROWD {
            let document = &documents[rng.random_range(0..documents.len())];
            let own: Vec<Vec<u8>> = document.changes().into_iter().map(|(_, bytes)| bytes).collect();
            let victim = &own[rng.random_range(0..own.len())];
            let mutant = mutate::mutant(&mut rng, victim, &known);
            // Alone, after the changes it claims to build on, or as the beginning of a document of its own.
            match rng.random_range(0..3) {
                0 => groups.push(group(document, [mutant])),
                1 => groups.push(group(document, own.into_iter().chain([mutant]))),
                _ => groups.push(DocChanges {
                    doc: rng.random::<[u8; 16]>().to_vec().as_slice().try_into().map(beehive_core::DocId)?,
                    changes: vec![ByteBuf::from(mutant)],
                }),
            }
        }
        let place = rng.random_range(0..groups.len());
        groups.insert(place, group(&honest, honest.changes().into_iter().map(|(_, bytes)| bytes)));
        let answer = device.push(groups)?;
        ensure!(answer.verdicts.len() == CROWD + 1, "{} verdicts", answer.verdicts.len());
        assert_eq!(answer.verdicts[place].kind, VerdictKind::Stored, "an honest group among hostile ones");
        for verdict in &answer.verdicts {
            let refusal = matches!(verdict.kind, VerdictKind::Refused | VerdictKind::Held | VerdictKind::Forked | VerdictKind::NeedHistory);
            assert!(!refusal || verdict.code.as_deref().is_some_and(|c| c != "internal"), "{verdict:?}");
            refused += usize::from(refusal);
        }
        stored.insert(honest.id().to_string());
    }
    assert!(refused > MUTANTS / 2, "only {refused} of {MUTANTS} were refused");
    ensure_well(&mut server)?;
    let phone = LocalPhone::enrolled(&server, COLLEAGUE, server.address())?;
    phone.sync_all()?;
    let listed: BTreeSet<String> = phone.rows(&Default::default())?.iter().map(|r| r.id.to_string()).collect();
    assert!(stored.is_subset(&listed), "missing: {:?}", stored.difference(&listed));
    for id in &stored {
        phone.show(id.parse()?)?;
    }
    assert_eq!(phone.status()?.repaired, 0);
    Ok(())
}

/// A server that says whatever it is told to.
struct Liar {
    address: SocketAddr,
    says: Arc<Mutex<Vec<u8>>>,
}

impl Liar {
    fn start() -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, says) = (listener.local_addr()?, Arc::new(Mutex::new(Vec::new())));
        let answer = says.clone();
        // Ends with the test's process.
        thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut heard = Vec::new();
                let mut piece = [0; 4096];
                while !heard.windows(4).any(|w| w == b"\r\n\r\n") {
                    match stream.read(&mut piece) {
                        Ok(n) if n > 0 => heard.extend_from_slice(&piece[..n]),
                        _ => break,
                    }
                }
                let answer = answer.lock().map(|a| a.clone()).unwrap_or_default();
                let _ = stream.write_all(&answer);
                let _ = stream.shutdown(std::net::Shutdown::Write);
                // Until the phone is done, or its unread request would reset the connection under the answer.
                while matches!(stream.read(&mut piece), Ok(n) if n > 0) {}
            }
        });
        Ok(Self { address, says })
    }

    fn say(&self, bytes: Vec<u8>) -> Result<()> {
        *self.says.lock().map_err(|_| anyhow::anyhow!("the liar is gone"))? = bytes;
        Ok(())
    }
}

fn http(body: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.beehive.sync\r\nConnection: close\r\n";
    let mut answer = format!("{head}Content-Length: {}\r\n\r\n", body.len()).into_bytes();
    answer.extend_from_slice(body);
    answer
}

/// An answer whose last bytes do not come.
fn cut_off(mut answer: Vec<u8>) -> Vec<u8> {
    answer.truncate(answer.len() - 8_990);
    answer
}

/// Whatever comes instead of a server's answer, the phone keeps what it has and works on with an honest server.
#[test]
fn a_lying_server_cannot_harm_a_phone() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let phone = Phone::enrolled_with(&server.invite_by(WORKER, proxy.address())?)?;
    let id = phone.record("demand", "一件", &[])?;
    phone.sync()?;
    phone.set(&id, "detail", "还没送")?;
    let before = (phone.status()?.digest, phone.status()?.cursors, phone.show(&id)?);
    let liar = Liar::start()?;
    proxy.retarget(liar.address);
    let says: [(&str, Vec<u8>, i32, &str); 8] = [
        ("nothing", vec![], 3, "offline"),
        ("noise", vec![0x90; 2_000], 3, "offline"),
        ("a page", http(b"<html>\xe8\xaf\xb7\xe5\x85\x88\xe7\x99\xbb\xe5\xbd\x95</html>"), 1, "bad_answer"),
        ("a bomb", http(&sync::encode(&ByteBuf::from(vec![0; 300 << 20]), 1)?), 1, "bad_answer"),
        ("a giant array", http(&zstd::bulk::compress(&[0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0], 1)?), 1, "bad_answer"),
        ("less than announced", cut_off(http(&[0; 9_000])), 3, "offline"),
        ("a redirect", b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".to_vec(), 1, "bad_answer"),
        ("a head without end", [b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-Pad: y\r\n".repeat(200_000)].concat(), 3, "offline"),
    ];
    for (what, answer, exit, code) in says {
        liar.say(answer)?;
        let ran = phone.run(&["sync", "--json"])?;
        assert_eq!(ran.complaint(exit).context(what)?.code, code, "{what}");
        assert_eq!((phone.status()?.digest, phone.status()?.cursors, phone.show(&id)?), before, "{what}");
    }

    proxy.retarget(server.address());
    let outcome = phone.sync()?;
    assert_eq!((outcome.sent, outcome.refused, outcome.done), (1, 0, true));
    Ok(())
}

/// A server that sends mutated changes and broken snapshots in well-formed answers: nothing of them is taken in, nothing panics.
#[test]
fn mutated_changes_from_a_server_do_not_enter_a_phone() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let device = RawDevice::enroll(&server, WORKER, "0102030405060721".parse()?)?;
    let (mut rng, mut work) = (SmallRng::seed_from_u64(32), Work::new(32));
    let documents = work.fill(&device, &GRID.into(), 10, 10)?;
    let known: Vec<Vec<u8>> = documents.iter().flat_map(|d| d.changes().into_iter().map(|(_, bytes)| bytes)).collect();
    let phone = LocalPhone::enrolled(&server, COLLEAGUE, proxy.address())?;
    phone.sync_all()?;
    let before = phone.status()?;
    let epoch: Epoch = before.epoch.context("an epoch")?;
    let cursor = *before.cursors.get(&GRID.into()).context("a cursor")?;
    let liar = Liar::start()?;
    proxy.retarget(liar.address);
    for round in 0..60 {
        let mut groups = Vec::new();
        while groups.len() < 20 {
            let document = &documents[rng.random_range(0..documents.len())];
            let victim = &known[rng.random_range(0..known.len())];
            let mutant = mutate::mutant(&mut rng, victim, &known);
            // Whatever the gate lets in is a change like any other; here only what it keeps out counts.
            if document.clone().admit(&mutant).is_err() {
                groups.push(group(document, [mutant]));
            }
        }
        let page =
            ScopePage { scope: GRID.into(), cursor, batch: Batch::raw(groups), evict: vec![], digest: None, numbers: vec![], late: vec![] };
        let response = SyncResponse {
            v: PROTOCOL,
            epoch,
            time: NOW,
            standing: StandingState::Ok,
            verdicts: vec![],
            scopes: vec![page],
            bootstrap: vec![],
            gone: vec![],
            docs: vec![],
            missing: vec![],
            reference: vec![],
            actors: vec![],
            decided: vec![],
            rescue_key: None,
            more: false,
        };
        liar.say(http(&sync::encode(&response, 1)?))?;
        // It may complain or not; what it holds is what counts.
        let _ = phone.sync();
        assert_eq!(phone.status()?.digest, before.digest, "round {round}");
    }
    proxy.retarget(server.address());
    phone.sync_all()?;
    let after = phone.status()?;
    assert_eq!((after.digest, after.unsent, after.refused), (before.digest, 0, 0));
    for document in &documents {
        assert_eq!(phone.show(document.id())?.digest, document.history().digest().to_string());
    }
    Ok(())
}
