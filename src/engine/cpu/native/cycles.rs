//! Descents that repeat themselves, and so need not be followed to their last step.

use super::cohort::{BLOCK, Cohort, bits, mask};
use crate::expr::Real;

/// When the lanes' numbers were written down (Brent 1980): a descent that carries the same again, bit for bit, repeats
/// itself.
pub struct Snapshot<T: Real> {
    pub step: u64,
    /// What all lanes carry together.
    pub state: Vec<T::Bits>,
}

/// What to do about cycles at the end of a block.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// How long ago the numbers were written down that the present ones are compared with.
    round: Option<u64>,
    /// Whether the present ones are written down.
    pub write: bool,
}

impl<'a, T: Real> Cohort<'a, T> {
    /// What to do about cycles at the end of a block.
    pub(super) fn look(&self, block: u64) -> Look {
        let now = self.step + block;
        let Some(snapshot) = self.snapshot.as_ref().filter(|_| now.is_multiple_of(BLOCK)) else {
            return Look { round: None, write: false };
        };
        let repeats = snapshot.step > 0 && self.stepwise.state().eq(snapshot.state.iter().copied());
        Look { round: repeats.then(|| now - snapshot.step), write: now >= 2 * snapshot.step }
    }

    /// A descent that repeats itself goes on so to its last step: whole rounds of it need not be made.
    pub(super) fn look_at(&mut self, squad: usize, look: Look, block: u64) {
        let now = self.step + block;
        if let Some(round) = look.round {
            let repeated = bits(self.repeated(squad) & self.riding[squad]);
            for lane in repeated.map(|lane| squad * self.width + lane) {
                if self.last[lane] == self.steps {
                    self.last[lane] = now + (self.steps - now) % round;
                    self.soonest = self.soonest.min(self.last[lane]);
                }
            }
        }
        if look.write {
            for (now, before) in self.carried_and_before() {
                let (from, to) = (self.at(squad, now), self.at(squad, before));
                self.lanes.copy_within(from..from + self.width, to);
            }
        }
    }

    /// The lanes that carry what they carried when that was written down, as bits.
    fn repeated(&self, squad: usize) -> u64 {
        let mut differs = [false; 64];
        for (now, before) in self.carried_and_before() {
            let [now, before] = [now, before].map(|number| &self.lanes[self.at(squad, number)..][..self.width]);
            for ((differs, now), before) in differs.iter_mut().zip(now).zip(before) {
                *differs |= now.to_bits() != before.to_bits();
            }
        }
        mask((0..self.width).filter(|lane| !differs[*lane]))
    }

    /// What lanes carry, and where it was written down.
    fn carried_and_before(&self) -> impl Iterator<Item = (usize, usize)> + use<'a, T> {
        let layout = &self.kernel.layout;
        let slots = layout.carried.iter().enumerate();
        slots.filter_map(|(at, slot)| slot.map(|slot| (slot, layout.of_lanes + 1 + at)))
    }
}
