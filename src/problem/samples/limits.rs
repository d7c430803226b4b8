//! How much is read.

/// Most numbers that samples hold, rows × inputs: half a GiB of them.
pub const MAX_FEATURES: usize = 128 << 20;
/// Most inputs of a row.
pub const MAX_INPUTS: usize = 16 << 10;
/// Most classes that targets of numbers can stand for.
pub const MAX_CLASSES: usize = 1000;
