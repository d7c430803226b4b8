//! What is asked of instructions, as those of aarch64: NEON, which every such processor has.

mod encode;
mod operations;
#[cfg(test)]
mod oracle;

pub use operations::Neon;

#[cfg(test)]
pub use encode::NOTHING;

/// The instructions that put a constant where functions to call are.
#[cfg(test)]
pub fn constant(number: u64) -> Vec<u32> {
    let mut out = encode::Encoder::default();
    out.set(encode::SCRATCH, number);
    out.code
}
