//! The projection that lists, filters and search read; documents are never opened for a list.

use super::{StoreError, search, search::SearchText, sql};
use crate::api::{ListFilter, ListKind};
use beehive_core::{
    DocId, EventBody, MemberId, NodeId,
    model::{NeedsEyesReason, Path, RecordKind, Status},
};
use rusqlite::{Connection, OptionalExtension, Row, params_from_iter, types::Value};

/// A row of the projection.
#[derive(Debug, Clone, PartialEq)]
pub struct MatterRow {
    /// Which record.
    pub doc: DocId,
    /// The org node.
    pub scope: NodeId,
    /// What kind.
    pub kind: RecordKind,
    /// `f.title`
    pub title: String,
    /// `f.place`, as stored.
    pub place: String,
    /// `f.category`: the code.
    pub category: String,
    /// `f.urgency`: the code.
    pub urgency: String,
    /// `f.asker`
    pub asker: String,
    /// Where it stands.
    pub status: Status,
    /// Which path.
    pub path: Option<Path>,
    /// Who is to do it.
    pub assignee: Option<MemberId>,
    /// Everyone named by an assignment in force.
    pub assignees: Vec<MemberId>,
    /// By when.
    pub due: Option<i64>,
    /// When recorded.
    pub created_at: i64,
    /// When something last happened.
    pub updated_at: i64,
    /// Who recorded it.
    pub created_by: MemberId,
    /// The last event, its note shortened.
    pub last_event: Option<EventBody>,
    /// Whether values stand side by side.
    pub conflict: bool,
    /// Why somebody must look.
    pub needs_eyes: Vec<NeedsEyesReason>,
    /// Changes in the outbox.
    pub unsent: u32,
    /// Refused entries not yet dealt with.
    pub refused: u32,
    /// Whether the document itself is here.
    pub whole: bool,
}

impl MatterRow {
    /// Whether somebody must look at what people wrote.
    pub fn attention(&self) -> bool {
        self.conflict || !self.needs_eyes.is_empty()
    }
}

const COLUMNS: &str = "doc, scope, kind, title, place, category, urgency, asker, status, path, assignee, assignees, due, \
                       created_at, updated_at, created_by, last_event, conflict, needs_eyes, unsent, refused, whole";

fn read(row: &Row<'_>) -> rusqlite::Result<MatterRow> {
    let text = |i: usize| row.get_ref(i)?.as_str().map_err(rusqlite::Error::from);
    let code = |i: usize, what: &'static str| rusqlite::Error::InvalidColumnType(i, what.to_owned(), rusqlite::types::Type::Text);
    let path: Option<String> = row.get(9)?;
    let last: Option<String> = row.get(16)?;
    Ok(MatterRow {
        doc: sql::id(row, 0, DocId::from_slice)?,
        scope: NodeId(row.get(1)?),
        kind: RecordKind::from_code(text(2)?).ok_or_else(|| code(2, "kind"))?,
        title: row.get(3)?,
        place: row.get(4)?,
        category: row.get(5)?,
        urgency: row.get(6)?,
        asker: row.get(7)?,
        status: Status::from_code(text(8)?).ok_or_else(|| code(8, "status"))?,
        path: path.as_deref().and_then(Path::from_code),
        assignee: row.get::<_, Option<String>>(10)?.map(MemberId),
        assignees: serde_json::from_str(text(11)?).unwrap_or_default(),
        due: row.get(12)?,
        created_at: row.get(13)?,
        updated_at: row.get(14)?,
        created_by: MemberId(row.get(15)?),
        last_event: last.as_deref().and_then(|json| serde_json::from_str(json).ok()),
        conflict: row.get(17)?,
        needs_eyes: serde_json::from_str(text(18)?).unwrap_or_default(),
        unsent: row.get(19)?,
        refused: row.get(20)?,
        whole: row.get(21)?,
    })
}

/// Writes a row, new or known, and what search looks into.
pub fn put(conn: &Connection, m: &MatterRow, text: &SearchText) -> Result<(), StoreError> {
    let last = m.last_event.as_ref().map(serde_json::to_string).transpose()?;
    let values = rusqlite::params![
        m.doc.as_bytes(),
        m.scope.as_str(),
        m.kind.code(),
        m.title,
        m.place,
        m.category,
        m.urgency,
        m.asker,
        m.status.code(),
        m.status.is_open(),
        m.path.map(Path::code),
        m.assignee.as_ref().map(MemberId::as_str),
        serde_json::to_string(&m.assignees)?,
        m.due,
        m.created_at,
        m.updated_at,
        m.created_by.as_str(),
        last,
        m.conflict,
        serde_json::to_string(&m.needs_eyes)?,
        m.attention(),
        m.unsent,
        m.refused,
        m.whole,
    ];
    let row = conn
        .prepare_cached(
            "INSERT INTO matter (doc, scope, kind, title, place, category, urgency, asker, status, open, path, assignee, assignees,
                 due, created_at, updated_at, created_by, last_event, conflict, needs_eyes, attention, unsent, refused, whole)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)
             ON CONFLICT (doc) DO UPDATE SET scope = excluded.scope, kind = excluded.kind, title = excluded.title,
                 place = excluded.place, category = excluded.category, urgency = excluded.urgency, asker = excluded.asker,
                 status = excluded.status, open = excluded.open, path = excluded.path, assignee = excluded.assignee,
                 assignees = excluded.assignees, due = excluded.due, created_at = excluded.created_at,
                 updated_at = excluded.updated_at, created_by = excluded.created_by, last_event = excluded.last_event,
                 conflict = excluded.conflict, needs_eyes = excluded.needs_eyes, attention = excluded.attention,
                 unsent = excluded.unsent, refused = excluded.refused, whole = excluded.whole
             RETURNING row",
        )?
        .query_row(values, |row| row.get(0))?;
    search::put(conn, row, text)
}

/// Reads one row.
pub fn get(conn: &Connection, doc: &DocId) -> Result<Option<MatterRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter WHERE doc = ?1"))?;
    Ok(select.query_row([doc.as_bytes()], read).optional()?)
}

/// Erases a row.
pub fn remove(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM matter WHERE doc = ?1")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Erases the lines of a scope that were sent ahead of their documents (those of one document, or all).
pub fn remove_ahead(conn: &Connection, scope: &NodeId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM matter WHERE scope = ?1 AND whole = 0")?.execute([scope.as_str()])?;
    Ok(())
}

/// Erases a document's lines if they were sent ahead of it.
pub fn remove_if_ahead(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    conn.prepare_cached("DELETE FROM matter WHERE doc = ?1 AND whole = 0")?.execute([doc.as_bytes()])?;
    Ok(())
}

/// Writes how much of a record is in the outbox.
pub fn set_unsent(conn: &Connection, doc: &DocId, unsent: u32) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE matter SET unsent = ?2 WHERE doc = ?1")?.execute((doc.as_bytes(), unsent))?;
    Ok(())
}

/// Writes how many refused entries of a record wait.
pub fn set_refused(conn: &Connection, doc: &DocId, refused: u32) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE matter SET refused = ?2 WHERE doc = ?1")?.execute((doc.as_bytes(), refused))?;
    Ok(())
}

/// One page of a list, and how many rows it has in all.
pub fn list(
    conn: &Connection,
    list: ListKind,
    filter: &ListFilter,
    me: Option<&MemberId>,
    offset: u32,
    limit: u32,
) -> Result<(Vec<MatterRow>, u32), StoreError> {
    let mut conditions: Vec<String> = Vec::new();
    let mut values: Vec<Value> = Vec::new();
    let mut equal = |column: &str, value: Value, conditions: &mut Vec<String>| {
        values.push(value);
        conditions.push(format!("{column} = ?{}", values.len()));
    };
    if let Some(kind) = filter.kind {
        equal("kind", Value::Text(kind.code().to_owned()), &mut conditions);
    }
    if filter.mine {
        equal("created_by", Value::Text(me.map(ToString::to_string).unwrap_or_default()), &mut conditions);
    }
    // Spelled out rather than bound, so that SQLite can use the partial index.
    match (list, filter.open) {
        (ListKind::Responsibility, Some(false)) => conditions.push("open = 0 AND assignee IS NOT NULL".to_owned()),
        (ListKind::Responsibility, _) => conditions.push("open = 1 AND assignee IS NOT NULL".to_owned()),
        (_, Some(open)) => conditions.push(format!("open = {}", i32::from(open))),
        (_, None) => {}
    }
    if filter.attention {
        conditions.push("(attention <> 0 OR refused <> 0)".to_owned());
    }
    let words = filter.words.as_deref().and_then(|w| search::condition(w, values.len() + 1));
    let searching = words.is_some();
    if let Some((condition, parameters)) = words {
        conditions.push(condition);
        values.extend(parameters);
    }
    let condition = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    // Left to itself, SQLite takes the index of all open matters and looks every one of them up.
    let duties = matches!((list, filter.open), (ListKind::Responsibility, None | Some(true)));
    let from = if duties { "matter INDEXED BY matter_responsibility" } else { "matter" };
    let order = match list {
        ListKind::Demand => "created_at DESC, row DESC",
        ListKind::Responsibility => "due NULLS LAST, updated_at DESC, row DESC",
        ListKind::Progress => "updated_at DESC, row DESC",
    };
    if searching {
        // Looking for words reads everything: once, for the page and the total together.
        let mut select = conn.prepare_cached(&format!("SELECT row FROM {from} {condition} ORDER BY {order}"))?;
        let found = select.query_map(params_from_iter(&values), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let mut one = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter WHERE row = ?1"))?;
        let page = found.iter().skip(offset as usize).take(limit as usize);
        let rows = page.map(|row| one.query_row([row], read)).collect::<Result<_, _>>()?;
        return Ok((rows, u32::try_from(found.len()).unwrap_or(u32::MAX)));
    }
    let total =
        conn.prepare_cached(&format!("SELECT count(*) FROM {from} {condition}"))?.query_row(params_from_iter(&values), |r| r.get(0))?;
    let places = (values.len() + 1, values.len() + 2);
    values.extend([Value::Integer(limit.into()), Value::Integer(offset.into())]);
    let page = format!("SELECT {COLUMNS} FROM {from} {condition} ORDER BY {order} LIMIT ?{} OFFSET ?{}", places.0, places.1);
    let mut select = conn.prepare_cached(&page)?;
    let rows = select.query_map(params_from_iter(&values), read)?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}

fn select(conn: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<MatterRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter {rest}"))?;
    let rows = select.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Every open row that names a member as one to do it, due first.
pub fn duties_of(conn: &Connection, member: &MemberId, limit: u32) -> Result<Vec<MatterRow>, StoreError> {
    // As it stands in the JSON list: quotes keep `m1` from finding `m12`.
    let quoted = serde_json::to_string(member)?;
    select(
        conn,
        "INDEXED BY matter_responsibility WHERE open = 1 AND assignee IS NOT NULL AND instr(assignees, ?1) > 0 ORDER BY due NULLS LAST LIMIT ?2",
        (quoted, limit),
    )
}

/// Rows that need somebody to look at what people wrote.
pub fn needing_eyes(conn: &Connection, limit: u32) -> Result<Vec<MatterRow>, StoreError> {
    select(conn, "WHERE (attention <> 0 OR refused <> 0) AND attention <> 0 ORDER BY row DESC LIMIT ?1", [limit])
}

/// Open rows that nobody was given yet, newest first.
pub fn undecided(conn: &Connection, limit: u32) -> Result<Vec<MatterRow>, StoreError> {
    select(conn, "WHERE open = 1 AND assignee IS NULL ORDER BY created_at DESC, row DESC LIMIT ?1", [limit])
}

/// Makes what search looks into anew for every row, after words that it is made of changed. Details stay as they are.
pub fn rewrite_search(conn: &Connection, text: impl Fn(&MatterRow) -> SearchText) -> Result<(), StoreError> {
    let mut ids = conn.prepare_cached("SELECT row FROM matter")?;
    let ids = ids.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let mut one = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter WHERE row = ?1"))?;
    for row in ids {
        search::put_short(conn, row, &text(&one.query_row([row], read)?))?;
    }
    Ok(())
}

/// How many matters are open.
pub fn open_count(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn.prepare_cached("SELECT count(*) FROM matter WHERE open = 1")?.query_row([], |row| row.get(0))?)
}

/// How many records need somebody to look at what people wrote.
pub fn attention_count(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn
        .prepare_cached("SELECT count(*) FROM matter WHERE (attention <> 0 OR refused <> 0) AND attention <> 0")?
        .query_row([], |row| row.get(0))?)
}

/// Of the records somebody made: only here, delivered, needing somebody.
pub fn counts_by_author(conn: &Connection, member: &MemberId) -> Result<(u32, u32, u32), StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT count(*) FILTER (WHERE attention = 0 AND refused = 0 AND unsent > 0),
                count(*) FILTER (WHERE attention = 0 AND refused = 0 AND unsent = 0),
                count(*) FILTER (WHERE attention <> 0 OR refused <> 0)
         FROM matter WHERE created_by = ?1",
    )?;
    Ok(select.query_row([member.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}
