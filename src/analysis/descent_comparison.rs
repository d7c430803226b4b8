//! What descent needs for what a grid search found: the minimum next to it, and the best of a few learning rates.

use crate::analysis::Lowest;
use crate::analysis::theory::theory;
use crate::engine::cpu::CpuEngine;
use crate::engine::{Watch, collect, collect_watched};
use crate::sweep::{Axis, FormulaSweep, KnobRef, Outcome, Recipe, Request, Setting, Source, Sweep, SweepAxis};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Descents may take as many steps as the grid has points, within these.
const STEPS: (u64, u64) = (1000, 100_000);
/// And go through at most so many rows of data each, so that a comparison takes seconds.
const ROWS: u64 = 10_000_000;
/// Shares of the critical α that are tried: half of it is the best where curvature is the same in all directions.
const SHARES: [f64; 9] = [0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 0.97];

/// The minima and the descent that a grid is compared with.
#[derive(Debug, Serialize)]
pub struct DescentComparison {
    #[serde(skip)]
    names: Vec<String>,
    /// Known minima, or the one next to the lowest point.
    pub minima: Vec<Vec<f64>>,
    /// From the lowest point of the grid to the nearest of them, over all parameters.
    pub distance: Option<f64>,
    /// The smallest critical α of the minima.
    pub critical: Option<f64>,
    pub descent: Option<Descent>,
}

/// The descent that converged in the fewest steps.
#[derive(Debug, Serialize)]
pub struct Descent {
    pub start: Vec<f64>,
    pub alpha: f64,
    pub steps: u32,
    /// Of loss and gradient: one at the start and one after every step.
    pub evaluations: u64,
    pub loss: f64,
    pub parameters: Vec<f64>,
    /// Learning rates tried.
    pub tried: usize,
}

impl DescentComparison {
    /// The rival of a grid.
    ///
    /// # Errors
    /// An interruption; a learning rate that the precision cannot hold.
    pub fn new(
        base: &Request,
        grid: &FormulaSweep,
        lowest: Option<&Lowest>,
        cancel: &AtomicBool,
    ) -> anyhow::Result<Self> {
        let names = grid.objective.parameters().to_vec();
        let one = descents(base, grid, Axis::one(1.0), STEPS.0).resolve()?;
        let limits = theory(&one, lowest.map(|lowest| lowest.parameters.as_slice()));
        let mut minima: Vec<Vec<f64>> = Vec::new();
        for limit in limits.limits() {
            if is_near(grid, &limit.minimum) && is_flat(base, grid, &limit.minimum, limit.sharpness)? {
                minima.push(limit.minimum.clone());
            }
        }
        if let Some(row) = grid.objective.row().filter(|_| minima.is_empty() && is_the_rows_own(base)) {
            minima = row.minima.iter().map(|minimum| minimum.to_vec()).collect();
        }
        let from = |point: &[f64], minimum: &[f64]| {
            point.iter().zip(minimum).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt()
        };
        let distance = lowest
            .and_then(|lowest| minima.iter().map(|minimum| from(&lowest.parameters, minimum)).min_by(f64::total_cmp));
        let critical = limits.limits().first().filter(|_| !minima.is_empty()).map(|limit| limit.alpha);
        let descent = critical.map(|critical| fastest(base, grid, critical, cancel)).transpose()?.flatten();
        Ok(Self { names, minima, distance, critical, descent })
    }

    /// Names of the parameters.
    pub fn parameters(&self) -> &[String] {
        &self.names
    }

    /// The minima that lie in the plane of the grid, by the parameters of its axes.
    pub fn on_axes(&self, grid: &FormulaSweep) -> Vec<Vec<f64>> {
        let knobs = &grid.knobs[grid.knobs.len() - self.names.len()..];
        let in_plane = |minimum: &&Vec<f64>| {
            knobs.iter().zip(*minimum).all(|(knob, value)| match knob.source {
                Source::Fixed(fixed) => (fixed - value).abs() <= 1e-6 * (1.0 + value.abs()),
                Source::X(_) | Source::Y(_) => true,
            })
        };
        let axes: Vec<&str> =
            std::iter::once(&grid.x).chain(&grid.y).filter_map(|axis| grid.parameter_along(axis)).collect();
        let along = |minimum: &Vec<f64>| {
            let value = |axis: &&str| self.names.iter().position(|name| name == axis).map(|at| minimum[at]);
            axes.iter().filter_map(value).collect()
        };
        let on_grid = |place: &Vec<f64>| {
            let sides = std::iter::once(&grid.x).chain(&grid.y).map(|axis| axis.axis.bounds());
            sides.zip(place).all(|((lo, hi), value)| (lo..=hi).contains(value))
        };
        self.minima.iter().filter(in_plane).map(along).filter(on_grid).collect()
    }
}

/// Whether a point is on the grid or no further beside it than the grid is wide.
fn is_near(grid: &FormulaSweep, point: &[f64]) -> bool {
    let near = |axis: &SweepAxis| {
        let at = grid.program.start_of(axis.knob);
        let (lo, hi) = axis.axis.bounds();
        let margin = (hi - lo).max(1.0);
        at.is_some_and(|at| (lo - margin..=hi + margin).contains(&point[at]))
    };
    near(&grid.x) && grid.y.as_ref().is_none_or(near)
}

/// Whether the slope vanishes at a point, up to rounding: what is merely the lowest of a grid may lie on a slope.
fn is_flat(base: &Request, grid: &FormulaSweep, point: &[f64], sharpness: f64) -> anyhow::Result<bool> {
    const FLAT: f64 = 1e-6;
    let mut request = base.clone().vary("alpha", Axis::one(1.0)).steps(0).gtol(FLAT * sharpness);
    request.common.set.retain(|fixed| !fixed.knob.is_start());
    for (parameter, value) in grid.objective.parameters().iter().zip(point) {
        request = request.set(KnobRef::Start(parameter.clone()), *value);
    }
    let Ok(spec) = request.resolve() else { return Ok(false) };
    Ok(collect(&CpuEngine::new(Some(1))?, &spec.into())?.outcome[0] == Outcome::Converged)
}

/// Minima of the catalog are those of its own data and constants.
fn is_the_rows_own(base: &Request) -> bool {
    let only_starts = base.common.set.iter().all(|fixed| fixed.knob.is_start());
    base.data.is_none() && base.constants.is_empty() && only_starts
}

/// Descents from the row's own start, or else from the lowest corner of the grid.
fn descents(base: &Request, grid: &FormulaSweep, alphas: Axis, steps: u64) -> Request {
    let starts = Recipe::of(grid.objective.row()).starts;
    // A stop rule of the row's would end it elsewhere.
    let mut request = base.clone().vary("alpha", alphas).steps(steps).gtol(1e-5);
    let parameters = grid.objective.parameters();
    for axis in std::iter::once(&grid.x).chain(&grid.y) {
        let Some(at) = grid.program.start_of(axis.knob) else { continue };
        let corner = Setting::Number(axis.axis.value(0));
        request = request.set(KnobRef::Start(parameters[at].clone()), starts.get(at).copied().unwrap_or(corner));
    }
    // The first parameter is an axis unless it is set.
    let first = KnobRef::Start(parameters[0].clone());
    if request.common.set.iter().any(|fixed| fixed.knob == first) {
        return request;
    }
    request.set(first, starts.first().copied().unwrap_or(Setting::Number(0.0)))
}

/// The learning rate that converges in the fewest steps.
fn fastest(
    base: &Request,
    grid: &FormulaSweep,
    critical: f64,
    cancel: &AtomicBool,
) -> Result<Option<Descent>, anyhow::Error> {
    // Rates that are no numbers are refused, as those are that the precision cannot hold.
    let Ok(alphas) = Axis::list(SHARES.map(|share| share * critical)) else { return Ok(None) };
    let rows = 1 + grid.program.rows_per_step();
    let steps = (grid.cells() as u64).min(ROWS / rows).clamp(STEPS.0, STEPS.1);
    let Ok(spec) = descents(base, grid, alphas, steps).resolve().map(Arc::new) else { return Ok(None) };
    let cells = collect_watched(&CpuEngine::new(Some(1))?, &Sweep::from(&spec), &Watch::new(&|_| (), cancel))?;
    let converged = (0..spec.nx()).filter(|cell| cells.outcome[*cell] == Outcome::Converged);
    Ok(converged.min_by_key(|cell| cells.steps[*cell]).map(|cell| Descent {
        start: start_of(&spec, cell),
        alpha: spec.program.precision.round(spec.x.axis.value(cell)),
        steps: cells.steps[cell],
        evaluations: u64::from(cells.steps[cell]) + 1,
        loss: cells.loss_final[cell],
        parameters: cells.parameters.iter().map(|values| values[cell]).collect(),
        tried: spec.nx(),
    }))
}

fn start_of(spec: &FormulaSweep, cell: usize) -> Vec<f64> {
    let starts = &spec.knobs[spec.knobs.len() - spec.objective.parameters().len()..];
    starts.iter().map(|knob| spec.knob_value(knob, cell, 0)).collect()
}
