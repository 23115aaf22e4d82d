//! `refused` and `held`: what was pushed and not stored. The contents stay in the database; lists never show them.

use super::{CliError, output, people::names};
use crate::storage::{AsideRow, Storage};
use beehive_core::{
    GateError, Refusal,
    sync::{self, DocChanges},
};
use serde::Serialize;

/// Which shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// What was refused.
    Refused,
    /// What waits for a supervisor.
    Held,
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
}

pub fn list(storage: &dyn Storage, which: Which, json: bool) -> Result<(), CliError> {
    let (found, names) = storage.read(|rows| {
        let found = match which {
            Which::Refused => rows.refused()?,
            Which::Held => rows.held()?,
        };
        Ok((found, names(rows.members()?)))
    })?;
    let row = |r: &AsideRow| {
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
        }
    };
    let rows: Vec<Row> = found.iter().map(row).collect();
    if json {
        output::json(&rows);
        return Ok(());
    }
    if rows.is_empty() {
        output::line("没有。");
    }
    for r in rows {
        output::line(format!("{}  {} {}  {}  {} [{}]", output::time(r.at), r.member, r.member_name, r.doc, r.sentence, r.code));
    }
    Ok(())
}

fn sentence(code: &str) -> &'static str {
    use crate::sync::code as own;
    if let Some(refusal) = Refusal::from_code(code) {
        return refusal.sentence();
    }
    if let Some(error) = GateError::from_code(code) {
        return error.sentence();
    }
    match code {
        own::ACTOR_NOT_YOURS => "这些改动是另一台手机写的。请查明这台手机的数据从哪里来。",
        own::TOO_MANY_CHANGES => "这条记录改动太多。请另记一条。",
        own::EMPTY_GROUP => "这一组里没有内容。请更新应用。",
        own::REVOKED => "手机停用后送来的。请负责人核对后处理。",
        own::SHELF_FULL => "这台手机被搁置的内容太多。请先处理已有的。",
        own::INTERNAL => "服务器处理这条记录时出错。请联系维护人员。",
        _ => "原因不明。请联系维护人员。",
    }
}
