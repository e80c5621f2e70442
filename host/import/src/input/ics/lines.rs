//! Content lines: what was folded over several lines is one again.
//!
//! A reader of our own, because `icalendar`, `calcard` and `ical` either tell no line numbers of what they read, or hold
//! a whole calendar or a line of any length in memory. What a content line says is `property.rs`.

use std::io::{self, BufRead};

use memchr::memchr2;

/// Bytes of a content line that are held; the rest of a longer one, such as an attachment, is read past.
pub(super) const CONTENT_LINE_BYTES_MAX: usize = 64 << 10;

/// The mark of byte order at the beginning of a text.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// Content lines of an input.
pub(super) struct Lines<R> {
    input: R,
    /// Lines read so far, as an editor counts them.
    read: u64,
    text: Vec<u8>,
}

/// A content line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ContentLine<'a> {
    /// Where it begins, from 1.
    pub(super) number: u64,
    /// Without its folds and its end.
    pub(super) bytes: &'a [u8],
    /// It was longer than [`CONTENT_LINE_BYTES_MAX`].
    pub(super) is_cut: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, read: 0, text: Vec::new() }
    }

    /// Lines read so far.
    pub(super) fn number(&self) -> u64 {
        self.read
    }

    /// The next one that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<ContentLine<'_>>> {
        loop {
            let number = self.read + 1;
            let Some(bytes_left_out) = self.unfold()? else { return Ok(None) };
            let marked = if number == 1 && self.text.starts_with(MARK) { MARK.len() } else { 0 };
            if !self.text.get(marked..).unwrap_or_default().trim_ascii_start().is_empty() {
                let bytes = self.text.get(marked..).unwrap_or_default();
                return Ok(Some(ContentLine { number, bytes, is_cut: bytes_left_out > 0 }));
            }
        }
    }

    /// Reads a line and what is folded onto it; how many bytes were too many, or none at the end.
    fn unfold(&mut self) -> io::Result<Option<usize>> {
        self.text.clear();
        let mut left_out = 0;
        let mut is_begun = false;
        loop {
            let held = self.input.fill_buf()?;
            if held.is_empty() {
                self.read += u64::from(is_begun);
                return Ok(is_begun.then_some(left_out));
            }
            is_begun = true;
            let end = memchr2(b'\r', b'\n', held);
            let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
            let room = CONTENT_LINE_BYTES_MAX - self.text.len();
            self.text.extend_from_slice(part.get(..room.min(part.len())).unwrap_or_default());
            left_out += part.len().saturating_sub(room);
            let is_return = end.and_then(|end| held.get(end)) == Some(&b'\r');
            let bytes = part.len() + usize::from(end.is_some());
            self.input.consume(bytes);
            if end.is_none() {
                continue;
            }
            if is_return && self.input.fill_buf()?.first() == Some(&b'\n') {
                self.input.consume(1);
            }
            self.read += 1;
            // White space at its start makes the next line a part of this one.
            if !matches!(self.input.fill_buf()?.first(), Some(b' ' | b'\t')) {
                return Ok(Some(left_out));
            }
            self.input.consume(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn all(bytes: &[u8], capacity: usize) -> Vec<(u64, String, bool)> {
        let mut lines = Lines::new(BufReader::with_capacity(capacity, bytes));
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, String::from_utf8_lossy(line.bytes).into_owned(), line.is_cut));
        }
        found
    }

    #[test]
    fn folds_go_whatever_ends_the_lines() {
        let text = "\u{feff}A:1\r\n  2\nB:\u{fc}\r C:no\r\r\n\nD:\r\n\t\r\n 3\n";
        let expected = [(1, "A:1 2"), (3, "B:\u{fc}C:no"), (7, "D:3")];
        for capacity in [1, 2, 3, 100] {
            let found = all(text.as_bytes(), capacity);
            let found: Vec<_> = found.iter().map(|(number, text, _)| (*number, text.as_str())).collect();
            assert_eq!(found, expected, "{capacity}");
        }
        // Some writers fold within a letter.
        assert_eq!(all(b"S:\xc3\r\n \xbc", 100), [(1, "S:\u{fc}".to_owned(), false)]);
    }

    #[test]
    fn a_line_without_end_is_cut() {
        let long = "ATTACH:".to_owned() + &"x\n ".repeat(CONTENT_LINE_BYTES_MAX) + "y\nB:1";
        let found = all(long.as_bytes(), 4096);
        assert_eq!((found[0].1.len(), found[0].2), (CONTENT_LINE_BYTES_MAX, true));
        assert_eq!(found[1], (CONTENT_LINE_BYTES_MAX as u64 + 2, "B:1".to_owned(), false));
    }

    proptest! {
        #[test]
        fn any_bytes_are_unfolded(
            bytes in prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b' '), any::<u8>()], 0..200),
            capacity in 1..50usize,
        ) {
            let whole = all(&bytes, 1000);
            prop_assert_eq!(&all(&bytes, capacity), &whole, "whatever the blocks");
            prop_assert!(whole.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
