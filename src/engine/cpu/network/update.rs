//! The rule's step over all parameters of a training, block by block.

use super::super::instruction::{Instruction, Lanes, Register, execute, filled};
use crate::expr::{Node, Real};
use crate::sweep::{Update, UpdateInput};

/// A compiled [`Update`].
pub struct Updater<T: Real> {
    /// What is the same for all parameters of a layer: schedules, corrections of moments.
    once: Vec<Instruction>,
    each: Vec<Instruction>,
    registers: Vec<Lanes<T>>,
    inputs: Vec<(Register, UpdateInput)>,
    next: Vec<Register>,
}

/// What a step is made with, besides what is carried: a number, or one for each of the trainings side by side, whose number divides
/// [`LANES`].
pub struct Step<'a, T> {
    pub alpha: &'a [T],
    /// In the order of the rule.
    pub hyperparameters: &'a [&'a [T]],
    /// From 1.
    pub number: &'a [T],
}

/// Numbers per block: with a few dozen registers they stay in the first-level cache.
const LANES: usize = 256;

impl<T: Real> Updater<T> {
    /// Compiles: one register per node that is needed.
    pub fn new(update: &Update) -> Self {
        let graph = &update.graph;
        let needed = graph.needed_by(&update.next);
        let mut registers = Vec::new();
        let (mut once, mut each, mut inputs) = (Vec::new(), Vec::new(), Vec::new());
        let mut place = vec![0; needed.len()];
        let mut differs = vec![false; needed.len()];
        for at in (0..needed.len()).filter(|at| needed[*at]) {
            let to = registers.len();
            place[at] = to;
            let mut fill = T::ZERO;
            let node = graph.node(graph.id_at(at));
            differs[at] = match node {
                Node::Input(number) => {
                    matches!(update.inputs[number as usize], UpdateInput::Gradient | UpdateInput::Carried(_))
                }
                _ => node.children().any(|child| differs[child.index()]),
            };
            let instructions = if differs[at] { &mut each } else { &mut once };
            match node {
                Node::Constant(bits) => fill = T::from_f64(f64::from_bits(bits)),
                Node::Input(number) => inputs.push((to, update.inputs[number as usize])),
                Node::Unary(op, a) => instructions.push(Instruction::Unary(op, to, place[a.index()])),
                Node::Binary(op, a, b) => {
                    instructions.push(Instruction::Binary(op, to, place[a.index()], place[b.index()]));
                }
                Node::Compare(op, a, b) => {
                    instructions.push(Instruction::Compare(op, to, place[a.index()], place[b.index()]));
                }
                Node::Select(condition, a, b) => {
                    let [condition, a, b] = [condition, a, b].map(|id| place[id.index()]);
                    instructions.push(Instruction::Select(to, condition, a, b));
                }
                Node::Column(_) | Node::Sum(..) | Node::Largest(..) => unreachable!("a rule reads no data"),
            }
            registers.push(filled(fill, LANES));
        }
        let next = update.next.iter().map(|id| place[id.index()]).collect();
        Self { once, each, registers, inputs, next }
    }

    /// Makes a step of the parameters of one layer: all lists are that layer's.
    pub fn step(&mut self, step: &Step<'_, T>, gradient: &[T], carried: &mut [&mut [T]]) {
        for (register, input) in &self.inputs {
            let own = match input {
                UpdateInput::Alpha => step.alpha,
                UpdateInput::Hyperparameter(at) => step.hyperparameters[*at],
                UpdateInput::StepNumber => step.number,
                UpdateInput::Gradient | UpdateInput::Carried(_) => continue,
            };
            for lanes in self.registers[*register].chunks_exact_mut(own.len()) {
                lanes.copy_from_slice(own);
            }
        }
        execute(&self.once, &mut self.registers, LANES);
        for from in (0..gradient.len()).step_by(LANES) {
            let lanes = LANES.min(gradient.len() - from);
            for (register, input) in &self.inputs {
                let values = match input {
                    UpdateInput::Gradient => &gradient[from..from + lanes],
                    UpdateInput::Carried(at) => &carried[*at][from..from + lanes],
                    _ => continue,
                };
                self.registers[*register][..lanes].copy_from_slice(values);
            }
            execute(&self.each, &mut self.registers, lanes);
            for (register, carried) in self.next.iter().zip(carried.iter_mut()) {
                carried[from..from + lanes].copy_from_slice(&self.registers[*register][..lanes]);
            }
        }
    }
}
