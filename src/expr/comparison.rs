//! Comparisons of two numbers.

use super::real::Real;

/// Comparisons; `>` and `>=` are the same with sides swapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    Less,
    LessEqual,
    Equal,
}

impl Comparison {
    /// Its truth.
    #[inline(always)]
    pub fn holds<T: Real>(self, a: T, b: T) -> bool {
        match self {
            Self::Less => a < b,
            Self::LessEqual => a <= b,
            Self::Equal => a == b,
        }
    }

    /// 1 where it holds, else 0, over slices.
    #[inline(always)]
    pub fn fill<T: Real>(self, out: &mut [T], a: &[T], b: &[T]) {
        match self {
            Self::Less => fill_truths(out, a, b, |a, b| a < b),
            Self::LessEqual => fill_truths(out, a, b, |a, b| a <= b),
            Self::Equal => fill_truths(out, a, b, |a, b| a == b),
        }
    }

    /// An expression of WGSL, by functions of `shaders/numbers.wgsl`.
    pub fn wgsl(self, a: &str, b: &str) -> String {
        let name = match self {
            Self::Less => "is_less",
            Self::LessEqual => "is_at_most",
            Self::Equal => "is_equal",
        };
        format!("{name}({a}, {b})")
    }

    /// As JavaScript writes it.
    pub fn javascript(self) -> &'static str {
        match self {
            Self::Less => "<",
            Self::LessEqual => "<=",
            Self::Equal => "===",
        }
    }
}

#[inline(always)]
fn fill_truths<T: Real>(out: &mut [T], a: &[T], b: &[T], holds: impl Fn(T, T) -> bool) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = if holds(*a, *b) { T::ONE } else { T::ZERO };
    }
}
