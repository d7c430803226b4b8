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
            Instruction::Unary(op, _, a) => unary(op, out, read(a)),
            Instruction::Binary(op, _, a, b) => binary(op, out, read(a), read(b)),
            Instruction::Compare(op, _, a, b) => compare(op, out, read(a), read(b)),
            Instruction::Select(_, condition, a, b) => select(out, read(condition), read(a), read(b)),
            Instruction::Copy(_, a) => out.copy_from_slice(read(a)),
        }
        registers[to] = taken;
    }
}

/// One loop per operation, so that each is a loop the compiler can vectorise.
macro_rules! loop_per_operation {
    ($op:expr, [$($variant:path),+], |$each:ident| $body:expr) => {
        match $op { $($variant => { let $each = $variant; $body })+ }
    };
}

#[inline(always)]
fn unary<T: Real>(op: Unary, out: &mut [T], a: &[T]) {
    use Unary::{Abs, Cos, Exp, Floor, Ln, Log2, Neg, Sigmoid, Sign, Sin, Softplus, Sqrt, Tan, Tanh};
    loop_per_operation!(
        op,
        [Abs, Cos, Exp, Floor, Ln, Log2, Neg, Sigmoid, Sign, Sin, Softplus, Sqrt, Tan, Tanh],
        |each| for (out, a) in out.iter_mut().zip(a) {
            *out = T::near(each, *a);
        }
    );
    // A test in the loop above would keep it from vectorising. Far-out angles are rare: descents that meet them diverge.
    if op.is_of_angle() && a.iter().fold(false, |some, a| some | a.is_far_out()) {
        for (out, a) in out.iter_mut().zip(a).filter(|(_, a)| a.is_far_out()) {
            *out = T::far_out(op, *a);
        }
    }
}

#[inline(always)]
fn binary<T: Real>(op: Binary, out: &mut [T], a: &[T], b: &[T]) {
    use Binary::{Add, Div, Max, Min, Mul, Pow, Sub};
    loop_per_operation!(op, [Add, Div, Max, Min, Mul, Pow, Sub], |each| for ((out, a), b) in
        out.iter_mut().zip(a).zip(b)
    {
        *out = T::binary(each, *a, *b);
    });
}

#[inline(always)]
fn compare<T: Real>(op: Comparison, out: &mut [T], a: &[T], b: &[T]) {
    use Comparison::{Equal, Less, LessEqual};
    loop_per_operation!(op, [Equal, Less, LessEqual], |each| for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = if T::compare(each, *a, *b) { T::ONE } else { T::ZERO };
    });
}

#[inline(always)]
fn select<T: Real>(out: &mut [T], condition: &[T], a: &[T], b: &[T]) {
    for (((out, c), a), b) in out.iter_mut().zip(condition).zip(a).zip(b) {
        *out = if *c == T::ZERO { *b } else { *a };
    }
}
