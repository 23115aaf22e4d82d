//! `lists`: the three lists as a workbook.

use super::{CliError, output};
use crate::{lists::Lists, storage::Storage};
use beehive_core::NodeId;
use beehive_machine::export::{self, Over};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What to write, and where to.
#[derive(Debug, clap::Args)]
pub struct ListsArgs {
    /// The workbook, e.g. 三单.xlsx.
    #[arg(long, value_name = "FILE")]
    xlsx: PathBuf,
    /// Replace a file that is there.
    #[arg(long)]
    force: bool,
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
pub fn write(dir: &Path, storage: &dyn Storage, args: &ListsArgs) -> Result<(), CliError> {
    let node = args.node.as_deref().map(NodeId::from);
    if let Some(node) = &node
        && !storage.read(|rows| rows.org())?.iter().any(|n| n.id == *node)
    {
        return Err(CliError::new("unknown_node", "没有这个网格。请核对网格的编号。"));
    }
    let lists = storage.read(|rows| Lists::read(rows, node.as_ref()))?;
    let bytes = lists.xlsx().map_err(|e| CliError::new("lists_too_long", format!("做不成表格（{e}）。请用 --node 分开导出。")))?;
    // Private: it is full of residents' troubles.
    export::write(&args.xlsx, Over::force(args.force), &[dir], &bytes)?;
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
