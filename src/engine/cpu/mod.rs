//! The CPU engine: the reference. Graph → tape, blocks of lanes, threads over chunks of a tile.

mod chunk;
mod instruction;
mod judge;
mod lanes;
mod native;
mod network;
mod roof;
mod tape;

pub use network::arithmetic as network_arithmetic;

use super::{Engine, EngineError, EngineInfo, Sink, Tiles, Watch};
use crate::expr::Real;
use crate::sweep::{Job, Precision, Spec, Tile, TileOutcomes};
use chunk::{Chunk, DataView, Grid};
use lanes::{Block, Shared};
use native::{Cohort, Kernel};
use rayon::prelude::*;
use std::ops::{ControlFlow, Range};
use tape::Tape;

/// Runs descents on the processor's cores.
pub struct CpuEngine {
    pool: rayon::ThreadPool,
    tile_cells: usize,
    native: bool,
}

/// A tile is small enough to stay in the outer cache and to keep memory flat, large enough to feed all cores.
const TILE_CELLS: usize = 1 << 19;
/// Where descents are long, tiles are smaller: one that a thread works off in so many steps takes seconds at most, and
/// that is what an interruption can cost.
const STEPS_PER_THREAD: u64 = 1 << 28;
/// But not so small that threads wait for each other.
const CELLS_PER_THREAD: usize = 2048;
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
        Ok(Self { pool, tile_cells: TILE_CELLS, native: true })
    }

    /// The same engine with another tile size (cells). Outcomes do not depend on it.
    #[must_use]
    pub fn with_tile_cells(mut self, tile_cells: usize) -> Self {
        self.tile_cells = tile_cells;
        self
    }

    /// The same engine without machine code made at run time. Outcomes do not depend on it.
    #[must_use]
    pub fn interpreted(mut self) -> Self {
        self.native = false;
        self
    }

    /// Whether there is room for the sweep.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check(&self, job: Job<'_>) -> Result<(), EngineError> {
        match job {
            Job::Formula(_) => Ok(()),
            Job::Network(spec) => network::check_memory(spec, self.pool.current_num_threads()),
        }
    }

    /// Runs some cells of a sweep, by their (x, y); the outcomes come as one row in the order given.
    ///
    /// # Errors
    /// As [`Engine::run`].
    pub fn run_cells(&self, spec: &Spec, cells: &[(u32, u32)], watch: &Watch<'_>) -> Result<TileOutcomes, EngineError> {
        let tape = Tape::new(&spec.program);
        let grid = Grid::listed(spec, cells);
        let row = Tile { x0: 0, y0: 0, nx: cells.len(), ny: 1 };
        match spec.program.precision {
            Precision::F32 | Precision::Compensated => {
                let data = DataView::<f32>::new(spec);
                self.run_grid(&Shared { spec, tape: &tape, data: &data }, self.kernel(spec).as_ref(), &grid, row, watch)
            }
            Precision::F64 => {
                let data = DataView::<f64>::new(spec);
                self.run_grid(&Shared { spec, tape: &tape, data: &data }, self.kernel(spec).as_ref(), &grid, row, watch)
            }
        }
    }

    fn run_tiles<T: Real>(
        &self,
        spec: &Spec,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let tape = Tape::new(&spec.program);
        let data = DataView::<T>::new(spec);
        let shared = Shared { spec, tape: &tape, data: &data };
        let kernel = self.kernel(spec);
        for tile in tiles {
            let outcomes = self.run_grid(&shared, kernel.as_ref(), &Grid::new(spec, tile), tile, watch)?;
            if let ControlFlow::Break(()) = sink(outcomes) {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }

    fn run_grid<T: Real>(
        &self,
        shared: &Shared<'_, T>,
        kernel: Option<&Kernel>,
        grid: &Grid,
        tile: Tile,
        watch: &Watch<'_>,
    ) -> Result<TileOutcomes, EngineError> {
        let chunks = self.chunks(tile.cells());
        let run = |cells: Range<usize>| match kernel {
            Some(kernel) => Cohort::new(shared, kernel, grid, cells).run(watch),
            None => Block::new(shared, grid, cells).run(watch),
        };
        let parts: Result<Vec<Chunk>, EngineError> = self.pool.install(|| chunks.into_par_iter().map(run).collect());
        let mut outcomes = TileOutcomes::with_room(tile, shared.spec.program.parameters.len());
        for part in parts? {
            part.finish(&mut outcomes)?;
        }
        Ok(outcomes)
    }

    /// Machine code for the sweep, where there can be some.
    fn kernel(&self, spec: &Spec) -> Option<Kernel> {
        self.native.then(|| Kernel::new(spec)).flatten()
    }

    /// Ranges of a tile's cells, enough of them to keep every thread busy to the end.
    fn chunks(&self, cells: usize) -> Vec<Range<usize>> {
        let share = cells.div_ceil(8 * self.pool.current_num_threads());
        let size = share.next_multiple_of(256).min(MAX_CHUNK_CELLS);
        (0..cells).step_by(size).map(|from| from..(from + size).min(cells)).collect()
    }
}

impl Engine for CpuEngine {
    fn info(&self) -> EngineInfo {
        let threads = self.pool.current_num_threads();
        let device = format!("{threads} thread{} ({})", if threads == 1 { "" } else { "s" }, std::env::consts::ARCH);
        EngineInfo { engine: "cpu", device, driver: String::new(), probe: None }
    }

    fn tile_cells(&self, job: Job<'_>) -> usize {
        let threads = self.pool.current_num_threads();
        let spec = match job {
            Job::Formula(spec) => spec,
            Job::Network(spec) => return network::tile_cells(spec, threads).min(self.tile_cells),
        };
        let work = (u64::from(spec.limits.steps) + 1).saturating_mul(spec.program.rows_per_step().max(1));
        let soon = usize::try_from(STEPS_PER_THREAD / work).unwrap_or(usize::MAX).max(CELLS_PER_THREAD);
        self.tile_cells.min(soon.saturating_mul(threads))
    }

    fn run(
        &self,
        job: Job<'_>,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let spec = match job {
            Job::Formula(spec) => spec,
            Job::Network(spec) => return self.run_network(spec, tiles, watch, sink),
        };
        match spec.precision {
            Precision::F32 | Precision::Compensated => self.run_tiles::<f32>(spec, tiles, watch, sink),
            Precision::F64 => self.run_tiles::<f64>(spec, tiles, watch, sink),
        }
    }
}
