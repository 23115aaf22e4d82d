//! Identifiers as newtypes, so that a member can never be passed where a document is meant.
//!
//! Binary ids travel as bytes in CBOR and as lower-case hexadecimal in JSON.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::{fmt, str::FromStr};
use thiserror::Error;
use ts_rs::TS;

/// A text that should have been an identifier and is not.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a {what}: expected {expected}")]
pub struct BadId {
    what: &'static str,
    expected: &'static str,
}

macro_rules! binary_id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, TS)]
        #[ts(type = "string")]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// How many bytes such an id has.
            pub const LEN: usize = $len;

            /// Reads an id from exactly [`Self::LEN`] bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, BadId> {
                bytes.try_into().map(Self).map_err(|_| BadId { what: stringify!($name), expected: $expected })
            }

            /// The bytes of the id.
            pub fn as_bytes(&self) -> &[u8] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut digits = [0; 2 * $len];
                hex::encode_to_slice(self.0, &mut digits).map_err(|_| fmt::Error)?;
                f.write_str(std::str::from_utf8(&digits).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self)
            }
        }

        impl FromStr for $name {
            type Err = BadId;
            fn from_str(s: &str) -> Result<Self, BadId> {
                let mut out = [0u8; $len];
                hex::decode_to_slice(s, &mut out)
                    .map_err(|_| BadId { what: stringify!($name), expected: $expected })?;
                Ok(Self(out))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                if s.is_human_readable() { s.collect_str(self) } else { s.serialize_bytes(&self.0) }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                if d.is_human_readable() {
                    String::deserialize(d)?.parse().map_err(D::Error::custom)
                } else {
                    let bytes = serde_bytes::ByteBuf::deserialize(d)?;
                    Self::from_slice(&bytes).map_err(D::Error::custom)
                }
            }
        }
    };
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Default, Serialize, Deserialize, TS)]
        #[ts(type = "string")]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<&str> for $name {
            fn from(s: &str) -> Self {
                Self(s.to_owned())
            }
        }

        impl From<String> for $name {
            fn from(s: String) -> Self {
                Self(s)
            }
        }
    };
}

binary_id!(
    /// A document: the first 16 bytes of the hash of its first change, so nobody can make a second beginning for it.
    DocId,
    16,
    "32 hexadecimal digits"
);
binary_id!(
    /// A change: the SHA-256 that Automerge gives it.
    ChangeHash,
    32,
    "64 hexadecimal digits"
);
binary_id!(
    /// One writing store: eight random bytes per enrolment of an installation, never reused.
    ActorId,
    8,
    "16 hexadecimal digits"
);
binary_id!(
    /// An enrolled device.
    DeviceId,
    8,
    "16 hexadecimal digits"
);
binary_id!(
    /// One life of the server's database: random, new at `init` and at every restore.
    Epoch,
    8,
    "16 hexadecimal digits"
);
binary_id!(
    /// A street: random at `init`, and the same after every restore. Members, nodes, buildings and numbers mean something only within one.
    StreetId,
    16,
    "32 hexadecimal digits"
);
binary_id!(
    /// A file (photo, voice): the SHA-256 of its bytes.
    FileHash,
    32,
    "64 hexadecimal digits"
);
binary_id!(
    /// The half of the server's rescue key that phones seal for (X25519).
    RescueKey,
    32,
    "64 hexadecimal digits"
);

binary_id!(
    /// The SHA-256 of a device's credential as text: what the server keeps of it.
    CredentialHash,
    32,
    "64 hexadecimal digits"
);

text_id!(
    /// A person with an account.
    MemberId
);
text_id!(
    /// A node of the org tree (street, community, general grid, micro-grid, dedicated grid). A document's *scope* is one.
    NodeId
);
text_id!(
    /// A building of the reference data.
    PlaceId
);

impl ChangeHash {
    /// The id of the document that begins with the change of this hash.
    pub fn doc_id(&self) -> DocId {
        let mut id = [0u8; DocId::LEN];
        id.copy_from_slice(&self.0[..DocId::LEN]);
        DocId(id)
    }
}

/// The official number of a matter, given by the server when it first stores it: `BH-2026-000123`. Travels as one integer,
/// year x 1,000,000 + running number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MatterNumber(pub u32);

impl MatterNumber {
    /// Running numbers of one year stay below this.
    const YEAR: u32 = 1_000_000;

    /// The `n`-th number of a year, from 1; `None` if the year has no more.
    pub fn new(year: u16, n: u32) -> Option<Self> {
        let room = (1..Self::YEAR).contains(&n);
        room.then(|| u32::from(year).checked_mul(Self::YEAR)?.checked_add(n).map(Self)).flatten()
    }

    /// Reads a number as people write it, e.g. `bh-2026-000123` or `BH-2026-123`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.get(..3).filter(|p| p.eq_ignore_ascii_case("BH-")).and_then(|_| text.get(3..))?;
        let (year, n) = rest.split_once('-')?;
        Self::new(year.parse().ok()?, n.parse().ok()?)
    }

    /// The year it was given in.
    pub fn year(self) -> u32 {
        self.0 / Self::YEAR
    }
}

impl fmt::Display for MatterNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BH-{}-{:06}", self.year(), self.0 % Self::YEAR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_hex_in_json_and_bytes_in_cbor() {
        let id = ActorId([0xab; 8]);
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"abababababababab\"");
        let mut cbor = Vec::new();
        ciborium::into_writer(&id, &mut cbor).unwrap();
        assert_eq!(cbor.len(), 9);
        assert_eq!(ciborium::from_reader::<ActorId, _>(&cbor[..]).unwrap(), id);
        assert_eq!("abababababababab".parse::<ActorId>().unwrap(), id);
    }

    #[test]
    fn a_wrong_length_is_refused() {
        assert!("abab".parse::<ActorId>().is_err());
        assert!(DocId::from_slice(&[0; 15]).is_err());
        assert!(serde_json::from_str::<ActorId>("\"zz\"").is_err());
    }
}
