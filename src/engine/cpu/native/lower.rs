//! Operations → instructions.

use super::compiler::Compiler;
use super::expand::reach;
use super::flat::{At, Operation};
use super::layout::Slot;
use super::machine::{Operand, Vector};
use super::operations::{Arithmetic, LITERALS, Literal};
use crate::expr::NodeId;

impl Compiler<'_> {
    /// One operation, for one vector.
    pub fn operation(&mut self, at: At, part: usize) {
        let operation = self.flat.operation(at).expect("only operations are done");
        let value = self.entry_value(at, part);
        let register = self.instructions(operation, value, part);
        if !self.allocator.is_pinned(register) {
            self.allocator.hold(value, register);
        }
    }

    /// A node's value in a register.
    pub fn register(&mut self, id: NodeId, part: usize) -> Vector {
        let value = self.value(id, part);
        self.allocator.register(&mut self.out, value)
    }

    fn in_register(&mut self, at: At, part: usize) -> Vector {
        let value = self.entry_value(at, part);
        self.allocator.register(&mut self.out, value)
    }

    fn operand(&mut self, at: At, part: usize) -> Operand {
        let value = self.entry_value(at, part);
        self.allocator.operand(&mut self.out, value)
    }

    pub fn literal(&self, literal: Literal, part: usize) -> Operand {
        self.constant(LITERALS.iter().position(|known| *known == literal).unwrap_or(0), part)
    }

    fn constant(&self, at: usize, part: usize) -> Operand {
        self.slot(Slot { vector: self.layout.literals.vector + at, ..self.layout.literals }, part)
    }

    /// The instructions of an operation; returns the register of its result.
    fn instructions(&mut self, operation: Operation, value: usize, part: usize) -> Vector {
        match operation {
            Operation::Two(op, a, b) => {
                let (a, b) = (self.in_register(a, part), self.operand(b, part));
                self.arithmetic(value, op, a, b)
            }
            Operation::Root(a) => {
                let a = self.operand(a, part);
                self.arithmetic(value, Arithmetic::Sqrt, 0, a)
            }
            Operation::Floor(a) => {
                let (a, to) = (self.operand(a, part), self.allocator.take(&mut self.out));
                self.out.floor(to, a);
                to
            }
            Operation::Shift(shift, a, by) => {
                let (a, to) = (self.in_register(a, part), self.allocator.take(&mut self.out));
                self.out.shift(shift, to, a, by);
                to
            }
            Operation::Compare(relation, a, b) => {
                let (a, b) = (self.in_register(a, part), self.operand(b, part));
                let to = self.allocator.take(&mut self.out);
                self.out.compare(relation, to, a, b);
                to
            }
            Operation::Choose(relation, [a, b], [yes, no]) => {
                let (a, b) = (self.in_register(a, part), self.operand(b, part));
                let (yes, no) = (self.operand(yes, part), self.in_register(no, part));
                let to = self.allocator.take(&mut self.out);
                self.out.choose(to, (relation, a, b), (yes, no));
                to
            }
            Operation::Select(condition, yes, no) => {
                let condition = self.in_register(condition, part);
                let (yes, no) = (self.operand(yes, part), self.in_register(no, part));
                let to = self.allocator.take(&mut self.out);
                self.out.select(to, condition, yes, no);
                to
            }
            Operation::Call(function, a, b) => {
                let arguments = [self.in_register(a, part), self.in_register(b, part)];
                self.call(function, arguments)
            }
            Operation::UnlessLarge(op, angle, near) => {
                let (angle, near) = (self.in_register(angle, part), self.in_register(near, part));
                let reach = reach(self.program.precision.is_wide());
                let reach = self.layout.constants.iter().position(|bits| *bits == reach).expect("there is a constant");
                let bounds = (self.literal(Literal::Magnitude, part), self.constant(reach, part));
                self.unless_large(op, angle, near, bounds)
            }
        }
    }
}
