//! Which functions of the table of operations a module has as functions of its own, and which numbers they have.

use super::packed::Packed;
use crate::expr::{Binary, Machine, Node, Traced, Unary};
use crate::sweep::Program;

/// A function of the table of operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    One(Unary),
    /// Of angles that are large.
    Large(Unary),
    Two(Binary),
}

/// With more operations it is written once and called. Calls cost little beside so many, and a kernel has many places that read
/// a function: every vector of a group, in every function of the module.
const LONGEST_INLINE: usize = 120;

impl Function {
    /// Its primitive operations; none where it is an instruction, or few.
    pub fn kernel(self, packed: Packed) -> Option<Traced> {
        let machine = Machine::processor(packed.wide);
        match self {
            Self::One(op) => op.kernel(machine),
            Self::Large(op) => op.large_kernel(machine),
            Self::Two(op) => op.kernel(machine),
        }
    }

    pub fn arguments(self) -> u32 {
        if let Self::Two(_) = self { 2 } else { 1 }
    }
}

/// The functions of a module that its others call.
#[derive(Debug, Clone)]
pub struct Calls {
    /// That of a batch's rows, if there are batches.
    pub row: Option<u32>,
    /// The number of the first of the others in the module.
    first: u32,
    pub functions: Vec<Function>,
}

impl Calls {
    /// Those of a program, behind `first` others.
    pub fn new(program: &Program, first: u32) -> Self {
        let packed = Packed { wide: program.precision.is_wide() };
        let mut functions: Vec<Function> = Vec::new();
        let mut note = |function: Function, is_called: bool| {
            if is_called && !functions.contains(&function) {
                functions.push(function);
            }
        };
        let is_long =
            |function: Function| function.kernel(packed).is_some_and(|kernel| kernel.operations.len() > LONGEST_INLINE);
        for (node, _) in program.graph.nodes().iter().zip(program.needed()).filter(|(_, needed)| *needed) {
            match *node {
                Node::Unary(op, _) => {
                    note(Function::One(op), is_long(Function::One(op)));
                    note(Function::Large(op), op.is_of_angle());
                }
                Node::Binary(op, ..) => note(Function::Two(op), is_long(Function::Two(op))),
                _ => {}
            }
        }
        let row = program.batch.map(|_| first);
        Self { row, first: first + u32::from(row.is_some()), functions }
    }

    /// The number of a function in the module, if it has one.
    pub fn number(&self, function: Function) -> Option<u32> {
        let at = self.functions.iter().position(|known| *known == function)?;
        Some(self.first + at as u32)
    }
}
