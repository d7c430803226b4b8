//! Running sweeps. Both engines give the same answer to the same [`Job`]; neither knows the other.

pub mod cpu;
mod failover;
pub mod gpu;
mod trace;

pub use failover::{Failover, Failure, Record, Remedy, Reopen, StandIn};
pub use trace::{Traced, trace};

use crate::sweep::{Job, NEVER_WRITTEN, Tile, TileOutcomes, cut};
use serde::Serialize;
use std::io;
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

/// Something that is made while a sweep runs: it sees every tile once, in order.
pub trait Output {
    /// Takes the next tile.
    ///
    /// # Errors
    /// Whatever writing gives.
    fn tile(&mut self, tile: &TileOutcomes) -> io::Result<()>;
}

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
    /// Likewise, for a part of the work that nobody waits for any more.
    forsaken: &'a AtomicBool,
}

static NEVER: AtomicBool = AtomicBool::new(false);

impl<'a> Watch<'a> {
    /// `progress` is told of the work that was done, `cancel` asked whether to stop.
    pub fn new(progress: &'a (dyn Fn(u64) + Sync), cancel: &'a AtomicBool) -> Self {
        Self { progress, cancel, forsaken: &NEVER }
    }

    /// Nobody watches, nobody stops.
    pub fn silent() -> Watch<'static> {
        Watch::new(&|_| (), &NEVER)
    }

    /// The same watch, which this stops too.
    pub(crate) fn or(&'a self, forsaken: &'a AtomicBool) -> Self {
        Self { forsaken, ..*self }
    }

    /// The same watch, which tells somebody else.
    pub(crate) fn telling<'b>(&'b self, progress: &'b (dyn Fn(u64) + Sync)) -> Watch<'b> {
        Watch { progress, cancel: self.cancel, forsaken: self.forsaken }
    }

    /// Whether the run should stop.
    pub fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed) || self.forsaken.load(Ordering::Relaxed)
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
    /// The driver, or the compiler of shaders, gave up.
    #[error("the GPU failed: {0}; {WAY_OUT}")]
    Device(String),
    /// The device is gone: reset, unplugged, its driver restarted.
    #[error("the GPU was lost: {0}; {WAY_OUT}")]
    Lost(String),
    /// The device has no memory left.
    #[error("the GPU is out of memory: {0}; {WAY_OUT}")]
    OutOfMemory(String),
    /// wgpu refused what it was asked to do.
    #[error("the GPU refused a call: {0}; {WAY_OUT}")]
    Invalid(String),
    /// A submission does not end.
    #[error("the GPU hangs: a submission has not ended after {seconds} s; {WAY_OUT}")]
    Hung { seconds: u64 },
    /// A submission was reported as done, and nothing of it was.
    #[error("the GPU reported success for work that it did not do; {WAY_OUT}")]
    Dropped,
    /// A dispatch claimed success and left cells untouched.
    #[error("the device left {cells} of {of} cells unfinished and reported success; {WAY_OUT}")]
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

/// What helps where a GPU does not.
const WAY_OUT: &str = "sweep --fallback cpu goes on without it, --engine cpu starts without it";

impl EngineError {
    /// What happened, without what helps.
    pub fn cause(&self) -> String {
        let text = self.to_string();
        text.strip_suffix(WAY_OUT).map_or(text.as_str(), |cause| cause.trim_end_matches("; ")).to_owned()
    }

    /// Whether the machine failed, so that another try, or another engine, may do better.
    pub fn is_of_the_machine(&self) -> bool {
        match self {
            Self::Device(_)
            | Self::Lost(_)
            | Self::OutOfMemory(_)
            | Self::Invalid(_)
            | Self::Hung { .. }
            | Self::Dropped
            | Self::NeverWritten { .. } => true,
            Self::Unsupported(_) | Self::PathDiffers(_) | Self::Interrupted | Self::Stopped => false,
        }
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
