//! Ids as programs write them: one spelling for each, whichever program it went through.
//!
//! A column with one blank becomes floats in pandas (`7.0`), a spreadsheet shortens long numbers for good
//! (`1.23457E+11`), and Salesforce writes the same id with 15 letters in reports and with 18 everywhere else. What is no
//! such form stays as it is, letter by letter.

use memchr::memchr2;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Letters of the short and of the long form of an id of Salesforce.
const SHORT: usize = 15;
const LONG: usize = 18;
/// Up to here a float holds every whole number.
const EXACT_MAX: u64 = 1 << 53;
/// What the letters of the checksum stand for.
const CHECKSUM: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";
/// What programs write where there is nothing. Nobody is called so.
const NOTHING: &[&str] = &[
    "null",
    "nil",
    "none",
    "nan",
    "nat",
    "false",
    "undefined",
    "n/a",
    "#n/a",
    "<na>",
    "<null>",
    "(null)",
    "[null]",
    "\\n",
    "(none)",
    "(blank)",
    "-",
    "--",
    "—",
    "–",
];
/// Records of Salesforce that people have their activities about, by what their ids begin with.
const RECORDS: &[(&str, &str)] = &[
    ("001", ACCOUNT),
    ("003", "contact"),
    ("005", "user"),
    ("006", "opportunity"),
    ("00Q", "lead"),
    ("00U", "event"),
    ("058", "library"),
    ("0Q0", "quote"),
    ("500", "case"),
    ("701", "campaign"),
    ("800", "contract"),
    ("801", "order"),
];
const ACCOUNT: &str = "account";

/// What would be right where a number lost its last digits.
pub(crate) const SHORTENED: &str = "an id with all its digits: a spreadsheet or a float has shortened it, and other ids may \
                                    look the same; export the column as text";

/// Whose ids a mapping is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// Nothing is known of them.
    #[default]
    Plain,
    /// Those of Salesforce are written with 18 letters.
    Salesforce,
}

/// The spellings by the names that mappings have for them.
pub(crate) const SPELLINGS: &[(&str, Spelling)] = &[("salesforce", Spelling::Salesforce)];

/// What stands where an id should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Id {
    /// It is in its one spelling already.
    Same,
    /// Its one spelling.
    Known(String),
    /// Nothing, in whichever words.
    Nothing,
    /// A number that lost its last digits, so that it may stand for many.
    Shortened,
}

/// Reads an id.
pub(crate) fn read(text: &str, spelling: Spelling) -> Id {
    if is_nothing(text) {
        return Id::Nothing;
    }
    // Names of files of a Mac have letters and their accents apart.
    if !text.is_ascii() && is_nfc_quick(text.chars()) != IsNormalized::Yes {
        let composed: String = text.nfc().collect();
        if composed != text {
            return Id::Known(composed);
        }
    }
    // What begins with a letter is no number.
    if text.starts_with(|it: char| it.is_ascii_digit()) {
        if is_shortened(text) {
            return Id::Shortened;
        }
        if let Some(whole) = whole(text) {
            if whole.parse().is_ok_and(|number: u64| number > EXACT_MAX) || whole.len() > 19 {
                return Id::Shortened;
            }
            return Id::Known(whole.to_owned());
        }
    }
    match spelling {
        Spelling::Salesforce => salesforce(text).map_or(Id::Same, Id::Known),
        Spelling::Plain => Id::Same,
    }
}

/// Whether a text says that there is nothing.
pub(crate) fn is_nothing(text: &str) -> bool {
    text.len() <= 9 && (text.is_empty() || NOTHING.iter().any(|word| text.eq_ignore_ascii_case(word)))
}

/// Whether an id is nothing but zeros, as programs write that there is none: `0`, or a GUID of zeros.
pub(crate) fn is_zero(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b'0' | b'-')) && (text == "0" || text.len() == 36)
}

/// Whether a text is a number with digits behind its point that are not all zeros, such as the `1.2` of an outline: then
/// the `1.0` beside it is another thing than `1`.
pub(crate) fn is_decimal(text: &str) -> bool {
    let Some((whole, rest)) = text.split_once(['.', ',']) else { return false };
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    are_digits(whole) && are_digits(rest) && rest.bytes().any(|byte| byte != b'0')
}

/// Whether a text is a number as [`read`] would change it.
pub(crate) fn is_number(text: &str) -> bool {
    whole(text).is_some()
}

/// The digits before `.0`, as floats are written whose number is whole.
fn whole(text: &str) -> Option<&str> {
    let at = memchr2(b'.', b',', text.as_bytes())?;
    let (whole, rest) = (text.get(..at)?, text.get(at + 1..)?);
    // Three zeros may be thousands.
    let is_whole = matches!(rest, "0" | "00") && whole.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then_some(whole)
}

/// Whether a text is a number as spreadsheets and floats shorten it: `1.23457E+11`.
fn is_shortened(text: &str) -> bool {
    // Most ids have neither, and the first of them in another place.
    let at = memchr2(b'e', b'E', text.as_bytes());
    let Some((number, power)) = at.and_then(|at| Some((text.get(..at)?, text.get(at + 1..)?))) else {
        return false;
    };
    let power = power.strip_prefix('+').unwrap_or_default();
    let (whole, rest) = number.split_once(['.', ',']).unwrap_or((number, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    whole.len() == 1 && are_digits(rest) && (2..=3).contains(&power.len()) && are_digits(power)
}

/// An id of Salesforce with 18 letters; none: the text has not the form of one, or is one already.
///
/// What has 18 letters and is all in lower case was folded on its way: its checksum tells the capitals.
pub(crate) fn salesforce(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    match bytes.len() {
        SHORT if has_form(bytes) => Some(format!("{text}{}", checksum(bytes)?)),
        LONG if has_form(bytes.get(..SHORT)?) && !bytes.iter().any(u8::is_ascii_uppercase) => unfolded(bytes),
        _ => None,
    }
}

/// What a text is the id of, where it has the form of an id of Salesforce: `opportunity`, or `record` where its prefix is
/// not known.
pub(crate) fn salesforce_record(text: &str) -> Option<&'static str> {
    let is_long = text.len() == LONG && text.as_bytes().iter().all(u8::is_ascii_alphanumeric);
    let is_id = (text.len() == SHORT || is_long) && has_form(text.as_bytes().get(..SHORT)?);
    let known = RECORDS.iter().find(|(prefix, _)| text.starts_with(prefix));
    is_id.then(|| known.map_or("record", |(_, name)| *name))
}

/// What a record of Salesforce is by the prefix of its id, or of others.
pub(crate) fn kind_of(text: &str) -> &'static str {
    RECORDS.iter().find(|(prefix, _)| text.starts_with(prefix)).map_or("record", |(_, name)| *name)
}

/// Whether it is the id of an account of Salesforce, or no id at all but a name. In a column of ids it is no name.
pub(crate) fn may_be_account(text: &str, column: &str) -> bool {
    let is_other = |prefix: &str| RECORDS.iter().any(|(known, name)| *known == prefix && *name != ACCOUNT);
    let by_prefix = column.ends_with("Id") && text.get(..3).is_some_and(is_other);
    !by_prefix && salesforce_record(text).is_none_or(|record| record == ACCOUNT)
}

/// Letters and digits, with a digit at the beginning (`a0B` for what an organization made itself) and some more: a name
/// of fifteen letters has none.
fn has_form(short: &[u8]) -> bool {
    let begins = matches!(short, [first, ..] if first.is_ascii_digit())
        || matches!(short, [b'a', second, ..] if second.is_ascii_digit());
    let digits = short.iter().filter(|byte| byte.is_ascii_digit()).count();
    begins && digits >= 3 && short.iter().all(u8::is_ascii_alphanumeric)
}

/// Three letters, each for five: which of them are capitals.
fn checksum(short: &[u8]) -> Option<String> {
    let letter = |five: &[u8]| {
        let bits = five.iter().rev().fold(0, |bits, byte| bits << 1 | usize::from(byte.is_ascii_uppercase()));
        CHECKSUM.get(bits).copied().map(char::from)
    };
    short.chunks(5).map(letter).collect()
}

/// The capitals that the checksum of a folded id tells; none where they stand for no letters.
fn unfolded(long: &[u8]) -> Option<String> {
    let (short, suffix) = long.split_at_checked(SHORT)?;
    let mut text = String::new();
    for (five, letter) in short.chunks(5).zip(suffix) {
        let bits = CHECKSUM.iter().position(|known| *known == letter.to_ascii_uppercase())?;
        for (at, byte) in five.iter().enumerate() {
            let is_capital = bits >> at & 1 == 1;
            if is_capital && !byte.is_ascii_lowercase() {
                return None;
            }
            text.push(char::from(if is_capital { byte.to_ascii_uppercase() } else { *byte }));
        }
    }
    text.extend(suffix.iter().map(|byte| char::from(byte.to_ascii_uppercase())));
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read_as(spelling: Spelling, text: &str) -> String {
        match read(text, spelling) {
            Id::Same => text.to_owned(),
            Id::Known(id) => id,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_number_is_one_id_however_it_is_written() {
        for (text, id) in [
            ("7", "7"),
            ("7.0", "7"),
            ("1042,0", "1042"),
            ("mu\u{308}ller", "müller"),
            ("007.0", "007"),
            ("123456789012345.0", "123456789012345"),
            ("12345678901234567.0", "Shortened"),
            ("123456789012345678901234567890.0", "Shortened"),
            ("1.23457E+11", "Shortened"),
            ("1,23E+15", "Shortened"),
            ("1.2345678901234568e+17", "Shortened"),
            ("1E+11", "Shortened"),
            ("1.2345678901234569e+23", "Shortened"),
            ("Cafe\u{301}", "Caf\u{e9}"),
            ("NaN", "Nothing"),
            ("None", "Nothing"),
            ("\\N", "Nothing"),
            ("<NA>", "Nothing"),
            ("False", "Nothing"),
            ("-", "Nothing"),
        ] {
            assert_eq!(read_as(Spelling::Plain, text), id, "{text}");
        }
    }

    #[test]
    fn what_looks_like_one_of_these_forms_stays() {
        for text in [
            "7.5",
            "1.0.0",
            "7.000",
            "7.",
            ".0",
            "v7.0",
            "-7.0",
            "0",
            "007",
            "12E45",
            "1E10",
            "1.5E3",
            "1.5e+x",
            "12.5E+11",
            "1.23E+1",
            "Nathan Ltd",
            "Nonesuch",
            "Falsetto",
            "NaNa",
            "0.0.1",
            "7.0 Ltd",
            "1 000.0",
        ] {
            assert_eq!(read_as(Spelling::Plain, text), text);
        }
    }

    #[test]
    fn an_id_of_salesforce_is_written_with_eighteen_letters() {
        for (text, id) in [
            ("001D000000IqhSL", "001D000000IqhSLIAZ"),
            ("0012000000VwJvA", "0012000000VwJvAAAV"),
            ("00530000003xqAb", "00530000003xqAbAAI"),
            ("00530000003xqAbAAI", "00530000003xqAbAAI"),
            ("00530000003xqabaai", "00530000003xqAbAAI"),
            ("a0B1x00000AbCdE", "a0B1x00000AbCdEEAV"),
            // Made up, with another checksum: nothing says that it is one at all.
            ("0015g00000A0001AAA", "0015g00000A0001AAA"),
            // Names, and ids of others.
            ("MaplestoneSport", "MaplestoneSport"),
            ("001A", "001A"),
            ("001200000-VwJvA", "001200000-VwJvA"),
            ("4f0c9d4ab1e04a7", "4f0c9d4ab1e04a7AAA"),
        ] {
            assert_eq!(read_as(Spelling::Salesforce, text), id, "{text}");
            assert_eq!(read_as(Spelling::Plain, text), text);
        }
        let records =
            ["0065g00000A0001AAA", "701000000000001", "0015g00000A0001", "a0B1x00000AbCdE", "001A", "Maple"];
        let told = records.map(salesforce_record);
        let expected = [Some("opportunity"), Some("campaign"), Some("account"), Some("record"), None, None];
        assert_eq!(told, expected);
        assert!(!may_be_account("006A", "WhatId") && may_be_account("006A", "Account.Name"));
        assert_eq!(records.map(|id| may_be_account(id, "account")), [false, false, true, false, true, true]);
    }

    proptest! {
        #[test]
        fn one_spelling_is_the_spelling_of_itself_and_no_two_ids_become_one(short in "0[0-9][0-9A-Za-z][0-9A-Za-z]{12}") {
            let Some(long) = salesforce(&short) else { return Ok(()) };
            prop_assert_eq!(long.get(..SHORT), Some(&*short));
            prop_assert_eq!(read_as(Spelling::Salesforce, &long), long.clone());
            prop_assert_eq!(read_as(Spelling::Salesforce, &long.to_ascii_lowercase()), long);
        }
    }
}
