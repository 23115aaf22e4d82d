//! The slowest tests of a run, read off what the runners say of each, so that a test that grows is seen before it hurts.

use std::time::Duration;

/// A test and how long it took.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// How long.
    pub took: Duration,
    /// Its name, with what it belongs to.
    pub name: String,
}

impl Timed {
    /// Reads what a line of nextest (`PASS [ 1.234s] (3/9) crate::target name`) or of our own scripts (`ok   name (1.2 s)`) says.
    pub fn of_line(line: &str) -> Option<Timed> {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("ok ").or_else(|| line.strip_prefix("FAIL ")) {
            let (name, time) = rest.trim().strip_suffix(" s)")?.rsplit_once(" (")?;
            return Some(Timed { took: seconds(time)?, name: name.to_owned() });
        }
        let (word, rest) = line.split_once(" [")?;
        if !matches!(word, "PASS" | "FAIL" | "LEAK" | "LEAK-FAIL" | "TIMEOUT") {
            return None;
        }
        let (time, name) = rest.split_once("s] ")?;
        // A count such as (3/9) is no part of the name.
        let name = name.trim().strip_prefix('(').and_then(|n| n.split_once(") ")).map_or(name, |(_, name)| name);
        Some(Timed { took: seconds(time.trim_start_matches('>'))?, name: name.trim().to_owned() })
    }
}

fn seconds(text: &str) -> Option<Duration> {
    Duration::try_from_secs_f64(text.trim().parse().ok()?).ok()
}

/// The slowest, the slowest first.
pub fn slowest(mut all: Vec<Timed>, at_most: usize) -> Vec<Timed> {
    all.sort_by(|a, b| b.took.cmp(&a.took).then_with(|| a.name.cmp(&b.name)));
    // nextest says what failed once more at its end.
    all.dedup();
    all.truncate(at_most);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_of_the_runners_are_understood() {
        let timed = |took, name: &str| Some(Timed { took: Duration::from_secs_f64(took), name: name.into() });
        assert_eq!(
            Timed::of_line("        PASS [   0.005s] (12/701) beehive-core id::tests::a"),
            timed(0.005, "beehive-core id::tests::a")
        );
        assert_eq!(Timed::of_line("     TIMEOUT [> 180.000s] beehive-tests::kills a"), timed(180.0, "beehive-tests::kills a"));
        assert_eq!(Timed::of_line("ok   two people join (1.4 s)"), timed(1.4, "two people join"));
        assert_eq!(Timed::of_line("     Summary [   0.145s] 21 tests run: 21 passed, 0 skipped"), None);
        assert_eq!(Timed::of_line("ok   without a time"), None);
        assert_eq!(Timed::of_line("        SLOW [> 30.000s] beehive-tests::kills a"), None);
    }

    #[test]
    fn the_slowest_come_first() {
        let one = |took, name: &str| Timed { took: Duration::from_secs(took), name: name.into() };
        let found = slowest(vec![one(1, "a"), one(3, "b"), one(2, "c"), one(3, "b")], 2);
        assert_eq!(found, [one(3, "b"), one(2, "c")]);
    }
}
