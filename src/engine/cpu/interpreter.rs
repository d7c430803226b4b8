//! The interpreter: follows the descents of a block, instruction by instruction. Each lane follows one descent, and a lane
//! whose descent has ended takes the next cell.

use super::block::Block;
use super::chunk::Chunk;
use super::emitter::{RowWork, Work};
use super::instruction::{Instruction, Lanes, Register, execute};
use super::judge::Due;
use crate::engine::{EngineError, Watch};
use crate::expr::{Real, takes_over};
use crate::problem::random::{NoiseAt, noise_half};
use crate::sweep::{Fold, InitialValue, Input, NoiseKnobs};
use multiversion::multiversion;

/// How often (steps) a block looks up to report progress and to see whether it should stop, at most.
const LOOK_UP: u64 = 1024;
/// And how often in instructions, where steps are long.
const LOOK_UP_INSTRUCTIONS: u64 = 1 << 20;

impl<T: Real> Block<'_, T> {
    /// Follows every descent to its end.
    ///
    /// Lanes take cells only at whole periods of the clock, so that all of them are judged at the same clocks.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        let tape = self.tape;
        let steps = u64::from(self.spec.limits.steps);
        let period = u64::from(self.spec.program.period());
        let look_up = (LOOK_UP_INSTRUCTIONS / tape.instructions().max(1)).clamp(1, LOOK_UP);
        let mut clock = 0;
        let mut finished = Vec::new();
        let mut done = 0;
        loop {
            self.fill(clock);
            if self.active == 0 {
                if self.waiting.is_empty() {
                    break;
                }
                clock = (clock + 1).next_multiple_of(period);
                continue;
            }
            let step = &tape.steps[(clock & 1) as usize];
            if !self.fresh.is_empty() {
                self.execute(&tape.setup, clock);
            }
            self.begin_step(clock);
            let expiring = self.some_expire(clock);
            let due = Due { judged: clock % period == 0 || expiring, expiring };
            self.execute(&step.shared, clock);
            if due.judged {
                self.execute(&step.check, clock);
                self.note_starts(step);
                self.note_windows(step, clock, due);
            }
            // With batches every judged step is written down: the one before an end need not be judged.
            if self.gather(step, due.judged) || expiring || (due.judged && period > 1) {
                self.find_ended(step, clock, due, &mut finished);
            }
            self.execute(&step.advance, clock);
            clock += 1;
            done += finished.len() as u64;
            self.replace(&mut finished, clock);
            if clock % look_up == 0 {
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
        Ok(self.chunk)
    }

    /// Gives waiting cells to idle lanes.
    fn fill(&mut self, clock: u64) {
        while self.active < self.cell.len() && self.take_cell(self.active, clock) {
            self.active += 1;
        }
    }

    fn execute(&mut self, works: &[Work], clock: u64) {
        for work in works {
            match work {
                Work::Straight(instructions) => self.execute_straight(instructions),
                Work::Rows(rows) => self.execute_rows(rows, clock),
            }
        }
    }

    fn execute_straight(&mut self, instructions: &[Instruction]) {
        let lanes = self.lanes();
        execute(instructions, &mut self.registers, lanes);
    }

    /// A loop over rows, all lanes in the same row, or each in the row that its batch has next.
    fn execute_rows(&mut self, work: &RowWork, clock: u64) {
        let lanes = self.lanes();
        for fold in &work.folds {
            if let Fold::Sum { to, .. } = fold {
                self.registers[*to][..lanes].fill(T::ZERO);
            }
        }
        for slot in 0..work.rows {
            self.load_row(work, slot, clock);
            self.execute_straight(&work.body);
            for fold in &work.folds {
                match *fold {
                    Fold::Sum { to, of } => add(&mut self.registers, to, of, lanes),
                    Fold::Largest { to, best, key, value } => {
                        keep_largest(&mut self.registers, (slot == 0, lanes), [best, to], [key, value]);
                    }
                }
            }
        }
    }

    fn load_row(&mut self, work: &RowWork, slot: u32, clock: u64) {
        let lanes = self.lanes();
        let data = self.data;
        let batch = self.spec.program.batch.filter(|_| work.batch);
        let seed = batch.and_then(|batch| batch.seed).map(|knob| self.knob_register(knob));
        let table = self.spec.program.table().map(|knob| self.knob_register(knob));
        if seed.is_none() && table.is_none() {
            // In order, all lanes are at the same row: they take cells only where a pass over the data begins.
            let row = batch.map_or(u64::from(slot), |batch| clock % u64::from(batch.rows)) as usize;
            for (register, column) in &work.columns {
                self.registers[*register][..lanes].fill(data.value(0, *column, row));
            }
            return;
        }
        // Mostly all lanes have one seed and are at one step: a row that was drawn for the lane before is that of this one.
        let mut drawn = (None, 0);
        for lane in 0..lanes {
            let whole = |register: Register| self.value(register, lane).to_f64() as u32;
            let table = table.map_or(0, whole) as usize;
            let step = clock.wrapping_sub(self.born[lane]) as u32;
            let row = match (batch, seed) {
                (Some(batch), Some(seed)) => {
                    let asked = Some((whole(seed), step));
                    if drawn.0 != asked {
                        drawn = (asked, batch.row(whole(seed), step, slot));
                    }
                    drawn.1
                }
                (Some(batch), None) => (clock % u64::from(batch.rows)) as u32,
                (None, _) => slot,
            };
            for (register, column) in &work.columns {
                let value = data.value(table, *column, row as usize);
                self.registers[*register][lane] = value;
            }
        }
    }

    fn knob_register(&self, knob: usize) -> Register {
        self.tape.knobs[knob].expect("the tape keeps a register for what says what is drawn")
    }

    /// Gives the next waiting cell to a lane, from `clock` on.
    fn take_cell(&mut self, lane: usize, clock: u64) -> bool {
        if !clock.is_multiple_of(u64::from(self.spec.program.period())) {
            return false;
        }
        let Some(cell) = self.waiting.next() else { return false };
        let (spec, tape) = (self.spec, self.tape);
        for (knob, register) in spec.knobs.iter().zip(&tape.knobs) {
            if let Some((value, register)) = self.grid.value(knob.source, cell).zip(*register) {
                self.set(register, lane, T::from_f64(value));
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
        self.notes[lane].reset();
        self.worst.confirming[lane] = T::Bits::default();
        self.fresh.push(lane);
        if self.births.back() != Some(&clock) {
            self.births.push_back(clock);
        }
        true
    }

    /// What the step brings, lane by lane.
    fn begin_step(&mut self, clock: u64) {
        let tape = self.tape;
        for (register, input) in &tape.of_step {
            for lane in 0..self.active {
                let made = clock - self.born[lane];
                let value = match input {
                    Input::Drawn { parameter, half } => self.drawn(lane, made as u32, *parameter, *half),
                    _ => T::from_f64((made + 1) as f64),
                };
                self.set(*register, lane, value);
            }
        }
    }

    /// One half of a parameter's noise in a lane, after so many steps.
    fn drawn(&self, lane: usize, step: u32, parameter: u32, half: u32) -> T {
        let Some(NoiseKnobs { seed, cell }) = self.spec.program.noise else { return T::ZERO };
        let whole = |knob: usize| self.value(self.knob_register(knob), lane).to_f64() as u32;
        noise_half(NoiseAt { seed: whole(seed), cell: cell.map(whole), parameter, step, half })
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
            self.worst.confirming[lane] = self.worst.confirming[last];
            self.notes.swap(lane, last);
        }
    }
}

/// Adds one register to another.
fn add<T: Real>(registers: &mut [Lanes<T>], to: Register, from: Register, lanes: usize) {
    let mut sum = std::mem::replace(&mut registers[to], Lanes::new(0));
    add_lanes(&mut sum[..lanes], &registers[from][..lanes]);
    registers[to] = sum;
}

/// Copies key and value of a row to `to` in the lanes where it is the first row, or its key takes over.
fn keep_largest<T: Real>(
    registers: &mut [Lanes<T>],
    (is_first, lanes): (bool, usize),
    to: [Register; 2],
    from: [Register; 2],
) {
    let mut kept = to.map(|register| std::mem::replace(&mut registers[register], Lanes::new(0)));
    let [best, values] = &mut kept;
    let row = registers[from[0]][..lanes].iter().zip(&registers[from[1]][..lanes]);
    for ((best, kept), (key, value)) in best[..lanes].iter_mut().zip(&mut values[..lanes]).zip(row) {
        if is_first || takes_over(*key, *best) {
            (*best, *kept) = (*key, *value);
        }
    }
    to.into_iter().zip(kept).for_each(|(register, lanes)| registers[register] = lanes);
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
fn add_lanes<T: Real>(sum: &mut [T], values: &[T]) {
    for (sum, value) in sum.iter_mut().zip(values) {
        *sum = *sum + *value;
    }
}
