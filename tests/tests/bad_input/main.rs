//! Bad input from outside, against the real programs: each gets a typed error with a code, a Chinese sentence and a next step; nothing
//! is lost, nobody panics, and whoever is honest is served as before.

mod accounts;
mod disk;
mod hostile;
mod requests;
mod store;

use anyhow::{Result, ensure};
use beehive_tests::{Server, http};

/// The server still answers, and has not lost or damaged anything.
fn ensure_well(server: &mut Server) -> Result<()> {
    ensure!(server.is_running(), "the server is gone: {}", server.log());
    let health = http::send(server.address(), "GET", "/healthz", &[], b"")?;
    ensure!(health.status == 200, "{health:?}");
    let doctor = server.json(&["doctor", "--json"])?;
    ensure!(doctor["ok"] == true, "{doctor}");
    ensure!(!server.log().contains("panicked"), "{}", server.log());
    Ok(())
}
