//! What an input is written in: asked for, or known by its first bytes and its name.
//!
//! How a format is read is its own file's business.

use std::io;

use serde_json::Value;

use super::rows;
use crate::mapping::Mapping;

/// How activities are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The canonical form: one activity a line, a JSON object each.
    Ndjson,
    /// Rows with columns, and a mapping that says what they mean.
    Csv,
    /// Objects in a list or one a line, and a mapping that says what they mean.
    Json,
    /// Calendars, of RFC 5545.
    Ics,
    /// Event logs of process mining, IEEE 1849.
    Xes,
    /// Object-centric event logs, version 2.0, as JSON or XML.
    Ocel,
    /// Rows with columns, as Apache Parquet; a build without the feature `parquet` refuses it.
    Parquet,
    /// The same as Arrow IPC, a file or a stream.
    Arrow,
}

/// Names, and the endings of files that have them.
const FORMATS: [(Format, &str, &[&str]); 8] = [
    (Format::Ndjson, "ndjson", &["ndjson", "jsonl"]),
    (Format::Csv, "csv", &["csv", "tsv"]),
    (Format::Json, "json", &["json"]),
    (Format::Ics, "ics", &["ics", "ical", "icalendar"]),
    (Format::Xes, "xes", &["xes"]),
    (Format::Ocel, "ocel", &["jsonocel", "xmlocel"]),
    (Format::Parquet, "parquet", &["parquet"]),
    (Format::Arrow, "arrow", &["arrow", "arrows", "feather"]),
];

/// What an Arrow file begins with; a stream begins with the length of its first message.
pub(super) const ARROW_FILE: &[u8] = b"ARROW1\0\0";
/// What files that are no text begin with.
const BINARY: [(&[u8], Format); 3] =
    [(b"PAR1", Format::Parquet), (ARROW_FILE, Format::Arrow), (b"\xff\xff\xff\xff", Format::Arrow)];

impl Format {
    /// All of them, in the order in which they are named.
    pub fn all() -> impl Iterator<Item = Self> {
        FORMATS.into_iter().map(|(format, _, _)| format)
    }

    /// The format of a name such as `ndjson`.
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(_, known, _)| *known == name).map(|(format, _, _)| *format)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        FORMATS.iter().find(|(format, _, _)| *format == self).map_or("", |(_, name, _)| name)
    }

    /// Knows a format by the first bytes of an input, up to a block of them, and by the input's name; where there is a
    /// mapping, by whether it can be what the mapping is for.
    pub(super) fn detect(head: &[u8], name: &str, has_mapping: bool) -> io::Result<Self> {
        let mark: &[u8] = b"\xef\xbb\xbf";
        let text = head.strip_prefix(mark).unwrap_or(head).trim_ascii_start();
        if text.starts_with(b"PK\x03\x04") {
            return Err(refused("it is a zip archive: unpack it first, and give the files in it"));
        }
        if let Some((_, format)) = BINARY.iter().find(|(begin, _)| head.starts_with(begin)) {
            return Ok(*format);
        }
        let calendar: &[u8] = b"BEGIN:VCALENDAR";
        if text.get(..calendar.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(calendar)) {
            return Ok(Self::Ics);
        }
        let by_ending = by_ending(name);
        if text.starts_with(b"<") && by_ending.is_none() {
            return log_of(text);
        }
        Ok(match by_ending {
            Some(Self::Json) | None if is_ocel(text) => Self::Ocel,
            Some(Self::Ndjson) if has_mapping => by_records(text, true).unwrap_or(Self::Ndjson),
            Some(format) => format,
            None => by_records(text, has_mapping).unwrap_or(Self::Ndjson),
        })
    }
}

/// Which log the beginning of an XML file is.
fn log_of(text: &[u8]) -> io::Result<Format> {
    let has = |tag: &str| memchr::memmem::find(text, tag.as_bytes()).is_some();
    if !has("<log") && !has(":log") {
        return Err(refused("it is XML, but neither XES nor OCEL, which begin with `<log`"));
    }
    let is_ocel = ["<object-types", "<event-types", "<objects", "<events"].iter().any(|tag| has(tag));
    Ok(if is_ocel { Format::Ocel } else { Format::Xes })
}

/// Whether the beginning of a file is a JSON object with what only OCEL has; an activity of the canonical form has a kind.
fn is_ocel(text: &[u8]) -> bool {
    let has = |key: &str| memchr::memmem::find(text, key.as_bytes()).is_some();
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_activity = memchr::memmem::find(first_line, b"\"kind\"").is_some();
    text.starts_with(b"{")
        && !is_activity
        && (has("\"objectTypes\"")
            || has("\"eventTypes\"")
            || has("\"ocel:global-log\"")
            || has("\"objectId\""))
}

/// Why an input cannot be read at all.
pub(super) fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
}

/// Whether the first bytes are records that need a mapping.
fn by_records(text: &[u8], has_mapping: bool) -> Option<Format> {
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    match text.first()? {
        b'[' => Some(Format::Json),
        b'{' => match serde_json::from_slice::<Value>(first_line) {
            Ok(Value::Object(members)) => {
                let is_canonical =
                    ["id", "at", "account", "kind"].iter().all(|key| members.contains_key(*key));
                let record = Value::Object(members);
                let is_known = || Mapping::all_ready().any(|mapping| mapping.recognizes_json(&record));
                (!is_canonical && (has_mapping || is_known())).then_some(Format::Json)
            }
            // The first line of a document in several lines.
            _ => (has_mapping || first_line.trim_ascii() == b"{").then_some(Format::Json),
        },
        _ if has_mapping => Some(Format::Csv),
        _ => {
            let header = rows::header(text);
            let is_events = header.iter().any(|column| column == super::table::CASE);
            (is_events || Mapping::all_ready().any(|mapping| mapping.recognizes(&header)))
                .then_some(Format::Csv)
        }
    }
}

/// By the ending of a file's name, less that of its compression.
fn by_ending(name: &str) -> Option<Format> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let has = |ending: &&str| name.strip_suffix(*ending).is_some_and(|stem| stem.ends_with('.'));
    FORMATS.iter().find(|(_, _, endings)| endings.iter().any(has)).map(|(format, _, _)| *format)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_known_by_name_and_by_bytes() {
        for format in Format::all() {
            assert_eq!(Format::named(format.name()), Some(format));
        }
        assert_eq!(Format::named("odd"), None);
        assert_eq!(Format::detect(b"", "a.NDJSON.gz", false).unwrap(), Format::Ndjson);
        assert_eq!(Format::detect(b"{}", "<stdin>", false).unwrap(), Format::Ndjson);
        for (head, name, has_mapping, expected) in [
            ("[]", "<stdin>", false, Format::Json),
            ("{\n", "<stdin>", false, Format::Json),
            ("{\"Id\":1}\n", "<stdin>", false, Format::Ndjson),
            ("{\"dateStart\":1,\"dateEnd\":2,\"usersIds\":[]}\n", "<stdin>", false, Format::Json),
            ("{\"id\":1,\"kind\":2}\n", "<stdin>", false, Format::Ndjson),
            ("no json\n", "<stdin>", false, Format::Ndjson),
            ("Id,WhatId,StartDateTime,EndDateTime,DurationInMinutes\n", "<stdin>", false, Format::Csv),
            ("a,b\n", "<stdin>", false, Format::Ndjson),
            ("a,b\n", "<stdin>", true, Format::Csv),
            ("a\tb\n", "a.tsv.gz", false, Format::Csv),
            ("[", "a.json", false, Format::Json),
            ("\u{feff}\r\nbegin:vcalendar\r\n", "<stdin>", false, Format::Ics),
            ("BEGIN:VEVENT\n", "a.ics.gz", false, Format::Ics),
            ("BEGIN:VEVENT\n", "<stdin>", false, Format::Ndjson),
            ("{\"Id\":1}\n", "a.jsonl", false, Format::Ndjson),
            ("{\"Id\":1}\n", "a.jsonl", true, Format::Json),
            ("{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.ndjson", true, Format::Ndjson),
            ("PAR1\u{15}\u{4}", "<stdin>", false, Format::Parquet),
            ("ARROW1\0\0", "a.csv", true, Format::Arrow),
        ] {
            assert_eq!(
                Format::detect(head.as_bytes(), name, has_mapping).unwrap(),
                expected,
                "{head} {name}"
            );
        }
        assert_eq!(
            Format::detect(b"\xef\xbb\xbf<?xml version='1.0'?><log>", "x", false).unwrap(),
            Format::Xes
        );
        assert_eq!(Format::detect(b"<x:log>", "a.xml", false).unwrap(), Format::Xes);
        assert_eq!(Format::detect(b"<log><object-types>", "a.xml.gz", false).unwrap(), Format::Ocel);
        assert_eq!(Format::detect(b"{\n\"eventTypes\": []", "a.json", false).unwrap(), Format::Ocel);
        assert_eq!(
            Format::detect(br#"{"id":"objectTypes","kind":"meeting"}"#, "a.json", false).unwrap(),
            Format::Json
        );
        let html = Format::detect(b"<!doctype html><html>", "a.xml", false).unwrap_err();
        assert_eq!(html.to_string(), "it is XML, but neither XES nor OCEL, which begin with `<log`");
        let zip = Format::detect(b"PK\x03\x04", "export.zip", false).unwrap_err();
        assert_eq!(zip.to_string(), "it is a zip archive: unpack it first, and give the files in it");
    }
}
