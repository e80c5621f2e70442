//! The rungs that rates stand on, and their numbers side by side.

#![expect(clippy::indexing_slicing, reason = "the sizes of all arrays and all places in them are constants")]

use wide::f32x8;

/// Rungs of usual rates.
pub(super) const RUNGS: usize = 24;
/// Rungs that creep may climb: up to 4.5 times the usual rate.
pub(super) const CLIMBS: usize = 6;
/// Distance of two rungs in the logarithm of the rate.
pub(super) const RUNG: f64 = 0.25;
/// The rates of rungs, from `bottom` on.
pub(super) fn rates_from<const N: usize>(bottom: i16) -> [f64; N] {
    /// e^0.25, one rung.
    const RATIO: f64 = 1.284_025_416_687_741_4;
    let mut rate = libm::exp(RUNG * f64::from(bottom));
    std::array::from_fn(|_| {
        let this = rate;
        rate *= RATIO;
        this
    })
}

/// Eight values from a place that need not be a multiple of eight.
#[inline(always)]
pub(super) fn load<const N: usize>(values: &[f32; N], from: usize) -> f32x8 {
    f32x8::from(std::array::from_fn(|lane| values[from + lane]))
}
