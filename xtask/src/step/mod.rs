//! One step of a run: a program with a time budget.
//!
//! Nothing that a step does can keep the run waiting. It is read line by line while it runs; over its budget it is ended with all that
//! it started, and what was still running is named; what it leaves behind when it ends fails it and is named too, also when that
//! holds the step's output open.

mod family;

use anyhow::{Context, Result};
use family::{Family, MARK, Process};
use std::{
    io::{BufRead, BufReader, pipe},
    os::unix::process::CommandExt,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, channel},
    },
    time::{Duration, Instant},
};

/// How often a step is looked at when it says nothing.
const LOOK: Duration = Duration::from_millis(100);
/// How long helpers of a step may take to end after it, before they count as left behind.
const LINGER: Duration = Duration::from_secs(5);
/// How long a step that is over its budget may take to say what it was doing.
const LAST_WORDS: Duration = Duration::from_secs(4);

/// Set when somebody asked the whole run to stop (Ctrl-C, SIGTERM).
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Lets Ctrl-C and SIGTERM end the step that runs, which leads a process group of its own and hears neither by itself.
pub fn listen_for_interrupts() -> Result<()> {
    Ok(ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::Relaxed))?)
}

/// Whether somebody asked the whole run to stop.
pub fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// How a step ended.
#[derive(Debug)]
pub struct End {
    /// Its program ended well, in time, and left nothing behind.
    pub ok: bool,
    /// How long it took.
    pub took: Duration,
    /// What was wrong, a sentence each.
    pub complaints: Vec<String>,
}

/// Runs a command to its end or to the end of its budget. Every line that it prints, on either output, goes to `hear`.
///
/// # Errors
/// It can't be started.
pub fn run(mut command: Command, budget: Duration, hear: &mut dyn FnMut(&str)) -> Result<End> {
    static STEPS: AtomicU32 = AtomicU32::new(0);
    let mark = format!("{}-{}", std::process::id(), STEPS.fetch_add(1, Ordering::Relaxed));
    let begun = Instant::now();
    let (output, input) = pipe()?;
    command.env(MARK, &mark).stdin(Stdio::null()).stdout(input.try_clone()?).stderr(input).process_group(0);
    let child = command.spawn().with_context(|| format!("cannot start {:?}", command.get_program()))?;
    // The command holds the writing ends; the reader must not wait for us.
    drop(command);
    let (said, lines) = channel();
    std::thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = Vec::new();
        while output.read_until(b'\n', &mut line).is_ok_and(|n| n > 0) {
            let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
            line.clear();
            if said.send(text).is_err() {
                return;
            }
        }
    });
    let family = Family::new(&mark, child.id());
    let mut watched = Watched { child, family, lines, hear, complaints: Vec::new() };
    let status = watched.until_it_ends(begun, budget)?;
    watched.until_nothing_is_left(status.is_some());
    let ok = status.is_some_and(|s| s.success()) && watched.complaints.is_empty();
    if let Some(status) = status.filter(|s| !s.success()) {
        watched.complaints.insert(0, format!("it ended with {status}"));
    }
    Ok(End { ok, took: begun.elapsed(), complaints: watched.complaints })
}

struct Watched<'a> {
    child: Child,
    family: Family,
    lines: Receiver<String>,
    hear: &'a mut dyn FnMut(&str),
    complaints: Vec<String>,
}

impl Watched<'_> {
    /// How the program ended by itself; `None` if it was ended.
    fn until_it_ends(&mut self, begun: Instant, budget: Duration) -> Result<Option<ExitStatus>> {
        loop {
            self.listen(LOOK);
            if let Some(status) = self.child.try_wait()? {
                return Ok(Some(status));
            }
            let over = begun.elapsed() > budget;
            if over || interrupted() {
                let what = if over { format!("over its budget of {} s", budget.as_secs()) } else { "interrupted".into() };
                self.complaints.push(format!("{what}; still running: {}", names(&self.family.members())));
                self.family.ask();
                let until = Instant::now() + LAST_WORDS;
                while Instant::now() < until && self.child.try_wait()?.is_none() {
                    self.listen(LOOK);
                }
                self.family.end();
                self.child.wait()?;
                return Ok(None);
            }
        }
    }

    /// Ends what outlives the program, and hears the last lines.
    fn until_nothing_is_left(&mut self, by_itself: bool) {
        let until = Instant::now() + LINGER;
        let mut left = self.family.members();
        while by_itself && !left.is_empty() && Instant::now() < until {
            self.listen(LOOK);
            left = self.family.members();
        }
        if by_itself && !left.is_empty() {
            self.complaints.push(format!("it left behind: {}", names(&left)));
        }
        self.family.end();
        // Whoever held the output open is gone; if somebody still holds it, nobody waits for him.
        let until = Instant::now() + LINGER;
        while Instant::now() < until && self.listen(LOOK) {}
    }

    /// Hears what is said within a moment; whether more may come.
    fn listen(&mut self, moment: Duration) -> bool {
        let until = Instant::now() + moment;
        loop {
            match self.lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(line) => (self.hear)(&line),
                Err(RecvTimeoutError::Timeout) => return true,
                Err(RecvTimeoutError::Disconnected) => {
                    // There is nothing to wait on any more, and the caller looks again at once.
                    std::thread::sleep(until.saturating_duration_since(Instant::now()).min(LOOK));
                    return false;
                }
            }
        }
    }
}

fn names(processes: &[Process]) -> String {
    let names: Vec<String> = processes.iter().take(12).map(ToString::to_string).collect();
    match (names.len(), processes.len()) {
        (0, _) => "nothing that can be seen".into(),
        (shown, all) if shown < all => format!("{} and {} more", names.join(", "), all - shown),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests;
