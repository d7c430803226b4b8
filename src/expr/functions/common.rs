//! What both widths are made of.

/// c₀ + t·(c₁ + t·(c₂ + …)), in this order of operations.
macro_rules! polynomial {
    ($t:expr, $last:expr) => { $last };
    ($t:expr, $first:expr, $($rest:expr),+) => { $first + $t * polynomial!($t, $($rest),+) };
}

/// What is the same in both widths but for the numbers: exp, tanh and ln.
macro_rules! native {
    (
        $float:ident, $bits:ident, mantissa $mantissa:literal, bias $bias:literal,
        exp [$($exp:literal),+] within $lowest:literal and $highest:literal, tanh within $flat:literal,
        ln [$($ln:literal),+], ln2 $ln2_high:literal + $ln2_low:literal
    ) => {
        /// Added and taken away, it rounds to whole numbers, and they can be read from the bits in between.
        const ROUNDER: $float = 1.5 * (1_u64 << $mantissa) as $float;
        const ROUNDER_BITS: $bits = ROUNDER.to_bits();
        const LN2_HIGH: $float = $ln2_high;
        const LN2_LOW: $float = $ln2_low;

        /// (the bits of n over those of 0, exp(x)/2ⁿ − 1) for n the nearest whole number to x/ln 2.
        #[inline(always)]
        fn exp_parts(x: $float) -> ($bits, $float) {
            let shifted = x * std::$float::consts::LOG2_E + ROUNDER;
            let n = shifted - ROUNDER;
            let r = (x - n * LN2_HIGH) - n * LN2_LOW;
            (shifted.to_bits().wrapping_sub(ROUNDER_BITS), r + r * r * polynomial!(r, $($exp),+))
        }

        #[inline(always)]
        pub fn exp(x: $float) -> $float {
            let x = if x > $highest { $highest } else { x };
            let x = if x < $lowest { $lowest } else { x };
            let (n, p) = exp_parts(x);
            // In two factors, as 2ⁿ itself may be too large or too small a number; only the second product rounds.
            let both = n.wrapping_add(2 * $bias);
            let half = both >> 1;
            let scale = |biased: $bits| $float::from_bits(biased << $mantissa);
            (1.0 + p) * scale(half) * scale(both.wrapping_sub(half))
        }

        /// (exp(2|x|) − 1) over (exp(2|x|) + 1), the former without cancellation.
        #[inline(always)]
        pub fn tanh(x: $float) -> $float {
            let a = x.abs();
            let (n, p) = exp_parts(2.0 * if a > $flat { $flat } else { a });
            let scale = $float::from_bits(n.wrapping_add($bias) << $mantissa);
            let t = p * scale + (scale - 1.0);
            (t / (t + 2.0)).copysign(x)
        }

        /// (k, f, f²/2, what ln(1+f) has over f − f²/2) for x = 2ᵏ·(1+f) with √½ ≤ 1+f < √2. For x > 0.
        #[inline(always)]
        fn ln_parts(x: $float) -> ($float, $float, $float, $float) {
            const ROOT_BITS: $bits = std::$float::consts::FRAC_1_SQRT_2.to_bits();
            const WHOLE: $float = (1_u64 << $mantissa) as $float;
            let small = x < $float::MIN_POSITIVE;
            let normal = if small { x * WHOLE } else { x };
            // Biased, so that a logical shift does (AVX2 has no arithmetic one of 64 bits).
            let relative = normal.to_bits().wrapping_sub(ROOT_BITS).wrapping_add($bias << $mantissa);
            let k = $float::from_bits(WHOLE.to_bits() + (relative >> $mantissa)) - (WHOLE + $bias as $float);
            let k = k - if small { $mantissa as $float } else { 0.0 };
            let f = $float::from_bits((relative & ((1 << $mantissa) - 1)) + ROOT_BITS) - 1.0;
            // ln(1+f) = 2·artanh(s), a series in s² that needs half the terms of one in f.
            let s = f / (2.0 + f);
            let z = s * s;
            let half_square = 0.5 * f * f;
            (k, f, half_square, s * (half_square + z * polynomial!(z, $($ln),+)))
        }

        #[inline(always)]
        pub fn ln(x: $float) -> $float {
            let (k, f, half_square, rest) = ln_parts(x);
            of_positive(x, k * LN2_HIGH - ((half_square - (rest + k * LN2_LOW)) - f))
        }

        /// A logarithm, given what it is for finite x > 0.
        #[inline(always)]
        fn of_positive(x: $float, value: $float) -> $float {
            let value = if x < $float::INFINITY { value } else { x };
            let value = if x == 0.0 { -$float::INFINITY } else { value };
            if x < 0.0 { $float::NAN } else { value }
        }
    };
}

pub(super) use {native, polynomial};
