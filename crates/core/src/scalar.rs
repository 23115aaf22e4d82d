//! The only values a document may hold. No nested objects, no lists, no text objects: that is what lets a change be judged
//! completely before Automerge sees it.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One scalar value of a document's root map.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[serde(untagged)]
pub enum Scalar {
    /// Nothing.
    Null,
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Int(#[ts(type = "number")] i64),
    /// A number with a fraction; never NaN or infinite past the gate.
    Float(f64),
    /// Text.
    Str(String),
}

impl Scalar {
    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::Str(s) => Some(s),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(i) => Some(*i),
            _ => None,
        }
    }

    /// Bytes it takes in a change's value column.
    pub fn byte_len(&self) -> usize {
        match self {
            Self::Str(s) => s.len(),
            Self::Null | Self::Bool(_) => 0,
            Self::Int(_) | Self::Float(_) => 8,
        }
    }
}

impl From<&str> for Scalar {
    fn from(s: &str) -> Self {
        Self::Str(s.to_owned())
    }
}

impl From<String> for Scalar {
    fn from(s: String) -> Self {
        Self::Str(s)
    }
}

impl From<i64> for Scalar {
    fn from(i: i64) -> Self {
        Self::Int(i)
    }
}
