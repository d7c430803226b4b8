//! Comparing two maps of outcomes under the boundary rule.

use super::check::along;
use crate::engine::cpu::CpuEngine;
use crate::engine::{EngineError, Watch};
use crate::sweep::{Axis, FormulaSweep, Outcome, Precision, Request, SEED, SweepAxis, TileOutcomes};

/// How two maps of outcomes differ.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Difference {
    /// Indices (y-major) of all cells that differ.
    pub cells: Vec<usize>,
    /// Those of them that have no neighbour of another outcome in the reference map.
    pub off_boundary: Vec<usize>,
}

/// Compares the outcomes of `other` with those of `reference`; both are y-major with `nx` cells in a row.
///
/// # Panics
/// If the maps differ in size.
pub fn compare(nx: usize, reference: &[Outcome], other: &[Outcome]) -> Difference {
    assert_eq!(reference.len(), other.len(), "two maps of one sweep have the same size");
    let cells: Vec<usize> = (0..reference.len()).filter(|at| reference[*at] != other[*at]).collect();
    let off_boundary = cells.iter().copied().filter(|at| !on_boundary(nx, reference, *at)).collect();
    Difference { cells, off_boundary }
}

/// Whether one of the up to eight neighbours of a cell has another outcome than the cell.
pub fn on_boundary(nx: usize, map: &[Outcome], at: usize) -> bool {
    let (x, y) = (at % nx, at / nx);
    let ny = map.len() / nx;
    let columns = x.saturating_sub(1)..=(x + 1).min(nx - 1);
    columns.into_iter().any(|column| {
        let rows = y.saturating_sub(1)..=(y + 1).min(ny - 1);
        rows.into_iter().any(|row| map[row * nx + column] != map[at])
    })
}

/// How cells are looked around.
pub(super) struct Near {
    /// Values tried on either side of a cell along x and along y.
    pub tried: (i32, i32),
    /// How far the last of them is (relative).
    pub by: f64,
}

/// A few roundings of f32. In a chaotic part of a map any change matters, and many are needed to see it.
const NEAR: Near = Near { tried: (50, 1), by: 1e-6 };
/// Cells looked at in one go.
pub(super) const BATCH: usize = 64;
/// Steps that are spent on looking closely.
const BUDGET: u64 = 2_000_000_000;

impl Near {
    /// How many cells of a sweep may be looked at.
    pub fn affordable(&self, spec: &FormulaSweep) -> usize {
        let tried = (2 * self.tried.0 + 1) as u64 * (2 * self.tried.1 + 1) as u64;
        let each = tried * (u64::from(spec.limits.steps) + 1) * spec.program.rows_per_step().max(1);
        (BUDGET / each).max(BATCH as u64) as usize
    }
}

/// Of some cells (y-major) of a sweep, those whose outcomes rounding cannot explain: in f64 on the CPU, changes of the
/// axes' values by up to a millionth all lead to the same outcome.
///
/// Looking takes 303 descents per cell. From where that would be too many on, cells count as unexplained unseen.
///
/// # Errors
/// As [`crate::engine::Engine::run`].
///
/// # Panics
/// If `spec` is not the request's own.
pub fn unexplained(
    cpu: &CpuEngine,
    request: &Request,
    spec: &FormulaSweep,
    cells: &[usize],
) -> Result<Vec<usize>, EngineError> {
    let (looked_at, unseen) = cells.split_at(cells.len().min(NEAR.affordable(spec)));
    let mut unexplained = Vec::new();
    for batch in looked_at.chunks(BATCH) {
        let outcomes = near(cpu, request, spec, batch, &NEAR)?.outcome;
        let each = outcomes.chunks_exact(outcomes.len() / batch.len());
        let same = |outcomes: &[Outcome]| outcomes.iter().all(|outcome| *outcome == outcomes[0]);
        unexplained.extend(batch.iter().zip(each).filter(|(_, outcomes)| same(outcomes)).map(|(cell, _)| *cell));
    }
    unexplained.extend(unseen);
    Ok(unexplained)
}

/// Values around those of some cells, along one axis.
struct Nearby {
    /// Values per cell.
    each: u32,
    axis: Axis,
}

impl Nearby {
    fn new(axis: &SweepAxis, precision: Precision, at: impl Iterator<Item = usize>, tried: i32, by: f64) -> Self {
        // A seed has nothing near it.
        let tried = if axis.name == SEED { 0 } else { tried };
        let around =
            |value: f64| (-tried..=tried).map(move |n| value * (1.0 + f64::from(n) / f64::from(tried.max(1)) * by));
        let values = at.flat_map(|at| around(precision.round(axis.axis.value(at))));
        Self { each: (2 * tried + 1) as u32, axis: along(Axis::list(values)) }
    }
}

/// How descents in f64 end all around a few cells: for each cell in turn as many as for any other.
pub(super) fn near(
    cpu: &CpuEngine,
    request: &Request,
    spec: &FormulaSweep,
    cells: &[usize],
    Near { tried, by }: &Near,
) -> Result<TileOutcomes, EngineError> {
    let (nx, precision) = (spec.nx(), spec.program.precision);
    let x = Nearby::new(&spec.x, precision, cells.iter().map(|cell| cell % nx), tried.0, *by);
    let mut near = request.clone().without_axes().precision(Precision::F64).vary(&spec.x.name, x.axis);
    let mut rows = 1;
    if let Some(axis) = &spec.y {
        let y = Nearby::new(axis, precision, cells.iter().map(|cell| cell / nx), tried.1, *by);
        rows = y.each;
        near = near.vary(&axis.name, y.axis);
    }
    let near = near.resolve().unwrap_or_else(|error| unreachable!("a sweep's own values, moved a little: {error}"));
    let near = near.held_to(spec);
    let around = |at: u32| (0..rows).flat_map(move |row| (0..x.each).map(move |n| (at * x.each + n, at * rows + row)));
    let pairs: Vec<(u32, u32)> = (0..cells.len() as u32).flat_map(around).collect();
    cpu.run_cells(&near, &pairs, &Watch::silent())
}
