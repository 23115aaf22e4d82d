//! The server's side: being it, and what a phone-day costs it.

use crate::cpu;
use anyhow::{Context, Result, ensure};
use beehive_core::{
    ActorId, Document, EventBody, Write,
    sync::{self, Batch, DocChanges, SyncResponse, VerdictKind},
};
use beehive_tests::{
    GRID, NOW, WORKER,
    http::RawDevice,
    measure::Scene,
    work::{EDITS, NEW},
};
use clap::Parser as _;
use serde_bytes::ByteBuf;
use std::{process::ExitCode, time::Instant};
use sync_server::cli;

/// The `sync-server` program, as built into this one.
pub fn be_the_server() -> Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(match runtime.block_on(cli::run(cli::Cli::parse())) {
        Ok(code) => code.into(),
        Err(e) => {
            eprintln!("{e}");
            e.exit.into()
        }
    })
}

/// What a phone-day costs the server.
pub struct Days {
    /// CPU of its process, milliseconds a day.
    pub cpu_ms: f64,
    /// From request to answer, milliseconds a day, without the link.
    pub wall_ms: f64,
    /// Changes stored in all.
    pub stored: usize,
}

/// So many devices send a day each, one after the other: 40 new documents, 60 edits of ones that others edit too.
pub fn days(scene: &mut Scene, phones: usize) -> Result<Days> {
    let pid = scene.server.pid().context("the server does not run")?.to_string();
    let status = scene.phone.status()?;
    let epoch = status.epoch;
    scene.phone.sync_all()?;
    let mut cursor = *scene.phone.status()?.cursors.get(&GRID.into()).context("a cursor")?;
    let devices: Vec<RawDevice> = (0..phones)
        .map(|n| {
            let actor = ActorId([0x40, 0, 0, 0, 0, 0, (n >> 8) as u8, n as u8]);
            let device = RawDevice::enroll(&scene.server, WORKER, actor)?;
            // Each has had its first download; what that costs is another figure.
            device.push(vec![]).map(|_| device)
        })
        .collect::<Result<_>>()?;
    let mut open: Vec<Document> = scene.documents.iter().filter(|d| d.matter().is_some_and(|m| m.status.is_open())).cloned().collect();
    // Reference data is not part of a day: every device says that it has it.
    let reference = scene.phone.engine().sync_request()?.request.reference;
    let (mut cpu_ms, mut wall_ms, mut stored) = (0.0, 0.0, 0);
    for (n, device) in devices.iter().enumerate() {
        let groups = day(scene, device, n, &mut open)?;
        let mut request = device.request(groups);
        (request.epoch, request.reference) = (epoch, reference.clone());
        request.cursors.insert(GRID.into(), cursor);
        request.push = Batch::raw(request.push.docs);
        let body = sync::encode(&request, 19)?;
        let (before, start) = (cpu::of(&pid)?, Instant::now());
        let answer = device.post(&body)?;
        wall_ms += start.elapsed().as_secs_f64() * 1e3;
        cpu_ms += (cpu::of(&pid)? - before).as_secs_f64() * 1e3;
        ensure!(answer.status == 200, "{}", answer.status);
        let response: SyncResponse = sync::decode(&answer.body)?;
        for verdict in &response.verdicts {
            ensure!(verdict.kind == VerdictKind::Stored, "{verdict:?}");
        }
        stored += NEW + EDITS;
        cursor += (NEW + EDITS) as u64;
    }
    let phones = phones.max(1) as f64;
    Ok(Days { cpu_ms: cpu_ms / phones, wall_ms: wall_ms / phones, stored })
}

fn day(scene: &mut Scene, device: &RawDevice, n: usize, open: &mut [Document]) -> Result<Vec<DocChanges>> {
    let mut groups = Vec::new();
    for _ in 0..NEW {
        let document = scene.work.document(device, &GRID.into(), true)?;
        let changes = document.changes().into_iter().map(|(_, bytes)| ByteBuf::from(bytes)).collect();
        groups.push(DocChanges { doc: document.id(), changes });
    }
    // Nine of ten go on from what the one before left, as after a sync; the others were made at the same time as somebody else's.
    let count = open.len();
    for i in 0..EDITS {
        let document = &mut open[(i * 3 + n) % count];
        let mut alone = document.clone();
        let written = if i % 10 == 9 { &mut alone } else { document };
        let write = Write::Event(EventBody::Step { note: scene.work.text(14) });
        let change = written.write(device.actor, NOW + i as i64 * 60, &[write])?.context("an edit that changes nothing")?;
        groups.push(DocChanges { doc: written.id(), changes: vec![ByteBuf::from(change.bytes)] });
    }
    Ok(groups)
}
