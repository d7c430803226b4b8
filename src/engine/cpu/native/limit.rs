//! Whether a parameter is beyond its limit: all that is looked at in steps that are not judged.

use super::compiler::Compiler;
use super::encode::{Isa, Jump, Operand, Vector, When};
use super::operations::{Arithmetic, Literal};

impl Compiler<'_> {
    /// Jumps if any parameter of any lane is beyond the limit, compared as bits: what is no number is large.
    pub fn test_limits(&mut self) -> Jump {
        let magnitude = self.literal(Literal::Magnitude, 0);
        let limit = self.slot(self.layout.limit, 0);
        let any = self.allocator.take(&mut self.out);
        self.arithmetic_of_limits(Arithmetic::Xor, [any, any, any]);
        for parameter in &self.program.parameters {
            let of_lanes = self.layout.carried[parameter.hi].expect("parameters differ between lanes");
            for part in 0..self.layout.parts {
                let slot = self.slot(self.layout.lane_slot(of_lanes), part);
                let [size, left] = [(); 2].map(|()| self.allocator.take(&mut self.out));
                self.out.load(size, slot);
                self.packed.arithmetic(&mut self.out, Arithmetic::And, size, size, magnitude);
                self.out.load(left, limit);
                // Its sign is set where the size is above.
                self.arithmetic_of_limits(Arithmetic::Minus, [left, left, size]);
                self.arithmetic_of_limits(Arithmetic::Or, [any, any, left]);
                self.allocator.unlock_all_but(&[any]);
            }
        }
        self.test_sign_bits(any);
        self.allocator.unlock();
        self.out.jump(When::NotZero)
    }

    fn arithmetic_of_limits(&mut self, op: Arithmetic, [to, a, b]: [Vector; 3]) {
        self.packed.arithmetic(&mut self.out, op, to, a, Operand::Register(b));
    }

    /// Not zero where the sign of some lane is set.
    fn test_sign_bits(&mut self, any: Vector) {
        const PASSED: u8 = 1;
        match self.layout.isa {
            Isa::Avx512 => {
                self.packed.signs(&mut self.out, PASSED, any);
                self.out.test_mask(PASSED);
            }
            Isa::Avx2 => {
                let sign = self.literal(Literal::Sign, 0);
                self.packed.arithmetic(&mut self.out, Arithmetic::And, any, any, sign);
                self.out.test_signs(any);
            }
        }
    }
}
