//! The command line's words.

use crate::{
    evidence,
    lists::{ListArgs, kind},
    stand_in::StandInArgs,
};
use beehive_core::model::RecordKind;
use clap::{Args, Parser, Subcommand};
use std::{net::SocketAddr, path::PathBuf};

/// A Beehive phone without a screen.
#[derive(Parser)]
#[command(name = "beehive-phone", version, about, long_about = None)]
pub struct Cli {
    /// The folder of this phone's store; made if it does not exist.
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Enrol this phone with an invitation, then sync for the first time.
    Enroll {
        /// The invitation (beehive://join?...), as it was passed on.
        invitation: String,
        /// If it is of another street: set the present one aside, with everything of it. Enrolling there again takes it up.
        #[arg(long)]
        leave_street: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Record something new; prints its id once it is on disk.
    Record(Record),
    /// List records.
    List(ListArgs),
    /// The numbers above the lists, and what became of the matters of each grid.
    Counts {
        #[command(flatten)]
        output: Output,
    },
    /// Let a colleague stand in for this phone's member, end that, or list who does. Needs a connection to change anything.
    StandIn(StandInArgs),
    /// Show one record; with --json in a form that is equal on every phone that holds the same.
    Show {
        /// Its id, or at least 6 digits that begin only one.
        id: String,
        /// Add what only this phone knows: state, offers, refusals.
        #[arg(long)]
        local: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Matters that a new record may already be.
    Similar(Similar),
    /// Say that it is a record that is here already, instead of recording it once more.
    Join {
        /// Which record.
        id: String,
        /// What was said.
        #[arg(long)]
        note: String,
        /// Who asked, by the name they are called.
        #[arg(long, default_value = "")]
        asker: String,
        /// It was finished and came back: open it again.
        #[arg(long)]
        again: bool,
        /// A photo; may be given several times.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        photo: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Write a fact, or choose one of several values.
    Set {
        /// Which record.
        id: String,
        /// The field, e.g. title.
        field: String,
        /// The value.
        value: String,
        #[command(flatten)]
        output: Output,
    },
    /// Do something to a record: accept, assign, step, resolve and the others of docs/phone-cli.md.
    Act {
        /// Which record.
        id: String,
        /// What to do.
        action: String,
        /// In words.
        #[arg(long)]
        note: Option<String>,
        /// What else the action needs, as JSON: {"path":"now"} for accept, {"to":"m-003"} for assign.
        #[arg(long, value_name = "JSON")]
        args: Option<String>,
        /// A photo that shows it; may be given several times.
        #[arg(long, value_name = "FILE", num_args = 1..)]
        photo: Vec<PathBuf>,
        #[command(flatten)]
        output: Output,
    },
    /// Add a photo to a record.
    Attach {
        /// Which record.
        id: String,
        /// The photo or voice note.
        file: PathBuf,
        /// Which half of a pair it is.
        #[arg(long)]
        role: Option<evidence::Role>,
        /// In words.
        #[arg(long, default_value = "")]
        note: String,
        #[command(flatten)]
        output: Output,
    },
    /// Find records by words: Chinese, pinyin initials, or a building.
    Search {
        /// The words.
        #[arg(required = true, num_args = 1..)]
        words: Vec<String>,
        #[command(flatten)]
        output: Output,
    },
    /// Send what is unsent and fetch what is new, then send photos. Exit code 3 without a connection.
    Sync {
        /// Only records; photos and voice notes wait.
        #[arg(long)]
        no_files: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Photos and voice notes of this phone's records, and how each stands.
    Files {
        #[command(flatten)]
        output: Output,
    },
    /// Fetch a file from the server, unless it is here.
    Fetch {
        /// The SHA-256 of its bytes.
        hash: String,
        /// Write it here.
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long, requires = "out")]
        force: bool,
        #[command(flatten)]
        output: Output,
    },
    /// What takes room on this phone.
    Storage {
        /// How old what could be cleaned up is at least.
        #[arg(long, default_value_t = 30)]
        days: u32,
        #[command(flatten)]
        output: Output,
    },
    /// Erase originals that the server has whole; small pictures stay, and what was erased can be fetched again.
    CleanUp {
        /// How old they are at least.
        #[arg(long, default_value_t = 30)]
        days: u32,
        #[command(flatten)]
        output: Output,
    },
    /// What is unsent, refused, and how far this phone has read.
    Status {
        #[command(flatten)]
        output: Output,
    },
    /// Damaged databases that were set aside, and what could be read of them.
    Damage {
        /// This one was dealt with; its file stays.
        #[arg(long, value_name = "FILE")]
        seen: Option<String>,
        #[command(flatten)]
        output: Output,
    },
    /// What the server refused, with reasons.
    Refused {
        /// Make the values of an entry anew on the current version.
        #[arg(long, value_name = "ENTRY")]
        retry: Option<i64>,
        /// Put an entry out of sight.
        #[arg(long, value_name = "ENTRY", conflicts_with = "retry")]
        dismiss: Option<i64>,
        #[command(flatten)]
        output: Output,
    },
    /// Save everything that the server has not acknowledged to a file that only the street's server can open.
    Rescue {
        /// The file.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Replace a file that is there. It may be the only copy of something.
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        output: Output,
    },
    /// Make any request of the API; prints the response.
    Call {
        /// The request, or - to read it from standard input.
        request: String,
    },
    /// Serve the phone's UI to a browser on this machine.
    Serve {
        /// A loopback address; port 0 = any free one.
        #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
        listen: SocketAddr,
        /// The folder of the built UI.
        #[arg(long, value_name = "DIR")]
        ui: PathBuf,
        /// A file to write the bound address into once requests are answered.
        #[arg(long, value_name = "FILE")]
        ready_file: Option<PathBuf>,
        /// Sync only when the UI asks for it.
        #[arg(long)]
        no_auto_sync: bool,
    },
}

#[derive(Args, Clone, Copy)]
pub struct Output {
    /// Print exactly one JSON document.
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct Record {
    /// demand, finding or request.
    #[arg(value_parser = kind)]
    pub kind: RecordKind,
    /// What it is, in one line.
    #[arg(long)]
    pub title: String,
    /// What it is, in full.
    #[arg(long, default_value = "")]
    pub detail: String,
    /// A code of the category dictionary.
    #[arg(long, default_value = "")]
    pub category: String,
    /// A building: its id or its name.
    #[arg(long)]
    pub building: Option<String>,
    /// A unit of it.
    #[arg(long)]
    pub unit: Option<String>,
    /// A door of it.
    #[arg(long)]
    pub door: Option<String>,
    /// The place in words.
    #[arg(long)]
    pub place_text: Option<String>,
    /// The micro-grid, by its id or its name: needed without a building if there are several.
    #[arg(long, value_name = "NODE")]
    pub grid: Option<String>,
    /// normal, soon or urgent.
    #[arg(long, default_value = "")]
    pub urgency: String,
    /// Who asked, by the name they are called.
    #[arg(long, default_value = "")]
    pub asker: String,
    /// It is done already; how.
    #[arg(long, value_name = "NOTE")]
    pub resolved: Option<String>,
    /// A photo; may be given several times.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub photo: Vec<PathBuf>,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Args)]
pub struct Similar {
    /// What it is, in one line.
    #[arg(long)]
    pub title: String,
    /// What it is, in full.
    #[arg(long, default_value = "")]
    pub detail: String,
    /// demand, finding or request.
    #[arg(long, value_parser = kind)]
    pub kind: Option<RecordKind>,
    /// A code of the category dictionary.
    #[arg(long, default_value = "")]
    pub category: String,
    /// A building: its id or its name.
    #[arg(long)]
    pub building: Option<String>,
    /// A unit of it.
    #[arg(long)]
    pub unit: Option<String>,
    /// A door of it.
    #[arg(long)]
    pub door: Option<String>,
    #[command(flatten)]
    pub output: Output,
}

impl Cli {
    /// Whether the caller reads JSON.
    pub fn wants_json(&self) -> bool {
        match &self.command {
            Command::Record(record) => record.output.json,
            Command::Similar(similar) => similar.output.json,
            Command::List(args) => args.output.json,
            Command::StandIn(args) => args.output.json,
            Command::Enroll { output, .. }
            | Command::Counts { output }
            | Command::Show { output, .. }
            | Command::Join { output, .. }
            | Command::Set { output, .. }
            | Command::Act { output, .. }
            | Command::Attach { output, .. }
            | Command::Search { output, .. }
            | Command::Sync { output, .. }
            | Command::Files { output }
            | Command::Fetch { output, .. }
            | Command::Storage { output, .. }
            | Command::CleanUp { output, .. }
            | Command::Status { output }
            | Command::Damage { output, .. }
            | Command::Rescue { output, .. }
            | Command::Refused { output, .. } => output.json,
            Command::Call { .. } => true,
            Command::Serve { .. } => false,
        }
    }

    /// Whether it runs on until it is stopped.
    pub fn is_serve(&self) -> bool {
        matches!(self.command, Command::Serve { .. })
    }
}
