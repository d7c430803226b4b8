//! Descents that repeat themselves, and so need not be followed to their last step.

use super::groups::LaneGroups;
use super::layout::Layout;
use super::mask::{Mask, differing, first_lanes};
use crate::expr::Real;

/// The lanes' numbers are written down now and then (Brent 1980): a descent that carries the same again, bit for bit,
/// repeats itself.
pub struct Cycles<T: Real> {
    /// The step at which they were written down last; 0 before.
    step: u64,
    /// What all lanes carried together then.
    state: Vec<T::Bits>,
    /// Numbers that lanes carry, and where each is written down.
    carried: Vec<(usize, usize)>,
}

/// What to do about cycles at the end of a block.
#[derive(Debug, Clone, Copy, Default)]
pub struct Look {
    /// How long ago the numbers were written down that the present ones are compared with.
    round: Option<u64>,
    /// Whether the present ones are written down.
    pub write: bool,
}

impl<T: Real> Cycles<T> {
    /// Nothing is written down; it will be in the lanes' numbers from `first` on.
    pub fn new(layout: &Layout, first: usize) -> Self {
        let slots = layout.carried.iter().enumerate();
        let carried = slots.filter_map(|(at, slot)| slot.map(|slot| (slot, first + at)));
        Self { step: 0, state: Vec::new(), carried: carried.collect() }
    }

    /// What to do when the lanes, which carry this together, are at step `now`.
    pub fn look(&self, now: u64, state: impl Iterator<Item = T::Bits>) -> Look {
        let repeats = self.step > 0 && state.eq(self.state.iter().copied());
        Look { round: repeats.then(|| now - self.step), write: now >= 2 * self.step }
    }

    /// Looks at a group at step `now`: the lanes that repeat themselves, and after how many steps.
    pub fn look_at(&self, groups: &mut LaneGroups<T>, group: usize, look: Look) -> Option<(Mask, u64)> {
        let found = look.round.map(|round| (self.repeated(groups, group), round));
        if look.write {
            self.carried.iter().for_each(|(now, before)| groups.copy_number(group, *now, *before));
        }
        found
    }

    /// The lanes' numbers of all groups were written down.
    pub fn written(&mut self, step: u64, state: impl Iterator<Item = T::Bits>) {
        self.step = step;
        self.state = state.collect();
    }

    /// The lanes that carry what they carried when that was written down.
    fn repeated(&self, groups: &LaneGroups<T>, group: usize) -> Mask {
        self.carried.iter().fold(first_lanes(groups.width), |alike, (now, before)| match alike {
            0 => 0,
            _ => alike & !differing(groups.numbers(group, *now), groups.numbers(group, *before)),
        })
    }
}
