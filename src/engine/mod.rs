//! Running sweeps. Both engines give the same answer to the same [`Job`]; neither knows the other.

pub mod cpu;
pub mod gpu;
mod trace;

pub use trace::{Traced, trace};

use crate::sweep::{Job, NEVER_WRITTEN, Tile, TileOutcomes, cut};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// Where outcomes come from.
pub trait Engine: Sync {
    /// What is running, for people and manifests.
    fn info(&self) -> EngineInfo;

    /// Cells per tile that suit the engine, for this sweep.
    fn tile_cells(&self, job: Job<'_>) -> usize;

    /// Runs `tiles` and hands each to `sink`, in order.
    ///
    /// # Errors
    /// See [`EngineError`]; tiles that reached the sink before are whole and right.
    fn run(
        &self,
        job: Job<'_>,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError>;
}

/// The tiles to run, in the order in which the sink wants them.
pub type Tiles<'a> = dyn Iterator<Item = Tile> + 'a;

/// Takes finished tiles; `Break` stops the run.
pub type Sink<'a> = dyn FnMut(TileOutcomes) -> ControlFlow<()> + 'a;

/// Runs a whole sweep, tile by tile.
///
/// # Errors
/// As [`Engine::run`].
pub fn run<'a>(
    engine: &dyn Engine,
    job: impl Into<Job<'a>>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    let job = job.into();
    let grid = job.grid();
    let mut tiles = cut(grid.nx(), grid.ny(), engine.tile_cells(job));
    engine.run(job, &mut tiles, watch, sink)
}

/// Runs a whole sweep and keeps all of it in memory, as one tile: for small sweeps, tests and callers from code.
///
/// # Errors
/// As [`Engine::run`].
pub fn collect<'a>(engine: &dyn Engine, job: impl Into<Job<'a>>) -> Result<TileOutcomes, EngineError> {
    let job = job.into();
    let grid = job.grid();
    let whole = Tile { x0: 0, y0: 0, nx: grid.nx(), ny: grid.ny() };
    let mut all = TileOutcomes::with_room(whole, grid.finals.len());
    run(engine, job, &Watch::silent(), &mut |tile| {
        all.append(tile);
        ControlFlow::Continue(())
    })?;
    Ok(all)
}

/// How a run is watched and stopped from outside.
pub struct Watch<'a> {
    /// Called with cell-steps newly done; they add up to cells·(steps+1).
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// Once true, the engine stops at the next good moment.
    pub cancel: &'a AtomicBool,
}

impl Watch<'_> {
    /// Nobody watches, nobody stops.
    pub fn silent() -> Watch<'static> {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Watch { progress: &|_| (), cancel: &NEVER }
    }

    /// Whether the run should stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// What ran a sweep.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineInfo {
    /// `cpu` or `gpu`.
    pub engine: &'static str,
    /// The adapter's own name, or the processor's threads.
    pub device: String,
    /// Driver name and version; empty on the CPU.
    pub driver: String,
    /// What the arithmetic probe found; absent on the CPU.
    pub probe: Option<gpu::Probe>,
}

/// Why a run ended before its time.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The request cannot be served here; the text names the flag and the way out.
    #[error("{0}")]
    Unsupported(String),
    /// The machine failed.
    #[error("the GPU failed: {0}; --engine cpu does without it")]
    Device(String),
    /// A dispatch claimed success and left cells untouched.
    #[error("the device left {cells} of {of} cells unfinished and reported success; --engine cpu does without it")]
    NeverWritten { cells: usize, of: usize },
    /// A descent that is followed step by step does not end where the engine says.
    #[error(
        "descent {0} followed step by step does not end where the engine says; `alphasweep verify` tells which is wrong"
    )]
    PathDiffers(usize),
    /// [`Watch::cancel`] was set.
    #[error("interrupted")]
    Interrupted,
    /// The sink asked to stop.
    #[error("stopped by its reader")]
    Stopped,
}

impl EngineError {
    /// [`EngineError::Device`] with what a driver or compiler said, on one line of bearable length.
    fn device(said: &str) -> Self {
        const MOST: usize = 400;
        let words: Vec<&str> = said.split_whitespace().collect();
        Self::Device(words.join(" ").chars().take(MOST).collect())
    }
}

/// Checks that no cell still has the code it was given before the run.
fn all_written(codes: impl ExactSizeIterator<Item = u8>) -> Result<(), EngineError> {
    let of = codes.len();
    match codes.filter(|code| *code == NEVER_WRITTEN).count() {
        0 => Ok(()),
        cells => Err(EngineError::NeverWritten { cells, of }),
    }
}
