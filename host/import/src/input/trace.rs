//! What all process logs come down to: traces, the events of each, and what is said of both.
//!
//! How a format writes them down is its reader's business, and what they mean to redtape is in `handover`.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;

use super::counts::Reason;
use super::faults::Faults;
use crate::mapping::folded_alike;

/// The activity of an event, and the name of a trace; XES names it so, and other formats are told the same way.
pub(crate) const NAME: &str = "concept:name";
/// When an event happened.
pub(crate) const TIME: &str = "time:timestamp";
/// Who did it.
pub(crate) const RESOURCE: &str = "org:resource";
/// The role in which it was done.
pub(crate) const ROLE: &str = "org:role";
/// The unit that did it.
pub(crate) const GROUP: &str = "org:group";

/// Attributes of one trace or event.
pub(super) const ATTRIBUTES_MAX: usize = 1_000;
/// Bytes of one trace with its events while it is looked at.
pub(super) const TRACE_BYTES_MAX: usize = 24 << 20;
/// Names of attributes that are kept once for all; further ones take memory each time.
const KEYS_MAX: usize = 10_000;

/// Reads a log trace by trace.
pub(crate) trait Traces: Send {
    /// The next trace; none at the end.
    ///
    /// # Errors
    ///
    /// Where the rest cannot be read: a text that says where and why.
    fn next(&mut self) -> io::Result<Option<Trace>>;

    /// What was wrong with single records since it was asked last, by their lines.
    fn faults(&mut self) -> Faults {
        Faults::default()
    }

    /// What was taken for granted, a sentence each, once all traces are read.
    fn remarks(&mut self) -> Vec<String> {
        Vec::new()
    }

    /// Events that are parts of no trace, with the reason, once all traces are read.
    fn left_out(&mut self) -> Option<(u64, Reason)> {
        None
    }

    /// Whether the format asks for the events of a trace in the order in which they happened.
    fn is_ordered(&self) -> bool {
        false
    }
}

/// A case with what happened in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Trace {
    /// Line on which it begins; from 1.
    pub(crate) line: u64,
    pub(crate) attributes: Attributes,
    /// As in the file.
    pub(crate) events: Vec<Event>,
}

impl Trace {
    /// Bytes it takes, about.
    pub(super) fn bytes(&self) -> usize {
        let events: usize =
            self.events.iter().map(|event| event.attributes.bytes() + size_of::<Event>()).sum();
        self.attributes.bytes() + events + size_of::<Self>()
    }
}

/// One thing that happened.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Event {
    /// Line on which it begins; from 1.
    pub(crate) line: u64,
    pub(crate) attributes: Attributes,
}

/// Named texts, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Attributes(Vec<(Arc<str>, Box<str>)>);

impl Attributes {
    /// The value of a name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| **known == *name).map(|(_, value)| &**value)
    }

    /// The value of a name, exactly or else regardless of case, blanks and punctuation; none where two fit alike.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.get(name).or_else(|| {
            let mut alike = self.iter().filter(|(known, _)| folded_alike(known, name));
            let (_, value) = alike.next()?;
            alike.next().is_none().then_some(value)
        })
    }

    /// All names with their values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// Adds a value; of two of one name the first counts.
    pub(super) fn add(&mut self, name: Arc<str>, value: &str) {
        if self.get(&name).is_none() {
            self.0.push((name, value.into()));
        }
    }

    /// Adds what is not there yet; about how many bytes that takes.
    pub(super) fn fill(&mut self, other: Self) -> usize {
        let before = self.bytes();
        for (name, value) in other.0 {
            if self.get(&name).is_none() {
                self.0.push((name, value));
            }
        }
        self.bytes() - before
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Bytes they take, about.
    pub(super) fn bytes(&self) -> usize {
        self.0.iter().map(|(_, value)| value.len() + size_of::<(Arc<str>, Box<str>)>()).sum()
    }
}

/// The names of attributes, each kept once.
#[derive(Debug, Default)]
pub(super) struct Keys(BTreeSet<Arc<str>>);

impl Keys {
    pub(super) fn of(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let key: Arc<str> = name.into();
        if self.0.len() < KEYS_MAX {
            self.0.insert(Arc::clone(&key));
        }
        key
    }
}
