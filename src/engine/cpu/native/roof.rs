//! Machine code that does nothing but multiply-adds.

use super::assembler::Assembler;
use super::compile::Code;
use super::kernel::Kernel;
use super::layout::Layout;
use super::machine::{Address, Base, Isa, Operand, When};
use crate::engine::classes::Classes;

/// Vectors of sums: enough to hide the latency of each, as far as there are registers.
fn sums(isa: Isa) -> u8 {
    if isa.has_many_registers() { 24 } else { 12 }
}

impl Kernel<f32> {
    /// A kernel whose step is [`sums`] vector multiply-adds in f32, and how many operations that is: a multiply-add is two.
    /// `None` where this processor has no such vectors.
    pub fn multiply_adds() -> Option<(Self, f64)> {
        let isa = Isa::detect()?;
        #[cfg(target_arch = "x86_64")]
        if !is_x86_feature_detected!("fma") {
            return None;
        }
        let sums = sums(isa);
        let mut out = Assembler::new(isa, false);
        out.enter();
        // Slots 0 and 1 hold factor and summand; the sums begin with the factor.
        for register in 0..sums + 2 {
            let slot = i32::from(u8::from(register == 1));
            let at = Address { base: Base::Lanes, offset: slot * isa.bytes() as i32 };
            out.load(register, Operand::Memory(at));
        }
        let begin = out.here();
        out.test_count();
        let leave = out.jump(When::Zero);
        for sum in 2..sums + 2 {
            out.multiply_add(sum, 0, 1);
        }
        out.count_down();
        let again = out.jump(When::Always);
        out.land(again, begin);
        let end = out.here();
        out.land(leave, end);
        out.return_count();
        let layout = Layout::plain(isa, 2);
        let operations = f64::from(sums) * (isa.bytes() / 4) as f64 * 2.0;
        let code = Code { bytes: out.finish(), setup: None, watched_blocks: None, watching: None, layout };
        let kernel = Self::load(code, Classes::default())?;
        Some((kernel, operations))
    }
}
