//! Lane groups: the numbers of descents that are stepped together.

use super::super::instruction::Lanes;
use super::kernel::zeros;
use super::mask::{MAX_LANES, Mask, first_lanes, lanes_of};
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
    /// Per group, the lanes that follow a descent. The others do what one of them does or did.
    pub active: Vec<Mask>,
    /// Per lane, its cell, counted from the first of all.
    cells: Vec<usize>,
    /// Per lane that follows a descent, the step at which that has no steps left: sooner than the sweep's where whole rounds
    /// are skipped.
    last: Vec<u64>,
    /// The least of them, or less.
    soonest: u64,
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
            active: (0..groups).map(active).collect(),
            cells: (0..groups * width).collect(),
            last: vec![steps; groups * width],
            soonest: steps,
        }
    }

    /// How many groups there are.
    pub fn count(&self) -> usize {
        self.active.len()
    }

    fn places(&self, group: usize, number: usize) -> Range<usize> {
        let first = (group * self.slots + number) * self.width;
        first..first + self.width
    }

    /// The lanes' values of a number.
    pub fn numbers(&self, group: usize, number: usize) -> &[T] {
        &self.numbers[self.places(group, number)]
    }

    /// The same, to be written.
    pub fn numbers_mut(&mut self, group: usize, number: usize) -> &mut [T] {
        let places = self.places(group, number);
        &mut self.numbers[places]
    }

    /// All numbers of a group.
    pub fn all_numbers_mut(&mut self, group: usize) -> &mut [T] {
        let size = self.slots * self.width;
        &mut self.numbers[group * size..(group + 1) * size]
    }

    /// Writes one number of all lanes over another.
    pub fn copy_number(&mut self, group: usize, from: usize, to: usize) {
        let (from, to) = (self.places(group, from), self.places(group, to).start);
        self.numbers.copy_within(from, to);
    }

    /// A lane, by its group and place there, takes over all numbers of another.
    pub fn copy_lane(&mut self, from: (usize, usize), to: (usize, usize)) {
        let (from, to) = (self.places(from.0, 0).start + from.1, self.places(to.0, 0).start + to.1);
        for number in (0..self.slots * self.width).step_by(self.width) {
            self.numbers[to + number] = self.numbers[from + number];
        }
    }

    /// The cells of a group's lanes.
    pub fn cells(&self, group: usize) -> &[usize] {
        &self.cells[group * self.width..(group + 1) * self.width]
    }

    /// The last steps of a group's lanes.
    pub fn last(&self, group: usize) -> &[u64] {
        &self.last[group * self.width..(group + 1) * self.width]
    }

    /// No lane that follows a descent has a sooner last step.
    pub fn soonest(&self) -> u64 {
        self.soonest
    }

    /// A descent's last step is sooner than it was.
    pub fn set_last(&mut self, group: usize, lane: usize, step: u64) {
        self.last[group * self.width + lane] = step;
        self.soonest = self.soonest.min(step);
    }

    /// Looks for the soonest last step again; of no descent it is `otherwise`.
    pub fn find_soonest(&mut self, otherwise: u64) {
        let groups = self.active.iter().zip(self.last.chunks_exact(self.width));
        let lasts = groups.flat_map(|(active, last)| lanes_of(*active).map(|lane| last[lane]));
        self.soonest = lasts.min().unwrap_or(otherwise);
    }

    /// Descents of the last groups take lanes that follow none, until no more groups are left than the descents, `left` in
    /// number, need.
    pub fn compact(&mut self, left: usize) {
        let kept = left.div_ceil(self.width);
        let full = first_lanes(self.width);
        let mut group = 0;
        while self.active.len() > kept {
            let from = self.active.len() - 1;
            for lane in lanes_of(self.active[from]) {
                while self.active[group] == full {
                    group += 1;
                }
                let hole = (!self.active[group]).trailing_zeros() as usize;
                self.copy_lane((from, lane), (group, hole));
                let (from, to) = (from * self.width + lane, group * self.width + hole);
                self.cells[to] = self.cells[from];
                self.last[to] = self.last[from];
                self.active[group] |= 1 << hole;
            }
            self.active.pop();
        }
    }
}
