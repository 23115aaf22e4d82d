//! The schema as a numbered list. A migration is never edited once released; a new one is added below it.

use super::convert;
use crate::storage::{Result, StorageError};
use rusqlite::{Connection, TransactionBehavior};

/// Number and SQL of every migration, ascending.
const MIGRATIONS: &[(u32, &str)] = &[
    (1, include_str!("0001_first.sql")),
    (2, include_str!("0002_numbers.sql")),
    (3, include_str!("0003_files.sql")),
    (4, include_str!("0004_rescue.sql")),
    (5, include_str!("0005_duties.sql")),
    (6, include_str!("0006_street.sql")),
    (7, include_str!("0007_past.sql")),
];

/// The newest schema this program knows.
pub fn newest() -> u32 {
    MIGRATIONS.last().map_or(0, |(number, _)| *number)
}

/// The schema of a database.
pub fn version(conn: &Connection) -> Result<u32> {
    conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(convert::error)
}

/// Brings a database to the newest schema: all or nothing. Reads the version first, so that nothing is locked when nothing is to do.
pub fn migrate(conn: &mut Connection) -> Result<()> {
    refuse_newer(version(conn)?)?;
    if version(conn)? == newest() {
        return Ok(());
    }
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(convert::error)?;
    // Another process may have migrated while this one waited for the lock.
    let from = version(&tx)?;
    refuse_newer(from)?;
    for (number, sql) in MIGRATIONS.iter().filter(|(number, _)| *number > from) {
        tx.execute_batch(sql).map_err(convert::error)?;
        tx.pragma_update(None, "user_version", number).map_err(convert::error)?;
    }
    tx.commit().map_err(convert::error)
}

fn refuse_newer(found: u32) -> Result<()> {
    if found > newest() { Err(StorageError::Newer { found, known: newest() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{ByWhom, ReadReference as _, WriteReference as _};

    #[test]
    fn numbers_ascend_and_a_second_run_changes_nothing() {
        assert!(MIGRATIONS.is_sorted_by(|a, b| a.0 < b.0));
        let mut conn = Connection::open_in_memory().unwrap();
        migrate(&mut conn).unwrap();
        assert_eq!(version(&conn).unwrap(), newest());
        migrate(&mut conn).unwrap();
    }

    /// Grants of a street that was there before duties had a history stand on as they are, and none can be deleted any more.
    #[test]
    fn the_grants_of_an_older_database_become_rows_that_stay() {
        let mut conn = Connection::open_in_memory().unwrap();
        for (number, sql) in MIGRATIONS.iter().filter(|(number, _)| *number < 5) {
            conn.execute_batch(sql).unwrap();
            conn.pragma_update(None, "user_version", number).unwrap();
        }
        conn.execute_batch(
            "INSERT INTO org_node VALUES ('w-1', 'g-1', 'micro_grid', '1');
             INSERT INTO member VALUES ('m-1', '张', '[]');
             INSERT INTO member_grant (member, role, node, buildings, valid_from, valid_until, on_behalf)
             VALUES ('m-1', 'micro_worker', 'w-1', '[]', NULL, 50, NULL), ('m-1', 'micro_lead', 'w-1', '[]', 7, NULL, 'm-2');",
        )
        .unwrap();
        migrate(&mut conn).unwrap();
        let rows = super::super::Rows(&conn);
        let (id, by) = ("m-1".into(), ByWhom { at: 60, by: "test" });
        let mut member = rows.member(&id).unwrap().unwrap();
        assert_eq!(member.grants.iter().map(|g| (g.from, g.until)).collect::<Vec<_>>(), [(None, Some(50)), (Some(7), None)]);
        member.grants.clear();
        rows.put_member(&member, by).unwrap();
        let held: Vec<_> = rows.duties(&id).unwrap().iter().map(|d| (d.opened_at, d.as_held().from, d.as_held().until)).collect();
        assert_eq!(held, [(0, None, Some(50)), (0, Some(7), Some(60))]);
        let mut node = rows.org().unwrap().remove(0);
        node.parent = Some("g-2".into());
        rows.put_node(&node, by).unwrap();
        assert_eq!(rows.past_places().unwrap().iter().map(|p| (p.from, p.until)).collect::<Vec<_>>(), [(0, 60)]);
        assert!(conn.execute("DELETE FROM member_grant", []).unwrap_err().to_string().contains("never deleted"));
    }

    #[test]
    fn a_database_of_before_is_the_same_street_in_every_restore() {
        let migrated = |key: Option<&str>| {
            let mut conn = Connection::open_in_memory().unwrap();
            for (_, sql) in MIGRATIONS.iter().filter(|(number, _)| *number < 6) {
                conn.execute_batch(sql).unwrap();
            }
            conn.execute_batch("PRAGMA user_version = 5; INSERT INTO meta (one, epoch, tenant) VALUES (1, x'0102030405060708', 'x')")
                .unwrap();
            if let Some(key) = key {
                conn.execute("INSERT INTO setting (name, value) VALUES ('rescue_key', ?)", [key]).unwrap();
            }
            migrate(&mut conn).unwrap();
            conn.query_row("SELECT hex(street) FROM meta", [], |row| row.get::<_, String>(0)).unwrap()
        };
        let key = "ab".repeat(16) + &"cd".repeat(16);
        assert_eq!(migrated(Some(&key)), "AB".repeat(16));
        for odd in [None, Some("no key"), Some("zz")] {
            let (one, two) = (migrated(odd), migrated(odd));
            assert!(one.len() == 32 && one != two && one != "0".repeat(32), "{odd:?}: {one} {two}");
        }
    }

    #[test]
    fn a_newer_database_is_left_alone() {
        let mut conn = Connection::open_in_memory().unwrap();
        conn.pragma_update(None, "user_version", newest() + 1).unwrap();
        assert!(matches!(migrate(&mut conn), Err(StorageError::Newer { found, known }) if found == known + 1));
    }
}
