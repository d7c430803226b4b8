//! Programs as machine code, where the processor is an x86-64 with AVX2 or AVX-512 or an aarch64: arithmetic, functions as their
//! primitive operations, loops over rows. Elsewhere, and for batches, noise and data that differ between cells, the interpreter
//! (`super::interpreter`) does the same work; it also is what the tests compare this with, bit by bit.
//!
//! Graph → lists of what instructions compute (`expand`, `primitives`) → scripts for the interleaved vectors of a group
//! (`script`) → instructions (`lower`, `rows`, `call`, `ends`), with registers given on the way (`allocate`). What an instruction
//! is made of is known to `x86` and `neon` alone; the others ask for what it does (`machine`).

mod allocate;
mod assembler;
mod blocks;
mod call;
mod compile;
mod compiler;
mod cycles;
#[cfg(test)]
mod emulated;
mod ends;
mod expand;
mod finish;
mod flat;
mod groups;
mod kept;
mod kernel;
mod layout;
mod losses;
mod lower;
mod machine;
mod mask;
mod neon;
mod operations;
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
