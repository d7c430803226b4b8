//! Sweeps of formulas: one descent per cell, many side by side in each thread.

use super::block::{Block, Shared};
use super::chunk::{Cells, Chunk, DataView};
use super::flow::{Work, flow};
use super::native::{Isa, Kernel, Run};
use super::tape::Tape;
use crate::engine::{EngineError, Sink, Tiles, Watch};
use crate::expr::Real;
use crate::sweep::{FormulaSweep, Precision, Tile, TileOutcomes};
use rayon::ThreadPool;
use std::ops::Range;

/// Where descents are long, tiles are smaller: up to 65,000 steps a thread works one off in a second, and two are what an
/// interruption can cost.
const STEPS_PER_THREAD: u64 = 1 << 27;
/// But not so small that threads wait for each other, or that a tile is little more than a file.
const CELLS_PER_THREAD: usize = 2048;
/// Cells that one task works off, at most: with a few parameters, what they carry fits the second-level cache.
const MAX_CHUNK_CELLS: usize = 8192;
/// Numbers that they carry together, at most: rules may have thousands of them for each cell.
const MAX_CHUNK_NUMBERS: usize = 1 << 22;
/// A multiple of any block of lanes.
const WHOLE_BLOCKS: usize = 256;

/// Most cells of a tile on `threads` threads.
pub fn tile_cells(spec: &FormulaSweep, threads: usize) -> usize {
    let work = (u64::from(spec.limits.steps) + 1).saturating_mul(spec.program.rows_per_step().max(1));
    let soon = usize::try_from(STEPS_PER_THREAD / work).unwrap_or(usize::MAX).max(CELLS_PER_THREAD);
    soon.saturating_mul(threads)
}

/// What of a sweep is run, and how.
pub struct Formula<'a> {
    pub spec: &'a FormulaSweep,
    /// Of the tiles' cells these, by their (x, y), where there is a list.
    pub listed: Option<&'a [(u32, u32)]>,
    /// The instructions that machine code is made of; `None` for the interpreter alone.
    pub native: Option<Isa>,
}

impl Formula<'_> {
    /// As [`Engine::run`](crate::engine::Engine::run).
    pub fn run(
        &self,
        pool: &ThreadPool,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        match self.spec.program.precision {
            Precision::F32 | Precision::Compensated => self.run_in::<f32>(pool, tiles, watch, sink),
            Precision::F64 => self.run_in::<f64>(pool, tiles, watch, sink),
        }
    }

    fn run_in<T: Real>(
        &self,
        pool: &ThreadPool,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let spec = self.spec;
        let (tape, data) = (Tape::new(&spec.program), DataView::<T>::new(spec));
        let shared = Shared { spec, tape: &tape, data: &data };
        // Machine code, where there can be some.
        let kernel = self.native.map_or(Ok(None), |isa| Kernel::new(spec, isa, watch))?;
        let threads = pool.current_num_threads();
        let most_cells = (MAX_CHUNK_NUMBERS / (spec.knobs.len() + spec.program.carried.len())).max(WHOLE_BLOCKS);
        let descents = Descents { shared, kernel, listed: self.listed, threads, most_cells };
        flow(pool, &descents, tiles, watch, sink)
    }
}

/// The descents of a sweep.
struct Descents<'a, T: Real> {
    shared: Shared<'a, T>,
    kernel: Option<Kernel<T>>,
    listed: Option<&'a [(u32, u32)]>,
    threads: usize,
    /// Of a range that one thread takes.
    most_cells: usize,
}

impl<T: Real> Work for Descents<'_, T> {
    type Plan = Cells;
    type Part = Chunk;

    fn plan(&self, tile: Tile) -> Cells {
        self.listed.map_or_else(|| Cells::new(self.shared.spec, tile), |cells| Cells::listed(self.shared.spec, cells))
    }

    fn ranges(&self, tile: Tile) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
        let mut from = 0;
        while from < tile.cells() {
            let to = from + chunk_cells(tile.cells() - from, self.threads).min(self.most_cells);
            ranges.push(from..to);
            from = to;
        }
        ranges
    }

    fn part(&self, grid: &Cells, cells: Range<usize>, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        match &self.kernel {
            Some(kernel) => Run::new(&self.shared, kernel, grid, cells).run(watch),
            None => Block::new(&self.shared, grid, cells).run(watch),
        }
    }

    fn join(&self, tile: Tile, parts: Vec<Chunk>) -> Result<TileOutcomes, EngineError> {
        let mut outcomes = TileOutcomes::with_room(tile, self.shared.spec.found_shape());
        parts.into_iter().try_for_each(|part| part.finish(&mut outcomes))?;
        Ok(outcomes)
    }
}

/// Cells that a thread takes when `left` are left: fewer towards the end, so that all threads come to it together.
fn chunk_cells(left: usize, threads: usize) -> usize {
    let share = (left / (4 * threads)).next_multiple_of(WHOLE_BLOCKS);
    share.clamp(WHOLE_BLOCKS, MAX_CHUNK_CELLS).min(left)
}
