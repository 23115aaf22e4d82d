//! `make test`, the gate: what proves that a change broke nothing, in the order in which a failure is cheapest to see.
//!
//! It ends in the time it has. Every step has a budget of its own ([`crate::step`]), the whole run has a deadline, and whatever
//! happens, the run closes with a table of its steps, its slowest tests, and the counts. Budgets are what a step takes on a cold and
//! busy machine, times two: they end what hangs, they are no goals. The goals are in `docs/development.md`.

use crate::{
    built::Built,
    counts::Counts,
    demo::DEMO,
    process::{self, cargo, command, linted_cargo, root},
    setup,
    slowest::{Timed, slowest},
    step::{self, End},
};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    process::Command,
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How many of the slowest tests are named.
const SLOWEST: usize = 10;

#[derive(Args)]
pub struct Options {
    /// Only the step of this name.
    #[arg(long)]
    only: Option<String>,
    /// Without the desktop window (it takes minutes to build the first time).
    #[arg(long)]
    no_window: bool,
    /// After so many minutes the run ends red, with its table: CI ends what takes 90 without a word.
    #[arg(long, default_value_t = 70)]
    minutes: u64,
}

/// What a step came to, for the table.
struct Row {
    step: &'static str,
    ok: bool,
    took: Duration,
    budget: Duration,
}

struct Run<'a> {
    options: &'a Options,
    begun: Instant,
    total: Counts,
    rows: Vec<Row>,
    tests: Vec<Timed>,
    built: Built,
}

/// A step that runs beside others; what it says is shown when it is waited for.
struct Beside {
    step: &'static str,
    budget: Duration,
    running: JoinHandle<(Result<End>, Vec<String>)>,
}

pub fn run(options: &Options) -> Result<()> {
    step::listen_for_interrupts()?;
    let mut run =
        Run { options, begun: Instant::now(), total: Counts::default(), rows: Vec::new(), tests: Vec::new(), built: Built::default() };
    // Without a compiler nothing else can begin.
    setup::packages(&setup::BUILD)?;
    let fetching = run.beside("setup", 900, setup_command(options));
    run.check("format", 120, cargo(["fmt", "--all", "--check"]));
    // Everything the later steps start, linted and built once.
    run.build("build and lint", 2400, linted_cargo(["build", "--locked", "--all-targets"]));
    let runner: &[&str] = if setup::has_nextest() { &["nextest", "run"] } else { &["test"] };
    run.count("rust", 900, linted_cargo(runner.iter().copied().chain(["--locked", "--no-fail-fast"])));
    run.count("simulator", 300, simulator());
    run.wait_for(fetching);
    run.count("ui", 240, in_ui(command("npm", ["run", "--silent", "test"])));
    run.check("ui build", 240, in_ui(command("npm", ["run", "--silent", "build"])));
    run.count("automerge in javascript", 120, node("tests/js/automerge.mjs"));
    run.count("tus in javascript", 120, node("tests/js/tus.mjs"));
    run.count("browser", 480, node("tests/browser/run.mjs"));
    if !options.no_window {
        run.build("window build", 1500, linted_cargo(["build", "--locked", "-p", "beehive-app", "--features", "custom-protocol"]));
        run.count("window", 240, node("tests/window/run.mjs"));
    }
    run.build("demo build", 300, linted_cargo(DEMO));
    run.nothing_twice();
    run.finish()
}

/// As many stories as fit in two and a half minutes; always the same ones, from the first seed on.
fn simulator() -> Command {
    let mut command = Command::new(process::binary("sim"));
    command.args(["--seeds", "2000", "--seconds", "150"]).current_dir(root());
    command
}

/// This very program, fetching what the later steps need.
fn setup_command(options: &Options) -> Command {
    let own = std::env::current_exe().unwrap_or_else(|_| "xtask".into());
    let mut command = command(&own.to_string_lossy(), ["setup"]);
    if options.no_window {
        command.arg("--no-window");
    }
    command
}

fn in_ui(mut command: Command) -> Command {
    command.current_dir(root().join("ui"));
    command
}

fn node(script: &str) -> Command {
    let mut command = command("node", [script]);
    command.env("BEEHIVE_BIN", process::target().join("debug"));
    command
}

impl Run<'_> {
    fn wanted(&self, step: &str) -> bool {
        self.options.only.as_deref().is_none_or(|only| only == step)
    }

    fn deadline(&self) -> Duration {
        Duration::from_secs(self.options.minutes.saturating_mul(60))
    }

    /// A step's own budget, or what is left of the run if that is less.
    fn budget(&self, seconds: u64) -> Duration {
        Duration::from_secs(seconds).min(self.deadline().saturating_sub(self.begun.elapsed()))
    }

    /// A step without counts of its own: it passes or it fails, as one.
    fn check(&mut self, step: &'static str, seconds: u64, command: Command) {
        if self.wanted(step) {
            let end = self.show(step, seconds, command, &mut |_| ());
            self.total.add(as_one(end));
        }
    }

    /// A step that builds: it fails at a warning, too, and what it builds is noted.
    fn build(&mut self, step: &'static str, seconds: u64, command: Command) {
        if !self.wanted(step) {
            return;
        }
        let (mut built, mut warnings) = (std::mem::take(&mut self.built), 0);
        let mut ok = self.show(step, seconds, command, &mut |line| {
            built.hear(step, line);
            warnings += u32::from(line.starts_with("warning:") || line.starts_with("warning["));
        });
        self.built = built;
        if warnings > 0 {
            println!("{step}: {warnings} warnings");
            ok = self.spoil();
        }
        self.total.add(as_one(ok));
    }

    /// What no step may do: build a crate of somebody else's that an earlier step has built already.
    fn nothing_twice(&mut self) {
        if self.options.only.is_some() {
            return;
        }
        let twice = self.built.twice();
        let complaints = twice.iter().map(|(name, steps)| format!("{name} was built by {}", steps.join(" and "))).collect();
        let end = End { ok: twice.is_empty(), took: Duration::ZERO, complaints };
        println!("\n== nothing built twice");
        let ok = self.close("nothing built twice", Duration::ZERO, Ok(end));
        self.total.add(as_one(ok));
    }

    /// The last step has failed after all.
    fn spoil(&mut self) -> bool {
        if let Some(row) = self.rows.last_mut() {
            row.ok = false;
        }
        false
    }

    /// A step whose runner closes with counts.
    fn count(&mut self, step: &'static str, seconds: u64, command: Command) {
        if !self.wanted(step) {
            return;
        }
        let (mut counts, mut tests) = (Counts::default(), Vec::new());
        let mut ok = self.show(step, seconds, command, &mut |line| {
            counts.add(Counts::of_line(line).unwrap_or_default());
            tests.extend(Timed::of_line(line));
        });
        if ok && counts == Counts::default() {
            println!("{step}: no test was run");
            ok = self.spoil();
        }
        if !ok && counts.failed == 0 {
            counts.failed += 1;
        }
        self.total.add(counts);
        self.tests.append(&mut tests);
    }

    /// Runs a step and shows what it says; whether it is well.
    fn show(&mut self, step: &'static str, seconds: u64, mut command: Command, hear: &mut dyn FnMut(&str)) -> bool {
        if std::io::IsTerminal::is_terminal(&std::io::stdout()) {
            command.env("CARGO_TERM_COLOR", "always");
        }
        let budget = self.budget(seconds);
        println!("\n== {step}");
        if step::interrupted() || budget.is_zero() {
            return self.close(step, budget, Err(anyhow::anyhow!("not run: the run was stopped, or its time is over")));
        }
        let end = step::run(command, budget, &mut |line| {
            println!("{line}");
            hear(&crate::counts::plain(line));
        });
        self.close(step, budget, end)
    }

    /// Says how a step ended, and keeps it for the table.
    fn close(&mut self, step: &'static str, budget: Duration, end: Result<End>) -> bool {
        let end = end.unwrap_or_else(|e| End { ok: false, took: Duration::ZERO, complaints: vec![format!("{e:#}")] });
        for complaint in &end.complaints {
            println!("{step}: {complaint}");
        }
        println!("== {step}: {} in {:.0} s", if end.ok { "ok" } else { "FAILED" }, end.took.as_secs_f64());
        self.rows.push(Row { step, ok: end.ok, took: end.took, budget });
        end.ok
    }

    /// Begins a step that goes on beside the following ones.
    fn beside(&self, step: &'static str, seconds: u64, command: Command) -> Beside {
        let budget = self.budget(seconds);
        let running = std::thread::spawn(move || {
            let mut said = Vec::new();
            let end = step::run(command, budget, &mut |line| said.push(line.to_owned()));
            (end, said)
        });
        Beside { step, budget, running }
    }

    /// Waits for it, at most for what is left of its budget.
    fn wait_for(&mut self, beside: Beside) {
        println!("\n== {}", beside.step);
        let (end, said) = beside.running.join().unwrap_or_else(|_| (Err(anyhow::anyhow!("it panicked")), Vec::new()));
        said.iter().for_each(|line| println!("{line}"));
        let ok = self.close(beside.step, beside.budget, end);
        self.total.add(as_one(ok));
    }

    fn finish(self) -> Result<()> {
        // The step that fetches always runs.
        if let Some(only) = self.options.only.as_deref().filter(|only| self.rows.iter().all(|r| r.step != *only)) {
            bail!("no step is called {only}");
        }
        let deadline = self.deadline();
        let tests = slowest(self.tests, SLOWEST);
        if !tests.is_empty() {
            println!("\nthe slowest tests");
            tests.iter().for_each(|t| println!("{:>8.1} s  {}", t.took.as_secs_f64(), t.name));
        }
        println!("\n{:<26}{:<8}{:>8}{:>8}", "step", "", "seconds", "budget");
        for row in &self.rows {
            let word = if row.ok { "ok" } else { "FAILED" };
            println!("{:<26}{word:<8}{:>8.0}{:>8}", row.step, row.took.as_secs_f64(), row.budget.as_secs());
        }
        println!("{:<34}{:>8.0}{:>8}", "all", self.begun.elapsed().as_secs_f64(), deadline.as_secs());
        let failed: Vec<&str> = self.rows.iter().filter(|r| !r.ok).map(|r| r.step).collect();
        if !failed.is_empty() {
            println!("failed: {}", failed.join(", "));
        }
        println!("APK: not built, not run");
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if failed.is_empty() && self.total.failed == 0 { Ok(()) } else { bail!("some checks failed") }
    }
}

/// A step without counts of its own, as one test.
fn as_one(ok: bool) -> Counts {
    if ok { Counts { passed: 1, ..Counts::default() } } else { Counts { failed: 1, ..Counts::default() } }
}
