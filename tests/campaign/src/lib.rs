//! A campaign is a test that tries many cases of one kind, each from a seed: kills, power cuts, hostile bytes.
//!
//! It stands in two tiers. In the gate (`make test`) it runs in a small, fixed form, always the same.
//! `cargo xtask prove` runs the very same test with more cases and further seeds, portion by portion,
//! adds up what the portions report, and writes the sums into `docs/evidence.md`.
//!
//! ```text
//! let portion = beehive_campaign::Portion::or(21, 14);
//! for seed in portion.seeds() {
//!     a_kill(seed); // panics if something does not hold
//! }
//! portion.report(portion.cases);
//! ```

#[cfg(feature = "hostile")]
pub mod hostile;
#[cfg(feature = "hostile")]
mod watch;

#[cfg(feature = "hostile")]
pub use watch::{MAX_CPU, MAX_MEMORY, Watch};

use std::{env, fs::File, io::Write, ops::Range};

/// The variable with the first seed of the portion that is asked for.
pub const SEED: &str = "BEEHIVE_CAMPAIGN_SEED";
/// The variable with the number of cases that is asked for.
pub const CASES: &str = "BEEHIVE_CAMPAIGN_CASES";
/// The variable with the file that reports are appended to.
pub const REPORT: &str = "BEEHIVE_CAMPAIGN_REPORT";

/// How much of a campaign this run is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// The first seed; whoever needs a seed for every case takes the ones that follow.
    pub seed: u64,
    /// How many cases to try.
    pub cases: u64,
}

impl Portion {
    /// The portion that `cargo xtask prove` asks for; in the gate, where nobody asks, this one.
    ///
    /// # Panics
    /// If what is asked for is not a number: a campaign must not silently do less than it was told.
    pub fn or(seed: u64, cases: u64) -> Self {
        Self { seed: asked(SEED).unwrap_or(seed), cases: asked(CASES).unwrap_or(cases) }
    }

    /// A seed for every case.
    pub fn seeds(&self) -> Range<u64> {
        self.seed..self.seed + self.cases
    }

    /// The part of this portion that falls to one of several tests of the same campaign, at least one case.
    pub fn share(&self, of: u64) -> u64 {
        (self.cases / of.max(1)).max(1)
    }

    /// Says how many cases were tried and held. What does not hold panics before it gets here.
    ///
    /// # Panics
    /// If the report can't be written: a figure that nobody can add up counts for nothing.
    pub fn report(&self, cases: u64) {
        println!("{cases} cases from seed {} held", self.seed);
        if let Some(path) = env::var_os(REPORT) {
            let file = File::options().create(true).append(true).open(&path);
            let written = file.and_then(|mut file| writeln!(file, "{cases}"));
            written.unwrap_or_else(|e| panic!("cannot report to {}: {e}", path.display()));
        }
    }
}

fn asked(variable: &str) -> Option<u64> {
    let text = env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is not a number: {text:?}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_runs_the_small_form() {
        let portion = Portion::or(7, 3);
        assert_eq!(portion, Portion { seed: 7, cases: 3 });
        assert_eq!(portion.seeds().collect::<Vec<_>>(), [7, 8, 9]);
        assert_eq!((portion.share(2), portion.share(9)), (1, 1));
    }
}
