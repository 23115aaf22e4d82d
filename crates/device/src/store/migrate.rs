//! Migrations are data: a numbered list, run all or nothing, refusing a store newer than the program.

use super::OpenError;
use rusqlite::{Connection, TransactionBehavior};

/// One step: the SQL that leads from the schema before it to its own number (its place in the list, from 1).
pub type Migrations = &'static [&'static str];

/// The steps of the main database.
pub const PHONE: Migrations = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_life.sql"),
    include_str!("migrations/0003_evidence.sql"),
    include_str!("migrations/0004_help.sql"),
    include_str!("migrations/0005_pending.sql"),
    include_str!("migrations/0006_received.sql"),
    include_str!("migrations/0007_signs.sql"),
    include_str!("migrations/0008_totals.sql"),
];
/// The steps of the files' database.
pub const FILES: Migrations = &[include_str!("migrations/files_0001_first.sql"), include_str!("migrations/files_0002_evidence.sql")];

/// The schema number of a database.
pub fn version(conn: &Connection) -> rusqlite::Result<i64> {
    conn.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Brings a database up to the newest schema.
pub fn run(conn: &mut Connection, migrations: Migrations) -> Result<(), OpenError> {
    run_to(conn, migrations, migrations.len())
}

/// Brings a database up to schema number `target`.
pub fn run_to(conn: &mut Connection, migrations: Migrations, target: usize) -> Result<(), OpenError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    // Read before locking: a store that is up to date is opened without a write.
    let found = version(conn)?;
    if found > known {
        return Err(OpenError::NewerSchema { found, known });
    }
    let done = usize::try_from(found).unwrap_or(0);
    if done >= target {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for sql in &migrations[done..target] {
        tx.execute_batch(sql)?;
    }
    tx.pragma_update(None, "user_version", i64::try_from(target).unwrap_or(i64::MAX))?;
    tx.commit()?;
    Ok(())
}
