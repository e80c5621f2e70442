//! Files that are given now and then and are no activities: named for what they are, with what to do about them.

use crate::error::refused;
use std::io;

/// What files begin with, what they are, and what to do.
const KNOWN: [(&[u8], &str); 16] = [
    (
        b"SQLite format 3\0",
        "an SQLite database: export its tables as CSV, or, where it is OCEL in SQLite, as OCEL 2.0 in JSON or XML",
    ),
    (b"%PDF-", "a PDF: export CSV or a workbook instead"),
    (b"!BDN", "an Outlook data file (.pst): export the calendar as .ics or CSV"),
    (b"{\\rtf", "a document (RTF): export CSV or a workbook instead"),
    (b"BEGIN:VCARD", "contacts (vCard), and no calendar: export the calendar as .ics"),
    (b"HTTP/1.", "an answer of a web server with its headers: keep only what follows them"),
    (b"-- MySQL dump", "a dump in SQL: export the table as CSV"),
    (b"PGDMP", "a dump of PostgreSQL: export the table as CSV, with `COPY ... TO ... CSV HEADER`"),
    (b"\xfd7zXZ\0", "compressed with xz: unpack it first, or compress it with gzip or zstd"),
    (b"BZh", "compressed with bzip2: unpack it first, or compress it with gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it first, and give the files in it"),
    (b"Rar!\x1a\x07", "a RAR archive: unpack it first, and give the files in it"),
    (b"\x04\x22\x4d\x18", "compressed with LZ4: unpack it first, or compress it with gzip or zstd"),
    (b"\x1f\x9d", "compressed with `compress`: unpack it first, or compress it with gzip or zstd"),
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
];
/// Headers that mail messages begin with, in any order.
const MAIL: [&[u8]; 16] = [
    b"Authentication-Results:",
    b"ARC-Seal:",
    b"Content-Class:",
    b"Content-Transfer-Encoding:",
    b"Content-Type:",
    b"Date:",
    b"Delivered-To:",
    b"DKIM-Signature:",
    b"From:",
    b"Message-ID:",
    b"MIME-Version:",
    b"Received:",
    b"Return-Path:",
    b"Subject:",
    b"To:",
    b"X-Received:",
];
/// How calendars in mail messages are written that are no text as they stand.
const ENCODED: &[u8] = b"quoted-printable";
/// What a tar archive has, and where.
const TAR: (usize, &[u8]) = (257, b"ustar");
/// What pages of HTML begin with.
const HTML: [&str; 8] = ["<!doctype html", "<html", "<head", "<body", "<table", "<div", "<meta", "<title"];
/// Bytes of a title that are shown.
const TITLE_BYTES_MAX: usize = 60;

/// # Errors
///
/// Where `text`, the beginning of an input without a mark and white space, is something known that holds no activities.
pub(super) fn refuse(text: &[u8]) -> io::Result<()> {
    if text.get(TAR.0..).is_some_and(|rest| rest.starts_with(TAR.1)) {
        return Err(refused("it is a tar archive: unpack it first, and give the files in it"));
    }
    if let Some(rest) = text.strip_prefix(b"//").or_else(|| text.strip_prefix(b"/*")) {
        let mut lines = rest.split(|byte| *byte == b'\n').skip(1).map(<[u8]>::trim_ascii_start);
        if lines.any(|line| matches!(line.first(), Some(b'[' | b'{'))) {
            return Err(refused("it is JSON with comments, which JSON does not have: take them out"));
        }
    }
    if begins_mail(text) && (!has_calendar(text) || is_encoded(text)) {
        return Err(refused(
            "it is a mail message: save the calendar that is attached to it (.ics), and give that",
        ));
    }
    match KNOWN.iter().find(|(begin, _)| text.starts_with(begin)) {
        Some((_, what)) => Err(refused(format!("it is {what}"))),
        None => Ok(()),
    }
}

/// Whether a text begins as mail messages do.
pub(super) fn begins_mail(text: &[u8]) -> bool {
    let begins = |header: &&[u8]| text.get(..header.len()).is_some_and(|it| it.eq_ignore_ascii_case(header));
    MAIL.iter().any(begins)
}

/// Whether a calendar begins in a line of a text.
pub(super) fn has_calendar(text: &[u8]) -> bool {
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    lines.any(|line| line.eq_ignore_ascii_case(b"BEGIN:VCALENDAR"))
}

/// Whether what is said of the calendar before it begins is that its text is encoded.
fn is_encoded(text: &[u8]) -> bool {
    let lower = text.to_ascii_lowercase();
    let begins = memchr::memmem::find(&lower, b"begin:vcalendar").unwrap_or(lower.len());
    let before = lower.get(..begins).unwrap_or_default();
    // Of several parts the last one before it is its own.
    let own = memchr::memmem::rfind(before, b"content-type:").unwrap_or_default();
    let own = memchr::memmem::rfind(before, b"\n--").map_or(0, |part| part.min(own));
    memchr::memmem::find(before.get(own..).unwrap_or_default(), ENCODED).is_some()
}

/// What an XML file is that is no log.
pub(super) fn markup(text: &[u8]) -> io::Error {
    let shown = String::from_utf8_lossy(text).into_owned();
    let lower = shown.to_ascii_lowercase();
    let is_html = HTML.iter().any(|begin| lower.starts_with(begin)) || lower.contains("<html");
    if is_html && lower.contains("<table") {
        return refused(
            "it is a table in HTML, as some programs export where they say `.xls`: open it in a spreadsheet program and save \
             it as .xlsx or CSV",
        );
    }
    if is_html {
        let title = lower.find("<title>").and_then(|at| shown.get(at + "<title>".len()..)?.split('<').next());
        let title =
            title.map(|title| crate::text::cut(title.trim(), TITLE_BYTES_MAX)).filter(|it| !it.is_empty());
        let title = title.map_or(String::new(), |title| format!(" with the title `{title}`"));
        return refused(format!("it is a page in HTML{title}, such as an error or a login, and no export"));
    }
    if lower.contains("excel.sheet") || lower.contains("urn:schemas-microsoft-com:office:spreadsheet") {
        return refused("it is a spreadsheet in the XML of Excel 2003: save it as .xlsx or CSV");
    }
    let element = shown.split('<').find_map(|part| {
        let name: String =
            part.chars().take_while(|it| it.is_alphanumeric() || ":_-.".contains(*it)).collect();
        (!name.is_empty()).then_some(name)
    });
    let found =
        element.map_or(String::new(), |name| format!("; it begins with `<{}`", super::shortened(&name)));
    refused(format!("it is XML, but neither XES nor OCEL, which begin with `<log`{found}"))
}
