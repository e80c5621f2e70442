//! How well each rung and regime explains the value of a week.
//!
//! Values are counts with more scatter than chance alone gives (negative binomial); a burst and a dip have twice the
//! scatter again. What does not depend on the value is kept for the week, since many accounts have the same exposure
//! and spread; where values are counts, so is the rest.

#![expect(clippy::indexing_slicing, reason = "the sizes of all arrays and all places in them are constants")]

use super::arithmetic::{LANES, exp, ln, max, narrow};
use super::rungs::{CLIMBS, RUNGS, load, rates_from};
use hashbrown::HashMap;
use wide::f32x8;

/// Levels that a usual rate and a creep can reach, in whole eights.
const LEVELS: usize = 32;
const _: () = assert!(LEVELS >= RUNGS + CLIMBS && LEVELS - LANES >= RUNGS - LANES + CLIMBS);
/// A burst is at e^1.15 of the usual rate, a dip at e^-1.6.
const BURST_TIMES: f64 = 3.158_192_909_689_768;
const DIP_TIMES: f64 = 0.201_896_517_994_655_4;
/// Added to every expected count, so that none is zero.
const LEAST: f64 = 1e-4;
/// A week that no rung explains is no proof: this much is always left to each of them.
const OUTLIER: f32 = 0.0004;
/// Values above it are weighed in 64 bits: in 32 the differences between rungs would drown.
const PLAIN_MAX: f64 = 4096.0;
/// Most entries of each kind that are kept; further ones are computed each time.
const KEPT_MAX: usize = 2_048;
/// Entries from which on their memory is kept for the next week.
const MANY: usize = 500;

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
    /// For the expected counts m = `mean`: x ln(m/(r+m)) + r ln(r/(r+m)).
    #[inline(always)]
    fn new(mean: f32x8, (shape, log_shape): (f32, f32)) -> Self {
        let mean = mean + narrow(LEAST);
        let both = ln(mean + shape);
        Self { slope: ln(mean) - both, offset: (f32x8::splat(log_shape) - both) * shape }
    }

    #[inline(always)]
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
        let rates: [f32; LEVELS] = rates_from(seen.bottom).map(narrow);
        let with_log = |shape: f64| (narrow(shape), narrow(libm::log(shape)));
        let (shape, half) = (with_log(seen.shape), with_log(seen.shape / 2.0));
        let times = |factor: f64| narrow(seen.exposure * factor);
        let (here, burst, dip) = (times(1.0), times(BURST_TIMES), times(DIP_TIMES));
        let line = |eight: usize, exposure: f32, shape: (f32, f32)| {
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

    fn weigh(&self, value: f64, shape: f64, weights: &mut Weights) {
        let scatter = narrow(ln_gamma(value + shape / 2.0) - ln_gamma(value + shape) + self.constant);
        let x = narrow(value);
        let mut levels = [f32x8::ZERO; LEVELS / LANES];
        let (mut bursts, mut dips) = ([f32x8::ZERO; RUNGS / LANES], [f32x8::ZERO; RUNGS / LANES]);
        let mut most = f32x8::splat(f32::MIN);
        for (log, line) in levels.iter_mut().zip(&self.levels) {
            *log = line.at(x);
        }
        let highest = [levels[0], levels[1], levels[2], highest_levels(levels[3])];
        highest.into_iter().for_each(|log| most = max(most, log));
        for eight in 0..RUNGS / LANES {
            bursts[eight] = self.bursts[eight].at(x) + scatter;
            dips[eight] = self.dips[eight].at(x) + scatter;
            most = max(most, max(bursts[eight], dips[eight]));
        }
        let most =
            most.to_array().into_iter().fold(f32::MIN, |most, lane| if lane > most { lane } else { most });
        for (eight, log) in levels.iter().enumerate() {
            store(exp(*log - most) + OUTLIER, &mut weights.levels, eight);
        }
        for eight in 0..RUNGS / LANES {
            store(exp(bursts[eight] - most), &mut weights.bursts, eight);
            store(exp(dips[eight] - most), &mut weights.dips, eight);
        }
        weights.rates = self.rates;
    }
}

/// The last eight without the two levels that no creep reaches.
fn highest_levels(logs: f32x8) -> f32x8 {
    let mut lanes = logs.to_array();
    lanes[RUNGS + CLIMBS - (LEVELS - LANES)..].fill(f32::MIN);
    f32x8::from(lanes)
}

#[inline(always)]
fn store<const N: usize>(lanes: f32x8, values: &mut [f32; N], eight: usize) {
    values[LANES * eight..LANES * (eight + 1)].copy_from_slice(&lanes.to_array());
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
    /// Forgets what it has kept. Where there was little, its memory goes too; where there was much, it is needed again.
    pub fn clear(&mut self) {
        if self.curves.len() + self.weights.len() < MANY {
            *self = Self::default();
        }
        self.curves.clear();
        self.weights.clear();
    }

    /// How well each rung and regime explains what was seen; `is_count` where equal values are to be expected.
    pub fn weights(&mut self, seen: &Observation, is_count: bool) -> &Weights {
        let Self { curves, weights, newest } = self;
        if seen.value > PLAIN_MAX {
            *newest = plain(seen);
            return newest;
        }
        let (exposure, shape) = (seen.exposure.to_bits(), seen.shape.to_bits());
        let key = [u64::from(seen.bottom.cast_unsigned()), exposure, shape];
        if curves.len() >= KEPT_MAX && !curves.contains_key(&key) {
            curves.clear();
        }
        let mut weigh = |weights: &mut Weights| {
            let curve = curves.entry(key).or_insert_with(|| Curve::new(seen));
            curve.weigh(seen.value, seen.shape, weights);
        };
        if !is_count || weights.len() >= KEPT_MAX {
            weigh(newest);
            return newest;
        }
        let [bottom, exposure, shape] = key;
        weights.entry([bottom, exposure, shape, seen.value.to_bits()]).or_insert_with(|| {
            let mut weights = Weights::default();
            weigh(&mut weights);
            weights
        })
    }
}

/// The same in 64 bits, for values too large for 32.
fn plain(seen: &Observation) -> Weights {
    let rates: [f64; LEVELS] = rates_from(seen.bottom);
    let log = |level: usize, factor: f64, shape: f64| {
        let mean = rates[level] * seen.exposure * factor + LEAST;
        seen.value * libm::log(mean / (shape + mean)) + shape * libm::log(shape / (shape + mean))
    };
    let (shape, half) = (seen.shape, seen.shape / 2.0);
    let scatter =
        ln_gamma(seen.value + half) - ln_gamma(seen.value + shape) + ln_gamma(shape) - ln_gamma(half);
    let levels: [f64; LEVELS] = std::array::from_fn(|level| log(level, 1.0, shape));
    let of = |times: f64| -> [f64; RUNGS] { std::array::from_fn(|level| log(level, times, half) + scatter) };
    let (bursts, dips) = (of(BURST_TIMES), of(DIP_TIMES));
    let reached = levels.iter().take(RUNGS + CLIMBS).chain(&bursts).chain(&dips);
    let most = reached.fold(f64::MIN, |most, log| if *log > most { *log } else { most });
    let weight = |log: f64| narrow(libm::exp((log - most).max(-41.0)));
    Weights {
        levels: levels.map(|log| weight(log.min(most)) + OUTLIER),
        bursts: bursts.map(weight),
        dips: dips.map(weight),
        rates: std::array::from_fn(|rung| narrow(rates[rung])),
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
