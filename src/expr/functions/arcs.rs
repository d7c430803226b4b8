//! Inverse tangents.

/// atan and atan2, given the coefficients of (atan(q)/q − 1)/q² over q² for 0 ≤ q ≤ 1, and π/2 in two numbers.
macro_rules! arcs {
    (half_pi $half_pi:expr, $half_pi_low:literal; [$($atan:literal),+]) => {
        /// The angle of the slope q, 0 ≤ q ≤ 1.
        #[inline(always)]
        fn flat_angle<N: Number>(q: N) -> N {
            let z = q * q;
            q + q * (z * polynomial!(z, $($atan),+))
        }

        /// (π/2)·`quarters` − `angle`, for one quarter or two.
        #[inline(always)]
        fn turned<N: Number>(quarters: f64, angle: N) -> N {
            angle.number($half_pi * quarters) - (angle - $half_pi_low * quarters)
        }

        #[inline(always)]
        pub fn atan<N: Number>(x: N) -> N {
            // From far below this the angle is π/2.
            let a = x.size().at_most(1e30);
            let steep = a.is_above_number(1.0);
            let one = x.number(1.0);
            let r = flat_angle(N::choose(steep, one, a) / N::choose(steep, a, one));
            N::choose(steep, turned(1.0, r), r).signed_as(x).unless_nan(x)
        }

        /// The angle of the point (x, y), from −π to π.
        #[inline(always)]
        pub fn atan2<N: Number>(y: N, x: N) -> N {
            let (a, b) = (y.size(), x.size());
            let (zero, one) = (x.number(0.0), x.number(1.0));
            let steep = b.is_below(a);
            let (small, large) = (N::choose(steep, b, a), N::choose(steep, a, b));
            let slope = small / N::choose(large.equals(zero), one, large);
            let at_infinity = N::choose(small.is_infinite(), one, zero);
            let r = flat_angle(N::choose(large.is_infinite(), at_infinity, slope));
            let upward = N::choose(steep, turned(1.0, r), r);
            let value = N::choose(x.is_signed(), turned(2.0, upward), upward).signed_as(y);
            // What is chosen by comparisons may forget them.
            let value = N::choose(x.equals(x), value, x);
            N::choose(y.equals(y), value, y).unless_nan(x).unless_nan(y)
        }
    };
}

pub(super) use arcs;
