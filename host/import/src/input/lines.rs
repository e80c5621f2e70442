//! Lines of bounded length: one that is too long is counted, never held.

use std::io;
use std::ops::Range;

use memchr::memchr;

use super::blocks::{Block, Blocks};
use super::plain::Plain;
use super::{Content, LINE_BYTES_MAX};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
/// Bytes of a line that are held, so that one at the limit is known with all that does not count.
const HELD_MAX: usize = LINE_BYTES_MAX + BYTE_ORDER_MARK.len() + 2;

/// Reads lines from bytes. A line is looked at where it was read, unless it lies in several blocks.
pub(super) struct Lines {
    blocks: Blocks,
    block: Block,
    /// How far the block was read.
    read: usize,
    /// Where the line lies in the block.
    place: Range<usize>,
    /// The beginning of a line that lies in several blocks, as far as it is held.
    carried: Vec<u8>,
    /// Bytes of the line, without its line feed.
    length: u64,
    number: u64,
}

impl Lines {
    /// Lines of an input of which nothing was consumed yet.
    pub(super) fn of(plain: Plain) -> Self {
        let (blocks, block) = plain.into_blocks();
        Self { blocks, block, read: 0, place: 0..0, carried: Vec::new(), length: 0, number: 0 }
    }

    /// How many lines were read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line; whether there is one.
    pub(super) fn read(&mut self) -> io::Result<bool> {
        self.carried.clear();
        self.length = 0;
        loop {
            let rest = self.block.bytes().get(self.read..).unwrap_or_default();
            let end = memchr(b'\n', rest);
            let part = self.read..self.read + end.unwrap_or(rest.len());
            self.length += u64::try_from(part.len()).unwrap_or_default();
            if end.is_some() {
                self.read = part.end + 1;
                self.end(part);
                return Ok(true);
            }
            self.carry(part);
            self.blocks.next(&mut self.block)?;
            self.read = 0;
            if self.block.bytes().is_empty() {
                // The last line may have no end.
                if self.length > 0 {
                    self.end(0..0);
                }
                return Ok(self.length > 0);
            }
        }
    }

    fn end(&mut self, part: Range<usize>) {
        self.number += 1;
        if self.carried.is_empty() {
            self.place = part;
        } else {
            self.carry(part);
        }
    }

    fn carry(&mut self, part: Range<usize>) {
        let part = self.block.bytes().get(part).unwrap_or_default();
        let room = HELD_MAX.saturating_sub(self.carried.len());
        self.carried.extend_from_slice(part.get(..room).unwrap_or(part));
    }

    /// What the line says that was read last.
    pub(super) fn content(&self) -> Content<&str> {
        let line = match self.carried.as_slice() {
            [] => self.block.bytes().get(self.place.clone()).unwrap_or_default(),
            carried => carried,
        };
        let is_marked = self.number == 1 && line.starts_with(BYTE_ORDER_MARK);
        let mark = if is_marked { BYTE_ORDER_MARK.len() } else { 0 };
        // The end of a longer line is not held, so its carriage return counts.
        let is_whole = self.length < HELD_MAX as u64;
        let carriage_return = usize::from(is_whole && line.ends_with(b"\r"));
        let length = self.length - (mark + carriage_return) as u64;
        if length > LINE_BYTES_MAX as u64 {
            return Content::TooLong(length);
        }
        let line = line.get(mark..line.len() - carriage_return).unwrap_or_default();
        match std::str::from_utf8(line) {
            Ok(text) if text.trim_ascii().is_empty() => Content::Blank,
            Ok(text) => Content::Text(text),
            Err(error) => Content::NotUtf8(error.valid_up_to()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line, with its content where it is text and with `?` where it is not.
    fn cut(bytes: &[u8], block_bytes: usize) -> Vec<String> {
        let raw = Box::new(io::Cursor::new(bytes.to_vec()));
        let mut lines = Lines::of(Plain::begin(raw, block_bytes).unwrap());
        let mut all = Vec::new();
        while lines.read().unwrap() {
            all.push(match lines.content() {
                Content::Blank => String::new(),
                Content::Text(text) => text.to_owned(),
                other => format!("?{other:?}"),
            });
        }
        assert!(!lines.read().unwrap(), "nothing comes after the end");
        assert_eq!(lines.number(), all.len() as u64);
        all
    }

    #[track_caller]
    fn check(bytes: &[u8], expected: &[&str]) {
        // Small blocks cut every line somewhere; a large one holds them all.
        for block_bytes in [1, 2, 3, 7, 1 << 22] {
            assert_eq!(cut(bytes, block_bytes), expected, "{block_bytes}");
        }
    }

    #[test]
    fn lines_end_as_any_system_ends_them() {
        check(b"", &[]);
        check(b"\xef\xbb\xbfone\r\n\ntwo\n\r\nthree", &["one", "", "two", "", "three"]);
        check(b"\r", &[""]);
        check(b"\n", &[""]);
        check(b"\xef\xbb\xbf", &[""]);
        check(b"a\n\xef\xbb\xbfb\n", &["a", "\u{feff}b"]);
    }

    #[test]
    fn a_long_line_is_counted_and_the_next_one_read() {
        let fits = "x".repeat(LINE_BYTES_MAX);
        let mark = "\u{feff}";
        check(format!("{mark}{fits}\r\n{fits}x\r\nnext").as_bytes(), &[&fits, "?TooLong(65537)", "next"]);
        check(format!("{mark}{fits}x\n{fits}\r").as_bytes(), &["?TooLong(65537)", &fits]);
        let huge = "x".repeat(1_000_000);
        check(format!("{huge}\r\nnext\n").as_bytes(), &["?TooLong(1000001)", "next"]);
        check(huge.as_bytes(), &["?TooLong(1000000)"]);
    }

    #[test]
    fn a_line_that_is_no_text_is_told_by_its_byte() {
        check(b"ab\xffcd\nn\xc3\xa9xt\n\xc3\n", &["?NotUtf8(2)", "n\u{e9}xt", "?NotUtf8(0)"]);
    }
}
