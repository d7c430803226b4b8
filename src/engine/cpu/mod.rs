//! The CPU engine: the reference. Graph → tape, blocks of lanes, threads over chunks of a tile.

mod lanes;
mod tape;

use super::{Engine, EngineError, EngineInfo, Sink, Tiles, Watch};
use crate::sweep::{Precision, Spec, Tile, TileOutcomes};
use lanes::{Block, Chunk, Grid};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};
use tape::Tape;

/// Runs descents on the processor's cores.
pub struct CpuEngine {
    pool: rayon::ThreadPool,
    tile_cells: usize,
}

/// A tile is small enough to stay in the outer cache and to keep memory flat, large enough to feed all cores.
const TILE_CELLS: usize = 1 << 19;
/// Cells that one task works off; a multiple of any block of lanes.
const MAX_CHUNK_CELLS: usize = 8192;

impl CpuEngine {
    /// An engine on `threads` threads; `None` takes all cores.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when the threads cannot be started.
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
        let pool = pool.map_err(|e| EngineError::Unsupported(format!("--threads: {e}; use fewer")))?;
        Ok(Self { pool, tile_cells: TILE_CELLS })
    }

    /// The same engine with another tile size (cells). Outcomes do not depend on it.
    #[must_use]
    pub fn with_tile_cells(mut self, tile_cells: usize) -> Self {
        self.tile_cells = tile_cells;
        self
    }

    fn run_tile(&self, spec: &Spec, tape: &Tape, tile: Tile, watch: &Watch<'_>) -> Result<TileOutcomes, EngineError> {
        let grid = Grid::new(spec, tile);
        let chunks = self.chunks(tile.cells());
        let parts: Result<Vec<Chunk>, EngineError> = self
            .pool
            .install(|| chunks.into_par_iter().map(|cells| run_chunk(spec, tape, &grid, cells, watch)).collect());
        let mut outcomes = TileOutcomes::with_room(tile, spec.program.parameters.len());
        for part in parts? {
            part.finish(&mut outcomes)?;
        }
        Ok(outcomes)
    }

    /// Ranges of a tile's cells, enough of them to keep every thread busy to the end.
    fn chunks(&self, cells: usize) -> Vec<Range<usize>> {
        let share = cells.div_ceil(8 * self.pool.current_num_threads());
        let size = share.next_multiple_of(256).min(MAX_CHUNK_CELLS);
        (0..cells).step_by(size).map(|from| from..(from + size).min(cells)).collect()
    }
}

fn run_chunk(
    spec: &Spec,
    tape: &Tape,
    grid: &Grid,
    cells: Range<usize>,
    watch: &Watch<'_>,
) -> Result<Chunk, EngineError> {
    match spec.program.precision {
        Precision::F32 | Precision::Compensated => Block::<f32>::new(spec, tape, grid, cells).run(watch),
        Precision::F64 => Block::<f64>::new(spec, tape, grid, cells).run(watch),
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        let threads = self.pool.current_num_threads();
        let device = format!("{threads} thread{} ({})", if threads == 1 { "" } else { "s" }, std::env::consts::ARCH);
        EngineInfo { engine: "cpu", device, driver: String::new(), probe: None }
    }

    fn tile_cells(&self, _spec: &Spec) -> usize {
        self.tile_cells
    }

    fn run(
        &self,
        spec: &Spec,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let tape = Tape::new(&spec.program);
        for tile in tiles {
            let outcomes = self.run_tile(spec, &tape, tile, watch)?;
            if let ControlFlow::Break(()) = sink(outcomes) {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }
}
