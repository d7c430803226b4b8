//! The arithmetic of one node, in `f32` and `f64`: the one home of what each operation means on the CPU.
//!
//! Transcendental functions are the project's own (and where those end the pure-Rust `libm`'s), not the system's C
//! library's, so that a sweep gives the same bits on every operating system.

use super::functions::{double, single};
use super::graph::{Binary, Comparison, Unary};
use std::fmt::{Debug, Display};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A working precision of the CPU: `f32` or `f64`.
pub trait Real:
    Copy
    + Debug
    + Default
    + Display
    + PartialOrd
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// An unsigned integer as wide as the number; ordered like |x| by [`Real::magnitude_bits`].
    type Bits: Copy + Ord + Default + Send + Sync;
    const ZERO: Self;
    const ONE: Self;
    /// The largest finite number.
    const MAX: Self;
    /// Every bit but the sign.
    const MAGNITUDE: Self;
    /// Bits of the largest finite number: larger magnitudes are infinite or not a number.
    const MAX_FINITE_BITS: Self::Bits;

    /// The nearest number of this precision.
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn to_bits(self) -> Self::Bits;
    /// Bits of |x|. For finite x this order is that of |x|; infinity lies above, not-a-number above that.
    fn magnitude_bits(self) -> Self::Bits;

    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn log2(self) -> Self;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    /// The sine where `self` is not [far out](Real::is_far_out), as are the next two.
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn tan(self) -> Self;
    fn tanh(self) -> Self;
    fn floor(self) -> Self;
    /// `self` to the power `exponent`, for `self` ≥ 0.
    fn raise(self, exponent: Self) -> Self;

    /// Whether `self` is an angle, and finite, that only [`Real::far_out`] can reduce.
    fn is_far_out(self) -> bool;
    /// The sine, cosine or tangent of any number, slowly.
    fn far_out(op: Unary, x: Self) -> Self;

    /// The value of a one-argument operation.
    #[inline(always)]
    fn unary(op: Unary, x: Self) -> Self {
        if op.is_of_angle() && x.is_far_out() { Self::far_out(op, x) } else { Self::near(op, x) }
    }

    /// As [`Real::unary`], for an angle that is not far out: without branches, so that a loop vectorises.
    #[inline(always)]
    fn near(op: Unary, x: Self) -> Self {
        match op {
            Unary::Neg => -x,
            Unary::Exp => x.exp(),
            Unary::Ln => x.ln(),
            Unary::Log2 => x.log2(),
            Unary::Sqrt => x.sqrt(),
            Unary::Abs => x.abs(),
            Unary::Sign => sign(x),
            Unary::Sin => x.sin(),
            Unary::Cos => x.cos(),
            Unary::Tan => x.tan(),
            Unary::Tanh => x.tanh(),
            Unary::Floor => x.floor(),
            Unary::Sigmoid => sigmoid(x),
            Unary::Softplus => softplus(x),
        }
    }

    /// The value of a two-argument operation.
    #[inline(always)]
    fn binary(op: Binary, a: Self, b: Self) -> Self {
        match op {
            Binary::Add => a + b,
            Binary::Sub => a - b,
            Binary::Mul => a * b,
            Binary::Div => a / b,
            Binary::Min => picked(a, b, b < a, a <= b),
            Binary::Max => picked(a, b, a < b, b <= a),
            // A negative base has no real power here (shaders cannot tell 2.0 from 2), whole constant
            // exponents became products long before.
            Binary::Pow => {
                let power = a.raise(b);
                if a < Self::ZERO { Self::from_f64(f64::NAN) } else { power }
            }
        }
    }

    /// The truth of a comparison.
    #[inline(always)]
    fn compare(op: Comparison, a: Self, b: Self) -> bool {
        match op {
            Comparison::Less => a < b,
            Comparison::LessEqual => a <= b,
            Comparison::Equal => a == b,
        }
    }
}

#[inline(always)]
fn sign<T: Real>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        // Zero, or not-a-number, which must not come out as a number.
        x
    }
}

/// One of two by two comparisons; not-a-number where one of them is, so that it is not lost.
#[inline(always)]
fn picked<T: Real>(a: T, b: T, second: bool, first: bool) -> T {
    if second {
        b
    } else if first {
        a
    } else {
        a + b
    }
}

/// 1/(1+exp(−x)) without overflow and with its small values exact to a few ulp.
#[inline(always)]
fn sigmoid<T: Real>(x: T) -> T {
    let e = (-x.abs()).exp();
    let upper = T::ONE / (T::ONE + e);
    if x < T::ZERO { e * upper } else { upper }
}

/// ln(1+exp(x)) without overflow.
#[inline(always)]
fn softplus<T: Real>(x: T) -> T {
    let tail = (T::ONE + (-x.abs()).exp()).ln();
    (if x < T::ZERO { T::ZERO } else { x }) + tail
}

macro_rules! real {
    ($float:ident, $bits:ident, $functions:ident, $sin:ident, $cos:ident, $tan:ident) => {
        impl Real for $float {
            type Bits = $bits;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = $float::MAX;
            const MAGNITUDE: Self = $float::from_bits($bits::MAX >> 1);
            const MAX_FINITE_BITS: $bits = $float::MAX.to_bits();

            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn to_bits(self) -> $bits {
                $float::to_bits(self)
            }
            #[inline(always)]
            fn magnitude_bits(self) -> $bits {
                self.to_bits() & ($bits::MAX >> 1)
            }
            #[inline(always)]
            fn is_far_out(self) -> bool {
                // One `&`: two comparisons of numbers, no branch.
                (self.abs() > $functions::REACH) & (self.abs() <= $float::MAX)
            }
            #[cold]
            fn far_out(op: Unary, x: Self) -> Self {
                match op {
                    Unary::Sin => libm::$sin(x),
                    Unary::Cos => libm::$cos(x),
                    Unary::Tan => libm::$tan(x),
                    _ => Self::near(op, x),
                }
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $float::sqrt(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $float::abs(self)
            }
            #[inline(always)]
            fn floor(self) -> Self {
                $float::floor(self)
            }
            #[inline(always)]
            fn raise(self, exponent: Self) -> Self {
                $functions::pow(self, exponent)
            }
            real!(@same $functions, exp, ln, log2, sin, cos, tan, tanh);
        }
    };
    (@same $functions:ident, $($name:ident),+) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            $functions::$name(self)
        })+
    };
}

real!(f32, u32, single, sinf, cosf, tanf);
real!(f64, u64, double, sin, cos, tan);
