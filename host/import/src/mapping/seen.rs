//! What an expression gave before: a record that asks the same again costs one look.
//!
//! An expression knows nothing but the members it names, so that the same values give the same result. Columns that
//! filters look at have few values.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

/// Results that are kept of an expression.
const RESULTS_MAX: usize = 1_024;
/// Bytes of the values behind one result.
const KEY_BYTES_MAX: usize = 256;

/// The values that an expression asks for in one record.
#[derive(Debug)]
pub(super) struct Key(Vec<u8>);

impl Default for Key {
    fn default() -> Self {
        // Few flags and words take more.
        Self(Vec::with_capacity(64))
    }
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part<'a> {
    /// There is no such member.
    Missing,
    Null,
    Flag(bool),
    Text(&'a str),
    /// Any other value, as it is written.
    Other(&'a str),
}

impl Key {
    pub(super) fn push(&mut self, part: Part<'_>) {
        let (tag, text) = match part {
            Part::Missing => (b'-', ""),
            Part::Null => (b'0', ""),
            Part::Flag(flag) => (if flag { b't' } else { b'f' }, ""),
            Part::Text(text) => (b'"', text),
            Part::Other(text) => (b'#', text),
        };
        self.0.push(tag);
        self.0.extend(text.len().to_le_bytes());
        self.0.extend(text.as_bytes());
    }
}

/// The results of one expression.
#[derive(Debug, Default)]
pub(super) struct Seen(Mutex<BTreeMap<Vec<u8>, Value>>);

impl Seen {
    /// The result over these values, where it is known.
    pub(super) fn get(&self, key: &Key) -> Option<Value> {
        self.results().get(&key.0).cloned()
    }

    /// Keeps a result, while there is room for it.
    pub(super) fn keep(&self, key: Key, result: &Value) {
        let mut results = self.results();
        let is_small = key.0.len() <= KEY_BYTES_MAX && !matches!(result, Value::Array(_) | Value::Object(_));
        if is_small && results.len() < RESULTS_MAX {
            results.insert(key.0, result.clone());
        }
    }

    fn results(&self) -> std::sync::MutexGuard<'_, BTreeMap<Vec<u8>, Value>> {
        // It is whole after each call, also where a thread ended inside one.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
