//! A range of cells, followed step by step together: every descent is at the same step, and those that have ended make
//! room for others from the back, so that squads stay full.

use super::super::chunk::{Chunk, SweepCommon};
use super::super::instruction::Lanes;
use super::super::judge::{Thresholds, is_finite};
use super::super::lanes::{Block, Shared};
use super::cycles::{Look, Snapshot};
use super::layout::Slot;
use super::stepwise::Stepwise;
use super::{Frame, Kernel, zeros};
use crate::engine::{EngineError, Watch};
use crate::expr::Real;
use crate::sweep::{InitialValue, Input, Outcome, unfinished};
use std::ops::Range;

/// Steps that a squad makes at a time, at most: its numbers stay near, and what all lanes share fits beside them.
pub const BLOCK: u64 = 64;
/// The first blocks are shorter, because whoever ends within one waits for its end.
const FIRST_BLOCK: u64 = 8;

/// A range of cells on the way to their ends.
pub struct Cohort<'a, T: Real> {
    shared: &'a Shared<'a, T>,
    pub(super) kernel: &'a Kernel,
    grid: &'a SweepCommon,
    thresholds: Thresholds<T>,
    first_cell: usize,
    /// Lanes of a squad, at most 64.
    pub(super) width: usize,
    /// Numbers per lane: the kernel's, the loss at the start, what was carried some steps ago.
    slots: usize,
    /// Squad by squad, number by number, lane by lane.
    pub(super) lanes: Lanes<T>,
    common: Lanes<T>,
    rows: Lanes<T>,
    pub(super) stepwise: Stepwise<'a, T>,
    /// Per squad, the lanes that follow a descent, as bits. The others do what one of them does or did.
    pub(super) riding: Vec<u64>,
    /// Per lane, its cell (from `first_cell`).
    cells: Vec<usize>,
    /// Per lane that follows a descent, the step at which that has no steps left: sooner than the sweep's where whole rounds
    /// are skipped.
    pub(super) last: Vec<u64>,
    /// The least of them, or less.
    pub(super) soonest: u64,
    /// Descents that go on.
    left: usize,
    /// The step that all are at; of so many.
    pub(super) step: u64,
    pub(super) steps: u64,
    /// Steps of descents that have ended, not yet told.
    done: u64,
    pub(super) snapshot: Option<Snapshot<T>>,
    chunk: Chunk,
    /// Cells whose last finite step is no longer there: the interpreter follows them once more.
    redo: Vec<usize>,
}

impl<'a, T: Real> Cohort<'a, T> {
    /// All of `cells` of `grid`, at step 0.
    pub fn new(shared: &'a Shared<'a, T>, kernel: &'a Kernel, grid: &'a SweepCommon, cells: Range<usize>) -> Self {
        let spec = shared.spec;
        let layout = &kernel.layout;
        let width = layout.width(size_of::<T>());
        let squads = cells.len().div_ceil(width);
        let repeats = !spec.program.reads(Input::StepNumber);
        let slots = layout.of_lanes + 1 + if repeats { layout.carried.len() } else { 0 };
        let stepwise = Stepwise::new(spec, kernel);
        let row = layout.row * layout.isa.bytes() / size_of::<T>();
        let steps = u64::from(spec.limits.steps);
        let mut cohort = Self {
            shared,
            kernel,
            grid,
            thresholds: Thresholds::new(spec),
            first_cell: cells.start,
            width,
            slots,
            lanes: zeros(squads * slots * width),
            common: stepwise.common(kernel),
            rows: zeros((BLOCK as usize + 1) * row),
            stepwise,
            riding: vec![0; squads],
            cells: (0..squads * width).collect(),
            last: vec![steps; squads * width],
            soonest: steps,
            left: cells.len(),
            step: 0,
            steps,
            done: 0,
            snapshot: repeats.then(|| Snapshot { step: 0, state: Vec::new() }),
            chunk: Chunk::new(cells.len(), spec.program.parameters.len()),
            redo: Vec::new(),
        };
        (0..squads).for_each(|squad| cohort.board(squad));
        cohort
    }

    /// Where the lanes' values of a number begin.
    pub(super) fn at(&self, squad: usize, number: usize) -> usize {
        (squad * self.slots + number) * self.width
    }

    /// The lanes' values of a number.
    fn numbers(&self, squad: usize, number: usize) -> &[T] {
        &self.lanes[self.at(squad, number)..][..self.width]
    }

    /// What was found, lane by lane, of the squad that ran last.
    fn found(&self, slot: Slot) -> &[T] {
        let first = slot.vector * self.kernel.layout.isa.bytes() / size_of::<T>();
        &self.common[first..first + self.width]
    }

    /// The descents of a squad take their lanes.
    fn board(&mut self, squad: usize) {
        let (spec, kernel) = (self.shared.spec, self.kernel);
        let first = squad * self.width;
        self.riding[squad] = u64::MAX >> (64 - self.width.min(self.left - first));
        // Lanes too many do what the last one does.
        let last = self.left - 1;
        let places: Vec<(usize, usize)> =
            (first..first + self.width).map(|cell| self.grid.place(self.first_cell + cell.min(last))).collect();
        for (knob, slot) in kernel.layout.knobs.iter().enumerate() {
            self.put(squad, *slot, |grid, lane| grid.value_at(spec.knobs[knob].source, places[lane]));
        }
        for (carried, slot) in spec.program.carried.iter().zip(&kernel.layout.carried) {
            match carried.initial {
                InitialValue::Zero => {}
                InitialValue::Knob(knob) => {
                    self.put(squad, *slot, |grid, lane| grid.value_at(spec.knobs[knob].source, places[lane]));
                }
            }
        }
        let bar = self.at(squad, kernel.layout.bar);
        self.lanes[bar..bar + self.width].fill(T::MAX);
    }

    /// Fills a number of all lanes, where they have it.
    fn put(&mut self, squad: usize, slot: Option<usize>, value: impl Fn(&SweepCommon, usize) -> f64) {
        let Some(slot) = slot else { return };
        let at = self.at(squad, slot);
        for (lane, to) in self.lanes[at..at + self.width].iter_mut().enumerate() {
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
            (0..self.riding.len()).for_each(|squad| self.run_squad(squad, block, look));
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
        for squad in 0..self.riding.len() {
            kernel.prepare(&mut self.frame(squad, 0));
            kernel.run(&mut self.frame(squad, 0), 0);
            let (start, bar) = (self.at(squad, kernel.layout.of_lanes), self.at(squad, kernel.layout.bar));
            for lane in 0..self.width {
                let loss = self.found(kernel.layout.loss)[lane];
                self.lanes[start + lane] = loss;
                if is_finite(loss) {
                    self.lanes[bar + lane] = self.thresholds.bar_value(loss);
                }
            }
        }
    }

    /// Numbers in a row.
    fn row(&self) -> usize {
        self.rows.len() / (BLOCK as usize + 1)
    }

    /// A squad, and the rows from the one on that so many steps of the block precede.
    fn frame(&mut self, squad: usize, made: u64) -> Frame<'_, T> {
        let (size, row) = (self.slots * self.width, self.row());
        Frame {
            lanes: &mut self.lanes[squad * size..(squad + 1) * size],
            common: &mut self.common,
            rows: &self.rows[made as usize * row..],
        }
    }

    /// The rows of a block; the first is there.
    fn fill_rows(&mut self, block: u64) {
        let row = self.row();
        self.stepwise.fill(self.step + 2, &mut self.rows[row..(block as usize + 1) * row]);
    }

    /// Makes a block of steps with one squad.
    fn run_squad(&mut self, squad: usize, block: u64, look: Look) {
        let mut made = 0;
        loop {
            let stop = self.next_stop(squad, block);
            let left = self.kernel.run(&mut self.frame(squad, made), stop - made);
            made = stop - left;
            if made == block {
                self.look_at(squad, look, block);
            }
            if !self.end_descents(squad, made) || made == block {
                return;
            }
        }
    }

    /// Steps of the block until somebody of the squad has none left.
    fn next_stop(&self, squad: usize, block: u64) -> u64 {
        if self.soonest >= self.step + block {
            return block;
        }
        let riders = bits(self.riding[squad]).map(|lane| self.last[squad * self.width + lane] - self.step);
        riders.fold(block, u64::min)
    }

    /// Writes down every descent of the squad that ends after so many steps of the block; gives whether others go on.
    fn end_descents(&mut self, squad: usize, made: u64) -> bool {
        let now = self.step + made;
        let ended = self.found(self.kernel.layout.ended);
        let any = ended.iter().fold(false, |any, flag| any | (flag.to_bits() != T::Bits::default()));
        // The machine code does not look at parameters. One that is not finite stays so: a look now and then is enough.
        let lost = if now.is_power_of_two() { self.riding[squad] & !self.usable(squad, self.riding[squad]) } else { 0 };
        if !any && lost == 0 && self.soonest > now {
            return true;
        }
        let flagged = flagged(ended) | lost;
        let lasts = &self.last[squad * self.width..(squad + 1) * self.width];
        let out_of_steps = mask(bits(self.riding[squad]).filter(|lane| lasts[*lane] == now));
        let ending = self.riding[squad] & (flagged | out_of_steps);
        self.record(squad, ending, flagged, now);
        self.riding[squad] &= !ending;
        let Some(rider) = bits(self.riding[squad]).next() else { return false };
        // Lanes without a descent do what another one does, so that they never end first.
        bits(flagged).for_each(|lane| self.copy((squad, rider), (squad, lane)));
        true
    }

    fn copy(&mut self, from: (usize, usize), to: (usize, usize)) {
        let (from, to) = (self.at(from.0, 0) + from.1, self.at(to.0, 0) + to.1);
        for number in (0..self.slots * self.width).step_by(self.width) {
            self.lanes[to + number] = self.lanes[from + number];
        }
    }

    /// Writes down the descents of some lanes, `flagged` or out of steps.
    fn record(&mut self, squad: usize, ending: u64, flagged: u64, now: u64) {
        let mut chunk = std::mem::take(&mut self.chunk);
        let cells = &self.cells[squad * self.width..(squad + 1) * self.width];
        let loss_start = self.numbers(squad, self.kernel.layout.of_lanes);
        let loss = self.found(self.kernel.layout.loss);
        let usable = self.usable(squad, ending);
        for lane in bits(ending) {
            let at = cells[lane];
            let (flagged, usable) = (flagged >> lane & 1 == 1, usable >> lane & 1 == 1);
            // Who repeats itself is where it would be at its last step.
            let steps = if flagged { now } else { self.steps };
            chunk.steps[at] = steps as u32;
            chunk.codes[at] = match () {
                () if !usable => Outcome::Diverged,
                () if flagged => self.decide(squad, lane),
                () => unfinished(loss_start[lane].to_f64(), loss[lane].to_f64()),
            } as u8;
            if usable {
                chunk.loss_start[at] = loss_start[lane].to_f64();
                chunk.loss_final[at] = loss[lane].to_f64();
            }
        }
        for (number, parameter) in self.shared.spec.program.parameters.iter().enumerate() {
            let hi = self.carried(squad, parameter.hi);
            let lo = parameter.lo.map(|lo| self.carried(squad, lo));
            for lane in bits(ending) {
                chunk.parameters[number][cells[lane]] = hi[lane].to_f64() + lo.map_or(0.0, |lo| lo[lane].to_f64());
            }
        }
        if now > 0 {
            self.redo.extend(bits(ending & !usable).map(|lane| cells[lane]));
        }
        self.chunk = chunk;
        let ended = u64::from(ending.count_ones());
        self.left -= ended as usize;
        self.done += ended * (self.steps + 1 - self.step);
    }

    /// What ended a descent whose numbers are finite. In this order: diverged, converged, out of steps.
    fn decide(&self, squad: usize, lane: usize) -> Outcome {
        let layout = &self.kernel.layout;
        let loss = self.found(layout.loss)[lane];
        if loss.magnitude_bits() > self.numbers(squad, layout.bar)[lane].magnitude_bits() {
            return Outcome::Diverged;
        }
        if layout.slopes.iter().all(|slope| self.found(*slope)[lane].magnitude_bits() < self.thresholds.gtol) {
            return Outcome::Converged;
        }
        unfinished(self.numbers(squad, layout.of_lanes)[lane].to_f64(), loss.to_f64())
    }

    /// Those of some lanes whose loss and parameters are finite.
    fn usable(&self, squad: usize, lanes: u64) -> u64 {
        let loss = self.found(self.kernel.layout.loss);
        let finite = mask(bits(lanes).filter(|lane| is_finite(loss[*lane])));
        self.shared.spec.program.parameters.iter().fold(finite, |usable, parameter| {
            let values = self.carried(squad, parameter.hi);
            let absurd = |lane: &usize| values[*lane].magnitude_bits() > self.thresholds.absurd;
            bits(usable).filter(absurd).fold(usable, |usable, lane| usable & !(1 << lane))
        })
    }

    /// What the lanes carry of a parameter.
    fn carried(&self, squad: usize, carried: usize) -> &[T] {
        let slot = self.kernel.layout.carried[carried].expect("parameters differ between lanes");
        self.numbers(squad, slot)
    }

    /// After all squads: the last row is the next block's first, and who is left closes ranks.
    fn finish_block(&mut self, look: Look, block: u64) {
        let row = self.row();
        self.rows.copy_within(block as usize * row..(block as usize + 1) * row, 0);
        if let Some(snapshot) = self.snapshot.as_mut().filter(|_| look.write) {
            *snapshot = Snapshot { step: self.step, state: self.stepwise.state().collect() };
        }
        self.close_ranks();
        if self.soonest <= self.step {
            let squads = self.riding.iter().zip(self.last.chunks_exact(self.width));
            let lasts = squads.flat_map(|(riding, lasts)| bits(*riding).map(|lane| lasts[lane]));
            self.soonest = lasts.min().unwrap_or(self.steps);
        }
    }

    /// Descents from the back take the lanes of those that have ended, where that frees a squad.
    fn close_ranks(&mut self) {
        let kept = self.left.div_ceil(self.width);
        let full = u64::MAX >> (64 - self.width);
        let mut squad = 0;
        while self.riding.len() > kept {
            let from = self.riding.len() - 1;
            for lane in bits(self.riding[from]) {
                while self.riding[squad] == full {
                    squad += 1;
                }
                let hole = (!self.riding[squad]).trailing_zeros() as usize;
                self.copy((from, lane), (squad, hole));
                let (from, to) = (from * self.width + lane, squad * self.width + hole);
                self.cells[to] = self.cells[from];
                self.last[to] = self.last[from];
                self.riding[squad] |= 1 << hole;
            }
            self.riding.pop();
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

/// The places of the bits that are set, lowest first.
pub fn bits(mut mask: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let lowest = (mask != 0).then(|| mask.trailing_zeros() as usize);
        mask &= mask.wrapping_sub(1);
        lowest
    })
}

/// Some lanes as bits.
pub fn mask(lanes: impl Iterator<Item = usize>) -> u64 {
    lanes.fold(0, |all, lane| all | 1 << lane)
}

/// The places of those that are not zero, as bits.
fn flagged<T: Real>(flags: &[T]) -> u64 {
    mask((0..flags.len()).filter(|lane| flags[*lane].to_bits() != T::Bits::default()))
}
