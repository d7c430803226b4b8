//! Functions of `f32`, in `f32` alone: shaders have no wider numbers that could be relied on.

#![allow(clippy::unreadable_literal)]

use super::arcs::arcs;
use super::common::{native, polynomial, reduced};
use super::gauss::gauss;
use super::number::{Number, Truth, Word};
use super::pairs::{pairs, sum};
use super::powers::powers;
use super::quarters::{quarters, two_over_pi, wide_product};
use super::roots::cube_root;
pub use super::roots::hypot;
use std::f64::consts::FRAC_2_PI;

native!(
    f32, u32, mantissa 23, bias 127,
    exp [0.5, 0.1666652, 0.041666206, 0.008368882, 0.0013950454] within -110.0 and 90.0, infinite above 88.72283,
    tanh within 10.0, sinh infinite above 89.41599,
    ln [0.66666776, 0.3997765, 0.29869327],
    ln2 0.69314575 + 1.4286068e-6
);

arcs!(
    half_pi std::f32::consts::FRAC_PI_2 as f64, -4.371139000186241e-8;
    [-0.33333167260152624, 0.19994142492391892, -0.14214243320559436, 0.10679046710152255, -0.07580753093462568, 0.04355505539552621, -0.016581805800276687, 0.0029746732458665374]
);

gauss!(
    nothing beyond 12.0,
    erf [0.12837916591266493, -0.37612627128799037, 0.11283600086411165, -0.02685444038520492, 0.005189526422684535, -0.0008020754469277121, 7.888804181683657e-5],
    middle 2.0,
    erfc [1.2769783810809352, -0.09276357088673248, -0.16603038133971657, 0.1640422907859444, -0.05421855833580503, -0.007947206508497104, 0.008695578207757482, 0.0009485609217626376, -0.001320349441566822]
);

cube_root!(f32, mantissa 23, bias 127, steps 2, of small 16_777_216.0 and 0.00390625);

pairs!(half 0xffff_f000);

#[inline(always)]
pub fn log2<N: Number>(x: N) -> N {
    // 1/ln 2 in two pieces, the first so short that its product with 12 bits is exact.
    const HIGH: f64 = 1.44287109375;
    const LOW: f64 = -0.00017605285393074155;
    let (normal, excess) = normal(x);
    let (k, f, half_square, rest) = ln_parts(normal);
    let k = k - excess;
    let high = first_half(f - half_square);
    let low = ((f - high) - half_square) + rest;
    let product = high * HIGH;
    let sum = k + product;
    of_positive(x, sum + (((k - sum) + product) + ((low + high) * LOW + low * HIGH)))
}

/// log₂ x to some 2⁻³¹ of itself, for finite x > 0: a number and what it lacks.
#[inline(always)]
fn long_log2<N: Number>(x: N) -> (N, N) {
    // 2/ln 2, the first piece so short that its product with 12 bits is exact.
    const PIECES: [f64; 3] = [2.8857421875, -0.0003521442413330078, 3.851926067000022e-8];
    let (normal, excess) = normal(x);
    let (k, f) = mantissa_parts(normal);
    let k = k - excess;
    // s = f/(2+f) in two parts; the divisor has 25 bits.
    let (two_more, rest) = sum(f.number(2.0), f);
    let s = f / two_more;
    let (back, lost) = product(s, two_more);
    let s_low = (((f - back) - lost) - s * rest) / two_more;
    let z = s * s;
    let series = z * polynomial!(z, 0.33333332832417617, 0.20000165907363474, 0.14268743034255324, 0.1178962267893692);
    // 2/ln 2·s·(1 + series)
    let s_high = first_half(s);
    let s_rest = (s - s_high) + s_low;
    let head = s_high * PIECES[0];
    let tail = (s_rest * PIECES[0] + s * PIECES[1]) + s * PIECES[2];
    let (value, low) = sum(head, tail + (head + tail) * series);
    let (all, lost) = sum(k, value);
    (all, lost + low)
}

/// 2 to the power f + low, |f| ≤ ½.
#[inline(always)]
fn near_exp2<N: Number>(f: N, low: N) -> N {
    let f = f + low;
    f.number(1.0)
        + f * polynomial!(
            f,
            0.6931472067117094,
            0.2402265150571901,
            0.0555032721081685,
            0.009617994479819687,
            0.0013400433676443114,
            0.0001547802659214023
        )
}

powers!(f32, u32, within 200.0, infinite from 128.0);

/// Up to this magnitude angles are reduced by pieces of π/2; multiples of π/2 are then below 2¹².
pub const REACH: f32 = 4096.0;

/// π/2 in pieces of 12 bits, whose products with n are exact, and one of 24: the nearest to a multiple of π/2 that an x of
/// this reach can be is about 2⁻²⁷, and 24 bits of that are needed.
const PIECES: [f64; 4] = [1.57080078125, -4.453584551811218e-6, -8.706138032721356e-10, 6.223371969669989e-14];

/// The sine of r + tail, |r| ≤ π/4.
#[inline(always)]
fn sine<N: Number>(r: N, tail: N) -> N {
    let z = r * r;
    let rest =
        polynomial!(z, -0.16666666641641173, 0.00833332938681936, -0.00019839334995223721, 2.7183121397176126e-6);
    r + (r * z * rest + tail)
}

/// The cosine of r + tail, |r| ≤ π/4.
#[inline(always)]
fn cosine<N: Number>(r: N, tail: N) -> N {
    let z = r * r;
    let rest = polynomial!(z, 0.04166664688572036, -0.0013887368246710025, 2.4438518285398264e-5);
    let (one, half) = (r.number(1.0), z * 0.5);
    let short = one - half;
    short + (((one - short) - half) + (z * z * rest - r * tail))
}

/// |x| = r + tail + n·π/2, n by its lowest bits. For |x| up to [`REACH`].
#[inline(always)]
fn near_quadrant<N: Number>(x: N) -> (N, N, N::Word) {
    // Of |x|, as the differences of the reduction do not keep the sign of 0.
    let a = x.size();
    let shifted = a * FRAC_2_PI + ROUNDER;
    let (r, tail) = reduced(a, shifted - ROUNDER, PIECES);
    (r, tail, shifted.bits())
}

#[inline(always)]
pub fn sin<N: Number>(x: N) -> N {
    sine_of(x, near_quadrant(x))
}

#[inline(always)]
pub fn cos<N: Number>(x: N) -> N {
    cosine_of(x, near_quadrant(x))
}

#[inline(always)]
pub fn tan<N: Number>(x: N) -> N {
    tangent_of(x, near_quadrant(x))
}

quarters!(f32, mantissa 23, bias 127, half_pi 1.5707963705062866, -4.371139000186241e-8, words 8 of 32);
