//! The operations of a graph as vector instructions.

use super::encode::{Address, Assembler, Isa, Map, Opcode, Operand, Prefix, Vector};
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

/// Instructions of packed f32 or f64.
#[derive(Debug, Clone, Copy)]
pub struct Packed {
    isa: Isa,
    wide: bool,
}

/// Arithmetic, by opcode byte; that of words after those of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
    /// Of words of 32 bits; of 64 bits 0xd4.
    Plus = 0xfe,
    /// Likewise, and 0xfb.
    Minus = 0xfa,
}

/// Shifts of words, by what tells them apart in the instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shift {
    Left = 6,
    Right = 2,
}

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Numbers: never where one of them is none.
    Number(Comparison),
    /// Whether the first is above the second as a word: of 512-bit vectors without a sign, of shorter ones with one.
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

    fn integer(self, narrow: u8, wide: u8) -> Opcode {
        self.extended(Map::M0f, narrow, wide)
    }

    fn extended(self, map: Map, narrow: u8, wide: u8) -> Opcode {
        let byte = if self.wide { wide } else { narrow };
        Opcode { prefix: Prefix::P66, map, wide: self.wide && self.isa == Isa::Avx512, byte }
    }

    /// to = a op b; a square root has no a.
    pub fn arithmetic(self, out: &mut Assembler, op: Arithmetic, to: Vector, a: Vector, b: Operand) {
        let opcode = match op {
            Arithmetic::Plus => self.integer(0xfe, 0xd4),
            Arithmetic::Minus => self.integer(0xfa, 0xfb),
            _ => self.float(op as u8),
        };
        out.vector(opcode, to, if op == Arithmetic::Sqrt { 0 } else { a }, b, None);
    }

    /// to = a shifted by a constant.
    pub fn shift(self, out: &mut Assembler, shift: Shift, to: Vector, a: Vector, by: u8) {
        out.vector(self.integer(0x72, 0x73), shift as u8, to, Operand::Register(a), Some(by));
    }

    /// A number in memory, in all lanes.
    pub fn spread_number(self, out: &mut Assembler, to: Vector, at: Address) {
        out.vector(self.extended(Map::M0f38, 0x18, 0x19), to, 0, Operand::Memory(at), None);
    }

    /// AVX-512: to = the larger of a and b, of bits as whole numbers with a sign: shorter vectors do not have it for both widths.
    pub fn larger_bits(self, out: &mut Assembler, to: Vector, a: Vector, b: Operand) {
        out.vector(self.extended(Map::M0f38, 0x3d, 0x3d), to, a, b, None);
    }

    /// AVX-512: to = the lesser or larger of |a| and |b|.
    pub fn magnitudes(self, out: &mut Assembler, op: Magnitudes, to: Vector, a: Vector, b: Operand) {
        out.vector(self.extended(Map::M0f3a, 0x50, 0x50), to, a, b, Some(op as u8));
    }

    pub fn floor(self, out: &mut Assembler, to: Vector, a: Operand) {
        const DOWN_QUIETLY: u8 = 0x09;
        out.vector(self.extended(Map::M0f3a, 0x08, 0x09), to, 0, a, Some(DOWN_QUIETLY));
    }

    /// All bits where the relation holds, none elsewhere.
    pub fn compare(self, out: &mut Assembler, relation: Relation, to: Vector, a: Vector, b: Operand) {
        match self.isa {
            Isa::Avx2 => self.relation(out, relation, to, a, b),
            Isa::Avx512 => {
                self.relation(out, relation, SCRATCH_MASK, a, b);
                self.spread(out, to, SCRATCH_MASK);
            }
        }
    }

    /// The instruction of a relation: into a vector, or with AVX-512 into a mask register.
    fn relation(self, out: &mut Assembler, relation: Relation, to: Vector, a: Vector, b: Operand) {
        let predicate = match (relation, self.isa) {
            (Relation::Number(Comparison::Equal), _) => 0x00,
            (Relation::Number(Comparison::Less), _) => 0x11,
            (Relation::Number(Comparison::LessEqual), _) => 0x12,
            (Relation::BitsAbove, Isa::Avx2) => return self.greater_bits(out, to, a, b),
            (Relation::BitsAbove, Isa::Avx512) => return self.compare_bits(out, to, 0, a, true, b),
        };
        out.vector(self.float(0xc2), to, a, b, Some(predicate));
    }

    /// to = `yes` where the relation of a and b holds, else `no`; `to` is none of them.
    pub fn choose(
        self,
        out: &mut Assembler,
        to: Vector,
        (relation, a, b): (Relation, Vector, Operand),
        (yes, no): (Operand, Vector),
    ) {
        match self.isa {
            Isa::Avx2 => {
                self.relation(out, relation, to, a, b);
                self.select(out, to, to, yes, no);
            }
            Isa::Avx512 => {
                self.relation(out, relation, SCRATCH_MASK, a, b);
                self.blend(out, to, yes, no);
            }
        }
    }

    /// AVX-512: to = a in the lanes of the scratch mask, b in the others.
    fn blend(self, out: &mut Assembler, to: Vector, a: Operand, b: Vector) {
        out.masked(self.extended(Map::M0f38, 0x65, 0x65), to, b, a, SCRATCH_MASK, None);
    }

    /// Zero where no lane of a is above the bound as a word without a sign, which both have not; `free` is overwritten.
    pub fn test_above(self, out: &mut Assembler, free: Vector, a: Vector, bound: Operand) {
        self.relation(out, Relation::BitsAbove, if self.isa == Isa::Avx2 { free } else { SCRATCH_MASK }, a, bound);
        match self.isa {
            Isa::Avx2 => out.test_signs(free),
            Isa::Avx512 => out.test_mask(SCRATCH_MASK),
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
                self.blend(out, to, a, b);
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
