//! The program: reads the command line, runs it, says on one line what went wrong.

use beehive_machine::{private, terminal};
use clap::Parser as _;
use std::{io::ErrorKind, process::ExitCode};
use sync_server::cli::{Cli, CliError, run};
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<ExitCode> {
    private::narrow_process();
    let result = match Cli::try_parse() {
        Ok(cli) => {
            let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
            // Standard output belongs to the answers.
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(terminal::logs).init();
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(run(cli))
        }
        // What was typed is quoted in it.
        Err(e) if e.use_stderr() => {
            terminal::complain_lines(&e.render().to_string());
            Ok(u8::try_from(e.exit_code()).unwrap_or(1))
        }
        Err(help) => {
            terminal::lines(&help.render().to_string());
            Ok(0)
        }
    };
    let unwritten = terminal::unwritten();
    if result.is_ok() && unwritten.as_ref().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe) {
        // Whoever closed the pipe (`| head`) knows that there was more.
        return Ok(ExitCode::FAILURE);
    }
    let unwritten = unwritten.map(CliError::unwritten);
    let error = match (result, unwritten) {
        (Ok(code), None) => return Ok(code.into()),
        (Err(e), _) | (Ok(_), Some(e)) => e,
    };
    terminal::complain(&error.to_string());
    Ok(error.exit.into())
}
