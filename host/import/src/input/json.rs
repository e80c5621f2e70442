//! JSON values in which no object says two things under one key; serde_json keeps the last of them without a word.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// Bytes of a key that are shown.
const KEY_BYTES_MAX: usize = 60;

/// Begins what is said of a key that is there twice.
pub(super) const TWICE: &str = "one value for the key `";

/// Bytes that a value may take in memory: small ones in a file take far more.
pub(super) const VALUE_BYTES_MAX: usize = 16 << 20;
/// About what a value, an object and a member of it take, beside their texts.
const VALUE_BYTES: usize = 32;
const OBJECT_BYTES: usize = 640;
const MEMBER_BYTES: usize = 64;

/// Reads a value whose objects have each key once, or twice with the same value; counts down what it takes.
pub(super) struct Seed<'a>(pub(super) &'a Cell<usize>);

/// What a value takes in memory, about.
pub(super) fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => VALUE_BYTES + text.len(),
        Value::Array(values) => VALUE_BYTES + values.iter().map(weight).sum::<usize>(),
        Value::Object(members) => {
            let member = |(key, value): (&String, &Value)| MEMBER_BYTES + key.len() + weight(value);
            OBJECT_BYTES + members.iter().map(member).sum::<usize>()
        }
        _ => VALUE_BYTES,
    }
}

fn parsed(bytes: &[u8]) -> serde_json::Result<Value> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Seed(&Cell::new(VALUE_BYTES_MAX)).deserialize(&mut reader)?;
    reader.end().map(|()| value)
}

/// Words of other languages that programs write where JSON has none.
const NO_VALUES: [&str; 9] = ["NaN", "nan", "Infinity", "Inf", "inf", "undefined", "None", "True", "False"];

/// Where a value stands in its input: line and column of its first byte, from 1.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stand {
    pub(super) line: u64,
    pub(super) column: u64,
}

/// Reads one value; where it cannot be read, what would be right, with the place in the input.
pub(super) fn read(bytes: &[u8], stand: Stand) -> Result<Value, String> {
    match parsed(bytes) {
        Ok(value) if value.is_object() => Ok(value),
        Ok(_) => Err("a JSON object".to_owned()),
        // Every shape is taken, so data can only be wrong in having a key twice.
        Err(error) if error.is_data() => {
            let told = error.to_string();
            Err(told.rsplit_once(" at line ").map_or(&*told, |(told, _)| told).to_owned())
        }
        Err(error) => {
            let (line, column) = (error.line() as u64, error.column() as u64);
            let column = if line <= 1 { stand.column.saturating_sub(1) + column } else { column };
            let place = format!("line {} column {column}", stand.line + line.saturating_sub(1));
            let told = error.to_string();
            let told = told.rsplit_once(" at line ").map_or(&*told, |(told, _)| told);
            Err(match no_value(bytes, error.line(), error.column()) {
                Some(word) => format!(
                    "a JSON object: {place} has `{word}`, which is no value of JSON: write `null`, a number, `true` or `false`"
                ),
                None => format!("a JSON object: {told} at {place}"),
            })
        }
    }
}

/// The word that stands where a value is expected, where it is one that programs write there.
fn no_value(bytes: &[u8], line: usize, column: usize) -> Option<&'static str> {
    let line = bytes.split(|byte| *byte == b'\n').nth(line.checked_sub(1)?)?;
    // The place is that of the first letter that is wrong, which may be within the word or behind it.
    let before = line.get(..column.min(line.len()))?;
    let begins = before.iter().rposition(|byte| matches!(byte, b':' | b',' | b'[')).map_or(0, |at| at + 1);
    let word = line.get(begins..)?.trim_ascii_start();
    let word = word.strip_prefix(b"-").or_else(|| word.strip_prefix(b"+")).unwrap_or(word);
    NO_VALUES.into_iter().find(|known| {
        let rest = word.strip_prefix(known.as_bytes());
        rest.is_some_and(|rest| !rest.first().is_some_and(u8::is_ascii_alphanumeric))
    })
}

impl Seed<'_> {
    fn spend<E: Error>(&self, bytes: usize) -> Result<(), E> {
        let told =
            || E::custom(format!("a record that takes at most {} MiB of memory", VALUE_BYTES_MAX >> 20));
        self.0.set(self.0.get().checked_sub(bytes).ok_or_else(told)?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(Seed(self.0))? {
            self.spend(VALUE_BYTES)?;
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        self.spend(OBJECT_BYTES)?;
        let mut members = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            self.spend(MEMBER_BYTES)?;
            let value = map.next_value_seed(Seed(self.0))?;
            match members.entry(key) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(entry) if *entry.get() == value => {}
                Entry::Occupied(entry) => {
                    let key = crate::text::cut(entry.key(), KEY_BYTES_MAX);
                    let told = format!("{TWICE}{key}`, which is there twice, with two");
                    return Err(A::Error::custom(told));
                }
            }
        }
        Ok(Value::Object(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_key_may_be_there_twice_with_one_value_only() {
        let told = |text: &str| {
            read(text.as_bytes(), Stand { line: 1, column: 1 }).unwrap_or_else(|told| told.into())
        };
        for (text, expected) in [
            (r#"{"a":1,"a":1,"b":[1.5,-2,true,null,"x\n"]}"#, r#"{"a":1,"b":[1.5,-2,true,null,"x\n"]}"#),
            (r#"{"a":1,"A":2}"#, r#"{"A":2,"a":1}"#),
            (r#"{"a":1,"a":2}"#, r#""one value for the key `a`, which is there twice, with two""#),
            (
                r#"{"x":[{"a":1,"\u0061":2}]}"#,
                r#""one value for the key `a`, which is there twice, with two""#,
            ),
            ("[1]", r#""a JSON object""#),
            ("{", r#""a JSON object: EOF while parsing an object at line 1 column 1""#),
        ] {
            assert_eq!(told(text).to_string(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_value_of_json_is_told_with_its_place_in_the_input() {
        let told = |text: &str| read(text.as_bytes(), Stand { line: 7, column: 3 }).unwrap_err();
        for (text, expected) in [
            (
                r#"{"a":NaN}"#,
                "line 7 column 8 has `NaN`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
            (
                "{\"a\":1,\n \"b\":[2, -Infinity]}",
                "line 8 column 11 has `Infinity`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
            (
                r#"{"a":1,"b": True}"#,
                "line 7 column 15 has `True`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
            (
                r#"{"a": nan, "b": 1}"#,
                "line 7 column 10 has `nan`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
            (r#"{"a":NaNs}"#, "expected value at line 7 column 8"),
            (r#"{"a":1,}"#, "trailing comma at line 7 column 10"),
            ("{\"a\":1\n,,}", "key must be a string at line 8 column 2"),
        ] {
            assert_eq!(told(text), format!("a JSON object: {expected}"), "{text}");
        }
    }

    proptest! {
        #[test]
        fn all_else_is_as_serde_json_reads_it(text in r#"[\[\]{}:,"0-9eE.truefalsn\\u -]{0,30}"#) {
            let theirs = serde_json::from_str::<Value>(&text);
            match parsed(text.as_bytes()) {
                Ok(ours) => prop_assert_eq!(ours, theirs.unwrap()),
                Err(error) => prop_assert!(theirs.is_err() || error.is_data()),
            }
        }
    }
}
