//! One signal of one account: its filter, its own rate, its scatter, and what is suspected of it.

use super::SILENT_WEEKS;
use super::suspicion::{CALM, Suspicion};
use crate::calendar::Week;
use crate::filter::{Ladder, Likelihood, Observation, narrow};
use crate::signals::{SignalId, Value, Watch};

/// What is forgotten of an account's own sums in a week.
const KEPT: f64 = 0.99;
/// How many requests, or hours, the population's spread counts for beside an account's own.
const SPREAD_PRIOR: f64 = 10.0;
const SPREAD_RANGE: (f64, f64) = (0.15, 50.0);
/// How many four-week sums "as irregular as chance" counts for.
const REGULARITY_PRIOR: f32 = 6.0;
const REGULARITY_KEPT: f32 = 0.97;
/// Weeks at even odds or more, without a further climb, after which a level is the new usual.
const STANDING_WEEKS: u8 = 26;
/// Rungs that make a further climb.
const CLIMBED: f32 = 0.75;
/// Standard deviations at which a first value is far from the defaults.
const FAR: f64 = 2.0;
/// Score of a series that has just settled, and of one that never had a score.
pub const SILENT: f32 = -14.0;
/// What a series has to know of the population: the same in every shard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Common {
    /// Mean of the logarithms of the accounts' rates.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Whether those are the population's own, and not the defaults.
    pub is_known: bool,
    /// The population's rate; 1 before it is known.
    pub rate: f64,
    /// Its spread, as a sum of squares over degrees of freedom, each times the rate.
    pub spread: f64,
    /// How all accounts moved together this week.
    pub factor: f64,
}

impl Common {
    /// What the filter of a series begins with.
    pub fn prior(&self) -> Prior {
        Prior { mean: self.mean, deviation: self.deviation }
    }

    /// What is known of a population before anything was seen of it.
    pub fn fresh(watch: &Watch) -> Self {
        let Watch { mean, deviation, spread, .. } = *watch;
        Self { mean, deviation, is_known: false, rate: 1.0, spread, factor: 1.0 }
    }
}

/// How the logarithms of the accounts' rates were spread when an account began: what its filter begins with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation.
    pub deviation: f64,
}

/// One signal of one account.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// The signal it is of.
    pub signal: SignalId,
    /// The filter: probabilities of usual rates and of what is above them.
    pub ladder: Ladder,
    /// Weeks measured.
    pub weeks: u16,
    /// Decayed sums of value and exposure.
    pub(super) sum: f64,
    pub(super) exposure: f64,
    /// Decayed squares around the mean of the same week, and their degrees of freedom.
    pub(super) squares: f64,
    pub(super) freedom: f64,
    pub(super) regularity: Regularity,
    /// The newest log-odds.
    pub score: f32,
    /// The usual rate by then.
    pub usual: f32,
    /// The last week in which nothing was suspected.
    pub calm: Week,
    /// Weeks at even odds since it last climbed.
    pub(super) standing: u8,
    /// How far it had climbed then, in rungs.
    pub(super) climbed: f32,
    /// Weeks in a row below [`LOW`](super::LOW).
    pub low_weeks: u8,
    /// How many thresholds of the governor would have opened since it was last low.
    pub opened: u8,
    /// What is kept while it may be rising.
    pub suspicion: Option<Box<Suspicion>>,
}

/// How regular a calendar is: scatter of its four-week sums over that of chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Regularity {
    /// Decayed sums of squared differences, in units of chance, and of how many there were.
    pub(super) differences: f32,
    pub(super) pairs: f32,
    /// The four weeks under way: which, value and exposure.
    pub(super) four: i32,
    pub(super) sum: f32,
    pub(super) exposure: f32,
    /// The rate of the four weeks before; NaN: they were not measured.
    pub(super) before: f32,
}

/// What a closed week of a series tells.
#[derive(Clone, Copy, Debug)]
pub struct Closed {
    /// Log-odds of a rise.
    pub score: f32,
    /// The usual rate.
    pub usual: f32,
    /// Squares around the week's mean, for the population's spread.
    pub squares: f64,
    /// Their degrees of freedom, times the rate.
    pub freedom: f64,
    /// Whether the level became the new usual in this week.
    pub settled: bool,
}

impl Series {
    /// A series that begins in `week`.
    pub fn new(signal: SignalId, week: Week, prior: &Prior) -> Self {
        Self {
            signal,
            ladder: Ladder::new(prior.mean, prior.deviation),
            weeks: 0,
            sum: 0.0,
            exposure: 0.0,
            squares: 0.0,
            freedom: 0.0,
            regularity: Regularity {
                differences: 0.0,
                pairs: 0.0,
                four: i32::MIN,
                sum: 0.0,
                exposure: 0.0,
                before: f32::NAN,
            },
            score: SILENT,
            usual: 0.0,
            calm: week,
            standing: 0,
            climbed: 0.0,
            low_weeks: 0,
            opened: 0,
            suspicion: None,
        }
    }

    /// Its own rate, drawn to the population's: m = (X + p) / (N + 1).
    pub fn rate(&self, common: &Common) -> f64 {
        (self.sum + common.rate) / (self.exposure + 1.0)
    }

    /// ln(X / N + 0.02), for the population's prior; none before eight weeks.
    pub fn log_rate(&self) -> Option<f64> {
        (self.weeks >= 8 && self.exposure > 0.0).then(|| libm::log(self.sum / self.exposure + 0.02))
    }

    /// Whether it has a score that means something.
    pub fn has_score(&self) -> bool {
        self.weeks > SILENT_WEEKS
    }

    /// Whether `value` looks like more than usual, so that what it rests on is worth keeping until the week is closed.
    pub fn may_rise(&self, value: &Value) -> bool {
        let usual = self.usual * value.exposure;
        self.weeks >= SILENT_WEEKS / 2 && (self.score > CALM - 0.5 || value.sum > 1.5 * usual + 1.0)
    }

    /// Takes a week in that has something to measure.
    pub fn close(
        &mut self,
        watch: &Watch,
        common: &Common,
        week: Week,
        value: &Value,
        likelihood: &mut Likelihood,
    ) -> Closed {
        let (x, e, q) = (f64::from(value.sum), f64::from(value.exposure), f64::from(value.squares));
        if self.weeks == 0 && !common.is_known {
            self.ladder = first_ladder(common, x / e);
        }
        let least = self.rate(common).max(0.05);
        // The spread, as it was known before this week.
        let spread = if watch.learns { self.spread(watch, common, least) } else { watch.spread };
        let (squares, freedom) = match (watch.learns, watch.by_request) {
            (false, _) => (0.0, 0.0),
            (true, true) => ((q - x * x / e.max(1.0)).max(0.0), (e - 1.0).max(0.0)),
            (true, false) => (q, x),
        };
        self.squares = KEPT * self.squares + squares;
        self.freedom = KEPT * self.freedom + freedom;
        self.sum = KEPT * self.sum + x;
        self.exposure = KEPT * self.exposure + e * common.factor;
        self.weeks = self.weeks.saturating_add(1);
        let regular = if watch.is_calendar {
            self.regular(watch, week, x / spread, e * common.factor, spread)
        } else {
            1.0
        };
        // In steps, so that many accounts share what is computed for one of them.
        let (spread, regular) = (stepped(spread), stepped(regular));
        let seen = Observation {
            bottom: self.ladder.bottom(),
            value: x / (spread * regular),
            exposure: e * common.factor / (spread * regular),
            shape: watch.shape / regular,
        };
        let found = self.ladder.step(likelihood.weights(&seen, watch.is_count), watch.dips);
        (self.score, self.usual) = (found.score, found.usual);
        if found.score < CALM {
            self.calm = week;
        }
        let settled = self.stands();
        let freedom = freedom * if watch.by_request { least } else { 1.0 };
        Closed { score: found.score, usual: found.usual, squares, freedom, settled }
    }

    /// Whether the level became the new usual in the newest week, whose score it was told with.
    pub fn has_just_settled(&self, score: Option<f64>) -> bool {
        self.score == SILENT && score.is_some_and(|score| score > 0.0)
    }

    /// The level of now is the usual one from now on.
    pub fn settle(&mut self) {
        self.ladder.settle();
        (self.standing, self.climbed, self.score) = (0, 0.0, SILENT);
        (self.low_weeks, self.opened) = (0, 0);
    }

    /// Variance over mean of what is counted, drawn to the population's.
    fn spread(&self, watch: &Watch, common: &Common, least: f64) -> f64 {
        let scale = if watch.by_request { least } else { 1.0 };
        let spread =
            (self.squares + SPREAD_PRIOR * common.spread * scale) / ((self.freedom + SPREAD_PRIOR) * scale);
        spread.clamp(SPREAD_RANGE.0, SPREAD_RANGE.1)
    }

    /// The scatter of this calendar over that of chance, known before this week; takes the week in.
    fn regular(&mut self, watch: &Watch, week: Week, x: f64, exposure: f64, spread: f64) -> f64 {
        let held = &mut self.regularity;
        let regular =
            ((held.differences + REGULARITY_PRIOR) / (held.pairs + REGULARITY_PRIOR)).clamp(0.3, 1.0);
        let four = (week + 2).div_euclid(4);
        if held.four != four {
            // The end of the four weeks before was slept through.
            *held = Regularity { four, sum: 0.0, exposure: 0.0, before: f32::NAN, ..*held };
        }
        held.sum += narrow(x);
        held.exposure += narrow(exposure);
        if (week + 2).rem_euclid(4) == 3 {
            let rate = if held.exposure > 1.6 { held.sum / held.exposure } else { f32::NAN };
            let mean = narrow((self.sum / spread + 0.3) / (self.exposure + 0.3));
            let variance = (mean + mean * mean / narrow(watch.shape)) / 4.0;
            let difference = 0.5 * (rate - held.before) * (rate - held.before);
            if difference.is_finite() {
                let most = 4.0 * variance;
                let bounded = if difference < most { difference } else { most };
                held.differences = REGULARITY_KEPT * held.differences + bounded / variance;
                held.pairs = REGULARITY_KEPT * held.pairs + 1.0;
            }
            (held.before, held.sum, held.exposure, held.four) = (rate, 0.0, 0.0, four + 1);
        }
        f64::from(regular)
    }

    /// Counts the weeks of a level that stays; whether it is the new usual. It then settles.
    fn stands(&mut self) -> bool {
        let is_high = self.score > 0.0;
        if is_high || self.climbed > 0.0 {
            let climbed = narrow(self.ladder.climbed());
            if is_high && climbed > self.climbed + CLIMBED {
                (self.standing, self.climbed) = (0, climbed);
                return false;
            }
        }
        if is_high {
            self.standing = self.standing.saturating_add(1);
        } else if self.score < -1.0 {
            (self.standing, self.climbed) = (0, 0.0);
        }
        let settled = self.standing >= STANDING_WEEKS;
        if settled {
            self.settle();
        }
        settled
    }
}

/// A ladder to begin with while nothing is known of the population but the defaults. Where the first value is far above
/// them, they are of another trade: the ladder reaches from them to it.
fn first_ladder(common: &Common, rate: f64) -> Ladder {
    let own = libm::log(rate + 0.02);
    let above = own - common.mean;
    if above < FAR * common.deviation {
        return Ladder::new(common.mean, common.deviation);
    }
    Ladder::new(common.mean + above / 2.0, (above / 2.0).max(common.deviation))
}

/// The nearest value of seven binary digits, within 0.8 %.
fn stepped(value: f64) -> f64 {
    const DROPPED: u32 = 17;
    f64::from(f32::from_bits((narrow(value).to_bits() + (1 << (DROPPED - 1))) >> DROPPED << DROPPED))
}
