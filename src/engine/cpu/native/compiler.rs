//! The state of a compilation: where everything is while instructions are written.

use super::allocate::{Allocator, Value};
use super::assembler::Assembler;
use super::expand::Flats;
use super::flat::{At, Entry, Flat};
use super::kept::Blocks;
use super::layout::{Layout, Slot};
use super::machine::{Address, Base, Isa, Jump, Operand, Vector};
use super::operations::{LITERALS, Literal};
use crate::engine::classes::Classes;
use crate::expr::{Node, NodeId};
use crate::sweep::{Input, Program};

/// Machine code on its way.
pub struct Compiler<'a> {
    pub program: &'a Program,
    pub classes: &'a Classes,
    pub code: &'a Flats,
    /// The list of the function at hand.
    pub flat: &'a Flat,
    pub layout: Layout,
    pub out: Assembler,
    pub allocator: Allocator,
    pub time: usize,
    /// The loop over rows that is being written.
    pub rows: Option<Loop>,
    /// Calls of functions outside.
    pub calls: Vec<Jump>,
    /// Slots that never change and stay in a register: the first of them in the last register.
    pub pins: Vec<Slot>,
    /// Registers that keep the least and the largest loss of each part in the watching loop; none where they are in memory.
    pub losses: Vec<[Vector; 2]>,
    /// Of the function of blocks.
    pub blocks: Blocks,
    /// Whether what lanes carry stays in registers within the loops.
    pub keeps_carried: bool,
}

/// The loop that is being written.
pub struct Loop {
    /// Where a row begins.
    pub begin: usize,
    /// When its last operation is done.
    pub end: usize,
    /// What goes from row to row in registers: its value, that of the next row, the register.
    pub carried: Vec<(Value, Value, Vector)>,
    /// What goes from row to row in memory: where, and the value of the next row.
    pub stored: Vec<(Address, Value)>,
    /// What stays in registers of what does not change.
    pub kept: Vec<(Value, Vector)>,
}

impl<'a> Compiler<'a> {
    /// With places for everything and no instruction yet but those that load what stays in registers.
    pub fn new(
        program: &'a Program,
        classes: &'a Classes,
        code: &'a Flats,
        isa: Isa,
        parts: usize,
        pins: usize,
    ) -> Self {
        let layout = lay_out(program, classes, code, isa, parts);
        let allocator = Self::allocator(&layout, code.most_steps());
        let out = Assembler::new(isa, program.precision.is_wide());
        let magnitude = LITERALS.iter().position(|literal| *literal == Literal::Magnitude).unwrap_or(0);
        let shared = |first: Slot, at: usize| Slot { vector: first.vector + at, ..first };
        let fixed = (0..classes.fixed.len()).map(|at| shared(layout.fixed, at));
        let constants = (LITERALS.len()..code.constants.len()).map(|at| shared(layout.literals, at));
        let first = [shared(layout.literals, magnitude), layout.tolerance(0)];
        let pins = first.into_iter().chain(fixed).chain(constants).take(pins).collect();
        let mut compiler = Self {
            program,
            classes,
            code,
            flat: code.most_steps(),
            layout,
            out,
            allocator,
            time: 0,
            rows: None,
            calls: Vec::new(),
            pins,
            losses: Vec::new(),
            blocks: Blocks::default(),
            keeps_carried: false,
        };
        compiler.place_sources();
        compiler.begin();
        compiler
    }

    /// With room for spills behind all that has a place of its own.
    fn allocator(layout: &Layout, flat: &Flat) -> Allocator {
        let values = flat.entries.len() * layout.parts;
        Allocator::new(layout.isa, values, (layout.common * layout.isa.bytes()) as i32)
    }

    /// Begins another function over the same layout, in which these stay in registers.
    pub fn restart(&mut self, flat: &'a Flat, pins: Vec<Slot>) {
        self.flat = flat;
        self.allocator = Self::allocator(&self.layout, flat);
        self.time = 0;
        self.pins = pins;
        self.place_sources();
        self.begin();
    }

    /// Begins the function, and loads what stays in registers before its loop.
    fn begin(&mut self) {
        self.out.enter();
        for slot in self.pins.clone() {
            let Some(register) = self.pinned(slot) else { continue };
            self.out.load(register, Operand::Memory(self.layout.at(slot, 0)));
            self.allocator.pin(register);
        }
        let slots = self.slots();
        for at in 0..self.flat.entries.len() {
            if let Some(register) = self.source(at, &slots).and_then(|slot| self.pinned(slot)) {
                let value = self.entry_value(at, 0);
                self.allocator.in_pinned(value, register);
            }
        }
    }

    /// Keeps the least and the largest loss of each part in registers, where there are enough.
    pub fn keep_losses(&mut self) {
        if !self.layout.isa.has_many_registers() {
            return;
        }
        let mut free = (0..self.layout.isa.registers() - self.pins.len() as Vector).rev();
        for part in 0..self.layout.parts {
            let pair = [0, 1].map(|at| {
                let (register, place) = (free.next().expect("there are registers enough"), self.watched(at, part));
                self.out.load(register, Operand::Memory(place));
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
        self.entry_value(self.flat.of_node[id.index()].expect("every node that is asked for is in the list"), part)
    }

    /// The value of an entry, likewise.
    pub fn entry_value(&self, at: At, part: usize) -> Value {
        let is_shared = match self.flat.entries[at] {
            Entry::Node(id) => self.classes.is_shared(id),
            Entry::Row { at, .. } => !self.code.tables.is_by_lane(self.code.tables.is_of_batch(at)),
            Entry::Constant(_) => true,
            Entry::Carried { .. } | Entry::Operation(_) => false,
        };
        at * self.layout.parts + if is_shared { 0 } else { part }
    }

    /// Where the nodes are that are in memory from the beginning: inputs, what all lanes share, what is prepared.
    fn slots(&self) -> Vec<Option<Slot>> {
        let (layout, classes) = (&self.layout, self.classes);
        let mut slots = vec![None; self.program.graph.nodes().len()];
        for (at, node) in self.program.graph.nodes().iter().enumerate() {
            let Node::Input(number) = node else { continue };
            let of_lanes = match self.program.inputs[*number as usize] {
                Input::Knob(knob) => layout.knobs[knob],
                Input::Carried(carried) => layout.carried[carried],
                Input::Drawn { parameter, half } => {
                    let drawn = layout.noise.iter().position(|noise| *noise == (parameter, half));
                    slots[at] = drawn.map(|drawn| layout.drawn(drawn));
                    continue;
                }
                Input::StepNumber => None,
            };
            slots[at] = of_lanes.map(|slot| layout.lane_slot(slot));
        }
        for (at, id) in classes.fixed.iter().enumerate() {
            slots[id.index()] = Some(Slot { vector: layout.fixed.vector + at, ..layout.fixed });
        }
        for (at, id) in classes.stepwise.iter().enumerate() {
            slots[id.index()] = Some(Slot { base: Base::Row, vector: at, per_part: false });
        }
        for (at, id) in classes.setup.iter().enumerate() {
            slots[id.index()] = Some(layout.prepared(at));
        }
        slots
    }

    /// Where an entry is from the beginning.
    fn source(&self, at: At, slots: &[Option<Slot>]) -> Option<Slot> {
        match self.flat.entries[at] {
            Entry::Node(id) => slots[id.index()],
            Entry::Constant(at) => Some(Slot { vector: self.layout.literals.vector + at, ..self.layout.literals }),
            Entry::Row { .. } | Entry::Carried { .. } | Entry::Operation(_) => None,
        }
    }

    /// What the list reads is in memory from the beginning.
    fn place_sources(&mut self) {
        let slots = self.slots();
        for at in 0..self.flat.entries.len() {
            if let Entry::Row { at: number, place } = self.flat.entries[at] {
                self.place_in_row(at, number, place);
            }
            if let Some(slot) = self.source(at, &slots) {
                for part in 0..self.layout.parts {
                    let value = self.entry_value(at, part);
                    self.allocator.in_memory(value, self.layout.at(slot, part));
                }
            }
        }
    }

    /// An entry is a number of the rows of a loop.
    fn place_in_row(&mut self, entry: At, table: usize, place: usize) {
        let tables = &self.code.tables;
        let (batch, size) = (tables.is_of_batch(table), self.size_in_row(table));
        // A batch is where the loop begins.
        let before = if batch { 0 } else { tables.begin(table) };
        let at = |part: usize| Address {
            base: Base::Data,
            offset: ((before + place) * size + part * self.layout.isa.bytes()) as i32,
        };
        if !tables.is_by_lane(batch) {
            return self.allocator.in_all_lanes(self.entry_value(entry, 0), at(0));
        }
        for part in 0..self.layout.parts {
            self.allocator.in_memory(self.entry_value(entry, part), at(part));
        }
    }

    /// A node's values are in memory.
    pub fn is_in(&mut self, id: NodeId, slot: Slot) {
        for part in 0..self.layout.parts {
            self.allocator.in_memory(self.value(id, part), self.layout.at(slot, part));
        }
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

    /// What is done at this time is written.
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
fn lay_out(program: &Program, classes: &Classes, code: &Flats, isa: Isa, parts: usize) -> Layout {
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
    let (tolerances, literals) = (take(program.stop.tested().len(), false), take(code.constants.len(), false));
    let fixed = take(classes.fixed.len(), false);
    let calls = take(if code.calls { Layout::of_calls(isa.registers()) } else { 0 }, false);
    let limit = take(1, false);
    let of_lanes = prepared + classes.setup.len();
    let common = vectors;
    let noise: Vec<(u32, u32)> = program.inputs.iter().filter_map(noise).collect();
    let of_row = |vector: usize, per_part: bool| Slot { base: Base::Row, vector, per_part };
    let drawn = of_row(classes.stepwise.len(), true);
    let by_lane = code.tables.is_by_lane(true);
    let batch = of_row(drawn.vector + noise.len() * parts, by_lane);
    let numbers = code.tables.len(true);
    let in_vector = Layout::plain(isa, 0).width_of_part(program.precision.is_wide());
    let row = batch.vector + if by_lane { numbers * parts } else { numbers.div_ceil(in_vector) };
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
        constants: code.constants.clone(),
        calls,
        fixed,
        row,
        drawn,
        noise,
        batch,
        limit,
    }
}

/// The parameter of a number of noise, and which half it is.
fn noise(input: &Input) -> Option<(u32, u32)> {
    match *input {
        Input::Drawn { parameter, half } => Some((parameter, half)),
        Input::Knob(_) | Input::Carried(_) | Input::StepNumber => None,
    }
}
