//! Descents whose steps take batches: they are judged once in every pass over the data, and at their last step. Steps between
//! only look at whether a parameter is beyond its limit.

use super::mask::{Mask, lanes_of};
use super::run::Run;
use crate::expr::Real;

impl<T: Real> Run<'_, T> {
    /// Whether steps take batches.
    pub(super) fn takes_batches(&self) -> bool {
        self.shared.spec.program.batch.is_some()
    }

    fn period(&self) -> u64 {
        u64::from(self.shared.spec.program.period())
    }

    /// Whether a step is judged.
    fn is_judged(&self, step: u64) -> bool {
        step.is_multiple_of(self.period()) || step == self.steps
    }

    /// How many steps before this one were judged, or that are: the number of a judged step.
    pub(super) fn judged(&self, step: u64) -> u64 {
        if step == self.steps { self.watching.windows.last } else { step / self.period() }
    }

    /// The first step behind this one that is judged.
    pub(super) fn next_judged(&self, step: u64) -> u64 {
        ((step / self.period() + 1) * self.period()).min(self.steps)
    }

    /// Makes a block of steps with one group, which ends at the next judged step at the latest.
    pub(super) fn run_batches(&mut self, group: usize, block: u64) {
        if self.step == 0 && !self.judge(group, 0, block) {
            return;
        }
        let (kernel, mut made) = (self.kernel, 0);
        loop {
            made = block - kernel.run(&mut self.frame(group, made), block - made);
            let goes_on = if made == block && self.is_judged(self.step + made) {
                self.judge(group, made, block)
            } else {
                self.end_descents(group, (made, false), block)
            };
            if made == block || !goes_on {
                return;
            }
        }
    }

    /// Judges a group `made` steps into the block; gives whether some descents go on.
    fn judge(&mut self, group: usize, made: u64, block: u64) -> bool {
        let kernel = self.kernel;
        kernel.watch(&mut self.frame(group, made), 0);
        self.note_losses(group, self.step + made);
        let goes_on = self.end_descents(group, (made, true), block);
        if goes_on {
            self.keep_judged(group);
        }
        goes_on
    }

    /// Keeps loss and parameters of a judged step, because the step before the end need not be judged.
    fn keep_judged(&mut self, group: usize) {
        for (at, carried) in self.shared.spec.program.reported().into_iter().enumerate() {
            self.groups.copy_number(group, self.slot_of(carried), self.numbers.before + at);
        }
        let loss = self.loss_range();
        self.groups.numbers_mut(group, self.numbers.judged_loss).copy_from_slice(&self.common[loss]);
    }

    /// Some lanes are where they were judged last.
    pub(super) fn go_back_to_judged(&mut self, group: usize, lanes: Mask) {
        let loss = self.loss_range().start;
        for lane in lanes_of(lanes) {
            for (at, carried) in self.shared.spec.program.reported().into_iter().enumerate() {
                let before = self.groups.numbers(group, self.numbers.before + at)[lane];
                let slot = self.slot_of(carried);
                self.groups.numbers_mut(group, slot)[lane] = before;
            }
            self.common[loss + lane] = self.groups.numbers(group, self.numbers.judged_loss)[lane];
        }
    }
}
