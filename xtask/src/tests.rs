//! `make test`: every check, in the order in which a failure is cheapest to see, ending with the counts.

use crate::{
    counts::Counts,
    process::{self, cargo, command, root},
    setup,
};
use anyhow::{Result, bail};
use clap::Args;
use std::{
    io::{BufRead, BufReader, IsTerminal},
    process::{Command, Stdio},
    time::Instant,
};

#[derive(Args)]
pub struct Options {
    /// Only the step of this name.
    #[arg(long)]
    only: Option<String>,
    /// Without the desktop window (it takes minutes to build the first time).
    #[arg(long)]
    no_window: bool,
}

struct Run<'a> {
    options: &'a Options,
    total: Counts,
    failed: Vec<&'static str>,
}

pub fn run(options: &Options) -> Result<()> {
    let mut run = Run { options, total: Counts::default(), failed: Vec::new() };
    setup::packages(&setup::BUILD)?;
    run.check("format", cargo(["fmt", "--all", "--check"]));
    run.check("lint", cargo(["clippy", "--locked", "--all-targets", "--", "-D", "warnings"]));
    // One build of everything the later steps start, with the same features as the tests.
    run.check("build", cargo(["build", "--locked"]));
    let runner: &[&str] = if setup::has_nextest() { &["nextest", "run"] } else { &["test"] };
    run.count("rust", cargo(runner.iter().copied().chain(["--locked", "--no-fail-fast"])));
    run.count("simulator", simulator());
    setup::npm()?;
    let ui = || root().join("ui");
    run.count("ui", in_dir(command("npm", ["run", "--silent", "test"]), ui()));
    run.check("ui build", in_dir(command("npm", ["run", "--silent", "build"]), ui()));
    run.count("automerge in javascript", node("tests/js/automerge.mjs"));
    run.count("tus in javascript", node("tests/js/tus.mjs"));
    setup::packages(&setup::BROWSER)?;
    run.count("browser", node("tests/browser/run.mjs"));
    if !options.no_window {
        setup::packages(&setup::WINDOW)?;
        setup::packages(&setup::WINDOW_TEST)?;
        run.check("window build", cargo(["build", "--locked", "-p", "beehive-app", "--features", "custom-protocol"]));
        run.count("window", node("tests/window/run.mjs"));
    }
    run.finish()
}

/// As many stories as fit in three minutes, up to 2,000; always the same ones, from the first seed on.
fn simulator() -> Command {
    let mut command = Command::new(process::binary("sim"));
    command.args(["--seeds", "2000", "--seconds", "170"]).current_dir(root());
    command
}

fn in_dir(mut command: Command, dir: std::path::PathBuf) -> Command {
    command.current_dir(dir);
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

    /// A step without counts of its own: it passes or it fails, as one.
    fn check(&mut self, step: &'static str, mut command: Command) {
        if self.wanted(step) {
            let ok = self.timed(step, |_| Ok(command.status()?.success()));
            self.total.add(if ok { Counts { passed: 1, ..Counts::default() } } else { Counts { failed: 1, ..Counts::default() } });
        }
    }

    /// A step whose runner closes with counts.
    fn count(&mut self, step: &'static str, mut command: Command) {
        if !self.wanted(step) {
            return;
        }
        let mut counts = Counts::default();
        let ok = self.timed(step, |run| {
            // nextest closes on stderr, the others on stdout; both are shown and read.
            let shell = format!("{} 2>&1", quoted(&command));
            let mut child = Command::new("sh");
            child.args(["-c", &shell]).current_dir(command.get_current_dir().unwrap_or(&root())).stdout(Stdio::piped());
            for (key, value) in command.get_envs() {
                child.env(key, value.unwrap_or_default());
            }
            if std::io::stdout().is_terminal() {
                child.env("CARGO_TERM_COLOR", "always");
            }
            let mut child = child.spawn()?;
            if let Some(out) = child.stdout.take() {
                for line in BufReader::new(out).lines() {
                    let line = line?;
                    println!("{line}");
                    counts.add(Counts::of_line(&line).unwrap_or_default());
                }
            }
            let _ = run;
            Ok(child.wait()?.success())
        });
        if counts == Counts::default() {
            println!("{step}: no test was run");
            self.failed.push(step);
        }
        if !ok && counts.failed == 0 {
            counts.failed += 1;
        }
        self.total.add(counts);
        let _ = &mut command;
    }

    fn timed(&mut self, step: &'static str, f: impl FnOnce(&mut Self) -> Result<bool>) -> bool {
        println!("\n== {step}");
        let start = Instant::now();
        let ok = f(self).unwrap_or_else(|e| {
            println!("{step}: {e:#}");
            false
        });
        println!("== {step}: {} in {:.0} s", if ok { "ok" } else { "FAILED" }, start.elapsed().as_secs_f64());
        if !ok {
            self.failed.push(step);
        }
        ok
    }

    fn finish(self) -> Result<()> {
        println!();
        if !self.failed.is_empty() {
            println!("failed: {}", self.failed.join(", "));
        }
        println!("APK: not built, not run");
        println!("{} passed, {} failed", self.total.passed, self.total.failed);
        if self.failed.is_empty() && self.total.failed == 0 { Ok(()) } else { bail!("some checks failed") }
    }
}

/// The command as a shell line.
fn quoted(command: &Command) -> String {
    let quote = |s: &std::ffi::OsStr| format!("'{}'", s.to_string_lossy().replace('\'', r"'\''"));
    std::iter::once(command.get_program()).chain(command.get_args()).map(quote).collect::<Vec<_>>().join(" ")
}
