//! Texts of an export as the values of fields: what can stand in a field, and what would be right.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::fields::Shape;
use super::flags;
use super::names::listed;
use super::times;

/// Whether a text can stand in a field; else what can.
pub(super) fn fits(shape: Shape, text: &str) -> Result<(), String> {
    match shape {
        Shape::Choice(words) if !words.contains(&text) => {
            Err(format!("one of {}", listed(words.iter().copied())))
        }
        Shape::Flag if flags::read(text).is_err() => Err("`true` or `false`".to_owned()),
        Shape::Number(min) if whole(text, min).is_none() => Err(format!("a whole number from {min} on")),
        Shape::Time if !times::is_known(text) => Err("a time such as `2026-05-09 14:30`".to_owned()),
        _ => Ok(()),
    }
}

/// What a value means by a table, or what `other` says; none: it stands for nothing that is known.
pub(super) fn tabled<'t>(
    values: &BTreeMap<String, String>,
    other: Option<&String>,
    text: &str,
) -> Result<Option<Cow<'t, str>>, String> {
    // CRMs do not agree with themselves on how they write such words.
    let alike = || values.iter().find(|(key, _)| is_alike(key, text)).map(|(_, value)| value.as_str());
    // A table from true and false knows them however they are written.
    let flag = || {
        if !values.contains_key("true") && !values.contains_key("false") {
            return None;
        }
        match flags::read(text).ok()? {
            Some(flag) => values.get(if flag { "true" } else { "false" }).map(String::as_str),
            None => Some(""),
        }
    };
    // Warehouses write whole numbers as floats.
    let whole = || values.get(text.strip_suffix(".0")?).map(String::as_str);
    let exact = values.get(text).map(String::as_str);
    match exact.or_else(whole).or_else(alike).or_else(flag).or(other.map(String::as_str)) {
        Some(value) => {
            Ok(Some(value).filter(|value| !value.is_empty()).map(|value| Cow::Owned(value.to_owned())))
        }
        None => {
            let known = listed(values.keys().map(String::as_str));
            Err(format!("one of {known}: add it to `values`, or say `other`"))
        }
    }
}

/// Whether two words are one, regardless of case, blanks and punctuation: `Won't Do`, `WONT_DO`. In numbers these count.
fn is_alike(word: &str, other: &str) -> bool {
    let letters = |word: &str| {
        let letters = word.chars().filter(|it| it.is_alphanumeric()).flat_map(char::to_lowercase);
        letters.collect::<String>()
    };
    word.eq_ignore_ascii_case(other)
        || (word.contains(char::is_alphabetic) && {
            let letters = (letters(word), letters(other));
            letters.0 == letters.1
        })
}

/// A whole number of at least `min`.
pub(super) fn whole(text: &str, min: u32) -> Option<i64> {
    // Warehouses write whole numbers as floats; three zeros may be thousands as well.
    let digits = text.split_once(['.', ',']).map_or(text, |(whole, rest)| {
        let is_float = rest.len() != 3 && rest.bytes().all(|it| it == b'0');
        if is_float { whole } else { "" }
    });
    let number: u32 = digits.parse().ok()?;
    (number >= min).then_some(i64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_knows_a_word_however_it_is_written_and_no_other() {
        let table = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
                .collect::<BTreeMap<_, _>>()
        };
        let words = table(&[
            ("Won't Do", "no"),
            ("Not Held", "off"),
            ("?", ""),
            ("-1", "less"),
            ("2", "two"),
            ("Résolu", "yes"),
        ]);
        let other = "else".to_owned();
        for (text, expected) in [
            ("Won't Do", Some("no")),
            ("WONT_DO", Some("no")),
            ("won\u{2019}t do", Some("no")),
            ("not-held", Some("off")),
            ("RÉSOLU", Some("yes")),
            ("?", None),
            ("2.0", Some("two")),
            ("-1", Some("less")),
        ] {
            assert_eq!(tabled(&words, None, text).unwrap().as_deref(), expected, "{text}");
        }
        for text in ["Will do", "Do", "", "1", "2.5", "20", "!"] {
            assert!(tabled(&words, None, text).unwrap_err().starts_with("one of `-1`, `2`, `?`"), "{text}");
            assert_eq!(tabled(&words, Some(&other), text).unwrap().as_deref(), Some("else"), "{text}");
        }
    }

    #[test]
    fn words_and_numbers_are_read_as_people_write_them() {
        let numbers =
            ["3", "3.0", "3,00", "3.000", "3.5", "0", "-1", "4294967296", "x"].map(|text| whole(text, 1));
        assert_eq!(numbers, [Some(3), Some(3), Some(3), None, None, None, None, None, None]);
        let choice = Shape::Choice(&["held", "planned"]);
        assert_eq!(fits(choice, "held"), Ok(()));
        assert_eq!(fits(choice, "Held"), Err("one of `held`, `planned`".to_owned()));
    }
}
