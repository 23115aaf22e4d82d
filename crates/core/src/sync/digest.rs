//! The end check: a digest of all changes a replica holds, independent of their order.

use crate::id::{ChangeHash, DocId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// XOR of the first 16 bytes of every change hash. Two replicas that hold the same set have the same digest; it finds accidents,
/// it does not prove anything against an attacker (every change has been through the gate for that).
#[derive(Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Digest(DocId);

impl Digest {
    /// The digest of the bytes as stored.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        DocId::from_slice(bytes).ok().map(Self)
    }

    /// The bytes, for storing.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Adds a change, or takes it out again: XOR is its own inverse.
    pub fn toggle(&mut self, hash: &ChangeHash) {
        for (a, b) in self.0.0.iter_mut().zip(hash.0) {
            *a ^= b;
        }
    }

    /// Joins the digest of another, disjoint set of changes.
    pub fn join(&mut self, other: &Digest) {
        for (a, b) in self.0.0.iter_mut().zip(other.0.0) {
            *a ^= b;
        }
    }

    /// The digest of a set of changes.
    pub fn of<'a>(hashes: impl IntoIterator<Item = &'a ChangeHash>) -> Self {
        let mut digest = Self::default();
        hashes.into_iter().for_each(|h| digest.toggle(h));
        digest
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_does_not_matter_and_a_missing_change_shows() {
        let (a, b) = (ChangeHash([1; 32]), ChangeHash([2; 32]));
        assert_eq!(Digest::of([&a, &b]), Digest::of([&b, &a]));
        assert_ne!(Digest::of([&a]), Digest::of([&a, &b]));
    }
}
