//! What an input is written in: asked for, or known by its first bytes and its name.
//!
//! How a format is read is its own file's business.

use std::io;

/// How activities are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The canonical form: one activity a line, a JSON object each.
    Ndjson,
    /// Event logs of process mining, IEEE 1849.
    Xes,
    /// Object-centric event logs, version 2.0, as JSON or XML.
    Ocel,
}

/// Names, and the endings of files that have them.
const FORMATS: [(Format, &str, &[&str]); 3] = [
    (Format::Ndjson, "ndjson", &["ndjson", "jsonl"]),
    (Format::Xes, "xes", &["xes"]),
    (Format::Ocel, "ocel", &["jsonocel", "xmlocel"]),
];

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

    /// Knows a format by the first bytes of an input, up to a block of them, and by the input's name.
    pub(super) fn detect(head: &[u8], name: &str) -> io::Result<Self> {
        let mark: &[u8] = b"\xef\xbb\xbf";
        let text = head.strip_prefix(mark).unwrap_or(head).trim_ascii_start();
        if text.starts_with(b"PK\x03\x04") {
            return Err(refused("it is a zip archive: unpack it first, and give the files in it"));
        }
        match (by_ending(name), text.first()) {
            (Some(format), _) => Ok(format),
            (None, Some(b'<')) => log_of(text),
            (None, Some(b'{')) if is_ocel(text) => Ok(Self::Ocel),
            (None, _) => Ok(Self::Ndjson),
        }
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

/// Whether a JSON object has what only OCEL has; an activity of the canonical form has a kind.
fn is_ocel(text: &[u8]) -> bool {
    let has = |key: &str| memchr::memmem::find(text, key.as_bytes()).is_some();
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_activity = memchr::memmem::find(first_line, b"\"kind\"").is_some();
    !is_activity && (has("\"objectTypes\"") || has("\"eventTypes\"") || has("\"ocel:global-log\"") || has("\"objectId\""))
}

/// Why an input cannot be read at all.
pub(super) fn refused(why: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.into())
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
        assert_eq!(Format::detect(b"", "a.NDJSON.gz").unwrap(), Format::Ndjson);
        assert_eq!(Format::detect(b"{}", "<stdin>").unwrap(), Format::Ndjson);
        assert_eq!(Format::detect(b"\xef\xbb\xbf<?xml version='1.0'?><log>", "x").unwrap(), Format::Xes);
        assert_eq!(Format::detect(b"<x:log>", "a.xml").unwrap(), Format::Xes);
        assert_eq!(Format::detect(b"<log><object-types>", "a.xml.gz").unwrap(), Format::Ocel);
        assert_eq!(Format::detect(b"{\n\"eventTypes\": []", "a.json").unwrap(), Format::Ocel);
        assert_eq!(Format::detect(br#"{"id":"objectTypes","kind":"meeting"}"#, "a.json").unwrap(), Format::Ndjson);
        let html = Format::detect(b"<!doctype html><html>", "a.xml").unwrap_err();
        assert_eq!(html.to_string(), "it is XML, but neither XES nor OCEL, which begin with `<log`");
        let zip = Format::detect(b"PK\x03\x04", "export.zip").unwrap_err();
        assert_eq!(zip.to_string(), "it is a zip archive: unpack it first, and give the files in it");
    }
}
