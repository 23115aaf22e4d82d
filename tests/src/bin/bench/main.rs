//! `cargo xtask bench`: what the main job costs, beside the floors computed from the same work in the same run.
//!
//! Link: 200 ms round trip, 1 Mbit/s each way (TCP's own slow start and packet heads are not emulated). Server: a process of its own,
//! with authentication, gate, policy and FULL. Byte counts and round trips are exact and the same on every machine; times are not.

mod cpu;
mod save;
mod serving;
mod table;

use anyhow::{Result, ensure};
use beehive_tests::{
    Link, binary,
    measure::{DOCUMENTS, Exchange, OPEN, Scene},
};
use clap::Parser;
use std::process::ExitCode;
use table::{Row, Table};

#[derive(Parser)]
#[command(about = "What the main job costs, beside its floors")]
struct Options {
    /// Prints JSON instead of the table.
    #[arg(long)]
    json: bool,
    /// Phones that send a day each, to measure the server's CPU.
    #[arg(long, default_value_t = 30)]
    phones: usize,
    /// Records saved one by one.
    #[arg(long, default_value_t = 300)]
    saves: usize,
}

fn main() -> Result<ExitCode> {
    let name = std::env::var(binary::ROLE).or_else(|_| std::env::args().next().ok_or(())).unwrap_or_default();
    if name.ends_with("sync-server") {
        return serving::be_the_server();
    }
    if name.ends_with("saves") {
        return save::be_the_saver().map(|()| ExitCode::SUCCESS);
    }
    binary::be_the_server();
    let options = Options::parse();
    let table = run(&options)?;
    if options.json {
        table.print_json()?
    } else {
        table.print()
    }
    Ok(if table.holds() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn run(options: &Options) -> Result<Table> {
    let mut table = Table::default();
    let mut scene = Scene::new(51, Link::MOBILE)?;
    let download = scene.download.clone();
    let day = scene.day()?;
    let nothing = scene.nothing()?;

    table.heading("offline day (40 new, 60 edits)");
    table.push(Row::exact("round trips", day.requests as f64, 1.0, 1.0, ""));
    table.push(Row::exact("bytes up, with HTTP", day.up as f64, day.floor as f64, 1.1, "B"));
    table.push(Row::note("bytes down", day.down as f64, "B"));
    table.push(Row::time("time on the link", day.seconds, on_the_link(day.floor, 0), "s"));

    table.heading("nothing to do, 1,000 known");
    table.push(Row::exact("round trips", nothing.requests as f64, 1.0, 1.0, ""));
    table.push(Row::goal("bytes both ways, with HTTP", (nothing.up + nothing.down) as f64, 1_024.0, "B", true));
    table.push(Row::time("time on the link", nothing.seconds, on_the_link(0, 0), "s"));

    table.heading(&format!("first download of {DOCUMENTS} ({OPEN} open)"));
    let first: &Exchange = &download.exchange;
    table.push(Row::note("requests", first.requests as f64, ""));
    table.push(Row::exact("bytes down, with HTTP", first.down as f64, first.floor as f64, 1.1, "B"));
    table.push(Row::goal("open records usable", download.usable_seconds, 1.5, "s", false));
    table.push(Row::time("whole", first.seconds, on_the_link(0, first.floor), "s"));

    let days = serving::days(&mut scene, options.phones)?;
    ensure!(days.stored > 0 || options.phones == 0, "no day was stored");
    table.heading("server, one phone-day with all checks");
    table.push(Row::goal("CPU", days.cpu_ms, 10.0, "ms", false));
    table.push(Row::note("wall", days.wall_ms, "ms"));

    // It must not work beside what is measured next.
    scene.server.stop()?;
    let saves = save::measure(&scene.phone, &mut scene.work, options.saves)?;
    table.heading(&format!("saving a record, {DOCUMENTS} known"));
    table.push(Row::goal("CPU", saves.cpu_ms, 1.0, "ms", false));
    table.push(Row::time("wall (floor: one 4 KB sync)", saves.wall_ms, saves.sync_ms, "ms"));
    match saves.syncs {
        // One for each save; folding the log back into the database adds a few now and then.
        Some(syncs) => table.push(Row::exact("disk syncs", syncs, 1.0, 1.1, "syncs")),
        None => table.remark("disk syncs: not counted, strace is not installed or may not trace"),
    }
    Ok(table)
}

/// Seconds that a request of so many bytes and its answer take at least: the handshake, there and back, and the line's speed.
fn on_the_link(up: u64, down: u64) -> f64 {
    2.0 * Link::MOBILE.round_trip.as_secs_f64() + (up + down) as f64 * 8.0 / Link::MOBILE.bits_per_second as f64
}
