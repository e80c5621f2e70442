//! One input: opened as what it turns out to be, then line by line.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::charset::{Charset, Encoding, Guess};
use super::convert::{Convert, Held as Activity, Next, Ordered};
use super::counts::{Counts, Tally};
use super::elements::Elements;
use super::format::{COMPOUND, Format, ZIP, refused};
use super::ics::{Ics, Shelf};
use super::lines::Lines;
use super::mapped::{Mapped, Records};
use super::ocel::Log;
use super::plain::{Plain, Stored};
use super::rows::Rows;
use super::table::{CASE, Table};
use super::workbook::{self, Found};
use super::xes::Xes;
use super::{
    BLOCK_BYTES, Bytes, Content, Held, LINE_BYTES_MAX, Line, Origin, Pace, Pass, Reading, Remarks, fields,
    handover, shortened, xml,
};
use crate::accounts::Accounts;
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
    charset: Charset,
    is_told: Cell<bool>,
    /// Canonical lines that are handed on, and those that cannot be.
    lines: (u64, u64),
    /// Where calendars know of each other.
    shelf: Shelf,
    reader: Reader,
    /// The line that was read, where its account has another name in the table of accounts.
    resolved: Option<String>,
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
    Converted(Box<Ordered>, Option<Next>),
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
        let charset = Charset::asked(reading.encoding);
        match Plain::begin_as(raw, block_bytes, &charset) {
            Ok(plain) => {
                let reader = Reader::Unread(Some(plain));
                let (is_told, lines) = Default::default();
                let head = None;
                Ok(Self {
                    file,
                    name,
                    reading,
                    remarks,
                    counts,
                    charset,
                    is_told,
                    lines,
                    shelf,
                    reader,
                    resolved: None,
                    head,
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
        self.resolved = None;
        if !is_there {
            self.tell_malformed();
            let tally = match &self.reader {
                Reader::Unread(_) => Tally::default(),
                Reader::Lines(_) => self.lines(),
                Reader::Converted(ordered, _) => ordered.tally().clone(),
            };
            self.counts.set(self.file, tally);
            return Ok(false);
        }
        let content = self.content();
        let (is_text, is_blank) = (matches!(content, Content::Text(_)), matches!(content, Content::Blank));
        if let (Some(accounts), Content::Text(text)) = (&self.reading.accounts, content) {
            self.resolved = resolved(text, accounts);
        }
        self.lines.0 += u64::from(is_text);
        self.lines.1 += u64::from(!is_text && !is_blank);
        Ok(true)
    }

    /// Whether its lines were made of another format.
    pub(super) fn is_converted(&self) -> bool {
        matches!(self.reader, Reader::Converted(..))
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
        if plain.fill_buf()?.is_empty() {
            self.say("is empty");
        }
        if let Some(encoding) = self.charset.found() {
            self.say(&format!("is read as {encoding}"));
        }
        let opened = self.opened(plain, self.name.clone(), true)?;
        self.reader = match opened {
            Opened::Lines(plain) => Reader::Lines(Lines::of(plain)),
            Opened::Records(converter) => {
                let ordered = Ordered::new(converter, &self.name, self.remarks.clone());
                Reader::Converted(Box::new(ordered), None)
            }
        };
        Ok(())
    }

    /// Opens bytes that are called `name`; an archive with one file in it is that file.
    fn opened(&self, mut plain: Plain, name: String, is_outside: bool) -> io::Result<Opened> {
        let head = plain.fill_buf()?;
        let is_packed = head.starts_with(ZIP) || head.starts_with(COMPOUND);
        let format = match self.reading.from {
            Some(format) if !is_packed => format,
            _ => Format::detect(head, &name, self.reading.mapping.is_some())?,
        };
        if format != Format::Workbook {
            self.decode(&mut plain, format)?;
            return converter(format, plain, &self.name, &self.reading, &self.remarks, &self.shelf);
        }
        if !is_packed {
            return Err(refused(
                "it is no workbook: they begin like a zip archive, or like older Office documents",
            ));
        }
        let is_header = |names: &[String]| match &self.reading.mapping {
            Some(mapping) => events_of(names, &self.reading).is_some() || mapping.bind(names, None).is_ok(),
            None => is_table_of(names),
        };
        let stored = plain.stored();
        match workbook::open(plain, self.reading.sheet.as_deref(), &is_header)? {
            Found::Sheet(header, sheet) => {
                columns(&header, sheet, stored, &self.name, &self.reading, &self.remarks)
            }
            Found::File(name, _) if !is_outside => Err(refused(format!(
                "it is an archive in an archive (`{}`): unpack it first",
                shortened(&name)
            ))),
            Found::File(name, bytes) => {
                self.say(&format!("is an archive: `{}` in it is read", crate::text::printable(&name)));
                self.opened(Plain::begin_as(bytes, BLOCK_BYTES, &self.charset)?, name, false)
            }
        }
    }

    /// Makes text of what is no UTF-8, where that is neither asked for nor seen at its beginning.
    fn decode(&self, plain: &mut Plain, format: Format) -> io::Result<()> {
        let is_text = matches!(format, Format::Csv | Format::Json | Format::Ics | Format::Xes | Format::Ocel);
        let is_known = self.charset.asked.is_some() || self.charset.found().is_some();
        let mut declared = None;
        if let Some((place, name)) = xml::declared(plain.fill_buf()?) {
            let encoding = Encoding::named(&name);
            let is_read = is_known || encoding.is_some_and(|it| it.is_single_byte() || it.is_unicode());
            if !is_read && encoding.is_some() {
                return Err(refused(format!(
                    "it is written in `{name}`, as it says: say `--encoding {name}`"
                )));
            }
            if !is_read {
                return Err(refused(format!(
                    "it is written in `{}`, which is not known: write it in UTF-8 first",
                    shortened(&name)
                )));
            }
            // What is decoded is UTF-8, whatever it says.
            plain.replace(place, b"utf-8");
            declared = encoding.map(|encoding| (encoding, shortened(&name)));
        }
        if is_text && !is_known {
            let (remarks, name) = (self.remarks.clone(), crate::text::printable(&self.name));
            let say = Box::new(move |told: String| remarks.say(format!("`{name}`: {told}")));
            plain.guess(Guess::new(declared), say);
        }
        Ok(())
    }

    fn say(&self, told: &str) {
        self.remarks.say(format!("`{}` {told}", crate::text::printable(&self.name)));
    }

    /// Says what could not be decoded.
    fn tell_malformed(&self) {
        let malformed = self.charset.malformed();
        if malformed > 0 && !self.is_told.replace(true) {
            let places = crate::text::counted(malformed, "place");
            self.say(&format!(
                "is not wholly in that encoding: {places} in it could not be decoded, and show as \u{fffd}"
            ));
        }
    }

    /// What became of canonical lines.
    fn lines(&self) -> Tally {
        let (read, faulty) = self.lines;
        Tally { records: read + faulty, read, faulty, activities: read, ..Tally::default() }
    }

    /// The line that was read.
    pub(super) fn line(&self) -> Line<&str> {
        let number = match &self.reader {
            Reader::Lines(lines) => lines.number(),
            Reader::Converted(_, Some(Next::Activity(Activity { line, .. }) | Next::Fault(line, _))) => *line,
            Reader::Converted(_, None) => 0,
            Reader::Unread(_) => 0,
        };
        let origin = Origin { file: self.file, line: number };
        let content = self.content();
        let (at, account) = match (&self.reader, &content) {
            (Reader::Converted(_, Some(Next::Activity(known))), Content::Text(_))
                if self.resolved.is_none() =>
            {
                (known.at, known.account)
            }
            (_, Content::Text(text)) => {
                let fields = fields::read(text);
                (fields.instant(), fields.account_hash())
            }
            _ => (None, 0),
        };
        Line { origin, at, account, content }
    }

    /// What it says.
    pub(super) fn content(&self) -> Content<&str> {
        if let Some(text) = &self.resolved {
            let is_too_long = text.len() > LINE_BYTES_MAX;
            return if is_too_long { Content::TooLong(text.len() as u64) } else { Content::Text(text) };
        }
        match &self.reader {
            Reader::Lines(lines) => lines.content(),
            Reader::Converted(_, Some(Next::Activity(Activity { text, .. }))) => match text.len() {
                bytes if bytes > LINE_BYTES_MAX => Content::TooLong(bytes as u64),
                _ => Content::Text(text),
            },
            Reader::Converted(_, Some(Next::Fault(_, fault))) => Content::Faulty(Box::new(fault.clone())),
            Reader::Converted(_, None) | Reader::Unread(_) => Content::Blank,
        }
    }
}

/// A line with the one id of its account; none: it has it already, or none is known.
fn resolved(line: &str, accounts: &Accounts) -> Option<String> {
    let place = fields::account_place(line)?;
    let account: Cow<'_, str> = serde_json::from_str(line.get(place.clone())?).ok()?;
    match accounts.find(&account) {
        Some(id) if id == account => None,
        Some(id) => {
            let (before, after) = (line.get(..place.start)?, line.get(place.end..)?);
            Some(format!("{before}{}{after}", serde_json::Value::from(id)))
        }
        None => {
            accounts.note_unknown(&account);
            None
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
            let stored = plain.stored();
            let (header, rows) = Rows::begin(plain, reading.delimiter.or(stated))?;
            columns(&header, Box::new(rows), stored, name, reading, remarks)
        }
        #[cfg(feature = "parquet")]
        Format::Parquet => {
            let stored = plain.stored();
            let (header, rows) = super::columnar::Columnar::parquet(plain)?;
            columns(&header, Box::new(rows), stored, name, reading, remarks)
        }
        #[cfg(feature = "parquet")]
        Format::Arrow => {
            let stored = plain.stored();
            let (header, rows) = super::columnar::Columnar::arrow(plain)?;
            columns(&header, Box::new(rows), stored, name, reading, remarks)
        }
        Format::Workbook => Err(refused("it is no workbook")),
        #[cfg(not(feature = "parquet"))]
        Format::Parquet | Format::Arrow => Err(refused(
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
    stored: Stored,
    name: &str,
    reading: &Reading,
    remarks: &Remarks,
) -> io::Result<Opened> {
    if let Some(case) = events_of(header, reading) {
        let table = Table::begin(rows, header, &case, stored)?;
        return Ok(Opened::Records(handover::begin(Box::new(table), name, reading, remarks)?));
    }
    let mapped = Mapped::begin(rows, Some(header), name, reading, remarks)?;
    Ok(Opened::Records(Box::new(mapped)))
}

/// Whether columns are those of a ready mapping, or of a table of events.
fn is_table_of(names: &[String]) -> bool {
    names.iter().any(|name| name == CASE) || Mapping::all_ready().any(|mapping| mapping.recognizes(names))
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
pub(super) fn usual_path(head: &[u8]) -> Vec<String> {
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
