//! XML, one tag or text after the other, within bounds: what XES and OCEL have in common.
//!
//! Entities that a file declares are never followed, and nothing outside the file is ever read.

use std::borrow::Cow;
use std::io::{self, BufRead, Read};
use std::ops::Range;

use memchr::memchr_iter;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Error, Reader, XmlVersion};

use super::plain::Plain;
use crate::error::{after_line, refused_at, too_large};

/// Elements inside each other.
const DEPTH_MAX: usize = 64;
/// Bytes of one tag with its attributes, or of one text.
pub(super) const MARKUP_BYTES_MAX: usize = 1 << 20;

/// Bytes in which a declaration ends.
const DECLARATION_BYTES_MAX: usize = 1_000;
/// Bytes of what the parser says, which may hold text of the file.
const TOLD_BYTES_MAX: usize = 200;

/// An XML file that is being read.
pub(super) struct Xml {
    reader: Reader<Counting>,
    buffer: Vec<u8>,
    place: Place,
}

/// How far a file has been read.
struct Place {
    /// Line on which the newest node begins; from 1.
    line: u64,
    /// Elements that are open.
    depth: usize,
    /// Whether the outermost element has begun.
    begun: bool,
}

/// A piece of a file.
pub(super) enum Node<'a> {
    /// An element begins; an empty one ends right away.
    Open(Tag<'a>),
    /// The newest element that is open ends.
    Close,
    /// Text inside an element, maybe one part of several.
    Text(Cow<'a, str>),
    /// What says nothing: comments and the like.
    Other,
    /// The end of the file.
    End,
}

/// The beginning of an element.
pub(super) struct Tag<'a> {
    start: BytesStart<'a>,
    /// From 1.
    pub(super) line: u64,
}

impl Tag<'_> {
    /// Its name without the namespace.
    pub(super) fn name(&self) -> &str {
        self.start.local_name().into_inner()
    }

    /// The values of some of its attributes, whatever their namespaces.
    pub(super) fn values<const N: usize>(&self, names: [&str; N]) -> io::Result<[Option<Cow<'_, str>>; N]> {
        let mut values = [const { None }; N];
        // Of two of one name the first counts: to look for more would cost time.
        for attribute in self.start.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| broken(self.line, &error.into()))?;
            let name = attribute.key.local_name().into_inner();
            let wanted = names.iter().zip(&mut values).find(|(wanted, _)| **wanted == name);
            let Some((_, value @ None)) = wanted else { continue };
            *value = Some(
                attribute
                    .normalized_value(XmlVersion::Implicit1_0)
                    .map_err(|error| broken(self.line, &error))?,
            );
        }
        Ok(values)
    }
}

impl Xml {
    pub(super) fn new(plain: Plain) -> Self {
        let mut reader = Reader::from_reader(Counting { plain, lines: 1, left: MARKUP_BYTES_MAX });
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), place: Place { line: 1, depth: 0, begun: false } }
    }

    /// Line on which the newest node begins.
    pub(super) fn line(&self) -> u64 {
        self.place.line
    }

    /// Elements that are open.
    pub(super) fn depth(&self) -> usize {
        self.place.depth
    }

    /// The next node.
    ///
    /// # Errors
    ///
    /// Where the rest is no XML, or is beyond a limit: a text that names the line.
    pub(super) fn next(&mut self) -> io::Result<Node<'_>> {
        self.buffer.clear();
        let source = self.reader.get_mut();
        source.left = MARKUP_BYTES_MAX;
        self.place.line = source.lines;
        let line = self.place.line;
        let event = self.reader.read_event_into(&mut self.buffer);
        self.place.node(event.map_err(|error| broken(line, &error))?)
    }

    /// Leaves out the rest of the newest element that is open.
    pub(super) fn skip(&mut self) -> io::Result<()> {
        let outside = self.depth().saturating_sub(1);
        while self.depth() > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The text of the newest element that is open, up to its end; elements in it are left out.
    pub(super) fn text(&mut self) -> io::Result<String> {
        let (inside, line) = (self.depth(), self.line());
        let mut text = String::new();
        while self.depth() >= inside {
            let is_direct = self.depth() == inside;
            if let (Node::Text(part), true) = (self.next()?, is_direct) {
                text.push_str(&part);
            }
            if text.len() > MARKUP_BYTES_MAX {
                return Err(too_long(line));
            }
        }
        Ok(text)
    }
}

impl Place {
    fn node<'a>(&mut self, event: Event<'a>) -> io::Result<Node<'a>> {
        let line = self.line;
        match event {
            Event::Start(start) => self.open(start),
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Ok(Node::Close)
            }
            Event::Text(text) if self.depth > 0 => Ok(Node::Text(text.into_inner())),
            Event::CData(text) if self.depth > 0 => Ok(Node::Text(text.into_inner())),
            Event::GeneralRef(reference) if self.depth > 0 => reference_text(line, &reference),
            Event::Text(text) if text.trim().is_empty() => Ok(Node::Other),
            Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => {
                Err(wrong(line, "there is text outside of all elements"))
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().and_then(Result::ok);
                let is_known = encoding.as_deref().is_none_or(|name| {
                    ["utf-8", "utf8", "us-ascii", "ascii"].contains(&&*name.to_ascii_lowercase())
                });
                if is_known {
                    return Ok(Node::Other);
                }
                let name = encoding.unwrap_or_default();
                Err(wrong(
                    line,
                    &format!("it is written in `{name}`: write it in UTF-8 first, as `iconv` does"),
                ))
            }
            Event::DocType(kind) if kind.contains("<!ENTITY") => Err(wrong(
                line,
                "it declares entities of its own, which are never followed: write out what they stand for",
            )),
            Event::Eof if self.depth > 0 => {
                Err(wrong(line, "the file ends in the middle of an element: it was cut off"))
            }
            Event::Eof if !self.begun => Err(wrong(line, "there is no element in it")),
            Event::Eof => Ok(Node::End),
            _ => Ok(Node::Other),
        }
    }

    fn open<'a>(&mut self, start: BytesStart<'a>) -> io::Result<Node<'a>> {
        if self.depth == 0 && self.begun {
            return Err(wrong(self.line, "another log begins: give each log as a file of its own"));
        }
        if self.depth == DEPTH_MAX {
            let told = format!("more than {DEPTH_MAX} elements are inside each other");
            return Err(wrong(self.line, &told));
        }
        self.begun = true;
        self.depth += 1;
        Ok(Node::Open(Tag { start, line: self.line }))
    }
}

/// The encoding that an XML file says it is written in, and where it says so.
pub(super) fn declared(head: &[u8]) -> Option<(Range<usize>, String)> {
    let begins = head.len() - super::format::beginning(head).len();
    let text = head.get(begins..)?;
    let end = memchr::memmem::find(text.get(..text.len().min(DECLARATION_BYTES_MAX))?, b"?>")?;
    let declaration = text.get(..end)?.strip_prefix(b"<?xml").map(|_| text.get(..end))??;
    let at = memchr::memmem::find(declaration, b"encoding")? + b"encoding".len();
    let quote = at + declaration.get(at..)?.iter().position(|byte| matches!(byte, b'"' | b'\''))?;
    let name = declaration.get(quote + 1..)?;
    let length = name.iter().position(|byte| Some(byte) == declaration.get(quote))?;
    let place = begins + quote + 1..begins + quote + 1 + length;
    Some((place.clone(), String::from_utf8_lossy(head.get(place)?).trim().to_owned()))
}

/// What `&name;` or `&#number;` stands for.
fn reference_text<'a>(line: u64, reference: &BytesRef<'a>) -> io::Result<Node<'a>> {
    let character = reference.resolve_char_ref().map_err(|error| broken(line, &error))?;
    let text = character.map(|character| Cow::Owned(character.to_string()));
    let text = text.or_else(|| resolve_predefined_entity(reference).map(Cow::Borrowed));
    let unknown = || wrong(line, &format!("`&{};` is no entity of XML", super::shortened(reference)));
    text.map(Node::Text).ok_or_else(unknown)
}

/// An error at a line.
pub(super) fn wrong(line: u64, why: &str) -> io::Error {
    refused_at(line, format!("line {line}: {why}"))
}

fn too_long(line: u64) -> io::Error {
    let told = format!("line {line}: a tag or a text of more than {} KiB", MARKUP_BYTES_MAX >> 10);
    too_large(MARKUP_BYTES_MAX, told)
}

/// An error of the parser, or of what it reads from.
fn broken(line: u64, error: &Error) -> io::Error {
    match error {
        Error::Io(cause) if cause.kind() == io::ErrorKind::FileTooLarge => too_long(line),
        Error::Io(cause) => after_line(line, cause),
        other => {
            wrong(line, &format!("it is no XML: {}", crate::text::cut(&other.to_string(), TOLD_BYTES_MAX)))
        }
    }
}

/// Counts lines, and what one node takes of the file.
struct Counting {
    plain: Plain,
    lines: u64,
    /// Bytes that the node being read may still take.
    left: usize,
}

impl BufRead for Counting {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.plain.fill_buf()
    }

    fn consume(&mut self, bytes: usize) {
        let taken = self.plain.held().get(..bytes).unwrap_or_default();
        self.lines += u64::try_from(memchr_iter(b'\n', taken).count()).unwrap_or_default();
        self.left = self.left.saturating_sub(bytes);
        self.plain.consume(bytes);
    }
}

impl Read for Counting {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?.read(buffer)?;
        self.consume(bytes);
        Ok(bytes)
    }
}
