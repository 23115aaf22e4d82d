//! `rescue-import`: what a phone could not send, brought in by hand.

use super::{CliError, output, people::names, shelf::sentence};
use crate::{
    app::system_clock,
    rescue::{DocReport, ImportError, ImportReport, Source, import as take_in},
    storage::Storage,
};
use beehive_core::{rescue::MAX_RESCUE, sync::VerdictKind};
use serde::Serialize;
use std::{collections::BTreeMap, fs::File, io::Read as _, path::Path, sync::Arc};

impl From<ImportError> for CliError {
    fn from(e: ImportError) -> Self {
        match e {
            ImportError::File(e) => Self::new(e.code(), e.sentence()),
            ImportError::Io(e) => Self::new("cannot_write", format!("读写文件出错（{e}）。已收下的记录不受影响，请检查磁盘后再收一次。")),
            ImportError::OtherStreet => {
                Self::new("rescue_other_street", "这个文件是另一个街道的手机存的，什么也没有收。请交给那个街道的服务器。")
            }
            ImportError::UnknownDevice => {
                Self::new("unknown_device", "存这个文件的手机没有在这台服务器登记过。请核对是不是这个街道的服务器。")
            }
            ImportError::Storage(e) => e.into(),
        }
    }
}

#[derive(Serialize)]
struct Printed<'a> {
    #[serde(flatten)]
    report: &'a ImportReport,
    member_name: String,
    counts: BTreeMap<&'static str, usize>,
}

pub fn import(dir: &Path, storage: &Arc<dyn Storage>, file: &Path, dry_run: bool, json: bool) -> Result<(), CliError> {
    let bytes = read(file)?;
    let report = take_in(dir, storage, &bytes, dry_run, system_clock()())?;
    let names = storage.read(|rows| Ok(names(rows.members()?)))?;
    let member_name = names.get(&report.member.as_str().into()).cloned().unwrap_or_default();
    let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
    report.docs.iter().for_each(|d| *counts.entry(kind(d.verdict).0).or_default() += 1);
    let printed = Printed { report: &report, member_name, counts };
    if json {
        output::json(&printed);
    } else {
        people(&printed);
    }
    Ok(())
}

fn read(file: &Path) -> Result<Vec<u8>, CliError> {
    let unreadable = |e: std::io::Error| CliError::new("cannot_read", format!("读不了这个文件（{e}）。请检查文件名和权限。"));
    let mut bytes = Vec::new();
    // One byte more than is accepted: that one says that it is too large.
    File::open(file).map_err(unreadable)?.take(MAX_RESCUE as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// The stable word and the Chinese one.
fn kind(verdict: VerdictKind) -> (&'static str, &'static str) {
    match verdict {
        VerdictKind::Stored => ("stored", "收下了"),
        VerdictKind::Duplicate => ("duplicate", "早已收到"),
        VerdictKind::NeedHistory => ("need_history", "缺前面的内容"),
        VerdictKind::Forked => ("forked", "与另一台手机冲突"),
        VerdictKind::Refused => ("refused", "不能收"),
        VerdictKind::Held => ("held", "搁置，等负责人"),
    }
}

fn people(printed: &Printed<'_>) {
    let r = printed.report;
    let done = if r.dry_run { "（只看看，什么也没有写）" } else { "" };
    output::line(format!("{} {} 的手机，存于 {}{done}", r.member, printed.member_name, output::time(r.made_at)));
    for DocReport { doc, from, verdict, code, changes } in &r.docs {
        let why = code.as_deref().map(|c| format!("：{}[{c}]", sentence(c))).unwrap_or_default();
        let from = if *from == Source::Refused { "（曾被退回）" } else { "" };
        output::line(format!("{doc}  {}{from}  {changes} 处改动{why}", kind(*verdict).1));
    }
    let all: Vec<String> = printed.counts.iter().map(|(code, n)| format!("{code} {n}")).collect();
    output::line(format!("记录 {}；草稿 {} 份；照片和录音 {} 个，新收 {} 个。", all.join("，"), r.drafts, r.files, r.files_new));
    if let Some(words) = &r.words {
        output::line(format!("草稿和被退回的内容在：{words}"));
    }
}
