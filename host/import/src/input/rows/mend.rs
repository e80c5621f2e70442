//! Rows that a quote has taken with it: found by what they look like, and read as what they are.
//!
//! A quote that is never meant, one that is not closed, and quotes behind backslashes all make one row of several, or one
//! field of several. Text in several lines is common too, and stays what it is.

use csv::StringRecord;

/// Columns from which on the number of fields alone tells a row.
const COLUMNS_MIN: usize = 3;

/// How rows were read that are not what they seem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// With a backslash before quotes that are part of a text.
    Escapes,
    /// Line by line, where a quote is a character as any other.
    Lines,
}

/// A file's way of writing rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape<'a> {
    pub(super) delimiter: u8,
    pub(super) columns: usize,
    /// A row that is beyond doubt.
    pub(super) like: Option<&'a StringRecord>,
}

/// The rows in the bytes of one that was read as `row`, each with its line in them; none: it is what it seems.
pub(super) fn mend(
    bytes: &[u8],
    row: &StringRecord,
    shape: Shape<'_>,
) -> Option<(Vec<(u64, StringRecord)>, How)> {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    if bytes.is_empty() {
        return None;
    }
    let is_sound = row.len() == shape.columns && is_strict(bytes, shape.delimiter);
    let has_lines = memchr::memchr(b'\n', bytes).is_some();
    if is_sound && !has_lines {
        return None;
    }
    if !is_sound && memchr::memmem::find(bytes, b"\\\"").is_some() {
        let rows = parsed(bytes, shape.delimiter, Some(b'\\'));
        let fits = |rows: &Vec<(u64, StringRecord)>| {
            let is_same = matches!(&rows[..], [(_, only)] if only == row);
            !is_same && rows.iter().all(|(_, row)| row.len() == shape.columns)
        };
        if let Some(rows) = rows.filter(fits) {
            return Some((rows, How::Escapes));
        }
    }
    if !has_lines || !each_line(bytes).all(|(_, line)| has_room(line, shape)) {
        return None;
    }
    let lines = by_lines(bytes, shape.delimiter);
    let like = shape.like.or(lines.last().map(|(_, row)| row));
    let is_row =
        |row: &StringRecord| row.len() == shape.columns && like.is_none_or(|like| is_like(row, like));
    let is_clear = shape.columns >= COLUMNS_MIN || !is_sound && shape.columns > 1 && shape.like.is_some();
    (is_clear && lines.iter().all(|(_, row)| is_row(row))).then_some((lines, How::Lines))
}

/// How many lines of a row in several look like rows of their own, its first line apart.
pub(super) fn swallowed(bytes: &[u8], shape: Shape<'_>) -> usize {
    let Some(like) = shape.like.filter(|_| shape.columns >= COLUMNS_MIN) else { return 0 };
    let rows = each_line(bytes)
        .skip(1)
        .filter(|(_, line)| has_room(line, shape))
        .map(|(_, line)| by_itself(line, shape.delimiter));
    rows.filter(|row| row.len() == shape.columns && is_like(row, like)).count()
}

fn each_line(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    (0..).zip(bytes.split(|byte| *byte == b'\n')).filter(|(_, line)| !line.is_empty())
}

/// Whether a line has delimiters enough for a row: most lines of a text have not, and need no reader.
fn has_room(line: &[u8], shape: Shape<'_>) -> bool {
    memchr::memchr_iter(shape.delimiter, line).count() + 1 >= shape.columns
}

fn by_lines(bytes: &[u8], delimiter: u8) -> Vec<(u64, StringRecord)> {
    each_line(bytes).map(|(at, line)| (at, by_itself(line, delimiter))).collect()
}

/// A line as a row; one with an odd number of quotes has none that is meant.
fn by_itself(line: &[u8], delimiter: u8) -> StringRecord {
    let is_quoted = memchr::memchr_iter(b'"', line).count().is_multiple_of(2);
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(delimiter).quoting(is_quoted).has_headers(false).flexible(true);
    let row = reader.from_reader(line).into_records().next().and_then(Result::ok);
    row.unwrap_or_default()
}

/// All rows, read with an escape; none where they cannot be read so to their end.
fn parsed(bytes: &[u8], delimiter: u8, escape: Option<u8>) -> Option<Vec<(u64, StringRecord)>> {
    // What follows is a row of its own, unless a quote is open.
    let closed = [bytes, b"\n\x03\n"].concat();
    let mut reader = csv::ReaderBuilder::new();
    reader.delimiter(delimiter).escape(escape).double_quote(true).has_headers(false).flexible(true);
    let mut reader = reader.from_reader(&*closed);
    let mut rows = Vec::new();
    loop {
        let line = reader.position().line().saturating_sub(1);
        let mut row = StringRecord::new();
        if !reader.read_record(&mut row).ok()? {
            return None;
        }
        if row.len() == 1 && row.get(0) == Some("\u{3}") {
            return Some(rows);
        }
        rows.push((line, row));
    }
}

/// Whether every quote stands where one belongs: around a field, or doubled in it.
fn is_strict(bytes: &[u8], delimiter: u8) -> bool {
    let is_end = |at: usize| bytes.get(at).is_none_or(|byte| *byte == delimiter || *byte == b'\n');
    let mut is_quoted = false;
    let mut quotes = memchr::memchr_iter(b'"', bytes).peekable();
    while let Some(at) = quotes.next() {
        if !is_quoted {
            if at.checked_sub(1).is_some_and(|before| !is_end(before)) {
                return false;
            }
            is_quoted = true;
        } else if quotes.next_if_eq(&(at + 1)).is_none() {
            if !is_end(at + 1) {
                return false;
            }
            is_quoted = false;
        }
    }
    !is_quoted
}

/// Whether two rows are alike: numbers where there are numbers, words where there are words, but for one column.
fn is_like(row: &StringRecord, like: &StringRecord) -> bool {
    let first = |field: &str| field.trim_start_matches(['"', ' ']).chars().next();
    let differ = row.iter().zip(like).filter(|(one, other)| match (first(one), first(other)) {
        (Some(one), Some(other)) => one.is_ascii_digit() != other.is_ascii_digit(),
        _ => false,
    });
    let filled = row.iter().filter(|field| !field.is_empty()).count();
    differ.count() <= usize::from(row.len() > COLUMNS_MIN) && filled * 2 >= row.len().min(like.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &str, like: &[&str]) -> String {
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).flexible(true).from_reader(bytes.as_bytes());
        let row = reader.records().next().unwrap().unwrap();
        let like = StringRecord::from(like.to_vec());
        let shape = Shape { delimiter: b',', columns: like.len(), like: Some(&like) };
        let Some((rows, how)) = mend(bytes.as_bytes(), &row, shape) else {
            return format!("as it is, {} swallowed", swallowed(bytes.as_bytes(), shape));
        };
        let rows: Vec<String> = rows
            .iter()
            .map(|(line, row)| format!("{line}:{}", row.iter().collect::<Vec<_>>().join("|")))
            .collect();
        format!("{how:?} {}", rows.join(" "))
    }

    #[test]
    fn rows_come_back_and_text_in_lines_stays() {
        let like = ["1", "2026-05-04", "bolt", "plain"];
        for (bytes, expected) in [
            (
                "3,2026-05-05,bolt,\"Kick\n4,2026-05-06,bolt,x\n5,2026-05-07,bolt,\"Kick\n",
                "Lines 0:3|2026-05-05|bolt|\"Kick 1:4|2026-05-06|bolt|x 2:5|2026-05-07|bolt|\"Kick",
            ),
            // The next rows have quotes that are meant.
            (
                "3,2026-05-05,bolt,\"Kick\n4,2026-05-06,bolt,\"a, b\"\n",
                "Lines 0:3|2026-05-05|bolt|\"Kick 1:4|2026-05-06|bolt|a, b",
            ),
            // Both quotes stand where quotes belong.
            (
                "3,2026-05-05,bolt,\"Kick\n4,2026-05-06,bolt,off\"\n",
                "Lines 0:3|2026-05-05|bolt|\"Kick 1:4|2026-05-06|bolt|off\"",
            ),
            (
                r#""1","2026-05-05","bolt","na, \"who's there?\" .. \"you, who?\"""#,
                r#"Escapes 0:1|2026-05-05|bolt|na, "who's there?" .. "you, who?""#,
            ),
            (
                "\"1\",\"2026-05-05\",\"bolt\",\"a \\\"b\\\"\nc, d\"\n",
                "Escapes 0:1|2026-05-05|bolt|a \"b\"\nc, d",
            ),
            ("3,2026-05-05,bolt,\"Dear all,\nsee you, soon\nBye\"\n", "as it is, 0 swallowed"),
            ("3,2026-05-05,bolt,\"one\ntwo\"\n", "as it is, 0 swallowed"),
            ("3,2026-05-05,bolt,\"Table:\n4,2026-05-06,bolt,x\nBye\"\n", "as it is, 1 swallowed"),
            ("3,2026-05-05,bolt,\"C:\\temp\\\"\n", "as it is, 0 swallowed"),
            ("3,2026-05-05,bolt,5\\\" pipe\n", "as it is, 0 swallowed"),
        ] {
            assert_eq!(told(bytes, &like), expected, "{bytes}");
        }
        // Two columns say too little.
        assert_eq!(told("3,\"one\ntwo, three\"\n", &["1", "x"]), "as it is, 0 swallowed");
    }
}
