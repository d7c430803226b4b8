//! What both widths are made of.

use super::number::Number;

/// c₀ + t·(c₁ + t·(c₂ + …)), in this order of operations.
macro_rules! polynomial {
    ($t:expr, $last:expr) => { $t.number($last) };
    ($t:expr, $first:expr, $($rest:expr),+) => { $t.number($first) + $t * polynomial!($t, $($rest),+) };
}

/// What is the same in both widths but for the numbers: exp, tanh, ln, and what is made of them.
macro_rules! native {
    (
        $float:ident, $bits:ident, mantissa $mantissa:literal, bias $bias:literal,
        exp [$($exp:literal),+] within $lowest:literal and $highest:literal, infinite above $infinite:literal,
        tanh within $flat:literal, sinh infinite above $infinite_sinh:literal, ln [$($ln:literal),+], ln2 $ln2_high:literal + $ln2_low:literal
    ) => {
        /// Added and taken away, it rounds to whole numbers, and they can be read from the bits in between.
        const ROUNDER: f64 = 1.5 * (1_u64 << $mantissa) as f64;
        const ROUNDER_BITS: u64 = (ROUNDER as $float).to_bits() as u64;
        const LN2_HIGH: f64 = $ln2_high;
        const LN2_LOW: f64 = $ln2_low;
        const LOG2_E: f64 = std::$float::consts::LOG2_E as f64;

        /// (the bits of n over those of 0, exp(x)/2ⁿ − 1) for n the nearest whole number to x/ln 2.
        #[inline(always)]
        fn exp_parts<N: Number>(x: N) -> (N::Word, N) {
            let shifted = x * LOG2_E + ROUNDER;
            let n = shifted - ROUNDER;
            let r = (x - n * LN2_HIGH) - n * LN2_LOW;
            (shifted.bits().minus(x.word(ROUNDER_BITS)), r + exp_tail(r))
        }

        /// exp(r) − 1 − r for |r| ≤ ½·ln 2.
        #[inline(always)]
        fn exp_tail<N: Number>(r: N) -> N {
            r * r * polynomial!(r, $($exp),+)
        }

        #[inline(always)]
        pub fn exp<N: Number>(x: N) -> N {
            let within = x.at_most($highest).at_least($lowest);
            let (n, p) = exp_parts(within);
            scaled(x.number(1.0) + p, n).infinite_above(x, $infinite).unless_nan(x)
        }

        /// value·2ⁿ in two factors, as 2ⁿ itself may be too large or too small a number; only the second product rounds.
        #[inline(always)]
        fn scaled<N: Number>(value: N, n: N::Word) -> N {
            let both = n.plus(n.constant(2 * $bias));
            let half = both >> 1;
            let scale = |biased: N::Word| (biased << $mantissa).as_number();
            value * scale(half) * scale(both.minus(half))
        }

        /// (exp(2|x|) − 1) over (exp(2|x|) + 1), the former without cancellation.
        #[inline(always)]
        pub fn tanh<N: Number>(x: N) -> N {
            let a = x.size();
            let t = exp_less_one(exp_parts(a.at_most($flat) * 2.0));
            (t / (t + 2.0)).signed_as(x).unless_nan(x)
        }

        /// exp(x) − 1 for 0 ≤ x ≤ 2·$flat or −2·$flat ≤ x ≤ 0, without cancellation, given the parts of exp(x).
        #[inline(always)]
        fn exp_less_one<N: Number>((n, p): (N::Word, N)) -> N {
            let scale = (n.plus(n.constant($bias)) << $mantissa).as_number();
            p * scale + (scale - 1.0)
        }

        /// Beyond ±2·$flat one of exp(x) and 1 is nothing beside the other.
        #[inline(always)]
        pub fn expm1<N: Number>(x: N) -> N {
            let near = exp_less_one(exp_parts(x.at_most(2.0 * $flat).at_least(-2.0 * $flat)));
            N::choose(x.is_above_number(2.0 * $flat), exp(x), near).signed_as(x).unless_nan(x)
        }

        /// exp(|x|)/2, which is finite wherever sinh and cosh are, and the parts of exp(|x|).
        #[inline(always)]
        fn half_exp<N: Number>(x: N) -> (N, (N::Word, N)) {
            let (n, p) = exp_parts(x.size().at_most($highest));
            (scaled(x.number(1.0) + p, n.minus(n.constant(1))), (n, p))
        }

        #[inline(always)]
        pub fn sinh<N: Number>(x: N) -> N {
            let (half, parts) = half_exp(x);
            let t = exp_less_one(parts);
            let near = (t + t / (t + 1.0)) * 0.5;
            let value = N::choose(x.size().is_above_number(2.0 * $flat), half, near);
            value.infinite_above(x.size(), $infinite_sinh).signed_as(x).unless_nan(x)
        }

        #[inline(always)]
        pub fn cosh<N: Number>(x: N) -> N {
            let (half, _) = half_exp(x);
            (half + x.number(0.25) / half).infinite_above(x.size(), $infinite_sinh).unless_nan(x)
        }

        /// 1/(1+exp(−x)) without overflow and with its small values exact to a few ulp.
        #[inline(always)]
        pub fn sigmoid<N: Number>(x: N) -> N {
            let e = exp(-x.size());
            let upper = x.number(1.0) / (x.number(1.0) + e);
            N::choose(x.is_below_number(0.0), e * upper, upper).unless_nan(x)
        }

        /// ln(1+x) without losing x beside 1, for −1 < x < ∞.
        #[inline(always)]
        fn ln_of_more<N: Number>(x: N) -> N {
            let sum = x.number(1.0) + x;
            ln_of_normal(sum) + (x - (sum - 1.0)) / sum
        }

        #[inline(always)]
        pub fn log1p<N: Number>(x: N) -> N {
            let value = N::choose(x.is_infinite(), x, ln_of_more(x).signed_as(x));
            let value = N::choose(x.equals(x.number(-1.0)), x.number(f64::NEG_INFINITY), value);
            N::choose(x.is_below_number(-1.0), x.number(f64::NAN), value).unless_nan(x)
        }

        /// ln(1+exp(x)) without overflow, and without losing exp(x) beside 1.
        #[inline(always)]
        pub fn softplus<N: Number>(x: N) -> N {
            (x.at_least(0.0) + ln_of_more(exp(-x.size()))).unless_nan(x)
        }

        /// ln(exp(a)+exp(b)) without overflow.
        #[inline(always)]
        pub fn logsumexp<N: Number>(a: N, b: N) -> N {
            let larger = N::choose(a.is_below(b), b, a);
            let smaller = N::choose(a.is_below(b), a, b);
            // Of two infinities as well.
            let apart = N::choose(a.equals(b), a.number(0.0), larger - smaller);
            // What the difference lacks would count as often as it is large.
            let back = apart - larger;
            let lost = (larger - (apart - back)) - (smaller + back);
            let lost = N::choose(apart.is_infinite().or(a.equals(b)), a.number(0.0), lost);
            let e = exp(-apart);
            let value = N::choose(larger.is_infinite(), larger, larger + ln_of_more(e - e * lost));
            // What is chosen by comparisons may forget them.
            let value = N::choose(a.equals(a), value, a);
            N::choose(b.equals(b), value, b).unless_nan(a).unless_nan(b)
        }

        /// (k, f, f²/2, what ln(1+f) has over f − f²/2) for x = 2ᵏ·(1+f) with √½ ≤ 1+f < √2. For normal x > 0.
        #[inline(always)]
        fn ln_parts<N: Number>(x: N) -> (N, N, N, N) {
            let (k, f) = mantissa_parts(x);
            // ln(1+f) = 2·artanh(s), a series in s² that needs half the terms of one in f.
            let s = f / (f + 2.0);
            let z = s * s;
            let half_square = f * 0.5 * f;
            (k, f, half_square, s * (half_square + z * polynomial!(z, $($ln),+)))
        }

        /// (k, f) for x = 2ᵏ·(1+f) with √½ ≤ 1+f < √2. For normal x > 0.
        #[inline(always)]
        fn mantissa_parts<N: Number>(x: N) -> (N, N) {
            const ROOT_BITS: u64 = std::$float::consts::FRAC_1_SQRT_2.to_bits() as u64;
            const WHOLE: f64 = (1_u64 << $mantissa) as f64;
            const WHOLE_BITS: u64 = (WHOLE as $float).to_bits() as u64;
            // Biased, so that a logical shift does (AVX2 has no arithmetic one of 64 bits).
            let relative = x.bits().minus(x.word(ROOT_BITS)).plus(x.word($bias << $mantissa));
            let k = (relative >> $mantissa).plus(x.word(WHOLE_BITS)).as_number() - (WHOLE + $bias as f64);
            let f = (relative & x.word((1 << $mantissa) - 1)).plus(x.word(ROOT_BITS)).as_number() - 1.0;
            (k, f)
        }

        /// A positive number as a normal one, and what its exponent then has too much.
        #[inline(always)]
        fn normal<N: Number>(x: N) -> (N, N) {
            const WHOLE: f64 = (1_u64 << $mantissa) as f64;
            let small = x.is_below_number($float::MIN_POSITIVE as f64);
            (N::choose(small, x * WHOLE, x), N::choose(small, x.number($mantissa as f64), x.number(0.0)))
        }

        #[inline(always)]
        fn ln_of_normal<N: Number>(x: N) -> N {
            let (k, f, half_square, rest) = ln_parts(x);
            k * LN2_HIGH - ((half_square - (rest + k * LN2_LOW)) - f)
        }

        #[inline(always)]
        pub fn ln<N: Number>(x: N) -> N {
            let (normal, excess) = normal(x);
            let (k, f, half_square, rest) = ln_parts(normal);
            let k = k - excess;
            of_positive(x, k * LN2_HIGH - ((half_square - (rest + k * LN2_LOW)) - f))
        }

        /// A logarithm, given what it is for finite x > 0.
        #[inline(always)]
        fn of_positive<N: Number>(x: N, value: N) -> N {
            const INFINITY_BITS: u64 = $float::INFINITY.to_bits() as u64;
            let is_finite = x.magnitude().is_less(x.word(INFINITY_BITS));
            let value = N::choose(is_finite, value, x);
            let value = N::choose(x.equals(x.number(0.0)), x.number(f64::NEG_INFINITY), value);
            N::choose(x.is_below_number(0.0), x.number(f64::NAN), value).unless_nan(x)
        }
    };
}

/// x − n·π/2 for whole n, as a number and what it lacks. The products of n and all pieces of π/2 but the last are exact.
#[inline(always)]
pub fn reduced<N: Number>(x: N, n: N, pieces: [f64; 4]) -> (N, N) {
    let first = x - n * pieces[0];
    let (second, lost) = difference(first, n * pieces[1]);
    let (third, lost_too) = difference(second, n * pieces[2]);
    let tail = (lost + lost_too) - n * pieces[3];
    let r = third + tail;
    (r, (third - r) + tail)
}

/// a − b and its rounding error, for |a| ≥ |b| or where nothing is lost.
#[inline(always)]
fn difference<N: Number>(a: N, b: N) -> (N, N) {
    let d = a - b;
    (d, (a - d) - b)
}

pub(super) use {native, polynomial};
