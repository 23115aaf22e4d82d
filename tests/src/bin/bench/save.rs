//! What saving a record costs the phone, beside one disk sync of the same disk.

use crate::cpu;
use anyhow::{Context, Result, ensure};
use beehive_tests::{LocalPhone, work::Work};
use std::{
    fs::File,
    io::Write as _,
    process::{Command, Stdio},
    time::Instant,
};

/// What one save takes.
pub struct Saves {
    /// CPU of this process, milliseconds.
    pub cpu_ms: f64,
    /// From the request to "saved", milliseconds.
    pub wall_ms: f64,
    /// 4 KB written and synced on the same disk, milliseconds.
    pub sync_ms: f64,
    /// Disk syncs, where they can be counted.
    pub syncs: Option<f64>,
}

/// Saves so many records on a phone that knows others.
pub fn measure(phone: &LocalPhone, work: &mut Work, saves: usize) -> Result<Saves> {
    let buildings = phone.buildings()?;
    let requests: Vec<_> = (0..saves).map(|_| work.record(&buildings)).collect();
    let (before, start) = (cpu::of("self")?, Instant::now());
    for request in requests {
        phone.set_time(work.tick());
        phone.record(request)?;
    }
    let wall_ms = start.elapsed().as_secs_f64() * 1e3 / saves as f64;
    let cpu_ms = (cpu::of("self")? - before).as_secs_f64() * 1e3 / saves as f64;
    Ok(Saves { cpu_ms, wall_ms, sync_ms: one_sync(saves)?, syncs: syncs()? })
}

fn one_sync(times: usize) -> Result<f64> {
    let dir = tempfile::tempdir()?;
    let mut file = File::create(dir.path().join("file"))?;
    let start = Instant::now();
    for _ in 0..times {
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
    }
    Ok(start.elapsed().as_secs_f64() * 1e3 / times as f64)
}

/// Disk syncs of one save, counted by the kernel: this program saves few and many records under strace, and what opening and closing the
/// store takes cancels out.
fn syncs() -> Result<Option<f64>> {
    let (few, many) = (10, 110);
    match (traced(few)?, traced(many)?) {
        (Some(a), Some(b)) => Ok(Some((b - a) as f64 / (many - few) as f64)),
        _ => Ok(None),
    }
}

fn traced(saves: usize) -> Result<Option<usize>> {
    let mut probe = Command::new("strace");
    if !probe.arg("-V").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|s| s.success()) {
        return Ok(None);
    }
    let dir = tempfile::tempdir()?;
    let log = dir.path().join("log");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync,sync_file_range,msync", "-e", "signal=none", "-o"]).arg(&log);
    // strace starts programs under their own path; a link gives this one its other name.
    let link = dir.path().join("saves");
    std::os::unix::fs::symlink(std::env::current_exe()?, &link)?;
    if !strace.arg(&link).arg(saves.to_string()).stdout(Stdio::null()).stderr(Stdio::null()).status()?.success() {
        return Ok(None);
    }
    let lines = std::fs::read_to_string(&log)?;
    Ok(Some(lines.lines().filter(|l| l.contains("sync(") || l.contains("sync_file_range(")).count()))
}

/// Saves as many records as the first argument says, on a phone of its own.
pub fn be_the_saver() -> Result<()> {
    let saves: usize = std::env::args().nth(1).context("how many")?.parse()?;
    beehive_tests::binary::be_the_server();
    let server = beehive_tests::Server::start()?;
    let phone = LocalPhone::enrolled(&server, beehive_tests::WORKER, server.address())?;
    // The server's own syncs must not count.
    drop(server);
    let mut work = Work::new(61);
    let buildings = phone.buildings()?;
    for _ in 0..saves {
        phone.set_time(work.tick());
        phone.record(work.record(&buildings))?;
    }
    ensure!(phone.status()?.unsent as usize == saves, "not everything was saved");
    Ok(())
}
