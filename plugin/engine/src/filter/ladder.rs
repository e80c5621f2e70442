//! The filter: which rate is usual, and is it above it? Probabilities of a ladder of rates, in several regimes.
//!
//! Rates stand on rungs 28 % apart. A series is on one rung as its usual rate, and in one regime: usual, a burst of
//! weeks, a dip, or so many rungs of creep. Each week the probabilities are moved on by what may happen, and weighed by
//! how well each of them explains the week's value (`likelihood.rs`). The idea, the numbers and what each part is worth
//! are in `plugin/DETECTION.md`.

#![expect(clippy::indexing_slicing, reason = "the sizes of all arrays and all places in them are constants")]

use super::arithmetic::{FLOOR, LANES, narrow, pack, sum, unpack};
use super::likelihood::Weights;
use super::rungs::{CLIMBS, RUNG, RUNGS, load, rates_from};
use wide::f32x8;

/// Usual, burst, dip, and creep by 1 to 6 rungs.
const REGIMES: usize = 3 + CLIMBS;
/// Eights of rungs.
const EIGHTS: usize = RUNGS / LANES;
const USUAL: usize = 0;
const BURST: usize = 1;
const DIP: usize = 2;
const CREEP: usize = 3;

/// That a creep begins, in a week.
const ONSET: f32 = 0.0008;
/// By how many rungs at once.
const JUMPS: [f32; CLIMBS] = [0.50, 0.22, 0.13, 0.07, 0.05, 0.03];
/// That a creep climbs one rung further.
const CLIMB: f32 = 0.12;
/// That it is over.
const RELIEF: f32 = 0.02;
/// That a burst begins, and that it ends.
const BURST_BEGINS: f32 = 0.01;
const BURST_ENDS: f32 = 0.5;
/// That the usual rate drifts a rung up, and the same down.
const DRIFT: f32 = 0.003;
/// From which share on the highest eight rungs a ladder moves up, and by how many rungs.
const CROWDED: f32 = 0.9;
const ROOM: usize = 6;
const ROOM_UP: i16 = 6;
/// Rungs of a fall that stays.
const FALL_RUNGS: usize = 3;

/// No ladder begins further from rate 1, in rungs: that is at e^27.5, beyond what a week can bring.
const BOTTOM_MOST: i16 = 110;

/// Probabilities of a week that differ from signal to signal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dips {
    /// That a dip begins.
    pub begins: f32,
    /// That it ends.
    pub ends: f32,
    /// That the rate falls by three rungs and stays there.
    pub falls: f32,
}

/// One series: the probability of each rung and regime in 16 bits.
#[derive(Clone, Debug, PartialEq)]
pub struct Ladder {
    /// The lowest rung, in rungs from rate 1.
    bottom: i16,
    packed: [[u16; RUNGS]; REGIMES],
}

/// What a week left behind.
#[derive(Clone, Copy, Debug)]
pub struct Week {
    /// Log-odds of a creep, within ±32.2.
    pub score: f32,
    /// The usual rate, over all regimes.
    pub usual: f32,
}

type Row = [f32x8; EIGHTS];

impl Ladder {
    /// A series of which nothing is known but how the logarithms of the population's rates are spread. A spread below
    /// half is not believed.
    pub fn new(mean: f64, deviation: f64) -> Self {
        let lowest = libm::round((mean - RUNG * (RUNGS - 1) as f64 / 2.0) / RUNG);
        #[expect(clippy::cast_possible_truncation, reason = "a cast of a number saturates")]
        let bottom = (lowest as i16).clamp(-BOTTOM_MOST, BOTTOM_MOST);
        let weight = |rung: usize| {
            let z = (RUNG * (f64::from(bottom) + rung as f64) - mean) / deviation.max(0.5);
            libm::exp(-0.5 * z * z)
        };
        let weights: [f64; RUNGS] = std::array::from_fn(weight);
        let total: f64 = weights.iter().sum();
        let mut packed = [[pack(FLOOR); RUNGS]; REGIMES];
        packed[USUAL] = weights.map(|weight| pack(narrow(weight / total) + FLOOR));
        Self { bottom, packed }
    }

    /// The lowest rung, in rungs from rate 1.
    pub fn bottom(&self) -> i16 {
        self.bottom
    }

    /// All probabilities as they are packed, regime by regime.
    pub(crate) fn packed(&self) -> impl Iterator<Item = u16> {
        self.packed.iter().flatten().copied()
    }

    /// From what [`packed`](Self::packed) gave; none: it did not.
    pub(crate) fn from_packed(bottom: i16, packed: &[u16]) -> Option<Self> {
        let mut ladder = Self { bottom, packed: [[0; RUNGS]; REGIMES] };
        if packed.len() != RUNGS * REGIMES || !(-BOTTOM_MOST..=BOTTOM_MOST).contains(&bottom) {
            return None;
        }
        for (held, packed) in ladder.packed.iter_mut().flatten().zip(packed) {
            *held = *packed;
        }
        Some(ladder)
    }

    /// Moves the probabilities on by a week and weighs them by what it brought.
    pub fn step(&mut self, weights: &Weights, dips: Dips) -> Week {
        let mut old = [[f32x8::ZERO; EIGHTS]; REGIMES];
        for (row, packed) in old.iter_mut().zip(&self.packed) {
            *row = unpacked(packed);
        }
        let mut new = moved(&old, dips);
        let (mut usual, mut creep) = ([f32x8::ZERO; EIGHTS], [f32x8::ZERO; EIGHTS]);
        for eight in 0..EIGHTS {
            new[USUAL][eight] *= weights.levels(LANES * eight);
            new[BURST][eight] *= weights.bursts(eight);
            new[DIP][eight] *= weights.dips(eight);
            usual[eight] = new[USUAL][eight] + new[BURST][eight] + new[DIP][eight];
            for climb in 0..CLIMBS {
                new[CREEP + climb][eight] *= weights.levels(LANES * eight + climb + 1);
                creep[eight] += new[CREEP + climb][eight];
            }
        }
        let all = |row: &Row| sum(row[0] + row[1] + row[2]);
        let (is_usual, is_creep) = (all(&usual), all(&creep));
        let share = 1.0 / (is_usual + is_creep);
        for (row, packed) in new.iter().zip(&mut self.packed) {
            for eight in 0..EIGHTS {
                let lanes = (row[eight] * share + FLOOR).to_array();
                for lane in 0..LANES {
                    packed[LANES * eight + lane] = pack(lanes[lane]);
                }
            }
        }
        let rates: Row = std::array::from_fn(|eight| (usual[eight] + creep[eight]) * weights.rates(eight));
        if sum(usual[EIGHTS - 1] + creep[EIGHTS - 1]) * share > CROWDED {
            self.make_room();
        }
        Week { score: log_odds(is_creep, is_usual), usual: all(&rates) * share }
    }

    /// Moves the ladder up by some rungs where the series is about to leave it. Rungs are the same for all ladders, so
    /// nothing is rounded; what falls off below was as good as impossible.
    fn make_room(&mut self) {
        let bottom = self.bottom.saturating_add(ROOM_UP);
        if bottom > BOTTOM_MOST || self.is_likely_below(ROOM) {
            return;
        }
        self.bottom = bottom;
        for row in &mut self.packed {
            row.copy_within(ROOM.., 0);
            row[RUNGS - ROOM..].fill(pack(FLOOR));
        }
    }

    /// Whether anything likely stands on the lowest rungs.
    fn is_likely_below(&self, rungs: usize) -> bool {
        let below = self.packed.iter().flat_map(|row| row.iter().take(rungs)).map(|packed| unpack(*packed));
        below.sum::<f32>() > 0.001
    }

    /// The usual rate and the rate of now, if it is a creep; both of the creep regimes alone.
    pub fn creep_rates(&self) -> (f64, f64) {
        let (mut total, mut usual, mut now) = (1e-300, 0.0, 0.0);
        let rates: [f64; RUNGS + CLIMBS] = rates_from(self.bottom);
        for climb in 0..CLIMBS {
            for rung in 0..RUNGS {
                let probability = f64::from(unpack(self.packed[CREEP + climb][rung]));
                total += probability;
                usual += probability * rates[rung];
                now += probability * rates[rung + climb + 1];
            }
        }
        (usual / total, now / total)
    }

    /// The usual rate of the usual regime alone.
    pub fn usual_rate(&self) -> f64 {
        let probabilities = self.packed[USUAL].map(|packed| f64::from(unpack(packed)));
        let total: f64 = probabilities.iter().sum();
        let rates: [f64; RUNGS] = rates_from(self.bottom);
        probabilities.iter().zip(rates).map(|(probability, rate)| probability * rate).sum::<f64>() / total
    }

    /// How many rungs up a creep is, if it is one.
    pub fn climbed(&self) -> f64 {
        let (mut total, mut rungs) = (1e-300, 0.0);
        for climb in 0..CLIMBS {
            let probability: f64 =
                self.packed[CREEP + climb].iter().map(|packed| f64::from(unpack(*packed))).sum();
            total += probability;
            rungs += probability * (climb + 1) as f64;
        }
        rungs / total
    }

    /// What was a creep is the usual rate from now on.
    pub fn settle(&mut self) {
        self.make_room();
        let mut usual = self.packed[USUAL].map(unpack);
        for climb in 0..CLIMBS {
            for rung in 0..RUNGS {
                let to = (rung + climb + 1).min(RUNGS - 1);
                usual[to] += unpack(self.packed[CREEP + climb][rung]);
            }
            self.packed[CREEP + climb] = [pack(FLOOR); RUNGS];
        }
        self.packed[USUAL] = usual.map(|probability| pack(probability.min(1.0)));
    }
}

/// What may happen in a week.
#[inline(always)]
fn moved(old: &[Row; REGIMES], dips: Dips) -> [Row; REGIMES] {
    let mut new = [[f32x8::ZERO; EIGHTS]; REGIMES];
    let stays = 1.0 - ONSET - BURST_BEGINS - dips.begins - dips.falls;
    for eight in 0..EIGHTS {
        let old = |regime: usize| old[regime][eight];
        let creeps = (old(3) + old(4)) + (old(5) + old(6)) + (old(7) + old(8));
        new[USUAL][eight] =
            old(USUAL) * stays + old(BURST) * BURST_ENDS + old(DIP) * dips.ends + creeps * RELIEF;
        new[BURST][eight] = old(USUAL) * BURST_BEGINS + old(BURST) * (1.0 - BURST_ENDS);
        new[DIP][eight] = old(USUAL) * dips.begins + old(DIP) * (1.0 - dips.ends);
        new[CREEP][eight] = old(USUAL) * (ONSET * JUMPS[0]) + old(CREEP) * (1.0 - CLIMB - RELIEF);
        for climb in 1..CLIMBS {
            let stays = if climb == CLIMBS - 1 { 1.0 - RELIEF } else { 1.0 - CLIMB - RELIEF };
            new[CREEP + climb][eight] = old(USUAL) * (ONSET * JUMPS[climb])
                + old(CREEP + climb) * stays
                + old(CREEP + climb - 1) * CLIMB;
        }
    }
    if dips.falls > 0.0 {
        fall(&old[USUAL], &mut new[USUAL], dips.falls);
    }
    drift(&mut new[USUAL]);
    new
}

/// Some of the usual falls by three rungs; what would fall below the ladder stays on its lowest rung.
#[inline(always)]
fn fall(old: &Row, usual: &mut Row, falls: f32) {
    let mut rungs = [0.0; RUNGS + LANES];
    spread_out(old, &mut rungs, 0);
    for (eight, usual) in usual.iter_mut().enumerate() {
        *usual += load(&rungs, LANES * eight + FALL_RUNGS) * falls;
    }
    let below = (rungs[0] + rungs[1] + rungs[2]) * falls;
    usual[0] += f32x8::from([below, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

/// Some of the usual drifts to the rungs beside it; at the ends it stays.
#[inline(always)]
fn drift(usual: &mut Row) {
    let mut rungs = [0.0; RUNGS + LANES];
    spread_out(usual, &mut rungs, 1);
    (rungs[0], rungs[RUNGS + 1]) = (rungs[1], rungs[RUNGS]);
    for (eight, usual) in usual.iter_mut().enumerate() {
        let beside = load(&rungs, LANES * eight) + load(&rungs, LANES * eight + 2);
        *usual = *usual * (1.0 - 2.0 * DRIFT) + beside * DRIFT;
    }
}

#[inline(always)]
fn spread_out(row: &Row, rungs: &mut [f32; RUNGS + LANES], from: usize) {
    for (eight, lanes) in row.iter().enumerate() {
        rungs[from + LANES * eight..from + LANES * (eight + 1)].copy_from_slice(&lanes.to_array());
    }
}

#[inline(always)]
fn unpacked(packed: &[u16; RUNGS]) -> Row {
    let mut values = [0.0; RUNGS];
    for (value, packed) in values.iter_mut().zip(packed) {
        *value = unpack(*packed);
    }
    std::array::from_fn(|eight| load(&values, LANES * eight))
}

/// ln(q / (1 - q)) for q = creep / (creep + usual), with q between 1e-14 and 1 less that.
fn log_odds(creep: f32, usual: f32) -> f32 {
    const MOST: f64 = 32.236_191_301_91;
    let odds = (f64::from(creep) + 1e-30) / (f64::from(usual) + 1e-30);
    narrow(libm::log(odds).clamp(-MOST, MOST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::{Likelihood, Observation};
    use proptest::prelude::*;

    const DIPS: Dips = Dips { begins: 0.005, ends: 0.25, falls: 0.003 };
    type Plain = [[f64; RUNGS]; REGIMES];

    /// The same week in 64 bits, written as the page has it.
    fn plain_week(old: &Plain, weights: &Weights) -> (Plain, f64) {
        let part = |number: f32| f64::from(number);
        let mut new = [[0.0; RUNGS]; REGIMES];
        for rung in 0..RUNGS {
            let usual = old[USUAL][rung];
            let leaves = part(ONSET) + part(BURST_BEGINS) + part(DIPS.begins) + part(DIPS.falls);
            new[USUAL][rung] +=
                usual * (1.0 - leaves) + old[BURST][rung] * 0.5 + old[DIP][rung] * part(DIPS.ends);
            new[USUAL][rung.saturating_sub(FALL_RUNGS)] += usual * part(DIPS.falls);
            new[BURST][rung] = usual * part(BURST_BEGINS) + old[BURST][rung] * 0.5;
            new[DIP][rung] = usual * part(DIPS.begins) + old[DIP][rung] * (1.0 - part(DIPS.ends));
            for climb in 0..CLIMBS {
                let up = if climb + 1 < CLIMBS { part(CLIMB) } else { 0.0 };
                let creep = old[CREEP + climb][rung];
                new[USUAL][rung] += creep * part(RELIEF);
                new[CREEP + climb][rung] +=
                    usual * part(ONSET) * part(JUMPS[climb]) + creep * (1.0 - up - part(RELIEF));
                if climb + 1 < CLIMBS {
                    new[CREEP + climb + 1][rung] += creep * up;
                }
            }
        }
        let before = new[USUAL];
        for (rung, usual) in new[USUAL].iter_mut().enumerate() {
            let beside = before[rung.saturating_sub(1)] + before[(rung + 1).min(RUNGS - 1)];
            *usual = before[rung] * (1.0 - 2.0 * part(DRIFT)) + part(DRIFT) * beside;
        }
        let at = |rung: usize| part(weights.levels(rung).to_array()[0]);
        #[expect(clippy::needless_range_loop, reason = "all of its regimes are asked by rung")]
        for rung in 0..RUNGS {
            let lane = |lanes: f32x8| part(lanes.to_array()[rung % LANES]);
            new[USUAL][rung] *= at(rung);
            new[BURST][rung] *= lane(weights.bursts(rung / LANES));
            new[DIP][rung] *= lane(weights.dips(rung / LANES));
            for climb in 0..CLIMBS {
                // The last eight reach beyond the highest level.
                let level = rung + climb + 1;
                let from = level.min(RUNGS);
                new[CREEP + climb][rung] *= part(weights.levels(from).to_array()[level - from]);
            }
        }
        let total: f64 = new.iter().flatten().sum();
        let creep: f64 = new[CREEP..].iter().flatten().sum();
        new.iter_mut().flatten().for_each(|probability| *probability /= total);
        (new, (creep / (total - creep)).ln())
    }

    #[test]
    fn sixteen_bits_follow_sixty_four() {
        let mut likelihood = Likelihood::default();
        let mut ladder = Ladder::new(0.4, 1.2);
        let mut plain = ladder.packed.map(|row| row.map(|packed| f64::from(unpack(packed))));
        let counts =
            [2, 1, 0, 3, 2, 1, 2, 4, 1, 2, 0, 0, 0, 2, 9, 2, 1, 4, 5, 4, 6, 5, 7, 5, 6, 6, 1, 5, 6, 7, 5];
        for (week, count) in counts.into_iter().cycle().take(150).enumerate() {
            let exposure = 0.8 + (week % 5) as f64 / 10.0;
            let seen = Observation { bottom: ladder.bottom(), value: f64::from(count), exposure, shape: 4.0 };
            let weights = likelihood.weights(&seen, true);
            let found = ladder.step(weights, DIPS);
            let (next, score) = plain_week(&plain, weights);
            plain = next;
            assert!(
                (f64::from(found.score) - score).abs() < 0.05,
                "week {week}: {} and {score}",
                found.score
            );
        }
    }

    #[test]
    fn a_series_that_leaves_its_ladder_takes_it_along() {
        let mut likelihood = Likelihood::default();
        let mut ladder = Ladder::new(0.0, 0.8);
        for week in 0..400 {
            let value = 10.0 + f64::from(week) / 10.0;
            let seen = Observation { bottom: ladder.bottom(), value, exposure: 1.0, shape: 12.0 };
            ladder.step(likelihood.weights(&seen, true), DIPS);
        }
        assert!((40.0..60.0).contains(&ladder.usual_rate()), "{}", ladder.usual_rate());
    }

    proptest! {
        #[test]
        fn nothing_that_can_be_measured_breaks_it(
            weeks in prop::collection::vec((0.0..1e9f64, 1e-6..1e6f64, 0u8..40), 1..60),
            shape in 1.0..40.0f64,
            mean in -10.0..12.0f64,
        ) {
            let mut likelihood = Likelihood::default();
            let mut ladder = Ladder::new(mean, 0.7);
            for (value, exposure, times) in weeks {
                // Also any number of weeks of one kind, empty ones among them.
                let value = if times % 3 == 0 { 0.0 } else { value.round() };
                for _ in 0..=times {
                    let seen = Observation { bottom: ladder.bottom(), value, exposure, shape };
                    let found = ladder.step(likelihood.weights(&seen, value < 50.0), DIPS);
                    prop_assert!(found.score.abs() < 32.3 && found.usual.is_finite() && found.usual >= 0.0);
                    let total: f64 = ladder.packed().map(|packed| f64::from(unpack(packed))).sum();
                    prop_assert!((0.99..1.01).contains(&total), "{total}");
                }
                let (usual, now) = ladder.creep_rates();
                prop_assert!(usual.is_finite() && now.is_finite() && ladder.usual_rate().is_finite());
                prop_assert!((0.0..=6.0).contains(&ladder.climbed()));
            }
            ladder.settle();
            prop_assert!(ladder.usual_rate().is_finite());
        }
    }
}
