//! `lists`: the three lists as a workbook.

use super::{CliError, output};
use crate::{lists::Lists, storage::Storage};
use beehive_core::NodeId;
use serde::Serialize;
use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// What to write, and where to.
#[derive(Debug, clap::Args)]
pub struct ListsArgs {
    /// The workbook, e.g. 三单.xlsx; one that is there is replaced.
    #[arg(long, value_name = "FILE")]
    xlsx: PathBuf,
    /// Only this node of the org tree and what is below it.
    #[arg(long, value_name = "NODE")]
    node: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Written {
    file: String,
    demand: usize,
    responsibility: usize,
    progress: usize,
}

/// Writes the lists.
pub fn write(storage: &dyn Storage, args: &ListsArgs) -> Result<(), CliError> {
    let node = args.node.as_deref().map(NodeId::from);
    if let Some(node) = &node
        && !storage.read(|rows| rows.org())?.iter().any(|n| n.id == *node)
    {
        return Err(CliError::new("unknown_node", "没有这个网格。请核对网格的编号。"));
    }
    let lists = storage.read(|rows| Lists::read(rows, node.as_ref()))?;
    let bytes = lists.xlsx().map_err(|e| CliError::new("lists_too_long", format!("做不成表格（{e}）。请用 --node 分开导出。")))?;
    replace(&args.xlsx, &bytes).map_err(|e| CliError::new("cannot_write", format!("写不了文件（{e}）。请检查路径和权限。")))?;
    let written = Written {
        file: args.xlsx.display().to_string(),
        demand: lists.demand.len(),
        responsibility: lists.responsibility.len(),
        progress: lists.progress.len(),
    };
    if args.json {
        output::json(&written);
    } else {
        let Written { file, demand, responsibility, progress } = written;
        output::line(format!("写好了：{file}（需求清单 {demand} 件，责任清单 {responsibility} 件，推进清单 {progress} 步）"));
        output::line("里面有居民的事，请只交给该看的人，用完删掉。");
    }
    Ok(())
}

/// Written whole and then renamed, readable by its owner only: it is full of residents' troubles.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_owned();
    name.push(".partial");
    let partial = path.with_file_name(name);
    let mut file = private(&partial)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(partial, path)
}

fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(path)
}
