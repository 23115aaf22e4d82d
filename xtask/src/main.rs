//! The project's own commands. `make demo` and `make test` call them.

mod built;
mod counts;
mod demo;
mod gate;
mod process;
mod prove;
mod setup;
mod slowest;
mod step;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Two phones and a server in the browser.
    Demo(demo::Options),
    /// The gate: what proves that a change broke nothing. Ends with the counts.
    Test(gate::Options),
    /// The campaigns: the full figures, by hand and before a release; writes docs/evidence.md.
    Prove(prove::Options),
    /// Installs what a fresh machine lacks for the other commands.
    Setup {
        /// Without what the desktop window needs.
        #[arg(long)]
        no_window: bool,
    },
    /// Our figures beside the floors, as ratios. Builds with the release profile.
    Bench {
        /// Passed on to the benchmark, e.g. `--json`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Plays stories of a street, each from a seed, and checks what must hold (docs/simulator.md).
    Sim {
        /// Passed on to the simulator, e.g. `--seeds 2000 --from 1`.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Writes the TypeScript types of the phone's API to `ui/shared/src/bindings`.
    Bindings,
    /// Builds the phone's pages into `ui/phone/dist`.
    Ui,
    /// Opens the app in a desktop window.
    Window,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            // What failed has said why; where in our own code we were adds nothing.
            eprintln!("{e:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Cli::parse().command {
        Command::Demo(options) => demo::run(&options),
        Command::Test(options) => gate::run(&options),
        Command::Prove(options) => prove::run(&options),
        Command::Setup { no_window } => setup::everything(!no_window),
        Command::Bench { args } => {
            let mut cargo = process::cargo(["run", "--release", "--locked", "-p", "beehive-tests", "--bin", "bench", "--"]);
            process::must("bench", cargo.args(args))
        }
        Command::Sim { args } => {
            // Of the whole workspace, so that features are those of the tests and nothing is built twice.
            process::must("build", &mut process::linted_cargo(["build", "--locked", "--bin", "sim"]))?;
            process::must("sim", std::process::Command::new(process::binary("sim")).args(args))
        }
        Command::Bindings => {
            let mut cargo = process::linted_cargo(["test", "--locked", "-p", "beehive-device", "bindings"]);
            process::must("bindings", cargo.env("BEEHIVE_BLESS", "1"))
        }
        Command::Ui => setup::ui(),
        Command::Window => {
            setup::packages(&setup::WINDOW)?;
            setup::ui()?;
            process::must("window", &mut process::linted_cargo(["run", "--locked", "-p", "beehive-app", "--features", "custom-protocol"]))
        }
    }
}
