//! Logs in, lines out: several files read as one, in the order of time.
//!
//! What a line says, beyond its `at`, is the plugin's business.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Deserialize;
use std::borrow::Cow;

use crate::calendar::{self, Instant};
use crate::error::Error;

mod decode;
mod lines;

use self::lines::{Lines, Raw};

/// Bytes of one line, without its end; the contract's limit.
pub const LINE_BYTES_MAX: usize = 64 << 10;

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Number of the input, from 0.
    pub file: usize,
    /// From 1.
    pub line: u64,
}

/// A line, or why there is none to hand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<T> {
    /// Nothing but white space.
    Blank,
    /// One activity, as far as the host can tell.
    Text(T),
    /// Longer than [`LINE_BYTES_MAX`]; how many bytes.
    TooLong(u64),
    /// No UTF-8; at which byte, from 0.
    NotUtf8(usize),
}

/// One line of an input.
#[derive(Clone, Debug)]
pub struct Line<T> {
    /// Where it stands.
    pub origin: Origin,
    /// When it happened, where that can be read.
    pub at: Option<Instant>,
    /// What it says.
    pub content: Content<T>,
}

/// Several logs, read as one.
pub struct Input {
    sources: Vec<Source>,
    names: Vec<String>,
    bytes_read: Arc<AtomicU64>,
    bytes_total: Option<u64>,
    shown: Option<usize>,
}

struct Source {
    lines: Lines,
    head: Option<Line<()>>,
    started: bool,
}

impl Input {
    /// Opens every file; `-` is standard input. Gzip and zstd are known by their first bytes.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] with the first file that cannot be opened.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let (mut sources, mut names, mut bytes_total) = (Vec::new(), Vec::new(), Some(0));
        for path in paths {
            let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
            let (raw, bytes) = open(path).map_err(|source| Error::Read { name: name.clone(), source })?;
            bytes_total = bytes_total.zip(bytes).map(|(total, bytes): (u64, u64)| total + bytes);
            let counted = Counted { raw, bytes_read: Arc::clone(&bytes_read) };
            sources.push(source(Box::new(counted), &name)?);
            names.push(name);
        }
        Ok(Self { sources, names, bytes_read, bytes_total, shown: None })
    }

    /// Reads from memory: one input for each text.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where compressed bytes are damaged.
    pub fn from_bytes(texts: &[&[u8]]) -> Result<Self, Error> {
        let names: Vec<String> = (1..=texts.len()).map(|at| format!("input {at}")).collect();
        let open = |(text, name): (&&[u8], &String)| source(Box::new(io::Cursor::new(text.to_vec())), name);
        let sources = texts.iter().zip(&names).map(open).collect::<Result<_, _>>()?;
        Ok(Self { sources, names, bytes_read: Arc::default(), bytes_total: None, shown: None })
    }

    /// The inputs as they were named.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Bytes read so far, of files as they are stored; goes up as lines are read.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes_read)
    }

    /// Bytes of all files; none where one of the inputs is a stream.
    pub fn bytes_total(&self) -> Option<u64> {
        self.bytes_total
    }

    /// The next line: of the heads of all inputs the earliest, one whose `at` cannot be read first of all.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where an input cannot be read to its end.
    pub fn next_line(&mut self) -> Result<Option<Line<&str>>, Error> {
        for (file, source) in self.sources.iter_mut().enumerate() {
            if !source.started || self.shown == Some(file) {
                source.started = true;
                source.head = source.read_head(file, self.names.get(file))?;
            }
        }
        let heads = self.sources.iter().enumerate();
        let earliest = heads.filter_map(|(file, source)| Some((source.head.as_ref()?.at, file))).min();
        self.shown = earliest.map(|(_, file)| file);
        let Some(source) = self.shown.and_then(|file| self.sources.get(file)) else { return Ok(None) };
        Ok(source.head.as_ref().map(|head| Line {
            origin: head.origin,
            at: head.at,
            content: match head.content {
                Content::Blank => Content::Blank,
                Content::Text(()) => Content::Text(source.lines.text()),
                Content::TooLong(bytes) => Content::TooLong(bytes),
                Content::NotUtf8(at) => Content::NotUtf8(at),
            },
        }))
    }

    /// All lines, put in the order of time; those of one instant, and those without one, stay in their order.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] where an input cannot be read to its end.
    pub fn sorted(&mut self) -> Result<Vec<Line<String>>, Error> {
        let mut all = Vec::new();
        while let Some(line) = self.next_line()? {
            let content = match line.content {
                Content::Blank => Content::Blank,
                Content::Text(text) => Content::Text(text.to_owned()),
                Content::TooLong(bytes) => Content::TooLong(bytes),
                Content::NotUtf8(at) => Content::NotUtf8(at),
            };
            all.push(Line { origin: line.origin, at: line.at, content });
        }
        all.sort_by_key(|line| line.at);
        Ok(all)
    }
}

impl Line<String> {
    /// The same line, borrowed.
    pub fn as_deref(&self) -> Line<&str> {
        let content = match &self.content {
            Content::Blank => Content::Blank,
            Content::Text(text) => Content::Text(text.as_str()),
            Content::TooLong(bytes) => Content::TooLong(*bytes),
            Content::NotUtf8(at) => Content::NotUtf8(*at),
        };
        Line { origin: self.origin, at: self.at, content }
    }
}

impl Source {
    fn read_head(&mut self, file: usize, name: Option<&String>) -> Result<Option<Line<()>>, Error> {
        let raw = self.lines.read().map_err(|source| {
            // A damaged archive is found at some line; the file's name alone would not help.
            let told = format!("after line {}: {source}", self.lines.number());
            let name = name.cloned().unwrap_or_default();
            Error::Read { name, source: io::Error::new(source.kind(), told) }
        })?;
        let content = match raw {
            Raw::End => return Ok(None),
            Raw::TooLong(bytes) => Content::TooLong(bytes),
            Raw::NotUtf8(at) => Content::NotUtf8(at),
            Raw::Text if self.lines.text().trim_ascii().is_empty() => Content::Blank,
            Raw::Text => Content::Text(()),
        };
        let at = if content == Content::Text(()) { peek(self.lines.text()) } else { None };
        Ok(Some(Line { origin: Origin { file, line: self.lines.number() }, at, content }))
    }
}

/// Reads `at` from a line, without judging the rest.
fn peek(line: &str) -> Option<Instant> {
    #[derive(Deserialize)]
    struct Peek<'a> {
        #[serde(borrow)]
        at: Cow<'a, str>,
    }
    calendar::parse(&serde_json::from_str::<Peek<'_>>(line).ok()?.at)
}

fn open(path: &Path) -> io::Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    Ok((Box::new(file), about.is_file().then_some(about.len())))
}

fn source(raw: Box<dyn Read + Send>, name: &str) -> Result<Source, Error> {
    let decoded = decode::decode(raw).map_err(|source| Error::Read { name: name.to_owned(), source })?;
    Ok(Source { lines: Lines::new(BufReader::with_capacity(1 << 17, decoded)), head: None, started: false })
}

struct Counted {
    raw: Box<dyn Read + Send>,
    bytes_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let bytes = self.raw.read(buffer)?;
        self.bytes_read.fetch_add(u64::try_from(bytes).unwrap_or_default(), Ordering::Relaxed);
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(day: u32, name: &str) -> String {
        format!("{{\"id\":\"{name}\",\"at\":\"2026-01-{day:02}T00:00:00Z\"}}\n")
    }

    fn shown(line: &Line<&str>) -> String {
        let Content::Text(text) = line.content else { return format!("{:?}", line.origin) };
        format!("{}:{} {}", line.origin.file, line.origin.line, text.get(7..8).unwrap_or_default())
    }

    #[test]
    fn ordered_logs_are_merged_by_time() {
        let first = [line(1, "a"), line(3, "c"), line(5, "e")].concat();
        let second = [line(2, "b"), "no json\n".to_owned(), line(3, "d"), line(9, "f")].concat();
        let mut input = Input::from_bytes(&[first.as_bytes(), second.as_bytes()]).unwrap();
        let mut order = Vec::new();
        while let Some(line) = input.next_line().unwrap() {
            order.push(shown(&line));
        }
        assert_eq!(order, ["0:1 a", "1:1 b", "1:2 ", "0:2 c", "1:3 d", "0:3 e", "1:4 f"]);
    }

    #[test]
    fn a_log_out_of_order_can_be_sorted() {
        let text = [line(5, "c"), line(1, "a"), line(5, "d"), line(2, "b")].concat();
        let mut input = Input::from_bytes(&[text.as_bytes()]).unwrap();
        let order: Vec<String> = input.sorted().unwrap().iter().map(|line| shown(&line.as_deref())).collect();
        assert_eq!(order, ["0:2 a", "0:4 b", "0:1 c", "0:3 d"]);
    }

    #[test]
    fn only_an_instant_of_the_contract_is_read() {
        assert_eq!(peek(r#"{"at":"1970-01-01T00:00:01Z","x":[1,{"at":2}]}"#), Some(1_000));
        assert_eq!(peek(r#"{"\u0061t":"1970-01-01T00:00:01\u005a"}"#), Some(1_000));
        for line in ["", "{}", r#"{"at":1}"#, r#"{"at":"yesterday"}"#, r#"{"at":"1970-01-01T00:00:01Z""#] {
            assert_eq!(peek(line), None, "{line}");
        }
    }
}
