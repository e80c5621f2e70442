//! The series of an account as a snapshot holds them: short, and checked before anything is made of it.
//!
//! Probabilities and marks are hexadecimal text, four digits a number: there are a thousand and more of them an account.

use super::series::Regularity;
use super::{Common, Joint, KINDS, Mark, Rises, Series, Suspicion};
use crate::calendar::Week;
use crate::filter::{Ladder, narrow};
use crate::horizon::HISTORY_WEEKS;
use crate::plausible;
use crate::signals::{WATCHED, WEEKLY};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;

/// Sums beyond it were not written by this plugin.
const SUM_MAX: f64 = 1e15;
/// Log-odds beyond it were not either.
const SCORE_MAX: f32 = 50.0;
/// Digits of a mark: its week, then its numbers.
const MARK_DIGITS: usize = 8 + 4 * (WATCHED + WEEKLY);

/// The series of an account.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    series: Vec<One>,
    first: Week,
    score: f32,
    low_weeks: u8,
    opened: u8,
    suspicion: Option<Suspicion>,
    marks: String,
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
        let mut marks = String::new();
        for mark in &rises.marks {
            // Writing to a String cannot fail.
            write!(marks, "{:08x}", mark.week).unwrap_or_default();
            for number in mark.numbers() {
                write!(marks, "{number:04x}").unwrap_or_default();
            }
        }
        let Joint { first, score, low_weeks, opened, suspicion } = &rises.joint;
        Self {
            series: rises.series.iter().map(One::of).collect(),
            first: *first,
            score: *score,
            low_weeks: *low_weeks,
            opened: *opened,
            suspicion: suspicion.as_deref().cloned(),
            marks,
        }
    }

    /// The series again; none: no plugin wrote this.
    pub fn rises(self) -> Option<Rises> {
        let mut rises = Rises::new(self.first, &KINDS.each_ref().map(Common::fresh));
        if self.series.len() != WEEKLY || !plausible::week(self.first) || !is_score(self.score) {
            return None;
        }
        for (series, one) in rises.series.iter_mut().zip(self.series) {
            *series = one.series()?;
        }
        let suspicion = plausible_suspicion(self.suspicion)?;
        let Self { first, score, low_weeks, opened, .. } = self;
        rises.joint = Joint { first, score, low_weeks, opened, suspicion };
        let (marks, rest) = self.marks.as_bytes().as_chunks::<MARK_DIGITS>();
        if !rest.is_empty() || marks.len() > HISTORY_WEEKS as usize {
            return None;
        }
        for mark in marks {
            let mark = std::str::from_utf8(mark).ok()?;
            let (week, numbers) = mark.split_at_checked(8)?;
            let week = u32::from_str_radix(week, 16).ok()?.cast_signed();
            let numbers = digits(numbers)?.try_into().ok()?;
            if !plausible::week(week) || rises.marks.back().is_some_and(|last| last.week >= week) {
                return None;
            }
            rises.marks.push_back(Mark::from_numbers(week, &numbers));
        }
        Some(rises)
    }
}

impl One {
    fn of(series: &Series) -> Self {
        let Regularity { differences, pairs, four, sum, exposure, before } = series.regularity;
        let mut ladder = String::new();
        for packed in series.ladder.packed() {
            write!(ladder, "{packed:04x}").unwrap_or_default();
        }
        Self {
            bottom: series.ladder.bottom(),
            ladder,
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

    fn series(self) -> Option<Series> {
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
