//! Functions of `f64`.

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
    f64, u64, mantissa 52, bias 1023,
    exp [
        0.5000000000000012, 0.166666666666667, 0.041666666666516056, 0.008333333333307371, 0.0013888888946873236,
        0.00019841269917061439, 2.4801490072378514e-5, 2.755721655724504e-6, 2.763123849108291e-7,
        2.5117788547320462e-8
    ] within -760.0 and 715.0, infinite above 709.782712893384,
    tanh within 20.0, sinh infinite above 710.4758600739439,
    ln [
        0.6666666666666731, 0.3999999999943655, 0.2857142873825361, 0.2222219894755462, 0.1818354674455947,
        0.1531446367544584, 0.1479210838238201
    ],
    ln2 0.6931471806019545 + -4.2009150726810846e-11
);

arcs!(
    half_pi std::f64::consts::FRAC_PI_2, 6.123233995736766e-17;
    [-0.333333333333331, 0.19999999999955811, -0.14285714282819237, 0.11111111014060734, -0.09090907125365053, 0.07692281247967597, -0.06666415432292389, 0.05880594825228443, -0.0525381448850291, 0.04723320290867827, -0.04221780596607369, 0.03669466402793158, -0.029987168829476326, 0.022086887117293293, -0.01399642761191847, 0.007264251719667872, -0.0029197421669615695, 0.0008436061582875057, -0.0001548193340741084, 1.3491125094892678e-5]
);

gauss!(
    nothing beyond 30.0,
    erf [0.12837916709551256, -0.3761263890318355, 0.11283791670945242, -0.02686617064327441, 0.0052239776074084684, -0.0008548325988966362, 0.00012055295298284735, -1.49247442296118e-5, 1.6447512240205422e-6, -1.6209133619322388e-7, 1.3722790575991343e-8, -7.800837202856508e-10],
    middle 4.0,
    erfc [1.2329951186255526, -0.1396211168405625, 0.015379652102618992, 0.06809705425469025, -0.10103906603625123, 0.09373283499845335, -0.06633036581367349, 0.03716751553541471, -0.01619773403741066, 0.0050319700011162705, -0.0007577734548345705, -0.00019925685433481403, 0.0001506225215593052, -2.439849613623101e-5, -1.1224801336955818e-5, 5.707577277357134e-6, 2.996655493294112e-7, -8.211328029240729e-7, 6.693274365203085e-8, 1.0461156923146363e-7, -1.2191121317561187e-8, -1.0133868697947074e-8]
);

cube_root!(f64, mantissa 52, bias 1023, steps 3, of small 18_014_398_509_481_984.0 and 3.814697265625e-6);

pairs!(half 0xffff_ffff_f800_0000);

#[inline(always)]
pub fn log2<N: Number>(x: N) -> N {
    // 1/ln 2 in two pieces, the first so short that its product with 21 bits is exact: rounding the product of a
    // logarithm and 1/ln 2 would cost up to another 1.5 ulp.
    const HIGH: f64 = 1.4426946640014648;
    const LOW: f64 = 3.768874985636099e-7;
    let (normal, excess) = normal(x);
    let (k, f, half_square, rest) = ln_parts(normal);
    let k = k - excess;
    let high = ((f - half_square).bits() & x.word(!0xffff_ffff)).as_number();
    let low = ((f - high) - half_square) + rest;
    let product = high * HIGH;
    let sum = k + product;
    of_positive(x, sum + (((k - sum) + product) + ((low + high) * LOW + low * HIGH)))
}

/// a·b of numbers in two parts.
#[inline(always)]
fn long_product<N: Number>((a, a_low): (N, N), (b, b_low): (N, N)) -> (N, N) {
    let (value, lost) = product(a, b);
    (value, lost + (a * b_low + a_low * b))
}

/// a + b of numbers in two parts, for |a| ≥ |b|.
#[inline(always)]
fn long_sum<N: Number>((a, a_low): (N, N), (b, b_low): (N, N)) -> (N, N) {
    let (value, lost) = sum(a, b);
    (value, lost + (a_low + b_low))
}

/// log₂ x to some 2⁻⁶⁸ of itself, for finite x > 0: a number and what it lacks.
#[inline(always)]
fn long_log2<N: Number>(x: N) -> (N, N) {
    let (normal, excess) = normal(x);
    let (k, f) = mantissa_parts(normal);
    let k = k - excess;
    let long = |[value, lost]: [f64; 2]| (x.number(value), x.number(lost));
    // s = f/(2+f) in two parts, and its square.
    let (two_more, rest) = sum(f.number(2.0), f);
    let s = f / two_more;
    let (back, lost) = product(s, two_more);
    let s = (s, (((f - back) - lost) - s * rest) / two_more);
    let z = long_product(s, s);
    // artanh(s)/s − 1 = z/3 + z²/5 + …, the first two terms in two parts.
    let rest = z.0
        * polynomial!(
            z.0,
            0.1428571428571426,
            0.11111111111126405,
            0.0909090908723092,
            0.07692308166046527,
            0.06666630550205602,
            0.058840338576072175,
            0.05216340605817655,
            0.05473276781109701
        );
    let inner = long_sum(long([0.2, -1.1102230246251566e-17]), (rest, x.number(0.0)));
    let outer = long_sum(long([0.3333333333333333, 1.850371707708594e-17]), long_product(inner, z));
    let series = long_product(outer, z);
    // 2/ln 2·s·(1 + series)
    let head = long_product(s, long([2.8853900817779268, 4.0710547481862066e-17]));
    let log = long_sum(head, long_product(head, series));
    long_sum((k, x.number(0.0)), log)
}

/// 2 to the power f + low, |f| ≤ ½.
#[inline(always)]
fn near_exp2<N: Number>(f: N, low: N) -> N {
    const LN_2: f64 = std::f64::consts::LN_2;
    const LOST: f64 = 2.3190468138462996e-17;
    // As much of the latter into the former as fits: what is left counts once, and not exp(r) times.
    let (f, low) = sum(f, low);
    let (r, r_low) = product(f, f.number(LN_2));
    let r_low = r_low + (f * LOST + low * LN_2);
    let (value, lost) = sum(f.number(1.0), r);
    value + (lost + (r_low + exp_tail(r)))
}

powers!(f64, u64, within 2000.0, infinite from 1024.0);

/// Up to this magnitude angles are reduced here; multiples of π/2 are then below 2²⁶.
pub const REACH: f64 = 67_108_864.0;

/// π/2 in pieces of 27 bits, whose products with n are exact, and one of 53: the nearest to a multiple of π/2 that an x
/// of this reach can be is about 2⁻⁵⁷, and 53 bits of that are needed.
const PIECES: [f64; 4] = [1.570796325802803, 9.920935739593517e-10, 5.721188709663575e-18, 1.6446256936324258e-26];

/// The sine of r + tail, |r| ≤ π/2.
#[inline(always)]
fn sine<N: Number>(r: N, tail: N) -> N {
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
    r + (r * z * rest + tail * (r.number(1.0) - z * (FRAC_2_PI * FRAC_2_PI)))
}

/// The cosine of r + tail, |r| ≤ π/4.
#[inline(always)]
fn cosine<N: Number>(r: N, tail: N) -> N {
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
    let (one, half) = (r.number(1.0), z * 0.5);
    let short = one - half;
    short + (((one - short) - half) + (z * z * rest - r * tail))
}

#[inline(always)]
pub fn sin<N: Number>(x: N) -> N {
    // Of |x|, as the differences of the reduction do not keep the sign of 0.
    let a = x.size();
    let shifted = a * (0.5 * FRAC_2_PI) + ROUNDER;
    let (r, tail) = reduced(a, (shifted - ROUNDER) * 2.0, PIECES);
    (signed(sine(r, tail), shifted.bits()).bits() ^ x.sign()).as_number()
}

/// The sine of x + π/2.
#[inline(always)]
pub fn cos<N: Number>(x: N) -> N {
    let a = x.size();
    let shifted = (a * (0.5 * FRAC_2_PI) + 0.5) + ROUNDER;
    let (r, tail) = reduced(a, (shifted - ROUNDER) * 2.0 - 1.0, PIECES);
    signed(sine(r, tail), shifted.bits())
}

#[inline(always)]
pub fn tan<N: Number>(x: N) -> N {
    let a = x.size();
    let shifted = a * FRAC_2_PI + ROUNDER;
    let (r, tail) = reduced(a, shifted - ROUNDER, PIECES);
    let (s, c) = (sine(r, tail), cosine(r, tail));
    let odd = x.word(0).is_less(shifted.bits() & x.word(1));
    let quotient = N::choose(odd, c, s) / N::choose(odd, s, c);
    (signed(quotient, shifted.bits()).bits() ^ x.sign()).as_number()
}

quarters!(f64, mantissa 52, bias 1023, half_pi std::f64::consts::FRAC_PI_2, 6.123233995736766e-17, words 20 of 64);
