//! Graph → tape: a list of instructions over numbered registers.
//!
//! Carried values live in two register sets used in turn: an even step reads set 0 and writes set 1, an odd step
//! the other way round. So the values before the step are still there when a descent turns out to have ended, and
//! nothing is ever copied back.

use crate::expr::{Binary, Comparison, Node, NodeId, Real, Unary};
use crate::sweep::{Input, Program, Root};
use aligned_vec::{AVec, ConstAlign};
use multiversion::multiversion;

/// A register holds one number for every lane of a block.
pub type Register = usize;

/// One pass over the lanes. The first register is written and is none of the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Instruction {
    Unary(Unary, Register, Register),
    Binary(Binary, Register, Register, Register),
    /// Writes 1 or 0.
    Compare(Comparison, Register, Register, Register),
    /// Third where the second is not 0, else fourth.
    Select(Register, Register, Register, Register),
    Copy(Register, Register),
}

/// Instructions of one step, for one of the two register sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Loss and gradient.
    pub check: Vec<Instruction>,
    /// The next carried values.
    pub advance: Vec<Instruction>,
    pub loss: Register,
    pub gradient: Vec<Register>,
    /// Registers of the carried values before the step.
    pub carried: Vec<Register>,
}

/// A program for the block interpreter.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// What depends on knobs alone: run when a lane takes a new cell.
    pub setup: Vec<Instruction>,
    /// For even and odd steps.
    pub steps: [Step; 2],
    pub registers: usize,
    pub constants: Vec<(Register, f64)>,
    /// Register of each knob that the step or an initial value reads, in the order of [`Program::knobs`].
    pub knobs: Vec<Option<Register>>,
    pub step_number: Option<Register>,
}

impl Tape {
    /// Compiles a program.
    pub fn new(program: &Program) -> Self {
        let mut layout = Layout::new(program);
        let setup_nodes: Vec<NodeId> = layout.setup_nodes().collect();
        for node in &setup_nodes {
            layout.fixed[node.index()] = Some(layout.take());
        }
        let setup = setup_nodes.iter().map(|id| layout.instruction(*id, &layout.fixed)).collect();
        let sets = [0, 1].map(|_| program.carried.iter().map(|_| layout.take()).collect::<Vec<_>>());
        let losses = [layout.take(), layout.take()];
        let first_free = layout.registers;
        let even = layout.step(&sets[0], &sets[1], losses[0], first_free);
        let odd = layout.step(&sets[1], &sets[0], losses[1], first_free);
        let constants = layout.constants();
        Self {
            setup,
            steps: [even, odd],
            registers: layout.registers,
            constants,
            knobs: layout.knobs,
            step_number: layout.step_number,
        }
    }
}

/// Assigns registers.
struct Layout<'a> {
    program: &'a Program,
    needed: Vec<bool>,
    /// Registers of nodes that keep their value over steps.
    fixed: Vec<Option<Register>>,
    knobs: Vec<Option<Register>>,
    step_number: Option<Register>,
    registers: usize,
}

impl<'a> Layout<'a> {
    fn new(program: &'a Program) -> Self {
        let needed = program.needed();
        let fixed = vec![None; needed.len()];
        let knobs = vec![None; program.knobs.len()];
        let mut layout = Self { program, needed, fixed, knobs, step_number: None, registers: 0 };
        for at in 0..layout.needed.len() {
            let id = program.graph.id_at(at);
            match program.graph.node(id) {
                Node::Constant(_) if layout.needed[at] => layout.fixed[at] = Some(layout.take()),
                Node::Input(number) => layout.place_input(at, program.inputs[number as usize]),
                _ => {}
            }
        }
        // A knob that no formula reads may still be where a parameter starts.
        for carried in &program.carried {
            if let crate::sweep::InitialValue::Knob(knob) = carried.initial
                && layout.knobs[knob].is_none()
            {
                layout.knobs[knob] = Some(layout.take());
            }
        }
        layout
    }

    fn place_input(&mut self, at: usize, input: Input) {
        let register = match input {
            Input::Carried(_) => return,
            _ if !self.needed[at] => return,
            Input::Knob(_) | Input::StepNumber => self.take(),
        };
        self.fixed[at] = Some(register);
        match input {
            Input::Knob(knob) => self.knobs[knob] = Some(register),
            _ => self.step_number = Some(register),
        }
    }

    fn take(&mut self) -> Register {
        self.registers += 1;
        self.registers - 1
    }

    fn constants(&self) -> Vec<(Register, f64)> {
        let value = |(at, register): (usize, &Option<Register>)| {
            register.zip(self.program.graph.constant_value(self.program.graph.id_at(at)))
        };
        self.fixed.iter().enumerate().filter_map(value).collect()
    }

    /// Needed operations that depend on knobs and constants alone.
    fn setup_nodes(&self) -> impl Iterator<Item = NodeId> {
        let graph = &self.program.graph;
        let mut constant = vec![false; self.needed.len()];
        for (at, node) in graph.nodes().iter().enumerate() {
            constant[at] = match *node {
                Node::Constant(_) => true,
                Node::Input(number) => matches!(self.program.inputs[number as usize], Input::Knob(_)),
                _ => node.children().all(|child| constant[child.index()]),
            };
        }
        let operation = |id: NodeId| !matches!(graph.node(id), Node::Constant(_) | Node::Input(_));
        let ids = (0..self.needed.len()).map(|at| graph.id_at(at));
        ids.filter(move |id| self.needed[id.index()] && constant[id.index()] && operation(*id))
    }

    fn instruction(&self, id: NodeId, places: &[Option<Register>]) -> Instruction {
        let place = |id: NodeId| places[id.index()].expect("children are placed before their parents");
        let to = place(id);
        match self.program.graph.node(id) {
            Node::Unary(op, a) => Instruction::Unary(op, to, place(a)),
            Node::Binary(op, a, b) => Instruction::Binary(op, to, place(a), place(b)),
            Node::Compare(op, a, b) => Instruction::Compare(op, to, place(a), place(b)),
            Node::Select(condition, a, b) => Instruction::Select(to, place(condition), place(a), place(b)),
            Node::Constant(_) | Node::Input(_) => unreachable!("constants and inputs are no operations"),
        }
    }

    /// A step that reads carried values in `from` and writes them to `to`. Scratch registers begin at `first_free`.
    fn step(&mut self, from: &[Register], to: &[Register], loss: Register, first_free: usize) -> Step {
        let mut places = self.fixed.clone();
        for (at, node) in self.program.graph.nodes().iter().enumerate() {
            if let Node::Input(number) = node
                && let Input::Carried(carried) = self.program.inputs[*number as usize]
            {
                places[at] = Some(from[carried]);
            }
        }
        let checked = self.checked();
        let mut copies = self.place_results(&mut places, &checked, to, loss);
        let (first, second) = self.operations(&checked);
        let last_use = self.last_uses(&first, &second);
        let mut scratch = Scratch { free: Vec::new(), next: first_free };
        let mut instructions = Vec::new();
        let results = places.clone();
        for (time, id) in first.iter().chain(&second).enumerate() {
            if places[id.index()].is_none() {
                places[id.index()] = Some(scratch.take());
            }
            instructions.push(self.instruction(*id, &places));
            // Freed only now: an instruction never writes what it reads.
            let mut children: Vec<NodeId> = self.program.graph.node(*id).children().collect();
            children.dedup();
            for child in children {
                if last_use[child.index()] == Some(time) && results[child.index()].is_none() {
                    scratch.free.push(places[child.index()].expect("a child is placed"));
                }
            }
        }
        self.registers = self.registers.max(scratch.next);
        let place = |id: NodeId| places[id.index()].expect("every root is placed");
        let mut advance = instructions.split_off(first.len());
        let mut check = instructions;
        for (root, node, register) in copies.drain(..) {
            let list = if root == Root::Loss { &mut check } else { &mut advance };
            list.push(Instruction::Copy(register, place(node)));
        }
        let gradient = self.program.gradient.iter().map(|node| place(*node)).collect();
        Step { check, advance, loss, gradient, carried: from.to_vec() }
    }

    /// For every node, whether loss or gradient need it.
    fn checked(&self) -> Vec<bool> {
        let roots: Vec<NodeId> = self.program.gradient.iter().copied().chain([self.program.loss]).collect();
        self.program.graph.needed_by(&roots)
    }

    /// Lets loss and next values be computed where they belong. What cannot be is returned, to be copied: an input, a
    /// node that already has a place, and a next value that is known before the checks, because until then its
    /// register holds the value of the step before.
    fn place_results(
        &self,
        places: &mut [Option<Register>],
        checked: &[bool],
        to: &[Register],
        loss: Register,
    ) -> Vec<(Root, NodeId, Register)> {
        let mut copies = Vec::new();
        for (root, node) in self.program.roots() {
            let (register, early) = match root {
                Root::Loss => (loss, false),
                Root::Next(carried) => (to[carried], checked[node.index()]),
                Root::Gradient(_) => continue,
            };
            match &mut places[node.index()] {
                place @ None if !early => *place = Some(register),
                _ => copies.push((root, node, register)),
            }
        }
        copies
    }

    /// The operations of a step: those that loss and gradient need, then the rest.
    fn operations(&self, checked: &[bool]) -> (Vec<NodeId>, Vec<NodeId>) {
        let graph = &self.program.graph;
        let operation = |id: &NodeId| {
            let source = matches!(graph.node(*id), Node::Constant(_) | Node::Input(_));
            self.needed[id.index()] && !source && self.fixed[id.index()].is_none()
        };
        (0..graph.nodes().len()).map(|at| graph.id_at(at)).filter(operation).partition(|id| checked[id.index()])
    }

    /// When each scratch value is read for the last time; what the step results in is kept to the end.
    fn last_uses(&self, first: &[NodeId], second: &[NodeId]) -> Vec<Option<usize>> {
        let mut last = vec![None; self.needed.len()];
        for (time, id) in first.iter().chain(second).enumerate() {
            self.program.graph.node(*id).children().for_each(|child| last[child.index()] = Some(time));
        }
        for (_, node) in self.program.roots() {
            last[node.index()] = None;
        }
        last
    }
}

/// Registers that are reused within a step.
struct Scratch {
    free: Vec<Register>,
    next: Register,
}

impl Scratch {
    fn take(&mut self) -> Register {
        self.free.pop().unwrap_or_else(|| {
            self.next += 1;
            self.next - 1
        })
    }
}

/// The lanes of one register. Aligned, because vector loads and stores that straddle two cache lines cost double.
pub type Lanes<T> = AVec<T, ConstAlign<64>>;

/// Runs instructions over the first `lanes` lanes of the registers.
///
/// Compiled once per instruction set and chosen at run time, so that a plain release binary uses what the processor
/// has. No set changes a result: products and sums are never fused.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw", "x86_64+avx2", "x86_64+sse4.1"))]
pub fn execute<T: Real>(instructions: &[Instruction], registers: &mut [Lanes<T>], lanes: usize) {
    for instruction in instructions {
        let (Instruction::Unary(_, to, _)
        | Instruction::Binary(_, to, ..)
        | Instruction::Compare(_, to, ..)
        | Instruction::Select(to, ..)
        | Instruction::Copy(to, _)) = *instruction;
        // Taken out for the time of the write, which costs a move of three words and no unsafe code.
        let mut taken = std::mem::replace(&mut registers[to], Lanes::new(0));
        let out = &mut taken[..lanes];
        let read = |register: Register| &registers[register][..lanes];
        match *instruction {
            Instruction::Unary(op, _, a) => unary(op, out, read(a)),
            Instruction::Binary(op, _, a, b) => binary(op, out, read(a), read(b)),
            Instruction::Compare(op, _, a, b) => compare(op, out, read(a), read(b)),
            Instruction::Select(_, condition, a, b) => select(out, read(condition), read(a), read(b)),
            Instruction::Copy(_, a) => out.copy_from_slice(read(a)),
        }
        registers[to] = taken;
    }
}

/// One loop per operation, so that each is a loop the compiler can vectorise.
macro_rules! loop_per_operation {
    ($op:expr, [$($variant:path),+], |$each:ident| $body:expr) => {
        match $op { $($variant => { let $each = $variant; $body })+ }
    };
}

#[inline(always)]
fn unary<T: Real>(op: Unary, out: &mut [T], a: &[T]) {
    use Unary::{Abs, Cos, Exp, Floor, Ln, Log2, Neg, Sigmoid, Sign, Sin, Softplus, Sqrt, Tan, Tanh};
    loop_per_operation!(
        op,
        [Abs, Cos, Exp, Floor, Ln, Log2, Neg, Sigmoid, Sign, Sin, Softplus, Sqrt, Tan, Tanh],
        |each| for (out, a) in out.iter_mut().zip(a) {
            *out = T::unary(each, *a);
        }
    );
}

#[inline(always)]
fn binary<T: Real>(op: Binary, out: &mut [T], a: &[T], b: &[T]) {
    use Binary::{Add, Div, Max, Min, Mul, Pow, Sub};
    loop_per_operation!(op, [Add, Div, Max, Min, Mul, Pow, Sub], |each| for ((out, a), b) in
        out.iter_mut().zip(a).zip(b)
    {
        *out = T::binary(each, *a, *b);
    });
}

#[inline(always)]
fn compare<T: Real>(op: Comparison, out: &mut [T], a: &[T], b: &[T]) {
    use Comparison::{Equal, Less, LessEqual};
    loop_per_operation!(op, [Equal, Less, LessEqual], |each| for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = if T::compare(each, *a, *b) { T::ONE } else { T::ZERO };
    });
}

#[inline(always)]
fn select<T: Real>(out: &mut [T], condition: &[T], a: &[T], b: &[T]) {
    for (((out, c), a), b) in out.iter_mut().zip(condition).zip(a).zip(b) {
        *out = if *c == T::ZERO { *b } else { *a };
    }
}
