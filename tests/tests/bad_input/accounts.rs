//! Invitations and credentials that do not hold (any more).

use super::ensure_well;
use anyhow::{Context, Result};
use beehive_tests::{COLLEAGUE, LEAD, Phone, Server, WORKER, http};
use rusqlite::Connection;

/// Every way in which an invitation can be no good, on the phone that tries it.
#[test]
fn an_invitation_that_does_not_hold_says_why() -> Result<()> {
    let mut server = Server::start()?;
    let used = server.invite(WORKER)?;
    Phone::enrolled_with(&used)?;
    let unknown = used.replace(&http::code_of(&used)?, "0123456789abcdef0123456789abcdef");
    let cancelled = server.invite(COLLEAGUE)?;
    server.cli(&["revoke", COLLEAGUE])?;
    let fresh = server.invite(LEAD)?;
    server.stop()?;
    let aged = server.invite("m-003")?;
    let database = Connection::open(server.data().join("server.db"))?;
    let changed = database.execute("UPDATE invitation SET expires_at = created_at - 1 WHERE member = 'm-003'", [])?;
    drop(database);
    assert_eq!(changed, 1);

    let phone = Phone::new()?;
    assert_eq!(phone.run(&["enroll", &fresh, "--json"])?.complaint(3)?.code, "offline", "the server is not there");
    server.run()?;
    for (invitation, code) in [
        (used.as_str(), "invitation_used"),
        (&unknown, "invitation_unknown"),
        (&aged, "invitation_expired"),
        (&cancelled, "invitation_expired"),
        ("你好，请登记", "invitation_malformed"),
        (&used[..used.len() / 2], "invitation_malformed"),
        ("beehive://join?s=http://fengchao.example.cn&c=abc&x=1999999999", "invitation_insecure"),
    ] {
        assert_eq!(phone.run(&["enroll", invitation, "--json"])?.complaint(1)?.code, code, "{invitation}");
        assert_eq!(phone.status()?.connection, "not_enrolled");
    }
    let complaint = phone.run(&["record", "demand", "--title", "x", "--json"])?.complaint(1)?;
    assert_eq!(complaint.code, "not_enrolled");
    // The one that failed only for want of a server is still good; and pasted badly, it is understood.
    let pasted = format!("请点 {}\n{} 登记。", &fresh[..40], &fresh[40..]);
    phone.json(&["enroll", &pasted, "--json"])?;
    ensure_well(&mut server)
}

/// Guessing codes is slowed down, and only for who guesses.
#[test]
fn guessing_invitations_is_slowed_down() -> Result<()> {
    let mut server = Server::start()?;
    let statuses: Vec<u16> =
        (0..40).map(|n| Ok(http::enroll_with(server.address(), &format!("{n:032}"))?.status)).collect::<Result<_>>()?;
    assert_eq!(statuses[0], 404);
    assert_eq!(statuses.last(), Some(&429));
    let answer = http::enroll_with(server.address(), "x")?;
    assert_eq!(answer.problem()?.code, "too_many_attempts");
    assert!(answer.head.to_ascii_lowercase().contains("retry-after"));
    ensure_well(&mut server)
}

/// A revoked phone's late work is kept on both sides, and nothing new reaches it.
#[test]
fn a_revoked_phones_late_work_is_held_and_not_lost() -> Result<()> {
    let mut server = Server::start()?;
    let revoked = Phone::enrolled(&server, WORKER)?;
    let other = Phone::enrolled(&server, COLLEAGUE)?;
    let before = revoked.record("demand", "停用之前", &[])?;
    revoked.sync()?;
    let late = revoked.record("demand", "停用之后才送", &[])?;
    other.record("demand", "停用的手机不该看到", &[])?;
    other.sync()?;
    server.cli(&["revoke", WORKER])?;

    for _ in 0..2 {
        assert_eq!(revoked.run(&["sync", "--json"])?.complaint(1)?.code, "revoked");
    }
    let kept = revoked.json(&["refused", "--json"])?;
    let entries = kept["entries"].as_array().context("entries")?;
    assert_eq!((entries.len(), entries[0]["id"].as_str(), entries[0]["code"].as_str()), (1, Some(late.as_str()), Some("held")));
    assert!(entries[0]["says"].to_string().contains("停用之后才送"), "the text is still on the phone, readable: {kept}");
    let held = server.json(&["held", "--json"])?;
    let rows = held.as_array().context("rows")?;
    assert_eq!(rows.len(), 1, "{held}");
    assert_eq!((rows[0]["doc"].as_str(), rows[0]["member"].as_str()), (Some(late.as_str()), Some(WORKER)));
    assert!(!revoked.list()?.iter().any(|id| *id != before && *id != late), "nothing new came");
    other.sync()?;
    assert!(!other.list()?.contains(&late), "held is not stored");
    assert_eq!(other.list()?.len(), 2);
    // The same person on another phone goes on where the server is.
    let again = Phone::enrolled(&server, WORKER)?;
    assert_eq!(again.list()?.len(), 2);
    ensure_well(&mut server)
}
