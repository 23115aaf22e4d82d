//! Hostile CBOR: the tree of an honest message with numbers, counts, types and nesting changed, or
//! with headers that lie.

use super::{bytes, number, pick, text};
use rand::{Rng, RngExt as _};

/// The most copies of an item that a mutant holds, so that the campaign itself stays small.
const MANY: usize = 40_000;

/// An item as it is written. Text is kept as bytes, for it may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A number from 0.
    Unsigned(u64),
    /// A number below 0: `-1 - n`.
    Negative(u64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text.
    Text(Vec<u8>),
    /// Items in order.
    Array(Vec<Item>),
    /// Keys and values.
    Map(Vec<(Item, Item)>),
    /// Anything else, as written.
    Raw(Vec<u8>),
}

/// Changes bytes within a message that are of a format of their own; `None` leaves them to the
/// general mutations.
pub type Inner<'a, R> = &'a dyn Fn(&mut R, &[u8]) -> Option<Vec<u8>>;

/// A mutant of an honest message. `others` lend parts of theirs.
///
/// # Panics
/// If the honest messages are no CBOR of stated lengths.
pub fn mutant<R: Rng>(rng: &mut R, honest: &[u8], others: &[Vec<u8>], inner: Inner<'_, R>) -> Vec<u8> {
    if rng.random_bool(0.2) {
        return bytes(rng, honest, others);
    }
    let mut tree = Item::read(honest).expect("an honest message");
    let donor = if others.is_empty() { tree.clone() } else { Item::read(&pick(rng, others)).expect("an honest message") };
    // Mostly one change: of several, most mutants are refused for the first that the reader meets.
    for _ in 0..if rng.random_bool(0.7) { 1 } else { rng.random_range(2..4) } {
        let lent = donor.clone().nth(&mut rng.random_range(0..donor.count())).cloned();
        let at = rng.random_range(0..tree.count());
        if let Some(node) = tree.nth_mut(&mut { at }) {
            change(rng, node, lent, inner);
        }
    }
    let mut out = Vec::new();
    tree.write(&mut out);
    out
}

/// Changes one item.
fn change<R: Rng>(rng: &mut R, node: &mut Item, lent: Option<Item>, inner: Inner<'_, R>) {
    match rng.random_range(0..24) {
        0 => *node = other_type(rng),
        1 => *node = lent.unwrap_or(Item::Array(vec![])),
        2 => *node = lying(rng, node),
        3 => *node = indefinite(node),
        4 => {
            // Mostly a few levels, now and then so many that a recursive reader would use up its
            // stack.
            let levels = if rng.random_bool(0.1) { 50_000 } else { rng.random_range(1..40) };
            let mut raw = vec![pick(rng, &[0x81, 0xd8, 0x9f]); levels];
            node.write(&mut raw);
            *node = Item::Raw(raw);
        }
        5 => {
            let mut raw = head(6, number(rng));
            node.write(&mut raw);
            *node = Item::Raw(raw);
        }
        _ => within(rng, node, inner),
    }
}

/// Changes what an item says, keeping its type.
fn within<R: Rng>(rng: &mut R, node: &mut Item, inner: Inner<'_, R>) {
    match node {
        Item::Unsigned(n) => match rng.random_range(0..4) {
            0 => *n = n.wrapping_add(1),
            1 => *node = Item::Negative(number(rng)),
            _ => *n = number(rng),
        },
        Item::Negative(n) => *n = number(rng),
        Item::Bytes(b) => {
            let special = if rng.random_bool(0.8) { inner(rng, b) } else { None };
            *b = special.unwrap_or_else(|| bytes(rng, b, &[]));
        }
        Item::Text(t) if rng.random_bool(0.5) => *t = text::unusual(rng).into_bytes(),
        Item::Text(t) => *t = bytes(rng, t, &[]),
        Item::Array(items) => group(rng, items, || Item::Text(vec![])),
        Item::Map(pairs) => match rng.random_range(0..4) {
            0 if pairs.len() > 1 => {
                let (a, b) = (rng.random_range(0..pairs.len()), rng.random_range(0..pairs.len()));
                let value = pairs[a].1.clone();
                pairs[b].1 = value;
            }
            1 if !pairs.is_empty() => {
                let at = rng.random_range(0..pairs.len());
                pairs[at].0 = if rng.random() { Item::Text(text::unusual(rng).into_bytes()) } else { other_type(rng) };
            }
            _ => group(rng, pairs, || (Item::Unsigned(0), Item::Text(vec![]))),
        },
        Item::Raw(_) => *node = Item::Raw(vec![pick(rng, &[0xf4, 0xf5, 0xf6, 0xf7, 0xe0, 0xf8, 0xff])]),
    }
}

/// Fewer, more, the same again, or very many.
fn group<T: Clone>(rng: &mut impl Rng, items: &mut Vec<T>, small: impl Fn() -> T) {
    let at = if items.is_empty() { 0 } else { rng.random_range(0..items.len()) };
    match rng.random_range(0..8) {
        0 if !items.is_empty() => drop(items.remove(at)),
        1 if !items.is_empty() => items.insert(at, items[at].clone()),
        2 if !items.is_empty() => items.swap(at, 0),
        3 => items.clear(),
        4 => items.insert(at, small()),
        5 if !items.is_empty() && rng.random_bool(0.2) => items.resize(rng.random_range(1..2_000), items[at].clone()),
        6 if rng.random_bool(0.05) => items.resize(rng.random_range(1..MANY), small()),
        _ => items.truncate(at),
    }
}

fn other_type(rng: &mut impl Rng) -> Item {
    match rng.random_range(0..9) {
        0 => Item::Unsigned(number(rng)),
        1 => Item::Negative(number(rng)),
        2 => Item::Bytes((0..rng.random_range(0..40)).map(|_| rng.random()).collect()),
        3 => Item::Text(text::unusual(rng).into_bytes()),
        4 => Item::Text(vec![0xff, 0xfe]),
        5 => Item::Array(vec![]),
        6 => Item::Map(vec![]),
        7 => Item::Raw(vec![pick(rng, &[0xf4, 0xf5, 0xf6, 0xf7])]),
        _ => Item::Raw([&[0xfb][..], &f64::NAN.to_be_bytes()].concat()),
    }
}

/// The item behind a header that says another length.
fn lying(rng: &mut impl Rng, node: &Item) -> Item {
    let mut body = Vec::new();
    let (major, length) = match node {
        Item::Bytes(b) => (2, (body.extend_from_slice(b), b.len()).1),
        Item::Text(t) => (3, (body.extend_from_slice(t), t.len()).1),
        Item::Array(items) => (4, (items.iter().for_each(|i| i.write(&mut body)), items.len()).1),
        Item::Map(pairs) => {
            pairs.iter().for_each(|(k, v)| [k, v].iter().for_each(|i| i.write(&mut body)));
            (5, pairs.len())
        }
        _ => (pick(rng, &[2, 3, 4, 5]), 0),
    };
    let length = length as u64;
    let says = pick(rng, &[length + 1, length.saturating_sub(1), 65_535, 16_000_000, 1 << 32, 1 << 62, i64::MAX as u64, u64::MAX]);
    Item::Raw([head(major, says), body].concat())
}

/// The same without a stated length, its end marked.
fn indefinite(node: &Item) -> Item {
    let mut raw = Vec::new();
    match node {
        Item::Array(items) => {
            raw.push(0x9f);
            items.iter().for_each(|i| i.write(&mut raw));
        }
        Item::Map(pairs) => {
            raw.push(0xbf);
            pairs.iter().for_each(|(k, v)| [k, v].iter().for_each(|i| i.write(&mut raw)));
        }
        Item::Bytes(_) | Item::Text(_) => {
            raw.push(if matches!(node, Item::Bytes(_)) { 0x5f } else { 0x7f });
            node.write(&mut raw);
        }
        other => {
            raw.push(0x9f);
            other.write(&mut raw);
        }
    }
    raw.push(0xff);
    Item::Raw(raw)
}

/// The first bytes of an item: its major type and a number.
pub fn head(major: u8, n: u64) -> Vec<u8> {
    let top = major << 5;
    match n {
        0..=23 => vec![top | n as u8],
        24..=0xff => vec![top | 24, n as u8],
        0x100..=0xffff => [&[top | 25][..], &(n as u16).to_be_bytes()].concat(),
        0x1_0000..=0xffff_ffff => [&[top | 26][..], &(n as u32).to_be_bytes()].concat(),
        _ => [&[top | 27][..], &n.to_be_bytes()].concat(),
    }
}

impl Item {
    /// Reads one item that fills `cbor`; only of stated lengths, as our programs write.
    pub fn read(cbor: &[u8]) -> Option<Self> {
        let mut rest = cbor;
        let item = Self::read_next(&mut rest)?;
        rest.is_empty().then_some(item)
    }

    fn read_next(rest: &mut &[u8]) -> Option<Self> {
        let whole = *rest;
        let first = *take(rest, 1)?.first()?;
        let width = match first & 0x1f {
            0..=23 => 0,
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            _ => return None,
        };
        let more = take(rest, width)?.iter().fold(0u64, |n, byte| n << 8 | u64::from(*byte));
        let n = if width == 0 { u64::from(first & 0x1f) } else { more };
        let length = usize::try_from(n).ok();
        Some(match first >> 5 {
            0 => Self::Unsigned(n),
            1 => Self::Negative(n),
            2 => Self::Bytes(take(rest, length?)?.to_vec()),
            3 => Self::Text(take(rest, length?)?.to_vec()),
            4 => Self::Array((0..n).map(|_| Self::read_next(rest)).collect::<Option<_>>()?),
            5 => Self::Map((0..n).map(|_| Some((Self::read_next(rest)?, Self::read_next(rest)?))).collect::<Option<_>>()?),
            7 => Self::Raw(whole[..=width].to_vec()),
            _ => return None,
        })
    }

    /// Writes it.
    pub fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Unsigned(n) => out.extend(head(0, *n)),
            Self::Negative(n) => out.extend(head(1, *n)),
            Self::Bytes(b) => {
                out.extend(head(2, b.len() as u64));
                out.extend_from_slice(b);
            }
            Self::Text(t) => {
                out.extend(head(3, t.len() as u64));
                out.extend_from_slice(t);
            }
            Self::Array(items) => {
                out.extend(head(4, items.len() as u64));
                items.iter().for_each(|item| item.write(out));
            }
            Self::Map(pairs) => {
                out.extend(head(5, pairs.len() as u64));
                for (key, value) in pairs {
                    key.write(out);
                    value.write(out);
                }
            }
            Self::Raw(raw) => out.extend_from_slice(raw),
        }
    }

    /// How many items it is, with those in it.
    fn count(&self) -> usize {
        1 + match self {
            Self::Array(items) => items.iter().map(Self::count).sum(),
            Self::Map(pairs) => pairs.iter().map(|(k, v)| k.count() + v.count()).sum(),
            _ => 0,
        }
    }

    fn nth(&self, n: &mut usize) -> Option<&Self> {
        if *n == 0 {
            return Some(self);
        }
        *n -= 1;
        match self {
            Self::Array(items) => items.iter().find_map(|i| i.nth(n)),
            Self::Map(pairs) => pairs.iter().find_map(|(k, v)| k.nth(n).or_else(|| v.nth(n))),
            _ => None,
        }
    }

    fn nth_mut(&mut self, n: &mut usize) -> Option<&mut Self> {
        if *n == 0 {
            return Some(self);
        }
        *n -= 1;
        match self {
            Self::Array(items) => items.iter_mut().find_map(|i| i.nth_mut(n)),
            Self::Map(pairs) => pairs.iter_mut().flat_map(|(k, v)| [k, v]).find_map(|i| i.nth_mut(n)),
            _ => None,
        }
    }
}

fn take<'a>(rest: &mut &'a [u8], n: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(n)?;
    *rest = tail;
    Some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_written_again() {
        // {"a": [1, -2, h'0102', true, 1.5], 300: {}}
        let cbor = [0xa2, 0x61, b'a', 0x85, 1, 0x21, 0x42, 1, 2, 0xf5, 0xf9, 0x3e, 0, 0x19, 1, 0x2c, 0xa0];
        let item = Item::read(&cbor).unwrap();
        let mut out = Vec::new();
        item.write(&mut out);
        assert_eq!(out, cbor);
        assert_eq!(item.count(), 10);
        assert_eq!(item.nth(&mut 3), Some(&Item::Unsigned(1)));
        assert_eq!(Item::read(&cbor[..5]), None);
    }
}
