//! Arithmetic of the filter in 32 bits: the same bits on every target, eight values at once.
//!
//! Only sums, products and quotients, in a fixed order and never fused: those are exact to the last bit everywhere,
//! which `std`'s logarithm and exponential are not.

use wide::{f32x8, i32x8};

/// The nearest number of 32 bits.
#[inline(always)]
pub fn narrow(number: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the one place where digits are dropped on purpose"
    )]
    return number as f32;
}

/// Values that are worked on together.
pub(super) const LANES: usize = 8;

/// The smallest probability that is kept. What is smaller would become a denormal number, which costs a factor of two,
/// and is of no consequence: the least likely way up is at 1e-6 a week.
pub(super) const FLOOR: f32 = 1e-18;

/// The natural logarithm of positive, normal numbers; relative error about 1e-7. The polynomial is that of `logf` in
/// Moshier's Cephes library.
#[inline(always)]
pub(super) fn ln(x: f32x8) -> f32x8 {
    let bits: i32x8 = cast(x);
    let exponent = (bits >> 23_i32) - i32x8::splat(127);
    let mantissa: f32x8 = uncast((bits & i32x8::splat(0x7f_ffff)) | i32x8::splat(0x3f80_0000));
    let is_high = mantissa.simd_gt(f32x8::splat(std::f32::consts::SQRT_2));
    let mantissa = is_high.select(mantissa * 0.5, mantissa);
    let exponent = f32x8::from_i32x8(exponent) + is_high.select(f32x8::ONE, f32x8::ZERO);
    let f = mantissa - 1.0;
    let square = f * f;
    let mut series = f32x8::splat(7.037_683_6e-2);
    for coefficient in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        series = series * f + coefficient;
    }
    series * f * square - square * 0.5 + f + exponent * std::f32::consts::LN_2
}

/// e to the power of `x`, for `x` at most 0; from -41 on down 2^-60. Relative error about 2e-7.
#[inline(always)]
pub(super) fn exp(x: f32x8) -> f32x8 {
    // Adding it rounds to a whole number, and leaves that in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let scaled = max(x * std::f32::consts::LOG2_E, f32x8::splat(-60.0));
    let shifted = scaled + ROUND;
    let f = (scaled - (shifted - ROUND)) * std::f32::consts::LN_2;
    let mut series = f32x8::splat(1.388_888_9e-3);
    for coefficient in [8.333_334e-3, 4.166_666_8e-2, 1.666_666_7e-1, 0.5, 1.0, 1.0] {
        series = series * f + coefficient;
    }
    let power: f32x8 = uncast((cast(shifted) + i32x8::splat(127)) << 23_i32);
    series * power
}

/// The greater of both in each lane; neither is NaN.
#[inline(always)]
pub(super) fn max(a: f32x8, b: f32x8) -> f32x8 {
    a.simd_gt(b).select(a, b)
}

/// The lanes added up, in a fixed order.
#[inline(always)]
pub(super) fn sum(x: f32x8) -> f32 {
    let [a, b, c, d, e, f, g, h] = x.to_array();
    ((a + e) + (c + g)) + ((b + f) + (d + h))
}

/// A probability in 16 bits: 6 of exponent, 10 of mantissa, from 2^-60 up. Relative error at most 2^-11.
#[inline(always)]
pub(super) fn pack(probability: f32) -> u16 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "at most 1 and at least the floor: 2^16 is not reached"
    )]
    return (probability.to_bits().wrapping_sub(PACKED_FROM).wrapping_add(1 << 12) >> 13) as u16;
}

/// A packed probability.
#[inline(always)]
pub(super) fn unpack(packed: u16) -> f32 {
    f32::from_bits((u32::from(packed) << 13) + PACKED_FROM)
}

/// A rate in 16 bits, as [`pack`], from 2^-30 to 2^33. Relative error at most 2^-11.
pub(crate) fn pack_rate(rate: f32) -> u16 {
    let bits = rate.clamp(LEAST_RATE, MOST_RATE).to_bits() - LEAST_RATE.to_bits();
    #[expect(clippy::cast_possible_truncation, reason = "2^63 times the least are 63 of 64 exponents")]
    return ((bits + (1 << 12)) >> 13) as u16;
}

/// A packed rate.
pub(crate) fn unpack_rate(packed: u16) -> f32 {
    f32::from_bits((u32::from(packed) << 13) + LEAST_RATE.to_bits())
}

/// 2^-30 and 2^33.
const LEAST_RATE: f32 = f32::from_bits(97 << 23);
const MOST_RATE: f32 = f32::from_bits(160 << 23);

/// The bits of 2^-60.
const PACKED_FROM: u32 = 67 << 23;

#[inline(always)]
fn cast(x: f32x8) -> i32x8 {
    i32x8::from(x.to_array().map(|lane| lane.to_bits().cast_signed()))
}

#[inline(always)]
fn uncast(x: i32x8) -> f32x8 {
    f32x8::from(x.to_array().map(|lane| f32::from_bits(lane.cast_unsigned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn each(function: fn(f32x8) -> f32x8, x: f32) -> f64 {
        f64::from(function(f32x8::splat(x)).to_array()[3])
    }

    #[test]
    fn logarithm_and_exponential_are_close() {
        for step in -4000..4000 {
            let x = narrow(libm::exp(f64::from(step) / 100.0));
            let (found, exact) = (each(ln, x), libm::log(f64::from(x)));
            assert!((found - exact).abs() <= 3e-7 * exact.abs().max(1.0), "ln {x}: {found}, {exact}");
        }
        for step in 0..41_000 {
            let x = -step as f32 / 1000.0;
            let (found, exact) = (each(exp, x), libm::exp(f64::from(x)));
            assert!((found / exact - 1.0).abs() < 3e-6, "exp {x}: {found}, {exact}");
        }
        assert_eq!(each(exp, -1e30), 2f64.powi(-60));
        assert_eq!(each(exp, 0.0), 1.0);
    }

    #[test]
    fn rates_keep_three_digits() {
        for step in -2000..2200 {
            let rate = narrow(libm::exp(f64::from(step) / 100.0));
            let again = unpack_rate(pack_rate(rate));
            assert!((again / rate - 1.0).abs() <= 1.0 / 2048.0, "{rate} became {again}");
        }
        assert!(pack_rate(f32::MAX) < u16::MAX && unpack_rate(pack_rate(0.0)) > 0.0);
    }

    #[test]
    fn sixteen_bits_keep_three_digits() {
        let mut p = 1.0;
        while p > FLOOR {
            let again = unpack(pack(p));
            assert!((again / p - 1.0).abs() <= 1.0 / 2048.0, "{p} became {again}");
            p *= 0.97;
        }
        assert_eq!(unpack(pack(1.0)), 1.0);
        assert!(unpack(pack(FLOOR)) > 0.0);
    }
}
