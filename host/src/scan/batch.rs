//! Lines waiting to be observed, and where each of them came from.
//!
//! When they are observed is decided by the scan.

use crate::calendar::Instant;
use crate::detector::Problem;
use crate::input::Origin;
use crate::report::{LineProblem, PROBLEMS_MAX};

/// The contract's limit on lines in one call.
const RECORDS_MAX: usize = 100_000;
/// Bytes in one call: a quarter of the contract's limit, so that the plugin needs less memory.
const BYTES_MAX: usize = 4 << 20;

const BYTE_ORDER_MARK: char = '\u{feff}';

#[derive(Debug, Default)]
pub(super) struct Batch {
    text: String,
    lines: Vec<(Origin, Option<Instant>)>,
    /// Problems that the host found, each with the number of lines that came before it.
    problems: Vec<(usize, LineProblem)>,
}

impl Batch {
    pub(super) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub(super) fn has_room(&self, line: &str) -> bool {
        self.lines.len() < RECORDS_MAX && self.text.len() + line.len() < BYTES_MAX
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn push(&mut self, origin: Origin, at: Option<Instant>, line: &str) {
        if self.text.is_empty() && line.starts_with(BYTE_ORDER_MARK) {
            // The plugin skips one at the start of a text. Which line that is must not depend on how lines are batched.
            self.text.push(BYTE_ORDER_MARK);
        }
        self.text.push_str(line);
        self.text.push('\n');
        self.lines.push((origin, at));
    }

    /// Keeps a problem of a line that is not handed on; more than a report lists are of no use.
    pub(super) fn push_problem(&mut self, problem: LineProblem) {
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push((self.lines.len(), problem));
        }
    }

    /// The line of a number, from 1, as the plugin counts.
    pub(super) fn line(&self, number: u32) -> Option<(Origin, Option<Instant>)> {
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        self.lines.get(at).copied()
    }

    /// Empties the batch; its problems, in the order of lines, go to `all` while there is room.
    pub(super) fn settle(&mut self, told: &[Problem], all: &mut Vec<LineProblem>) {
        let mut ordered = Vec::new();
        for problem in told {
            let Some((origin, _)) = self.line(problem.line) else { continue };
            let Problem { line, field, found, expected } = problem.clone();
            let number = usize::try_from(line).unwrap_or(usize::MAX);
            ordered.push((number, LineProblem { origin, field, found, expected }));
        }
        // A problem that the host found after n lines comes after that of line n: the sort is stable.
        ordered.append(&mut self.problems);
        ordered.sort_by_key(|(lines, _)| *lines);
        let room = PROBLEMS_MAX.saturating_sub(all.len());
        all.extend(ordered.into_iter().take(room).map(|(_, problem)| problem));
        self.text.clear();
        self.lines.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_inside_a_log_is_no_start_of_text() {
        let mut batch = Batch::default();
        batch.push(Origin::default(), None, "\u{feff}{}");
        batch.push(Origin::default(), None, "\u{feff}{}");
        assert_eq!(batch.text(), "\u{feff}\u{feff}{}\n\u{feff}{}\n");
    }
}
