//! Printing: lines for people, JSON for programs, times readable.

use beehive_machine::terminal;
pub use beehive_machine::terminal::line;
use serde::Serialize;

/// Prints a value as one line of JSON.
pub fn json<T: Serialize>(value: &T) {
    match serde_json::to_string(value) {
        Ok(text) => terminal::json(&text),
        Err(e) => tracing::error!(error = %e, "the answer cannot be written as JSON"),
    }
}

/// Prints a value as JSON that people read and change.
pub fn pretty_json<T: Serialize>(value: &T) -> serde_json::Result<()> {
    terminal::json(&serde_json::to_string_pretty(value)?);
    Ok(())
}

/// A time as people read it, in the machine's time zone.
pub fn time(at: i64) -> String {
    use chrono::TimeZone as _;
    chrono::Local.timestamp_opt(at, 0).single().map_or_else(|| at.to_string(), |t| t.format("%Y-%m-%d %H:%M").to_string())
}
