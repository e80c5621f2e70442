//! TOML to JSON, keeping the place of every key and value.

use std::ops::Range;

use crate::problem::escaped;
use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where a key and its value stand in the text.
#[derive(Clone, Debug)]
pub struct Place {
    /// JSON Pointer.
    pub field: String,
    /// Bytes of the key; of the value, for elements of arrays.
    pub key: Range<usize>,
    /// Bytes of the value.
    pub value: Range<usize>,
    /// Whether the value is a table, whose bytes say little.
    pub is_table: bool,
}

/// A place and what is wrong there.
pub type Fault = (Range<usize>, String);

/// Lists and tables inside each other; the parser takes a hundred times the bytes of a text that is all brackets.
const LEVELS_MAX: usize = 64;

/// Reads TOML: its value as JSON, the places in it, and everything that is wrong with it.
pub fn read(text: &str) -> (Value, Vec<Place>, Vec<Fault>) {
    if let Some(at) = too_deep(text) {
        let told = format!("too deep: at most {LEVELS_MAX} lists and tables inside each other");
        return (Value::Null, Vec::new(), vec![(at..at + 1, told)]);
    }
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reader = Reader { places: Vec::new(), faults: Vec::new() };
    let value = reader.table(table.get_ref(), "");
    let told = errors.iter().map(|error| {
        // Where the text ends too early, the place is its end.
        (error.span().unwrap_or(text.len()..text.len()), error.message().to_owned())
    });
    reader.faults.extend(told);
    (value, reader.places, reader.faults)
}

/// The bracket with which a text goes deeper than it may; brackets in texts and comments are none.
fn too_deep(text: &str) -> Option<usize> {
    let (mut levels, mut at) = (0_usize, 0);
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let behind = |end: &str, from: usize| {
            let found = rest.get(from..).and_then(|rest| rest.find(end));
            found.map_or(rest.len(), |found| from + found + end.len())
        };
        at += match rest.as_bytes().first()? {
            b'#' => behind("\n", 0),
            b'\'' if rest.starts_with("'''") => behind("'''", 3),
            // A text of one line ends with it, whatever is wrong with it.
            b'\'' => behind("'", 1).min(behind("\n", 0)),
            b'"' => quoted(rest),
            b'[' | b'{' => {
                levels += 1;
                1
            }
            b']' | b'}' => {
                levels = levels.saturating_sub(1);
                1
            }
            _ => rest.find(['#', '\'', '"', '[', ']', '{', '}']).unwrap_or(rest.len()),
        };
        if levels > LEVELS_MAX {
            return Some(at - 1);
        }
    }
    None
}

/// Bytes of the text in quotes that begins here, in several lines or in one.
fn quoted(text: &str) -> usize {
    const LONG: &str = "\"\"\"";
    let is_long = text.starts_with(LONG);
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(if is_long { LONG.len() } else { 1 }) {
        let is_end = match byte {
            _ if is_escaped => false,
            b'"' => !is_long || text.get(at..).is_some_and(|rest| rest.starts_with(LONG)),
            b'\n' => !is_long,
            _ => false,
        };
        if is_end {
            return at + if is_long { LONG.len() } else { 1 };
        }
        is_escaped = byte == b'\\' && !is_escaped;
    }
    text.len()
}

struct Reader {
    places: Vec<Place>,
    faults: Vec<Fault>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, field: &str) -> Value {
        let mut object = Map::new();
        for (key, value) in table {
            let name = key.get_ref();
            let field = format!("{field}/{}", escaped(name));
            let value = self.value(value, key.span(), field);
            object.insert(name.clone().into_owned(), value);
        }
        Value::Object(object)
    }

    fn value(&mut self, value: &Spanned<DeValue<'_>>, key: Range<usize>, field: String) -> Value {
        let span = value.span();
        let place =
            Place { field: field.clone(), key, value: span.clone(), is_table: value.get_ref().is_table() };
        self.places.push(place);
        match value.get_ref() {
            DeValue::String(text) => Value::String(text.clone().into_owned()),
            DeValue::Boolean(on) => Value::Bool(*on),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Number(number.into()),
                Err(_) => self.fault(span, "integer is too large: must fit 64 bits"),
            },
            DeValue::Float(number) => match number.as_str().parse().ok().and_then(Number::from_f64) {
                Some(number) => Value::Number(number),
                None => self.fault(span, "number is not finite"),
            },
            // JSON has no dates; the plugin says what it would have liked.
            DeValue::Datetime(at) => Value::String(at.to_string()),
            DeValue::Array(array) => {
                let element = |(at, value): (usize, &Spanned<DeValue<'_>>)| {
                    self.value(value, value.span(), format!("{field}/{at}"))
                };
                Value::Array(array.iter().enumerate().map(element).collect())
            }
            DeValue::Table(table) => self.table(table, &field),
        }
    }

    fn fault(&mut self, span: Range<usize>, message: &str) -> Value {
        self.faults.push((span, message.to_owned()));
        Value::Null
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_deep_is_refused_before_it_is_parsed() {
        let told = |text: &str| read(text).2.into_iter().next();
        let deep = |levels: usize| format!("a = {}1{}\n", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(told(&deep(LEVELS_MAX)), None);
        let (place, message) = told(&deep(LEVELS_MAX + 1)).unwrap();
        let expected = (68..69, "too deep: at most 64 lists and tables inside each other");
        assert_eq!((place, message.as_str()), expected);
        let begun = "[[a]]\n".to_owned() + &"[{a=".repeat(40);
        for text in ["[".repeat(1 << 20), "{".repeat(1 << 20), begun] {
            assert!(told(&text).unwrap().1.starts_with("too deep"));
        }
        // In texts and comments they are letters.
        let brackets = "[".repeat(100);
        for text in [
            format!("a = \"{brackets}\""),
            format!("a = '{brackets}'"),
            format!("a = \"\\\"{brackets}\" # it's {brackets}\nb = 1"),
            format!("a = \"\"\"\n\"{brackets}\\\"\"\"\"\nb = '''\n'{brackets}'''"),
            format!("# don't {brackets}\na = 1"),
        ] {
            assert_eq!(told(&text), None, "{text}");
        }
        let many: String = (0..200).map(|at| format!("[[c]]\na = [[{at}]]\n")).collect();
        assert_eq!(told(&many), None);
    }
}
