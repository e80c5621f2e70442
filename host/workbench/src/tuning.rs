//! What a policy would have done: logs replayed under policies, compared, and a policy made from them.
//!
//! Nothing here simulates the plugin: every figure comes from the real engine, which lives through the log again. How it
//! is shown is decided in `render`.

pub mod backtest;
pub mod calibrate;
mod census;
mod episode;
mod replay;

pub use self::backtest::{Backtest, Numbers, Side};
pub use self::calibrate::{Ask, Calibration, calibrate};
pub use self::census::Census;
pub use self::episode::{Episode, Episodes, Kind};
pub use self::replay::{Replay, YEAR_DAYS};

/// A count as a number to calculate with; counts here are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "no log has 2^53 alerts or milliseconds worth telling apart")]
fn number(count: i64) -> f64 {
    count as f64
}

/// As [`number`], of what a collection holds.
fn many(count: usize) -> f64 {
    number(i64::try_from(count).unwrap_or(i64::MAX))
}

/// How many alerts they are, as a number to calculate with.
pub(crate) fn alerts_of(numbers: &Numbers) -> f64 {
    many(numbers.alerts)
}

/// `part` of `whole`; 0 of nothing.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
