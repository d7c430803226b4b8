//! The state of a compilation: where everything is while instructions are written.

use super::allocate::{Allocator, Value};
use super::blocks::Blocks;
use super::classes::Classes;
use super::encode::{Address, Assembler, Base, Isa, Operand, Vector};
use super::layout::{Layout, Slot};
use super::operations::{LITERALS, Literal, Packed};
use crate::expr::{Node, NodeId};
use crate::sweep::{Input, Program};

/// Machine code on its way.
pub struct Compiler<'a> {
    pub program: &'a Program,
    pub classes: &'a Classes,
    pub packed: Packed,
    pub layout: Layout,
    pub out: Assembler,
    pub allocator: Allocator,
    time: usize,
    /// Slots that never change and stay in a register: the first of them in the last register.
    pub pins: Vec<Slot>,
    /// Registers that keep the least and the largest loss of each part in the watching loop; none where they are in memory.
    pub losses: Vec<[Vector; 2]>,
    /// Of the function of blocks.
    pub blocks: Blocks,
    /// Whether what lanes carry stays in registers within the loops.
    pub keeps_carried: bool,
}

impl<'a> Compiler<'a> {
    /// With places for everything and no instruction yet but those that load what stays in registers.
    pub fn new(program: &'a Program, classes: &'a Classes, isa: Isa, parts: usize, pins: usize) -> Self {
        let layout = lay_out(program, classes, isa, parts);
        let allocator = Self::allocator(&layout, program);
        let packed = Packed::new(isa, program.precision.is_wide());
        let out = Assembler::new(isa);
        let magnitude = LITERALS.iter().position(|literal| *literal == Literal::Magnitude).unwrap_or(0);
        let shared = |first: Slot, at: usize| Slot { vector: first.vector + at, ..first };
        let fixed = (0..classes.fixed.len()).map(|at| shared(layout.fixed, at));
        let pins =
            [shared(layout.literals, magnitude), layout.tolerance(0)].into_iter().chain(fixed).take(pins).collect();
        let (losses, blocks, keeps_carried) = (Vec::new(), Blocks::default(), false);
        let mut compiler =
            Self { program, classes, packed, layout, out, allocator, time: 0, pins, losses, blocks, keeps_carried };
        compiler.place_sources();
        for (at, id) in classes.setup.iter().enumerate() {
            compiler.is_in(*id, compiler.layout.prepared(at));
        }
        compiler.pin();
        compiler
    }

    /// With room for spills behind all that has a place of its own.
    fn allocator(layout: &Layout, program: &Program) -> Allocator {
        let values = program.graph.nodes().len() * layout.parts;
        let bytes = layout.isa.bytes();
        Allocator::new(layout.isa.registers(), values, bytes, (layout.common * bytes) as i32)
    }

    /// Begins another function over the same layout, in which these stay in registers. What is prepared is there, or not yet.
    pub fn restart(&mut self, prepared: bool, pins: Vec<Slot>) {
        self.allocator = Self::allocator(&self.layout, self.program);
        self.time = 0;
        self.pins = pins;
        self.place_sources();
        let setup = if prepared { self.classes.setup.len() } else { 0 };
        (0..setup).for_each(|at| self.is_in(self.classes.setup[at], self.layout.prepared(at)));
        self.pin();
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

    /// Keeps the least and the largest loss of each part in registers, where there are enough.
    pub fn keep_losses(&mut self) {
        if self.layout.isa.registers() < 32 {
            return;
        }
        let mut free = (0..self.layout.isa.registers() - self.pins.len() as Vector).rev();
        for part in 0..self.layout.parts {
            let pair = [0, 1].map(|at| {
                let register = free.next().expect("there are registers enough");
                self.out.load(register, Operand::Memory(self.watched(at, part)));
                self.allocator.pin(register);
                register
            });
            self.losses.push(pair);
        }
    }

    /// Where the least (0) or the largest (1) loss of a part is in memory.
    pub fn watched(&self, at: usize, part: usize) -> Address {
        self.layout.at(self.layout.lane_slot(self.layout.watch + at), part)
    }

    /// The register that keeps a slot.
    fn pinned(&self, slot: Slot) -> Option<Vector> {
        let at = self.pins.iter().position(|pinned| *pinned == slot)?;
        Some(self.layout.isa.registers() - 1 - at as Vector)
    }

    /// A slot as the last source of an instruction.
    pub fn slot(&self, slot: Slot, part: usize) -> Operand {
        self.pinned(slot).map_or_else(|| Operand::Memory(self.layout.at(slot, part)), Operand::Register)
    }

    /// A node's value: what all lanes share is one for all parts of a group.
    pub fn value(&self, id: NodeId, part: usize) -> Value {
        let part = if self.classes.is_shared(id) { 0 } else { part };
        id.index() * self.layout.parts + part
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
                Input::StepNumber | Input::Drawn { .. } => None,
            };
            slots.extend(of_lanes.map(|slot| (self.program.graph.id_at(at), layout.lane_slot(slot))));
        }
        let fixed = |(at, id): (usize, &NodeId)| (*id, Slot { vector: layout.fixed.vector + at, ..layout.fixed });
        slots.extend(classes.fixed.iter().enumerate().map(fixed));
        let row = |(at, id): (usize, &NodeId)| (*id, Slot { base: Base::Row, vector: at, per_part: false });
        slots.extend(classes.stepwise.iter().enumerate().map(row));
        for (id, slot) in slots {
            self.is_in(id, slot);
        }
    }

    /// A node's values are in memory.
    pub fn is_in(&mut self, id: NodeId, slot: Slot) {
        for part in 0..self.layout.parts {
            self.allocator.in_memory(self.value(id, part), self.layout.at(slot, part));
        }
    }

    /// The operands of an operation are read at `time`.
    pub fn note_children(&mut self, id: NodeId, time: usize) {
        let children: Vec<NodeId> = self.program.graph.node(id).children().collect();
        self.note(&children, time);
    }

    /// Some values are read at `time`.
    pub fn note(&mut self, ids: &[NodeId], time: usize) {
        for id in ids {
            for part in 0..self.layout.parts {
                let value = self.value(*id, part);
                self.allocator.will_use(value, time);
            }
        }
    }

    /// The operation of this time is written.
    pub fn finish_time(&mut self) {
        self.allocator.finish(self.time);
        self.time += 1;
    }

    /// What the lanes carry: its next value, its slot.
    pub fn carried(&self) -> impl Iterator<Item = (NodeId, Slot)> {
        let carried = self.program.carried.iter().zip(&self.layout.carried);
        carried.filter_map(|(carried, slot)| slot.map(|slot| (carried.next, self.layout.lane_slot(slot))))
    }
}

/// Numbers of [`Layout::watch`].
pub const WATCHED: usize = 3;

/// Gives everything its place.
fn lay_out(program: &Program, classes: &Classes, isa: Isa, parts: usize) -> Layout {
    let mut numbers = 0..;
    let mut lane = |wanted: &bool| if *wanted { numbers.next() } else { None };
    let knobs = classes.is_knob_of_lanes.iter().map(&mut lane).collect();
    let carried = classes.is_uniform.iter().map(|uniform| lane(&!uniform)).collect();
    let bar = numbers.start;
    let watch = bar + 1;
    let prepared = watch + WATCHED;
    let mut vectors = 0;
    let mut take = |count: usize, per_part: bool| {
        let slot = Slot { base: Base::Common, vector: vectors, per_part };
        vectors += if per_part { count * parts } else { count };
        slot
    };
    let loss = take(1, true);
    let tested = program.stop.tested().iter().map(|_| take(1, true)).collect();
    let ended = take(1, true);
    let (tolerances, literals) = (take(program.stop.tested().len(), false), take(LITERALS.len(), false));
    let fixed = take(classes.fixed.len(), false);
    let of_lanes = prepared + classes.setup.len();
    let row = classes.stepwise.len();
    let common = vectors;
    Layout {
        isa,
        parts,
        of_lanes,
        knobs,
        carried,
        bar,
        watch,
        prepared,
        common,
        loss,
        tested,
        ended,
        tolerances,
        literals,
        fixed,
        row,
    }
}
