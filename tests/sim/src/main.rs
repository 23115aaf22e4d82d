//! `cargo xtask sim`: plays stories until one does not hold, and then tells that one as short as it can.

use anyhow::{Result, bail};
use beehive_sim::{Outcome, Template, all_steps, play, shrink};
use clap::Parser;
use std::{
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

#[derive(Parser)]
#[command(about = "Plays stories of a street, each from its seed, and checks what must hold")]
struct Cli {
    /// How many seeds.
    #[arg(long, default_value_t = 200)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// Only these steps of each story, e.g. 3,7,12.
    #[arg(long, value_delimiter = ',')]
    steps: Option<Vec<u64>>,
    /// Begin no further story after so many seconds.
    #[arg(long)]
    seconds: Option<u64>,
    /// Stories at a time; each is played by one thread.
    #[arg(long)]
    threads: Option<usize>,
    /// Tell the whole story, whether it holds or not.
    #[arg(long)]
    tell: bool,
    /// Go on after a story that does not hold, and count.
    #[arg(long)]
    go_on: bool,
}

fn main() -> Result<()> {
    let cli = Cli::parse();
    let template = Template::make()?;
    let steps = cli.steps.clone().unwrap_or_else(all_steps);
    let begun = Instant::now();
    let limit = cli.seconds.map(Duration::from_secs);
    let (next, stop) = (AtomicU64::new(cli.from), AtomicBool::new(false));
    let end = cli.from + cli.seeds;
    let bad: Mutex<Vec<(u64, Outcome)>> = Mutex::default();
    let threads = cli.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let played = AtomicU64::new(0);
    std::thread::scope(|scope| {
        let work = || {
            while !stop.load(Ordering::Relaxed) && limit.is_none_or(|l| begun.elapsed() < l) {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= end {
                    return Ok(());
                }
                let outcome = play(&template, seed, &steps)?;
                played.fetch_add(1, Ordering::Relaxed);
                if cli.tell {
                    tell(seed, &outcome);
                }
                if outcome.complaint.is_some() {
                    bad.lock().map_err(|_| anyhow::anyhow!("a thread panicked"))?.push((seed, outcome));
                    stop.store(!cli.go_on, Ordering::Relaxed);
                }
            }
            anyhow::Ok(())
        };
        let all: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(work)).collect();
        all.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a thread panicked")))
    })?;
    let mut bad = bad.into_inner().unwrap_or_default();
    bad.sort_by_key(|(seed, _)| *seed);
    let played = played.load(Ordering::Relaxed);
    let seconds = begun.elapsed().as_secs_f64();
    println!("{played} stories in {seconds:.0} s ({:.1} a second)", played as f64 / seconds.max(0.001));
    if cli.go_on {
        for (seed, outcome) in &bad {
            println!("seed {seed}: {}", outcome.complaint.as_deref().unwrap_or_default());
        }
    }
    println!("{} passed, {} failed", played - bad.len() as u64, bad.len());
    let Some((seed, outcome)) = bad.into_iter().next() else { return Ok(()) };
    println!("\nseed {seed} does not hold: {}\nshortening it ...", outcome.complaint.as_deref().unwrap_or_default());
    let (steps, shortest) = shrink(&template, seed, &steps, outcome)?;
    tell(seed, &shortest);
    let list: Vec<String> = steps.iter().map(u64::to_string).collect();
    println!("\nagain: cargo xtask sim --seeds 1 --from {seed} --steps {} --tell", list.join(","));
    println!("for ever: a line `{seed} {}` in tests/sim/seeds.txt", list.join(","));
    bail!("a story does not hold")
}

fn tell(seed: u64, outcome: &Outcome) {
    println!("\nseed {seed}");
    outcome.story.iter().for_each(|line| println!("{line}"));
    match (&outcome.complaint, &outcome.trace) {
        (Some(complaint), _) => println!("=> {complaint}"),
        (None, trace) => println!("=> holds; trace {}", trace.as_deref().unwrap_or_default()),
    }
}
