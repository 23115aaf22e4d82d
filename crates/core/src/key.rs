//! The keys of a document's root map: `h.<head>`, `f.<field>`, `e.<actor>.<seq>.<n>`.
//!
//! An event's key says which change of which actor wrote it, so it is unique without randomness and can be derived.

use crate::id::ActorId;
use std::fmt;

/// Longest key the gate lets through, in bytes.
pub const MAX_KEY: usize = 64;

/// A key of the root map, taken apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// A head: written once, by the document's first change only.
    Head(String),
    /// A fact: editable; concurrent writes are all kept.
    Fact(String),
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

impl Key {
    /// Takes a key apart; `None` for anything that is not in the one canonical spelling.
    pub fn parse(key: &str) -> Option<Self> {
        if key.len() > MAX_KEY {
            return None;
        }
        match key.split_at_checked(2)? {
            ("h.", name) if is_name(name) => Some(Self::Head(name.to_owned())),
            ("f.", name) if is_name(name) => Some(Self::Fact(name.to_owned())),
            ("e.", rest) => {
                let mut parts = rest.split('.');
                let (actor, seq, n) = (parts.next()?, parts.next()?, parts.next()?);
                let id = EventId { actor: actor.parse().ok()?, seq: seq.parse().ok()?, n: n.parse().ok()? };
                // Re-printing catches upper-case digits, leading zeros, signs and left-over parts in one comparison.
                (format!("{id}") == rest).then_some(Self::Event(id))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Key {
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
            "e.00ff.1.0",
            "é.x",
        ] {
            assert_eq!(Key::parse(bad), None, "{bad}");
        }
    }
}
