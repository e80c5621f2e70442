//! Text for terminals: user data made harmless, widths as they are shown, lines broken at words.
//!
//! Knows nothing of what the text says.

#[cfg(feature = "text")]
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` without anything that a terminal would obey: control characters and marks that reorder text are shown as
/// escapes, a tab as a space.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push(' '),
            '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2028}'
            | '\u{2029}' => {
                shown.extend(character.escape_unicode());
            }
            it if it.is_control() => shown.extend(it.escape_default()),
            it => shown.push(it),
        }
    }
    shown
}

/// The beginning of `text`: `bytes_max` bytes at most, cut at a character border.
pub fn cut(text: &str, bytes_max: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes_max)).unwrap_or(text)
}

/// Columns that `text` takes.
#[cfg(feature = "text")]
pub fn width(text: &str) -> usize {
    UnicodeWidthStr::width(text)
}

/// `text` in lines of at most `columns`, broken at spaces, or inside a word that is too long.
#[cfg(feature = "text")]
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() && width(&line) + 1 + width(word) > columns {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        let mut used = width(&line);
        for character in word.chars() {
            let more = character.width().unwrap_or(0);
            if used + more > columns {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(character);
            used += more;
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// `1234567` as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3 weeks`, `1 week`: a number with its noun, which takes an `s`.
pub fn counted(number: u64, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{} {stem}ies", grouped(number)),
        _ => format!("{} {noun}s", grouped(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_obeyed() {
        assert_eq!(
            printable("a\x1b[2Jb\tc\u{202e}d\u{9b}\u{7f}é"),
            "a\\u{1b}[2Jb c\\u{202e}d\\u{9b}\\u{7f}é"
        );
    }

    #[test]
    fn text_is_cut_at_a_character_border() {
        assert_eq!([cut("ab", 2), cut("aé", 2), cut("é", 0)], ["ab", "a", ""]);
    }

    #[test]
    #[cfg(feature = "text")]
    fn lines_are_broken_by_what_is_shown() {
        assert_eq!(wrap("five of  the words", 8), ["five of", "the", "words"]);
        assert_eq!(wrap("漢字漢字 ab", 5), ["漢字", "漢字", "ab"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(wrap(" ", 3), Vec::<String>::new());
    }

    #[test]
    fn numbers_are_told_with_their_noun() {
        assert_eq!([0, 999, 1000, 36_669].map(grouped), ["0", "999", "1,000", "36,669"]);
        assert_eq!(
            [(1, "activity"), (2, "activity"), (2, "day")].map(|(n, noun)| counted(n, noun)),
            ["1 activity", "2 activities", "2 days"]
        );
    }
}
