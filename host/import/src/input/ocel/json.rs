//! OCEL as JSON: the lists of objects and events, record by record, in whatever order they stand.

use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::super::json::{Seed, VALUE_BYTES_MAX};
use super::super::plain::Plain;
use super::{Log, Record};
use crate::error::{refused, too_large};

/// What is said of the version before.
const OLD: &str = "it is OCEL 1.0: write it as OCEL 2.0 first, such as with pm4py";
/// Bytes of one object or event, and of everything between them.
const RECORD_BYTES_MAX: usize = 4 << 20;

pub(super) fn read(plain: Plain) -> io::Result<Log> {
    let place = Place { line: Cell::new(1), left: Cell::new(RECORD_BYTES_MAX) };
    let mut log = Log { stored: plain.stored(), ..Log::default() };
    let mut reader = serde_json::Deserializer::from_reader(Watched { plain, place: &place });
    let mark = Root { log: &mut log, place: &place };
    mark.deserialize(&mut reader).and_then(|()| reader.end()).map_err(|error| {
        match error.io_error_kind() {
            Some(io::ErrorKind::FileTooLarge) => {
                let told = format!("an object or event of more than {} MiB", RECORD_BYTES_MAX >> 20);
                too_large(RECORD_BYTES_MAX as u64, format!("line {}: {told}", place.line.get()))
            }
            Some(kind) => io::Error::new(kind, format!("after line {}: {error}", place.line.get())),
            None if error.is_eof() => refused(format!("the file was cut off: {error}")),
            None if error.to_string().starts_with(OLD) => refused(OLD),
            None => refused(format!("it is no OCEL 2.0: {error}")),
        }
    })?;
    Ok(log)
}

/// How far a file has been read.
struct Place {
    line: Cell<u64>,
    /// Bytes that the record being read may still take.
    left: Cell<usize>,
}

/// Counts lines, and what one record takes of the file.
struct Watched<'a> {
    plain: Plain,
    place: &'a Place,
}

impl Read for Watched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let place = self.place;
        if place.left.get() == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        // Asked for byte by byte, so that a line is where the reader is.
        let byte = self.plain.fill_buf()?.first().copied();
        let (Some(byte), Some(to)) = (byte, buffer.first_mut()) else { return Ok(0) };
        *to = byte;
        self.plain.consume(1);
        place.left.set(place.left.get() - 1);
        place.line.set(place.line.get() + u64::from(byte == b'\n'));
        Ok(1)
    }
}

/// The outermost object.
struct Root<'a> {
    log: &'a mut Log,
    place: &'a Place,
}

impl<'de> DeserializeSeed<'de> for Root<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Root<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with `events` and `objects`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut has_events = false;
        while let Some(key) = map.next_key::<String>()? {
            match &*key {
                "events" | "objects" => {
                    let is_event = key == "events";
                    has_events |= is_event;
                    map.next_value_seed(List { log: self.log, place: self.place, is_event })?;
                }
                "ocel:events" | "ocel:objects" | "ocel:global-log" => {
                    return Err(A::Error::custom(OLD));
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
            self.place.left.set(RECORD_BYTES_MAX);
        }
        if has_events { Ok(()) } else { Err(A::Error::custom("it has no `events`")) }
    }
}

/// A list of objects or events.
struct List<'a> {
    log: &'a mut Log,
    place: &'a Place,
    is_event: bool,
}

impl<'de> DeserializeSeed<'de> for List<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_event { "a list of events" } else { "a list of objects" })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element_seed(Seed(&Cell::new(VALUE_BYTES_MAX)))? {
            self.place.left.set(RECORD_BYTES_MAX);
            let record = record(&value, self.place.line.get());
            let added = if self.is_event { self.log.add_event(record) } else { self.log.add_object(record) };
            added.map_err(A::Error::custom)?;
        }
        Ok(())
    }
}

/// What a record says; what it lacks stays empty, and is found later. `line` is where it ends.
fn record(value: &Value, line: u64) -> Record {
    let at = |value: &Value, key: &str| text(value.get(key).unwrap_or(&Value::Null));
    let list = |key: &str| value.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    Record {
        line,
        id: at(value, "id"),
        kind: at(value, "type"),
        time: at(value, "time"),
        attributes: list("attributes").iter().map(|it| (at(it, "name"), at(it, "value"))).collect(),
        related: list("relationships").iter().map(|it| at(it, "objectId")).collect(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
