//! The keys of a document's root map: `h.<head>`, `f.<field>`, `e.<actor>.<seq>.<n>`.
//!
//! An event's key says which change of which actor wrote it, so it is unique without randomness and can be derived.

use crate::id::ActorId;
use std::{fmt, str::FromStr};

/// Longest key the gate lets through, in bytes.
pub const MAX_KEY: usize = 64;

/// A key of the root map, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key<'a> {
    /// A head: written once, by the document's first change only.
    Head(&'a str),
    /// A fact: editable; concurrent writes are all kept.
    Fact(&'a str),
    /// An event: written once, never overwritten or deleted.
    Event(EventId),
}

/// Which event: the `n`-th operation of change number `seq` of `actor`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId {
    /// Who wrote it.
    pub actor: ActorId,
    /// The number of the change within that actor's changes of this document, from 1.
    pub seq: u64,
    /// The place of the operation within that change, from 0.
    pub n: u32,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.actor, self.seq, self.n)
    }
}

impl EventId {
    /// Takes the part of an event's key behind `e.` apart; only its one spelling counts.
    fn parse(text: &str) -> Option<Self> {
        let (actor, rest) = text.split_at_checked(2 * ActorId::LEN)?;
        let (seq, n) = rest.strip_prefix('.')?.split_once('.')?;
        let lower = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let actor = actor.bytes().all(lower).then(|| actor.parse().ok())??;
        Some(Self { actor, seq: number(seq)?, n: number(n)? })
    }
}

/// A number in decimal digits, without a sign or leading zeros.
fn number<T: FromStr>(text: &str) -> Option<T> {
    let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
    canonical.then(|| text.parse().ok()).flatten()
}

impl<'a> Key<'a> {
    /// Takes a key apart; `None` for anything that is not in the one canonical spelling.
    pub fn parse(key: &'a str) -> Option<Self> {
        if key.len() > MAX_KEY {
            return None;
        }
        match key.split_at_checked(2)? {
            ("h.", name) if is_name(name) => Some(Self::Head(name)),
            ("f.", name) if is_name(name) => Some(Self::Fact(name)),
            ("e.", rest) => EventId::parse(rest).map(Self::Event),
            _ => None,
        }
    }
}

impl fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head(name) => write!(f, "h.{name}"),
            Self::Fact(name) => write!(f, "f.{name}"),
            Self::Event(id) => write!(f, "e.{id}"),
        }
    }
}

/// Whether a head or field name is allowed: 1 to 32 of `a-z 0-9 _`.
pub fn is_name(name: &str) -> bool {
    (1..=32).contains(&name.len()) && name.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_one_spelling() {
        for good in ["h.kind", "f.title", "e.00ff00ff00ff00ff.1.0", "e.00ff00ff00ff00ff.120.33"] {
            assert_eq!(Key::parse(good).unwrap().to_string(), good);
        }
        for bad in [
            "",
            "f.",
            "f.Title",
            "x.a",
            "f",
            "h.a.b",
            "e.00ff00ff00ff00ff.01.0",
            "e.00FF00ff00ff00ff.1.0",
            "e.00ff00ff00ff00ff.+1.0",
            "e.00ff00ff00ff00ff.1.0.2",
            "e.00ff00ff00ff00ff.1.00",
            "e.00ff00ff00ff00ff..0",
            "e.00ff00ff00ff00ff.1.",
            "e.00ff00ff00ff00ff1.0",
            "e.00ff00ff00ff00ff.1.4294967296",
            "e.00ff.1.0",
            "e.é0ff00ff00ff00ff.1.0",
            "é.x",
        ] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
    }
}
