//! Programs as machine code, where the processor is an x86-64 with AVX2 or AVX-512 and every operation of the lanes has an
//! instruction. Elsewhere, and for the rest, the interpreter (`super::interpreter`) does the same work; it also is what the
//! tests compare this with, bit by bit.

mod allocate;
mod blocks;
mod classes;
mod compile;
mod compiler;
mod cycles;
mod encode;
#[cfg(test)]
mod encode_oracle;
mod ends;
mod finish;
mod groups;
mod kernel;
mod layout;
mod losses;
mod lower;
mod mask;
mod operations;
mod roof;
mod run;
mod stepwise;
mod watch;
mod watching;

pub use encode::Isa;
pub use kernel::{Frame, Kernel};
pub use run::Run;
