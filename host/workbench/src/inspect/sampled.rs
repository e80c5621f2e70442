//! Things by a hash of their name, in memory that does not grow with the log: all of them while they are few, from then on
//! every second one, every fourth, and so on. What is kept is seen from its first line to its last.

use std::collections::BTreeMap;

/// Things that are kept.
const KEPT_MAX: usize = 300_000;

/// What is known of things.
#[derive(Debug)]
pub(super) struct Sampled<T> {
    kept: BTreeMap<u64, T>,
    /// Of the hashes those are kept that end with so many zeros.
    zeros: u32,
    max: usize,
}

impl<T> Default for Sampled<T> {
    fn default() -> Self {
        Self { kept: BTreeMap::new(), zeros: 0, max: KEPT_MAX }
    }
}

impl<T> Sampled<T> {
    /// One in how many things is looked at; 1: all.
    pub(super) fn one_in(&self) -> u64 {
        1 << self.zeros
    }

    /// What is known of a thing, anew where it was not known; none: it is not among those that are kept.
    pub(super) fn entry(&mut self, hash: u64, new: impl FnOnce() -> T) -> Option<&mut T> {
        while self.takes(hash) && !self.kept.contains_key(&hash) && self.kept.len() >= self.max {
            self.zeros += 1;
            let zeros = self.zeros;
            self.kept.retain(|hash, _| hash.trailing_zeros() >= zeros);
        }
        self.takes(hash).then(|| self.kept.entry(hash).or_insert_with(new))
    }

    /// All that are kept.
    pub(super) fn values(&self) -> impl Iterator<Item = &T> {
        self.kept.values()
    }

    fn takes(&self, hash: u64) -> bool {
        hash.trailing_zeros() >= self.zeros
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use xxhash_rust::xxh3::xxh3_64;

    #[test]
    fn a_sample_holds_what_it_kept_from_the_first_line_on() {
        let mut sampled = Sampled { max: 1_000, ..Sampled::default() };
        for round in 0..3_u64 {
            for thing in 0..10_000_u64 {
                if let Some(seen) = sampled.entry(xxh3_64(&thing.to_le_bytes()), || 0_u64) {
                    *seen += 1;
                }
            }
            assert!(sampled.values().all(|seen| *seen == round + 1), "each was seen in every round");
        }
        assert_eq!(sampled.one_in(), 16);
        let about = sampled.values().count() as u64 * sampled.one_in();
        assert!((8_000..12_000).contains(&about), "{about}");
    }
}
