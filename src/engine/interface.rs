//! What an engine is: sweeps in, tiles of outcomes out.

use super::error::EngineError;
use super::info::EngineInfo;
use super::watch::Watch;
use crate::sweep::{Sweep, Tile, TileOutcomes};
use std::io;
use std::ops::ControlFlow;

/// Where outcomes come from.
pub trait Engine: Sync {
    /// What is running, for people and manifests.
    fn info(&self) -> EngineInfo;

    /// Cells per tile that suit the engine, for this sweep.
    fn tile_cells(&self, sweep: &Sweep) -> usize;

    /// Runs `tiles` and hands each to `sink`, in order.
    ///
    /// # Errors
    /// See [`EngineError`]; tiles that reached the sink before are whole and right.
    fn run(
        &self,
        sweep: &Sweep,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError>;
}

/// The tiles to run, in the order in which the sink wants them.
pub type Tiles<'a> = dyn Iterator<Item = Tile> + 'a;

/// Takes finished tiles; `Break` stops the run.
pub type Sink<'a> = dyn FnMut(TileOutcomes) -> ControlFlow<()> + 'a;

/// Something that is made while a sweep runs: it sees every tile once, in order.
pub trait Output {
    /// Takes the next tile.
    ///
    /// # Errors
    /// Whatever writing gives.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()>;
}
