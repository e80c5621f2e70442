//! Records in JSON: the elements of a list, one after the other, or one object a line.
//!
//! A list is never in memory as a whole, however deep in the document it is.

use std::io::{self, BufRead};

use serde_json::Value;

use super::faults::Fault;
use super::format::refused;
use super::mapped::{Owned, Records};
use super::plain::Plain;

/// Bytes of one record.
const RECORD_BYTES_MAX: usize = 1 << 20;
/// Bytes of a broken record that are shown.
const FOUND_BYTES_MAX: usize = 100;

/// The records of an input.
pub(super) struct Elements {
    plain: Plain,
    order: Layout,
    /// Line of the next byte.
    line: u64,
    /// Elements read.
    number: u64,
    record: Vec<u8>,
}

/// How records follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Layout {
    /// One a line.
    Lines,
    /// Objects with nothing between them.
    Objects,
    /// Elements of a list.
    List,
    Ended,
}

impl Elements {
    /// Finds the first record. `path` leads to the list of records in a document that is an object.
    pub(super) fn begin(mut plain: Plain, path: &[String]) -> io::Result<Self> {
        let head = plain.fill_buf()?;
        let mark = if head.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let text = head.get(mark..).unwrap_or_default().trim_ascii_start();
        let first_line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        let first_line: Option<Value> = serde_json::from_slice(first_line).ok();
        let pointer: String =
            path.iter().map(|key| format!("/{}", key.replace('~', "~0").replace('/', "~1"))).collect();
        let is_record = first_line
            .is_some_and(|line| line.is_object() && (path.is_empty() || line.pointer(&pointer).is_none()));
        let order = match text.first() {
            Some(b'[') => Layout::List,
            Some(b'{') if is_record => Layout::Lines,
            Some(b'{') if path.is_empty() => Layout::Objects,
            Some(b'{') => Layout::List,
            _ => return Err(refused("it is no JSON: expected `[` or `{` at its beginning")),
        };
        let is_document = order == Layout::List && text.starts_with(b"{");
        plain.consume(mark);
        let mut elements = Self { plain, order, line: 1, number: 0, record: Vec::new() };
        if is_document {
            elements.descend(path)?;
        } else if order == Layout::List {
            elements.expect(b'[')?;
        }
        Ok(elements)
    }

    /// Goes down to the list at `path`, and into it.
    fn descend(&mut self, path: &[String]) -> io::Result<()> {
        let whole = path.join(".");
        for key in path {
            if self.peek()? != Some(b'{') {
                return Err(refused(format!("it has no list at `{whole}`")));
            }
            self.expect(b'{')?;
            loop {
                if self.peek()? != Some(b'"') {
                    return Err(refused(format!("it has no list at `{whole}`")));
                }
                self.value()?;
                let found: Option<String> = serde_json::from_slice(&self.record).ok();
                self.expect(b':')?;
                if found.as_ref() == Some(key) {
                    break;
                }
                self.skip()?;
                if self.peek()? != Some(b',') {
                    return Err(refused(format!("it has no list at `{whole}`")));
                }
                self.expect(b',')?;
            }
        }
        match self.peek()? {
            Some(b'[') => self.expect(b'['),
            _ => Err(refused(format!("it has no list at `{whole}`"))),
        }
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
            self.line += memchr::memchr_iter(b'\n', held.get(..space).unwrap_or_default()).count() as u64;
            self.plain.consume(space);
            if next.is_some() {
                return Ok(next);
            }
        }
    }

    fn expect(&mut self, byte: u8) -> io::Result<()> {
        match self.peek()? {
            Some(found) if found == byte => {
                self.plain.consume(1);
                Ok(())
            }
            Some(found) => Err(self.broken(&format!(
                "expected `{}`, found `{}`",
                char::from(byte),
                char::from(found).escape_default()
            ))),
            None => Err(self.broken(&format!("it ends where `{}` is expected", char::from(byte)))),
        }
    }

    fn broken(&self, why: &str) -> io::Error {
        refused(format!("it breaks at line {}, after {} records: {why}", self.line, self.number))
    }

    /// Reads a value into `record`.
    fn value(&mut self) -> io::Result<()> {
        self.walk(true)
    }

    /// Passes over a value, however long it is.
    fn skip(&mut self) -> io::Result<()> {
        self.walk(false)
    }

    fn walk(&mut self, is_kept: bool) -> io::Result<()> {
        let begins = self.line;
        self.record.clear();
        self.peek()?;
        let mut place = Place::default();
        loop {
            let held = self.plain.fill_buf()?;
            if held.is_empty() {
                return Err(self.broken(&format!("it ends inside the value that begins at line {begins}")));
            }
            let (bytes, is_whole) = place.walk(held);
            let part = held.get(..bytes).unwrap_or_default();
            self.line += memchr::memchr_iter(b'\n', part).count() as u64;
            if is_kept {
                self.record.extend_from_slice(part);
            }
            self.plain.consume(bytes);
            if self.record.len() > RECORD_BYTES_MAX {
                return Err(refused(format!(
                    "the record that begins at line {begins}, after {} others, is longer than {RECORD_BYTES_MAX} bytes",
                    self.number
                )));
            }
            if is_whole {
                return Ok(());
            }
        }
    }

    /// Reads a line into `record`; whether there is one.
    fn one_line(&mut self) -> io::Result<bool> {
        self.record.clear();
        if self.peek()?.is_none() {
            return Ok(false);
        }
        loop {
            let held = self.plain.fill_buf()?;
            let end = memchr::memchr(b'\n', held);
            let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
            let is_last = held.is_empty();
            self.record.extend_from_slice(part);
            let bytes = part.len();
            self.plain.consume(bytes);
            if self.record.len() > RECORD_BYTES_MAX {
                return Err(refused(format!("line {} is longer than {RECORD_BYTES_MAX} bytes", self.line)));
            }
            // The break itself is for the next look, which counts it.
            if end.is_some() || is_last {
                return Ok(true);
            }
        }
    }

    /// Goes to the next element of the list; whether there is one.
    fn next_element(&mut self) -> io::Result<bool> {
        match self.peek()? {
            Some(b']') => {
                self.plain.consume(1);
                self.order = Layout::Ended;
                return Ok(false);
            }
            Some(b',') if self.number > 0 => self.plain.consume(1),
            Some(_) if self.number == 0 => {}
            Some(found) => {
                let found = char::from(found).escape_default();
                return Err(self.broken(&format!("expected `,` or `]`, found `{found}`")));
            }
            None => return Err(self.broken("it ends inside its list")),
        }
        if self.peek()?.is_none() {
            return Err(self.broken("it ends inside its list"));
        }
        self.value()?;
        Ok(true)
    }

    /// Reads the rest of the input, so that one that is cut off is noticed.
    fn rest(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.plain.fill_buf()?.len();
            if bytes == 0 {
                return Ok(());
            }
            self.plain.consume(bytes);
        }
    }
}

impl Records for Elements {
    fn next(&mut self, record: &mut Owned) -> io::Result<Option<(u64, Option<Fault>)>> {
        let is_there = match self.order {
            Layout::Lines => self.one_line()?,
            Layout::Objects => {
                let is_there = self.peek()?.is_some();
                if is_there {
                    self.value()?;
                }
                is_there
            }
            Layout::List => self.next_element()?,
            Layout::Ended => false,
        };
        if !is_there {
            self.rest()?;
            return Ok(None);
        }
        self.number += 1;
        let number = if self.order == Layout::Lines { self.line } else { self.number };
        let fault = |expected: String| {
            let found = String::from_utf8_lossy(self.record.get(..FOUND_BYTES_MAX).unwrap_or(&self.record))
                .into_owned();
            Some(Fault { field: String::new(), found, expected })
        };
        match serde_json::from_slice::<Value>(&self.record) {
            Ok(value) if value.is_object() => {
                *record = Owned::Json(value);
                Ok(Some((number, None)))
            }
            Ok(_) => Ok(Some((number, fault("a JSON object".to_owned())))),
            Err(error) => Ok(Some((number, fault(format!("a JSON object: {error}"))))),
        }
    }
}

/// Where in a value a walk is.
#[derive(Debug, Default)]
struct Place {
    depth: u64,
    is_text: bool,
    is_escaped: bool,
    /// Whether the value is a number or a word, which ends where something else begins.
    is_bare: bool,
}

impl Place {
    /// Walks on; gives how many bytes belong to the value, and whether it is whole.
    fn walk(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            if self.is_text {
                at += self.text(bytes.get(at..).unwrap_or_default());
                if !self.is_text && self.depth == 0 {
                    return (at, true);
                }
                continue;
            }
            match byte {
                b'"' if !self.is_bare => self.is_text = true,
                b'{' | b'[' if !self.is_bare => self.depth += 1,
                b'}' | b']' if self.depth > 0 => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (at + 1, true);
                    }
                }
                // Whatever cannot be part of it ends a bare value; one byte is taken at least, so that a walk gets on.
                b',' | b']' | b'}' | b':' | b'"' | b'{' | b'[' if self.depth == 0 => {
                    return if self.is_bare { (at, true) } else { (at + 1, true) };
                }
                byte if self.depth == 0 && byte.is_ascii_whitespace() && self.is_bare => return (at, true),
                _ if self.depth == 0 => self.is_bare = true,
                _ => {}
            }
            at += 1;
        }
        (at, false)
    }

    /// Walks through a text; gives how many bytes of it there are.
    fn text(&mut self, bytes: &[u8]) -> usize {
        let mut at = 0;
        if self.is_escaped {
            self.is_escaped = false;
            at = 1;
        }
        while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
            at += found + 1;
            if bytes.get(at - 1) == Some(&b'"') {
                self.is_text = false;
                return at;
            }
            if at >= bytes.len() {
                self.is_escaped = true;
                return at;
            }
            at += 1;
        }
        bytes.len()
    }
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
            (
                "{\"a\":1}\nno json\n{\"a\":3}",
                &[],
                r#"1:{"a":1} 2:?a JSON object: expected ident at line 1 column 2 3:{"a":3}"#,
            ),
            ("{\n \"a\":1\n}\n{\"a\":2}", &[], r#"1:{"a":1} 2:{"a":2}"#),
            (
                r#"{"next":{"x":[]},"results":[{"a":1}, 7 ,{"a":2}],"n":1}"#,
                &["results"],
                r#"1:{"a":1} 2:?a JSON object 3:{"a":2}"#,
            ),
            ("{\"d\":\n{\"n\":null,\"list\":[{}]}}", &["d", "list"], "1:{}"),
            ("[{\"a\":1}]", &["results"], r#"1:{"a":1}"#),
            ("{\"a\":1}\n{\"a\":2}\n", &["results"], r#"1:{"a":1} 2:{"a":2}"#),
            ("{\n\"a\":[]}", &["results"], "it has no list at `results`"),
            ("{\n\"results\":{}}", &["results"], "it has no list at `results`"),
            ("[{\"a\":1}", &[], "it breaks at line 1, after 1 records: it ends inside its list"),
            (
                "[{\"a\":1},\n{\"b\"",
                &[],
                "it breaks at line 2, after 1 records: it ends inside the value that begins at line 2",
            ),
            ("[{} {}]", &[], "it breaks at line 1, after 1 records: expected `,` or `]`, found `{`"),
            ("[{\"a\":1,},{}]", &[], "1:?a JSON object: trailing comma at line 1 column 8 2:{}"),
            ("<xml>", &[], "it is no JSON: expected `[` or `{` at its beginning"),
        ] {
            assert_eq!(cut(text, path), expected, "{text}");
        }
    }

    #[test]
    fn what_is_too_deep_or_too_long_ends_in_one_error() {
        let deep = format!("[{}", "[".repeat(5000) + &"]".repeat(5000) + "]");
        assert_eq!(cut(&deep, &[]), "1:?a JSON object: recursion limit exceeded at line 1 column 128");
        let long = format!("[{{}},{{\"a\":\"{}\"}}]", "x".repeat(2 << 20));
        assert_eq!(
            cut(&long, &[]),
            "the record that begins at line 1, after 1 others, is longer than 1048576 bytes"
        );
        assert_eq!(
            cut(&"[".repeat(3 << 20), &[]),
            "the record that begins at line 1, after 0 others, is longer than 1048576 bytes"
        );
        let line = format!("{{}}\n{{\"a\":\"{}\"}}", "x".repeat(2 << 20));
        assert_eq!(cut(&line, &[]), "line 2 is longer than 1048576 bytes");
        let skipped = format!("{{\n\"big\":\"{}\",\"list\":[{{}}]}}", "x".repeat(2 << 20));
        assert_eq!(cut(&skipped, &["list"]), "1:{}", "what is passed over has no limit");
    }
}
