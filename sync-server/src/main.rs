//! The program: reads the command line, runs it, says on one line what went wrong.

use clap::Parser as _;
use std::process::ExitCode;
use sync_server::cli::{Cli, run};
use tracing_subscriber::EnvFilter;

fn main() -> anyhow::Result<ExitCode> {
    beehive_machine::private::narrow_process();
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    // Standard output belongs to the answers.
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    Ok(match runtime.block_on(run(cli)) {
        Ok(code) => code.into(),
        Err(e) => {
            eprintln!("{e}");
            e.exit.into()
        }
    })
}
