//! Logs in, lines out: several files read as one, in the order of time.
//!
//! What a line says, beyond its `at`, is the plugin's business.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use crate::accounts::Accounts;
use crate::calendar::{Instant, Zone};
use crate::error::Error;
use crate::mapping::Mapping;
use crate::names::Names;

mod blocks;
mod canonical;
mod charset;
#[cfg(feature = "parquet")]
mod columnar;
mod convert;
mod counts;
mod decode;
mod elements;
mod faults;
mod fields;
mod format;
mod handover;
mod ics;
mod json;
mod known;
mod lines;
mod mapped;
mod ocel;
mod pace;
mod pages;
mod plain;
mod profiles;
mod remarks;
mod rows;
mod source;
mod spellings;
mod steps;
mod table;
mod table_file;
mod ties;
mod trace;
mod whose;
mod workbook;
mod xes;
mod xml;

use self::blocks::BLOCKS;
pub use self::charset::Encoding;
pub use self::counts::{Counts, Reason, Tally};
pub use self::faults::Fault;
pub use self::format::Format;
pub(crate) use self::handover::TraceRules;
pub use self::ics::AccountFrom;
pub(crate) use self::ics::is_public as is_public_domain;
pub use self::pace::{Held, Pace, Pass};
use self::profiles::Profiles;
pub use self::remarks::Remarks;
use self::source::Source;
use self::spellings::Spellings;
pub(crate) use self::table_file::TableFile;
pub use self::whose::NO_ACCOUNT;

/// Bytes of one line, without its end; the contract's limit.
pub const LINE_BYTES_MAX: usize = 64 << 10;
/// Bytes of a block that is read at once.
const BLOCK_BYTES: usize = 256 << 10;
/// Bytes of all blocks of all inputs: many inputs have smaller ones.
const BLOCKS_BYTES_MAX: usize = 16 << 20;

/// An input as it is stored, or its plain bytes.
pub type Bytes = Box<dyn Read + Send>;

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// Number of the input, from 0.
    pub file: u32,
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
    /// A record of another format that is no activity.
    Faulty(Box<Fault>),
}

impl<T> Content<T> {
    /// What there is to hand on; none: nothing.
    ///
    /// # Errors
    ///
    /// Why it is no activity.
    pub fn text(self) -> Result<Option<T>, Fault> {
        let fault = |found, expected| Err(Fault { field: String::new(), found, expected });
        match self {
            Content::Blank => Ok(None),
            Content::Text(text) => Ok(Some(text)),
            Content::TooLong(bytes) => {
                fault(format!("{bytes} bytes"), format!("a line of at most {LINE_BYTES_MAX} bytes"))
            }
            Content::NotUtf8(at) => fault(format!("invalid UTF-8 at byte {at}"), "UTF-8".to_owned()),
            Content::Faulty(fault) => Err(*fault),
        }
    }

    /// The same with another text.
    pub fn map<U>(self, text: impl FnOnce(T) -> U) -> Content<U> {
        match self {
            Content::Blank => Content::Blank,
            Content::Text(old) => Content::Text(text(old)),
            Content::TooLong(bytes) => Content::TooLong(bytes),
            Content::NotUtf8(at) => Content::NotUtf8(at),
            Content::Faulty(fault) => Content::Faulty(fault),
        }
    }
}

/// One line of an input.
#[derive(Clone, Debug)]
pub struct Line<T> {
    /// Where it stands.
    pub origin: Origin,
    /// When it happened, where that can be read.
    pub at: Option<Instant>,
    /// A hash of its account, the same in every run; 0 where there is none.
    pub account: u64,
    /// What it says.
    pub content: Content<T>,
}

/// Several logs, read as one.
///
/// Each is read ahead by a thread of its own, together by 16 MiB at most (8 KiB an input where there are many).
pub struct Input {
    sources: Vec<Source>,
    names: Vec<String>,
    bytes_read: Arc<AtomicU64>,
    bytes_total: Option<u64>,
    remarks: Remarks,
    counts: Counts,
    tap: Option<Tap>,
    /// Lines given; the same is in `lines_read`, for whoever looks from another thread.
    given: u64,
    lines_read: Arc<AtomicU64>,
    /// The source of the line that was given last.
    shown: Option<usize>,
    started: bool,
    profiles: Profiles,
    spellings: Spellings,
}

/// Somebody who looks at every line that a scan reads, in the order of reading.
pub type Tap = Box<dyn FnMut(&Line<&str>) + Send>;

/// What a tap gathers while a scan reads on a thread of its own.
#[derive(Debug)]
pub struct Gathered<T>(Arc<Mutex<T>>);

impl<T: Default> Gathered<T> {
    /// All of it, once the scan is done.
    pub fn take(self) -> T {
        self.0.lock().map(|mut gathered| std::mem::take(&mut *gathered)).unwrap_or_default()
    }
}

/// How inputs are read.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What they are written in; none: each is known by its first bytes and its name.
    pub from: Option<Format>,
    /// How records and traces become activities; none: the ready mapping that knows their columns.
    pub mapping: Option<Arc<Mapping>>,
    /// Mappings of single inputs, each with the name of its input, or a pattern of such names (`*`, `?`); the first that
    /// fits holds, and `mapping` for the rest.
    pub mappings: Vec<(String, Arc<Mapping>)>,
    /// The table of accounts, by which every account gets its one id.
    pub accounts: Option<Arc<Accounts>>,
    /// What stands between the columns of CSV; none: what the mapping says, or the header shows.
    pub delimiter: Option<u8>,
    /// The sheet of a workbook, by its name or its number from 1; none: the first that is shown.
    pub sheet: Option<String>,
    /// How text is encoded; none: UTF-8, or what the first bytes show, or what the rest can only be.
    pub encoding: Option<Encoding>,
    /// The zone of times without one; none: what the mapping or the input itself says, or UTC.
    pub time_zone: Option<Zone>,
    /// The last instant of what repeats; none: the newest date that is written in the input.
    pub until: Option<Instant>,
    /// Where the account of a calendar's meeting is found.
    pub account_from: AccountFrom,
    /// Domains of our own people; none: the one that organises most.
    pub own_domains: Vec<String>,
    /// Where to say what people are called, beside their ids; none: nobody asks.
    pub names: Option<Names>,
}

impl Reading {
    /// How the input of a name is read.
    fn of(&self, name: &str) -> Self {
        let fitting = self.mappings.iter().find(|(pattern, _)| is_called(name, pattern));
        let mapping = fitting.map(|(_, mapping)| mapping).or(self.mapping.as_ref()).cloned();
        Self { mapping, ..self.clone() }
    }
}

/// Whether an input is called so: its whole name, or the last part of its path.
pub fn is_called(name: &str, pattern: &str) -> bool {
    let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let pattern = wildmatch::WildMatch::new(pattern);
    pattern.matches(name) || pattern.matches(file)
}

impl Input {
    /// Opens every file; `-` is standard input. Gzip and zstd are known by their first bytes.
    ///
    /// # Errors
    ///
    /// [`Error`] with the first file that cannot be opened.
    pub fn open(paths: &[PathBuf]) -> Result<Self, Error> {
        Self::open_as(paths, &Reading::default())
    }

    /// As [`open`](Self::open), read as asked for.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn open_as(paths: &[PathBuf], reading: &Reading) -> Result<Self, Error> {
        let bytes_read = Arc::new(AtomicU64::new(0));
        let (mut opened, mut bytes_total) = (Vec::new(), Some(0));
        for path in paths {
            let name = if path == Path::new("-") { "<stdin>".to_owned() } else { path.display().to_string() };
            let (raw, bytes) = open(path).map_err(|source| Error::of(name.clone(), source))?;
            bytes_total = bytes_total.zip(bytes).map(|(total, bytes): (u64, u64)| total + bytes);
            let counted: Bytes = Box::new(Counted { raw, bytes_read: Arc::clone(&bytes_read) });
            opened.push((name, counted));
        }
        Ok(Self { bytes_read, bytes_total, ..Self::begin(opened, reading)? })
    }

    /// Reads from memory: one input for each text.
    ///
    /// # Errors
    ///
    /// [`Error`] where the machine has no thread left to read with.
    pub fn from_bytes(texts: &[&[u8]]) -> Result<Self, Error> {
        let texts = texts.iter().map(|text| -> Bytes { Box::new(io::Cursor::new(text.to_vec())) });
        let named = (1..).map(|number| format!("input {number}")).zip(texts);
        Self::begin(named.collect(), &Reading::default())
    }

    /// Begins to read inputs that are open already, each with its name.
    pub fn begin(opened: Vec<(String, Bytes)>, reading: &Reading) -> Result<Self, Error> {
        let names = opened.iter().map(|(name, _)| name.clone()).collect();
        let block_bytes = (BLOCKS_BYTES_MAX / BLOCKS / opened.len().max(1)).clamp(2 << 10, BLOCK_BYTES);
        let (bytes_read, lines_read, remarks, counts) = <(_, _, Remarks, Counts)>::default();
        let shelf = ics::Shelf::default();
        let source = |(file, (name, raw)): (u32, (String, Bytes))| {
            counts.set(file, Tally::default());
            let said = (remarks.clone(), counts.clone(), shelf.clone());
            let reading = reading.of(&name);
            Source::begin(file, name, raw, block_bytes, reading, said)
        };
        let sources = (0..).zip(opened).map(source).collect::<Result<_, _>>()?;
        Ok(Self {
            sources,
            names,
            bytes_read,
            bytes_total: None,
            remarks,
            counts,
            tap: None,
            given: 0,
            lines_read,
            shown: None,
            started: false,
            profiles: Profiles::of(reading.accounts.clone()),
            spellings: Spellings::default(),
        })
    }

    /// The inputs as they were named.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Bytes read so far, of files as they are stored; goes up as lines are read.
    pub fn bytes_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.bytes_read)
    }

    /// Lines read so far.
    pub fn lines_read(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.lines_read)
    }

    /// Bytes of all files; none where one of the inputs is a stream.
    pub fn bytes_total(&self) -> Option<u64> {
        self.bytes_total
    }

    /// What is taken for granted while reading.
    pub fn remarks(&self) -> Remarks {
        self.remarks.clone()
    }

    /// What became of the records of each input.
    pub fn counts(&self) -> Counts {
        self.counts.clone()
    }

    /// Lets `tap` look at every line, beside whoever does already, also those that are not taken, before a scan takes it. It is called on the thread that
    /// reads, and given up once all is read.
    pub fn tap(&mut self, mut tap: Tap) {
        self.tap = Some(match self.tap.take() {
            None => tap,
            Some(mut first) => Box::new(move |line| {
                first(line);
                tap(line);
            }),
        });
    }

    /// The same, of whoever gathers something from them in `into`.
    pub fn gather<T: Send + 'static>(
        &mut self,
        into: T,
        look: impl Fn(&mut T, &Line<&str>) + Send + 'static,
    ) -> Gathered<T> {
        let gathered = Arc::new(Mutex::new(into));
        let shared = Arc::clone(&gathered);
        self.tap(Box::new(move |line| {
            if let Ok(mut into) = shared.lock() {
                look(&mut into, line);
            }
        }));
        Gathered(gathered)
    }

    /// Whoever looks at the lines.
    pub fn take_tap(&mut self) -> Option<Tap> {
        self.tap.take()
    }

    /// The next line: of the heads of all inputs the earliest, one whose `at` cannot be read first of all. With several inputs
    /// a line that is far ahead of its own input waits there as [`Pace`] says: no other is to wait for it. Before the first
    /// line of an account stands what the table of accounts says of it.
    ///
    /// # Errors
    ///
    /// [`Error`] where an input cannot be read to its end.
    pub fn next_line(&mut self) -> Result<Option<Line<&str>>, Error> {
        let is_held = self.profiles.is_held();
        let is_there = match self.sources.len() {
            _ if is_held => true,
            1 => self.read_one()?,
            _ => self.read_many()?,
        };
        let Some(line) = current(&self.sources, self.shown).filter(|_| is_there) else {
            self.profiles.end(&self.remarks);
            self.spellings.end(&self.remarks);
            return Ok(None);
        };
        if !is_held {
            self.profiles.look(&line);
            let of = usize::try_from(line.origin.file).unwrap_or_default();
            if self.sources.get(of).is_some_and(Source::is_converted) {
                self.spellings.look(&line);
            }
        }
        self.given += 1;
        self.lines_read.store(self.given, Ordering::Relaxed);
        if self.profiles.is_due() {
            return Ok(self.profiles.due());
        }
        Ok(Some(line))
    }

    fn read_one(&mut self) -> Result<bool, Error> {
        self.sources.first_mut().map_or(Ok(false), Source::read)
    }

    fn read_many(&mut self) -> Result<bool, Error> {
        let stale = match self.shown {
            None if self.started => 0..0,
            None => 0..self.sources.len(),
            Some(shown) => shown..shown + 1,
        };
        if !self.started {
            // What cannot be read at all is found here too, before minutes are spent on another.
            self.sources.iter_mut().try_for_each(Source::begin_reading)?;
        }
        self.started = true;
        for source in self.sources.get_mut(stale).unwrap_or_default() {
            source.read_head()?;
        }
        let heads = self.sources.iter().enumerate();
        let earliest = heads.filter_map(|(file, source)| Some((source.head.as_ref()?.key, file))).min();
        self.shown = earliest.map(|(_, file)| file);
        Ok(self.shown.is_some())
    }

    /// All lines, put in the order of time; those of one instant, and those without one, stay in their order.
    ///
    /// # Errors
    ///
    /// [`Error`] where an input cannot be read to its end.
    pub fn sorted(&mut self) -> Result<Vec<Line<String>>, Error> {
        let mut profiles = std::mem::take(&mut self.profiles);
        let mut all = Vec::new();
        while let Some(line) = self.next_line()? {
            all.push(line.map(str::to_owned));
        }
        all.sort_by_key(|line| line.at);
        if profiles.are_none() {
            return Ok(all);
        }
        let mut with_profiles = Vec::new();
        for line in all {
            profiles.look(&line.as_deref());
            with_profiles.extend(profiles.due().map(|profile| profile.map(str::to_owned)));
            with_profiles.push(line);
        }
        profiles.end(&self.remarks);
        Ok(with_profiles)
    }
}

/// The line that was read last; of several sources the one that was found to be next.
fn current(sources: &[Source], shown: Option<usize>) -> Option<Line<&str>> {
    if let [source] = sources {
        return Some(source.line());
    }
    sources.get(shown?)?.head_line()
}

impl<T> Line<T> {
    pub(crate) fn map<U>(self, text: impl FnOnce(T) -> U) -> Line<U> {
        Line { origin: self.origin, at: self.at, account: self.account, content: self.content.map(text) }
    }
}

impl Line<String> {
    /// The same line, borrowed.
    pub fn as_deref(&self) -> Line<&str> {
        let Line { origin, at, account, ref content } = *self;
        let content = match content {
            Content::Text(text) => Content::Text(text.as_str()),
            other => other.clone().map(|_| ""),
        };
        Line { origin, at, account, content }
    }
}

/// When the activity of a line happened, where that can be read.
pub fn instant(line: &str) -> Option<Instant> {
    fields::read(line).instant()
}

/// Whether a line is an activity, as the plugin would read it.
pub fn is_activity(line: &str) -> bool {
    redtape_model::ndjson::parse_line(line).is_ok()
}

/// Bytes that may be held of an input that is stored in so many bytes: small ones can unpack to far more than they are.
fn held_max(stored: u64) -> u64 {
    const LEAST: u64 = 40 << 20;
    const MOST: u64 = 512 << 20;
    (LEAST + stored.saturating_sub(1 << 20).saturating_mul(64)).min(MOST)
}

/// The beginning of a user's text, for messages.
fn shortened(text: &str) -> String {
    const SHOWN_BYTES_MAX: usize = 60;
    let shown = crate::text::cut(text, SHOWN_BYTES_MAX);
    if shown.len() < text.len() { format!("{shown}...") } else { shown.to_owned() }
}

fn open(path: &Path) -> io::Result<(Bytes, Option<u64>)> {
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

struct Counted {
    raw: Bytes,
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
    use xxhash_rust::xxh3::xxh3_64;

    fn line(day: u32, name: &str) -> String {
        let at = format!("2026-01-{day:02}T00:00:00Z");
        // Only an activity moves time.
        format!("{{\"id\":\"{name}\",\"at\":\"{at}\",\"account\":\"a\",\"kind\":\"meeting\"}}\n")
    }

    fn shown(line: &Line<&str>) -> String {
        let Content::Text(text) = line.content else { return format!("{:?}", line.origin) };
        format!("{}:{} {}", line.origin.file, line.origin.line, text.get(7..8).unwrap_or_default())
    }

    #[cfg(not(feature = "parquet"))]
    #[test]
    fn what_this_build_does_not_read_says_which_would() {
        let mut input = Input::from_bytes(&[b"PAR1"]).unwrap();
        let error = input.next_line().unwrap_err();
        let why = std::error::Error::source(&error).unwrap().to_string();
        assert!(why.contains("build redtape with `--features parquet`, or export CSV"), "{why}");
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
        // A line that is no activity keeps no other waiting.
        assert_eq!(order, ["1:2 ", "0:1 a", "1:1 b", "0:2 c", "1:3 d", "0:3 e", "1:4 f"]);
    }

    #[test]
    fn a_log_out_of_order_can_be_sorted() {
        let text = [line(5, "c"), line(1, "a"), line(5, "d"), line(2, "b")].concat();
        let mut input = Input::from_bytes(&[text.as_bytes()]).unwrap();
        let order: Vec<String> = input.sorted().unwrap().iter().map(|line| shown(&line.as_deref())).collect();
        assert_eq!(order, ["0:2 a", "0:4 b", "0:1 c", "0:3 d"]);
    }

    #[test]
    fn many_inputs_are_read_to_their_ends() {
        // Blocks are at their smallest, and every input has several.
        let day = |input: u32, n: u32| line(1 + n * 3 + input % 3, "a") + &" ".repeat(2_000) + "\n";
        let texts: Vec<String> = (0..400).map(|input| (0..9).map(|n| day(input, n)).collect()).collect();
        let texts: Vec<&[u8]> = texts.iter().map(String::as_bytes).collect();
        let mut input = Input::from_bytes(&texts).unwrap();
        let mut last = None;
        while let Some(line) = input.next_line().unwrap() {
            assert!(line.at.is_none() || line.at >= last, "{:?}", line.origin);
            last = last.max(line.at);
        }
        assert_eq!(input.lines_read().load(Ordering::Relaxed), 400 * 18);
    }

    #[test]
    fn an_account_has_one_hash_however_it_is_written() {
        let hash = |line: &str| {
            let mut input = Input::from_bytes(&[line.as_bytes()]).unwrap();
            input.next_line().unwrap().unwrap().account
        };
        assert_eq!(hash(r#"{"account":"acme"}"#), xxh3_64(b"acme"));
        assert_eq!(hash(r#"{"\u0061ccount":"acm\u0065"}"#), xxh3_64(b"acme"));
        assert_eq!(hash(r#"{"account":7}"#), 0);
    }
}
