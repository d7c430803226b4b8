//! Deciding, step by step, which lanes have come to an end.

use super::block::Block;
use super::tape::Step;
use super::thresholds::is_finite;
use crate::expr::Real;
use crate::sweep::{InitialValue, Outcome, Trend, Window, moves};
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
        for (at, (tested, tolerance)) in step.tested.iter().zip(&self.thresholds.tolerances).enumerate() {
            gather_above(&mut self.worst.above[..lanes], &self.registers[*tested][..lanes], *tolerance, at == 0);
        }
        any_beyond(&self.limits(step, 0..lanes), self.thresholds.parameter_limit)
    }

    fn limits(&self, step: &Step, lanes: Range<usize>) -> Limits<'_, T> {
        Limits {
            loss: &self.registers[step.loss][lanes.clone()],
            bar: &self.bar[lanes.clone()],
            parameter: &self.registers[step.carried[self.spec.program.parameters[0].hi]][lanes.clone()],
            worst_parameter: &self.worst.parameter[lanes.clone()],
            above: &self.worst.above[lanes.clone()],
            confirming: &self.worst.confirming[lanes],
        }
    }

    /// Adds the losses of this step to the windows that they belong to.
    pub fn note_windows(&mut self, step: &Step, clock: u64, due: Due) {
        // Mostly all lanes began together.
        const FEW: usize = 8;
        let (period, steps) = (u64::from(self.spec.program.period()), u64::from(self.spec.limits.steps));
        let windows = self.windows;
        let at = |made: u64| if made == steps { windows.last } else { made / period };
        let any = |birth: &u64| windows.at(at(clock - birth)).contains(&true);
        if !due.expiring && self.births.len() <= FEW && !self.births.iter().any(any) {
            return;
        }
        for lane in 0..self.active {
            let made = clock - self.born[lane];
            if !(made.is_multiple_of(period) || made == steps) {
                continue;
            }
            let loss = self.value(step.loss, lane);
            for (window, open) in self.notes[lane].windows.iter_mut().zip(windows.at(at(made))) {
                if open {
                    *window = Some(window.map_or_else(|| Window::of(loss), |window| window.and(loss)));
                }
            }
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
            let one_by_one = expires || !due.judged || self.spec.program.period() > 1;
            if !one_by_one && !any_beyond(&self.limits(step, lanes.clone()), self.thresholds.parameter_limit) {
                continue;
            }
            for lane in lanes {
                let decided = self.decide(step, clock, lane, due.judged);
                if due.judged && self.spec.program.period() > 1 {
                    self.note_judged(step, clock, lane);
                }
                match decided {
                    Decided::GoesOn => continue,
                    Decided::Ends(outcome) => self.record(step, clock, lane, outcome),
                    Decided::HasArrived => self.record_arrival(lane),
                }
                finished.push(lane);
            }
        }
    }

    /// In this order: diverged, converged, out of steps.
    fn decide(&mut self, step: &Step, clock: u64, lane: usize, judged: bool) -> Decided {
        if !self.parameters_are_within_limit(step, lane) {
            return Decided::Ends(Outcome::Diverged);
        }
        if !judged || !self.is_due(clock, lane) {
            return Decided::GoesOn;
        }
        let loss = self.value(step.loss, lane);
        if !is_finite(loss) || loss.magnitude_bits() > self.bar[lane] {
            return Decided::Ends(Outcome::Diverged);
        }
        let out_of_steps = clock - self.born[lane] == u64::from(self.spec.limits.steps);
        if self.holds(step, clock, lane) && (self.notes[lane].left == 0 || out_of_steps) {
            return Decided::HasArrived;
        }
        if out_of_steps { Decided::Ends(self.trend(step, clock, lane)) } else { Decided::GoesOn }
    }

    /// Whether the stop test holds; counts for how many more steps it must.
    fn holds(&mut self, step: &Step, clock: u64, lane: usize) -> bool {
        let mut tested = step.tested.iter().zip(&self.thresholds.tolerances);
        if !tested.all(|(register, tolerance)| self.value(*register, lane).magnitude_bits() < *tolerance) {
            self.worst.confirming[lane] = T::Bits::default();
            return false;
        }
        if self.worst.confirming[lane] == T::Bits::default() {
            self.worst.confirming[lane] = T::MAX_FINITE_BITS;
            let (loss, steps) = (self.value(step.loss, lane), (clock - self.born[lane]) as u32);
            let handed = self.spec.program.handed_over().map(|parts| self.sum(step, parts, lane)).collect();
            let notes = &mut self.notes[lane];
            (notes.left, notes.arrival, notes.handed) = (self.spec.confirmation(), (steps, loss), handed);
        } else {
            self.notes[lane].left -= 1;
        }
        true
    }

    /// The word of a descent that has no steps left.
    fn trend(&self, step: &Step, clock: u64, lane: usize) -> Outcome {
        let at = self.cell[lane] - self.first_cell;
        let loss = self.value(step.loss, lane);
        let window = |number: usize| self.notes[lane].windows[number].unwrap_or_else(|| Window::of(loss)).wide();
        // Of the last step, or with batches of the last judged one.
        let before = |number: usize| match self.spec.program.period() {
            1 => self.parameter(&self.tape.steps[((clock + 1) & 1) as usize], number, lane),
            _ => self.chunk.handed[number][at],
        };
        let moves = |number: usize| {
            let start = self.start(number, lane);
            moves(start, before(number), self.parameter(step, number, lane))
        };
        let trend = Trend {
            windows: self.windows,
            first: window(0),
            second: window(1),
            loss_start: self.loss_start[lane].to_f64(),
            loss_final: loss.to_f64(),
            grain: self.spec.precision.grain(),
        };
        trend.outcome(|| self.spec.limits.steps > 0 && (0..self.spec.program.parameters.len()).any(moves))
    }

    /// Where a parameter of a lane began.
    fn start(&self, number: usize, lane: usize) -> f64 {
        let hi = self.spec.program.parameters[number].hi;
        match self.spec.program.carried[hi].initial {
            InitialValue::Zero => 0.0,
            InitialValue::Knob(knob) => {
                T::from_f64(self.grid.value_at(self.spec.knobs[knob].source, self.grid.place(self.cell[lane]))).to_f64()
            }
        }
    }

    /// Where a parameter of a lane is.
    fn parameter(&self, step: &Step, number: usize, lane: usize) -> f64 {
        let parameter = &self.spec.program.parameters[number];
        self.sum(step, (parameter.hi, parameter.lo), lane)
    }

    /// The sum of high and low part.
    fn sum(&self, step: &Step, (hi, lo): (usize, Option<usize>), lane: usize) -> f64 {
        let part = |carried: usize| self.value(step.carried[carried], lane).to_f64();
        part(hi) + lo.map_or(0.0, part)
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

    /// With batches: keeps loss and what is handed over of a judged step, because the step before the end was not judged.
    fn note_judged(&mut self, step: &Step, clock: u64, lane: usize) {
        let at = self.cell[lane] - self.first_cell;
        let usable = self.is_usable(step, lane);
        if !self.is_due(clock, lane) || !(usable || self.born[lane] == clock) {
            return;
        }
        self.hand_over(step, lane, at);
        if usable {
            self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
            self.chunk.loss_final[at] = self.value(step.loss, lane).to_f64();
        }
    }

    fn hand_over(&mut self, step: &Step, lane: usize, at: usize) {
        for (number, parts) in self.spec.program.handed_over().enumerate() {
            self.chunk.handed[number][at] = self.sum(step, parts, lane);
        }
    }

    /// The stop test has held long enough: what counts is where it began to hold.
    fn record_arrival(&mut self, lane: usize) {
        let (at, notes) = (self.cell[lane] - self.first_cell, &self.notes[lane]);
        let (steps, loss) = notes.arrival;
        self.chunk.steps[at] = steps;
        self.chunk.codes[at] = Outcome::Converged as u8;
        self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
        self.chunk.loss_final[at] = loss.to_f64();
        for (of_all, value) in self.chunk.handed.iter_mut().zip(&notes.handed) {
            of_all[at] = *value;
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
        self.hand_over(shown, lane, at);
    }
}

/// What a step means for a descent.
enum Decided {
    GoesOn,
    Ends(Outcome),
    /// The stop test has held long enough.
    HasArrived,
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
    above: &'a [T::Bits],
    confirming: &'a [T::Bits],
}

/// Whether any lane diverged, or its stop test holds or held. Integer comparisons of magnitudes: not-a-number is simply
/// large.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the loop from being vectorised")]
fn any_beyond<T: Real>(limits: &Limits<'_, T>, limit: T::Bits) -> bool {
    let lanes = limits.loss.len();
    let (bar, parameter, above) = (&limits.bar[..lanes], &limits.parameter[..lanes], &limits.above[..lanes]);
    let (worst_parameter, confirming) = (&limits.worst_parameter[..lanes], &limits.confirming[..lanes]);
    let none = T::Bits::default();
    let mut any = false;
    for lane in 0..lanes {
        let size = parameter[lane].magnitude_bits().max(worst_parameter[lane]);
        let watched = (above[lane] == none) | (confirming[lane] != none);
        any |= (limits.loss[lane].magnitude_bits() > bar[lane]) | (size > limit) | watched;
    }
    any
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn gather_above<T: Real>(above: &mut [T::Bits], values: &[T], tolerance: T::Bits, first: bool) {
    let least = T::ONE.magnitude_bits();
    for (above, value) in above.iter_mut().zip(values) {
        let beyond = if value.magnitude_bits() < tolerance { T::Bits::default() } else { least };
        *above = if first { beyond } else { beyond.max(*above) };
    }
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
