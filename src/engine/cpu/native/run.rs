//! A range of cells, followed step by step together: every descent is at the same step, and those that have ended make
//! room for others from the back, so that lane groups stay full.

use super::super::block::{Block, Shared};
use super::super::chunk::{Cells, Chunk};
use super::super::instruction::Lanes;
use super::super::thresholds::{Thresholds, is_finite};
use super::cycles::{Cycles, Look};
use super::groups::LaneGroups;
use super::kernel::{Frame, Kernel, zeros};
use super::layout::Slot;
use super::mask::{Mask, flagged, lanes_of, mask_of};
use super::stepwise::Stepwise;
use crate::engine::{EngineError, Watch};
use crate::expr::Real;
use crate::sweep::{InitialValue, Input, Outcome, unfinished};
use std::ops::Range;

/// Steps that a group makes at a time, at most: its numbers stay near, and what all lanes share fits beside them.
const BLOCK: u64 = 64;
/// The first blocks are shorter, because whoever ends within one waits for its end.
const FIRST_BLOCK: u64 = 8;

/// A range of cells on the way to their ends.
pub struct Run<'a, T: Real> {
    shared: &'a Shared<'a, T>,
    kernel: &'a Kernel,
    grid: &'a Cells,
    thresholds: Thresholds<T>,
    first_cell: usize,
    /// Numbers per lane: the kernel's, the loss at the start, what was carried some steps ago.
    groups: LaneGroups<T>,
    common: Lanes<T>,
    rows: Lanes<T>,
    stepwise: Stepwise<'a, T>,
    /// None where a step depends on its number: then nothing repeats itself.
    cycles: Option<Cycles<T>>,
    /// Descents that go on.
    left: usize,
    /// The step that all are at, and the sweep's last.
    step: u64,
    steps: u64,
    /// Steps of descents that have ended, not yet told.
    done: u64,
    chunk: Chunk,
    /// Cells whose last finite step is no longer there: the interpreter follows them once more.
    redo: Vec<usize>,
}

impl<'a, T: Real> Run<'a, T> {
    /// All of `cells` of `grid`, at step 0.
    pub fn new(shared: &'a Shared<'a, T>, kernel: &'a Kernel, grid: &'a Cells, cells: Range<usize>) -> Self {
        let spec = shared.spec;
        let layout = &kernel.layout;
        let repeats = !spec.program.reads(Input::StepNumber);
        let slots = layout.of_lanes + 1 + if repeats { layout.carried.len() } else { 0 };
        let stepwise = Stepwise::new(spec, kernel);
        let row = layout.row * layout.isa.bytes() / size_of::<T>();
        let steps = u64::from(spec.limits.steps);
        let mut run = Self {
            shared,
            kernel,
            grid,
            thresholds: Thresholds::new(spec),
            first_cell: cells.start,
            groups: LaneGroups::new(cells.len(), layout.width(size_of::<T>()), slots, steps),
            common: stepwise.common(kernel),
            rows: zeros((BLOCK as usize + 1) * row),
            stepwise,
            cycles: repeats.then(|| Cycles::new(layout)),
            left: cells.len(),
            step: 0,
            steps,
            done: 0,
            chunk: Chunk::new(cells.len(), spec.program.parameters.len()),
            redo: Vec::new(),
        };
        (0..run.groups.count()).for_each(|group| run.place(group));
        run
    }

    /// What was found, lane by lane, of the group that ran last.
    fn found(&self, slot: Slot) -> &[T] {
        let first = slot.vector * self.kernel.layout.isa.bytes() / size_of::<T>();
        &self.common[first..first + self.groups.width]
    }

    /// The descents of a group take their lanes.
    fn place(&mut self, group: usize) {
        let (spec, kernel, width) = (self.shared.spec, self.kernel, self.groups.width);
        // Lanes too many do what the last one does.
        let last = self.left - 1;
        let lanes = group * width..(group + 1) * width;
        let places: Vec<(usize, usize)> = lanes.map(|cell| self.grid.place(self.first_cell + cell.min(last))).collect();
        for (knob, slot) in kernel.layout.knobs.iter().enumerate() {
            self.put(group, *slot, |grid, lane| grid.value_at(spec.knobs[knob].source, places[lane]));
        }
        for (carried, slot) in spec.program.carried.iter().zip(&kernel.layout.carried) {
            match carried.initial {
                InitialValue::Zero => {}
                InitialValue::Knob(knob) => {
                    self.put(group, *slot, |grid, lane| grid.value_at(spec.knobs[knob].source, places[lane]));
                }
            }
        }
        self.groups.numbers_mut(group, kernel.layout.bar).fill(T::MAX);
    }

    /// Fills a number of all lanes, where they have it.
    fn put(&mut self, group: usize, slot: Option<usize>, value: impl Fn(&Cells, usize) -> f64) {
        let Some(slot) = slot else { return };
        for (lane, to) in self.groups.numbers_mut(group, slot).iter_mut().enumerate() {
            *to = T::from_f64(value(self.grid, lane));
        }
    }

    /// Follows every descent to its end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        self.begin();
        while self.left > 0 {
            if watch.cancelled() {
                return Err(EngineError::Interrupted);
            }
            let block = self.step.clamp(FIRST_BLOCK, BLOCK).min(self.steps - self.step);
            self.fill_rows(block);
            let look = self.look(block);
            for group in 0..self.groups.count() {
                // Steps of very long formulas take their time.
                if watch.cancelled() {
                    return Err(EngineError::Interrupted);
                }
                self.run_group(group, block, look);
            }
            self.step += block;
            self.finish_block(look, block);
            (watch.progress)(std::mem::take(&mut self.done) + self.left as u64 * block);
        }
        if watch.cancelled() {
            return Err(EngineError::Interrupted);
        }
        self.redo_by_interpreter(watch)
    }

    /// The loss at the start of every descent, and the bar that follows from it.
    fn begin(&mut self) {
        let (kernel, row) = (self.kernel, self.row());
        self.stepwise.fill(1, &mut self.rows[..row]);
        for group in 0..self.groups.count() {
            kernel.prepare(&mut self.frame(group, 0));
            kernel.run(&mut self.frame(group, 0), 0);
            for lane in 0..self.groups.width {
                let loss = self.found(kernel.layout.loss)[lane];
                self.groups.numbers_mut(group, kernel.layout.of_lanes)[lane] = loss;
                if is_finite(loss) {
                    self.groups.numbers_mut(group, kernel.layout.bar)[lane] = self.thresholds.bar.of(loss);
                }
            }
        }
    }

    /// Numbers in a row.
    fn row(&self) -> usize {
        self.rows.len() / (BLOCK as usize + 1)
    }

    /// A group, and the rows of the block behind the first `made` steps.
    fn frame(&mut self, group: usize, made: u64) -> Frame<'_, T> {
        let row = self.row();
        Frame {
            lanes: self.groups.all_numbers_mut(group),
            common: &mut self.common,
            rows: &self.rows[made as usize * row..],
        }
    }

    /// The rows of a block; the first is there.
    fn fill_rows(&mut self, block: u64) {
        let row = self.row();
        self.stepwise.fill(self.step + 2, &mut self.rows[row..(block as usize + 1) * row]);
    }

    /// What to do about cycles at the end of a block.
    fn look(&self, block: u64) -> Look {
        let now = self.step + block;
        let cycles = self.cycles.as_ref().filter(|_| now.is_multiple_of(BLOCK));
        cycles.map_or_else(Look::default, |cycles| cycles.look(now, self.stepwise.state()))
    }

    /// Makes a block of steps with one group.
    fn run_group(&mut self, group: usize, block: u64, look: Look) {
        let mut made = 0;
        loop {
            let stop = self.next_stop(group, block);
            let left = self.kernel.run(&mut self.frame(group, made), stop - made);
            made = stop - left;
            if made == block
                && let Some(cycles) = &self.cycles
            {
                cycles.look_at(&mut self.groups, group, look, (self.step + block, self.steps));
            }
            if !self.end_descents(group, made) || made == block {
                return;
            }
        }
    }

    /// Steps of the block until some descent of the group has none left.
    fn next_stop(&self, group: usize, block: u64) -> u64 {
        if self.groups.soonest() >= self.step + block {
            return block;
        }
        let last = self.groups.last(group);
        let left = lanes_of(self.groups.active[group]).map(|lane| last[lane] - self.step);
        left.fold(block, u64::min)
    }

    /// Writes down every descent of the group that ends `made` steps into the block; gives whether others go on.
    fn end_descents(&mut self, group: usize, made: u64) -> bool {
        let now = self.step + made;
        let active = self.groups.active[group];
        let ended = self.found(self.kernel.layout.ended);
        let any = ended.iter().fold(false, |any, flag| any | (flag.to_bits() != T::Bits::default()));
        // The machine code does not look at parameters. One that is not finite stays so: a look now and then is enough.
        let lost = if now.is_power_of_two() { active & !self.usable(group, active) } else { 0 };
        if !any && lost == 0 && self.groups.soonest() > now {
            return true;
        }
        let flagged = flagged(ended) | lost;
        let last = self.groups.last(group);
        let out_of_steps = mask_of(lanes_of(active).filter(|lane| last[*lane] == now));
        let ending = active & (flagged | out_of_steps);
        self.record(group, ending, flagged, now);
        self.groups.active[group] &= !ending;
        let Some(going_on) = lanes_of(self.groups.active[group]).next() else { return false };
        // Lanes without a descent do what another one does, so that they never end first.
        lanes_of(flagged).for_each(|lane| self.groups.copy_lane((group, going_on), (group, lane)));
        true
    }

    /// Writes down the descents of some lanes, `flagged` or out of steps.
    fn record(&mut self, group: usize, ending: Mask, flagged: Mask, now: u64) {
        let mut chunk = std::mem::take(&mut self.chunk);
        let cells = self.groups.cells(group);
        let loss_start = self.groups.numbers(group, self.kernel.layout.of_lanes);
        let loss = self.found(self.kernel.layout.loss);
        let usable = self.usable(group, ending);
        for lane in lanes_of(ending) {
            let at = cells[lane];
            let (flagged, usable) = (flagged >> lane & 1 == 1, usable >> lane & 1 == 1);
            // Who repeats itself is where it would be at its last step.
            let steps = if flagged { now } else { self.steps };
            chunk.steps[at] = steps as u32;
            chunk.codes[at] = match () {
                () if !usable => Outcome::Diverged,
                () if flagged => self.decide(group, lane),
                () => unfinished(loss_start[lane].to_f64(), loss[lane].to_f64()),
            } as u8;
            if usable {
                chunk.loss_start[at] = loss_start[lane].to_f64();
                chunk.loss_final[at] = loss[lane].to_f64();
            }
        }
        for (number, parameter) in self.shared.spec.program.parameters.iter().enumerate() {
            let hi = self.carried(group, parameter.hi);
            let lo = parameter.lo.map(|lo| self.carried(group, lo));
            for lane in lanes_of(ending) {
                chunk.parameters[number][cells[lane]] = hi[lane].to_f64() + lo.map_or(0.0, |lo| lo[lane].to_f64());
            }
        }
        if now > 0 {
            self.redo.extend(lanes_of(ending & !usable).map(|lane| cells[lane]));
        }
        self.chunk = chunk;
        let ended = u64::from(ending.count_ones());
        self.left -= ended as usize;
        self.done += ended * (self.steps + 1 - self.step);
    }

    /// What ended a descent whose numbers are finite. In this order: diverged, converged, out of steps.
    fn decide(&self, group: usize, lane: usize) -> Outcome {
        let layout = &self.kernel.layout;
        let loss = self.found(layout.loss)[lane];
        if loss.magnitude_bits() > self.groups.numbers(group, layout.bar)[lane].magnitude_bits() {
            return Outcome::Diverged;
        }
        if layout.tested.iter().all(|slot| self.found(*slot)[lane].magnitude_bits() < self.thresholds.tolerance) {
            return Outcome::Converged;
        }
        unfinished(self.groups.numbers(group, layout.of_lanes)[lane].to_f64(), loss.to_f64())
    }

    /// Those of some lanes whose loss and parameters are finite.
    fn usable(&self, group: usize, lanes: Mask) -> Mask {
        let loss = self.found(self.kernel.layout.loss);
        let finite = mask_of(lanes_of(lanes).filter(|lane| is_finite(loss[*lane])));
        self.shared.spec.program.parameters.iter().fold(finite, |usable, parameter| {
            let values = self.carried(group, parameter.hi);
            let within = |lane: &usize| values[*lane].magnitude_bits() <= self.thresholds.parameter_limit;
            mask_of(lanes_of(usable).filter(within))
        })
    }

    /// What the lanes carry of a parameter.
    fn carried(&self, group: usize, carried: usize) -> &[T] {
        let slot = self.kernel.layout.carried[carried].expect("parameters differ between lanes");
        self.groups.numbers(group, slot)
    }

    /// After all groups: the last row is the next block's first, and the descents that are left fill groups again.
    fn finish_block(&mut self, look: Look, block: u64) {
        let row = self.row();
        self.rows.copy_within(block as usize * row..(block as usize + 1) * row, 0);
        if let Some(cycles) = self.cycles.as_mut().filter(|_| look.write) {
            cycles.written(self.step, self.stepwise.state());
        }
        self.groups.compact(self.left);
        if self.groups.soonest() <= self.step {
            self.groups.find_soonest(self.steps);
        }
    }

    fn redo_by_interpreter(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        if self.redo.is_empty() {
            return Ok(self.chunk);
        }
        let cells: Vec<usize> = self.redo.iter().map(|at| at + self.first_cell).collect();
        let grid = self.grid.only(&cells);
        // Its progress was told before.
        let again = Block::new(self.shared, &grid, 0..cells.len()).run(&watch.telling(&|_| ()))?;
        self.chunk.replace(&self.redo, &again);
        Ok(self.chunk)
    }
}
