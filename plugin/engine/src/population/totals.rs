//! Sums over accounts that do not depend on how they are shared out: whole numbers.

use super::GRID;
use crate::signals::{PerSignal, Value, WithWhole};

/// Units of one.
const UNITS: f64 = 16_777_216.0;
/// No sum goes beyond it, so that those of 16 shards fit into 64 bits together.
const MOST: i64 = 1 << 58;

/// A sum in units of 2^-24, saturating at 2^34: neither the order nor the number of shards matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum(i64);

impl Sum {
    /// Adds one account's part.
    pub fn add(&mut self, part: f64) {
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a number saturates")]
        let units = (part * UNITS) as i64;
        self.0 = self.0.saturating_add(units).clamp(-MOST, MOST);
    }

    /// As a number again.
    pub fn real(self) -> f64 {
        self.0 as f64 / UNITS
    }
}

/// A whole number of units as a number.
pub fn real(units: i64) -> f64 {
    units as f64 / UNITS
}

/// The sums of one signal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sums {
    /// Of the week's values.
    pub value: Sum,
    /// Of the week's exposures: weeks, or requests decided.
    pub exposure: Sum,
    /// Squares of what the values add up.
    pub squares: Sum,
    /// Squares around each account's mean.
    pub scatter: Sum,
    /// Their degrees of freedom, times the rate.
    pub freedom: Sum,
    /// Accounts with a rate.
    pub accounts: Sum,
    /// The logarithms of those rates.
    pub logs: Sum,
    /// The squares of those logarithms.
    pub log_squares: Sum,
}

/// What a week's accounts add up to, once they have been through the filter.
#[derive(Clone, Debug)]
pub struct Totals {
    /// Of each measured signal.
    pub signals: PerSignal<Sums>,
    /// Accounts that were awake.
    pub awake: Sum,
    /// Accounts that had a score.
    pub watched: WithWhole<Sum>,
    /// How many alerts each threshold opened more than the one below it.
    pub opened: WithWhole<[Sum; GRID + 1]>,
}

impl Default for Totals {
    fn default() -> Self {
        Self {
            signals: PerSignal::default(),
            awake: Sum::default(),
            watched: WithWhole::default(),
            opened: WithWhole::from_fn(|_| [Sum::default(); GRID + 1]),
        }
    }
}

impl Sums {
    /// Adds a week's value.
    pub fn add_value(&mut self, value: &Value) {
        self.value.add(f64::from(value.sum));
        self.exposure.add(f64::from(value.exposure));
        self.squares.add(f64::from(value.squares));
    }

    /// Adds the logarithm of an account's rate.
    pub fn add_log(&mut self, log: f64) {
        self.accounts.add(1.0);
        self.logs.add(log);
        self.log_squares.add(log * log);
    }

    fn each(&mut self) -> [&mut Sum; 8] {
        let Self { value, exposure, squares, scatter, freedom, accounts, logs, log_squares } = self;
        [value, exposure, squares, scatter, freedom, accounts, logs, log_squares]
    }
}

impl Totals {
    /// All of them, in an order that does not change.
    fn each(&mut self) -> impl Iterator<Item = &mut Sum> {
        let Self { signals, awake, watched, opened } = self;
        let signals = signals.iter_mut().flat_map(Sums::each);
        signals.chain([awake]).chain(watched.iter_mut()).chain(opened.iter_mut().flatten())
    }

    /// As numbers, to be added to those of other shards.
    pub fn numbers(&mut self) -> Vec<i64> {
        self.each().map(|sum| sum.0).collect()
    }

    /// From the numbers of all shards.
    pub fn from_numbers(numbers: &[i64]) -> Self {
        let mut totals = Self::default();
        for (sum, number) in totals.each().zip(numbers) {
            *sum = Sum((*number).clamp(-MOST, MOST));
        }
        // What cannot be below nothing is not, whoever added it up.
        for sums in totals.signals.iter_mut() {
            let Sums { value, exposure, squares, scatter, freedom, accounts, logs: _, log_squares: _ } = sums;
            for sum in [value, exposure, squares, scatter, freedom, accounts] {
                sum.0 = sum.0.max(0);
            }
        }
        totals
    }
}

impl Sum {
    /// As a number, to be added to those of other shards.
    pub fn number(self) -> i64 {
        self.0
    }

    /// From the numbers of all shards.
    pub fn from_number(number: i64) -> Self {
        Self(number.clamp(-MOST, MOST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn shards_add_up_to_one(parts in prop::collection::vec((0.0..1e12f64, 0..7usize), 0..200), seed in any::<usize>()) {
            let sum_of = |parts: &[(f64, usize)]| {
                let mut sum = Sum::default();
                parts.iter().for_each(|(part, _)| sum.add(*part));
                sum
            };
            let mut shuffled = parts.clone();
            let length = parts.len().max(1);
            shuffled.rotate_left(seed % length);
            let shards = (0..7).map(|shard| {
                let own: Vec<_> = shuffled.iter().copied().filter(|(_, of)| *of == shard).collect();
                sum_of(&own).number()
            });
            prop_assert_eq!(Sum::from_number(shards.fold(0, i64::wrapping_add)), sum_of(&parts));
        }
    }
}
