//! How far a campaign has come, kept after every portion, so that one that was interrupted goes on where it stood.
//!
//! It is kept for one state of the source: what was tried on other code proves nothing.

use crate::process::{command, output, target};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fs,
    hash::{DefaultHasher, Hasher},
    path::PathBuf,
};

/// What a campaign has come to so far.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Tally {
    /// Cases that were tried and held.
    pub held: u64,
    /// The seeds of portions in which something did not hold.
    pub failed: Vec<u64>,
    /// Portions that were run.
    pub portions: u64,
}

/// All campaigns on one state of the source.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct State {
    source: String,
    tallies: BTreeMap<String, Tally>,
}

impl State {
    /// What is kept for this state of the source; nothing if it was another one, or to begin anew.
    pub fn load(source: &Source, anew: bool) -> Self {
        let kept = fs::read(file()).ok().and_then(|bytes| serde_json::from_slice::<Self>(&bytes).ok());
        let kept = kept.filter(|state| !anew && state.source == source.key);
        kept.unwrap_or_else(|| Self { source: source.key.clone(), tallies: BTreeMap::new() })
    }

    /// The tally of a campaign.
    pub fn of(&mut self, part: &str) -> &mut Tally {
        self.tallies.entry(part.to_owned()).or_default()
    }

    /// Keeps it.
    pub fn save(&self) -> Result<()> {
        let (file, whole) = (file(), serde_json::to_vec_pretty(self)?);
        let beside = file.with_extension("new");
        fs::create_dir_all(folder())?;
        fs::write(&beside, whole)?;
        fs::rename(&beside, &file).with_context(|| format!("cannot write {}", file.display()))
    }
}

/// Where campaigns keep what is theirs.
pub fn folder() -> PathBuf {
    target().join("prove")
}

fn file() -> PathBuf {
    folder().join("state.json")
}

/// The source that is being proven.
pub struct Source {
    /// The commit, with a `+` if there is anything beside it.
    pub commit: String,
    key: String,
}

impl Source {
    /// Asks git. What stands in `docs` is no source: writing the evidence must not void it.
    pub fn now() -> Result<Self> {
        let git = |args: &[&str]| output("git", &mut command("git", args.iter().copied()));
        let commit = git(&["rev-parse", "--short=10", "HEAD"])?;
        let changes = git(&["diff", "HEAD", "--", ".", ":!docs"])?;
        let mut hasher = DefaultHasher::new();
        hasher.write(changes.as_bytes());
        let key = format!("{commit} {:016x}", hasher.finish());
        Ok(Self { commit: if changes.is_empty() { commit } else { format!("{commit}+") }, key })
    }
}
