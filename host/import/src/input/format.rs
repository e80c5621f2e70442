//! What an input is written in: asked for, or known by its content, and by its name where the content leaves it open.
//!
//! How a format is read is its own file's business.

use std::io;

use serde_json::Value;

use super::source::{is_table_of, usual_path};
use super::{LINE_BYTES_MAX, elements, known, rows};
use crate::mapping::Mapping;

/// How activities are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// The canonical form: one activity a line, a JSON object each.
    Ndjson,
    /// Rows with columns, and a mapping that says what they mean.
    Csv,
    /// A sheet of a workbook, whose rows are read like those of CSV.
    Workbook,
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
const FORMATS: [(Format, &str, &[&str]); 9] = [
    (Format::Ndjson, "ndjson", &["ndjson", "jsonl"]),
    (Format::Csv, "csv", &["csv", "tsv"]),
    (Format::Workbook, "workbook", &["xlsx", "xlsm", "xlsb", "xls", "ods"]),
    (Format::Json, "json", &["json"]),
    (Format::Ics, "ics", &["ics", "ical", "icalendar"]),
    (Format::Xes, "xes", &["xes"]),
    (Format::Ocel, "ocel", &["jsonocel", "xmlocel"]),
    (Format::Parquet, "parquet", &["parquet"]),
    (Format::Arrow, "arrow", &["arrow", "arrows", "feather"]),
];

/// What an Arrow file begins with; a stream begins with the length of its first message.
pub(super) const ARROW_FILE: &[u8] = b"ARROW1\0\0";
/// What a zip archive begins with: a workbook, or any other.
pub(super) const ZIP: &[u8] = b"PK\x03\x04";
/// What the older workbooks begin with, and other files of the same container.
pub(super) const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";
/// What files that are no text begin with.
const BINARY: [(&[u8], Format); 5] = [
    (b"PAR1", Format::Parquet),
    (ARROW_FILE, Format::Arrow),
    (b"\xff\xff\xff\xff", Format::Arrow),
    (ZIP, Format::Workbook),
    (COMPOUND, Format::Workbook),
];
/// Lines of the beginning in which an activity of the canonical form is looked for: the first may be broken.
const LINES_MAX: usize = 10;
/// Members that all activities of the canonical form have.
const CANONICAL: [&str; 4] = ["id", "at", "account", "kind"];

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

    /// Knows a format by the first bytes of an input, up to a block of them; where they leave it open by the input's name,
    /// and by whether there is a mapping.
    ///
    /// # Errors
    ///
    /// Where it is something known that is not read: what it is, and what to do.
    pub(super) fn detect(head: &[u8], name: &str, has_mapping: bool) -> io::Result<Self> {
        if let Some((_, format)) = BINARY.iter().find(|(begin, _)| head.starts_with(begin)) {
            return Ok(*format);
        }
        let text = beginning(head);
        known::refuse(text)?;
        let calendar: &[u8] = b"BEGIN:VCALENDAR";
        if text.get(..calendar.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(calendar)) {
            return Ok(Self::Ics);
        }
        let by_ending = by_ending(name);
        // In a mail message; elsewhere its reader says what stands before it.
        let is_csv = by_ending == Some(Self::Csv) && !known::begins_mail(text);
        if !is_csv && !text.starts_with(b"<") && !begins_json(text) && known::has_calendar(text) {
            return Ok(Self::Ics);
        }
        if text.starts_with(b"<") {
            return by_markup(text, by_ending);
        }
        if begins_json(text) {
            let is_named_so = by_ending == Some(Self::Ocel) && text.starts_with(b"{");
            return Ok(if is_named_so { Self::Ocel } else { by_values(text, by_ending, has_mapping) });
        }
        Ok(match by_ending {
            Some(Self::Ics | Self::Xes | Self::Ocel) => by_ending.unwrap_or(Self::Ndjson),
            Some(Self::Parquet | Self::Arrow | Self::Workbook) if text.is_empty() => {
                by_ending.unwrap_or(Self::Ndjson)
            }
            Some(Self::Csv) => Self::Csv,
            _ if text.is_empty() => Self::Ndjson,
            _ if has_mapping => Self::Csv,
            _ if ends_json(text) => Self::Ndjson,
            _ if is_table(text) => Self::Csv,
            Some(Self::Json) => Self::Json,
            _ => Self::Ndjson,
        })
    }
}

/// The first bytes of an input without its mark and white space before its text.
pub(super) fn beginning(head: &[u8]) -> &[u8] {
    head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start()
}

/// Whether an input is no text, and has nothing to decode.
pub(super) fn is_binary(head: &[u8]) -> bool {
    BINARY.iter().any(|(begin, _)| head.starts_with(begin))
}

/// Which log the beginning of an XML file is.
fn by_markup(text: &[u8], by_ending: Option<Format>) -> io::Result<Format> {
    let has = |tag: &str| memchr::memmem::find(text, tag.as_bytes()).is_some();
    if !has("<log") && !has(":log") {
        return match by_ending {
            // Its reader tells where it goes wrong.
            Some(format @ (Format::Xes | Format::Ocel)) if !has("<html") && !has("<HTML") => Ok(format),
            _ => Err(known::markup(text)),
        };
    }
    let is_ocel = ["<object-types", "<event-types", "<objects", "<events", "scope=\"object\""]
        .iter()
        .any(|tag| has(tag));
    Ok(if is_ocel { Format::Ocel } else { Format::Xes })
}

/// Whether a text begins as JSON does, and not as a column in brackets.
fn begins_json(text: &[u8]) -> bool {
    let Some((first, rest)) = text.split_first() else { return false };
    let next = rest.trim_ascii_start().first();
    match first {
        b'{' => matches!(next, None | Some(b'"' | b'}')),
        b'[' => {
            matches!(next, None | Some(b'{' | b'[' | b']' | b'"' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n'))
        }
        _ => false,
    }
}

/// Whether a text begins with the end of a line of JSON, as where a log was cut in two.
fn ends_json(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii_end();
    let is_end = first.ends_with(b"}") && memchr::memmem::find(first, b"\":").is_some();
    let is_activity =
        |line: &[u8]| serde_json::from_slice(line).is_ok_and(|value: Value| is_canonical(&value));
    is_end || lines.take(LINES_MAX).any(is_activity)
}

/// Which records in JSON an input has.
fn by_values(text: &[u8], by_ending: Option<Format>, has_mapping: bool) -> Format {
    if is_ocel(text) {
        return Format::Ocel;
    }
    if text.starts_with(b"[") {
        return Format::Json;
    }
    let mut lines = text.split(|byte| *byte == b'\n');
    let parsed = |line: &[u8]| serde_json::from_slice::<Value>(line).ok();
    let first_line = lines.next().unwrap_or_default();
    let first = parsed(first_line);
    let is_first_known = first.as_ref().is_some_and(|first| !is_canonical(first) && is_known(first));
    let has_canonical = first.iter().any(is_canonical)
        || (!is_first_known
            && lines.take(LINES_MAX).any(|line| parsed(line).as_ref().is_some_and(is_canonical)));
    match first {
        _ if has_canonical => Format::Ndjson,
        _ if has_mapping || is_first_known || by_ending == Some(Format::Json) => Format::Json,
        Some(_) => Format::Ndjson,
        // The first line of a document in several lines, or a line that is longer than an activity can be.
        None if first_line.trim_ascii() == b"{" || first_line.len() > LINE_BYTES_MAX => Format::Json,
        None if begins_page(text, first_line) => Format::Json,
        None => Format::Ndjson,
    }
}

/// Whether a ready mapping is for a record, or for the records of a page, also one inside of what programs put around it.
fn is_known(value: &Value) -> bool {
    let is_page = |mapping: &Mapping, value: &Value| {
        let list = mapping.records().iter().try_fold(value, |value, key| value.get(key));
        !mapping.records().is_empty() && list.is_some_and(Value::is_array)
    };
    Mapping::all_ready().any(|mapping| {
        let mut inside = elements::WRAPPERS.iter().filter_map(|key| value.get(key));
        is_page(mapping, value)
            || inside.any(|inner| is_page(mapping, inner))
            || mapping.recognizes_json(value)
    })
}

/// Whether a line begins a page whose list of records goes on in further lines.
fn begins_page(text: &[u8], line: &[u8]) -> bool {
    let is_begun = matches!(line.trim_ascii_end().last(), Some(b'[' | b'{' | b',' | b':'));
    is_begun && !usual_path(text).is_empty()
}

/// Whether JSON is activities of the canonical form: one of the first elements of its list, or its first document.
pub(super) fn has_canonical_records(head: &[u8]) -> bool {
    let text = beginning(head);
    let (mut rest, looks) = text.strip_prefix(b"[").map_or((text, 1), |list| (list, LINES_MAX));
    for _ in 0..looks {
        let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
        let end = match values.next() {
            None => return false,
            Some(Ok(value)) if is_canonical(&value) => return true,
            Some(Ok(_)) => values.byte_offset(),
            // An element with a slip in it says nothing of the others.
            Some(Err(_)) => match memchr::memmem::find(rest, b"},") {
                Some(end) => end + 1,
                None => return false,
            },
        };
        rest = rest.get(end..).unwrap_or_default().trim_ascii_start();
        rest = rest.strip_prefix(b",").unwrap_or(rest);
    }
    false
}

fn is_canonical(value: &Value) -> bool {
    CANONICAL.iter().all(|key| value.get(key).is_some())
}

/// Whether the beginning of a file is a JSON object with what only OCEL has; an activity of the canonical form has a kind.
fn is_ocel(text: &[u8]) -> bool {
    let has = |key: &str| memchr::memmem::find(text, key.as_bytes()).is_some();
    let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_activity = memchr::memmem::find(first_line, b"\"kind\"").is_some();
    let keys = ["\"objectTypes\"", "\"eventTypes\"", "\"ocel:global-log\"", "\"ocel:events\""];
    // Deliveries of webhooks have an `objectId` as well.
    let has_related = || has("\"relationships\"") && has("\"objectId\"");
    text.starts_with(b"{") && !is_activity && (keys.iter().any(|key| has(key)) || has_related())
}

/// Whether a text is rows with columns: a header that is known, or two lines with as many fields.
fn is_table(text: &[u8]) -> bool {
    rows::has_header(text, &is_table_of) || rows::has_columns(text)
}

/// The stem of a file's name: without folders, and without those of the endings that it has, each cut once and in their order.
pub(super) fn stem<'a>(name: &'a str, endings: &[&str]) -> &'a str {
    let mut stem = name.rsplit(['/', '\\']).next().unwrap_or(name);
    for ending in endings {
        if let Some((before, after)) = stem.split_at_checked(stem.len().saturating_sub(ending.len()))
            && after.eq_ignore_ascii_case(ending)
            && !before.is_empty()
        {
            stem = before;
        }
    }
    stem
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
        for (head, name, has_mapping, expected) in [
            ("", "a.NDJSON.gz", false, Format::Ndjson),
            ("", "a.csv", false, Format::Csv),
            ("{}", "<stdin>", false, Format::Ndjson),
            ("[]", "<stdin>", false, Format::Json),
            ("{\n", "<stdin>", false, Format::Json),
            ("{\"Id\":1}\n", "<stdin>", false, Format::Ndjson),
            ("{\"dateStart\":1,\"dateEnd\":2,\"usersIds\":[]}\n", "<stdin>", false, Format::Json),
            ("{\"id\":1,\"kind\":2}\n", "<stdin>", false, Format::Ndjson),
            ("no json\n", "<stdin>", false, Format::Ndjson),
            // A log that was cut in two.
            ("m\":\"u1\",\"to\":\"u2\",\"step\":1}\nno json", "<stdin>", false, Format::Ndjson),
            ("1\",\"to\":\n{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.log", false, Format::Ndjson),
            ("Error: token expired, or none\n", "<stdin>", false, Format::Ndjson),
            ("Id,WhatId,StartDateTime,EndDateTime,DurationInMinutes\n", "<stdin>", false, Format::Csv),
            ("a,b\n", "<stdin>", false, Format::Ndjson),
            ("a,b\n", "<stdin>", true, Format::Csv),
            ("a;b\n1;2\n3;4\n", "export.txt", false, Format::Csv),
            ("Dear all,\nnothing, really,\nbye\n", "a.txt", false, Format::Ndjson),
            ("a\tb\n", "a.tsv.gz", false, Format::Csv),
            ("[", "a.json", false, Format::Json),
            ("\u{feff}\r\nbegin:vcalendar\r\n", "<stdin>", false, Format::Ics),
            ("BEGIN:VEVENT\n", "a.ics.gz", false, Format::Ics),
            ("BEGIN:VEVENT\n", "<stdin>", false, Format::Ndjson),
            ("Subject: Invitation\r\n\r\nBEGIN:VCALENDAR\r\n", "<stdin>", true, Format::Ics),
            ("received: from a\n by b\n\nBEGIN:VCALENDAR\n", "a.eml", false, Format::Ics),
            ("Dear all,\n\nBEGIN:VCALENDAR\n", "a.txt", false, Format::Ics),
            ("Id,Text\n1,\"\nBEGIN:VCALENDAR\n\"\n", "a.csv", true, Format::Csv),
            ("{\"Id\":1}\n", "a.jsonl", false, Format::Ndjson),
            ("{\"Id\":1}\n", "a.jsonl", true, Format::Json),
            ("{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.ndjson", true, Format::Ndjson),
            ("PAR1\u{15}\u{4}", "<stdin>", false, Format::Parquet),
            ("ARROW1\0\0", "a.csv", true, Format::Arrow),
            // Whatever the name says.
            ("[{\"Id\":1}]", "a.ndjson", false, Format::Json),
            ("[{\"Id\":1}]", "a.csv", true, Format::Json),
            ("{\"dateStart\":1,\"dateEnd\":2,\"usersIds\":[]}\n", "a.ndjson", false, Format::Json),
            ("\n\n{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.csv", false, Format::Ndjson),
            ("{\"at\":\n{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.log", false, Format::Ndjson),
            ("{\"id\":1,\"at\":2,\"account\":3,\"kind\":4}\n", "a.json", false, Format::Ndjson),
            ("{\"results\":[{}],\"paging\":{}}\n", "a.txt", false, Format::Json),
            ("{\"records\":[]}", "<stdin>", false, Format::Json),
            ("{\"value\":[{}]}\n{\"value\":[]}\n", "<stdin>", false, Format::Json),
            (r#"{"status":0,"result":{"records":[{}]}}"#, "<stdin>", false, Format::Json),
            ("{\"done\": false, \"records\": [\n{\"Id\": 1},\n", "<stdin>", false, Format::Json),
            ("{ \"@odata.context\": \"x\",\n \"value\": [\n", "<stdin>", false, Format::Json),
            ("{ \"id\": \"x\",\n \"at\": [\n", "<stdin>", false, Format::Ndjson),
            ("a,b\n1,2\n", "a.ndjson", true, Format::Csv),
            ("BEGIN:VCALENDAR\r\n", "a.csv", true, Format::Ics),
            ("<log>", "a.csv", false, Format::Xes),
            ("[Nr],[Start]\n", "a.csv", false, Format::Csv),
            ("{Nr},{Start}\n", "a.csv", false, Format::Csv),
            ("PK\u{3}\u{4}", "a.csv", false, Format::Workbook),
            ("\u{feff}<?xml version='1.0'?><log>", "x", false, Format::Xes),
            ("<x:log>", "a.xml", false, Format::Xes),
            ("<log><object-types>", "a.xml.gz", false, Format::Ocel),
            ("<log><global scope=\"object\">", "a.xml", false, Format::Ocel),
            ("{\n\"eventTypes\": []", "a.json", false, Format::Ocel),
            ("{\"ocel:events\":{}}", "a.jsonocel", false, Format::Ocel),
            (r#"{"events":[{"id":"e","relationships":[{"objectId":"o"}]}]}"#, "a.json", false, Format::Ocel),
            (r#"{"eventId":1,"objectId":2,"occurredAt":3}"#, "a.json", true, Format::Json),
            (r#"{"id":"objectTypes","kind":"meeting"}"#, "a.json", false, Format::Json),
        ] {
            let found = Format::detect(head.as_bytes(), name, has_mapping);
            assert_eq!(found.map_err(|error| error.to_string()), Ok(expected), "{head} {name}");
        }
    }

    #[test]
    fn what_is_no_log_is_named() {
        let told =
            |head: &str, name: &str| Format::detect(head.as_bytes(), name, true).unwrap_err().to_string();
        for (head, name, expected) in [
            ("<!doctype html><html>", "a.xml", "it is a page in HTML, such as an error"),
            (
                "\n<HTML><head><TITLE>Sign in</TITLE>",
                "a.csv",
                "it is a page in HTML with the title `Sign in`",
            ),
            ("<html><table>", "report.xls", "it is a table in HTML, as some programs export"),
            ("<html>", "a.xes", "it is a page in HTML"),
            (
                "<?xml?><feed>",
                "a.xml",
                "it is XML, but neither XES nor OCEL, which begin with `<log`; it begins with `<feed`",
            ),
            (
                "<?xml?><?mso-application progid=\"Excel.Sheet\"?>",
                "a.xls",
                "it is a spreadsheet in the XML of Excel 2003",
            ),
            ("SQLite format 3\0", "a.sqlite", "it is an SQLite database"),
            ("%PDF-1.7", "a.csv", "it is a PDF"),
            ("!BDN", "a.pst", "it is an Outlook data file"),
            ("BEGIN:VCARD\r\n", "a.ics", "it is contacts"),
            ("Subject: Invitation\r\n\r\nDear all,\r\n", "a.eml", "it is a mail message"),
            (
                "From: a\nContent-Type: multipart/mixed\n\n--x\nContent-Type: text/calendar\nContent-Transfer-Encoding: \
                 Quoted-Printable\n\nBEGIN:VCALENDAR\n",
                "a.ics",
                "it is a mail message: save the calendar",
            ),
            ("HTTP/1.1 200 OK\r\n", "a.json", "it is an answer of a web server"),
            ("// of May\n[{\"Id\":1}]", "a.json", "it is JSON with comments"),
            ("/* of May */\n{\"Id\":1}\n", "a.ndjson", "it is JSON with comments"),
        ] {
            assert!(told(head, name).starts_with(expected), "{}", told(head, name));
        }
    }
}
