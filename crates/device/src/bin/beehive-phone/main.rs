//! A phone without a screen: the command line over the one API, and the loopback host for a browser.
//!
//! A carrier without logic. What it prints with `--json` and its exit codes are a contract: `docs/phone-cli.md`.

mod cli;
mod commands;
mod evidence;
mod failure;
mod lists;
mod output;
mod photo;
mod portable;
mod record_id;
mod rescue;
mod similar;
mod stand_in;

use clap::Parser;
use std::{io::IsTerminal, process::ExitCode};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    beehive_machine::private::narrow_process();
    let cli = cli::Cli::parse();
    // On stderr and silent unless asked for: stdout and the one line of an error are for whoever called.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(if cli.is_serve() { "info" } else { "error" }));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal()).init();
    let json = cli.wants_json();
    match commands::run(cli) {
        Ok(code) => code,
        Err(failure) => failure.report(json),
    }
}
