//! Records with columns: CSV in its many forms.
//!
//! What a row means is its mapping's business; here it is cut into fields, within limits.

use std::io::{self, BufRead, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use csv::StringRecord;

use super::faults::Fault;
use super::format::refused;
use super::mapped::{Owned, Records};
use super::plain::Plain;

/// Columns of a file.
pub(super) const COLUMNS_MAX: usize = 1_000;
/// Bytes of one row, line breaks inside quotes included.
pub(super) const ROW_BYTES_MAX: u64 = 1 << 20;
/// Bytes that the reader takes at once.
const BUFFER_BYTES: usize = 64 << 10;
/// Delimiters that are told apart by the header.
const DELIMITERS: &[u8] = b",;\t|";
/// What follows the last row: it is a row of its own unless a quote is still open. No file ends in it by chance.
const END: &str = "\u{3}\u{3}\u{3}";

/// The rows of an input.
pub(super) struct Rows {
    reader: csv::Reader<Fed>,
    allowed: Arc<AtomicU64>,
    has_ended: Arc<AtomicBool>,
    columns: usize,
    /// Lines before the header.
    skipped: u64,
}

impl Rows {
    /// Reads the header; gives it with the rows that follow.
    pub(super) fn begin(mut plain: Plain, delimiter: Option<u8>) -> io::Result<(Vec<String>, Self)> {
        let (delimiter, skipped) = prepare(&mut plain, delimiter)?;
        let (allowed, has_ended) = <(Arc<AtomicU64>, Arc<AtomicBool>)>::default();
        let fed = Fed {
            plain,
            handed: 0,
            has_return: false,
            allowed: Arc::clone(&allowed),
            end: None,
            has_ended: Arc::clone(&has_ended),
        };
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(delimiter).has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES);
        let mut rows = Self { reader: reader.from_reader(fed), allowed, has_ended, columns: 0, skipped };
        let mut header = StringRecord::new();
        if rows.read(&mut header)?.is_none() {
            return Err(refused("it is empty: the first row must name the columns"));
        }
        if header.len() > COLUMNS_MAX {
            return Err(refused(format!(
                "its header has {} columns: at most {COLUMNS_MAX} are read",
                header.len()
            )));
        }
        rows.columns = header.len();
        Ok((header.iter().map(|name| name.trim().to_owned()).collect(), rows))
    }

    /// Reads a row; gives the line it begins at.
    fn read(&mut self, row: &mut StringRecord) -> io::Result<Option<u64>> {
        let before = self.reader.position().clone();
        self.allowed.store(before.byte() + ROW_BYTES_MAX + BUFFER_BYTES as u64, Ordering::Relaxed);
        let line = before.line() + self.skipped;
        let is_read = self.reader.read_record(row).map_err(|error| match error.into_kind() {
            csv::ErrorKind::Io(error) if error.kind() == io::ErrorKind::FileTooLarge => refused(format!(
                "the row that begins at line {line} is longer than {ROW_BYTES_MAX} bytes: is a quote never closed?"
            )),
            csv::ErrorKind::Io(error) => {
                io::Error::new(error.kind(), format!("in the row that begins at line {line}: {error}"))
            }
            csv::ErrorKind::Utf8 { pos, err } => refused(format!(
                "line {} is no UTF-8 in its field {}: save the file as UTF-8, or convert it, such as with \
                 `iconv -f windows-1252 -t utf-8`",
                pos.map_or(line, |pos| pos.line() + self.skipped),
                err.field() + 1
            )),
            other => refused(format!("in the row that begins at line {line}: {other:?}")),
        })?;
        if self.has_ended.load(Ordering::Relaxed) {
            let last = row.get(row.len().wrapping_sub(1)).unwrap_or_default();
            match last.trim_end().strip_suffix(END) {
                Some("") if row.len() == 1 => return Ok(None),
                Some(_) => {
                    return Err(refused(format!(
                        "in the row that begins at line {line} a quote is never closed"
                    )));
                }
                None => {}
            }
        }
        // Blank lines before it belong to no row: its first line is reckoned from its last.
        let breaks = memchr::memchr_iter(b'\n', row.as_slice().as_bytes()).count() as u64;
        let after = self.reader.position().line() + self.skipped;
        Ok(is_read.then(|| after.saturating_sub(breaks + 1).max(line)))
    }
}

impl Records for Rows {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        if !matches!(record, Owned::Row(_)) {
            *record = Owned::Row(StringRecord::new());
        }
        let Owned::Row(row) = record else { return Ok(None) };
        let Some(line) = self.read(row)? else { return Ok(None) };
        let fields = row.len();
        let fault = (fields != self.columns).then(|| Fault {
            field: String::new(),
            found: format!("{fields} fields"),
            expected: format!("{} fields, as the header has", self.columns),
        });
        Ok(Some((line, fault)))
    }
}

/// Looks at the beginning: the encoding, a byte order mark, Excel's `sep=;`, and which delimiter it is. Gives the lines
/// that were skipped as well.
fn prepare(plain: &mut Plain, delimiter: Option<u8>) -> io::Result<(u8, u64)> {
    let head = plain.fill_buf()?;
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return Err(refused(
            "it is UTF-16: save it as UTF-8, or convert it, such as with `iconv -f utf-16 -t utf-8`",
        ));
    }
    if let Some(at) = head.get(..1024.min(head.len())).and_then(|head| memchr::memchr(0, head)) {
        return Err(refused(format!("it is no text: there is a NUL at byte {}", at + 1)));
    }
    let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    let head = head.get(mark..).unwrap_or_default();
    let first = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let stated = match first.strip_prefix(b"sep=").map(|rest| rest.strip_suffix(b"\r").unwrap_or(rest)) {
        Some([byte]) => Some(*byte),
        _ => None,
    };
    let (found, skipped, bytes) = match stated {
        Some(byte) => (byte, 1, mark + first.len() + 1),
        None => (sniff(head), 0, mark),
    };
    plain.consume(bytes);
    Ok((delimiter.unwrap_or(found), skipped))
}

/// The delimiter that the first row has most of, outside quotes.
fn sniff(head: &[u8]) -> u8 {
    let mut counts = [0_usize; 4];
    let mut is_quoted = false;
    for byte in head {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
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
pub(super) fn header(head: &[u8]) -> Vec<String> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let mut reader = csv::ReaderBuilder::new();
    let mut reader = reader.delimiter(sniff(head)).from_reader(head);
    let names = reader.headers().map(|names| names.iter().map(|name| name.trim().to_owned()).collect());
    names.unwrap_or_default()
}

/// Bytes on their way into the reader: no more than one row may have, and an end that shows whether a quote is open.
struct Fed {
    plain: Plain,
    handed: u64,
    /// Whether the last byte read was a return, which is not handed on yet.
    has_return: bool,
    allowed: Arc<AtomicU64>,
    /// What is left of the end, once the input has ended.
    end: Option<io::Cursor<Vec<u8>>>,
    has_ended: Arc<AtomicBool>,
}

impl Read for Fed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(end) = &mut self.end {
            return end.read(buffer);
        }
        if self.handed > self.allowed.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        loop {
            let held = usize::from(self.has_return);
            let (Some(first), true) = (buffer.first_mut(), self.has_return) else {
                let bytes = self.plain.read(buffer)?;
                if bytes == 0 && !buffer.is_empty() {
                    break;
                }
                if let Some(length) = self.take(buffer, bytes) {
                    return Ok(length);
                }
                continue;
            };
            *first = b'\r';
            let bytes = self.plain.read(buffer.get_mut(held..).unwrap_or_default())?;
            self.has_return = false;
            if bytes == 0 {
                break;
            }
            if let Some(length) = self.take(buffer, bytes + held) {
                return Ok(length);
            }
        }
        self.has_ended.store(true, Ordering::Relaxed);
        let end = self.end.insert(io::Cursor::new(format!("\n{END}\n").into_bytes()));
        end.read(buffer)
    }
}

impl Fed {
    /// Takes the returns before line feeds out of the first `length` bytes, so that lines end in one way and can be
    /// counted. None: nothing is left.
    fn take(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let bytes = buffer.get_mut(..length)?;
        let (mut from, mut to) = (0, 0);
        while let Some(at) = memchr::memchr(b'\r', bytes.get(from..).unwrap_or_default()).map(|at| from + at)
        {
            let next = bytes.get(at + 1).copied();
            // Whether one at the end stands before a line feed is seen with the next bytes.
            let is_kept = next.is_some_and(|next| next != b'\n');
            let until = at + usize::from(is_kept);
            bytes.copy_within(from..until, to);
            to += until - from;
            from = at + 1;
            self.has_return = next.is_none();
        }
        bytes.copy_within(from.., to);
        to += bytes.len() - from;
        self.handed += to as u64;
        (to > 0).then_some(to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header, then each row with its line, or why it cannot be read.
    fn cut(bytes: &[u8], delimiter: Option<u8>) -> String {
        let told = |block_bytes: usize| -> io::Result<String> {
            let plain = Plain::begin(Box::new(io::Cursor::new(bytes.to_vec())), block_bytes)?;
            let (header, mut rows) = Rows::begin(plain, delimiter)?;
            let mut text = header.join("|");
            let mut record = Owned::Row(StringRecord::new());
            while let Some((line, fault)) = rows.next(&mut record)? {
                let Owned::Row(row) = &record else { unreachable!() };
                let row: Vec<&str> = row.iter().collect();
                text +=
                    &format!(" {line}:{}", fault.map_or(row.join("|"), |fault| format!("?{}", fault.found)));
            }
            Ok(text)
        };
        let told = [1 << 16, 1 << 9].map(|bytes| told(bytes).unwrap_or_else(|error| error.to_string()));
        assert_eq!(told[0], told[1], "the size of blocks shows");
        told[0].clone()
    }

    #[test]
    fn rows_are_cut_in_the_forms_that_people_export() {
        for (text, expected) in [
            ("a,b\n1,2\n", "a|b 2:1|2"),
            (
                "\u{feff}a;b,c;d\r\n1;2;3\r\n\r\n\r\n4;5;\"\r\n6\"\r\n\n7;8;9",
                "a|b,c|d 2:1|2|3 5:4|5|\n6 8:7|8|9",
            ),
            ("a\tb\n\"x\ny\"\t2\nz\t3\n", "a|b 2:x\ny|2 4:z|3"),
            ("sep=|\r\na|b\r\n\"1\"\"\"|2\r\n", "a|b 3:1\"|2"),
            ("\"a;;\",b\n1,2\n", "a;;|b 2:1|2"),
            (",a\n0,x\n", "|a 2:0|x"),
            ("a,b\n1\n1,2,3\n1,2\n", "a|b 2:?1 fields 3:?3 fields 4:1|2"),
            ("a\n1\n", "a 2:1"),
            ("a,b\n1,5\" pipe\n", "a|b 2:1|5\" pipe"),
            ("a,b", "a|b"),
            ("", "it is empty: the first row must name the columns"),
            ("a,b\n1,\"2\n3,4\n", "in the row that begins at line 2 a quote is never closed"),
            ("a,\"b\n1,2\n", "in the row that begins at line 1 a quote is never closed"),
            ("a,\0b\nx\n", "it is no text: there is a NUL at byte 3"),
        ] {
            assert_eq!(cut(text.as_bytes(), None), expected, "{text}");
        }
        assert_eq!(cut(b"a b;c\n1 2;3\n", Some(b' ')), "a|b;c 2:1|2;3");
        let latin = cut(b"a,b\n1,2\n1,B\xfcro\n", None);
        assert!(latin.starts_with("line 3 is no UTF-8 in its field 2: save the file as UTF-8"), "{latin}");
        assert!(cut(b"\xff\xfea\0", None).starts_with("it is UTF-16: save it as UTF-8"));
    }

    #[test]
    fn what_is_too_large_ends_in_one_error() {
        let wide = vec!["x"; 10_000].join(",");
        assert_eq!(cut(wide.as_bytes(), None), "its header has 10000 columns: at most 1000 are read");
        let told = "is longer than 1048576 bytes: is a quote never closed?";
        let long = format!("a,b\n1,{}\n", "x".repeat(2 << 20));
        assert_eq!(cut(long.as_bytes(), None), format!("the row that begins at line 2 {told}"));
        let open = format!("a,b\n1,2\n1,\"{}", "x,y\n".repeat(1 << 20));
        assert_eq!(cut(open.as_bytes(), None), format!("the row that begins at line 3 {told}"));
        let fits = format!("a,b\n{}", format!("1,{}\n", "x".repeat(1 << 19)).repeat(4));
        assert_eq!(cut(fits.as_bytes(), None).matches("xxxx ").count(), 3);
    }
}
