//! What all sets of instructions have in common, and what is asked of each. Code is written by what it does ([`Instructions`]); the
//! bytes are known to `x86` and `neon` alone.

use super::operations::{Arithmetic, Magnitudes, Relation, Shift};

/// Which vectors there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isa {
    /// x86-64: 256 bits, 16 registers.
    Avx2,
    /// x86-64: 512 bits, 32 registers (F, VL, DQ, BW).
    Avx512,
    /// aarch64: 128 bits, 32 registers, two of which are kept for what comes from memory.
    Neon,
}

impl Isa {
    /// The best that this processor has.
    pub fn detect() -> Option<Self> {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512vl")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512bw");
            if wide {
                return Some(Self::Avx512);
            }
            if is_x86_feature_detected!("avx2") {
                return Some(Self::Avx2);
            }
        }
        Some(Self::Neon).filter(|isa| isa.is_of_this_machine())
    }

    /// The shortest vectors that a processor with these has.
    pub fn shortest(self) -> Self {
        match self {
            Self::Avx2 | Self::Avx512 => Self::Avx2,
            Self::Neon => Self::Neon,
        }
    }

    /// Whether this is a processor of that kind.
    pub fn is_of_this_machine(self) -> bool {
        match self {
            Self::Avx2 | Self::Avx512 => cfg!(target_arch = "x86_64"),
            Self::Neon => cfg!(all(target_arch = "aarch64", target_endian = "little")),
        }
    }

    /// Bytes of a vector.
    pub fn bytes(self) -> usize {
        match self {
            Self::Avx2 => 32,
            Self::Avx512 => 64,
            Self::Neon => 16,
        }
    }

    /// Vector registers that are free for values.
    pub fn registers(self) -> u8 {
        match self {
            Self::Avx2 => 16,
            Self::Avx512 => 32,
            Self::Neon => 30,
        }
    }

    /// Whether there are registers enough to keep losses and extremes in some of them.
    pub fn has_many_registers(self) -> bool {
        self.registers() >= 30
    }

    /// Whether there are [`Masks`].
    pub fn has_masks(self) -> bool {
        self == Self::Avx512
    }

    /// Whether there are [`Extremes`].
    pub fn has_extremes(self) -> bool {
        self != Self::Avx2
    }

    /// Whether words are compared without a sign; else with one.
    pub fn compares_unsigned(self) -> bool {
        self != Self::Avx2
    }
}

/// A vector register.
pub type Vector = u8;

/// The arguments of the function, which point at what it works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Base {
    /// What belongs to the lanes.
    Lanes,
    /// What all lanes share, and room for whatever is on its way.
    Common,
    /// What all lanes share in the step at hand.
    Row,
    /// The row of the data at hand.
    Data,
}

/// Where a vector is in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    pub base: Base,
    /// Bytes.
    pub offset: i32,
}

/// The last source of an instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operand {
    Register(Vector),
    Memory(Address),
}

/// A jump whose target is not known yet: where it stands in the code.
#[derive(Debug, Clone, Copy)]
pub struct Jump(pub usize);

/// Jumps that are used.
#[derive(Debug, Clone, Copy)]
pub enum When {
    Always,
    /// The last test gave zero.
    Zero,
    NotZero,
}

/// Machine code on its way, for packed f32 or f64.
pub trait Instructions {
    /// Where the next instruction begins.
    fn here(&self) -> usize;

    /// The code.
    fn finish(self: Box<Self>) -> Vec<u8>;

    /// A function begins: what its caller expects back is kept.
    fn enter(&mut self);

    /// And ends, with the count.
    fn return_count(&mut self);

    /// to = from
    fn load(&mut self, to: Vector, from: Operand);

    fn store(&mut self, at: Address, from: Vector);

    /// A number in memory, in all lanes.
    fn spread_number(&mut self, to: Vector, at: Address);

    /// to = a op b; a square root has no a.
    fn arithmetic(&mut self, op: Arithmetic, to: Vector, a: Vector, b: Operand);

    /// A multiply-add, rounded once, of `to` and two others, into `to`: for the roof alone.
    fn multiply_add(&mut self, to: Vector, a: Vector, b: Vector);

    /// to = a shifted by a constant.
    fn shift(&mut self, shift: Shift, to: Vector, a: Vector, by: u8);

    fn floor(&mut self, to: Vector, a: Operand);

    /// All bits where the relation holds, none elsewhere.
    fn compare(&mut self, relation: Relation, to: Vector, a: Vector, b: Operand);

    /// to = `yes` where the relation of a and b holds, else `no`; `to` is none of them.
    fn choose(&mut self, to: Vector, compared: (Relation, Vector, Operand), chosen: (Operand, Vector));

    /// to = a where the condition's sign is set, else b; `to` is none of them.
    fn select(&mut self, to: Vector, condition: Vector, a: Operand, b: Vector);

    /// Zero where no lane of a is above the bound as a word without a sign, which both have not; `free` is overwritten.
    fn test_above(&mut self, free: Vector, a: Vector, bound: Operand);

    /// Zero where no lane's sign is set. AVX2 looks at both halves of a lane of 64 bits.
    fn test_signs(&mut self, a: Vector);

    /// Zero where no step is left.
    fn test_count(&mut self);

    /// Zero where the count has none of these bits, which are the lowest ones.
    fn test_low(&mut self, bits: u32);

    /// A step less is left.
    fn count_down(&mut self);

    fn count_up(&mut self, by: u8);

    /// The next row of what all lanes share.
    fn next_row(&mut self, bytes: i32);

    /// Rows of a loop.
    fn count_rows(&mut self, count: u32);

    /// A row less is left: zero where it was the last.
    fn count_row(&mut self);

    /// Another row of the data.
    fn move_data(&mut self, bytes: i32);

    /// The data are those that the step at hand brings, from so many bytes into its row.
    fn data_of_step(&mut self, bytes: i32);

    /// The data are those of all steps again.
    fn data_of_all_steps(&mut self);

    /// A jump, to be [landed](Instructions::land).
    fn jump(&mut self, when: When) -> Jump;

    /// A call within the code, to be landed likewise.
    fn call(&mut self) -> Jump;

    /// The jump leads to `target`.
    fn land(&mut self, jump: Jump, target: usize);

    /// What is called ends here.
    fn go_back(&mut self);

    /// The number of a function outside, before the call.
    fn set_number(&mut self, number: u32);

    /// All that this code uses besides vectors is kept.
    fn keep_numbers(&mut self);

    /// And comes back.
    fn take_back_numbers(&mut self);

    /// `function(common + offset, lanes, number)`
    fn call_outside(&mut self, offset: i32, lanes: u32, function: u64);

    /// Only where [`Isa::has_masks`].
    fn masks(&mut self) -> &mut dyn Masks {
        unreachable!("these instructions have no mask registers")
    }

    /// Only where [`Isa::has_extremes`].
    fn extremes(&mut self) -> &mut dyn Extremes {
        unreachable!("these instructions have no extremes")
    }
}

/// A mask register.
pub type Mask = u8;

/// Registers that have a bit per lane.
pub trait Masks {
    /// `mask` = those of its lanes (or of all, without `within`) where a is above (or below) b, as unsigned bits.
    fn compare_bits(&mut self, mask: Mask, within: Mask, a: Vector, above: bool, b: Operand);

    /// The lanes whose sign bit is set.
    fn signs(&mut self, mask: Mask, of: Vector);

    /// All bits in the lanes of a mask register.
    fn spread(&mut self, to: Vector, mask: Mask);

    fn either(&mut self, to: Mask, a: Mask, b: Mask);

    fn differing(&mut self, to: Mask, a: Mask, b: Mask);

    /// Zero where the mask is empty.
    fn test_mask(&mut self, mask: Mask);
}

/// What gathers the least and the largest of magnitudes.
pub trait Extremes {
    /// to = the larger of a and b, of bits as whole numbers without a sign.
    fn larger_bits(&mut self, to: Vector, a: Vector, b: Operand);

    /// to = the lesser or larger of |a| and |b|.
    fn magnitudes(&mut self, op: Magnitudes, to: Vector, a: Vector, b: Operand);
}
