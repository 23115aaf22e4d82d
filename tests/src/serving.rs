//! A phone that serves its screen (`beehive-phone serve`), and what a page in its browser can ask of it.

use crate::{Phone, http};
use anyhow::{Result, ensure};
use serde_json::Value;
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// The program; killed when dropped.
pub struct Serving {
    child: Child,
    page: Page,
    _ui: TempDir,
}

/// What a page knows: where to ask, and the token it was given.
#[derive(Debug, Clone)]
pub struct Page {
    address: SocketAddr,
    token: String,
}

impl Serving {
    /// Starts it on a phone's store. The page it serves consists of the token.
    pub fn start(phone: &Phone) -> Result<Self> {
        Self::start_with(phone.command(&["serve"])?)
    }

    /// Starts it by a command that ends in `serve` and what else it needs to be told.
    pub fn start_with(mut command: Command) -> Result<Self> {
        let ui = tempfile::tempdir()?;
        fs::write(ui.path().join("index.html"), "__BEEHIVE_TOKEN__")?;
        let ready = ui.path().join("ready");
        command.arg("--ui").arg(ui.path()).arg("--ready-file").arg(&ready).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn()?;
        match page(&mut child, &ready) {
            Ok(page) => Ok(Self { child, page, _ui: ui }),
            Err(e) => {
                let _ = child.kill();
                let _ = child.wait();
                Err(e)
            }
        }
    }

    /// What its page knows.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

fn page(child: &mut Child, ready: &Path) -> Result<Page> {
    let until = Instant::now() + PATIENCE;
    while !ready.exists() {
        ensure!(child.try_wait()?.is_none(), "the phone ended by itself");
        ensure!(Instant::now() < until, "the phone does not get ready");
        std::thread::sleep(Duration::from_millis(2));
    }
    let address = fs::read_to_string(ready)?.trim().parse()?;
    let token = String::from_utf8(http::send(address, "GET", "/", &[], b"")?.body)?.trim().to_owned();
    Ok(Page { address, token })
}

impl Page {
    /// Asks the engine. An error means that no answer came.
    pub fn call(&self, request: &Value) -> Result<Value> {
        let headers = [("X-Beehive-Token", self.token.as_str()), ("Content-Type", "application/json")];
        let answer = http::send(self.address, "POST", "/api", &headers, request.to_string().as_bytes())?;
        Ok(serde_json::from_slice(&answer.body)?)
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
