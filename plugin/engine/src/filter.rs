//! The filter of the rise watch by itself: numbers in, probabilities out. It knows no signals and no accounts.
//!
//! `arithmetic.rs` gives the same bits everywhere, `rungs.rs` is the scale of rates, `likelihood.rs` weighs a week on it, and
//! `ladder.rs` moves the probabilities on. The method, its figures and what was tried: `plugin/DETECTION.md`.

mod arithmetic;
mod ladder;
mod likelihood;
mod rungs;

pub use arithmetic::narrow;
pub(crate) use arithmetic::{pack_rate, unpack_rate};
pub use ladder::{Dips, Ladder};
pub use likelihood::{Likelihood, Observation};
