//! Text as names are compared: without case, without accents, and with one blank between words.

use std::ops::Range;

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// A text as it is compared, and where each of its bytes came from.
#[derive(Debug, Default)]
pub(super) struct Folded {
    text: String,
    /// For each byte of `text`, the bytes of the character in the original that it stands for.
    places: Vec<(usize, usize)>,
}

impl Folded {
    pub(super) fn of(original: &str) -> Self {
        let mut folded = Self::default();
        for (at, letter) in original.char_indices() {
            let end = at + letter.len_utf8();
            if is_between(letter) {
                folded.between(at, end);
            } else if is_unseen(letter) || is_combining_mark(letter) {
                // It belongs to the letter before it, and goes with it.
                if let Some(last) = folded.places.last_mut() {
                    last.1 = end;
                }
            } else {
                decompose_compatible(letter, |part| folded.letter(part, (at, end)));
            }
        }
        folded
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original that these of the folded text stand for.
    pub(super) fn original(&self, folded: &Range<usize>) -> Range<usize> {
        let start = self.places.get(folded.start).map_or(0, |place| place.0);
        let end =
            folded.end.checked_sub(1).and_then(|last| self.places.get(last)).map_or(start, |place| place.1);
        start..end.max(start)
    }

    /// Where a text stands as whole words.
    pub(super) fn find<'a>(&'a self, words: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        let found = self.text.match_indices(words).map(|(at, found)| at..at + found.len());
        found.filter(|range| self.is_whole(range))
    }

    /// Whether no word goes on beyond these bytes. Scripts that put no blanks between words have no such border.
    pub(super) fn is_whole(&self, range: &Range<usize>) -> bool {
        let goes_on = |letter: Option<char>, inner: Option<char>| {
            letter.is_some_and(char::is_alphanumeric) && !inner.is_some_and(is_without_blanks)
        };
        let (before, rest) = self.text.split_at_checked(range.start).unwrap_or_default();
        let (inside, after) = rest.split_at_checked(range.len()).unwrap_or_default();
        !goes_on(before.chars().next_back(), inside.chars().next())
            && !goes_on(after.chars().next(), inside.chars().next_back())
    }

    /// Whether a word begins and ends with these bytes although letters go on: a capital or a number begins another one, as in
    /// `1:1Person SevenWeekly`.
    pub(super) fn is_joined(&self, range: &Range<usize>, original: &str) -> bool {
        let place = self.original(range);
        let (before, rest) = original.split_at_checked(place.start).unwrap_or_default();
        let (inside, after) = rest.split_at_checked(place.len()).unwrap_or_default();
        let is_border = |left: Option<char>, right: Option<char>| match (left, right) {
            (Some(left), Some(right)) => {
                !left.is_alphanumeric()
                    || !right.is_alphanumeric()
                    || left.is_numeric() != right.is_numeric()
                    || (left.is_lowercase() && right.is_uppercase())
            }
            _ => true,
        };
        is_border(before.chars().next_back(), inside.chars().next())
            && is_border(inside.chars().next_back(), after.chars().next())
    }

    fn between(&mut self, at: usize, end: usize) {
        match self.places.last_mut() {
            Some(last) if self.text.ends_with(' ') => last.1 = end,
            _ => {
                self.text.push(' ');
                self.places.push((at, end));
            }
        }
    }

    fn letter(&mut self, letter: char, place: (usize, usize)) {
        if is_combining_mark(letter) {
            return;
        }
        let plain = match letter {
            'ß' | 'ẞ' => "ss",
            'ø' | 'Ø' => "o",
            'æ' | 'Æ' => "ae",
            'œ' | 'Œ' => "oe",
            'ł' | 'Ł' => "l",
            'đ' | 'Đ' | 'ð' | 'Ð' => "d",
            'ı' => "i",
            _ => "",
        };
        let before = self.text.len();
        if plain.is_empty() {
            self.text.extend(letter.to_lowercase().filter(|it| !is_combining_mark(*it)));
        } else {
            self.text.push_str(plain);
        }
        self.places.resize(self.places.len() + self.text.len() - before, place);
    }
}

/// A name as it is compared.
pub(super) fn folded(name: &str) -> String {
    Folded::of(name).text.trim().to_owned()
}

/// Whether words of this script stand side by side without blanks.
pub(super) fn is_without_blanks(letter: char) -> bool {
    matches!(u32::from(letter), 0x0e00..=0x0eff | 0x3040..=0x30ff | 0x3400..=0x9fff | 0xac00..=0xd7af | 0xf900..=0xfaff | 0x20000..=0x3ffff)
}

/// What stands between the words of a name, and of the local part of an address.
fn is_between(letter: char) -> bool {
    letter.is_whitespace()
        || matches!(
            letter,
            '.' | ',' | '_' | '-' | '\'' | '`' | '´' | '’' | '‘' | '\u{2010}'..='\u{2015}' | '·' | '・'
        )
}

/// Letters that nobody sees: soft hyphens, joiners, marks of direction.
fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_compared_without_case_accents_and_punctuation() {
        for name in [
            "Pérson-Séven",
            "person.seven",
            "PERSON,  Seven",
            "Pe\u{301}rson\u{a0}Se\u{ad}ven",
            "Ｐerson_Seven",
        ] {
            assert_eq!(folded(name), "person seven", "{name}");
        }
        assert_eq!(folded("Große Łøæ"), "grosse loae");
    }

    #[test]
    fn what_is_found_stands_somewhere_in_the_original() {
        let original = "1:1 mit Pérson,\u{a0} Séven\u{301}!";
        let folded = Folded::of(original);
        let found: Vec<_> =
            folded.find("person seven").map(|range| &original[folded.original(&range)]).collect();
        assert_eq!(found, ["Pérson,\u{a0} Séven\u{301}"]);
        assert_eq!(Folded::of("person sevenths, superson seven").find("person seven").count(), 0);
        assert_eq!(Folded::of("山田太郎さんと").find("山田太郎").count(), 1);
    }

    #[test]
    fn a_capital_or_a_number_begins_another_word() {
        for (text, is_joined) in [
            ("1:1Person Seven", true),
            ("mitPerson Seven", true),
            ("Person SevenWeekly", true),
            ("Person Seven2", true),
            ("Superson Seven", false),
            ("Person Sevenths", false),
            ("PERSON SEVENTHS", false),
        ] {
            let folded = Folded::of(text);
            let at = folded
                .text()
                .find("person seven")
                .unwrap_or_else(|| folded.text().find("erson seven").unwrap());
            let range = at..folded.text().find("seven").unwrap() + "seven".len();
            assert_eq!(folded.is_joined(&range, text), is_joined, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_place_is_one_of_the_original(text in "\\PC*") {
            let folded = Folded::of(&text);
            prop_assert_eq!(folded.places.len(), folded.text.len());
            for (at, _) in folded.text.char_indices() {
                let range = folded.original(&(at..at + 1));
                prop_assert!(text.get(range).is_some());
            }
        }
    }
}
