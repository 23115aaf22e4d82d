//! Printing: lines for people, JSON for programs, times readable.

use serde::Serialize;
use std::io::Write as _;

/// Prints a line. A reader that went away (`| head`) is no error.
pub fn line(text: impl AsRef<str>) {
    let _ = writeln!(std::io::stdout().lock(), "{}", text.as_ref());
}

/// Prints a value as one line of JSON.
pub fn json<T: Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(text) => line(text),
        Err(e) => tracing::error!(error = %e, "the answer cannot be written as JSON"),
    }
}

/// A time as people read it, in the machine's time zone.
pub fn time(at: i64) -> String {
    use chrono::TimeZone as _;
    chrono::Local.timestamp_opt(at, 0).single().map_or_else(|| at.to_string(), |t| t.format("%Y-%m-%d %H:%M").to_string())
}
