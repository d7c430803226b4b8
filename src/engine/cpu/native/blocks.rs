//! Blocks of steps whose ends are looked for once, behind the last.
//!
//! In most blocks no descent comes to an end. So a block only keeps, lane by lane, how near the stop test came to holding and
//! the largest |loss|, which takes half the time of a test in every step, with its masks, its branch and its way out. Where
//! one of them passed its limit, all is as it was before the block, and the loop that looks at every step makes these steps
//! again.

use super::compiler::Compiler;
use super::kept::{Blocks, Kept};
use super::layout::Slot;
use super::machine::{Address, Operand, Vector, When};
use super::operations::{Arithmetic, Literal, Magnitudes};
use crate::expr::{Binary, Node, NodeId, Unary};
use crate::sweep::Input;

/// Steps of a block: a power of two.
pub const BLOCK_STEPS: u64 = 8;

impl Compiler<'_> {
    /// Whether so few values are carried that all can stay in registers.
    pub fn can_keep_carried(&self) -> bool {
        !self.has_rows() && self.carried().count() * self.layout.parts * 4 <= usize::from(self.layout.isa.registers())
    }

    /// Registers that a function of blocks keeps for itself.
    pub fn kept_registers(&self) -> usize {
        let carried = if self.keeps_carried { self.carried().count() } else { 0 };
        let extremes = if self.layout.isa.has_extremes() && !self.has_rows() { 2 } else { 0 };
        (carried + extremes) * self.layout.parts
    }

    /// Begins a function of blocks.
    pub fn begin_blocks(&mut self) {
        if self.layout.isa.has_extremes() {
            let parts = 0..self.layout.parts;
            self.blocks.extremes = parts.map(|_| [(); 2].map(|()| self.keep_extreme())).collect();
        }
        self.keep_carried();
        if !self.keeps_carried {
            let places = self.carried_places().into_iter();
            let saved = places.map(|(slot, part)| (self.layout.at(slot, part), self.allocator.spill_slot()));
            self.blocks.saved = saved.collect();
        }
        self.blocks.begin = self.out.here();
        self.out.test_count();
        self.blocks.leave = Some(self.out.jump(When::Zero));
        self.copy(&self.blocks.saved.clone());
        self.forget_extremes();
        self.blocks.step = self.out.here();
    }

    /// Loops over rows need every register, and take so long that a store per step is nothing.
    fn has_rows(&self) -> bool {
        self.code.has_rows()
    }

    fn keep_extreme(&mut self) -> Kept {
        if self.has_rows() {
            Kept::Memory(self.allocator.spill_slot())
        } else {
            Kept::Register(self.allocator.pin_highest())
        }
    }

    /// An extreme in a register, and where it is to be stored when it has changed.
    fn extreme(&mut self, kept: Kept) -> (Vector, Option<Address>) {
        match kept {
            Kept::Register(register) => (register, None),
            Kept::Memory(at) => {
                let register = self.allocator.take(&mut self.out);
                self.out.load(register, Operand::Memory(at));
                (register, Some(at))
            }
        }
    }

    /// Every carried value of the lanes: slot, part.
    fn carried_places(&self) -> Vec<(Slot, usize)> {
        let parts = 0..self.layout.parts;
        self.carried().flat_map(|(_, slot)| parts.clone().map(move |part| (slot, part))).collect()
    }

    /// Loads what lanes carry into registers, where it stays there: before the first instruction of a loop.
    pub fn keep_carried(&mut self) {
        let places = if self.keeps_carried { self.carried_places() } else { Vec::new() };
        for (slot, part) in places {
            let register = self.allocator.pin_highest();
            self.out.load(register, Operand::Memory(self.layout.at(slot, part)));
            self.blocks.kept.push((slot, part, register));
        }
        for (at, node) in self.program.graph.nodes().iter().enumerate() {
            let Node::Input(number) = node else { continue };
            let Input::Carried(carried) = self.program.inputs[*number as usize] else { continue };
            let Some(of_lanes) = self.layout.carried[carried] else { continue };
            if self.flat.of_node[at].is_none() {
                continue;
            }
            for (_, part, register) in
                self.blocks.kept.iter().filter(|(slot, ..)| *slot == self.layout.lane_slot(of_lanes))
            {
                let value = self.value(self.program.graph.id_at(at), *part);
                self.allocator.in_pinned(value, *register);
            }
        }
    }

    fn copy(&mut self, pairs: &[(Address, Address)]) {
        for (from, to) in pairs {
            let register = self.allocator.take(&mut self.out);
            self.out.load(register, Operand::Memory(*from));
            self.out.store(*to, register);
            self.allocator.unlock();
        }
    }

    /// Nothing came near its limit yet.
    fn forget_extremes(&mut self) {
        let magnitude = self.literal(Literal::Magnitude, 0);
        for [least, largest] in self.blocks.extremes.clone() {
            let ((least, to_least), (largest, to_largest)) = (self.extreme(least), self.extreme(largest));
            self.out.load(least, magnitude);
            self.out.arithmetic(Arithmetic::Xor, largest, largest, Operand::Register(largest));
            self.store_extremes([(least, to_least), (largest, to_largest)]);
            self.allocator.unlock();
        }
        if !self.layout.isa.has_extremes() {
            let zero = self.allocator.take(&mut self.out);
            self.out.arithmetic(Arithmetic::Xor, zero, zero, Operand::Register(zero));
            (0..self.layout.parts).for_each(|part| self.out.store(self.layout.at(self.layout.ended, part), zero));
            self.allocator.unlock();
        }
    }

    fn store_extremes(&mut self, extremes: [(Vector, Option<Address>); 2]) {
        for (register, at) in extremes {
            if let Some(at) = at {
                self.out.store(at, register);
            }
        }
    }

    /// In place of a test: the step is added to the extremes of the block.
    pub fn gather_extremes(&mut self) {
        for part in 0..self.layout.parts {
            match self.blocks.extremes.get(part) {
                Some(extremes) => self.gather_part(part, *extremes),
                None => self.ended_by_vectors(part, true),
            }
            self.allocator.unlock();
        }
    }

    /// The stop test asks for every number to be below its own tolerance. A block keeps the least that the largest of them came to,
    /// which must have been below the largest tolerance: the loop that looks at every step knows the rest.
    fn gather_part(&mut self, part: usize, [least, largest]: [Kept; 2]) {
        let tested = self.program.stop.tested();
        let mut slope = self.register(tested[0], part);
        for id in &tested[1..] {
            let other = self.register(*id, part);
            let to = self.allocator.take(&mut self.out);
            self.out.extremes().magnitudes(Magnitudes::Largest, to, slope, Operand::Register(other));
            slope = to;
            self.allocator.unlock_all_but(&[slope]);
        }
        let least = self.extreme(least);
        self.out.extremes().magnitudes(Magnitudes::Least, least.0, least.0, Operand::Register(slope));
        // A loss that is not a number is a large one, and so is one with a sign.
        self.allocator.unlock_all_but(&[least.0]);
        let loss = self.program.loss;
        let loss = if self.has_no_sign(loss, 0) { self.register(loss, part) } else { self.magnitude(loss, part) };
        let largest = self.extreme(largest);
        self.out.extremes().larger_bits(largest.0, largest.0, Operand::Register(loss));
        self.store_extremes([least, largest]);
    }

    /// Whether a number is known to be 0 or more where it is a number. Where that is wrong, blocks are made again: it costs time, and
    /// changes nothing.
    fn has_no_sign(&self, id: NodeId, depth: usize) -> bool {
        const DEEPEST: usize = 8;
        let of = |id: NodeId| depth < DEEPEST && self.has_no_sign(id, depth + 1);
        match self.program.graph.node(id) {
            Node::Constant(bits) => f64::from_bits(bits) >= 0.0,
            Node::Unary(Unary::Abs | Unary::Sqrt | Unary::Exp, _) => true,
            Node::Binary(Binary::Mul, a, b) => a == b || (of(a) && of(b)),
            Node::Binary(Binary::Add | Binary::Div, a, b) => of(a) && of(b),
            Node::Sum(_, a) => of(a),
            _ => false,
        }
    }

    /// A next value goes where it is carried.
    pub fn put_next(&mut self, slot: Slot, part: usize, value: Vector) {
        let kept = self.blocks.kept.iter().find(|kept| (kept.0, kept.1) == (slot, part)).map(|kept| kept.2);
        match kept {
            Some(register) => self.out.load(register, Operand::Register(value)),
            None => self.out.store(self.layout.at(slot, part), value),
        }
    }

    /// What lanes carry in registers goes to their memory.
    pub fn store_carried(&mut self) {
        for (slot, part, register) in self.blocks.kept.clone() {
            self.out.store(self.layout.at(slot, part), register);
        }
    }

    /// Ends a function of blocks, behind its step.
    pub fn end_blocks(&mut self) {
        self.out.test_low(BLOCK_STEPS as u32 - 1);
        let goes_on = self.out.jump(When::NotZero);
        self.out.land(goes_on, self.blocks.step);
        self.test_extremes();
        let passed = self.out.jump(When::NotZero);
        self.store_carried();
        let again = self.out.jump(When::Always);
        self.out.land(again, self.blocks.begin);
        let undo = self.out.here();
        self.out.land(passed, undo);
        self.out.count_up(BLOCK_STEPS as u8);
        let back: Vec<_> = self.blocks.saved.iter().map(|(at, saved)| (*saved, *at)).collect();
        self.copy(&back);
        let leave = self.out.here();
        if let Some(jump) = self.blocks.leave {
            self.out.land(jump, leave);
        }
        self.store_losses();
        self.out.return_count();
        self.blocks = Blocks::default();
    }

    /// Not zero where some lane passed a limit.
    fn test_extremes(&mut self) {
        if !self.layout.isa.has_extremes() {
            return self.test_vectors();
        }
        let tolerance = self.allocator.take(&mut self.out);
        let first = self.slot(self.layout.tolerance(0), 0);
        self.out.load(tolerance, first);
        for at in 1..self.program.stop.tested().len() {
            let other = self.slot(self.layout.tolerance(at), 0);
            self.out.extremes().magnitudes(Magnitudes::Largest, tolerance, tolerance, other);
        }
        let mut any: Option<Vector> = None;
        for (part, [least, largest]) in self.blocks.extremes.clone().into_iter().enumerate() {
            let (least, largest) = (self.extreme(least).0, self.extreme(largest).0);
            self.out.arithmetic(Arithmetic::Minus, least, least, Operand::Register(tolerance));
            let below_bar = self.allocator.take(&mut self.out);
            let bar = self.slot(self.layout.lane_slot(self.layout.bar), part);
            self.out.load(below_bar, bar);
            self.out.arithmetic(Arithmetic::Minus, below_bar, below_bar, Operand::Register(largest));
            self.out.arithmetic(Arithmetic::Or, below_bar, below_bar, Operand::Register(largest));
            for passed in [Some(below_bar), any].into_iter().flatten() {
                self.out.arithmetic(Arithmetic::Or, least, least, Operand::Register(passed));
            }
            any = Some(least);
            self.allocator.unlock_all_but(&[tolerance, least]);
        }
        self.allocator.unlock();
        if let Some(any) = any {
            self.out.test_signs(any);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BLOCK_STEPS;
    use crate::engine::Watch;
    use crate::engine::cpu::native::Isa;
    use crate::engine::cpu::native::emulated::sets;
    use crate::engine::cpu::native::kernel::{Frame, Kernel, zeros};
    use crate::engine::cpu::native::stepwise::Stepwise;
    use crate::sweep::{FormulaSweep, Precision, Request};

    /// Where a group is.
    #[derive(Debug, PartialEq)]
    struct At {
        /// What lanes carry, as bits.
        carried: Vec<u64>,
        /// Steps that are left.
        left: u64,
    }

    /// How steps are made.
    type Made = fn(&Kernel<f64>, &mut Frame<'_, f64>, u64) -> u64;
    const BLOCKS: Made = |kernel, frame, steps| kernel.run(frame, steps);
    const STEPS: Made = |kernel, frame, steps| kernel.watch(frame, steps);
    const WATCHED: Made = |kernel, frame, steps| match kernel.run_watched(frame, steps) {
        0 => kernel.watch(frame, 0),
        left => left,
    };

    /// Follows a group in which every lane climbs from a start of its own. One lane ends where its loss is above a bar. Also gives its
    /// last loss, where each step is looked at, and the least and the largest of all.
    fn go(spec: &FormulaSweep, isa: Isa, steps: u64, bar: f64, made: Made) -> (At, f64, Vec<u64>) {
        let kernel =
            Kernel::<f64>::new(spec, isa, &Watch::silent()).expect("nobody stops it").expect("it has instructions");
        let (layout, mut stepwise) = (&kernel.layout, Stepwise::<f64>::new(spec, &kernel));
        let mut common = stepwise.common(&kernel);
        let mut rows = zeros::<f64>((steps as usize + 1) * kernel.row());
        stepwise.fill(1, &mut rows);
        let width = layout.width(8);
        let mut lanes = zeros::<f64>(kernel.numbers());
        let numbers = |slot: usize| slot * width..(slot + 1) * width;
        for (slots, sign) in [(&layout.carried[..1], 1.0), (&layout.knobs, -1.0)] {
            for slot in slots.iter().flatten() {
                (0..width).for_each(|lane| lanes[slot * width + lane] = sign * 0.001 * (1 + lane) as f64);
            }
        }
        lanes[numbers(layout.bar)].fill(f64::MAX);
        lanes[numbers(layout.watch)].fill(f64::MAX);
        lanes[numbers(layout.watch + 1)].fill(-f64::MAX);
        // A lane of the second vector.
        let lane = layout.width_of_part(true) + 1;
        lanes[layout.bar * width + lane] = bar;
        let mut frame = Frame { lanes: &mut lanes, common: &mut common, rows: &rows, data: &[] };
        kernel.prepare(&mut frame);
        let left = made(&kernel, &mut frame, steps);
        let carried = layout.carried.iter().flatten().flat_map(|slot| lanes[numbers(*slot)].iter());
        let at = At { carried: carried.map(|value| value.to_bits()).collect(), left };
        let losses = lanes[layout.watch * width..(layout.watch + 2) * width].iter().map(|loss| loss.to_bits());
        (at, common[layout.loss.vector * isa.bytes() / 8 + lane], losses.collect())
    }

    /// With one value that stays in registers, and with six that are written down.
    #[test]
    fn a_block_with_an_end_is_as_if_it_had_not_been() {
        for (objective, rule) in [("lecture", "gd"), ("rosenbrock", "adam")] {
            let request = Request::parse(objective).expect("a row of the catalog");
            let request = request.rule(rule.parse().expect("a rule")).precision(Precision::F64).gtol(0.0);
            let spec = request.resolve().expect("a sweep");
            for isa in sets() {
                let after = |steps, bar, made| go(&spec, isa, steps, bar, made);
                let all = after(3 * BLOCK_STEPS, f64::MAX, STEPS);
                assert_eq!(after(3 * BLOCK_STEPS, f64::MAX, BLOCKS).0, all.0);
                assert_eq!(after(3 * BLOCK_STEPS, f64::MAX, WATCHED), all, "losses of {objective} {isa:?}");
                // In the second block the loss passes the bar.
                let (first, bar, _) = after(BLOCK_STEPS, f64::MAX, STEPS);
                for (steps, made) in [(2, BLOCKS), (3, BLOCKS), (2, WATCHED), (3, WATCHED)] {
                    let (stopped, ..) = after(steps * BLOCK_STEPS, bar, made);
                    assert_eq!(stopped.left, (steps - 1) * BLOCK_STEPS, "{objective} {isa:?}");
                    assert_eq!(stopped.carried, first.carried, "{objective} {isa:?}");
                }
                assert_eq!(after(2 * BLOCK_STEPS, bar, STEPS).0.left, BLOCK_STEPS - 1, "{objective} {isa:?}");
            }
        }
    }
}
