//! Files made of pieces, each a record with a name of its own, so that it is known which of them a change of bytes touches.

use crate::company::Random;
use std::ops::Range;

/// Bytes, and where each record stands in them.
#[derive(Clone, Debug)]
pub struct Pieces {
    /// The whole file.
    pub bytes: Vec<u8>,
    /// Each record: its name, and its bytes.
    pub records: Vec<(String, Range<usize>)>,
}

/// What was changed.
#[derive(Clone, Debug)]
pub struct Change {
    /// The file afterwards.
    pub bytes: Vec<u8>,
    /// Where the file was changed, as places of the file before.
    pub touched: Vec<Range<usize>>,
    /// What was done, for people.
    pub told: String,
    /// Whether all that was done is another letter or digit in place of one.
    pub keeps_frame: bool,
}

/// Bytes that mean something to one format or another.
const SIGNS: &[u8] = b"\"\"'\n\r,;\t{}[]<>&:\\=\0";

impl Pieces {
    /// A file of a beginning, records by their names, what stands between two, and an end.
    pub fn of(begin: &str, records: &[(String, String)], between: &str, end: &str) -> Self {
        let (mut bytes, mut places) = (begin.as_bytes().to_vec(), Vec::new());
        for (at, (name, text)) in records.iter().enumerate() {
            if at > 0 {
                bytes.extend(between.bytes());
            }
            let from = bytes.len();
            bytes.extend(text.bytes());
            places.push((name.clone(), from..bytes.len()));
        }
        bytes.extend(end.bytes());
        Self { bytes, records: places }
    }

    /// The names of the records that a change touches, or whose neighbourhood it touches.
    pub fn touched(&self, change: &Change) -> Vec<&str> {
        let meets = |place: &Range<usize>| {
            change.touched.iter().any(|range| range.start <= place.end && place.start <= range.end)
        };
        self.records.iter().filter(|(_, place)| meets(place)).map(|(name, _)| name.as_str()).collect()
    }

    /// Whether a change touches what stands before the first record or behind the last.
    pub fn is_frame_touched(&self, change: &Change) -> bool {
        let first = self.records.first().map_or(0, |(_, place)| place.start);
        let last = self.records.last().map_or(0, |(_, place)| place.end);
        change.touched.iter().any(|range| range.start < first || range.end > last)
    }

    /// Some change, by chance.
    pub fn change(&self, random: &mut Random) -> Change {
        let mut at = below(random, self.bytes.len());
        let length = 1 + below(random, 40);
        let end = (at + length).min(self.bytes.len());
        let mut bytes = self.bytes.clone();
        let mut keeps_frame = false;
        let (touched, what) = match random.below(9) {
            0 => {
                let bit = 1_u8 << random.below(8);
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bit);
                (at..at + 1, "a bit flipped")
            }
            1 => {
                bytes.drain(at..end);
                (at..end, "bytes cut out")
            }
            2 => {
                bytes.truncate(at);
                (at..self.bytes.len(), "the end cut off")
            }
            3 => {
                let part: Vec<u8> = bytes.get(at..end).unwrap_or_default().to_vec();
                bytes.splice(at..at, part);
                (at..end, "bytes doubled")
            }
            4 => {
                bytes.insert(at, b'"');
                (at..at, "a quote put in")
            }
            5 => {
                let sign = SIGNS.get(below(random, SIGNS.len())).copied().unwrap_or(b' ');
                bytes.insert(at, sign);
                (at..at, "a sign put in")
            }
            6 => {
                let sign = SIGNS.get(below(random, SIGNS.len())).copied().unwrap_or(b' ');
                bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte = sign);
                (at..at + 1, "a sign instead")
            }
            7 => return self.swapped(random),
            _ => {
                // The next letter or digit becomes another one.
                at += self.bytes.iter().skip(at).position(u8::is_ascii_alphanumeric).unwrap_or_default();
                let other = b'a' + u8::try_from(random.below(26)).unwrap_or_default();
                bytes.iter_mut().skip(at).take(1).for_each(|byte| {
                    *byte = if byte.is_ascii_digit() { b'0' + other % 10 } else { other };
                });
                keeps_frame = true;
                (at..at + 1, "another letter")
            }
        };
        let told = format!("{what} at byte {at}");
        Change { bytes, touched: vec![touched], told, keeps_frame }
    }

    /// Two lines in each other's place.
    fn swapped(&self, random: &mut Random) -> Change {
        let mut lines: Vec<&[u8]> = self.bytes.split_inclusive(|byte| *byte == b'\n').collect();
        let (one, other) = (below(random, lines.len()), below(random, lines.len()));
        let place = |at: usize| {
            let from: usize = lines.iter().take(at).map(|line| line.len()).sum();
            from..from + lines.get(at).map_or(0, |line| line.len())
        };
        let touched = vec![place(one), place(other)];
        let told = format!("lines {} and {} swapped", one + 1, other + 1);
        lines.swap(one, other);
        Change { bytes: lines.concat(), touched, told, keeps_frame: false }
    }
}

fn below(random: &mut Random, bound: usize) -> usize {
    usize::try_from(random.below(u64::try_from(bound.max(1)).unwrap_or(u64::MAX))).unwrap_or_default()
}
