//! A small disk that can really be full: a tmpfs in a mount namespace of its own, so that nobody needs to be root.

use crate::binary;
use anyhow::{Context, Result, ensure};
use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};
use tempfile::TempDir;

/// The disk; gone when dropped.
pub struct SmallDisk {
    dir: TempDir,
    /// Keeps the namespace; everything else joins it.
    keeper: Child,
}

impl SmallDisk {
    /// A disk of so many KB. `None` where the system does not let us make one (some containers).
    pub fn new(kilobytes: u32) -> Result<Option<Self>> {
        let dir = tempfile::tempdir()?;
        let script = format!("mount -t tmpfs -o size={kilobytes}k tmpfs \"$0\" && echo ready && exec cat");
        let mut command = Command::new("unshare");
        command.args(["-r", "-m", "sh", "-c", &script]).arg(dir.path());
        let Ok(mut keeper) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn() else { return Ok(None) };
        let mut said = String::new();
        BufReader::new(keeper.stdout.take().context("stdout")?).read_line(&mut said)?;
        if said.trim() == "ready" {
            return Ok(Some(Self { dir, keeper }));
        }
        keeper.wait()?;
        Ok(None)
    }

    /// Where it is, for programs started with [`SmallDisk::command`].
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// A program that sees the disk, not started.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.keeper.id().to_string(), "-U", "-m", "--preserve-credentials", "--"]).arg(program);
        command
    }

    /// A program of the workspace with its data in a folder of the disk, not started.
    pub fn run(&self, name: &str, folder: &str, args: &[&str]) -> Result<Command> {
        let mut command = self.command(binary::find(name)?);
        command.arg("--data").arg(self.path().join(folder)).args(args);
        Ok(command)
    }

    fn filler(&self) -> PathBuf {
        self.path().join("filler")
    }

    /// Fills it up, but for about so many KB.
    pub fn fill(&self, leave_kilobytes: u32) -> Result<()> {
        let script = "dd if=/dev/zero of=\"$0\" bs=4k 2>/dev/null; size=$(stat -c %s \"$0\"); truncate -s $((size - $1 * 1024)) \"$0\"";
        let status = self.command("sh").args(["-c", script]).arg(self.filler()).arg(leave_kilobytes.to_string()).status()?;
        ensure!(status.success(), "the disk cannot be filled");
        Ok(())
    }

    /// Makes room again.
    pub fn clear(&self) -> Result<()> {
        let status = self.command("rm").arg(self.filler()).status()?;
        ensure!(status.success(), "the disk cannot be cleared");
        Ok(())
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}
