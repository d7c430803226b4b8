//! The trainings of a sweep, each worked off by one thread.

use super::super::flow::{Work, flow};
use super::course::Ended;
use super::pass;
use super::product::Product;
use super::shared::Shared;
use super::side_by_side;
use super::training::Training;
use crate::engine::{EngineError, Sink, Tiles, Watch};
use crate::sweep::{ColumnKind, Curvature, NetworkSweep, Precision, Tile, TileOutcomes};
use rayon::ThreadPool;
use std::ops::Range;

/// The instructions that products are made with here: sums of trainings differ between processors that differ in it.
pub fn arithmetic() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    {
        let has = [
            ("avx512f fma", std::arch::is_x86_feature_detected!("avx512f")),
            ("avx2 fma", std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")),
            ("avx", std::arch::is_x86_feature_detected!("avx")),
        ];
        has.iter().find(|(_, has)| *has).map_or("sse2", |(name, _)| name)
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        std::env::consts::ARCH
    }
}

/// Multiplications of a tile, about a second of all cores: an interrupted run loses at most that.
const TILE_WORK: u64 = 1 << 36;

/// Trainings that fill the gaps of each other's lanes, at most: whoever waits for them sees no tile before.
const MOST_SIDE_BY_SIDE: usize = 1024;

/// Of fewer each takes less time alone than all lanes together do.
const FEWEST_SIDE_BY_SIDE: usize = 6;

/// Numbers of the histories of a tile: 128 MiB.
const TILE_RECORDS: usize = 1 << 24;

/// Trainings per tile, a multiple of `threads` where there are that many.
pub fn tile_cells(spec: &NetworkSweep, threads: usize) -> usize {
    let rows = spec.samples.train.rows() as u64;
    let (parameters, steps) = (spec.network.parameters() as u64, u64::from(spec.limits.steps));
    let stepped = (spec.largest_batch() as u64).saturating_mul(parameters).saturating_mul(3 * steps);
    let passes = rows.saturating_mul(parameters).saturating_mul(steps / spec.shortest_period() + 2);
    let work = stepped.saturating_add(passes);
    let threads = threads as u64;
    let cells = (TILE_WORK * threads / 8 / work.max(1)).next_multiple_of(threads).clamp(threads, 1 << 16) as usize;
    let recorded = spec.records() * spec.history.as_ref().map_or(0, |history| history.columns.len());
    cells.min(TILE_RECORDS / recorded.max(1)).max(1)
}

/// As [`Engine::run`](crate::engine::Engine::run).
pub fn run(
    pool: &ThreadPool,
    spec: &NetworkSweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    check_memory(spec, pool.current_num_threads())?;
    match spec.precision {
        Precision::F32 | Precision::Compensated => flow(pool, &Trainings::<f32>::new(spec, pool), tiles, watch, sink),
        Precision::F64 => flow(pool, &Trainings::<f64>::new(spec, pool), tiles, watch, sink),
    }
}

/// The weights of one cell at the end of its training, layer after layer; where the precision has low parts, with them.
pub fn weights(spec: &NetworkSweep, cell: (usize, usize)) -> Result<Vec<f64>, EngineError> {
    match spec.precision {
        Precision::F32 | Precision::Compensated => Training::new(&Shared::<f32>::new(spec), cell).weights(),
        Precision::F64 => Training::new(&Shared::<f64>::new(spec), cell).weights(),
    }
}

/// The trainings of a sweep.
struct Trainings<'a, T: Product> {
    shared: Shared<'a, T>,
    side_by_side: bool,
    threads: usize,
}

impl<'a, T: Product> Trainings<'a, T> {
    fn new(spec: &'a NetworkSweep, pool: &ThreadPool) -> Self {
        let shared = Shared::new(spec);
        Self { side_by_side: side_by_side::takes(&shared), threads: pool.current_num_threads(), shared }
    }
}

impl<T: Product> Work for Trainings<'_, T> {
    type Plan = Tile;
    type Part = Vec<Ended>;

    fn plan(&self, tile: Tile) -> Tile {
        tile
    }

    /// One training at a time, or as many as keep all lanes busy.
    fn ranges(&self, tile: Tile) -> Vec<Range<usize>> {
        let share = tile.cells().div_ceil(self.threads);
        let size = if self.side_by_side && share >= FEWEST_SIDE_BY_SIDE { share.min(MOST_SIDE_BY_SIDE) } else { 1 };
        (0..tile.cells()).step_by(size).map(|at| at..(at + size).min(tile.cells())).collect()
    }

    fn part(&self, tile: &Tile, cells: Range<usize>, watch: &Watch<'_>) -> Result<Vec<Ended>, EngineError> {
        let cells: Vec<_> = cells.map(|at| (tile.x0 + at % tile.nx, tile.y0 + at / tile.nx)).collect();
        if cells.len() >= FEWEST_SIDE_BY_SIDE {
            return side_by_side::run(&self.shared, &cells, watch);
        }
        cells.into_iter().map(|cell| Training::new(&self.shared, cell).run(watch)).collect()
    }

    fn join(&self, tile: Tile, parts: Vec<Vec<Ended>>) -> Result<TileOutcomes, EngineError> {
        let mut outcomes = TileOutcomes::with_room(tile, self.shared.spec.shape());
        outcomes.history =
            vec![Vec::new(); self.shared.spec.history.as_ref().map_or(0, |history| history.columns.len())];
        for ended in parts.into_iter().flatten() {
            ended.write(&mut outcomes);
        }
        Ok(outcomes)
    }
}

/// Most bytes of all trainings that are under way together.
const MAX_BYTES: u64 = 8 << 30;

/// Plans the memory of one training; as many are under way as there are threads.
pub fn check_memory(spec: &NetworkSweep, threads: usize) -> Result<(), EngineError> {
    let number = if spec.precision.is_wide() { 8 } else { 4 };
    let parameters = spec.network.parameters() as u64;
    // What is carried, the gradient, the weights of the last judged step, and the room of a pass; the drawn start in f64.
    let held = spec.carried() as u64 + 2 * parameters + pass::numbers(&spec.network, number as usize);
    let sharpness = spec.column(ColumnKind::Measured).map_or(0, |_| Curvature::bytes(spec.network.parameters()));
    let bytes = number * held + 8 * parameters + sharpness;
    let all = bytes.saturating_mul(threads.min(spec.cells()) as u64);
    if all <= MAX_BYTES {
        return Ok(());
    }
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let way_out =
        if bytes <= MAX_BYTES { "--threads for fewer at a time, or smaller layers" } else { "smaller layers" };
    Err(EngineError::Unsupported(format!(
        "--net {}: one training needs {:.1} GiB, {:.1} GiB with one per thread, and at most {} GiB are taken; use {way_out}",
        spec.network.sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("-"),
        gib(bytes),
        gib(all),
        MAX_BYTES >> 30
    )))
}

impl Ended {
    fn write(self, tile: &mut TileOutcomes) {
        tile.loss_start.push(self.loss_start);
        tile.loss_final.push(self.loss_final);
        for (column, value) in tile.measures.iter_mut().zip(self.measures) {
            column.push(value);
        }
        for (column, values) in tile.history.iter_mut().zip(self.history) {
            column.extend(values);
        }
        tile.steps.push(self.steps);
        tile.outcome.push(self.outcome);
    }
}
