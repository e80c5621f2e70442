//! `account` and `at` of a line, found in one look that ends as soon as both are known.
//!
//! They are what serde_json reads of the first fields of these names, also where the line breaks further on: whether
//! it is an activity is for the plugin to say.

use std::borrow::Cow;
use std::ops::Range;

use serde::de::{Deserialize, IgnoredAny};
use serde_json::Deserializer;
use xxhash_rust::xxh3::xxh3_64;

use redtape_model::ndjson::plain::plain_bytes;

use crate::calendar::{self, Instant};

/// What the host has to know of a line.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Fields<'a> {
    /// None: there is no such field, or it is no text, or the line breaks before it.
    pub(super) account: Option<Cow<'a, str>>,
    /// The same, as it is written.
    pub(super) at: Option<Cow<'a, str>>,
}

impl Fields<'_> {
    /// `at` as an instant of the contract.
    pub(super) fn instant(&self) -> Option<Instant> {
        self.at.as_deref().and_then(calendar::parse)
    }

    /// A hash of `account`, the same in every run; 0 where there is none.
    pub(super) fn account_hash(&self) -> u64 {
        self.account.as_deref().map_or(0, |name| xxh3_64(name.as_bytes()))
    }
}

/// Reads the fields of a line.
pub(super) fn read(line: &str) -> Fields<'_> {
    let mut fields = Fields::default();
    // Where the line breaks is where the look ends.
    Look { line, at: 0 }.fields(&mut fields).unwrap_or(());
    fields
}

/// Where the value of `account` stands in a line, its quotes included; none: there is none, or it is no text.
pub(super) fn account_place(line: &str) -> Option<Range<usize>> {
    let mut look = Look { line, at: 0 };
    look.take(b'{')?;
    loop {
        let is_account = look.text()? == "account";
        look.take(b':')?;
        look.space();
        let from = look.at;
        if is_account {
            look.text()?;
            return Some(from..look.at);
        }
        look.value()?;
        look.take(b',')?;
    }
}

/// A look at a line, and how far it has come.
struct Look<'a> {
    line: &'a str,
    at: usize,
}

impl<'a> Look<'a> {
    fn fields(&mut self, found: &mut Fields<'a>) -> Option<()> {
        self.take(b'{')?;
        loop {
            let key = self.text()?;
            self.take(b':')?;
            match &*key {
                "at" if found.at.is_none() => found.at = Some(self.text()?),
                "account" if found.account.is_none() => found.account = Some(self.text()?),
                _ => self.value()?,
            }
            if found.at.is_some() && found.account.is_some() {
                return Some(());
            }
            self.take(b',')?;
        }
    }

    /// Takes `byte`, and white space before it.
    fn take(&mut self, byte: u8) -> Option<()> {
        self.space();
        let is_next = self.line.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(is_next);
        is_next.then_some(())
    }

    /// Takes a text, borrowed where it has no escapes.
    fn text(&mut self) -> Option<Cow<'a, str>> {
        self.space();
        match self.plain_text() {
            Some(place) => self.line.get(place).map(Cow::Borrowed),
            None => self.parse().map(Cow::Owned),
        }
    }

    /// Takes any value.
    fn value(&mut self) -> Option<()> {
        self.space();
        self.plain_text().map(drop).or_else(|| self.parse().map(|IgnoredAny| ()))
    }

    /// Takes a text without escapes, and gives its place; leaves anything else where it is.
    fn plain_text(&mut self) -> Option<Range<usize>> {
        let (quote, inside) = self.line.as_bytes().get(self.at..)?.split_first()?;
        let length = plain_bytes(inside);
        let is_text = *quote == b'"' && inside.get(length) == Some(&b'"');
        let from = self.at + 1;
        is_text.then(|| {
            self.at = from + length + 1;
            from..from + length
        })
    }

    /// Takes what serde_json takes for one value.
    fn parse<T: Deserialize<'a>>(&mut self) -> Option<T> {
        let mut values = Deserializer::from_str(self.line.get(self.at..)?).into_iter();
        let value = values.next()?.ok()?;
        self.at += values.byte_offset();
        Some(value)
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\n' | b'\t' | b'\r') = self.line.as_bytes().get(self.at) {
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::de::{Deserializer as _, Error, MapAccess, Visitor};

    /// The same look, by serde_json alone.
    struct Slow<'a>(&'a mut Fields<'static>);

    impl<'de> Visitor<'de> for Slow<'_> {
        type Value = ();

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<String>()? {
                let field = match key.as_str() {
                    "at" if self.0.at.is_none() => &mut self.0.at,
                    "account" if self.0.account.is_none() => &mut self.0.account,
                    _ => {
                        map.next_value::<IgnoredAny>()?;
                        continue;
                    }
                };
                *field = Some(Cow::Owned(map.next_value()?));
                if self.0.at.is_some() && self.0.account.is_some() {
                    return Err(A::Error::custom("both are known"));
                }
            }
            Ok(())
        }
    }

    fn slowly(line: &str) -> Fields<'static> {
        let mut fields = Fields::default();
        Deserializer::from_str(line).deserialize_map(Slow(&mut fields)).unwrap_or_default();
        fields
    }

    #[track_caller]
    fn check(line: &str, at: Option<&str>, account: Option<&str>) {
        let expected = Fields { at: at.map(Cow::Borrowed), account: account.map(Cow::Borrowed) };
        assert_eq!((read(line), slowly(line)), (expected.clone(), expected), "{line}");
    }

    #[test]
    fn a_field_is_the_first_of_its_name() {
        let (at, acme) = (Some("2026-01-01T00:00:00Z"), Some("acme"));
        check(r#"{"id":"a","at":"2026-01-01T00:00:00Z","account":"acme"}"#, at, acme);
        check(r#" { "account" : "acme" ,	"x":[1,{"at":2}],"at":"2026-01-01T00:00:00Z" } "#, at, acme);
        check(r#"{"\u0061t":"2026-01-01T00:00:00\u005a","account":"\u0061cme"}"#, at, acme);
        check(r#"{"t":"\",\"at\":\"x","u":"at","at":"2026-01-01T00:00:00Z","account":"acme"}"#, at, acme);
        check(r#"{"of":{"at":"x","account":"y"},"at":"2026-01-01T00:00:00Z","account":"acme"}"#, at, acme);
        check(r#"{"at":"2026-01-01T00:00:00Z","at":"x","account":"acme","account":"y"}"#, at, acme);
        check(r#"{"at":"yesterday"}"#, Some("yesterday"), None);
    }

    #[test]
    fn the_look_ends_where_the_line_breaks() {
        for line in
            ["", "{}", "[]", "\u{feff}{}", r#"["2026-01-01T00:00:00Z"]"#, r#"{"at":1,"account":"acme"}"#]
        {
            check(line, None, None);
        }
        check(r#"{"at":"then""#, Some("then"), None);
        check(r#"{"at":"then" "account":"acme"}"#, Some("then"), None);
        check(r#"{"at":"then","n":01,"account":"acme"}"#, Some("then"), None);
        check(r#"{"at":"then","n":1"account":"acme"}"#, Some("then"), None);
        check(r#"{"at":"then","id":nope,"account":"acme"}"#, Some("then"), None);
        check("{\"at\":\"then\",\"id\":\"a\tb\",\"account\":\"acme\"}", Some("then"), None);
        check(r#"{"at":"then","id":"\x","account":"acme"}"#, Some("then"), None);
        check(r#"{"at":"then","account":"acme",nonsense"#, Some("then"), Some("acme"));
        let deep = format!("{{\"x\":{}{},\"at\":\"then\"}}", "[".repeat(10_000), "]".repeat(10_000));
        check(&deep, Some("then"), None);
    }

    /// Lines as they should be, and lines as nobody would write them.
    fn line() -> impl Strategy<Value = String> {
        let space = "|| |\t|\r| \t ";
        let text = prop_oneof![
            Just("2026-01-01T00:00:00Z".to_owned()),
            Just("at".to_owned()),
            Just("account".to_owned()),
            "[a-z]{0,20}",
            r#"(\\[\\"/bfnrt]|\\u00[0-7][0-9a-f]|\\ud83d\\ude00|\\ud800|\\x|\PC|\t){0,4}"#,
        ];
        let quoted = text.prop_map(|text| format!("\"{text}\""));
        let leaf = prop_oneof![
            4 => quoted.clone(),
            1 => "-?(0|[1-9][0-9]{0,3})(\\.[0-9]{1,3})?([eE][+-]?[0-9]{1,3})?",
            1 => "true|false|null|nope|01|1\\.|[+-]|",
        ];
        let value = leaf.prop_recursive(3, 12, 3, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(|list| format!("[{}]", list.join(","))),
                inner.prop_map(|value| format!("{{\"at\":{value},\"account\":\"inner\"}}")),
            ]
        });
        let key = prop_oneof![
            3 => Just("\"at\"".to_owned()),
            3 => Just("\"account\"".to_owned()),
            1 => Just("\"\\u0061t\"".to_owned()),
            2 => quoted,
        ];
        let member = (space, key, space, value, space)
            .prop_map(|(a, key, b, value, c)| format!("{a}{key}{b}:{b}{value}{c}"));
        prop::collection::vec(member, 0..6).prop_map(|members| format!("{{{}}}", members.join(",")))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 8192, ..ProptestConfig::default() })]

        #[test]
        fn hostile_lines_are_read_as_serde_json_reads_them(
            line in line(),
            from in any::<prop::sample::Index>(),
            length in 0..3usize,
            other in prop_oneof![Just(String::new()), "[{}\\[\\]:,\"\\\\ \u{0}-\u{1f}]", "\\PC", Just("\u{feff}".to_owned())],
            cut in prop::option::of(any::<prop::sample::Index>()),
        ) {
            prop_assert_eq!(read(&line), slowly(&line));
            let account = account_place(&line).map(|place| serde_json::from_str::<String>(&line[place]).unwrap());
            if let Some(read) = read(&line).account {
                prop_assert_eq!(account, Some(read.into_owned()));
            }
            // Some bytes are replaced, put in or taken out, or the end is missing.
            let mut bytes = line.into_bytes();
            let from = from.index(bytes.len());
            bytes.splice(from..(from + length).min(bytes.len()), other.bytes());
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len() + 1));
            }
            let broken = String::from_utf8_lossy(&bytes);
            prop_assert_eq!(read(&broken), slowly(&broken));
        }
    }
}
