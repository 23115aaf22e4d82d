//! `held show`, `held accept`, `held decline`: a supervisor decides. Showing an entry is the one place where its content is printed, for
//! whoever has to judge it.

use super::{CliError, output, shelf::sentence};
use crate::{
    app::system_clock,
    storage::{AsideRow, Read, Result as StorageResult, Storage, StorageError},
    sync::{HeldError, accept, decline},
};
use beehive_core::{
    History, fold,
    fold::scalar_text,
    model::{Matter, field},
    sync::{self, DocChanges},
};
use clap::Subcommand;
use serde::Serialize;
use std::sync::Arc;

/// Longest note, in characters.
const MAX_NOTE: usize = 500;

/// What to do with a held entry.
#[derive(Debug, Subcommand)]
pub enum Held {
    /// What an entry says. Prints residents' data: for who decides.
    Show {
        /// Its number.
        id: i64,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Store it as its member's work.
    Accept {
        /// Its number.
        id: i64,
        /// A word about it.
        #[arg(long, default_value = "")]
        note: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Put it away without storing it; the member's phone is told.
    Decline {
        /// Its number.
        id: i64,
        /// Why: the member reads it.
        #[arg(long)]
        note: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

impl From<HeldError> for CliError {
    fn from(e: HeldError) -> Self {
        match e {
            HeldError::Unknown => Self::new("unknown_held", "没有这个编号。请用 held 查看。"),
            HeldError::Decided => Self::new("held_decided", "这一组已经处理过了。请用 held --decided 查看。"),
            HeldError::NoDevice => Self::new("unknown_device", "送来这一组的手机或成员已经不在名单上。请先核对名单。"),
            HeldError::NotAccepted(code) => Self::new("not_acceptable", format!("收不下，仍然搁置：{}（{code}）", sentence(&code))),
            HeldError::Storage(e) => e.into(),
        }
    }
}

#[derive(Serialize)]
struct Decided {
    id: i64,
    doc: String,
    member: String,
    accepted: bool,
}

/// Does it.
pub fn run(storage: &Arc<dyn Storage>, what: Held) -> Result<(), CliError> {
    let now = system_clock()();
    match what {
        Held::Show { id, json } => show(&**storage, id, json),
        Held::Accept { id, note, json } => {
            let note = checked(&note)?;
            say(&accept(storage, id, &note, now)?, true, json);
            Ok(())
        }
        Held::Decline { id, note, json } => {
            let note = checked(&note)?;
            if note.is_empty() {
                return Err(CliError::new("note_missing", "请用 --note 写明为什么不收，本人会看到。"));
            }
            say(&decline(storage, id, &note, now)?, false, json);
            Ok(())
        }
    }
}

fn checked(note: &str) -> Result<String, CliError> {
    let note = note.trim();
    if note.chars().count() > MAX_NOTE {
        return Err(CliError::new("too_long", "说明太长了。请写在 500 字以内。"));
    }
    Ok(note.to_owned())
}

fn say(row: &AsideRow, accepted: bool, json: bool) {
    if json {
        output::json(&Decided { id: row.id, doc: row.doc.to_string(), member: row.member.to_string(), accepted });
    } else if accepted {
        output::line(format!("已收下第 {} 组，算作 {} 的工作；其他手机下次同步就能看到。", row.id, row.member));
    } else {
        output::line(format!("第 {} 组没有收下；{} 的手机下次同步时会告诉本人。内容仍留在服务器上。", row.id, row.member));
    }
}

#[derive(Serialize)]
struct Shown {
    id: i64,
    doc: String,
    member: String,
    code: String,
    /// Whether the record is known without these changes.
    known: bool,
    title: String,
    /// What the changes say, one line each.
    says: Vec<String>,
}

fn show(storage: &dyn Storage, id: i64, json: bool) -> Result<(), CliError> {
    let shown = storage.read(|rows| read(rows, id))?.ok_or(CliError::from(HeldError::Unknown))?;
    if json {
        output::json(&shown);
        return Ok(());
    }
    output::line(format!("[{}] {}  {} [{}]", shown.id, shown.member, sentence(&shown.code), shown.code));
    output::line(format!("{}{}", if shown.known { "" } else { "新记：" }, shown.title));
    shown.says.iter().for_each(|line| output::line(format!("  {line}")));
    Ok(())
}

fn read(rows: &dyn Read, id: i64) -> StorageResult<Option<Shown>> {
    let Some((row, _)) = rows.held_entry(id)? else { return Ok(None) };
    let group: DocChanges = sync::decode(&row.bytes).map_err(|_| StorageError::BadRow("held"))?;
    let mut history = History::new();
    for change in rows.changes(&row.doc)? {
        history.admit(&change.bytes).map_err(|_| StorageError::BadRow("change"))?;
    }
    let before = fold(&history);
    let mut unread = 0;
    for change in &group.changes {
        if history.admit(change).is_err_and(|e| e != beehive_core::GateError::AlreadyKnown) {
            unread += 1;
        }
    }
    let after = fold(&history);
    let mut says = after.as_ref().map(|after| differences(before.as_ref(), after)).unwrap_or_default();
    if unread > 0 {
        says.push(format!("另有 {unread} 处改动这个版本读不懂"));
    }
    let title = after.as_ref().map(|m| m.text(field::TITLE).to_owned()).unwrap_or_default();
    let (doc, member) = (row.doc.to_string(), row.member.to_string());
    Ok(Some(Shown { id: row.id, doc, member, code: row.code, known: before.is_some(), title, says }))
}

/// What stands in a record now and did not before.
fn differences(before: Option<&Matter>, after: &Matter) -> Vec<String> {
    let mut says = Vec::new();
    for (name, values) in &after.facts {
        let had = before.and_then(|m| m.facts.get(name));
        for value in values.iter().filter(|v| had.is_none_or(|had| !had.contains(v))) {
            says.push(format!("{name}：{}", scalar_text(&value.value)));
        }
    }
    for entry in &after.timeline {
        if before.is_some_and(|m| m.timeline.iter().any(|e| e.id == entry.id)) {
            continue;
        }
        let (what, note) = entry.body.as_ref().map_or(("unknown", ""), |b| (b.code(), b.note()));
        says.push(format!("{}  {what}  {note}", output::time(entry.at)).trim_end().to_owned());
    }
    says
}
