//! Records with columns: CSV in its many forms.
//!
//! What a row means is its mapping's business; here it is cut into fields, within limits.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::Ordering;

use csv::StringRecord;

use self::fed::{Bounds, END, Fed};
use self::mend::{How, Shape};
use super::faults::Fault;
use super::mapped::{Owned, Records};
use super::plain::Plain;
use crate::error::{refused, refused_at, too_large};
use crate::text::{counted, grouped};

mod fed;
mod head;
mod mend;

pub(super) use self::head::{IsHeader, has_columns, has_header};

/// Columns of a file.
pub(super) const COLUMNS_MAX: usize = 1_000;
/// Bytes of one row, line breaks inside quotes included.
pub(super) const ROW_BYTES_MAX: u64 = 1 << 20;
/// Bytes that the reader takes at once.
const BUFFER_BYTES: usize = 64 << 10;
/// Bytes that may be handed on from the beginning of a row.
const ALLOWED_BYTES: u64 = ROW_BYTES_MAX + BUFFER_BYTES as u64;

/// The rows of an input.
pub(super) struct Rows {
    reader: csv::Reader<Fed>,
    bounds: Bounds,
    delimiter: u8,
    columns: usize,
    /// Their names; empty while the header is read.
    header: Vec<String>,
    /// Lines before the header.
    skipped: u64,
    has_title: bool,
    /// A row that is what it seems, to know others by.
    like: Option<StringRecord>,
    /// Rows that were found in one, with their lines.
    mended: VecDeque<(u64, StringRecord)>,
    told: Told,
}

/// What was taken for granted.
#[derive(Debug, Default)]
struct Told {
    escapes: u64,
    /// Rows whose quotes are characters as any other, and the lines of the first.
    quotes: u64,
    first_quote: (u64, u64),
    /// Rows in several lines that look like rows, and the lines of the first, with how many look so.
    swallowed: u64,
    first_swallowed: (u64, u64, usize),
    trailing: u64,
}

/// A row that was read: where it begins, in the file and in the bytes, and its last line.
struct Place {
    line: u64,
    last_line: u64,
    bytes: (u64, u64),
}

impl Rows {
    /// Reads the header; gives it with the rows that follow.
    pub(super) fn begin(
        mut plain: Plain,
        delimiter: Option<u8>,
        is_header: IsHeader<'_>,
    ) -> io::Result<(Vec<String>, Self)> {
        let style = head::prepare(&mut plain, delimiter, is_header)?;
        let bounds = Bounds::default();
        let fed = Fed::new(plain, style.has_returns, bounds.clone());
        let mut reader = csv::ReaderBuilder::new();
        reader.delimiter(style.delimiter).has_headers(false).flexible(true).buffer_capacity(BUFFER_BYTES);
        let mut rows = Self {
            reader: reader.from_reader(fed),
            bounds,
            delimiter: style.delimiter,
            columns: 0,
            header: Vec::new(),
            skipped: style.skipped,
            has_title: style.has_title,
            like: None,
            mended: VecDeque::new(),
            told: Told::default(),
        };
        let mut header = StringRecord::new();
        match rows.read(&mut header)? {
            None => return Err(refused("it is empty: the first row must name the columns")),
            Some((_, Some(fault))) => return Err(refused(format!("its header: {}", fault.expected))),
            Some(_) => {}
        }
        if header.len() > COLUMNS_MAX {
            return Err(too_large(
                COLUMNS_MAX,
                format!("its header has {} columns: at most {COLUMNS_MAX} are read", header.len()),
            ));
        }
        rows.columns = header.len();
        rows.header = header.iter().map(|name| name.trim().to_owned()).collect();
        Ok((rows.header.clone(), rows))
    }

    /// Reads a row; gives its place, and what is wrong with its bytes.
    fn read(&mut self, row: &mut StringRecord) -> io::Result<Option<(Place, Option<Fault>)>> {
        let before = self.reader.position().clone();
        self.bounds.allowed.store(before.byte() + ALLOWED_BYTES, Ordering::Relaxed);
        let line = before.line() + self.skipped;
        let (is_read, fault) = match self.reader.read_record(row) {
            Ok(is_read) => (is_read, None),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Utf8 { err, .. } => (true, Some(no_utf_8(err.field()))),
                csv::ErrorKind::Io(error) => return Err(broken(line, &error)),
                other => {
                    return Err(refused_at(
                        line,
                        format!("in the row that begins at line {line}: {other:?}"),
                    ));
                }
            },
        };
        let after = self.reader.position();
        let bytes = (before.byte(), after.byte());
        // Blank lines before it belong to no row: its first line is reckoned from its last.
        let breaks = memchr::memchr_iter(b'\n', row.as_slice().as_bytes()).count() as u64;
        let last_line = (after.line() + self.skipped).saturating_sub(1);
        let place = Place { line: last_line.saturating_sub(breaks).max(line), last_line, bytes };
        if self.bounds.has_ended.load(Ordering::Relaxed) {
            let last = row.get(row.len().wrapping_sub(1)).unwrap_or_default();
            match last.trim_end().strip_suffix(END) {
                Some("") if row.len() == 1 => return Ok(None),
                Some(_) if self.mend_end(&place) => return self.read(row),
                Some(_) => {
                    return Err(refused_at(
                        line,
                        format!("in the row that begins at line {line} a quote is never closed"),
                    ));
                }
                None => {}
            }
        }
        Ok(is_read.then_some((place, fault)))
    }

    fn shape(&self) -> Shape<'_> {
        Shape { delimiter: self.delimiter, columns: self.columns, like: self.like.as_ref() }
    }

    /// Reads rows again of which the first has a quote that is never closed; whether that gives rows.
    fn mend_end(&mut self, place: &Place) -> bool {
        let bytes = self.reader.get_ref().region(place.bytes.0, u64::MAX).to_vec();
        let found = mend::mend(&bytes, &StringRecord::new(), self.shape());
        let rows = found.map(|found| self.take(found, place));
        let is_mended = rows.is_some();
        self.mended.extend(rows.into_iter().flatten());
        is_mended
    }

    /// Takes down rows that were found in one.
    fn take(
        &mut self,
        (rows, how): (Vec<(u64, StringRecord)>, How),
        place: &Place,
    ) -> Vec<(u64, StringRecord)> {
        match how {
            How::Escapes => self.told.escapes += rows.len() as u64,
            How::Lines => {
                if self.told.quotes == 0 {
                    self.told.first_quote =
                        (place.line, place.line + rows.last().map_or(0, |(line, _)| *line));
                }
                self.told.quotes += 1;
            }
        }
        rows.into_iter().map(|(line, row)| (place.line + line, row)).collect()
    }

    /// Looks at a row again that may have others in it.
    fn doubt(&mut self, row: &StringRecord, place: &Place) {
        let fed = self.reader.get_ref();
        let bytes = fed.region(place.bytes.0, place.bytes.1);
        let blank = bytes.iter().take_while(|byte| **byte == b'\n').count();
        let bytes = bytes.get(blank..).unwrap_or_default();
        if let Some(found) = mend::mend(bytes, row, self.shape()) {
            let rows = self.take(found, place);
            self.mended.extend(rows);
            return;
        }
        let count = mend::swallowed(bytes, self.shape());
        if count > 0 {
            if self.told.swallowed == 0 {
                self.told.first_swallowed = (place.line, place.last_line, count);
            }
            self.told.swallowed += 1;
        }
    }
}

impl Records for Rows {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        if !matches!(record, Owned::Row(_)) {
            *record = Owned::Row(StringRecord::new());
        }
        let Owned::Row(row) = record else { return Ok(None) };
        if self.mended.is_empty() {
            let read = self.read(row)?;
            let Some((place, fault)) = read.filter(|_| self.mended.is_empty()) else {
                return Ok(self.mended.pop_front().map(|(line, mended)| {
                    *row = mended;
                    (line, None)
                }));
            };
            if fault.is_some() {
                return Ok(Some((place.line, fault)));
            }
            let has_lines = place.line < place.last_line;
            let fits = row.len() == self.columns;
            if self.reader.get_ref().has_quotes()
                && (has_lines || !fits || memchr::memchr(b'\\', row.as_slice().as_bytes()).is_some())
            {
                self.doubt(row, &place);
            }
            if self.mended.is_empty() {
                if fits && !has_lines && self.like.is_none() {
                    self.like = Some(row.clone());
                }
                let again = self.header_again(row, place.line)?;
                return Ok(Some((place.line, again.or_else(|| self.wrong(row, &place)))));
            }
        }
        let Some((line, mended)) = self.mended.pop_front() else { return Ok(None) };
        *row = mended;
        Ok(Some((line, None)))
    }

    fn remarks(&mut self) -> Vec<String> {
        let mut said = self.told.sentences();
        if self.has_title {
            said.insert(
                0,
                format!("line {} names the columns: what stands above it is passed over", self.skipped + 1),
            );
        }
        said
    }
}

impl Rows {
    /// What is wrong with a row that is the header once more, as where files were put together.
    ///
    /// # Errors
    ///
    /// Where its columns are in another order: the rows below it would be taken for what they are not.
    fn header_again(&self, row: &StringRecord, line: u64) -> io::Result<Option<Fault>> {
        let is_name = |cell: &str| {
            let cell = cell.trim();
            self.header.iter().any(|name| name == cell)
        };
        if row.len() != self.columns || row.len() < 2 || !row.iter().all(is_name) {
            return Ok(None);
        }
        let mut cells: Vec<&str> = row.iter().map(str::trim).collect();
        let mut names: Vec<&str> = self.header.iter().map(String::as_str).collect();
        cells.sort_unstable();
        names.sort_unstable();
        if cells != names {
            return Ok(None);
        }
        if row.iter().map(str::trim).eq(self.header.iter().map(String::as_str)) {
            let expected = "a row: files were put together; give them one by one".to_owned();
            return Ok(Some(Fault {
                field: String::new(),
                found: "the header once more".to_owned(),
                expected,
            }));
        }
        Err(refused_at(
            line,
            format!(
                "line {line} is a header again, with its columns in another order: give what begins there as a file of its own"
            ),
        ))
    }

    /// What is wrong with the number of fields; empty ones behind the last column are left out.
    fn wrong(&mut self, row: &mut StringRecord, place: &Place) -> Option<Fault> {
        if row.len() > self.columns && row.iter().skip(self.columns).all(str::is_empty) {
            self.told.trailing += 1;
            row.truncate(self.columns);
        }
        let fields = row.len();
        let columns = self.columns;
        (fields != columns).then(|| {
            let has_lines = place.line < place.last_line;
            let lines = if has_lines {
                format!(" in lines {} to {}", place.line, place.last_line)
            } else {
                String::new()
            };
            let hint = match fields {
                _ if has_lines => ": is a quote in them not meant, or not closed?",
                _ if fields > columns => ": is a delimiter in a text not quoted, or a column without a name?",
                _ => "",
            };
            Fault {
                field: String::new(),
                found: format!("{}{lines}", counted(fields as u64, "field")),
                expected: format!("{}, as the header has{hint}", counted(columns as u64, "field")),
            }
        })
    }
}

impl Told {
    fn sentences(&self) -> Vec<String> {
        let mut said = Vec::new();
        if self.escapes > 0 {
            said.push(format!(
                "quotes in texts stand behind backslashes, as MySQL writes them: {} read so",
                counted(self.escapes, "row")
            ));
        }
        if self.quotes > 0 {
            let (from, to) = self.first_quote;
            said.push(format!(
                "a quote in lines {from} to {to} would make one row of several: it is taken as a character{}",
                times(self.quotes)
            ));
        }
        if self.swallowed > 0 {
            let (from, to, count) = self.first_swallowed;
            said.push(format!(
                "one row takes lines {from} to {to}, of which {count} look like rows of their own: is a quote in line {from} \
                 not meant?{}",
                times(self.swallowed)
            ));
        }
        if self.trailing > 0 {
            said.push(format!(
                "{} in a delimiter more than the header has: the empty fields behind it are left out",
                if self.trailing == 1 {
                    "1 row ends".to_owned()
                } else {
                    format!("{} rows end", grouped(self.trailing))
                }
            ));
        }
        said
    }
}

/// How often the same was found elsewhere.
fn times(count: u64) -> String {
    if count > 1 { format!(" ({} more places)", grouped(count - 1)) } else { String::new() }
}

fn no_utf_8(field: usize) -> Fault {
    Fault {
        field: String::new(),
        found: format!("invalid UTF-8 in field {}", field + 1),
        expected: "UTF-8, as the rest of the file; `--encoding` names another encoding for all of it"
            .to_owned(),
    }
}

fn broken(line: u64, error: &io::Error) -> io::Error {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return too_large(
            ROW_BYTES_MAX,
            format!(
                "the row that begins at line {line} is longer than {ROW_BYTES_MAX} bytes: is a quote never closed?"
            ),
        );
    }
    io::Error::new(error.kind(), format!("in the row that begins at line {line}: {error}"))
}
#[cfg(test)]
mod tests {
    use super::*;

    /// The header, then each row with its line, or why it cannot be read.
    fn cut(bytes: &[u8], delimiter: Option<u8>) -> String {
        let told = |block_bytes: usize| -> io::Result<String> {
            let plain = Plain::begin(Box::new(io::Cursor::new(bytes.to_vec())), block_bytes)?;
            let (header, mut rows) = Rows::begin(plain, delimiter, &|_| true)?;
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
            ("\"sep=;\"\r\na;b\r\n1;2\r\n", "a|b 3:1|2"),
            ("sep=|\r\na|b\r\n\"1\"\"\"|2\r\n", "a|b 3:1\"|2"),
            ("\"a;;\",b\n1,2\n", "a;;|b 2:1|2"),
            (",a\n0,x\n", "|a 2:0|x"),
            ("a,b\n1\n1,2,3\n1,2\n", "a|b 2:?1 field 3:?3 fields 4:1|2"),
            // Files that were put together.
            ("a,b\n1,2\na,b\n3,4\n", "a|b 2:1|2 3:?the header once more 4:3|4"),
            ("a,b\nb,c\na,a\n", "a|b 2:b|c 3:a|a"),
            (
                "a,b\n1,2\nb,a\n2,1\n",
                "line 3 is a header again, with its columns in another order: give what begins there as a file of its own",
            ),
            // A delimiter more than the header has, and nothing behind it.
            ("a,b\n1,2,\n3,4,,\n5,6,7\n", "a|b 2:1|2 3:3|4 4:?3 fields"),
            ("\n\r\na;b\n1;2\n", "a|b 4:1|2"),
            // Lines that end in a return alone.
            ("a;b\r1;\"x,y,z\"\r2;u\r", "a|b 2:1|x,y,z 3:2|u"),
            // A quote that is never meant.
            (
                "a\tb\tc\n1\tx\t\"y\n2\tx\ty\n3\tx\t\"y\n4\tx\ty\n",
                "a|b|c 2:1|x|\"y 3:2|x|y 4:3|x|\"y 5:4|x|y",
            ),
            ("a\tb\tc\n1\tx\t\"y\n2\tx\ty\n", "a|b|c 2:1|x|\"y 3:2|x|y"),
            ("a,b,c\n1,x,\"y\n2,x,\"y, z\"\n", "a|b|c 2:1|x|\"y 3:2|x|y, z"),
            ("a,b,c\n1,x,\"y, \\\"z\\\"\"\n2,x,y\n", "a|b|c 2:1|x|y, \"z\" 3:2|x|y"),
            // Text in several lines stays what it is.
            ("a,b,c\n1,x,\"y\n\nz\"\n2,x,y\n", "a|b|c 2:1|x|y\n\nz 5:2|x|y"),
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
        let latin = cut(b"a,b\n1,2\n1,B\xfcro\n2,x\n", None);
        assert_eq!(latin, "a|b 2:1|2 3:?invalid UTF-8 in field 2 4:2|x");
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
