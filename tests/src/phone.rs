//! A phone as a script sees it: the `beehive-phone` command line, one process per command.

use crate::{
    Server, binary,
    power::{self, Env},
};
use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Command,
};
use tempfile::TempDir;

/// A phone with a folder of its own.
pub struct Phone {
    dir: TempDir,
    env: Env,
}

/// How a command ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The exit code; `None` if it was killed.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained of.
    pub stderr: String,
}

/// `sync --json`.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub struct Outcome {
    pub sent: u32,
    pub received: u32,
    pub refused: u32,
    pub round_trips: u32,
    pub bytes_up: u64,
    pub bytes_down: u64,
    pub done: bool,
}

/// What tests look at of `status --json`.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub struct Status {
    pub connection: String,
    pub unsent: u32,
    pub refused: u32,
    pub attention: u32,
    pub cursors: BTreeMap<String, u64>,
    pub epoch: Option<String>,
    pub digest: String,
    pub repaired: u32,
}

/// What is said when a command fails.
#[derive(Debug, Clone, Deserialize, PartialEq, Eq)]
pub struct Complaint {
    pub code: String,
    pub message: String,
    pub hint: String,
}

impl Ran {
    /// The complaint of a command that was to fail with this exit code; fails if it is not whole.
    pub fn complaint(&self, exit: i32) -> Result<Complaint> {
        ensure!(self.code == Some(exit), "expected exit {exit}: {self:?}");
        ensure!(self.stdout.trim().is_empty(), "a failed command prints nothing: {self:?}");
        let complaint: Complaint = serde_json::from_str(&self.stderr).with_context(|| format!("{self:?}"))?;
        let chinese = |s: &str| s.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        ensure!(!complaint.code.is_empty() && chinese(&complaint.message) && chinese(&complaint.hint), "{complaint:?}");
        Ok(complaint)
    }
}

impl Phone {
    /// A new phone, not enrolled.
    pub fn new() -> Result<Self> {
        Ok(Self { dir: tempfile::tempdir()?, env: vec![] })
    }

    /// A phone on a store that `make` puts into its folder.
    pub fn over(make: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let phone = Self { dir: power::quick_folder()?, env: vec![] };
        make(&phone.data())?;
        Ok(phone)
    }

    /// A phone enrolled for a member, with its first sync behind it.
    pub fn enrolled(server: &Server, member: &str) -> Result<Self> {
        Self::enrolled_with(&server.invite(member)?)
    }

    /// A phone enrolled with an invitation.
    pub fn enrolled_with(invitation: &str) -> Result<Self> {
        let phone = Self::new()?;
        phone.json(&["enroll", invitation, "--json"])?;
        Ok(phone)
    }

    /// The folder of its store.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("phone")
    }

    /// Variables for every command from now on, such as those of a [`crate::power::Recorder`].
    pub fn set_env(&mut self, env: Env) {
        self.env = env;
    }

    /// A command, not started.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        let mut command = Self::command_in(&self.data(), args)?;
        command.envs(self.env.iter().cloned());
        Ok(command)
    }

    /// A command on any folder, not started.
    pub fn command_in(data: &Path, args: &[&str]) -> Result<Command> {
        let mut command = Command::new(binary::find("beehive-phone")?);
        command.arg("--data").arg(data).args(args);
        Ok(command)
    }

    /// Runs a command, however it ends.
    pub fn run(&self, args: &[&str]) -> Result<Ran> {
        let out = self.command(args)?.output()?;
        Ok(Ran { code: out.status.code(), stdout: String::from_utf8(out.stdout)?, stderr: String::from_utf8(out.stderr)? })
    }

    /// Runs a command that must succeed.
    pub fn ok(&self, args: &[&str]) -> Result<String> {
        let ran = self.run(args)?;
        if ran.code != Some(0) {
            bail!("beehive-phone {args:?}: {ran:?}");
        }
        Ok(ran.stdout.trim().to_owned())
    }

    /// Runs a command that prints JSON.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let text = self.ok(args)?;
        serde_json::from_str(&text).with_context(|| format!("beehive-phone {args:?} printed {text:?}"))
    }

    /// Records something; its id.
    pub fn record(&self, kind: &str, title: &str, more: &[&str]) -> Result<String> {
        let args: Vec<&str> = ["record", kind, "--title", title].iter().chain(more).copied().collect();
        let id = self.ok(&args)?;
        ensure!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "not an id: {id:?}");
        Ok(id)
    }

    /// The portable form of a record.
    pub fn show(&self, id: &str) -> Result<Value> {
        self.json(&["show", id, "--json"])
    }

    /// The values of a fact, the shown one first.
    pub fn values(&self, id: &str, field: &str) -> Result<Vec<String>> {
        let shown = self.show(id)?;
        let values = shown["facts"][field].as_array().cloned().unwrap_or_default();
        Ok(values.iter().filter_map(|v| v["value"].as_str().map(str::to_owned)).collect())
    }

    /// Writes a fact.
    pub fn set(&self, id: &str, field: &str, value: &str) -> Result<Value> {
        self.json(&["set", id, field, value, "--json"])
    }

    /// Does something to a record.
    pub fn act(&self, id: &str, action: &str, more: &[&str]) -> Result<Value> {
        let args: Vec<&str> = ["act", id, action, "--json"].iter().chain(more).copied().collect();
        self.json(&args)
    }

    /// The ids in a list.
    pub fn list(&self) -> Result<Vec<String>> {
        ids(&self.json(&["list", "--json"])?)
    }

    /// The ids that a search finds.
    pub fn search(&self, words: &str) -> Result<Vec<String>> {
        ids(&self.json(&["search", words, "--json"])?)
    }

    /// Sends and fetches.
    pub fn sync(&self) -> Result<Outcome> {
        Ok(serde_json::from_value(self.json(&["sync", "--json"])?)?)
    }

    /// Sends and fetches records alone; photos wait.
    pub fn sync_records(&self) -> Result<Outcome> {
        Ok(serde_json::from_value(self.json(&["sync", "--no-files", "--json"])?)?)
    }

    /// What is unsent, refused, and how far it has read.
    pub fn status(&self) -> Result<Status> {
        Ok(serde_json::from_value(self.json(&["status", "--json"])?)?)
    }

    /// Any request of the API.
    pub fn call(&self, request: &Value) -> Result<Value> {
        self.json(&["call", &request.to_string()])
    }

    /// The names of the buildings its forms offer.
    pub fn buildings(&self) -> Result<Vec<String>> {
        let choices = self.call(&serde_json::json!({ "do": "choices" }))?;
        let buildings = choices["buildings"].as_array().context("no buildings")?;
        Ok(buildings.iter().filter_map(|b| b["id"].as_str().map(str::to_owned)).collect())
    }
}

fn ids(list: &Value) -> Result<Vec<String>> {
    let rows = list["rows"].as_array().context("no rows")?;
    Ok(rows.iter().filter_map(|r| r["id"].as_str().map(str::to_owned)).collect())
}
