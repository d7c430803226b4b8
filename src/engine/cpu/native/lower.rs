//! Operations of the graph → instructions.

use super::compiler::Compiler;
use super::encode::{Operand, Vector};
use super::layout::Slot;
use super::operations::{Arithmetic, LITERALS, Literal};
use crate::expr::{Binary, Comparison, Node, NodeId, Unary};

impl Compiler<'_> {
    /// One operation, for every part.
    pub fn operation(&mut self, id: NodeId) {
        for part in 0..self.layout.parts {
            let register = self.instructions(id, part);
            let value = self.value(id, part);
            self.allocator.hold(value, register);
            self.allocator.unlock();
        }
        self.finish_time();
    }

    pub fn register(&mut self, id: NodeId, part: usize) -> Vector {
        let value = self.value(id, part);
        self.allocator.register(&mut self.out, value)
    }

    fn operand(&mut self, id: NodeId, part: usize) -> Operand {
        let value = self.value(id, part);
        self.allocator.operand(&mut self.out, value)
    }

    pub fn literal(&self, literal: Literal, part: usize) -> Operand {
        let at = LITERALS.iter().position(|known| *known == literal).unwrap_or(0);
        self.slot(Slot { vector: self.layout.literals.vector + at, ..self.layout.literals }, part)
    }

    /// The instructions of an operation; returns the register of its result.
    fn instructions(&mut self, id: NodeId, part: usize) -> Vector {
        let packed = self.packed;
        match self.program.graph.node(id) {
            Node::Unary(op, a) => self.unary(op, a, part),
            Node::Binary(op, a, b) => {
                let a = self.register(a, part);
                match op {
                    Binary::Min | Binary::Max => {
                        let b = self.register(b, part);
                        self.min_max(op, a, b)
                    }
                    _ => {
                        let b = self.operand(b, part);
                        let to = self.allocator.take(&mut self.out);
                        let op = Arithmetic::of(op).unwrap_or_else(|| unreachable!("{op:?} is not supported"));
                        packed.arithmetic(&mut self.out, op, to, a, b);
                        to
                    }
                }
            }
            Node::Compare(op, a, b) => {
                let a = self.register(a, part);
                let b = self.operand(b, part);
                let to = self.allocator.take(&mut self.out);
                packed.compare(&mut self.out, op, to, a, b);
                to
            }
            Node::Select(condition, a, b) => {
                let condition = self.register(condition, part);
                let b = self.register(b, part);
                let a = self.operand(a, part);
                let to = self.allocator.take(&mut self.out);
                packed.select(&mut self.out, to, condition, a, b);
                to
            }
            Node::Constant(_) | Node::Input(_) | Node::Column(_) | Node::Sum(..) | Node::Largest(..) => {
                unreachable!("sources are no operations, and loops are not supported")
            }
        }
    }

    fn unary(&mut self, op: Unary, a: NodeId, part: usize) -> Vector {
        let packed = self.packed;
        if matches!(op, Unary::Sqrt | Unary::Floor) {
            let a = self.operand(a, part);
            let to = self.allocator.take(&mut self.out);
            if op == Unary::Sqrt {
                packed.arithmetic(&mut self.out, Arithmetic::Sqrt, to, 0, a);
            } else {
                packed.floor(&mut self.out, to, a);
            }
            return to;
        }
        let a = self.register(a, part);
        let to = self.allocator.take(&mut self.out);
        let (sign, magnitude) = (self.literal(Literal::Sign, part), self.literal(Literal::Magnitude, part));
        match op {
            Unary::Neg => packed.arithmetic(&mut self.out, Arithmetic::Xor, to, a, sign),
            Unary::Abs => packed.arithmetic(&mut self.out, Arithmetic::And, to, a, magnitude),
            _ => self.sign(to, a, part),
        }
        to
    }

    /// 1 above 0, −1 below 0, else the number itself.
    fn sign(&mut self, to: Vector, a: Vector, part: usize) {
        let packed = self.packed;
        let (zero, condition) = (self.allocator.take(&mut self.out), self.allocator.take(&mut self.out));
        packed.arithmetic(&mut self.out, Arithmetic::Xor, zero, zero, Operand::Register(zero));
        packed.compare(&mut self.out, Comparison::Less, condition, a, Operand::Register(zero));
        let (one, minus_one) = (self.literal(Literal::One, part), self.literal(Literal::MinusOne, part));
        packed.select(&mut self.out, to, condition, minus_one, a);
        packed.compare(&mut self.out, Comparison::Less, condition, zero, Operand::Register(a));
        packed.select(&mut self.out, to, condition, one, to);
    }

    /// The smaller or larger of two, not-a-number where one of them is: as in `expr/values.rs`.
    fn min_max(&mut self, op: Binary, a: Vector, b: Vector) -> Vector {
        let packed = self.packed;
        let (to, condition) = (self.allocator.take(&mut self.out), self.allocator.take(&mut self.out));
        let (low, high) = if op == Binary::Min { (a, b) } else { (b, a) };
        packed.arithmetic(&mut self.out, Arithmetic::Add, to, a, Operand::Register(b));
        packed.compare(&mut self.out, Comparison::LessEqual, condition, low, Operand::Register(high));
        packed.select(&mut self.out, to, condition, Operand::Register(a), to);
        packed.compare(&mut self.out, Comparison::Less, condition, high, Operand::Register(low));
        packed.select(&mut self.out, to, condition, Operand::Register(b), to);
        to
    }
}
