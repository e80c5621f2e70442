//! One input: opened as what it turns out to be, then line by line.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::VecDeque;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::canonical::Canonical;
use super::charset::{Charset, Encoding, Guess};
use super::convert::{Convert, Held as Activity, Next, Ordered};
use super::counts::{Counts, Tally};
use super::elements::Elements;
use super::format::{COMPOUND, Format, ZIP};
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
use crate::error::{after_line, refused};
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
            Err(source) => Err(Error::of(name, source)),
        }
    }

    /// Reads its next line; whether there is one.
    pub(super) fn read(&mut self) -> Result<bool, Error> {
        let read = self.open().and_then(|()| match &mut self.reader {
            Reader::Unread(_) => Ok(false),
            Reader::Lines(lines) => lines.read().map_err(|source| {
                // A damaged archive is found at some line; the file's name alone would not help.
                after_line(lines.number(), &source)
            }),
            Reader::Converted(ordered, shown) => {
                *shown = ordered.next()?;
                Ok(shown.is_some())
            }
        });
        let is_there = read.map_err(|source| Error::of(self.name.clone(), source))?;
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
        self.open().map_err(|source| Error::of(self.name.clone(), source))
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
        let is_header = |names: &[String]| is_header(names, &self.reading);
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
            let delimiter = reading.delimiter.or(stated);
            let (header, rows) = Rows::begin(plain, delimiter, &|names| is_header(names, reading))?;
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
        Format::Json if super::format::has_canonical_records(plain.fill_buf()?) => {
            remarks.say(format!(
                "`{}` is read as activities of the canonical form",
                crate::text::printable(name)
            ));
            let elements = Elements::begin(plain, &[])?;
            Ok(Opened::Records(Box::new(Canonical::of(elements))))
        }
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

/// Whether names are those of the columns that are looked for.
fn is_header(names: &[String], reading: &Reading) -> bool {
    match &reading.mapping {
        Some(mapping) => {
            let is_of_events = !mapping.traces().is_empty()
                && events_of(names, reading).is_some_and(|case| names.contains(&case));
            is_of_events || mapping.bind(names, None).is_ok()
        }
        None => is_table_of(names),
    }
}

/// Whether columns are those of a ready mapping, or of a table of events.
pub(super) fn is_table_of(names: &[String]) -> bool {
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

#[cfg(test)]
mod tests {
    use super::super::Input;
    use super::*;

    /// The lines of an input, or why it is refused, and what was said of it.
    fn read(name: &str, text: &str) -> (Result<Vec<String>, String>, Vec<String>) {
        let bytes: Bytes = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut input = Input::begin(vec![(name.to_owned(), bytes)], &Reading::default()).unwrap();
        let (mut lines, remarks) = (Vec::new(), input.remarks());
        let lines = loop {
            match input.next_line() {
                Ok(Some(Line { content: Content::Text(text), .. })) => lines.push(text.to_owned()),
                Ok(Some(Line { content: Content::Faulty(fault), .. })) => {
                    lines.push(format!("? {}", fault.expected));
                }
                Ok(Some(line)) => lines.push(format!("{:?}", line.content)),
                Ok(None) => break Ok(lines),
                Err(error) => break Err(std::error::Error::source(&error).unwrap().to_string()),
            }
        };
        (lines, remarks.all().into_iter().map(|told| told.replace(name, "log")).collect())
    }

    /// A page of an API with two meetings, and the same that says that it is one of several.
    const PAGES: [(&str, &str, &str); 4] = [
        (
            r#"{"totalSize":2,"done":true,"records":[R]}"#,
            r#"{"done":false,"records":[R]}"#,
            r#"{"Id":"00U0000000000N","StartDateTime":"2026-05-04T09:00:00.000+0000","EndDateTime":"2026-05-04T10:00:00.000+0000","AccountId":"001D000000IqhSL"}"#,
        ),
        (
            r#"{"results":[R],"paging":null}"#,
            r#"{"results":[R],"paging":{"next":{"after":"2"}}}"#,
            r#"{"id":"N","properties":{"hs_meeting_start_time":"2026-05-04T09:00:00Z"},"associations":{"companies":{"results":[{"id":"7"}]}}}"#,
        ),
        (
            r#"{"@odata.context":"x","value":[R]}"#,
            r#"{"value":[R],"@odata.nextLink":"https://crm.example/2"}"#,
            r#"{"activityid":"N","scheduledstart":"2026-05-04T09:00:00Z","scheduledend":"2026-05-04T10:00:00Z","_regardingobjectid_value":"a"}"#,
        ),
        (
            r#"{"status":0,"result":{"records":[R]}}"#,
            r#"{"status":0,"nextPageToken":"x","result":{"records":[R]}}"#,
            r#"{"Id":"00U0000000000N","StartDateTime":"2026-05-04T09:00:00.000+0000","EndDateTime":"2026-05-04T10:00:00.000+0000","AccountId":"001D000000IqhSL"}"#,
        ),
    ];

    #[test]
    fn pages_of_an_api_are_read_from_a_stream_as_from_a_file() {
        for (all, part, record) in PAGES {
            let records = |from: u32| (from..from + 2).map(|n| record.replace('N', &n.to_string()));
            let page = |page: &str, from| page.replace('R', &records(from).collect::<Vec<_>>().join(","));
            let pretty: serde_json::Value = serde_json::from_str(&page(all, 1)).unwrap();
            let pretty = serde_json::to_string_pretty(&pretty).unwrap();
            let begun = page(all, 1).replacen("[{", "[\n{", 1);
            for (text, count) in [
                (page(all, 1), 2),
                (pretty, 2),
                (begun, 2),
                (format!("{}\n", page(all, 1)), 2),
                (format!("{}\n{}\n{}", page(all, 1), page(all, 3), page(all, 5)), 6),
                (format!("[{},{}]", page(all, 1), page(all, 3)), 4),
            ] {
                let (lines, told) = read("<stdin>", &text);
                assert_eq!(lines.as_ref().map(Vec::len), Ok(count), "{text}");
                assert!(!told.iter().any(|told| told.contains("not all")), "{text}: {told:?}");
                assert_eq!(read("page.json", &text), (lines.clone(), told.clone()), "{text}");
                assert_eq!(read("page.ndjson", &text), (lines, told), "{text}");
            }
            for text in [page(part, 1), format!("{}\n{}\n", page(all, 3), page(part, 1))] {
                let (lines, told) = read("<stdin>", &text);
                assert!(lines.is_ok_and(|lines| lines.len() > 1), "{text}");
                assert!(told.iter().any(|told| told.contains("that it is not all")), "{text}: {told:?}");
            }
        }
    }

    #[test]
    fn a_title_above_a_known_header_is_passed_over_and_told() {
        const HEADER: &str = "Subject,Start Date,Start Time,End Date,End Time,Calendar\n";
        const ROWS: &str =
            "Review,2026-05-04,09:00,2026-05-04,10:00,Bolt\nPlan,2026-05-05,09:00,2026-05-05,soon,Bolt\n";
        let plain = read("cal.csv", &format!("{HEADER}{ROWS}"));
        assert_eq!(plain.0.as_ref().unwrap().len(), 2);
        for (title, line) in [
            ("Calendar of May\n", 2),
            ("Calendar of May,,,,,\r\n\r\n\"from: 2026-05-01; to: 2026-05-31\"\r\n", 4),
            ("sep=,\nCalendar; of; May; and; more; of; it\n", 3),
            ("\u{feff}\n\nCalendar\n", 4),
        ] {
            for name in ["cal.csv", "<stdin>"] {
                let (lines, told) = read(name, &format!("{title}{HEADER}{ROWS}"));
                assert_eq!(lines, plain.0, "{title}");
                let said =
                    format!("`log`: line {line} names the columns: what stands above it is passed over");
                assert!(told.contains(&said), "{title}: {told:?}");
            }
        }
        // The header stands first: what is like another one is a row.
        let again = read("cal.csv", &format!("{HEADER}{ROWS}{HEADER}"));
        assert!(again.0.unwrap().iter().any(|line| line.starts_with("? a row: files were put together")));
        let semicolons = ROWS.replace(',', ";");
        let unknown = format!("Visits of May;;\nall of them\nNr;Start;Customer\n{semicolons}")
            .replace(";09:00;2026-05-04;10:00;Bolt", ";Bolt");
        let unknown = unknown.replace(";09:00;2026-05-05;soon;Bolt", ";Zinc");
        assert_eq!(
            read("visits.csv", &unknown).0.unwrap_err(),
            "its first line does not name the columns of its rows, but line 3 looks as if it does (`Nr`, `Start`, \
             `Customer`): take out what stands above it"
        );
        let header_only = read("visits.csv", "Nr,Start,Customer\nA,b,c\nD,e,f\n").0.unwrap_err();
        assert!(header_only.contains("none of the ready mappings is for it (it has `Nr`"), "{header_only}");
    }

    #[test]
    fn a_list_of_activities_is_read_as_their_lines_would_be() {
        let line = |n: u32| {
            format!(
                r#"{{"account":"a","at":"2026-05-0{n}T09:00:00Z","id":"{n}","kind":"meeting","title":"[}}"}}"#
            )
        };
        let note = "`log` is read as activities of the canonical form".to_owned();
        for text in [
            format!("[{},{}]", line(1), line(2)),
            format!("[\n  {},\n  {}\n]\n", line(2), line(1)),
            [line(1), line(2)].map(|line| line.replace(',', ",\n ").replacen('{', "{\n", 1)).join("\n"),
        ] {
            for name in ["<stdin>", "log.json", "log.ndjson", "log.csv"] {
                let expected = (Ok(vec![line(1), line(2)]), vec![note.clone()]);
                assert_eq!(read(name, &text), expected, "{name}: {text}");
            }
        }
        let broken = format!("[7,{{\"at\":1,\"at\":2}},{}]", line(1));
        let expected = vec![
            "? a JSON object".to_owned(),
            "? one value for the key `at`, which is there twice, with two".to_owned(),
            line(1),
        ];
        assert_eq!(read("log.json", &broken), (Ok(expected), vec![note]));
        let broken = read("log.json", "[{\"Id\":\"Person Seven\",\n\"x\":NaN}]").0.unwrap_err();
        let place =
            "line 2 column 5 has `NaN`, which is no value of JSON: write `null`, a number, `true` or `false`";
        assert_eq!(
            broken,
            format!("none of its records can be read: the first is to be a JSON object: {place}")
        );
        // Other records are for a mapping, also where they have some of the members.
        let other = read("log.json", r#"[{"id":"1","at":"2026-05-04","account":"a"}]"#).0.unwrap_err();
        assert!(other.contains("none of the ready mappings is for it"), "{other}");
    }
}
