//! Functions as their primitive operations → instructions.

use super::calls::Function;
use super::packed::Packed;
use super::writer::{Code, Value, Writer, Written};
use crate::expr::{NodeId, Primitive, Real, Traced};
use wasm_encoder::{BlockType, InstructionSink, ValType};

impl Function {
    /// Its result for vectors of its arguments.
    pub fn written(self, packed: Packed) -> Option<Written> {
        let kernel = self.kernel(packed)?;
        let mut code = Code::new(packed, self.arguments());
        let arguments: Vec<Value> = (0..self.arguments()).map(Value::Local).collect();
        code.function(&kernel, &arguments);
        Some(code.finish())
    }
}

impl Writer<'_> {
    /// Pushes a part of a function of some nodes; nothing where it has no primitive operations.
    pub fn function(&mut self, function: Function, arguments: &[NodeId], part: usize) -> Option<()> {
        let arguments: Vec<Value> = arguments.iter().map(|id| self.value_of(*id, part)).collect();
        match self.calls.number(function) {
            Some(number) => self.call(number, &arguments),
            None => self.code.function(&function.kernel(self.packed)?, &arguments),
        }
        if let Function::One(op) = function
            && let Some(number) = self.calls.number(Function::Large(op))
        {
            self.unless_large(number, arguments[0]);
        }
        Some(())
    }

    fn call(&mut self, number: u32, arguments: &[Value]) {
        for argument in arguments {
            self.code.push_value(*argument);
        }
        self.out().call(number);
    }

    /// What is on the stack, or in the lanes of large angles the function for these.
    fn unless_large(&mut self, large: u32, angle: Value) {
        let (packed, near, mask) = (self.packed, self.code.kept(), self.locals(1, ValType::V128));
        let (reach, most) = if packed.wide { (f64::REACH, f64::MAX) } else { (f32::REACH.into(), f32::MAX.into()) };
        self.out().v128_const(packed.constant(reach));
        self.push_size(angle);
        packed.lt(&mut self.out());
        self.push_size(angle);
        self.out().v128_const(packed.constant(most));
        packed.le(&mut self.out());
        self.out().v128_and().local_tee(mask).v128_any_true().if_(BlockType::Empty);
        self.call(large, &[angle]);
        self.code.push_value(near);
        self.out().local_get(mask).v128_bitselect();
        if let Value::Local(near) = near {
            self.out().local_set(near);
        }
        self.out().end();
        self.code.push_value(near);
    }

    fn push_size(&mut self, value: Value) {
        self.code.push_value(value);
        self.packed.abs(&mut self.code.out());
    }
}

impl Code {
    /// Pushes a function's value.
    fn function(&mut self, kernel: &Traced, arguments: &[Value]) {
        let mut values: Vec<Value> = Vec::with_capacity(kernel.operations.len());
        for operation in &kernel.operations {
            let value = match *operation {
                Primitive::Number(bits) | Primitive::Word(bits) => Value::Constant(self.packed.word(bits)),
                Primitive::BitsOf(a) | Primitive::NumberOf(a) => values[a as usize],
                Primitive::Argument(which) => arguments[which as usize],
                operation => {
                    self.primitive(operation, &values);
                    self.kept()
                }
            };
            values.push(value);
        }
        self.push_value(values[kernel.result as usize]);
    }

    /// Pushes what an operation of others comes to. Truths are masks.
    fn primitive(&mut self, operation: Primitive, values: &[Value]) {
        let (packed, of) = (self.packed, |at: u32| values[at as usize]);
        match operation {
            Primitive::Choose(truth, yes, no) => return self.choose(of(truth), of(yes), of(no)),
            Primitive::WordBelow(a, b) => return self.word_below(of(a), of(b)),
            Primitive::LeftBy(a, by) => return self.by_lane(Packed::left_of_lane, of(a), of(by)),
            Primitive::RightBy(a, by) => return self.by_lane(Packed::right_of_lane, of(a), of(by)),
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
            _ => unreachable!("{operation:?} is no operation"),
        }
    }

    fn choose(&mut self, truth: Value, yes: Value, no: Value) {
        for value in [yes, no, truth] {
            self.push_value(value);
        }
        self.out().v128_bitselect();
    }

    /// There are shifts of all lanes by one number alone.
    fn by_lane(&mut self, shift: fn(Packed, &mut InstructionSink<'_>), word: Value, by: Value) {
        let packed = self.packed;
        self.push_value(word);
        for lane in 0..packed.lanes() {
            for value in [word, by] {
                self.push_value(value);
                packed.lane(&mut self.out(), lane);
            }
            shift(packed, &mut self.out());
            packed.with_lane(&mut self.out(), lane);
        }
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
