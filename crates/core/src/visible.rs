//! Text that somebody else wrote, as it may be shown on a terminal or in a log.
//!
//! A title comes from a phone that may not be ours. As it is, it can clear the screen of whoever
//! lists records, change what stands above it, or show its words in another order than they have
//! (CVE-2021-42574). Here every character that would act instead of being seen is written out.

use std::{borrow::Cow, fmt::Write as _};

/// Whether a character acts, or is not seen at all, where text is shown: controls, marks of writing
/// direction, blanks without width, separators of lines. Joiners are among them, so a family of
/// emoji is shown taken apart; selectors of variants are not.
pub fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}'
        | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        && !('\u{e0100}'..='\u{e01ef}').contains(&c)
}

/// One line of text: what is hidden is written as `\u{1b}`, a line break as `\n`.
pub fn line(text: &str) -> Cow<'_, str> {
    written_out(text, |c, out| match c {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c => {
            let _ = write!(out, "\\u{{{:x}}}", c as u32);
        }
    })
}

/// A text of several lines of our own, such as a usage message that quotes what was typed: its
/// line breaks stay.
pub fn lines(text: &str) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// A JSON document: what is hidden is written as `\u009b`. It stays the same document, because
/// outside of strings JSON has nothing hidden but line breaks, which stay.
pub fn json(text: &str) -> Cow<'_, str> {
    written_out(text, |c, out| match c {
        '\n' | '\r' | '\t' => out.push(c),
        c => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                let _ = write!(out, "\\u{unit:04x}");
            }
        }
    })
}

fn written_out(text: &str, write: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { write(c, &mut out) } else { out.push(c) }
    }
    Cow::Owned(out)
}
