//! Storing a document with everything derived from it, erasing one, and making values anew. Always inside the caller's transaction.

use super::{
    authored::Authored,
    entry_files,
    held::Held,
    life::{self, ReceiveTimes},
    place,
    reference::Reference,
    words,
};
use crate::store::{
    StoreError, attachment,
    change::{self, ChangeRow, State},
    document::{self, DocumentRow},
    late,
    matter::{self, MatterRow},
    refused, scope,
    search::SearchText,
    want,
};
use beehive_core::{
    ActorId, ChangeHash, DocId, EventBody, FileHash, History, NodeId, Write, fold,
    fold::scalar_text,
    model::{Matter, Place, field},
};
use rusqlite::Connection;
use std::collections::{HashMap, HashSet};

/// Notes are shortened to this many characters in list rows.
const NOTE_IN_LISTS: usize = 80;

/// Stores a document as it is now. `fallback` is the scope of a record whose kind this version cannot read.
pub fn keep_held(conn: &Connection, reference: &Reference, held: &Held, fallback: &NodeId, generation: i64) -> Result<(), StoreError> {
    let history = held.history();
    let (form, content) = held.content();
    let doc = history.doc().ok_or(StoreError::Unreadable("document"))?;
    let matter = fold(history);
    let mut acked = history.digest();
    let mut unsent = 0;
    for hash in change::outbox_hashes(conn, &doc)?.iter().filter(|hash| history.contains(hash)) {
        acked.toggle(hash);
        unsent += 1;
    }
    let scope = matter.as_ref().map_or(fallback, |m| &m.scope).clone();
    let row = DocumentRow { doc, scope, digest: history.digest(), acked, unsent, generation, leaving: false, form, content };
    document::put(conn, &row)?;
    if let Some(m) = &matter {
        keep_projection(conn, reference, history, m, unsent)?;
    }
    Ok(())
}

fn keep_projection(conn: &Connection, reference: &Reference, history: &History, m: &Matter, unsent: u32) -> Result<(), StoreError> {
    let times = ReceiveTimes::load(conn, history)?;
    let row = project(reference, m, &times, unsent, refused::count_of(conn, &m.id)?);
    matter::put(conn, &row, &search_text(reference, &row, &text(m, field::DETAIL)))?;
    let files: Vec<(FileHash, bool)> = m.timeline.iter().flat_map(|e| attached(e.body.as_ref())).collect();
    attachment::set(conn, &m.id, &files)
}

/// Makes a document's projection anew, after what it is made of beside the document has changed.
pub fn project_again(conn: &Connection, reference: &Reference, doc: &DocId) -> Result<(), StoreError> {
    let Some(row) = document::get(conn, doc)? else { return Ok(()) };
    let held = Held::read(&row)?;
    match held.matter() {
        Some(m) => keep_projection(conn, reference, held.history(), &m, row.unsent),
        None => Ok(()),
    }
}

/// Makes every projection anew; a document that cannot be read keeps the one it has.
pub fn project_all_again(conn: &Connection, reference: &Reference) -> Result<(), StoreError> {
    for doc in document::all(conn)? {
        match project_again(conn, reference, &doc) {
            Err(e @ (StoreError::Unreadable(_) | StoreError::Write(_))) => {
                tracing::warn!(%doc, error = %e, "a document cannot be read; its projection stays as it was");
            }
            other => other?,
        }
    }
    Ok(())
}

/// The files an event names, and whether each is a small picture.
pub fn attached(body: Option<&EventBody>) -> impl Iterator<Item = (FileHash, bool)> + use<> {
    let (file, small) = match body {
        Some(EventBody::Attach { file, thumb, .. }) => (Some((*file, false)), thumb.map(|thumb| (thumb, true))),
        _ => (None, None),
    };
    file.into_iter().chain(small)
}

/// Says of every file that was just attached here that it is to be sent from here.
pub fn send_files(conn: &Connection, doc: &DocId, writes: &[Write]) -> Result<(), StoreError> {
    for write in writes {
        if let Write::Event(EventBody::Attach { file, size, thumb, .. }) = write {
            attachment::set_mine(conn, doc, file, *size)?;
            if let Some(thumb) = thumb {
                attachment::set_mine(conn, doc, thumb, 0)?;
            }
        }
    }
    Ok(())
}

fn text(m: &Matter, name: &str) -> String {
    m.fact(name).map(scalar_text).unwrap_or_default()
}

/// The projection of a matter.
fn project(reference: &Reference, m: &Matter, times: &ReceiveTimes, unsent: u32, refused: u32) -> MatterRow {
    let conflict = m.conflicts().next().is_some();
    let next = life::next_deadline(reference, m, times);
    let turn = reference.own_standing(&m.scope).and_then(|s| life::turn(reference, &s, m, conflict, times));
    MatterRow {
        doc: m.id,
        scope: m.scope.clone(),
        kind: m.kind,
        title: text(m, field::TITLE),
        place: text(m, field::PLACE),
        category: text(m, field::CATEGORY),
        urgency: text(m, field::URGENCY),
        asker: text(m, field::ASKER),
        status: m.status,
        path: m.path,
        assignee: m.assignment.as_ref().map(|a| a.to.clone()),
        assignees: m.assignees.clone(),
        due: next.map(|d| d.at),
        due_what: next.map(|d| d.what),
        created_at: times.created(m),
        updated_at: times.touched(m),
        created_by: m.created_by.clone(),
        last_event: m.timeline.iter().rev().filter_map(|e| e.body.as_ref()).find(|b| attached(Some(b)).next().is_none()).map(brief),
        conflict,
        needs_eyes: m.needs_eyes.iter().map(|n| n.reason).collect(),
        unsent,
        refused,
        whole: true,
        state: Some(Box::new(Matter { facts: Default::default(), timeline: Vec::new(), ..m.clone() })),
        turn: turn.map(|(code, _)| code.to_owned()),
        turn_from: turn.map_or(0, |(_, from)| from),
        helped: m.helped,
        spot: place::spot(&m.place()),
        number: None,
    }
}

/// What search looks into for a row.
pub fn search_text(reference: &Reference, row: &MatterRow, detail: &str) -> SearchText {
    let place = place::words(reference, &Place::from_scalar(&row.place));
    SearchText::new(&[&row.title, &place, reference.word("category", &row.category), &row.asker], detail)
}

fn brief(body: &EventBody) -> EventBody {
    let mut body = body.clone();
    let note = body.note_mut();
    *note = words::shortened(note, NOTE_IN_LISTS);
    body
}

/// Brings what is known about delivery up to date after rows of the outbox changed.
pub fn refresh_delivery(conn: &Connection, doc: &DocId) -> Result<(), StoreError> {
    let Some(row) = document::get(conn, doc)? else { return Ok(()) };
    let outbox = change::outbox_hashes(conn, doc)?;
    let mut acked = row.digest;
    outbox.iter().for_each(|hash| acked.toggle(hash));
    let unsent = u32::try_from(outbox.len()).unwrap_or(u32::MAX);
    document::set_delivery(conn, doc, &acked, unsent)?;
    matter::set_unsent(conn, doc, unsent)
}

/// Puts every change of a document into the outbox, dependencies first. Of those that the outbox has lost, the ones written under these
/// names are this phone's own; the others are sent along.
pub fn offer_all(conn: &Connection, doc: &DocId, held: &Held, now: i64, mine: &HashSet<ActorId>) -> Result<(), StoreError> {
    let kept: HashMap<_, ChangeRow> = change::kept_of(conn, doc)?.into_iter().map(|c| (c.hash, c)).collect();
    change::remove_of(conn, doc)?;
    for (hash, bytes) in held.changes() {
        let again = match kept.get(hash) {
            Some(own) if own.state == State::Unsent => own.clone(),
            Some(own) => ChangeRow { state: State::Offered, ..own.clone() },
            None => {
                let actor = held.history().author(hash).unwrap_or_default();
                let (doc, hash, own, state) = (*doc, *hash, mine.contains(&actor), State::Offered);
                ChangeRow { hash, doc, actor, own, state, at: now, authored: None, bytes: bytes.to_vec() }
            }
        };
        change::add(conn, &again)?;
    }
    Ok(())
}

/// Erases a document and everything of it except what was refused; answers files nobody names any more.
pub fn erase(conn: &Connection, doc: &DocId) -> Result<Vec<FileHash>, StoreError> {
    document::remove(conn, doc)?;
    matter::remove(conn, doc)?;
    late::remove_number(conn, doc)?;
    change::remove_of(conn, doc)?;
    want::remove(conn, doc)?;
    // What was refused can be made anew, with its photos.
    if refused::any_of(conn, doc)? { entry_files::align(conn, doc).map(|()| Vec::new()) } else { attachment::release(conn, doc) }
}

/// Adds a change just written to the outbox.
pub fn add_to_outbox(
    conn: &Connection,
    doc: &DocId,
    actor: ActorId,
    now: i64,
    (hash, bytes): (ChangeHash, Vec<u8>),
    authored: &Authored,
) -> Result<(), StoreError> {
    let authored = Some(serde_json::to_string(authored)?);
    change::add(conn, &ChangeRow { hash, doc: *doc, actor, own: true, state: State::Unsent, at: now, authored, bytes })
}

/// Makes values anew as changes of `actor`: on the stored document, or, where they began it, as a record of its own.
/// Answers the document they are in now; `None` when there is nothing to write them to.
pub fn write_anew(
    conn: &Connection,
    reference: &Reference,
    doc: &DocId,
    actor: ActorId,
    now: i64,
    authored: &[Authored],
) -> Result<Option<DocId>, StoreError> {
    let row = document::get(conn, doc)?;
    let (mut document, generation) = match &row {
        Some(row) => (Some(Held::read(row)?), row.generation),
        None => (None, 0),
    };
    let mut written = Vec::new();
    for one in authored {
        match (&mut document, one.record()) {
            (Some(d), _) => {
                if let Some(change) = d.write(actor, one.at, &one.writes())? {
                    // What began the lost record is an ordinary edit of this one.
                    written.push((change, Authored { created: None, ..one.clone() }));
                }
            }
            (None, Some(record)) => {
                let (d, change) = Held::create(actor, one.at, &record, &one.writes())?;
                document = Some(d);
                written.push((change, one.clone()));
            }
            (None, None) => return Ok(None),
        }
    }
    let Some(d) = document else { return Ok(None) };
    let id = d.history().doc().ok_or(StoreError::Unreadable("document"))?;
    for (change, authored) in written {
        add_to_outbox(conn, &id, actor, now, (change.hash, change.bytes), &authored)?;
    }
    let fallback = row.map(|r| r.scope).or_else(|| fold(d.history()).map(|m| m.scope)).unwrap_or_default();
    let generation = if generation == 0 { scope_generation(conn, &fallback)? } else { generation };
    keep_held(conn, reference, &d, &fallback, generation)?;
    authored.iter().try_for_each(|one| send_files(conn, &id, &one.writes()))?;
    Ok(Some(id))
}

/// Of the scope's current download.
pub fn scope_generation(conn: &Connection, node: &NodeId) -> Result<i64, StoreError> {
    Ok(scope::get(conn, node)?.map_or(0, |s| s.generation))
}
