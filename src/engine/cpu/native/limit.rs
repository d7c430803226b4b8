//! Whether a parameter is beyond its limit: all that is looked at in steps that are not judged.

use super::compiler::Compiler;
use super::machine::{Jump, Operand, Vector, When};
use super::operations::{Arithmetic, Literal};

impl Compiler<'_> {
    /// Jumps if any parameter of any lane is beyond the limit, compared as bits: what is no number is large.
    pub fn test_limits(&mut self) -> Jump {
        let [magnitude, sign] = [Literal::Magnitude, Literal::Sign].map(|literal| self.literal(literal, 0));
        let limit = self.slot(self.layout.limit, 0);
        let any = self.allocator.take(&mut self.out);
        self.of_registers(Arithmetic::Xor, [any, any, any]);
        for parameter in &self.program.parameters {
            let of_lanes = self.layout.carried[parameter.hi].expect("parameters differ between lanes");
            for part in 0..self.layout.parts {
                let [size, left] = [(); 2].map(|()| self.allocator.take(&mut self.out));
                self.out.load(size, Operand::Memory(self.layout.at(self.layout.lane_slot(of_lanes), part)));
                self.out.arithmetic(Arithmetic::And, size, size, magnitude);
                self.out.load(left, limit);
                // Its sign is set where the size is above.
                self.of_registers(Arithmetic::Minus, [left, left, size]);
                self.of_registers(Arithmetic::Or, [any, any, left]);
                self.allocator.unlock_all_but(&[any]);
            }
        }
        // Some processors look at every 32 bits.
        self.out.arithmetic(Arithmetic::And, any, any, sign);
        self.out.test_signs(any);
        self.allocator.unlock();
        self.out.jump(When::NotZero)
    }

    fn of_registers(&mut self, op: Arithmetic, [to, a, b]: [Vector; 3]) {
        self.out.arithmetic(op, to, a, Operand::Register(b));
    }
}
