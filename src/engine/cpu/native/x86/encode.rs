//! Machine code for vectors of x86-64: the few instructions that a step needs, in their AVX2 (VEX) and AVX-512 (EVEX)
//! forms.
//!
//! Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.3 and 2.7. By hand,
//! because the assemblers among the crates add some 15 s to every build for these thirty instructions. Each of them is
//! checked by a disassembler (`oracle.rs`) and by what it computes (tests/native.rs).

use super::super::machine::{Address, Base, Isa, Jump, Operand, Vector, When};

/// A register of whole numbers, by its number.
fn register_of(base: Base) -> u8 {
    match base {
        Base::Common => 2,
        Base::Row => 1,
        Base::Lanes => 7,
        Base::Data => 8,
    }
}

/// The number of an operand's register, or of that which its address begins from.
fn number_of(operand: Operand) -> u8 {
    match operand {
        Operand::Register(number) => number,
        Operand::Memory(at) => register_of(at.base),
    }
}

/// Mandatory prefixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prefix {
    None = 0,
    P66 = 1,
    PF3 = 2,
}

/// Opcode maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Map {
    M0f = 1,
    M0f38 = 2,
    M0f3a = 3,
}

/// What tells an instruction from others, in both encodings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opcode {
    pub prefix: Prefix,
    pub map: Map,
    /// The W bit.
    pub wide: bool,
    pub byte: u8,
}

/// `kor`, of mask registers.
pub const KOR: u8 = 0x45;
pub const KXOR: u8 = 0x47;
/// `vfmadd213ps`.
pub const FMA: Opcode = Opcode { prefix: Prefix::P66, map: Map::M0f38, wide: false, byte: 0xa8 };

/// Machine code on its way.
#[derive(Debug, Clone)]
pub struct Encoder {
    pub isa: Isa,
    pub code: Vec<u8>,
}

impl Encoder {
    pub fn new(isa: Isa) -> Self {
        Self { isa, code: Vec::new() }
    }

    /// `op to, a, b`, and an immediate byte where there is one.
    pub fn vector(&mut self, op: Opcode, to: Vector, a: Vector, b: Operand, immediate: Option<u8>) {
        if self.isa == Isa::Avx512 {
            self.evex(op, to, a, b, 0);
        } else {
            self.vex(op, true, to, a, b);
        }
        self.code.extend(immediate);
    }

    /// As [`Encoder::vector`] in EVEX form under a mask register.
    pub fn masked(&mut self, op: Opcode, to: Vector, a: Vector, b: Operand, mask: u8, immediate: Option<u8>) {
        self.evex(op, to, a, b, mask);
        self.code.extend(immediate);
    }

    /// `vmovaps to, from`
    pub fn load(&mut self, to: Vector, from: Operand) {
        let op = Opcode { prefix: Prefix::None, map: Map::M0f, wide: false, byte: 0x28 };
        self.vector(op, to, 0, from, None);
    }

    /// `vmovaps [at], from`
    pub fn store(&mut self, at: Address, from: Vector) {
        let op = Opcode { prefix: Prefix::None, map: Map::M0f, wide: false, byte: 0x29 };
        self.vector(op, from, 0, Operand::Memory(at), None);
    }

    fn vex(&mut self, op: Opcode, long: bool, register: u8, second: u8, operand: Operand) {
        let base = number_of(operand);
        let inverted = |bit: u8, at: u8| u8::from(bit == 0) << at;
        let first = inverted(register & 8, 7) | inverted(0, 6) | inverted(base & 8, 5) | op.map as u8;
        let last = u8::from(op.wide) << 7 | (!second & 15) << 3 | u8::from(long) << 2 | op.prefix as u8;
        self.code.extend([0xc4, first, last, op.byte]);
        self.operand(register, operand);
    }

    /// Always 512 bits.
    fn evex(&mut self, op: Opcode, register: u8, second: u8, operand: Operand, mask: u8) {
        let base = number_of(operand);
        let inverted = |bit: u8, at: u8| u8::from(bit == 0) << at;
        let first = inverted(register & 8, 7)
            | inverted(base & 16, 6)
            | inverted(base & 8, 5)
            | inverted(register & 16, 4)
            | op.map as u8;
        let middle = u8::from(op.wide) << 7 | (!second & 15) << 3 | 1 << 2 | op.prefix as u8;
        let last = 2 << 5 | inverted(second & 16, 3) | mask;
        self.code.extend([0x62, first, middle, last, op.byte]);
        self.operand(register, operand);
    }

    /// The ModRM byte; memory is always `[base + 32-bit offset]`, which EVEX does not scale.
    fn operand(&mut self, register: u8, operand: Operand) {
        let field = (register & 7) << 3;
        match operand {
            Operand::Register(number) => self.code.push(0xc0 | field | (number & 7)),
            Operand::Memory(at) => {
                self.code.push(0x80 | field | (register_of(at.base) & 7));
                self.code.extend(at.offset.to_le_bytes());
            }
        }
    }

    /// An instruction over mask registers of 16 bits: [`KOR`], [`KXOR`].
    pub fn masks(&mut self, byte: u8, to: u8, a: u8, b: u8) {
        let op = Opcode { prefix: Prefix::None, map: Map::M0f, wide: false, byte };
        self.vex(op, true, to, a, Operand::Register(b));
    }

    /// `kortestw a, a`: zero where the mask is empty.
    pub fn test_mask(&mut self, a: u8) {
        let op = Opcode { prefix: Prefix::None, map: Map::M0f, wide: false, byte: 0x98 };
        self.vex(op, false, a, 0, Operand::Register(a));
    }

    /// `vmovmskps eax, a; test eax, eax`: zero where no lane's sign is set.
    pub fn test_signs(&mut self, a: Vector) {
        let op = Opcode { prefix: Prefix::None, map: Map::M0f, wide: false, byte: 0x50 };
        self.vex(op, true, 0, 0, Operand::Register(a));
        self.code.extend([0x85, 0xc0]);
    }

    /// `test rsi, rsi`
    pub fn test_count(&mut self) {
        self.code.extend([0x48, 0x85, 0xf6]);
    }

    /// `dec rsi`
    pub fn count_down(&mut self) {
        self.code.extend([0x48, 0xff, 0xce]);
    }

    /// `add rsi, by`
    pub fn count_up(&mut self, by: u8) {
        self.code.extend([0x48, 0x83, 0xc6, by]);
    }

    /// `test esi, bits`: zero where the count has none of them.
    pub fn test_low(&mut self, bits: u32) {
        self.code.extend([0xf7, 0xc6]);
        self.code.extend(bits.to_le_bytes());
    }

    /// `add rcx, bytes`: the next row.
    pub fn next_row(&mut self, bytes: i32) {
        self.code.extend([0x48, 0x81, 0xc1]);
        self.code.extend(bytes.to_le_bytes());
    }

    /// `mov r9d, count`: rows of a loop.
    pub fn count_rows(&mut self, count: u32) {
        self.code.extend([0x41, 0xb9]);
        self.code.extend(count.to_le_bytes());
    }

    /// `add r8, bytes`: another row of the data.
    pub fn move_data(&mut self, bytes: i32) {
        self.code.extend([0x49, 0x81, 0xc0]);
        self.code.extend(bytes.to_le_bytes());
    }

    /// `mov r10, r8; lea r8, [rcx + bytes]`: the data are those that the step brings, from so far into its row.
    pub fn data_of_step(&mut self, bytes: i32) {
        self.code.extend([0x4d, 0x89, 0xc2, 0x4c, 0x8d, 0x81]);
        self.code.extend(bytes.to_le_bytes());
    }

    /// `mov r8, r10`: the data are those of all steps again.
    pub fn data_of_all_steps(&mut self) {
        self.code.extend([0x4d, 0x89, 0xd0]);
    }

    /// `dec r9`
    pub fn count_row(&mut self) {
        self.code.extend([0x49, 0xff, 0xc9]);
    }

    /// `mov eax, number`
    pub fn set_number(&mut self, number: u32) {
        self.code.push(0xb8);
        self.code.extend(number.to_le_bytes());
    }

    /// `call`, to be [landed](Encoder::land).
    pub fn call(&mut self) -> Jump {
        self.code.push(0xe8);
        self.code.extend([0; 4]);
        Jump(self.code.len() - 4)
    }

    /// `push rdi; push rsi; push rdx; push rcx; push rax; push r8; push r9; push r10`: all that this code uses. They are as
    /// many as keep the stack aligned.
    pub fn keep_numbers(&mut self) {
        self.code.extend([0x57, 0x56, 0x52, 0x51, 0x50, 0x41, 0x50, 0x41, 0x51, 0x41, 0x52]);
    }

    /// And back again.
    pub fn take_back_numbers(&mut self) {
        self.code.extend([0x41, 0x5a, 0x41, 0x59, 0x41, 0x58, 0x58, 0x59, 0x5a, 0x5e, 0x5f]);
    }

    /// `lea rdi, [rdx + offset]; mov esi, lanes; mov edx, eax; vzeroupper; mov rax, function; call rax`
    pub fn call_outside(&mut self, offset: i32, lanes: u32, function: u64) {
        self.code.extend([0x48, 0x8d, 0xba]);
        self.code.extend(offset.to_le_bytes());
        self.code.push(0xbe);
        self.code.extend(lanes.to_le_bytes());
        self.code.extend([0x89, 0xc2, 0xc5, 0xf8, 0x77, 0x48, 0xb8]);
        self.code.extend(function.to_le_bytes());
        self.code.extend([0xff, 0xd0]);
    }

    /// `ret`
    pub fn go_back(&mut self) {
        self.code.push(0xc3);
    }

    /// `mov rax, rsi; vzeroupper; ret`
    pub fn return_count(&mut self) {
        self.code.extend([0x48, 0x89, 0xf0, 0xc5, 0xf8, 0x77, 0xc3]);
    }

    /// A jump forward, to be [landed](Encoder::land).
    pub fn jump(&mut self, when: When) -> Jump {
        match when {
            When::Always => self.code.push(0xe9),
            When::Zero => self.code.extend([0x0f, 0x84]),
            When::NotZero => self.code.extend([0x0f, 0x85]),
        }
        self.code.extend([0; 4]);
        Jump(self.code.len() - 4)
    }

    /// The jump leads to `target`.
    pub fn land(&mut self, jump: Jump, target: usize) {
        let offset = target as i32 - (jump.0 as i32 + 4);
        self.code[jump.0..jump.0 + 4].copy_from_slice(&offset.to_le_bytes());
    }
}
