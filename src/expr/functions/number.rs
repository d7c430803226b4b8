//! What elementary functions are written in: sums, products, quotients, operations on the bits, and choices. A number of
//! the CPU computes at once; a [`Traced`](super::trace::Traced) one writes down what is to be computed, for other
//! machines to do the same in the same order.

use std::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Neg, Shl, Shr, Sub};

/// A number of one width. What its methods take beside it is rounded to that width.
pub trait Number:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Neg<Output = Self>
{
    type Word: Word<Number = Self, Truth = Self::Truth>;
    type Truth: Truth;

    /// A constant.
    fn number(self, value: f64) -> Self;
    /// A constant of the bits.
    fn word(self, value: u64) -> Self::Word;
    /// Its bits.
    fn bits(self) -> Self::Word;
    /// Its bits but the sign.
    fn magnitude(self) -> Self::Word;
    /// Its sign as a bit, where that stands in the number.
    fn sign(self) -> Self::Word;
    /// Whether it is below another; of ordinary numbers, infinity and 0.
    fn is_below(self, other: Self) -> Self::Truth;
    fn equals(self, other: Self) -> Self::Truth;
    /// One of two.
    fn choose(truth: Self::Truth, yes: Self, no: Self) -> Self;
    /// The square root of what is not negative.
    fn root(self) -> Self;

    /// This value of a function, and not a number where the argument is none. Arithmetic of the CPU hands it on by itself;
    /// shaders may take for granted that it never occurs.
    fn unless_nan(self, argument: Self) -> Self;
    /// Likewise for functions that have no value at infinity.
    fn unless_infinite(self, argument: Self) -> Self;
    /// Likewise for functions that overflow beyond an argument.
    fn infinite_above(self, argument: Self, limit: f64) -> Self;

    fn is_below_number(self, value: f64) -> Self::Truth {
        self.is_below(self.number(value))
    }
    fn is_above_number(self, value: f64) -> Self::Truth {
        self.number(value).is_below(self)
    }
    /// No larger than this.
    fn at_most(self, value: f64) -> Self {
        Self::choose(self.is_above_number(value), self.number(value), self)
    }
    /// No smaller than this.
    fn at_least(self, value: f64) -> Self {
        Self::choose(self.is_below_number(value), self.number(value), self)
    }
    fn is_infinite(self) -> Self::Truth {
        (self.magnitude() ^ self.number(f64::INFINITY).bits()).is_less(self.word(1))
    }
    /// Whether it has a minus, as −0 does.
    fn is_signed(self) -> Self::Truth {
        self.word(0).is_less(self.sign())
    }
    /// |x|
    fn size(self) -> Self {
        self.magnitude().as_number()
    }
    /// Its size with the sign of another.
    fn signed_as(self, other: Self) -> Self {
        (self.magnitude() | other.sign()).as_number()
    }
}

/// The bits of a number, as an unsigned whole number that wraps around.
pub trait Word:
    Copy
    + BitAnd<Output = Self>
    + BitOr<Output = Self>
    + BitXor<Output = Self>
    + Shl<u32, Output = Self>
    + Shr<u32, Output = Self>
{
    type Number;
    type Truth;

    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    /// Shifts by another word, which is below the width.
    fn left(self, by: Self) -> Self;
    fn right(self, by: Self) -> Self;
    fn is_less(self, other: Self) -> Self::Truth;
    fn pick(truth: Self::Truth, yes: Self, no: Self) -> Self;
    /// The number that has these bits.
    fn as_number(self) -> Self::Number;
    /// A constant.
    fn constant(self, value: u64) -> Self;
}

/// Whether something holds.
pub trait Truth: Copy {
    fn or(self, other: Self) -> Self;
}

impl Truth for bool {
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        self | other
    }
}

/// A number of the CPU, which computes at once.
#[derive(Clone, Copy)]
pub struct Native<T>(pub T);

macro_rules! native_number {
    ($float:ident, $bits:ident) => {
        native_number!(@operators $float, Add add, Sub sub, Mul mul, Div div);

        impl Neg for Native<$float> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                Self(-self.0)
            }
        }

        impl Number for Native<$float> {
            type Word = Native<$bits>;
            type Truth = bool;

            #[inline(always)]
            fn number(self, value: f64) -> Self {
                Self(value as $float)
            }
            #[inline(always)]
            fn word(self, value: u64) -> Native<$bits> {
                Native(value as $bits)
            }
            #[inline(always)]
            fn bits(self) -> Native<$bits> {
                Native(self.0.to_bits())
            }
            #[inline(always)]
            fn magnitude(self) -> Native<$bits> {
                Native(self.0.to_bits() & ($bits::MAX >> 1))
            }
            #[inline(always)]
            fn sign(self) -> Native<$bits> {
                Native(self.0.to_bits() & !($bits::MAX >> 1))
            }
            #[inline(always)]
            fn is_below(self, other: Self) -> bool {
                self.0 < other.0
            }
            #[inline(always)]
            fn equals(self, other: Self) -> bool {
                self.0 == other.0
            }
            #[inline(always)]
            fn choose(truth: bool, yes: Self, no: Self) -> Self {
                if truth { yes } else { no }
            }
            #[inline(always)]
            fn root(self) -> Self {
                Self(self.0.sqrt())
            }
            #[inline(always)]
            fn unless_nan(self, _: Self) -> Self {
                self
            }
            #[inline(always)]
            fn unless_infinite(self, _: Self) -> Self {
                self
            }
            #[inline(always)]
            fn infinite_above(self, _: Self, _: f64) -> Self {
                self
            }
        }

        impl Word for Native<$bits> {
            type Number = Native<$float>;
            type Truth = bool;

            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                Self(self.0.wrapping_add(other.0))
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                Self(self.0.wrapping_sub(other.0))
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                Self(self.0.wrapping_mul(other.0))
            }
            #[inline(always)]
            fn left(self, by: Self) -> Self {
                Self(self.0.wrapping_shl(by.0 as u32))
            }
            #[inline(always)]
            fn right(self, by: Self) -> Self {
                Self(self.0.wrapping_shr(by.0 as u32))
            }
            #[inline(always)]
            fn is_less(self, other: Self) -> bool {
                self.0 < other.0
            }
            #[inline(always)]
            fn pick(truth: bool, yes: Self, no: Self) -> Self {
                if truth { yes } else { no }
            }
            #[inline(always)]
            fn as_number(self) -> Native<$float> {
                Native($float::from_bits(self.0))
            }
            #[inline(always)]
            fn constant(self, value: u64) -> Self {
                Self(value as $bits)
            }
        }

        native_number!(@words $bits, BitAnd bitand, BitOr bitor, BitXor bitxor);
        native_number!(@shifts $bits, Shl shl, Shr shr);
    };
    (@operators $float:ident, $($operator:ident $method:ident),+) => {$(
        impl $operator for Native<$float> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($operator::$method(self.0, other.0))
            }
        }
        impl $operator<f64> for Native<$float> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: f64) -> Self {
                Self($operator::$method(self.0, other as $float))
            }
        }
    )+};
    (@words $bits:ident, $($operator:ident $method:ident),+) => {$(
        impl $operator for Native<$bits> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self($operator::$method(self.0, other.0))
            }
        }
    )+};
    (@shifts $bits:ident, $($operator:ident $method:ident),+) => {$(
        impl $operator<u32> for Native<$bits> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, by: u32) -> Self {
                Self($operator::$method(self.0, by))
            }
        }
    )+};
}

native_number!(f32, u32);
native_number!(f64, u64);
