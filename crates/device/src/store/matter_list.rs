//! Reading the projection by the page: the three lists, what is the reader's turn, and the numbers above them.

use super::{
    StoreError,
    matter::{COLUMNS, MatterRow, read},
    search,
};
use crate::api::{ListFilter, ListKind, ListOrder};
use beehive_core::{
    MatterNumber, MemberId, NodeId,
    model::{Helped, Path, Status},
};
use rusqlite::{Connection, params_from_iter, types::Value};

/// Rows of a search that are looked up one by one; above it an index is read through.
const FEW: u32 = 1_000;

/// Which page of which list.
pub struct Page<'a> {
    /// Which of the three lists.
    pub list: ListKind,
    /// Narrowed to what.
    pub filter: &'a ListFilter,
    /// In which order.
    pub order: ListOrder,
    /// Who reads.
    pub me: Option<&'a MemberId>,
    /// Now, seconds since 1970: what is due before it is overdue.
    pub now: i64,
    /// Rows to skip.
    pub offset: u32,
    /// Rows at most.
    pub limit: u32,
}

/// Conditions with their parameters.
#[derive(Default)]
struct Where {
    conditions: Vec<String>,
    values: Vec<Value>,
}

impl Where {
    /// Adds a condition in which `?` stands for the value.
    fn with(&mut self, condition: &str, value: Value) {
        self.values.push(value);
        self.conditions.push(condition.replace('?', &format!("?{}", self.values.len())));
    }

    fn plain(&mut self, condition: &str) {
        self.conditions.push(condition.to_owned());
    }

    fn sql(&self) -> String {
        if self.conditions.is_empty() { String::new() } else { format!("WHERE {}", self.conditions.join(" AND ")) }
    }
}

fn narrowed(page: &Page<'_>) -> (Where, bool) {
    let (mut w, filter) = (Where::default(), page.filter);
    let text = |s: &str| Value::Text(s.to_owned());
    let me = page.me.map(MemberId::as_str).unwrap_or_default();
    if let Some(kind) = filter.kind {
        w.with("kind = ?", text(kind.code()));
    }
    if let Some(path) = filter.path {
        w.with("path = ?", text(Path::code(path)));
    }
    if let Some(building) = &filter.building {
        w.with("(spot = ? OR substr(spot, 1, length(?) + 1) = ? || char(9))", text(building.as_str()));
    }
    if filter.mine {
        w.with("created_by = ?", text(me));
    }
    if filter.to_me {
        // As it stands in the JSON list: quotes keep `m1` from finding `m12`.
        w.with("instr(assignees, ?) > 0", Value::Text(format!("\"{me}\"")));
    }
    // Spelled out rather than bound, so that SQLite can use the partial index.
    match (page.list, filter.open) {
        (ListKind::Responsibility, Some(false)) => w.plain("open = 0 AND assignee IS NOT NULL"),
        (ListKind::Responsibility, _) => w.plain("open = 1 AND assignee IS NOT NULL"),
        (_, Some(open)) => w.plain(&format!("open = {}", i32::from(open))),
        (_, None) => {}
    }
    if filter.overdue {
        w.with("open = 1 AND due < ?", Value::Integer(page.now));
    }
    if filter.attention {
        w.plain("(attention <> 0 OR refused <> 0)");
    }
    if let Some(number) = filter.words.as_deref().and_then(MatterNumber::parse) {
        w.with("doc IN (SELECT doc FROM matter_number WHERE number = ?)", Value::Integer(number.0.into()));
        return (w, false);
    }
    let words = filter.words.as_deref().and_then(|q| search::condition(q, w.values.len() + 1));
    let searching = words.is_some();
    if let Some((condition, parameters)) = words {
        w.conditions.push(condition);
        w.values.extend(parameters);
    }
    (w, searching)
}

/// One page of a list, and how many rows it has in all.
pub fn list(conn: &Connection, page: &Page<'_>) -> Result<(Vec<MatterRow>, u32), StoreError> {
    let (mut w, searching) = narrowed(page);
    let condition = w.sql();
    let (list, filter) = (page.list, page.filter);
    // Left to itself, SQLite takes the index of all open matters and looks every one of them up.
    let duties = matches!((list, filter.open), (ListKind::Responsibility, None | Some(true))) && page.order == ListOrder::Usual;
    let many = searching && search::common(conn, filter.words.as_deref().unwrap_or_default(), FEW)?;
    let newest = matches!((page.order, list), (ListOrder::Newest, _) | (ListOrder::Usual, ListKind::Demand));
    let latest = matches!((page.order, list), (ListOrder::Latest, _) | (ListOrder::Usual, ListKind::Progress));
    let from = match () {
        () if duties => "matter INDEXED BY matter_responsibility",
        // What is found everywhere is told by the index of the order alone: looking every row up would read the whole table.
        () if many && newest && filter.open.is_some() => "matter INDEXED BY matter_open_by_created",
        () if many && newest => "matter INDEXED BY matter_by_created",
        () if many && latest => "matter INDEXED BY matter_by_updated",
        () => "matter",
    };
    let order = match (page.order, list) {
        (ListOrder::Due, _) | (ListOrder::Usual, ListKind::Responsibility) => "due NULLS LAST, updated_at DESC, row DESC",
        (ListOrder::Newest, _) | (ListOrder::Usual, ListKind::Demand) => "created_at DESC, row DESC",
        (ListOrder::Latest, _) | (ListOrder::Usual, ListKind::Progress) => "updated_at DESC, row DESC",
        (ListOrder::Spot, _) => "spot = '', spot, due NULLS LAST, row DESC",
    };
    if searching {
        // Once, for the page and the total together.
        let mut select = conn.prepare_cached(&format!("SELECT row FROM {from} {condition} ORDER BY {order}"))?;
        let found = select.query_map(params_from_iter(&w.values), |row| row.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        let mut one = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM matter WHERE row = ?1"))?;
        let shown = found.iter().skip(page.offset as usize).take(page.limit as usize);
        let rows = shown.map(|row| one.query_row([row], read)).collect::<Result<_, _>>()?;
        return Ok((rows, u32::try_from(found.len()).unwrap_or(u32::MAX)));
    }
    let total =
        conn.prepare_cached(&format!("SELECT count(*) FROM {from} {condition}"))?.query_row(params_from_iter(&w.values), |r| r.get(0))?;
    let places = (w.values.len() + 1, w.values.len() + 2);
    w.values.extend([Value::Integer(page.limit.into()), Value::Integer(page.offset.into())]);
    let sql = format!("SELECT {COLUMNS} FROM {from} {condition} ORDER BY {order} LIMIT ?{} OFFSET ?{}", places.0, places.1);
    let mut select = conn.prepare_cached(&sql)?;
    let rows = select.query_map(params_from_iter(&w.values), read)?;
    Ok((rows.collect::<Result<_, _>>()?, total))
}

/// What is the reader's turn by `now`, due first.
pub fn turns(conn: &Connection, now: i64, limit: u32) -> Result<Vec<MatterRow>, StoreError> {
    let mut select = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM matter INDEXED BY matter_turn WHERE turn IS NOT NULL AND turn_from <= ?1 ORDER BY due NULLS LAST LIMIT ?2"
    ))?;
    let rows = select.query_map((now, limit), read)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// The numbers above the lists.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Open matters.
    pub open: u32,
    /// Open matters that somebody has.
    pub responsibility: u32,
    /// Of those, the reader's.
    pub to_me: u32,
    /// Open matters past their next deadline.
    pub overdue: u32,
    /// Open matters nobody took yet.
    pub waiting: u32,
    /// Open matters by path, from the quickest to the slowest.
    pub paths: [u32; 3],
}

/// Counts for the heads of the lists.
pub fn counts(conn: &Connection, me: Option<&MemberId>, now: i64) -> Result<Counts, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT coalesce(sum(number), 0), coalesce(sum(number) FILTER (WHERE taken = 1), 0),
                (SELECT count(*) FROM matter INDEXED BY matter_assignees
                 WHERE open = 1 AND assignees <> '[]' AND instr(assignees, ?1) > 0),
                (SELECT count(*) FROM matter INDEXED BY matter_overdue WHERE open = 1 AND due IS NOT NULL AND due < ?2),
                coalesce(sum(number) FILTER (WHERE path = ''), 0), coalesce(sum(number) FILTER (WHERE path = 'now'), 0),
                coalesce(sum(number) FILTER (WHERE path = 'coordinate'), 0), coalesce(sum(number) FILTER (WHERE path = 'track'), 0)
         FROM tally WHERE open = 1",
    )?;
    let quoted = format!("\"{}\"", me.map(MemberId::as_str).unwrap_or_default());
    Ok(select.query_row((quoted, now), |r| {
        Ok(Counts {
            open: r.get(0)?,
            responsibility: r.get(1)?,
            to_me: r.get(2)?,
            overdue: r.get(3)?,
            waiting: r.get(4)?,
            paths: [r.get(5)?, r.get(6)?, r.get(7)?],
        })
    })?)
}

/// How many matters of one scope stand so and helped so.
pub struct Standings {
    /// Which scope.
    pub scope: NodeId,
    /// Where they stand.
    pub status: Status,
    /// Whether they helped.
    pub helped: Option<Helped>,
    /// How many.
    pub count: u32,
}

/// How many matters of each scope stand how and helped how: what the rates are made of.
pub fn standings(conn: &Connection) -> Result<Vec<Standings>, StoreError> {
    let mut select = conn.prepare_cached(
        "SELECT scope, status, nullif(helped, ''), sum(number) FROM tally WHERE number > 0 GROUP BY scope, status, helped",
    )?;
    let rows = select.query_map([], |r| Ok((NodeId(r.get(0)?), r.get::<_, String>(1)?, r.get::<_, Option<String>>(2)?, r.get(3)?)))?;
    let mut out = Vec::new();
    for row in rows {
        let (scope, status, helped, count) = row?;
        if let Some(status) = Status::from_code(&status) {
            out.push(Standings { scope, status, helped: helped.as_deref().and_then(Helped::from_code), count });
        }
    }
    Ok(out)
}

/// How many matters are open.
pub fn open_count(conn: &Connection) -> Result<u32, StoreError> {
    Ok(conn.prepare_cached("SELECT coalesce(sum(number), 0) FROM tally WHERE open = 1")?.query_row([], |row| row.get(0))?)
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
         FROM matter INDEXED BY matter_standing_of_author WHERE created_by = ?1",
    )?;
    Ok(select.query_row([member.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes a bare row.
    fn put(conn: &Connection, n: u8, (status, open, path, assignee): (&str, bool, Option<&str>, Option<&str>)) {
        conn.execute(
            "INSERT INTO matter (doc, scope, kind, title, place, category, urgency, asker, status, open, path, assignee, assignees, due,
                 created_at, updated_at, created_by, conflict, needs_eyes, attention, unsent, whole)
             VALUES (?1, 's', 'demand', '', '', '', '', '', ?2, ?3, ?4, ?5, ?6, ?7, 1, 1, 'me', 0, '[]', 0, 0, 1)
             ON CONFLICT (doc) DO UPDATE SET status = excluded.status, open = excluded.open, path = excluded.path,
                 assignee = excluded.assignee, assignees = excluded.assignees",
            (vec![n; 16], status, open, path, assignee, assignee.map_or("[]".to_owned(), |a| format!("[\"{a}\"]")), i64::from(n)),
        )
        .unwrap();
    }

    /// Rows come, change and go; the numbers that are kept are those that counting gives.
    #[test]
    fn kept_numbers_are_those_of_the_rows() {
        let mut conn = Connection::open_in_memory().unwrap();
        super::super::migrate::run(&mut conn, super::super::migrate::PHONE).unwrap();
        let kinds = [
            ("reported", true, None, None),
            ("accepted", true, Some("now"), Some("me")),
            ("resolved", false, Some("track"), Some("other")),
        ];
        for step in 0_u8..120 {
            let row = step.wrapping_mul(37) % 23;
            if step % 7 == 6 {
                conn.execute("DELETE FROM matter WHERE doc = ?1", [vec![row; 16]]).unwrap();
            } else {
                put(&conn, row, kinds[usize::from(step.wrapping_mul(11) % 3)]);
            }
            let counted = |rest: &str| -> u32 {
                conn.query_row(&format!("SELECT count(*) FROM matter WHERE open = 1 {rest}"), [], |r| r.get(0)).unwrap()
            };
            let kept = counts(&conn, Some(&"me".into()), 10).unwrap();
            let expected = Counts {
                open: counted(""),
                responsibility: counted("AND assignee IS NOT NULL"),
                to_me: counted("AND assignee = 'me'"),
                overdue: counted("AND due < 10"),
                waiting: counted("AND path IS NULL"),
                paths: [counted("AND path = 'now'"), counted("AND path = 'coordinate'"), counted("AND path = 'track'")],
            };
            assert_eq!(kept, expected, "step {step}");
            let all: u32 = standings(&conn).unwrap().iter().map(|s| s.count).sum();
            assert_eq!(all, conn.query_row("SELECT count(*) FROM matter", [], |r| r.get::<_, u32>(0)).unwrap());
        }
    }
}
