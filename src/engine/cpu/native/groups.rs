//! Lane groups: the numbers of descents that are stepped together.

use super::super::instruction::Lanes;
use super::kernel::zeros;
use super::mask::{MAX_LANES, Mask, first_lanes, lanes_of, mask_of};
use super::places::Places;
use crate::expr::Real;
use std::ops::Range;

/// Descents that are all at the same step, each in a lane of a group.
pub struct LaneGroups<T: Real> {
    /// Lanes of a group.
    pub width: usize,
    /// Numbers per lane.
    slots: usize,
    /// Group by group, number by number, lane by lane.
    numbers: Lanes<T>,
    /// Per group, which of its lanes are what.
    pub marks: Vec<Marks>,
    /// Per lane, its cell, counted from the first of all.
    cells: Vec<usize>,
    /// Of lanes that skip rounds: those that were found at the same step have the same.
    plans: Vec<Plan>,
    /// Per lane that skips rounds, the number of its plan.
    plan_of: Vec<u32>,
    /// Per lane whose stop test holds, the step at which it began to.
    held_since: Vec<u64>,
    /// The last step of all others.
    steps: u64,
}

/// The steps at which something is due in a lane that skips rounds; [`NEVER`] for what is not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// No steps are left: sooner than the sweep's last.
    pub last: u64,
    /// Of a descent that has windows of its own: the first begins, it ends, the second begins.
    pub windows: [u64; 3],
}

/// A step that never comes.
pub const NEVER: u64 = u64::MAX;

impl Plan {
    /// The first of them behind a step.
    fn due(&self, now: u64) -> u64 {
        let [a, b, c] = self.windows;
        [self.last, a, b, c].into_iter().filter(|due| *due > now).fold(NEVER, u64::min)
    }
}

/// Lanes of a group.
#[derive(Debug, Clone, Copy, Default)]
pub struct Marks {
    /// Those that follow a descent. The others do what one of them does or did.
    pub active: Mask,
    /// Of these, those whose stop test holds and must go on holding.
    pub confirming: Mask,
    /// And those that repeat themselves and skip whole rounds.
    pub skipping: Mask,
    /// Nothing is due in the group before this step.
    pub soonest: u64,
    /// Whether the cells of its lanes do not follow each other any more.
    pub mixed: bool,
}

impl<T: Real> LaneGroups<T> {
    /// Room for the descents of `cells` cells of at most `steps` steps each, in groups of `width` lanes with `slots` numbers.
    pub fn new(cells: usize, width: usize, slots: usize, steps: u64) -> Self {
        debug_assert!(width <= MAX_LANES);
        let groups = cells.div_ceil(width);
        let active = |group: usize| first_lanes(width.min(cells - group * width));
        Self {
            width,
            slots,
            numbers: zeros(groups * slots * width),
            marks: (0..groups)
                .map(|group| Marks { active: active(group), soonest: steps, ..Marks::default() })
                .collect(),
            cells: (0..groups * width).collect(),
            plans: Vec::new(),
            plan_of: vec![0; groups * width],
            held_since: vec![0; groups * width],
            steps,
        }
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.marks.len()
    }

    fn range(&self, group: usize, number: usize) -> Range<usize> {
        let first = (group * self.slots + number) * self.width;
        first..first + self.width
    }

    /// The lanes' values of a number.
    pub fn numbers(&self, group: usize, number: usize) -> &[T] {
        &self.numbers[self.range(group, number)]
    }

    /// The same, to be written.
    pub fn numbers_mut(&mut self, group: usize, number: usize) -> &mut [T] {
        let places = self.range(group, number);
        &mut self.numbers[places]
    }

    /// All numbers of a group.
    pub fn all_numbers_mut(&mut self, group: usize) -> &mut [T] {
        let size = self.slots * self.width;
        &mut self.numbers[group * size..(group + 1) * size]
    }

    /// Writes one number of all lanes over another.
    pub fn copy_number(&mut self, group: usize, from: usize, to: usize) {
        let (from, to) = (self.range(group, from), self.range(group, to).start);
        self.numbers.copy_within(from, to);
    }

    /// A lane, by its group and place there, takes over all numbers of another.
    pub fn copy_lane(&mut self, from: (usize, usize), to: (usize, usize)) {
        let (from, to) = (self.range(from.0, 0).start + from.1, self.range(to.0, 0).start + to.1);
        for number in (0..self.slots * self.width).step_by(self.width) {
            self.numbers[to + number] = self.numbers[from + number];
        }
    }

    /// Where numbers of some of a group's lanes are written down.
    pub fn places(&self, group: usize, lanes: Mask) -> Places<'_> {
        let whole = lanes == first_lanes(self.width) && !self.marks[group].mixed;
        Places { lanes, cells: self.cells(group), whole }
    }

    /// The cells of a group's lanes.
    pub fn cells(&self, group: usize) -> &[usize] {
        &self.cells[group * self.width..(group + 1) * self.width]
    }

    /// What is due in a lane that skips rounds, and when.
    pub fn plan(&self, group: usize, lane: usize) -> Plan {
        self.plans[self.plan_of[group * self.width + lane] as usize]
    }

    /// Those of a group's descents that have no steps left at a step.
    pub fn last_at(&self, group: usize, step: u64) -> Mask {
        let Marks { active, skipping, .. } = self.marks[group];
        let others = if step == self.steps { active & !skipping } else { 0 };
        others | mask_of(lanes_of(active & skipping).filter(|lane| self.plan(group, *lane).last == step))
    }

    /// Since when the stop test of a lane holds.
    pub fn held_since(&mut self, group: usize) -> &mut [u64] {
        &mut self.held_since[group * self.width..(group + 1) * self.width]
    }

    /// Some lanes skip rounds by a plan from a step on.
    pub fn follow(&mut self, group: usize, lanes: Mask, plan: Plan, now: u64) {
        if self.plans.last() != Some(&plan) {
            self.plans.push(plan);
        }
        let number = (self.plans.len() - 1) as u32;
        let plan_of = &mut self.plan_of[group * self.width..(group + 1) * self.width];
        lanes_of(lanes).for_each(|lane| plan_of[lane] = number);
        let marks = &mut self.marks[group];
        marks.skipping |= lanes;
        marks.soonest = marks.soonest.min(plan.due(now));
    }

    /// Looks again for the step at which something is due first in a group, behind this one.
    pub fn find_soonest(&mut self, group: usize, now: u64) {
        let Marks { active, skipping, .. } = self.marks[group];
        let others = if active & !skipping == 0 { NEVER } else { self.steps };
        let due = lanes_of(active & skipping).map(|lane| self.plan(group, lane).due(now));
        self.marks[group].soonest = due.fold(others, u64::min);
    }

    /// Descents of the last groups, which are at a step, take lanes that follow none, until no more groups are left than the descents,
    /// `left` in number, need.
    pub fn compact(&mut self, left: usize, now: u64) {
        let kept = left.div_ceil(self.width);
        let full = first_lanes(self.width);
        let mut group = 0;
        while self.marks.len() > kept {
            let from = self.marks.len() - 1;
            let marks = self.marks[from];
            for lane in lanes_of(marks.active) {
                while self.marks[group].active == full {
                    group += 1;
                }
                let hole = (!self.marks[group].active).trailing_zeros() as usize;
                self.copy_lane((from, lane), (group, hole));
                let skips = marks.skipping >> lane & 1;
                let due = if skips == 1 { self.plan(from, lane).due(now) } else { self.steps };
                let (from, to) = (from * self.width + lane, group * self.width + hole);
                self.cells[to] = self.cells[from];
                self.held_since[to] = self.held_since[from];
                self.plan_of[to] = self.plan_of[from];
                let to = &mut self.marks[group];
                to.active |= 1 << hole;
                to.confirming |= (marks.confirming >> lane & 1) << hole;
                to.skipping |= skips << hole;
                to.soonest = to.soonest.min(due);
                to.mixed = true;
            }
            self.marks.pop();
        }
    }
}
