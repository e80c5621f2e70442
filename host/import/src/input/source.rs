//! One input: opened as what it turns out to be, then line by line.

use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64;

use super::convert::{Convert, Converted, Ordered};
use super::counts::{Counts, Tally};
use super::elements::Elements;
use super::format::Format;
use super::ics::{Ics, Shelf};
use super::lines::Lines;
use super::mapped::{Mapped, Records};
use super::ocel::Log;
use super::plain::Plain;
use super::rows::Rows;
use super::table::{CASE, Table};
use super::xes::Xes;
use super::{
    Bytes, Content, Held, LINE_BYTES_MAX, Line, Origin, Pace, Pass, Reading, Remarks, fields, handover,
};
use crate::calendar::Instant;
use crate::error::Error;
use crate::mapping::Mapping;

/// Days that a line may be ahead of its input before it waits; the default of policies.
const LATENESS_DAYS: u64 = 7;

/// One of the logs that are read as one.
pub(super) struct Source {
    file: u32,
    name: String,
    reading: Reading,
    remarks: Remarks,
    counts: Counts,
    /// Canonical lines that are handed on, and those that cannot be.
    lines: (Cell<u64>, Cell<u64>),
    /// Where calendars know of each other.
    shelf: Shelf,
    reader: Reader,
    /// Its next line, where there are several inputs.
    pub(super) head: Option<Head>,
    pace: Pace,
    /// Lines that have waited, and come next.
    waited: VecDeque<Line<String>>,
    number: u64,
    is_over: bool,
}

/// The line of an input that comes next.
pub(super) struct Head {
    /// By what it is put among those of other inputs.
    pub(super) key: Option<Instant>,
    /// Without what it says.
    line: Line<()>,
    /// A line that has waited; none: the one that was read last.
    waited: Option<Line<String>>,
}

/// How the lines of an input come about.
enum Reader {
    /// Nothing was read yet, so that opening an input waits for nobody.
    Unread(Option<Plain>),
    /// Canonical lines, looked at where they were read.
    Lines(Lines),
    /// Records of another format.
    Converted(Box<Ordered>, Option<Converted>),
}

impl Source {
    /// Begins to read `raw` ahead.
    pub(super) fn begin(
        file: u32,
        name: String,
        raw: Bytes,
        block_bytes: usize,
        reading: Reading,
        (remarks, counts, shelf): (Remarks, Counts, Shelf),
    ) -> Result<Self, Error> {
        match Plain::begin(raw, block_bytes) {
            Ok(plain) => {
                let reader = Reader::Unread(Some(plain));
                Ok(Self {
                    file,
                    name,
                    reading,
                    remarks,
                    counts,
                    shelf,
                    lines: Default::default(),
                    reader,
                    head: None,
                    pace: Pace::new(LATENESS_DAYS),
                    waited: VecDeque::new(),
                    number: 0,
                    is_over: false,
                })
            }
            Err(source) => Err(Error::Read { name, source }),
        }
    }

    /// Reads its next line; whether there is one.
    pub(super) fn read(&mut self) -> Result<bool, Error> {
        let read = self.open().and_then(|()| match &mut self.reader {
            Reader::Unread(_) => Ok(false),
            Reader::Lines(lines) => lines.read().map_err(|source| {
                // A damaged archive is found at some line; the file's name alone would not help.
                let told = format!("after line {}: {source}", lines.number());
                io::Error::new(source.kind(), told)
            }),
            Reader::Converted(ordered, shown) => {
                *shown = ordered.next()?;
                Ok(shown.is_some())
            }
        });
        let is_there = read.map_err(|source| Error::Read { name: self.name.clone(), source })?;
        if !is_there {
            let tally = match &self.reader {
                Reader::Unread(_) => Tally::default(),
                Reader::Lines(_) => self.lines(),
                Reader::Converted(ordered, _) => ordered.tally().clone(),
            };
            self.counts.set(self.file, tally);
        }
        Ok(is_there)
    }

    /// Opens it, before any of several is read: calendars are read as one.
    pub(super) fn begin_reading(&mut self) -> Result<(), Error> {
        self.open().map_err(|source| Error::Read { name: self.name.clone(), source })
    }

    /// Reads the line that is put among those of other inputs.
    pub(super) fn read_head(&mut self) -> Result<(), Error> {
        self.head = None;
        loop {
            if let Some(line) = self.waited.pop_front() {
                self.head = Some(Head { key: line.at, line: line.as_deref().map(drop), waited: Some(line) });
                return Ok(());
            }
            if self.is_over {
                return Ok(());
            }
            if !self.read()? {
                self.is_over = true;
                let (ready, apart) = self.pace.end();
                let mut left: Vec<Held> = ready.into_iter().chain(apart).collect();
                left.sort();
                self.waited.extend(left.into_iter().map(|held| held.line));
                continue;
            }
            self.head = self.pace_line();
            if self.head.is_some() {
                return Ok(());
            }
        }
    }

    /// The line that was read, where it does not wait.
    fn pace_line(&mut self) -> Option<Head> {
        self.number += 1;
        let mut pace = std::mem::replace(&mut self.pace, Pace::new(0));
        let line = self.line();
        let key = match (line.at, &line.content) {
            (Some(at), Content::Text(text)) => match pace.judge(&line, text, at, self.number, false) {
                Pass::Moves => Some(Some(at)),
                Pass::Still => Some(None),
                Pass::Waits => None,
            },
            _ => Some(None),
        };
        let head = key.map(|key| Head { key, line: line.map(drop), waited: None });
        self.waited.extend(pace.ready().into_iter().map(|held| held.line));
        self.pace = pace;
        head
    }

    /// The line that is next.
    pub(super) fn head_line(&self) -> Option<Line<&str>> {
        match self.head.as_ref()? {
            Head { waited: Some(line), .. } => Some(line.as_deref()),
            Head { line, waited: None, .. } => Some(Line {
                origin: line.origin,
                at: line.at,
                account: line.account,
                content: self.content(),
            }),
        }
    }

    /// Finds out what it is, at the first look.
    fn open(&mut self) -> io::Result<()> {
        let Reader::Unread(unread) = &mut self.reader else { return Ok(()) };
        let Some(mut plain) = unread.take() else { return Ok(()) };
        let head = plain.fill_buf()?;
        let format = match self.reading.from {
            Some(format) => format,
            None => Format::detect(head, &self.name, self.reading.mapping.is_some())?,
        };
        self.reader = match converter(format, plain, &self.name, &self.reading, &self.remarks, &self.shelf)? {
            Opened::Lines(plain) => Reader::Lines(Lines::of(plain)),
            Opened::Records(converter) => {
                let ordered = Ordered::new(converter, &self.name, self.remarks.clone());
                Reader::Converted(Box::new(ordered), None)
            }
        };
        Ok(())
    }

    /// What became of canonical lines.
    fn lines(&self) -> Tally {
        let (read, faulty) = (self.lines.0.get(), self.lines.1.get());
        Tally { records: read + faulty, read, faulty, activities: read, ..Tally::default() }
    }

    /// The line that was read; asked for once each.
    pub(super) fn line(&self) -> Line<&str> {
        let number = match &self.reader {
            Reader::Lines(lines) => lines.number(),
            Reader::Converted(_, shown) => shown.as_ref().map_or(0, |shown| shown.line),
            Reader::Unread(_) => 0,
        };
        let origin = Origin { file: self.file, line: number };
        let content = self.content();
        let (mut at, mut account) = (None, 0);
        match &content {
            Content::Blank => {}
            Content::Text(_) => self.lines.0.update(|lines| lines + 1),
            _ => self.lines.1.update(|lines| lines + 1),
        }
        if let Content::Text(text) = content {
            let fields = fields::read(text);
            at = fields.instant();
            account = fields.account.map_or(0, |name| xxh3_64(name.as_bytes()));
        }
        Line { origin, at, account, content }
    }

    /// What it says.
    pub(super) fn content(&self) -> Content<&str> {
        match &self.reader {
            Reader::Lines(lines) => lines.content(),
            Reader::Converted(_, Some(Converted { content, .. })) => match content {
                Ok(text) if text.len() > LINE_BYTES_MAX => Content::TooLong(text.len() as u64),
                Ok(text) => Content::Text(text),
                Err(fault) => Content::Faulty(Box::new(fault.clone())),
            },
            Reader::Converted(_, None) | Reader::Unread(_) => Content::Blank,
        }
    }
}

/// An input whose format is known.
enum Opened {
    Lines(Plain),
    Records(Box<dyn Convert>),
}

/// How `format` is read. What a reader takes for granted goes to `remarks`.
fn converter(
    format: Format,
    mut plain: Plain,
    name: &str,
    reading: &Reading,
    remarks: &Remarks,
    shelf: &Shelf,
) -> io::Result<Opened> {
    match format {
        Format::Ndjson => Ok(Opened::Lines(plain)),
        Format::Xes => {
            let xes = Box::new(Xes::new(plain));
            Ok(Opened::Records(handover::begin(xes, name, reading, remarks)?))
        }
        Format::Ocel => {
            let log = Log::read(plain)?;
            Ok(Opened::Records(handover::begin_objects(log, name, reading, remarks)?))
        }
        Format::Csv => {
            let stated = reading.mapping.as_ref().and_then(|mapping| mapping.delimiter());
            let (header, rows) = Rows::begin(plain, reading.delimiter.or(stated))?;
            columns(&header, Box::new(rows), name, reading, remarks)
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let (header, rows) = super::columnar::Columnar::parquet(plain)?;
            columns(&header, Box::new(rows), name, reading, remarks)
        }
        #[cfg(feature = "parquet")]
        Format::Arrow => {
            let (header, rows) = super::columnar::Columnar::arrow(plain)?;
            columns(&header, Box::new(rows), name, reading, remarks)
        }
        #[cfg(not(feature = "parquet"))]
        Format::Parquet | Format::Arrow => Err(super::format::refused(
            "it is Parquet or Arrow, which this build does not read: build redtape with `--features parquet`, or \
             export CSV",
        )),
        Format::Json => {
            let path = match &reading.mapping {
                Some(mapping) => mapping.records().to_vec(),
                None => usual_path(plain.fill_buf()?),
            };
            let elements = Elements::begin(plain, &path)?;
            let mapped = Mapped::begin(Box::new(elements), None, name, reading, remarks)?;
            Ok(Opened::Records(Box::new(mapped)))
        }
        Format::Ics => Ok(Opened::Records(Box::new(Ics::open(plain, name, reading, remarks, shelf)?))),
    }
}

/// How rows with columns are read: each for itself, or as events of traces.
fn columns(
    header: &[String],
    rows: Box<dyn Records>,
    name: &str,
    reading: &Reading,
    remarks: &Remarks,
) -> io::Result<Opened> {
    if let Some(case) = events_of(header, reading) {
        let table = Table::begin(rows, header, &case)?;
        return Ok(Opened::Records(handover::begin(Box::new(table), name, reading, remarks)?));
    }
    let mapped = Mapped::begin(rows, Some(header), name, reading, remarks)?;
    Ok(Opened::Records(Box::new(mapped)))
}

/// Whether rows are events of traces: the column that names the trace.
fn events_of(header: &[String], reading: &Reading) -> Option<String> {
    let is_known = |mapping: &&Arc<Mapping>| !mapping.traces().is_empty() && mapping.recognizes(header);
    let mapping = reading.mapping.as_ref().or_else(|| Mapping::all_ready().find(is_known));
    let usual = || header.iter().find(|column| *column == CASE).cloned();
    match mapping.map(|mapping| mapping.traces()) {
        Some([rules, ..]) => Some(rules.case.clone().unwrap_or_else(|| CASE.to_owned())),
        Some([]) => None,
        None => usual(),
    }
}

/// The way to the list of records in a document that no mapping was named for: one that a ready mapping knows.
fn usual_path(head: &[u8]) -> Vec<String> {
    let is_list = |key: &String| {
        let quoted = format!("\"{key}\"");
        memchr::memmem::find_iter(head, quoted.as_bytes()).any(|at| {
            let rest = head.get(at + quoted.len()..).unwrap_or_default().trim_ascii_start();
            rest.strip_prefix(b":").is_some_and(|rest| rest.trim_ascii_start().starts_with(b"["))
        })
    };
    let mut paths = Mapping::all_ready().map(|mapping| mapping.records());
    paths.find(|path| path.last().is_some_and(is_list)).map(<[String]>::to_vec).unwrap_or_default()
}
