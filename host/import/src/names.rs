//! Who is named in an input, beside what becomes activities.
//!
//! An activity knows people by their ids. Exports and calendars often say what those people are called as well, and titles call
//! them that. Whoever writes something that names nobody has to know these names, and has no other use for them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Bytes of names that are kept; those of a company with some hundred thousand people.
pub const NAMES_BYTES_MAX: usize = 16 << 20;

/// Gathers names while inputs are read; complete once they have ended. Clones gather together.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<Mutex<Held>>);

#[derive(Debug, Default)]
struct Held {
    seen: BTreeSet<(String, String)>,
    /// Not handed on yet.
    new: Vec<Named>,
    columns: BTreeSet<String>,
    bytes: usize,
    is_full: bool,
}

/// Somebody, and what an input calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// As activities name them; empty: no activity is known to.
    pub id: String,
    /// As people write it, such as `Person Seven`, or a mail address.
    pub name: String,
}

impl Names {
    /// Takes down what the person of this id is called; an empty id: nobody knows which person that is.
    pub fn see(&self, id: &str, name: &str) {
        let name = name.trim();
        if name.is_empty() || id == name {
            return;
        }
        let mut held = self.held();
        let bytes = id.len() + name.len();
        let pair = (id.to_owned(), name.to_owned());
        if held.seen.contains(&pair) {
            return;
        }
        if held.bytes + bytes > NAMES_BYTES_MAX {
            held.is_full = true;
            return;
        }
        held.bytes += bytes;
        held.new.push(Named { id: id.to_owned(), name: name.to_owned() });
        held.seen.insert(pair);
    }

    /// Takes down a column or property that holds people: what is quoted of it may name somebody.
    pub fn column(&self, name: &str) {
        let mut held = self.held();
        if !held.columns.contains(name) {
            held.columns.insert(name.to_owned());
        }
    }

    /// Whether a column or property holds people.
    pub fn is_column(&self, name: &str) -> bool {
        self.held().columns.contains(name)
    }

    /// What was seen since this was last asked, in the order in which it was seen.
    pub fn take_new(&self) -> Vec<Named> {
        std::mem::take(&mut self.held().new)
    }

    /// Whether there were more names than are kept.
    pub fn is_full(&self) -> bool {
        self.held().is_full
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_told_once_and_nobody_is_called_as_their_id() {
        let names = Names::default();
        let also = names.clone();
        names.see("u7", " Person Seven ");
        also.see("u7", "Person Seven");
        also.see("u7", "P. Seven");
        names.see("u8", "u8");
        names.see("u8", " ");
        let told = |names: &Names| -> Vec<String> {
            names.take_new().into_iter().map(|it| format!("{}={}", it.id, it.name)).collect()
        };
        assert_eq!(told(&names), ["u7=Person Seven", "u7=P. Seven"]);
        names.see("u7", "Person Seven");
        assert!(told(&also).is_empty());
    }

    #[test]
    fn more_than_fit_are_not_kept_and_that_is_known() {
        let names = Names::default();
        let long = "x".repeat(NAMES_BYTES_MAX / 2 - 1);
        names.see("a", &long);
        names.see("b", &long);
        assert!(!names.is_full());
        names.see("c", "One More");
        assert!(names.is_full());
        assert_eq!(names.take_new().len(), 2);
    }
}
