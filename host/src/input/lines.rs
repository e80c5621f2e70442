//! Lines of bounded length: one that is too long is counted, never held.

use std::io::{self, BufRead, BufReader, Read};

use super::LINE_BYTES_MAX;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Reads lines from bytes.
pub(super) struct Lines {
    bytes: BufReader<Box<dyn Read + Send>>,
    line: Vec<u8>,
    number: u64,
}

/// What was read; the text itself is in [`Lines::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Raw {
    End,
    Text,
    TooLong(u64),
    NotUtf8(usize),
}

impl Lines {
    pub(super) fn new(bytes: BufReader<Box<dyn Read + Send>>) -> Self {
        Self { bytes, line: Vec::new(), number: 0 }
    }

    /// How many lines were read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The line that was read last, without its end, where it was a text.
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.line).unwrap_or_default()
    }

    /// Reads the next line.
    pub(super) fn read(&mut self) -> io::Result<Raw> {
        self.line.clear();
        let bytes = self.read_bytes()?;
        if bytes == 0 {
            return Ok(Raw::End);
        }
        self.number += 1;
        let mark = if self.number == 1 && self.line.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        self.line.drain(..mark);
        if self.line.len() > LINE_BYTES_MAX {
            // The end of a longer line is not held, so its carriage return counts.
            return Ok(Raw::TooLong(bytes - u64::try_from(mark).unwrap_or_default()));
        }
        match std::str::from_utf8(&self.line) {
            Ok(_) => Ok(Raw::Text),
            Err(error) => Ok(Raw::NotUtf8(error.valid_up_to())),
        }
    }

    /// Reads up to the end of the line, which is taken off; holds a little more than the limit at most. Gives the bytes
    /// there were, at least 1 for a line that is there.
    fn read_bytes(&mut self) -> io::Result<u64> {
        let held_max = LINE_BYTES_MAX + BYTE_ORDER_MARK.len() + 2;
        let mut bytes = 0_u64;
        loop {
            let part = match self.bytes.fill_buf() {
                Ok(part) => part,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let end = part.iter().position(|&byte| byte == b'\n');
            let part = part.get(..end.unwrap_or(part.len())).unwrap_or_default();
            let room = held_max.saturating_sub(self.line.len());
            self.line.extend_from_slice(part.get(..room).unwrap_or(part));
            let (length, ended) = (part.len(), end.is_some());
            bytes += u64::try_from(length).unwrap_or_default();
            let at_end = length == 0 && !ended;
            self.bytes.consume(length + usize::from(ended));
            if ended || at_end {
                if self.line.len() < held_max && self.line.last() == Some(&b'\r') {
                    self.line.pop();
                    bytes -= 1;
                    return Ok(bytes.max(1));
                }
                return Ok(if ended { bytes.max(1) } else { bytes });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Vec<(Raw, String)> {
        // A buffer of 3 bytes cuts every line somewhere.
        let bytes: Box<dyn Read + Send> = Box::new(io::Cursor::new(bytes.to_vec()));
        let mut lines = Lines::new(BufReader::with_capacity(3, bytes));
        let mut all = Vec::new();
        loop {
            match lines.read().unwrap() {
                Raw::End => return all,
                Raw::Text => all.push((Raw::Text, lines.text().to_owned())),
                raw => all.push((raw, String::new())),
            }
        }
    }

    fn text(text: &str) -> (Raw, String) {
        (Raw::Text, text.to_owned())
    }

    #[test]
    fn lines_end_as_any_system_ends_them() {
        assert_eq!(all(b""), []);
        assert_eq!(all(b"\xef\xbb\xbfone\r\n\ntwo\n\r\nthree"), ["one", "", "two", "", "three"].map(text));
        assert_eq!(all(b"\r"), [text("")]);
        assert_eq!(all(b"a\n\xef\xbb\xbfb\n"), ["a", "\u{feff}b"].map(text));
    }

    #[test]
    fn a_long_line_is_counted_and_the_next_one_read() {
        let fits = "x".repeat(LINE_BYTES_MAX);
        let too_long = (Raw::TooLong(65_537), String::new());
        assert_eq!(
            all(format!("{fits}\r\n{fits}x\r\nnext").as_bytes()),
            [text(&fits), too_long, text("next")]
        );
        let huge = "x".repeat(1_000_000);
        assert_eq!(
            all(format!("{huge}\nnext\n").as_bytes()),
            [(Raw::TooLong(1_000_000), String::new()), text("next")]
        );
    }

    #[test]
    fn a_line_that_is_no_text_is_told_by_its_byte() {
        assert_eq!(all(b"ab\xffcd\nnext"), [(Raw::NotUtf8(2), String::new()), text("next")]);
    }
}
