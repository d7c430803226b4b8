//! Whether two answers that have the same word are the same answer.

use super::boundary::{BATCH, Near, near};
use crate::engine::cpu::CpuEngine;
use crate::engine::{EngineError, Watch};
use crate::sweep::{Follower, FormulaSweep, Outcome, Precision, Request, SweepAxis, TileOutcomes};
use rayon::prelude::*;
use serde::Serialize;

/// Where a descent ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct End {
    pub loss: f64,
    pub parameters: Vec<f64>,
}

/// A cell that has the same outcome in f64 and other numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OtherNumbers {
    pub x: f64,
    pub y: Option<f64>,
    pub outcome: Outcome,
    pub end: End,
    pub in_f64: End,
}

/// Whether the numbers of a descent with this outcome are compared. Where it rises, cycles or leaves, rounding grows with every
/// step, and the word is all that two precisions can have in common.
pub fn has_numbers(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Converged | Outcome::Settled | Outcome::Descending | Outcome::Level | Outcome::Unstable)
}

impl End {
    /// That of a cell of a tile.
    pub fn of(tile: &TileOutcomes, cell: usize) -> Self {
        Self { loss: tile.loss_final[cell], parameters: tile.parameters.iter().map(|values| values[cell]).collect() }
    }
}

/// How far rounding is from the truth at most (relative).
fn unit(precision: Precision) -> f64 {
    if precision.is_wide() { f64::EPSILON / 2.0 } else { f64::from(f32::EPSILON) / 2.0 }
}

/// By how much of the size of its parameters a descent may be off after so many steps: each step rounds the parameters and
/// α·slope, which is at most about twice as large as they are where a descent does not diverge. From 1 % on that says nothing.
pub fn tolerance(precision: Precision, steps: u32) -> f64 {
    (4.0 * (f64::from(steps) + 8.0) * unit(precision)).min(0.01)
}

/// What is known of a cell from the run in f64.
pub struct Cell<'a> {
    /// As [`tolerance`] says.
    pub tolerance: f64,
    pub loss_start: f64,
    pub starts: &'a [f64],
    /// The loss in f64, as a function of the parameters.
    pub loss: &'a dyn Fn(&[f64]) -> f64,
}

/// At a first look: parameters and loss are within `tolerance` of their size.
pub fn close(end: &End, in_f64: &End, loss_start: f64, tolerance: f64) -> bool {
    let loss = tolerance * in_f64.loss.abs().max(loss_start.abs());
    within(end, in_f64, tolerance * size(in_f64)) && (end.loss - in_f64.loss).abs() <= loss
}

/// Whether rounding explains that a descent ends in another place. It does where the loss is the same, to what it changes by
/// within the tolerance on parameters, and either these are the same too, or the way from the one place to the other leads over
/// no ridge: along the floor of a valley slopes are smaller than rounding, and there is no telling where a descent stops.
pub fn agree(end: &End, in_f64: &End, cell: &Cell<'_>) -> bool {
    let start = cell.starts.iter().fold(0.0_f64, |most, value| most.max(value.abs()));
    let off = cell.tolerance * size(in_f64).max(start);
    let allowed = cell.tolerance * in_f64.loss.abs().max(cell.loss_start.abs()) + changes_by(in_f64, off, cell.loss);
    let same_loss = |a: f64, b: f64| (a - b).abs() <= allowed;
    if !same_loss(end.loss, in_f64.loss) {
        return false;
    }
    within(end, in_f64, off)
        || (same_loss((cell.loss)(&end.parameters), in_f64.loss) && ridge(end, in_f64, cell.loss) <= allowed)
}

fn size(end: &End) -> f64 {
    end.parameters.iter().fold(0.0, |most, value| most.max(value.abs()))
}

fn within(a: &End, b: &End, off: f64) -> bool {
    a.parameters.iter().zip(&b.parameters).all(|(a, b)| (a - b).abs() <= off)
}

/// How much the loss changes where each parameter changes by `off`.
fn changes_by(end: &End, off: f64, loss: &dyn Fn(&[f64]) -> f64) -> f64 {
    let here = loss(&end.parameters);
    let moved = |at: usize, by: f64| {
        let mut point = end.parameters.clone();
        point[at] += by;
        (loss(&point) - here).abs()
    };
    (0..end.parameters.len())
        .map(|at| f64::max(moved(at, off), moved(at, -off)))
        .filter(|change| change.is_finite())
        .sum()
}

/// How far the loss rises above both ends on the straight way between them.
fn ridge(a: &End, b: &End, loss: &dyn Fn(&[f64]) -> f64) -> f64 {
    const PARTS: u32 = 8;
    let ends = f64::max(loss(&a.parameters), loss(&b.parameters));
    let between = |part: u32| {
        let share = f64::from(part) / f64::from(PARTS);
        let pairs = a.parameters.iter().zip(&b.parameters);
        loss(&pairs.map(|(a, b)| a * (1.0 - share) + b * share).collect::<Vec<f64>>())
    };
    // What is no number is no way.
    (1..PARTS).map(between).fold(0.0, |most, loss| if loss - ends <= most { most } else { loss - ends })
}

/// A cell whose numbers are not close at a first look.
pub struct Suspect {
    /// y-major
    pub cell: usize,
    pub outcome: Outcome,
    pub end: End,
    pub in_f64: End,
    pub loss_start: f64,
    pub steps: u32,
}

impl Suspect {
    /// As reported, for a map of these axes.
    pub fn other_numbers(&self, spec: &FormulaSweep) -> OtherNumbers {
        let value = |axis: &SweepAxis, at| spec.program.precision.round(axis.axis.value(at));
        OtherNumbers {
            x: value(&spec.x, self.cell % spec.nx()),
            y: spec.y.as_ref().map(|axis| value(axis, self.cell / spec.nx())),
            outcome: self.outcome,
            end: self.end.clone(),
            in_f64: self.in_f64.clone(),
        }
    }

    fn agrees(&self, wide: &FormulaSweep, precision: Precision) -> bool {
        let (x, y) = (self.cell % wide.nx(), self.cell / wide.nx());
        let follower = Follower::<f64>::new(wide, x, y);
        let known = Cell {
            tolerance: tolerance(precision, self.steps),
            loss_start: self.loss_start,
            starts: &follower.parameters(),
            loss: &|point| follower.loss_at(point),
        };
        agree(&self.end, &self.in_f64, &known)
    }

    /// Whether others of these, where descents in f64 ended that differ a little, are about as far from its end in f64 as its own
    /// is.
    fn is_one_of(&self, others: &[End]) -> bool {
        let farthest = |apart: f64, of: &dyn Fn(&End) -> f64| {
            others.iter().map(|other| (of(other) - of(&self.in_f64)).abs()).fold(0.0, f64::max) >= PART * apart
        };
        let parameter = |at: usize| {
            let of = |end: &End| end.parameters[at];
            farthest((of(&self.end) - of(&self.in_f64)).abs(), &of)
        };
        (0..self.end.parameters.len()).all(parameter)
            && farthest((self.end.loss - self.in_f64.loss).abs(), &|end| end.loss)
    }

    /// Whether the loss in f64 soon rises by about as much again: it is a cycle or a burst, and whoever is a few steps behind is
    /// elsewhere in it.
    fn rises_soon(&self, later: &[f64]) -> bool {
        let apart = (self.end.loss - self.in_f64.loss).abs();
        let mut lowest = self.in_f64.loss;
        later.iter().any(|loss| {
            let rise = loss - lowest;
            lowest = lowest.min(*loss);
            rise > 0.0 && rise >= PART * apart
        })
    }

    /// Ends in f64 where each step is as far off as rounding in the sweep's precision makes it. So a descent shows itself that
    /// leaves a ridge sooner the more it is off, and whose axes' values do not matter by then.
    fn shaken(&self, wide: &FormulaSweep, precision: Precision) -> Vec<End> {
        let end = |seed: u32| {
            let mut follower = Follower::<f64>::new(wide, self.cell % wide.nx(), self.cell / wide.nx());
            for _ in 0..self.steps {
                follower.advance();
                follower.shake(2.0 * unit(precision), seed);
            }
            End { loss: follower.loss(), parameters: follower.parameters() }
        };
        (1..=SHAKEN).map(end).collect()
    }
}

/// What part of the way between the two ends must be seen elsewhere to be no surprise.
const PART: f64 = 0.1;
/// Steps after the last at which a descent is looked at again.
const LATER: [u64; 11] = [1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144];
/// Descents that are shaken for each cell.
const SHAKEN: u32 = 4;
/// Steps of them in all.
const MOST_SHAKEN: u64 = 1 << 23;

/// What became of suspects so far.
#[derive(Default)]
pub struct Looked {
    /// Cells that no rounding explains, and the first of them.
    pub wrong: u64,
    pub first: Option<Suspect>,
    /// Cells that end elsewhere in f64, too, where an axis' value moves by a little, or each step does by rounding.
    pub sensitive: u64,
    /// Cells around which descents were run, and steps that were shaken.
    seen: usize,
    shaken: u64,
}

impl Looked {
    /// Looks at suspects closely; `wide` is the sweep in f64. From where that would be too many steps on, they count as wrong
    /// unseen.
    ///
    /// # Errors
    /// As [`crate::engine::Engine::run`].
    pub fn look(
        &mut self,
        cpu: &CpuEngine,
        (request, spec, wide): (&Request, &FormulaSweep, &FormulaSweep),
        suspects: Vec<Suspect>,
    ) -> Result<(), EngineError> {
        let precision = spec.program.precision;
        let mut doubtful: Vec<Suspect> =
            suspects.into_iter().filter(|suspect| !suspect.agrees(wide, precision)).collect();
        let steps = doubtful.iter().map(|suspect| suspect.steps).max().unwrap_or(0);
        let tried = Near { tried: (3, 1), by: tolerance(precision, steps).clamp(1e-6, 1e-3) };
        let left = tried.affordable(spec).saturating_sub(self.seen).min(doubtful.len());
        let mut stable = doubtful.split_off(left);
        self.seen += left;
        for batch in chunks(doubtful) {
            let cells: Vec<usize> = batch.iter().map(|suspect| suspect.cell).collect();
            let around = near(cpu, request, spec, &cells, &tried)?;
            let later = later(cpu, request, spec, &cells)?;
            let each = around.outcome.len() / cells.len();
            for (at, suspect) in batch.into_iter().enumerate() {
                let others = at * each..(at + 1) * each;
                let other_word = around.outcome[others.clone()].iter().any(|outcome| *outcome != suspect.outcome);
                let others: Vec<End> = others.map(|at| End::of(&around, at)).collect();
                let later: Vec<f64> = later.iter().map(|losses| losses[at]).collect();
                let explained = other_word || suspect.is_one_of(&others) || suspect.rises_soon(&later);
                if explained { self.sensitive += 1 } else { stable.push(suspect) }
            }
        }
        self.shake(wide, precision, stable);
        Ok(())
    }

    fn shake(&mut self, wide: &FormulaSweep, precision: Precision, mut suspects: Vec<Suspect>) {
        suspects.sort_unstable_by_key(|suspect| suspect.cell);
        let rows = wide.program.rows_per_step().max(1);
        let cost = |suspect: &Suspect| u64::from(SHAKEN) * u64::from(suspect.steps) * rows;
        let within = |suspect: &Suspect| {
            self.shaken += cost(suspect);
            self.shaken <= MOST_SHAKEN
        };
        let seen: Vec<bool> = suspects.iter().map(within).collect();
        let explained =
            |(suspect, seen): (&Suspect, &bool)| *seen && suspect.is_one_of(&suspect.shaken(wide, precision));
        let explained: Vec<bool> = suspects.par_iter().zip(&seen).map(explained).collect();
        for (suspect, explained) in suspects.into_iter().zip(explained) {
            if explained { self.sensitive += 1 } else { self.is_wrong(suspect) }
        }
    }

    fn is_wrong(&mut self, suspect: Suspect) {
        self.wrong += 1;
        self.first.get_or_insert(suspect);
    }
}

/// In batches.
fn chunks(mut suspects: Vec<Suspect>) -> impl Iterator<Item = Vec<Suspect>> {
    std::iter::from_fn(move || {
        let rest = suspects.split_off(suspects.len().min(BATCH));
        let batch = std::mem::replace(&mut suspects, rest);
        (!batch.is_empty()).then_some(batch)
    })
}

/// The losses of some cells in f64 where a sweep has a few steps more: for each of [`LATER`] one per cell.
fn later(
    cpu: &CpuEngine,
    request: &Request,
    spec: &FormulaSweep,
    cells: &[usize],
) -> Result<Vec<Vec<f64>>, EngineError> {
    let pairs: Vec<(u32, u32)> =
        cells.iter().map(|cell| ((cell % spec.nx()) as u32, (cell / spec.nx()) as u32)).collect();
    let losses = |more: u64| {
        let longer = request.clone().precision(Precision::F64).steps(u64::from(spec.limits.steps) + more).resolve();
        // More steps than a descent may have.
        let Ok(longer) = longer else { return Ok(vec![f64::NAN; cells.len()]) };
        Ok(cpu.run_cells(&longer.held_to(spec), &pairs, &Watch::silent())?.loss_final)
    };
    LATER.into_iter().map(losses).collect()
}
