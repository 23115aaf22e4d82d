//! What the programs print. Two promises: nothing that somebody else wrote acts on the terminal of
//! whoever reads it ([`beehive_core::visible`]), and an answer that could not be written is not
//! taken for one that was.

use beehive_core::visible;
use std::{
    io::{self, Write},
    sync::{Mutex, PoisonError},
};

/// The first failure to write to standard output.
static UNWRITTEN: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints one line to standard output, whatever is in the text.
pub fn line(text: impl AsRef<str>) {
    print(&visible::line(text.as_ref()));
}

/// Prints a JSON document.
pub fn json(document: &str) {
    print(&visible::json(document));
}

/// Prints our own lines, such as a help text.
pub fn lines(text: &str) {
    print(&visible::lines(text.trim_end_matches('\n')));
}

fn print(text: &str) {
    let mut out = io::stdout().lock();
    if let Err(e) = writeln!(out, "{text}").and_then(|()| out.flush()) {
        UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(e);
    }
}

/// Prints one line to standard error. Where that is closed nobody listens.
pub fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{}", visible::line(text));
}

/// Prints a JSON document to standard error.
pub fn complain_json(document: &str) {
    let _ = writeln!(io::stderr(), "{}", visible::json(document));
}

/// Prints our own lines to standard error.
pub fn complain_lines(text: &str) {
    let _ = writeln!(io::stderr(), "{}", visible::lines(text.trim_end_matches('\n')));
}

/// Why not all of the output was written, if so. Asked once, at the end of the program.
pub fn unwritten() -> Option<io::Error> {
    UNWRITTEN.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Where logs go: standard error, each event one line whatever is in it.
pub struct Logs;

/// For the subscriber.
pub fn logs() -> Logs {
    Logs
}

impl Write for Logs {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(event);
        let one_line = text.strip_suffix('\n');
        let end = if one_line.is_some() { "\n" } else { "" };
        write!(io::stderr(), "{}{end}", visible::line(one_line.unwrap_or(&text)))?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
