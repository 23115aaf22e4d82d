//! What one input may cost whoever reads it: no panic, a second of CPU, 64 MB.

use std::{
    any::Any,
    env, fs,
    io::{Seek as _, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The most CPU time for one input. Not wall time: the machine may be busy with something else.
pub const MAX_CPU: Duration = Duration::from_secs(1);
/// The most memory for one input, in bytes, above what the process held before the first.
pub const MAX_MEMORY: u64 = 64 * 1024 * 1024;

/// Memory is measured for the whole process: of the tests in one process only one may measure.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// Measures a decoder, input by input.
///
/// Peak memory is read from Linux; elsewhere only panics and time are watched. Each input is
/// written to a file before it is tried, so that one which ends the process can be found there.
#[derive(Debug)]
pub struct Watch {
    decoder: &'static str,
    /// Whether the work is done on other threads too.
    threads: bool,
    journal: (PathBuf, fs::File),
    base: Option<u64>,
    worst: Cost,
    _alone: MutexGuard<'static, ()>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    cpu: Duration,
    memory: u64,
}

impl Watch {
    /// Watches a decoder that works on the calling thread.
    ///
    /// # Panics
    /// If there is no file to be had for the inputs.
    pub fn of(decoder: &'static str) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let path = env::temp_dir().join(format!("beehive-{decoder}-{}.input", process::id()));
        let file = fs::File::create(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        forget_peak();
        let journal = (path, file);
        Self { decoder, threads: false, journal, base: memory("VmRSS:"), worst: Cost::default(), _alone: alone }
    }

    /// The same for one that has work done on other threads: the CPU time of the whole process
    /// counts.
    ///
    /// # Panics
    /// As [`Self::of`].
    pub fn with_threads(decoder: &'static str) -> Self {
        Self { threads: true, ..Self::of(decoder) }
    }

    /// Tries one input, named by its seed or its file, and answers what came of it.
    ///
    /// # Panics
    /// If it panics or costs too much; the message says where the input is kept.
    pub fn try_one<T>(&mut self, name: impl std::fmt::Display, input: &[u8], read: impl FnOnce(&[u8]) -> T) -> T {
        self.note(input);
        forget_peak();
        // Every thread's heap keeps what it has freed: with several, only what is added can be told.
        let base = if self.threads { memory("VmRSS:") } else { self.base };
        let before = self.cpu();
        let result = catch_unwind(AssertUnwindSafe(|| read(input)));
        let cpu = self.cpu().saturating_sub(before);
        let memory = base.and_then(|base| Some(memory("VmHWM:")?.saturating_sub(base))).unwrap_or(0);
        self.worst = Cost { cpu: self.worst.cpu.max(cpu), memory: self.worst.memory.max(memory) };
        let (decoder, kept) = (self.decoder, self.journal.0.display());
        let what = || format!("{decoder}, input {name}, {} bytes kept in {kept}", input.len());
        let value = result.unwrap_or_else(|panic| panic!("{}: panicked: {}", what(), said(&*panic)));
        assert!(cpu < MAX_CPU, "{}: took {cpu:?}", what());
        assert!(memory <= MAX_MEMORY, "{}: took {} KB", what(), memory / 1024);
        value
    }

    /// Ends the watch and says the largest costs that were seen.
    pub fn done(self) {
        println!("{}: at most {:?} and {} KB for one input", self.decoder, self.worst.cpu, self.worst.memory / 1024);
        // Only when all is well: what failed stays to be looked at.
        drop(fs::remove_file(&self.journal.0));
    }

    fn note(&mut self, input: &[u8]) {
        let file = &mut self.journal.1;
        let written = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(input));
        written.unwrap_or_else(|e| panic!("{}: {e}", self.journal.0.display()));
    }

    fn cpu(&self) -> Duration {
        let read = if self.threads { process_cpu() } else { thread_cpu() };
        read.unwrap_or_else(|| START.elapsed())
    }
}

static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);

fn said(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("(no words)").to_owned()
}

/// From here on the peak is what the process holds now. Not allowed everywhere; then the peak is
/// that of all inputs so far.
fn forget_peak() {
    drop(fs::write("/proc/self/clear_refs", "5"));
}

/// A line of the process's status, in bytes.
fn memory(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

fn thread_cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// In steps of a hundredth of a second: that is what Linux says of a whole process.
fn process_cpu() -> Option<Duration> {
    let text = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(ticks * 10))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(read: impl FnOnce(&[u8])) -> String {
        let panic = catch_unwind(AssertUnwindSafe(|| Watch::of("itself").try_one(7, b"x", read))).unwrap_err();
        said(&*panic)
    }

    #[test]
    fn what_costs_too_much_is_noticed() {
        let mut watch = Watch::of("itself");
        assert_eq!(watch.try_one(1, b"abc", <[u8]>::len), 3);
        watch.done();
        assert!(fails(|_| panic!("a planted fault")).contains("input 7, 1 bytes kept in"));
        if thread_cpu().is_none() || memory("VmHWM:").is_none() {
            return;
        }
        let busy = |_: &[u8]| {
            let begun = thread_cpu();
            while thread_cpu().zip(begun).is_some_and(|(now, begun)| now - begun <= MAX_CPU) {}
        };
        assert!(fails(busy).contains("took 1"));
        let large = usize::try_from(MAX_MEMORY).unwrap() + 8 * 1024 * 1024;
        assert!(fails(|_| drop(std::hint::black_box(vec![1u8; large]))).contains("KB"));
    }
}
