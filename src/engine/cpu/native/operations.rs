//! The operations of a graph as vector instructions.

use super::encode::{Assembler, Isa, Map, Opcode, Operand, Prefix, Vector};
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
    pub fn value<T: Real>(self) -> T {
        match self {
            Self::Sign => -T::ZERO,
            Self::Magnitude => T::MAGNITUDE,
            Self::One => T::ONE,
            Self::MinusOne => -T::ONE,
        }
    }
}

/// Instructions of packed f32 or f64.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    isa: Isa,
    wide: bool,
}

/// Arithmetic, by opcode byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arithmetic {
    Add = 0x58,
    Mul = 0x59,
    Sub = 0x5c,
    Div = 0x5e,
    Sqrt = 0x51,
    /// The second where they are equal, or one is not a number.
    Least = 0x5d,
    Largest = 0x5f,
    And = 0x54,
    Or = 0x56,
    Xor = 0x57,
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

/// Arithmetic of bits as whole numbers with a sign, of 512-bit vectors: shorter ones do not have all of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    Minus,
    Largest,
}

/// The lesser or the larger of two magnitudes: of the numbers that are some, where one is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Magnitudes {
    Least = 0x0a,
    Largest = 0x0b,
}

/// The mask register that is free for a moment.
const SCRATCH_MASK: u8 = 1;

impl Packed {
    pub fn new(isa: Isa, wide: bool) -> Self {
        Self { isa, wide }
    }

    fn float(self, byte: u8) -> Opcode {
        let prefix = if self.wide { Prefix::P66 } else { Prefix::None };
        Opcode { prefix, map: Map::M0f, wide: self.wide && self.isa == Isa::Avx512, byte }
    }

    fn extended(self, map: Map, narrow: u8, wide: u8) -> Opcode {
        let byte = if self.wide { wide } else { narrow };
        Opcode { prefix: Prefix::P66, map, wide: self.wide && self.isa == Isa::Avx512, byte }
    }

    /// to = a op b; a square root has no a.
    pub fn arithmetic(self, out: &mut Assembler, op: Arithmetic, to: Vector, a: Vector, b: Operand) {
        let a = if op == Arithmetic::Sqrt { 0 } else { a };
        out.vector(self.float(op as u8), to, a, b, None);
    }

    /// AVX-512: to = a op b, of bits as whole numbers.
    pub fn words(self, out: &mut Assembler, op: Words, to: Vector, a: Vector, b: Operand) {
        let opcode = match op {
            Words::Minus => self.extended(Map::M0f, 0xfa, 0xfb),
            Words::Largest => self.extended(Map::M0f38, 0x3d, 0x3d),
        };
        out.vector(opcode, to, a, b, None);
    }

    /// AVX-512: to = the lesser or larger of |a| and |b|.
    pub fn magnitudes(self, out: &mut Assembler, op: Magnitudes, to: Vector, a: Vector, b: Operand) {
        out.vector(self.extended(Map::M0f3a, 0x50, 0x50), to, a, b, Some(op as u8));
    }

    pub fn floor(self, out: &mut Assembler, to: Vector, a: Operand) {
        const DOWN_QUIETLY: u8 = 0x09;
        out.vector(self.extended(Map::M0f3a, 0x08, 0x09), to, 0, a, Some(DOWN_QUIETLY));
    }

    /// All bits where the comparison holds, none elsewhere; never for a not-a-number.
    pub fn compare(self, out: &mut Assembler, op: Comparison, to: Vector, a: Vector, b: Operand) {
        let predicate = match op {
            Comparison::Equal => 0x00,
            Comparison::Less => 0x11,
            Comparison::LessEqual => 0x12,
        };
        let compare = self.float(0xc2);
        match self.isa {
            Isa::Avx2 => out.vector(compare, to, a, b, Some(predicate)),
            Isa::Avx512 => {
                out.vector(compare, SCRATCH_MASK, a, b, Some(predicate));
                self.spread(out, to, SCRATCH_MASK);
            }
        }
    }

    /// All bits in the lanes of a mask register.
    pub fn spread(self, out: &mut Assembler, to: Vector, mask: u8) {
        let op = Opcode { prefix: Prefix::PF3, map: Map::M0f38, wide: self.wide, byte: 0x38 };
        out.vector(op, to, 0, Operand::Register(mask), None);
    }

    /// AVX-512: the lanes whose sign bit is set.
    pub fn signs(self, out: &mut Assembler, mask: u8, of: Vector) {
        let op = Opcode { prefix: Prefix::PF3, map: Map::M0f38, wide: self.wide, byte: 0x39 };
        out.vector(op, mask, 0, Operand::Register(of), None);
    }

    /// to = a where the condition holds, else b.
    pub fn select(self, out: &mut Assembler, to: Vector, condition: Vector, a: Operand, b: Vector) {
        match self.isa {
            Isa::Avx2 => {
                let op = Opcode { wide: false, ..self.extended(Map::M0f3a, 0x4a, 0x4b) };
                out.vector(op, to, b, a, Some(condition << 4));
            }
            Isa::Avx512 => {
                self.signs(out, SCRATCH_MASK, condition);
                out.masked(self.extended(Map::M0f38, 0x65, 0x65), to, b, a, SCRATCH_MASK, None);
            }
        }
    }

    /// AVX-512: `mask` = those of its lanes (or of all, without `within`) where a is above (or below) b, as unsigned bits.
    pub fn compare_bits(self, out: &mut Assembler, mask: u8, within: u8, a: Vector, above: bool, b: Operand) {
        const BELOW: u8 = 1;
        const ABOVE: u8 = 6;
        let op = self.extended(Map::M0f3a, 0x1e, 0x1e);
        out.masked(op, mask, a, b, within, Some(if above { ABOVE } else { BELOW }));
    }

    /// AVX2: all bits where a > b as signed bits, which is their order as magnitudes.
    pub fn greater_bits(self, out: &mut Assembler, to: Vector, a: Vector, b: Operand) {
        let op = if self.wide {
            Opcode { prefix: Prefix::P66, map: Map::M0f38, wide: false, byte: 0x37 }
        } else {
            Opcode { prefix: Prefix::P66, map: Map::M0f, wide: false, byte: 0x66 }
        };
        out.vector(op, to, a, b, None);
    }
}
