//! Program → machine code over squads of lanes.
//!
//! Operations and their order are those of the interpreter, so that every bit is the same.

use super::allocate::{Allocator, Value};
use super::classes::Classes;
use super::encode::{Assembler, Base, Isa, Operand, Vector, When};
use super::layout::{Layout, Slot};
use super::operations::{Arithmetic, LITERALS, Literal, Packed};
use crate::expr::{Binary, Node, NodeId, Unary};
use crate::sweep::{Input, Program};

/// Machine code, and what it works on.
pub struct Code {
    pub bytes: Vec<u8>,
    /// Where the function that prepares what depends on knobs alone begins; the step function begins at 0.
    pub setup: Option<usize>,
    pub layout: Layout,
}

/// Whether all operations of the lanes have instructions.
pub fn is_supported(program: &Program, classes: &Classes) -> bool {
    let operations = [&classes.setup, &classes.judge, &classes.advance].into_iter().flatten();
    operations.into_iter().all(|id| match program.graph.node(*id) {
        Node::Unary(op, _) => matches!(op, Unary::Neg | Unary::Abs | Unary::Sign | Unary::Sqrt | Unary::Floor),
        Node::Binary(op, ..) => Arithmetic::of(op).is_some() || matches!(op, Binary::Min | Binary::Max),
        Node::Constant(_) | Node::Input(_) | Node::Compare(..) | Node::Select(..) => true,
        Node::Column(_) | Node::Sum(..) => false,
    })
}

/// Compiles a program that [`is_supported`]: four interleaved vectors, else two where too many of their values would go to
/// memory and back. Some may: that costs less than waiting for results does. What all lanes share stays in registers as
/// long as nothing else has to leave for it.
pub fn compile(program: &Program, classes: &Classes, isa: Isa) -> Code {
    let with = |groups: usize, pins: usize| Compiler::new(program, classes, isa, groups, pins).run();
    let (groups, least) = match with(4, 0).1 {
        spills if spills * isa.bytes() <= MAX_SPILLED_BYTES => (4, spills),
        _ => (2, with(2, 0).1),
    };
    let mut pins = 0;
    while pins < MAX_PINS.min(usize::from(isa.registers()) / 2) && with(groups, pins + 1).1 == least {
        pins += 1;
    }
    with(groups, pins).0
}

/// A quarter of a first-level cache. Adam on two parameters is a sixth faster with four vectors, 7 of whose values go to
/// memory, than with two and none; with 16 registers instead of 32, rules with state gain a fifth to a third.
const MAX_SPILLED_BYTES: usize = 8 << 10;
/// Registers that may be kept for what all lanes share, and at most half of them: an instruction needs up to five others.
const MAX_PINS: usize = 12;

pub struct Compiler<'a> {
    pub program: &'a Program,
    classes: &'a Classes,
    pub packed: Packed,
    pub layout: Layout,
    pub out: Assembler,
    pub allocator: Allocator,
    time: usize,
    /// Slots that never change and stay in a register: the first of them in the last register.
    pins: Vec<Slot>,
}

impl<'a> Compiler<'a> {
    fn new(program: &'a Program, classes: &'a Classes, isa: Isa, groups: usize, pins: usize) -> Self {
        let layout = lay_out(program, classes, isa, groups);
        let allocator = Self::allocator(&layout, program);
        let packed = Packed::new(isa, program.precision.is_wide());
        let out = Assembler::new(isa);
        let magnitude = LITERALS.iter().position(|literal| *literal == Literal::Magnitude).unwrap_or(0);
        let shared = |first: Slot, at: usize| Slot { vector: first.vector + at, ..first };
        let fixed = (0..classes.fixed.len()).map(|at| shared(layout.fixed, at));
        let pins = [shared(layout.literals, magnitude), layout.gtol].into_iter().chain(fixed).take(pins).collect();
        let mut compiler = Self { program, classes, packed, layout, out, allocator, time: 0, pins };
        compiler.place_sources();
        for (at, id) in classes.setup.iter().enumerate() {
            compiler.is_in(*id, compiler.layout.prepared(at));
        }
        compiler.pin();
        compiler
    }

    /// With room for spills behind all that has a place of its own.
    fn allocator(layout: &Layout, program: &Program) -> Allocator {
        let values = program.graph.nodes().len() * layout.groups;
        let bytes = layout.isa.bytes();
        Allocator::new(layout.isa.registers(), values, bytes, (layout.common * bytes) as i32)
    }

    /// Loads what stays in registers, before the loop begins.
    fn pin(&mut self) {
        for slot in self.pins.clone() {
            let Some(register) = self.pinned(slot) else { continue };
            self.out.load(register, Operand::Memory(self.layout.at(slot, 0)));
            self.allocator.pin(register);
            let fixed = slot.vector.checked_sub(self.layout.fixed.vector);
            if let Some(id) = fixed.and_then(|at| self.classes.fixed.get(at)) {
                let value = self.value(*id, 0);
                self.allocator.in_pinned(value, register);
            }
        }
    }

    /// The register that keeps a slot.
    fn pinned(&self, slot: Slot) -> Option<Vector> {
        let at = self.pins.iter().position(|pinned| *pinned == slot)?;
        Some(self.layout.isa.registers() - 1 - at as Vector)
    }

    /// A slot as the last source of an instruction.
    pub fn slot(&self, slot: Slot, group: usize) -> Operand {
        self.pinned(slot).map_or_else(|| Operand::Memory(self.layout.at(slot, group)), Operand::Register)
    }

    /// Machine code, and how many values did not fit the registers.
    fn run(mut self) -> (Code, usize) {
        self.note_uses();
        let begin = self.out.code.len();
        let classes = self.classes;
        classes.judge.iter().for_each(|id| self.operation(*id));
        let ended = self.test_ended();
        let at_branch = self.judged_places();
        self.finish_time();
        self.out.test_count();
        let out_of_steps = self.out.jump(When::Zero);
        classes.advance.iter().for_each(|id| self.operation(*id));
        self.store_next();
        self.out.count_down();
        let again = self.out.jump(When::Always);
        self.out.land(again, begin);
        let leave = self.out.code.len();
        self.out.land(ended, leave);
        self.out.land(out_of_steps, leave);
        self.leave(&at_branch);
        let (common, spills) = (self.allocator.common_bytes(), self.allocator.spills);
        let setup = self.out.code.len();
        self.prepare();
        let bytes = common.max(self.allocator.common_bytes());
        self.layout.common = bytes as usize / self.layout.isa.bytes();
        (Code { bytes: self.out.code, setup: Some(setup), layout: self.layout }, spills)
    }

    /// A node's value: what all lanes share is one for all groups.
    pub fn value(&self, id: NodeId, group: usize) -> Value {
        let group = if self.classes.is_shared(id) { 0 } else { group };
        id.index() * self.layout.groups + group
    }

    /// Inputs and what all lanes share are in memory from the beginning.
    fn place_sources(&mut self) {
        let (layout, classes) = (&self.layout, self.classes);
        let mut slots: Vec<(NodeId, Slot)> = Vec::new();
        for (at, node) in self.program.graph.nodes().iter().enumerate() {
            let Node::Input(number) = node else { continue };
            let of_lanes = match self.program.inputs[*number as usize] {
                Input::Knob(knob) => layout.knobs[knob],
                Input::Carried(carried) => layout.carried[carried],
                Input::StepNumber => None,
            };
            slots.extend(of_lanes.map(|slot| (self.program.graph.id_at(at), layout.lane_slot(slot))));
        }
        let fixed = |(at, id): (usize, &NodeId)| (*id, Slot { vector: layout.fixed.vector + at, ..layout.fixed });
        slots.extend(classes.fixed.iter().enumerate().map(fixed));
        let row = |(at, id): (usize, &NodeId)| (*id, Slot { base: Base::Row, vector: at, per_group: false });
        slots.extend(classes.stepwise.iter().enumerate().map(row));
        for (id, slot) in slots {
            self.is_in(id, slot);
        }
    }

    /// A node's values are in memory.
    fn is_in(&mut self, id: NodeId, slot: Slot) {
        for group in 0..self.layout.groups {
            self.allocator.in_memory(self.value(id, group), self.layout.at(slot, group));
        }
    }

    /// Tells the allocator when everything will be read: operations one after the other, the test, the stores.
    fn note_uses(&mut self) {
        let mut time = 0;
        for id in &self.classes.judge {
            self.note_children(*id, time);
            time += 1;
        }
        self.note(&self.program.judged(), time);
        time += 1;
        for id in &self.classes.advance {
            self.note_children(*id, time);
            time += 1;
        }
        let next: Vec<NodeId> = self.carried().map(|(next, _)| next).collect();
        self.note(&next, time);
    }

    fn note_children(&mut self, id: NodeId, time: usize) {
        let children: Vec<NodeId> = self.program.graph.node(id).children().collect();
        self.note(&children, time);
    }

    fn note(&mut self, ids: &[NodeId], time: usize) {
        for id in ids {
            for group in 0..self.layout.groups {
                let value = self.value(*id, group);
                self.allocator.will_use(value, time);
            }
        }
    }

    pub fn finish_time(&mut self) {
        self.allocator.finish(self.time);
        self.time += 1;
    }

    /// What the lanes carry: its next value, its slot.
    fn carried(&self) -> impl Iterator<Item = (NodeId, Slot)> {
        let carried = self.program.carried.iter().zip(&self.layout.carried);
        carried.filter_map(|(carried, slot)| slot.map(|slot| (carried.next, self.layout.lane_slot(slot))))
    }

    /// Writes the next carried values, and goes on to the next row.
    fn store_next(&mut self) {
        let groups = self.layout.groups;
        // A next value that is another one's present value must be read before that is overwritten.
        let is_input = |(next, _): &(NodeId, Slot)| matches!(self.program.graph.node(*next), Node::Input(_));
        let (moves, results): (Vec<_>, Vec<_>) = self.carried().partition(is_input);
        let mut waiting = Vec::new();
        for (next, slot) in moves {
            for group in 0..groups {
                let register = self.register(next, group);
                let spill = self.allocator.spill_slot();
                self.out.store(spill, register);
                self.allocator.unlock();
                waiting.push((spill, self.layout.at(slot, group)));
            }
        }
        for (next, slot) in results {
            for group in 0..groups {
                let register = self.register(next, group);
                self.out.store(self.layout.at(slot, group), register);
                self.allocator.unlock();
            }
        }
        let free = self.allocator.take(&mut self.out);
        for (from, to) in waiting {
            self.out.load(free, Operand::Memory(from));
            self.out.store(to, free);
        }
        self.allocator.unlock();
        if self.layout.row > 0 {
            self.out.next_row((self.layout.row * self.layout.isa.bytes()) as i32);
        }
    }

    /// The second function: what depends on knobs alone.
    fn prepare(&mut self) {
        self.allocator = Self::allocator(&self.layout, self.program);
        self.time = 0;
        self.pins.clear();
        self.place_sources();
        for (time, id) in self.classes.setup.iter().enumerate() {
            self.note_children(*id, time);
            // Kept until it is stored.
            self.note(&[*id], time + 1);
        }
        for (at, id) in self.classes.setup.iter().enumerate() {
            self.operation(*id);
            let slot = self.layout.prepared(at);
            for group in 0..self.layout.groups {
                let register = self.register(*id, group);
                self.out.store(self.layout.at(slot, group), register);
                self.allocator.unlock();
            }
            self.is_in(*id, slot);
        }
        self.out.return_count();
    }
}

/// Gives everything its place.
fn lay_out(program: &Program, classes: &Classes, isa: Isa, groups: usize) -> Layout {
    let mut numbers = 0..;
    let mut lane = |wanted: &bool| if *wanted { numbers.next() } else { None };
    let knobs = classes.is_knob_of_lanes.iter().map(&mut lane).collect();
    let carried = classes.is_uniform.iter().map(|uniform| lane(&!uniform)).collect();
    let bar = numbers.start;
    let prepared = bar + 1;
    let mut vectors = 0;
    let mut take = |count: usize, per_group: bool| {
        let slot = Slot { base: Base::Common, vector: vectors, per_group };
        vectors += if per_group { count * groups } else { count };
        slot
    };
    let loss = take(1, true);
    let slopes = program.slopes.iter().map(|_| take(1, true)).collect();
    let ended = take(1, true);
    let (gtol, literals) = (take(1, false), take(LITERALS.len(), false));
    let fixed = take(classes.fixed.len(), false);
    let of_lanes = prepared + classes.setup.len();
    let row = classes.stepwise.len();
    let common = vectors;
    Layout {
        isa,
        groups,
        of_lanes,
        knobs,
        carried,
        bar,
        prepared,
        common,
        loss,
        slopes,
        ended,
        gtol,
        literals,
        fixed,
        row,
    }
}
