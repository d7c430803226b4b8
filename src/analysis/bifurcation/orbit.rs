//! What a descent visits once it has made its first steps, how often it comes back, and how fast neighbours part.

use super::cycle::{Cycle, MOST_PERIOD, NoCycle, Slice, gap};
use crate::sweep::{FormulaSweep, StepAt, StepMap};

/// Orbits that are computed together.
pub(super) const TOGETHER: usize = 16;

/// How long descents are watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Steps before anything is written down.
    pub steps: u32,
    /// Steps after these, all of which are.
    pub visits: u32,
}

impl Asked {
    /// The number of the last step.
    pub(super) fn last(self) -> f64 {
        f64::from(self.steps) + f64::from(self.visits)
    }
}

/// The descent of one cell.
#[derive(Debug, Clone)]
pub struct Orbit {
    pub cell: (usize, usize),
    /// The parameters after every step that was written down, step by step; nothing where it diverged.
    pub visited: Vec<f64>,
    /// The largest size of a number that is carried, at the start and in what was written down.
    pub scale: f64,
    pub comes_to: ComesTo,
    /// None where it diverged.
    pub lyapunov: Option<Lyapunov>,
}

/// What becomes of a descent.
#[derive(Debug, Clone, PartialEq)]
pub enum ComesTo {
    /// It leaves for good: its numbers end, or every loss of its last quarter is above those of the first and that of the start.
    Diverged,
    /// A stable cycle, which was solved for; of period 1 a point of rest.
    Cycle(Cycle),
    /// It repeats to 1e-8 of its size, and the cycle cannot be solved for.
    Repeats { period: usize, why: NoCycle },
    /// No cycle of at most [`MOST_PERIOD`] steps.
    Aperiodic,
}

/// Mean logarithm by which a small deviation grows per step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lyapunov {
    pub value: f64,
    /// Standard error of the mean, from 16 stretches; 0 where it is that of a cycle.
    pub error: f64,
}

impl Orbit {
    /// Steps once around; none where it is on no cycle.
    pub fn period(&self) -> Option<usize> {
        match &self.comes_to {
            ComesTo::Cycle(cycle) => Some(cycle.period()),
            ComesTo::Repeats { period, .. } => Some(*period),
            ComesTo::Diverged | ComesTo::Aperiodic => None,
        }
    }

    /// Whether deviations grow, beyond doubt, on an orbit that stays.
    pub fn is_chaotic(&self) -> bool {
        let grows = |lyapunov: Lyapunov| lyapunov.value > 3.0 * lyapunov.error + 1e-3;
        self.comes_to == ComesTo::Aperiodic && self.lyapunov.is_some_and(grows)
    }

    /// The parameters after the last step.
    pub fn last(&self, spec: &FormulaSweep) -> Vec<f64> {
        let parameters = spec.program.parameters.len();
        self.visited[self.visited.len().saturating_sub(parameters)..].to_vec()
    }

    /// What was visited, without repetition: once around a cycle, else everything.
    pub fn distinct(&self, spec: &FormulaSweep) -> impl Iterator<Item = &[f64]> {
        let all = self.visited.chunks_exact(spec.program.parameters.len());
        let kept = self.period().map_or(all.len(), |period| period.min(all.len()));
        let left_out = all.len() - kept;
        all.skip(left_out)
    }
}

/// Runs orbits, some at a time.
pub(super) struct Runner<'a> {
    pub spec: &'a FormulaSweep,
    pub map: &'a StepMap<'a>,
    pub asked: Asked,
}

/// What was written down of one orbit.
#[derive(Default, Clone)]
struct Written {
    /// Everything that is carried, step by step, one after the other: a list for each step would take several times as much.
    carried: Vec<f64>,
    losses: Vec<f64>,
    /// The loss before the first step.
    loss_start: f64,
    /// Logarithms of the growth of a deviation, step by step.
    growth: Vec<f64>,
}

impl Runner<'_> {
    /// The orbits of some cells.
    pub fn run(&self, cells: &[(usize, usize)]) -> Vec<Orbit> {
        let knobs: Vec<Vec<f64>> = cells.iter().map(|(x, y)| self.spec.knob_values(*x, *y)).collect();
        let starts: Vec<Vec<f64>> = knobs.iter().map(|knobs| self.map.start(knobs)).collect();
        let mut carried = starts.clone();
        for step in 1..=self.asked.steps {
            carried = self.map.next_each(&at(&knobs, &carried, step));
            if step.is_multiple_of(64) && carried.iter().flatten().all(|value| !value.is_finite()) {
                break;
            }
        }
        let mut written = self.write_down(&knobs, carried);
        let losses = self.map.loss_each(&at(&knobs, &starts, 1));
        written.iter_mut().zip(losses).for_each(|(written, loss)| written.loss_start = loss);
        let both = cells.iter().zip(&starts).zip(written);
        both.map(|((cell, start), written)| self.judged(*cell, start, written)).collect()
    }

    fn write_down(&self, knobs: &[Vec<f64>], mut carried: Vec<Vec<f64>>) -> Vec<Written> {
        let mut written = vec![Written::default(); knobs.len()];
        // Of no direction in particular, so that it has a part along the one that grows fastest.
        let mut deviations: Vec<Vec<f64>> = carried.iter().map(|carried| deviation(carried.len())).collect();
        for visit in 1..=self.asked.visits {
            let at = at(knobs, &carried, self.asked.steps.saturating_add(visit));
            let moved = self.map.along_each(&at, &deviations);
            let next = self.map.next_each(&at);
            for (written, moved) in written.iter_mut().zip(moved.iter()) {
                written.growth.push(norm(moved).ln());
            }
            for (deviation, moved) in deviations.iter_mut().zip(moved) {
                let length = norm(&moved);
                let goes_on = length > 0.0 && length.is_finite();
                *deviation = if goes_on {
                    moved.iter().map(|part| part / length).collect()
                } else {
                    self::deviation(moved.len())
                };
            }
            for (written, next) in written.iter_mut().zip(&next) {
                written.carried.extend(next);
            }
            carried = next;
        }
        self.losses(knobs, &mut written);
        written
    }

    fn losses(&self, knobs: &[Vec<f64>], written: &mut [Written]) {
        for (written, knobs) in written.iter_mut().zip(knobs) {
            let steps = written.carried.chunks_exact(self.map.carried());
            let at: Vec<StepAt<'_>> = steps.map(|carried| StepAt { knobs, carried, step: 1.0, row: 0 }).collect();
            written.losses = self.map.loss_each(&at);
        }
    }

    fn judged(&self, cell: (usize, usize), start: &[f64], written: Written) -> Orbit {
        if !written.carried.iter().all(|value| value.is_finite()) || rises(&written.losses, written.loss_start) {
            return Orbit { cell, visited: Vec::new(), scale: 0.0, comes_to: ComesTo::Diverged, lyapunov: None };
        }
        let sizes = written.carried.iter().chain(start).map(|value| value.abs());
        let scale = sizes.fold(f64::MIN_POSITIVE, f64::max);
        let mean = lyapunov(&written.growth);
        let slice = Slice::of(self.spec, self.map, self.asked.last(), cell);
        let value = self.spec.x.axis.value(cell.0);
        let comes_to = comes_to(&slice, value, (&written.carried, start.len()), (scale, mean));
        let lyapunov = match &comes_to {
            ComesTo::Cycle(cycle) => Lyapunov { value: cycle.exponent(), error: 0.0 },
            _ => mean,
        };
        let parameters = &self.spec.program.parameters;
        let steps = written.carried.chunks_exact(start.len());
        let visited = steps.flat_map(|carried| parameters.iter().map(|parameter| carried[parameter.hi]));
        Orbit { cell, visited: visited.collect(), scale, comes_to, lyapunov: Some(lyapunov) }
    }
}

fn at<'a>(knobs: &'a [Vec<f64>], carried: &'a [Vec<f64>], step: u32) -> Vec<StepAt<'a>> {
    let both = knobs.iter().zip(carried);
    both.map(|(knobs, carried)| StepAt { knobs, carried, step: f64::from(step), row: 0 }).collect()
}

fn norm(parts: &[f64]) -> f64 {
    parts.iter().fold(0.0, |sum: f64, part| sum.hypot(*part))
}

fn deviation(size: usize) -> Vec<f64> {
    let parts: Vec<f64> = (0..size).map(|at| 1.0 + 0.3 * at as f64).collect();
    let length = norm(&parts);
    parts.into_iter().map(|part| part / length).collect()
}

/// Whether the least loss of the last quarter is above that of the start and the largest of the first quarter.
fn rises(losses: &[f64], start: f64) -> bool {
    let quarter = losses.len().div_ceil(4);
    let first = losses[..quarter].iter().copied().fold(start, f64::max);
    let last = losses[losses.len() - quarter..].iter().copied().fold(f64::INFINITY, f64::min);
    let rounding = 1e-6 * first.abs().max(last.abs());
    last > first + rounding && losses.len() > quarter || losses.iter().any(|loss| !loss.is_finite())
}

fn lyapunov(growth: &[f64]) -> Lyapunov {
    const STRETCHES: usize = 16;
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let value = mean(growth);
    let means: Vec<f64> = growth.chunks(growth.len().div_ceil(STRETCHES)).map(mean).collect();
    let spread = means.iter().map(|part| (part - value) * (part - value)).sum::<f64>();
    let count = means.len() as f64;
    let error = if count > 1.0 { (spread / (count * (count - 1.0))).sqrt() } else { f64::INFINITY };
    Lyapunov { value, error }
}

/// Whether an orbit is on a cycle, by where it comes near to itself.
fn comes_to(
    slice: &Slice<'_>,
    value: f64,
    (carried, size): (&[f64], usize),
    (scale, mean): (f64, Lyapunov),
) -> ComesTo {
    /// As a guess for Newton's method; as the same point.
    const NEAR: f64 = 0.02;
    const SAME: f64 = 1e-8;
    let at = |step: usize| &carried[step * size..(step + 1) * size];
    let last = carried.len() / size - 1;
    let back = |by: usize, from: usize| gap(at(from), at(from - by)).amax();
    let longest = MOST_PERIOD.min(last / 2);
    let repeats = (1..=longest).find(|by| (0..*by).all(|before| back(*by, last - before) <= SAME * scale));
    // Neighbours part: no cycle there is stable.
    if repeats.is_none() && mean.value > 3.0 * mean.error + 0.01 {
        return ComesTo::Aperiodic;
    }
    let guesses = (1..=longest).filter(|by| repeats == Some(*by) || back(*by, last) <= NEAR * scale);
    let mut why = NoCycle::NotFound;
    for period in guesses {
        match slice.solve(value, period, at(last), scale) {
            Ok(cycle) if cycle.is_stable() && gap(&cycle.points[0], at(last)).amax() <= NEAR * scale => {
                return ComesTo::Cycle(cycle);
            }
            Ok(_) if repeats == Some(period) => why = NoCycle::Neutral,
            Err(other) if repeats == Some(period) => why = other,
            _ => {}
        }
    }
    repeats.map_or(ComesTo::Aperiodic, |period| ComesTo::Repeats { period, why })
}
