//! Programs as machine code, where the processor is an x86-64 with AVX2 or AVX-512 or an aarch64: arithmetic, functions as their
//! primitive operations, loops over rows. Elsewhere the interpreter (`super::interpreter`) does the same work; it also is what the
//! tests compare this with, bit by bit.
//!
//! Graph → lists of what instructions compute (`expand`, `primitives`) → scripts for the interleaved vectors of a group
//! (`script`) → instructions (`lower`, `rows`, `call`, `ends`), with registers given on the way (`allocate`). What an instruction
//! is made of is known to `x86` and `neon` alone; the others ask for what it does (`machine`).
//!
//! Batches, noise and the data of each seed are drawn before the lanes of a group make steps (`drawn`), into the rows that
//! instructions read. Descents with batches are not judged in every step (`judged`), and means tell the trend of what is drawn
//! (`noisy`).

mod allocate;
mod assembler;
mod blocks;
mod call;
mod compile;
mod compiler;
mod cycles;
mod drawn;
#[cfg(test)]
mod drawn_oracle;
#[cfg(test)]
mod emulated;
mod ends;
mod expand;
mod finish;
mod flat;
mod groups;
mod judged;
mod kept;
mod kernel;
mod layout;
mod limit;
mod losses;
mod lower;
mod machine;
mod mask;
mod neon;
mod noisy;
mod operations;
mod places;
mod primitives;
#[cfg(test)]
mod random_oracle;
mod roof;
mod rows;
mod run;
mod script;
mod stepwise;
#[cfg(test)]
mod sweep_oracle;
mod table;
mod watch;
mod watching;
mod x86;

pub use kernel::{Frame, Kernel};
pub use machine::Isa;
pub use run::Run;
