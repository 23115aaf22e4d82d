//! The command line. Commands, JSON and exit codes are a contract: `docs/server-cli.md`.

mod backup;
mod documents;
mod error;
mod grants;
mod held;
mod init;
mod inspect;
mod lists;
mod names;
mod output;
mod people;
mod rescue;
mod rules;
mod shelf;

pub use error::{CliError, exit};

use crate::{
    app::system_clock,
    files::Files,
    serve::{self, ServeOptions},
    storage::{SqliteStorage, Storage, sqlite},
};
use beehive_machine::{export::Over, private};
use clap::{Parser, Subcommand, ValueEnum};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

/// 蜂巢同步服务器：一个程序，一个目录。 / The sync server of Beehive: one binary, one folder.
#[derive(Debug, Parser)]
#[command(name = "sync-server", version, about)]
pub struct Cli {
    /// The data folder.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// A street to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Demo {
    /// One community, to try things out.
    Small,
    /// A street in the figures of Baohe.
    Baohe,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make the database of a new street.
    Init {
        /// Fill it with a generated street.
        #[arg(long, value_enum)]
        demo: Option<Demo>,
        /// The seed of the generated street.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// The name of the street.
        #[arg(long)]
        name: Option<String>,
        /// The address phones reach the server at; without it, the address `serve` is bound to.
        #[arg(long)]
        url: Option<String>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run the server until SIGTERM or SIGINT.
    Serve {
        /// Where to listen, e.g. 0.0.0.0:8787; port 0 = any free one.
        #[arg(long, value_name = "ADDR")]
        listen: SocketAddr,
        /// A file that gets the bound address once the server answers.
        #[arg(long, value_name = "FILE")]
        ready_file: Option<PathBuf>,
    },
    /// List the members.
    Members {
        /// Also the duties that were ended or changed.
        #[arg(long)]
        ended: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make an invitation for a member.
    Invite {
        /// The member's id.
        member: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        /// How many days it is good.
        #[arg(long, default_value_t = 7)]
        days: u32,
        /// The address to name instead of the stored one.
        #[arg(long)]
        url: Option<String>,
    },
    /// Let a member do a duty at a node, for good or for a time.
    Grant(grants::GrantArgs),
    /// End a member's duty at a node.
    Ungrant(grants::UngrantArgs),
    /// Show or set the street's clocks, working days and askings.
    Rules {
        /// What to do.
        #[command(subcommand)]
        command: rules::RulesCommand,
    },
    /// List the buildings, call one otherwise, take one off the list or put it on it again.
    #[command(args_conflicts_with_subcommands = true)]
    Buildings {
        /// What to do with one of them.
        #[command(subcommand)]
        what: Option<names::Buildings>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the words of the dictionaries, take one out or put it in again.
    #[command(args_conflicts_with_subcommands = true)]
    Words {
        /// What to do with one of them.
        #[command(subcommand)]
        what: Option<names::Words>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a device, or all devices and unused invitations of a member.
    Revoke {
        /// The device's or the member's id.
        #[arg(value_name = "DEVICE|MEMBER")]
        target: String,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the enrolled devices.
    Devices {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// List what was refused.
    Refused {
        /// What of it, and how.
        #[command(flatten)]
        list: shelf::List,
    },
    /// List what is held for a supervisor, look into it, let it in or decline it.
    #[command(args_conflicts_with_subcommands = true)]
    Held {
        /// What to do with one entry.
        #[command(subcommand)]
        what: Option<held::Held>,
        /// What of the list, and how.
        #[command(flatten)]
        list: shelf::List,
        /// What is decided already instead of what waits.
        #[arg(long, conflicts_with = "codes")]
        decided: bool,
    },
    /// Take in a file that a phone made of what it could not send.
    RescueImport {
        /// The file.
        file: PathBuf,
        /// Only say what would become of it.
        #[arg(long)]
        dry_run: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make one archive of the whole server, also while it runs.
    Backup {
        /// The archive.
        file: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what an archive holds and what restoring it would do; with --yes, do it.
    Restore {
        /// The archive.
        file: PathBuf,
        /// Restore, instead of only saying what would be done.
        #[arg(long)]
        yes: bool,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Check the database through and through.
    Doctor {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Write a document for other Automerge implementations.
    Dump {
        /// The document's id.
        doc: String,
        /// Where to.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace a file that is there.
        #[arg(long)]
        force: bool,
    },
    /// Write the three lists as a workbook.
    Lists(lists::ListsArgs),
    /// List the documents.
    Documents {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs a command; the answer is the exit code.
pub async fn run(cli: Cli) -> Result<u8, CliError> {
    let dir = cli.data;
    let open = |dir: &Path| -> Result<Arc<dyn Storage>, CliError> { Ok(Arc::new(SqliteStorage::open(dir)?)) };
    match cli.command {
        Command::Init { demo, seed, name, url, json } => init::init(&dir, demo, seed, name, url, json)?,
        Command::Serve { listen, ready_file } => serve_until_told(dir, listen, ready_file).await?,
        Command::Members { ended, json } => people::members(&*open(&dir)?, ended, json)?,
        Command::Invite { member, json, days, url } => people::invite(&*open(&dir)?, &member, url.as_deref(), days, json)?,
        Command::Grant(args) => grants::grant(&*open(&dir)?, args)?,
        Command::Ungrant(args) => grants::ungrant(&*open(&dir)?, args)?,
        Command::Rules { command } => rules::run(&*open(&dir)?, command)?,
        Command::Buildings { what, json } => names::buildings(&*open(&dir)?, what, json)?,
        Command::Words { what, json } => names::words(&*open(&dir)?, what, json)?,
        Command::Revoke { target, json } => people::revoke(&*open(&dir)?, &target, json)?,
        Command::Devices { json } => people::devices(&*open(&dir)?, json)?,
        Command::Refused { list } => shelf::list(&*open(&dir)?, shelf::Which::Refused, &list)?,
        Command::Held { what: Some(what), .. } => held::run(&open(&dir)?, what)?,
        Command::Held { what: None, list, decided } => {
            let which = if decided { shelf::Which::Decided } else { shelf::Which::Held };
            shelf::list(&*open(&dir)?, which, &list)?;
        }
        Command::RescueImport { file, dry_run, json } => rescue::import(&dir, &open(&dir)?, &file, dry_run, json)?,
        Command::Backup { file, force, json } => {
            backup::backup(&dir, &SqliteStorage::open(&dir)?, &file, Over::force(force), json)?;
        }
        Command::Restore { file, yes, json } => backup::restore(&dir, &file, yes, json)?,
        Command::Doctor { json } => {
            // Looked at before it is opened, which narrows what it can.
            let wide = private::wide(&dir, sqlite::OURS).unwrap_or_default();
            return inspect::doctor(&dir, &*open(&dir)?, &Files::in_folder(&dir), &wide, json);
        }
        Command::Dump { doc, out, force } => documents::dump(&dir, &*open(&dir)?, &doc, &out, Over::force(force))?,
        Command::Lists(args) => lists::write(&dir, &*open(&dir)?, &args)?,
        Command::Documents { json } => documents::list(&*open(&dir)?, json)?,
    }
    Ok(exit::OK)
}

async fn serve_until_told(data: PathBuf, listen: SocketAddr, ready_file: Option<PathBuf>) -> Result<(), CliError> {
    let options = ServeOptions { data, listen, ready_file, clock: system_clock() };
    let stop = stop_signal().map_err(CliError::signals)?;
    Ok(serve::serve_until(options, None, stop).await?.join().await?)
}

#[cfg(unix)]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    use tokio::signal::unix::{SignalKind, signal};
    // Registered now, so that a signal right after the start is not lost.
    let (mut term, mut int) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = term.recv() => {}
            _ = int.recv() => {}
        }
    })
}

#[cfg(not(unix))]
fn stop_signal() -> std::io::Result<impl Future<Output = ()> + Send + 'static> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
    })
}
