//! What a column, a path or an expression has: nothing, a text, or what has parts.

use std::borrow::Cow;

use serde_json::Value;

use crate::cells;

/// What was found, and what is not known.
pub(super) enum Found<'a> {
    Absent,
    Text(Cow<'a, str>),
    /// A list or an object.
    Nest(Cow<'a, Value>),
}

/// What a value of JSON says.
pub(super) fn plain(value: &Value) -> Found<'_> {
    match value {
        Value::Null => Found::Absent,
        Value::Bool(flag) => Found::Text(Cow::Borrowed(if *flag { "true" } else { "false" })),
        // With the sign that others write, so that a number that lost its last digits is known as one.
        Value::Number(number) if number.is_f64() => Found::Text(Cow::Owned(signed(&number.to_string()))),
        Value::Number(number) => Found::Text(Cow::Owned(number.to_string())),
        Value::String(text) => match cells::said(text) {
            "" => Found::Absent,
            text => Found::Text(Cow::Borrowed(text)),
        },
        nest => Found::Nest(Cow::Borrowed(nest)),
    }
}

/// A number with the sign of its power, whether or not one is written.
fn signed(number: &str) -> String {
    match number.split_once(['e', 'E']) {
        Some((digits, power)) if !power.starts_with(['+', '-']) => format!("{digits}e+{power}"),
        _ => number.to_owned(),
    }
}
