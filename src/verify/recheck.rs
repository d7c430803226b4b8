//! Running a share of a sweep's cells again, on the CPU in f64.

use super::boundary::{held_to, on_boundary, remaining, unexplained};
use crate::engine::cpu::CpuEngine;
use crate::engine::{EngineError, Watch};
use crate::sweep::{
    FormulaSweep, GradientDerivative, KnobsAndPoint, LEVEL, MOST_ASKED, Outcome, Precision, Request, TileOutcomes,
};
use serde::Serialize;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Recheck {
    /// Cells that were run again.
    pub cells: u64,
    /// Those of them with a neighbour of another outcome.
    pub boundary_cells: u64,
    /// Cells whose outcome is another in f64.
    pub outcomes_differ: u64,
    /// Those of them that lie on no boundary, and whose outcome neither a tiny change of the axes' values changes nor the
    /// rounding of losses and parameters to f32 (at the edge of `level`, and where the tolerance is finer than f32).
    pub off_boundary: u64,
    /// Cells that arrived both times, and with quite another loss, on no boundary and whatever the tiny changes.
    pub losses_off: u64,
    /// The first of all these.
    pub example: Option<Example>,
    /// |loss − loss in f64|, relative to the larger of |loss in f64| and |loss at the start|, of the cells that did not
    /// diverge and whose outcomes agree; absent where there are none.
    pub largest_loss_difference: Option<f64>,
    pub median_loss_difference: Option<f64>,
}

/// A cell that ends in two ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    pub x: f64,
    pub y: Option<f64>,
    pub outcome: Outcome,
    pub in_f64: Outcome,
    pub loss: f64,
    pub loss_in_f64: f64,
}

/// Losses that are further apart than this, relative to their size, are not the same answer.
const QUITE_ANOTHER: f64 = 1e-3;

/// Cells run in one go.
const BATCH: usize = 1 << 18;

/// Runs the share `fraction` (in (0, 1]) of a sweep's cells again: first all cells on boundaries of the map, then others,
/// spread evenly. `outcomes` and `losses` (y-major) are the sweep's answer. The axes' values are not rounded again.
///
/// # Errors
/// As [`crate::engine::Engine::run`].
///
/// # Panics
/// If `spec` is not the request's own, or the map is not the sweep's.
pub fn recheck(
    cpu: &CpuEngine,
    (request, spec): (&Request, &FormulaSweep),
    (outcomes, losses): (&[Outcome], &[f64]),
    fraction: f64,
    watch: &Watch<'_>,
) -> Result<Recheck, EngineError> {
    assert!(outcomes.len() == spec.cells() && losses.len() == spec.cells(), "the map is the sweep's own");
    let (cells, boundary_cells) = chosen(spec.nx(), outcomes, fraction);
    let wide = request.clone().precision(Precision::F64);
    let wide = wide.resolve().unwrap_or_else(|error| unreachable!("what f32 can hold, f64 can: {error}"));
    let wide = held_to(spec, wide);
    let mut found = Found { spec, outcomes, losses, differing: 0, doubtful: vec![], far: vec![], differences: vec![] };
    for batch in cells.chunks(BATCH) {
        let again = cpu.run_cells(&wide, &places(spec, batch), watch)?;
        batch.iter().enumerate().for_each(|(at, cell)| found.look_at(&again, at, *cell));
    }
    let Found { differing, mut doubtful, mut differences, far, .. } = found;
    if !spec.program.precision.is_wide() {
        doubtful = moved(cpu, request, spec, outcomes, doubtful)?;
        doubtful = fine_enough(&wide, (outcomes, losses), doubtful);
    }
    let off: Vec<usize> = doubtful.iter().map(|doubt| doubt.cell).collect();
    let off = unexplained(cpu, request, spec, &off)?;
    let cells_far: Vec<usize> = far.iter().map(|doubt| doubt.cell).collect();
    let losses_off = remaining(cpu, (request, spec), &cells_far, |cell, around| {
        let size = around.losses.iter().fold(losses[cell].abs(), |most, loss| most.max(loss.abs()));
        around.losses.iter().all(|loss| (loss - losses[cell]).abs() > QUITE_ANOTHER * size)
    })?;
    let first = off.first().and_then(|first| doubtful.iter().find(|doubt| doubt.cell == *first));
    let first = first.or_else(|| losses_off.first().and_then(|first| far.iter().find(|doubt| doubt.cell == *first)));
    differences.sort_unstable_by(f64::total_cmp);
    Ok(Recheck {
        cells: cells.len() as u64,
        boundary_cells,
        outcomes_differ: differing,
        off_boundary: off.len() as u64,
        losses_off: losses_off.len() as u64,
        example: first.map(|doubt| Example::new(spec, doubt, (outcomes, losses))),
        largest_loss_difference: differences.last().copied(),
        median_loss_difference: differences.get(differences.len() / 2).copied(),
    })
}

/// What running cells again has brought up so far.
struct Found<'a> {
    spec: &'a FormulaSweep,
    outcomes: &'a [Outcome],
    losses: &'a [f64],
    differing: u64,
    /// Cells whose outcome differs, where nothing has explained it yet.
    doubtful: Vec<Doubt>,
    /// Cells that arrived both times, but not at the same loss.
    far: Vec<Doubt>,
    differences: Vec<f64>,
}

impl Found<'_> {
    fn look_at(&mut self, again: &TileOutcomes, at: usize, cell: usize) {
        let (outcome, in_f64) = (self.outcomes[cell], again.outcome[at]);
        let on_boundary = || on_boundary(self.spec.nx(), self.outcomes, cell);
        if in_f64 != outcome {
            self.differing += 1;
            let narrow = !self.spec.program.precision.is_wide();
            if !(on_boundary() || (narrow && at_edge_of_level(again, at, outcome))) {
                self.doubtful.push(Doubt::new(again, at, cell));
            }
        } else if in_f64 != Outcome::Diverged {
            let apart = difference(again, at, self.losses[cell]);
            if in_f64.has_arrived() && apart > QUITE_ANOTHER && !on_boundary() {
                self.far.push(Doubt::new(again, at, cell));
            }
            self.differences.push(apart);
        }
    }
}

/// A cell that ends otherwise in f64, and where it ends there.
struct Doubt {
    cell: usize,
    in_f64: Outcome,
    loss_start: f64,
    loss: f64,
    ends: Vec<f64>,
}

impl Doubt {
    fn new(again: &TileOutcomes, at: usize, cell: usize) -> Self {
        let ends = again.parameters.iter().map(|values| values[at]).collect();
        Self { cell, in_f64: again.outcome[at], loss_start: again.loss_start[at], loss: again.loss_final[at], ends }
    }
}

/// Where on the map cells are.
fn places(spec: &FormulaSweep, cells: &[usize]) -> Vec<(u32, u32)> {
    cells.iter().map(|cell| ((cell % spec.nx()) as u32, (cell / spec.nx()) as u32)).collect()
}

/// Without those for which f32 is too coarse: it ends with the same loss, to a millionth of the one at the start, but stands
/// or goes back and forth there, since the numbers next to where f64 converges have slopes above the tolerance.
fn fine_enough(wide: &FormulaSweep, (outcomes, losses): (&[Outcome], &[f64]), mut doubtful: Vec<Doubt>) -> Vec<Doubt> {
    // Steps that go from side to side amplify them.
    const ROUNDINGS: f64 = 16.0 * f32::EPSILON as f64;
    let Some(derivative) = GradientDerivative::new(wide, MOST_ASKED) else { return doubtful };
    let too_coarse = |doubt: &Doubt| {
        let knobs = wide.knob_values(doubt.cell % wide.nx(), doubt.cell / wide.nx());
        let asked = KnobsAndPoint { knobs: &knobs, point: &doubt.ends };
        let k = &derivative.at(&[asked])[0].k;
        (0..doubt.ends.len()).any(|row| {
            let grain = doubt.ends.iter().enumerate().map(|(at, end)| (k[(row, at)] * end).abs() * ROUNDINGS);
            grain.sum::<f64>() >= wide.tolerances[row]
        })
    };
    doubtful.retain(|doubt| {
        let stands = matches!(outcomes[doubt.cell], Outcome::Settled | Outcome::Level | Outcome::Oscillating);
        let same = (losses[doubt.cell] - doubt.loss).abs() <= LEVEL * doubt.loss_start.abs().max(doubt.loss.abs());
        !(doubt.in_f64 == Outcome::Converged && stands && same && too_coarse(doubt))
    });
    doubtful
}

/// Without those that went nowhere and have moved by less than one unit in the last place of f32 in each parameter:
/// the losses of f32 are those at two equal or neighbouring points, whatever lies between them.
fn moved(
    cpu: &CpuEngine,
    request: &Request,
    spec: &FormulaSweep,
    outcomes: &[Outcome],
    doubtful: Vec<Doubt>,
) -> Result<Vec<Doubt>, EngineError> {
    let nowhere = |doubt: &Doubt| matches!(outcomes[doubt.cell], Outcome::Level | Outcome::Oscillating);
    let (level, mut others): (Vec<Doubt>, Vec<Doubt>) = doubtful.into_iter().partition(nowhere);
    if level.is_empty() {
        return Ok(others);
    }
    let cells: Vec<usize> = level.iter().map(|doubt| doubt.cell).collect();
    let starts = request.clone().precision(Precision::F64).steps(0).resolve();
    let starts = starts.unwrap_or_else(|error| unreachable!("a sweep's own start: {error}"));
    let starts = cpu.run_cells(&starts, &places(spec, &cells), &Watch::silent())?.parameters;
    others.extend(level.into_iter().enumerate().filter_map(|(at, doubt)| {
        let pairs = doubt.ends.iter().zip(&starts);
        let stays = |(end, starts): (&f64, &Vec<f64>)| {
            (end - starts[at]).abs() < f64::from(f32::EPSILON) * starts[at].abs().max(end.abs())
        };
        (!pairs.into_iter().all(stays)).then_some(doubt)
    }));
    others.sort_unstable_by_key(|doubt| doubt.cell);
    Ok(others)
}

/// Whether a cell is `level` in one precision and not in the other because the two losses that decide it were rounded to
/// f32: a few roundings of each are a good part of the 1e-6 that a loss must move by.
fn at_edge_of_level(again: &TileOutcomes, at: usize, outcome: Outcome) -> bool {
    const ROUNDINGS: f64 = 4.0 * f32::EPSILON as f64;
    let pair = [outcome, again.outcome[at]];
    let nowhere = |outcome| matches!(outcome, Outcome::Level | Outcome::Oscillating);
    let unfinished =
        |outcome| nowhere(outcome) || matches!(outcome, Outcome::Settled | Outcome::Descending | Outcome::Rising);
    let loss_start = again.loss_start[at];
    let moved = (again.loss_final[at] - loss_start).abs();
    let near = (moved - LEVEL * loss_start.abs()).abs() <= ROUNDINGS * loss_start.abs();
    pair.into_iter().all(unfinished) && pair.into_iter().any(nowhere) && near
}

fn difference(again: &TileOutcomes, at: usize, loss: f64) -> f64 {
    let scale = again.loss_final[at].abs().max(again.loss_start[at].abs());
    if loss == again.loss_final[at] { 0.0 } else { (loss - again.loss_final[at]).abs() / scale }
}

impl Example {
    fn new(spec: &FormulaSweep, doubt: &Doubt, (outcomes, losses): (&[Outcome], &[f64])) -> Self {
        let value = |axis: &crate::sweep::SweepAxis, at| spec.program.precision.round(axis.axis.value(at));
        let Doubt { cell, in_f64, loss: loss_in_f64, .. } = *doubt;
        let y = spec.y.as_ref().map(|axis| value(axis, cell / spec.nx()));
        let x = value(&spec.x, cell % spec.nx());
        Self { x, y, outcome: outcomes[cell], in_f64, loss: losses[cell], loss_in_f64 }
    }
}

/// The cells to run again, in order, and how many of them lie on a boundary.
fn chosen(nx: usize, outcomes: &[Outcome], fraction: f64) -> (Vec<usize>, u64) {
    let most = ((fraction * outcomes.len() as f64).ceil() as usize).clamp(1, outcomes.len());
    let (boundary, others): (Vec<usize>, Vec<usize>) =
        (0..outcomes.len()).partition(|at| on_boundary(nx, outcomes, *at));
    let mut cells = spread(&boundary, most);
    let count = cells.len() as u64;
    cells.extend(spread(&others, most - cells.len()));
    cells.sort_unstable();
    (cells, count)
}

/// `most` of `all`, one from each of as many equal parts, at places that follow no grid.
fn spread(all: &[usize], most: usize) -> Vec<usize> {
    const GOLDEN: f64 = 0.618_033_988_749_894_9;
    if most >= all.len() {
        return all.to_vec();
    }
    let bound = |part: usize| (part as u128 * all.len() as u128 / most as u128) as usize;
    let pick = |part: usize| {
        let (from, to) = (bound(part), bound(part + 1));
        let place = ((part + 1) as f64 * GOLDEN).fract() * (to - from) as f64;
        all[from + place as usize]
    };
    (0..most).map(pick).collect()
}
