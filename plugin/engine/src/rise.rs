//! The rise watch: is a series above its own past, when what everybody did together is taken out?
//!
//! `series.rs` keeps one signal of one account, with its filter; `suspicion.rs` what is kept of it while it may be rising,
//! and `whole.rs` puts the signals of an account together. What all accounts share is `population.rs`. The method, its
//! figures and what was tried: `plugin/DETECTION.md`.

mod series;
mod state;
mod suspicion;
mod whole;
pub mod words;

pub use series::{Closed, Common, Prior, SILENT, Series};
pub use state::State;
pub use suspicion::{Assessment, LOW, LOW_WEEKS, Member, Rise, Suspicion, Told, probability};
pub use whole::{Whole, log_odds, speaking};

use crate::calendar::Week;
use crate::filter::{pack_rate, unpack_rate};
use crate::signals::{PerSignal, SignalId, Value, WithWhole};
use std::collections::VecDeque;
use std::sync::Arc;

/// Weeks measured before a series has a score.
pub const SILENT_WEEKS: u16 = 8;
/// Closed weeks whose scores are remembered.
const SCORES_MAX: i32 = crate::horizon::HISTORY_WEEKS;

/// What the filter made of one closed week, to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WeekScore {
    /// The week, by its number.
    pub week: Week,
    /// Log-odds in thousandths; [`NO_SCORE`]: there was none.
    scores: WithWhole<i16>,
    /// The usual rate in 16 bits; [`NO_RATE`]: there was none.
    usual: PerSignal<u16>,
}

/// No score: no log-odds is so low.
const NO_SCORE: i16 = i16::MIN;
/// No rate: none is so high.
const NO_RATE: u16 = u16::MAX;

impl WeekScore {
    /// A week without a score.
    pub fn new(week: Week) -> Self {
        Self { week, scores: WithWhole::from_fn(|_| NO_SCORE), usual: PerSignal::from_fn(|_, _| NO_RATE) }
    }

    /// Sets the score of a signal.
    pub fn set_score(&mut self, id: SignalId, score: f32) {
        *self.scores.get_mut(id) = thousandths(f64::from(score));
    }

    /// Sets the usual rate of a signal.
    pub fn set_usual(&mut self, id: SignalId, rate: f32) {
        if let Some(held) = self.usual.get_mut(id) {
            *held = pack_rate(rate);
        }
    }

    /// The log-odds of a rise, to three decimals.
    pub fn score(&self, id: SignalId) -> Option<f64> {
        let score = Some(*self.scores.get(id)).filter(|score| *score != NO_SCORE)?;
        Some(f64::from(score) / 1000.0)
    }

    /// The usual rate, within half a thousandth.
    pub fn usual(&self, id: SignalId) -> Option<f64> {
        let usual = self.usual.get(id).filter(|usual| **usual != NO_RATE)?;
        Some(f64::from(unpack_rate(*usual)))
    }
}

fn thousandths(value: f64) -> i16 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a number saturates; scores are within 32.3"
    )]
    return (libm::round(value * 1000.0) as i16).max(NO_SCORE + 1);
}

/// The signals of one account that have been measured, and the account as a whole; or those of the tenant itself.
#[derive(Clone, Debug)]
pub struct Rises {
    /// In the order of the list. A signal that was never measured has none.
    series: Vec<Series>,
    /// What those that have none yet will begin with: the population of the week in which the account began to be
    /// watched, shared by all accounts that did in that week.
    priors: Arc<PerSignal<Prior>>,
    /// The account as a whole.
    pub whole: Whole,
    /// The newest closed weeks in which it was awake, oldest first.
    pub scores: VecDeque<WeekScore>,
    /// What the week that is being closed brought, and which one that is.
    pub values: (Week, PerSignal<Value>),
}

impl Rises {
    /// An account that begins in `week`, of which only the population is known.
    pub fn new(week: Week, priors: Arc<PerSignal<Prior>>) -> Self {
        Self {
            series: Vec::new(),
            priors,
            whole: Whole::new(week),
            scores: VecDeque::new(),
            values: (week, PerSignal::default()),
        }
    }

    /// The series that there are, in the order of the list.
    pub fn series(&self) -> &[Series] {
        &self.series
    }

    /// The same, to be changed.
    pub fn series_mut(&mut self) -> &mut [Series] {
        &mut self.series
    }

    /// The series of a signal; none: it was never measured.
    pub fn of(&self, id: SignalId) -> Option<&Series> {
        self.series.iter().find(|series| series.signal == id)
    }

    /// The series of a signal, made where it has none: as if it had been there from the account's first week on, with
    /// nothing to measure.
    pub fn of_measured(&mut self, id: SignalId) -> Option<&mut Series> {
        let place = match self.series.iter().position(|series| series.signal >= id) {
            Some(place) if self.series.get(place).is_some_and(|series| series.signal == id) => place,
            place => {
                let place = place.unwrap_or(self.series.len());
                let prior = self.priors.get(id)?;
                // One by one: most accounts have few signals, and keep them.
                self.series.reserve_exact(1);
                self.series.insert(place, Series::new(id, self.whole.first, prior));
                place
            }
        };
        self.series.get_mut(place)
    }

    /// The newest log-odds of each signal; of one without a series as of one that is silent.
    pub fn newest_scores(&self) -> PerSignal<f32> {
        let mut scores = PerSignal::from_fn(|_, _| SILENT);
        for series in &self.series {
            if let Some(score) = scores.get_mut(series.signal) {
                *score = series.score;
            }
        }
        scores
    }

    /// What `week` brought, while it is being closed; `idle`: nothing.
    pub fn values_of<'a>(&'a self, week: Week, idle: &'a PerSignal<Value>) -> &'a PerSignal<Value> {
        if self.values.0 == week { &self.values.1 } else { idle }
    }

    /// Whether nothing of it lies after `closed`, as in everything that an engine wrote.
    pub(crate) fn is_until(&self, closed: Week) -> bool {
        let weeks = self.series.iter().map(|series| series.calm).chain([self.whole.first]);
        weeks.chain(self.scores.back().map(|score| score.week)).all(|week| week <= closed)
    }

    /// Remembers a week.
    pub fn remember(&mut self, score: WeekScore) {
        while self.scores.front().is_some_and(|held| held.week <= score.week - SCORES_MAX) {
            self.scores.pop_front();
        }
        self.scores.push_back(score);
    }

    /// The scores of a week.
    pub fn score_of(&self, week: Week) -> Option<&WeekScore> {
        let place = self.scores.binary_search_by_key(&week, |score| score.week).ok()?;
        self.scores.get(place)
    }

    /// The signals that speak for the account as a whole, each with its usual rate and the rate of now.
    pub fn members(&self, scores: &PerSignal<f32>) -> Vec<Member> {
        let rates = |id: SignalId| {
            let (usual, now) = self.of(id)?.ladder.creep_rates();
            Some((id, usual, now))
        };
        speaking(scores).filter_map(rates).collect()
    }

    /// Whether anything is open that must be looked at even if nothing happens.
    pub fn is_live(&self) -> bool {
        self.suspicions().any(|suspicion| suspicion.rise.is_some())
    }

    /// All suspicions, that of the account as a whole last.
    pub fn suspicions(&self) -> impl Iterator<Item = &Suspicion> {
        let series = self.series.iter().map(|series| series.suspicion.as_deref());
        series.chain([self.whole.suspicion.as_deref()]).flatten()
    }

    /// Replaces the suspicion of a signal.
    pub fn set_suspicion(&mut self, id: SignalId, suspicion: Option<Suspicion>) {
        let held = match self.series.iter_mut().find(|series| series.signal == id) {
            Some(series) => &mut series.suspicion,
            None if id == SignalId::WHOLE => &mut self.whole.suspicion,
            None => return,
        };
        *held = suspicion.map(Box::new);
    }

    /// The level of a signal is the usual one from now on; of the account as a whole, that of all suspected ones.
    pub fn accept(&mut self, id: SignalId) {
        for series in &mut self.series {
            if series.signal == id || id == SignalId::WHOLE && f64::from(series.score) > whole::NAMED {
                series.settle();
            }
        }
        self.whole.score = log_odds(&self.newest_scores());
    }

    /// The suspicion of a signal.
    pub fn suspicion(&self, id: SignalId) -> Option<&Suspicion> {
        if id == SignalId::WHOLE {
            return self.whole.suspicion.as_deref();
        }
        self.of(id)?.suspicion.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_costs_what_it_may() {
        // Filter, sums and episode of one account and signal; what is suspected has a box of its own, and few have one.
        println!("series {}, of the account {}", size_of::<Series>(), size_of::<Rises>());
        assert!(size_of::<Series>() <= 550, "{} bytes", size_of::<Series>());
    }
}
