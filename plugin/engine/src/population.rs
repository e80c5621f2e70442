//! What all accounts of a tenant did together, and what follows from it: the same in every shard.
//!
//! Each week the accounts are added up, in whole numbers so that neither the number of shards nor the order shows
//! ([`Sum`]): how they all moved together (the company factor), how their rates and their scatter are distributed, how
//! long requests take, and how often the watch would have spoken. The tenant itself is watched too, as account `*`.

mod governor;
mod state;
mod tenant;
mod totals;

pub use governor::{GRID, Governor, place_on_grid};
pub use state::State;
pub use tenant::{Tenant, values as tenant_values};
pub use totals::{Sum, Totals, real};

use crate::calendar::Week;
use crate::filter::narrow;
use crate::horizon::HISTORY_WEEKS;
use crate::rise::Common;
use crate::signals::{PerSignal, SignalId, WithWhole};
use std::collections::VecDeque;

/// What is forgotten of the population's sums in a week.
const KEPT: f64 = 0.98;
/// No logarithm of a rate is further from 0.
const LOG_MOST: f64 = 40.0;
/// Requests that the spread to begin with counts for.
const SPREAD_PRIOR: f64 = 20.0;
/// Accounts that are needed to know how rates are distributed.
const ACCOUNTS_MIN: f64 = 20.0;
/// Expected counts of "nothing moved" beside those of the accounts.
const STILL: f64 = 10.0;
/// Bins of how long requests take: half octaves of days, the thirteenth is one day.
pub const LIVES: usize = 40;
/// What is forgotten of them in a week.
const LIVES_KEPT: f64 = 0.99;
/// More requests than that are not decided in a week.
const DECIDED_MAX: i64 = 1_000_000_000;
/// Requests before their length is known.
const LIVES_MIN: f64 = 5.0;
/// Days after its first request in which an account's requests are not judged, at most.
const YOUNG_DAYS_MAX: f64 = 91.0;
/// While the tenant's own log is that young, how long requests take is known from the quick ones: no request is judged
/// in the first two weeks, nor as long as the estimate still grows.
const YOUNG_WEEKS: u32 = 13;
const YOUNG_DAYS_MIN: f64 = 14.0;
/// Estimates of the company factor in a week, each on the one before.
pub const FACTOR_ROUNDS: u8 = 3;

/// One signal over all accounts.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Shared {
    /// The company factor, smoothed.
    factor: f64,
    /// Decayed sums of value and exposure.
    sum: f64,
    exposure: f64,
    /// Decayed squares around the means, and degrees of freedom times rate.
    squares: f64,
    freedom: f64,
    /// Mean and standard deviation of the logarithms of the rates.
    mean: f64,
    deviation: f64,
    /// Whether those are its own, and not the defaults.
    is_known: bool,
}

/// What the accounts of a tenant have in common.
#[derive(Clone, Debug)]
pub struct Population {
    signals: PerSignal<Shared>,
    lives: [f64; LIVES],
    /// Weeks since the first of them.
    lives_weeks: u32,
    /// The bin below which 95 % of them were, a week ago.
    slow_bin: u8,
    /// The company factors of the newest weeks, oldest first.
    factors: VecDeque<(Week, PerSignal<f32>)>,
    /// How often the watch would have spoken.
    pub governors: WithWhole<Governor>,
    /// The tenant itself.
    pub tenant: Option<Box<Tenant>>,
}

impl Default for Population {
    fn default() -> Self {
        let signals = PerSignal::from_fn(|_, signal| Shared {
            factor: 1.0,
            sum: 0.0,
            exposure: 0.0,
            squares: SPREAD_PRIOR * signal.watch.spread,
            freedom: SPREAD_PRIOR,
            mean: signal.watch.mean,
            deviation: signal.watch.deviation,
            is_known: false,
        });
        let governors = WithWhole::default();
        Self {
            signals,
            lives: [0.0; LIVES],
            lives_weeks: 0,
            slow_bin: 0,
            factors: VecDeque::new(),
            governors,
            tenant: None,
        }
    }
}

impl Population {
    /// What a series has to know, before the week's factors are.
    pub fn common(&self) -> PerSignal<Common> {
        self.signals.each_ref().map(|shared| Common {
            mean: shared.mean,
            deviation: shared.deviation,
            is_known: shared.is_known,
            rate: if shared.exposure > 0.0 { shared.sum / shared.exposure } else { 1.0 },
            spread: shared.squares / shared.freedom,
            factor: shared.factor,
        })
    }

    /// Takes in how many requests were decided after how long; gives the days after its first request in which an
    /// account's requests are not judged: early on only the quick ones can have been decided.
    pub fn take_lives(&mut self, decided: &[i64]) -> f64 {
        for (held, more) in self.lives.iter_mut().zip(decided) {
            *held = LIVES_KEPT * *held + (*more).clamp(0, DECIDED_MAX) as f64;
        }
        let all: f64 = self.lives.iter().sum();
        self.lives_weeks = self.lives_weeks.saturating_add(u32::from(all > 0.0));
        let is_young = self.lives_weeks <= YOUNG_WEEKS;
        let least = if is_young { YOUNG_DAYS_MIN } else { 0.0 };
        if all <= LIVES_MIN {
            return least;
        }
        let mut below = 0.0;
        let slow = self.lives.iter().position(|bin| {
            below += bin;
            below >= 0.95 * all
        });
        let slow = slow.unwrap_or(LIVES - 1);
        let grows = slow > usize::from(self.slow_bin);
        self.slow_bin = u8::try_from(slow).unwrap_or(u8::MAX);
        if is_young && grows {
            return YOUNG_DAYS_MAX;
        }
        (2.0 * libm::exp2((slow as f64 - 12.0) / 2.0)).clamp(least, YOUNG_DAYS_MAX)
    }

    /// Takes in a week: its factors and its totals.
    pub fn close(&mut self, week: Week, factors: &PerSignal<f64>, totals: &Totals) {
        for ((shared, factor), sums) in self.signals.iter_mut().zip(factors.iter()).zip(totals.signals.iter())
        {
            shared.factor = 0.5 * shared.factor + 0.5 * factor;
            shared.sum = KEPT * shared.sum + sums.value.real();
            shared.exposure = KEPT * shared.exposure + sums.exposure.real() * factor;
            shared.squares = KEPT * shared.squares + sums.scatter.real();
            shared.freedom = KEPT * shared.freedom + sums.freedom.real();
            let accounts = sums.accounts.real();
            if accounts >= ACCOUNTS_MIN {
                let mean = (sums.logs.real() / accounts).clamp(-LOG_MOST, LOG_MOST);
                let variance = (sums.log_squares.real() / accounts - mean * mean).max(0.0);
                (shared.mean, shared.deviation, shared.is_known) = (mean, libm::sqrt(variance), true);
            }
        }
        while self.factors.front().is_some_and(|(held, _)| *held <= week - HISTORY_WEEKS) {
            self.factors.pop_front();
        }
        self.factors.push_back((week, factors.map(narrow)));
    }

    /// Whether nothing of it lies after `closed`, as in everything that an engine wrote.
    pub(crate) fn is_until(&self, closed: Option<Week>) -> bool {
        let tenant = self.tenant.as_deref();
        let factors = self.factors.back().map(|(week, _)| *week);
        let means = tenant.and_then(|tenant| Some(tenant.means.back()?.0));
        factors.into_iter().chain(means).all(|week| Some(week) <= closed)
            && self.governors.iter().filter_map(Governor::last).all(|week| Some(week) <= closed)
            && tenant.is_none_or(|tenant| closed.is_some_and(|closed| tenant.rises.is_until(closed)))
    }

    /// How all accounts moved together in a week; 1: not at all, or it is not known any more.
    pub fn factor(&self, week: Week, id: SignalId) -> f64 {
        let place = self.factors.binary_search_by_key(&week, |(held, _)| *held).ok();
        let factors = place.and_then(|place| self.factors.get(place));
        factors.and_then(|(_, factors)| factors.get(id)).map_or(1.0, |factor| f64::from(*factor))
    }
}

/// The bin of a request that took so many days.
pub fn life_bin(days: f64) -> usize {
    let octaves = 2.0 * libm::log2(days + 1e-9) + 12.0;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 39")]
    return libm::round(octaves).clamp(0.0, (LIVES - 1) as f64) as usize;
}

/// One account in the estimate of the company factor.
#[derive(Clone, Copy, Debug)]
pub struct Vote {
    /// What is expected of it if nothing moved.
    pub mean: f64,
    /// What the week brought, in the unit of the signal's series.
    pub value: f64,
    /// Days since its first request; of meetings and plans none.
    pub age_days: Option<i32>,
}

/// How an account weighs: less the more it has, because its own scatter grows with it.
const WEIGHT: f64 = 4.0;

impl Vote {
    /// Adds it to the sums of one estimate, what it says and what was expected. What is far above the estimate counts as
    /// barely above it.
    pub fn add_to(&self, factor: f64, said: &mut Sum, expected: &mut Sum) {
        let weight = 1.0 / (1.0 + self.mean / WEIGHT);
        let mean = factor * self.mean;
        let most = mean + 2.5 * libm::sqrt(1.5 * mean + 0.3 * mean * mean) + 0.5;
        said.add(weight * if self.value < most { self.value } else { most });
        expected.add(weight * self.mean);
    }
}

/// The next estimate of the company factor. No company moves a millionfold: whatever sums come back, it stays a number.
pub fn estimate(said: Sum, expected: Sum) -> f64 {
    if expected.real() > 0.0 {
        ((said.real() + STILL) / (expected.real() + STILL)).clamp(1e-6, 1e6)
    } else {
        1.0
    }
}
