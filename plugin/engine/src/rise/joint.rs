//! The account as a whole: what the rises of its signals say together.

use super::SILENT_WEEKS;
use super::series::SILENT;
use super::suspicion::Suspicion;
use crate::calendar::Week;
use crate::filter::narrow;
use crate::signals::WEEKLY;

/// Share of creeping accounts in which a family rises.
const SHARE: f64 = 0.35;
/// Log-odds of a creep anywhere, before anything is seen.
const PRIOR: f64 = -3.0;
/// More certainty than this from one family adds nothing.
const CERTAIN: f64 = 12.0;
/// Days and hops say less of themselves than meetings do for the same certainty.
const OFFSETS: [f64; WEEKLY] = [0.0, 0.0, 0.0, 0.5, 0.8];
/// Signals that see the same thing: the best of them speaks.
const FAMILIES: [&[usize]; 3] = [&[0, 1], &[2], &[3, 4]];
/// From which score on a family is named.
pub(super) const NAMED: f64 = -2.0;

/// An account as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Joint {
    /// The account's first week.
    pub first: Week,
    /// The newest log-odds.
    pub score: f32,
    /// Weeks in a row in which it was low.
    pub low_weeks: u8,
    /// How many thresholds of the governor would have opened since.
    pub opened: u8,
    /// What is kept while it may be creeping.
    pub suspicion: Option<Box<Suspicion>>,
}

impl Joint {
    /// An account that begins in `week`.
    pub fn new(week: Week) -> Self {
        Self { first: week, score: SILENT, low_weeks: 0, opened: 0, suspicion: None }
    }

    /// Whether it has a score that means something at the end of `week`.
    pub fn has_score(&self, week: Week) -> bool {
        week - self.first >= Week::from(SILENT_WEEKS)
    }
}

/// Log-odds that an account creeps, from those of its signals: independent evidence of three families under a common
/// prior, Σ ln(0.65 + 0.35 e^(score + 3)) - 3.
pub fn joint(scores: &[f32; WEEKLY]) -> f32 {
    let family = |signals: &&[usize]| {
        let best = best_of(signals, scores).min(CERTAIN);
        libm::log(1.0 - SHARE + SHARE * libm::exp(best - PRIOR))
    };
    narrow(FAMILIES.iter().map(family).sum::<f64>() + PRIOR)
}

/// The signals that speak for a family that is suspected, the best of each.
pub fn named(scores: &[f32; WEEKLY]) -> impl Iterator<Item = usize> {
    FAMILIES.iter().filter(|signals| best_of(signals, scores) > NAMED).filter_map(|signals| {
        signals.iter().copied().max_by(|a, b| offset_score(*a, scores).total_cmp(&offset_score(*b, scores)))
    })
}

fn best_of(signals: &[usize], scores: &[f32; WEEKLY]) -> f64 {
    signals
        .iter()
        .map(|signal| offset_score(*signal, scores))
        .fold(f64::MIN, |best, score| if score > best { score } else { best })
}

fn offset_score(signal: usize, scores: &[f32; WEEKLY]) -> f64 {
    let offset = OFFSETS.get(signal).copied().unwrap_or_default();
    scores.get(signal).map_or(f64::from(SILENT), |score| f64::from(*score)) + offset
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_family_can_carry_it_and_two_half_convinced_ones_too() {
        let silent = [SILENT; WEEKLY];
        assert!(joint(&silent) < -4.2);
        let one = [4.0, SILENT, SILENT, SILENT, SILENT];
        let two = [-0.5, SILENT, -0.5, SILENT, SILENT];
        assert!(joint(&one) > 1.0 && joint(&two) > -1.9, "{} {}", joint(&one), joint(&two));
        assert_eq!(joint(&[4.0, 4.0, SILENT, SILENT, SILENT]), joint(&one), "count and hours are one family");
        assert_eq!(
            joint(&[30.0, SILENT, SILENT, SILENT, SILENT]),
            joint(&[12.0, SILENT, SILENT, SILENT, SILENT])
        );
        assert_eq!(named(&[1.0, 2.0, -3.0, -2.0, -2.0]).collect::<Vec<_>>(), [1, 4]);
    }
}
