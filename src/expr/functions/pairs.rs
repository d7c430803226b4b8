//! Numbers in two parts: what is rounded, and what that lacks.

/// Products in two parts, given which bits are the first half of a number's, or one fewer.
macro_rules! pairs {
    (half $half:literal) => {
        /// Its first digits alone: products of two such are exact.
        #[inline(always)]
        fn first_half<N: Number>(x: N) -> N {
            (x.bits() & x.word($half)).as_number()
        }

        /// a·b as its rounded value and what that lacks, which no sum may be fused with.
        #[inline(always)]
        fn product<N: Number>(a: N, b: N) -> (N, N) {
            let value = a * b;
            let (a1, b1) = (first_half(a), first_half(b));
            let (a2, b2) = (a - a1, b - b1);
            (value, ((a1 * b1 - value) + a1 * b2 + a2 * b1) + a2 * b2)
        }
    };
}

/// a + b as its rounded value and what that lacks, for |a| ≥ |b| or where nothing is lost.
#[inline(always)]
pub fn sum<N: super::number::Number>(a: N, b: N) -> (N, N) {
    let value = a + b;
    (value, (a - value) + b)
}

pub(super) use pairs;
