//! What the beginning of a file with columns shows: its delimiter, its header, and how its lines end.

use std::io::{self, BufRead};

use csv::StringRecord;

use super::super::plain::Plain;
use crate::error::refused;

/// Delimiters that are told apart by the header.
const DELIMITERS: &[u8] = b",;\t|";
/// Lines that have to have as many fields as the header, to be taken for rows.
const LINES_MAX: usize = 20;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) delimiter: u8,
    /// Lines before the header.
    pub(super) skipped: u64,
    /// Whether lines end in a return alone.
    pub(super) has_returns: bool,
}

/// Looks at the beginning, and passes over what is no row: a byte order mark, blank lines and Excel's `sep=;`.
pub(super) fn prepare(plain: &mut Plain, delimiter: Option<u8>) -> io::Result<Style> {
    let head = plain.fill_buf()?;
    if let Some(at) = head.get(..1024.min(head.len())).and_then(|head| memchr::memchr(0, head)) {
        return Err(refused(format!("it is no text: there is a NUL at byte {}", at + 1)));
    }
    let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let text = head.get(mark..).unwrap_or_default();
    let blank = text.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    let text = text.get(blank..).unwrap_or_default();
    let has_returns = memchr::memchr(b'\r', head).is_some() && memchr::memchr(b'\n', head).is_none();
    let end = if has_returns { b'\r' } else { b'\n' };
    let first = text.split(|byte| *byte == end).next().unwrap_or_default();
    let stated = stated(first);
    let found = stated.unwrap_or_else(|| sniff(text));
    let bytes = mark + blank + stated.map_or(0, |_| first.len() + 1);
    let passed = head.get(..bytes).unwrap_or_default();
    let skipped = memchr::memchr_iter(end, passed).count() as u64;
    plain.consume(bytes.min(plain.held().len()));
    Ok(Style { delimiter: delimiter.unwrap_or(found), skipped, has_returns })
}

/// The delimiter that a line states for Excel, such as `sep=;`, which some programs put in quotes.
fn stated(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let inner = line.strip_prefix(b"\"").and_then(|rest| rest.strip_suffix(b"\"")).unwrap_or(line);
    match inner.strip_prefix(b"sep=")? {
        [byte] => Some(*byte),
        _ => None,
    }
}

/// The delimiter that the first row has most of, outside quotes.
fn sniff(head: &[u8]) -> u8 {
    let mut counts = [0_usize; 4];
    let mut is_quoted = false;
    for byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' | b'\r' if !is_quoted => break,
            byte if !is_quoted => {
                let count = DELIMITERS.iter().position(|it| it == byte).and_then(|at| counts.get_mut(at));
                if let Some(count) = count {
                    *count += 1;
                }
            }
            _ => {}
        }
    }
    let most = counts.iter().max().copied().unwrap_or_default();
    DELIMITERS.iter().zip(counts).find(|(_, count)| *count == most).map_or(b',', |(byte, _)| *byte)
}

/// The header in the first bytes of an input, where they hold all of it.
pub(in super::super) fn header(head: &[u8]) -> Vec<String> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let head = if stated(first).is_some() {
        head.get(first.len()..).unwrap_or_default().trim_ascii_start()
    } else {
        head
    };
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(sniff(head)).from_reader(head);
    let names = reader.headers().map(|names| names.iter().map(|name| name.trim().to_owned()).collect());
    names.unwrap_or_default()
}

/// Whether a text is rows: two or more, all with as many fields as the first.
pub(in super::super) fn has_columns(head: &[u8]) -> bool {
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(sniff(head)).has_headers(false).flexible(true).from_reader(head);
    let rows: Vec<StringRecord> = reader.records().take(LINES_MAX).map_while(Result::ok).collect();
    // The last may be cut off where the bytes end.
    let whole = if rows.len() < LINES_MAX && !head.ends_with(b"\n") {
        rows.len().saturating_sub(1)
    } else {
        rows.len()
    };
    let columns = rows.first().map_or(0, StringRecord::len);
    columns > 1 && rows.len() > 1 && rows.iter().take(whole.max(1)).all(|row| row.len() == columns)
}
