//! `backup` and `restore`.

use super::{CliError, exit, output};
use crate::{
    app::system_clock,
    backup::{self, BackupError, Manifest, NUMBERS_LEFT_OUT},
    storage::{SqliteStorage, sqlite},
};
use beehive_machine::export::{ExportError, Over};
use serde::Serialize;
use std::path::{Path, PathBuf};

impl From<BackupError> for CliError {
    fn from(e: BackupError) -> Self {
        match e {
            // Older than the code of all other files, and promised.
            BackupError::Export(e @ ExportError::Exists(_)) => Self { code: "backup_exists", ..Self::from(e) },
            BackupError::Export(e) => e.into(),
            BackupError::Damaged(what) => {
                Self::new("backup_damaged", format!("这份备份不完整或被改动过（{what}）。数据目录没有动，请换一份备份。"))
            }
            BackupError::Newer(_) => Self::new("backup_newer", "这份备份是更新版本的程序做的。请换用新版 sync-server 再恢复。"),
            BackupError::Io(e) => Self::new("cannot_write", format!("读写文件出错（{e}）。请检查路径、权限和磁盘空间。")),
            BackupError::Storage(e) => e.into(),
            BackupError::Random(e) => e.into(),
        }
    }
}

/// What both commands say of an archive.
#[derive(Serialize)]
struct Printed {
    tenant: String,
    made_at: i64,
    epoch: String,
    schema: u32,
    files: usize,
    bytes: u64,
    missing: Vec<String>,
    /// Of `restore`: whether it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    restored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new_epoch: Option<String>,
    /// Where the database that was there is, or would be set aside from.
    #[serde(skip_serializing_if = "Option::is_none")]
    aside: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<bool>,
}

fn printed(m: &Manifest) -> Printed {
    Printed {
        tenant: m.tenant.clone(),
        made_at: m.made_at,
        epoch: m.epoch.to_string(),
        schema: m.schema,
        files: m.entries.iter().filter(|e| e.path.starts_with("files/")).count(),
        bytes: m.entries.iter().map(|e| e.size).sum(),
        missing: m.missing.iter().map(ToString::to_string).collect(),
        restored: None,
        new_epoch: None,
        aside: None,
        replaces: None,
    }
}

fn people(p: &Printed) {
    let mb = p.bytes.div_ceil(1024 * 1024);
    output::line(format!(
        "{}，{} 的备份：数据库（结构版本 {}）、照片和录音 {} 个，共 {mb} MB。",
        p.tenant,
        output::time(p.made_at),
        p.schema,
        p.files
    ));
    if !p.missing.is_empty() {
        output::line(format!("有 {} 个照片或录音在服务器上已经找不到，没有进备份。请运行 doctor 查看。", p.missing.len()));
    }
}

pub fn backup(dir: &Path, storage: &SqliteStorage, file: &Path, over: Over, json: bool) -> Result<(), CliError> {
    let manifest = backup::make(dir, storage, file, over, system_clock()())?;
    let p = printed(&manifest);
    if json {
        output::json(&p);
        return Ok(());
    }
    people(&p);
    output::line(format!("已写入 {}，并从头读过一遍，完整。", file.display()));
    output::line("里面有居民的资料，没有加密：请放在加密的磁盘上，只让管理员读。");
    Ok(())
}

pub fn restore(dir: &Path, file: &Path, yes: bool, json: bool) -> Result<(), CliError> {
    if !file.is_file() {
        return Err(CliError { exit: exit::FAILED, ..CliError::new("cannot_read", "没有这个备份文件。请检查文件名。") });
    }
    let replaces = dir.join(sqlite::FILE).exists();
    if !yes {
        let p = Printed { restored: Some(false), replaces: Some(replaces), ..printed(&backup::check(file)?) };
        if json {
            output::json(&p);
            return Ok(());
        }
        people(&p);
        output::line("从头读过一遍，完整。现在只是看看，什么也没有改。");
        if replaces {
            output::line("数据目录里已有数据库：恢复时会挪到 before-… 目录里留着，不会删除。");
        }
        output::line(
            "恢复后：备份之后停用的手机要重新停用；备份之后登记的手机要重新邀请；没用过的邀请都作废；手机会把自己的记录再报一次。",
        );
        output::line("确定要恢复，请停掉服务，再加上 --yes 运行一次。");
        return Ok(());
    }
    let done = backup::restore(dir, file, system_clock()())?;
    let p = Printed {
        restored: Some(true),
        new_epoch: done.epoch.map(|e| e.to_string()),
        replaces: Some(replaces),
        aside: done.aside,
        ..printed(&done.manifest)
    };
    if json {
        output::json(&p);
        return Ok(());
    }
    people(&p);
    if let Some(aside) = &p.aside {
        output::line(format!("原来的数据库留在 {}。", aside.display()));
    }
    output::line(format!("已恢复。新的编号会跳过 {NUMBERS_LEFT_OUT} 个，免得和备份之后发出的重复。"));
    output::line("接下来：1. 运行 doctor；2. 启动服务；3. 再次停用备份之后停用过的手机，给备份之后登记的手机发新邀请。");
    Ok(())
}
