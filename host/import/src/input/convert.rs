//! Activities of other formats on their way to the canonical form.
//!
//! A converter reads records and says what they are; where they stand and in which order is kept here.

use std::cmp::{Ordering, Reverse};
use std::collections::{BinaryHeap, VecDeque};
use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use super::counts::Tally;
use super::faults::{Fault, Faults};
use super::steps::Steps;
use super::{Remarks, fields};
use crate::calendar::Instant;

/// Bytes of activities that are held while they are put in order; more go to temporary files.
const HELD_BYTES_MAX: usize = 32 << 20;
/// Bytes of a temporary file that are read or written at once.
const RUN_BUFFER_BYTES: usize = 32 << 10;

/// Reads the records of one input.
pub(crate) trait Convert: Send {
    /// The next activity, or the next that is wrong; none at the end.
    ///
    /// # Errors
    ///
    /// Where the rest cannot be read at all: a text that says where and why.
    fn next(&mut self) -> io::Result<Option<Converted>>;

    /// What became of the records; asked for once all are read. Its `activities` are not looked at: whoever asks counts them.
    fn tally(&self) -> Tally;
}

/// An activity in canonical form, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Converted {
    /// Line of the input, or number of the record where lines mean nothing; from 1.
    pub(crate) line: u64,
    /// One JSON object without line breaks.
    pub(crate) content: Result<String, Fault>,
}

/// The activities of a converter in the order of time; those of one instant, and those without one, as they came.
pub(super) struct Ordered {
    converter: Option<Box<dyn Convert>>,
    faults: Faults,
    tally: Tally,
    /// The last run, which stays in memory.
    held: std::vec::IntoIter<Held>,
    /// Those before it.
    runs: Vec<BufReader<File>>,
    /// The next activity of each run, the earliest on top; empty where there is one run only.
    heads: BinaryHeap<Reverse<Head>>,
    /// An entry of a run while it is read.
    entry: String,
    steps: Steps,
    /// Activities of one instant whose steps are numbered.
    together: VecDeque<Held>,
    /// The first one after them.
    next: Option<Held>,
    name: String,
    remarks: Remarks,
}

/// The next activity of a run.
struct Head {
    run: usize,
    held: Held,
}

impl Head {
    /// The earlier comes first, of those of one instant the one that was read first.
    fn rank(&self) -> (Option<Instant>, usize) {
        (self.held.at, self.run)
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Head {}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}

/// An activity that is being put in order, with what was found in it when it came.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) at: Option<Instant>,
    /// A hash of its account.
    pub(super) account: u64,
    pub(super) line: u64,
    pub(super) text: String,
}

impl Held {
    /// An activity from a line.
    pub(super) fn of(text: String, line: u64) -> Self {
        let fields = fields::read(&text);
        Self { at: fields.instant(), account: fields.account_hash(), line, text }
    }
}

/// What comes next in order: an activity, or what is wrong with a record, and its line.
#[derive(Debug)]
pub(super) enum Next {
    Activity(Held),
    Fault(u64, Fault),
}

impl Ordered {
    /// What was taken for granted of the input `name` is told to `remarks`.
    pub(super) fn new(converter: Box<dyn Convert>, name: &str, remarks: Remarks) -> Self {
        Self {
            converter: Some(converter),
            faults: Faults::default(),
            tally: Tally::default(),
            held: Vec::new().into_iter(),
            runs: Vec::new(),
            heads: BinaryHeap::new(),
            entry: String::new(),
            steps: Steps::default(),
            together: VecDeque::new(),
            next: None,
            name: crate::text::printable(name),
            remarks,
        }
    }

    /// The next activity in order; faults come before them all.
    pub(super) fn next(&mut self) -> io::Result<Option<Next>> {
        if let Some(converter) = self.converter.take() {
            self.read(converter)?;
        }
        if let Some((line, fault)) = self.faults.next() {
            return Ok(Some(Next::Fault(line, fault)));
        }
        let held = if self.steps.are_there() { self.numbered()? } else { self.earliest()? };
        Ok(held.map(Next::Activity))
    }

    fn earliest(&mut self) -> io::Result<Option<Held>> {
        if let Some(Reverse(Head { run, held })) = self.heads.pop() {
            self.refill(run)?;
            return Ok(Some(held));
        }
        Ok(self.held.next())
    }

    /// The earliest, with a number where it is a step that needs one.
    fn numbered(&mut self) -> io::Result<Option<Held>> {
        if self.together.is_empty() {
            let first = match self.next.take() {
                Some(first) => Some(first),
                None => self.earliest()?,
            };
            let Some(first) = first else {
                if let Some(told) = self.steps.told() {
                    self.remarks.say(format!("`{}`: {told}", self.name));
                }
                self.steps = Steps::default();
                return Ok(None);
            };
            let (at, mut bytes) = (first.at, first.text.len());
            self.together.push_back(first);
            while let Some(next) = self.earliest()? {
                bytes += next.text.len();
                if next.at != at || bytes > HELD_BYTES_MAX {
                    self.next = Some(next);
                    break;
                }
                self.together.push_back(next);
            }
            if let Some(at) = at.filter(|_| self.together.len() > 1) {
                self.steps.number(at, self.together.make_contiguous());
            }
        }
        Ok(self.together.pop_front())
    }

    fn read(&mut self, mut converter: Box<dyn Convert>) -> io::Result<()> {
        let (mut held, mut bytes) = (Vec::new(), 0);
        while let Some(Converted { line, content }) = converter.next()? {
            match content {
                Err(fault) => self.faults.push(line, fault),
                Ok(text) => {
                    self.tally.activities += 1;
                    let one = Held::of(text, line);
                    self.steps.see(&one);
                    bytes += one.text.capacity() + size_of::<Held>();
                    held.push(one);
                }
            }
            if bytes >= HELD_BYTES_MAX {
                self.runs.push(spill(&mut held)?);
                bytes = 0;
            }
        }
        self.tally = Tally { activities: self.tally.activities, ..converter.tally() };
        held.sort_by_key(|held| held.at);
        self.held = held.into_iter();
        if self.runs.is_empty() {
            return Ok(());
        }
        (0..=self.runs.len()).try_for_each(|run| self.refill(run))
    }

    /// What became of the records, once all are read.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn refill(&mut self, run: usize) -> io::Result<()> {
        let held = match self.runs.get_mut(run) {
            Some(reader) => {
                self.entry.clear();
                reader.read_line(&mut self.entry)?;
                of_entry(&self.entry)
            }
            None => self.held.next(),
        };
        self.heads.extend(held.map(|held| Reverse(Head { run, held })));
        Ok(())
    }
}

/// Puts what is held in order and into a temporary file, which goes away by itself.
fn spill(held: &mut Vec<Held>) -> io::Result<BufReader<File>> {
    held.sort_by_key(|held| held.at);
    let mut writer = BufWriter::with_capacity(RUN_BUFFER_BYTES, tempfile::tempfile()?);
    for Held { at, account, line, text } in held.drain(..) {
        match at {
            Some(at) => writeln!(writer, "{at}\t{account}\t{line}\t{text}")?,
            None => writeln!(writer, "\t{account}\t{line}\t{text}")?,
        }
    }
    let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(BufReader::with_capacity(RUN_BUFFER_BYTES, file))
}

/// What [`spill`] wrote of an activity; none at the end.
fn of_entry(entry: &str) -> Option<Held> {
    let mut parts = entry.strip_suffix('\n')?.splitn(4, '\t');
    let at = parts.next()?.parse().ok();
    let (account, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    Some(Held { at, account, line, text: parts.next()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Activities of so many bytes, later ones first.
    struct Backwards {
        left: u64,
        bytes: usize,
    }

    impl Convert for Backwards {
        fn next(&mut self) -> io::Result<Option<Converted>> {
            let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
            self.left = left;
            let at = crate::calendar::format(i64::try_from(left / 2).unwrap() * 1000);
            let fault = Fault { field: String::new(), found: left.to_string(), expected: String::new() };
            let text = format!("{{\"at\":\"{at}\",\"x\":\"{}\"}}", "x".repeat(self.bytes));
            Ok(Some(Converted { line: left, content: if left == 5 { Err(fault) } else { Ok(text) } }))
        }

        fn tally(&self) -> Tally {
            Tally::default()
        }
    }

    fn order(left: u64, bytes: usize) -> (Vec<u64>, usize) {
        let mut ordered = Ordered::new(Box::new(Backwards { left, bytes }), "", Remarks::default());
        let mut lines = Vec::new();
        while let Some(next) = ordered.next().unwrap() {
            lines.push(match next {
                Next::Activity(held) => held.line,
                Next::Fault(line, _) => line,
            });
        }
        (lines, ordered.runs.len())
    }

    #[test]
    fn activities_come_in_the_order_of_time() {
        // Two at each instant: of them the first that was read comes first.
        let expected: Vec<u64> =
            [5, 1, 0, 3, 2, 4].into_iter().chain((3..10).flat_map(|n| [2 * n + 1, 2 * n])).collect();
        assert_eq!(order(20, 10), (expected.clone(), 0));
        let (lines, runs) = order(20, HELD_BYTES_MAX / 4);
        assert_eq!(lines, expected, "also where they do not fit into memory");
        assert!(runs >= 4, "{runs} runs beside the one that stays in memory");
    }
}
