//! OCEL 2.0, object-centric event logs, in JSON and XML: what happened to the objects of one type.
//!
//! Events and objects come in any order and name each other, so the whole log is held, up to a limit. How it is
//! written is `json`'s and `markup`'s business.

use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::counts::Reason;
use super::faults::{Fault, Faults};
use super::plain::{Plain, Stored};
use super::trace::{Attributes, Event, Keys, NAME, TIME, Trace, Traces};
use crate::error::refused;

use crate::text::counted;

mod json;
mod markup;

/// Types that a message lists.
const LISTED_MAX: usize = 20;
/// Begins the name of an attribute that names a related object of some type.
const RELATED: &str = "object:";

/// A log, held.
#[derive(Debug, Default)]
pub(super) struct Log {
    /// In the order of the file, with the line each begins on.
    objects: Vec<Entry>,
    events: Vec<Entry>,
    /// Where each object is, by its id.
    places: BTreeMap<Arc<str>, usize>,
    /// Which events an object has part in, in the order of the file.
    parts: BTreeMap<usize, Vec<usize>>,
    keys: Keys,
    bytes: usize,
    stored: Stored,
    faults: Faults,
}

/// An object or an event.
#[derive(Debug)]
struct Entry {
    line: u64,
    kind: Arc<str>,
    id: Arc<str>,
    attributes: Attributes,
    /// Ids of objects.
    related: Vec<Arc<str>>,
}

/// An object or an event as it was read.
#[derive(Debug, Default)]
struct Record {
    line: u64,
    id: String,
    kind: String,
    /// Of events.
    time: String,
    attributes: Vec<(String, String)>,
    related: Vec<String>,
}

impl Log {
    /// Reads a whole log.
    ///
    /// # Errors
    ///
    /// Where it is no OCEL 2.0, or larger than what is held: a text that says where.
    pub(super) fn read(mut plain: Plain) -> io::Result<Self> {
        let head = plain.fill_buf()?;
        let mark: &[u8] = b"\xef\xbb\xbf";
        let is_xml = head.strip_prefix(mark).unwrap_or(head).trim_ascii_start().starts_with(b"<");
        let mut log = if is_xml { markup::read(plain)? } else { json::read(plain)? };
        for (event, entry) in log.events.iter().enumerate() {
            for object in &entry.related {
                if let Some(place) = log.places.get(object) {
                    let events = log.parts.entry(*place).or_default();
                    // An event may name an object twice, in two roles.
                    if events.last() != Some(&event) {
                        events.push(event);
                    }
                }
            }
        }
        Ok(log)
    }

    fn add_object(&mut self, record: Record) -> io::Result<()> {
        if let Some(entry) = self.entry(record)? {
            let place = self.objects.len();
            self.places.entry(Arc::clone(&entry.id)).or_insert(place);
            self.objects.push(entry);
        }
        Ok(())
    }

    fn add_event(&mut self, record: Record) -> io::Result<()> {
        let time = record.time.clone();
        if let Some(mut entry) = self.entry(record)? {
            entry.attributes.add(self.keys.of(TIME), &time);
            self.events.push(entry);
        }
        Ok(())
    }

    fn entry(&mut self, record: Record) -> io::Result<Option<Entry>> {
        let Record { line, id, kind, attributes: written, related, .. } = record;
        for (field, value) in [("id", &id), ("type", &kind)] {
            if value.is_empty() {
                let fault =
                    Fault { field: field.to_owned(), found: String::new(), expected: "a text".to_owned() };
                self.faults.push(line, fault);
                return Ok(None);
            }
        }
        let mut attributes = Attributes::default();
        for (name, value) in [("id", &id), ("type", &kind)] {
            attributes.add(self.keys.of(name), value);
        }
        for (name, value) in &written {
            attributes.add(self.keys.of(name), value);
        }
        let related: Vec<Arc<str>> = related.iter().map(|id| self.id(id)).collect();
        self.bytes += attributes.bytes() + size_of::<Entry>() + related.len() * size_of::<Arc<str>>();
        if self.bytes as u64 > self.stored.held_max() {
            let told = format!(
                "line {line}: the log takes more than {} MiB: split it by time",
                self.stored.held_max() >> 20
            );
            return Err(refused(told));
        }
        Ok(Some(Entry { line, kind: self.keys.of(&kind), id: self.id(&id), attributes, related }))
    }

    /// An id, kept once where its object is known.
    fn id(&mut self, id: &str) -> Arc<str> {
        match self.places.get_key_value(id) {
            Some((known, _)) => Arc::clone(known),
            None => {
                self.bytes += id.len();
                id.into()
            }
        }
    }

    /// What is said where events or objects name objects that the log does not hold.
    fn unknown(&self) -> Option<String> {
        let entries = self.events.iter().chain(&self.objects);
        let named = entries.flat_map(|entry| entry.related.iter().map(move |id| (entry.line, id)));
        let mut unknown = named.filter(|(_, id)| !self.places.contains_key(*id));
        let (line, first) = unknown.next()?;
        let count = counted(1 + unknown.count() as u64, "time");
        let first = super::shortened(first);
        Some(format!(
            "an object is named that the log does not hold: {count}, first `{first}` on line {line}"
        ))
    }

    /// How many events belong to no object of these types; none: all do.
    fn untouched(&self, kinds: &[&str]) -> Option<(u64, Reason)> {
        let object = |id: &Arc<str>| self.places.get(id).and_then(|place| self.objects.get(*place));
        let belongs = |entry: &&Entry| {
            entry.related.iter().filter_map(object).any(|object| kinds.contains(&&*object.kind))
        };
        let untouched = self.events.iter().filter(|event| !belongs(event)).count() as u64;
        let names: Vec<String> = kinds.iter().map(|kind| format!("`{}`", super::shortened(kind))).collect();
        let reason = format!("that belong to no object of type {}", names.join(" or "));
        (untouched > 0).then_some((untouched, reason.into()))
    }

    /// Which types of objects and events there are, for somebody who has to choose.
    pub(super) fn types(&self) -> String {
        let told = |entries: &[Entry]| {
            let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
            for entry in entries {
                *counts.entry(&entry.kind).or_default() += 1;
            }
            let shown = counts
                .iter()
                .take(LISTED_MAX)
                .map(|(kind, count)| format!("`{}` ({count})", super::shortened(kind)));
            let shown: Vec<String> = shown.collect();
            let more = counts.len().saturating_sub(LISTED_MAX);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            if shown.is_empty() { "none".to_owned() } else { format!("{}{more}", shown.join(", ")) }
        };
        format!("types of objects are {}; types of events are {}", told(&self.objects), told(&self.events))
    }
}

/// The objects of one type, each a trace.
pub(super) struct Objects {
    log: Arc<Log>,
    kind: String,
    next: usize,
    keys: Keys,
    /// Whether it tells what is wrong in the log, and how many events belong to no trace.
    tells: bool,
    has_told: bool,
    untouched: Option<(u64, Reason)>,
}

impl Objects {
    /// # Errors
    ///
    /// Where no object is of this type: which types there are.
    pub(super) fn of(log: Arc<Log>, kind: &str, kinds: Option<&[&str]>) -> io::Result<Self> {
        if !log.objects.iter().any(|object| *object.kind == *kind) {
            let told = format!("no object is of type `{}`: {}", super::shortened(kind), log.types());
            return Err(refused(told));
        }
        let untouched = kinds.and_then(|kinds| log.untouched(kinds));
        let (tells, kind) = (kinds.is_some(), kind.to_owned());
        Ok(Self { log, kind, next: 0, keys: Keys::default(), tells, has_told: false, untouched })
    }

    fn trace(&mut self, place: usize, object: &Entry) -> Trace {
        let log = Arc::clone(&self.log);
        let mut trace =
            Trace { line: object.line, attributes: object.attributes.clone(), events: Vec::new() };
        trace.attributes.add(self.keys.of(NAME), &object.id);
        self.relate(&object.related, &mut trace.attributes);
        for event in log.parts.get(&place).into_iter().flatten().filter_map(|event| log.events.get(*event)) {
            let mut attributes = event.attributes.clone();
            attributes.add(self.keys.of(NAME), &event.kind);
            self.relate(&event.related, &mut attributes);
            trace.events.push(Event { line: event.line, attributes });
        }
        trace
    }

    /// Adds the first related object of each type.
    fn relate(&mut self, related: &[Arc<str>], attributes: &mut Attributes) {
        for id in related {
            let object = self.log.places.get(id).and_then(|place| self.log.objects.get(*place));
            if let Some(object) = object {
                attributes.add(self.keys.of(&format!("{RELATED}{}", object.kind)), id);
            }
        }
    }
}

impl Traces for Objects {
    fn next(&mut self) -> io::Result<Option<Trace>> {
        let log = Arc::clone(&self.log);
        while let Some(object) = log.objects.get(self.next) {
            self.next += 1;
            if *object.kind == *self.kind {
                return Ok(Some(self.trace(self.next - 1, object)));
            }
        }
        Ok(None)
    }

    fn remarks(&mut self) -> Vec<String> {
        if self.tells { self.log.unknown().into_iter().collect() } else { Vec::new() }
    }

    fn left_out(&mut self) -> Option<(u64, Reason)> {
        self.untouched.take()
    }

    fn faults(&mut self) -> Faults {
        if !std::mem::replace(&mut self.has_told, true) && self.tells {
            self.log.faults.clone()
        } else {
            Faults::default()
        }
    }
}
