//! Making an invitation: a one-time code for one member, and the text that carries it.

use crate::{
    secret::{RandomError, Secret},
    storage::{Invitation, Read, Storage, StorageError, setting},
};
use beehive_core::{MemberId, StreetId, address};
use serde::Serialize;

/// Bytes of a code: not to be guessed, and short enough for a QR code that old cameras read.
const CODE_BYTES: usize = 16;
/// The longest an invitation is good, in days.
const MAX_DAYS: u32 = 90;

/// An invitation that was made. The text is shown once; only the code's hash is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invited {
    /// The text to hand out.
    pub invitation: String,
    /// For whom.
    pub member: MemberId,
    /// When it stops being good, seconds since 1970.
    pub expires_at: i64,
}

/// Why no invitation was made.
#[derive(Debug, thiserror::Error)]
pub enum InviteError {
    /// No member has this id.
    #[error("unknown member")]
    UnknownMember,
    /// The address is not one a phone can use.
    #[error("bad url")]
    BadUrl,
    /// Fewer than 1 or more than 90 days.
    #[error("bad days")]
    BadDays,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The database failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Makes an invitation for a member, good for `days` days from `now`. `url` overrides the stored address.
pub fn invite(storage: &dyn Storage, member: &MemberId, url: Option<&str>, days: u32, now: i64) -> Result<Invited, InviteError> {
    if !(1..=MAX_DAYS).contains(&days) {
        return Err(InviteError::BadDays);
    }
    let (known, stored, meta) = storage.read(|rows| Ok((rows.member(member)?, stored_url(rows)?, rows.meta()?)))?;
    if known.is_none() {
        return Err(InviteError::UnknownMember);
    }
    // The stored one too: it may be older than the rule, or what `serve` was bound to.
    let url = url.map(str::to_owned).or(stored).and_then(|url| server_url(&url)).ok_or(InviteError::BadUrl)?;
    let code = Secret::random(CODE_BYTES)?;
    let expires_at = now + i64::from(days) * 86_400;
    let row = Invitation { code: code.hash(), member: member.clone(), created_at: now, expires_at, used_at: None };
    storage.write(move |tx| tx.add_invitation(&row))?;
    let street = meta.ok_or(StorageError::Absent)?.street;
    Ok(Invited { invitation: invitation_text(&url, code.reveal(), expires_at, &street), member: member.clone(), expires_at })
}

/// The invitation as text. The address needs no escaping: [`server_url`] lets through nothing that has a meaning in a query.
/// The street goes along, so that a phone knows before it uses the code whether it would leave another one.
pub fn invitation_text(url: &str, code: &str, expires_at: i64, street: &StreetId) -> String {
    format!("beehive://join?s={url}&c={code}&i={street}&x={expires_at}")
}

/// An address as invitations carry it: one that every phone takes, in letters that need no escaping
/// in a query. `None` if it is anything else.
pub fn server_url(url: &str) -> Option<String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':' | b'[' | b']' | b'/' | b'~');
    if !url.bytes().all(plain) {
        return None;
    }
    address::server_url(url).ok()
}

fn stored_url(rows: &dyn Read) -> Result<Option<String>, StorageError> {
    match rows.setting(setting::PUBLIC_URL)? {
        Some(url) => Ok(Some(url)),
        None => rows.setting(setting::BOUND_URL),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_only_taken_when_a_phone_can_use_them() {
        assert_eq!(server_url("https://fengchao.example.cn/").as_deref(), Some("https://fengchao.example.cn"));
        assert_eq!(server_url("http://[::1]:8787").as_deref(), Some("http://[::1]:8787"));
        for bad in [
            "",
            "fengchao.example.cn",
            "ftp://a",
            "http://",
            "http://:80",
            "http://a b",
            "http://a?x=1",
            "http://a&c=1",
            "http://蜂巢",
            "http://8.8.8.8:80",
            "http://0.0.0.0:8787",
        ] {
            assert_eq!(server_url(bad), None, "{bad}");
        }
    }
}
