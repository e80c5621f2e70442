//! What a content line says: a name, its parameters and a value.
//!
//! Which of them matter is the business of `component.rs`.

use memchr::{memchr, memchr2};

/// Properties whose values are dates and times.
const TIMES: [&str; 5] = ["DTSTART", "DTEND", "EXDATE", "RDATE", "RECURRENCE-ID"];

/// A content line, taken apart; names are compared whatever their case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    parameters: &'a str,
    pub(super) value: &'a str,
}

impl<'a> Property<'a> {
    /// Takes a content line apart; none where it has no name and value.
    pub(super) fn read(line: &'a str) -> Option<Self> {
        let name_bytes = memchr2(b':', b';', line.as_bytes())?;
        let (name, rest) = line.split_at_checked(name_bytes)?;
        let is_name =
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        // No date or time has a colon, but names of zones have, and not every writer quotes them.
        let is_time = TIMES.iter().any(|it| it.eq_ignore_ascii_case(name));
        let first = unquoted(rest, b':');
        // But times with colons, which some writers write, have dashes too.
        let has_dashes = first.and_then(|at| rest.as_bytes().get(at + 5)).is_some_and(|byte| *byte == b'-');
        let colon = if is_time && !has_dashes { rest.rfind(':')? } else { first? };
        let (parameters, value) = rest.split_at_checked(colon)?;
        let parameters = parameters.strip_prefix(';').unwrap_or(parameters);
        is_name.then_some(Self { name, parameters, value: value.strip_prefix(':').unwrap_or(value) })
    }

    /// Whether it has this name, written in capitals.
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of a parameter, without its quotes.
    pub(super) fn parameter(&self, name: &str) -> Option<&'a str> {
        let mut rest = self.parameters;
        while !rest.is_empty() {
            let end = unquoted(rest, b';').unwrap_or(rest.len());
            let (one, after) = rest.split_at_checked(end)?;
            rest = after.strip_prefix(';').unwrap_or(after);
            let Some((key, value)) = one.split_once('=') else { continue };
            if key.trim().eq_ignore_ascii_case(name) {
                return Some(value.trim().trim_matches('"'));
            }
        }
        None
    }
}

/// The first `byte` that stands in no quotes.
fn unquoted(text: &str, byte: u8) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.as_bytes().get(from..)?;
        let at = memchr2(b'"', byte, rest)?;
        if rest.get(at) == Some(&byte) {
            return Some(from + at);
        }
        from += at + 1;
        from += memchr(b'"', text.as_bytes().get(from..)?)? + 1;
    }
}

/// A text value as it was before it was written down.
pub(super) fn unescape(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match (letter, letters.as_str().chars().next()) {
            ('\\', Some('n' | 'N')) => text.push('\n'),
            ('\\', Some(escaped @ (',' | ';' | '\\' | ':' | '"'))) => text.push(escaped),
            _ => {
                text.push(letter);
                continue;
            }
        }
        letters.next();
    }
    text
}

/// The first of several text values.
pub(super) fn first_of(values: &str) -> String {
    let mut is_escaped = false;
    let end = values.bytes().position(|byte| {
        let is_end = byte == b',' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    unescape(values.get(..end.unwrap_or(values.len())).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parameters_may_be_quoted() {
        let line = r#"Attendee;cn="Manager; key: accounts";PARTSTAT=DECLINED:mailto:key@acme.example"#;
        let property = Property::read(line).unwrap();
        assert!(property.is("ATTENDEE"));
        assert_eq!(property.value, "mailto:key@acme.example");
        assert_eq!(property.parameter("CN"), Some("Manager; key: accounts"));
        assert_eq!(property.parameter("partstat"), Some("DECLINED"));
        assert_eq!(property.parameter("ROLE"), None);
        let zone = Property::read("DTSTART;TZID=(UTC+01:00) Bern, Rome:20260504T110000").unwrap();
        assert_eq!((zone.parameter("TZID"), zone.value), (Some("(UTC+01:00) Bern, Rome"), "20260504T110000"));
        let dashes = Property::read("DTSTART:2026-05-04T11:00:00Z").unwrap();
        assert_eq!(dashes.value, "2026-05-04T11:00:00Z");
        for broken in ["no colon", ":no name", "two words:x", "A;B=\"never closed:x", "\u{fc}:x"] {
            assert_eq!(Property::read(broken), None, "{broken}");
        }
    }

    #[test]
    fn texts_are_unescaped() {
        assert_eq!(unescape(r"a\, b\; c\\n\nd\Ne\x\"), "a, b; c\\n\nd\ne\\x\\");
        assert_eq!(first_of(r"Key\, large,B"), "Key, large");
        assert_eq!(first_of(r"a\\,b"), "a\\");
    }

    proptest! {
        #[test]
        fn any_text_is_taken_apart(text in "\\PC{0,40}", name in "[A-Z]{1,3}") {
            unescape(&text);
            if let Some(property) = Property::read(&text) {
                property.parameter(&name);
            }
        }
    }
}
