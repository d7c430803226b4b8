//! A frame of lanes: each follows one descent, and a lane whose descent has ended takes the next cell.

use super::super::chunk::{Chunk, Grid};
use super::super::instruction::Lanes;
use super::super::judge::{Thresholds, is_finite};
use super::super::lanes::{Block, Shared};
use super::Kernel;
use super::operations::LITERALS;
use crate::engine::{EngineError, Watch};
use crate::expr::Real;
use crate::sweep::{InitialValue, Input, Outcome, Source, unfinished};
use std::ops::Range;

/// Steps between looks for descents that repeat themselves.
const LOOK_FOR_CYCLES: u64 = 64;
/// Calls of the kernel between looks at whether to stop.
const LOOK_UP: u32 = 1024;

/// A range of cells, followed to their ends.
pub struct Bundle<'a, T: Real> {
    shared: &'a Shared<'a, T>,
    kernel: &'a Kernel,
    grid: &'a Grid,
    thresholds: Thresholds<T>,
    frame: Lanes<T>,
    first_cell: usize,
    waiting: Range<usize>,
    /// Per lane: its cell, if it follows one, its step, its loss at step 0.
    cell: Vec<Option<usize>>,
    age: Vec<u64>,
    loss_start: Vec<T>,
    fresh: Vec<usize>,
    cycles: Option<Cycles<T>>,
    chunk: Chunk,
    /// Cells (from `first_cell`) whose last finite step is no longer there: the interpreter follows them once more.
    redo: Vec<usize>,
}

/// What every lane carried some steps ago (Brent 1980): a descent that carries the same again, bit for bit, repeats itself.
struct Cycles<T: Real> {
    carried: Vec<T>,
    age: Vec<u64>,
    countdown: u64,
}

impl<'a, T: Real> Bundle<'a, T> {
    /// Lanes for `cells` of `grid`.
    pub fn new(shared: &'a Shared<'a, T>, kernel: &'a Kernel, grid: &'a Grid, cells: Range<usize>) -> Self {
        let spec = shared.spec;
        let layout = &kernel.layout;
        let lanes = layout.groups * layout.isa.bytes() / size_of::<T>();
        let slots = layout.bytes / size_of::<T>();
        let thresholds = Thresholds::new(spec);
        let repeats = !spec.program.inputs.contains(&Input::StepNumber);
        let mut bundle = Self {
            shared,
            kernel,
            grid,
            frame: Lanes::from_iter(0, std::iter::repeat_n(T::ZERO, slots)),
            first_cell: cells.start,
            chunk: Chunk::new(cells.len(), spec.program.parameters.len()),
            waiting: cells,
            cell: vec![None; lanes],
            age: vec![0; lanes],
            loss_start: vec![T::ZERO; lanes],
            fresh: Vec::new(),
            cycles: repeats.then(|| Cycles {
                carried: vec![T::ZERO; lanes * layout.carried.len()],
                age: vec![0; lanes],
                countdown: LOOK_FOR_CYCLES,
            }),
            redo: Vec::new(),
            thresholds,
        };
        bundle.fill_shared();
        bundle
    }

    /// Everything that is the same for all lanes.
    fn fill_shared(&mut self) {
        let (layout, spec) = (&self.kernel.layout, self.shared.spec);
        let mut values: Vec<(usize, T)> = vec![(layout.gtol, T::from_f64(spec.gtol()))];
        values.extend(LITERALS.iter().enumerate().map(|(at, literal)| (layout.literals + at, literal.value())));
        for (at, id) in spec.program.constants.iter().enumerate() {
            let value = spec.program.graph.constant_value(*id).unwrap_or_default();
            values.push((layout.constants + at, T::from_f64(value)));
        }
        for (knob, slot) in spec.knobs.iter().zip(&layout.knobs) {
            if let Source::Fixed(value) = knob.source {
                values.push((*slot, T::from_f64(value)));
            }
        }
        for (slot, value) in values {
            self.slot_mut(slot).fill(value);
        }
    }

    fn lanes(&self) -> usize {
        self.cell.len()
    }

    fn slot_mut(&mut self, slot: usize) -> &mut [T] {
        let lanes = self.lanes();
        &mut self.frame[slot * lanes..(slot + 1) * lanes]
    }

    fn value(&self, slot: usize, lane: usize) -> T {
        self.frame[slot * self.lanes() + lane]
    }

    fn set(&mut self, slot: usize, lane: usize, value: T) {
        let at = slot * self.lanes() + lane;
        self.frame[at] = value;
    }

    /// Follows every descent to its end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        let steps = u64::from(self.shared.spec.limits.steps);
        let (mut calls, mut done) = (0, 0);
        (0..self.lanes()).for_each(|lane| self.take_cell(lane));
        self.fill_idle();
        while self.cell.iter().any(Option::is_some) {
            self.begin_fresh();
            let left = self.steps_to_make(steps);
            let made = left - self.kernel.run(&mut self.frame, left);
            self.age.iter_mut().for_each(|age| *age += made);
            done += self.end_descents(steps);
            self.skip_cycles(made, steps);
            calls += 1;
            if calls % LOOK_UP == 0 {
                (watch.progress)(std::mem::take(&mut done) * (steps + 1));
                if watch.cancelled() {
                    return Err(EngineError::Interrupted);
                }
            }
        }
        (watch.progress)(done * (steps + 1));
        if watch.cancelled() {
            return Err(EngineError::Interrupted);
        }
        self.redo_by_interpreter(watch)
    }

    /// Steps until the first lane has none left, or until the next look for cycles.
    fn steps_to_make(&self, steps: u64) -> u64 {
        let active = self.cell.iter().zip(&self.age).filter(|(cell, _)| cell.is_some());
        let left = active.map(|(_, age)| steps - age).min().unwrap_or(0);
        self.cycles.as_ref().map_or(left, |cycles| left.min(cycles.countdown))
    }

    /// Gives the next waiting cell to a lane.
    fn take_cell(&mut self, lane: usize) {
        let cell = self.waiting.next();
        self.cell[lane] = cell;
        let Some(cell) = cell else { return };
        for (knob, slot) in self.shared.spec.knobs.iter().zip(&self.kernel.layout.knobs) {
            if let Some(value) = self.grid.value(knob.source, cell) {
                let at = slot * self.cell.len() + lane;
                self.frame[at] = T::from_f64(value);
            }
        }
        for (at, slot) in self.kernel.layout.carried.iter().enumerate() {
            let value = match self.kernel.starts[at] {
                InitialValue::Zero => T::ZERO,
                InitialValue::Knob(knob) => self.value(self.kernel.layout.knobs[knob], lane),
            };
            self.set(*slot, lane, value);
        }
        self.set(self.kernel.layout.step_number, lane, T::ONE);
        self.set(self.kernel.layout.bar, lane, T::MAX);
        self.age[lane] = 0;
        if let Some(cycles) = &mut self.cycles {
            cycles.age[lane] = u64::MAX;
        }
        self.fresh.push(lane);
    }

    /// Lanes without a cell do what another one does, so that they never end first.
    fn fill_idle(&mut self) {
        let Some(active) = self.cell.iter().position(Option::is_some) else { return };
        for lane in 0..self.lanes() {
            if self.cell[lane].is_none() {
                for slot in 0..self.kernel.layout.of_lanes {
                    self.set(slot, lane, self.value(slot, active));
                }
            }
        }
    }

    /// The loss at the start of new descents, and the bar that follows from it.
    fn begin_fresh(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        self.kernel.prepare(&mut self.frame);
        self.kernel.run(&mut self.frame, 0);
        while let Some(lane) = self.fresh.pop() {
            let loss = self.value(self.kernel.layout.loss, lane);
            self.loss_start[lane] = loss;
            if is_finite(loss) {
                let bar = self.thresholds.bar_value(loss);
                self.set(self.kernel.layout.bar, lane, bar);
            }
        }
        self.fill_idle();
    }

    /// Writes down every descent that has ended; returns how many.
    fn end_descents(&mut self, steps: u64) -> u64 {
        let mut ended = 0;
        for lane in 0..self.lanes() {
            let Some(cell) = self.cell[lane] else { continue };
            let flagged = self.value(self.kernel.layout.ended, lane).to_bits() != T::Bits::default();
            if !flagged && self.age[lane] < steps {
                continue;
            }
            let outcome = self.decide(lane);
            self.record(lane, cell - self.first_cell, outcome);
            self.take_cell(lane);
            ended += 1;
        }
        if ended > 0 {
            self.fill_idle();
        }
        ended
    }

    /// In this order: diverged, converged, out of steps.
    fn decide(&self, lane: usize) -> Outcome {
        let layout = &self.kernel.layout;
        let loss = self.value(layout.loss, lane);
        let bar = self.value(layout.bar, lane).magnitude_bits();
        if !self.is_usable(lane) || loss.magnitude_bits() > bar {
            return Outcome::Diverged;
        }
        let small = |slot: &usize| self.value(*slot, lane).magnitude_bits() < self.thresholds.gtol;
        if layout.slopes.iter().all(small) {
            return Outcome::Converged;
        }
        unfinished(self.loss_start[lane].to_f64(), loss.to_f64())
    }

    fn is_usable(&self, lane: usize) -> bool {
        let layout = &self.kernel.layout;
        let mut parameters = self.shared.spec.program.parameters.iter();
        is_finite(self.value(layout.loss, lane))
            && parameters.all(|p| self.value(layout.carried[p.hi], lane).magnitude_bits() <= self.thresholds.absurd)
    }

    fn record(&mut self, lane: usize, at: usize, outcome: Outcome) {
        let age = self.age[lane];
        let usable = self.is_usable(lane);
        if !usable && age > 0 {
            self.redo.push(at);
        }
        if usable {
            self.chunk.loss_start[at] = self.loss_start[lane].to_f64();
            self.chunk.loss_final[at] = self.value(self.kernel.layout.loss, lane).to_f64();
        }
        for (number, parameter) in self.shared.spec.program.parameters.iter().enumerate() {
            let part = |carried: usize| self.value(self.kernel.layout.carried[carried], lane).to_f64();
            self.chunk.parameters[number][at] = part(parameter.hi) + parameter.lo.map_or(0.0, part);
        }
        self.chunk.steps[at] = age as u32;
        self.chunk.codes[at] = outcome as u8;
    }

    /// A descent that repeats itself goes on so to its last step: whole rounds of it need not be made.
    fn skip_cycles(&mut self, made: u64, steps: u64) {
        let Some(mut cycles) = self.cycles.take() else { return };
        cycles.countdown -= made.min(cycles.countdown);
        if cycles.countdown == 0 {
            cycles.countdown = LOOK_FOR_CYCLES;
            for lane in 0..self.lanes() {
                if self.cell[lane].is_some() {
                    self.look_at(&mut cycles, lane, steps);
                }
            }
        }
        self.cycles = Some(cycles);
    }

    fn look_at(&mut self, cycles: &mut Cycles<T>, lane: usize, steps: u64) {
        let lanes = self.lanes();
        let slots = &self.kernel.layout.carried;
        let (age, seen) = (self.age[lane], cycles.age[lane]);
        let same = |(at, slot): (usize, &usize)| {
            self.value(*slot, lane).to_bits() == cycles.carried[at * lanes + lane].to_bits()
        };
        if seen != u64::MAX && seen < age && slots.iter().enumerate().all(same) {
            let round = age - seen;
            self.age[lane] += (steps - age) / round * round;
        } else if seen == u64::MAX || age >= 2 * seen {
            for (at, slot) in slots.iter().enumerate() {
                cycles.carried[at * lanes + lane] = self.value(*slot, lane);
            }
            cycles.age[lane] = age;
        }
    }

    fn redo_by_interpreter(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        if self.redo.is_empty() {
            return Ok(self.chunk);
        }
        let cells: Vec<usize> = self.redo.iter().map(|at| at + self.first_cell).collect();
        let grid = self.grid.only(&cells);
        // Its progress was told before.
        let quiet = Watch { progress: &|_| (), cancel: watch.cancel };
        let again = Block::new(self.shared, &grid, 0..cells.len()).run(&quiet)?;
        self.chunk.replace(&self.redo, &again);
        Ok(self.chunk)
    }
}
