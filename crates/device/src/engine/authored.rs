//! What a person wrote, apart from the change it became: kept with every own change, so that it can be made anew (after a fork, a
//! refusal) and read aloud.

use super::{place, reference::Reference, words};
use beehive_core::{
    EventBody, MemberId, NewRecord, NodeId, Scalar, Write,
    fold::scalar_text,
    model::{Place, RecordKind, field},
};
use serde::{Deserialize, Serialize};

/// The content of one own change.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Authored {
    /// If it began a record: which.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Created>,
    /// When it was written, seconds since 1970.
    pub at: i64,
    /// What it wrote.
    pub writes: Vec<AuthoredWrite>,
}

/// The beginning of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Created {
    /// What about.
    pub kind: RecordKind,
    /// The org node.
    pub scope: NodeId,
    /// Who recorded it.
    pub by: MemberId,
}

/// One thing written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuthoredWrite {
    /// A fact.
    Fact {
        /// Field name.
        field: String,
        /// Value.
        value: Scalar,
    },
    /// An event.
    Event(EventBody),
}

impl Authored {
    /// What is being written.
    pub fn new(at: i64, created: Option<&NewRecord>, writes: &[Write]) -> Self {
        let created = created.map(|r| Created { kind: r.kind, scope: r.scope.clone(), by: r.created_by.clone() });
        let write = |w: &Write| match w {
            Write::Fact { field, value } => AuthoredWrite::Fact { field: field.clone(), value: value.clone() },
            Write::Event(body) => AuthoredWrite::Event(body.clone()),
        };
        Self { created, at, writes: writes.iter().map(write).collect() }
    }

    /// The same, for writing it again.
    pub fn writes(&self) -> Vec<Write> {
        let write = |w: &AuthoredWrite| match w {
            AuthoredWrite::Fact { field, value } => Write::Fact { field: field.clone(), value: value.clone() },
            AuthoredWrite::Event(body) => Write::Event(body.clone()),
        };
        self.writes.iter().map(write).collect()
    }

    /// The record it began.
    pub fn record(&self) -> Option<NewRecord> {
        self.created.as_ref().map(|c| NewRecord { kind: c.kind, scope: c.scope.clone(), created_by: c.by.clone() })
    }

    /// The title it wrote, if it wrote one.
    pub fn title(&self) -> Option<&str> {
        self.writes.iter().find_map(|w| match w {
            AuthoredWrite::Fact { field, value } if field == field::TITLE => value.as_str(),
            _ => None,
        })
    }

    /// The events it wrote.
    pub fn events(&self) -> impl Iterator<Item = &EventBody> {
        self.writes.iter().filter_map(|w| match w {
            AuthoredWrite::Event(body) => Some(body),
            AuthoredWrite::Fact { .. } => None,
        })
    }

    /// What it says, one line each.
    pub fn says(&self, reference: &Reference) -> Vec<String> {
        let line = |w: &AuthoredWrite| match w {
            AuthoredWrite::Fact { field, value } => format!("{}：{}", words::field(field), fact_shown(reference, field, value)),
            AuthoredWrite::Event(body) => words::event(reference, body),
        };
        self.created.iter().map(|c| format!("新记：{}", words::kind(c.kind))).chain(self.writes.iter().map(line)).collect()
    }
}

/// A fact's value as shown: places and codes in words.
pub fn fact_shown(reference: &Reference, name: &str, value: &Scalar) -> String {
    let text = scalar_text(value);
    match name {
        field::PLACE => place::words(reference, &Place::from_scalar(&text)),
        field::CATEGORY => reference.word("category", &text).to_owned(),
        field::CHANNEL => reference.word("channel", &text).to_owned(),
        field::URGENCY => words::urgency(&text).to_owned(),
        _ => text,
    }
}
