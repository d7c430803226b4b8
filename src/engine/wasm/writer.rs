//! A function on its way: its instructions, its locals, and where each node's value is.

use super::layout::{Layout, PARTS, SLOT, VECTOR};
use super::packed::Packed;
use crate::engine::classes::{Class, Classes};
use crate::expr::{Node, NodeId};
use crate::sweep::{FormulaSweep, Input, Program};
use wasm_encoder::{InstructionSink, MemArg, MemArgTarget, ValType};

/// A local variable.
pub type Local = u32;

/// Where a value is.
#[derive(Debug, Clone, Copy)]
pub enum Place {
    Constant(i128),
    /// The first of as many locals as there are parts, or the only one of a value that all lanes share.
    Local(Local),
}

/// The arguments of every function: the step to begin at, and the one to stop before.
pub const STEP: Local = 0;
pub const UNTIL: Local = 1;
const ARGUMENTS: u32 = 2;

/// A function on its way.
pub struct Writer<'a> {
    pub program: &'a Program,
    pub classes: &'a Classes,
    pub layout: &'a Layout,
    pub packed: Packed,
    body: Vec<u8>,
    locals: Vec<ValType>,
    /// Of every node, once it is known.
    places: Vec<Option<Place>>,
    /// Whether all lanes have one value of it: in the same step, or in the same row.
    is_shared: Vec<bool>,
}

impl<'a> Writer<'a> {
    /// Nothing is known but constants.
    pub fn new(spec: &'a FormulaSweep, classes: &'a Classes, layout: &'a Layout) -> Self {
        let program = &spec.program;
        let packed = Packed { wide: program.precision.is_wide() };
        let constant = |node: &Node| match node {
            Node::Constant(bits) => Some(Place::Constant(packed.constant(f64::from_bits(*bits)))),
            _ => None,
        };
        let places = program.graph.nodes().iter().map(constant).collect();
        let is_shared = shared(program, classes);
        Self { program, classes, layout, packed, body: Vec::new(), locals: Vec::new(), places, is_shared }
    }

    /// Locals and instructions of the whole function.
    pub fn finish(mut self) -> (Vec<ValType>, Vec<u8>) {
        self.out().end();
        (self.locals, self.body)
    }

    pub fn out(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.body)
    }

    /// So many new locals, the first of them.
    pub fn locals(&mut self, count: usize, of: ValType) -> Local {
        let first = ARGUMENTS + self.locals.len() as u32;
        self.locals.extend(std::iter::repeat_n(of, count));
        first
    }

    /// A vector for each part.
    pub fn vectors(&mut self) -> Local {
        self.locals(PARTS, ValType::V128)
    }

    /// Parts that are computed of a node.
    pub fn parts(&self, id: NodeId) -> usize {
        if self.is_shared[id.index()] { 1 } else { PARTS }
    }

    /// Makes room for the value of a node.
    pub fn take(&mut self, id: NodeId) -> Local {
        let first = self.locals(self.parts(id), ValType::V128);
        self.is_at(id, first);
        first
    }

    pub fn is_at(&mut self, id: NodeId, local: Local) {
        self.places[id.index()] = Some(Place::Local(local));
    }

    /// The node of an input.
    pub fn input(&self, wanted: Input) -> Option<NodeId> {
        let number = self.program.inputs.iter().position(|input| *input == wanted)?;
        let at = self.program.graph.nodes().iter().position(|node| *node == Node::Input(number as u32))?;
        Some(self.program.graph.id_at(at))
    }

    /// The first local of a node that is known.
    pub fn local(&self, id: NodeId) -> Option<Local> {
        if let Some(Place::Local(local)) = self.places[id.index()] { Some(local) } else { None }
    }

    /// Pushes a part of a node's value.
    pub fn push(&mut self, id: NodeId, part: usize) {
        let shared = self.parts(id) == 1;
        match self.places[id.index()] {
            Some(Place::Constant(bits)) => self.out().v128_const(bits),
            Some(Place::Local(local)) => self.out().local_get(local + if shared { 0 } else { part as Local }),
            None => unreachable!("a node is computed before it is read"),
        };
    }

    pub fn get(&mut self, local: Local) {
        self.out().local_get(local);
    }

    pub fn set(&mut self, local: Local) {
        self.out().local_set(local);
    }

    /// Pushes a part of a slot.
    pub fn load(&mut self, slot: usize, part: usize) {
        self.out().i32_const(0).v128_load(at(slot, part));
    }

    /// Stores what `value` pushes into a part of a slot.
    pub fn store(&mut self, slot: usize, part: usize, value: impl FnOnce(&mut Self)) {
        self.out().i32_const(0);
        value(self);
        self.out().v128_store(at(slot, part));
    }

    /// Into a slot, in the lanes of a mask: what `value` pushes.
    pub fn store_where(&mut self, slot: usize, part: usize, mask: Local, value: impl FnOnce(&mut Self)) {
        self.store(slot, part, |writer| {
            value(writer);
            writer.load(slot, part);
            writer.out().local_get(mask).v128_bitselect();
        });
    }

    /// Loads what is there when a function begins: knobs and carried values, each into locals of its own.
    pub fn load_inputs(&mut self) {
        for at in 0..self.program.graph.nodes().len() {
            let id = self.program.graph.id_at(at);
            let Node::Input(number) = self.program.graph.node(id) else { continue };
            let slot = match self.program.inputs[number as usize] {
                Input::Knob(knob) => self.layout.knobs[knob],
                Input::Carried(carried) => self.layout.carried[carried],
                Input::StepNumber | Input::Drawn { .. } => continue,
            };
            let first = self.take(id);
            for part in 0..self.parts(id) {
                self.load(slot, part);
                self.out().local_set(first + part as Local);
            }
        }
    }

    /// Operations that knobs alone decide, in their order.
    pub fn prepared(&self) -> Vec<NodeId> {
        self.operations(|class| matches!(class, Class::Fixed | Class::Prepared))
    }

    /// Needed operations of some classes, those by row left out.
    pub fn operations(&self, wanted: impl Fn(Class) -> bool) -> Vec<NodeId> {
        let graph = &self.program.graph;
        let needed = self.program.needed();
        let ids = (0..needed.len()).filter(|at| needed[*at]).map(|at| graph.id_at(at));
        let source = |id: &NodeId| matches!(graph.node(*id), Node::Constant(_) | Node::Input(_));
        ids.filter(|id| !source(id) && !graph.is_by_row(*id) && wanted(self.classes.of(*id))).collect()
    }
}

fn shared(program: &Program, classes: &Classes) -> Vec<bool> {
    let mut found: Vec<bool> = Vec::with_capacity(program.graph.nodes().len());
    for (at, node) in program.graph.nodes().iter().enumerate() {
        found.push(match node {
            Node::Input(_) => classes.is_shared(program.graph.id_at(at)),
            Node::Sum(..) | Node::Largest(..) => false,
            node => node.children().all(|child| found[child.index()]),
        });
    }
    found
}

fn at(slot: usize, part: usize) -> MemArg {
    debug_assert!(part < SLOT / VECTOR, "a part of the slot");
    let offset = (slot + part * VECTOR) as u64;
    MemArg { offset, align: 4, target: MemArgTarget::default(), ordering: None }
}
