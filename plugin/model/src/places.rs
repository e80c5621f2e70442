//! TOML to JSON, keeping the place of every key and value.

use std::ops::Range;

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

/// Reads TOML: its value as JSON, the places in it, and everything that is wrong with it.
pub fn read(text: &str) -> (Value, Vec<Place>, Vec<Fault>) {
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

struct Reader {
    places: Vec<Place>,
    faults: Vec<Fault>,
}

impl Reader {
    fn table(&mut self, table: &DeTable<'_>, field: &str) -> Value {
        let mut object = Map::new();
        for (key, value) in table {
            let name = key.get_ref();
            let field = format!("{field}/{}", name.replace('~', "~0").replace('/', "~1"));
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
