//! What a sweep says, against a plain run of the same descents in this process.

use crate::case::{Case, below, pick};
use crate::common::Random;
use crate::files::Files;
use alphasweep::engine::cpu::CpuEngine;
use alphasweep::engine::gpu::{Fault, Faults, GpuEngine, GpuOptions};
use alphasweep::engine::{Engine, Failover, Remedy, Watch, collect};
use alphasweep::sweep::{Outcome, Spec, TileOutcomes};
use alphasweep::verify::{on_boundary, recheck};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The same cells from an engine in this process, cut otherwise and on one thread; on the CPU without machine code.
pub fn plainly(random: &mut Random, case: &Case, gpu: Option<&GpuEngine>) -> Result<TileOutcomes, String> {
    let tile_cells = 1 + below(random, case.spec.cells());
    let failed = |error: alphasweep::engine::EngineError| error.to_string();
    match gpu.filter(|_| case.engine == "gpu") {
        Some(gpu) => {
            let engine = reopened(gpu, tile_cells.max(5000))?;
            collect(&engine, &case.spec).map_err(failed)
        }
        None => {
            let engine = CpuEngine::new(Some(1)).map_err(failed)?.with_tile_cells(tile_cells.max(500));
            collect(&engine.interpreted(), &case.spec).map_err(failed)
        }
    }
}

fn reopened(gpu: &GpuEngine, tile_cells: usize) -> Result<GpuEngine, String> {
    let options = GpuOptions { tile_cells: Some(tile_cells), ..GpuOptions::default() };
    Ok(GpuEngine::reopen(gpu.adapter()).map_err(|error| error.to_string())?.with_options(options))
}

/// Every number in `losses.csv` is that of the plain run, to the bit.
pub fn same_numbers(files: &Files, spec: &Spec, plain: &TileOutcomes) -> Result<(), String> {
    let bytes = files.get(Path::new("losses.csv")).ok_or("losses.csv is missing")?;
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    let axes = 1 + usize::from(spec.y.is_some());
    let columns: Vec<&Vec<f64>> = [&plain.loss_start, &plain.loss_final].into_iter().chain(&plain.finals).collect();
    let mut rows = 0;
    for (cell, row) in text.lines().skip(1).enumerate() {
        let mut fields = row.split(',').skip(axes);
        let wrong = || Err(format!("cell {cell} of losses.csv is `{row}`, and a plain run says otherwise"));
        if cell >= plain.outcome.len() {
            return wrong();
        }
        for column in &columns {
            let value: f64 = fields.next().and_then(|field| field.parse().ok()).ok_or("a field is missing")?;
            if value.to_bits() != column[cell].to_bits() && !(value.is_nan() && column[cell].is_nan()) {
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

/// What all cells come to in f64 on the CPU: another outcome only on boundaries of the map, or where rounding decides.
/// The second is how many differ.
pub fn within_the_boundary_rule(case: &Case, outcomes: &[Outcome], losses: &[f64]) -> Result<u64, String> {
    let cpu = CpuEngine::new(None).map_err(|error| error.to_string())?;
    let checked = recheck(&cpu, (&case.request, &case.spec), (outcomes, losses), 1.0, &Watch::silent());
    let checked = checked.map_err(|error| error.to_string())?;
    match checked.example {
        None => Ok(checked.outcomes_differ),
        Some(example) => {
            Err(format!("{} of {} cells off boundaries: {example:?}", checked.off_boundary, checked.cells))
        }
    }
}

/// A cell that no boundary is near, for a fault to be planted in.
pub fn inner_cell(spec: &Spec, outcomes: &[Outcome]) -> Option<usize> {
    (0..outcomes.len()).find(|cell| !on_boundary(spec.nx(), outcomes, *cell))
}

const FAULTS: [Fault; 6] =
    [Fault::Lost, Fault::OutOfMemory, Fault::Invalid, Fault::Hung, Fault::Dropped, Fault::Skipped];

/// Runs the sweep on a device that fails now and then. Every cell comes, and says what the device, or where it failed for
/// good the CPU, says of it. The number of failures.
pub fn survives_faults(
    random: &mut Random,
    case: &Case,
    gpu: &GpuEngine,
    plain: &TileOutcomes,
) -> Result<usize, String> {
    let tile_cells = 3000 + below(random, 20_000);
    let (kind, every) = (pick(random, &FAULTS), 2 + below(random, 6));
    let count = Arc::new(AtomicUsize::new(below(random, every)));
    let faults: Faults = Arc::new(move || (count.fetch_add(1, Ordering::Relaxed) % every == 0).then_some(kind));
    let adapter = gpu.adapter().clone();
    let (first, again) = (reopened(gpu, tile_cells)?.with_faults(Arc::clone(&faults)), faults);
    let reopen = move || {
        let engine = GpuEngine::reopen(&adapter)?.careful().with_faults(Arc::clone(&again));
        Ok(Box::new(engine) as Box<dyn Engine + Send>)
    };
    let cpu = || CpuEngine::new(Some(2)).map_err(|error| error.to_string());
    let failover = Failover::new(Box::new(first), Box::new(reopen), Some(Box::new(cpu()?)));
    let story = |what: String| format!("{kind:?} at every {every}th submission, tiles of {tile_cells} cells: {what}");
    let survived = collect(&failover, &case.spec).map_err(|error| story(error.to_string()))?;
    let record = failover.record();
    let record = record.lock().map_err(|error| error.to_string())?;
    let reference = collect(&cpu()?, &case.spec).map_err(|error| error.to_string())?;
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
    let columns = [&of.loss_start, &of.loss_final].into_iter().chain(&of.finals);
    let numbers = columns.map(|column| if column[cell].is_nan() { u64::MAX } else { column[cell].to_bits() });
    numbers.chain([u64::from(of.steps[cell]), of.outcome[cell] as u64]).collect()
}
