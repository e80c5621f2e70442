//! The budget: no more alerts than people can take.
//!
//! No fixed level is safe in every company. The governor counts how many alerts each threshold would have opened over
//! all accounts in the newest 26 weeks, and raises the threshold to the smallest that stays within the budget.

use super::totals::{Sum, real};
use crate::calendar::Week;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Thresholds that are counted: from -2 to 10, a tenth apart.
pub const GRID: usize = 121;
const LOWEST: f64 = -2.0;
const STEP: f64 = 0.1;
/// Weeks that are counted.
const WEEKS: Week = 26;
/// Share of the newest count in the threshold.
const NEWEST: f64 = 0.3;
/// Alerts in those weeks that any tenant can take, however small: what a few accounts did says nothing about the rate of
/// false alarms, and silence would be dearer.
const ALERTS_MIN: f64 = 3.0;
const WEEKS_A_YEAR: f64 = 52.0;

/// The counts of one signal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Governor {
    /// How far the threshold is above the lowest.
    raised: f64,
    weeks: VecDeque<Counted>,
}

/// One week: accounts with a score, and alerts that each threshold would have opened, in units of 2^-24; the list ends
/// with the last that is not 0.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Counted {
    week: Week,
    accounts: i64,
    opened: Vec<i64>,
}

impl Governor {
    /// The threshold, in log-odds.
    pub fn threshold(&self) -> f64 {
        LOWEST + self.raised
    }

    /// Takes in a week: accounts with a score, and how many alerts each threshold opened more than the one below.
    pub fn close(&mut self, week: Week, accounts: Sum, opened: &[Sum; GRID + 1], budget: Option<f64>) {
        let mut sum = 0_i64;
        let mut counts: Vec<i64> = opened
            .iter()
            .take(GRID)
            .map(|more| {
                sum = sum.saturating_add(more.number());
                sum
            })
            .collect();
        let used = counts.iter().rposition(|count| *count != 0).map_or(0, |last| last + 1);
        counts.truncate(used);
        counts.shrink_to_fit();
        while self.weeks.front().is_some_and(|counted| counted.week <= week - WEEKS) {
            self.weeks.pop_front();
        }
        self.weeks.push_back(Counted { week, accounts: accounts.number(), opened: counts });
        let target = budget.map_or(0.0, |budget| self.target(budget));
        self.raised = (1.0 - NEWEST) * self.raised + NEWEST * target;
    }

    /// How far the smallest threshold within the budget is above the lowest. The budget is in alerts an account-year.
    fn target(&self, budget: f64) -> f64 {
        let weeks: f64 = self.weeks.iter().map(|counted| real(counted.accounts)).sum();
        let allowed = (budget * weeks / WEEKS_A_YEAR).max(ALERTS_MIN);
        let mut counts = [0.0; GRID];
        for counted in &self.weeks {
            for (count, more) in counts.iter_mut().zip(&counted.opened) {
                *count += real(*more);
            }
        }
        let place = counts.iter().position(|count| *count <= allowed).unwrap_or(GRID);
        place as f64 * STEP
    }

    /// The newest week it has counted.
    pub(crate) fn last(&self) -> Option<Week> {
        self.weeks.back().map(|counted| counted.week)
    }

    /// Whether its weeks lie in the calendar and its lists within their limits.
    pub(crate) fn is_plausible(&self) -> bool {
        let plausible =
            |counted: &Counted| crate::plausible::week(counted.week) && counted.opened.len() <= GRID;
        self.raised.is_finite()
            && (0.0..=20.0).contains(&self.raised)
            && self.weeks.len() <= WEEKS as usize
            && self.weeks.iter().is_sorted_by(|a, b| a.week < b.week)
            && self.weeks.iter().all(plausible)
    }
}

/// How many thresholds a score reaches.
pub fn place_on_grid(score: f32) -> u8 {
    let place = libm::floor((f64::from(score) - LOWEST) / STEP + 1e-6) + 1.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 121")]
    return place.clamp(0.0, GRID as f64) as u8;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(alerts: &[f32]) -> [Sum; GRID + 1] {
        let mut opened = [Sum::default(); GRID + 1];
        for score in alerts {
            opened[0].add(1.0);
            opened[usize::from(place_on_grid(*score))].add(-1.0);
        }
        opened
    }

    fn accounts(count: f64) -> Sum {
        let mut sum = Sum::default();
        sum.add(count);
        sum
    }

    #[test]
    fn the_grid_has_both_ends() {
        assert_eq!(
            [-2.05, -2.0, -1.95, -1.85, 9.95, 10.0, 30.0].map(place_on_grid),
            [0, 1, 1, 2, 120, 121, 121]
        );
    }

    #[test]
    fn the_threshold_rises_with_the_alerts_and_comes_down_after_half_a_year() {
        let mut governor = Governor::default();
        // 520 accounts in half a year: 260 account-years, 5.2 alerts at 1 per 50.
        for week in 0..26 {
            governor.close(week, accounts(520.0), &opened(&[0.0, 1.0]), Some(0.02));
        }
        assert!(
            (governor.threshold() - 1.1).abs() < 0.2,
            "all but none is too much: {}",
            governor.threshold()
        );
        for week in 26..80 {
            governor.close(week, accounts(520.0), &opened(&[]), Some(0.02));
        }
        assert!(governor.threshold() < -1.99, "{}", governor.threshold());
    }

    #[test]
    fn few_accounts_and_no_budget_raise_nothing() {
        let mut small = Governor::default();
        let mut free = Governor::default();
        for week in 0..26 {
            let alerts = if week % 10 == 0 { &[2.0][..] } else { &[] };
            small.close(week, accounts(4.0), &opened(alerts), Some(0.02));
            free.close(week, accounts(4.0), &opened(&[5.0; 9]), None);
        }
        assert_eq!((small.threshold(), free.threshold()), (LOWEST, LOWEST));
    }
}
