//! The operations of vectors as instructions of NEON. Their last source is a register: what is in memory is loaded first, into
//! one of two registers that no value is ever in.

use super::super::machine::{Address, Base, Extremes, Instructions, Jump, Operand, Vector, When};
use super::super::operations::{Arithmetic, Magnitudes, Relation, Shift};
use super::encode::{COUNT, Encoder, FUNCTION, KEPT, Logical, ROWS, SCRATCH, Three, Two, register_of};
use crate::expr::Comparison;

/// What comes from memory.
const LOADED: Vector = 30;
/// What holds.
const TRUTH: Vector = 31;

/// Bytes of an instruction.
const INSTRUCTION: usize = 4;

/// Instructions of packed f32 or f64.
#[derive(Debug, Clone)]
pub struct Neon {
    out: Encoder,
    wide: bool,
}

impl Neon {
    pub fn new(wide: bool) -> Self {
        Self { out: Encoder::default(), wide }
    }

    /// The operand in a register.
    fn loaded(&mut self, operand: Operand) -> Vector {
        match operand {
            Operand::Register(register) => register,
            Operand::Memory(at) => {
                self.out.load(LOADED, at);
                LOADED
            }
        }
    }

    fn three(&mut self, op: Three, to: Vector, a: Vector, b: Vector) {
        self.out.three(op, self.wide, to, a, b);
    }

    fn relation(&mut self, relation: Relation, to: Vector, a: Vector, b: Vector) {
        match relation {
            Relation::Number(Comparison::Equal) => self.three(Three::Fcmeq, to, a, b),
            Relation::Number(Comparison::Less) => self.three(Three::Fcmgt, to, b, a),
            Relation::Number(Comparison::LessEqual) => self.three(Three::Fcmge, to, b, a),
            Relation::BitsAbove => self.three(Three::Cmhi, to, a, b),
        }
    }

    /// to = a where `above` says that `high` is above `low`, which are a and b, else b.
    fn first_if(&mut self, above: Three, [high, low]: [Vector; 2], to: Vector, [a, b]: [Vector; 2]) {
        let truth = if to == a || to == b { TRUTH } else { to };
        self.three(above, truth, high, low);
        if to == b {
            self.out.logical(Logical::Bit, to, a, truth);
        } else if to == a {
            self.out.logical(Logical::Bif, to, b, truth);
        } else {
            self.out.logical(Logical::Bsl, to, a, b);
        }
    }

    fn lane_bits(&self) -> u32 {
        if self.wide { 64 } else { 32 }
    }
}

impl Instructions for Neon {
    fn here(&self) -> usize {
        self.out.code.len() * INSTRUCTION
    }

    fn finish(self: Box<Self>) -> Vec<u8> {
        self.out.code.into_iter().flat_map(u32::to_le_bytes).collect()
    }

    fn enter(&mut self) {
        self.out.enter();
    }

    fn return_count(&mut self) {
        self.out.copy_number(0, COUNT);
        self.out.leave();
    }

    fn load(&mut self, to: Vector, from: Operand) {
        match from {
            Operand::Register(from) => self.out.copy(to, from),
            Operand::Memory(at) => self.out.load(to, at),
        }
    }

    fn store(&mut self, at: Address, from: Vector) {
        self.out.store(at, from);
    }

    fn spread_number(&mut self, to: Vector, at: Address) {
        self.out.load_number(self.wide, to, at);
    }

    fn arithmetic(&mut self, op: Arithmetic, to: Vector, a: Vector, b: Operand) {
        let b = self.loaded(b);
        match op {
            Arithmetic::Add => self.three(Three::Fadd, to, a, b),
            Arithmetic::Mul => self.three(Three::Fmul, to, a, b),
            Arithmetic::Sub => self.three(Three::Fsub, to, a, b),
            Arithmetic::Div => self.three(Three::Fdiv, to, a, b),
            Arithmetic::Sqrt => self.out.two(Two::Fsqrt, self.wide, to, b),
            // `fmin` has another answer where one is not a number, and for zeros.
            Arithmetic::Least => self.first_if(Three::Fcmgt, [b, a], to, [a, b]),
            Arithmetic::Largest => self.first_if(Three::Fcmgt, [a, b], to, [a, b]),
            Arithmetic::And => self.out.logical(Logical::And, to, a, b),
            Arithmetic::Or => self.out.logical(Logical::Orr, to, a, b),
            Arithmetic::Xor => self.out.logical(Logical::Eor, to, a, b),
            Arithmetic::Plus => self.three(Three::Add, to, a, b),
            Arithmetic::Minus => self.three(Three::Sub, to, a, b),
        }
    }

    fn multiply_add(&mut self, to: Vector, a: Vector, b: Vector) {
        self.three(Three::Fmla, to, a, b);
    }

    fn shift(&mut self, shift: Shift, to: Vector, a: Vector, by: u8) {
        let bits = self.lane_bits();
        match shift {
            Shift::Left => self.out.shift_left(bits, to, a, u32::from(by)),
            Shift::Right if by == 0 => self.out.copy(to, a),
            Shift::Right => self.out.shift_right(bits, to, a, u32::from(by)),
        }
    }

    fn floor(&mut self, to: Vector, a: Operand) {
        let a = self.loaded(a);
        self.out.two(Two::Frintm, self.wide, to, a);
    }

    fn compare(&mut self, relation: Relation, to: Vector, a: Vector, b: Operand) {
        let b = self.loaded(b);
        self.relation(relation, to, a, b);
    }

    fn choose(&mut self, to: Vector, (relation, a, b): (Relation, Vector, Operand), (yes, no): (Operand, Vector)) {
        self.compare(relation, to, a, b);
        let yes = self.loaded(yes);
        self.out.logical(Logical::Bsl, to, yes, no);
    }

    fn select(&mut self, to: Vector, condition: Vector, a: Operand, b: Vector) {
        self.out.two(Two::CmltZero, self.wide, to, condition);
        let a = self.loaded(a);
        self.out.logical(Logical::Bsl, to, a, b);
    }

    fn test_above(&mut self, free: Vector, a: Vector, bound: Operand) {
        self.compare(Relation::BitsAbove, free, a, bound);
        self.test_signs(free);
    }

    fn test_signs(&mut self, a: Vector) {
        self.out.test_signs(self.wide, a);
    }

    fn test_count(&mut self) {
        self.out.test(COUNT);
    }

    fn test_low(&mut self, bits: u32) {
        self.out.test_low(COUNT, bits);
    }

    fn count_down(&mut self) {
        self.out.count_down(COUNT);
    }

    fn count_up(&mut self, by: u8) {
        self.out.add(COUNT, COUNT, i64::from(by));
    }

    fn next_row(&mut self, bytes: i32) {
        let row = register_of(Base::Row);
        self.out.add(row, row, i64::from(bytes));
    }

    fn count_rows(&mut self, count: u32) {
        self.out.set(ROWS, u64::from(count));
    }

    fn count_row(&mut self) {
        self.out.count_down(ROWS);
    }

    fn move_data(&mut self, bytes: i32) {
        let data = register_of(Base::Data);
        self.out.add(data, data, i64::from(bytes));
    }

    fn data_of_step(&mut self, bytes: i32) {
        let data = register_of(Base::Data);
        self.out.copy_number(KEPT, data);
        self.out.add(data, register_of(Base::Row), i64::from(bytes));
    }

    fn data_of_all_steps(&mut self) {
        self.out.copy_number(register_of(Base::Data), KEPT);
    }

    fn jump(&mut self, when: When) -> Jump {
        Jump(self.out.branch(when))
    }

    fn call(&mut self) -> Jump {
        Jump(self.out.call())
    }

    fn land(&mut self, jump: Jump, target: usize) {
        self.out.land(jump.0, target / INSTRUCTION);
    }

    fn go_back(&mut self) {
        self.out.go_back();
    }

    fn set_number(&mut self, number: u32) {
        self.out.set(FUNCTION, u64::from(number));
    }

    fn keep_numbers(&mut self) {
        self.out.keep_numbers();
    }

    fn take_back_numbers(&mut self) {
        self.out.take_back_numbers();
    }

    fn call_outside(&mut self, offset: i32, lanes: u32, function: u64) {
        let [vectors, count, number] = [0, 1, 2];
        self.out.add(vectors, register_of(Base::Common), i64::from(offset));
        self.out.set(count, u64::from(lanes));
        self.out.copy_number(number, FUNCTION);
        self.out.set(SCRATCH, function);
        self.out.call_number(SCRATCH);
    }

    fn extremes(&mut self) -> &mut dyn Extremes {
        self
    }
}

impl Extremes for Neon {
    fn larger_bits(&mut self, to: Vector, a: Vector, b: Operand) {
        let b = self.loaded(b);
        self.first_if(Three::Cmhi, [a, b], to, [a, b]);
    }

    fn magnitudes(&mut self, op: Magnitudes, to: Vector, a: Vector, b: Operand) {
        let b = self.loaded(b);
        self.out.two(Two::Fabs, self.wide, LOADED, b);
        self.out.two(Two::Fabs, self.wide, TRUTH, a);
        let op = match op {
            Magnitudes::Least => Three::Fminnm,
            Magnitudes::Largest => Three::Fmaxnm,
        };
        self.three(op, to, TRUTH, LOADED);
    }
}
