//! Where a function of blocks keeps what goes from step to step.

use super::layout::Slot;
use super::machine::{Address, Jump, Vector};

/// What a function of blocks works with.
#[derive(Debug, Clone, Default)]
pub struct Blocks {
    /// Per part, what keeps the least of what the stop test looks at, and the largest |loss|. Vectors of 256 bits are too
    /// few, and have no such instructions for f64: there lanes that ended are kept.
    pub extremes: Vec<[Kept; 2]>,
    /// Carried values that stay in registers: slot, part, register. All of them do, or none.
    pub kept: Vec<(Slot, usize, Vector)>,
    /// Where they are written down before a block, if not.
    pub saved: Vec<(Address, Address)>,
    /// Where a block begins, and each of its steps.
    pub begin: usize,
    pub step: usize,
    pub leave: Option<Jump>,
}

/// Where a number of a part is kept from step to step.
#[derive(Debug, Clone, Copy)]
pub enum Kept {
    Register(Vector),
    Memory(Address),
}
