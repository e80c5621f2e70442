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
    /// Calendars, of RFC 5545.
    Ics,
}

/// Names, and the endings of files that have them.
const FORMATS: [(Format, &str, &[&str]); 2] =
    [(Format::Ndjson, "ndjson", &["ndjson", "jsonl"]), (Format::Ics, "ics", &["ics", "ical", "icalendar"])];

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
        let calendar: &[u8] = b"BEGIN:VCALENDAR";
        if text.get(..calendar.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(calendar)) {
            return Ok(Self::Ics);
        }
        Ok(by_ending(name).unwrap_or(Self::Ndjson))
    }
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
        assert_eq!(Format::detect(b"\xef\xbb\xbf\r\nbegin:vcalendar\r\n", "<stdin>").unwrap(), Format::Ics);
        assert_eq!(Format::detect(b"BEGIN:VEVENT\n", "a.ics.gz").unwrap(), Format::Ics);
        assert_eq!(Format::detect(b"BEGIN:VEVENT\n", "<stdin>").unwrap(), Format::Ndjson);
        let zip = Format::detect(b"PK\x03\x04", "export.zip").unwrap_err();
        assert_eq!(zip.to_string(), "it is a zip archive: unpack it first, and give the files in it");
    }
}
