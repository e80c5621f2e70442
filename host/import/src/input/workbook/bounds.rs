//! What a workbook may take of memory, looked at before it is opened: what reads it holds texts and, of some kinds, whole
//! sheets.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};

use cfb::CompoundFile;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::super::held_max;
use super::container::{Kind, damaged, names};
use crate::error::too_large;

/// Bytes that are counted at once.
const PART_BYTES: usize = 64 << 10;
/// Bytes that a text takes beside its letters.
const TEXT_BYTES: u64 = 48;
/// Bytes that a cell takes where all of a sheet are held.
const CELL_BYTES: u64 = 32;
/// Bytes of one text, tag or record: Excel takes 32,767 letters in a cell.
const PIECE_BYTES_MAX: u64 = 1 << 20;
/// Records of older workbooks that are cells; the first two numbers in them are row and column.
const CELLS: [u16; 12] =
    [0x0002, 0x0003, 0x0004, 0x0006, 0x0203, 0x0204, 0x0205, 0x0206, 0x0406, 0x00bd, 0x00fd, 0x027e];
/// The record that begins a sheet.
const BEGIN: [u16; 4] = [0x0009, 0x0209, 0x0409, 0x0809];
/// Several numbers in a row: the last column stands at its end.
const SEVERAL: u16 = 0x00bd;

/// # Errors
///
/// Where the texts of a workbook, or its sheets, take more than what is held for a file of `stored` bytes.
pub(super) fn packed(archive: &mut ZipArchive<File>, kind: Kind, stored: u64) -> io::Result<()> {
    let held_max = held_max(stored);
    if kind == Kind::Ods {
        let part = archive.by_name("content.xml").map_err(damaged)?;
        let cells = ods(part)?;
        return within(cells.saturating_mul(CELL_BYTES), held_max, "the cells of its sheets");
    }
    let names = names(archive)?;
    let mut held: u64 = 0;
    for name in names {
        let lower = name.to_ascii_lowercase();
        let is_read =
            ["worksheets/", "sharedstrings", "styles", "workbook"].iter().any(|it| lower.contains(it));
        if is_read && (lower.ends_with(".xml") || lower.ends_with(".bin")) {
            let part = BufReader::with_capacity(PART_BYTES, archive.by_name(&name).map_err(damaged)?);
            let is_xml = lower.ends_with(".xml");
            let longest = if is_xml { longest_markup(part)? } else { longest_record(part)? };
            if longest > PIECE_BYTES_MAX {
                return Err(too_large(
                    PIECE_BYTES_MAX,
                    format!("a cell or a tag in it takes more than {PIECE_BYTES_MAX} bytes: export CSV"),
                ));
            }
        }
        let is_text = lower.contains("sharedstrings.");
        let is_held = is_text
            || ["styles.", "workbook.", ".rels", "[content_types]"].iter().any(|it| lower.contains(it));
        if is_held && !lower.contains("/worksheets/sheet") {
            let part = archive.by_name(&name).map_err(damaged)?;
            held += weight(part, if is_text { b"<si" } else { b"<" }, kind, held_max)?;
            within(held, held_max, "its texts and styles")?;
        }
    }
    Ok(())
}

fn within(bytes: u64, held_max: u64, what: &str) -> io::Result<()> {
    if bytes <= held_max {
        return Ok(());
    }
    Err(too_large(
        held_max,
        format!(
            "{what} take more than {} MiB, far more than a file of its size should: export CSV",
            held_max >> 20
        ),
    ))
}

/// About what a part takes once it is read.
fn weight(mut part: impl Read, text: &[u8], kind: Kind, held_max: u64) -> io::Result<u64> {
    let mut bytes = vec![0; PART_BYTES];
    let mut weight: u64 = 0;
    loop {
        let read = part.read(&mut bytes)?;
        if read == 0 {
            return Ok(weight);
        }
        let found = bytes.get(..read).unwrap_or_default();
        let texts = match kind {
            // A record of a text takes eight bytes at least.
            Kind::Xlsb => read as u64 / 8,
            _ => memchr::memmem::find_iter(found, text).count() as u64,
        };
        weight += read as u64 + texts * TEXT_BYTES;
        if weight > held_max {
            return Ok(weight);
        }
    }
}

/// Bytes of the longest text or tag in XML.
fn longest_markup(mut part: impl BufRead) -> io::Result<u64> {
    let (mut longest, mut length) = (0_u64, 0_u64);
    loop {
        let held = part.fill_buf()?;
        let bytes = held.len();
        if bytes == 0 {
            return Ok(longest.max(length));
        }
        let mut from = 0;
        for at in memchr::memchr_iter(b'<', held) {
            longest = longest.max(length + (at - from) as u64);
            (from, length) = (at, 0);
        }
        length += (bytes - from) as u64;
        part.consume(bytes);
        if length.max(longest) > PIECE_BYTES_MAX {
            return Ok(length.max(longest));
        }
    }
}

/// Bytes of the longest record in a part of a binary workbook, as the records say.
fn longest_record(mut part: impl BufRead) -> io::Result<u64> {
    let mut longest = 0;
    loop {
        let Some(kind) = byte(&mut part)? else { return Ok(longest) };
        if kind & 0x80 != 0 && byte(&mut part)?.is_none() {
            return Ok(longest);
        }
        let mut length = 0_u64;
        for shift in [0, 7, 14, 21] {
            let next = byte(&mut part)?.unwrap_or_default();
            length |= u64::from(next & 0x7f) << shift;
            if next & 0x80 == 0 {
                break;
            }
        }
        longest = longest.max(length);
        if longest > PIECE_BYTES_MAX || io::copy(&mut (&mut part).take(length), &mut io::sink())? < length {
            return Ok(longest);
        }
    }
}

fn byte(part: &mut impl BufRead) -> io::Result<Option<u8>> {
    let next = part.fill_buf()?.first().copied();
    part.consume(usize::from(next.is_some()));
    Ok(next)
}

/// Cells of all tables of an ODS file, from the first to the last that is filled.
fn ods(content: impl Read) -> io::Result<u64> {
    let mut reader = Reader::from_reader(BufReader::new(content));
    reader.config_mut().expand_empty_elements = true;
    let (mut buffer, mut total) = (Vec::new(), 0_u64);
    let (mut rows, mut filled, mut widest) = (0_u64, 0_u64, 0_u64);
    let (mut repeated, mut column, mut width) = (0_u64, 0_u64, 0_u64);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).map_err(damaged)? {
            Event::Start(start) => match start.local_name().into_inner() {
                "table" => (rows, filled, widest) = (0, 0, 0),
                "table-row" => (repeated, column, width) = (times(&start, "number-rows-repeated"), 0, 0),
                "table-cell" | "covered-table-cell" => {
                    column = column.saturating_add(times(&start, "number-columns-repeated"));
                    if is_filled(&start) {
                        width = column;
                    }
                }
                "p" => width = column,
                _ => {}
            },
            Event::End(end) => match end.local_name().into_inner() {
                "table-row" => {
                    rows = rows.saturating_add(repeated);
                    if width > 0 {
                        (filled, widest) = (rows, widest.max(width));
                    }
                }
                "table" => total = total.saturating_add(filled.saturating_mul(widest)),
                _ => {}
            },
            Event::Eof => return Ok(total),
            _ => {}
        }
    }
}

fn times(start: &BytesStart<'_>, name: &str) -> u64 {
    let mut times = 1;
    for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
        if attribute.key.local_name().into_inner() == name {
            times = attribute.value.parse().unwrap_or(1);
        }
    }
    times
}

/// Whether a cell says something beside how it looks.
fn is_filled(start: &BytesStart<'_>) -> bool {
    let mut is_filled = false;
    for attribute in start.attributes().with_checks(false).filter_map(Result::ok) {
        let key = attribute.key.into_inner();
        is_filled |= key.starts_with("office:") || key == "table:formula";
    }
    is_filled
}

/// # Errors
///
/// Where the sheets of an older workbook span more cells than what is held for a file of its size.
pub(super) fn xls(bytes: &[u8]) -> io::Result<()> {
    let stored = bytes.len() as u64;
    let mut file = CompoundFile::open(Cursor::new(bytes)).map_err(damaged)?;
    let name = if file.exists("/Workbook") { "/Workbook" } else { "/Book" };
    let mut stream = Vec::new();
    file.open_stream(name).map_err(damaged)?.take(stored).read_to_end(&mut stream)?;
    let (mut total, mut span) = (0_u64, Span::default());
    let mut rest = &*stream;
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let [a, b, c, d] = *head;
        let (kind, length) = (u16::from_le_bytes([a, b]), usize::from(u16::from_le_bytes([c, d])));
        let Some((body, next)) = after.split_at_checked(length) else { break };
        rest = next;
        if BEGIN.contains(&kind) {
            total = total.saturating_add(std::mem::take(&mut span).cells());
        } else if CELLS.contains(&kind) {
            span.add(kind, body);
        }
    }
    let cells = total.saturating_add(span.cells());
    within(cells.saturating_mul(CELL_BYTES), held_max(stored), "the cells of its sheets")
}

/// From the first to the last row and column.
#[derive(Debug, Default)]
struct Span(Option<[u64; 4]>);

impl Span {
    fn add(&mut self, kind: u16, body: &[u8]) {
        let number =
            |at: usize| body.get(at..at + 2).and_then(|it| it.try_into().ok()).map(u16::from_le_bytes);
        let (Some(row), Some(column)) = (number(0).map(u64::from), number(2).map(u64::from)) else { return };
        let last = if kind == SEVERAL {
            number(body.len().saturating_sub(2)).map_or(column, u64::from)
        } else {
            column
        };
        let [top, bottom, left, right] = self.0.unwrap_or([row, row, column, last]);
        self.0 = Some([top.min(row), bottom.max(row), left.min(column), right.max(last)]);
    }

    fn cells(&self) -> u64 {
        self.0.map_or(0, |[top, bottom, left, right]| (bottom - top + 1) * (right.saturating_sub(left) + 1))
    }
}
