//! Reading an invitation, however it reached the phone: scanned, pasted out of a chat, broken over lines, in full-width letters.

use super::Fingerprint;
use beehive_core::{
    StreetId,
    address::{self, AddressError},
};
use thiserror::Error;

/// What a pasted text may be long at most, in characters; an invitation has about 200.
const MAX_TEXT: usize = 8 * 1024;
/// What an invitation begins with.
const PREFIX: &str = "beehive://join?";

/// An invitation, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The server's address without a slash at the end, e.g. `https://bee.example.org:8443`.
    pub server: String,
    /// The one-time code.
    pub code: String,
    /// Until when it can be used, seconds since 1970.
    pub expires: i64,
    /// The server's certificate, if it is not from a public authority.
    pub fingerprint: Option<Fingerprint>,
    /// Which street it is of; absent from a server that does not name its street yet.
    pub street: Option<StreetId>,
}

/// A text that is not a usable invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvitationError {
    /// There is no `beehive://join?` in it.
    #[error("no invitation in the text")]
    None,
    /// A part is missing, doubled or unreadable.
    #[error("the invitation's part `{0}` is missing or damaged")]
    Part(&'static str),
    /// The address is not encrypted and not within a private network.
    #[error("the invitation's address is not encrypted")]
    Insecure,
}

impl Invitation {
    /// Finds and reads the invitation in a text.
    pub fn parse(text: &str) -> Result<Self, InvitationError> {
        let text: String = text.chars().take(MAX_TEXT).filter_map(narrow).collect();
        let start = text.to_ascii_lowercase().find(PREFIX).ok_or(InvitationError::None)?;
        let query = &text[start + PREFIX.len()..];
        let end = query.find(|c: char| !is_url_char(c)).unwrap_or(query.len());
        // Sentence marks after a link belong to the sentence.
        let query = query[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '\'']);

        let (mut server, mut code, mut expires, mut fingerprint, mut street) = (None, None, None, None, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let (slot, part) = match &*name {
                "s" => (&mut server, "s"),
                "c" => (&mut code, "c"),
                "x" => (&mut expires, "x"),
                "f" => (&mut fingerprint, "f"),
                "i" => (&mut street, "i"),
                // A newer server may say more.
                _ => continue,
            };
            if slot.replace(value.into_owned()).is_some() {
                return Err(InvitationError::Part(part));
            }
        }
        let code = code.filter(|c| (1..=256).contains(&c.len())).ok_or(InvitationError::Part("c"))?;
        let expires = expires.and_then(|x| x.parse().ok()).ok_or(InvitationError::Part("x"))?;
        let fingerprint = fingerprint.map(|f| f.parse().map_err(|()| InvitationError::Part("f"))).transpose()?;
        let street = street.map(|i| i.to_ascii_lowercase().parse().map_err(|_| InvitationError::Part("i"))).transpose()?;
        Ok(Self { server: server_url(&server.ok_or(InvitationError::Part("s"))?)?, code, expires, fingerprint, street })
    }
}

/// Full-width forms to their ASCII ones; spaces, line breaks and invisible characters away.
fn narrow(c: char) -> Option<char> {
    let c = match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0)?,
        '。' | '｡' => '.',
        _ => c,
    };
    let invisible = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}');
    (!c.is_whitespace() && !c.is_control() && !invisible).then_some(c)
}

fn is_url_char(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
}

/// The address, by the rule that the server prints it by.
fn server_url(text: &str) -> Result<String, InvitationError> {
    address::server_url(text).map_err(|e| match e {
        AddressError::Malformed => InvitationError::Part("s"),
        AddressError::Insecure => InvitationError::Insecure,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const F: &str = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";

    fn plain() -> Invitation {
        Invitation {
            server: "http://127.0.0.1:8080".into(),
            code: "K7-abc_9".into(),
            expires: 1_793_000_000,
            fingerprint: None,
            street: None,
        }
    }

    #[test]
    fn one_invitation_in_all_the_ways_it_is_passed_on() {
        for text in [
            "beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000",
            "beehive://join?s=http%3A%2F%2F127.0.0.1%3A8080&c=K7-abc_9&x=1793000000",
            "beehive://join?s=http%3A%2F%2F127.0.0.1%3A8080%2F&c=K7-abc_9&x=1793000000&later=1",
            "  \n beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000 \r\n",
            "beehive://join?s=http://127.0.0.1:80\n80&c=K7-\r\nabc_9&x=17930\u{3000}00000",
            "BEEHIVE://JOIN?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000",
            "\u{feff}beehive://join?s=http://127.0.0.1:8080\u{200b}&c=K7-abc_9&x=1793000000",
            "ｂｅｅｈｉｖｅ：／／ｊｏｉｎ？ｓ＝ｈｔｔｐ：／／１２７．０．０．１：８０８０＆ｃ＝Ｋ７－ａｂｃ＿９＆ｘ＝１７９３００００００",
            "beehive：//join？s=http：//127。0。0。1：8080&c=K7-abc_9&x=1793000000",
            "李书记发来的邀请：beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000，请今天用。",
            "“beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000”",
            "<beehive://join?s=http://127.0.0.1:8080&c=K7-abc_9&x=1793000000>.",
        ] {
            assert_eq!(Invitation::parse(text), Ok(plain()), "{text}");
        }
    }

    #[test]
    fn a_fingerprint_is_read_with_or_without_colons() {
        let colons = F.as_bytes().chunks(2).map(|c| std::str::from_utf8(c).unwrap().to_uppercase()).collect::<Vec<_>>().join(":");
        for f in [F, &F.to_uppercase(), &colons] {
            let read = Invitation::parse(&format!("beehive://join?s=https://bee.example.org:8443&c=k&x=5&f={f}")).unwrap();
            assert_eq!(read.fingerprint.unwrap().to_string(), F);
            assert_eq!(read.server, "https://bee.example.org:8443");
        }
    }

    #[test]
    fn the_street_is_read_where_it_is_named() {
        let of = |i: &str| Invitation::parse(&format!("beehive://join?s=https://a&c=k&x=5&i={i}")).map(|i| i.street);
        assert_eq!(of("00112233445566778899AABBccddeeff"), Ok("00112233445566778899aabbccddeeff".parse().ok()));
        assert_eq!(of("0011"), Err(InvitationError::Part("i")));
    }

    #[test]
    fn what_is_damaged_is_named() {
        use InvitationError::*;
        for (text, error) in [
            ("", None),
            ("你好", None),
            ("https://example.org/join?s=1", None),
            ("beehive://join?", Part("c")),
            ("beehive://join?c=k&x=5", Part("s")),
            ("beehive://join?s=https://a&x=5", Part("c")),
            ("beehive://join?s=https://a&c=&x=5", Part("c")),
            ("beehive://join?s=https://a&c=k", Part("x")),
            ("beehive://join?s=https://a&c=k&x=soon", Part("x")),
            ("beehive://join?s=https://a&c=k&x=5&f=1234", Part("f")),
            ("beehive://join?s=https://a&s=https://b&c=k&x=5", Part("s")),
            ("beehive://join?s=ftp://a&c=k&x=5", Part("s")),
            ("beehive://join?s=nonsense&c=k&x=5", Part("s")),
            ("beehive://join?s=https://a%3Fq&c=k&x=5", Part("s")),
            ("beehive://join?s=https://me:secret@a&c=k&x=5", Part("s")),
            ("beehive://join?s=http://bee.example.org&c=k&x=5", Insecure),
            ("beehive://join?s=http://8.8.8.8&c=k&x=5", Insecure),
        ] {
            assert_eq!(Invitation::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn plain_http_is_for_private_networks_only() {
        assert_eq!(Invitation::parse("beehive://join?s=https://a.example/bee/&c=k&x=5").unwrap().server, "https://a.example/bee");
        for host in ["localhost:1", "192.168.1.5", "10.0.0.2:8080", "172.16.0.9", "[::1]:9", "[fd00::1]", "bee.local", "server"] {
            assert!(Invitation::parse(&format!("beehive://join?s=http://{host}&c=k&x=5")).is_ok(), "{host}");
        }
    }

    #[test]
    fn no_text_makes_it_panic() {
        for cut in 0..120 {
            let text: String = format!("beehive://join?s=https://[::1]:7&c=%ff%&x=-5&f={F}").chars().take(cut).collect();
            let _ = Invitation::parse(&text);
        }
        let _ = Invitation::parse(&"😀beehive://join?s=".repeat(10_000));
    }
}
