//! The account as a whole: what the rises of its signals say together.

use super::SILENT_WEEKS;
use super::series::SILENT;
use super::suspicion::Suspicion;
use crate::calendar::Week;
use crate::filter::narrow;
use crate::signals::{MEASURED, PerSignal, SignalId};

/// Share of accounts grown more formal in which a group of signals rises.
const SHARE: f64 = 0.35;
/// Log-odds of a rise anywhere, before anything is seen.
const PRIOR: f64 = -3.0;
/// More certainty than this from one group adds nothing.
const CERTAIN: f64 = 12.0;
/// From which score on a group is named.
pub(super) const NAMED: f64 = -2.0;

/// An account as a whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Whole {
    /// The account's first week.
    pub first: Week,
    /// The newest log-odds.
    pub score: f32,
    /// Weeks in a row in which it was low.
    pub low_weeks: u8,
    /// How many thresholds of the governor would have opened since.
    pub opened: u8,
    /// What is kept while it may be growing more formal.
    pub suspicion: Option<Box<Suspicion>>,
}

impl Whole {
    /// An account that begins in `week`.
    pub fn new(week: Week) -> Self {
        Self { first: week, score: SILENT, low_weeks: 0, opened: 0, suspicion: None }
    }

    /// Whether it has a score that means something at the end of `week`.
    pub fn has_score(&self, week: Week) -> bool {
        week - self.first >= Week::from(SILENT_WEEKS)
    }
}

/// Log-odds that an account has grown more formal, from those of its signals: independent evidence of groups of signals
/// under a common prior, Σ ln(0.65 + 0.35 e^(score + 3)) - 3.
pub fn log_odds(scores: &PerSignal<f32>) -> f32 {
    let evidence =
        |(_, best): (SignalId, f64)| libm::log(1.0 - SHARE + SHARE * libm::exp(best.min(CERTAIN) - PRIOR));
    narrow(groups(scores).map(evidence).sum::<f64>() + PRIOR)
}

/// The signals that speak for a group that is suspected, the best of each.
pub fn speaking(scores: &PerSignal<f32>) -> impl Iterator<Item = SignalId> {
    groups(scores).filter(|(_, best)| *best > NAMED).map(|(id, _)| id)
}

/// The best signal of each group with its score, groups in the order of their first signals; of equals the last.
fn groups(scores: &PerSignal<f32>) -> impl Iterator<Item = (SignalId, f64)> {
    let weighed = PerSignal::from_fn(|id, signal| {
        scores.get(id).map_or(f64::from(SILENT), |score| f64::from(*score)) + signal.watch.weight
    });
    let heads = GROUPS.iter().enumerate().filter(|(place, head)| place == *head).map(|(place, _)| place);
    heads.filter_map(move |head| {
        let of_group = weighed.each().zip(&GROUPS).filter(|(_, group)| **group == head);
        let best = of_group.map(|(entry, _)| entry).max_by(|(_, a), (_, b)| a.total_cmp(b));
        best.map(|(id, score)| (id, *score))
    })
}

/// For each signal the place of the first one of its group.
const GROUPS: [usize; MEASURED] = crate::signals::groups();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_group_can_carry_it_and_two_half_convinced_ones_too() {
        let groups: Vec<&str> = SignalId::measured().map(|(_, signal)| signal.watch.group).collect();
        // Scores of the first signal of each group; all others are silent.
        let scores = |of: &[(&str, f32)]| {
            PerSignal::from_fn(|id, signal| {
                let is_first = groups.iter().position(|group| *group == signal.watch.group)
                    == SignalId::measured().position(|(it, _)| it == id);
                let of = of.iter().find(|(group, _)| is_first && *group == signal.watch.group);
                of.map_or(SILENT, |(_, score)| *score)
            })
        };
        assert!(log_odds(&scores(&[])) < -4.2);
        let (one, two) = (scores(&[("meetings", 4.0)]), scores(&[("meetings", -0.5), ("plans", -0.5)]));
        assert!(log_odds(&one) > 1.0 && log_odds(&two) > -1.9, "{} {}", log_odds(&one), log_odds(&two));
        let both =
            PerSignal::from_fn(|_, signal| if signal.watch.group == "meetings" { 4.0 } else { SILENT });
        assert_eq!(log_odds(&both), log_odds(&one), "count and hours are one group");
        let certain = |score| log_odds(&scores(&[("meetings", score)]));
        assert_eq!(certain(30.0), certain(12.0));
        let rising = PerSignal::from_fn(|_, signal| match signal.watch.group {
            "meetings" => {
                if signal.about.step < 1.0 {
                    2.0
                } else {
                    1.0
                }
            }
            "plans" => -3.0,
            _ => -2.0,
        });
        let named: Vec<&str> = speaking(&rising)
            .filter_map(|id| id.signal())
            .filter(|signal| signal.watch.group != "trial")
            .map(|signal| signal.about.unit)
            .collect();
        assert_eq!(named, ["h/week", "days"], "the best of each group, days before hops");
    }
}
