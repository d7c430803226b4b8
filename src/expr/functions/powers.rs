//! Powers with any exponent.

/// pow, given `long_log2` and `near_exp2`: how large a power of two is that is told from an infinite one, and from where on it is
/// infinite.
macro_rules! powers {
    ($float:ident, $bits:ident, within $within:literal, infinite from $infinite:literal) => {
        /// `base` to the power `exponent`.
        ///
        /// A negative base has no real power here (shaders cannot tell 2.0 from 2).
        #[inline(always)]
        pub fn pow<N: Number>(base: N, exponent: N) -> N {
            let (log, log_low) = long_log2(base);
            let (power, lost) = product(exponent, log);
            let low = lost + exponent * log_low;
            let power_within = power.at_most($within).at_least(-$within);
            let n = power_within + ROUNDER;
            let whole = n - ROUNDER;
            let in_reach = power_within.equals(power);
            let (f, low) = (power_within - whole, N::choose(in_reach, low, low.number(0.0)));
            let value = scaled(near_exp2(f, low), n.bits().minus(n.word(ROUNDER_BITS)));
            let value = of_extremes(base, exponent, value.infinite_above(power, $infinite));
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
            const INFINITY_BITS: u64 = $float::INFINITY.to_bits() as u64;
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
    };
}

pub(super) use powers;
