//! Instructions and what they do: one pass over the lanes each.

use crate::expr::{Binary, Comparison, Real, Unary};
use aligned_vec::{AVec, ConstAlign};
use multiversion::multiversion;

/// A register holds one number for every lane of a block.
pub type Register = usize;

/// One pass over the lanes. The first register is written and is none of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instruction {
    Unary(Unary, Register, Register),
    Binary(Binary, Register, Register, Register),
    /// Writes 1 or 0.
    Compare(Comparison, Register, Register, Register),
    /// Third where the second is not 0, else fourth.
    Select(Register, Register, Register, Register),
    Copy(Register, Register),
}

/// The lanes of one register. Aligned, because vector loads and stores that straddle two cache lines cost double.
pub type Lanes<T> = AVec<T, ConstAlign<64>>;

/// So many lanes with the same in each. Not from an iterator: that takes one at a time.
pub fn filled<T: Clone>(value: T, lanes: usize) -> Lanes<T> {
    let mut filled = Lanes::new(0);
    filled.resize(lanes, value);
    filled
}

/// Runs instructions over the first `lanes` lanes of the registers.
///
/// Compiled once per instruction set and chosen at run time, so that a plain release binary uses what the processor
/// has. No set changes a result: products and sums are never fused.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn execute<T: Real>(instructions: &[Instruction], registers: &mut [Lanes<T>], lanes: usize) {
    for instruction in instructions {
        let (Instruction::Unary(_, to, _)
        | Instruction::Binary(_, to, ..)
        | Instruction::Compare(_, to, ..)
        | Instruction::Select(to, ..)
        | Instruction::Copy(to, _)) = *instruction;
        // Taken out for the time of the write, which costs a move of three words and no unsafe code.
        let mut taken = std::mem::replace(&mut registers[to], Lanes::new(0));
        let out = &mut taken[..lanes];
        let read = |register: Register| &registers[register][..lanes];
        match *instruction {
            Instruction::Unary(op, _, a) => op.fill(out, read(a)),
            Instruction::Binary(op, _, a, b) => op.fill(out, read(a), read(b)),
            Instruction::Compare(op, _, a, b) => op.fill(out, read(a), read(b)),
            Instruction::Select(_, condition, a, b) => select(out, read(condition), read(a), read(b)),
            Instruction::Copy(_, a) => out.copy_from_slice(read(a)),
        }
        registers[to] = taken;
    }
}

#[inline(always)]
fn select<T: Real>(out: &mut [T], condition: &[T], a: &[T], b: &[T]) {
    for (((out, c), a), b) in out.iter_mut().zip(condition).zip(a).zip(b) {
        *out = if *c == T::ZERO { *b } else { *a };
    }
}
