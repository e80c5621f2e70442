//! The rise watch: is a series above its own past, when what everybody did together is taken out?
//!
//! `series.rs` keeps one signal of one account, with its filter; `suspicion.rs` what is kept of it while it may be rising,
//! and `joint.rs` puts the signals of an account together. What all accounts share is `population.rs`. The method, its figures and what was tried: `plugin/DETECTION.md`.

mod joint;
mod series;
mod state;
mod suspicion;
pub mod words;

pub use joint::{Joint, joint, named};
pub use series::{Closed, Common, Series};
pub use state::State;
pub use suspicion::{Judge, LOW, LOW_WEEKS, Rise, Suspicion, Told, probability};

use crate::calendar::{DAY_MS, Week};
use crate::counting::WeekFacts;
use crate::filter::{Dips, narrow, pack_rate, unpack_rate};
use crate::signals::{WATCHED, WEEKLY};
use std::collections::VecDeque;

/// Weeks measured before a series has a score.
pub const SILENT_WEEKS: u16 = 8;
/// Closed weeks whose scores are remembered.
const MARKS_MAX: i32 = crate::horizon::HISTORY_WEEKS;

/// How one signal is watched.
#[derive(Clone, Copy, Debug)]
pub struct Kind {
    /// Mean of the logarithms of the accounts' rates, before it is known.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Variance over mean of what is counted, before it is known.
    pub spread: f64,
    /// Of the negative binomial.
    pub shape: f64,
    /// Whether the spread is learned.
    pub learns: bool,
    /// Whether it is measured for each decided request.
    pub by_request: bool,
    /// Whether values are whole numbers.
    pub is_count: bool,
    /// Whether accounts may be more regular than chance, as calendars are.
    pub is_calendar: bool,
    /// Dips and falls.
    pub dips: Dips,
}

const MEETING_DIPS: Dips = Dips { begins: 0.005, ends: 0.25, falls: 0.003 };
const OTHER_DIPS: Dips = Dips { begins: 0.008, ends: 0.18, falls: 0.0 };

/// One entry a weekly signal, with the defaults of the design; a tenant of 20 accounts replaces them by its own within
/// weeks.
pub const KINDS: [Kind; WEEKLY] = [
    kind(0.405_465_108_108_164_4, 1.2, 1.0, 4.0, MEETING_DIPS),
    Kind { learns: true, is_count: false, ..kind(0.405_465_108_108_164_4, 1.2, 1.1, 4.0, MEETING_DIPS) },
    Kind { is_calendar: false, ..kind(-1.203_972_804_325_936, 0.8, 1.0, 4.0, OTHER_DIPS) },
    request_kind(0.095_310_179_804_324_87, 0.7, 1.0, true),
    request_kind(0.0, 0.8, 3.0, false),
];

const fn kind(mean: f64, deviation: f64, spread: f64, shape: f64, dips: Dips) -> Kind {
    let (learns, by_request, is_count, is_calendar) = (false, false, true, true);
    Kind { mean, deviation, spread, shape, learns, by_request, is_count, is_calendar, dips }
}

const fn request_kind(mean: f64, deviation: f64, spread: f64, is_count: bool) -> Kind {
    let (learns, by_request, is_calendar) = (true, true, false);
    let (shape, dips) = (12.0, OTHER_DIPS);
    Kind { mean, deviation, spread, shape, learns, by_request, is_count, is_calendar, dips }
}

/// What one week of one series brought.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Value {
    /// Meetings, hours, versions, hops beyond the first, days.
    pub sum: f32,
    /// Weeks, or requests decided; 0: there was nothing to measure.
    pub exposure: f32,
    /// The squares of what `sum` adds up: of single meetings' hours, of single requests.
    pub squares: f32,
}

/// The values of a week without anything.
pub const IDLE: [Value; WEEKLY] = {
    let idle = Value { sum: 0.0, exposure: 1.0, squares: 0.0 };
    let none = Value { sum: 0.0, exposure: 0.0, squares: 0.0 };
    [idle, idle, idle, none, none]
};

/// The values of a closed week.
pub fn values(facts: &WeekFacts) -> [Value; WEEKLY] {
    let record = &facts.record;
    let count = |count: u32| Value { sum: count as f32, exposure: 1.0, squares: 0.0 };
    let (minutes, squared) = (record.minutes as f64, facts.minutes_squared as f64);
    let (mut hops, mut days) = (Value::default(), Value::default());
    let mut sums = [0.0_f64; 4];
    for decided in &facts.rounds {
        let beyond = f64::from(decided.round.hops.saturating_sub(1));
        let took = (decided.at - decided.round.first).max(0) as f64 / DAY_MS as f64;
        for (sum, more) in sums.iter_mut().zip([beyond, beyond * beyond, took, took * took]) {
            *sum += more;
        }
    }
    let exposure = facts.rounds.len() as f32;
    (hops.sum, hops.squares, hops.exposure) = (narrow(sums[0]), narrow(sums[1]), exposure);
    (days.sum, days.squares, days.exposure) = (narrow(sums[2]), narrow(sums[3]), exposure);
    let hours = Value { sum: narrow(minutes / 60.0), exposure: 1.0, squares: narrow(squared / 3600.0) };
    [count(record.meetings), hours, count(record.versions), hops, days].map(|value| Value {
        sum: value.sum.min(narrow(VALUE_MAX)),
        squares: value.squares.min(narrow(SQUARES_MAX)),
        ..value
    })
}

/// What the filter made of one closed week, to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    /// Which week.
    pub week: Week,
    /// Log-odds in thousandths; none: there was no score.
    scores: [i16; WATCHED],
    /// The usual rate in 16 bits.
    usual: [u16; WEEKLY],
}

/// No score: no log-odds is so low.
const NO_SCORE: i16 = i16::MIN;
/// No rate: none is so high.
const NO_RATE: u16 = u16::MAX;

impl Mark {
    /// A week without a score.
    pub fn new(week: Week) -> Self {
        Self { week, scores: [NO_SCORE; WATCHED], usual: [NO_RATE; WEEKLY] }
    }

    /// All its numbers, to be written.
    fn numbers(&self) -> impl Iterator<Item = u16> {
        self.scores.iter().map(|score| score.cast_unsigned()).chain(self.usual)
    }

    /// From its numbers.
    fn from_numbers(week: Week, numbers: &[u16; WATCHED + WEEKLY]) -> Self {
        let mut mark = Self::new(week);
        let (scores, usual) = numbers.split_at(WATCHED);
        for (held, number) in mark.scores.iter_mut().zip(scores) {
            *held = number.cast_signed();
        }
        mark.usual.iter_mut().zip(usual).for_each(|(held, number)| *held = *number);
        mark
    }

    /// Sets the score of a signal.
    pub fn set_score(&mut self, signal: usize, score: f32) {
        if let Some(held) = self.scores.get_mut(signal) {
            *held = thousandths(f64::from(score));
        }
    }

    /// Sets the usual rate of a signal.
    pub fn set_usual(&mut self, signal: usize, rate: f32) {
        if let Some(held) = self.usual.get_mut(signal) {
            *held = pack_rate(rate);
        }
    }

    /// The log-odds of a rise, to three decimals.
    pub fn score(&self, signal: usize) -> Option<f64> {
        let score = self.scores.get(signal).filter(|score| **score != NO_SCORE)?;
        Some(f64::from(*score) / 1000.0)
    }

    /// The usual rate, within half a thousandth.
    pub fn usual(&self, signal: usize) -> Option<f64> {
        let usual = self.usual.get(signal).filter(|usual| **usual != NO_RATE)?;
        Some(f64::from(unpack_rate(*usual)))
    }
}

/// No week has more of anything: what is beyond was made up, and must not grow out of all numbers.
const VALUE_MAX: f64 = 1e9;
const SQUARES_MAX: f64 = 1e12;

fn thousandths(value: f64) -> i16 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of a number saturates; scores are within 32.3"
    )]
    return (libm::round(value * 1000.0) as i16).max(NO_SCORE + 1);
}

/// The weekly signals of one account, and the account as a whole; or those of the tenant itself.
#[derive(Clone, Debug)]
pub struct Rises {
    /// In the order of [`KINDS`].
    pub series: [Series; WEEKLY],
    /// The account as a whole.
    pub joint: Joint,
    /// The newest closed weeks in which it was awake, oldest first.
    pub marks: VecDeque<Mark>,
    /// What the week that is being closed brought, and which one that is.
    pub values: (Week, [Value; WEEKLY]),
}

impl Rises {
    /// Series that begin in `week`, of which only the population is known.
    pub fn new(week: Week, common: &[Common; WEEKLY]) -> Self {
        Self {
            series: common.each_ref().map(|common| Series::new(week, common)),
            joint: Joint::new(week),
            marks: VecDeque::new(),
            values: (week, IDLE),
        }
    }

    /// The same, beginning in another week.
    pub fn beginning(&self, week: Week) -> Self {
        let mut rises = self.clone();
        rises.series.iter_mut().for_each(|series| series.calm = week);
        rises.joint.first = week;
        rises
    }

    /// What `week` brought, while it is being closed.
    pub fn values_of(&self, week: Week) -> &[Value; WEEKLY] {
        if self.values.0 == week { &self.values.1 } else { &IDLE }
    }

    /// Whether nothing of it lies after `closed`, as in everything that an engine wrote.
    pub(crate) fn is_until(&self, closed: Week) -> bool {
        let weeks = self.series.iter().map(|series| series.calm).chain([self.joint.first]);
        weeks.chain(self.marks.back().map(|mark| mark.week)).all(|week| week <= closed)
    }

    /// Remembers a week.
    pub fn remember(&mut self, mark: Mark) {
        while self.marks.front().is_some_and(|held| held.week <= mark.week - MARKS_MAX) {
            self.marks.pop_front();
        }
        self.marks.push_back(mark);
    }

    /// The mark of a week.
    pub fn mark(&self, week: Week) -> Option<&Mark> {
        let place = self.marks.binary_search_by_key(&week, |mark| mark.week).ok()?;
        self.marks.get(place)
    }

    /// The signals that speak for the account as a whole, each with its usual rate and the rate of now.
    pub fn members(&self, scores: &[f32; WEEKLY]) -> Vec<(u8, f64, f64)> {
        let rates = |signal: usize| {
            let (usual, now) = self.series.get(signal)?.ladder.creep_rates();
            Some((u8::try_from(signal).ok()?, usual, now))
        };
        named(scores).filter_map(rates).collect()
    }

    /// Whether anything is open that must be looked at even if nothing happens.
    pub fn is_live(&self) -> bool {
        self.suspicions().any(|suspicion| suspicion.rise.is_some())
    }

    /// All suspicions, each at its signal's place.
    pub fn suspicions(&self) -> impl Iterator<Item = &Suspicion> {
        let series = self.series.iter().map(|series| series.suspicion.as_deref());
        series.chain([self.joint.suspicion.as_deref()]).flatten()
    }

    /// Replaces the suspicion of a signal.
    pub fn set_suspicion(&mut self, signal: usize, suspicion: Option<Suspicion>) {
        let held = match self.series.get_mut(signal) {
            Some(series) => &mut series.suspicion,
            None => &mut self.joint.suspicion,
        };
        *held = suspicion.map(Box::new);
    }

    /// The level of a signal is the usual one from now on; of the account as a whole, that of all suspected ones.
    pub fn accept(&mut self, signal: usize) {
        for (place, series) in self.series.iter_mut().enumerate() {
            if place == signal || signal == WEEKLY && f64::from(series.score) > joint::NAMED {
                series.settle();
            }
        }
        self.joint.score = joint(&self.series.each_ref().map(|series| series.score));
    }

    /// The suspicion of a signal.
    pub fn suspicion(&self, signal: usize) -> Option<&Suspicion> {
        match self.series.get(signal) {
            Some(series) => series.suspicion.as_deref(),
            None => self.joint.suspicion.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_costs_what_it_may() {
        // Filter, sums and episode of one account and signal; what is suspected has a box of its own, and few have one.
        let rest = size_of::<Rises>() - WEEKLY * size_of::<Series>();
        let bytes = size_of::<Series>() + rest.div_ceil(WEEKLY);
        println!("series {}, with its share of the account {bytes}", size_of::<Series>());
        assert!(bytes <= 550, "{bytes} bytes");
    }
}
