//! True and false, as programs of all sorts and people of many languages write them.
//!
//! There is one reader for all of them: fields that hold a flag, tables of `values` and the function `flag` of
//! expressions ask it alike.

/// Words for true, folded.
const TRUE: &[&str] = &[
    "true",
    "t",
    ".t.",
    ".true.",
    "yes",
    "y",
    "on",
    "x",
    "checked",
    "wahr",
    "ein",
    "ja",
    "j",
    "vrai",
    "oui",
    "verdadero",
    "si",
    "sí",
    "s",
    "vero",
    "sì",
    "verdadeiro",
    "sim",
    "waar",
    "sann",
    "sant",
    "sand",
    "tosi",
    "kyllä",
    "prawda",
    "tak",
    "pravda",
    "ano",
    "igaz",
    "igen",
    "doğru",
    "evet",
    "истина",
    "да",
    "da",
    "是",
    "はい",
    "b'1'",
    "[x]",
    "✓",
    "✔",
    "☑",
    "✅",
    "🗹",
    "🗸",
];
/// Words for false, folded.
const FALSE: &[&str] = &[
    "false",
    "f",
    ".f.",
    ".false.",
    "no",
    "n",
    "off",
    "unchecked",
    "falsch",
    "aus",
    "nein",
    "faux",
    "non",
    "falso",
    "não",
    "nao",
    "onwaar",
    "nee",
    "falskt",
    "usann",
    "usant",
    "falsk",
    "nej",
    "nei",
    "epätosi",
    "ei",
    "fałsz",
    "nie",
    "nepravda",
    "ne",
    "hamis",
    "nem",
    "yanlış",
    "hayır",
    "ложь",
    "нет",
    "nu",
    "否",
    "いいえ",
    "b'0'",
    "[ ]",
    "[]",
    "✗",
    "✘",
    "❌",
    "☐",
];
/// Words of databases and programs for a value that is not there, folded.
const NOTHING: &[&str] = &["", "null", "none", "nil", "nan", "<na>", "\\n"];

/// The words that faults name: those most people write, not all that are known.
pub(super) const KNOWN: &str = "`true`, `yes`, `1`, `x`, `on` or `false`, `no`, `0`, `off`, also in other languages \
                                (`wahr`, `vrai`, `verdadero`, `vero`, `ja`, `oui`, `si`), or nothing";

/// A word that is neither true nor false.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unknown;

/// True or false; none: there is no value.
///
/// # Errors
///
/// [`Unknown`] where it cannot be told. It never stands for false.
pub(super) fn read(text: &str) -> Result<Option<bool>, Unknown> {
    let text = text.trim_matches(|it: char| it.is_whitespace() || it == '\u{feff}' || it == '\u{fe0f}');
    // What most exports have.
    match text {
        "true" | "True" | "TRUE" | "1" => return Ok(Some(true)),
        "false" | "False" | "FALSE" | "0" => return Ok(Some(false)),
        _ => {}
    }
    if text.len() > 24 {
        return Err(Unknown);
    }
    let word = text.to_lowercase();
    let is = |words: &[&str]| words.contains(&word.as_str());
    match (is(NOTHING), is(TRUE), is(FALSE)) {
        (true, ..) => Ok(None),
        (_, true, _) => Ok(Some(true)),
        (.., true) => Ok(Some(false)),
        _ => number(&word),
    }
}

/// Spreadsheets and data frames write `1.0` and `0,00`; Access has `-1` for true.
fn number(word: &str) -> Result<Option<bool>, Unknown> {
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.,e".contains(&byte));
    match word.replacen(',', ".", 1).parse::<f64>() {
        Ok(number) if is_number && number == 0.0 => Ok(Some(false)),
        Ok(number) if is_number && number.abs() == 1.0 => Ok(Some(true)),
        _ => Err(Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_in_every_form_that_is_known() {
        let mut words: Vec<(&str, Result<Option<bool>, Unknown>)> = Vec::new();
        words.extend(TRUE.iter().map(|word| (*word, Ok(Some(true)))));
        words.extend(FALSE.iter().map(|word| (*word, Ok(Some(false)))));
        words.extend(NOTHING.iter().map(|word| (*word, Ok(None))));
        for (text, expected) in words {
            let first_large: String =
                text.chars().take(1).flat_map(char::to_uppercase).chain(text.chars().skip(1)).collect();
            for form in [text.to_owned(), first_large, text.to_uppercase(), format!(" {text}\u{a0}")] {
                // One small letter has two capitals, and so comes back as another.
                if form.to_lowercase().trim() == text {
                    assert_eq!(read(&form), expected, "{form}");
                }
            }
        }
        for (text, expected) in [
            ("1.0", Some(true)),
            ("0,00", Some(false)),
            ("-1", Some(true)),
            ("1E0", Some(true)),
            ("WAHR", Some(true)),
            ("✔\u{fe0f}", Some(true)),
            ("0.0", Some(false)),
        ] {
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_word_that_is_not_known_is_neither() {
        for text in [
            "maybe",
            "2",
            "0.5",
            "10",
            "inf",
            "-",
            "☒",
            "true false",
            "tru",
            "deleted",
            "active",
            "1,0,0",
            "e",
            ".",
        ] {
            assert_eq!(read(text), Err(Unknown), "{text}");
        }
        assert!(TRUE.iter().all(|word| !FALSE.contains(word) && !NOTHING.contains(word)));
    }
}
