//! A range of cells, followed step by step together: every descent is at the same step, and those that have ended make
//! room for others from the back, so that lane groups stay full.

use super::super::block::{Block, Shared};
use super::super::chunk::{Cells, Chunk};
use super::super::instruction::Lanes;
use super::super::thresholds::{Thresholds, is_finite};
use super::blocks::BLOCK_STEPS;
use super::cycles::{Cycles, Look};
use super::drawn::Draws;
use super::groups::LaneGroups;
use super::kernel::{Frame, Kernel, zeros};
use super::layout::Slot;
use super::mask::MAX_LANES;
use super::stepwise::Stepwise;
use super::watching::{WINDOW, Watching};
use crate::engine::{EngineError, Watch};
use crate::expr::Real;
use crate::sweep::{FormulaSweep, InitialValue, Input, Source};
use std::ops::Range;

/// Steps that a group makes at a time, at most: its numbers stay near, and what all lanes share fits beside them.
const BLOCK: u64 = 256;
/// What they read of rows, at most (bytes).
const ROWS: usize = 1 << 18;
/// The first blocks are shorter, because whoever ends within one waits for its end.
const FIRST_BLOCK: u64 = 8;

/// A range of cells on the way to their ends.
pub struct Run<'a, T: Real> {
    pub(super) shared: &'a Shared<'a, T>,
    pub(super) kernel: &'a Kernel<T>,
    pub(super) grid: &'a Cells,
    pub(super) thresholds: Thresholds<T>,
    pub(super) first_cell: usize,
    /// Numbers per lane: the kernel's, and behind them those of [`Numbers`].
    pub(super) groups: LaneGroups<T>,
    pub(super) numbers: Numbers,
    pub(super) watching: Watching,
    pub(super) common: Lanes<T>,
    rows: Lanes<T>,
    /// Steps that there are rows for, a power of two.
    most: u64,
    stepwise: Stepwise<'a, T>,
    pub(super) draws: Draws<'a, T>,
    /// None where a step depends on its number, or on what is drawn for it: then nothing repeats itself.
    cycles: Option<Cycles<T>>,
    /// Descents that go on.
    pub(super) left: usize,
    /// The step that all are at, and the sweep's last.
    pub(super) step: u64,
    pub(super) steps: u64,
    /// Steps of descents that have ended, not yet told.
    pub(super) done: u64,
    pub(super) chunk: Chunk,
    /// Cells whose last finite step is no longer there: the interpreter follows them once more.
    pub(super) redo: Vec<usize>,
}

/// Where the numbers of the lanes are that machine code does not know.
#[derive(Debug, Clone, Copy)]
pub struct Numbers {
    pub loss_start: usize,
    /// The least and the largest loss of the first window.
    pub first_window: usize,
    /// What is handed over, as of a step ago: the parameters first, high parts before low ones. With batches: where a descent was judged.
    pub before: usize,
    /// The loss there.
    pub judged_loss: usize,
    /// The first of both windows where means of losses count.
    pub windows: Option<usize>,
    /// What is drawn.
    pub draws: usize,
    /// What is written down to find cycles.
    pub cycles: usize,
}

impl Numbers {
    fn new<T: Real>(spec: &FormulaSweep, kernel: &Kernel<T>) -> Self {
        let loss_start = kernel.layout.of_lanes;
        let before = loss_start + 3;
        let judged_loss = before + spec.program.reported().len();
        let windows = judged_loss + 1;
        let is_noisy = spec.program.is_noisy();
        let draws = windows + if is_noisy { 2 * WINDOW } else { 0 };
        let cycles = draws + Draws::new(spec, kernel, draws).numbers().count();
        let windows = is_noisy.then_some(windows);
        Self { loss_start, first_window: loss_start + 1, before, judged_loss, windows, draws, cycles }
    }
}

impl<'a, T: Real> Run<'a, T> {
    /// All of `cells` of `grid`, at step 0.
    pub fn new(shared: &'a Shared<'a, T>, kernel: &'a Kernel<T>, grid: &'a Cells, cells: Range<usize>) -> Self {
        let spec = shared.spec;
        let layout = &kernel.layout;
        let repeats = !spec.program.reads(Input::StepNumber) && !spec.program.is_noisy();
        let numbers = Numbers::new(spec, kernel);
        let slots = numbers.cycles + if repeats { layout.carried.len() } else { 0 };
        let stepwise = Stepwise::new(spec, kernel);
        let most = (ROWS / (layout.row * layout.isa.bytes()).max(1)).clamp(1, BLOCK as usize);
        let most = 1 << most.ilog2();
        let steps = u64::from(spec.limits.steps);
        let mut run = Self {
            shared,
            kernel,
            grid,
            thresholds: Thresholds::new(spec),
            first_cell: cells.start,
            groups: LaneGroups::new(cells.len(), layout.width(size_of::<T>()), slots, steps),
            numbers,
            watching: Watching::new(spec.windows()),
            common: stepwise.common(kernel),
            rows: zeros((most as usize + 1) * kernel.row()),
            most,
            stepwise,
            draws: Draws::new(spec, kernel, numbers.draws),
            cycles: repeats.then(|| Cycles::new(layout, numbers.cycles)),
            left: cells.len(),
            step: 0,
            steps,
            done: 0,
            chunk: Chunk::new(cells.len(), spec.program.handed()),
            redo: Vec::new(),
        };
        (0..run.groups.count()).for_each(|group| run.place(group));
        run
    }

    /// What was found, lane by lane, of the group that ran last.
    pub(super) fn found(&self, slot: Slot) -> &[T] {
        &self.common[self.range(slot)]
    }

    fn range(&self, slot: Slot) -> Range<usize> {
        let first = slot.vector * self.kernel.layout.isa.bytes() / size_of::<T>();
        first..first + self.groups.width
    }

    /// Where the losses of the group are that was judged last.
    pub(super) fn loss_range(&self) -> Range<usize> {
        self.range(self.kernel.layout.loss)
    }

    /// The descents of a group take their lanes.
    fn place(&mut self, group: usize) {
        let (spec, kernel) = (self.shared.spec, self.kernel);
        for (knob, slot) in kernel.layout.knobs.iter().enumerate() {
            self.put(group, *slot, spec.knobs[knob].source);
        }
        for (carried, slot) in spec.program.carried.iter().zip(&kernel.layout.carried) {
            match carried.initial {
                InitialValue::Zero => {}
                InitialValue::Knob(knob) => self.put(group, *slot, spec.knobs[knob].source),
            }
        }
        for (slot, knob) in self.draws.numbers() {
            self.put(group, Some(slot), spec.knobs[knob].source);
        }
        self.groups.numbers_mut(group, kernel.layout.bar).fill(T::MAX);
        self.forget_window(group, self.numbers.first_window);
    }

    /// No loss is in a window of a group yet.
    pub(super) fn forget_window(&mut self, group: usize, window: usize) {
        self.groups.numbers_mut(group, window).fill(T::MAX);
        self.groups.numbers_mut(group, window + 1).fill(-T::MAX);
    }

    /// Fills a number of all lanes, where they have it. Lanes too many do what the last one does.
    fn put(&mut self, group: usize, slot: Option<usize>, source: Source) {
        let Some(slot) = slot else { return };
        let width = self.groups.width;
        let cells = group * width..self.left.min((group + 1) * width);
        let lanes = self.groups.numbers_mut(group, slot);
        let (lanes, rest) = lanes.split_at_mut(cells.len());
        self.grid.fill(source, self.first_cell + cells.start, lanes);
        rest.fill(lanes[cells.len() - 1]);
    }

    /// Follows every descent to its end.
    pub fn run(mut self, watch: &Watch<'_>) -> Result<Chunk, EngineError> {
        self.begin();
        while self.left > 0 {
            if watch.cancelled() {
                return Err(EngineError::Interrupted);
            }
            self.open_window();
            let block = self.next_block();
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
            self.close_window();
            self.finish_block(look, block);
            (watch.progress)(std::mem::take(&mut self.done) + self.left as u64 * block);
        }
        if watch.cancelled() {
            return Err(EngineError::Interrupted);
        }
        self.redo_by_interpreter(watch)
    }

    /// Steps until all groups must be at one step again.
    fn next_block(&self) -> u64 {
        let whole = self.step.clamp(FIRST_BLOCK, BLOCK).min(self.most);
        let next =
            if self.takes_batches() { self.next_judged(self.step) } else { self.watching.next_change(self.step) };
        (whole - self.step % whole).min(next - self.step)
    }

    /// The loss at the start of every descent, and the bar that follows from it.
    fn begin(&mut self) {
        let kernel = self.kernel;
        self.stepwise.fill(1, &mut self.rows[..kernel.row()]);
        for group in 0..self.groups.count() {
            self.draw(group, 0);
            kernel.prepare(&mut self.frame(group, 0));
            kernel.watch(&mut self.frame(group, 0), 0);
            let mut losses = [T::ZERO; MAX_LANES];
            let losses = &mut losses[..self.groups.width];
            losses.copy_from_slice(self.found(kernel.layout.loss));
            self.groups.numbers_mut(group, self.numbers.loss_start).copy_from_slice(losses);
            for (bar, loss) in self.groups.numbers_mut(group, kernel.layout.bar).iter_mut().zip(losses) {
                if is_finite(*loss) {
                    *bar = self.thresholds.bar.of(*loss);
                }
            }
        }
    }

    /// Draws for a block of steps of a group.
    pub(super) fn draw(&mut self, group: usize, block: u64) {
        let rows = &mut self.rows[..block as usize * self.kernel.row()];
        self.draws.draw(&self.groups, group, self.step, rows);
    }

    /// A group, and the rows of the block behind the first `made` steps.
    pub(super) fn frame(&mut self, group: usize, made: u64) -> Frame<'_, T> {
        let row = self.kernel.row();
        Frame {
            lanes: self.groups.all_numbers_mut(group),
            common: &mut self.common,
            rows: &self.rows[made as usize * row..],
            data: self.draws.data(),
        }
    }

    /// The rows of a block; the first is there.
    fn fill_rows(&mut self, block: u64) {
        let row = self.kernel.row();
        self.stepwise.fill(self.step + 2, &mut self.rows[row..(block as usize + 1) * row]);
        self.draws.share_batches(self.step, &mut self.rows[..block as usize * row]);
    }

    /// What to do about cycles at the end of a block.
    fn look(&self, block: u64) -> Look {
        let now = self.step + block;
        let cycles = self.cycles.as_ref().filter(|_| block > 0 && now.is_multiple_of(FIRST_BLOCK));
        cycles.map_or_else(Look::default, |cycles| cycles.look(now, self.stepwise.state()))
    }

    /// Makes a block of steps with one group.
    fn run_group(&mut self, group: usize, block: u64, look: Look) {
        self.draw(group, block);
        if self.takes_batches() {
            return self.run_batches(group, block);
        }
        let mut made = 0;
        loop {
            self.keep_parameters(group, self.step + made);
            let stop = self.next_stop(group, made, block);
            let judged;
            (made, judged) = self.make_steps(group, made, stop);
            if made == block
                && let Some(cycles) = &self.cycles
                && let Some((lanes, round)) = cycles.look_at(&mut self.groups, group, look)
            {
                self.skip_rounds(group, lanes, (self.step + block, round));
            }
            if !self.end_descents(group, (made, judged), block) || made == block {
                return;
            }
        }
    }

    /// Makes a group's steps until `stop`, or until one in which some descent may have ended; gives how many are made then, and
    /// whether the last of them was looked at.
    fn make_steps(&mut self, group: usize, mut made: u64, stop: u64) -> (u64, bool) {
        if self.numbers.windows.is_some() && self.watching.windows.at(self.step + made + 1).contains(&true) {
            return (self.make_noted_step(group, made, stop), true);
        }
        let kernel = self.kernel;
        let marks = self.groups.marks[group];
        let confirming = marks.confirming & marks.active != 0;
        let watched = self.watching.open() || marks.skipping & marks.active != 0;
        let whole = (stop - made) / BLOCK_STEPS * BLOCK_STEPS;
        if !confirming && whole > 0 {
            let frame = &mut self.frame(group, made);
            made += whole - if watched { kernel.run_watched(frame, whole) } else { kernel.run(frame, whole) };
            // Whoever ends at the last step is found in the next. Only its loss may be missing.
            if !watched && made == stop && marks.soonest > self.step + stop {
                return (made, false);
            }
        }
        (stop - kernel.watch(&mut self.frame(group, made), stop - made), true)
    }

    /// Steps of the block until something is due in some descent of the group, or will be in its next step.
    fn next_stop(&self, group: usize, made: u64, block: u64) -> u64 {
        let (now, end, soonest) = (self.step + made, self.step + block, self.groups.marks[group].soonest);
        if soonest > end {
            return block;
        }
        // Where it is a last step, the parameters before it are kept.
        let stop = if now + 1 < soonest { soonest - 1 } else { soonest };
        stop.max(now) - self.step
    }

    /// What the lanes carry of a parameter.
    pub(super) fn carried(&self, group: usize, carried: usize) -> &[T] {
        self.groups.numbers(group, self.slot_of(carried))
    }

    /// Where the lanes' numbers have it.
    pub(super) fn slot_of(&self, carried: usize) -> usize {
        self.kernel.layout.carried[carried].expect("parameters differ between lanes")
    }

    /// After all groups: the last row is the next block's first, and the descents that are left fill groups again.
    fn finish_block(&mut self, look: Look, block: u64) {
        let row = self.kernel.row();
        self.rows.copy_within(block as usize * row..(block as usize + 1) * row, 0);
        if let Some(cycles) = self.cycles.as_mut().filter(|_| look.write) {
            cycles.written(self.step, self.stepwise.state());
        }
        self.groups.compact(self.left, self.step);
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
