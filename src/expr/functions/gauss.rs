//! The error function, and what is made of the normal distribution.

/// erf, erfc and gelu, given the coefficients of erf(z)/z − 1 over z² up to z = 1, and of (1 + 2z)·exp(z²)·erfc(z) over
/// (z − middle)/(z + middle) (Shepherd and Laframboise 1981) from z = 1/2 to where erfc is 0.
macro_rules! gauss {
    (
        nothing beyond $beyond:literal,
        erf [$($erf:literal),+], middle $middle:literal, erfc [$($erfc:literal),+]
    ) => {
        /// x² and what it lacks. Errors of a square that is the argument of exp would count as often as it is large.
        #[inline(always)]
        fn square<N: Number>(x: N) -> (N, N) {
            let value = x * x;
            let high = first_half(x);
            let low = x - high;
            (value, ((high * high - value) + high * low * 2.0) + low * low)
        }

        /// erf(z), 0 ≤ z ≤ 1.
        #[inline(always)]
        fn near_erf<N: Number>(z: N) -> N {
            let square = z * z;
            z + z * polynomial!(square, $($erf),+)
        }

        /// Two factors of erfc(z), z ≥ 1/2, given z²: the second is exp(−z²), and may be subnormal.
        #[inline(always)]
        fn far_erfc<N: Number>(z: N, (square, lost): (N, N)) -> (N, N) {
            let q = (z - $middle) / (z + $middle);
            let e = exp(-square);
            (polynomial!(q, $($erfc),+) / (z * 2.0 + 1.0), e - e * lost)
        }

        /// The error function of z ≥ 0, given erfc there if z ≥ 1/2.
        #[inline(always)]
        fn erf_of_size<N: Number>(z: N, rest: N) -> N {
            N::choose(z.is_below_number(1.0), near_erf(z), rest.number(1.0) - rest)
        }

        #[inline(always)]
        pub fn erf<N: Number>(x: N) -> N {
            let z = x.size().at_most($beyond);
            let (factor, e) = far_erfc(z, square(z));
            erf_of_size(z, factor * e).signed_as(x).unless_nan(x)
        }

        /// 1 − erf(x), also where that is small.
        #[inline(always)]
        pub fn erfc<N: Number>(x: N) -> N {
            let z = x.size().at_most($beyond);
            let (factor, e) = far_erfc(z, square(z));
            let rest = factor * e;
            let erf = erf_of_size(z, rest).signed_as(x);
            N::choose(x.is_below_number(0.5), x.number(1.0) - erf, rest).unless_nan(x)
        }

        /// x·Φ(x), with the normal distribution's Φ(x) = erfc(−x/√2)/2.
        #[inline(always)]
        pub fn gelu<N: Number>(x: N) -> N {
            // Of −∞ too, which would be multiplied by 0.
            let a = x.size().at_most(1.5 * $beyond);
            let z = a * std::f64::consts::FRAC_1_SQRT_2;
            let (whole, lost) = square(a);
            let (factor, e) = far_erfc(z, (whole * 0.5, lost * 0.5));
            let erf = erf_of_size(z, factor * e).signed_as(x);
            let half = a * 0.5;
            let below = -(half * factor * e);
            let value = N::choose(x.is_below_number(-0.75), below, half.signed_as(x) * (erf + 1.0));
            N::choose(x.is_above_number(1.5 * $beyond), x, value).unless_nan(x)
        }
    };
}

pub(super) use gauss;
