//! Functions that have no instructions, lane by lane: powers of `f64`, and large angles, which are rare.

use super::compiler::Compiler;
use super::flat::Function;
use super::layout::{Layout, Slot};
use super::machine::{Address, Operand, Vector, When};
use crate::expr::{Binary, Real, Unary};

/// Vectors of a call: two arguments, the result, and behind them room for every register.
pub const ARGUMENTS: usize = 2;

impl Layout {
    /// Vectors that calls need.
    pub fn of_calls(registers: u8) -> usize {
        ARGUMENTS + 1 + usize::from(registers)
    }

    fn call(&self, at: usize) -> Address {
        self.at(Slot { vector: self.calls.vector + at, ..self.calls }, 0)
    }
}

impl Function {
    /// As a number.
    fn number(self) -> u32 {
        match self {
            Self::One(op) => op as u32,
            Self::Two(op) => Unary::ALL.len() as u32 + op as u32,
        }
    }

    fn of(number: u32) -> Self {
        let number = number as usize;
        match number.checked_sub(Unary::ALL.len()) {
            None => Self::One(Unary::ALL[number]),
            Some(number) => Self::Two(Binary::ALL[number]),
        }
    }
}

impl Compiler<'_> {
    /// The function of two vectors.
    pub fn call(&mut self, function: Function, [a, b]: [Vector; 2]) -> Vector {
        let to = self.allocator.take(&mut self.out);
        self.leave_for(function, [a, b], to);
        to
    }

    /// `near`, or where some lane's angle is large the function itself.
    pub fn unless_large(
        &mut self,
        op: Unary,
        angle: Vector,
        near: Vector,
        (magnitude, reach): (Operand, Operand),
    ) -> Vector {
        let (to, size) = (self.allocator.take(&mut self.out), self.allocator.take(&mut self.out));
        self.out.load(to, Operand::Register(near));
        self.out.arithmetic(super::operations::Arithmetic::And, size, angle, magnitude);
        self.out.test_above(size, size, reach);
        let all_near = self.out.jump(When::Zero);
        self.leave_for(Function::One(op), [angle, angle], to);
        let behind = self.out.here();
        self.out.land(all_near, behind);
        to
    }

    fn leave_for(&mut self, function: Function, arguments: [Vector; 2], to: Vector) {
        for (at, argument) in arguments.into_iter().enumerate() {
            self.out.store(self.layout.call(at), argument);
        }
        self.out.set_number(function.number());
        let call = self.out.call();
        self.calls.push(call);
        self.out.load(to, Operand::Memory(self.layout.call(ARGUMENTS)));
    }

    /// What all calls go through: registers are as they were behind it, whatever the function does.
    pub fn way_outside(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let begin = self.out.here();
        let registers = 0..self.layout.isa.registers();
        let at = |register: Vector| self.layout.call(ARGUMENTS + 1 + usize::from(register));
        registers.clone().for_each(|register| self.out.store(at(register), register));
        self.out.keep_numbers();
        let is_wide = self.program.precision.is_wide();
        let lanes = self.layout.width_of_part(is_wide) as u32;
        self.out.call_outside(self.layout.call(0).offset, lanes, address(is_wide));
        self.out.take_back_numbers();
        registers.for_each(|register| self.out.load(register, Operand::Memory(at(register))));
        self.out.go_back();
        for call in std::mem::take(&mut self.calls) {
            self.out.land(call, begin);
        }
    }
}

/// How the code calls and is called.
#[cfg(target_arch = "x86_64")]
type Outside<T> = unsafe extern "sysv64" fn(*mut T, usize, u32);
#[cfg(not(target_arch = "x86_64"))]
type Outside<T> = unsafe extern "C" fn(*mut T, usize, u32);

/// Where the function is that [`Compiler::way_outside`] calls.
pub fn address(is_wide: bool) -> u64 {
    let [narrow, wide] = [evaluate::<f32> as Outside<f32> as usize, evaluate::<f64> as Outside<f64> as usize];
    if is_wide { wide as u64 } else { narrow as u64 }
}

/// Defines a function that the code calls, by its convention.
macro_rules! outside {
    ($convention:literal) => {
        /// [`evaluate_lanes`]
        ///
        /// # Safety
        /// There are three vectors of so many numbers.
        #[allow(unsafe_code, reason = "called by code that was made at run time")]
        unsafe extern $convention fn evaluate<T: Real>(vectors: *mut T, lanes: usize, number: u32) {
            // Sound: the frame has room for these vectors, and nobody else looks at it meanwhile.
            evaluate_lanes(unsafe { std::slice::from_raw_parts_mut(vectors, (ARGUMENTS + 1) * lanes) }, lanes, number);
        }
    };
}

#[cfg(target_arch = "x86_64")]
outside!("sysv64");
#[cfg(not(target_arch = "x86_64"))]
outside!("C");

/// The function of this number, in `lanes` lanes: of a vector and the next, into the one behind them.
pub fn evaluate_lanes<T: Real>(vectors: &mut [T], lanes: usize, number: u32) {
    for lane in 0..lanes {
        let (a, b) = (vectors[lane], vectors[lanes + lane]);
        vectors[ARGUMENTS * lanes + lane] = match Function::of(number) {
            Function::One(op) => op.value(a),
            Function::Two(op) => op.value(a, b),
        };
    }
}
