//! The projection that lists, filters and search read; documents are never opened for a list.

use super::{StoreError, search, search::SearchText, sql};
use beehive_core::{
    DocId, EventBody, MatterNumber, MemberId, NodeId,
    clock::Due,
    model::{Helped, Matter, NeedsEyesReason, Path, RecordKind, Status},
};
use rusqlite::{Connection, OptionalExtension, Row};

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
    /// The next deadline.
    pub due: Option<i64>,
    /// What is due then.
    pub due_what: Option<Due>,
    /// When it came: by the server where it says so, else by the recording phone's clock. What lists are ordered by.
    pub created_at: i64,
    /// When something last came of it, likewise.
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
    /// The folded matter without facts and timeline; absent for lines sent ahead.
    pub state: Option<Box<Matter>>,
    /// The action that is the reader's turn.
    pub turn: Option<String>,
    /// From when it is, seconds since 1970; 0 = at once.
    pub turn_from: i64,
    /// Whether it helped, as far as anybody answered.
    pub helped: Option<Helped>,
    /// Building and unit, to group by.
    pub spot: String,
    /// The official number, once the server gave one.
    pub number: Option<MatterNumber>,
}

impl MatterRow {
    /// Whether somebody must look at what people wrote.
    pub fn attention(&self) -> bool {
        self.conflict || !self.needs_eyes.is_empty()
    }
}

pub(super) const COLUMNS: &str = "doc, scope, kind, title, place, category, urgency, asker, status, path, assignee, assignees, due, \
                       created_at, updated_at, created_by, last_event, conflict, needs_eyes, unsent, refused, whole, state, \
                       due_what, turn, turn_from, helped, spot, (SELECT number FROM matter_number n WHERE n.doc = matter.doc)";

pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<MatterRow> {
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
        state: row.get_ref(22)?.as_str_or_null()?.and_then(|json| serde_json::from_str(json).ok()),
        due_what: row.get_ref(23)?.as_str_or_null()?.and_then(Due::from_code),
        turn: row.get(24)?,
        turn_from: row.get(25)?,
        helped: row.get_ref(26)?.as_str_or_null()?.and_then(Helped::from_code),
        spot: row.get(27)?,
        number: row.get::<_, Option<u32>>(28)?.map(MatterNumber),
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
        m.state.as_ref().map(serde_json::to_string).transpose()?,
        m.due_what.map(Due::code),
        m.turn,
        m.turn_from,
        m.helped.map(Helped::code),
        m.spot,
    ];
    let row = conn
        .prepare_cached(
            "INSERT INTO matter (doc, scope, kind, title, place, category, urgency, asker, status, open, path, assignee, assignees,
                 due, created_at, updated_at, created_by, last_event, conflict, needs_eyes, attention, unsent, refused, whole,
                 state, due_what, turn, turn_from, helped, spot)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,
                 ?25, ?26, ?27, ?28, ?29, ?30)
             ON CONFLICT (doc) DO UPDATE SET scope = excluded.scope, kind = excluded.kind, title = excluded.title,
                 place = excluded.place, category = excluded.category, urgency = excluded.urgency, asker = excluded.asker,
                 status = excluded.status, open = excluded.open, path = excluded.path, assignee = excluded.assignee,
                 assignees = excluded.assignees, due = excluded.due, created_at = excluded.created_at,
                 updated_at = excluded.updated_at, created_by = excluded.created_by, last_event = excluded.last_event,
                 conflict = excluded.conflict, needs_eyes = excluded.needs_eyes, attention = excluded.attention,
                 unsent = excluded.unsent, refused = excluded.refused, whole = excluded.whole, state = excluded.state,
                 due_what = excluded.due_what, turn = excluded.turn, turn_from = excluded.turn_from, helped = excluded.helped,
                 spot = excluded.spot
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

pub(super) fn select(conn: &Connection, rest: &str, params: impl rusqlite::Params) -> Result<Vec<MatterRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter {rest}"))?;
    let rows = select.query_map(params, read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Makes what search looks into anew for every row, after words that it is made of changed. Details stay as they are.
pub fn rewrite_search(conn: &Connection, text: impl Fn(&MatterRow) -> SearchText) -> Result<(), StoreError> {
    let mut ids = conn.prepare_cached("SELECT row FROM matter")?;
    let ids = ids.query_map([], |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
    let mut one = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter WHERE row = ?1"))?;
    for row in ids {
        search::put_short(conn, row, text(&one.query_row([row], read)?))?;
    }
    Ok(())
}
