//! What a tenant's accounts have in common, as a snapshot holds it.

use super::{Governor, LIVES, LOG_MOST, Population, Shared, Tenant};
use crate::calendar::Week;
use crate::horizon::HISTORY_WEEKS;
use crate::plausible;
use crate::rise;
use crate::signals::WEEKLY;
use serde::{Deserialize, Serialize};

/// Sums and rates beyond it were not written by this plugin.
const MOST: f64 = 1e15;

/// The population.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// Factor, value, exposure, squares, freedom, mean, deviation, and whether the last two are known.
    signals: Vec<([f64; 7], bool)>,
    lives: Vec<f64>,
    lives_weeks: u32,
    slow_bin: u8,
    factors: Vec<(Week, [f32; WEEKLY])>,
    governors: Vec<Governor>,
    tenant: Option<TenantState>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TenantState {
    rises: rise::State,
    means: Vec<(Week, [Option<f32>; WEEKLY])>,
}

impl State {
    /// What a snapshot holds of a population.
    pub fn of(population: &Population) -> Self {
        let numbers = |shared: &Shared| {
            let Shared { factor, sum, exposure, squares, freedom, mean, deviation, is_known } = *shared;
            ([factor, sum, exposure, squares, freedom, mean, deviation], is_known)
        };
        let finite = |mean: &f32| Some(*mean).filter(|mean| mean.is_finite());
        let tenant = population.tenant.as_deref().map(|tenant| TenantState {
            rises: rise::State::of(&tenant.rises),
            means: tenant.means.iter().map(|(week, means)| (*week, means.each_ref().map(finite))).collect(),
        });
        Self {
            signals: population.signals.iter().map(numbers).collect(),
            lives: population.lives.to_vec(),
            lives_weeks: population.lives_weeks,
            slow_bin: population.slow_bin,
            factors: population.factors.iter().copied().collect(),
            governors: population.governors.to_vec(),
            tenant,
        }
    }

    /// The population again; none: no plugin wrote this.
    pub fn population(self) -> Option<Population> {
        let mut population = Population::default();
        let sizes = self.signals.len() == WEEKLY && self.lives.len() == LIVES;
        if !sizes
            || self.governors.len() != population.governors.len()
            || !self.governors.iter().all(Governor::is_plausible)
        {
            return None;
        }
        for (shared, (numbers, is_known)) in population.signals.iter_mut().zip(self.signals) {
            let [factor, sum, exposure, squares, freedom, mean, deviation] = numbers;
            let positive =
                [factor, sum, exposure, squares, deviation].iter().all(|it| (0.0..=MOST).contains(it));
            if !positive || !(1e-9..=MOST).contains(&freedom) || !(-LOG_MOST..=LOG_MOST).contains(&mean) {
                return None;
            }
            *shared = Shared { factor, sum, exposure, squares, freedom, mean, deviation, is_known };
        }
        for (held, bin) in population.lives.iter_mut().zip(self.lives) {
            *held = Some(bin).filter(|bin| (0.0..=MOST).contains(bin))?;
        }
        (population.lives_weeks, population.slow_bin) = (self.lives_weeks, self.slow_bin);
        for (held, governor) in population.governors.iter_mut().zip(self.governors) {
            *held = governor;
        }
        let factors =
            |(_, factors): &(Week, [f32; WEEKLY])| factors.iter().all(|it| (0.0..=1e9).contains(it));
        if !are_weeks(self.factors.iter().map(|(week, _)| *week)) || !self.factors.iter().all(factors) {
            return None;
        }
        population.factors = self.factors.into();
        if let Some(tenant) = self.tenant {
            if !are_weeks(tenant.means.iter().map(|(week, _)| *week)) {
                return None;
            }
            let means =
                |(week, means): (Week, [Option<f32>; WEEKLY])| (week, means.map(|it| it.unwrap_or(f32::NAN)));
            let means = tenant.means.into_iter().map(means).collect();
            population.tenant = Some(Box::new(Tenant { rises: tenant.rises.rises()?, means }));
        }
        Some(population)
    }
}

/// Whether weeks are in the calendar, in order, and no more than are remembered.
fn are_weeks(weeks: impl Iterator<Item = Week> + Clone) -> bool {
    weeks.clone().count() <= HISTORY_WEEKS as usize
        && weeks.clone().all(plausible::week)
        && weeks.is_sorted_by(|a, b| a < b)
}
