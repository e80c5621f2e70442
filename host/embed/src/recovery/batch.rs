//! A batch of lines or records, and how it is halved until what the plugin fails on stands alone.
//!
//! Who tries the halves, and how often, is decided by the supervisor.

use super::journal::{Change, record_bytes};
use crate::detector::{Activity, Intake, Problem};
use crate::engine::Engine;
use crate::error::Error;
use redtape_model::text::cut;

/// Problems of one answer, as the contract says.
const PROBLEMS_MAX: usize = 100;
/// Bytes of what was found, as the contract says.
const FOUND_BYTES_MAX: usize = 80;

/// What one call observes, or a part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Batch<'a> {
    Lines(&'a str),
    Records(&'a [Activity]),
}

impl<'a> Batch<'a> {
    pub(super) fn observe(self, engine: &mut impl Engine) -> Result<Intake, Error> {
        match self {
            Batch::Lines(text) => engine.observe_ndjson(text),
            Batch::Records(activities) => engine.observe(activities),
        }
    }

    /// The name of the call in the contract.
    pub(super) fn call(self) -> &'static str {
        match self {
            Batch::Lines(_) => "observe-ndjson",
            Batch::Records(_) => "observe",
        }
    }

    /// The call, to be kept.
    pub(super) fn change(self) -> Change {
        match self {
            Batch::Lines(text) => Change::ObserveNdjson(text.to_owned()),
            Batch::Records(activities) => Change::Observe(activities.to_owned()),
        }
    }

    /// About how many bytes it takes to keep it.
    pub(super) fn bytes(self) -> usize {
        match self {
            Batch::Lines(text) => text.len(),
            Batch::Records(activities) => activities.iter().map(record_bytes).sum(),
        }
    }

    /// Lines, blank ones too, or records.
    pub(super) fn count(self) -> u32 {
        let count = match self {
            Batch::Lines(text) => text.lines().count(),
            Batch::Records(activities) => activities.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// Whether there is nothing in it to observe.
    pub(super) fn is_blank(self) -> bool {
        match self {
            Batch::Lines(text) => text.trim_ascii().is_empty(),
            Batch::Records(activities) => activities.is_empty(),
        }
    }

    /// Two parts of about the same size; none where it is a single line or record.
    pub(super) fn halves(self) -> Option<(Self, Self)> {
        match self {
            Batch::Lines(text) => {
                let (before, after) = text.as_bytes().split_at(text.len() / 2);
                let ends = |byte: &u8| *byte == b'\n';
                let end = match before.iter().rposition(ends) {
                    Some(end) => end + 1,
                    None => before.len() + after.iter().position(ends)? + 1,
                };
                let (first, second) = text.split_at_checked(end)?;
                (!second.is_empty()).then_some((Batch::Lines(first), Batch::Lines(second)))
            }
            Batch::Records([] | [_]) => None,
            Batch::Records(activities) => {
                let (first, second) = activities.split_at(activities.len() / 2);
                Some((Batch::Records(first), Batch::Records(second)))
            }
        }
    }

    /// What a caller is told of a single line or record that was set aside.
    pub(super) fn problem(self, line: u32) -> Problem {
        let found = match self {
            Batch::Lines(text) => text.trim(),
            Batch::Records(activities) => activities.first().map_or("", |activity| activity.id.as_str()),
        };
        Problem {
            line,
            field: String::new(),
            found: cut(found, FOUND_BYTES_MAX).to_owned(),
            expected: "something else: the plugin failed on it, and it was set aside".to_owned(),
        }
    }
}

/// What became of a batch that was taken in parts.
#[derive(Debug)]
pub(super) struct Sum {
    pub(super) intake: Intake,
    /// Lines or records before the next part.
    pub(super) before: u32,
}

impl Sum {
    pub(super) fn new() -> Self {
        Self { intake: Intake::default(), before: 0 }
    }

    /// Adds the answer to the next part, which has `count` lines or records.
    pub(super) fn add(&mut self, part: Intake, count: u32) {
        let Intake { accepted, replaced, duplicate, late, rejected, dropped, problems, oldest, newest } =
            part;
        let sum = &mut self.intake;
        for (sum, part) in [
            (&mut sum.accepted, accepted),
            (&mut sum.replaced, replaced),
            (&mut sum.duplicate, duplicate),
            (&mut sum.late, late),
            (&mut sum.rejected, rejected),
            (&mut sum.dropped, dropped),
        ] {
            *sum = sum.saturating_add(part);
        }
        for mut problem in problems {
            problem.line = problem.line.saturating_add(self.before);
            self.push(problem);
        }
        self.intake.oldest = [self.intake.oldest, oldest].into_iter().flatten().min();
        self.intake.newest = [self.intake.newest, newest].into_iter().flatten().max();
        self.skip(count);
    }

    /// Counts a single line or record as rejected.
    pub(super) fn reject(&mut self, single: Batch<'_>) {
        self.skip(1);
        self.intake.rejected = self.intake.rejected.saturating_add(1);
        self.push(single.problem(self.before));
    }

    /// Goes on behind lines that are not observed.
    pub(super) fn skip(&mut self, count: u32) {
        self.before = self.before.saturating_add(count);
    }

    fn push(&mut self, problem: Problem) {
        if self.intake.problems.len() < PROBLEMS_MAX {
            self.intake.problems.push(problem);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn halved(text: &str) -> Option<(&str, &str)> {
        match Batch::Lines(text).halves()? {
            (Batch::Lines(first), Batch::Lines(second)) => Some((first, second)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_are_halved_at_their_ends() {
        assert_eq!(halved("a\nb\nc\nd\n"), Some(("a\nb\n", "c\nd\n")));
        assert_eq!(halved("a\nlong line é\n"), Some(("a\n", "long line é\n")));
        assert_eq!(halved("long line é\nb"), Some(("long line é\n", "b")));
        assert_eq!(["", "\n", "one", "one\n", "one\r\n"].map(halved), [None; 5]);
    }

    #[test]
    fn halving_ends_at_single_lines_and_loses_none() {
        let text = "1\n\n22222\n3\r\n4444444444\n5\n6666";
        let (mut waiting, mut lines) = (vec![Batch::Lines(text)], Vec::new());
        while let Some(part) = waiting.pop() {
            match part.halves() {
                Some((first, second)) => waiting.extend([second, first]),
                None => lines.push(part),
            }
        }
        let expected: Vec<Batch<'_>> = text.split_inclusive('\n').map(Batch::Lines).collect();
        assert_eq!(lines, expected);
        assert_eq!(Batch::Lines(text).count(), 7);
    }

    #[test]
    fn parts_are_told_as_one() {
        let problem = |line| Problem { line, ..Batch::Lines(" bad\r\n").problem(0) };
        let part = |problems: Vec<Problem>, at| Intake {
            accepted: 2,
            rejected: u32::try_from(problems.len()).unwrap(),
            problems,
            oldest: Some(at),
            newest: Some(at + 1),
            ..Sum::new().intake
        };
        let mut sum = Sum::new();
        sum.add(part(vec![problem(2)], 5), 3);
        sum.skip(1);
        sum.reject(Batch::Lines(" bad\r\n"));
        sum.add(part((1..=100).map(problem).collect(), 3), 102);
        let Intake { accepted, rejected, problems, oldest, newest, .. } = sum.intake;
        assert_eq!((accepted, rejected, oldest, newest), (4, 102, Some(3), Some(6)));
        assert_eq!(problems.len(), PROBLEMS_MAX);
        assert_eq!([&problems[0], &problems[1], &problems[2]], [&problem(2), &problem(5), &problem(6)]);
        assert_eq!((problems[0].found.as_str(), sum.before), ("bad", 107));
    }
}
