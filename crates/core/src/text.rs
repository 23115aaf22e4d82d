//! How words are compared, and what counts as none: one rule for search, places, names, forms and imports.

use unicode_normalization::UnicodeNormalization;

/// The text as it is compared: forms that are only drawn otherwise are one (`３号楼` is `3号楼`, `㎡` is `m2`), so are small and capital
/// letters, and what is blank or not seen at all does not count.
pub fn folded(text: &str) -> String {
    // Lower case can make a letter of several, whose parts are drawn otherwise again.
    let lower = text.nfkc().flat_map(char::to_lowercase);
    lower.nfkc().filter(|c| !c.is_whitespace() && !is_unseen(*c)).collect()
}

/// Whether a reader sees nothing of it.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_unseen(c) || matches!(c, '\u{2800}'))
}

/// The text without what is not seen at its ends.
pub fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_unseen(c))
}

/// Signs that take no room and change only how others are drawn (`Default_Ignorable_Code_Point` of Unicode's
/// `DerivedCoreProperties.txt`), and the controls.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\0'..='\x08' | '\x0e'..='\x1f' | '\x7f'..='\u{84}' | '\u{86}'..='\u{9f}' |
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}' |
        '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' |
        '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' |
        '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::{folded, is_blank, trimmed};

    /// The table that the page's own folding (`ui/shared/src/fold.ts`) is checked against as well.
    #[derive(serde::Deserialize)]
    struct Cases {
        same: Vec<(String, String)>,
        different: Vec<(String, String)>,
    }

    #[test]
    fn what_is_only_drawn_otherwise_is_the_same() {
        let cases: Cases = serde_json::from_str(include_str!("../../../tests/fixtures/folded.json")).unwrap();
        for (typed, kept) in &cases.same {
            assert_eq!(folded(typed), *kept, "{}", typed.escape_unicode());
            assert_eq!(folded(kept), *kept, "{}: again changes nothing", kept.escape_unicode());
        }
        for (a, b) in &cases.different {
            assert_ne!(folded(a), folded(b));
        }
    }

    #[test]
    fn what_is_not_seen_is_blank() {
        for blank in [
            "",
            " \t\n",
            "\u{3000}",
            "\u{200b}\u{200c}\u{200d}\u{feff}",
            "\u{2060}\u{ad}",
            "\u{3164}\u{ffa0}",
            "\u{e0041}\0\x07",
            "\u{2800}",
        ] {
            assert!(is_blank(blank), "{}", blank.escape_unicode());
        }
        for said in ["灯", " .", "0", "👨\u{200d}👩", "…"] {
            assert!(!is_blank(said), "{said}");
        }
        assert_eq!(trimmed("\u{feff} 灯\u{200b}坏了 \u{200b}\n"), "灯\u{200b}坏了");
    }
}
