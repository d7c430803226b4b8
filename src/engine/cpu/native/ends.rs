//! Whether a lane has come to an end, and the way out of the loop.

use super::compile::Compiler;
use super::encode::{Address, Isa, Jump, Operand, Vector, When};
use super::layout::Slot;
use super::operations::{Arithmetic, Literal};
use crate::expr::NodeId;

/// Mask register of the first group's ended lanes.
const FIRST_MASK: u8 = 2;

impl Compiler<'_> {
    /// Where a lane has ended: |loss| above its bar, or every |slope| below the tolerance, compared as bits. Jumps if any
    /// has; mask registers 2, 3, … keep which. A parameter that is no longer finite stays so: whoever writes down the end
    /// of a descent sees it, and has the interpreter find the step.
    pub fn test_ended(&mut self) -> Jump {
        let groups = self.layout.groups;
        for group in 0..groups {
            match self.layout.isa {
                Isa::Avx512 => self.ended_by_masks(group),
                Isa::Avx2 => self.ended_by_vectors(group),
            }
            self.allocator.unlock();
        }
        match self.layout.isa {
            Isa::Avx512 => {
                const OR: u8 = 0x45;
                self.out.masks(OR, 1, FIRST_MASK, FIRST_MASK);
                (1..groups as u8).for_each(|group| self.out.masks(OR, 1, 1, FIRST_MASK + group));
                self.out.test_mask(1);
            }
            Isa::Avx2 => {
                let any = self.allocator.take(&mut self.out);
                self.out.load(any, Operand::Memory(self.layout.at(self.layout.ended, 0)));
                for group in 1..groups {
                    let ended = Operand::Memory(self.layout.at(self.layout.ended, group));
                    self.packed.arithmetic(&mut self.out, Arithmetic::Or, any, any, ended);
                }
                self.out.test_signs(any);
                self.allocator.unlock();
            }
        }
        self.out.jump(When::NotZero)
    }

    fn magnitude(&mut self, id: NodeId, group: usize) -> Vector {
        let a = self.register(id, group);
        let to = self.allocator.take(&mut self.out);
        let magnitude = self.literal(Literal::Magnitude, group);
        self.packed.arithmetic(&mut self.out, Arithmetic::And, to, a, magnitude);
        to
    }

    fn ended_by_masks(&mut self, group: usize) {
        const OR: u8 = 0x45;
        const SLOPES: u8 = 1;
        let packed = self.packed;
        let ended = FIRST_MASK + group as u8;
        let [bar, gtol] = [self.layout.lane_slot(self.layout.bar), self.layout.gtol].map(|slot| self.slot(slot, group));
        for (at, id) in self.program.slopes.clone().into_iter().enumerate() {
            let slope = self.magnitude(id, group);
            packed.compare_bits(&mut self.out, SLOPES, if at == 0 { 0 } else { SLOPES }, slope, false, gtol);
            self.allocator.unlock();
        }
        let loss = self.magnitude(self.program.loss, group);
        packed.compare_bits(&mut self.out, ended, 0, loss, true, bar);
        self.out.masks(OR, ended, ended, SLOPES);
        self.allocator.unlock();
    }

    fn ended_by_vectors(&mut self, group: usize) {
        let packed = self.packed;
        let [bar, gtol] = [self.layout.lane_slot(self.layout.bar), self.layout.gtol].map(|slot| self.slot(slot, group));
        let ended = self.magnitude(self.program.loss, group);
        packed.greater_bits(&mut self.out, ended, ended, bar);
        let small = self.allocator.take(&mut self.out);
        let keep = [ended, small];
        for (at, id) in self.program.slopes.clone().into_iter().enumerate() {
            self.allocator.unlock_all_but(&keep);
            let slope = self.magnitude(id, group);
            let tolerance = self.allocator.take(&mut self.out);
            self.out.load(tolerance, gtol);
            packed.greater_bits(&mut self.out, slope, tolerance, Operand::Register(slope));
            let so_far = if at == 0 { slope } else { small };
            packed.arithmetic(&mut self.out, Arithmetic::And, small, so_far, Operand::Register(slope));
        }
        packed.arithmetic(&mut self.out, Arithmetic::Or, ended, ended, Operand::Register(small));
        let at = self.layout.at(self.layout.ended, group);
        self.out.store(at, ended);
    }

    /// Where loss and slopes are when the loop is left, and the slots that they belong in.
    pub fn judged_places(&self) -> Vec<(Operand, Address)> {
        let slots = std::iter::once(self.layout.loss).chain(self.layout.slopes.iter().copied());
        let nodes = std::iter::once(self.program.loss).chain(self.program.slopes.iter().copied());
        let pairs: Vec<(NodeId, Slot)> = nodes.zip(slots).collect();
        let groups = 0..self.layout.groups;
        let place = |group: usize| {
            let of_group = move |(id, slot): &(NodeId, Slot)| {
                (self.allocator.place(self.value(*id, group)), self.layout.at(*slot, group))
            };
            pairs.iter().map(of_group).collect::<Vec<_>>()
        };
        groups.flat_map(place).collect()
    }

    /// The end of the function: loss and slopes go into the frame, and which lanes have ended.
    pub fn leave(&mut self, places: &[(Operand, Address)]) {
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
        if self.layout.isa == Isa::Avx512 {
            for group in 0..self.layout.groups {
                self.packed.spread(&mut self.out, 0, FIRST_MASK + group as u8);
                let at = self.layout.at(self.layout.ended, group);
                self.out.store(at, 0);
            }
        }
        self.out.return_count();
    }
}
