//! A parsed change becomes an Automerge change again. Only what was rebuilt here is ever applied.

use super::{
    GateError,
    chunk::{Op, Parsed},
};
use crate::{id::ActorId, scalar::Scalar};
use automerge::{Change, ExpandedChange, ScalarValue, legacy};
use std::num::NonZeroU64;

/// Builds the change that `parsed` describes, from nothing but `parsed`.
pub(super) fn rebuild(parsed: &Parsed) -> Result<Change, GateError> {
    let start_op = NonZeroU64::new(parsed.start_op).ok_or(GateError::BadStart)?;
    Ok(Change::from(ExpandedChange {
        operations: parsed.ops.iter().map(operation).collect(),
        actor_id: actor_id(&parsed.actor),
        hash: None,
        seq: parsed.seq,
        start_op,
        time: parsed.time,
        message: None,
        deps: parsed.deps.iter().map(|d| automerge::ChangeHash(d.0)).collect(),
        extra_bytes: Vec::new(),
        author: None,
    }))
}

fn operation(op: &Op) -> legacy::Op {
    let preds: Vec<_> = op.preds.iter().map(|p| legacy::OpId::new(p.counter, &actor_id(&p.actor))).collect();
    legacy::Op {
        action: match &op.put {
            Some(value) => legacy::OpType::Put(scalar_value(value)),
            None => legacy::OpType::Delete,
        },
        obj: legacy::ObjectId::Root,
        key: legacy::Key::Map(op.key.clone()),
        pred: preds.into(),
        insert: false,
    }
}

/// Our actor id as Automerge's.
fn actor_id(actor: &ActorId) -> automerge::ActorId {
    automerge::ActorId::from(&actor.0[..])
}

/// Our scalar as Automerge's.
fn scalar_value(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Null => ScalarValue::Null,
        Scalar::Bool(b) => ScalarValue::Boolean(*b),
        Scalar::Int(i) => ScalarValue::Int(*i),
        Scalar::Float(f) => ScalarValue::F64(*f),
        Scalar::Str(s) => ScalarValue::Str(s.as_str().into()),
    }
}
