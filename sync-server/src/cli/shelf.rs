//! The lists of `refused` and `held`: what was pushed and not stored. The contents stay in the database; lists never show them.

use super::{CliError, output, people::names};
use crate::storage::{AsideRow, Decision, Storage};
use beehive_core::{
    GateError, Refusal,
    sync::{self, DocChanges},
};
use clap::Args;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Which shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What was refused.
    Refused,
    /// What waits for a supervisor.
    Held,
    /// What a supervisor decided about.
    Decided,
}

/// What of a shelf to list, and how.
#[derive(Debug, Args)]
pub struct List {
    /// Only this code.
    #[arg(long, value_name = "CODE")]
    code: Option<String>,
    /// How many there are of each code instead of every one.
    #[arg(long)]
    codes: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Row {
    id: i64,
    at: i64,
    times: u32,
    device: String,
    member: String,
    member_name: String,
    doc: String,
    code: String,
    sentence: &'static str,
    /// How many changes.
    changes: usize,
    /// Their bytes.
    bytes: usize,
    /// What was decided, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<DecisionView>,
}

#[derive(Serialize)]
struct DecisionView {
    at: i64,
    accepted: bool,
    note: String,
}

/// How much there is of one code.
#[derive(Serialize)]
struct CodeCount {
    code: String,
    sentence: &'static str,
    count: usize,
    changes: usize,
    members: usize,
    oldest: i64,
}

pub fn list(storage: &dyn Storage, which: Which, list: &List) -> Result<(), CliError> {
    let (found, names) = storage.read(|rows| {
        let found = match which {
            Which::Refused => undecided(rows.refused()?),
            Which::Held => undecided(rows.held()?),
            Which::Decided => rows.decided()?.into_iter().map(|(row, decision)| (row, Some(decision))).collect(),
        };
        Ok((found, names(rows.members()?)))
    })?;
    let row = |(r, decision): &(AsideRow, Option<Decision>)| {
        let group = sync::decode::<DocChanges>(&r.bytes).ok();
        Row {
            id: r.id,
            at: r.at,
            times: r.times,
            device: r.device.to_string(),
            member: r.member.to_string(),
            member_name: names.get(&r.member).cloned().unwrap_or_default(),
            doc: r.doc.to_string(),
            sentence: sentence(&r.code),
            code: r.code.clone(),
            changes: group.as_ref().map_or(0, |g| g.changes.len()),
            bytes: group.as_ref().map_or(0, DocChanges::byte_len),
            decision: decision.as_ref().map(|d| DecisionView { at: d.at, accepted: d.accepted, note: d.note.clone() }),
        }
    };
    let wanted = |r: &&(AsideRow, Option<Decision>)| list.code.as_ref().is_none_or(|code| *code == r.0.code);
    let rows: Vec<Row> = found.iter().filter(wanted).map(row).collect();
    if list.codes {
        print_counts(&rows, list.json);
        return Ok(());
    }
    if list.json {
        output::json(&rows);
        return Ok(());
    }
    if rows.is_empty() {
        output::line("没有。");
    }
    for r in rows {
        let decided = match r.decision {
            Some(DecisionView { accepted: true, note, .. }) => format!("  已收下：{note}"),
            Some(DecisionView { note, .. }) => format!("  没有收下：{note}"),
            None => String::new(),
        };
        let (at, who) = (output::time(r.at), format!("{} {}", r.member, r.member_name));
        output::line(format!("[{}] {at}  {who}  {}  {} [{}]{decided}", r.id, r.doc, r.sentence, r.code));
    }
    Ok(())
}

fn undecided(rows: Vec<AsideRow>) -> Vec<(AsideRow, Option<Decision>)> {
    rows.into_iter().map(|row| (row, None)).collect()
}

/// The most frequent code first.
fn print_counts(rows: &[Row], json: bool) {
    let mut by_code: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    rows.iter().for_each(|r| by_code.entry(&r.code).or_default().push(r));
    let count = |(code, rows): (&str, Vec<&Row>)| CodeCount {
        code: code.to_owned(),
        sentence: sentence(code),
        count: rows.len(),
        changes: rows.iter().map(|r| r.changes).sum(),
        members: rows.iter().map(|r| &r.member).collect::<BTreeSet<_>>().len(),
        oldest: rows.iter().map(|r| r.at).min().unwrap_or_default(),
    };
    let mut counts: Vec<CodeCount> = by_code.into_iter().map(count).collect();
    counts.sort_by_key(|c| std::cmp::Reverse(c.count));
    if json {
        output::json(&counts);
        return;
    }
    if counts.is_empty() {
        output::line("没有。");
    }
    for c in counts {
        output::line(format!("{:>5} 组  {} 人  最早 {}  {} [{}]", c.count, c.members, output::time(c.oldest), c.sentence, c.code));
    }
}

/// What a code of a shelf means, in Chinese.
pub(super) fn sentence(code: &str) -> &'static str {
    use crate::sync::code as own;
    if let Some(refusal) = Refusal::from_code(code) {
        return refusal.sentence();
    }
    if let Some(error) = GateError::from_code(code) {
        return error.sentence();
    }
    match code {
        own::ACTOR_NOT_YOURS => "这些改动是另一台手机写的。请查明这台手机的数据从哪里来。",
        own::EMPTY_GROUP => "这一组里没有内容。请更新应用。",
        own::REVOKED => "手机停用后送来的。请负责人核对后处理。",
        own::SHELF_FULL => "这台手机被搁置的内容太多。请先处理已有的。",
        own::INTERNAL => "服务器处理这条记录时出错。请联系维护人员。",
        _ => "原因不明。请联系维护人员。",
    }
}
