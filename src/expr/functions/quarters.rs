//! Angles as a rest and a number of quarter turns, and large ones, whose quarter turns are found by the bits of 2/π.

use super::number::Word;

/// 2/π, 1216 bits of it.
#[allow(clippy::unreadable_literal)]
const TWO_OVER_PI: [u64; 19] = [
    0xa2f9836e4e441529,
    0xfc2757d1f534ddc0,
    0xdb6295993c439041,
    0xfe5163abdebbc561,
    0xb7246e3a424dd2e0,
    0x06492eea09d1921c,
    0xfe1deb1cb129a73e,
    0xe88235f52ebb4484,
    0xe99c7026b45f7e41,
    0x3991d639835339f4,
    0x9c845f8bbdf9283b,
    0x1ff897ffde05980f,
    0xef2f118b5a0a6d1f,
    0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d,
    0x7527bac7ebe5f17b,
    0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08,
    0x56033046fc7b6bab,
];

/// Word `at` of so many bits of 2/π after a word of 0, which stands for whole multiples.
pub const fn two_over_pi(at: usize, bits: u32) -> u64 {
    if at == 0 {
        return 0;
    }
    let (first, per_entry) = (at - 1, (u64::BITS / bits) as usize);
    let behind = (per_entry - 1 - first % per_entry) as u32 * bits;
    (TWO_OVER_PI[first / per_entry] >> behind) & (u64::MAX >> (u64::BITS - bits))
}

/// Sines, cosines and tangents of what is left of angles, given those of |r| ≤ π/4, π/2 in two numbers, and how many words of
/// 2/π the largest angle needs.
macro_rules! quarters {
    (
        $float:ident, mantissa $mantissa:literal, bias $bias:literal, half_pi $high:expr, $low:literal,
        words $words:literal of $width:literal
    ) => {
        /// `value`, negated where the lowest bit of a word is set.
        #[inline(always)]
        fn signed<N: Number>(value: N, word: N::Word) -> N {
            (value.bits() ^ (word << ($width - 1))).as_number()
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

        /// (r, tail, n) with |x| = r + tail + n·π/2, |r| ≤ π/4, n modulo 4 (Payne and Hanek 1983). For finite |x| ≥ 2.
        ///
        /// Of 2/π only the bits are taken whose product with x is neither a multiple of 4 nor too small to count: a product of
        /// x's digits and three words, of which the upper two are the quadrant and a fraction. No number of 24 bits is nearer to a
        /// multiple of π/2 than some 2⁻³⁰ of it and none of 53 than some 2⁻⁶², so that more bits of what is left are right than
        /// a number has.
        #[inline(always)]
        fn quadrant<N: Number>(x: N) -> (N, N, N::Word) {
            const HALF: u32 = $width / 2;
            // Bits of a fraction in the upper word, and in both; and how many the former has beyond a mantissa.
            const IN_UPPER: u32 = $width - 2;
            const IN_BOTH: u32 = 2 * $width - 2;
            const BEYOND: u32 = IN_UPPER - $mantissa;
            let bits = x.magnitude();
            let mantissa = (bits & x.word((1 << $mantissa) - 1)) | x.word(1 << $mantissa);
            // x = mantissa·2^(exponent − bias − mantissa's bits); the first bit that counts is the one of this place.
            let place = (bits >> $mantissa).minus(x.word($bias + $mantissa + 2 - $width));
            let (first, shift) = (place >> ($width as u32).ilog2(), place & x.word($width - 1));
            let word = |at: usize| {
                let table = |nth: usize| x.word(two_over_pi(nth, $width));
                (1..$words - 3).fold(table(at), |word, nth| {
                    let is_before = first.is_less(x.word(nth as u64));
                    N::Word::pick(is_before, word, table((at + nth).min($words - 1)))
                })
            };
            let words = [word(0), word(1), word(2), word(3)];
            // In two shifts, as one by a whole word is none.
            let window =
                |at: usize| words[at].left(shift) | (words[at + 1] >> 1).right(x.word($width - 1).minus(shift));
            let (_, lowest) = wide_product(mantissa, window(2), HALF);
            let (middle_low, middle_high) = wide_product(mantissa, window(1), HALF);
            let low = middle_low.plus(lowest);
            let carry = N::Word::pick(low.is_less(lowest), x.word(1), x.word(0));
            let high = mantissa.times(window(0)).plus(middle_high).plus(carry);
            // To the nearest quarter turn.
            let n = high.plus(x.word(1 << ($width - 3))) >> IN_UPPER;
            let over = high.minus(n << IN_UPPER);
            let all = u64::MAX >> (u64::BITS - $width);
            let is_negative = x.word(all >> 1).is_less(over);
            let mirror = |word: N::Word| word ^ N::Word::pick(is_negative, x.word(all), x.word(0));
            // All bits turned are one of the last away from the negative, which does not count.
            let (high, low) = (mirror(over), mirror(low));
            // The number of a quarter turn in three pieces.
            let part = |word: N::Word, bits: u32| whole(x, word) * 2_f64.powi(-(bits as i32));
            let of_both = ((high & x.word((1 << BEYOND) - 1)) << HALF) | (low >> HALF);
            let (top, middle) = (part(high >> BEYOND, IN_UPPER - BEYOND), part(of_both, IN_BOTH - HALF));
            let (turn, lost) = sum(top, middle);
            let (r, tail) = quarter_turns(turn, lost + part(low & x.word((1 << HALF) - 1), IN_BOTH));
            let with_sign = |value: N| signed(value, N::Word::pick(is_negative, x.word(1), x.word(0)));
            (with_sign(r), with_sign(tail), n)
        }

        /// The whole number that a word is, of no more bits than a mantissa.
        #[inline(always)]
        fn whole<N: Number>(x: N, word: N::Word) -> N {
            const WHOLE: f64 = (1_u64 << $mantissa) as f64;
            (word | x.word((WHOLE as $float).to_bits() as u64)).as_number() - WHOLE
        }

        /// (turn + rest)·π/2, as a number and what it lacks.
        #[inline(always)]
        fn quarter_turns<N: Number>(turn: N, rest: N) -> (N, N) {
            let (value, lost) = product(turn, turn.number($high));
            sum(value, lost + (turn * $low + rest * $high))
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
    };
}

/// The lower and upper words of a product of two words of twice `half` bits, the first of which is below the largest mantissa's
/// double.
#[inline(always)]
pub fn wide_product<W: Word>(a: W, b: W, half: u32) -> (W, W) {
    let lower = b.constant((1 << half) - 1);
    let (b_high, b_low) = (b >> half, b & lower);
    let (a_high, a_low) = (a >> half, a & lower);
    let (low, mid) = (a_low.times(b_low), a_low.times(b_high).plus(a_high.times(b_low)));
    // Their sum may wrap.
    let wraps = mid.is_less(a_high.times(b_low));
    let top = W::pick(wraps, b.constant(1 << half), b.constant(0));
    let sum = low.plus(mid << half);
    let carry = W::pick(sum.is_less(low), b.constant(1), b.constant(0));
    (sum, a_high.times(b_high).plus(mid >> half).plus(top).plus(carry))
}

pub(super) use quarters;
