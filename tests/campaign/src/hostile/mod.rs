//! Hostile bytes out of honest ones, from a seed: what knows the structure of a format gets further
//! into its reader than noise does.

pub mod cbor;
pub mod frame;
pub mod text;

use crate::{Portion, Watch};
use rand::{Rng, RngExt as _, SeedableRng as _, rngs::SmallRng};
use std::{fs, path::Path};

/// Tries a decoder: first what was kept of it, then mutants, each from a seed of its own. `read`
/// answers whether an input was read. At least one mutant in `every` must be, or the mutator has gone
/// blunt.
///
/// # Panics
/// If an input does harm, or too few were read.
pub fn campaign(
    mut watch: Watch,
    portion: Portion,
    every: u64,
    kept: Vec<(String, Vec<u8>)>,
    mutant: impl Fn(&mut SmallRng) -> Vec<u8>,
    read: impl Fn(&[u8]) -> bool,
) {
    for (file, input) in kept {
        watch.try_one(file, &input, &read);
    }
    let one = |seed| watch.try_one(seed, &mutant(&mut SmallRng::seed_from_u64(seed)), &read);
    let accepted = portion.seeds().map(one).filter(|accepted| *accepted).count() as u64;
    println!("{accepted} of {} were read", portion.cases);
    // A handful says nothing.
    assert!(portion.cases < 1_000 || accepted * every >= portion.cases, "only {accepted} of {} were read", portion.cases);
    watch.done();
    portion.report(portion.cases);
}

/// Flips, writes over, inserts, deletes and splices bytes, here and there.
pub fn bytes(rng: &mut impl Rng, honest: &[u8], others: &[Vec<u8>]) -> Vec<u8> {
    let mut out = honest.to_vec();
    for _ in 0..rng.random_range(1..4) {
        let at = if out.is_empty() { 0 } else { rng.random_range(0..out.len()) };
        let to = if out.is_empty() { 0 } else { (at + rng.random_range(1..32)).min(out.len()) };
        match rng.random_range(0..9) {
            0 if at < out.len() => out[at] = pick(rng, &[0, 1, 0x7f, 0x80, 0xff]),
            1 if at < out.len() => out[at] = out[at].wrapping_add(1),
            2 => out.insert(at, rng.random()),
            3 => drop(out.drain(at..to)),
            4 => out.truncate(at),
            5 => {
                let again = out[at..to].to_vec();
                out.splice(at..at, again);
            }
            6 if !others.is_empty() => {
                let other = &others[rng.random_range(0..others.len())];
                let from = rng.random_range(0..=other.len());
                let part = &other[from..(from + rng.random_range(0..64)).min(other.len())];
                out.splice(at..to, part.iter().copied());
            }
            7 => out.extend((0..rng.random_range(1..16)).map(|_| rng.random::<u8>())),
            _ if at < out.len() => out[at] ^= 1 << rng.random_range(0..8),
            _ => {}
        }
    }
    out
}

/// One of a few.
pub fn pick<T: Clone>(rng: &mut impl Rng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())].clone()
}

/// Numbers at which programs count wrong.
pub fn number(rng: &mut impl Rng) -> u64 {
    let edges =
        [0, 1, 23, 24, 255, 256, 65_535, 65_536, 1 << 31, u64::from(u32::MAX), 1 << 32, 1 << 42, i64::MAX as u64, 1 << 63, u64::MAX];
    let edge = pick(rng, &edges);
    match rng.random_range(0..4) {
        0 => edge.wrapping_sub(1),
        1 => rng.random_range(0..1_000),
        _ => edge,
    }
}

/// What once did harm, kept in a folder: by the file's name, the bytes. `*.hex` is hexadecimal with
/// comments behind `#`, `*.txt` is the text itself.
///
/// # Panics
/// If the folder is empty or a file of it cannot be read: what was found must stay found.
pub fn kept(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("a folder's entry").path()).collect();
    paths.sort();
    assert!(!paths.is_empty(), "nothing is kept in {}", folder.display());
    let read = |path: &Path| {
        let text = fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        match path.extension().and_then(|e| e.to_str()) {
            Some("txt") => text,
            Some("hex") => from_hex(&text).unwrap_or_else(|| panic!("{} is not hexadecimal", path.display())),
            _ => panic!("{}: neither .hex nor .txt", path.display()),
        }
    };
    paths.iter().map(|path| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), read(path))).collect()
}

fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(text).ok()?;
    let digits: String = text.lines().flat_map(|line| line.split('#').next()).flat_map(str::split_whitespace).collect();
    (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kept_bytes_are_read_with_their_comments() {
        assert_eq!(from_hex(b"# a bomb\n00 ff\n0a # its end\n"), Some(vec![0, 255, 10]));
        assert_eq!(from_hex(b"0"), None);
        assert_eq!(from_hex(b"zz"), None);
    }
}
