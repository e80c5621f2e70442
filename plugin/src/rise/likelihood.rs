//! How well each rung and regime explains the value of a week.
//!
//! Values are counts with more scatter than chance alone gives (negative binomial); a burst and a dip have twice the
//! scatter again. What does not depend on the value is kept for the week, since many accounts have the same exposure
//! and spread; where values are counts, so is the rest.

#![expect(clippy::indexing_slicing, reason = "the sizes of all arrays and all places in them are constants")]

use super::arithmetic::{LANES, exp, ln, max};
use super::ladder::{CLIMBS, RUNGS, load, rate_of};
use hashbrown::HashMap;
use wide::f32x8;

/// Levels that a usual rate and a creep can reach, in whole eights.
const LEVELS: usize = 32;
const _: () = assert!(LEVELS >= RUNGS + CLIMBS && LEVELS - LANES >= RUNGS - LANES + CLIMBS);
/// A burst is at e^1.15 of the usual rate, a dip at e^-1.6.
const BURST_AT: f64 = 1.15;
const DIP_AT: f64 = -1.6;
/// Added to every expected count: a rate of zero explains nothing.
const LEAST: f64 = 1e-4;
/// A week that no rung explains is no proof: this much is always left to each of them.
const OUTLIER: f32 = 0.0004;
/// Values above it are weighed in 64 bits: in 32 the differences between rungs would drown.
const PLAIN_MAX: f64 = 4096.0;
/// Most entries of each kind that are kept; further ones are computed each time.
const KEPT_MAX: usize = 2_048;

/// What a week brought, in units of its spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// The lowest rung of the series' ladder.
    pub bottom: i16,
    /// The value over the spread.
    pub value: f64,
    /// The exposure over the spread; above 0.
    pub exposure: f64,
    /// The negative binomial's r: the smaller, the more scatter.
    pub shape: f64,
}

/// The weight of every rung in every regime, the best of them 1.
#[derive(Clone, Debug, Default)]
pub struct Weights {
    levels: [f32; LEVELS],
    bursts: [f32; RUNGS],
    dips: [f32; RUNGS],
    rates: [f32; RUNGS],
}

impl Weights {
    #[inline(always)]
    pub(super) fn levels(&self, from: usize) -> f32x8 {
        load(&self.levels, from)
    }

    #[inline(always)]
    pub(super) fn bursts(&self, eight: usize) -> f32x8 {
        load(&self.bursts, LANES * eight)
    }

    #[inline(always)]
    pub(super) fn dips(&self, eight: usize) -> f32x8 {
        load(&self.dips, LANES * eight)
    }

    /// The usual rates themselves.
    #[inline(always)]
    pub(super) fn rates(&self, eight: usize) -> f32x8 {
        load(&self.rates, LANES * eight)
    }
}

/// The logarithm of the likelihood is `value * slope + offset`, plus what is the same for all.
#[derive(Clone, Copy, Debug)]
struct Line {
    slope: f32x8,
    offset: f32x8,
}

impl Line {
    /// For the expected counts `mean`: x ln(m/(r+m)) + r ln(r/(r+m)).
    fn new(mean: f32x8, shape: f32) -> Self {
        let mean = mean + LEAST as f32;
        let both = ln(mean + shape);
        Self { slope: ln(mean) - both, offset: (ln(f32x8::splat(shape)) - both) * shape }
    }

    fn at(&self, value: f32) -> f32x8 {
        self.slope * value + self.offset
    }
}

/// What does not depend on the value.
#[derive(Clone, Debug)]
struct Curve {
    levels: [Line; LEVELS / LANES],
    bursts: [Line; RUNGS / LANES],
    dips: [Line; RUNGS / LANES],
    rates: [f32; RUNGS],
    /// lnΓ(r) - lnΓ(r/2).
    constant: f64,
}

impl Curve {
    fn new(seen: &Observation) -> Self {
        let rates: [f32; LEVELS] = std::array::from_fn(|rung| rate_of(seen.bottom, rung) as f32);
        let (shape, half) = (seen.shape as f32, (seen.shape / 2.0) as f32);
        let times = |factor: f64| (seen.exposure * factor) as f32;
        let (here, burst, dip) = (times(1.0), times(libm::exp(BURST_AT)), times(libm::exp(DIP_AT)));
        let line = |eight: usize, exposure: f32, shape: f32| {
            Line::new(load(&rates, LANES * eight) * exposure, shape)
        };
        Self {
            levels: std::array::from_fn(|eight| line(eight, here, shape)),
            bursts: std::array::from_fn(|eight| line(eight, burst, half)),
            dips: std::array::from_fn(|eight| line(eight, dip, half)),
            rates: std::array::from_fn(|rung| rates[rung]),
            constant: ln_gamma(seen.shape) - ln_gamma(seen.shape / 2.0),
        }
    }

    fn weights(&self, value: f64, shape: f64) -> Weights {
        let scatter = (ln_gamma(value + shape / 2.0) - ln_gamma(value + shape) + self.constant) as f32;
        let x = value as f32;
        let levels = self.levels.map(|line| line.at(x));
        let bursts = self.bursts.map(|line| line.at(x) + scatter);
        let dips = self.dips.map(|line| line.at(x) + scatter);
        let mut most = max(max(levels[0], levels[1]), max(levels[2], highest_levels(levels[3])));
        for eight in 0..RUNGS / LANES {
            most = max(most, max(bursts[eight], dips[eight]));
        }
        let most =
            most.to_array().into_iter().fold(f32::MIN, |most, lane| if lane > most { lane } else { most });
        let weight = |log: f32x8| exp(log - most);
        Weights {
            levels: flat(levels.map(|log| weight(log) + OUTLIER)),
            bursts: flat(bursts.map(weight)),
            dips: flat(dips.map(weight)),
            rates: self.rates,
        }
    }
}

/// The last eight without the two levels that no creep reaches.
fn highest_levels(logs: f32x8) -> f32x8 {
    let mut lanes = logs.to_array();
    for lane in RUNGS + CLIMBS - (LEVELS - LANES)..LANES {
        lanes[lane] = f32::MIN;
    }
    f32x8::from(lanes)
}

fn flat<const EIGHTS: usize, const N: usize>(rows: [f32x8; EIGHTS]) -> [f32; N] {
    let mut values = [0.0; N];
    for (eight, row) in rows.iter().enumerate() {
        values[LANES * eight..LANES * (eight + 1)].copy_from_slice(&row.to_array());
    }
    values
}

/// The weights of one week over all accounts and signals, so that equal ones are computed once.
#[derive(Debug, Default)]
pub struct Likelihood {
    curves: HashMap<[u64; 3], Curve, foldhash::fast::FixedState>,
    weights: HashMap<[u64; 4], Weights, foldhash::fast::FixedState>,
    /// The newest ones that are not kept.
    newest: Weights,
}

impl Likelihood {
    /// How well each rung and regime explains what was seen; `is_count` where equal values are to be expected.
    pub fn weights(&mut self, seen: &Observation, is_count: bool) -> &Weights {
        if seen.value > PLAIN_MAX {
            self.newest = plain(seen);
            return &self.newest;
        }
        let place = u64::from(seen.bottom.cast_unsigned());
        let key = [place, seen.exposure.to_bits(), seen.shape.to_bits()];
        if !is_count || self.weights.len() >= KEPT_MAX {
            self.newest = self.curve(key, seen).weights(seen.value, seen.shape);
            return &self.newest;
        }
        let [place, exposure, shape] = key;
        let whole = [place, exposure, shape, seen.value.to_bits()];
        if !self.weights.contains_key(&whole) {
            let weights = self.curve(key, seen).weights(seen.value, seen.shape);
            self.weights.insert(whole, weights);
        }
        &self.weights[&whole]
    }

    fn curve(&mut self, key: [u64; 3], seen: &Observation) -> &Curve {
        if self.curves.len() >= KEPT_MAX && !self.curves.contains_key(&key) {
            self.curves.clear();
        }
        self.curves.entry(key).or_insert_with(|| Curve::new(seen))
    }
}

/// The same in 64 bits, for values too large for 32.
fn plain(seen: &Observation) -> Weights {
    let log = |level: usize, factor: f64, shape: f64| {
        let mean = rate_of(seen.bottom, level) * seen.exposure * factor + LEAST;
        seen.value * libm::log(mean / (shape + mean)) + shape * libm::log(shape / (shape + mean))
    };
    let (shape, half) = (seen.shape, seen.shape / 2.0);
    let scatter =
        ln_gamma(seen.value + half) - ln_gamma(seen.value + shape) + ln_gamma(shape) - ln_gamma(half);
    let levels: [f64; LEVELS] = std::array::from_fn(|level| log(level, 1.0, shape));
    let of =
        |at: f64| -> [f64; RUNGS] { std::array::from_fn(|level| log(level, libm::exp(at), half) + scatter) };
    let (bursts, dips) = (of(BURST_AT), of(DIP_AT));
    let reached = levels.iter().take(RUNGS + CLIMBS).chain(&bursts).chain(&dips);
    let most = reached.fold(f64::MIN, |most, log| if *log > most { *log } else { most });
    let weight = |log: f64| libm::exp((log - most).max(-41.0)) as f32;
    Weights {
        levels: levels.map(|log| weight(log.min(most)) + OUTLIER),
        bursts: bursts.map(weight),
        dips: dips.map(weight),
        rates: std::array::from_fn(|rung| rate_of(seen.bottom, rung) as f32),
    }
}

/// The logarithm of the gamma function for positive numbers: Stirling's series after a shift by seven.
fn ln_gamma(x: f64) -> f64 {
    let product = x * (x + 1.0) * (x + 2.0) * (x + 3.0) * (x + 4.0) * (x + 5.0) * (x + 6.0);
    let z = x + 7.0;
    let (inverse, half_ln_tau) = (1.0 / z, 0.918_938_533_204_672_7);
    let square = inverse * inverse;
    let series = inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square / 1260.0));
    (z - 0.5) * libm::log(z) - z + half_ln_tau + series - libm::log(product)
}
