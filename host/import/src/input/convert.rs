//! Activities of other formats on their way to the canonical form.
//!
//! A converter reads records and says what they are; where they stand and in which order is kept here.

use std::cmp::Reverse;
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

#[cfg(test)]
impl Held {
    /// A line of some instant.
    pub(super) fn of(text: &str) -> Self {
        Self { at: None, line: 1, text: text.to_owned() }
    }
}

/// The activities of a converter in the order of time; those of one instant, and those without one, as they came.
pub(super) struct Ordered {
    converter: Option<Box<dyn Convert>>,
    faults: Faults,
    tally: Tally,
    held: std::vec::IntoIter<Held>,
    runs: Vec<BufReader<File>>,
    /// The next activity of each run, the earliest on top.
    heads: BinaryHeap<Reverse<Head>>,
    steps: Steps,
    /// Activities of one instant whose steps are numbered.
    together: VecDeque<Held>,
    /// The first one after them.
    next: Option<Held>,
    name: String,
    remarks: Remarks,
}

/// The next activity of a run: when, which run, from which line, and what it says.
type Head = (Option<Instant>, usize, u64, String);

/// An activity that is being put in order.
#[derive(Debug)]
pub(super) struct Held {
    at: Option<Instant>,
    pub(super) line: u64,
    pub(super) text: String,
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
            steps: Steps::default(),
            together: VecDeque::new(),
            next: None,
            name: crate::text::printable(name),
            remarks,
        }
    }

    /// The next activity in order; faults come before them all.
    pub(super) fn next(&mut self) -> io::Result<Option<Converted>> {
        if let Some(converter) = self.converter.take() {
            self.read(converter)?;
        }
        if let Some((line, fault)) = self.faults.next() {
            return Ok(Some(Converted { line, content: Err(fault) }));
        }
        let held = if self.steps.are_there() { self.numbered()? } else { self.earliest()? };
        Ok(held.map(|held| Converted { line: held.line, content: Ok(held.text) }))
    }

    fn earliest(&mut self) -> io::Result<Option<Held>> {
        if let Some(Reverse((at, run, line, text))) = self.heads.pop() {
            self.refill(run)?;
            return Ok(Some(Held { at, line, text }));
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
                    let at = fields::read(&text).instant();
                    self.steps.see(&text, at, line);
                    bytes += text.capacity() + size_of::<Held>();
                    held.push(Held { at, line, text });
                }
            }
            if bytes >= HELD_BYTES_MAX {
                self.runs.push(spill(&mut held)?);
                bytes = 0;
            }
        }
        self.tally = Tally { activities: self.tally.activities, ..converter.tally() };
        if self.runs.is_empty() {
            held.sort_by_key(|held| held.at);
            self.held = held.into_iter();
            return Ok(());
        }
        self.runs.push(spill(&mut held)?);
        (0..self.runs.len()).try_for_each(|run| self.refill(run))
    }

    /// What became of the records, once all are read.
    pub(super) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn refill(&mut self, run: usize) -> io::Result<()> {
        let Some(reader) = self.runs.get_mut(run) else { return Ok(()) };
        let mut entry = String::new();
        reader.read_line(&mut entry)?;
        if let Some((line, text)) = entry.trim_end_matches('\n').split_once('\t') {
            let at = fields::read(text).instant();
            let line = line.parse().unwrap_or_default();
            self.heads.push(Reverse((at, run, line, text.to_owned())));
        }
        Ok(())
    }
}

/// Puts what is held in order and into a temporary file, which goes away by itself.
fn spill(held: &mut Vec<Held>) -> io::Result<BufReader<File>> {
    held.sort_by_key(|held| held.at);
    let mut writer = BufWriter::new(tempfile::tempfile()?);
    for Held { line, text, .. } in held.drain(..) {
        writeln!(writer, "{line}\t{text}")?;
    }
    let mut file = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(BufReader::new(file))
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
        while let Some(converted) = ordered.next().unwrap() {
            lines.push(converted.line);
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
        assert!(runs >= 5, "{runs} runs");
    }
}
