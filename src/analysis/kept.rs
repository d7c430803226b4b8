//! Outcomes, final losses and parameters, in memory: for what needs the whole map at once.

use crate::engine::Output;
use crate::sweep::{ColumnKind, Outcome, SweepCommon, TileOutcomes};
use std::io;

/// The map of a sweep, y-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Kept {
    pub outcomes: Vec<Outcome>,
    pub losses: Vec<f64>,
    /// One list per parameter.
    pub parameters: Vec<Vec<f64>>,
}

impl Kept {
    /// Room for a sweep's cells: [`Kept::values`] numbers each, and a byte.
    pub fn new(grid: &SweepCommon) -> Self {
        let list = || Vec::with_capacity(grid.cells());
        let parameters = (1..Self::values(grid)).map(|_| list()).collect();
        Self { outcomes: Vec::with_capacity(grid.cells()), losses: list(), parameters }
    }

    /// Numbers that are kept of a cell: the loss, and each parameter.
    pub fn values(grid: &SweepCommon) -> usize {
        1 + grid.columns.iter().filter(|column| column.kind == ColumnKind::Parameter).count()
    }
}

impl Output for Kept {
    /// Tiles follow each other in y-major order of their cells.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()> {
        self.outcomes.extend_from_slice(&tile.outcome);
        self.losses.extend_from_slice(&tile.loss_final);
        self.parameters.iter_mut().zip(&tile.parameters).for_each(|(all, values)| all.extend_from_slice(values));
        Ok(())
    }
}
