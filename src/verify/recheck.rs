//! Running a share of a sweep's cells again, on the CPU in f64.

use super::boundary::{on_boundary, unexplained};
use super::numbers::{End, Looked, OtherNumbers, Suspect, close, has_numbers, tolerance};
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
    /// rounding of their losses to f32 (at the edge of `level`).
    pub off_boundary: u64,
    /// The first of these.
    pub example: Option<Example>,
    /// |loss − loss in f64|, relative to the larger of |loss in f64| and |loss at the start|, of the cells that did not
    /// diverge and whose outcomes agree; absent where there are none.
    pub largest_loss_difference: Option<f64>,
    pub median_loss_difference: Option<f64>,
    /// Cells with the same outcome whose losses and parameters were not compared: they rise or diverge.
    pub by_word: u64,
    /// Cells with the same outcome whose numbers differ by more than rounding makes, and do so in f64, too, where an axis' value
    /// moves by a little, or each step is off by a rounding of the sweep's precision.
    pub sensitive: u64,
    /// Cells with the same outcome whose numbers differ for no such reason.
    pub numbers_differ: u64,
    /// The first of these.
    pub other_numbers: Option<OtherNumbers>,
}

/// A sweep's answer, y-major.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    pub outcomes: &'a [Outcome],
    pub losses: &'a [f64],
    /// One list per parameter.
    pub parameters: &'a [Vec<f64>],
}

/// A cell that ends in two ways.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Example {
    pub x: f64,
    pub y: Option<f64>,
    pub outcome: Outcome,
    pub in_f64: Outcome,
}

/// Cells run in one go.
const BATCH: usize = 1 << 18;

/// Runs the share `fraction` (in (0, 1]) of a sweep's cells again: first all cells on boundaries of the map, then others,
/// spread evenly, and compares them with the sweep's answer. The axes' values are not rounded again.
///
/// # Errors
/// As [`crate::engine::Engine::run`].
///
/// # Panics
/// If `spec` is not the request's own, or the map is not the sweep's.
pub fn recheck(
    cpu: &CpuEngine,
    (request, spec): (&Request, &FormulaSweep),
    answer: Answer<'_>,
    fraction: f64,
    watch: &Watch<'_>,
) -> Result<Recheck, EngineError> {
    let Answer { outcomes, losses, .. } = answer;
    assert!(outcomes.len() == spec.cells() && losses.len() == spec.cells(), "the map is the sweep's own");
    let (cells, boundary_cells) = chosen(spec.nx(), outcomes, fraction);
    let wide = request.in_f64(spec);
    let (mut differing, mut doubtful, mut differences) = (0, Vec::new(), Vec::new());
    let (mut by_word, mut looked) = (0, Looked::default());
    for batch in cells.chunks(BATCH) {
        let pairs: Vec<(u32, u32)> =
            batch.iter().map(|cell| ((cell % spec.nx()) as u32, (cell / spec.nx()) as u32)).collect();
        let again = cpu.run_cells(&wide, &pairs, watch)?;
        let mut suspects = Vec::new();
        for (at, cell) in batch.iter().enumerate() {
            if again.outcome[at] != outcomes[*cell] {
                differing += 1;
                let explained = on_boundary(spec.nx(), outcomes, *cell)
                    || (!spec.program.precision.is_wide() && at_edge_of_level(&again, at, outcomes[*cell]));
                if !explained {
                    doubtful.push(Doubt::new(&again, at, *cell));
                }
                continue;
            }
            if again.outcome[at] != Outcome::Diverged {
                differences.push(difference(&again, at, losses[*cell]));
            }
            by_word += u64::from(!has_numbers(again.outcome[at]));
            suspects.extend(suspect((&again, at), answer, *cell, spec.program.precision));
        }
        looked.look(cpu, (request, spec, &wide), suspects)?;
    }
    if !spec.program.precision.is_wide() {
        doubtful = moved(cpu, request, spec, outcomes, doubtful)?;
        doubtful = fine_enough(&wide, answer, doubtful);
    }
    let off: Vec<usize> = doubtful.iter().map(|doubt| doubt.cell).collect();
    let off = unexplained(cpu, request, spec, &off)?;
    let first = off.first().and_then(|first| doubtful.iter().find(|doubt| doubt.cell == *first));
    differences.sort_unstable_by(f64::total_cmp);
    Ok(Recheck {
        cells: cells.len() as u64,
        boundary_cells,
        outcomes_differ: differing,
        off_boundary: off.len() as u64,
        example: first.map(|doubt| Example::new(spec, doubt.cell, outcomes[doubt.cell], doubt.in_f64)),
        largest_loss_difference: differences.last().copied(),
        median_loss_difference: differences.get(differences.len() / 2).copied(),
        by_word,
        sensitive: looked.sensitive,
        numbers_differ: looked.wrong,
        other_numbers: looked.first.map(|suspect| suspect.other_numbers(spec)),
    })
}

/// A cell whose numbers are not close to those of the run in f64.
fn suspect(
    (again, at): (&TileOutcomes, usize),
    answer: Answer<'_>,
    cell: usize,
    precision: Precision,
) -> Option<Suspect> {
    let (outcome, steps, loss_start) = (again.outcome[at], again.steps[at], again.loss_start[at]);
    let parameters = answer.parameters.iter().map(|values| values[cell]).collect();
    let (end, in_f64) = (End { loss: answer.losses[cell], parameters }, End::of(again, at));
    let differs = has_numbers(outcome) && !close(&end, &in_f64, loss_start, tolerance(precision, steps));
    differs.then_some(Suspect { cell, outcome, end, in_f64, loss_start, steps })
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

/// Without those for which f32 is too coarse: it ends with the same loss, to a millionth of the one at the start, but stands
/// or goes back and forth there, since the numbers next to where f64 converges have slopes above the tolerance.
fn fine_enough(
    wide: &FormulaSweep,
    Answer { outcomes, losses, .. }: Answer<'_>,
    mut doubtful: Vec<Doubt>,
) -> Vec<Doubt> {
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
    let pairs: Vec<(u32, u32)> =
        level.iter().map(|doubt| ((doubt.cell % spec.nx()) as u32, (doubt.cell / spec.nx()) as u32)).collect();
    let starts = request.clone().precision(Precision::F64).steps(0).resolve();
    let starts = starts.unwrap_or_else(|error| unreachable!("a sweep's own start: {error}"));
    let starts = cpu.run_cells(&starts, &pairs, &Watch::silent())?.parameters;
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
    fn new(spec: &FormulaSweep, cell: usize, outcome: Outcome, in_f64: Outcome) -> Self {
        let value = |axis: &crate::sweep::SweepAxis, at| spec.program.precision.round(axis.axis.value(at));
        let y = spec.y.as_ref().map(|axis| value(axis, cell / spec.nx()));
        Self { x: value(&spec.x, cell % spec.nx()), y, outcome, in_f64 }
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
