//! The working precisions of the CPU, `f32` and `f64`, and their elementary functions.
//!
//! Transcendental functions are the project's own, not the system's C library's, so that a sweep gives the same bits on every
//! operating system.

use super::functions::number::Native;
use super::functions::{double, single};
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
    /// Finite angles above this magnitude are [large](Real::is_large_angle).
    const REACH: Self;

    /// The nearest number of this precision.
    fn from_f64(value: f64) -> Self;
    fn to_f64(self) -> f64;
    fn to_bits(self) -> Self::Bits;
    /// Its bits, the lowest of a word; and back.
    fn word(self) -> u64;
    fn from_word(word: u64) -> Self;
    /// Bits of |x|. For finite x this order is that of |x|; infinity lies above, not-a-number above that.
    fn magnitude_bits(self) -> Self::Bits;

    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn log2(self) -> Self;
    fn sqrt(self) -> Self;
    fn abs(self) -> Self;
    /// The sine of an angle that is [not large](Real::is_large_angle), as are the next two.
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn tan(self) -> Self;
    fn tanh(self) -> Self;
    fn sigmoid(self) -> Self;
    fn softplus(self) -> Self;
    fn atan(self) -> Self;
    fn sinh(self) -> Self;
    fn cosh(self) -> Self;
    fn log1p(self) -> Self;
    fn expm1(self) -> Self;
    fn cbrt(self) -> Self;
    fn erf(self) -> Self;
    fn erfc(self) -> Self;
    fn gelu(self) -> Self;
    fn floor(self) -> Self;
    /// `self` to the power `exponent`, for `self` ≥ 0.
    fn powf(self, exponent: Self) -> Self;
    /// The angle of the point (x, `self`).
    fn atan2(self, x: Self) -> Self;
    fn hypot(self, other: Self) -> Self;
    fn logsumexp(self, other: Self) -> Self;

    /// Whether `self`, as an angle, is finite and needs [`Real::large_sin`] or its like.
    fn is_large_angle(self) -> bool;
    /// The sine of any number, slowly, as are the next two.
    fn large_sin(self) -> Self;
    fn large_cos(self) -> Self;
    fn large_tan(self) -> Self;
}

macro_rules! real {
    ($float:ident, $bits:ident, $functions:ident) => {
        impl Real for $float {
            type Bits = $bits;
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = $float::MAX;
            const MAGNITUDE: Self = $float::from_bits($bits::MAX >> 1);
            const MAX_FINITE_BITS: $bits = $float::MAX.to_bits();
            const REACH: Self = $functions::REACH;

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
            fn word(self) -> u64 {
                self.to_bits().into()
            }
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                $float::from_bits(word as $bits)
            }
            #[inline(always)]
            fn magnitude_bits(self) -> $bits {
                self.to_bits() & ($bits::MAX >> 1)
            }
            #[inline(always)]
            fn is_large_angle(self) -> bool {
                // One `&`: two comparisons of numbers, no branch.
                (self.abs() > Self::REACH) & (self.abs() <= $float::MAX)
            }
            #[cold]
            fn large_sin(self) -> Self {
                $functions::large_sin(Native(self)).0
            }
            #[cold]
            fn large_cos(self) -> Self {
                $functions::large_cos(Native(self)).0
            }
            #[cold]
            fn large_tan(self) -> Self {
                $functions::large_tan(Native(self)).0
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
            fn powf(self, exponent: Self) -> Self {
                $functions::pow(Native(self), Native(exponent)).0
            }
            real!(@same $functions, exp, ln, log2, sin, cos, tan, tanh, sigmoid, softplus);
            real!(@same $functions, atan, sinh, cosh, log1p, expm1, cbrt, erf, erfc, gelu);
            real!(@same_of_two $functions, atan2, hypot, logsumexp);
        }
    };
    (@same $functions:ident, $($name:ident),+) => {
        $(#[inline(always)]
        fn $name(self) -> Self {
            $functions::$name(Native(self)).0
        })+
    };
    (@same_of_two $functions:ident, $($name:ident),+) => {
        $(#[inline(always)]
        fn $name(self, other: Self) -> Self {
            $functions::$name(Native(self), Native(other)).0
        })+
    };
}

real!(f32, u32, single);
real!(f64, u64, double);
