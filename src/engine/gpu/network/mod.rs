//! Networks on the GPU: one workgroup per training.

mod layout;
mod plan;
mod products;
mod rule;
mod run;
mod shader;

pub use layout::{Training, Uniforms};
pub use plan::{Block, Cost, KernelPlan, LayerPlan, Needs, Room};
pub use run::Trainings;

use super::adapter::SOFTWARE;
use super::dispatch::{MAX_CHUNK, Pace};
use super::wgsl::first_without_f64;
use super::{GpuEngine, GpuOptions};
use crate::engine::{EngineError, Sink, Tiles, Watch};
use crate::problem::{Activation, NetworkLoss};
use crate::sweep::{NetworkSpec, Tile};
use layout::{Layout, Rows};
use run::Kernel;
use std::ops::ControlFlow;

/// No more workgroup memory is asked for than this (bytes).
pub const MAX_WORKGROUP_MEMORY: u32 = 48 << 10;
/// Turns of loops in one dispatch where the driver has no limit: fractions of a second even of a slow adapter.
const HARDWARE_TURNS: u32 = 1 << 20;
/// Invocations of a small network's workgroup. A software driver makes as many as fit one vector at once; at a barrier it
/// puts one vector aside and takes up the next, which costs more than the work between.
const HARDWARE_LANES: usize = 64;
const SOFTWARE_LANES: usize = 8;
/// Trainings per tile at most, and on a software driver.
const TILE_TRAININGS: usize = 1 << 14;
const SOFTWARE_TILE_TRAININGS: usize = 64;

/// The shader of a sweep for an adapter with so much room.
///
/// # Errors
/// What does not fit, with its size and the way out.
pub fn shader(spec: &NetworkSpec, room: &Room) -> Result<String, String> {
    Ok(shader::shader(spec, &plan(spec, room)?))
}

/// How a sweep's trainings are laid out in workgroups.
///
/// # Errors
/// As [`KernelPlan::new`].
pub fn plan(spec: &NetworkSpec, room: &Room) -> Result<KernelPlan, String> {
    let needs = Needs {
        batch: spec.largest_batch(),
        bytes: if spec.precision.is_wide() { 8 } else { 4 },
        carried: spec.update.next.len(),
        good: shader::is_tested(spec),
    };
    KernelPlan::new(&spec.network, &needs, room)
}

/// Trainings whose state fits one binding.
fn trainings_per_binding(layout: &Layout, max_binding: u64) -> usize {
    super::dispatch::cells_per_binding(max_binding, layout.training_bytes(), 1)
}

impl GpuEngine {
    fn room(&self) -> Room {
        let limits = self.device.handle.limits();
        let software = self.device.summary.kind == SOFTWARE;
        Room {
            workgroup: limits.max_compute_workgroup_storage_size as usize,
            turns: if software { MAX_CHUNK } else { HARDWARE_TURNS },
            lanes: if software { SOFTWARE_LANES } else { HARDWARE_LANES },
        }
    }

    fn max_binding(&self) -> u64 {
        self.device.handle.limits().max_storage_buffer_binding_size
    }

    /// Trainings per tile.
    pub(super) fn network_tile_cells(&self, spec: &NetworkSpec) -> usize {
        let software = self.device.summary.kind == SOFTWARE;
        let usual = if software { SOFTWARE_TILE_TRAININGS } else { TILE_TRAININGS };
        // What cannot be planned is refused when it is run.
        let Ok(plan) = plan(spec, &self.room()) else { return 1 };
        let fit = trainings_per_binding(&Layout::new(spec, &plan), self.max_binding());
        self.options.tile_cells.unwrap_or(usual).min(fit).max(1)
    }

    /// Whether this adapter can train as asked.
    ///
    /// # Errors
    /// [`EngineError::Unsupported`], naming the flag and the way out.
    pub fn check_network(&self, spec: &NetworkSpec) -> Result<(), EngineError> {
        self.planned(spec).map(|_| ())
    }

    fn planned(&self, spec: &NetworkSpec) -> Result<KernelPlan, EngineError> {
        let refuse = |why: String| Err(EngineError::Unsupported(why));
        self.check_precision(spec.precision, || without_f64(spec))?;
        let plan = plan(spec, &self.room()).map_err(EngineError::Unsupported)?;
        let max = self.max_binding();
        let rows = Rows::new(spec);
        let samples = (rows.train + rows.test) as u64 * (spec.network.inputs() + rows.targets) as u64 * 4;
        if samples > max {
            return refuse(format!(
                "--data: the rows are {} MiB, and a shader here sees at most {} MiB at once; \
                 use --engine cpu, or fewer rows",
                samples >> 20,
                max >> 20
            ));
        }
        let layout = Layout::new(spec, &plan);
        if trainings_per_binding(&layout, max) == 0 {
            return refuse(format!(
                "--net: one training of this network needs {} MiB here, and a shader sees at most {} MiB at once; \
                 use --engine cpu, smaller layers, or fewer records (a larger --history)",
                layout.training_bytes() >> 20,
                max >> 20
            ));
        }
        Ok(plan)
    }

    fn kernel<'a>(&'a self, spec: &'a NetworkSpec, largest: Tile) -> Result<Kernel<'a>, EngineError> {
        let plan = self.planned(spec)?;
        let mut source = shader::shader(spec, &plan);
        if let Some(edit) = self.options.edit_shader {
            source = edit(source);
        }
        Kernel::new(&self.device, spec, plan, &source, largest)
    }

    pub(super) fn run_network(
        &self,
        spec: &NetworkSpec,
        tiles: &mut Tiles<'_>,
        watch: &Watch<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), EngineError> {
        let mut tiles = tiles.peekable();
        let Some(first) = tiles.peek().copied() else { return self.check_network(spec) };
        let (mut kernel, mut room) = (self.kernel(spec, first)?, first.cells());
        let mut pace = self.pace(&kernel);
        for tile in tiles {
            if tile.cells() > room {
                (kernel, room) = (self.kernel(spec, tile)?, tile.cells());
            }
            let trainings = kernel.run_tile(tile, &mut pace, watch)?;
            if let ControlFlow::Break(()) = sink(trainings.outcomes(spec)?) {
                return Err(EngineError::Stopped);
            }
        }
        Ok(())
    }

    /// Dispatches are asked for turns of loops; a submission may have several.
    fn pace(&self, kernel: &Kernel<'_>) -> Pace {
        const MOST_DISPATCHES: u32 = 64;
        let budget = kernel.budget();
        let GpuOptions { chunk_steps, careful, .. } = self.options;
        let pace = Pace::between(chunk_steps, budget.min(4096), budget.saturating_mul(MOST_DISPATCHES));
        if careful { pace.careful() } else { pace }
    }

    /// The weights with which each training of a sweep ends, for tests: cells in the order of the outcomes.
    ///
    /// # Errors
    /// As a run; [`EngineError::Unsupported`] where the trainings do not fit in one tile.
    #[doc(hidden)]
    pub fn network_weights(&self, spec: &NetworkSpec) -> Result<Vec<Vec<f64>>, EngineError> {
        let tile = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
        if tile.cells() > self.network_tile_cells(spec) {
            return Err(EngineError::Unsupported("more trainings than one tile holds".to_owned()));
        }
        let kernel = self.kernel(spec, tile)?;
        kernel.run_tile(tile, &mut self.pace(&kernel), &Watch::silent())?;
        kernel.weights(tile)
    }
}

/// The first function of a training that shaders do not have in f64.
fn without_f64(spec: &NetworkSpec) -> Option<&'static str> {
    let of_network = match (spec.network.activation, spec.network.loss) {
        (Activation::Sigmoid, _) => Some("sigmoid"),
        (Activation::Tanh, _) => Some("tanh"),
        (_, NetworkLoss::CrossEntropy) => Some("exp"),
        _ => None,
    };
    let update = &spec.update;
    let of_rule = || first_without_f64(&update.graph, &update.graph.needed_by(&update.next));
    let of_stop =
        || spec.stop.as_ref().and_then(|stop| first_without_f64(&stop.graph, &stop.graph.needed_by(&[stop.root])));
    of_network.or_else(of_rule).or_else(of_stop)
}

/// Opens an adapter with enough workgroup memory.
pub(super) fn workgroup_memory(adapter: &wgpu::Limits) -> u32 {
    adapter.max_compute_workgroup_storage_size.min(MAX_WORKGROUP_MEMORY)
}
