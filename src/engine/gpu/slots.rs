//! Where a cell's numbers lie in the buffers of a kernel.

use super::dispatch::cells_per_binding;
use crate::sweep::Program;

/// Sizes and places that follow from a program, in values per cell. In this order: losses, reported parameters, the two windows,
/// parameters of the judged step before the last, all of which the host reads; what a stop test that holds keeps, a loss
/// and parameters; what is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Slots {
    reported: usize,
    carries: usize,
    /// Numbers of a window.
    pub window: usize,
    /// Bytes of one value.
    pub bytes: usize,
}

impl Slots {
    /// Loss at the start, last finite loss.
    pub const LOSSES: usize = 2;
    /// Marks per cell: outcome code and step, which the host reads; for how many more steps the stop test must hold, the step at
    /// which it began to; two lists of cells.
    pub const MARKS: usize = 6;
    /// One before the first list, since lists are numbered from 1.
    pub const FIRST_LIST: usize = 3;
    /// Those that the host reads.
    pub const MARKS_READ: usize = 2;

    /// The slots of a program.
    pub fn new(program: &Program) -> Self {
        Self {
            reported: program.reported().len(),
            carries: program.carried.len(),
            // Means and deviations are asked of drawn steps alone.
            window: if program.is_noisy() { 5 } else { 2 },
            bytes: if program.precision.is_wide() { 8 } else { 4 },
        }
    }

    pub fn windows(self) -> usize {
        Self::LOSSES + self.reported
    }

    pub fn before(self) -> usize {
        self.windows() + 2 * self.window
    }

    /// Values that the host reads.
    pub fn read(self) -> usize {
        self.before() + self.reported
    }

    pub fn held(self) -> usize {
        self.read() + 1
    }

    pub fn carried(self) -> usize {
        self.held() + self.reported
    }

    /// Values in all.
    pub fn all(self) -> usize {
        self.carried() + self.carries
    }

    /// Most cells that fit in one binding.
    pub fn max_cells(self, max_binding: u64) -> usize {
        cells_per_binding(max_binding, self.all(), self.bytes)
    }
}
