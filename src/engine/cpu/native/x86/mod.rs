//! What is asked of instructions, as those of x86-64: AVX2 and AVX-512.

mod encode;
mod operations;
#[cfg(test)]
mod oracle;

pub use operations::X86;
