//! Outcomes and final losses, in memory: for what needs the whole map at once.

use crate::engine::Output;
use crate::sweep::{Outcome, SweepCommon, TileOutcomes};
use std::io;

/// The map of a sweep, y-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    pub outcomes: Vec<Outcome>,
    pub losses: Vec<f64>,
}

impl Kept {
    /// Room for a sweep's cells: 9 bytes each.
    pub fn new(grid: &SweepCommon) -> Self {
        Self { outcomes: Vec::with_capacity(grid.cells()), losses: Vec::with_capacity(grid.cells()) }
    }
}

impl Output for Kept {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.outcomes.extend_from_slice(&tile.outcome);
        self.losses.extend_from_slice(&tile.loss_final);
        Ok(())
    }
}
