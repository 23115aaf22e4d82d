//! Everything that a step has started, also what has left its process group or outlived its parent.
//!
//! A step's command gets a mark in its environment, which whatever it starts inherits. That finds browsers, servers and tests that
//! lead groups of their own; a process group alone does not. Where there is no `/proc`, only the group is ended.

use nix::{
    sys::signal::{Signal, kill, killpg},
    unistd::Pid,
};
use std::{
    fs,
    time::{Duration, Instant},
};

/// The variable that carries the mark.
pub const MARK: &str = "BEEHIVE_STEP";
/// How long a killed process may take to be gone.
const GONE: Duration = Duration::from_secs(10);

/// A process that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: i32,
    /// Its command line, shortened.
    pub line: String,
}

impl std::fmt::Display for Process {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} `{}`", self.pid, self.line)
    }
}

/// What a step has started: by its mark and by its process group.
#[derive(Debug, Clone)]
pub struct Family {
    mark: String,
    group: i32,
}

impl Family {
    /// All that carries `mark`, and all of the group that is led by process `group`.
    pub fn new(mark: &str, group: u32) -> Self {
        Self { mark: format!("{MARK}={mark}"), group: i32::try_from(group).unwrap_or(i32::MAX) }
    }

    /// The processes that are there now.
    pub fn members(&self) -> Vec<Process> {
        let own = std::process::id().to_string();
        let numbers = fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            (name != own).then(|| name.parse().ok()).flatten()
        });
        let mut all: Vec<Process> = numbers.filter(|pid| self.has(*pid)).map(|pid| Process { pid, line: line(pid) }).collect();
        all.sort_by_key(|p| p.pid);
        all
    }

    /// Whether a process belongs here. One that is gone, or dead and not yet waited for, does not.
    fn has(&self, pid: i32) -> bool {
        let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
        // What follows the name, which may hold blanks and brackets itself: state, parent, group.
        let mut rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace();
        let (state, group) = (rest.next().unwrap_or("Z"), rest.nth(1).and_then(|g| g.parse().ok()).unwrap_or(-1));
        if matches!(state, "Z" | "X") {
            return false;
        }
        group == self.group
            || fs::read(format!("/proc/{pid}/environ")).is_ok_and(|env| env.split(|b| *b == 0).any(|v| v == self.mark.as_bytes()))
    }

    /// Asks the step's own program to stop, so that it can say what it was doing.
    pub fn ask(&self) {
        let _ = kill(Pid::from_raw(self.group), Signal::SIGTERM);
    }

    /// Kills all of it, again and again, because what is being killed may just be starting something.
    pub fn end(&self) {
        let until = Instant::now() + GONE;
        loop {
            let _ = killpg(Pid::from_raw(self.group), Signal::SIGKILL);
            let members = self.members();
            if members.is_empty() || Instant::now() > until {
                return;
            }
            for process in members {
                let _ = kill(Pid::from_raw(process.pid), Signal::SIGKILL);
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

/// The command line of a process, on one line and not too long to read.
fn line(pid: i32) -> String {
    let bytes = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).replace('\0', " ");
    let short: String = text.trim().chars().take(120).collect();
    if short.is_empty() { "?".into() } else { short }
}
