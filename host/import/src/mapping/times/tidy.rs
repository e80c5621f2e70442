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
    // Whether what follows belongs to a part that a sign has begun, whatever blanks are between.
    let mut is_joined = false;
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter.is_whitespace() {
            if !is_joined && !plain.ends_with(' ') {
                plain.push(' ');
            }
            continue;
        }
        is_joined = false;
        let is_before_digit = || letters.clone().find(|it| !it.is_whitespace()).is_some_and(is_digit);
        match letter {
            // Marks of direction, joiners, a byte order mark.
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' => {}
            '\u{2010}'..='\u{2012}' | '\u{2212}' => plain.push('-'),
            '年' | '月' | '년' | '월' if is_before_digit() => {
                plain.push('-');
                is_joined = true;
            }
            '日' | '일' => plain.push(' '),
            '時' | '时' | '시' => {
                plain.push_str(if is_before_digit() { ":" } else { ":00" });
                is_joined = true;
            }
            '分' | '분' => {
                plain.push_str(if is_before_digit() { ":" } else { "" });
                is_joined = true;
            }
            '秒' | '초' => {}
            // Letters of full width, and digits of Arabic and Persian.
            '\u{ff01}'..='\u{ff5e}' => plain.extend(moved(letter, 0xff01, '!')),
            '\u{660}'..='\u{669}' => plain.extend(moved(letter, 0x660, '0')),
            '\u{6f0}'..='\u{6f9}' => plain.extend(moved(letter, 0x6f0, '0')),
            letter => plain.push(letter),
        }
    }
    plain.truncate(plain.trim_end().len());
    let leading = plain.len() - plain.trim_start().len();
    plain.drain(..leading);
    Cow::Owned(plain)
}

fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit() || matches!(letter, '\u{ff10}'..='\u{ff19}')
}

/// The letter that stands as far behind `to` as this one behind `from`.
fn moved(letter: char, from: u32, to: char) -> Option<char> {
    char::from_u32(u32::from(letter) - from + u32::from(to))
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
            ("2026年5月4日14時30分", "2026-5-4 14:30"),
            ("2026년 5월 4일 오후 2시", "2026-5-4 오후 2:00"),
            ("２０２６/０５/０４ ０９：３０", "2026/05/04 09:30"),
            ("٢٠٢٦-٠٥-٠٤", "2026-05-04"),
            ("2026-05-04 09:30 \u{2212}0500", "2026-05-04 09:30 -0500"),
            ("4 mai 2026", "4 mai 2026"),
        ] {
            assert_eq!(tidied(text), expected, "{text}");
        }
        assert_eq!(with_plain_halves("2:10\u{202f}p.m."), "2:10 PM");
        assert_eq!(with_plain_halves("2:10 A. M."), "2:10 AM");
    }
}
