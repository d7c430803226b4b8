//! Whether a lane has come to an end, and the way out of the loop.

use super::compiler::Compiler;
use super::layout::Slot;
use super::machine::{Address, Jump, Mask, Operand, Vector, When};
use super::operations::{Arithmetic, Literal, Relation};
use crate::expr::NodeId;

/// Mask registers: any ended lane, and those of the first part.
const ANY: Mask = 1;
const FIRST_MASK: Mask = 2;

impl Compiler<'_> {
    /// Where a lane may have ended: |loss| above its bar, or all that the stop test looks at is below its tolerance, compared
    /// as bits; where the test held before, that it does not any more. Jumps if any has; mask registers 2, 3, … keep which.
    /// A parameter that is no longer finite stays so: whoever writes down the end of a descent sees it, and has the
    /// interpreter find the step.
    pub fn test_ended(&mut self) -> Jump {
        let parts = self.layout.parts;
        for part in 0..parts {
            if self.layout.isa.has_masks() {
                self.ended_by_masks(part);
            } else {
                self.ended_by_vectors(part, false);
            }
            self.allocator.unlock();
        }
        if self.layout.isa.has_masks() {
            let masks = self.out.masks();
            masks.either(ANY, FIRST_MASK, FIRST_MASK);
            (1..parts as Mask).for_each(|part| masks.either(ANY, ANY, FIRST_MASK + part));
            masks.test_mask(ANY);
        } else {
            self.test_vectors();
        }
        self.out.jump(When::NotZero)
    }

    /// Without masks: not zero where some lane has ended.
    pub fn test_vectors(&mut self) {
        let any = self.allocator.take(&mut self.out);
        self.out.load(any, Operand::Memory(self.layout.at(self.layout.ended, 0)));
        for part in 1..self.layout.parts {
            let ended = Operand::Memory(self.layout.at(self.layout.ended, part));
            self.out.arithmetic(Arithmetic::Or, any, any, ended);
        }
        self.out.test_signs(any);
        self.allocator.unlock();
    }

    pub fn magnitude(&mut self, id: NodeId, part: usize) -> Vector {
        let a = self.register(id, part);
        let to = self.allocator.take(&mut self.out);
        let magnitude = self.literal(Literal::Magnitude, part);
        self.out.arithmetic(Arithmetic::And, to, a, magnitude);
        to
    }

    fn ended_by_masks(&mut self, part: usize) {
        const ARRIVED: Mask = 1;
        const HELD: Mask = 6;
        let ended = FIRST_MASK + part as Mask;
        let bar = self.slot(self.layout.lane_slot(self.layout.bar), part);
        for (at, id) in self.program.stop.tested().iter().enumerate() {
            let tested = self.magnitude(*id, part);
            let tolerance = self.slot(self.layout.tolerance(at), part);
            self.out.masks().compare_bits(ARRIVED, if at == 0 { 0 } else { ARRIVED }, tested, false, tolerance);
            self.allocator.unlock();
        }
        let (held, before) = (self.allocator.take(&mut self.out), self.watched(2, part));
        self.out.load(held, Operand::Memory(before));
        self.out.masks().signs(HELD, held);
        self.out.masks().differing(ARRIVED, ARRIVED, HELD);
        self.allocator.unlock();
        let loss = self.magnitude(self.program.loss, part);
        self.out.masks().compare_bits(ended, 0, loss, true, bar);
        self.out.masks().either(ended, ended, ARRIVED);
        self.allocator.unlock();
    }

    /// In a block those of earlier steps are kept, and the stop test holds nowhere before.
    pub fn ended_by_vectors(&mut self, part: usize, in_block: bool) {
        let bar = self.slot(self.layout.lane_slot(self.layout.bar), part);
        let ended = self.magnitude(self.program.loss, part);
        self.out.compare(Relation::BitsAbove, ended, ended, bar);
        let small = self.allocator.take(&mut self.out);
        let keep = [ended, small];
        for (at, id) in self.program.stop.tested().iter().enumerate() {
            self.allocator.unlock_all_but(&keep);
            let tested = self.magnitude(*id, part);
            let above = self.allocator.take(&mut self.out);
            let tolerance = self.slot(self.layout.tolerance(at), part);
            self.out.load(above, tolerance);
            self.out.compare(Relation::BitsAbove, tested, above, Operand::Register(tested));
            let so_far = if at == 0 { tested } else { small };
            self.out.arithmetic(Arithmetic::And, small, so_far, Operand::Register(tested));
        }
        if !in_block {
            let held = self.slot(self.layout.lane_slot(self.layout.watch + 2), part);
            self.out.arithmetic(Arithmetic::Xor, small, small, held);
        }
        self.out.arithmetic(Arithmetic::Or, ended, ended, Operand::Register(small));
        let at = self.layout.at(self.layout.ended, part);
        if in_block {
            self.out.arithmetic(Arithmetic::Or, ended, ended, Operand::Memory(at));
        }
        self.out.store(at, ended);
    }

    /// Adds the loss to the least and the largest of the watching loop.
    pub fn watch_losses(&mut self) {
        for part in 0..self.layout.parts {
            let loss = self.register(self.program.loss, part);
            for (at, op) in [Arithmetic::Least, Arithmetic::Largest].into_iter().enumerate() {
                if let Some(kept) = self.losses.get(part).map(|kept| kept[at]) {
                    self.out.arithmetic(op, kept, loss, Operand::Register(kept));
                    continue;
                }
                let place = self.watched(at, part);
                let to = self.allocator.take(&mut self.out);
                self.out.arithmetic(op, to, loss, Operand::Memory(place));
                self.out.store(place, to);
            }
            self.allocator.unlock();
        }
    }

    /// The least and the largest losses go to their memory, where they are in registers.
    pub fn store_losses(&mut self) {
        for (part, kept) in std::mem::take(&mut self.losses).into_iter().enumerate() {
            for (at, register) in kept.into_iter().enumerate() {
                let place = self.watched(at, part);
                self.out.store(place, register);
            }
        }
    }

    /// Where loss and tested numbers are when the loop is left, and the slots that they belong in.
    pub fn judged_places(&self) -> Vec<(Operand, Address)> {
        let slots = std::iter::once(self.layout.loss).chain(self.layout.tested.iter().copied());
        let nodes = std::iter::once(self.program.loss).chain(self.program.stop.tested().iter().copied());
        let pairs: Vec<(NodeId, Slot)> = nodes.zip(slots).collect();
        let parts = 0..self.layout.parts;
        let place = |part: usize| {
            let of_part = move |(id, slot): &(NodeId, Slot)| {
                (self.allocator.place(self.value(*id, part)), self.layout.at(*slot, part))
            };
            pairs.iter().map(of_part).collect::<Vec<_>>()
        };
        parts.flat_map(place).collect()
    }

    /// The end of the function: loss and tested numbers go into the frame, and which lanes have ended.
    pub fn leave(&mut self, places: &[(Operand, Address)]) {
        self.store_losses();
        self.store_carried();
        // Everything in registers first: after that every register is free to carry the rest.
        for (from, to) in places {
            if let Operand::Register(register) = from {
                self.out.store(*to, *register);
            }
        }
        for (from, to) in places.iter().filter(|(from, _)| matches!(from, Operand::Memory(_))) {
            self.out.load(0, *from);
            self.out.store(*to, 0);
        }
        if self.layout.isa.has_masks() {
            for part in 0..self.layout.parts {
                self.out.masks().spread(0, FIRST_MASK + part as Mask);
                let at = self.layout.at(self.layout.ended, part);
                self.out.store(at, 0);
            }
        }
        self.out.return_count();
    }
}
