//! Hostile text: what people never type and programs stumble over.

use super::pick;
use rand::{Rng, RngExt as _};

/// Short texts with something odd in them.
pub const ODD: [&str; 30] = [
    "",
    " ",
    "\0",
    "\r\n",
    "\t\u{b}\u{c}",
    "\u{7f}\u{80}\u{9f}",
    "\u{feff}",
    "\u{200b}\u{200d}\u{2060}",
    "\u{202e}abc\u{202c}",
    "\u{301}\u{301}\u{301}",
    "İıſK",
    "ß",
    "ﬀ",
    "Ａ１％＆＝？／：",
    "。｡．、，；",
    "\u{fffd}\u{ffff}\u{10ffff}",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "𠮷野家",
    "居民\u{3000}反映",
    "%00",
    "%",
    "%%",
    "%4",
    "%zz",
    "%ff%fe",
    "%E4%B8",
    "%2525%26%3d",
    "-0",
    "99999999999999999999999999",
    "../../../../etc/passwd",
];

/// A text nobody types; now and then a long one.
pub fn unusual(rng: &mut impl Rng) -> String {
    match rng.random_range(0..8) {
        0 => pick(rng, &ODD).repeat(rng.random_range(1..2_000)),
        1 => "a".repeat(rng.random_range(0..70_000)),
        2 => (0..rng.random_range(0..40)).filter_map(|_| char::from_u32(rng.random_range(0..0x11_0000))).collect(),
        3 => (0..rng.random_range(0..40)).map(|_| char::from(rng.random_range(0..128u8))).collect(),
        _ => (0..rng.random_range(1..4)).map(|_| pick(rng, &ODD)).collect(),
    }
}

/// An honest text with odd pieces put in, parts taken out, doubled, or percent-encoded.
pub fn mutant(rng: &mut impl Rng, honest: &str) -> String {
    let mut out: Vec<char> = honest.chars().collect();
    for _ in 0..rng.random_range(1..4) {
        let at = rng.random_range(0..=out.len());
        let to = rng.random_range(at..=out.len().min(at + 24));
        match rng.random_range(0..7) {
            0 => drop(out.drain(at..to)),
            1 => {
                let again: Vec<char> = out[at..to].to_vec();
                out.splice(at..at, again);
            }
            2 => {
                let part: String = out[at..to].iter().collect();
                let encoded: String = part.bytes().map(|b| format!("%{b:02X}")).collect();
                out.splice(at..to, encoded.chars());
            }
            3 if rng.random_bool(0.1) => {
                let much = unusual(rng);
                out.splice(at..to, much.chars());
            }
            4 if at < out.len() => out[at] = char::from_u32(out[at] as u32 ^ (1 << rng.random_range(0..16))).unwrap_or('\0'),
            5 => out.truncate(at),
            _ => drop(out.splice(at..at, pick(rng, &ODD).chars())),
        }
    }
    out.into_iter().collect()
}
