//! A street on its first morning: made once, copied for every story.

use crate::{phone::Phone, server::Server, world::NOW};
use anyhow::{Context, Result, ensure};
use beehive_core::sync;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// Who has a phone: two workers of `w-1` and who decides there first, then who sees less, more, or elsewhere.
pub const CAST: [&str; 8] = ["m-001", "m-004", "m-002", "m-006", "m-003", "m-007", "m-012", "m-005"];

/// The folders of that morning.
pub struct Template(TempDir);

impl Template {
    /// Makes it: everybody enrolled, with the street's reference data and cursors in place.
    pub fn make() -> Result<Self> {
        let template = Self(tempfile::Builder::new().prefix("beehive-sim-").tempdir_in(memory())?);
        let root = template.path();
        let server = Server::found(root, NOW)?;
        for (no, member) in CAST.iter().enumerate() {
            let phone = Phone::open(root, member, no, member, 0, NOW)?;
            phone.faults.begin(0);
            let answer = server.enrol(member)?;
            phone.with(|engine| engine.enrolled("http://sim", None, answer))?.context("no fault is armed")??;
            for _ in 0..3 {
                let sent = phone.with(|engine| engine.sync_request())?.context("no fault is armed")??;
                let credential = phone.with(|engine| engine.account())?.flatten().context("an account")?.credential;
                let request = axum::http::Request::post("/v1/sync")
                    .header("content-type", "application/vnd.beehive.sync")
                    .header("authorization", format!("Bearer {}", credential.reveal()));
                let answer = server.send(request.body(sync::encode(&sent.request, 3)?.into())?)?;
                ensure!(answer.status.is_success(), "{:?}", answer.body);
                let response = sync::decode(&answer.body)?;
                phone.with(|engine| engine.apply(&sent, response))?.context("no fault is armed")??;
            }
        }
        Ok(template)
    }

    /// Where the folders are.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Room for one story.
    pub fn room(&self) -> Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("beehive-sim-").tempdir_in(memory())?)
    }
}

/// Memory where there is a file system in it: what is lost here is decided by the story, not by the disk.
fn memory() -> PathBuf {
    let shm = PathBuf::from("/dev/shm");
    if shm.is_dir() { shm } else { std::env::temp_dir() }
}
