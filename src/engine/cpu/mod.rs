//! The CPU engine: the reference. Graph → tape, blocks of lanes, threads over chunks of a tile.

mod chunk;
mod flow;
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
use chunk::{Chunk, DataView, SweepCommon};
use flow::{Work, flow};
use lanes::{Block, Shared};
use native::{Cohort, Isa, Kernel};
use std::ops::{ControlFlow, Range};
use tape::Tape;

/// Runs descents on the processor's cores.
pub struct CpuEngine {
    pool: rayon::ThreadPool,
    tile_cells: usize,
    /// The instructions that machine code is made of; `None` for the interpreter alone.
    native: Option<Isa>,
}

/// A tile is small enough to stay in the outer cache and to keep memory flat, large enough to feed all cores.
const TILE_CELLS: usize = 1 << 18;
/// Where descents are long, tiles are smaller: up to 65,000 steps a thread works one off in a second, and two are what an
/// interruption can cost.
const STEPS_PER_THREAD: u64 = 1 << 27;
/// But not so small that threads wait for each other, or that a tile is little more than a file.
const CELLS_PER_THREAD: usize = 2048;
/// Cells that one task works off, at most: with a few parameters, what they carry fits the second-level cache.
const MAX_CHUNK_CELLS: usize = 8192;
/// A multiple of any block of lanes.
const WHOLE_BLOCKS: usize = 256;

impl CpuEngine {
    /// An engine on `threads` threads; `None` takes all cores.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`] when the threads cannot be started.
    pub fn new(threads: Option<usize>) -> Result<Self, EngineError> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.unwrap_or(0)).build();
        let pool = pool.map_err(|e| EngineError::Unsupported(format!("--threads: {e}; use fewer")))?;
        Ok(Self { pool, tile_cells: TILE_CELLS, native: Isa::detect() })
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
        self.native = None;
        self
    }

    /// The same engine with machine code of 256-bit vectors also where there are longer ones. Outcomes do not depend on it.
    #[must_use]
    pub fn with_short_vectors(mut self) -> Self {
        self.native = self.native.map(|_| Isa::Avx2);
        self
    }

    /// Whether programs may become machine code here; else the interpreter, which skips no cycles, does all.
    pub fn writes_machine_code(&self) -> bool {
        self.native.is_some()
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
        let row = Tile { x0: 0, y0: 0, nx: cells.len(), ny: 1 };
        let mut listed = None;
        let mut keep = |outcomes| {
            listed = Some(outcomes);
            ControlFlow::Continue(())
        };
        self.run_formula(spec, Some(cells), &mut std::iter::once(row), watch, &mut keep)?;
        listed.ok_or(EngineError::Interrupted)
    }

    /// Of the tiles' cells those of the list, where there is one.
    fn run_formula(
        &self,
        spec: &Spec,
        listed: Option<&[(u32, u32)]>,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        match spec.program.precision {
            Precision::F32 | Precision::Compensated => self.run_tiles::<f32>(spec, listed, tiles, watch, sink),
            Precision::F64 => self.run_tiles::<f64>(spec, listed, tiles, watch, sink),
        }
    }

    fn run_tiles<T: Real>(
        &self,
        spec: &Spec,
        listed: Option<&[(u32, u32)]>,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let (tape, data) = (Tape::new(&spec.program), DataView::<T>::new(spec));
        let shared = Shared { spec, tape: &tape, data: &data };
        let threads = self.pool.current_num_threads();
        let descents = Descents { shared, kernel: self.kernel(spec), listed, threads };
        flow(&self.pool, &descents, tiles, watch, sink)
    }

    /// Machine code for the sweep, where there can be some.
    fn kernel(&self, spec: &Spec) -> Option<Kernel> {
        Kernel::new(spec, self.native?)
    }
}

/// The descents of a sweep.
struct Descents<'a, T: Real> {
    shared: Shared<'a, T>,
    kernel: Option<Kernel>,
    listed: Option<&'a [(u32, u32)]>,
    threads: usize,
}

impl<T: Real> Work for Descents<'_, T> {
    type Plan = SweepCommon;
    type Part = Chunk;

    fn plan(&self, tile: Tile) -> SweepCommon {
        self.listed.map_or_else(
            || SweepCommon::new(self.shared.spec, tile),
            |cells| SweepCommon::listed(self.shared.spec, cells),
        )
    }

    fn ranges(&self, tile: Tile) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut from = 0;
        while from < tile.cells() {
            let to = from + chunk_cells(tile.cells() - from, self.threads);
            ranges.push(from..to);
            from = to;
        }
        ranges
    }

    fn part(&self, grid: &SweepCommon, cells: Range<usize>, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        match &self.kernel {
            Some(kernel) => Cohort::new(&self.shared, kernel, grid, cells).run(watch),
            None => Block::new(&self.shared, grid, cells).run(watch),
        }
    }

    fn join(&self, tile: Tile, parts: Vec<Chunk>) -> Result<TileOutcomes, EngineError> {
        let mut outcomes = TileOutcomes::with_room(tile, self.shared.spec.program.parameters.len());
        parts.into_iter().try_for_each(|part| part.finish(&mut outcomes))?;
        Ok(outcomes)
    }
}

/// Cells that a thread takes when so many are left: fewer towards the end, so that all threads come to it together.
fn chunk_cells(left: usize, threads: usize) -> usize {
    let share = (left / (4 * threads)).next_multiple_of(WHOLE_BLOCKS);
    share.clamp(WHOLE_BLOCKS, MAX_CHUNK_CELLS).min(left)
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
        self.run_formula(spec, None, tiles, watch, sink)
    }
}
