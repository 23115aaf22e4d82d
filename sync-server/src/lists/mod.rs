//! The three lists (三单) of a street as one workbook: what there is, who is to do it by when, what was done. For the operator, who may read
//! every matter anyway; phones have views of their own.
//!
//! All three are made from the same folded matters, like the phone's: no list can say what another does not.

mod book;
mod street;
mod words;

pub use book::BookError;

use crate::{
    storage::{Read, Result},
    sync::{late, load},
};
use beehive_core::{
    DocId, MatterNumber, NodeId, clock, fold,
    fold::scalar_text,
    model::{DocClass, Matter, Place, TimelineEntry, field},
};
use std::collections::HashMap;
use street::Street;

/// What stands in one cell. There are no formulas: what people wrote is always text, whatever sign it begins with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A moment, by the street's clock.
    Time(i64),
    /// A count.
    Count(u32),
    /// Nothing.
    Empty,
}

impl Cell {
    fn text(text: impl Into<String>) -> Self {
        Some(text.into()).filter(|t| !t.is_empty()).map_or(Self::Empty, Self::Text)
    }

    fn time(at: Option<i64>) -> Self {
        at.map_or(Self::Empty, Self::Time)
    }

    fn count(n: u32) -> Self {
        if n == 0 { Self::Empty } else { Self::Count(n) }
    }
}

/// One list: its name, its columns with their widths in characters, its rows.
#[derive(Debug)]
pub struct Sheet {
    name: &'static str,
    columns: &'static [(&'static str, u16)],
    rows: Vec<Vec<Cell>>,
}

impl Sheet {
    fn new(name: &'static str, columns: &'static [(&'static str, u16)]) -> Self {
        Self { name, columns, rows: Vec::new() }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

/// The three lists.
#[derive(Debug)]
pub struct Lists {
    /// 需求清单: every matter with its facts and where it stands.
    pub demand: Sheet,
    /// 责任清单: what is open and was given to somebody.
    pub responsibility: Sheet,
    /// 推进清单: step by step what happened.
    pub progress: Sheet,
    utc_offset: i32,
}

const DEMAND: &[(&str, u16)] = &[
    ("编号", 17),
    ("网格", 16),
    ("种类", 10),
    ("类别", 10),
    ("是什么事", 32),
    ("详细情况", 40),
    ("在哪里", 22),
    ("急不急", 8),
    ("怎么知道的", 12),
    ("谁提的", 12),
    ("谁记的", 10),
    ("什么时候记的", 17),
    ("怎么办", 10),
    ("办到哪里", 10),
    ("也有人反映", 11),
    ("有没有用", 10),
    ("并到哪一件", 17),
    ("要人看", 24),
];
const RESPONSIBILITY: &[(&str, u16)] = &[
    ("编号", 17),
    ("网格", 16),
    ("是什么事", 32),
    ("在哪里", 22),
    ("怎么办", 10),
    ("谁来办", 10),
    ("谁帮忙", 18),
    ("接了没有", 10),
    ("要求几时办好", 17),
    ("说好几时办好", 17),
    ("延到", 17),
    ("最近到期", 17),
    ("到期要做什么", 14),
    ("上级部门", 16),
    ("上级单号", 14),
    ("办到哪里", 10),
    ("要人看", 24),
];
const PROGRESS: &[(&str, u16)] = &[
    ("编号", 17),
    ("是什么事", 32),
    ("第几步", 8),
    ("什么时候", 17),
    ("谁", 10),
    ("做了什么", 30),
    ("怎么说的", 44),
    ("什么时候送到", 17),
];

/// One matter as read.
struct Entry {
    matter: Matter,
    number: String,
    /// When what came late came, by the part of an event's id that names its change: as phones know it, so that dates are the same.
    received: HashMap<String, i64>,
}

impl Lists {
    /// Reads the lists of a node and everything below it; of the whole street without one.
    pub fn read(rows: &dyn Read, node: Option<&NodeId>) -> Result<Self> {
        let street = Street::read(rows)?;
        let mut lists = Self {
            demand: Sheet::new("需求清单", DEMAND),
            responsibility: Sheet::new("责任清单", RESPONSIBILITY),
            progress: Sheet::new("推进清单", PROGRESS),
            utc_offset: street.rules.calendar.utc_offset,
        };
        for doc in rows.document_ids()? {
            let Some(row) = rows.document(&doc)? else { continue };
            if node.is_some_and(|node| !street.tree.covers(node, &row.scope)) {
                continue;
            }
            // A newer program's kind of record is in none of these lists; health notes would be in none either.
            let Some(matter) = fold(&load(rows, &doc)?).filter(|m| m.class == DocClass::General) else { continue };
            lists.add(rows, &street, &Entry { matter, number: number(row.number), received: received(rows, &doc)? })?;
        }
        Ok(lists)
    }

    fn add(&mut self, rows: &dyn Read, street: &Street, entry: &Entry) -> Result<()> {
        let merged = entry.matter.merged_into.map(|into| rows.number(&into)).transpose()?.flatten();
        self.demand.rows.push(demand(street, entry, &number(merged)));
        if entry.matter.status.is_open() && entry.matter.assignment.is_some() {
            self.responsibility.rows.push(responsibility(street, entry));
        }
        let title = fact(street, &entry.matter, field::TITLE);
        let recorded = Cell::text(street.name(&entry.matter.created_by));
        let mut steps = vec![[Cell::Time(entry.matter.created_at), recorded, Cell::text("记下来了"), Cell::Empty, Cell::Empty]];
        for line in &entry.matter.timeline {
            steps.push(progress(rows, street, entry, line)?);
        }
        for (n, cells) in (1..).zip(steps) {
            let head = [Cell::text(entry.number.clone()), Cell::text(title.clone()), Cell::Count(n)];
            self.progress.rows.push(head.into_iter().chain(cells).collect());
        }
        Ok(())
    }
}

fn received(rows: &dyn Read, doc: &DocId) -> Result<HashMap<String, i64>> {
    let mut received = HashMap::new();
    for (n, change) in rows.changes(doc)?.iter().enumerate() {
        let Some(note) = late(change) else { continue };
        received.insert(format!("{}.{}", change.actor, change.seq), note.at);
        if n == 0 {
            received.insert(clock::CREATED.to_owned(), note.at);
        }
    }
    Ok(received)
}

fn number(number: Option<MatterNumber>) -> String {
    number.map(|n| n.to_string()).unwrap_or_default()
}

/// A fact as people read it. While people wrote it differently, everything they wrote.
fn fact(street: &Street, matter: &Matter, name: &str) -> String {
    let values = matter.facts.get(name).map(Vec::as_slice).unwrap_or_default();
    let shown = values.iter().map(|v| scalar_text(&v.value)).map(|text| match name {
        field::PLACE => street.place(&Place::from_scalar(&text)),
        field::CATEGORY => street.word("category", &text),
        field::CHANNEL => street.word("channel", &text),
        field::URGENCY => words::urgency(&text).to_owned(),
        _ => text,
    });
    shown.collect::<Vec<_>>().join(" ／ ")
}

/// Why somebody should look: what cannot both hold, and what people wrote differently.
fn eyes(matter: &Matter) -> String {
    let written = matter.facts.values().any(|values| values.len() > 1).then_some("写得不一样");
    matter.needs_eyes.iter().map(|e| words::needs_eyes(e.reason)).chain(written).collect::<Vec<_>>().join("，")
}

fn demand(street: &Street, entry: &Entry, merged: &str) -> Vec<Cell> {
    let m = &entry.matter;
    let said = |name: &str| Cell::text(fact(street, m, name));
    vec![
        Cell::text(entry.number.clone()),
        Cell::text(street.node(&m.scope)),
        Cell::text(words::kind(m.kind)),
        said(field::CATEGORY),
        said(field::TITLE),
        said(field::DETAIL),
        said(field::PLACE),
        said(field::URGENCY),
        said(field::CHANNEL),
        said(field::ASKER),
        Cell::text(street.name(&m.created_by)),
        Cell::Time(m.created_at),
        Cell::text(m.path.map(words::path).unwrap_or_default()),
        Cell::text(words::status(m.status)),
        Cell::count(u32::try_from(m.joined.len()).unwrap_or(u32::MAX)),
        Cell::text(m.helped.map(words::helped).unwrap_or_default()),
        Cell::text(merged),
        Cell::text(eyes(m)),
    ]
}

fn responsibility(street: &Street, entry: &Entry) -> Vec<Cell> {
    let m = &entry.matter;
    let given = m.assignment.as_ref();
    let help: Vec<&str> = given.iter().flat_map(|a| &a.help).map(|member| street.name(member)).collect();
    // Who else was named while nobody has settled it works on it too.
    let also = m.assignees.iter().filter(|a| given.is_some_and(|g| g.to != **a && !g.help.contains(a))).map(|a| street.name(a));
    let who = given.map(|a| street.name(&a.to)).into_iter().chain(also).collect::<Vec<_>>().join(" ／ ");
    let due = clock::deadlines(m, &street.rules, &|event| entry.received_of(event)).into_iter().next();
    vec![
        Cell::text(entry.number.clone()),
        Cell::text(street.node(&m.scope)),
        Cell::text(fact(street, m, field::TITLE)),
        Cell::text(fact(street, m, field::PLACE)),
        Cell::text(m.path.map(words::path).unwrap_or_default()),
        Cell::text(who),
        Cell::text(help.join("、")),
        Cell::text(given.map(|a| words::answer(a.answer)).unwrap_or_default()),
        Cell::time(given.and_then(|a| a.due)),
        Cell::time(given.and_then(|a| a.promised)),
        Cell::time(m.extended),
        Cell::time(due.as_ref().map(|d| d.at)),
        Cell::text(due.map(|d| words::due(d.what)).unwrap_or_default()),
        Cell::text(m.outside.as_ref().map(|o| o.to.clone()).unwrap_or_default()),
        Cell::text(m.outside.as_ref().map(|o| o.number.clone()).unwrap_or_default()),
        Cell::text(words::status(m.status)),
        Cell::text(eyes(m)),
    ]
}

/// When, who, what, in whose words, and when it came if that was much later.
fn progress(rows: &dyn Read, street: &Street, entry: &Entry, line: &TimelineEntry) -> Result<[Cell; 5]> {
    let by = rows.actor(&line.actor)?.map(|row| street.name(&row.member).to_owned()).unwrap_or_default();
    let what = line.body.as_ref().map_or_else(|| "新版本才有的一步".to_owned(), |body| words::event(street, body));
    let note = line.body.as_ref().map(|body| body.note().to_owned()).unwrap_or_default();
    let received = entry.received_of(&line.id);
    Ok([Cell::Time(line.at), Cell::text(by), Cell::text(what), Cell::text(note), Cell::time(received)])
}

impl Entry {
    /// When the server received an event that came late. Deadlines count by it.
    fn received_of(&self, event: &str) -> Option<i64> {
        self.received.get(event.rsplit_once('.').map_or(event, |(change, _)| change)).copied()
    }
}
