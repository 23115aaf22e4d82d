//! The strict parser of change chunks: only the flat subset, in bounds, before Automerge sees a byte.

use super::{
    GateError,
    columns::{self, Columns},
    limits::Size,
    reader::Reader,
};
use crate::{
    id::{ActorId, ChangeHash},
    key::MAX_KEY,
    scalar::Scalar,
};
use sha2::{Digest as _, Sha256};
use smol_str::SmolStr;

/// The longest change, in bytes.
pub const MAX_CHANGE: usize = 64 * 1024;
/// The most operations in one change.
pub const MAX_OPS: usize = 200;
/// The most predecessors in one change.
pub const MAX_PREDS: usize = 2_000;
/// The most dependencies of one change: as many as one record can have heads, see [`super::limits`].
pub const MAX_DEPS: usize = 200;

pub(super) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
/// Chunk type of a change that is not compressed.
const TYPE_CHANGE: u8 = 1;

// Column specifications (id << 4 | type) of the flat subset.
const KEY_STRING: u32 = 0x15;
const INSERT: u32 = 0x34;
const ACTION: u32 = 0x42;
const VALUE_META: u32 = 0x56;
const VALUE_RAW: u32 = 0x57;
const PRED_COUNT: u32 = 0x70;
const PRED_ACTOR: u32 = 0x71;
const PRED_COUNTER: u32 = 0x73;
const ALLOWED: [u32; 8] = [KEY_STRING, INSERT, ACTION, VALUE_META, VALUE_RAW, PRED_COUNT, PRED_ACTOR, PRED_COUNTER];

pub(super) const ACTION_PUT: u64 = 1;
pub(super) const ACTION_DELETE: u64 = 3;

/// An operation's id: its counter and who wrote it. Ordered as Automerge orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct OpId {
    pub(super) counter: u64,
    pub(super) actor: ActorId,
}

/// One operation: a put (`Some`) or a delete (`None`) on a key of the root map.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Op {
    pub(super) key: SmolStr,
    pub(super) put: Option<Scalar>,
    pub(super) preds: Vec<OpId>,
}

/// A change as parsed; nothing in it has been checked against any history yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Parsed {
    pub(super) hash: ChangeHash,
    pub(super) actor: ActorId,
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) time: i64,
    pub(super) deps: Vec<ChangeHash>,
    pub(super) ops: Vec<Op>,
}

impl Parsed {
    /// What it adds to a record, not counting a writer that is new there.
    pub(super) fn size(&self, bytes: usize) -> Size {
        let events = self.ops.iter().filter(|op| op.key.starts_with("e.")).count();
        let preds = self.ops.iter().map(|op| op.preds.len()).sum();
        Size { actors: 0, changes: 1, ops: self.ops.len(), events, preds, bytes }
    }

    /// What the parser bounds while it reads, for a change that was not read but put together.
    pub(super) fn check_size(&self) -> Result<(), GateError> {
        let preds: usize = self.ops.iter().map(|op| op.preds.len()).sum();
        let fits = self.ops.len() <= MAX_OPS && preds <= MAX_PREDS && self.deps.len() <= MAX_DEPS;
        match () {
            () if !fits => Err(GateError::TooMany),
            () if self.ops.is_empty() => Err(GateError::NotAChange),
            () => Ok(()),
        }
    }
}

/// A change that was parsed and whose checksum is right; nothing in it has been checked against any history yet.
#[derive(Debug, Clone)]
pub struct Candidate<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) parsed: Parsed,
}

impl<'a> Candidate<'a> {
    /// Parses a change.
    ///
    /// # Errors
    /// Any [`GateError`] of form; never one of history.
    pub fn read(bytes: &'a [u8]) -> Result<Self, GateError> {
        Ok(Self { bytes, parsed: parse(bytes)? })
    }

    /// Its hash.
    pub fn hash(&self) -> ChangeHash {
        self.parsed.hash
    }

    /// Who wrote it.
    pub fn actor(&self) -> ActorId {
        self.parsed.actor
    }

    /// What it adds to a record, not counting a writer that is new there.
    pub fn size(&self) -> Size {
        self.parsed.size(self.bytes.len())
    }

    /// Whether it builds on nothing: then it can only be a document's first change.
    pub fn is_first(&self) -> bool {
        self.parsed.deps.is_empty()
    }
}

/// What can be said of a change without its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peek {
    /// Its hash.
    pub hash: ChangeHash,
    /// Who wrote it.
    pub actor: ActorId,
    /// Its number among that actor's changes of this document.
    pub seq: u64,
    /// When, by the writer's clock, seconds since 1970.
    pub time: i64,
    /// What it builds on.
    pub deps: Vec<ChangeHash>,
}

/// Parses a change and checks its checksum, without a history.
///
/// # Errors
/// Any [`GateError`] of form; never one of history.
pub fn peek(bytes: &[u8]) -> Result<Peek, GateError> {
    let p = parse(bytes)?;
    Ok(Peek { hash: p.hash, actor: p.actor, seq: p.seq, time: p.time, deps: p.deps })
}

/// When a change says it was written, seconds since 1970. For bytes that were admitted before: only as much is read as is needed, and no
/// checksum is worked out.
pub fn written_at(bytes: &[u8]) -> Option<i64> {
    let mut reader = Reader::new(bytes.get(8..)?);
    reader.array::<1>().ok()?;
    reader.u64().ok()?;
    let n = reader.count(MAX_DEPS).ok()?;
    reader.take(n * 32).ok()?;
    reader.prefixed().ok()?;
    reader.u64().ok()?;
    reader.u64().ok()?;
    reader.i64().ok()
}

/// Takes a chunk apart: `(type, hash, content)`, the checksum checked.
pub(super) fn open_chunk(bytes: &[u8]) -> Result<(u8, ChangeHash, &[u8]), GateError> {
    // The hash covers everything behind the checksum: type, length, content.
    let hash = ChangeHash(Sha256::digest(bytes.get(8..).ok_or(GateError::NotAChange)?).into());
    let (kind, content) = open_known_chunk(bytes, &hash)?;
    Ok((kind, hash, content))
}

/// Takes a chunk apart whose hash is known: `(type, content)`. Its checksum must be the beginning of that hash.
fn open_known_chunk<'a>(bytes: &'a [u8], hash: &ChangeHash) -> Result<(u8, &'a [u8]), GateError> {
    let mut reader = Reader::new(bytes);
    if reader.array::<4>()? != MAGIC {
        return Err(GateError::NotAChange);
    }
    let checksum = reader.array::<4>()?;
    let kind = reader.array::<1>()?[0];
    let len = reader.u64()?;
    if len != reader.len() as u64 {
        return Err(GateError::NotAChange);
    }
    if hash.0[..4] != checksum {
        return Err(GateError::BadChecksum);
    }
    Ok((kind, reader.take(reader.len())?))
}

pub(super) fn actor(bytes: &[u8]) -> Result<ActorId, GateError> {
    ActorId::from_slice(bytes).map_err(|_| GateError::BadActor)
}

/// Parses a change chunk.
pub(super) fn parse(bytes: &[u8]) -> Result<Parsed, GateError> {
    if bytes.len() > MAX_CHANGE {
        return Err(GateError::TooLarge);
    }
    let (kind, hash, content) = open_chunk(bytes)?;
    parse_content(kind, hash, content)
}

/// Parses a change chunk whose hash is known, without working it out again. Only for bytes of this program's own database.
pub(super) fn parse_known(bytes: &[u8], hash: &ChangeHash) -> Result<Parsed, GateError> {
    if bytes.len() > MAX_CHANGE {
        return Err(GateError::TooLarge);
    }
    let (kind, content) = open_known_chunk(bytes, hash)?;
    parse_content(kind, *hash, content)
}

fn parse_content(kind: u8, hash: ChangeHash, content: &[u8]) -> Result<Parsed, GateError> {
    if kind != TYPE_CHANGE {
        return Err(GateError::NotAChange);
    }
    let mut reader = Reader::new(content);
    let n_deps = reader.count(MAX_DEPS)?;
    let mut deps = Vec::with_capacity(n_deps);
    for _ in 0..n_deps {
        deps.push(ChangeHash(reader.array()?));
    }
    let author = actor(reader.prefixed()?)?;
    let (seq, start_op, time) = (reader.u64()?, reader.u64()?, reader.i64()?);
    if reader.u64()? != 0 {
        return Err(GateError::NotFlat); // a message
    }
    let n_others = reader.count(super::MAX_ACTORS)?;
    let mut actors = Vec::with_capacity(n_others + 1);
    actors.push(author);
    for _ in 0..n_others {
        actors.push(actor(reader.prefixed()?)?);
    }
    let directory = columns::directory(&mut reader, &ALLOWED)?;
    let cols = Columns::cut(&mut reader, &directory)?;
    if !reader.is_empty() {
        return Err(GateError::NotFlat); // extra bytes
    }
    Ok(Parsed { hash, actor: author, seq, start_op, time, deps, ops: ops(&cols, &actors)? })
}

fn ops(cols: &Columns<'_>, actors: &[ActorId]) -> Result<Vec<Op>, GateError> {
    let actions = columns::numbers_up_to(cols.get(ACTION), MAX_OPS)?;
    let n = actions.len();
    if n == 0 {
        return Err(GateError::NotAChange);
    }
    let keys = columns::texts(cols.get(KEY_STRING), n)?;
    columns::all_false(cols.get(INSERT), n)?;
    let values = columns::values(cols.get(VALUE_META), cols.get(VALUE_RAW), n)?;
    let counts = columns::numbers(cols.get(PRED_COUNT), n)?;
    let total = counts.iter().try_fold(0usize, |sum, c| {
        let sum = sum.checked_add(usize::try_from(*c).ok()?)?;
        (sum <= MAX_PREDS).then_some(sum)
    });
    let total = total.ok_or(GateError::TooMany)?;
    let pred_actors = columns::numbers(cols.get(PRED_ACTOR), total)?;
    let pred_counters = columns::deltas(cols.get(PRED_COUNTER), total)?;
    let mut preds = pred_actors.iter().zip(&pred_counters).map(|(a, c)| {
        let actor = usize::try_from(*a).ok().and_then(|a| actors.get(a)).ok_or(GateError::BadActor)?;
        Ok(OpId { counter: u64::try_from(*c).map_err(|_| GateError::BadPredecessors)?, actor: *actor })
    });
    let mut out = Vec::with_capacity(n);
    for (((action, key), value), count) in actions.iter().zip(keys).zip(values).zip(counts) {
        let preds = preds.by_ref().take(count as usize).collect::<Result<Vec<_>, GateError>>()?;
        let put = match (*action, value) {
            (ACTION_PUT, value) => Some(value),
            (ACTION_DELETE, Scalar::Null) => None,
            _ => return Err(GateError::NotFlat),
        };
        // A repeated key takes no bytes: bound it before it is copied for every operation.
        if key.len() > MAX_KEY {
            return Err(GateError::BadKey);
        }
        out.push(Op { key: key.into(), put, preds });
    }
    Ok(out)
}
