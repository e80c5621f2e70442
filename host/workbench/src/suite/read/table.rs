//! Tables whose values are taken one by one; what does not fit is told with its place.

use std::fmt::Display;
use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use redtape_model::problem::{Problem, escaped};
use redtape_model::text::cut;

/// Most mistakes that are told of one file.
const FAULTS_MAX: usize = 100;
/// Bytes of what was found that are shown.
const FOUND_BYTES_MAX: usize = 80;

/// What is wrong with a file.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<Problem>);

impl Faults {
    pub(super) fn add(&mut self, field: impl Into<String>, found: &str, expected: &str) {
        if self.0.len() < FAULTS_MAX {
            let found = cut(found, FOUND_BYTES_MAX).to_owned();
            self.0.push(Problem { line: 0, field: field.into(), found, expected: expected.to_owned() });
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn take(self) -> Vec<Problem> {
        self.0
    }
}

/// A table, and where it stands.
#[derive(Debug)]
pub(super) struct Table<'a> {
    fields: Option<&'a Map<String, Value>>,
    at: String,
}

impl<'a> Table<'a> {
    pub(super) fn of(value: &'a Value, at: impl Into<String>) -> Self {
        Self { fields: value.as_object(), at: at.into() }
    }

    pub(super) fn at(&self) -> &str {
        &self.at
    }

    /// JSON Pointer of a key.
    pub(super) fn place(&self, key: &str) -> String {
        format!("{}/{}", self.at, escaped(key))
    }

    pub(super) fn get(&self, key: &str) -> Option<&'a Value> {
        self.fields?.get(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn fields(&self) -> Map<String, Value> {
        self.fields.cloned().unwrap_or_default()
    }

    /// Every other key is a fault.
    pub(super) fn known(&self, keys: &[&str], faults: &mut Faults) {
        for key in self.fields.into_iter().flat_map(Map::keys).filter(|key| !keys.contains(&key.as_str())) {
            let names: Vec<String> = keys.iter().map(|name| format!("`{name}`")).collect();
            faults.add(self.place(key), key, &format!("a known key: one of {}", names.join(", ")));
        }
    }

    pub(super) fn text(&self, key: &str, faults: &mut Faults) -> Option<String> {
        let read = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        self.read(key, faults, read, "text that is not empty")
    }

    /// Text that may be empty.
    pub(super) fn any_text(&self, key: &str, faults: &mut Faults) -> Option<String> {
        self.read(key, faults, |value| value.as_str().map(str::to_owned), "text")
    }

    pub(super) fn flag(&self, key: &str, faults: &mut Faults) -> Option<bool> {
        self.read(key, faults, Value::as_bool, "true or false")
    }

    pub(super) fn whole(&self, key: &str, range: RangeInclusive<u32>, faults: &mut Faults) -> Option<u32> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        let read =
            |value: &Value| u32::try_from(value.as_u64()?).ok().filter(|number| range.contains(number));
        self.read(key, faults, read, expected)
    }

    pub(super) fn number(&self, key: &str, range: RangeInclusive<f64>, faults: &mut Faults) -> Option<f64> {
        let expected = format!("a number from {} to {}", range.start(), range.end());
        self.read(key, faults, |value| value.as_f64().filter(|number| range.contains(number)), expected)
    }

    pub(super) fn one_of<T: Copy>(&self, key: &str, names: &[(&str, T)], faults: &mut Faults) -> Option<T> {
        let known: Vec<String> = names.iter().map(|(name, _)| format!("`{name}`")).collect();
        let read = |value: &Value| Some(names.iter().find(|(name, _)| Some(*name) == value.as_str())?.1);
        self.read(key, faults, read, format!("one of {}", known.join(", ")))
    }

    pub(super) fn table(&self, key: &str, faults: &mut Faults) -> Option<Table<'a>> {
        let value = self.get(key)?;
        if !value.is_object() {
            faults.add(self.place(key), &value.to_string(), "a table");
        }
        Some(Table::of(value, self.place(key)))
    }

    /// A list of tables; one table alone is a list of one.
    pub(super) fn tables(&self, key: &str, faults: &mut Faults) -> Vec<Table<'a>> {
        let place = self.place(key);
        let Some(value) = self.get(key) else { return Vec::new() };
        let entries = match value {
            Value::Array(entries) => {
                entries.iter().zip(0..).map(|(it, at)| (it, format!("{place}/{at}"))).collect()
            }
            one => vec![(one, place)],
        };
        for (entry, place) in entries.iter().filter(|(entry, _)| !entry.is_object()) {
            faults.add(place, &entry.to_string(), "a table, or a list of tables");
        }
        entries.into_iter().map(|(entry, place)| Table::of(entry, place)).collect()
    }

    fn read<T>(
        &self,
        key: &str,
        faults: &mut Faults,
        read: impl Fn(&Value) -> Option<T>,
        expected: impl Display,
    ) -> Option<T> {
        let value = self.get(key)?;
        let read = read(value);
        if read.is_none() {
            faults.add(self.place(key), &value.to_string(), &expected.to_string());
        }
        read
    }
}
