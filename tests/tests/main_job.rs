//! The product's main job with real parts: two phones and a server, no signal, records, signal, the merged result on both.

use anyhow::{Context, Result, ensure};
use beehive_core::DocId;
use beehive_tests::{
    BUILDING, COLLEAGUE, GRID, LEAD, Link, LocalPhone, Phone, Proxy, Server, WORKER,
    http::RawDevice,
    picture,
    work::{EDITS, NEW, Work},
};
use std::fs;

/// A worker and the grid's leader, both enrolled.
fn two_phones(server: &Server) -> Result<(Phone, Phone)> {
    Ok((Phone::enrolled(server, WORKER)?, Phone::enrolled(server, LEAD)?))
}

/// Sends what A has, then what B has, then gives A what B had.
fn sync_both(a: &Phone, b: &Phone) -> Result<()> {
    for phone in [a, b, a] {
        let outcome = phone.sync()?;
        ensure!(outcome.done && outcome.refused == 0, "{outcome:?}");
    }
    Ok(())
}

/// Both phones show the same of every record, and hold the same.
fn ensure_same(a: &Phone, b: &Phone, ids: &[String]) -> Result<()> {
    for id in ids {
        assert_eq!(a.show(id)?, b.show(id)?, "{id}");
    }
    let (a, b) = (a.status()?, b.status()?);
    assert_eq!((a.unsent, b.unsent), (0, 0));
    assert_eq!(a.digest, b.digest);
    assert_eq!((a.repaired, b.repaired), (0, 0), "a digest differed from the server's on the way");
    Ok(())
}

/// The issue's scenario: five records made while there is no server arrive on both phones, in one round trip each.
#[test]
fn records_made_without_a_server_reach_both_phones() -> Result<()> {
    let mut server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let a = Phone::enrolled_with(&server.invite_by(WORKER, proxy.address())?)?;
    let b = Phone::enrolled_with(&server.invite_by(LEAD, proxy.address())?)?;
    server.stop()?;

    let photo = a.data().join("photo.jpg");
    fs::write(&photo, picture::jpeg(7, 320, 240)?)?;
    let photo = photo.to_str().context("a path")?;
    let mut ids = vec![
        a.record("demand", "陈大爷要人帮忙买菜", &["--building", BUILDING, "--unit", "1", "--door", "402", "--asker", "陈大爷"])?,
        a.record("demand", "想问医保怎么报", &["--detail", "上次去社区没问清楚", "--category", "care"])?,
        a.record("demand", "孩子放学没人接", &["--urgency", "soon"])?,
        a.record("finding", "五楼过道堆了旧沙发", &["--building", BUILDING, "--photo", photo])?,
    ];
    ids.push(b.record("request", "楼上漏水到楼下", &["--building", BUILDING, "--unit", "2"])?);
    assert_eq!(a.show(&ids[0])?["facts"]["title"][0]["value"], "陈大爷要人帮忙买菜", "it can be read before there is signal");

    for (phone, held) in [(&a, 4), (&b, 1)] {
        let complaint = phone.run(&["sync", "--json"])?.complaint(3)?;
        assert_eq!(complaint.code, "offline");
        let status = phone.status()?;
        assert_eq!((status.unsent, status.connection.as_str()), (held, "unknown"), "nothing is lost, nothing is claimed");
    }

    server.run()?;
    for (phone, sent, received) in [(&a, 4, 0), (&b, 1, 4), (&a, 0, 1)] {
        proxy.reset();
        let outcome = phone.sync_records()?;
        assert_eq!((outcome.sent, outcome.received, outcome.refused, outcome.done), (sent, received, 0, true));
        assert_eq!((outcome.round_trips, proxy.counts().requests), (1, 1), "one round trip, as the link saw it");
    }
    ensure_same(&a, &b, &ids)?;
    for (id, kind) in ids.iter().zip(["demand", "demand", "demand", "finding", "request"]) {
        assert_eq!(b.show(id)?["kind"], kind);
    }
    let photo = &b.show(&ids[3])?["attachments"][0];
    assert_eq!(photo["media"], "image/jpeg");
    assert_eq!(photo["size"], a.show(&ids[3])?["attachments"][0]["size"]);
    let mut listed = b.list()?;
    listed.sort();
    ids.sort();
    assert_eq!(listed, ids);
    Ok(())
}

/// Two people wrote one fact: both values stand on both phones, and whoever chooses whichever settles it everywhere.
#[test]
fn two_values_stand_until_one_is_chosen() -> Result<()> {
    let server = Server::start()?;
    let (a, b) = two_phones(&server)?;
    let variants = [(&a, "从甲"), (&a, "从乙"), (&b, "从甲"), (&b, "从乙")];
    let ids: Vec<String> = (1..=4).map(|n| a.record("demand", &format!("{n} 号路灯不亮"), &[])).collect::<Result<_>>()?;
    sync_both(&a, &b)?;
    for id in &ids {
        a.set(id, "title", "从甲")?;
        b.set(id, "title", "从乙")?;
    }
    sync_both(&a, &b)?;
    ensure_same(&a, &b, &ids)?;
    for id in &ids {
        let mut values = a.values(id, "title")?;
        values.sort();
        assert_eq!(values, ["从乙", "从甲"], "both are kept and shown");
        assert!(a.show(id)?["facts"]["title"][0]["by"].is_string(), "each with who wrote it");
    }
    assert_eq!((a.status()?.attention, b.status()?.attention), (4, 4));

    for (id, (phone, value)) in ids.iter().zip(variants) {
        phone.set(id, "title", value)?;
        assert_eq!(phone.values(id, "title")?, [value]);
    }
    sync_both(&a, &b)?;
    ensure_same(&a, &b, &ids)?;
    for (id, (_, value)) in ids.iter().zip(variants) {
        assert_eq!(b.values(id, "title")?, [value], "settled everywhere");
    }
    assert_eq!((a.status()?.attention, b.status()?.attention), (0, 0));
    Ok(())
}

/// Edits of different facts and events made at the same time all hold, in one order on both phones.
#[test]
fn disjoint_edits_merge() -> Result<()> {
    let server = Server::start()?;
    let (a, b) = two_phones(&server)?;
    let id = a.record("finding", "门禁坏了", &["--building", BUILDING])?;
    sync_both(&a, &b)?;
    a.set(&id, "detail", "刷卡没反应")?;
    a.act(&id, "step", &["--note", "已联系物业"])?;
    b.set(&id, "urgency", "urgent")?;
    b.act(&id, "accept", &["--args", r#"{"path":"now"}"#])?;
    b.act(&id, "assign", &["--args", &format!(r#"{{"to":"{WORKER}"}}"#)])?;
    sync_both(&a, &b)?;
    ensure_same(&a, &b, std::slice::from_ref(&id))?;
    let shown = b.show(&id)?;
    assert_eq!((a.values(&id, "detail")?, a.values(&id, "urgency")?), (vec!["刷卡没反应".to_owned()], vec!["urgent".to_owned()]));
    assert_eq!((shown["path"].as_str(), shown["assignees"][0].as_str()), (Some("now"), Some(WORKER)));
    assert_eq!(shown["needs_eyes"].as_array().map(Vec::len), Some(0));
    let mut done: Vec<&str> = shown["timeline"].as_array().context("a timeline")?.iter().filter_map(|t| t["what"].as_str()).collect();
    done.sort_unstable();
    assert_eq!(done, ["accept", "assign", "created", "step"]);
    Ok(())
}

/// Two characters are the commonest search in Chinese, and one fewer than a trigram needs.
#[test]
fn chinese_is_found_by_two_and_by_more_characters() -> Result<()> {
    let server = Server::start()?;
    let (a, b) = two_phones(&server)?;
    let shop = a.record("demand", "陈大爷要人帮忙买菜", &["--detail", "腿脚不方便，每周两次", "--building", BUILDING])?;
    let lamp = a.record("finding", "三楼声控灯不亮", &["--building", BUILDING])?;
    sync_both(&a, &b)?;
    for phone in [&a, &b] {
        for (words, found) in [
            ("买菜", vec![&shop]),
            ("灯", vec![&lamp]),
            ("陈大爷", vec![&shop]),
            ("声控灯", vec![&lamp]),
            ("帮忙买菜", vec![&shop]),
            ("不方便", vec![&shop]),
            ("买车", vec![]),
            ("大爷买", vec![]),
            ("%", vec![]),
            ("\"", vec![]),
        ] {
            assert_eq!(phone.search(words)?.iter().collect::<Vec<_>>(), found, "{words}");
        }
    }
    a.set(&lamp, "title", "三楼走道太黑")?;
    assert_eq!(a.search("走道")?, [lamp]);
    assert!(a.search("声控灯")?.is_empty(), "what no longer stands is no longer found");
    Ok(())
}

/// A worker's whole day without signal, 40 new records and 60 edits, goes up in one request, and comes down elsewhere in one.
#[test]
fn an_offline_day_is_one_round_trip() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let a = LocalPhone::enrolled(&server, WORKER, proxy.address())?;
    let b = LocalPhone::enrolled(&server, COLLEAGUE, proxy.address())?;
    let mut work = Work::new(1);
    let buildings = a.buildings()?;
    let known: Vec<DocId> = (0..30).map(|_| a.record(work.record(&buildings))).collect::<Result<_>>()?;
    a.sync_all()?;
    b.sync_all()?;

    let made = work.day(&a, &known)?;
    proxy.reset();
    let outcome = a.sync()?;
    let counts = proxy.reset();
    assert_eq!((outcome.sent, outcome.refused, outcome.done), ((NEW + EDITS) as u32, 0, true));
    assert_eq!((outcome.round_trips, counts.requests), (1, 1));
    let outcome = b.sync()?;
    assert_eq!((outcome.received, outcome.round_trips, proxy.counts().requests), ((NEW + EDITS) as u32, 1, 1));
    assert_eq!(a.status()?.digest, b.status()?.digest);
    for id in known.iter().chain(&made) {
        assert_eq!(a.show(*id)?.digest, b.show(*id)?.digest);
    }
    Ok(())
}

/// A phone that joins when the packs made for the first one are a little behind gets everything with its first sync.
#[test]
fn a_phone_that_joins_later_gets_everything_at_once() -> Result<()> {
    let server = Server::start()?;
    let mut work = Work::new(3);
    let device = RawDevice::enroll(&server, WORKER, "0102030405060709".parse()?)?;
    work.fill(&device, &GRID.into(), 300, 60)?;
    let first = LocalPhone::enrolled(&server, LEAD, server.address())?;
    let buildings = first.buildings()?;
    for n in 1..=12 {
        first.record(work.record(&buildings[..1]))?;
        first.sync()?;
        let late = LocalPhone::new()?;
        late.enroll(&server.invite(COLLEAGUE)?)?;
        let outcome = late.sync()?;
        assert!(outcome.done, "{outcome:?}");
        assert_eq!(late.rows(&Default::default())?.len(), 300 + n);
        assert_eq!(late.status()?.digest, first.status()?.digest);
    }
    Ok(())
}

/// With 1,000 documents known and nothing new, a sync is one request and at most 1 KB in both directions, HTTP heads included.
#[test]
fn nothing_to_do_costs_almost_nothing() -> Result<()> {
    let server = Server::start()?;
    let proxy = Proxy::start(server.address(), Link::default())?;
    let mut work = Work::new(2);
    let device = RawDevice::enroll(&server, WORKER, "0102030405060708".parse()?)?;
    let documents = work.fill(&device, &GRID.into(), 1_000, 200)?;
    let phone = LocalPhone::enrolled(&server, COLLEAGUE, proxy.address())?;
    phone.sync_all()?;
    assert_eq!(phone.rows(&Default::default())?.len(), 1_000);
    let held = phone.show(documents[17].id())?;
    assert_eq!(held.digest, documents[17].history().digest().to_string());

    let before = phone.status()?;
    proxy.reset();
    let outcome = phone.sync()?;
    let counts = proxy.counts();
    assert_eq!((outcome.round_trips, counts.requests, outcome.sent + outcome.received, outcome.done), (1, 1, 0, true));
    assert!(counts.up + counts.down <= 1_024, "{counts:?}");
    assert_eq!(phone.status()?.digest, before.digest);
    Ok(())
}
