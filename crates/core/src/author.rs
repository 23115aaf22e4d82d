//! Writing: what a person said becomes one change of a history. No Automerge document is loaded for it.

use crate::{
    action::EventBody,
    gate::{Admitted, GateError, History},
    id::{ActorId, ChangeHash, MemberId, NodeId},
    key::{EventId, Key, is_name},
    model::{DocClass, RecordKind, SCHEMA, head},
    scalar::Scalar,
};
use smol_str::{SmolStr, ToSmolStr};
use thiserror::Error;

/// What a new document is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecord {
    /// What about.
    pub kind: RecordKind,
    /// The org node it belongs to.
    pub scope: NodeId,
    /// Who records it.
    pub created_by: MemberId,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A fact, by field name without `f.`. Writing one of several present values settles them.
    Fact {
        /// Field name.
        field: String,
        /// Value.
        value: Scalar,
    },
    /// An event.
    Event(EventBody),
}

/// A change just written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewChange {
    /// Its hash.
    pub hash: ChangeHash,
    /// Its bytes, as they are stored and sent.
    pub bytes: Vec<u8>,
}

impl From<&Admitted> for NewChange {
    fn from(a: &Admitted) -> Self {
        Self { hash: a.hash, bytes: a.bytes.clone() }
    }
}

/// Why nothing was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum WriteError {
    /// The gate keeps it out: a value is too long or of the wrong kind, a key is written twice.
    #[error(transparent)]
    Gate(#[from] GateError),
    /// A field name that is not allowed.
    #[error("not a field name")]
    BadField,
}

/// Begins a new record: its history with the first change in it.
///
/// # Errors
/// [`WriteError`] if a value does not fit.
pub fn create(actor: ActorId, time: i64, record: &NewRecord, writes: &[Write]) -> Result<(History, NewChange), WriteError> {
    let (history, admitted) = begin(actor, time, record, writes)?;
    Ok((history, NewChange::from(&admitted)))
}

/// Writes one change. `None` if it would change nothing.
///
/// # Errors
/// [`WriteError`] if a value does not fit; then nothing has changed.
pub fn write(history: &mut History, actor: ActorId, time: i64, writes: &[Write]) -> Result<Option<NewChange>, WriteError> {
    Ok(go_on(history, actor, time, writes)?.as_ref().map(NewChange::from))
}

/// [`create`], with what a document applies.
pub(crate) fn begin(actor: ActorId, time: i64, record: &NewRecord, writes: &[Write]) -> Result<(History, Admitted), WriteError> {
    let heads = [
        (head::KIND, Scalar::from(record.kind.code())),
        (head::CLASS, Scalar::from(DocClass::General.code())),
        (head::SCOPE, Scalar::from(record.scope.as_str())),
        (head::SCHEMA, Scalar::Int(SCHEMA)),
        (head::CREATED_AT, Scalar::Int(time)),
        (head::CREATED_BY, Scalar::from(record.created_by.as_str())),
    ];
    let mut history = History::new();
    let puts = puts(&history, actor, heads, writes)?;
    let admitted = history.commit(actor, time, puts)?.ok_or(GateError::BadHead)?;
    Ok((history, admitted))
}

/// [`write`], with what a document applies.
pub(crate) fn go_on(history: &mut History, actor: ActorId, time: i64, writes: &[Write]) -> Result<Option<Admitted>, WriteError> {
    let puts = puts(history, actor, [], writes)?;
    Ok(history.commit(actor, time, puts)?)
}

/// Events come first: a put of a fact's present value comes to nothing, which would shift the places that event keys name.
fn puts<'a>(
    history: &History,
    actor: ActorId,
    heads: impl IntoIterator<Item = (&'a str, Scalar)>,
    writes: &[Write],
) -> Result<Vec<(SmolStr, Scalar)>, WriteError> {
    let seq = history.last_seq(&actor) + 1;
    let events = writes.iter().filter_map(|w| match w {
        Write::Event(body) => Some(body.to_scalar()),
        Write::Fact { .. } => None,
    });
    let event = |(n, value)| (Key::Event(EventId { actor, seq, n }).to_smolstr(), value);
    let mut puts: Vec<(SmolStr, Scalar)> = (0..).zip(events).map(event).collect();
    puts.extend(heads.into_iter().map(|(name, value)| (Key::Head(name).to_smolstr(), value)));
    for write in writes {
        if let Write::Fact { field, value } = write {
            if !is_name(field) {
                return Err(WriteError::BadField);
            }
            puts.push((Key::Fact(field).to_smolstr(), value.clone()));
        }
    }
    Ok(puts)
}
