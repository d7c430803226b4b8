//! A function on its way: its instructions, its locals, and where each node's value is.

use super::calls::Calls;
use super::layout::{Layout, PARTS, SLOT, VECTOR};
use super::packed::Packed;
use crate::engine::classes::{Class, Classes};
use crate::expr::{Node, NodeId};
use crate::sweep::{FormulaSweep, Input, Program};
use wasm_encoder::{InstructionSink, MemArg, MemArgTarget, ValType};

/// A local variable.
pub type Local = u32;

/// A vector.
#[derive(Debug, Clone, Copy)]
pub enum Value {
    Constant(i128),
    Local(Local),
}

/// The arguments of every function that makes or judges steps: the step to begin at, and the one to stop before.
pub const STEP: Local = 0;
pub const UNTIL: Local = 1;
const ARGUMENTS: u32 = 2;

/// The instructions of a function on its way, and its locals.
pub struct Code {
    pub packed: Packed,
    body: Vec<u8>,
    arguments: u32,
    locals: Vec<ValType>,
}

/// Locals and instructions of a function.
pub type Written = (Vec<ValType>, Vec<u8>);

impl Code {
    pub fn new(packed: Packed, arguments: u32) -> Self {
        Self { packed, body: Vec::new(), arguments, locals: Vec::new() }
    }

    pub fn out(&mut self) -> InstructionSink<'_> {
        InstructionSink::new(&mut self.body)
    }

    /// So many new locals, the first of them.
    pub fn locals(&mut self, count: usize, of: ValType) -> Local {
        let first = self.arguments + self.locals.len() as u32;
        self.locals.extend(std::iter::repeat_n(of, count));
        first
    }

    pub fn push_value(&mut self, value: Value) {
        match value {
            Value::Constant(bits) => self.out().v128_const(bits),
            Value::Local(local) => self.out().local_get(local),
        };
    }

    /// The vector on the stack, in a local of its own.
    pub fn kept(&mut self) -> Value {
        let local = self.locals(1, ValType::V128);
        self.out().local_set(local);
        Value::Local(local)
    }

    pub fn finish(mut self) -> Written {
        self.out().end();
        (self.locals, self.body)
    }
}

/// A function over the program on its way.
pub struct Writer<'a> {
    pub program: &'a Program,
    pub classes: &'a Classes,
    pub layout: &'a Layout,
    pub calls: &'a Calls,
    pub code: Code,
    /// [`Code::packed`]
    pub packed: Packed,
    /// Of every node, once it is known: of a local the first of as many as there are parts, or the only one of what all lanes share.
    places: Vec<Option<Value>>,
    /// Whether all lanes have one value of it: in the same step, or in the same row.
    is_shared: Vec<bool>,
}

impl<'a> Writer<'a> {
    /// Nothing is known but constants.
    pub fn new(spec: &'a FormulaSweep, classes: &'a Classes, layout: &'a Layout, calls: &'a Calls) -> Self {
        let program = &spec.program;
        let packed = Packed { wide: program.precision.is_wide() };
        let constant = |node: &Node| match node {
            Node::Constant(bits) => Some(Value::Constant(packed.constant(f64::from_bits(*bits)))),
            _ => None,
        };
        let places = program.graph.nodes().iter().map(constant).collect();
        let is_shared = shared(program, classes);
        Self { program, classes, layout, calls, code: Code::new(packed, ARGUMENTS), packed, places, is_shared }
    }

    pub fn finish(self) -> Written {
        self.code.finish()
    }

    pub fn out(&mut self) -> InstructionSink<'_> {
        self.code.out()
    }

    pub fn locals(&mut self, count: usize, of: ValType) -> Local {
        self.code.locals(count, of)
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
        self.places[id.index()] = Some(Value::Local(local));
    }

    /// The node of an input.
    pub fn input(&self, wanted: Input) -> Option<NodeId> {
        let number = self.program.inputs.iter().position(|input| *input == wanted)?;
        let at = self.program.graph.nodes().iter().position(|node| *node == Node::Input(number as u32))?;
        Some(self.program.graph.id_at(at))
    }

    /// The first local of a node that is known.
    pub fn local(&self, id: NodeId) -> Option<Local> {
        if let Some(Value::Local(local)) = self.places[id.index()] { Some(local) } else { None }
    }

    /// A part of a node.
    pub fn value_of(&self, id: NodeId, part: usize) -> Value {
        let shared = self.parts(id) == 1;
        match self.places[id.index()] {
            Some(Value::Local(local)) => Value::Local(local + if shared { 0 } else { part as Local }),
            Some(constant) => constant,
            None => unreachable!("a node is computed before it is read"),
        }
    }

    /// Pushes it.
    pub fn push(&mut self, id: NodeId, part: usize) {
        self.code.push_value(self.value_of(id, part));
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
