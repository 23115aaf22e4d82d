//! Invitations out of any text that a person could paste or scan: none panics, or takes a second or 64 MB. What once did is kept in
//! `crashers` and tried by every run.

use beehive_campaign::{
    Portion, Watch,
    hostile::{self, bytes, kept, pick, text},
};
use beehive_device::net::{Invitation, InvitationError};
use rand::{RngExt as _, rngs::SmallRng};
use std::path::PathBuf;

const HONEST: [&str; 5] = [
    "beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000",
    "beehive://join?s=https%3A%2F%2Fbee.example.org%3A8443%2Fpath%2F&c=K7-abc_9&x=1793000000&later=1",
    "beehive://join?s=http://[fd00::1]:9&c=k&x=5&f=00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "李书记发来的邀请：beehive://join?s=http://192.168.1.5:80\n80&c=K7-\r\nabc_9&x=17930\u{3000}00000，请今天用。",
    "ｂｅｅｈｉｖｅ：／／ｊｏｉｎ？ｓ＝ｈｔｔｐ：／／ｓｅｒｖｅｒ＆ｃ＝Ｋ７－ａｂｃ＿９＆ｘ＝１７９３００００００",
];

fn mutant(rng: &mut SmallRng) -> String {
    let honest = pick(rng, &HONEST);
    match rng.random_range(0..12) {
        // Part by part, so that the rest stays what it was.
        0..6 => {
            let mut parts: Vec<String> = honest.split('&').map(str::to_owned).collect();
            let at = rng.random_range(0..parts.len());
            parts[at] = text::mutant(rng, &parts[at]);
            parts.join("&")
        }
        6 => honest.repeat(rng.random_range(1..300)),
        7 => text::unusual(rng) + honest,
        8 => honest.to_owned() + &text::unusual(rng),
        9 => String::from_utf8_lossy(&bytes(rng, honest.as_bytes(), &[])).into_owned(),
        _ => text::mutant(rng, honest),
    }
}

/// What was read can be used: an address of ours, a code, a moment.
fn read(input: &[u8]) -> bool {
    match Invitation::parse(&String::from_utf8_lossy(input)) {
        Ok(invitation) => {
            assert!(invitation.server.starts_with("https://") || invitation.server.starts_with("http://"), "{}", invitation.server);
            assert!((1..=256).contains(&invitation.code.len()));
            true
        }
        Err(InvitationError::None | InvitationError::Part(_) | InvitationError::Insecure) => false,
    }
}

#[test]
fn no_invitation_harms() {
    let crashers = kept(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/crashers/invitation"));
    let mutant = |rng: &mut SmallRng| mutant(rng).into_bytes();
    hostile::campaign(Watch::of("invitation"), Portion::or(1, 20_000), 10, crashers, mutant, read);
}
