//! What was wrong with single records, in bounded memory: an input can be wrong in every record.

use std::collections::VecDeque;

/// Faults that are kept; of further ones there is only the number.
const FAULTS_MAX: usize = 100;

/// Why a record gives no activity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Column or path in the record; empty: the whole of it.
    pub field: String,
    /// What was found. User data.
    pub found: String,
    /// What would be right.
    pub expected: String,
}

/// Faults with their lines: the first hundred as they are, further ones as one that says nothing.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    kept: VecDeque<(u64, Fault)>,
    /// How many more there are, and the line of the first of them.
    more: (u64, u64),
}

impl Faults {
    pub(super) fn push(&mut self, line: u64, fault: Fault) {
        if self.more.0 == 0 && self.kept.len() < FAULTS_MAX {
            self.kept.push_back((line, fault));
            return;
        }
        if self.more.0 == 0 {
            self.more.1 = line;
        }
        self.more.0 += 1;
    }

    /// How many are left.
    pub(super) fn total(&self) -> u64 {
        self.kept.len() as u64 + self.more.0
    }
}

impl Iterator for Faults {
    type Item = (u64, Fault);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(fault) = self.kept.pop_front() {
            return Some(fault);
        }
        self.more.0 = self.more.0.checked_sub(1)?;
        let expected =
            format!("nothing to be told: only the first {FAULTS_MAX} problems of an input are kept");
        Some((self.more.1, Fault { field: String::new(), found: String::new(), expected }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_are_kept_and_all_are_counted() {
        let mut faults = Faults::default();
        for line in 1..=100_250 {
            let fault = Fault { field: String::new(), found: line.to_string(), expected: String::new() };
            faults.push(line, fault);
        }
        assert_eq!((faults.kept.len(), faults.total()), (100, 100_250));
        let all: Vec<(u64, Fault)> = faults.by_ref().collect();
        assert_eq!(all.len(), 100_250);
        assert!(all[..100].iter().all(|(line, fault)| fault.found == line.to_string()));
        assert!(all[100..].iter().all(|(line, fault)| *line == 101 && fault.found.is_empty()));
    }
}
