//! Cube roots, and square roots of sums of squares.

use super::number::{Number, Truth};

/// √(a² + b²), where the squares may be too large or too small for a number.
#[inline(always)]
pub fn hypot<N: Number>(a: N, b: N) -> N {
    let (a, b) = (a.size(), b.size());
    let steep = b.is_below(a);
    let (small, large) = (N::choose(steep, b, a), N::choose(steep, a, b));
    let (zero, one) = (a.number(0.0), a.number(1.0));
    let q = small / N::choose(large.equals(zero), one, large);
    let value = (large * (q * q + 1.0).root()).unless_nan(a).unless_nan(b);
    // With no number beside infinity too, as IEEE has it.
    N::choose(a.is_infinite().or(b.is_infinite()), a.number(f64::INFINITY), value)
}

/// cbrt, in so many steps.
macro_rules! cube_root {
    ($float:ident, mantissa $mantissa:literal, bias $bias:literal, steps $steps:literal, of small $up:literal and $down:literal) => {
        #[inline(always)]
        pub fn cbrt<N: Number>(x: N) -> N {
            // 2/3 of the exponent's bias, less what makes the largest errors of a guess that is linear between powers of
            // two equal: 3 %.
            const START: u64 = (($bias as f64 * 2.0 / 3.0 - 0.03306235651) * (1_u64 << $mantissa) as f64) as u64;
            let a = x.size();
            let small = a.is_below_number($float::MIN_POSITIVE as f64);
            let normal = N::choose(small, a * $up, a);
            // A third of the bits: 1/4 + 1/16 + 1/64 + …
            let mut third = (normal.bits() >> 2).plus(normal.bits() >> 4);
            for shift in [4, 8, 16] {
                third = third.plus(third >> shift);
            }
            let mut root = third.plus(x.word(START)).as_number();
            // Halley's method: each step has three times the digits of the one before.
            for _ in 0..$steps {
                let excess = root * root * (root / normal) - 1.0;
                root = root - root * (excess / (excess * 2.0 + 3.0));
            }
            let value = N::choose(small, root * $down, root).signed_as(x);
            N::choose(a.equals(x.number(0.0)).or(x.is_infinite()), x, value).unless_nan(x)
        }
    };
}

pub(super) use cube_root;
