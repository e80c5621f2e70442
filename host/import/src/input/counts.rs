//! What became of the records of each input, so that what goes in and what comes out can be compared.
//!
//! What a record is, is said by each format's guide and by [`Tally::records`].

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Why a record that was understood gives no activity, in a few words that follow a number: `12 shown as free`.
pub type Reason = Cow<'static, str>;

/// What became of the records of one input.
///
/// Each record is read, faulty or left out: [`is_whole`](Self::is_whole) holds for every input that was read to its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Records of the input. A line that is not blank; a row below the header; an object in a list, or for itself; an event
    /// of a trace, once for each trace that it belongs to; an event of a calendar, and of a series each instance.
    pub records: u64,
    /// Records of which all was understood, and which gave activities.
    pub read: u64,
    /// Records that were not understood, or not in all they should give.
    pub faulty: u64,
    /// Records that are no activities, by the reason.
    pub left_out: BTreeMap<Reason, u64>,
    /// Activities that came out.
    pub activities: u64,
}

impl Tally {
    /// Counts records that are left out for a reason.
    pub(crate) fn leave_out(&mut self, reason: impl Into<Reason>, records: u64) {
        if records > 0 {
            *self.left_out.entry(reason.into()).or_default() += records;
        }
    }

    /// All records that are left out, whatever the reason.
    pub fn left_out_total(&self) -> u64 {
        self.left_out.values().sum()
    }

    /// Whether every record is accounted for.
    pub fn is_whole(&self) -> bool {
        self.records == self.read + self.faulty + self.left_out_total()
    }

    /// Adds what became of other records.
    pub fn add(&mut self, other: &Self) {
        self.records += other.records;
        self.read += other.read;
        self.faulty += other.faulty;
        self.activities += other.activities;
        for (reason, records) in &other.left_out {
            self.leave_out(reason.clone(), *records);
        }
    }
}

/// The tallies of all inputs, for whoever looks while or after they are read.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Mutex<Vec<Tally>>>);

impl Counts {
    /// One an input, in their order; complete once the input has ended.
    pub fn all(&self) -> Vec<Tally> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Of all inputs together.
    pub fn total(&self) -> Tally {
        let mut total = Tally::default();
        self.all().iter().for_each(|tally| total.add(tally));
        total
    }

    pub(super) fn set(&self, file: u32, tally: Tally) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = usize::try_from(file).unwrap_or_default();
        if all.len() <= place {
            all.resize(place + 1, Tally::default());
        }
        if let Some(held) = all.get_mut(place) {
            *held = tally;
        }
    }
}
