//! Deciding, step by step, which lanes have come to an end.

use super::block::Block;
use super::instruction::Register;
use super::tape::Step;
use super::thresholds::{Thresholds, is_finite};
use crate::expr::Real;
use crate::sweep::{Outcome, unfinished};
use multiversion::multiversion;
use std::ops::Range;

impl<T: Real> Block<'_, T> {
    /// Writes down the loss at the start, for lanes at their step 0.
    pub fn note_starts(&mut self, step: &Step) {
        while let Some(lane) = self.fresh.pop() {
            let loss = self.value(step.loss, lane);
            self.loss_start[lane] = loss;
            self.bar[lane] =
                if is_finite(loss) { self.thresholds.bar.of(loss).magnitude_bits() } else { T::MAX_FINITE_BITS };
        }
    }

    /// Whether a lane may have ended at this step.
    pub fn gather(&mut self, step: &Step, judged: bool) -> bool {
        let lanes = self.active;
        for (at, parameter) in self.spec.program.parameters.iter().enumerate().skip(1) {
            let values = &self.registers[step.carried[parameter.hi]][..lanes];
            gather_worst(&mut self.worst.parameter[..lanes], values, at == 1);
        }
        if !judged {
            let first = &self.registers[step.carried[self.spec.program.parameters[0].hi]][..lanes];
            return any_beyond_limit(first, &self.worst.parameter[..lanes], self.thresholds.parameter_limit);
        }
        for (at, tested) in step.tested.iter().enumerate().skip(1) {
            gather_worst(&mut self.worst.tested[..lanes], &self.registers[*tested][..lanes], at == 1);
        }
        any_beyond(&self.limits(step, 0..lanes), &self.thresholds)
    }

    fn limits(&self, step: &Step, lanes: Range<usize>) -> Limits<'_, T> {
        Limits {
            loss: &self.registers[step.loss][lanes.clone()],
            bar: &self.bar[lanes.clone()],
            parameter: &self.registers[step.carried[self.spec.program.parameters[0].hi]][lanes.clone()],
            worst_parameter: &self.worst.parameter[lanes.clone()],
            tested: &self.registers[step.tested[0]][lanes.clone()],
            worst_tested: &self.worst.tested[lanes],
        }
    }

    /// Writes down every descent that ends at this step, and lists its lane. Looks at the lanes one by one only where
    /// a group of them has one that ends.
    pub fn find_ended(&mut self, step: &Step, clock: u64, due: Due, finished: &mut Vec<usize>) {
        const GROUP: usize = 16;
        let last_birth = clock.wrapping_sub(u64::from(self.spec.limits.steps));
        for first in (0..self.active).step_by(GROUP) {
            let lanes = first..(first + GROUP).min(self.active);
            let expires = due.expiring && self.born[lanes.clone()].contains(&last_birth);
            if due.judged && !expires && !any_beyond(&self.limits(step, lanes.clone()), &self.thresholds) {
                continue;
            }
            for lane in lanes {
                if let Some(outcome) = self.decide(step, clock, lane, due.judged) {
                    self.record(step, clock, lane, outcome);
                    finished.push(lane);
                }
            }
        }
    }

    /// In this order: diverged, converged, out of steps.
    fn decide(&self, step: &Step, clock: u64, lane: usize, judged: bool) -> Option<Outcome> {
        if !self.parameters_are_within_limit(step, lane) {
            return Some(Outcome::Diverged);
        }
        if !judged || !self.is_due(clock, lane) {
            return None;
        }
        let loss = self.value(step.loss, lane);
        if !is_finite(loss) || loss.magnitude_bits() > self.bar[lane] {
            return Some(Outcome::Diverged);
        }
        let has_arrived =
            |register: &Register| self.value(*register, lane).magnitude_bits() < self.thresholds.tolerance;
        if step.tested.iter().all(has_arrived) {
            return Some(Outcome::Converged);
        }
        let out_of_steps = clock - self.born[lane] == u64::from(self.spec.limits.steps);
        out_of_steps.then(|| unfinished(self.loss_start[lane].to_f64(), loss.to_f64()))
    }

    /// Whether a lane is judged at this clock: after every full pass over the data, and at its last step.
    fn is_due(&self, clock: u64, lane: usize) -> bool {
        let step = clock - self.born[lane];
        step.is_multiple_of(u64::from(self.spec.program.period())) || step == u64::from(self.spec.limits.steps)
    }

    fn parameters_are_within_limit(&self, step: &Step, lane: usize) -> bool {
        let mut parameters = self.spec.program.parameters.iter().map(|p| self.value(step.carried[p.hi], lane));
        parameters.all(|value| value.magnitude_bits() <= self.thresholds.parameter_limit)
    }

    fn is_usable(&self, step: &Step, lane: usize) -> bool {
        is_finite(self.value(step.loss, lane)) && self.parameters_are_within_limit(step, lane)
    }

    /// With batches: keeps loss and parameters of every judged step, because the step before the end was not judged.
    pub fn note_judged(&mut self, step: &Step, clock: u64) {
        for lane in 0..self.active {
            let at = self.cell[lane] - self.first_cell;
            let usable = self.is_usable(step, lane);
            if !self.is_due(clock, lane) || !(usable || self.born[lane] == clock) {
                continue;
            }
            self.note_parameters(step, lane, at);
            if usable {
                self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
                self.chunk.loss_final[at] = self.value(step.loss, lane).to_f64();
            }
        }
    }

    fn note_parameters(&mut self, step: &Step, lane: usize, at: usize) {
        for (number, parameter) in self.spec.program.parameters.iter().enumerate() {
            let part = |carried: usize| self.value(step.carried[carried], lane).to_f64();
            self.chunk.parameters[number][at] = part(parameter.hi) + parameter.lo.map_or(0.0, part);
        }
    }

    fn record(&mut self, step: &Step, clock: u64, lane: usize, outcome: Outcome) {
        let at = self.cell[lane] - self.first_cell;
        let steps = (clock - self.born[lane]) as u32;
        self.chunk.steps[at] = steps;
        self.chunk.codes[at] = outcome as u8;
        if self.spec.program.period() > 1 {
            return;
        }
        // The last step at which everything was finite: this one, or the one before, in the other register set.
        let usable = self.is_usable(step, lane);
        let shown = if usable || steps == 0 { step } else { &self.tape.steps[((clock + 1) & 1) as usize] };
        if usable || steps > 0 {
            self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
            self.chunk.loss_final[at] = self.value(shown.loss, lane).to_f64();
        }
        self.note_parameters(shown, lane, at);
    }
}

/// What happens to the lanes of a block at a clock.
#[derive(Debug, Clone, Copy)]
pub struct Due {
    /// The loss and the numbers of the stop test are known.
    pub judged: bool,
    /// Some lanes may have no steps left.
    pub expiring: bool,
}

/// What is compared in every step.
struct Limits<'a, T: Real> {
    loss: &'a [T],
    bar: &'a [T::Bits],
    parameter: &'a [T],
    worst_parameter: &'a [T::Bits],
    tested: &'a [T],
    worst_tested: &'a [T::Bits],
}

/// Whether any lane diverged or converged. Integer comparisons of magnitudes: not-a-number is simply large.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the loop from being vectorised")]
fn any_beyond<T: Real>(limits: &Limits<'_, T>, thresholds: &Thresholds<T>) -> bool {
    let lanes = limits.loss.len();
    let (bar, parameter, tested) = (&limits.bar[..lanes], &limits.parameter[..lanes], &limits.tested[..lanes]);
    let (worst_parameter, worst_tested) = (&limits.worst_parameter[..lanes], &limits.worst_tested[..lanes]);
    let (tolerance, limit) = (thresholds.tolerance, thresholds.parameter_limit);
    let mut any = false;
    for lane in 0..lanes {
        let size = parameter[lane].magnitude_bits().max(worst_parameter[lane]);
        let tested = tested[lane].magnitude_bits().max(worst_tested[lane]);
        any |= (limits.loss[lane].magnitude_bits() > bar[lane]) | (size > limit) | (tested < tolerance);
    }
    any
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn gather_worst<T: Real>(worst: &mut [T::Bits], values: &[T], first: bool) {
    for (worst, value) in worst.iter_mut().zip(values) {
        let size = value.magnitude_bits();
        *worst = if first { size } else { size.max(*worst) };
    }
}

/// Whether any lane has a parameter beyond its limit.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn any_beyond_limit<T: Real>(first: &[T], others: &[T::Bits], limit: T::Bits) -> bool {
    let beyond = |(value, worst): (&T, &T::Bits)| value.magnitude_bits().max(*worst) > limit;
    first.iter().zip(others).map(beyond).fold(false, |any, beyond| any | beyond)
}
