//! A link that breaks at an exact byte, in either direction: the exchange is repeated, the result is the same, and nothing is there twice.

use anyhow::{Result, ensure};
use beehive_core::DocId;
use beehive_device::api::StatusView;
use beehive_tests::{
    COLLEAGUE, GRID, Link, LocalPhone, Proxy, Server, WORKER,
    http::RawDevice,
    proxy::Way,
    work::{EDITS, NEW, Work},
};

/// Two phones with documents in common; the first is behind the link that breaks.
struct Scene {
    server: Server,
    proxy: Proxy,
    a: LocalPhone,
    b: LocalPhone,
    work: Work,
    known: Vec<DocId>,
}

impl Scene {
    fn new(seed: u64) -> Result<Self> {
        let server = Server::start()?;
        let proxy = Proxy::start(server.address(), Link::default())?;
        let a = LocalPhone::enrolled(&server, WORKER, proxy.address())?;
        let b = LocalPhone::enrolled(&server, COLLEAGUE, server.address())?;
        let mut work = Work::new(seed);
        let buildings = a.buildings()?;
        let known: Vec<DocId> = (0..10).map(|_| a.record(work.record(&buildings))).collect::<Result<_>>()?;
        a.sync_all()?;
        b.sync_all()?;
        Ok(Self { server, proxy, a, b, work, known })
    }

    /// One thing to send and one to fetch; answers the new record.
    fn a_little(&mut self, i: usize) -> Result<DocId> {
        let id = self.known[i % self.known.len()];
        self.b.call(self.work.edit(id))?;
        self.b.sync()?;
        let buildings = self.a.buildings()?;
        self.a.record(self.work.record(&buildings))
    }

    /// Both phones and the server hold the same, each thing once.
    fn ensure_settled(&self, records: usize) -> Result<()> {
        self.a.sync_all()?;
        self.b.sync_all()?;
        let (a, b) = (self.a.status()?, self.b.status()?);
        assert_eq!((a.unsent, b.unsent), (0, 0));
        assert_eq!(a.digest, b.digest);
        assert_eq!((a.repaired, b.repaired), (0, 0), "a digest differed from the server's on the way");
        // Whoever comes new gets exactly that from the server.
        let fresh = LocalPhone::enrolled(&self.server, COLLEAGUE, self.server.address())?;
        fresh.sync_all()?;
        for phone in [&self.a, &self.b, &fresh] {
            let rows = phone.rows(&Default::default())?;
            assert_eq!(rows.len(), records);
            for row in rows {
                let (mine, theirs) = (phone.show(row.id)?, self.a.show(row.id)?);
                assert_eq!((mine.digest, mine.timeline.len()), (theirs.digest, theirs.timeline.len()), "{}", row.id);
            }
        }
        assert_eq!(fresh.status()?.digest, a.digest);
        Ok(())
    }
}

/// What an exchange that failed must not have changed. (The link itself may be shown as lost.)
fn held(s: &StatusView) -> (u32, u32, String, String) {
    (s.unsent, s.refused, s.digest.clone(), format!("{:?}", s.cursors))
}

/// Every single byte of an answer that carries a verdict and a change: cut there, nothing has happened on the phone; at the end of it
/// all, everything is there once.
#[test]
fn an_answer_cut_at_any_byte_leaves_the_phone_as_it_was() -> Result<()> {
    let mut scene = Scene::new(11)?;
    scene.a_little(0)?;
    let before = held(&scene.a.status()?);
    let mut cuts = 0;
    loop {
        scene.proxy.heal();
        scene.proxy.cut_after(Way::Down, cuts);
        let outcome = scene.a.sync();
        if !scene.proxy.is_broken() {
            let outcome = outcome?;
            // The first attempt's push had arrived: what the server has already it does not count again.
            assert_eq!((outcome.sent, outcome.received, outcome.done), (0, 1, true));
            break;
        }
        ensure!(outcome.is_err(), "cut at {cuts}, yet: {outcome:?}");
        assert_eq!(held(&scene.a.status()?), before, "cut at {cuts}");
        cuts += 1;
    }
    assert!(cuts > 200, "only {cuts} bytes were tried");
    scene.proxy.heal();
    scene.ensure_settled(11)
}

/// The answer to an enrolment is lost, at every sixteenth byte and at its very end: the same invitation, tried again, is not spent, and
/// the server knows one device.
#[test]
fn an_enrolment_whose_answer_is_lost_is_asked_for_again_with_the_same_invitation() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    for cut in (0..).step_by(16) {
        let invitation = server.invite_by(WORKER, proxy.address())?;
        let phone = LocalPhone::new()?;
        proxy.cut_after(Way::Down, cut);
        let first = phone.enroll(&invitation);
        let lost = proxy.is_broken();
        proxy.heal();
        if !lost {
            first?;
            ensure!(cut > 300, "only {cut} bytes were tried");
            break;
        }
        ensure!(first.is_err(), "cut at {cut}, yet enrolled");
        phone.enroll(&invitation)?;
        phone.sync()?;
        // Not each time: who tries many codes is slowed down.
        assert!(cut % 64 != 0 || LocalPhone::new()?.enroll(&invitation).is_err(), "another phone with the same invitation");
        let devices = server.json(&["devices", "--json"])?.as_array().map(Vec::len);
        assert_eq!(devices, Some(cut as usize / 16 + 1));
    }
    Ok(())
}

/// Cut at a byte, repeated at once: the result is that of an exchange that was never cut.
#[test]
fn an_exchange_cut_and_repeated_gives_the_same_result() -> Result<()> {
    let mut scene = Scene::new(12)?;
    let mut records = 10;
    for (i, at) in (0..60).map(|i| (i, i as u64 * 37)) {
        let way = if i % 2 == 0 { Way::Down } else { Way::Up };
        scene.a_little(i)?;
        records += 1;
        scene.proxy.cut_after(way, at);
        let first = scene.a.sync();
        let cut = scene.proxy.is_broken();
        scene.proxy.heal();
        let outcome = match (first, cut) {
            (Ok(outcome), false) => outcome,
            (Err(_), true) => scene.a.sync()?,
            other => panic!("{way:?} cut at {at}: {other:?}"),
        };
        // Where the first attempt's push had arrived, the server has nothing new from this phone the second time.
        assert!(outcome.sent == 1 || (cut && way == Way::Down && outcome.sent == 0), "{way:?} cut at {at}: {outcome:?}");
        assert_eq!((outcome.received, outcome.refused, outcome.round_trips, outcome.done), (1, 0, 1, true), "{way:?} cut at {at}");
        assert_eq!(scene.a.status()?.unsent, 0);
    }
    scene.ensure_settled(records)
}

/// A whole offline day, cut on its way up and its answer on the way down, at places all along.
#[test]
fn an_offline_day_survives_cuts_all_along() -> Result<()> {
    let mut scene = Scene::new(13)?;
    let known = scene.known.clone();
    scene.work.day(&scene.a, &known)?;
    scene.work.day(&scene.b, &known)?;
    scene.b.sync()?;
    let before = held(&scene.a.status()?);
    // Both days are more than 18 KB on the wire, so every one of these cuts hits.
    for (way, at) in [Way::Up, Way::Down].into_iter().flat_map(|way| (0..24).map(move |i| (way, i * 751 + 7))) {
        scene.proxy.cut_after(way, at);
        let outcome = scene.a.sync();
        ensure!(scene.proxy.is_broken() && outcome.is_err(), "{way:?} cut at {at}: {outcome:?}");
        assert_eq!(held(&scene.a.status()?), before, "{way:?} cut at {at}");
        scene.proxy.heal();
    }
    let outcome = scene.a.sync()?;
    assert_eq!((outcome.received, outcome.refused, outcome.round_trips, outcome.done), ((NEW + EDITS) as u32, 0, 1, true));
    let status = scene.a.status()?;
    assert_eq!((status.unsent, status.refused), (0, 0));
    scene.ensure_settled(10 + 2 * NEW)
}

/// A first download that breaks again and again goes on where it broke, and ends the same.
#[test]
fn a_first_download_is_resumed() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let mut work = Work::new(14);
    let device = RawDevice::enroll(&server, WORKER, "0102030405060709".parse()?)?;
    work.fill(&device, &GRID.into(), 300, 60)?;
    let whole = LocalPhone::enrolled(&server, COLLEAGUE, proxy.address())?;
    whole.sync_all()?;
    let size = proxy.reset().down;
    let digest = whole.status()?.digest;

    // Every try asks anew for the lines of open records, so the finest step leaves room for them and a part of a pack.
    for step in [size / 3, size / 7, size / 10] {
        let phone = LocalPhone::new()?;
        phone.enroll(&server.invite_by(COLLEAGUE, proxy.address())?)?;
        proxy.reset();
        let mut breaks = 0;
        loop {
            proxy.heal();
            proxy.cut_after(Way::Down, step);
            match phone.sync() {
                Ok(outcome) if outcome.done => break,
                _ => breaks += 1,
            }
            ensure!(breaks < 60, "it never ends, {step} bytes at a time of {size}");
        }
        proxy.heal();
        phone.sync_all()?;
        assert!(breaks >= 1);
        assert_eq!((phone.rows(&Default::default())?.len(), phone.status()?.digest), (300, digest.clone()));
        let down = proxy.reset().down;
        assert!(down < size * 2, "{down} bytes for a download of {size} with {breaks} breaks");
    }
    Ok(())
}
