//! Where something is: one scalar fact.

use crate::id::PlaceId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The value of `f.place`, stored as compact JSON in ONE scalar: what only makes sense together must not be merged in parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Place {
    /// The building of the reference data.
    #[serde(rename = "b", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub building: Option<PlaceId>,
    /// The unit (单元) in it.
    #[serde(rename = "u", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub unit: Option<String>,
    /// The door (户), e.g. `402`.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub door: Option<String>,
    /// In words, e.g. `5 楼过道`.
    #[serde(rename = "t", default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
}

impl Place {
    /// The scalar's text.
    pub fn to_scalar(&self) -> String {
        // Four optional strings cannot fail to serialise; an empty object is the honest fallback.
        serde_json::to_string(self).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Reads a scalar; text that is not one of ours is kept as words rather than dropped.
    pub fn from_scalar(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_else(|_| Self { text: Some(text.to_owned()), ..Self::default() })
    }

    /// Whether nothing at all is said.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_survives_its_scalar_and_foreign_text_is_kept() {
        let place = Place { building: Some("b3".into()), door: Some("402".into()), ..Place::default() };
        assert_eq!(place.to_scalar(), r#"{"b":"b3","r":"402"}"#);
        assert_eq!(Place::from_scalar(&place.to_scalar()), place);
        assert_eq!(Place::from_scalar("门口").text.as_deref(), Some("门口"));
    }
}
