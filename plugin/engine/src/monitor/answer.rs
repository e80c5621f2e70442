//! What the engine answers.

use crate::account::Watch;
use crate::activity::Instant;
use crate::alert::Alert;
use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Counts by rule, in the order of the rules' names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tallies(BTreeMap<String, u64>);

impl Tallies {
    /// Adds to a rule's count; zero adds no rule.
    pub fn add(&mut self, rule: &str, count: u64) {
        if count == 0 {
            return;
        }
        match self.0.get_mut(rule) {
            Some(held) => *held = held.saturating_add(count),
            None => drop(self.0.insert(rule.to_owned(), count)),
        }
    }

    /// Rule and count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(rule, count)| (rule.as_str(), *count))
    }
}

/// What became of the activities of one call; the six counts add up to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Intake {
    /// New ids taken.
    pub accepted: u32,
    /// Known ids whose content was replaced.
    pub replaced: u32,
    /// Known ids with nothing new.
    pub duplicate: u32,
    /// Their week is closed.
    pub late: u32,
    /// Not understood.
    pub rejected: u32,
    /// A limit was reached.
    pub dropped: u32,
    /// Of the rejected, late and dropped, the first [`PROBLEMS_MAX`](crate::problem::PROBLEMS_MAX).
    pub problems: Vec<Problem>,
    /// Oldest `at` of those taken.
    pub oldest: Option<Instant>,
    /// Newest `at` of those taken.
    pub newest: Option<Instant>,
}

/// What one call of `advance` did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Progress {
    /// Earlier than asked: the answer was full.
    pub reached: Instant,
    /// Weeks closed, counted from the first with an activity.
    pub weeks_closed: u32,
    /// In the order of [`Alert::rank`].
    pub alerts: Vec<Alert>,
    /// Activities counted.
    pub counted: u64,
    /// Activities left out.
    pub left_out: Tallies,
}

/// One closed week of one series.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Its Monday 00:00.
    pub week: Instant,
    /// Whether there was enough to judge it by.
    pub watch: Watch,
    /// None: nothing to measure.
    pub value: Option<f64>,
    /// What was to be expected: the usual rate, moved as all accounts moved.
    pub expected: Option<f64>,
    /// The limit of a warning that holds now.
    pub threshold: Option<f64>,
    /// How all accounts moved together; 1: not at all.
    pub company_factor: f64,
    /// Log-odds of a rise.
    pub score: Option<f64>,
    /// What was left out of it.
    pub left_out: Tallies,
}

/// How many series of one signal are in which state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeriesStanding {
    /// The signal.
    pub signal: &'static str,
    /// Without activity.
    pub asleep: u32,
    /// With too little of it.
    pub warming_up: u32,
    /// With enough.
    pub watching: u32,
}

/// Where an instance stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// None: time was never moved.
    pub now: Option<Instant>,
    /// Known accounts.
    pub accounts: u32,
    /// Held in full, in weeks not closed yet.
    pub open_activities: u32,
    /// Pending and firing.
    pub open_alerts: u32,
    /// One entry a signal that the policy has on.
    pub series: Vec<SeriesStanding>,
    /// What limits dropped and what came late.
    pub dropped: Tallies,
}

/// Why a call was refused; the state is as before it.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// Neither `configure` nor `restore` was called.
    NotConfigured,
    /// What is wrong with the policy.
    Policy(Vec<Problem>),
    /// The present time.
    TimeWentBack(Instant),
    /// What was asked for.
    TimeOutOfRange(Instant),
    /// The limit, in bytes or records.
    TooLarge(u32),
    /// No such account.
    UnknownAccount(String),
    /// No such signal.
    UnknownSignal(String),
    /// No such alert is open.
    UnknownAlert(String),
    /// The checksum or the structure is wrong.
    SnapshotDamaged,
    /// The version that wrote it.
    SnapshotNewer(String),
    /// What does not fit together.
    SnapshotConflict(String),
    /// Sums of a wrong length, or of other signals.
    Disagreement(String),
    /// A fault of the engine itself, and which.
    Internal(String),
}
