//! Where the programs under test are.

use anyhow::{Context, Result, bail};
use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

/// The variable that says what a program is to be, for profilers start it under a name of their own.
pub const ROLE: &str = "BEEHIVE_ROLE";
/// Set in a program that is `sync-server` itself when it is called by that name.
static OWN: AtomicBool = AtomicBool::new(false);

/// From now on this very program is started where `sync-server` is wanted, under that name. For a benchmark, which must not measure a
/// binary that was built some other day.
pub fn be_the_server() {
    OWN.store(true, Ordering::Relaxed);
}

/// A program of the workspace, not started.
pub fn command(name: &str) -> Result<Command> {
    if name == "sync-server" && OWN.load(Ordering::Relaxed) {
        let mut command = Command::new(std::env::current_exe()?);
        std::os::unix::process::CommandExt::arg0(&mut command, name);
        command.env(ROLE, name);
        return Ok(command);
    }
    Ok(Command::new(find(name)?))
}

/// The folder cargo put this program's siblings into, e.g. `target/debug`.
pub fn dir() -> Result<PathBuf> {
    let exe = std::env::current_exe().context("where am I")?;
    let dir = exe.parent().context("a program without a folder")?;
    // Test binaries are one folder further down.
    let dir = if dir.ends_with("deps") { dir.parent().unwrap_or(dir) } else { dir };
    Ok(dir.to_owned())
}

/// The checkout.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// A program of the workspace. Built if it is not there: cargo does not build other packages' binaries for a test run of this one.
/// One that is there is taken as it is; `make test` has just built it.
pub fn find(name: &str) -> Result<PathBuf> {
    static BUILDING: Mutex<()> = Mutex::new(());
    let dir = dir()?;
    let path = dir.join(name).with_extension(std::env::consts::EXE_EXTENSION);
    let _one = BUILDING.lock();
    if !path.exists() {
        build(&dir)?;
    }
    if path.exists() { Ok(path) } else { bail!("{} is not there: run `cargo build`", path.display()) }
}

fn build(dir: &Path) -> Result<()> {
    let mut cargo = Command::new("cargo");
    cargo.args(["build", "--locked", "-p", "sync-server", "-p", "beehive-device"]).current_dir(root());
    // The folder is called like the profile, but for this one.
    if let Some(profile) = dir.file_name().and_then(|name| name.to_str()).filter(|name| *name != "debug") {
        cargo.args(["--profile", profile]);
    }
    let status = cargo.status().context("cargo")?;
    if status.success() { Ok(()) } else { bail!("cargo build failed") }
}
