//! Functions of `f32`, in `f32` alone: shaders have no wider numbers that could be relied on.

#![allow(clippy::unreadable_literal)]

use super::arcs::arcs;
use super::common::{native, polynomial, reduced};
use super::gauss::gauss;
use super::number::{Number, Truth, Word};
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
    half 0xffff_f000, nothing beyond 12.0,
    erf [0.12837916591266493, -0.37612627128799037, 0.11283600086411165, -0.02685444038520492, 0.005189526422684535, -0.0008020754469277121, 7.888804181683657e-5],
    middle 2.0,
    erfc [1.2769783810809352, -0.09276357088673248, -0.16603038133971657, 0.1640422907859444, -0.05421855833580503, -0.007947206508497104, 0.008695578207757482, 0.0009485609217626376, -0.001320349441566822]
);

cube_root!(f32, mantissa 23, bias 127, steps 2, of small 16_777_216.0 and 0.00390625);

/// The first 12 of 24 bits: products of two such are exact.
#[inline(always)]
fn first_half<N: Number>(x: N) -> N {
    (x.bits() & x.word(0xffff_f000)).as_number()
}

/// a·b as its rounded value and what that lacks, which no sum may be fused with.
#[inline(always)]
fn product<N: Number>(a: N, b: N) -> (N, N) {
    let value = a * b;
    let (a1, b1) = (first_half(a), first_half(b));
    let (a2, b2) = (a - a1, b - b1);
    (value, ((a1 * b1 - value) + a1 * b2 + a2 * b1) + a2 * b2)
}

/// a + b as its rounded value and what that lacks, for |a| ≥ |b| or where nothing is lost.
#[inline(always)]
fn sum<N: Number>(a: N, b: N) -> (N, N) {
    let value = a + b;
    (value, (a - value) + b)
}

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

/// `base` to the power `exponent`.
///
/// A negative base has no real power here (shaders cannot tell 2.0 from 2).
#[inline(always)]
pub fn pow<N: Number>(base: N, exponent: N) -> N {
    let (log, log_low) = long_log2(base);
    let (power, lost) = product(exponent, log);
    let low = lost + exponent * log_low;
    let power_within = power.at_most(200.0).at_least(-200.0);
    let n = power_within + ROUNDER;
    let whole = n - ROUNDER;
    let in_reach = power_within.equals(power);
    let f = (power_within - whole) + N::choose(in_reach, low, low.number(0.0));
    let fraction = f.number(1.0)
        + f * polynomial!(
            f,
            0.6931472067117094,
            0.2402265150571901,
            0.0555032721081685,
            0.009617994479819687,
            0.0013400433676443114,
            0.0001547802659214023
        );
    let value = scaled(fraction, n.bits().minus(n.word(ROUNDER_BITS))).infinite_above(power, 128.0);
    let value = of_extremes(base, exponent, value);
    // The logarithm was made from the bits, whatever they mean; and what is chosen by comparisons may forget them.
    let value = N::choose(base.equals(base), value, base);
    let value = N::choose(exponent.equals(exponent), value, exponent).unless_nan(base).unless_nan(exponent);
    // Of a number that is none, too, as IEEE has it.
    let is_one = exponent.equals(exponent.number(0.0)).or(base.equals(base.number(1.0)));
    let value = N::choose(is_one, base.number(1.0), value);
    N::choose(base.is_below_number(0.0), base.number(f64::NAN), value)
}

/// The power where base or exponent is 0 or infinite, else `value`. For `base` ≥ 0.
#[inline(always)]
fn of_extremes<N: Number>(base: N, exponent: N, value: N) -> N {
    const INFINITY_BITS: u64 = f32::INFINITY.to_bits() as u64;
    let infinity = base.word(INFINITY_BITS);
    let (none, unbounded) = (base.number(0.0), base.number(f64::INFINITY));
    let falls = exponent.is_below_number(0.0);
    let of_none = N::choose(falls, unbounded, none);
    let of_unbounded = N::choose(falls, none, unbounded);
    let by_unbounded = N::choose(base.is_below_number(1.0), of_none, of_unbounded);
    let is_bounded = |x: N| x.word(0).is_less(x.magnitude() ^ infinity);
    let value = N::choose(is_bounded(exponent), value, by_unbounded);
    let value = N::choose(is_bounded(base), value, of_unbounded);
    N::choose(base.equals(none), of_none, value)
}

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

/// `value`, negated where the lowest bit of a word is set.
#[inline(always)]
fn signed<N: Number>(value: N, word: N::Word) -> N {
    (value.bits() ^ (word << 31)).as_number()
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

/// The sine of r + tail + n·π/2 = |x|, with the sign of x.
#[inline(always)]
fn sine_of<N: Number>(x: N, parts: (N, N, N::Word)) -> N {
    (of_quadrant(parts).bits() ^ x.sign()).as_number().unless_infinite(x).unless_nan(x)
}

/// The sine of a quarter turn more.
#[inline(always)]
fn cosine_of<N: Number>(x: N, (r, tail, n): (N, N, N::Word)) -> N {
    of_quadrant((r, tail, n.plus(n.constant(1)))).unless_infinite(x).unless_nan(x)
}

/// The sine of r + tail + n·π/2.
#[inline(always)]
fn of_quadrant<N: Number>((r, tail, n): (N, N, N::Word)) -> N {
    let odd = n.constant(0).is_less(n & n.constant(1));
    signed(N::choose(odd, cosine(r, tail), sine(r, tail)), n >> 1)
}

/// The tangent of r + tail + n·π/2 = |x|, with the sign of x.
#[inline(always)]
fn tangent_of<N: Number>(x: N, (r, tail, n): (N, N, N::Word)) -> N {
    let (s, c) = (sine(r, tail), cosine(r, tail));
    let odd = n.constant(0).is_less(n & n.constant(1));
    let quotient = N::choose(odd, c, s) / N::choose(odd, s, c);
    let value = (signed(quotient, n).bits() ^ x.sign()).as_number();
    value.unless_infinite(x).unless_nan(x)
}

/// 2/π after 32 bits of 0, which stand for whole multiples.
const TWO_OVER_PI: [u64; 8] = [0, 0xa2f9836e, 0x4e441529, 0xfc2757d1, 0xf534ddc0, 0xdb629599, 0x3c439041, 0xfe5163ab];

/// (r, tail, n) with |x| = r + tail + n·π/2, |r| ≤ π/4, n modulo 4 (Payne and Hanek 1983). For finite |x| ≥ 2.
///
/// Of 2/π only the bits are taken whose product with x is neither a multiple of 4 nor too small to count: a product of 24
/// bits and 96, of which the upper 64 are the quadrant and 62 bits of a fraction. No `f32` is nearer to a multiple of π/2
/// than some 2⁻³⁰ of it, so that more than 24 bits of what is left are right.
#[inline(always)]
fn quadrant<N: Number>(x: N) -> (N, N, N::Word) {
    let bits = x.magnitude();
    let mantissa = (bits & x.word(0x7f_ffff)) | x.word(0x80_0000);
    // x = mantissa·2^(exponent − 150); the first bit that counts is the one of this place.
    let place = (bits >> 23).minus(x.word(120));
    let (first, shift) = (place >> 5, place & x.word(31));
    let word = |at: u64| {
        let table = |nth: u64| x.word(TWO_OVER_PI[nth as usize]);
        (1..5).fold(table(at), |word, nth| {
            let is_before = first.is_less(x.word(nth));
            N::Word::pick(is_before, word, table((at + nth).min(7)))
        })
    };
    let words = [word(0), word(1), word(2), word(3)];
    // In two shifts, as one by 32 is none.
    let window = |at: usize| words[at].left(shift) | (words[at + 1] >> 1).right(x.word(31).minus(shift));
    let (_, lowest) = wide_product(mantissa, window(2));
    let (middle_low, middle_high) = wide_product(mantissa, window(1));
    let low = middle_low.plus(lowest);
    let carry = N::Word::pick(low.is_less(lowest), x.word(1), x.word(0));
    let high = mantissa.times(window(0)).plus(middle_high).plus(carry);
    // To the nearest quarter turn.
    let n = high.plus(x.word(0x2000_0000)) >> 30;
    let over = high.minus(n << 30);
    let is_negative = x.word(0x7fff_ffff).is_less(over);
    let mirror = |word: N::Word| word ^ N::Word::pick(is_negative, x.word(0xffff_ffff), x.word(0));
    // All bits turned are 2⁻⁶² away from the negative, which does not count.
    let (high, low) = (mirror(over), mirror(low));
    let part = |word: N::Word, unit: i32| whole(x, word) * 2_f64.powi(unit);
    let (top, middle) = (part(high >> 7, 39 - 62), part(((high & x.word(127)) << 16) | (low >> 16), 16 - 62));
    let (turn, lost) = sum(top, middle);
    let (r, tail) = quarter_turns(turn, lost + part(low & x.word(0xffff), -62));
    let with_sign = |value: N| signed(value, N::Word::pick(is_negative, x.word(1), x.word(0)));
    (with_sign(r), with_sign(tail), n)
}

/// The whole number that a word below 2²³ is.
#[inline(always)]
fn whole<N: Number>(x: N, word: N::Word) -> N {
    (word | x.word(0x4b00_0000)).as_number() - 8_388_608.0
}

/// The lower and upper halves of a product of 24 bits and 32.
#[inline(always)]
fn wide_product<W: Word>(a: W, b: W) -> (W, W) {
    let (b_high, b_low) = (b >> 16, b & b.constant(0xffff));
    // 24 bits and 16 do not fit into a word either.
    let (a_high, a_low) = (a >> 16, a & b.constant(0xffff));
    let (low, mid) = (a_low.times(b_low), a_low.times(b_high).plus(a_high.times(b_low)));
    // Below 2³² + 2²⁴ each, so that their sum may wrap.
    let wraps = mid.is_less(a_high.times(b_low));
    let top = W::pick(wraps, b.constant(0x1_0000), b.constant(0));
    let sum = low.plus(mid << 16);
    let carry = W::pick(sum.is_less(low), b.constant(1), b.constant(0));
    (sum, a_high.times(b_high).plus(mid >> 16).plus(top).plus(carry))
}

/// (turn + rest)·π/2, as a number and what it lacks.
#[inline(always)]
fn quarter_turns<N: Number>(turn: N, rest: N) -> (N, N) {
    const HIGH: f64 = 1.5707963705062866;
    const LOW: f64 = -4.371139000186241e-8;
    let (value, lost) = product(turn, turn.number(HIGH));
    sum(value, lost + (turn * LOW + rest * HIGH))
}

/// The sine of any finite |x| above [`REACH`].
#[inline(always)]
pub fn large_sin<N: Number>(x: N) -> N {
    sine_of(x, quadrant(x))
}

/// Its cosine.
#[inline(always)]
pub fn large_cos<N: Number>(x: N) -> N {
    cosine_of(x, quadrant(x))
}

/// Its tangent.
#[inline(always)]
pub fn large_tan<N: Number>(x: N) -> N {
    tangent_of(x, quadrant(x))
}
