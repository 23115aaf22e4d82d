//! `rules`: the street's own durations, working days and askings. They take effect with the next request of each phone.

use super::{CliError, output};
use crate::storage::{ReferenceSet, Storage};
use beehive_core::Rules;
use clap::Subcommand;
use serde_json::Value;
use std::{io::Read as _, path::PathBuf};

/// The most bytes of a file of rules.
const MAX_FILE: u64 = 1024 * 1024;

/// What `rules` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum RulesCommand {
    /// Print the rules in force, as JSON that `set` takes.
    Show {
        /// Those a street begins with, instead.
        #[arg(long)]
        default: bool,
    },
    /// Put rules in force. What the file leaves out is as a street begins.
    Set {
        /// A JSON file, or - for standard input.
        file: PathBuf,
    },
}

pub fn run(storage: &dyn Storage, command: RulesCommand) -> Result<(), CliError> {
    match command {
        RulesCommand::Show { default: true } => show(&Rules::default()),
        RulesCommand::Show { default: false } => show(&storage.read(|rows| rows.rules())?),
        RulesCommand::Set { file } => {
            let rules = read(&file)?;
            storage.write(move |tx| {
                tx.put_rules(&rules)?;
                tx.bump(ReferenceSet::Rules)
            })?;
            output::line("规则已更新；手机下次同步时生效。");
            Ok(())
        }
    }
}

fn show(rules: &Rules) -> Result<(), CliError> {
    output::pretty_json(rules).map_err(|e| bad_rules(&e.to_string()))
}

fn read(file: &PathBuf) -> Result<Rules, CliError> {
    let unreadable = |e: std::io::Error| CliError::new("cannot_read", format!("读不了这个文件（{e}）。请检查路径和权限。"));
    let mut text = String::new();
    if file.as_os_str() == "-" {
        std::io::stdin().take(MAX_FILE).read_to_string(&mut text).map_err(unreadable)?;
    } else {
        std::fs::File::open(file).map_err(unreadable)?.take(MAX_FILE).read_to_string(&mut text).map_err(unreadable)?;
    }
    let value: Value = serde_json::from_str(&text).map_err(|e| bad_rules(&e.to_string()))?;
    Rules::from_part(value).map_err(|what| bad_rules(&what))
}

fn bad_rules(what: &str) -> CliError {
    CliError::new("bad_rules", format!("规则不能用，原来的没有变：{what}。请对照 rules show --default 修改。"))
}
