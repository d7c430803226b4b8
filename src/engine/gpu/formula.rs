//! Sweeps of formulas: one invocation per descent.

use super::ahead::{Give, ahead};
use super::context::Context;
use super::dispatch::{MAX_CHUNK, Pace};
use super::functions;
use super::inputs::InputLayout;
use super::kernel::{Finished, Kernel, Results, Shader};
use super::slots::Slots;
use super::wgsl::{in_workgroups_of, shader, unsupported_in_f64};
use super::workgroup::{SIZES, Trial, Workgroups, is_worth};
use crate::engine::{EngineError, MachineError, Sink, Tiles, Watch};
use crate::sweep::{FormulaSweep, MAX_TILE_CELLS};
use std::time::{Duration, Instant};

/// Large enough to fill a GPU many times over, small enough to keep memory flat.
const TILE_CELLS: usize = 1 << 20;
/// On a software driver a tile should stay in the processor's cache: lavapipe makes 2.5 times the steps of 2²⁰ cells.
const SOFTWARE_TILE_CELLS: usize = 1 << 16;

/// Most operations of a step. The time of compilers grows with the square: on a software driver 4000 take 4 to 20 seconds,
/// 16,000 many minutes; SwiftShader took ten minutes and all memory for the 8000 of twenty sines. Those of hardware are
/// quicker.
const MAX_OPERATIONS: usize = 16_384;
pub const MAX_SOFTWARE_OPERATIONS: usize = 4096;

/// Whether this adapter can compute the sweep as asked.
///
/// # Errors
/// [`EngineError::Unsupported`], naming the flag and the way out.
pub fn check(context: &Context, spec: &FormulaSweep) -> Result<(), EngineError> {
    let rows = spec.program.rows_per_step();
    if rows > u64::from(MAX_CHUNK) {
        return Err(EngineError::Unsupported(format!(
            "--data: a step goes through {rows} rows, and a shader here makes at most {MAX_CHUNK} in one dispatch; \
             use --engine cpu, or fewer rows"
        )));
    }
    let (bytes, max) = (Slots::new(&spec.program).bytes, context.max_binding());
    let layout = InputLayout::new(spec);
    if layout.max_cells(max, bytes) == 0 {
        return Err(EngineError::Unsupported(format!(
            "--data: the data of all seeds are {} MiB, and a shader here sees at most {} MiB at once; \
             use --engine cpu, or fewer rows or seeds",
            (layout.first_x * bytes) >> 20,
            max >> 20
        )));
    }
    // With those that functions are made of.
    let operations = functions::weight(&spec.program);
    let most = if context.is_software() { MAX_SOFTWARE_OPERATIONS } else { MAX_OPERATIONS };
    if operations > most {
        return Err(EngineError::Unsupported(format!(
            "OBJECTIVE: a step comes to {operations} operations, and drivers take minutes to compile more than \
             {most}; use --engine cpu, or a shorter formula or rule"
        )));
    }
    context.check_precision(spec.program.precision, || unsupported_in_f64(&spec.program))
}

/// Cells per tile.
pub fn tile_cells(context: &Context, spec: &FormulaSweep) -> usize {
    let (slots, max) = (Slots::new(&spec.program), context.max_binding());
    // What cannot be served is refused when it is run.
    let room = slots.max_cells(max).min(InputLayout::new(spec).max_cells(max, slots.bytes)).max(1);
    let usual = if context.is_software() { SOFTWARE_TILE_CELLS } else { TILE_CELLS };
    context.options.tile_cells.unwrap_or(usual).min(room).min(MAX_TILE_CELLS)
}

/// As [`Engine::run`](crate::engine::Engine::run).
pub fn run(
    context: &Context,
    spec: &FormulaSweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), EngineError> {
    check(context, spec)?;
    let compute = |tiles: &mut Tiles<'_>, watch: &Watch<'_>, give: &mut Give<'_, Finished>| {
        compute(context, spec, tiles, watch, give)
    };
    ahead(tiles, watch, compute, |finished| Ok(sink(finished.outcomes(spec)?)))
}

/// Runs tiles one after the other. What one has come to is read once the next is on its way.
fn compute(
    context: &Context,
    spec: &FormulaSweep,
    tiles: &mut Tiles<'_>,
    watch: &Watch<'_>,
    give: &mut Give<'_, Finished>,
) -> Result<(), EngineError> {
    let mut tiles = tiles.peekable();
    // Mostly tiles do not grow: the first is the largest.
    let Some(first) = tiles.peek().copied() else { return Ok(()) };
    let shader = shader(spec);
    let source = |workgroup| Shader { text: context.edited(in_workgroups_of(&shader, workgroup)), workgroup };
    let workgroups = context.options.workgroups;
    let usual = source(if let Workgroups::Of(size) = workgroups { size } else { SIZES[0] });
    let begun = Instant::now();
    let mut kernel = Kernel::new(&context.device, spec, (&usual, first), watch)?;
    let mut progress = Progress { compiled: begun.elapsed(), ..Progress::default() };
    let pace = Pace::new(context.options.chunk_steps, spec.program.rows_per_step(), first.cells());
    let (mut pace, mut trial) = (context.paced(pace), Trial::default());
    let mut before: Option<Results> = None;
    let mut finish = |before: &mut Option<Results>| {
        before.take().map_or(Ok(()), |results| give(results.read(&context.device, watch)?))
    };
    for tile in tiles {
        if !kernel.fits(tile) {
            kernel = Kernel::new(&context.device, spec, (&usual, tile), watch)?;
            (trial, progress.has_tried) = (Trial::default(), false);
        }
        if progress.tries(context, spec.cells()) {
            progress.has_tried = true;
            add_sizes(&mut kernel, source, watch)?;
            trial = Trial::of(kernel.sizes());
        }
        let begun = Instant::now();
        let run = kernel.run_tile(tile, (&mut pace, &mut trial), watch, &mut || finish(&mut before));
        progress.cells += tile.cells();
        progress.took += begun.elapsed();
        // Of a run that fails or is interrupted at its first step, what was done before it remains.
        finish(&mut before)?;
        before = Some(run?);
    }
    finish(&mut before)
}

/// What tells whether a trial of workgroups is worth it.
#[derive(Debug, Default)]
struct Progress {
    /// The time for one shader.
    compiled: Duration,
    /// Cells that were run, and the time for them.
    cells: usize,
    took: Duration,
    has_tried: bool,
}

impl Progress {
    /// Whether a trial begins before the next tile. Of a sweep of `all` cells some may be done already, by whoever asks for the
    /// rest: then less is left than is believed here.
    fn tries(&self, context: &Context, all: usize) -> bool {
        let parts = all.saturating_sub(self.cells) as f64 / self.cells.max(1) as f64;
        !self.has_tried
            && match context.options.workgroups {
                Workgroups::Tried => true,
                Workgroups::Of(_) => false,
                Workgroups::Usual if context.is_software() || context.options.careful => false,
                Workgroups::Usual => is_worth(self.compiled, self.took.mul_f64(parts)),
            }
    }
}

/// The shaders of a trial; without those that a driver refuses, for which a kernel takes too many registers.
fn add_sizes(kernel: &mut Kernel<'_>, source: impl Fn(u32) -> Shader, watch: &Watch<'_>) -> Result<(), EngineError> {
    for size in &SIZES[1..] {
        let added = kernel.add(&source(*size), watch);
        if let Err(error @ (EngineError::Interrupted | EngineError::Machine(MachineError::Lost(_)))) = added {
            return Err(error);
        }
    }
    Ok(())
}
