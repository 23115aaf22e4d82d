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

use beehive_machine::{private, terminal};
use clap::Parser;
use failure::Failure;
use std::{io::ErrorKind, process::ExitCode};
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    private::narrow_process();
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        // What was typed is quoted in it.
        Err(e) if e.use_stderr() => {
            terminal::complain_lines(&e.render().to_string());
            return ExitCode::from(failure::USAGE);
        }
        Err(help) => {
            terminal::lines(&help.render().to_string());
            return ended(Ok(ExitCode::SUCCESS), false);
        }
    };
    // On stderr and silent unless asked for: stdout and the one line of an error are for whoever called.
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(if cli.is_serve() { "info" } else { "error" }));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(terminal::logs).with_ansi(false).init();
    let json = cli.wants_json();
    ended(commands::run(cli), json)
}

/// The exit code. An answer that was lost is told, and is not success.
fn ended(result: Result<ExitCode, Failure>, json: bool) -> ExitCode {
    match (result, terminal::unwritten()) {
        (Ok(code), None) => code,
        (Err(failure), _) => failure.report(json),
        // Whoever closed the pipe (`| head`) knows that there was more.
        (Ok(_), Some(e)) if e.kind() == ErrorKind::BrokenPipe => ExitCode::from(failure::REFUSED),
        (Ok(_), Some(e)) => Failure::unwritten(&e).report(json),
    }
}
