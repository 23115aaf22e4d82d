//! Takes a document chunk (`save_nocompress()`) apart into its changes, without Automerge, and sends each through the gate.
//!
//! A pack of snapshots is a third smaller than the changes it stands for, but it too comes from outside. So its columns are read
//! by our own parser, the changes are put together again (predecessors from the successor columns, deletes from successors that
//! nobody wrote), and every one is checked and rebuilt like a change that was pushed. At the end the heads must be those it names.

use super::{
    GateError, History, MAX_ACTORS,
    chunk::{self, ACTION_PUT, MAX_DEPS, MAX_OPS, MAX_PREDS, Op, OpId, Parsed},
    columns::{self, Columns},
    limits::ADMITTED,
    reader::Reader,
};
use crate::{
    id::{ActorId, ChangeHash},
    key::MAX_KEY,
    scalar::Scalar,
};
use std::collections::{BTreeMap, HashMap};

/// The longest snapshot, in bytes.
pub const MAX_SNAPSHOT: usize = 4 * 1024 * 1024;
const TYPE_DOCUMENT: u8 = 0;

// Change columns.
const ACTOR: u32 = 0x01;
const SEQ: u32 = 0x03;
const MAX_OP: u32 = 0x13;
const TIME: u32 = 0x23;
const DEPS_COUNT: u32 = 0x40;
const DEPS_INDEX: u32 = 0x43;
const EXTRA_META: u32 = 0x56;
const CHANGE_COLUMNS: [u32; 7] = [ACTOR, SEQ, MAX_OP, TIME, DEPS_COUNT, DEPS_INDEX, EXTRA_META];
// Operation columns.
const KEY_STRING: u32 = 0x15;
const ID_ACTOR: u32 = 0x21;
const ID_COUNTER: u32 = 0x23;
const INSERT: u32 = 0x34;
const ACTION: u32 = 0x42;
const VALUE_META: u32 = 0x56;
const VALUE_RAW: u32 = 0x57;
const SUCC_COUNT: u32 = 0x80;
const SUCC_ACTOR: u32 = 0x81;
const SUCC_COUNTER: u32 = 0x83;
const OP_COLUMNS: [u32; 10] =
    [KEY_STRING, ID_ACTOR, ID_COUNTER, INSERT, ACTION, VALUE_META, VALUE_RAW, SUCC_COUNT, SUCC_ACTOR, SUCC_COUNTER];
/// Value metadata of "bytes, none": what stands for no extra bytes.
const NO_EXTRA: u64 = 7;

struct ChangeRow {
    actor: ActorId,
    seq: u64,
    max_op: u64,
    time: i64,
    deps: Vec<usize>,
}

/// Takes a snapshot apart: its history and the raw bytes of its changes, dependencies first.
///
/// # Errors
/// Any [`GateError`]; then nothing of the snapshot is to be used.
pub fn unpack_snapshot(bytes: &[u8]) -> Result<(History, Vec<Vec<u8>>), GateError> {
    if bytes.len() > MAX_SNAPSHOT {
        return Err(GateError::TooLarge);
    }
    let (kind, _, content) = chunk::open_chunk(bytes)?;
    if kind != TYPE_DOCUMENT {
        return Err(GateError::NotAChange);
    }
    let mut reader = Reader::new(content);
    let actors = read_actors(&mut reader)?;
    let mut heads = Vec::new();
    for _ in 0..reader.count(MAX_DEPS)? {
        heads.push(ChangeHash(reader.array()?));
    }
    let change_directory = columns::directory(&mut reader, &CHANGE_COLUMNS)?;
    let op_directory = columns::directory(&mut reader, &OP_COLUMNS)?;
    let changes = read_changes(&Columns::cut(&mut reader, &change_directory)?, &actors)?;
    let ops = read_ops(&Columns::cut(&mut reader, &op_directory)?, &actors)?;
    // Behind them the places of the heads among the changes: derivable, so only their form is checked.
    for _ in &heads {
        reader.u64()?;
    }
    if !reader.is_empty() {
        return Err(GateError::BadSnapshot);
    }
    let (history, raw) = replay(changes, ops)?;
    // Everybody in the table has written something: a spare entry makes Automerge panic when it
    // loads.
    if history.actors().len() != actors.len() {
        return Err(GateError::NotCanonical);
    }
    if history.heads() == heads { Ok((history, raw)) } else { Err(GateError::BadSnapshot) }
}

/// Ascending, each once: Automerge writes them so, and panics on some tables that are otherwise.
fn read_actors(reader: &mut Reader<'_>) -> Result<Vec<ActorId>, GateError> {
    let actors = (0..reader.count(MAX_ACTORS)?).map(|_| chunk::actor(reader.prefixed()?)).collect::<Result<Vec<_>, _>>()?;
    if actors.is_sorted_by(|a, b| a < b) { Ok(actors) } else { Err(GateError::NotCanonical) }
}

fn lookup(actors: &[ActorId], index: u64) -> Result<ActorId, GateError> {
    usize::try_from(index).ok().and_then(|i| actors.get(i)).copied().ok_or(GateError::BadActor)
}

fn unsigned(n: i64) -> Result<u64, GateError> {
    u64::try_from(n).map_err(|_| GateError::BadSnapshot)
}

/// The counts of a group column, and their sum if it is within `max`.
fn group(reader: Reader<'_>, rows: usize, max: usize) -> Result<(Vec<u64>, usize), GateError> {
    let counts = columns::numbers(reader, rows)?;
    let mut sum = 0usize;
    for count in &counts {
        sum = usize::try_from(*count).ok().and_then(|c| sum.checked_add(c)).filter(|s| *s <= max).ok_or(GateError::TooMany)?;
    }
    Ok((counts, sum))
}

fn read_changes(cols: &Columns<'_>, actors: &[ActorId]) -> Result<Vec<ChangeRow>, GateError> {
    let authors = columns::numbers_up_to(cols.get(ACTOR), ADMITTED.changes)?;
    let n = authors.len();
    let seqs = columns::deltas(cols.get(SEQ), n)?;
    let max_ops = columns::deltas(cols.get(MAX_OP), n)?;
    let times = columns::deltas(cols.get(TIME), n)?;
    let (counts, total) = group(cols.get(DEPS_COUNT), n, MAX_DEPS * n)?;
    let mut deps = columns::deltas(cols.get(DEPS_INDEX), total)?.into_iter();
    if columns::numbers(cols.get(EXTRA_META), n)?.iter().any(|meta| *meta != NO_EXTRA) {
        return Err(GateError::NotFlat);
    }
    let mut out = Vec::with_capacity(n);
    for i in 0..n {
        let own: Option<Vec<usize>> = deps
            .by_ref()
            .take(counts[i] as usize)
            .map(|d| usize::try_from(d).ok().filter(|d| *d < i)) // a change builds only on earlier ones
            .collect();
        out.push(ChangeRow {
            actor: lookup(actors, authors[i])?,
            seq: unsigned(seqs[i])?,
            max_op: unsigned(max_ops[i])?,
            time: times[i],
            deps: own.ok_or(GateError::BadSnapshot)?,
        });
    }
    Ok(out)
}

/// All operations by their id; deletes are those that only successor columns speak of.
fn read_ops(cols: &Columns<'_>, actors: &[ActorId]) -> Result<BTreeMap<OpId, Op>, GateError> {
    let actions = columns::numbers_up_to(cols.get(ACTION), ADMITTED.ops)?;
    let n = actions.len();
    if actions.iter().any(|a| *a != ACTION_PUT) {
        return Err(GateError::NotFlat);
    }
    let keys = columns::texts(cols.get(KEY_STRING), n)?;
    let id_actors = columns::numbers(cols.get(ID_ACTOR), n)?;
    let id_counters = columns::deltas(cols.get(ID_COUNTER), n)?;
    columns::all_false(cols.get(INSERT), n)?;
    let values = columns::values(cols.get(VALUE_META), cols.get(VALUE_RAW), n)?;
    let (counts, total) = group(cols.get(SUCC_COUNT), n, ADMITTED.preds)?;
    let succ_actors = columns::numbers(cols.get(SUCC_ACTOR), total)?;
    let succ_counters = columns::deltas(cols.get(SUCC_COUNTER), total)?;

    let mut ops: BTreeMap<OpId, Op> = BTreeMap::new();
    let mut successions: Vec<(OpId, OpId, &str)> = Vec::with_capacity(total);
    let mut succ = succ_actors.iter().zip(&succ_counters);
    for (i, value) in values.into_iter().enumerate() {
        if keys[i].len() > MAX_KEY {
            return Err(GateError::BadKey);
        }
        let id = OpId { counter: unsigned(id_counters[i])?, actor: lookup(actors, id_actors[i])? };
        for (actor, counter) in succ.by_ref().take(counts[i] as usize) {
            successions.push((OpId { counter: unsigned(*counter)?, actor: lookup(actors, *actor)? }, id, keys[i]));
        }
        if ops.insert(id, put(keys[i], value)).is_some() {
            return Err(GateError::BadSnapshot);
        }
    }
    for (later, earlier, key) in successions {
        let op = ops.entry(later).or_insert_with(|| Op { key: key.into(), put: None, preds: Vec::new() });
        if op.key != key || op.preds.len() >= MAX_PREDS {
            return Err(GateError::BadSnapshot);
        }
        op.preds.push(earlier);
    }
    ops.values_mut().for_each(|op| op.preds.sort_unstable());
    Ok(ops)
}

fn put(key: &str, value: Scalar) -> Op {
    Op { key: key.into(), put: Some(value), preds: Vec::new() }
}

/// Gives every change its operations and sends it through the gate.
fn replay(changes: Vec<ChangeRow>, ops: BTreeMap<OpId, Op>) -> Result<(History, Vec<Vec<u8>>), GateError> {
    // An actor's operations in the order of their counters; each of its changes takes those up to its max_op.
    let mut queues: HashMap<ActorId, Vec<(u64, Op)>> = HashMap::new();
    for (id, op) in ops.into_iter().rev() {
        queues.entry(id.actor).or_default().push((id.counter, op));
    }
    let mut history = History::new();
    let mut raw: Vec<Vec<u8>> = Vec::with_capacity(changes.len());
    let mut hashes: Vec<ChangeHash> = Vec::with_capacity(changes.len());
    for row in changes {
        let queue = queues.get_mut(&row.actor).ok_or(GateError::BadSnapshot)?;
        let mut own = Vec::new();
        while queue.last().is_some_and(|(counter, _)| *counter <= row.max_op) {
            let Some((counter, op)) = queue.pop() else { break };
            if own.len() >= MAX_OPS {
                return Err(GateError::TooMany);
            }
            own.push((counter, op));
        }
        let Some((start_op, _)) = own.first() else { return Err(GateError::BadSnapshot) };
        let start_op = *start_op;
        if own.iter().enumerate().any(|(i, (counter, _))| *counter != start_op + i as u64) || own.len() as u64 + start_op - 1 != row.max_op
        {
            return Err(GateError::BadSnapshot);
        }
        let mut deps: Vec<ChangeHash> = row.deps.iter().map(|d| hashes[*d]).collect();
        deps.sort_unstable();
        let parsed = Parsed {
            hash: ChangeHash([0; 32]),
            actor: row.actor,
            seq: row.seq,
            start_op,
            time: row.time,
            deps,
            ops: own.into_iter().map(|(_, op)| op).collect(),
        };
        let admitted = history.admit_parts(parsed)?;
        hashes.push(admitted.hash);
        raw.push(admitted.bytes);
    }
    if queues.values().any(|q| !q.is_empty()) {
        return Err(GateError::BadSnapshot);
    }
    Ok((history, raw))
}
