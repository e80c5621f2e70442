//! Records in JSON: the elements of lists, one object a line, pages of an API with a list in them, one after the other.
//!
//! An input is read to its end, whatever stands behind its first document. A list is never in memory as a whole, however
//! deep in the document it is.

use std::io::{self, BufRead};

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use self::place::{Place, Walked};
use super::faults::Fault;
use super::json::{self, Stand};
use super::mapped::{Owned, Records};
use super::pages::{self, MARK_BYTES_MAX, Pages};
use super::plain::Plain;
use crate::error::{refused, too_large};
use redtape_model::problem::escaped;

mod place;

/// Bytes of one record.
const RECORD_BYTES_MAX: usize = 1 << 20;
/// Bytes of a record that is too long, and passed over; a longer one has no end.
const PASSED_BYTES_MAX: usize = 16 << 20;
/// Bytes of a line that is parsed before it is known to be a record; longer ones are walked through first.
const LINE_BYTES_MAX: usize = 64 << 10;
/// Lists and pages inside each other.
const FRAMES_MAX: usize = 64;
/// Objects that programs put around a whole answer, as the command line of Salesforce does.
pub(super) const WRAPPERS: [&str; 5] = ["result", "data", "response", "body", "d"];
/// Bytes of a broken record that are shown.
const FOUND_BYTES_MAX: usize = 100;

/// The records of an input.
pub(super) struct Elements {
    plain: Plain,
    /// Keys that lead to the list of records in a page, and the same as a JSON pointer; empty: objects are records.
    path: Vec<String>,
    pointer: String,
    /// What is open, the innermost last.
    frames: Vec<Frame>,
    /// Whether documents begin with lines, so that one that is cut off does not take the next one with it.
    by_lines: bool,
    /// Line of the next byte, and on which the newest document begins.
    line: u64,
    /// Bytes of it before the next one.
    column: u64,
    begun: u64,
    /// Where the record begins that was read last.
    stand: Stand,
    /// Records read, and documents.
    number: u64,
    documents: u64,
    record: Vec<u8>,
    /// The object that is looked at, while it may be a record as well as a page.
    kept: Option<Vec<u8>>,
    pages: Pages,
    /// Objects around the page, of which its path does not know: 0 or 1.
    wrapped: usize,
}

/// What is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Frame {
    /// Elements of a list.
    List { is_begun: bool },
    /// Members of a page, or of an object in it, behind the list of records.
    Rest,
}

/// Why a document cannot be read on.
enum Stop {
    Input(io::Error),
    Broken(String),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Input(error)
    }
}

/// What was found.
enum Found {
    /// An element in `record`, of so many bytes.
    Element(usize),
    /// A record that was parsed already.
    Parsed(Result<Value, String>),
    /// What is no JSON, between documents.
    Garbage,
    End,
}

impl Elements {
    /// Finds the first document. `path` leads to the list of records in a page.
    pub(super) fn begin(mut plain: Plain, path: &[String]) -> io::Result<Self> {
        let head = plain.fill_buf()?;
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = head.get(mark..).unwrap_or_default().trim_ascii_start();
        if !matches!(text.first(), Some(b'[' | b'{')) {
            return Err(refused("it is no JSON: expected `[` or `{` at its beginning"));
        }
        let by_lines = are_lines(text);
        plain.consume(mark);
        let pointer = path.iter().map(|key| format!("/{}", escaped(key))).collect();
        Ok(Self {
            plain,
            path: path.to_vec(),
            pointer,
            frames: Vec::new(),
            by_lines,
            line: 1,
            column: 0,
            begun: 1,
            stand: Stand { line: 1, column: 1 },
            number: 0,
            documents: 0,
            record: Vec::new(),
            kept: None,
            pages: Pages::default(),
            wrapped: 0,
        })
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> io::Result<Option<u8>> {
        loop {
            let held = self.plain.fill_buf()?;
            if held.is_empty() {
                return Ok(None);
            }
            let space = held.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
            let next = held.get(space).copied();
            self.take(space);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    /// Where the next byte stands.
    fn here(&self) -> Stand {
        Stand { line: self.line, column: self.column + 1 }
    }

    /// Takes bytes that are held.
    fn take(&mut self, bytes: usize) {
        let part = self.plain.held().get(..bytes).unwrap_or_default();
        match memchr::memrchr(b'\n', part) {
            Some(last) => {
                self.line += memchr::memchr_iter(b'\n', part).count() as u64;
                self.column = (part.len() - last - 1) as u64;
            }
            None => self.column += part.len() as u64,
        }
        if let Some(kept) = self.kept.as_mut().filter(|kept| kept.len() <= RECORD_BYTES_MAX) {
            kept.extend_from_slice(part);
        }
        self.plain.consume(bytes);
    }

    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.take(1);
                Ok(())
            }
            found => Err(unexpected(&format!("`{}`", char::from(byte)), found)),
        }
    }

    /// Walks through a value, and keeps the first bytes of it; gives how many there are.
    fn value(&mut self, kept_max: usize) -> Result<usize, Stop> {
        Ok(self.walk(kept_max, usize::MAX)?.unwrap_or_default())
    }

    /// The same of a value of at most so many bytes; none: it is longer.
    fn walk(&mut self, kept_max: usize, bytes_max: usize) -> Result<Option<usize>, Stop> {
        self.peek()?;
        let (begins, mut length) = (self.line, 0);
        self.stand = self.here();
        self.record.clear();
        let mut place = Place::new(self.by_lines);
        loop {
            let held = self.plain.fill_buf()?;
            if held.is_empty() && place.is_bare() {
                return Ok(Some(length));
            }
            if length > bytes_max {
                return Ok(None);
            }
            if held.is_empty() {
                return Err(Stop::Broken(format!("it ends inside the value that begins at line {begins}")));
            }
            let (bytes, walked) = place.walk(held);
            let room = kept_max.saturating_sub(self.record.len());
            self.record.extend_from_slice(held.get(..bytes.min(room)).unwrap_or_default());
            length += bytes;
            self.take(bytes);
            match walked {
                Walked::Whole => return Ok(Some(length)),
                Walked::Cut => {
                    return Err(Stop::Broken(format!("the value that begins at line {begins} is cut off")));
                }
                Walked::Part => {}
            }
        }
    }

    /// Reads on to the next element, through lists, pages and documents.
    fn advance(&mut self) -> Result<Found, Stop> {
        loop {
            match self.frames.last().copied() {
                None => {
                    let Some(byte) = self.peek()? else { return Ok(Found::End) };
                    match byte {
                        // Documents are put together in many ways.
                        b',' | b'\x1e' => self.take(1),
                        b'{' | b'[' => {
                            (self.begun, self.documents) = (self.line, self.documents + 1);
                            if let Some(parsed) = self.whole_line()? {
                                return Ok(Found::Parsed(parsed));
                            }
                            if let Some(length) = self.enter(byte)? {
                                return Ok(Found::Element(length));
                            }
                        }
                        _ => return Ok(Found::Garbage),
                    }
                }
                Some(Frame::List { is_begun }) => {
                    if let Some(byte) = self.next_in_list(is_begun)?
                        && let Some(length) = self.enter(byte)?
                    {
                        return Ok(Found::Element(length));
                    }
                }
                Some(Frame::Rest) => self.next_in_page()?,
            }
        }
    }

    /// A line that is one record, as most are; none: what begins here is something else, and nothing was taken.
    fn whole_line(&mut self) -> io::Result<Option<Result<Value, String>>> {
        let held = self.plain.held();
        let Some(end) = memchr::memchr(b'\n', held).filter(|end| *end <= LINE_BYTES_MAX) else {
            return Ok(None);
        };
        let line = held.get(..end).unwrap_or_default();
        if !self.by_lines || !line.starts_with(b"{") || (self.pages.records > 0 && !self.path.is_empty()) {
            return Ok(None);
        }
        let parsed = json::read(line, self.here());
        let is_page = |value: &Value| {
            let has_list = |page: &Value| page.pointer(&self.pointer).is_some_and(Value::is_array);
            let is_wrapped = || WRAPPERS.iter().filter_map(|key| value.get(key)).any(has_list);
            !self.path.is_empty() && (has_list(value) || is_wrapped())
        };
        let is_record = match &parsed {
            Ok(value) => !is_page(value),
            Err(told) => told.starts_with(json::TWICE),
        };
        if is_record {
            self.record.clear();
            if parsed.is_err() {
                self.record.extend_from_slice(line.get(..FOUND_BYTES_MAX).unwrap_or(line));
            }
            self.take(end);
        }
        Ok(is_record.then_some(parsed))
    }

    /// Goes into a list or a page, or reads an element; gives its length where it is one.
    fn enter(&mut self, byte: u8) -> Result<Option<usize>, Stop> {
        if self.frames.len() >= FRAMES_MAX {
            return Err(Stop::Broken(format!("more than {FRAMES_MAX} lists are inside each other")));
        }
        match byte {
            b'[' => {
                self.take(1);
                self.frames.push(Frame::List { is_begun: false });
                Ok(None)
            }
            b'{' if !self.path.is_empty() && !self.frames.contains(&Frame::Rest) => self.page_or_record(),
            _ => self.element().map(Some),
        }
    }

    /// Reads an element; gives its length.
    fn element(&mut self) -> Result<usize, Stop> {
        let (line, number) = (self.line, self.number);
        self.walk(RECORD_BYTES_MAX, PASSED_BYTES_MAX)?.ok_or_else(|| {
            Stop::Input(too_large(PASSED_BYTES_MAX, format!(
                "the record that begins at line {line}, after {number} others, is longer than {PASSED_BYTES_MAX} bytes"
            )))
        })
    }

    /// Goes to the next element of the list; its first byte, or none where the list ends.
    fn next_in_list(&mut self, is_begun: bool) -> Result<Option<u8>, Stop> {
        match self.peek()? {
            Some(b']') => {
                self.take(1);
                self.frames.pop();
                return Ok(None);
            }
            Some(b',') if is_begun => self.take(1),
            Some(_) if !is_begun => {}
            None => return Err(Stop::Broken("it ends inside its list".to_owned())),
            found => return Err(unexpected("`,` or `]`", found)),
        }
        if let Some(Frame::List { is_begun }) = self.frames.last_mut() {
            *is_begun = true;
        }
        match self.peek()? {
            None => Err(Stop::Broken("it ends inside its list".to_owned())),
            // A comma too many loses nothing.
            Some(b']') if is_begun => {
                self.take(1);
                self.frames.pop();
                Ok(None)
            }
            found => Ok(found),
        }
    }

    /// Looks for the list of records in an object, and goes into it; an object that has none is a record.
    fn page_or_record(&mut self) -> Result<Option<usize>, Stop> {
        self.kept = Some(Vec::new());
        let stand = self.here();
        let before = self.pages.begin();
        let is_page = self.search();
        let kept = self.kept.take().unwrap_or_default();
        if is_page? {
            return Ok(None);
        }
        self.pages.go_back(before);
        // The first document in several lines is a page whose list is somewhere else, or an answer that is no page.
        if self.documents == 1 && self.number == 0 && !self.by_lines && self.frames.is_empty() {
            return Err(Stop::Input(refused(format!("it has no list at `{}`", self.path.join(".")))));
        }
        (self.record, self.stand) = (kept, stand);
        Ok(Some(self.record.len()))
    }

    fn search(&mut self) -> Result<bool, Stop> {
        let mut level = 0;
        self.wrapped = 0;
        self.expect(b'{')?;
        loop {
            let Some(key) = self.key()? else {
                match (level, self.wrapped) {
                    (0, 0) => return Ok(false),
                    (0, _) => self.wrapped = 0,
                    _ => level -= 1,
                }
                continue;
            };
            let is_last = level + 1 == self.path.len();
            match self.peek()? {
                Some(b'[') if is_last && self.path.get(level) == Some(&key) => {
                    self.take(1);
                    self.frames.extend((0..=level + self.wrapped).map(|_| Frame::Rest));
                    self.frames.push(Frame::List { is_begun: false });
                    return Ok(true);
                }
                Some(b'{') if !is_last && self.path.get(level) == Some(&key) => {
                    self.take(1);
                    level += 1;
                }
                Some(b'{') if level == 0 && self.wrapped == 0 && WRAPPERS.contains(&&*key) => {
                    self.take(1);
                    self.wrapped = 1;
                }
                _ => self.member(&key)?,
            }
        }
    }

    /// The next key of an object, with the colon behind it; none where the object ends.
    fn key(&mut self) -> Result<Option<String>, Stop> {
        let mut next = self.peek()?;
        if next == Some(b',') {
            self.take(1);
            next = self.peek()?;
        }
        match next {
            Some(b'}') => {
                self.take(1);
                Ok(None)
            }
            Some(b'"') => {
                self.value(MARK_BYTES_MAX)?;
                let key = serde_json::from_slice(&self.record).unwrap_or_default();
                self.expect(b':')?;
                Ok(Some(key))
            }
            found => Err(unexpected("a key or `}`", found)),
        }
    }

    /// Passes over a member of a page, however long it is, unless it says something of the page.
    fn member(&mut self, key: &str) -> Result<(), Stop> {
        let is_mark = pages::is_mark(key);
        let length = self.value(if is_mark { MARK_BYTES_MAX } else { 0 })?;
        if is_mark && length <= MARK_BYTES_MAX {
            self.pages.mark(key, serde_json::from_slice(&self.record).unwrap_or_default());
        }
        Ok(())
    }

    /// Reads a member behind the list of records, or the end of an object.
    fn next_in_page(&mut self) -> Result<(), Stop> {
        let level = self.frames.iter().filter(|frame| **frame == Frame::Rest).count();
        let Some(key) = self.key()? else {
            self.frames.pop();
            if level == 1 {
                self.pages.end();
            }
            return Ok(());
        };
        // A list that goes on.
        let level = level.saturating_sub(self.wrapped);
        let is_path = level > 0 && level == self.path.len() && self.path.last() == Some(&key);
        if is_path && self.peek()? == Some(b'[') {
            self.take(1);
            self.frames.push(Frame::List { is_begun: false });
            return Ok(());
        }
        self.member(&key)
    }

    /// Passes over a line, and over all behind it up to one that begins like a document; gives the beginning of it.
    fn pass_over(&mut self) -> io::Result<String> {
        let mut found = Vec::new();
        let (mut is_margin, mut has_line) = (false, false);
        loop {
            let held = self.plain.fill_buf()?;
            let Some(first) = held.first() else { break };
            if is_margin && matches!(first, b'{' | b'[') {
                break;
            }
            let end = memchr::memchr(b'\n', held);
            let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
            if !has_line {
                found.extend_from_slice(part.get(..FOUND_BYTES_MAX).unwrap_or(part));
                has_line = end.is_some() || found.len() > FOUND_BYTES_MAX;
            }
            is_margin = end.is_some();
            let bytes = end.map_or(part.len(), |end| end + 1);
            self.take(bytes);
        }
        Ok(shown(&found))
    }

    /// What to do where a document breaks: by lines there is a next one.
    fn broken(&mut self, why: &str) -> io::Result<(u64, Option<Fault>)> {
        if !self.by_lines {
            let told = format!("it breaks at line {}, after {} records: {why}", self.line, self.number);
            return Err(refused(told));
        }
        self.frames.clear();
        self.kept = None;
        let line = self.begun;
        let found = shown(self.record.get(..FOUND_BYTES_MAX).unwrap_or(&self.record));
        let is_next = self.line > line && matches!(self.peek()?, Some(b'{' | b'['));
        if !is_next {
            self.pass_over()?;
        }
        Ok((
            line,
            Some(Fault { field: String::new(), found, expected: format!("a whole JSON document: {why}") }),
        ))
    }
}

impl Records for Elements {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        let parsed = match self.advance() {
            Ok(Found::End) => return Ok(None),
            Ok(Found::Parsed(parsed)) => parsed,
            Ok(Found::Element(length)) if length > RECORD_BYTES_MAX => {
                Err(format!("a record of at most {RECORD_BYTES_MAX} bytes"))
            }
            Ok(Found::Element(_)) => json::read(&self.record, self.stand),
            Ok(Found::Garbage) => {
                let (line, documents) = (self.line, self.documents);
                let found = self.pass_over()?;
                let expected = match documents {
                    _ if self.by_lines => "a JSON document".to_owned(),
                    0 | 1 => format!("nothing behind the first document, or another one, at line {line}"),
                    _ => format!("nothing behind {documents} documents, or another one, at line {line}"),
                };
                return Ok(Some((line, Some(Fault { field: String::new(), found, expected }))));
            }
            Err(Stop::Input(error)) => return Err(error),
            Err(Stop::Broken(why)) => return self.broken(&why).map(Some),
        };
        self.number += 1;
        self.pages.records += u64::from(self.frames.contains(&Frame::Rest));
        let number = if self.by_lines { self.begun } else { self.number };
        match parsed {
            Ok(value) => {
                *record = Owned::Json(value);
                Ok(Some((number, None)))
            }
            Err(expected) => {
                let found = shown(self.record.get(..FOUND_BYTES_MAX).unwrap_or(&self.record));
                Ok(Some((number, Some(Fault { field: String::new(), found, expected }))))
            }
        }
    }

    fn remarks(&mut self) -> Vec<String> {
        self.pages.told().into_iter().collect()
    }
}

/// Whether documents begin with lines: the first of several lines is whole, or the second where the first is not merely begun.
fn are_lines(text: &[u8]) -> bool {
    let is_whole = |line: &[u8]| {
        let mut values = Deserializer::from_slice(line).into_iter::<IgnoredAny>();
        values.next().is_some_and(|value| value.is_ok()) && values.all(|value| value.is_ok())
    };
    let mut lines = text.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii_end();
    let is_begun = matches!(first.last(), Some(b'[' | b'{' | b',' | b':'));
    let second = lines.next().filter(|second| second.starts_with(b"{"));
    let has_more = text.get(first.len()..).is_some_and(|rest| !rest.trim_ascii().is_empty());
    (has_more && is_whole(first)) || (!is_begun && second.is_some_and(is_whole))
}

fn shown(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).trim().to_owned()
}

fn unexpected(expected: &str, found: Option<u8>) -> Stop {
    Stop::Broken(match found {
        Some(found) => format!("expected {expected}, found `{}`", char::from(found).escape_default()),
        None => format!("it ends where {expected} is expected"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, path: &[&str]) -> String {
        let path: Vec<String> = path.iter().copied().map(str::to_owned).collect();
        let told = |block_bytes: usize| -> io::Result<String> {
            let plain = Plain::begin(Box::new(io::Cursor::new(text.as_bytes().to_vec())), block_bytes)?;
            let mut elements = Elements::begin(plain, &path)?;
            let mut text = String::new();
            let mut record = Owned::Json(Value::Null);
            while let Some((line, fault)) = elements.next(&mut record)? {
                let Owned::Json(value) = &record else { unreachable!() };
                text += &format!(
                    "{line}:{} ",
                    fault.map_or(value.to_string(), |fault| format!("?{}", fault.expected))
                );
            }
            Ok(text.trim_end().to_owned())
        };
        told(1 << 16).unwrap_or_else(|error| error.to_string())
    }

    #[test]
    fn records_are_cut_out_of_lists_documents_and_lines() {
        for (text, path, expected) in [
            (r#"[{"a":"]}\""},{"b":[1,{}]}]"#, &[][..], r#"1:{"a":"]}\""} 2:{"b":[1,{}]}"#),
            ("\u{feff} [\n]\n", &[], ""),
            ("{\"a\":1}\n\n{\"a\":2}\r\n", &[], r#"1:{"a":1} 3:{"a":2}"#),
            ("{\"a\":1}\nno json\n{\"a\":3}", &[], r#"1:{"a":1} 2:?a JSON document 3:{"a":3}"#),
            ("{\n \"a\":1\n}\n{\"a\":2}", &[], r#"1:{"a":1} 2:{"a":2}"#),
            (
                r#"{"next":{"x":[]},"results":[{"a":1}, 7 ,{"a":2}],"n":1}"#,
                &["results"],
                r#"1:{"a":1} 2:?a JSON object 3:{"a":2}"#,
            ),
            ("{\"d\":\n{\"n\":null,\"list\":[{}]}}", &["d", "list"], "1:{}"),
            ("[{\"a\":1}]", &["results"], r#"1:{"a":1}"#),
            (
                r#"{"status":0,"result":{"size":1,"records":[{"a":1}],"records":[{"a":2}]},"n":{"records":[{"a":3}]}}"#,
                &["records"],
                r#"1:{"a":1} 2:{"a":2}"#,
            ),
            (
                "{\"d\":{\"records\":[{\"a\":1}]}}\n{\"d\":{\"records\":[{\"a\":2}]}}\n",
                &["records"],
                r#"1:{"a":1} 2:{"a":2}"#,
            ),
            ("{\n\"result\":{\"n\":1},\"d\":{\"records\":[{\"a\":1}]}}", &["records"], r#"1:{"a":1}"#),
            ("{\"a\":1}\n{\"a\":2}\n", &["results"], r#"1:{"a":1} 2:{"a":2}"#),
            ("{\n\"a\":[]}", &["results"], "it has no list at `results`"),
            ("{\n\"results\":{}}", &["results"], "it has no list at `results`"),
            ("[{\"a\":1}", &[], "it breaks at line 1, after 1 records: it ends inside its list"),
            (
                "[{\"a\":1},\n{\"b\"",
                &[],
                "it breaks at line 2, after 1 records: it ends inside the value that begins at line 2",
            ),
            ("[{\"a\":1},]\n[{\"a\":2},\n]", &[], r#"1:{"a":1} 2:{"a":2}"#),
            ("[{} {}]", &[], "it breaks at line 1, after 1 records: expected `,` or `]`, found `{`"),
            ("[{\"a\":1,},{}]", &[], "1:?a JSON object: trailing comma at line 1 column 9 2:{}"),
            // Behind the first document.
            ("[{\"a\":1}]\n[{\"a\":2},{\"a\":3}]\n", &[], r#"1:{"a":1} 2:{"a":2} 2:{"a":3}"#),
            ("{\"r\":[{\"a\":1}],\"n\":1}\n{\"n\":2,\"r\":[{\"a\":2}]}\n", &["r"], r#"1:{"a":1} 2:{"a":2}"#),
            ("{\n\"r\":[{\"a\":1}]\n}\n{\n\"r\":[{\"a\":2}]\n}", &["r"], r#"1:{"a":1} 2:{"a":2}"#),
            (r#"{"a":1}{"a":2}[{"a":3}],{"a":4}"#, &[], r#"1:{"a":1} 2:{"a":2} 3:{"a":3} 4:{"a":4}"#),
            (r#"[{"r":[{"a":1}]},{"r":[]},{"a":2}]"#, &["r"], r#"1:{"a":1} 2:{"a":2}"#),
            (r#"[[{"a":1}],[],[{"a":2}]]"#, &[], r#"1:{"a":1} 2:{"a":2}"#),
            (
                "[\n{\"a\":1}\n]\n<html>\n<p>Bad gateway\n[{\"a\":2}]",
                &[],
                r#"1:{"a":1} 4:?nothing behind the first document, or another one, at line 4 2:{"a":2}"#,
            ),
            ("[{\"a\":1}]\n]", &[], r#"1:{"a":1} 2:?a JSON document"#),
            // A line that is cut off does not take the next one with it.
            (
                "{\"a\":1}\n{\"a\":{\"b\":\"x\n{\"a\":2}\n{\"a\":[1,\n{\"a\":3}\n{\"a\":",
                &[],
                r#"1:{"a":1} 2:?a whole JSON document: the value that begins at line 2 is cut off 3:{"a":2} 4:?a whole JSON document: the value that begins at line 4 is cut off 5:{"a":3} 6:?a whole JSON document: it ends inside the value that begins at line 6"#,
            ),
            ("{\"a\":1}\n{\n  \"a\": [\n    2\n  ]\n}\n{\"a\":3}", &[], r#"1:{"a":1} 2:{"a":[2]} 7:{"a":3}"#),
            (
                "{\"r\":[{\"a\":1},\n{\"r\":[{\"a\":2}]}",
                &["r"],
                "it breaks at line 2, after 2 records: it ends inside its list",
            ),
            (
                "{\"a\":1}\n{\"a\":1,\"a\":2}\n[{\"b\":1,\"b\":1}]",
                &[],
                r#"1:{"a":1} 2:?one value for the key `a`, which is there twice, with two 3:{"b":1}"#,
            ),
            ("<xml>", &[], "it is no JSON: expected `[` or `{` at its beginning"),
        ] {
            assert_eq!(cut(text, path), expected, "{text}");
        }
    }

    #[test]
    fn a_slip_in_a_record_is_told_with_its_place_in_the_input() {
        for (text, path, expected) in [
            (
                "[{\"a\":1},\n  {\"a\":NaN}]",
                &[][..],
                "1:{\"a\":1} 2:?a JSON object: line 2 column 8 has `NaN`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
            (
                "{\"a\":1}\n{\"a\":Infinity}\n",
                &["r"],
                "1:{\"a\":1} 2:?a JSON object: line 2 column 6 has `Infinity`, which is no value of JSON: write `null`, a number, `true` or `false`",
            ),
        ] {
            assert_eq!(cut(text, path), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_deep_or_too_long_is_told() {
        let deep = format!("[{}", "[".repeat(5000) + &"]".repeat(5000) + "]");
        let told = "it breaks at line 1, after 0 records: more than 64 lists are inside each other";
        assert_eq!(cut(&deep, &[]), told);
        assert_eq!(cut(&"[".repeat(3 << 20), &[]), told);
        let deep = format!("[{{\"a\":{}{}}}]", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(cut(&deep, &[]), "1:?a JSON object: recursion limit exceeded at line 1 column 133");
        // What is too long, in the file or in memory, is passed over.
        let long = format!("[{{}},{{\"a\":\"{}\"}},{{}}]", "x".repeat(2 << 20));
        assert_eq!(cut(&long, &[]), "1:{} 2:?a record of at most 1048576 bytes 3:{}");
        let line = format!("{{}}\n{{\"a\":\"{}\"}}\n{{}}", "x".repeat(2 << 20));
        assert_eq!(cut(&line, &[]), "1:{} 2:?a record of at most 1048576 bytes 3:{}");
        let many = format!("[{{\"a\":[{}0]}},{{}}]", "{\"b\":1},".repeat(100_000));
        assert_eq!(cut(&many, &[]), "1:?a record that takes at most 16 MiB of memory 2:{}");
        let skipped = format!("{{\n\"big\":\"{}\",\"list\":[{{}}]}}", "x".repeat(2 << 20));
        assert_eq!(cut(&skipped, &["list"]), "1:{}", "what is passed over has no limit");
    }
}
