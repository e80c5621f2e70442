//! Lines on their way to one shard, and where each of them came from.
//!
//! When they are observed is decided by the router.

use redtape_import::input::Origin;

/// Lines in one call; the contract allows 100,000.
const LINES_MAX: usize = 16 << 10;
/// Bytes in one call; the contract allows 16 MiB, but a plugin needs the less memory the smaller its batches are.
const BYTES_MAX: usize = 512 << 10;

const BYTE_ORDER_MARK: char = '\u{feff}';

/// Lines of one shard and one day, at most half a MiB of text and a quarter of places.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    text: String,
    places: Vec<Place>,
    /// The place of its first line in the order of reading.
    first: u64,
}

/// Where a line stands, in 16 bytes: logs have short lines.
#[derive(Clone, Copy, Debug)]
struct Place {
    line: u64,
    file: u32,
    /// Lines of all that were read since the first of the batch.
    after: u32,
}

impl Batch {
    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Whether `line` fits, which has the place `order` in the order of reading.
    pub(super) fn has_room(&self, line: &str, order: u64) -> bool {
        self.is_empty()
            || self.places.len() < LINES_MAX
                && self.text.len() + line.len() < BYTES_MAX
                // A line that has waited comes before those that came after it.
                && order.checked_sub(self.first).is_some_and(|after| u32::try_from(after).is_ok())
    }

    pub(super) fn push(&mut self, line: &str, origin: Origin, order: u64) {
        if self.is_empty() {
            self.first = order;
            if line.starts_with(BYTE_ORDER_MARK) {
                // The plugin skips one at the start of a text. Which line that is must not depend on how lines are batched.
                self.text.push(BYTE_ORDER_MARK);
            }
        }
        self.text.push_str(line);
        self.text.push('\n');
        let after = u32::try_from(order - self.first).unwrap_or(u32::MAX);
        self.places.push(Place { line: origin.line, file: origin.file, after });
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The line of a number, from 1, as the plugin counts: its place in the order of reading, and where it stands.
    pub(super) fn place(&self, number: u32) -> Option<(u64, Origin)> {
        let place = self.places.get(usize::try_from(number).ok()?.checked_sub(1)?)?;
        Some((self.first + u64::from(place.after), place.origin()))
    }

    /// Its first line and its last one.
    pub(crate) fn ends(&self) -> Option<(Origin, Origin)> {
        Some((self.places.first()?.origin(), self.places.last()?.origin()))
    }

    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.places.clear();
    }
}

impl Place {
    fn origin(self) -> Origin {
        Origin { file: self.file, line: self.line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_inside_a_log_is_no_start_of_text() {
        let mut batch = Batch::default();
        batch.push("\u{feff}{}", Origin::default(), 0);
        batch.push("\u{feff}{}", Origin::default(), 1);
        assert_eq!(batch.text(), "\u{feff}\u{feff}{}\n\u{feff}{}\n");
    }

    #[test]
    fn places_are_small_and_lead_back_to_their_lines() {
        assert_eq!(size_of::<Place>(), 16);
        let mut batch = Batch::default();
        let origin = |line| Origin { file: 7, line };
        batch.push("a", origin(1 << 40), 1 << 50);
        batch.push("b", origin((1 << 40) + 5), (1 << 50) + 9);
        assert_eq!(batch.place(1), Some((1 << 50, origin(1 << 40))));
        assert_eq!(batch.place(2), Some(((1 << 50) + 9, origin((1 << 40) + 5))));
        assert_eq!((batch.place(0), batch.place(3)), (None, None));
        assert!(batch.has_room("c", (1 << 50) + u64::from(u32::MAX)));
        assert!(!batch.has_room("c", (1 << 50) + u64::from(u32::MAX) + 1));
        assert!(!batch.has_room(&"c".repeat(BYTES_MAX), 1 << 50));
    }
}
