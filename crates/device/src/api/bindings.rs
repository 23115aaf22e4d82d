//! The API's types in TypeScript, for the screens. Committed under `ui/shared/src/bindings`; a test fails when they drift.

use super::{Event, Request, Response};
use std::path::Path;
use ts_rs::{Config, ExportError, TS};

/// Writes every type of the API, and what they are made of, into a folder: one file for each.
///
/// # Errors
/// The folder cannot be written.
pub fn export_bindings(dir: &Path) -> Result<(), ExportError> {
    let config = Config::new().with_out_dir(dir).with_large_int("number");
    Request::export_all(&config)?;
    Response::export_all(&config)?;
    Event::export_all(&config)
}
