//! Running other programs.

use anyhow::{Context, Result, bail};
use std::{
    path::PathBuf,
    process::{Child, Command},
};

/// The checkout: the one that cargo was called in. A program that was built from another checkout into the same target folder counts
/// as up to date there, and must not work on that one.
pub fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(PathBuf::from).unwrap_or(here)
}

/// Where cargo puts what it builds.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// A binary of the workspace, as built in the dev profile.
pub fn binary(name: &str) -> PathBuf {
    target().join("debug").join(name)
}

/// Cargo, in the checkout.
pub fn cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    command("cargo", args)
}

/// Cargo for whatever is built in the dev profile: our own crates are linted while they are built, in one go.
///
/// Linting apart from building compiles every dependency a second time (for its metadata) and reads our own sources twice. All commands
/// here build this way, so that none builds again what another did. Warnings are printed, and fail the gate. Never for what ships: the
/// linter turns off some of the compiler's optimisations.
pub fn linted_cargo<'a>(args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = cargo(args);
    command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    command
}

/// A program, in the checkout.
pub fn command<'a>(program: &str, args: impl IntoIterator<Item = &'a str>) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Runs to the end; fails if the program fails.
pub fn must(what: &str, command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{what}: cannot start {:?}", command.get_program()))?;
    if !status.success() {
        bail!("{what} failed ({status})");
    }
    Ok(())
}

/// Runs to the end and answers what it printed.
pub fn output(what: &str, command: &mut Command) -> Result<String> {
    let out = command.output().with_context(|| format!("{what}: cannot start {:?}", command.get_program()))?;
    if !out.status.success() {
        bail!("{what} failed ({}): {}", out.status, String::from_utf8_lossy(&out.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// A program that runs until it is dropped: asked to stop first, killed if it does not.
pub struct Running {
    name: &'static str,
    child: Child,
}

impl Running {
    /// Starts it.
    pub fn start(name: &'static str, command: &mut Command) -> Result<Self> {
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        Ok(Self { name, child })
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // `kill` rather than a signal crate: this is the only signal we ever send.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        for _ in 0..50 {
            if self.has_ended() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
