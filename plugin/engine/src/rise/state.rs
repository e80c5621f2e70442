//! The series of an account as a snapshot holds them: short, and checked before anything is made of it.
//!
//! Probabilities and scores are hexadecimal text, four digits a number: there are a thousand and more of them an account.

use super::series::Regularity;
use super::{Common, NO_RATE, NO_SCORE, Prior, Rises, Series, Suspicion, WeekScore, Whole};
use crate::calendar::Week;
use crate::filter::{Ladder, narrow};
use crate::horizon::HISTORY_WEEKS;
use crate::plausible;
use crate::signals::{PerSignal, SignalId, WithWhole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

/// Sums beyond it were not written by this plugin.
const SUM_MAX: f64 = 1e15;
/// Log-odds beyond it were not either.
const SCORE_MAX: f32 = 50.0;
/// No logarithm of a rate is further from 0.
const LOG_MAX: f64 = 40.0;

/// The series of an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// Of signals that have been measured.
    series: BTreeMap<SignalId, One>,
    /// Mean and deviation of the logarithms of rates, which the others will begin with.
    priors: BTreeMap<SignalId, (f64, f64)>,
    first: Week,
    score: f32,
    low_weeks: u8,
    opened: u8,
    suspicion: Option<Suspicion>,
    /// The weeks that have scores, eight digits each.
    weeks: String,
    /// A number for each of them; `""`: this signal has none.
    scores: WithWhole<String>,
    usual: PerSignal<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct One {
    bottom: i16,
    ladder: String,
    weeks: u16,
    /// Value, exposure, squares, freedom.
    sums: [f64; 4],
    /// Differences, pairs, value, exposure, the rate before.
    regularity: [Option<f32>; 5],
    four: i32,
    score: f32,
    usual: f32,
    calm: Week,
    standing: u8,
    climbed: f32,
    low_weeks: u8,
    opened: u8,
    suspicion: Option<Suspicion>,
}

impl State {
    /// What a snapshot holds of an account's series.
    pub fn of(rises: &Rises) -> Self {
        let mut weeks = String::new();
        for score in &rises.scores {
            // Writing to a String cannot fail.
            write!(weeks, "{:08x}", score.week).unwrap_or_default();
        }
        let all = |number: &dyn Fn(&WeekScore) -> u16, none: u16| {
            let numbers = || rises.scores.iter().map(number);
            if numbers().all(|number| number == none) { String::new() } else { hexadecimal(numbers()) }
        };
        let priors = rises.priors.each().filter(|(id, _)| rises.of(*id).is_none());
        let Whole { first, score, low_weeks, opened, suspicion } = &rises.whole;
        Self {
            series: rises.series.iter().map(|series| (series.signal, One::of(series))).collect(),
            priors: priors.map(|(id, prior)| (id, (prior.mean, prior.deviation))).collect(),
            first: *first,
            score: *score,
            low_weeks: *low_weeks,
            opened: *opened,
            suspicion: suspicion.as_deref().cloned(),
            weeks,
            scores: WithWhole::from_fn(|id| {
                all(&|score| score.scores.get(id).cast_unsigned(), NO_SCORE.cast_unsigned())
            }),
            usual: PerSignal::from_fn(|id, _| {
                all(&|score| score.usual.get(id).copied().unwrap_or(NO_RATE), NO_RATE)
            }),
        }
    }

    /// The series again; none: no plugin wrote this.
    pub fn rises(self) -> Option<Rises> {
        if !plausible::week(self.first) || !is_score(self.score) {
            return None;
        }
        let mut priors = PerSignal::from_fn(|_, signal| Common::fresh(&signal.watch).prior());
        for (id, (mean, deviation)) in self.priors {
            let is_plausible = mean.abs() <= LOG_MAX && (0.0..=SUM_MAX).contains(&deviation);
            *priors.get_mut(id).filter(|_| is_plausible)? = Prior { mean, deviation };
        }
        let mut rises = Rises::new(self.first, Arc::new(priors));
        rises.series = self.series.into_iter().map(|(id, one)| one.series(id)).collect::<Option<_>>()?;
        let suspicion = plausible_suspicion(self.suspicion)?;
        let Self { first, score, low_weeks, opened, .. } = self;
        rises.whole = Whole { first, score, low_weeks, opened, suspicion };
        let weeks = pairs(&digits(&self.weeks)?)?;
        if weeks.len() > HISTORY_WEEKS as usize {
            return None;
        }
        for week in &weeks {
            if !plausible::week(*week) || rises.scores.back().is_some_and(|last| last.week >= *week) {
                return None;
            }
            rises.scores.push_back(WeekScore::new(*week));
        }
        for (id, text) in self.scores.each() {
            for (held, number) in rises.scores.iter_mut().zip(column(text, weeks.len())?) {
                *held.scores.get_mut(id) = number.cast_signed();
            }
        }
        for (id, text) in self.usual.each() {
            for (held, number) in rises.scores.iter_mut().zip(column(text, weeks.len())?) {
                *held.usual.get_mut(id)? = number;
            }
        }
        Some(rises)
    }
}

/// The numbers of a column, one a week or none at all.
fn column(text: &str, weeks: usize) -> Option<Vec<u16>> {
    digits(text).filter(|numbers| numbers.is_empty() || numbers.len() == weeks)
}

/// Weeks of two numbers each.
fn pairs(halves: &[u16]) -> Option<Vec<Week>> {
    let (pairs, rest) = halves.as_chunks::<2>();
    let week = |[high, low]: &[u16; 2]| (u32::from(*high) << 16 | u32::from(*low)).cast_signed();
    rest.is_empty().then(|| pairs.iter().map(week).collect())
}

fn hexadecimal(numbers: impl Iterator<Item = u16>) -> String {
    let mut text = String::new();
    for number in numbers {
        write!(text, "{number:04x}").unwrap_or_default();
    }
    text
}

impl One {
    fn of(series: &Series) -> Self {
        let Regularity { differences, pairs, four, sum, exposure, before } = series.regularity;
        Self {
            bottom: series.ladder.bottom(),
            ladder: hexadecimal(series.ladder.packed()),
            weeks: series.weeks,
            sums: [series.sum, series.exposure, series.squares, series.freedom],
            regularity: [differences, pairs, sum, exposure, before]
                .map(|it| Some(it).filter(|it| it.is_finite())),
            four,
            score: series.score,
            usual: series.usual,
            calm: series.calm,
            standing: series.standing,
            climbed: series.climbed,
            low_weeks: series.low_weeks,
            opened: series.opened,
            suspicion: series.suspicion.as_deref().cloned(),
        }
    }

    fn series(self, signal: SignalId) -> Option<Series> {
        signal.signal()?;
        let sums = self.sums.iter().all(|sum| (0.0..=SUM_MAX).contains(sum));
        let small = self.regularity.iter().flatten().chain([&self.usual, &self.climbed]);
        let small = small.into_iter().all(|it| (0.0..=narrow(SUM_MAX)).contains(it));
        if !sums || !small || !is_score(self.score) || !plausible::week(self.calm) {
            return None;
        }
        let [differences, pairs, sum, exposure, before] = self.regularity;
        let regularity = Regularity {
            differences: differences?,
            pairs: pairs?,
            four: self.four,
            sum: sum?,
            exposure: exposure?,
            before: before.unwrap_or(f32::NAN),
        };
        let [sum, exposure, squares, freedom] = self.sums;
        Some(Series {
            signal,
            ladder: Ladder::from_packed(self.bottom, &digits(&self.ladder)?)?,
            weeks: self.weeks,
            sum,
            exposure,
            squares,
            freedom,
            regularity,
            score: self.score,
            usual: self.usual,
            calm: self.calm,
            standing: self.standing,
            climbed: self.climbed,
            low_weeks: self.low_weeks,
            opened: self.opened,
            suspicion: plausible_suspicion(self.suspicion)?,
        })
    }
}

fn is_score(score: f32) -> bool {
    (-SCORE_MAX..=SCORE_MAX).contains(&score)
}

/// The suspicion in its box; none at all where its times or numbers cannot be.
fn plausible_suspicion(suspicion: Option<Suspicion>) -> Option<Option<Box<Suspicion>>> {
    let Some(suspicion) = suspicion else { return Some(None) };
    suspicion.is_plausible().then(|| Some(Box::new(suspicion)))
}

/// Numbers of four hexadecimal digits each.
fn digits(text: &str) -> Option<Vec<u16>> {
    let (chunks, rest) = text.as_bytes().as_chunks::<4>();
    let number = |chunk: &[u8; 4]| u16::from_str_radix(std::str::from_utf8(chunk).ok()?, 16).ok();
    chunks.iter().map(number).collect::<Option<Vec<u16>>>().filter(|_| rest.is_empty())
}
