//! Functions of `f32`.

#![allow(clippy::unreadable_literal)]

use super::common::{native, polynomial};
use std::f64::consts::FRAC_2_PI;

native!(
    f32, u32, mantissa 23, bias 127,
    exp [0.5, 0.1666652, 0.041666206, 0.008368882, 0.0013950454] within -110.0 and 90.0,
    tanh within 10.0,
    ln [0.66666776, 0.3997765, 0.29869327],
    ln2 0.69314575 + 1.4286068e-6
);

/// Added and taken away, it rounds an `f64` to a whole number, which can be read from the bits in between.
const WIDE_ROUNDER: f64 = 1.5 * (1_u64 << 52) as f64;

/// log₂ x to 2⁻³⁶ of itself.
#[inline(always)]
fn wide_log2(x: f32) -> f64 {
    const ROOT_BITS: u64 = std::f64::consts::FRAC_1_SQRT_2.to_bits();
    const WHOLE: f64 = (1_u64 << 52) as f64;
    // Every `f32` but 0 is a normal number here.
    let wide = f64::from(x);
    let relative = wide.to_bits().wrapping_sub(ROOT_BITS).wrapping_add(1023 << 52);
    let k = f64::from_bits(WHOLE.to_bits() + (relative >> 52)) - (WHOLE + 1023.0);
    let f = f64::from_bits((relative & ((1 << 52) - 1)) + ROOT_BITS) - 1.0;
    let s = f / (2.0 + f);
    let z = s * s;
    let series = polynomial!(
        z,
        2.0 * std::f64::consts::LOG2_E,
        0.9617966794726033,
        0.577082803430196,
        0.4117088963047819,
        0.340176603457087
    );
    let value = if wide < f64::INFINITY { k + s * series } else { wide };
    let value = if wide == 0.0 { -f64::INFINITY } else { value };
    if wide < 0.0 { f64::NAN } else { value }
}

#[inline(always)]
pub fn log2(x: f32) -> f32 {
    wide_log2(x) as f32
}

/// `base` to the power `exponent`, for `base` ≥ 0.
#[inline(always)]
pub fn pow(base: f32, exponent: f32) -> f32 {
    let power = f64::from(exponent) * wide_log2(base);
    let power = if power > 200.0 { 200.0 } else { power };
    let power = if power < -200.0 { -200.0 } else { power };
    let shifted = power + WIDE_ROUNDER;
    let f = power - (shifted - WIDE_ROUNDER);
    let fraction = polynomial!(
        f,
        0.999999999918894,
        0.6931472067117094,
        0.2402265150571901,
        0.0555032721081685,
        0.009617994479819687,
        0.0013400433676443114,
        0.0001547802659214023
    );
    let scale = f64::from_bits(shifted.to_bits().wrapping_sub(WIDE_ROUNDER.to_bits()).wrapping_add(1023) << 52);
    // Of a number that is none, too, as IEEE has it.
    if exponent == 0.0 || base == 1.0 { 1.0 } else { (fraction * scale) as f32 }
}

/// Up to this magnitude angles are reduced here; multiples of π/2 are then below 2²⁴.
pub const REACH: f32 = 16_777_216.0;

/// x − n·π/2 for whole n below 2²⁴: the first piece of π/2 has 29 bits, so that its product with n is exact.
#[inline(always)]
fn reduced(x: f64, n: f64) -> f64 {
    (x - n * 1.570796325802803) - n * 9.920935796805404e-10
}

/// The sine of |r| ≤ π/2 to 2⁻³⁵ of itself.
#[inline(always)]
fn sine(r: f64) -> f64 {
    let z = r * r;
    r * polynomial!(
        z,
        1.0,
        -0.16666666631805022,
        0.008333331326391987,
        -0.00019840894451155977,
        2.752663539965208e-6,
        -2.390951983011941e-8
    )
}

/// The cosine of |r| ≤ π/4.
#[inline(always)]
fn cosine(r: f64) -> f64 {
    let z = r * r;
    polynomial!(z, 1.0, -0.5, 0.04166664688572036, -0.0013887368246710025, 2.4438518285398264e-5)
}

/// `value`, negated where the lowest bit of the whole number n = `shifted` − 1.5·2⁵² is set.
#[inline(always)]
fn signed(value: f64, shifted: f64) -> f64 {
    f64::from_bits(value.to_bits() ^ (shifted.to_bits() << 63))
}

#[inline(always)]
pub fn sin(x: f32) -> f32 {
    let x = f64::from(x);
    let shifted = x * (0.5 * FRAC_2_PI) + WIDE_ROUNDER;
    signed(sine(reduced(x, 2.0 * (shifted - WIDE_ROUNDER))), shifted) as f32
}

/// The sine of x + π/2.
#[inline(always)]
pub fn cos(x: f32) -> f32 {
    let x = f64::from(x);
    let shifted = (x * (0.5 * FRAC_2_PI) + 0.5) + WIDE_ROUNDER;
    signed(sine(reduced(x, 2.0 * (shifted - WIDE_ROUNDER) - 1.0)), shifted) as f32
}

#[inline(always)]
pub fn tan(x: f32) -> f32 {
    let x = f64::from(x);
    let shifted = x * FRAC_2_PI + WIDE_ROUNDER;
    let r = reduced(x, shifted - WIDE_ROUNDER);
    let (s, c) = (sine(r), cosine(r));
    let odd = shifted.to_bits() & 1 == 1;
    let quotient = if odd { c } else { s } / if odd { s } else { c };
    signed(quotient, shifted) as f32
}
