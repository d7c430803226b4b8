//! Functions as their primitive operations → instructions.

use super::writer::{Local, Writer};
use crate::expr::{Binary, Machine, NodeId, Primitive, Traced, Unary};
use wasm_encoder::ValType;

/// What a primitive operation came to: a vector, or one that is the same in all lanes and steps.
#[derive(Debug, Clone, Copy)]
enum Value {
    Constant(i128),
    Local(Local),
}

/// Operations that are one instruction, or few.
pub fn is_simple_one(op: Unary) -> bool {
    matches!(op, Unary::Neg | Unary::Abs | Unary::Sign | Unary::Sqrt | Unary::Floor)
}

/// Likewise of two numbers.
pub fn is_simple_two(op: Binary) -> bool {
    matches!(op, Binary::Add | Binary::Sub | Binary::Mul | Binary::Div | Binary::Min | Binary::Max)
}

/// The primitive operations of a function; none where it has not got all of them here.
pub fn of_one(op: Unary, is_wide: bool) -> Option<Traced> {
    // Angles that are large need a function of their own.
    op.kernel(Machine::processor(is_wide)).filter(|kernel| !op.is_of_angle() && is_known(kernel))
}

/// Likewise of two arguments.
pub fn of_two(op: Binary, is_wide: bool) -> Option<Traced> {
    op.kernel(Machine::processor(is_wide)).filter(is_known)
}

fn is_known(kernel: &Traced) -> bool {
    let by_lane = |op: &Primitive| matches!(op, Primitive::LeftBy(..) | Primitive::RightBy(..));
    !kernel.operations.iter().any(by_lane)
}

impl Writer<'_> {
    /// Pushes a part of a function's value.
    pub fn function(&mut self, kernel: &Traced, arguments: &[NodeId], part: usize) {
        let mut values: Vec<Value> = Vec::with_capacity(kernel.operations.len());
        for operation in &kernel.operations {
            let value = match *operation {
                Primitive::Number(bits) | Primitive::Word(bits) => Value::Constant(self.packed.word(bits)),
                Primitive::BitsOf(a) | Primitive::NumberOf(a) => values[a as usize],
                Primitive::Argument(which) => {
                    self.push(arguments[which as usize], part);
                    self.kept()
                }
                operation => {
                    self.primitive(operation, &values);
                    self.kept()
                }
            };
            values.push(value);
        }
        self.push_value(values[kernel.result as usize]);
    }

    /// The vector on the stack, in a local of its own.
    fn kept(&mut self) -> Value {
        let local = self.locals(1, ValType::V128);
        self.set(local);
        Value::Local(local)
    }

    fn push_value(&mut self, value: Value) {
        match value {
            Value::Constant(bits) => self.out().v128_const(bits),
            Value::Local(local) => self.out().local_get(local),
        };
    }

    /// Pushes what an operation of others comes to. Truths are masks.
    fn primitive(&mut self, operation: Primitive, values: &[Value]) {
        let (packed, of) = (self.packed, |at: u32| values[at as usize]);
        match operation {
            Primitive::Choose(truth, yes, no) => return self.choose(of(truth), of(yes), of(no)),
            Primitive::WordBelow(a, b) => return self.word_below(of(a), of(b)),
            _ => operation.each_used(|used| self.push_value(of(used))),
        }
        let mut out = self.out();
        match operation {
            Primitive::Add(..) => packed.add(&mut out),
            Primitive::Sub(..) => packed.sub(&mut out),
            Primitive::Mul(..) => packed.mul(&mut out),
            Primitive::Div(..) => packed.div(&mut out),
            Primitive::Negated(_) => packed.neg(&mut out),
            Primitive::Root(_) => packed.sqrt(&mut out),
            Primitive::Plus(..) => packed.plus(&mut out),
            Primitive::Minus(..) => packed.minus(&mut out),
            Primitive::Times(..) => packed.times(&mut out),
            Primitive::And(..) => {
                out.v128_and();
            }
            Primitive::Or(..) | Primitive::Either(..) => {
                out.v128_or();
            }
            Primitive::Xor(..) => {
                out.v128_xor();
            }
            Primitive::Left(_, by) => packed.left(out.i32_const(by as i32)),
            Primitive::Right(_, by) => packed.right(out.i32_const(by as i32)),
            Primitive::Below(..) => packed.lt(&mut out),
            Primitive::Equal(..) => packed.eq(&mut out),
            _ => unreachable!("{operation:?} is no operation, or one that no function here has"),
        }
    }

    fn choose(&mut self, truth: Value, yes: Value, no: Value) {
        for value in [yes, no, truth] {
            self.push_value(value);
        }
        self.out().v128_bitselect();
    }

    /// There are comparisons with signs alone for words of 64 bits: the sign is turned around.
    fn word_below(&mut self, a: Value, b: Value) {
        let packed = self.packed;
        for value in [a, b] {
            self.push_value(value);
            self.out().v128_const(packed.sign()).v128_xor();
        }
        packed.below(&mut self.out());
    }
}
