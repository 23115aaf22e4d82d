//! What strangers write is shown, never obeyed.

use beehive_core::visible::{is_hidden, json, line, lines};

#[test]
fn what_acts_is_written_out() {
    for (text, shown) in [
        ("门禁坏了 🙂 ❤\u{fe0f}", "门禁坏了 🙂 ❤\u{fe0f}"),
        ("\u{1b}[2J\u{1b}]0;x\u{7}", "\\u{1b}[2J\\u{1b}]0;x\\u{7}"),
        ("\u{9b}31m", "\\u{9b}31m"),
        ("一\n二\r三\t四", "一\\n二\\r三\\t四"),
        ("a\u{202e}b\u{2066}c\u{200f}", "a\\u{202e}b\\u{2066}c\\u{200f}"),
        ("零\u{200b}宽\u{feff}", "零\\u{200b}宽\\u{feff}"),
        ("\u{e0041}", "\\u{e0041}"),
        ("葛\u{e0100}", "葛\u{e0100}"),
    ] {
        assert_eq!(line(text), shown);
    }
    assert_eq!(lines("usage:\n  \u{1b}[31m"), "usage:\n  \\u{1b}[31m");
}

#[test]
fn json_stays_the_same_document() {
    let all: String = (0..=0x10_ffff_u32).filter_map(char::from_u32).collect();
    let document = serde_json::json!({ "title": all, "\u{9b}\u{202e}": ["\u{e0041}\n"] });
    for text in [serde_json::to_string(&document).unwrap(), serde_json::to_string_pretty(&document).unwrap()] {
        let shown = json(&text);
        assert!(!shown.contains(|c| is_hidden(c) && c != '\n'));
        assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), document);
    }
}
