//! The trainings of a sweep on an adapter.

use super::super::ahead::{Give, ahead};
use super::super::context::Context;
use super::super::dispatch::{MAX_CHUNK, Pace, cells_per_binding};
use super::super::wgsl::first_without_f64;
use super::kernel::{Kernel, Trainings};
use super::layout::{Layout, Rows, Training};
use super::plan::{KernelPlan, Needs, Room};
use super::shader::{is_tested, shader as source_of};
use crate::engine::{EngineError, Sink, Tiles, Watch};
use crate::problem::{Activation, NetworkLoss};
use crate::sweep::{ColumnKind, NetworkSweep, Tile};

/// Turns of loops in one dispatch where the driver has no limit: fractions of a second even of a slow adapter.
const HARDWARE_TURNS: u32 = 1 << 20;
/// Invocations of a small network's workgroup. A software driver makes as many as fit one vector at once; at a barrier it
/// puts one vector aside and takes up the next, which costs more than the work between.
const HARDWARE_LANES: usize = 64;
const SOFTWARE_LANES: usize = 8;
/// Trainings per tile at most, and on a software driver.
const TILE_TRAININGS: usize = 1 << 14;
const SOFTWARE_TILE_TRAININGS: usize = 64;

/// Bytes of the trainings of a tile whose weights are read back.
const READ_BACK: usize = 1 << 27;

/// The shader of a sweep for an adapter with this room.
///
/// # Errors
/// What does not fit, with its size and the way out.
pub fn shader(spec: &NetworkSweep, room: &Room) -> Result<String, String> {
    Ok(source_of(spec, &plan(spec, room)?))
}

/// How a sweep's trainings are laid out in workgroups.
///
/// # Errors
/// As [`KernelPlan::new`].
pub fn plan(spec: &NetworkSweep, room: &Room) -> Result<KernelPlan, String> {
    let needs = Needs {
        batch: spec.largest_batch(),
        bytes: if spec.precision.is_wide() { 8 } else { 4 },
        carried: spec.update.next.len(),
        good: is_tested(spec),
    };
    KernelPlan::new(&spec.network, &needs, room)
}

/// Trainings whose state fits one binding, and what is read of them one buffer, where their records follow the results.
fn trainings_per_binding(layout: &Layout, max_binding: u64) -> usize {
    const COUNTERS_AND_STAMP: u64 = 16;
    cells_per_binding(
        max_binding.saturating_sub(COUNTERS_AND_STAMP),
        layout.training_bytes() + size_of::<Training>(),
        1,
    )
}

fn room(context: &Context) -> Room {
    let software = context.is_software();
    Room {
        workgroup: context.device.handle.limits().max_compute_workgroup_storage_size as usize,
        turns: if software { MAX_CHUNK } else { HARDWARE_TURNS },
        lanes: if software { SOFTWARE_LANES } else { HARDWARE_LANES },
    }
}

/// Trainings per tile.
pub fn tile_cells(context: &Context, spec: &NetworkSweep) -> usize {
    let usual = if context.is_software() { SOFTWARE_TILE_TRAININGS } else { TILE_TRAININGS };
    // What cannot be planned is refused when it is run.
    let Ok(plan) = plan(spec, &room(context)) else { return 1 };
    let layout = Layout::new(spec, &plan);
    let fit = trainings_per_binding(&layout, context.max_binding());
    let read_back = if sharpness_asked(spec) { READ_BACK / layout.training_bytes() } else { usize::MAX };
    context.options.tile_cells.unwrap_or(usual).min(fit).min(read_back).max(1)
}

/// Whether this adapter can train as asked.
///
/// # Errors
/// [`EngineError::Unsupported`], naming the flag and the way out.
pub fn check(context: &Context, spec: &NetworkSweep) -> Result<(), EngineError> {
    planned(context, spec).map(|_| ())
}

fn planned(context: &Context, spec: &NetworkSweep) -> Result<KernelPlan, EngineError> {
    let refuse = |why: String| Err(EngineError::Unsupported(why));
    context.check_precision(spec.precision, || without_f64(spec))?;
    if spec.history.is_some() && sharpness_asked(spec) {
        let why = "--measure sharpness: along a --history it is followed on the CPU; use --engine cpu";
        return refuse(why.to_owned());
    }
    let plan = plan(spec, &room(context)).map_err(EngineError::Unsupported)?;
    let max = context.max_binding();
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

fn kernel<'a>(
    context: &'a Context,
    spec: &'a NetworkSweep,
    largest: Tile,
    watch: &Watch<'_>,
) -> Result<Kernel<'a>, EngineError> {
    let plan = planned(context, spec)?;
    let source = context.edited(source_of(spec, &plan));
    Kernel::new(&context.device, spec, plan, (&source, largest), watch)
}

/// As [`Engine::run`](crate::engine::Engine::run).
pub fn run(
    context: &Context,
    spec: &NetworkSweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    check(context, spec)?;
    let compute = |tiles: &mut Tiles<'_>, watch: &Watch<'_>, give: &mut Give<'_, Trainings>| {
        compute(context, spec, tiles, watch, give)
    };
    ahead(tiles, watch, compute, |trainings| Ok(sink(trainings.outcomes(spec)?)))
}

/// Runs tiles one after the other.
fn compute(
    context: &Context,
    spec: &NetworkSweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    give: &mut Give<'_, Trainings>,
) -> Result<(), EngineError> {
    let mut tiles = tiles.peekable();
    let Some(first) = tiles.peek().copied() else { return Ok(()) };
    let (mut current, mut room) = (kernel(context, spec, first, watch)?, first.cells());
    let mut pace = pace(context, &current);
    for tile in tiles {
        if tile.cells() > room {
            (current, room) = (kernel(context, spec, tile, watch)?, tile.cells());
        }
        let mut trainings = current.run_tile(tile, &mut pace, watch)?;
        if sharpness_asked(spec) {
            trainings.ended_at = current.weights(tile)?;
        }
        give(trainings)?;
    }
    Ok(())
}

/// Whether the weights of ended trainings are looked at. That is done on the CPU, in f64: a shader would go through all rows
/// some tens of times more, with products that nothing else there needs.
fn sharpness_asked(spec: &NetworkSweep) -> bool {
    spec.column(ColumnKind::Measured).is_some()
}

/// Dispatches are asked for turns of loops; a submission may have several.
fn pace(context: &Context, kernel: &Kernel<'_>) -> Pace {
    const MOST_DISPATCHES: u32 = 64;
    let budget = kernel.budget();
    let most = budget.saturating_mul(MOST_DISPATCHES);
    context.paced(Pace::between(context.options.chunk_steps, budget.min(4096), most))
}

/// The weights with which each training of a sweep ends: cells in the order of the outcomes.
///
/// # Errors
/// As a run; [`EngineError::Unsupported`] where the trainings do not fit in one tile.
pub fn weights(context: &Context, spec: &NetworkSweep) -> Result<Vec<Vec<f64>>, EngineError> {
    let tile = Tile { x0: 0, y0: 0, nx: spec.nx(), ny: spec.ny() };
    if tile.cells() > tile_cells(context, spec) {
        return Err(EngineError::Unsupported("more trainings than one tile holds".to_owned()));
    }
    let watch = Watch::silent();
    let kernel = kernel(context, spec, tile, &watch)?;
    kernel.run_tile(tile, &mut pace(context, &kernel), &watch)?;
    kernel.weights(tile)
}

/// The first function of a training that shaders do not have in f64.
fn without_f64(spec: &NetworkSweep) -> Option<&'static str> {
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
