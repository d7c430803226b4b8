//! Graph → tape: lists of instructions over numbered registers.
//!
//! Carried values live in two register sets used in turn: an even step reads set 0 and writes set 1, an odd step
//! the other way round. So the values before the step are still there when a descent turns out to have ended, and
//! nothing is ever copied back.

use super::emitter::{Emitter, Scratch, Work};
use super::instruction::{Instruction, Register};
use crate::expr::{Node, NodeId};
use crate::sweep::{InitialValue, Input, Program, Root};

/// Instructions of one step, for one of the two register sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What both of the others read: where not every step is judged, it cannot wait for the check.
    pub shared: Vec<Work>,
    /// Loss and numbers of the stop test.
    pub check: Vec<Work>,
    /// The next carried values.
    pub advance: Vec<Work>,
    pub loss: Register,
    pub tested: Vec<Register>,
    /// Registers of the carried values before the step.
    pub carried: Vec<Register>,
}

/// A program for the block interpreter.
#[derive(Debug, Clone, PartialEq)]
pub struct Tape {
    /// What depends on knobs alone: run when a lane takes a new cell.
    pub setup: Vec<Work>,
    /// For even and odd steps.
    pub steps: [Step; 2],
    pub registers: usize,
    pub constants: Vec<(Register, f64)>,
    /// Register of each knob that anything reads, in the order of [`Program::knobs`].
    pub knobs: Vec<Option<Register>>,
    /// What each step brings: its number, and what is drawn.
    pub of_step: Vec<(Register, Input)>,
}

impl Tape {
    /// Compiles a program.
    pub fn new(program: &Program) -> Self {
        let mut layout = Layout::new(program);
        let setup_nodes = layout.setup_nodes();
        for node in &setup_nodes {
            layout.fixed[node.index()] = Some(layout.take());
        }
        let setup = layout.setup(&setup_nodes);
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
            of_step: layout.of_step,
        }
    }
}

impl Tape {
    /// Instructions of one step, all rows counted.
    pub fn instructions(&self) -> u64 {
        let [step, _] = &self.steps;
        let works = step.shared.iter().chain(&step.check).chain(&step.advance).map(|work| match work {
            Work::Straight(instructions) => instructions.len() as u64,
            Work::Rows(rows) => u64::from(rows.rows) * (rows.body.len() + rows.folds.len()) as u64,
        });
        works.sum()
    }
}

/// Assigns registers.
struct Layout<'a> {
    program: &'a Program,
    needed: Vec<bool>,
    /// Registers of nodes that keep their value over steps.
    fixed: Vec<Option<Register>>,
    knobs: Vec<Option<Register>>,
    of_step: Vec<(Register, Input)>,
    registers: usize,
}

impl<'a> Layout<'a> {
    fn new(program: &'a Program) -> Self {
        let needed = program.needed();
        let (fixed, knobs) = (vec![None; needed.len()], vec![None; program.knobs.len()]);
        let mut layout = Self { program, needed, fixed, knobs, of_step: Vec::new(), registers: 0 };
        for at in 0..layout.needed.len() {
            let id = program.graph.id_at(at);
            match program.graph.node(id) {
                Node::Constant(_) if layout.needed[at] => layout.fixed[at] = Some(layout.take()),
                Node::Input(number) => layout.place_input(at, program.inputs[number as usize]),
                _ => {}
            }
        }
        // A knob that no formula reads may still be where a parameter starts, or say what is drawn.
        let starts = program.carried.iter().filter_map(|carried| match carried.initial {
            InitialValue::Knob(knob) => Some(knob),
            InitialValue::Zero => None,
        });
        let rows = program.table().into_iter().chain(program.batch.and_then(|batch| batch.seed));
        let noise = program.noise.into_iter().flat_map(|noise| noise.cell.into_iter().chain([noise.seed]));
        for knob in starts.chain(rows).chain(noise) {
            if layout.knobs[knob].is_none() {
                layout.knobs[knob] = Some(layout.take());
            }
        }
        layout
    }

    fn place_input(&mut self, at: usize, input: Input) {
        if matches!(input, Input::Carried(_)) || !self.needed[at] {
            return;
        }
        let register = self.take();
        self.fixed[at] = Some(register);
        match input {
            Input::Knob(knob) => self.knobs[knob] = Some(register),
            _ => self.of_step.push((register, input)),
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

    /// Needed operations that depend on knobs, constants and data alone.
    fn setup_nodes(&self) -> Vec<NodeId> {
        let graph = &self.program.graph;
        let mut constant = vec![false; self.needed.len()];
        for (at, node) in graph.nodes().iter().enumerate() {
            constant[at] = match *node {
                Node::Constant(_) => true,
                Node::Input(number) => matches!(self.program.inputs[number as usize], Input::Knob(_)),
                Node::Column(number) => !self.program.columns[number as usize].batch,
                _ => node.children().all(|child| constant[child.index()]),
            };
        }
        self.operations().filter(|id| constant[id.index()]).collect()
    }

    /// Needed operations that are not by row.
    fn operations(&self) -> impl Iterator<Item = NodeId> {
        let graph = &self.program.graph;
        let ids = (0..self.needed.len()).filter(|at| self.needed[*at]).map(|at| graph.id_at(at));
        ids.filter(|id| !matches!(graph.node(*id), Node::Constant(_) | Node::Input(_)) && !graph.is_by_row(*id))
    }

    fn setup(&mut self, nodes: &[NodeId]) -> Vec<Work> {
        let stages = self.program.schedule(nodes);
        let scratch = Scratch::after(self.registers);
        let mut emitter = Emitter::new(self.program, self.fixed.clone(), scratch, &stages);
        let works = emitter.emit(&stages);
        self.registers = self.registers.max(emitter.registers());
        works
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
        let judged = self.program.graph.needed_by(&self.program.judged());
        let copies = self.place_results(&mut places, &judged, to, loss);
        let moving = |id: &NodeId| self.fixed[id.index()].is_none();
        let advancing = self.program.graph.needed_by(&self.program.advancing());
        let of_both = |id: &NodeId| self.program.batch.is_some() && judged[id.index()] && advancing[id.index()];
        let (both, first): (Vec<NodeId>, Vec<NodeId>) = self.operations().filter(moving).partition(of_both);
        let (first, second): (Vec<NodeId>, Vec<NodeId>) = first.into_iter().partition(|id| judged[id.index()]);
        let [both, first, second] = [both, first, second].map(|nodes| self.program.schedule(&nodes));
        let stages = [both.as_slice(), &first, &second].concat();
        let scratch = Scratch::after(first_free);
        let mut emitter = Emitter::new(self.program, places, scratch, &stages);
        let shared = emitter.emit(&both);
        let mut check = emitter.emit(&first);
        let mut advance = emitter.emit(&second);
        self.registers = self.registers.max(emitter.registers());
        let place = |id: NodeId| emitter.places[id.index()].expect("every root is placed");
        for (root, node, register) in copies {
            let list = if root == Root::Loss { &mut check } else { &mut advance };
            list.push(Work::Straight(vec![Instruction::Copy(register, place(node))]));
        }
        let tested = self.program.stop.tested().iter().map(|node| place(*node)).collect();
        Step { shared, check, advance, loss, tested, carried: from.to_vec() }
    }

    /// Lets loss and next values be computed where they belong. What cannot be is returned, to be copied: an input, a
    /// node that already has a place, and a next value that is known before the checks, because until then its
    /// register holds the value of the step before.
    fn place_results(
        &self,
        places: &mut [Option<Register>],
        judged: &[bool],
        to: &[Register],
        loss: Register,
    ) -> Vec<(Root, NodeId, Register)> {
        let mut copies = Vec::new();
        for (root, node) in self.program.roots() {
            let (register, early) = match root {
                Root::Loss => (loss, false),
                Root::Next(carried) => (to[carried], judged[node.index()]),
                Root::Tested(_) => continue,
            };
            match &mut places[node.index()] {
                place @ None if !early => *place = Some(register),
                _ => copies.push((root, node, register)),
            }
        }
        copies
    }
}
