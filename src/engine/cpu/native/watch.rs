//! What the trend of a descent is told from: the losses of two windows, and the parameters a step before the last.

use super::groups::{Marks, NEVER, Plan};
use super::mask::{Mask, first_lanes, lanes_of};
use super::run::Run;
use crate::expr::Real;

impl<T: Real> Run<'_, T> {
    /// Forgets the losses that do not belong to a window which begins here.
    pub(super) fn open_window(&mut self) {
        let watching = self.watching;
        if self.takes_batches() || watching.open() || watching.begins().get(watching.closed) != Some(&self.step) {
            return;
        }
        self.watching.opened += 1;
        for group in 0..self.groups.count() {
            if self.numbers.windows.is_some() {
                self.draw(group, 0);
                let kernel = self.kernel;
                kernel.watch(&mut self.frame(group, 0), 0);
                self.note_losses(group, self.step);
                continue;
            }
            let skipping = self.groups.marks[group].skipping;
            self.forget_losses(group, !skipping);
        }
    }

    /// Keeps the losses of the first window when it ends here.
    pub(super) fn close_window(&mut self) {
        let watching = self.watching;
        if !watching.open() || watching.ends()[watching.closed] != self.step {
            return;
        }
        self.watching.closed += 1;
        if watching.closed > 0 {
            return;
        }
        let (from, to) = (self.kernel.layout.watch, self.numbers.first_window);
        for group in 0..self.groups.count() {
            // Descents that skip rounds have windows of their own, or need none: theirs are alike.
            let Marks { active, skipping, .. } = self.groups.marks[group];
            if skipping == 0 {
                (0..2).for_each(|part| self.groups.copy_number(group, from + part, to + part));
            } else {
                lanes_of(active & !skipping).for_each(|lane| self.keep_first_window(group, lane));
            }
        }
    }

    /// Forgets what was watched in some lanes.
    fn forget_losses(&mut self, group: usize, lanes: Mask) {
        let watch = self.kernel.layout.watch;
        if lanes == Mask::MAX {
            return self.forget_window(group, watch);
        }
        let lanes = lanes & first_lanes(self.groups.width);
        for (part, value) in [T::MAX, -T::MAX].into_iter().enumerate() {
            let numbers = self.groups.numbers_mut(group, watch + part);
            lanes_of(lanes).for_each(|lane| numbers[lane] = value);
        }
    }

    /// Keeps the parameters of a group in which some descent has one step left.
    pub(super) fn keep_parameters(&mut self, group: usize, now: u64) {
        let marks = self.groups.marks[group];
        if marks.soonest > now + 1 {
            return;
        }
        if self.groups.last_at(group, now + 1) != 0 {
            for (at, carried) in self.shared.spec.program.reported().into_iter().enumerate() {
                self.groups.copy_number(group, self.slot_of(carried), self.numbers.before + at);
            }
        }
    }

    /// Descents that carry what they carried `round` steps ago go on so for ever. Whole rounds need not be made.
    pub(super) fn skip_rounds(&mut self, group: usize, lanes: Mask, (now, round): (u64, u64)) {
        let marks = self.groups.marks[group];
        let found = lanes & marks.active & !marks.confirming & !marks.skipping;
        let Some(plan) = self.shortened(now, round).filter(|_| found != 0) else { return };
        self.groups.follow(group, found, plan, now);
        self.forget_losses(group, found);
    }

    /// What is due in a descent that repeats itself after `round` steps; none where nothing is gained, or the first window is
    /// not a part of what repeats itself and has not ended.
    fn shortened(&self, now: u64, round: u64) -> Option<Plan> {
        let windows = self.watching.windows;
        let width = windows.width;
        let first_is_known = now > windows.middle;
        if !first_is_known && now - round > windows.first() {
            return None;
        }
        // The first step from `from` on at which it is where it would be at `step`.
        let alike = |step: u64, from: u64| from + (step % round + round - from % round) % round;
        let mut own = [NEVER; 3];
        let last = if round <= width {
            // Any window has the losses of a whole round, which is watched from here on.
            alike(self.steps, now + round)
        } else {
            let mut from = now;
            if !first_is_known {
                let middle = alike(windows.middle, now + width);
                (own[0], own[1], from) = (middle + 1 - width, middle, middle);
            }
            let last = alike(self.steps, from + width);
            own[2] = last + 1 - width;
            last
        };
        (last < self.steps).then_some(Plan { last, windows: own })
    }

    /// Begins and ends windows of descents that skip rounds, where they are due.
    pub(super) fn keep_own_windows(&mut self, group: usize, now: u64) {
        let skipping = self.groups.marks[group].skipping;
        for lane in lanes_of(skipping & self.groups.marks[group].active) {
            let windows = self.groups.plan(group, lane).windows;
            for (which, _) in windows.iter().enumerate().filter(|(_, due)| **due == now) {
                if which == 1 {
                    self.keep_first_window(group, lane);
                } else {
                    self.forget_losses(group, 1 << lane);
                }
            }
        }
    }

    /// The losses that were watched are those of the first window.
    fn keep_first_window(&mut self, group: usize, lane: usize) {
        for part in 0..2 {
            let value = self.groups.numbers(group, self.kernel.layout.watch + part)[lane];
            self.groups.numbers_mut(group, self.numbers.first_window + part)[lane] = value;
        }
    }
}
