//! Mutation testing as a campaign: the gate, the policy and the fold with one thing changed at a time, and whether a test of `core` sees it.
//!
//! What is mutated, how it is built, and which mutants nobody can see (with reasons) stands in `.cargo/mutants.toml`.

use crate::process::{cargo, must, root, target};
use anyhow::Result;
use std::process::{Command, Stdio};

/// The version that is installed where there is none.
const VERSION: &str = "27.1.0";
/// In how many parts the mutants are divided.
pub const SHARDS: u64 = 16;
/// Cases of each campaign of `core` while a mutant is tried: small, for every mutant runs them all.
const CASES: &str = "200";

/// Installs cargo-mutants, if there is none.
pub fn install() -> Result<()> {
    let there = Command::new("cargo").args(["mutants", "--version"]).stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_ok_and(|status| status.success()) {
        return Ok(());
    }
    println!("installing cargo-mutants {VERSION}");
    must("cargo install cargo-mutants", &mut cargo(["install", "--locked", "--quiet", "cargo-mutants", "--version", VERSION]))
}

/// Tries one part of the mutants, in a copy of the tree.
pub fn command(shard: u64) -> Command {
    let mut command = Command::new("cargo");
    let part = format!("{}/{SHARDS}", shard % SHARDS);
    command.args(["mutants", "--jobs", "1", "--colors", "never", "--shard", &part, "--sharding", "round-robin"]).current_dir(root());
    command.arg("--output").arg(super::state::folder());
    // One folder for all parts, or each would build every dependency anew.
    command.env("CARGO_TARGET_DIR", target().join("mutants")).env(beehive_campaign::CASES, CASES);
    command.env_remove("RUSTC_WORKSPACE_WRAPPER");
    command
}

/// Whether a run was through its part and no mutant went unseen. One that hangs the tests is seen.
pub fn held(said: &str) -> bool {
    let last = said.lines().rev().find(|line| line.contains(" mutants tested in ") || line.contains(" mutant tested in "));
    last.is_some_and(|line| !line.contains(" missed"))
}

#[cfg(test)]
mod tests {
    use super::held;

    #[test]
    fn only_a_whole_run_without_survivors_holds() {
        assert!(held("ok Unmutated baseline in 5s\n60 mutants tested in 9m: 55 caught, 4 unviable, 1 timeouts\n"));
        assert!(!held("60 mutants tested in 9m: 1 missed, 55 caught, 4 unviable"));
        assert!(!held("ERROR cargo test failed in an unmutated tree, so no mutants were tested"));
        assert!(!held(""));
    }
}
