//! A block of lanes: each lane follows one descent, and a lane whose descent has ended takes the next cell.

use super::super::{EngineError, Watch, all_written};
use super::tape::{Instruction, Lanes, Register, Step, Tape, execute};
use crate::expr::Real;
use crate::sweep::{InitialValue, NEVER_WRITTEN, Outcome, Source, Spec, Tile, TileOutcomes, unfinished};
use multiversion::multiversion;
use std::collections::VecDeque;
use std::ops::Range;

/// Bytes of one register: a few dozen registers fit in the first-level cache.
const REGISTER_BYTES: usize = 1024;
/// How often (steps) a block looks up to report progress and to see whether it should stop.
const LOOK_UP: u64 = 1024;

/// Outcomes of a range of a tile's cells, as they are found.
pub struct Chunk {
    loss_start: Vec<f64>,
    loss_final: Vec<f64>,
    parameters: Vec<Vec<f64>>,
    steps: Vec<u32>,
    codes: Vec<u8>,
}

impl Chunk {
    fn new(cells: usize, parameters: usize) -> Self {
        Self {
            loss_start: vec![f64::NAN; cells],
            loss_final: vec![f64::NAN; cells],
            parameters: vec![vec![0.0; cells]; parameters],
            steps: vec![0; cells],
            codes: vec![NEVER_WRITTEN; cells],
        }
    }

    /// Appends the cells to their tile.
    pub fn finish(self, tile: &mut TileOutcomes) -> Result<(), EngineError> {
        all_written(self.codes.iter().copied())?;
        tile.loss_start.extend(self.loss_start);
        tile.loss_final.extend(self.loss_final);
        for (to, from) in tile.parameters.iter_mut().zip(self.parameters) {
            to.extend(from);
        }
        tile.steps.extend(self.steps);
        tile.outcome.extend(self.codes.into_iter().filter_map(Outcome::from_code));
        Ok(())
    }
}

/// Limits in the working precision.
struct Thresholds<T: Real> {
    /// Every |gradient component| below this: converged.
    gtol: T::Bits,
    /// The bar on |loss| is `factor`·(1+|loss₀|) where 1+|loss₀| ≤ `reach`, else only the largest number.
    factor: T,
    reach: T,
}

impl<T: Real> Thresholds<T> {
    fn new(spec: &Spec) -> Self {
        let (factor, reach) = spec.bar(T::MAX.to_f64());
        Self { gtol: T::from_f64(spec.gtol()).magnitude_bits(), factor: T::from_f64(factor), reach: T::from_f64(reach) }
    }

    fn bar(&self, loss_start: T) -> T::Bits {
        let scale = T::ONE + loss_start.abs();
        if scale <= self.reach { (self.factor * scale).magnitude_bits() } else { T::MAX_FINITE_BITS }
    }
}

/// The axis values of a tile.
pub struct Grid {
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Grid {
    pub fn new(spec: &Spec, tile: Tile) -> Self {
        Self { x: spec.x_values(tile), y: spec.y_values(tile) }
    }

    /// x and y of a cell of the tile.
    fn point(&self, cell: usize) -> (f64, f64) {
        (self.x[cell % self.x.len()], self.y[cell / self.x.len()])
    }
}

pub struct Block<'a, T: Real> {
    spec: &'a Spec,
    tape: &'a Tape,
    grid: &'a Grid,
    first_cell: usize,
    /// Cells that no lane has taken yet.
    waiting: Range<usize>,
    thresholds: Thresholds<T>,
    registers: Vec<Lanes<T>>,
    /// Number of lanes that follow a descent: lanes 0..active.
    active: usize,
    /// Per lane: its cell, the clock at its step 0, its loss there, the bar on its loss.
    cell: Vec<usize>,
    born: Vec<u64>,
    loss_start: Vec<T>,
    bar: Lanes<T::Bits>,
    worst: Worst<T>,
    /// Lanes at their step 0.
    fresh: Vec<usize>,
    /// Clocks at which lanes took cells, oldest first.
    births: VecDeque<u64>,
    chunk: Chunk,
}

/// Largest magnitudes over all parameters but the first, per lane.
struct Worst<T: Real> {
    parameter: Lanes<T::Bits>,
    gradient: Lanes<T::Bits>,
}

impl<'a, T: Real> Block<'a, T> {
    pub fn new(spec: &'a Spec, tape: &'a Tape, grid: &'a Grid, cells: Range<usize>) -> Self {
        let lanes = REGISTER_BYTES / size_of::<T>();
        let mut registers = vec![Lanes::from_iter(0, std::iter::repeat_n(T::ZERO, lanes)); tape.registers];
        for (register, value) in &tape.constants {
            registers[*register].fill(T::from_f64(*value));
        }
        for (knob, register) in spec.knobs.iter().zip(&tape.knobs) {
            if let (Source::Fixed(value), Some(register)) = (knob.source, register) {
                registers[*register].fill(T::from_f64(value));
            }
        }
        let none = Lanes::from_iter(0, std::iter::repeat_n(T::Bits::default(), lanes));
        Self {
            spec,
            tape,
            grid,
            first_cell: cells.start,
            chunk: Chunk::new(cells.len(), spec.program.parameters.len()),
            waiting: cells,
            thresholds: Thresholds::new(spec),
            registers,
            active: 0,
            cell: vec![0; lanes],
            born: vec![0; lanes],
            loss_start: vec![T::ZERO; lanes],
            bar: none.clone(),
            worst: Worst { parameter: none.clone(), gradient: none },
            fresh: Vec::new(),
            births: VecDeque::new(),
        }
    }

    /// Follows every descent to its end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        let steps = u64::from(self.spec.limits.steps);
        let mut clock = 0;
        let mut finished = Vec::new();
        let mut done = 0;
        while self.active < self.cell.len() && self.take_cell(self.active, clock) {
            self.active += 1;
        }
        while self.active > 0 {
            let step = &self.tape.steps[(clock & 1) as usize];
            if !self.fresh.is_empty() {
                self.execute(&self.tape.setup);
            }
            self.set_step_number(clock);
            self.execute(&step.check);
            self.note_starts(step);
            let expiring = self.some_expire(clock);
            if self.gather(step) || expiring {
                self.find_ended(step, clock, expiring, &mut finished);
            }
            self.execute(&step.advance);
            clock += 1;
            done += finished.len() as u64;
            self.replace(&mut finished, clock);
            if clock % LOOK_UP == 0 || self.active == 0 {
                (watch.progress)(std::mem::take(&mut done) * (steps + 1));
                if watch.cancelled() {
                    return Err(EngineError::Interrupted);
                }
            }
        }
        Ok(self.chunk)
    }

    fn execute(&mut self, instructions: &[Instruction]) {
        let lanes = self.lanes();
        execute(instructions, &mut self.registers, lanes);
    }

    /// Lanes to compute: whole vectors. Idle lanes among them compute nonsense that nobody reads.
    fn lanes(&self) -> usize {
        self.active.next_multiple_of(16).min(self.cell.len())
    }

    fn value(&self, register: Register, lane: usize) -> T {
        self.registers[register][lane]
    }

    fn set(&mut self, register: Register, lane: usize, value: T) {
        self.registers[register][lane] = value;
    }

    /// Gives the next waiting cell to a lane, from `clock` on.
    fn take_cell(&mut self, lane: usize, clock: u64) -> bool {
        let Some(cell) = self.waiting.next() else { return false };
        let (x, y) = self.grid.point(cell);
        let (spec, tape) = (self.spec, self.tape);
        for (knob, register) in spec.knobs.iter().zip(&tape.knobs) {
            match (knob.source, register) {
                (Source::X, Some(register)) => self.set(*register, lane, T::from_f64(x)),
                (Source::Y, Some(register)) => self.set(*register, lane, T::from_f64(y)),
                _ => {}
            }
        }
        let into = &tape.steps[(clock & 1) as usize].carried;
        for (carried, register) in spec.program.carried.iter().zip(into) {
            let value = match carried.initial {
                InitialValue::Zero => T::ZERO,
                InitialValue::Knob(knob) => {
                    self.value(tape.knobs[knob].expect("a knob that a parameter starts from has a register"), lane)
                }
            };
            self.set(*register, lane, value);
        }
        self.cell[lane] = cell;
        self.born[lane] = clock;
        self.fresh.push(lane);
        if self.births.back() != Some(&clock) {
            self.births.push_back(clock);
        }
        true
    }

    fn set_step_number(&mut self, clock: u64) {
        let Some(register) = self.tape.step_number else { return };
        for lane in 0..self.active {
            let number = clock - self.born[lane] + 1;
            self.set(register, lane, T::from_f64(number as f64));
        }
    }

    /// Writes down the loss at the start, for lanes at their step 0.
    fn note_starts(&mut self, step: &Step) {
        while let Some(lane) = self.fresh.pop() {
            let loss = self.value(step.loss, lane);
            self.loss_start[lane] = loss;
            self.bar[lane] = if is_finite(loss) { self.thresholds.bar(loss) } else { T::MAX_FINITE_BITS };
        }
    }

    /// Whether lanes were given their cells so long ago that these have no steps left.
    fn some_expire(&mut self, clock: u64) -> bool {
        let steps = u64::from(self.spec.limits.steps);
        // Lanes of that time may have ended early since: then the search finds nothing.
        let expire = self.births.front().is_some_and(|birth| birth + steps <= clock);
        if expire {
            self.births.pop_front();
        }
        expire
    }

    /// Whether any lane diverged or converged at this step.
    fn gather(&mut self, step: &Step) -> bool {
        let lanes = self.active;
        for (at, parameter) in self.spec.program.parameters.iter().enumerate().skip(1) {
            let values = &self.registers[step.carried[parameter.hi]][..lanes];
            gather_worst(&mut self.worst.parameter[..lanes], values, at == 1);
            gather_worst(&mut self.worst.gradient[..lanes], &self.registers[step.gradient[at]][..lanes], at == 1);
        }
        any_beyond(&self.limits(step, 0..lanes), self.thresholds.gtol)
    }

    fn limits(&self, step: &Step, lanes: Range<usize>) -> Limits<'_, T> {
        Limits {
            loss: &self.registers[step.loss][lanes.clone()],
            bar: &self.bar[lanes.clone()],
            parameter: &self.registers[step.carried[self.spec.program.parameters[0].hi]][lanes.clone()],
            worst_parameter: &self.worst.parameter[lanes.clone()],
            gradient: &self.registers[step.gradient[0]][lanes.clone()],
            worst_gradient: &self.worst.gradient[lanes],
        }
    }

    /// Writes down every descent that ends at this step, and lists its lane. Looks at the lanes one by one only where
    /// a group of them has one that ends.
    fn find_ended(&mut self, step: &Step, clock: u64, expiring: bool, finished: &mut Vec<usize>) {
        const GROUP: usize = 16;
        let last_birth = clock.wrapping_sub(u64::from(self.spec.limits.steps));
        for first in (0..self.active).step_by(GROUP) {
            let lanes = first..(first + GROUP).min(self.active);
            let expires = expiring && self.born[lanes.clone()].contains(&last_birth);
            if !expires && !any_beyond(&self.limits(step, lanes.clone()), self.thresholds.gtol) {
                continue;
            }
            for lane in lanes {
                if let Some(outcome) = self.decide(step, clock, lane) {
                    self.record(step, clock, lane, outcome);
                    finished.push(lane);
                }
            }
        }
    }

    /// In this order: diverged, converged, out of steps.
    fn decide(&self, step: &Step, clock: u64, lane: usize) -> Option<Outcome> {
        let loss = self.value(step.loss, lane);
        if !self.is_finite(step, lane) || loss.magnitude_bits() > self.bar[lane] {
            return Some(Outcome::Diverged);
        }
        if step.gradient.iter().all(|register| self.value(*register, lane).magnitude_bits() < self.thresholds.gtol) {
            return Some(Outcome::Converged);
        }
        let out_of_steps = clock - self.born[lane] == u64::from(self.spec.limits.steps);
        out_of_steps.then(|| unfinished(self.loss_start[lane].to_f64(), loss.to_f64()))
    }

    fn is_finite(&self, step: &Step, lane: usize) -> bool {
        let mut parameters = self.spec.program.parameters.iter().map(|p| self.value(step.carried[p.hi], lane));
        is_finite(self.value(step.loss, lane)) && parameters.all(is_finite)
    }

    fn record(&mut self, step: &Step, clock: u64, lane: usize, outcome: Outcome) {
        let at = self.cell[lane] - self.first_cell;
        let steps = (clock - self.born[lane]) as u32;
        // The last step at which everything was finite: this one, or the one before, in the other register set.
        let finite = self.is_finite(step, lane);
        let shown = if finite || steps == 0 { step } else { &self.tape.steps[((clock + 1) & 1) as usize] };
        if finite || steps > 0 {
            self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
            self.chunk.loss_final[at] = self.value(shown.loss, lane).to_f64();
        }
        for (number, parameter) in self.spec.program.parameters.iter().enumerate() {
            let part = |carried: usize| self.value(shown.carried[carried], lane).to_f64();
            self.chunk.parameters[number][at] = part(parameter.hi) + parameter.lo.map_or(0.0, part);
        }
        self.chunk.steps[at] = steps;
        self.chunk.codes[at] = outcome as u8;
    }

    /// Gives finished lanes new cells; when there are none left, the last active lane moves into the gap.
    fn replace(&mut self, finished: &mut Vec<usize>, clock: u64) {
        // From the back, so that the last active lane is never one that waits to be replaced.
        while let Some(lane) = finished.pop() {
            if self.take_cell(lane, clock) {
                continue;
            }
            self.active -= 1;
            let last = self.active;
            for register in 0..self.registers.len() {
                self.set(register, lane, self.value(register, last));
            }
            if let Some(moved) = self.fresh.iter_mut().find(|fresh| **fresh == last) {
                *moved = lane;
            }
            self.cell[lane] = self.cell[last];
            self.born[lane] = self.born[last];
            self.loss_start[lane] = self.loss_start[last];
            self.bar[lane] = self.bar[last];
        }
    }
}

fn is_finite<T: Real>(value: T) -> bool {
    value.magnitude_bits() <= T::MAX_FINITE_BITS
}

/// What is compared in every step.
struct Limits<'a, T: Real> {
    loss: &'a [T],
    bar: &'a [T::Bits],
    parameter: &'a [T],
    worst_parameter: &'a [T::Bits],
    gradient: &'a [T],
    worst_gradient: &'a [T::Bits],
}

/// Whether any lane diverged or converged. Integer comparisons of magnitudes: not-a-number is simply large.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
#[allow(clippy::needless_bitwise_bool, reason = "a branch would keep the loop from being vectorised")]
fn any_beyond<T: Real>(limits: &Limits<'_, T>, gtol: T::Bits) -> bool {
    let lanes = limits.loss.len();
    let (bar, parameter, gradient) = (&limits.bar[..lanes], &limits.parameter[..lanes], &limits.gradient[..lanes]);
    let (worst_parameter, worst_gradient) = (&limits.worst_parameter[..lanes], &limits.worst_gradient[..lanes]);
    let mut any = false;
    for lane in 0..lanes {
        let size = parameter[lane].magnitude_bits().max(worst_parameter[lane]);
        let slope = gradient[lane].magnitude_bits().max(worst_gradient[lane]);
        any |= (limits.loss[lane].magnitude_bits() > bar[lane]) | (size > T::MAX_FINITE_BITS) | (slope < gtol);
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
