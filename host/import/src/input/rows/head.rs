//! What the beginning of a file with columns shows: its delimiter, its header, and how its lines end.

use std::io::{self, BufRead};

use csv::StringRecord;

use super::super::plain::Plain;
use crate::error::refused;
use crate::mapping::listed;

/// Delimiters that are told apart by the header.
const DELIMITERS: &[u8] = b",;\t|";
/// Lines that have to have as many fields as the header, to be taken for rows.
const LINES_MAX: usize = 20;

/// Lines of the beginning in which the names of the columns may stand, below a title.
const TITLE_LINES_MAX: usize = 20;

/// Whether names are those of the columns that are looked for.
pub(in super::super) type IsHeader<'a> = &'a dyn Fn(&[String]) -> bool;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) delimiter: u8,
    /// Lines before the header, and whether they say something.
    pub(super) skipped: u64,
    pub(super) has_title: bool,
    /// Whether lines end in a return alone.
    pub(super) has_returns: bool,
}

/// Looks at the beginning, and passes over what is no row: a byte order mark, blank lines, Excel's `sep=;`, and a title above
/// a header that is known.
///
/// # Errors
///
/// Where it is no text, or where a line further down looks like the header.
pub(super) fn prepare(
    plain: &mut Plain,
    delimiter: Option<u8>,
    is_header: IsHeader<'_>,
) -> io::Result<Style> {
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
    let above = mark + blank + stated.map_or(0, |_| first.len() + 1);
    let rest = head.get(above..).unwrap_or_default();
    let known = delimiter.or(stated);
    let title = below_title(rest, end, known, is_header);
    if title.is_none()
        && let Some((line, names)) = likely(rest, end, known, is_header)
    {
        let passed = head.get(..above).unwrap_or_default();
        let line = memchr::memchr_iter(end, passed).count() + line + 1;
        return Err(refused(format!(
            "its first line does not name the columns of its rows, but line {line} looks as if it does ({}): take out what \
             stands above it",
            listed(names.iter().map(String::as_str))
        )));
    }
    let bytes = above + title.unwrap_or_default();
    let found = if title.is_some() { sniff(head.get(bytes..).unwrap_or_default()) } else { found };
    let passed = head.get(..bytes).unwrap_or_default();
    let skipped = memchr::memchr_iter(end, passed).count() as u64;
    plain.consume(bytes.min(plain.held().len()));
    let found = stated.unwrap_or(found);
    Ok(Style { delimiter: delimiter.unwrap_or(found), skipped, has_title: title.is_some(), has_returns })
}

/// The first lines of a text, each with the byte at which it begins; the last may be cut off.
fn lines(text: &[u8], end: u8) -> impl Iterator<Item = (usize, &[u8])> {
    let mut at = 0;
    let lines = text.split(move |byte| *byte == end).take(TITLE_LINES_MAX);
    lines.map(move |line| {
        let begins = at;
        at += line.len() + 1;
        (begins, line)
    })
}

/// The fields of the first row of a text.
fn fields(line: &[u8], delimiter: Option<u8>) -> Vec<String> {
    let mut reader = csv::ReaderBuilder::new();
    let reader = reader.delimiter(delimiter.unwrap_or_else(|| sniff(line))).has_headers(false);
    let row = reader.from_reader(line).records().next();
    row.and_then(Result::ok)
        .map(|row| row.iter().map(|name| name.trim().to_owned()).collect())
        .unwrap_or_default()
}

/// The byte at which a header begins that is known, below other lines.
fn below_title(text: &[u8], end: u8, delimiter: Option<u8>, is_header: IsHeader<'_>) -> Option<usize> {
    let is_known = |line: &[u8]| is_header(&fields(line, delimiter));
    // Names of columns may go on in another line.
    if is_known(text) {
        return None;
    }
    lines(text, end).skip(1).find(|(_, line)| is_known(line)).map(|(begins, _)| begins)
}

/// Whether the header stands in one of the first lines of a text.
pub(in super::super) fn has_header(text: &[u8], is_header: IsHeader<'_>) -> bool {
    is_header(&fields(text, None)) || lines(text, b'\n').any(|(_, line)| is_header(&fields(line, None)))
}

/// The line, from 0, that is more like a header than the first, which is none that is known: it names more columns, each, and
/// the line below it has as many fields.
fn likely(
    text: &[u8],
    end: u8,
    delimiter: Option<u8>,
    is_header: IsHeader<'_>,
) -> Option<(usize, Vec<String>)> {
    if is_header(&fields(text, delimiter)) {
        return None;
    }
    let all: Vec<Vec<String>> = lines(text, end).map(|(_, line)| fields(line, delimiter)).collect();
    let filled = |row: &[String]| row.iter().filter(|field| !field.is_empty()).count();
    let first = all.first()?;
    let is_name = |field: &String| field.chars().next().is_some_and(char::is_alphabetic);
    let looks_so = |row: &[String], next: Option<&Vec<String>>| {
        row.len() > 2
            && filled(row) > filled(first)
            && row.iter().all(is_name)
            && next.is_some_and(|next| next.len() == row.len())
    };
    let mut rows = all.iter().enumerate().skip(1);
    let (line, names) = rows.find(|(at, row)| looks_so(row, all.get(at + 1)))?;
    Some((line, names.clone()))
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
