//! The real `sync-server` in a folder of its own: started, stopped, killed and started again on the same port.

use crate::{
    binary,
    power::{self, Env},
};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long a server may take to start or to stop.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server; killed when dropped.
pub struct Server {
    dir: TempDir,
    child: Option<Child>,
    address: SocketAddr,
    env: Env,
}

impl Server {
    /// A server with the small demonstration street, not running yet.
    pub fn stopped() -> Result<Self> {
        let server = Self::within(tempfile::tempdir()?)?;
        server.cli(&["init", "--demo", "small"])?;
        Ok(server)
    }

    /// A server on what `make` puts into its data folder, not running yet.
    pub fn over(make: impl FnOnce(&Path) -> Result<()>) -> Result<Self> {
        let server = Self::within(power::quick_folder()?)?;
        make(&server.data())?;
        Ok(server)
    }

    fn within(dir: TempDir) -> Result<Self> {
        // Kept for the whole life of this value: phones remember the address.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        Ok(Self { dir, child: None, address, env: vec![] })
    }

    /// A running server with the small demonstration street.
    pub fn start() -> Result<Self> {
        let mut server = Self::stopped()?;
        server.run()?;
        Ok(server)
    }

    /// A running server with another small street, made from a seed of its own; at an address that is free now, if one is given.
    pub fn other(seed: u32, address: Option<SocketAddr>) -> Result<Self> {
        let mut server = Self::within(tempfile::tempdir()?)?;
        server.address = address.unwrap_or(server.address);
        server.cli(&["init", "--demo", "small", "--seed", &seed.to_string(), "--name", "清溪街道"])?;
        server.run()?;
        Ok(server)
    }

    /// Variables for it whenever it is started from now on; admin commands do without.
    pub fn set_env(&mut self, env: Env) {
        self.env = env;
    }

    /// Starts it; always on the same port.
    pub fn run(&mut self) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while let Err(e) = self.try_run() {
            // Somebody else's connection may happen to hold the port for a moment.
            if Instant::now() > until || !format!("{e:#}").contains("listen") {
                return Err(e);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    /// Starts it, or says right away why not.
    pub fn try_run(&mut self) -> Result<()> {
        if self.child.is_some() {
            bail!("it runs already");
        }
        let ready = self.dir.path().join("ready");
        let _ = fs::remove_file(&ready);
        let log = fs::File::options().create(true).append(true).open(self.log_path())?;
        let mut command = self.command(&["serve", "--listen", &self.address.to_string(), "--ready-file"])?;
        command.envs(self.env.iter().cloned());
        let mut child = command.arg(&ready).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).spawn()?;
        let until = Instant::now() + PATIENCE;
        while !ready.exists() {
            if let Some(status) = child.try_wait()? {
                bail!("cannot listen or serve ({status}): {}", self.log());
            }
            if Instant::now() > until {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the server does not get ready: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(2));
        }
        self.child = Some(child);
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits; fails if it does not end well.
    pub fn stop(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        let asked = Command::new("kill").arg(child.id().to_string()).status()?;
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = child.try_wait()? {
                return if status.success() && asked.success() { Ok(()) } else { bail!("the server ended with {status}: {}", self.log()) };
            }
            if Instant::now() > until {
                let _ = child.kill();
                let _ = child.wait();
                bail!("the server does not stop: {}", self.log());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        let mut child = self.child.take().context("it does not run")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    /// Whether it is (still) running.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// Where it listens, also while it does not run.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The number of its process.
    pub fn pid(&self) -> Option<u32> {
        self.child.as_ref().map(Child::id)
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.dir.path().join("log")
    }

    /// An invitation for a member.
    pub fn invite(&self, member: &str) -> Result<String> {
        self.invite_by(member, self.address)
    }

    /// An invitation that names another address, such as a proxy's.
    pub fn invite_by(&self, member: &str, address: SocketAddr) -> Result<String> {
        let answer = self.json(&["invite", member, "--url", &format!("http://{address}"), "--json"])?;
        Ok(answer["invitation"].as_str().context("no invitation")?.to_owned())
    }

    /// An admin command; fails if it fails. Its output.
    pub fn cli(&self, args: &[&str]) -> Result<String> {
        let out = self.command(args)?.output()?;
        if !out.status.success() {
            bail!("sync-server {args:?} ({}): {}", out.status, String::from_utf8_lossy(&out.stderr));
        }
        Ok(String::from_utf8(out.stdout)?)
    }

    /// An admin command that prints JSON.
    pub fn json(&self, args: &[&str]) -> Result<Value> {
        let text = self.cli(args)?;
        serde_json::from_str(&text).with_context(|| format!("sync-server {args:?} printed {text:?}"))
    }

    /// An admin command, not started.
    pub fn command(&self, args: &[&str]) -> Result<Command> {
        Self::command_in(&self.data(), args)
    }

    /// An admin command on any data folder, not started.
    pub fn command_in(data: &Path, args: &[&str]) -> Result<Command> {
        let mut command = binary::command("sync-server")?;
        command.arg("--data").arg(data).args(args);
        Ok(command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
