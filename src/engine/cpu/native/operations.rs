//! The operations of vectors.

use crate::expr::{Binary, Comparison, Real};

/// Constants that instructions need, by their place in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// The sign bit alone, and everything but it.
    Sign,
    Magnitude,
    One,
    MinusOne,
}

/// Every literal, in the order in which they stand in the frame.
pub const LITERALS: [Literal; 4] = [Literal::Sign, Literal::Magnitude, Literal::One, Literal::MinusOne];

impl Literal {
    fn value<T: Real>(self) -> T {
        match self {
            Self::Sign => -T::ZERO,
            Self::Magnitude => T::MAGNITUDE,
            Self::One => T::ONE,
            Self::MinusOne => -T::ONE,
        }
    }

    /// Its bits, in `f64` or `f32`.
    pub fn bits(self, is_wide: bool) -> u64 {
        if is_wide { self.value::<f64>().word() } else { self.value::<f32>().word() }
    }
}

/// Arithmetic: that of words after those of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    Add,
    Mul,
    Sub,
    Div,
    Sqrt,
    /// The second where they are equal, or one is not a number.
    Least,
    Largest,
    And,
    Or,
    Xor,
    /// Of words.
    Plus,
    Minus,
}

/// Shifts of words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    Left,
    Right,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Numbers: never where one of them is none.
    Number(Comparison),
    /// Whether the first is above the second as a word: without a sign where [`Isa::compares_unsigned`](super::machine::Isa), else
    /// with one.
    BitsAbove,
}

impl Arithmetic {
    /// The instruction of an operation, where a single one does it.
    pub fn of(op: Binary) -> Option<Self> {
        match op {
            Binary::Add => Some(Self::Add),
            Binary::Sub => Some(Self::Sub),
            Binary::Mul => Some(Self::Mul),
            Binary::Div => Some(Self::Div),
            _ => None,
        }
    }
}

/// The lesser or the larger of two magnitudes: of the numbers that are some, where one is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magnitudes {
    Least,
    Largest,
}
