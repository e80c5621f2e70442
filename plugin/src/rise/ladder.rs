//! The filter: which rate is usual, and is it above it? Probabilities of a ladder of rates, in several regimes.
//!
//! Rates stand on rungs 28 % apart. A series is on one rung as its usual rate, and in one regime: usual, a burst of
//! weeks, a dip, or so many rungs of creep. Each week the probabilities are moved on by what may happen, and weighed by
//! how well each of them explains the week's value (`likelihood.rs`). The idea, the numbers and what each part is worth
//! are in `plugin/DETECTION.md`.

#![expect(clippy::indexing_slicing, reason = "the sizes of all arrays and all places in them are constants")]

use super::arithmetic::{FLOOR, LANES, pack, sum, unpack};
use super::likelihood::Weights;
use wide::f32x8;

/// Rungs of usual rates.
pub(super) const RUNGS: usize = 24;
/// Rungs that creep may climb: up to 4.5 times the usual rate.
pub(super) const CLIMBS: usize = 6;
/// Distance of two rungs in the logarithm of the rate.
pub(super) const RUNG: f64 = 0.25;
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
/// Rungs of a fall that stays.
const FALL_RUNGS: usize = 3;

/// No ladder begins further from rate 1, in rungs: that is at e^50.
const BOTTOM_MOST: i16 = 200;

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
        packed[USUAL] = weights.map(|weight| pack((weight / total) as f32 + FLOOR));
        Self { bottom, packed }
    }

    /// The lowest rung, in rungs from rate 1.
    pub fn bottom(&self) -> i16 {
        self.bottom
    }

    /// All probabilities as they are packed, regime by regime.
    pub(super) fn packed(&self) -> impl Iterator<Item = u16> {
        self.packed.iter().flatten().copied()
    }

    /// From what [`packed`](Self::packed) gave; none: it did not.
    pub(super) fn from_packed(bottom: i16, packed: &[u16]) -> Option<Self> {
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
        let old = self.packed.map(|row| unpacked(&row));
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
        let bottom = self.bottom.saturating_add(ROOM as i16);
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
        for climb in 0..CLIMBS {
            for rung in 0..RUNGS {
                let probability = f64::from(unpack(self.packed[CREEP + climb][rung]));
                total += probability;
                usual += probability * self.rate(rung);
                now += probability * self.rate(rung + climb + 1);
            }
        }
        (usual / total, now / total)
    }

    /// The usual rate of the usual regime alone.
    pub fn usual_rate(&self) -> f64 {
        let probabilities = self.packed[USUAL].map(|packed| f64::from(unpack(packed)));
        let total: f64 = probabilities.iter().sum();
        let rates = probabilities.iter().enumerate().map(|(rung, probability)| probability * self.rate(rung));
        rates.sum::<f64>() / total
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

    fn rate(&self, rung: usize) -> f64 {
        rate_of(self.bottom, rung)
    }
}

/// The rate of a rung, counted from `bottom`.
pub(super) fn rate_of(bottom: i16, rung: usize) -> f64 {
    libm::exp(RUNG * (f64::from(bottom) + rung as f64))
}

/// What may happen in a week.
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
fn drift(usual: &mut Row) {
    let mut rungs = [0.0; RUNGS + LANES];
    spread_out(usual, &mut rungs, 1);
    (rungs[0], rungs[RUNGS + 1]) = (rungs[1], rungs[RUNGS]);
    for (eight, usual) in usual.iter_mut().enumerate() {
        let beside = load(&rungs, LANES * eight) + load(&rungs, LANES * eight + 2);
        *usual = *usual * (1.0 - 2.0 * DRIFT) + beside * DRIFT;
    }
}

fn spread_out(row: &Row, rungs: &mut [f32; RUNGS + LANES], from: usize) {
    for (eight, lanes) in row.iter().enumerate() {
        rungs[from + LANES * eight..from + LANES * (eight + 1)].copy_from_slice(&lanes.to_array());
    }
}

/// Eight values from a place that need not be a multiple of eight.
#[inline(always)]
pub(super) fn load<const N: usize>(values: &[f32; N], from: usize) -> f32x8 {
    f32x8::from(std::array::from_fn(|lane| values[from + lane]))
}

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
    libm::log(odds).clamp(-MOST, MOST) as f32
}
