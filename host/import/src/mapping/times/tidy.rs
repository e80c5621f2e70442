//! Texts of times in plain characters: one sort of blank, and nothing that cannot be seen.

use std::borrow::Cow;

/// A text with plain blanks, one at a time, and plain signs.
///
/// Browsers put narrow and no-break blanks before `PM`, and marks of direction between the parts of a date.
pub(super) fn tidied(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    if text.is_ascii() && !text.contains("  ") && !text.bytes().any(|byte| byte.is_ascii_control()) {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            _ if letter.is_whitespace() => {
                if !plain.ends_with(' ') {
                    plain.push(' ');
                }
            }
            // Marks of direction, joiners, a byte order mark.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            '\u{2010}'..='\u{2012}' | '\u{2212}' => plain.push('-'),
            '年' | '月' => plain.push('-'),
            '日' => plain.push(' '),
            letter => plain.push(letter),
        }
    }
    plain.truncate(plain.trim_end().len());
    let leading = plain.len() - plain.trim_start().len();
    plain.drain(..leading);
    Cow::Owned(plain)
}

/// The same with `AM` and `PM` for `a.m.`, `p. m.` and the like, which patterns do not know.
pub(super) fn with_plain_halves(text: &str) -> String {
    let mut text = tidied(text).into_owned();
    for (written, plain) in [
        ("a.m.", "AM"),
        ("p.m.", "PM"),
        ("a. m.", "AM"),
        ("p. m.", "PM"),
        ("am.", "AM"),
        ("pm.", "PM"),
        ("a.m", "AM"),
        ("p.m", "PM"),
    ] {
        // Of the same length in capitals, as ASCII is.
        if let Some(at) = text.to_ascii_lowercase().find(written) {
            text.replace_range(at..at + written.len(), plain);
            break;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_become_plain_and_the_rest_stays() {
        for (text, expected) in [
            ("2026-05-04 09:30", "2026-05-04 09:30"),
            (" 5/14/2026,\u{a0}2:10:22\u{202f}PM ", "5/14/2026, 2:10:22 PM"),
            ("\u{200e}5/\u{200e}14/2026 \u{2009} 9:00", "5/14/2026 9:00"),
            ("2026年5月4日 9:30", "2026-5-4 9:30"),
            ("2026-05-04 09:30 \u{2212}0500", "2026-05-04 09:30 -0500"),
            ("4 mai 2026", "4 mai 2026"),
        ] {
            assert_eq!(tidied(text), expected, "{text}");
        }
        assert_eq!(with_plain_halves("2:10\u{202f}p.m."), "2:10 PM");
        assert_eq!(with_plain_halves("2:10 A. M."), "2:10 AM");
    }
}
