//! The signals: what each of them measures, in one list.
//!
//! A signal is one file: its description, and the functions that turn counts into numbers and numbers into words. When a
//! number becomes an alert is `threshold.rs` and `rise.rs`. A new signal is a file, its page beside it, and its place in
//! the list. `plugin/new-signal` makes the skeleton.

// The account as a whole: it follows from the others, and is in no list.
mod creep;
mod description;
mod id;
mod parts;
mod requests;
mod series;
mod words;

pub use description::{About, Gone, Measure, OpenLimits, Signal, Value, Watch, WeekLimits};
pub use id::{MEASURED, PerSignal, SignalId, WithWhole};
pub use parts::{Part, Parts, WeekPart};
pub(crate) use words::{number, number_beside};

use crate::counting::WeekFacts;
use crate::settings::SignalPolicy;

mod approval_days;
mod approval_hops;
mod meeting_count;
mod meeting_hours;
mod plan_versions;
#[cfg(feature = "trial-signal")]
mod trial_long_meetings;

/// All measured signals, in the order they are told.
const LIST: &[&Signal] = &[
    &meeting_count::SIGNAL,
    &meeting_hours::SIGNAL,
    &plan_versions::SIGNAL,
    &approval_hops::SIGNAL,
    &approval_days::SIGNAL,
    #[cfg(feature = "trial-signal")]
    &trial_long_meetings::SIGNAL,
];

impl SignalId {
    /// The numbers that hold without a policy.
    pub fn defaults(self) -> SignalPolicy {
        self.signal().map_or_else(SignalPolicy::default, Signal::defaults)
    }

    /// Whether it has this key of a policy.
    pub fn has_option(self, key: &str) -> bool {
        self.signal().map_or_else(|| creep::has_option(key), |signal| signal.has_option(key))
    }
}

/// For each signal the place of the first one that sees the same thing.
#[expect(
    clippy::indexing_slicing,
    reason = "it runs in the compiler, which refuses a place that is not there"
)]
pub(crate) const fn groups() -> [usize; MEASURED] {
    let mut heads = [0; MEASURED];
    let mut place = 0;
    while place < MEASURED {
        let mut head = 0;
        while !is_same(LIST[head].watch.group.as_bytes(), LIST[place].watch.group.as_bytes()) {
            head += 1;
        }
        heads[place] = head;
        place += 1;
    }
    heads
}

#[expect(clippy::indexing_slicing, reason = "as of `groups`: below the length of both")]
const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut place = 0;
    while place < a.len() {
        if a[place] != b[place] {
            return false;
        }
        place += 1;
    }
    true
}

/// What a closed week brought, of each signal.
pub fn measures(facts: &WeekFacts) -> PerSignal<Measure> {
    PerSignal::from_fn(|_, signal| (signal.measure)(facts))
}

/// What a week without anything brings: nothing of what is counted, and nothing to measure of decisions.
pub fn idle() -> PerSignal<Measure> {
    measures(&WeekFacts::default())
}
