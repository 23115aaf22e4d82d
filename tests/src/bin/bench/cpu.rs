//! CPU time of a process, as the kernel counts it: all threads, also those that ended.

use anyhow::{Context, Result};
use std::{fs, time::Duration};

/// What the kernel counts in: USER_HZ, 100 on every Linux.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used so far, user and system together. Exact to 10 ms, so it takes much work to say much.
pub fn of(pid: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The name in parentheses may hold anything, also spaces; what follows it may not.
    let (_, rest) = stat.rsplit_once(')').context("stat")?;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks = |at: usize| -> Result<u32> { Ok(fields.get(at).context("stat")?.parse()?) };
    Ok(TICK * (ticks(11)? + ticks(12)?))
}
