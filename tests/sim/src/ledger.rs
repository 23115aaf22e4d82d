//! What people were told is saved: every writing carries a mark of its own, which can be found again wherever the writing is.

use beehive_core::DocId;
use std::collections::BTreeSet;

/// What is known of a writing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// The phone said that it is saved.
    Saved,
    /// The power went before it said anything.
    Nothing,
    /// Whatever held it was thrown away on purpose: a restored copy, a lost disk.
    Excused,
}

/// A writing.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its mark, e.g. `#12.0;`.
    pub mark: String,
    /// Who wrote it, by the phone's place.
    pub phone: usize,
    /// On which record; unknown where a new one was not finished.
    pub doc: Option<DocId>,
    /// What the person was told.
    pub told: Told,
}

/// All writings.
#[derive(Debug, Default)]
pub struct Ledger {
    /// In the order written.
    pub entries: Vec<Entry>,
}

impl Ledger {
    /// A mark for the `n`th writing of a step.
    pub fn mark(step: u64, n: usize) -> String {
        format!("#{step}.{n};")
    }

    /// Notes a writing.
    pub fn note(&mut self, mark: &str, phone: usize, doc: Option<DocId>, told: Told) {
        self.entries.push(Entry { mark: mark.to_owned(), phone, doc, told });
    }
}

/// The marks that appear in bytes.
pub fn marks_in(bytes: &[u8]) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in bytes.iter().enumerate().filter(|(_, b)| **b == b'#') {
        let digits = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_digit()).count();
        let first = digits(at + 1);
        let dot = at + 1 + first;
        if first == 0 || bytes.get(dot) != Some(&b'.') {
            continue;
        }
        let second = digits(dot + 1);
        let end = dot + 1 + second;
        if second > 0 && bytes.get(end) == Some(&b';') {
            found.insert(String::from_utf8_lossy(&bytes[at..=end]).into_owned());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_between_other_bytes() {
        let bytes = [b"\xff#1.2;x#3;#.4;#5.;".as_slice(), Ledger::mark(12, 0).as_bytes(), b"#7.8".as_slice()].concat();
        assert_eq!(marks_in(&bytes).into_iter().collect::<Vec<_>>(), ["#1.2;", "#12.0;"]);
    }
}
