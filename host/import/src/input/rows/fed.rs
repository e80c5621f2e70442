//! Bytes on their way into the reader of rows: lines end in one way, no row is endless, and the newest bytes are kept.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::plain::Plain;

/// What follows the last row: it is a row of its own unless a quote is still open. No file ends in it by chance.
pub(super) const END: &str = "\u{3}\u{3}\u{3}";

/// What the reader of rows and the bytes that it is fed with know of each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Bounds {
    /// Where a row that is being read has to end.
    pub(super) allowed: Arc<AtomicU64>,
    pub(super) has_ended: Arc<AtomicBool>,
}

/// Bytes as the reader gets them: no more than one row may have, and an end that shows whether a quote is open.
pub(super) struct Fed {
    plain: Plain,
    handed: u64,
    /// Whether the last byte read was a return, which is not handed on yet.
    has_return: bool,
    /// Whether lines end in a return alone.
    has_returns: bool,
    bounds: Bounds,
    /// What is left of the end, once the input has ended.
    end: Option<io::Cursor<Vec<u8>>>,
    /// The newest bytes that were handed on, where there are quotes, and where the first of them stands.
    kept: Vec<u8>,
    kept_from: u64,
    has_quotes: bool,
}

impl Fed {
    pub(super) fn new(plain: Plain, has_returns: bool, bounds: Bounds) -> Self {
        Self {
            plain,
            handed: 0,
            has_return: false,
            has_returns,
            bounds,
            end: None,
            kept: Vec::new(),
            kept_from: 0,
            has_quotes: false,
        }
    }

    /// Whether there is any quote so far: without one rows are what they seem.
    pub(super) fn has_quotes(&self) -> bool {
        self.has_quotes
    }

    /// The bytes from one place to another, or to the end of the input; empty where they are not kept.
    pub(super) fn region(&self, from: u64, to: u64) -> &[u8] {
        let Some(begins) = from.checked_sub(self.kept_from) else { return &[] };
        let at = |place: u64| usize::try_from(place).unwrap_or(usize::MAX).min(self.kept.len());
        self.kept.get(at(begins)..at(to.saturating_sub(self.kept_from))).unwrap_or_default()
    }

    /// Keeps what is handed on, from the row on that is being read.
    fn keep(&mut self, bytes: &[u8], begins: u64) {
        self.has_quotes = self.has_quotes || memchr::memchr(b'"', bytes).is_some();
        if !self.has_quotes
            && let Some(end) = memchr::memrchr(b'\n', bytes)
        {
            // No row before this place is ever looked at again.
            let rest = bytes.get(end + 1..).unwrap_or_default();
            self.kept.clear();
            self.kept.extend_from_slice(rest);
            self.kept_from = self.handed - rest.len() as u64;
            return;
        }
        let old = usize::try_from(begins.saturating_sub(self.kept_from)).unwrap_or(usize::MAX);
        self.kept.drain(..old.min(self.kept.len()));
        self.kept_from = self.handed - bytes.len() as u64 - self.kept.len() as u64;
        self.kept.extend_from_slice(bytes);
    }

    /// Takes the returns before line feeds out of the first `length` bytes, so that lines end in one way and can be
    /// counted. None: nothing is left.
    fn take(&mut self, buffer: &mut [u8], length: usize) -> Option<usize> {
        let bytes = buffer.get_mut(..length)?;
        if self.has_returns {
            bytes.iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
        }
        let (mut from, mut to) = (0, 0);
        while let Some(at) = memchr::memchr(b'\r', bytes.get(from..).unwrap_or_default()).map(|at| from + at)
        {
            let next = bytes.get(at + 1).copied();
            // Whether one at the end stands before a line feed is seen with the next bytes.
            let is_kept = next.is_some_and(|next| next != b'\n');
            let until = at + usize::from(is_kept);
            bytes.copy_within(from..until, to);
            to += until - from;
            from = at + 1;
            self.has_return = next.is_none();
        }
        bytes.copy_within(from.., to);
        to += bytes.len() - from;
        self.handed += to as u64;
        (to > 0).then_some(to)
    }

    fn fill(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let held = usize::from(self.has_return);
            let (Some(first), true) = (buffer.first_mut(), self.has_return) else {
                let bytes = self.plain.read(buffer)?;
                if bytes == 0 && !buffer.is_empty() {
                    return Ok(0);
                }
                if let Some(length) = self.take(buffer, bytes) {
                    return Ok(length);
                }
                continue;
            };
            *first = b'\r';
            let bytes = self.plain.read(buffer.get_mut(held..).unwrap_or_default())?;
            self.has_return = false;
            if bytes == 0 {
                return Ok(0);
            }
            if let Some(length) = self.take(buffer, bytes + held) {
                return Ok(length);
            }
        }
    }
}

impl Read for Fed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if let Some(end) = &mut self.end {
            return end.read(buffer);
        }
        let allowed = self.bounds.allowed.load(Ordering::Relaxed);
        if self.handed > allowed {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let length = self.fill(buffer)?;
        if length > 0 {
            self.keep(buffer.get(..length).unwrap_or_default(), allowed.saturating_sub(super::ALLOWED_BYTES));
            return Ok(length);
        }
        self.bounds.has_ended.store(true, Ordering::Relaxed);
        let end = self.end.insert(io::Cursor::new(format!("\n{END}\n").into_bytes()));
        end.read(buffer)
    }
}
