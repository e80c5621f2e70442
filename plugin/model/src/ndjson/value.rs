//! The fields of one line as they stand, before anything is asked of them.
//!
//! One pass of serde_json, borrowing text from the line; what is not a known field is skipped without being built.

use super::names::NAMES;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// How a message about a repeated field begins; the field follows.
pub(super) const REPEATED: &str = "repeated field ";

/// A JSON value, as far as an activity needs one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) enum Value<'a> {
    #[default]
    Missing,
    Null,
    Bool(bool),
    /// Whole numbers, `45.0` among them.
    Whole(i64),
    Other(f64),
    Text(Cow<'a, str>),
    List(Vec<Value<'a>>),
    Object(Vec<(Cow<'a, str>, Value<'a>)>),
}

/// As JSON, for quoting; long ones are cut by who quotes them.
impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Missing => f.write_str("nothing"),
            Value::Null => f.write_str("null"),
            Value::Bool(flag) => write!(f, "{flag}"),
            Value::Whole(number) => write!(f, "{number}"),
            Value::Other(number) => write!(f, "{number}"),
            Value::Text(text) => f.write_str(&serde_json::to_string(text).unwrap_or_default()),
            Value::List(values) => write!(f, "a list of {}", values.len()),
            Value::Object(members) => write!(f, "an object of {}", members.len()),
        }
    }
}

/// The known fields of a line, each taken once.
#[derive(Debug)]
pub(super) struct Fields<'a>([Value<'a>; NAMES.len()]);

impl<'a> Fields<'a> {
    /// The value of a field; `Missing` where there is none.
    pub(super) fn take(&mut self, key: &str) -> Value<'a> {
        slot(key).and_then(|slot| self.0.get_mut(slot)).map(std::mem::take).unwrap_or_default()
    }
}

fn slot(key: &str) -> Option<usize> {
    NAMES.iter().position(|known| *known == key)
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields = Fields(Default::default());
        while let Some(Key(key)) = map.next_key()? {
            match slot(&key).and_then(|slot| fields.0.get_mut(slot)) {
                None => drop(map.next_value::<IgnoredAny>()?),
                Some(taken) => {
                    if *taken != Value::Missing {
                        return Err(A::Error::custom(format_args!("{REPEATED}{key}")));
                    }
                    *taken = map.next_value()?;
                }
            }
        }
        Ok(fields)
    }
}

/// A key, borrowed where it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(ValueVisitor)? {
            Value::Text(text) => Ok(Key(text)),
            _ => Err(D::Error::custom("a key is text")),
        }
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other(number as f64), Value::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        // Whole floats up to 2^53 are exact.
        if number.fract() == 0.0 && number.abs() < 9e15 {
            #[expect(clippy::cast_possible_truncation, reason = "checked in the line above")]
            return Ok(Value::Whole(number as i64));
        }
        Ok(Value::Other(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some((Key(key), value)) = map.next_entry()? {
            members.push((key, value));
        }
        Ok(Value::Object(members))
    }
}
