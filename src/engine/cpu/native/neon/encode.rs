//! Machine code of aarch64: the few instructions that a step needs, 32 bits each.
//!
//! Encodings: Arm Architecture Reference Manual for A-profile, section C4.1. Each of them is checked by a disassembler
//! (`oracle.rs`) and by what it computes (tests/aarch64).

use super::super::machine::{Address, Base, Vector, When};

/// A register of 64 bits.
pub type Number = u8;

/// Where an address or a constant is put together.
pub const SCRATCH: Number = 9;
const SECOND_SCRATCH: Number = 10;
/// The steps that are left.
pub const COUNT: Number = 1;
/// The rows that are left.
pub const ROWS: Number = 5;
/// Which function outside is called.
pub const FUNCTION: Number = 6;
/// Where the data of all steps are while those of one are read.
pub const KEPT: Number = 7;
/// `nop`
#[cfg(test)]
pub const NOTHING: u32 = 0xd503_201f;
/// Nothing, where something is written; the stack, where an address begins.
const ZERO: Number = 31;
const STACK: Number = 31;
/// Where a call within the code came from.
const LINK: Number = 30;

/// A register of whole numbers, by its number.
pub fn register_of(base: Base) -> Number {
    match base {
        Base::Lanes => 0,
        Base::Common => 2,
        Base::Row => 3,
        Base::Data => 4,
    }
}

/// Instructions of three vectors: all bits but those of the registers and of the size of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Three {
    Fadd = 0x4e20_d400,
    Fsub = 0x4ea0_d400,
    Fmul = 0x6e20_dc00,
    Fdiv = 0x6e20_fc00,
    Fmla = 0x4e20_cc00,
    Fminnm = 0x4ea0_c400,
    Fmaxnm = 0x4e20_c400,
    Fcmeq = 0x4e20_e400,
    Fcmge = 0x6e20_e400,
    Fcmgt = 0x6ea0_e400,
    Add = 0x4ea0_8400,
    Sub = 0x6ea0_8400,
    Cmhi = 0x6ea0_3400,
}

/// Likewise, where lanes have no size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Logical {
    And = 0x4e20_1c00,
    Orr = 0x4ea0_1c00,
    Eor = 0x6e20_1c00,
    /// to = to ? a : b, bit by bit.
    Bsl = 0x6e60_1c00,
    /// to = b ? a : to
    Bit = 0x6ea0_1c00,
    /// to = b ? to : a
    Bif = 0x6ee0_1c00,
}

/// Instructions of two vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Two {
    Fabs = 0x4ea0_f800,
    Fsqrt = 0x6ea1_f800,
    Frintm = 0x4e21_9800,
    /// All bits where the sign is set.
    CmltZero = 0x4ea0_a800,
}

/// Machine code on its way.
#[derive(Debug, Clone, Default)]
pub struct Encoder {
    pub code: Vec<u32>,
}

/// A register in a field that begins at some bit.
fn at(bit: u32, register: u8) -> u32 {
    u32::from(register) << bit
}

impl Encoder {
    fn push(&mut self, word: u32) {
        self.code.push(word);
    }

    pub fn three(&mut self, op: Three, wide: bool, to: Vector, a: Vector, b: Vector) {
        self.push(op as u32 | u32::from(wide) << 22 | at(16, b) | at(5, a) | at(0, to));
    }

    pub fn logical(&mut self, op: Logical, to: Vector, a: Vector, b: Vector) {
        self.push(op as u32 | at(16, b) | at(5, a) | at(0, to));
    }

    pub fn two(&mut self, op: Two, wide: bool, to: Vector, a: Vector) {
        self.push(op as u32 | u32::from(wide) << 22 | at(5, a) | at(0, to));
    }

    /// `mov to, a`
    pub fn copy(&mut self, to: Vector, a: Vector) {
        self.logical(Logical::Orr, to, a, a);
    }

    /// `shl to, a, #by`, of lanes of `bits` bits, by less than these.
    pub fn shift_left(&mut self, bits: u32, to: Vector, a: Vector, by: u32) {
        self.push(0x4f00_5400 | (bits + by) << 16 | at(5, a) | at(0, to));
    }

    /// `ushr to, a, #by`, by 1 at least.
    pub fn shift_right(&mut self, bits: u32, to: Vector, a: Vector, by: u32) {
        self.push(0x6f00_0400 | (2 * bits - by) << 16 | at(5, a) | at(0, to));
    }

    /// `ldr to, [from]`
    pub fn load(&mut self, to: Vector, from: Address) {
        self.transfer(0x3dc0_0000, 0x3ce0_6800, to, from);
    }

    /// `str from, [to]`
    pub fn store(&mut self, to: Address, from: Vector) {
        self.transfer(0x3d80_0000, 0x3ca0_6800, from, to);
    }

    /// With the offset in the instruction, in vectors, or in a register.
    fn transfer(&mut self, near: u32, far: u32, vector: Vector, address: Address) {
        const VECTOR: u32 = 16;
        let (base, offset) = (register_of(address.base), address.offset as u32);
        if offset.is_multiple_of(VECTOR) && offset / VECTOR < 1 << 12 {
            self.push(near | (offset / VECTOR) << 10 | at(5, base) | at(0, vector));
        } else {
            self.set(SCRATCH, u64::from(offset));
            self.push(far | at(16, SCRATCH) | at(5, base) | at(0, vector));
        }
    }

    /// `ld1r {to}, [from]`: a number in all lanes.
    pub fn load_number(&mut self, wide: bool, to: Vector, from: Address) {
        let mut base = register_of(from.base);
        if from.offset != 0 {
            self.add(SCRATCH, base, i64::from(from.offset));
            base = SCRATCH;
        }
        self.push(0x4d40_c800 | u32::from(wide) << 10 | at(5, base) | at(0, to));
    }

    /// Zero where no lane's sign is set.
    pub fn test_signs(&mut self, wide: bool, a: Vector) {
        // mov x9, a.d[0]; mov x10, a.d[1]; orr x9, x9, x10; tst x9, #signs
        self.push(0x4e08_3c00 | at(5, a) | at(0, SCRATCH));
        self.push(0x4e18_3c00 | at(5, a) | at(0, SECOND_SCRATCH));
        self.push(0xaa00_0000 | at(16, SECOND_SCRATCH) | at(5, SCRATCH) | at(0, SCRATCH));
        self.push(0xf201_0000 | u32::from(wide) << 22 | at(5, SCRATCH) | at(0, ZERO));
    }

    /// `mov to, #number`, of as many parts of 16 bits as it needs.
    pub fn set(&mut self, to: Number, number: u64) {
        let parts = (0..4).map(|part| (part, (number >> (16 * part)) as u16));
        let mut op = 0xd280_0000;
        for (part, bits) in parts.filter(|(part, bits)| *bits != 0 || (*part == 0 && number == 0)) {
            self.push(op | part << 21 | u32::from(bits) << 5 | at(0, to));
            op = 0xf280_0000;
        }
    }

    /// `mov to, from`
    pub fn copy_number(&mut self, to: Number, from: Number) {
        self.push(0xaa00_0000 | at(16, from) | at(5, ZERO) | at(0, to));
    }

    /// to = a + by; another scratch register than `a`.
    pub fn add(&mut self, to: Number, a: Number, by: i64) {
        let (size, is_less) = (by.unsigned_abs(), by < 0);
        if size < 1 << 12 {
            let op = if is_less { 0xd100_0000 } else { 0x9100_0000 };
            self.push(op | (size as u32) << 10 | at(5, a) | at(0, to));
        } else {
            self.set(SCRATCH, size);
            let op = if is_less { 0xcb00_0000 } else { 0x8b00_0000 };
            self.push(op | at(16, SCRATCH) | at(5, a) | at(0, to));
        }
    }

    /// `subs a, a, #1`
    pub fn count_down(&mut self, a: Number) {
        self.push(0xf100_0400 | at(5, a) | at(0, a));
    }

    /// `cmp a, #0`
    pub fn test(&mut self, a: Number) {
        self.push(0xf100_0000 | at(5, a) | at(0, ZERO));
    }

    /// `tst a, #bits`, which are the lowest ones.
    pub fn test_low(&mut self, a: Number, bits: u32) {
        self.push(0xf240_0000 | (bits.count_ones() - 1) << 10 | at(5, a) | at(0, ZERO));
    }

    /// A branch whose offset is to be [set](Encoder::land). Where it has a condition, it is jumped over when that does not
    /// hold: conditions themselves reach no further than a megabyte.
    pub fn branch(&mut self, when: When) -> usize {
        const NEXT_BUT_ONE: u32 = 2 << 5;
        match when {
            When::Always => {}
            When::Zero => self.push(0x5400_0000 | NEXT_BUT_ONE | 1),
            When::NotZero => self.push(0x5400_0000 | NEXT_BUT_ONE),
        }
        self.push(0x1400_0000);
        self.code.len() - 1
    }

    /// `bl`, likewise.
    pub fn call(&mut self) -> usize {
        self.push(0x9400_0000);
        self.code.len() - 1
    }

    /// The branch at one place leads to another.
    pub fn land(&mut self, from: usize, target: usize) {
        const OFFSET: u32 = (1 << 26) - 1;
        let offset = (target as i32 - from as i32) as u32;
        self.code[from] = self.code[from] & !OFFSET | offset & OFFSET;
    }

    /// `ret`
    pub fn go_back(&mut self) {
        self.push(0xd65f_03c0);
    }

    /// `blr a`
    pub fn call_number(&mut self, a: Number) {
        self.push(0xd63f_0000 | at(5, a));
    }

    /// Begins a function: frame and link, and the halves of vectors 8 to 15 that the caller expects back.
    pub fn enter(&mut self) {
        self.pair(0xa980_0000, -10, 29, LINK);
        // mov x29, sp
        self.push(0x9100_03fd);
        (0..4).for_each(|at| self.pair(0x6d00_0000, 2 * i32::from(at) + 2, 8 + 2 * at, 9 + 2 * at));
    }

    /// And ends it.
    pub fn leave(&mut self) {
        (0..4).for_each(|at| self.pair(0x6d40_0000, 2 * i32::from(at) + 2, 8 + 2 * at, 9 + 2 * at));
        self.pair(0xa8c0_0000, 10, 29, LINK);
        self.go_back();
    }

    /// Keeps registers 0 to 5, [`KEPT`] and the link on the stack.
    pub fn keep_numbers(&mut self) {
        self.pair(0xa980_0000, -8, 0, 1);
        self.pair(0xa900_0000, 2, 2, 3);
        self.pair(0xa900_0000, 4, 4, 5);
        self.pair(0xa900_0000, 6, KEPT, LINK);
    }

    /// And takes them back.
    pub fn take_back_numbers(&mut self) {
        self.pair(0xa940_0000, 6, KEPT, LINK);
        self.pair(0xa940_0000, 4, 4, 5);
        self.pair(0xa940_0000, 2, 2, 3);
        self.pair(0xa8c0_0000, 8, 0, 1);
    }

    /// `stp` or `ldp` of two registers of 64 bits at an offset from the stack pointer, in eight bytes.
    fn pair(&mut self, op: u32, offset: i32, first: u8, second: u8) {
        self.push(op | (offset as u32 & 0x7f) << 15 | at(10, second) | at(5, STACK) | at(0, first));
    }
}
