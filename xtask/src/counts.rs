//! Reads the counts that test runners close with, so that `make test` can end with one line for all.

/// How many tests.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Passed.
    pub passed: u64,
    /// Failed.
    pub failed: u64,
    /// Not run.
    pub skipped: u64,
}

impl Counts {
    /// Adds up.
    pub fn add(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Reads what a line of output says, if it is a closing line of nextest, cargo test, vitest or our own scripts. What is indented may
    /// be the output of a test that failed, as nextest shows it: that test is in nextest's own count.
    pub fn of_line(line: &str) -> Option<Counts> {
        let whole = plain(line);
        let line = whole.trim();
        let shown = whole.starts_with("    ");
        let closes = line.starts_with("Summary [") // nextest
            || (!shown && line.starts_with("test result:")) // cargo test
            || line.starts_with("Tests ") // vitest
            || (!shown && line.split_once(' ').is_some_and(|(n, rest)| n.parse::<u64>().is_ok() && rest.starts_with("passed, "))); // ours
        closes.then(|| Counts { passed: before(line, "passed"), failed: before(line, "failed"), skipped: before(line, "skipped") })
    }
}

/// The number in front of a word; 0 if the word is not there.
fn before(line: &str, word: &str) -> u64 {
    let words: Vec<&str> = line.split(|c: char| c.is_whitespace() || ",;:|()".contains(c)).filter(|w| !w.is_empty()).collect();
    let place = words.iter().position(|w| *w == word);
    place.and_then(|i| i.checked_sub(1)).and_then(|i| words[i].parse().ok()).unwrap_or(0)
}

/// A line without its colours.
pub fn plain(line: &str) -> String {
    let mut out = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(char::is_ascii_alphabetic);
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_runner_is_understood() {
        let counts = |passed, failed, skipped| Some(Counts { passed, failed, skipped });
        assert_eq!(Counts::of_line("     Summary [   0.145s] 21 tests run: 21 passed, 0 skipped"), counts(21, 0, 0));
        assert_eq!(Counts::of_line("     Summary [  20.0s] 3/6 tests run: 2 passed (1 slow), 1 failed, 4 skipped"), counts(2, 1, 4));
        assert_eq!(Counts::of_line("test result: ok. 7 passed; 1 failed; 0 ignored; 0 measured"), counts(7, 1, 0));
        assert_eq!(Counts::of_line("\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m45 passed\u{1b}[39m (45)"), counts(45, 0, 0));
        assert_eq!(Counts::of_line("Tests  1 failed | 44 passed (45)"), counts(44, 1, 0));
        assert_eq!(Counts::of_line("12 passed, 0 failed"), counts(12, 0, 0));
        assert_eq!(Counts::of_line("a test passed, and so on"), None);
        assert_eq!(Counts::of_line("    test result: FAILED. 0 passed; 1 failed; 0 ignored"), None);
    }
}
