//! `doctor`: checks everything that the server relies on, and says what is wrong instead of stopping at it.

use super::{CliError, exit, output};
use crate::{
    files::Files,
    storage::{LogKind, Read, Result, Storage},
};
use beehive_core::{DocId, History, NodeId, fold, sync::Digest};
use beehive_machine::private::Wide;
use serde::Serialize;
use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

/// Log entries read at a time.
const STEP: usize = 2_000;
/// How many files that others can read are named one by one.
const MAX_WIDE: usize = 20;

#[derive(Serialize)]
struct Report {
    ok: bool,
    problems: Vec<Problem>,
    schema: u32,
    epoch: String,
    tenant: String,
    counts: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    detail: String,
}

/// Prints the report; the answer is the exit code.
/// `wide`: what others could read of the folder before it was opened.
pub fn doctor(dir: &Path, storage: &dyn Storage, kept: &Files, wide: &[Wide], json: bool) -> std::result::Result<u8, CliError> {
    let mut report = storage.read(|rows| examine(rows, kept))?;
    report.problems.extend(permissions(dir, wide));
    report.ok = report.problems.is_empty();
    if json {
        output::json(&report);
    } else {
        output::line(format!("{}  结构版本 {}  纪元 {}", report.tenant, report.schema, report.epoch));
        let counts: Vec<String> = report.counts.iter().map(|(name, n)| format!("{name} {n}")).collect();
        output::line(counts.join("，"));
        for p in &report.problems {
            output::line(format!("有问题：{} [{}]", p.detail, p.code));
        }
        output::line(if report.ok { "一切正常。" } else { "请先备份数据目录，再联系维护人员。" });
    }
    Ok(if report.ok { exit::OK } else { exit::FAILED })
}

/// What others on the machine can read, or could until now.
fn permissions(dir: &Path, wide: &[Wide]) -> Vec<Problem> {
    let told = wide.iter().take(MAX_WIDE).map(|w| {
        let name = w.path.strip_prefix(dir).ok().filter(|name| !name.as_os_str().is_empty()).unwrap_or(&w.path);
        let now = if w.is_still() { format!("请运行 chmod -R go-rwx {}", dir.display()) } else { "现在已经收紧".to_owned() };
        format!("{}：权限是 {:o}，同一台机器上的其他人能看到；{now}", name.display(), w.mode)
    });
    let left = wide.len().saturating_sub(MAX_WIDE);
    let more = (left > 0).then(|| format!("另有 {left} 个文件或目录权限太宽；请运行 chmod -R go-rwx {}", dir.display()));
    told.chain(more).map(|detail| Problem { code: "permissions_too_wide", detail }).collect()
}

fn examine(rows: &dyn Read, kept: &Files) -> Result<Report> {
    let mut problems: Vec<Problem> = rows.integrity()?.into_iter().map(|detail| Problem { code: "database_damaged", detail }).collect();
    let meta = rows.meta()?;
    if meta.is_none() {
        problems.push(Problem { code: "not_initialised", detail: "没有街道信息".into() });
    }
    let mut counts = BTreeMap::new();
    reference(rows, &mut problems, &mut counts)?;
    files(rows, kept, &mut problems, &mut counts)?;
    let mut of_scope: BTreeMap<NodeId, Digest> = BTreeMap::new();
    let documents = rows.document_ids()?;
    counts.insert("documents", documents.len() as u64);
    counts.insert("changes", 0);
    for id in &documents {
        let (scope, digest, changes) = document(rows, id, &mut problems)?;
        of_scope.entry(scope).or_default().join(&digest);
        *counts.entry("changes").or_default() += changes;
    }
    for (scope, counter) in rows.counters()? {
        log(rows, &scope, counter.seq, &counter.digest, &mut problems)?;
        if of_scope.remove(&scope).unwrap_or_default() != counter.digest {
            problems.push(Problem { code: "scope_digest", detail: format!("{scope}：记录与摘要不一致") });
        }
    }
    problems.extend(of_scope.keys().map(|s| Problem { code: "scope_without_log", detail: format!("{s}：有记录，没有日志") }));
    Ok(Report {
        ok: problems.is_empty(),
        problems,
        schema: rows.schema_version()?,
        epoch: meta.as_ref().map(|m| m.epoch.to_string()).unwrap_or_default(),
        tenant: meta.map(|m| m.tenant).unwrap_or_default(),
        counts,
    })
}

fn reference(rows: &dyn Read, problems: &mut Vec<Problem>, counts: &mut BTreeMap<&'static str, u64>) -> Result<()> {
    let (nodes, members, buildings) = (rows.org()?, rows.members()?, rows.all_buildings()?);
    let known: HashSet<&NodeId> = nodes.iter().map(|n| &n.id).collect();
    let lost_parent = nodes.iter().filter(|n| n.parent.as_ref().is_some_and(|p| !known.contains(p))).map(|n| n.id.to_string());
    let lost_building = buildings.iter().filter(|b| !known.contains(&b.node)).map(|b| b.id.to_string());
    let lost_grant = members.iter().filter(|m| m.grants.iter().any(|g| !known.contains(&g.node))).map(|m| m.id.to_string());
    for id in lost_parent.chain(lost_building).chain(lost_grant) {
        problems.push(Problem { code: "unknown_node", detail: format!("{id}：指向不存在的网格") });
    }
    counts.insert("nodes", nodes.len() as u64);
    counts.insert("members", members.len() as u64);
    counts.insert("buildings", buildings.len() as u64);
    counts.insert("doors", buildings.iter().flat_map(|b| &b.units).map(|u| u.doors.len() as u64).sum());
    counts.insert("devices", rows.devices()?.len() as u64);
    counts.insert("refused", rows.refused()?.len() as u64);
    counts.insert("held", rows.held()?.len() as u64);
    Ok(())
}

/// Every file that has a row is in the folder, with its length. (Its content was checked when it came; names are hashes.)
fn files(rows: &dyn Read, kept: &Files, problems: &mut Vec<Problem>, counts: &mut BTreeMap<&'static str, u64>) -> Result<()> {
    let files = rows.all_files()?;
    for file in &files {
        match kept.blobs().size(&file.hash)? {
            Some(size) if size == file.size => {}
            Some(_) => problems.push(Problem { code: "file_damaged", detail: format!("{}：文件长度不符", file.hash) }),
            None => problems.push(Problem { code: "file_missing", detail: format!("{}：文件不在", file.hash) }),
        }
        if rows.documents_of_file(&file.hash)?.is_empty() {
            problems.push(Problem { code: "file_without_record", detail: format!("{}：没有记录用到它", file.hash) });
        }
    }
    counts.insert("files", files.len() as u64);
    counts.insert("file_bytes", files.iter().map(|f| f.size).sum());
    counts.insert("uploads", rows.upload_ids()?.len() as u64);
    Ok(())
}

/// A document's scope, the digest of its changes as read, and how many there are.
fn document(rows: &dyn Read, id: &DocId, problems: &mut Vec<Problem>) -> Result<(NodeId, Digest, u64)> {
    let Some(row) = rows.document(id)? else { return Ok(Default::default()) };
    let mut bad = |code, what: &str| problems.push(Problem { code, detail: format!("{id}：{what}") });
    let changes = rows.changes(id)?;
    let mut history = History::new();
    for change in &changes {
        match history.admit(&change.bytes) {
            Ok(admitted) if admitted.hash == change.hash && admitted.actor == change.actor && admitted.seq == change.seq => {}
            Ok(_) => bad("change_mismatch", "改动与其编号不符"),
            Err(e) => bad("change_unreadable", e.code()),
        }
    }
    if history.doc() != Some(*id) {
        bad("wrong_document", "第一条改动不是这条记录的");
    }
    if row.changes != changes.len() as u64 || row.bytes != changes.iter().map(|c| c.bytes.len() as u64).sum::<u64>() {
        bad("document_counts", "改动数量不符");
    }
    if row.digest != history.digest() {
        bad("document_digest", "摘要不符");
    }
    if fold(&history).is_none_or(|m| m.scope != row.scope || m.status.is_open() != row.open.is_some()) {
        bad("document_projection", "登记的内容与记录不符");
    }
    Ok((row.scope, Digest::of(changes.iter().map(|c| &c.hash)), changes.len() as u64))
}

/// The log has every number once, and its changes amount to the digest of the counter.
fn log(rows: &dyn Read, scope: &NodeId, end: u64, digest: &Digest, problems: &mut Vec<Problem>) -> Result<()> {
    let mut bad = |code, what: String| problems.push(Problem { code, detail: format!("{scope}：{what}") });
    let (mut at, mut found) = (0, Digest::default());
    loop {
        let entries = rows.log_after(scope, at, STEP)?;
        let Some(last) = entries.last() else { break };
        let end_of_step = last.seq;
        for entry in &entries {
            if entry.seq != at + 1 {
                bad("log_gap", format!("日志 {} 之后缺号", at));
            }
            at = entry.seq;
            match (entry.kind, &entry.hash) {
                (LogKind::Change, Some(hash)) => {
                    found.toggle(hash);
                    if rows.change(hash)?.is_none() {
                        bad("change_missing", format!("日志 {at} 的改动不在"));
                    }
                }
                (LogKind::Change, None) => bad("log_entry", format!("日志 {at} 没有编号")),
                _ => {}
            }
        }
        at = end_of_step;
    }
    if at != end {
        bad("log_end", format!("日志到 {at}，计数到 {end}"));
    }
    if found != *digest {
        bad("log_digest", "日志与摘要不一致".into());
    }
    Ok(())
}
