//! Functions of `f64`.

#![allow(clippy::unreadable_literal)]

use super::common::{native, polynomial};
use std::f64::consts::FRAC_2_PI;

native!(
    f64, u64, mantissa 52, bias 1023,
    exp [
        0.5000000000000012, 0.166666666666667, 0.041666666666516056, 0.008333333333307371, 0.0013888888946873236,
        0.00019841269917061439, 2.4801490072378514e-5, 2.755721655724504e-6, 2.763123849108291e-7,
        2.5117788547320462e-8
    ] within -760.0 and 715.0,
    tanh within 20.0,
    ln [
        0.6666666666666731, 0.3999999999943655, 0.2857142873825361, 0.2222219894755462, 0.1818354674455947,
        0.1531446367544584, 0.1479210838238201
    ],
    ln2 0.6931471806019545 + -4.2009150726810846e-11
);

#[inline(always)]
pub fn log2(x: f64) -> f64 {
    // 1/ln 2 in two pieces, the first so short that its product with 21 bits is exact: rounding the product of a
    // logarithm and 1/ln 2 would cost up to another 1.5 ulp.
    const HIGH: f64 = 1.4426946640014648;
    const LOW: f64 = 3.768874985636099e-7;
    let (k, f, half_square, rest) = ln_parts(x);
    let high = f64::from_bits((f - half_square).to_bits() & !0xffff_ffff);
    let low = ((f - high) - half_square) + rest;
    let product = high * HIGH;
    let sum = k + product;
    of_positive(x, sum + (((k - sum) + product) + ((low + high) * LOW + low * HIGH)))
}

/// Up to this magnitude angles are reduced here; multiples of π/2 are then below 2²⁶.
pub const REACH: f64 = 67_108_864.0;

/// x − n·π/2 for whole n below 2²⁶, as a number and what it lacks.
///
/// π/2 in pieces of 27 bits, whose products with n are exact, and one of 53: the nearest to a multiple of π/2 that an x
/// of this reach can be is about 2⁻⁵⁷, and 53 bits of that are needed.
#[inline(always)]
fn reduced(x: f64, n: f64) -> (f64, f64) {
    const PIECES: [f64; 4] = [1.570796325802803, 9.920935739593517e-10, 5.721188709663575e-18, 1.6446256936324258e-26];
    let first = x - n * PIECES[0];
    let (second, lost) = difference(first, n * PIECES[1]);
    let (third, lost_too) = difference(second, n * PIECES[2]);
    let tail = (lost + lost_too) - n * PIECES[3];
    let r = third + tail;
    (r, (third - r) + tail)
}

/// a − b and its rounding error, for |a| ≥ |b| or where nothing is lost.
#[inline(always)]
fn difference(a: f64, b: f64) -> (f64, f64) {
    let d = a - b;
    (d, (a - d) - b)
}

/// The sine of r + tail, |r| ≤ π/2.
#[inline(always)]
fn sine(r: f64, tail: f64) -> f64 {
    let z = r * r;
    let rest = polynomial!(
        z,
        -0.16666666666666666,
        0.008333333333333212,
        -0.0001984126984121534,
        2.7557319212141335e-6,
        -2.505210696102183e-8,
        1.605894397164625e-10,
        -7.643098502609314e-13,
        2.722263214578243e-15
    );
    // The tail counts cos r times, and 1 − 4r²/π² is near enough.
    r + (r * z * rest + tail * (1.0 - z * (FRAC_2_PI * FRAC_2_PI)))
}

/// The cosine of r + tail, |r| ≤ π/4.
#[inline(always)]
fn cosine(r: f64, tail: f64) -> f64 {
    let z = r * r;
    let rest = polynomial!(
        z,
        0.0416666666666666,
        -0.001388888888887425,
        2.4801587289551665e-5,
        -2.755731437040969e-7,
        2.087572552467497e-9,
        -1.1359756004740003e-11
    );
    let half = 0.5 * z;
    let short = 1.0 - half;
    short + (((1.0 - short) - half) + (z * z * rest - r * tail))
}

/// `value`, negated where the lowest bit of the whole number n = `shifted` − 1.5·2⁵² is set.
#[inline(always)]
fn signed(value: f64, shifted: f64) -> f64 {
    f64::from_bits(value.to_bits() ^ (shifted.to_bits() << 63))
}

#[inline(always)]
pub fn sin(x: f64) -> f64 {
    // Of |x|, as the differences of the reduction do not keep the sign of 0.
    let a = x.abs();
    let shifted = a * (0.5 * FRAC_2_PI) + ROUNDER;
    let (r, tail) = reduced(a, 2.0 * (shifted - ROUNDER));
    let sign = x.to_bits() & (1 << 63);
    f64::from_bits(signed(sine(r, tail), shifted).to_bits() ^ sign)
}

/// The sine of x + π/2.
#[inline(always)]
pub fn cos(x: f64) -> f64 {
    let a = x.abs();
    let shifted = (a * (0.5 * FRAC_2_PI) + 0.5) + ROUNDER;
    let (r, tail) = reduced(a, 2.0 * (shifted - ROUNDER) - 1.0);
    signed(sine(r, tail), shifted)
}

#[inline(always)]
pub fn tan(x: f64) -> f64 {
    let a = x.abs();
    let shifted = a * FRAC_2_PI + ROUNDER;
    let (r, tail) = reduced(a, shifted - ROUNDER);
    let (s, c) = (sine(r, tail), cosine(r, tail));
    let odd = shifted.to_bits() & 1 == 1;
    let quotient = if odd { c } else { s } / if odd { s } else { c };
    let sign = x.to_bits() & (1 << 63);
    f64::from_bits(signed(quotient, shifted).to_bits() ^ sign)
}

/// `base` to the power `exponent`, for `base` ≥ 0.
#[inline(always)]
pub fn pow(base: f64, exponent: f64) -> f64 {
    // |base|: −0 is 0, here as in `f32`.
    libm::pow(base.abs(), exponent)
}
