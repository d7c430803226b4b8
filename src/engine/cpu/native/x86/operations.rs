//! The operations of vectors as instructions of x86-64.

use super::super::machine::{Address, Extremes, Instructions, Isa, Jump, Mask, Masks, Operand, Vector, When};
use super::super::operations::{Arithmetic, Magnitudes, Relation, Shift};
use super::encode::{Encoder, FMA, KOR, KXOR, Map, Opcode, Prefix};
use crate::expr::Comparison;

/// Instructions of packed f32 or f64.
#[derive(Debug, Clone)]
pub struct X86 {
    out: Encoder,
    wide: bool,
}

/// The mask register that is free for a moment.
const SCRATCH_MASK: Mask = 1;

impl X86 {
    pub fn new(isa: Isa, wide: bool) -> Self {
        Self { out: Encoder::new(isa), wide }
    }

    fn opcode(&self, prefix: Prefix, map: Map, byte: u8) -> Opcode {
        Opcode { prefix, map, wide: self.wide && self.out.isa == Isa::Avx512, byte }
    }

    fn float(&self, byte: u8) -> Opcode {
        self.opcode(if self.wide { Prefix::P66 } else { Prefix::None }, Map::M0f, byte)
    }

    fn integer(&self, narrow: u8, wide: u8) -> Opcode {
        self.extended(Map::M0f, narrow, wide)
    }

    fn extended(&self, map: Map, narrow: u8, wide: u8) -> Opcode {
        self.opcode(Prefix::P66, map, if self.wide { wide } else { narrow })
    }

    /// The instruction of a relation: into a vector, or with AVX-512 into a mask register.
    fn relation(&mut self, relation: Relation, to: Vector, a: Vector, b: Operand) {
        let predicate = match (relation, self.out.isa) {
            (Relation::Number(Comparison::Equal), _) => 0x00,
            (Relation::Number(Comparison::Less), _) => 0x11,
            (Relation::Number(Comparison::LessEqual), _) => 0x12,
            (Relation::BitsAbove, Isa::Avx512) => return self.compare_bits(to, 0, a, true, b),
            (Relation::BitsAbove, _) => return self.greater_bits(to, a, b),
        };
        self.out.vector(self.float(0xc2), to, a, b, Some(predicate));
    }

    /// AVX-512: to = a in the lanes of the scratch mask, b in the others.
    fn blend(&mut self, to: Vector, a: Operand, b: Vector) {
        self.out.masked(self.extended(Map::M0f38, 0x65, 0x65), to, b, a, SCRATCH_MASK, None);
    }

    /// AVX2: all bits where a > b as signed bits, which is their order as magnitudes.
    fn greater_bits(&mut self, to: Vector, a: Vector, b: Operand) {
        let (map, byte) = if self.wide { (Map::M0f38, 0x37) } else { (Map::M0f, 0x66) };
        self.out.vector(self.opcode(Prefix::P66, map, byte), to, a, b, None);
    }

    /// An instruction between vectors and mask registers, of lanes of either width.
    fn of_masks(&mut self, byte: u8, to: u8, from: u8) {
        let op = Opcode { prefix: Prefix::PF3, map: Map::M0f38, wide: self.wide, byte };
        self.out.vector(op, to, 0, Operand::Register(from), None);
    }
}

impl Instructions for X86 {
    fn here(&self) -> usize {
        self.out.code.len()
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.out.code
    }

    /// Nothing that is used here is kept by who is called.
    fn enter(&mut self) {}

    fn return_count(&mut self) {
        self.out.return_count();
    }

    fn load(&mut self, to: Vector, from: Operand) {
        self.out.load(to, from);
    }

    fn store(&mut self, at: Address, from: Vector) {
        self.out.store(at, from);
    }

    fn spread_number(&mut self, to: Vector, at: Address) {
        self.out.vector(self.extended(Map::M0f38, 0x18, 0x19), to, 0, Operand::Memory(at), None);
    }

    fn arithmetic(&mut self, op: Arithmetic, to: Vector, a: Vector, b: Operand) {
        let opcode = match op {
            Arithmetic::Add => self.float(0x58),
            Arithmetic::Mul => self.float(0x59),
            Arithmetic::Sub => self.float(0x5c),
            Arithmetic::Div => self.float(0x5e),
            Arithmetic::Sqrt => self.float(0x51),
            Arithmetic::Least => self.float(0x5d),
            Arithmetic::Largest => self.float(0x5f),
            Arithmetic::And => self.float(0x54),
            Arithmetic::Or => self.float(0x56),
            Arithmetic::Xor => self.float(0x57),
            Arithmetic::Plus => self.integer(0xfe, 0xd4),
            Arithmetic::Minus => self.integer(0xfa, 0xfb),
        };
        self.out.vector(opcode, to, if op == Arithmetic::Sqrt { 0 } else { a }, b, None);
    }

    fn multiply_add(&mut self, to: Vector, a: Vector, b: Vector) {
        self.out.vector(FMA, to, a, Operand::Register(b), None);
    }

    fn shift(&mut self, shift: Shift, to: Vector, a: Vector, by: u8) {
        let which = match shift {
            Shift::Left => 6,
            Shift::Right => 2,
        };
        self.out.vector(self.integer(0x72, 0x73), which, to, Operand::Register(a), Some(by));
    }

    fn floor(&mut self, to: Vector, a: Operand) {
        const DOWN_QUIETLY: u8 = 0x09;
        self.out.vector(self.extended(Map::M0f3a, 0x08, 0x09), to, 0, a, Some(DOWN_QUIETLY));
    }

    fn compare(&mut self, relation: Relation, to: Vector, a: Vector, b: Operand) {
        if self.out.isa == Isa::Avx512 {
            self.relation(relation, SCRATCH_MASK, a, b);
            self.spread(to, SCRATCH_MASK);
        } else {
            self.relation(relation, to, a, b);
        }
    }

    fn choose(&mut self, to: Vector, (relation, a, b): (Relation, Vector, Operand), (yes, no): (Operand, Vector)) {
        if self.out.isa == Isa::Avx512 {
            self.relation(relation, SCRATCH_MASK, a, b);
            self.blend(to, yes, no);
        } else {
            self.relation(relation, to, a, b);
            self.select(to, to, yes, no);
        }
    }

    fn select(&mut self, to: Vector, condition: Vector, a: Operand, b: Vector) {
        if self.out.isa == Isa::Avx512 {
            self.signs(SCRATCH_MASK, condition);
            self.blend(to, a, b);
        } else {
            self.out.vector(self.extended(Map::M0f3a, 0x4a, 0x4b), to, b, a, Some(condition << 4));
        }
    }

    fn test_above(&mut self, free: Vector, a: Vector, bound: Operand) {
        if self.out.isa == Isa::Avx512 {
            self.relation(Relation::BitsAbove, SCRATCH_MASK, a, bound);
            self.out.test_mask(SCRATCH_MASK);
        } else {
            self.relation(Relation::BitsAbove, free, a, bound);
            self.out.test_signs(free);
        }
    }

    fn test_signs(&mut self, a: Vector) {
        if self.out.isa == Isa::Avx512 {
            self.signs(SCRATCH_MASK, a);
            self.out.test_mask(SCRATCH_MASK);
        } else {
            self.out.test_signs(a);
        }
    }

    fn test_count(&mut self) {
        self.out.test_count();
    }

    fn test_low(&mut self, bits: u32) {
        self.out.test_low(bits);
    }

    fn count_down(&mut self) {
        self.out.count_down();
    }

    fn count_up(&mut self, by: u8) {
        self.out.count_up(by);
    }

    fn next_row(&mut self, bytes: i32) {
        self.out.next_row(bytes);
    }

    fn count_rows(&mut self, count: u32) {
        self.out.count_rows(count);
    }

    fn count_row(&mut self) {
        self.out.count_row();
    }

    fn move_data(&mut self, bytes: i32) {
        self.out.move_data(bytes);
    }

    fn data_of_step(&mut self, bytes: i32) {
        self.out.data_of_step(bytes);
    }

    fn data_of_all_steps(&mut self) {
        self.out.data_of_all_steps();
    }

    fn jump(&mut self, when: When) -> Jump {
        self.out.jump(when)
    }

    fn call(&mut self) -> Jump {
        self.out.call()
    }

    fn land(&mut self, jump: Jump, target: usize) {
        self.out.land(jump, target);
    }

    fn go_back(&mut self) {
        self.out.go_back();
    }

    fn set_number(&mut self, number: u32) {
        self.out.set_number(number);
    }

    fn keep_numbers(&mut self) {
        self.out.keep_numbers();
    }

    fn take_back_numbers(&mut self) {
        self.out.take_back_numbers();
    }

    fn call_outside(&mut self, offset: i32, lanes: u32, function: u64) {
        self.out.call_outside(offset, lanes, function);
    }

    fn masks(&mut self) -> &mut dyn Masks {
        self
    }

    fn extremes(&mut self) -> &mut dyn Extremes {
        self
    }
}

/// AVX-512 alone.
impl Masks for X86 {
    fn compare_bits(&mut self, mask: Mask, within: Mask, a: Vector, above: bool, b: Operand) {
        const BELOW: u8 = 1;
        const ABOVE: u8 = 6;
        let op = self.extended(Map::M0f3a, 0x1e, 0x1e);
        self.out.masked(op, mask, a, b, within, Some(if above { ABOVE } else { BELOW }));
    }

    fn signs(&mut self, mask: Mask, of: Vector) {
        self.of_masks(0x39, mask, of);
    }

    fn spread(&mut self, to: Vector, mask: Mask) {
        self.of_masks(0x38, to, mask);
    }

    fn either(&mut self, to: Mask, a: Mask, b: Mask) {
        self.out.masks(KOR, to, a, b);
    }

    fn differing(&mut self, to: Mask, a: Mask, b: Mask) {
        self.out.masks(KXOR, to, a, b);
    }

    fn test_mask(&mut self, mask: Mask) {
        self.out.test_mask(mask);
    }
}

/// AVX-512 alone: vectors of 256 bits do not have these for both widths.
impl Extremes for X86 {
    fn larger_bits(&mut self, to: Vector, a: Vector, b: Operand) {
        self.out.vector(self.extended(Map::M0f38, 0x3f, 0x3f), to, a, b, None);
    }

    fn magnitudes(&mut self, op: Magnitudes, to: Vector, a: Vector, b: Operand) {
        let which = match op {
            Magnitudes::Least => 0x0a,
            Magnitudes::Largest => 0x0b,
        };
        self.out.vector(self.extended(Map::M0f3a, 0x50, 0x50), to, a, b, Some(which));
    }
}
