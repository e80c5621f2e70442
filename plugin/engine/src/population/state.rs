//! What a tenant's accounts have in common, as a snapshot holds it.

use super::{Governor, LIVES, LOG_MOST, Population, Shared, Tenant};
use crate::calendar::Week;
use crate::horizon::HISTORY_WEEKS;
use crate::plausible;
use crate::rise;
use crate::signals::{PerSignal, SignalId, WithWhole};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Sums and rates beyond it were not written by this plugin.
const MOST: f64 = 1e15;

/// The population.
#[derive(Debug, Serialize, Deserialize)]
pub struct State {
    /// Factor, value, exposure, squares, freedom, mean, deviation, and whether the last two are known.
    signals: PerSignal<Option<([f64; 7], bool)>>,
    lives: Vec<f64>,
    lives_weeks: u32,
    slow_bin: u8,
    factors: Columns<f32>,
    governors: WithWhole<Governor>,
    tenant: Option<TenantState>,
}

#[derive(Debug, Serialize, Deserialize)]
struct TenantState {
    rises: rise::State,
    means: Columns<Option<f32>>,
}

/// Numbers of weeks, by signal; an empty list: this signal has none.
#[derive(Debug, Serialize, Deserialize)]
struct Columns<T> {
    weeks: Vec<Week>,
    numbers: PerSignal<Vec<T>>,
}

impl<T: Copy> Columns<T> {
    fn of(rows: &VecDeque<(Week, PerSignal<f32>)>, number: fn(f32) -> T) -> Self {
        let column = |id: SignalId| rows.iter().filter_map(move |(_, row)| row.get(id).map(|it| number(*it)));
        Self {
            weeks: rows.iter().map(|(week, _)| *week).collect(),
            numbers: PerSignal::from_fn(|id, _| column(id).collect()),
        }
    }

    /// The weeks again, each with the number of each signal; none: no plugin wrote this.
    fn rows(self, none: f32, number: impl Fn(T) -> f32) -> Option<VecDeque<(Week, PerSignal<f32>)>> {
        let fits = |column: &Vec<T>| column.is_empty() || column.len() == self.weeks.len();
        if !are_weeks(self.weeks.iter().copied()) || !self.numbers.iter().all(fits) {
            return None;
        }
        let row = |place: usize| {
            self.numbers.each_ref().map(|column| column.get(place).map_or(none, |it| number(*it)))
        };
        Some(self.weeks.iter().enumerate().map(|(place, week)| (*week, row(place))).collect())
    }
}

impl State {
    /// What a snapshot holds of a population.
    pub fn of(population: &Population) -> Self {
        let numbers = |shared: &Shared| {
            let Shared { factor, sum, exposure, squares, freedom, mean, deviation, is_known } = *shared;
            Some(([factor, sum, exposure, squares, freedom, mean, deviation], is_known))
        };
        let finite = |mean: f32| Some(mean).filter(|mean| mean.is_finite());
        let tenant = population.tenant.as_deref().map(|tenant| TenantState {
            rises: rise::State::of(&tenant.rises),
            means: Columns::of(&tenant.means, finite),
        });
        Self {
            signals: population.signals.each_ref().map(numbers),
            lives: population.lives.to_vec(),
            lives_weeks: population.lives_weeks,
            slow_bin: population.slow_bin,
            factors: Columns::of(&population.factors, |factor| factor),
            governors: population.governors.clone(),
            tenant,
        }
    }

    /// The population again; none: no plugin wrote this.
    pub fn population(self) -> Option<Population> {
        let mut population = Population::default();
        if self.lives.len() != LIVES || !self.governors.iter().all(Governor::is_plausible) {
            return None;
        }
        for (shared, stored) in population.signals.iter_mut().zip(self.signals.iter()) {
            // Of a signal that is new in this build nothing is known yet.
            let Some((numbers, is_known)) = *stored else { continue };
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
        population.governors = self.governors;
        population.factors = self.factors.rows(1.0, |factor| factor)?;
        let factors = population.factors.iter().flat_map(|(_, factors)| factors.iter());
        if !factors.into_iter().all(|it| (0.0..=1e9).contains(it)) {
            return None;
        }
        if let Some(tenant) = self.tenant {
            let means = tenant.means.rows(f32::NAN, |mean| mean.unwrap_or(f32::NAN))?;
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
