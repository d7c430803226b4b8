//! What a sweep says, against a plain run of the same descents in this process.

use crate::case::{Case, below, pick, work};
use crate::common::{self, Random};
use crate::files::Files;
use crate::shaken::unshaken;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::{Fault, Faults, GpuEngine, GpuOptions};
use alphasweep::engine::{Doubtful, Engine, EngineError, Failover, Output, Remedy, Repair, Watch, collect};
use alphasweep::sweep::{Follower, FormulaSweep, LEVEL, Outcome, Precision, SEED, Sweep, SweepAxis, TileOutcomes};
use alphasweep::verify::{compare, on_boundary, unexplained};
use std::cmp::Ordering::Less;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Cell-steps that are run without machine code, which takes ten times as long.
const INTERPRETED: u64 = 200_000_000;

/// The same cells from an engine in this process, cut otherwise; on the CPU without machine code where that is soon
/// done.
pub fn plainly(random: &mut Random, case: &Case, gpu: Option<&GpuEngine>) -> Result<TileOutcomes, String> {
    let tile_cells = 1 + below(random, case.spec.cells());
    let failed = |error: EngineError| error.to_string();
    if let Some(gpu) = gpu.filter(|_| case.engine == "gpu") {
        return collect(&reopened(gpu, tile_cells.max(5000))?, &Sweep::from(&case.spec)).map_err(failed);
    }
    let engine = CpuEngine::new(None).map_err(failed)?.with_tile_cells(tile_cells.max(500));
    let engine = if work(&case.spec) <= INTERPRETED { engine.interpreted() } else { engine };
    collect(&engine, &Sweep::from(&case.spec)).map_err(failed)
}

/// What files have of it: where the sweep is repaired, cells in doubt are what f64 says.
pub fn as_written(case: &Case, plain: &TileOutcomes) -> Result<TileOutcomes, String> {
    let mut written = plain.clone();
    if case.repair {
        let mut doubtful = Doubtful::new(&case.spec);
        doubtful.tile(plain).map_err(|error| error.to_string())?;
        let cpu = CpuEngine::new(None).map_err(|error| error.to_string())?;
        let mut repair = Repair::new(&cpu, (&case.request, &case.spec), &doubtful);
        repair.tile(&mut written, &Watch::silent()).map_err(|error| error.to_string())?;
    }
    Ok(written)
}

fn reopened(gpu: &GpuEngine, tile_cells: usize) -> Result<GpuEngine, String> {
    let options = GpuOptions { tile_cells: Some(tile_cells), ..GpuOptions::default() };
    Ok(GpuEngine::reopen(gpu.adapter()).map_err(|error| error.to_string())?.with_options(options))
}

/// Every number in `losses.csv` is that of the plain run, to the bit.
pub fn same_numbers(files: &Files, spec: &FormulaSweep, plain: &TileOutcomes) -> Result<(), String> {
    let bytes = files.get(Path::new("losses.csv")).ok_or("losses.csv is missing")?;
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let axes = 1 + usize::from(spec.y.is_some());
    let columns: Vec<&Vec<f64>> = [&plain.loss_start, &plain.loss_final].into_iter().chain(&plain.parameters).collect();
    let mut rows = 0;
    for (cell, row) in text.lines().skip(1).enumerate() {
        let mut fields = row.split(',').skip(axes);
        let wrong = || Err(format!("cell {cell} of losses.csv is `{row}`, and a plain run says otherwise"));
        if cell >= plain.outcome.len() {
            return wrong();
        }
        for column in &columns {
            let field = fields.next().ok_or("a field is missing")?;
            if !reads_back(field, column[cell]) {
                return wrong();
            }
        }
        let steps = fields.next().and_then(|field| field.parse().ok());
        if steps != Some(plain.steps[cell]) || fields.next() != Some(plain.outcome[cell].word()) {
            return wrong();
        }
        rows += 1;
    }
    if rows == spec.cells() { Ok(()) } else { Err(format!("losses.csv has {rows} rows for {} cells", spec.cells())) }
}

/// Whether a field is the value, to the bit: the shortest text in f32 of what f32 holds, else in f64.
fn reads_back(field: &str, value: f64) -> bool {
    let wide = field.parse().map(f64::to_bits) == Ok(value.to_bits());
    let narrow = field.parse::<f32>().map(|there| f64::from(there).to_bits()) == Ok(value.to_bits());
    let neither = value.is_nan() && field.parse().is_ok_and(f64::is_nan);
    wide || narrow || neither
}

/// What all cells come to in f64 on the CPU: another outcome only on boundaries of that map, or where rounding decides.
/// The second is how many differ.
///
/// The boundaries are those of the map in f64: in its own map a wrong cell would make one.
pub fn within_the_boundary_rule(case: &Case, plain: &TileOutcomes) -> Result<u64, String> {
    let failed = |error: EngineError| error.to_string();
    let cpu = CpuEngine::new(None).map_err(failed)?;
    let wide = |steps: u32| wide(case, steps).and_then(|wide| collect(&cpu, &Sweep::from(&wide)).map_err(failed));
    let steps = case.spec.limits.steps;
    let reference = wide(steps)?;
    let outcomes = &plain.outcome;
    let found = compare(case.spec.nx(), &reference.outcome, outcomes);
    let narrow = !case.spec.precision.is_wide();
    // As far into a pass over the rows as at the end.
    let half = (steps / 2).next_multiple_of(case.spec.program.period()).min(steps);
    let (starts, halfway) =
        if narrow { (wide(0)?, wide(steps - half)?) } else { (reference.clone(), reference.clone()) };
    let decided = |cell: &usize| {
        narrow
            && (at_edge_of_level(&reference, *cell, outcomes[*cell])
                || (goes_nowhere(outcomes[*cell]) && hardly_moves(case, (&starts, &reference), *cell))
                || (outcomes[*cell] == Outcome::Converged && arrives_by_a_rounding(case, plain, *cell))
                || has_come_to_the_grain((plain, &reference, &halfway), case.spec.nx(), *cell)
                || reference.outcome[*cell] == Outcome::Unstable && outcomes[*cell] != Outcome::Diverged)
    };
    let off: Vec<usize> = found.off_boundary.into_iter().filter(|cell| !decided(cell)).collect();
    let off = unexplained(&cpu, &case.request, &case.spec, &off).map_err(failed)?;
    let luck = |cell: usize| {
        is_luck(&cpu, case, cell, case.spec.precision, reference.outcome[cell])
            || is_luck(&cpu, case, cell, Precision::F64, outcomes[cell])
    };
    let off: Vec<usize> = off.into_iter().filter(|cell| !narrow || !luck(*cell)).collect();
    let off = if narrow { unshaken(case, &self::wide(case, steps)?, &reference.outcome, off) } else { off };
    let Some(first) = off.first() else { return Ok(found.cells.len() as u64) };
    let (here, there) = (outcomes[*first], reference.outcome[*first]);
    let (off, of) = (off.len(), outcomes.len());
    Err(format!("{off} of {of} cells are others in f64 off boundaries, such as cell {first}: {here}, {there} in f64"))
}

/// The sweep in f64 with so many steps, which stops at the tolerances of the sweep.
fn wide(case: &Case, steps: u32) -> Result<FormulaSweep, String> {
    let request = case.request.clone().precision(Precision::F64).steps(u64::from(steps));
    let wide = request.resolve().map_err(|error| error.to_string())?;
    Ok(wide.held_to(&case.spec))
}

fn goes_nowhere(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Level | Outcome::Oscillating | Outcome::Settled)
}

/// What f32 rounds from the losses at the starts near a cell, at most. A loss such as ln(1 + u) of a small u is off by more than
/// its own last place.
fn rounded_from_losses(plain: &TileOutcomes, reference: &TileOutcomes, nx: usize, cell: usize) -> f64 {
    const ROWS: usize = 16;
    let (x, y) = (cell % nx, cell / nx);
    let rows = y.saturating_sub(ROWS)..(y + ROWS + 1).min(reference.outcome.len() / nx);
    let off = rows.map(|row| (plain.loss_start[row * nx + x] - reference.loss_start[row * nx + x]).abs());
    off.fold(0.0, f64::max)
}

/// Whether the stop test, which holds where a descent arrived, fails at the neighbouring numbers of f32 on both sides: on a kink, or
/// where slopes change by more than the tolerance from one number to the next.
fn arrives_by_a_rounding(case: &Case, plain: &TileOutcomes, cell: usize) -> bool {
    let spec = wide(case, case.spec.limits.steps).expect("the sweep in f64");
    let follower = Follower::<f64>::new(&spec, cell % spec.nx(), cell / spec.nx());
    let point: Vec<f64> = plain.parameters.iter().map(|values| values[cell]).collect();
    let fails = |point: &[f64]| {
        follower
            .tested_at(point)
            .iter()
            .zip(&spec.tolerances)
            .any(|(slope, most)| slope.abs().partial_cmp(most) != Some(Less))
    };
    (0..point.len()).any(|at| {
        [-1.0, 1.0].iter().all(|side| {
            let mut beside = point.clone();
            beside[at] += side * f64::from(f32::EPSILON) * point[at].abs();
            fails(&beside)
        })
    })
}

/// Whether all that f64 still moves the loss by in the second half is less than what f32 rounds from losses, and both are at the
/// same one: whether that little is a fall, a cycle or a standstill f32 cannot tell.
fn has_come_to_the_grain(
    (plain, reference, halfway): (&TileOutcomes, &TileOutcomes, &TileOutcomes),
    nx: usize,
    cell: usize,
) -> bool {
    const ROUNDINGS: f64 = 32.0 * f32::EPSILON as f64;
    const TIMES: f64 = 4.0;
    let rests = |outcome| goes_nowhere(outcome) || outcome == Outcome::Descending;
    let loss = reference.loss_final[cell];
    let own = ROUNDINGS * reference.loss_start[cell].abs().max(loss.abs());
    let grain = own.max(TIMES * rounded_from_losses(plain, reference, nx, cell));
    let near = |other: f64| (other - loss).abs() <= grain;
    rests(plain.outcome[cell])
        && rests(reference.outcome[cell])
        && near(plain.loss_final[cell])
        && near(halfway.loss_final[cell])
}

/// Whether f64 moves no parameter by what f32 loses: half a unit in the last place in each step, and with compensation
/// about one in all. The losses of f32 are then those of the start.
fn hardly_moves(case: &Case, (starts, ends): (&TileOutcomes, &TileOutcomes), cell: usize) -> bool {
    let lost = if case.spec.precision == Precision::F32 { f64::from(case.spec.limits.steps) / 2.0 } else { 1.0 };
    let mut pairs = starts.parameters.iter().zip(&ends.parameters).map(|(starts, ends)| (starts[cell], ends[cell]));
    pairs.all(|(start, end)| (end - start).abs() < lost * f64::from(f32::EPSILON) * start.abs().max(end.abs()))
}

/// Most roundings of x that are thought to add up: with more, it moves by a thousandth. A start moves by as many as there are
/// steps: nothing brings a descent back that goes back and forth across a kink.
const MOST_ROUNDINGS: u32 = 8192;

/// Whether one precision says what the other one says as many roundings of an axis' value away as a descent has steps: a
/// boundary that rounding has moved by some cells of a fine axis, or a chaotic cell, where a descent arrives by luck, and
/// where the other need not have the same luck anywhere near.
fn is_luck(cpu: &CpuEngine, case: &Case, cell: usize, precision: Precision, said: Outcome) -> bool {
    let value = |axis: &SweepAxis, at| case.spec.precision.round(axis.axis.value(at));
    let near = |value: f64, roundings: u32| {
        let most = f64::from(roundings) * f64::from(f32::EPSILON);
        common::list((-32..=32).map(|n| value * (1.0 + f64::from(n) / 32.0 * most)))
    };
    let steps = case.spec.limits.steps.max(16);
    let (x, alone) = (value(&case.spec.x, cell % case.spec.nx()), |value: f64| common::list([value]));
    let pairs = match &case.spec.y {
        Some(axis) => {
            let y = value(axis, cell / case.spec.nx());
            let around_y = (axis.name != SEED).then(|| (alone(x), Some(near(y, steps))));
            [Some((near(x, steps.min(MOST_ROUNDINGS)), Some(alone(y)))), around_y]
        }
        None => [Some((near(x, steps.min(MOST_ROUNDINGS)), None)), None],
    };
    pairs.into_iter().flatten().any(|(x, y)| {
        let mut request = case.request.clone().without_axes().precision(precision).vary(&case.spec.x.name, x);
        if let Some((axis, y)) = case.spec.y.as_ref().zip(y) {
            request = request.vary(&axis.name, y);
        }
        let spec = request.resolve().expect("a sweep's own values, moved a little");
        let spec = spec.held_to(&case.spec);
        collect(cpu, &Sweep::from(&spec)).expect("the CPU").outcome.contains(&said)
    })
}

/// Whether a cell is `level` in one precision alone since its losses, which f32 rounds, moved by just about what
/// counts.
fn at_edge_of_level(reference: &TileOutcomes, cell: usize, outcome: Outcome) -> bool {
    let (start, end) = (reference.loss_start[cell], reference.loss_final[cell]);
    let near = ((end - start).abs() - LEVEL * start.abs()).abs() <= 4.0 * f64::from(f32::EPSILON) * start.abs();
    near && [outcome, reference.outcome[cell]].into_iter().any(goes_nowhere)
}

/// A cell that no boundary is near, for a fault to be planted in.
pub fn inner_cell(spec: &FormulaSweep, outcomes: &[Outcome]) -> Option<usize> {
    (0..outcomes.len()).find(|cell| !on_boundary(spec.nx(), outcomes, *cell))
}

const FAULTS: [Fault; 6] =
    [Fault::Lost, Fault::OutOfMemory, Fault::Invalid, Fault::Hung, Fault::Dropped, Fault::Skipped];

/// Runs the sweep on a device that fails now and then. Every cell comes, and says what the device, or where it failed
/// for good the CPU, says of it. The number of failures.
pub fn survives_faults(
    random: &mut Random,
    case: &Case,
    gpu: &GpuEngine,
    plain: &TileOutcomes,
) -> Result<usize, String> {
    let tile_cells = 3000 + below(random, 20_000);
    let (kind, every) = (pick(random, &FAULTS), 2 + below(random, 6));
    let count = Arc::new(AtomicUsize::new(below(random, every)));
    let faults: Faults = Arc::new(move || count.fetch_add(1, Ordering::Relaxed).is_multiple_of(every).then_some(kind));
    let adapter = gpu.adapter().clone();
    let (first, again) = (reopened(gpu, tile_cells)?.with_faults(Arc::clone(&faults)), faults);
    let reopen = move || {
        let engine = GpuEngine::reopen(&adapter)?.careful().with_faults(Arc::clone(&again));
        Ok(Box::new(engine) as Box<dyn Engine + Send>)
    };
    let cpu = || CpuEngine::new(Some(2)).map_err(|error| error.to_string());
    let failover = Failover::new(Box::new(first), Box::new(reopen), Some(Box::new(cpu()?)));
    let story = |what: String| format!("{kind:?} at every {every}th submission, tiles of {tile_cells} cells: {what}");
    let survived = collect(&failover, &Sweep::from(&case.spec)).map_err(|error| story(error.to_string()))?;
    let record = failover.record();
    let record = record.lock().map_err(|error| error.to_string())?;
    let reference = collect(&cpu()?, &Sweep::from(&case.spec)).map_err(|error| error.to_string())?;
    let nx = case.spec.nx();
    let stand_in = record.stand_in.iter().flat_map(|stand_in| &stand_in.tiles);
    let of_cpu: Vec<_> = stand_in.map(|tile| tile.range(nx)).collect();
    for cell in 0..case.spec.cells() {
        let by_cpu = of_cpu.iter().any(|range| range.contains(&cell));
        let expected = if by_cpu { &reference } else { plain };
        if row(&survived, cell) != row(expected, cell) {
            return Err(story(format!("cell {cell}, by the {}, differs", if by_cpu { "CPU" } else { "GPU" })));
        }
    }
    assert!(record.failures.iter().all(|failure| failure.then != Remedy::Ended));
    Ok(record.failures.len())
}

/// The bits of a cell; what is no number counts as one value.
fn row(of: &TileOutcomes, cell: usize) -> Vec<u64> {
    let columns = [&of.loss_start, &of.loss_final].into_iter().chain(&of.parameters);
    let numbers = columns.map(|column| if column[cell].is_nan() { u64::MAX } else { column[cell].to_bits() });
    numbers.chain([u64::from(of.steps[cell]), of.outcome[cell] as u64]).collect()
}
