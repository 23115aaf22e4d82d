//! `cargo xtask prove`: the campaigns, by hand and before a release. Never part of the gate.
//!
//! Each campaign runs portion by portion, optimised like what ships, says how far it is and how long it will take, goes on where it stood
//! when it is interrupted, and puts its figure into `docs/evidence.md`. A portion in which something does not hold counts as a failure
//! and does not stop the others; what it said is kept.

mod evidence;
mod mutants;
mod parts;
mod state;

use crate::{
    counts::Counts,
    process::{self, cargo, command, must, output, root},
    setup, step,
};
use anyhow::{Context, Result, bail};
use clap::Args;
use parts::{PARTS, Part, Player};
use state::{Source, State};
use std::{
    collections::BTreeMap,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// The release profile without what makes linking slow; see `Cargo.toml`.
const PROFILE: &str = "campaign";
/// One portion may take so long; then it counts as failed.
const PATIENCE: Duration = Duration::from_secs(3_600);

#[derive(Args)]
pub struct Options {
    /// Only the campaign of this name, or only these.
    #[arg(long)]
    only: Vec<String>,
    /// So many times the full figure: 0.01 to try the way, 10 for a long weekend.
    #[arg(long, default_value_t = 1.0)]
    times: f64,
    /// Forget what was tried on this source already.
    #[arg(long)]
    anew: bool,
    /// Name the campaigns and their full figures, and do nothing.
    #[arg(long)]
    list: bool,
}

pub fn run(options: &Options) -> Result<()> {
    let parts = chosen(&options.only)?;
    if options.list {
        parts.iter().for_each(|p| println!("{:<18}{:>10}  {}", p.name, p.cases, p.figure));
        return Ok(());
    }
    if !(options.times > 0.0 && options.times <= 10_000.0) {
        bail!("--times takes a number above 0, up to 10000");
    }
    step::listen_for_interrupts()?;
    setup::packages(&setup::BUILD)?;
    if parts.iter().any(|p| matches!(p.player, Player::Mutants)) {
        mutants::install()?;
    }
    let tests = build(&parts)?;
    let source = Source::now()?;
    let mut state = State::load(&source, options.anew);
    let mut failures = 0;
    for (nth, part) in parts.iter().enumerate() {
        println!("\n== {} ({} of {}): {}", part.name, nth + 1, parts.len(), part.figure);
        campaign(part, goal(part, options.times), &tests, &mut state)?;
        let tally = state.of(part.name).clone();
        failures += tally.failed.len();
        evidence::write(part, &tally, &output("date", &mut command("date", ["+%F"]))?, &source.commit)?;
    }
    println!("\nwritten to docs/evidence.md; what failing portions said is in {}", state::folder().display());
    if failures == 0 { Ok(()) } else { bail!("{failures} portions did not hold") }
}

fn chosen(names: &[String]) -> Result<Vec<&'static Part>> {
    if let Some(unknown) = names.iter().find(|name| PARTS.iter().all(|p| p.name != **name)) {
        let known: Vec<&str> = PARTS.iter().map(|p| p.name).collect();
        bail!("no campaign is called {unknown}; there are {}", known.join(", "));
    }
    Ok(PARTS.iter().filter(|p| names.is_empty() || names.iter().any(|name| name == p.name)).collect())
}

/// How many cases are to be tried: at least one.
fn goal(part: &Part, times: f64) -> u64 {
    ((part.cases as f64 * times).round() as u64).max(1)
}

/// Runs portions until the goal is reached.
fn campaign(part: &Part, goal: u64, tests: &BTreeMap<(String, String), PathBuf>, state: &mut State) -> Result<()> {
    let before = state.of(part.name).clone();
    if before.held > 0 {
        println!("{} were tried on this source already", before.held);
    }
    let begun = Instant::now();
    loop {
        let tally = state.of(part.name);
        let tried = tally.held + tally.failed.len() as u64 * part.portion;
        if tried >= goal {
            return Ok(());
        }
        let cases = part.portion.min(goal - tried);
        // Every portion has seeds of its own, however large the ones before were.
        let seed = part.seed + tally.portions * part.portion;
        let held = portion(part, seed, cases, tests)?;
        if step::interrupted() {
            bail!("interrupted; the same command goes on from here");
        }
        let tally = state.of(part.name);
        tally.portions += 1;
        match held {
            Some(held) => tally.held += held,
            None => tally.failed.push(seed),
        }
        let (done, failed) = (tally.held + tally.failed.len() as u64 * part.portion, tally.failed.len());
        state.save()?;
        let rate = begun.elapsed().as_secs_f64() / (done.saturating_sub(before.held)).max(1) as f64;
        let left = Duration::from_secs_f64(rate * goal.saturating_sub(done) as f64);
        println!("{}: {done} of {goal}, {failed} failures, {} gone, about {} left", part.name, told(begun.elapsed()), told(left));
    }
}

/// One portion: how many cases held, or that not all did.
fn portion(part: &Part, seed: u64, cases: u64, tests: &BTreeMap<(String, String), PathBuf>) -> Result<Option<u64>> {
    let report = state::folder().join("report");
    fs::create_dir_all(state::folder())?;
    let _ = fs::remove_file(&report);
    let command = match &part.player {
        Player::Test { package, dir, target, test } => {
            let program = tests.get(&((*package).to_owned(), (*target).to_owned())).with_context(|| format!("{target} was not built"))?;
            let mut command = Command::new(program);
            command.args(["--exact", test, "--nocapture"]).current_dir(root().join(dir));
            command.env(beehive_campaign::SEED, seed.to_string()).env(beehive_campaign::CASES, cases.to_string());
            command.env(beehive_campaign::REPORT, &report);
            command
        }
        Player::Simulator => {
            let mut command = Command::new(process::target().join(PROFILE).join("sim"));
            command.args(["--seeds", &cases.to_string(), "--from", &seed.to_string()]).current_dir(root());
            command
        }
        Player::Mutants => mutants::command(seed),
    };
    let (mut said, mut counts) = (String::new(), Counts::default());
    let end = step::run(command, PATIENCE, &mut |line| {
        said.push_str(line);
        said.push('\n');
        counts.add(Counts::of_line(line).unwrap_or_default());
    })?;
    let held = match &part.player {
        Player::Simulator => counts.passed,
        Player::Test { .. } => fs::read_to_string(&report).unwrap_or_default().lines().filter_map(|line| line.parse::<u64>().ok()).sum(),
        Player::Mutants => u64::from(mutants::held(&said)),
    };
    // A mutant that hangs the tests is a failure to cargo-mutants, and seen to us.
    let holds = held > 0 && (end.ok || matches!(part.player, Player::Mutants));
    if !holds && !step::interrupted() {
        let log = state::folder().join(format!("{}-{seed}.log", part.name));
        fs::write(&log, &said)?;
        let last: Vec<&str> = said.lines().rev().take(12).collect();
        println!("seed {seed} does not hold:\n  {}", last.into_iter().rev().collect::<Vec<_>>().join("\n  "));
        end.complaints.iter().for_each(|complaint| println!("  {complaint}"));
        println!("  all of it: {}", log.display());
    }
    Ok(holds.then_some(held))
}

/// Builds what plays, and says where the tests are: by package and target.
fn build(parts: &[&Part]) -> Result<BTreeMap<(String, String), PathBuf>> {
    if parts.iter().all(|p| matches!(p.player, Player::Mutants)) {
        return Ok(BTreeMap::new());
    }
    println!("building with optimisation");
    must("build", &mut cargo(["build", "--profile", PROFILE, "--locked", "--bins"]))?;
    let mut wanted = cargo(["test", "--profile", PROFILE, "--locked", "--no-run", "--message-format=json-render-diagnostics"]);
    let mut any = false;
    for part in parts {
        if let Player::Test { package, target, .. } = &part.player {
            wanted.args(["-p", package, "--test", target]);
            any = true;
        }
    }
    if !any {
        return Ok(BTreeMap::new());
    }
    let out = wanted.stderr(Stdio::inherit()).output().context("cargo test --no-run")?;
    if !out.status.success() {
        bail!("the tests cannot be built");
    }
    let lines = String::from_utf8_lossy(&out.stdout).into_owned();
    let artifacts = lines.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    Ok(artifacts.filter_map(|artifact| executable(&artifact)).collect())
}

/// The package, target and file of a test that cargo says it built.
fn executable(artifact: &serde_json::Value) -> Option<((String, String), PathBuf)> {
    let package = artifact["package_id"].as_str()?;
    // "path+file:///somewhere/crates/core#beehive-core@0.1.0", or "...#0.1.0" where the folder has the package's name.
    let (path, name) = package.rsplit_once('#')?;
    let name = name.split_once('@').map_or_else(|| path.rsplit('/').next().unwrap_or_default(), |(name, _)| name);
    let target = artifact["target"]["name"].as_str()?;
    Some(((name.to_owned(), target.to_owned()), artifact["executable"].as_str()?.into()))
}

/// A time as one tells it.
fn told(time: Duration) -> String {
    match time.as_secs() {
        s if s < 90 => format!("{s} s"),
        s if s < 5_400 => format!("{} min", s.div_ceil(60)),
        s => format!("{:.1} h", s as f64 / 3_600.0),
    }
}
